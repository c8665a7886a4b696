//! The value [`Article`], and how a file's bytes become it.
//!
//! Parsing never fails: it returns an article with what could be read of the file, and the problems found.
//! The steps go from outside in: bytes to text (`encoding`, `clean`), the front matter (`front`, `members`),
//! the trailing lists of links (`tail`), and Markdown to plain text (`plain`). The caller skips files that
//! are not text at all: see [`unreadable`].

mod address;
mod built_in;
mod clean;
mod date;
mod encoding;
mod explain;
mod front;
mod html;
mod keys;
mod locale;
mod members;
mod moment;
mod names;
mod plain;
mod prose;
mod record;
mod securities;
mod tail;
mod values;

use std::collections::BTreeMap;

pub(crate) use address::is_row_number;
pub use built_in::BuiltIn;
pub use date::read_date;
pub(crate) use date::{MONTHS, utc_offset};
pub use encoding::unreadable;
pub(crate) use encoding::{DeclaredEncoding, StreamDecoder, decoded};
pub use explain::{Explanation, Origin, Taken};
pub(crate) use front::yaml_as_written;
pub(crate) use html::begins_with_tag;
pub use keys::Keys;
pub(crate) use keys::{bare, same_key};
pub use locale::canonical_locale;
pub use moment::Moment;
pub(crate) use moment::first_instant;
pub use names::{NameClass, StatedName, stated_names};
pub use record::{Format, IndexPage, MAX_WRAPPERS, Outline, RecordContext, RecordParser, Unread, row_fields};

use crate::{
    problem::{Parsed, Problem, message},
    symbol::Symbol,
};
use explain::Trace;
use members::Members;
use plain::OwnedLink;
use tail::Link;

/// Maximum length of a title in characters; the rest is cut off.
const MAX_TITLE_CHARS: usize = 1_000;
/// Maximum length of a description in characters; the rest is cut off.
const MAX_DESCRIPTION_CHARS: usize = 10_000;
/// Length of the lead in characters: the part of the text in which an article says what it is about.
const LEAD_CHARS: usize = 500;
/// An article is about the first of a list of at most this many securities, and about those in a lead that names at most this
/// many by code; a place among more is a mention.
const FEW: usize = 5;
/// A word of more bytes than this is reported; the index keeps none longer than 65,530.
const MAX_WORD_BYTES: usize = 65_000;

/// One news article, in plain data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Article {
    /// The id, the same in every language: the digits in its URL, else the id in the front matter, else the
    /// file's path below the ingested root without its extension. The number of a row has its file's path before it.
    pub id: String,
    /// Whether the id is only the file's path, because neither URL nor front matter has one, or begins with it.
    pub named_by_path: bool,
    /// The language, in the spelling of the archive (`en`, `zh-CN`); empty if unknown.
    pub locale: String,
    /// The type of page in lower case (`news`, `symbol`); empty if unknown.
    pub kind: String,
    /// The URL of the page, safe to show as a link; empty if there is none.
    pub url: String,
    /// The title on one line, at most 1,000 characters; never empty as long as the file has a name.
    pub title: String,
    /// The summary, at most 10,000 characters; empty if it only repeats the beginning of the body.
    pub description: String,
    /// The plain text, with the line breaks of its source: see `body_line`.
    pub body: String,
    /// The line of the file, from 1, at which `body` begins. The line of any byte of `body` is this plus the
    /// line feeds before it.
    pub body_line: u32,
    /// The securities that the article names, each once: first the listed ones, in their order.
    pub symbols: Vec<Named>,
    /// The ids of other articles that the page lists at its end.
    pub related: Vec<String>,
    /// When the article was published.
    pub published: Option<Moment>,
    /// Whether it gives way to any other article with its key, being only a summary of it.
    pub yields: bool,
    /// Every other key of the front matter, with its scalars as text; a map's keys are `parent.child`.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// A security that an article names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The security.
    pub symbol: Symbol,
    /// Where it is named.
    pub sources: MentionPlaces,
}

/// A part of an article that tells which securities the article is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AboutPart {
    /// The title.
    Title,
    /// The lead, if it names few.
    Lead,
    /// The first security of a list of few.
    First,
}

impl AboutPart {
    /// Every part, the strongest first.
    pub const ALL: [Self; 3] = [Self::Title, Self::Lead, Self::First];

    /// The parts that hold each security of an article, given the places that name them, in the order of the article.
    pub fn of(symbols: &[MentionPlaces]) -> impl Iterator<Item = Vec<Self>> {
        let in_place = |place| symbols.iter().filter(|places| places.has(place)).count();
        let (listed, in_lead) = (in_place(MentionPlace::Listed), in_place(MentionPlace::Lead));
        symbols.iter().enumerate().map(move |(index, places)| {
            let holds = |part: &Self| match part {
                Self::Title => places.has(MentionPlace::Title),
                Self::Lead => places.has(MentionPlace::Lead) && in_lead <= FEW,
                Self::First => index == 0 && places.has(MentionPlace::Listed) && listed <= FEW,
            };
            Self::ALL.into_iter().filter(holds).collect()
        })
    }

    /// The name in kebab case: `first-listed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Lead => "lead",
            Self::First => "first-listed",
        }
    }
}

/// A place in which an article names a security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MentionPlace {
    /// The front matter, or the page's list of related securities.
    Listed,
    /// The title.
    Title,
    /// The description, or the first 500 characters of the text.
    Lead,
    /// The text after the lead.
    Body,
}

impl MentionPlace {
    const ALL: [Self; 4] = [Self::Listed, Self::Title, Self::Lead, Self::Body];

    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Title => "title",
            Self::Lead => "lead",
            Self::Body => "body",
        }
    }
}

/// The places in which an article names a security.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MentionPlaces(u8);

impl MentionPlaces {
    /// These places and `source`.
    #[must_use]
    pub fn with(self, source: MentionPlace) -> Self {
        Self(self.0 | 1 << source as u8)
    }

    /// Whether a place is one of these.
    #[must_use]
    pub fn has(self, source: MentionPlace) -> bool {
        self.0 & 1 << source as u8 != 0
    }

    /// The places, in the order of [`MentionPlace`].
    pub fn iter(self) -> impl Iterator<Item = MentionPlace> {
        MentionPlace::ALL.into_iter().filter(move |source| self.has(*source))
    }

    /// The places as a number below [`MentionPlaces::COMBINATIONS`].
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The places with these bits; unknown bits are ignored.
    #[must_use]
    pub fn from_bits(bits: u8) -> Self {
        Self(bits & (Self::COMBINATIONS - 1))
    }

    /// How many sets of places there are.
    pub const COMBINATIONS: u8 = 1 << MentionPlace::ALL.len();
}

impl Article {
    /// Reads a file's bytes. `name` is the file's path below the ingested root, with `/` as separator: the
    /// fallback for id and title. `keys` maps front-matter keys to members.
    ///
    /// Never fails. Spans of problems are byte ranges of the decoded text (without a byte order mark, with
    /// line feeds only, without control characters); an empty span means the whole file.
    ///
    /// Codes of problems: `encoding-detected`, `invalid-utf8`, `invalid-encoding`, `control-characters`, `bidi-control`,
    /// `no-front-matter`, `front-matter-unterminated`, `front-matter-tolerant`, `front-matter-repaired`,
    /// `merge-key`, `front-matter-type`, `missing-field`, `title-fallback`, `duplicate-key`, `invalid-escape`,
    /// `field-too-long`, `bad-url`, `bad-locale`, `bad-date`, `date-out-of-range`, `bad-ticker`,
    /// `no-text`, `token-too-long`.
    #[must_use]
    pub fn parse(bytes: &[u8], name: &str, keys: &Keys) -> Parsed<Self> {
        parse(bytes, name, keys, None)
    }

    /// The unique key of the article: `230905679/en`, or the id alone if there is no locale.
    #[must_use]
    pub fn key(&self) -> String {
        if self.locale.is_empty() { self.id.clone() } else { format!("{}/{}", self.id, self.locale) }
    }
}

/// Reads a file's bytes: see [`Article::parse`].
fn parse(bytes: &[u8], name: &str, keys: &Keys, trace: Option<&mut Trace>) -> Parsed<Article> {
    let mut problems = Vec::new();
    let (text, control) = clean::clean(encoding::decode(bytes, &mut problems));
    if let Some(at) = control {
        problems.push(members::control_characters(at..at));
    }
    let value = read(&text, name, keys, &mut problems, trace);
    Parsed { value, problems }
}

/// Reads the text of a file.
fn read(
    text: &str,
    name: &str,
    keys: &Keys,
    problems: &mut Vec<Problem>,
    trace: Option<&mut Trace>,
) -> Article {
    let whole_line = |key: &str| keys.is_text(key);
    let (entries, body_at) = front::read(text, &whole_line, problems).unwrap_or_default();
    let has_front = !entries.is_empty();
    if !has_front {
        problems.push(Problem::new("no-front-matter", 0..body_at, message!("the file has no front matter")));
    }
    let members = Members::take(entries, keys, (text, body_at), problems);
    let holder = if has_front { Holder::Front } else { Holder::Text };
    assemble(members, Text::Markdown(text, body_at), name, holder, trace)
}

/// What holds the members of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holder {
    /// The front matter of a file. What it lacks is reported.
    Front,
    /// A file without front matter.
    Text,
    /// A record of a file, for whose title the name of the file does not stand in.
    Record,
}

/// The text of an article.
enum Text<'t> {
    /// Markdown that begins at a byte offset of a text.
    Markdown(&'t str, usize),
    /// Plain text, and the line of the file on which it begins.
    Plain(String, u32),
}

/// Makes an article of its members and its text.
fn assemble(
    mut members: Members<'_, '_>,
    text: Text<'_>,
    name: &str,
    holder: Holder,
    mut trace: Option<&mut Trace>,
) -> Article {
    if let Some(trace) = &mut trace {
        trace.written = members.written();
    }
    let has_front = holder == Holder::Front;
    let mut article = Article { kind: members.kind(), ..Article::default() };
    article.published = members.published(has_front);
    let (shown, address) = members.url(has_front);
    article.url = shown;
    article.locale = members.locale(&address);
    (article.id, article.named_by_path) = members.id(&address, name);

    let title = members.title();
    let plain;
    let (body, span) = match text {
        Text::Markdown(text, at) => (body(text, at, title.as_deref(), &mut article), at..text.len()),
        Text::Plain(text, line) => {
            (article.body, article.body_line) = (text, line);
            plain = article.body.clone();
            (Body { heading: None, odd: Vec::new(), tail: Vec::new(), source: &plain }, 0..plain.len())
        }
    };
    if let Some(trace) = trace {
        trace.has_title = title.is_some();
        trace.has_heading = body.heading.is_some();
        trace.address = address;
    }
    let description = members.description();
    let title_name = if holder == Holder::Record { "" } else { name };
    let holds_more = body.heading.is_none() && !body.source.trim().is_empty();
    article.title = members.finish_title(title, body.heading, title_name, has_front);
    if !repeats_beginning(&description, &article.body, body.source) {
        article.description = description;
    }
    let odd = body.odd.iter().filter_map(OwnedLink::link);
    let links: Vec<Link<'_>> = odd.chain(body.tail.iter().copied()).collect();
    article.related = links.iter().filter_map(|link| link.target.article().map(str::to_owned)).collect();
    if article.body.is_empty() && (holds_more || !links.is_empty()) {
        let message = message!("the page has no text, only lists of links, images or hidden parts");
        members.problems.push(Problem::new("no-text", span.clone(), message));
    }
    securities::list(&mut article, &members.symbols(), &links, members.problems);
    report_long_word(&article.body, span.start, members.problems);
    article.extra = members.extra();
    article
}

/// What the body holds besides its text.
struct Body<'t> {
    /// The first heading, if it was removed as the title.
    heading: Option<String>,
    /// Links of the tail that only the Markdown parser found; they stand above the others.
    odd: Vec<OwnedLink>,
    tail: Vec<Link<'t>>,
    /// The Markdown of the text, from its first line on.
    source: &'t str,
}

/// Reads the body that begins at byte `start` of a text into `article`.
fn body<'t>(text: &'t str, start: usize, title: Option<&str>, article: &mut Article) -> Body<'t> {
    let (end, tail) = tail::cut(&text[start..]);
    let source = &text[start..start + end];
    let skipped = title.map_or(0, |title| heading_length(source, title));
    let plain = plain::read(&source[skipped..], title.filter(|_| skipped == 0));
    article.body = plain.text;
    let line = 1 + plain::count_lines(&text[..start + skipped]) + plain.lines_above;
    article.body_line = u32::try_from(line).unwrap_or(u32::MAX);
    let mut above = source[skipped..].match_indices('\n').map(|(at, _)| skipped + at + 1);
    let begins = plain.lines_above.checked_sub(1).and_then(|lines| above.nth(lines)).unwrap_or(skipped);
    Body { heading: plain.heading, odd: plain.links, tail, source: &source[begins..] }
}

/// Bytes of a body up to the end of a first heading that repeats the title; 0 if there is none.
///
/// Compares the raw text, not Markdown, since a title with a line break makes a heading that continues in the
/// next paragraph. The Markdown parser handles headings with emphasis or escapes.
fn heading_length(body: &str, title: &str) -> usize {
    let heading = body.trim_start();
    let Some(rest) = heading.strip_prefix("# ") else { return 0 };
    let Some(after) = clean::strip_text(rest.trim_start(), title) else { return 0 };
    let line = after.find('\n').map_or(after, |end| &after[..end]);
    if line.trim().is_empty() { body.len() - after.len() + line.len() } else { 0 }
}

/// Whether the body begins with the description, as plain text or as Markdown, ignoring white space, marks of
/// lists and emphasis, and a final ellipsis.
///
/// Pages often repeat their first sentences as the description. Kept twice, their words would count twice in
/// the ranking, and a result would show the same text twice.
fn repeats_beginning(description: &str, body: &str, source: &str) -> bool {
    let wanted = description.trim_end_matches(['…', '.', ' ', '\n']);
    let begins = |text: &str| clean::strip_text(text, wanted).is_some() || clean::begins_alike(text, wanted);
    !body.is_empty() && (begins(body) || begins(&html::decode_entities(source)))
}

/// Reports a word that is too long for a term. A run of Chinese is not a word.
fn report_long_word(body: &str, body_at: usize, problems: &mut Vec<Problem>) {
    if body.len() <= MAX_WORD_BYTES {
        return;
    }
    let is_of_word = |c: char| {
        c.is_alphanumeric()
            && !matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{3ffff}')
    };
    if let Some(word) = body.split(|c| !is_of_word(c)).find(|word| word.len() > MAX_WORD_BYTES) {
        let message = message!("a word of {} bytes is too long to index as one term", word.len());
        problems.push(Problem::new("token-too-long", body_at..body_at, message));
    }
}
