//! Finds the items of an index page: a Markdown file that lists articles, and is none itself.
//!
//! An article with a list of related articles or of references at its end must stay one. So a file is an index page only if
//! nearly all of it are items that tell more than a title. See [`IndexPage::find`].

use super::index_item::{Head, Item, Opening, Shape, cells, is_date, member, trimmed, without_bullet};
use crate::article::{
    address::article_id,
    front::{self, Entry, Value},
};
use std::ops::Range;

/// A page with fewer items is no index; one whose items name their times and summaries needs two.
const MIN_ITEMS: usize = 3;
/// A page with more items is read as one text.
const MAX_ITEMS: usize = 50_000;
/// Words beside the items are an introduction up to this many bytes, and more are an article.
const MAX_INTRODUCTION_BYTES: usize = 400;
/// An item without names of more bytes is a part of an article.
const MAX_ITEM_BYTES: usize = 2_000;
/// The front matter of a page is kept for its items up to this many bytes.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// The heading of a list that is not the page itself has at most this many bytes.
const MAX_LABEL_BYTES: usize = 48;

/// How the heading begins of a list of related articles or of references.
const BESIDE: [&str; 18] = [
    "references",
    "sources",
    "related",
    "further reading",
    "see also",
    "read more",
    "more from",
    "footnotes",
    "notes",
    "links",
    "citations",
    "参考",
    "參考",
    "相关",
    "相關",
    "延伸",
    "推荐",
    "引用",
];

/// Where the items of an index page are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPage {
    /// The bytes of each item, in order.
    pub items: Vec<Range<usize>>,
    /// What all items are read with: see [`RecordParser::new`](super::RecordParser::new).
    pub head: String,
}

impl IndexPage {
    /// Finds the items of a Markdown file; `None` if it is an article, even one with a list of other articles in it.
    ///
    /// An item opens with a link in an item of a list, a paragraph, a row of a table or a heading; all items of a page
    /// open alike. A page is an index if it has three items, most tell a time (their own, or that of a heading above them) or
    /// a summary, and beside them are few words: before the items at most 400 bytes that are a quarter of theirs, without a
    /// heading in between, and one line for each four items after them. A list headed "Related" or "References" is not counted.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        memchr::memmem::find_iter(text.as_bytes(), b"](").nth(1)?;
        let (entries, start) = front::read(text, &|_| true, &mut Vec::new()).unwrap_or_default();
        if names_article(&entries) {
            return None;
        }
        let mut walk = Walk::new(shape(&text[start..])?);
        let mut at = start;
        for line in text[start..].split_inclusive('\n') {
            walk.line(line, at);
            at += line.len();
        }
        if walk.items.len() > MAX_ITEMS || !walk.is_index(text, is_signed(&entries)) {
            return None;
        }
        let front = if start <= MAX_HEAD_BYTES { &text[..start] } else { "" };
        let above = walk.above.iter().map(|above| {
            let items = above.items.iter().map(|item| &text[walk.items[*item].clone()]);
            (above.line, items.collect())
        });
        Some(Self { head: Head::write(front, above), items: walk.items })
    }
}

/// Whether the front matter is that of an article.
fn names_article(entries: &[Entry<'_>]) -> bool {
    has(entries, &|key, text| key == "url" && article_id(text).is_some())
}

/// Whether the front matter names an author, or a type that only articles have.
fn is_signed(entries: &[Entry<'_>]) -> bool {
    let is_article = |kind: &str| ["article", "news", "post"].contains(&kind.trim().to_lowercase().as_str());
    has(entries, &|key, text| {
        matches!(key, "author" | "authors" | "byline") || key == "type" && is_article(text)
    })
}

fn has(entries: &[Entry<'_>], is_wanted: &dyn Fn(&str, &str) -> bool) -> bool {
    entries.iter().any(|(key, value)| match value {
        Value::Text(text) => is_wanted(&key.to_lowercase(), text),
        Value::List(items) => items.iter().any(|text| is_wanted(&key.to_lowercase(), text)),
        _ => false,
    })
}

/// How most items of a text open; `None` if none does, or too many words stand before the first.
fn shape(text: &str) -> Option<Shape> {
    let mut counts = [0_usize; Shape::ALL.len()];
    let mut introduction = 0;
    let (mut is_section, mut is_last_of_section) = (false, false);
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        // A list in an article, which needs no closer look: its links have nothing below them.
        if std::mem::take(&mut is_last_of_section) && !line.starts_with([' ', '\t']) && member(line).is_none()
        {
            return None;
        }
        if counts == [0; Shape::ALL.len()] {
            is_section |= introduction > 0
                && line.starts_with('#')
                && !line.contains("](")
                && date_line(line).is_none();
        }
        if let Some(opening) = Opening::of(line) {
            is_last_of_section = is_section && counts == [0; Shape::ALL.len()];
            counts[opening.shape as usize] += 1;
        } else if counts == [0; Shape::ALL.len()] && !line.starts_with('#') {
            introduction += line.trim().len();
            if introduction > MAX_INTRODUCTION_BYTES {
                return None;
            }
        }
    }
    Shape::ALL
        .into_iter()
        .max_by_key(|shape| counts[*shape as usize])
        .filter(|shape| counts[*shape as usize] > 0)
}

/// A date or a row of names, with the numbers of the items below it.
struct Above<'t> {
    line: &'t str,
    items: Vec<usize>,
}

/// A walk over the lines of a page.
struct Walk<'t> {
    shape: Shape,
    items: Vec<Range<usize>>,
    above: Vec<Above<'t>>,
    /// The date that holds, by its number in `above`, and the level of its heading.
    date: Option<(usize, usize)>,
    /// The row of names that holds, by its number in `above`.
    columns: Option<usize>,
    /// The row before, which may be one of names.
    row: &'t str,
    /// The indent of the item that is open.
    indent: Option<usize>,
    /// Whether an empty line stands before the line.
    is_parted: bool,
    /// Whether the items of a list are not those of the page.
    is_beside: bool,
    /// Whether a heading divides the introduction from the first item.
    is_section: bool,
    /// Bytes of text before the first item, and after it beside the items.
    introduction: usize,
    rest: usize,
    /// Lines after the first item beside the items.
    others: usize,
}

impl<'t> Walk<'t> {
    fn new(shape: Shape) -> Self {
        Self {
            shape,
            items: Vec::new(),
            above: Vec::new(),
            date: None,
            columns: None,
            row: "",
            indent: None,
            is_parted: true,
            is_beside: false,
            is_section: false,
            introduction: 0,
            rest: 0,
            others: 0,
        }
    }

    /// Takes a line that begins at a byte of the text.
    fn line(&mut self, line: &'t str, start: usize) {
        let (inked, end) = (line.trim(), start + line.trim_end().len());
        if inked.is_empty() {
            self.is_parted = true;
            return;
        }
        let indent = line.len() - line.trim_start().len();
        let is_parted = std::mem::take(&mut self.is_parted);
        let is_nested = self.shape == Shape::Bullet && self.indent.is_some_and(|open| indent > open);
        let opens = !is_nested && Opening::of(inked).is_some_and(|opening| opening.shape == self.shape);
        if opens && !self.is_beside {
            self.open(start..end, indent);
        } else if self.indent.is_some() && self.goes_on(line, inked, is_parted) {
            if let Some(item) = self.items.last_mut() {
                item.end = end;
            }
        } else if let Some(date) = date_line(inked).filter(|_| !opens) {
            self.indent = None;
            self.is_beside = false;
            self.date = Some((self.above.len(), level(inked).unwrap_or(usize::MAX)));
            self.above.push(Above { line: date, items: Vec::new() });
        } else if let Some(level) = level(inked).or_else(|| is_beside(inked).then_some(usize::MAX)) {
            self.indent = None;
            self.is_beside = is_beside(inked);
            self.is_section |= self.introduction > 0 && self.items.is_empty();
            self.date = self.date.filter(|(_, of_date)| *of_date < level);
        } else if self.shape == Shape::Row && inked.starts_with('|') {
            self.row_of_names(inked);
        } else if self.items.is_empty() {
            self.introduction += inked.len();
        } else {
            self.indent = None;
            self.others += 1;
            self.rest += inked.len();
        }
    }

    fn open(&mut self, item: Range<usize>, indent: usize) {
        for above in [self.date.map(|(above, _)| above), self.columns].into_iter().flatten() {
            self.above[above].items.push(self.items.len());
        }
        self.items.push(item);
        self.indent = Some(indent);
    }

    /// Whether a line belongs to the item that is open.
    fn goes_on(&self, line: &str, inked: &str, is_parted: bool) -> bool {
        if level(inked).is_some() || inked.starts_with('|') || self.shape == Shape::Row || is_beside(inked) {
            return false;
        }
        let is_indented = line.starts_with([' ', '\t']);
        let is_lazy = !is_parted && without_bullet(inked).is_none();
        is_indented || is_lazy || self.shape == Shape::Heading || member(inked).is_some()
    }

    /// Takes a row of a table that is no item.
    fn row_of_names(&mut self, row: &'t str) {
        self.indent = None;
        if !row.contains(|c: char| !"|-: ".contains(c)) {
            if !self.row.is_empty() {
                self.columns = Some(self.above.len());
                self.above.push(Above { line: self.row, items: Vec::new() });
            }
            self.row = "";
            return;
        }
        if !self.row.is_empty() {
            self.others += 1;
            self.rest += self.row.len();
        }
        self.row = row;
    }

    /// Whether what was walked over is an index page. `is_signed` says that the page has an author.
    fn is_index(&self, text: &str, is_signed: bool) -> bool {
        let mut is_dated = vec![false; self.items.len()];
        let mut columns = vec![None; self.items.len()];
        for above in &self.above {
            let is_row = above.line.starts_with('|');
            for item in &above.items {
                is_dated[*item] |= !is_row;
                columns[*item] = columns[*item].or(is_row.then_some(above.line));
            }
        }
        let (mut labelled, mut told, mut bytes) = (0, 0, 0);
        let mut is_short = true;
        for ((item, is_dated), columns) in self.items.iter().zip(is_dated).zip(columns) {
            let columns = columns.map(cells).unwrap_or_default();
            let Some(read) = Item::read(&text[item.clone()], &columns) else { return false };
            labelled += usize::from(read.is_labelled);
            told += usize::from(read.is_told(is_dated));
            bytes += item.len();
            is_short &= item.len() <= MAX_ITEM_BYTES;
        }
        let most = |some: usize| some * 4 >= self.items.len() * 3;
        let is_labelled = labelled + 1 >= MIN_ITEMS && most(labelled);
        let is_told = self.items.len() >= MIN_ITEMS
            && most(told)
            && is_short
            && !is_signed
            && !self.is_section
            && self.introduction * 4 <= bytes;
        (is_labelled || is_told)
            && self.others * 4 <= self.items.len()
            && self.introduction.max(self.rest) <= MAX_INTRODUCTION_BYTES
    }
}

/// The level of a heading.
fn level(line: &str) -> Option<usize> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    ((1..=6).contains(&level)).then_some(level)
}

/// The date that is all of a heading or a line.
fn date_line(line: &str) -> Option<&str> {
    let said = line.trim_start_matches('#').trim_matches(|c: char| c.is_whitespace() || "*_:：".contains(c));
    is_date(said).then_some(said)
}

/// Whether a line is the heading of a list of related articles or of references.
fn is_beside(line: &str) -> bool {
    if line.len() > MAX_LABEL_BYTES || line.contains("](") {
        return false;
    }
    let said = trimmed(line.trim_start_matches('#')).to_lowercase();
    let is_labelled = level(line).is_some() || line.starts_with("**") || line.ends_with([':', '：']);
    is_labelled && BESIDE.iter().any(|name| said.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::IndexPage;
    use crate::article::{Format, Keys, RecordParser, front::Value, record::index_item::Head};
    use proptest::prelude::*;
    use std::borrow::Cow;

    const PAGE: &str = "---\nlocale: zh-CN\ntype: Index\n---\n# Longbridge News\n\nThe newest first.\n\n\
        - [Copper \\[LME\\] climbs](https://longbridge.com/zh-CN/news/230905679.md)\n  - Datetime: 2026-03-05T08:30:00Z\n  \
        - Summary: Smelters cut output: prices rise.\n  - Symbols: [600586.CN](/zh-CN/quote/600586.CN.md), AAPL.US\n\n\
        - [Tin slips](https://longbridge.com/zh-CN/news/230905680.md)\n  - **Datetime:** 2026-03-05T07:00:00Z\n";

    #[test]
    fn the_items_of_an_index_page_are_found_and_read() {
        let page = IndexPage::find(PAGE).expect("an index page");
        assert_eq!(page.head, "---\nlocale: zh-CN\ntype: Index\n---\n");
        let items: Vec<&str> = page.items.iter().map(|item| &PAGE[item.clone()]).collect();
        assert_eq!(items.len(), 2);
        assert!(items[0].starts_with("- [Copper") && items[0].ends_with("AAPL.US"), "{:?}", items[0]);
        let keys = Keys::default();
        let draft =
            Head::read(page.head.as_bytes(), &keys).item(items[0].as_bytes(), &keys).expect("an item");
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
            Just("- [a b](https://x.example/news/123456)\n".to_owned()), Just("  - Datetime: 2026-01-01\n".to_owned()),
            Just("# h\n".to_owned()), Just("[](".to_owned()), Just("：".to_owned()), Just("## 2026-01-01\n".to_owned()),
            Just("| 2026-01-01 | [a b](/c) |\n".to_owned()), Just("|--|--|\n".to_owned()), Just("| date | title |\n".to_owned()),
            Just("\n2、[铜价上涨](/d) — x\n".to_owned()), Just(" (2026-01-01".to_owned()), ".{0,6}",
        ], 0..30)) {
            let text = parts.concat();
            if let Some(page) = IndexPage::find(&text) {
                let keys = Keys::default();
                let parser = RecordParser::new(Format::IndexItem, page.head.as_bytes(), &keys);
                for item in page.items {
                    prop_assert!(parser.parse(&text.as_bytes()[item], "x").is_ok());
                }
            }
        }
    }
}
