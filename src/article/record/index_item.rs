//! An item of an index page in Markdown: a link to an article, with what the page tells of it.
//!
//! ```text
//! - [Title](https://longbridge.com/en/news/230905679.md)
//!   - Datetime: 2026-03-05T08:30:00Z
//!   - Summary: One sentence.
//!   - Symbols: [600586.CN](https://longbridge.com/en/quote/600586.CN.md)
//! ```
//!
//! Other pages have the time on the line of the link (`opening.rs`), and a summary without a name below it.

mod opening;

use super::{Draft, Unread};
use crate::article::{
    BuiltIn, Keys,
    address::{Target, article_id},
    front::{self, Value},
    values::{self, Fits, NamedValues},
};
use opening::first_link;
pub(super) use opening::{Note, Opening, Shape, cells, is_date, trimmed, without_bullet};
use std::{collections::HashMap, fmt::Write as _};
use xxhash_rust::xxh3::xxh3_64;

/// The name of a key in an item has at most this many characters.
const MAX_KEY_CHARS: usize = 24;
/// A cell without a name is a source up to this many bytes, and a summary beyond.
const MAX_SOURCE_BYTES: usize = 60;

/// What a line of an item may tell.
const PUBLISHED: [&str; 12] = [
    "datetime",
    "date",
    "time",
    "published",
    "published at",
    "时间",
    "發佈時間",
    "发布时间",
    "时间戳",
    "日期",
    "日期时间",
    "時間",
];
const DESCRIPTION: [&str; 6] = ["summary", "description", "abstract", "摘要", "简介", "簡介"];
const SYMBOL: [&str; 9] =
    ["symbols", "symbol", "tickers", "ticker", "stocks", "related stocks", "股票", "相关股票", "代码"];
const SOURCE: [&str; 7] = ["source", "publisher", "author", "media", "来源", "來源", "媒体"];

/// The key of a line of an item, and its value: `- **Datetime:** 2026-03-05`.
pub(super) fn member(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches(['-', '*', '+', '>', ' ']);
    let (key, value) = line.split_once([':', '：'])?;
    let key = key.trim().trim_matches('*');
    let is_name = |c: char| c.is_alphanumeric() || " _-".contains(c);
    let is_key = !key.is_empty() && key.chars().count() <= MAX_KEY_CHARS && key.chars().all(is_name);
    is_key.then(|| (key, value.trim().trim_start_matches("**").trim()))
}

fn is_one_of(key: &str, names: &[&str]) -> bool {
    names.contains(&key.to_lowercase().as_str())
}

/// What an item tells.
#[derive(Debug)]
pub(super) struct Item<'t> {
    title: &'t str,
    url: &'t str,
    note: Note<'t>,
    summary: Vec<&'t str>,
    symbols: Vec<String>,
    /// Other keys, in lower case.
    others: Vec<(String, &'t str)>,
    /// Whether a line names a time or a summary.
    pub is_labelled: bool,
}

impl<'t> Item<'t> {
    /// Reads an item, in a table with the names of its columns. `None` if its first line opens none.
    pub(super) fn read(text: &'t str, columns: &[&str]) -> Option<Self> {
        let mut lines = text.lines();
        let Opening { title, url, note, summary, cells, .. } = Opening::of(lines.next()?)?;
        let mut item = Self {
            title,
            url,
            note,
            summary: Vec::new(),
            symbols: Vec::new(),
            others: Vec::new(),
            is_labelled: false,
        };
        for (at, cell) in cells {
            item.cell(columns.get(at).copied().unwrap_or_default(), cell);
        }
        item.summary.extend(Some(summary).filter(|summary| !summary.is_empty()));
        for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
            item.line(line);
        }
        Some(item)
    }

    fn cell(&mut self, name: &str, cell: &'t str) {
        if self.tell(name, cell) {
            return;
        }
        let of_link = first_link(cell).map_or(cell, |(_, (text, _), _)| text);
        match Note::of(cell) {
            Some(note) => self.note.add(note),
            None if !name.is_empty() => self.others.push((name.to_lowercase(), of_link)),
            None if cell.len() <= MAX_SOURCE_BYTES => {
                self.note.add(Note { source: Some(of_link), ..Note::default() });
            }
            None => self.summary.push(cell),
        }
    }

    fn line(&mut self, line: &'t str) {
        let bare = without_bullet(line).map_or(line, str::trim);
        let is_marked = bare.len() < line.len() || line.starts_with("**");
        let target = first_link(bare).filter(|(before, _, behind)| before.is_empty() && behind.is_empty());
        match member(line) {
            Some((key, value)) if self.tell(key, value) => {
                self.is_labelled |= is_one_of(key, &PUBLISHED) || is_one_of(key, &DESCRIPTION);
            }
            Some((key, value)) if is_marked && !line.contains("](") => {
                self.others.push((key.to_lowercase(), value));
            }
            _ if bare.starts_with("![") => {}
            _ => match (Note::of(bare), target) {
                (Some(note), _) => self.note.add(note),
                (None, Some((_, (_, url), _))) => match Target::of(url) {
                    Some(Target::Security(code)) => self.symbols.push(code.to_owned()),
                    // "Read more".
                    _ if url == self.url => {}
                    _ => self.summary.push(bare),
                },
                (None, None) => self.summary.push(bare),
            },
        }
    }

    /// Takes the value of a key that is known; `false` of any other.
    fn tell(&mut self, key: &str, value: &'t str) -> bool {
        if is_one_of(key, &PUBLISHED) {
            // What is no date is told when the article is read.
            let note = Note::of(value).filter(|note| note.source.is_none());
            self.note.add(note.unwrap_or(Note { date: Some(value), ..Note::default() }));
        } else if is_one_of(key, &DESCRIPTION) {
            self.summary.push(value);
        } else if is_one_of(key, &SYMBOL) {
            self.symbols.extend(notations(value));
        } else if is_one_of(key, &SOURCE) {
            let source = first_link(value).map_or(value, |(_, (text, _), _)| text);
            self.note.add(Note { source: Some(source), ..Note::default() });
        } else {
            return false;
        }
        true
    }

    /// Whether it tells enough of a title that reads like one. `is_dated` says that a heading above tells the date.
    pub(super) fn is_told(&self, is_dated: bool) -> bool {
        let is_dated = is_dated || self.note.date.is_some() || self.note.time.is_some();
        let words = words(self.title);
        is_dated && words >= 2 || !self.summary.is_empty() && (words >= 4 || is_article(self.url))
    }
}

/// The number of words of a title; two Han characters, kana or syllables of Hangul are one.
fn words(title: &str) -> usize {
    let is_ideograph =
        |c: &char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}');
    let ideographs = title.chars().filter(is_ideograph).count();
    let is_word = |word: &&str| word.contains(|c: char| c.is_alphabetic() && !is_ideograph(&c));
    ideographs / 2 + title.split_whitespace().filter(is_word).count()
}

/// Whether a URL looks like that of an article: with a number, a date or a title in it.
fn is_article(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let dashes = name.bytes().filter(|byte| matches!(byte, b'-' | b'_')).count();
    let is_year = |step: &str| step.len() == 4 && step.starts_with("20") && step.parse::<u16>().is_ok();
    article_id(url).is_some() || digits >= 5 || dashes >= 3 || path.split('/').any(is_year)
}

/// The securities of a list: links to them, or notations between commas.
fn notations(list: &str) -> Vec<String> {
    let notation = |item: &str| {
        let item = item.trim().trim_matches('`');
        let of_link = first_link(item).and_then(|(_, (_, url), _)| Target::of(url));
        match of_link {
            Some(Target::Security(code)) => code.to_owned(),
            _ => item.to_owned(),
        }
    };
    list.split([',', '，', '、', ';']).map(notation).filter(|notation| !notation.is_empty()).collect()
}

/// The text of a link without the backslashes of Markdown.
fn unescaped(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut said = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let escaped = characters.next_if(|next| character == '\\' && next.is_ascii_punctuation());
        said.push(escaped.unwrap_or(character));
    }
    said
}

/// What items have from the page around them: its front matter, the dates of their headings, and the names of their columns.
#[derive(Debug, Default)]
pub(super) struct Head {
    locale: String,
    /// The date of the page.
    date: String,
    /// By the XXH3 of an item, what stands above it.
    above: HashMap<u64, Above>,
}

/// What stands above an item; of two equal items, above the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Above {
    /// The date of a heading.
    date: Option<String>,
    /// The row with the names of the columns.
    columns: Option<String>,
}

impl Above {
    /// What `head` says of each item, by the XXH3 of the item.
    fn read(head: &str) -> HashMap<u64, Self> {
        let mut above: HashMap<u64, Self> = HashMap::new();
        for mut line in head.lines() {
            let mut items = Vec::new();
            while let Some((item, rest)) = line.split_at_checked(17)
                && let Ok(item) = u64::from_str_radix(item.trim_end(), 16)
            {
                items.push(item);
                line = rest;
            }
            for item in items {
                let above = above.entry(item).or_default();
                let place = if line.starts_with('|') { &mut above.columns } else { &mut above.date };
                place.get_or_insert_with(|| line.to_owned());
            }
        }
        above
    }

    /// A hash of it.
    pub(super) fn hash(&self) -> u64 {
        let (date, columns) = (self.date.as_deref(), self.columns.as_deref());
        xxh3_64([date.unwrap_or_default(), columns.unwrap_or_default()].join("\n").as_bytes())
    }
}

impl Head {
    /// The text of a head: the front matter as it is, then a line for each heading with the items below it.
    pub(super) fn write<'i>(front: &str, above: impl Iterator<Item = (&'i str, Vec<&'i str>)>) -> String {
        let mut head = front.to_owned();
        for (heading, items) in above.filter(|(_, items)| !items.is_empty()) {
            for item in items {
                let _ = write!(head, "{:016x} ", xxh3_64(item.as_bytes()));
            }
            head.push_str(heading);
            head.push('\n');
        }
        head
    }

    pub(super) fn read(head: &[u8], keys: &Keys) -> Self {
        let text = String::from_utf8_lossy(head);
        let (entries, end) = front::read(&text, &|_| true, &mut Vec::new()).unwrap_or_default();
        let mut values = NamedValues::new(entries, keys);
        let mut take = |member, fits: Fits<'_>| match values.take(member, fits) {
            Some((_, Value::Text(text))) => text.into_owned(),
            _ => String::new(),
        };
        let (locale, date) =
            (take(BuiltIn::Locale, &values::is_text), take(BuiltIn::Published, &values::is_date));
        Self { locale, date, above: Above::read(&text[end..]) }
    }

    /// What the articles of all items depend on, and what each of them depends on by the XXH3 of the item.
    pub(super) fn context(head: &str) -> (&str, HashMap<u64, Above>) {
        let end = front::read(head, &|_| true, &mut Vec::new()).map_or(0, |(_, end)| end);
        (&head[..end], Above::read(&head[end..]))
    }

    /// Reads an item of the page. Code: `bad-record`.
    pub(super) fn item(&self, bytes: &[u8], keys: &Keys) -> Result<Draft<'static>, Unread> {
        let broken = |reason: String| Unread { code: "bad-record", reason };
        let text = std::str::from_utf8(bytes).map_err(|error| broken(format!("not UTF-8: {error}")))?;
        let above = self.above.get(&xxh3_64(bytes));
        let columns = above.and_then(|above| above.columns.as_deref()).map(cells).unwrap_or_default();
        let item = Item::read(text, &columns).ok_or_else(|| broken("not a link to an article".to_owned()))?;
        let mut draft = Draft::default();
        draft.put_first(&keys.title, unescaped(item.title));
        draft.put_first(&keys.url, item.url.to_owned());
        let of_heading = above.and_then(|above| above.date.as_ref()).unwrap_or(&self.date).as_str();
        match (item.note.date.unwrap_or(of_heading), item.note.time) {
            ("", Some(time)) => draft.put("time", time.to_owned()),
            (date, Some(time)) if is_date(&format!("{date} {time}")) => {
                draft.put_first(&keys.published, format!("{date} {time}"));
            }
            (date, _) => draft.put_first(&keys.published, date.to_owned()),
        }
        draft.put_first(&keys.description, item.summary.join(" "));
        if let Some(key) = keys.symbol.first() {
            draft.put_list(key, item.symbols);
        }
        draft.put("source", item.note.source.unwrap_or_default().to_owned());
        for (key, value) in item.others {
            draft.put(&key, value.to_owned());
        }
        draft.put_first(&keys.locale, self.locale.clone());
        Ok(draft)
    }
}
