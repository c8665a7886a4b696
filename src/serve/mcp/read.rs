//! The tool `read_article`: an article in pages.

use super::{
    article_uri,
    hits::{some, symbols},
    parameters::within,
    tool::{Call, Reply, headed, weight},
    tool_error::ToolError,
    untrusted_text::{self, JSON_NOTICE},
};
use crate::index::StoredArticle;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt::Write as _, ops::Range};

/// At most this many characters per page, and this many bytes of JSON.
const MAX_CHARS: usize = 12_000;
const BYTES: usize = 15_000;

/// Arguments of `read_article`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ReadOwn {
    /// Key of the article as hits show it (230905679/en), or its id for its first locale
    key: String,
    /// Start at this line of the file, as given in a citation
    #[schemars(range(min = 1))]
    from_line: Option<i64>,
    /// At most this many characters; default 12000
    #[schemars(range(min = 200, max = 12000))]
    max_chars: Option<i64>,
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// A page of an article.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PageOut {
    /// What the texts in this result are: data of third parties
    notice: &'static str,
    key: String,
    /// URL of the publication
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// Time of publication, in UTC; or the day, if no time is known
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// Securities that it names, most important first
    symbols: Vec<String>,
    /// Ids of the articles that it links to
    related: Vec<String>,
    /// First line of this page in the file, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    first_line: Option<u32>,
    /// Last line of this page in the file
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<u32>,
    /// Offset of the first character of this page in the text
    from_char: usize,
    /// Offset of the first character after this page
    to_char: usize,
    /// Length of the whole text, in characters
    total_chars: usize,
    /// Whether the text is missing, because the file is gone or has changed
    stale: bool,
    /// Text of the article: data of a third party
    article_text: TextOut,
    /// Send this as `cursor` with the same arguments to get the next page; absent on the last page
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Text of an article.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TextOut {
    title: String,
    /// File of the article
    path: String,
    /// Kind of the article
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Summary by the publisher, on the first page
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// Plain text with the line breaks of the file
    text: String,
}

/// The article with this key. Fails if there is none.
pub(super) fn article_of(call: &Call<'_>, key: &str) -> Result<StoredArticle, ToolError> {
    let meant = article_uri::key_of(key);
    let article = call.snapshot.article(meant.as_deref().unwrap_or(key))?;
    // The agent may have the key from an article.
    let named = untrusted_text::label(key).unwrap_or("with this key");
    article.ok_or_else(|| ToolError::of("key", format!("there is no article {named}")))
}

/// The tool `read_article`.
pub(super) fn read(call: &Call<'_>) -> Result<Reply, ToolError> {
    let own: ReadOwn = call.own()?;
    let most = within("max_chars", own.max_chars, 200..=MAX_CHARS, MAX_CHARS)?;
    let article = article_of(call, &own.key)?;
    let start = match own.cursor.as_deref() {
        None => start_of(&article, own.from_line)?,
        cursor => call.cursors.offset(cursor)?,
    };
    if start > article.body.len() || !article.body.is_char_boundary(start) {
        return Err(ToolError::of("cursor", "it points past the end of the article"));
    }
    let page = start..end_of_page(&article.body, start, most, BYTES);
    let next_cursor = (page.end < article.body.len()).then(|| call.cursors.at(page.end));
    let out = PageOut::new(&article, page, next_cursor);
    Reply::new(out.text(), &out)
}

/// The byte offset in the body at which this line of the file starts.
fn start_of(article: &StoredArticle, line: Option<i64>) -> Result<usize, ToolError> {
    let Some(line) = line else { return Ok(0) };
    let below = u32::try_from(line).ok().filter(|line| *line > 0);
    let below = below.ok_or_else(|| ToolError::of("from_line", "must be a line of the file, from 1"))?;
    let Some(above) = below.saturating_sub(article.body_line).checked_sub(1) else { return Ok(0) };
    if article.is_record() {
        return Err(ToolError::of("from_line", "the article is on one line of its file"));
    }
    let mut breaks = article.body.match_indices('\n').map(|(at, _)| at + 1);
    breaks.nth(above as usize).ok_or_else(|| ToolError::of("from_line", "the text ends before that line"))
}

/// The end of a page: the last line break in its second half, else the last end of a word.
pub(super) fn end_of_page(text: &str, start: usize, most: usize, bytes: usize) -> usize {
    let mut used = 0;
    let mut over = text[start..].char_indices().enumerate().skip_while(|(count, (_, c))| {
        used += weight(c.encode_utf8(&mut [0; 4]));
        *count < most && used <= bytes
    });
    let Some((_, (length, _))) = over.next() else { return text.len() };
    let page = &text[start..start + length];
    let half = (length / 2..length).find(|at| page.is_char_boundary(*at)).unwrap_or(length);
    let late = &page[half..];
    let cut = late.rfind('\n').or_else(|| late.rfind(char::is_whitespace)).map(|at| half + at);
    // Trailing white space belongs to the page, so that the pages concatenate to the text.
    let space = |at: usize| page[at..].chars().next().map_or(0, char::len_utf8);
    start + cut.map_or(length, |at| at + space(at))
}

impl PageOut {
    /// A page of an article, with its metadata.
    pub(super) fn new(article: &StoredArticle, page: Range<usize>, next_cursor: Option<String>) -> Self {
        let text = &article.body[page.clone()];
        let shown = page.start..page.start + text.trim_end().len();
        let from_char = article.body[..page.start].chars().count();
        let description = some(&article.description, 1000).filter(|_| page.start == 0);
        Self {
            notice: JSON_NOTICE,
            key: article_uri::shown(&article.key),
            url: (!article.url.is_empty()).then(|| untrusted_text::address(&article.url)),
            published: article.published.map(|at| at.to_string()),
            locale: some(&article.locale, 40),
            symbols: symbols(article),
            related: article.related.iter().take(20).map(|id| untrusted_text::line(id, 40)).collect(),
            first_line: article.line_at(page.start),
            last_line: article.line_at(shown.end),
            from_char,
            to_char: from_char + text.chars().count(),
            total_chars: article.body.chars().count(),
            stale: article.stale,
            article_text: TextOut {
                title: untrusted_text::line(&article.title, 300),
                path: untrusted_text::line(&article.path, 1000),
                kind: some(&article.kind, 40),
                description,
                text: untrusted_text::lines(text),
            },
            next_cursor,
        }
    }

    /// The page in the text form of the result. All that the article says stands inside the fence.
    pub(super) fn text(&self) -> String {
        let mut facts = vec![self.published.as_deref().unwrap_or("no date").to_owned()];
        facts.extend(self.url.clone());
        let lines = self.first_line.zip(self.last_line);
        let path = &self.article_text.path;
        facts.push(lines.map_or_else(|| path.clone(), |(first, last)| format!("{path}:{first}-{last}")));
        facts.extend((!self.symbols.is_empty()).then(|| self.symbols.join(" ")));
        let TextOut { title, description, text, .. } = &self.article_text;
        let stale = "the file is gone, or has changed since it was indexed".to_owned();
        let own = if self.stale { vec![stale] } else { Vec::new() };
        let of_lines = |(first, last)| format!("Lines {first} to {last} of the article's file.");
        let head = lines.map_or_else(|| "The file no longer has this record.".to_owned(), of_lines);
        let mut told = headed(&head, &own, &[]);
        let summary = description.as_deref().map(|text| format!("Summary: {text}\n\n")).unwrap_or_default();
        let said = format!("key: {}\n{}\n\n{title}\n\n{summary}{text}", self.key, facts.join(" | "));
        told.push_str(&untrusted_text::fenced(&self.key, &said));
        // Writing to a string cannot fail.
        let _ = write!(told, "\nCharacters {} to {} of {}.", self.from_char, self.to_char, self.total_chars);
        if let Some(cursor) = &self.next_cursor {
            let _ = write!(told, " More follows; next_cursor: {cursor}");
        }
        told
    }
}
