//! Records: the articles of a file that holds many, and of files that are not Markdown.
//!
//! Each format turns the bytes of one record into a [`Draft`]: keys with their values, as front matter has them, and
//! perhaps a body. The members of the article are then read from it by the same rules as those of a page.

use super::{
    Article, Explanation, Holder, Keys, Origin, Text, address, assemble,
    clean::{self, fold_space},
    encoding,
    explain::Trace,
    front::{Entry, Value, shorten},
    members::{self, Members},
    parse,
};
use crate::problem::{Message, Parsed, Problem};
use std::{borrow::Cow, collections::HashMap};
use xxhash_rust::xxh3::xxh3_64;

mod html;
mod index_item;
mod index_page;
mod item;
mod lenient;
mod object;
mod row;

use row::Columns;
pub use row::row_fields;

pub use index_page::IndexPage;

/// What a file or a record of it is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A file is one article, with or without front matter.
    Markdown,
    /// A JSON object, or a member of one whose value is an object: `"key": {…}`.
    Json,
    /// A row of CSV. Its head is the mark that divides columns, and the row of their names.
    Csv,
    /// A file is one article, a page of HTML.
    Html,
    /// An item of a feed: RSS 2.0, RSS 1.0 or Atom.
    FeedItem,
    /// An item of an index page in Markdown.
    IndexItem,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Markdown, Self::Json, Self::Csv, Self::Html, Self::FeedItem, Self::IndexItem];

    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::FeedItem => "feed-item",
            Self::IndexItem => "index-item",
        }
    }

    /// Whether an article in this format gives way to one in any other with the same key, which says more.
    #[must_use]
    pub fn yields(self) -> bool {
        self == Self::IndexItem
    }
}

/// What of the head of a file the article of each record depends on. A feed, say, has a new date in its head each time, and an
/// index page has a new line for each new item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordContext {
    /// The XXH3 of what all records share; 0 if they share nothing.
    shared: u64,
    /// By the XXH3 of a record, that of what it alone depends on.
    own: HashMap<u64, u64>,
}

impl RecordContext {
    /// Of a file in a format with a head.
    #[must_use]
    pub fn new(format: Format, head: &[u8]) -> Self {
        let hash = |context: &[u8]| if context.is_empty() { 0 } else { xxh3_64(context) };
        match format {
            Format::FeedItem => Self { shared: hash(&item::Feed::read(head).context()), own: HashMap::new() },
            Format::IndexItem => {
                let head = String::from_utf8_lossy(head);
                let (front, above) = index_item::Head::context(&head);
                let own = above.iter().map(|(item, above)| (*item, above.hash()));
                Self { shared: hash(front.as_bytes()), own: own.collect() }
            }
            _ => Self { shared: hash(head), own: HashMap::new() },
        }
    }

    /// A hash of all that the article of a record depends on, by the XXH3 of the record's bytes.
    #[must_use]
    pub fn with(&self, record: u64) -> u64 {
        record ^ self.shared ^ self.own.get(&record).copied().unwrap_or_default()
    }
}

/// Why a record gives no article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// A stable name of the reason: `bad-record`, `no-title-or-text`.
    pub code: &'static str,
    /// The reason in words.
    pub reason: String,
}

/// What an object of JSON holds, as far as that tells an article from what is around articles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// Whether it has a title itself, or a summary that is one of an article.
    pub has_title: bool,
    /// Whether it has a text itself.
    pub has_text: bool,
    /// Whether an object in it has one of them.
    pub has_inner: bool,
    /// Why it is no article; empty if it is one.
    pub complaint: String,
}

impl Outline {
    /// Of the bytes of an object.
    ///
    /// # Errors
    ///
    /// [`Unread`] as [`RecordParser::parse`] gives it, if they are not an object.
    pub fn of(bytes: &[u8], keys: &Keys) -> Result<Self, Unread> {
        object::outline(bytes, keys)
    }

    /// Whether it is an article.
    #[must_use]
    pub fn is_article(&self) -> bool {
        self.has_title || self.has_text || self.has_inner
    }
}

/// At most this many objects and lists are around a record, and as many objects in it around what has the title or the text.
pub const MAX_WRAPPERS: usize = 8;

/// Says that nothing under some names is a title or a text, or that what should be one is empty. `has_summary` says that one of
/// them has a summary.
pub(super) fn no_article(names: &[String], has_summary: bool, keys: &Keys) -> String {
    let empty: Vec<&str> = names.iter().map(String::as_str).filter(|name| keys.is_of_text(name)).collect();
    if names.is_empty() {
        return "it has no title and no text".to_owned();
    }
    if has_summary {
        let names = names.join(", ");
        return format!(
            "a summary alone, without a date, a URL or an id of seven digits, is no article: {names}"
        );
    }
    if empty.is_empty() {
        return format!("none of its keys is a title or a text: {}", names.join(", "));
    }
    format!("what should be its title or its text is empty: {}", empty.join(", "))
}

/// The problem of a record of which only so many keys or columns are read.
fn cut(what: &str, most: usize) -> Problem {
    let message = format!("the record has more than {most} {what}; the others were left out");
    Problem::new("field-too-long", 0..0, Message::verbatim(message))
}

/// Maximum number of keys in a message.
pub(super) const MAX_KEYS_SAID: usize = 20;

/// What a record says, before the members of its article are read.
#[derive(Debug, Default)]
pub(super) struct Draft<'t> {
    /// Its keys with their values.
    pub entries: Vec<Entry<'t>>,
    /// Its text, where that is not the value of a key.
    pub body: Option<Body<'t>>,
}

impl Draft<'_> {
    /// Adds a text under a key, unless it is empty.
    pub(super) fn put(&mut self, key: &str, text: String) {
        if !text.trim().is_empty() {
            self.entries.push((Cow::Owned(key.to_owned()), Value::Text(Cow::Owned(text))));
        }
    }

    /// Adds a text under the first of the keys of a member, unless it is empty.
    pub(super) fn put_first(&mut self, keys: &[String], text: String) {
        if let Some(key) = keys.first() {
            self.put(key, text);
        }
    }

    /// Adds texts under a key, unless there are none.
    pub(super) fn put_list(&mut self, key: &str, texts: Vec<String>) {
        if !texts.is_empty() {
            let texts = texts.into_iter().map(Cow::Owned).collect();
            self.entries.push((Cow::Owned(key.to_owned()), Value::List(texts)));
        }
    }
}

/// The text of a record.
#[derive(Debug)]
pub(super) enum Body<'t> {
    /// Markdown, or HTML if it begins with a tag.
    Written(Cow<'t, str>),
    /// Plain text, and the line of the file on which it begins.
    Plain { text: String, line: u32 },
}

/// Reads the records of one file.
#[derive(Debug)]
pub struct RecordParser<'k> {
    format: Format,
    columns: Columns,
    /// The feed that holds the records, if they are items of one.
    feed: item::Feed,
    /// What the page tells that lists the records, if they are items of one.
    page: index_item::Head,
    keys: &'k Keys,
}

impl<'k> RecordParser<'k> {
    /// Of a file in a format. `head` is what the splitter of the file found that all its records share, such as the names of
    /// columns.
    #[must_use]
    pub fn new(format: Format, head: &[u8], keys: &'k Keys) -> Self {
        let feed = if format == Format::FeedItem { item::Feed::read(head) } else { item::Feed::default() };
        let columns = Columns::of(if format == Format::Csv { head } else { &[] });
        let page = if format == Format::IndexItem {
            index_item::Head::read(head, keys)
        } else {
            index_item::Head::default()
        };
        Self { format, columns, feed, page, keys }
    }

    /// Reads the bytes of a record. `name` is its name below the ingested root, the fallback for the id.
    ///
    /// Codes of problems are those of [`Article::parse`], and `json-repaired`.
    ///
    /// # Errors
    ///
    /// [`Unread`] if the record is broken, or nothing in it maps to a title or a text.
    pub fn parse(&self, bytes: &[u8], name: &str) -> Result<Parsed<Article>, Unread> {
        self.read(bytes, name, None)
    }

    /// Reads the bytes of a record, and says what was taken from where. `name` is as for [`RecordParser::parse`].
    ///
    /// # Errors
    ///
    /// As [`RecordParser::parse`].
    pub fn explain(&self, bytes: &[u8], name: &str) -> Result<Explanation, Unread> {
        let (elements, is_file) = match self.format {
            Format::Markdown => (None, true),
            Format::Html => (Some(Origin::Page), true),
            Format::FeedItem | Format::IndexItem => (Some(Origin::Item), false),
            Format::Json | Format::Csv => (None, false),
        };
        let mut trace = Trace { elements, is_file, ..Trace::default() };
        let Parsed { value, .. } = self.read(bytes, name, Some(&mut trace))?;
        Ok(Explanation::of(&value, &trace, self.keys))
    }

    fn read(&self, bytes: &[u8], name: &str, trace: Option<&mut Trace>) -> Result<Parsed<Article>, Unread> {
        let mut problems = Vec::new();
        let draft = match self.format {
            Format::Markdown => return Ok(parse(bytes, name, self.keys, trace)),
            Format::Json => object::read(bytes, self.keys, &mut problems)?,
            Format::Csv => self.columns.read(bytes, &mut problems)?,
            Format::IndexItem => self.page.item(bytes, self.keys)?,
            Format::FeedItem => {
                if std::str::from_utf8(bytes).is_err() {
                    problems.push(encoding::not_utf8(bytes));
                }
                self.feed.item(String::from_utf8_lossy(bytes).as_bytes(), self.keys)?
            }
            Format::Html => {
                let (page, control) = clean::clean(encoding::decode_page(bytes, &mut problems));
                problems.extend(control.map(|at| members::control_characters(at..at)));
                html::read(&page, self.keys)
            }
        };
        let value = self.article(draft, name, &mut problems, trace)?;
        Ok(Parsed { value, problems })
    }

    fn article(
        &self,
        mut draft: Draft<'_>,
        name: &str,
        problems: &mut Vec<Problem>,
        trace: Option<&mut Trace>,
    ) -> Result<Article, Unread> {
        let names: Vec<String> =
            draft.entries.iter().take(MAX_KEYS_SAID).map(|(key, _)| shorten(key)).collect();
        if matches!(self.format, Format::Json | Format::Csv) && !self.keys.have_text(&draft.entries) {
            let has_summary = self.keys.have_summary(&draft.entries);
            let reason = no_article(&names, has_summary, self.keys);
            return Err(Unread { code: "no-title-or-text", reason });
        }
        for (key, value) in &mut draft.entries {
            if let Value::Text(text) = value
                && self.keys.is_text(key)
                && html::is_html(text)
            {
                *text = Cow::Owned(html::plain(text));
            }
        }
        let mut members = Members::take(draft.entries, self.keys, ("", 0), problems);
        let body = draft.body.or_else(|| members.body().map(Body::Written));
        let record = Holder::Record;
        let mut article = match body {
            Some(Body::Plain { text, line }) => {
                assemble(members, Text::Plain(text, line), name, record, trace)
            }
            Some(Body::Written(text)) if html::is_html(&text) => {
                assemble(members, Text::Plain(html::plain(&text), 1), name, record, trace)
            }
            Some(Body::Written(text)) => assemble(members, Text::Markdown(&text, 0), name, record, trace),
            None => assemble(members, Text::Markdown("", 0), name, record, trace),
        };
        article.yields = self.format.yields();
        if self.format != Format::Html {
            article.body_line = 1;
            if article.named_by_path {
                name.clone_into(&mut article.id);
            } else if address::is_row_number(&article.id) && address::article_id(&article.url).is_none() {
                let file = name.rfind('#').map_or(name, |at| &name[..at]);
                article.id = format!("{file}#{}", article.id);
                article.named_by_path = true;
            }
        }
        if article.title.is_empty() {
            article.title =
                beginning(if article.description.is_empty() { &article.body } else { &article.description });
        }
        if article.title.is_empty() && article.body.is_empty() {
            let reason = match self.format {
                Format::Html => "the page has no title and no text".to_owned(),
                _ => no_article(&names, false, self.keys),
            };
            return Err(Unread { code: "no-title-or-text", reason });
        }
        Ok(article)
    }
}

/// Maximum length of the beginning of a text that replaces a title, in characters.
const MAX_BEGINNING_CHARS: usize = 100;

/// The beginning of a text, as a title: its first line, cut at a word.
fn beginning(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let line = fold_space(line);
    let Some((end, _)) = line.char_indices().nth(MAX_BEGINNING_CHARS) else { return line.into_owned() };
    let cut = line[..end].rfind(' ').filter(|at| *at > end / 2).unwrap_or(end);
    format!("{}…", &line[..cut])
}
