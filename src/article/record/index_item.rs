//! Index pages in Markdown, which list articles, and an item of one.
//!
//! An item is a link to an article, and lines below it that tell its time, its summary and its securities:
//!
//! ```text
//! - [Title](https://longbridge.com/en/news/230905679.md)
//!   - Datetime: 2026-03-05T08:30:00Z
//!   - Summary: One sentence.
//!   - Symbols: [600586.CN](https://longbridge.com/en/quote/600586.CN.md)
//! ```

use super::{Draft, Unread};
use crate::article::{
    Keys,
    address::{Target, article_id},
    front::{self, Entry, Value},
};
use std::ops::Range;

/// A page with fewer items is no index.
const MIN_ITEMS: usize = 2;
/// Words before the first item are an introduction up to this many bytes, and more are an article.
const MAX_INTRODUCTION_BYTES: usize = 400;
/// The front matter of a page is kept for its items up to this many bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// The name of a key in an item has at most this many characters.
const MAX_KEY_CHARS: usize = 24;

/// What a line of an item may tell.
const PUBLISHED: [&str; 8] =
    ["datetime", "date", "time", "published", "published at", "时间", "發佈時間", "发布时间"];
const DESCRIPTION: [&str; 4] = ["summary", "description", "摘要", "简介"];
const SYMBOL: [&str; 7] = ["symbols", "symbol", "tickers", "stocks", "related stocks", "股票", "相关股票"];

/// Where the items of an index page are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPage {
    /// The bytes of each item, in order.
    pub items: Vec<Range<usize>>,
    /// The bytes of the front matter, which all items share.
    pub head: Range<usize>,
}

impl IndexPage {
    /// Finds the items of a Markdown file; `None` if it is an article, even one with a list of other articles in it.
    ///
    /// An index page has a short introduction at most. Most of its items tell their time or a summary, and most of its lines
    /// are those of items.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let (entries, body_at) = front::read(text, &|_| true, &mut Vec::new()).unwrap_or_default();
        if names_article(&entries) {
            return None;
        }
        let mut items: Vec<Range<usize>> = Vec::new();
        let (mut told, mut others, mut introduction) = (0, 0, 0);
        let mut is_told = false;
        let mut at = body_at;
        for line in text[body_at..].split_inclusive('\n') {
            let start = at;
            at += line.len();
            let inked = line.trim();
            if inked.is_empty() {
                continue;
            }
            if link(inked).is_some_and(|(_, url)| is_article(url)) {
                items.push(start..start + line.trim_end().len());
                told += usize::from(std::mem::take(&mut is_told));
            } else if let Some(item) = items.last_mut() {
                let is_heading = inked.starts_with('#');
                if !is_heading && (member(inked).is_some() || line.starts_with([' ', '\t'])) {
                    is_told |= member(inked)
                        .is_some_and(|(key, _)| is_one_of(key, &PUBLISHED) || is_one_of(key, &DESCRIPTION));
                    item.end = start + line.trim_end().len();
                } else {
                    others += 1;
                }
            } else if !inked.starts_with('#') {
                introduction += inked.len();
            }
        }
        told += usize::from(is_told);
        let is_index = items.len() >= MIN_ITEMS
            && told * 4 >= items.len() * 3
            && others * 4 <= items.len()
            && introduction <= MAX_INTRODUCTION_BYTES;
        let head = 0..if body_at <= MAX_HEAD_BYTES { body_at } else { 0 };
        is_index.then_some(Self { items, head })
    }
}

/// Whether the front matter is that of an article.
fn names_article(entries: &[Entry<'_>]) -> bool {
    entries.iter().any(|(key, value)| match value {
        Value::Text(text) => key.eq_ignore_ascii_case("url") && article_id(text).is_some(),
        _ => false,
    })
}

/// The text and the URL of the link that is all of a line, but for a mark of a list or of a heading.
fn link(line: &str) -> Option<(&str, &str)> {
    let marks = line.trim_start_matches(|c: char| c.is_ascii_digit() || "-*+#.) ".contains(c));
    let inner = marks.trim_start_matches('*').strip_prefix('[')?;
    let inner = inner.trim_end_matches('*').strip_suffix(')')?;
    let divide = inner.rfind("](")?;
    Some((&inner[..divide], &inner[divide + 2..]))
}

fn is_article(url: &str) -> bool {
    matches!(Target::of(url), Some(Target::Article(_)))
}

/// The key and the value of a line: `- **Datetime:** 2026-03-05`.
fn member(line: &str) -> Option<(&str, &str)> {
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

/// Reads an item. `head` is the front matter of its page.
pub(super) fn read(head: &str, bytes: &[u8], keys: &Keys) -> Result<Draft<'static>, Unread> {
    let broken = |reason: String| Unread { code: "bad-record", reason };
    let text = std::str::from_utf8(bytes).map_err(|error| broken(format!("not UTF-8: {error}")))?;
    let mut lines = text.lines();
    let (title, url) = lines
        .next()
        .and_then(|line| link(line.trim()))
        .ok_or_else(|| broken("not a link to an article".to_owned()))?;
    let mut draft = Draft::default();
    draft.put_first(&keys.title, unescaped(title));
    draft.put_first(&keys.url, url.to_owned());
    let (mut symbols, mut summary): (Vec<String>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in lines.map(str::trim).filter(|line| !line.is_empty()) {
        match member(line) {
            Some((key, value)) if is_one_of(key, &PUBLISHED) => {
                draft.put_first(&keys.published, value.to_owned());
            }
            Some((key, value)) if is_one_of(key, &DESCRIPTION) => summary.push(value),
            Some((key, value)) if is_one_of(key, &SYMBOL) => symbols.extend(notations(value)),
            Some((key, value)) if !line.contains("](") => draft.put(&key.to_lowercase(), value.to_owned()),
            _ => {
                let of_link = link(line).and_then(|(_, url)| Target::of(url));
                match of_link {
                    Some(Target::Security(code)) => symbols.push(code.to_owned()),
                    _ => summary.push(line),
                }
            }
        }
    }
    draft.put_first(&keys.description, summary.join(" "));
    if let Some(key) = keys.symbol.first() {
        draft.put_list(key, symbols);
    }
    let locale = front::read(head, &|_| true, &mut Vec::new()).unwrap_or_default().0.into_iter().find(
        |(key, value)| {
            matches!(value, Value::Text(_)) && keys.locale.iter().any(|name| name.eq_ignore_ascii_case(key))
        },
    );
    if let Some((_, Value::Text(locale))) = locale {
        draft.put_first(&keys.locale, locale.into_owned());
    }
    Ok(draft)
}

/// The securities of a list: links to them, or notations between commas.
fn notations(list: &str) -> Vec<String> {
    let notation = |item: &str| {
        let item = item.trim().trim_matches('`');
        let of_link = link(item).and_then(|(_, url)| Target::of(url));
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

#[cfg(test)]
mod tests {
    use super::{IndexPage, Keys, Value, read};
    use proptest::prelude::*;
    use std::borrow::Cow;

    const PAGE: &str = "---\nlocale: zh-CN\ntype: Index\n---\n# Longbridge News\n\nThe newest first.\n\n\
        - [Copper \\[LME\\] climbs](https://longbridge.com/zh-CN/news/230905679.md)\n  - Datetime: 2026-03-05T08:30:00Z\n  \
        - Summary: Smelters cut output: prices rise.\n  - Symbols: [600586.CN](/zh-CN/quote/600586.CN.md), AAPL.US\n\n\
        - [Tin slips](https://longbridge.com/zh-CN/news/230905680.md)\n  - **Datetime:** 2026-03-05T07:00:00Z\n";

    #[test]
    fn the_items_of_an_index_page_are_found_and_read() {
        let page = IndexPage::find(PAGE).expect("an index page");
        assert_eq!(&PAGE[page.head.clone()], "---\nlocale: zh-CN\ntype: Index\n---\n");
        let items: Vec<&str> = page.items.iter().map(|item| &PAGE[item.clone()]).collect();
        assert_eq!(items.len(), 2);
        assert!(items[0].starts_with("- [Copper") && items[0].ends_with("AAPL.US"), "{:?}", items[0]);
        let draft = read(&PAGE[page.head], items[0].as_bytes(), &Keys::default()).expect("an item");
        let text = |text: &'static str| Value::Text(Cow::from(text));
        let expected = [
            ("title", text("Copper [LME] climbs")),
            ("url", text("https://longbridge.com/zh-CN/news/230905679.md")),
            ("datetime", text("2026-03-05T08:30:00Z")),
            ("description", text("Smelters cut output: prices rise.")),
            ("symbols", Value::List(vec![Cow::from("600586.CN"), Cow::from("AAPL.US")])),
            ("locale", text("zh-CN")),
        ];
        assert_eq!(draft.entries, expected.map(|(key, value)| (Cow::from(key), value)));
        assert!(draft.body.is_none());
    }

    #[test]
    fn an_article_with_a_list_of_others_is_no_index() {
        let item = "- [Tin slips](https://longbridge.com/en/news/230905680.md)\n  - Datetime: 2026-03-05\n";
        let plain = "- [Tin slips](https://longbridge.com/en/news/230905680.md)\n";
        let text =
            "Copper rose to its highest price in eleven weeks on Thursday after three smelters said so. "
                .repeat(6);
        for page in [
            format!("# Copper climbs\n\n{text}\n\n## Related News\n{}", item.repeat(9)),
            format!("# Copper climbs\n\nCopper rose.\n\n## Related News\n{}", plain.repeat(9)),
            format!(
                "---\nurl: https://longbridge.com/en/news/230905679.md\n---\n# Copper climbs\n\n{}",
                item.repeat(9)
            ),
            format!("# News\n{item}"),
            format!("# News\n{item}A paragraph.\n\nAnother one.\n\n{item}A third one.\n"),
            format!("# Week\n{}", "- Datetime: 2026-03-05\n- Summary: nothing\n".repeat(9)),
            String::new(),
        ] {
            assert_eq!(IndexPage::find(&page), None, "{page}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(parts in proptest::collection::vec(prop_oneof![
            Just("- [a](https://x.example/news/123456)\n".to_owned()), Just("  - Datetime: 2026-01-01\n".to_owned()),
            Just("# h\n".to_owned()), Just("[](".to_owned()), Just("：".to_owned()), ".{0,6}",
        ], 0..20)) {
            let text = parts.concat();
            if let Some(page) = IndexPage::find(&text) {
                for item in page.items {
                    let _ = read(&text[page.head.clone()], text[item].as_bytes(), &Keys::default());
                }
            }
        }
    }
}
