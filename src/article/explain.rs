//! What of an article was taken from where.

use super::{
    Article, BuiltIn, Keys, MentionPlace, Named, address, canonical_locale,
    keys::bare,
    members::{Written, beginning},
};

/// Where a member of an article comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The value of a key, which is spelled as in the file.
    Key(String),
    /// The elements of a page of HTML.
    Page,
    /// The elements of an item of a feed, or of an index page.
    Item,
    /// The first heading of the text.
    Heading,
    /// The beginning of the summary or of the text.
    Beginning,
    /// The text: all of it, or what it names.
    Text,
    /// The lists of links at the end of the page.
    Links,
    /// The URL of the article.
    Url,
    /// The name of the file.
    FileName,
    /// The name of the file and the hash of the record.
    Record,
}

/// A member of an article, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The member.
    pub member: BuiltIn,
    /// Where it comes from.
    pub origin: Origin,
    /// The beginning of its value, at most 200 characters, as the article has it; as it is written, if it is not used.
    pub value: String,
    /// Whether the article has it. A text that is no date, or a summary that repeats the text, is not used.
    pub is_used: bool,
}

/// What of an article was taken from where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The members that were found.
    pub taken: Vec<Taken>,
    /// The other keys that have a value, in alphabetical order.
    pub free: Vec<String>,
    /// The members that were not found.
    pub missing: Vec<BuiltIn>,
}

/// What is noted while an article is read.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// What stands in for keys in a format that has elements.
    pub elements: Option<Origin>,
    /// Whether the article is all of its file.
    pub is_file: bool,
    /// The members that keys have.
    pub written: Vec<Written>,
    /// Whether the title is the value of a key.
    pub has_title: bool,
    /// Whether the first heading was taken as the title.
    pub has_heading: bool,
    /// The URL that gives the id and the language.
    pub address: String,
}

impl Explanation {
    /// Of an article that was read.
    pub(super) fn of(article: &Article, trace: &Trace, keys: &Keys) -> Self {
        let told = Told { article, trace, keys };
        let has_value =
            |(_, texts): &(&String, &Vec<String>)| texts.iter().any(|text| !text.trim().is_empty());
        let free = article.extra.iter().filter(has_value).map(|(key, _)| key.clone()).collect();
        let mut explanation = Self { taken: Vec::new(), free, missing: Vec::new() };
        for member in BuiltIn::ALL {
            let before = explanation.taken.len();
            match member {
                BuiltIn::Nsymbols => continue,
                BuiltIn::Symbol => explanation.taken.extend(told.symbols()),
                member => explanation.taken.extend(told.member(member)),
            }
            if explanation.taken.len() == before && member != BuiltIn::Related {
                explanation.missing.push(member);
            }
        }
        explanation
    }
}

/// What was read, and how.
struct Told<'t> {
    article: &'t Article,
    trace: &'t Trace,
    keys: &'t Keys,
}

impl Told<'_> {
    /// Where a member comes from; `None` if it was not found.
    fn member(&self, member: BuiltIn) -> Option<Taken> {
        let value = self.value(member);
        if value.is_empty() {
            return self.unused(member);
        }
        let origin = match member {
            BuiltIn::Title if !self.trace.has_title => self.title(),
            BuiltIn::Id => self.id(),
            BuiltIn::Locale => self.locale(),
            BuiltIn::Related => Origin::Links,
            _ => self.key(member).unwrap_or_else(|| self.text()),
        };
        Some(Taken { member, origin, value, is_used: true })
    }

    /// The securities: those of a key, and those that the text names.
    fn symbols(&self) -> Vec<Taken> {
        let member = BuiltIn::Symbol;
        let is_listed = |named: &&Named| named.sources.has(MentionPlace::Listed);
        let (listed, named): (Vec<&Named>, Vec<&Named>) = self.article.symbols.iter().partition(is_listed);
        let taken = |symbols: &[&Named], origin| {
            let codes: Vec<String> = symbols.iter().map(|named| named.symbol.canonical()).collect();
            let value = beginning(codes.iter().map(String::as_str));
            (!codes.is_empty()).then_some(Taken { member, origin, value, is_used: true })
        };
        let of_key =
            taken(&listed, self.key(member).unwrap_or(Origin::Links)).or_else(|| self.unused(member));
        of_key.into_iter().chain(taken(&named, Origin::Text)).collect()
    }

    /// A member whose key has a value that the article has not.
    fn unused(&self, member: BuiltIn) -> Option<Taken> {
        let value = self.written(member)?.value.clone();
        let origin = self.key(member)?;
        (!value.is_empty()).then_some(Taken { member, origin, value, is_used: false })
    }

    fn written(&self, member: BuiltIn) -> Option<&Written> {
        self.trace.written.iter().find(|written| written.member == member)
    }

    /// The key of a member. What is told by the elements of a page or an item has no key of its own there: its reader puts
    /// it under the first key of the member.
    fn key(&self, member: BuiltIn) -> Option<Origin> {
        let key = &self.written(member)?.key;
        let names = match member {
            BuiltIn::Title => &self.keys.title,
            BuiltIn::Description => &self.keys.description,
            BuiltIn::Id => &self.keys.id,
            BuiltIn::Locale => &self.keys.locale,
            BuiltIn::Url => &self.keys.url,
            BuiltIn::Published => &self.keys.published,
            BuiltIn::Symbol => &self.keys.symbol,
            _ => &[][..],
        };
        let is_first = names.first().is_some_and(|name| bare(name) == key);
        let elements = self.trace.elements.clone().filter(|_| is_first);
        Some(elements.unwrap_or_else(|| Origin::Key(key.clone())))
    }

    /// Where a text is that has no key.
    fn text(&self) -> Origin {
        self.trace.elements.clone().unwrap_or(Origin::Text)
    }

    /// Where a title is from that no key has.
    fn title(&self) -> Origin {
        if self.trace.has_heading {
            Origin::Heading
        } else if self.trace.is_file && self.trace.elements.is_none() {
            Origin::FileName
        } else {
            Origin::Beginning
        }
    }

    fn id(&self) -> Origin {
        if address::article_id(&self.trace.address).is_some() {
            return Origin::Url;
        }
        match (self.article.named_by_path, self.trace.is_file) {
            (false, _) => self.key(BuiltIn::Id).unwrap_or(Origin::Url),
            (true, true) => Origin::FileName,
            (true, false) => {
                let is_told = |number: &&str| self.written(BuiltIn::Id).is_some_and(|id| id.value == *number);
                let number = self.article.id.rsplit('#').next().filter(is_told);
                number.and_then(|_| self.key(BuiltIn::Id)).unwrap_or(Origin::Record)
            }
        }
    }

    fn locale(&self) -> Origin {
        let of_key = self.written(BuiltIn::Locale).filter(|key| canonical_locale(&key.value).is_some());
        of_key.and_then(|_| self.key(BuiltIn::Locale)).unwrap_or(Origin::Url)
    }

    /// The beginning of a value of the article; empty if it has none.
    fn value(&self, member: BuiltIn) -> String {
        let article = self.article;
        let text = match member {
            BuiltIn::Title => &article.title,
            BuiltIn::Description => &article.description,
            BuiltIn::Body => &article.body,
            BuiltIn::Id => &article.id,
            BuiltIn::Locale => &article.locale,
            BuiltIn::Kind => &article.kind,
            BuiltIn::Url => &article.url,
            BuiltIn::Published => {
                return article.published.map_or_else(String::new, |moment| moment.to_string());
            }
            BuiltIn::Related => return beginning(article.related.iter().map(String::as_str)),
            BuiltIn::Symbol | BuiltIn::Nsymbols => return String::new(),
        };
        beginning([text.as_str()])
    }
}
