//! Converts Markdown to plain text that keeps the lines of its source.
//!
//! Line n of the source is line n of the plain text, so that a match can be given by its line in the file.
//! Line feeds are therefore written late, just before the next text, until the line counts agree. In a
//! paragraph in Chinese a line may end inside a word, which a line feed would cut in two: there it stands
//! after the nearest stop or comma.

mod lists;

use std::borrow::Cow;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{clean::strip_text, html};
use crate::text::{buffer_capacity, closes_wide};
use lists::Lists;
pub(super) use lists::OwnedLink;

/// Brackets that hold the code of a security have at most this many characters.
const MAX_BRACKET_CHARS: usize = 60;
/// A stop is looked for in this many characters before the end of the text. Paragraphs may be as long as a file.
const MAX_STOP_CHARS: usize = 200;

/// The plain text of an article.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// The text, without blank lines at its start and without white space at its end.
    pub text: String,
    /// Lines of the source above the first line of the text.
    pub lines_above: usize,
    /// The first heading of the first level, if it was removed as the title.
    pub heading: Option<String>,
    /// The links of trailing sections that the line scan of `tail` did not find.
    pub links: Vec<OwnedLink>,
}

/// Converts Markdown to plain text. A first heading that equals `title` is left out and returned separately;
/// without a title, any first heading is.
pub(super) fn read(source: &str, title: Option<&str>) -> Plain {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut page = Page::new(source, title);
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        page.event(event, range);
    }
    page.finish()
}

/// A place in the text to which it can be cut back.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    bytes: usize,
    lines: usize,
}

/// What separates the text written last from the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    /// Nothing: both may be one word.
    None,
    /// A line end inside a paragraph.
    Soft,
    /// The border of a table cell.
    Cell,
    /// The end of a block.
    Block,
}

struct Page<'s> {
    source: &'s str,
    title: Option<&'s str>,
    text: String,
    /// Line feeds in `text`.
    lines: usize,
    /// A byte offset of the source and the number of line feeds before it.
    counted: (usize, usize),
    gap: Gap,
    /// Line feeds of the paragraph that were not written yet, as its lines ended inside runs of Chinese.
    due: usize,
    depth: usize,
    is_code: bool,
    has_data: bool,
    html: html::Reader,
    /// The closing tags of the innermost block.
    closings: html::Closings,
    /// Where the first heading of the first level begins, while inside it.
    heading_at: Option<Mark>,
    has_heading: bool,
    heading: Option<String>,
    lists: Lists,
}

impl<'s> Page<'s> {
    fn new(source: &'s str, title: Option<&'s str>) -> Self {
        Self {
            source,
            title,
            text: String::with_capacity(buffer_capacity(source.len() + 16)),
            lines: 0,
            counted: (0, 0),
            gap: Gap::Block,
            due: 0,
            depth: 0,
            is_code: false,
            has_data: source.contains(";base64,"),
            html: html::Reader::default(),
            closings: html::Closings::default(),
            heading_at: None,
            has_heading: false,
            heading: None,
            lists: Lists::default(),
        }
    }

    fn event(&mut self, event: Event<'_>, range: std::ops::Range<usize>) {
        match event {
            Event::Start(tag) => self.start(&tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.words(&text, range),
            Event::Code(text) => self.code(&text, range),
            Event::SoftBreak => self.gap = self.gap.max(Gap::Soft),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range.start),
            _ => self.gap = self.gap.max(Gap::Block),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: std::ops::Range<usize>) {
        let mark = Mark { bytes: self.text.len(), lines: self.lines };
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Image { .. } => return,
            Tag::Link { dest_url, .. } => return self.lists.link(dest_url, mark.bytes),
            Tag::TableCell => {}
            _ => self.gap = Gap::Block,
        }
        self.closings = html::Closings::of(range);
        self.lists.start(tag, self.depth, mark);
        match tag {
            Tag::CodeBlock(_) => self.is_code = true,
            Tag::Heading { level: HeadingLevel::H1, .. } if !self.has_heading => {
                self.has_heading = true;
                self.heading_at = Some(mark);
            }
            _ => {}
        }
        self.depth += 1;
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Image => return,
            TagEnd::Link => return self.lists.end_link(&self.text),
            TagEnd::TableCell => self.gap = self.gap.max(Gap::Cell),
            TagEnd::CodeBlock => self.is_code = false,
            TagEnd::Heading(HeadingLevel::H1) => self.end_heading(),
            // A script that is not closed must not swallow the rest of the article.
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.html = html::Reader::default(),
            _ => {}
        }
        if tag != TagEnd::TableCell {
            self.gap = Gap::Block;
        }
        self.depth -= 1;
        self.lists.end(tag, self.depth);
    }

    fn end_heading(&mut self) {
        let Some(mark) = self.heading_at.take() else { return };
        let heading = self.text[mark.bytes..].trim();
        let is_title = |title| strip_text(heading, title).is_some_and(|rest| rest.trim().is_empty());
        if self.title.is_none_or(is_title) && !heading.is_empty() {
            self.heading = Some(heading.to_owned());
            self.back_to(mark);
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.text.truncate(mark.bytes);
        self.lines = mark.lines;
        self.gap = Gap::Block;
    }

    fn words(&mut self, text: &CowStr<'_>, range: std::ops::Range<usize>) {
        if self.html.is_hidden() {
            return;
        }
        // Markdown gives control characters for entities that HTML reads as quotation marks.
        let (at, source) = (range.start, self.source);
        match source.get(range).filter(|written| written.starts_with('&')) {
            Some(entity) if !matches!(text, CowStr::Borrowed(_)) => self.entities(entity, at),
            _ => self.write(text, at),
        }
    }

    /// Writes text of one line in which entities stand. A line feed from one is not a line of the source.
    fn entities(&mut self, text: &str, at: usize) {
        let text = html::decode_entities(text);
        if text.contains('\n') { self.write(&text.replace('\n', " "), at) } else { self.write(&text, at) }
    }

    /// Writes inline code; code on several lines of the source stays on several lines.
    fn code(&mut self, text: &str, range: std::ops::Range<usize>) {
        let written = self.source[range.clone()].trim_matches('`');
        if !written.contains('\n') {
            return self.write(text, range.start);
        }
        let mut at = range.start;
        for line in self.source[range].split_inclusive('\n') {
            let words = line.trim_matches(['`', ' ', '\t', '>', '\n']);
            self.write(words, at);
            self.gap = self.gap.max(if line.ends_with('\n') { Gap::Soft } else { Gap::None });
            at += line.len();
        }
    }

    fn html(&mut self, html: &str, at: usize) {
        let source = self.source;
        let mut reader = std::mem::take(&mut self.html);
        let mut closings = std::mem::take(&mut self.closings);
        let mut closes = |name: &str, from: usize| closings.closes(source, name, at + from);
        reader.feed(html, &mut closes, &mut |piece| match piece {
            html::Piece::Gap => self.gap = self.gap.max(Gap::Block),
            html::Piece::Text(from, text) => {
                let mut from = at + from;
                for line in text.split_inclusive('\n') {
                    self.entities(line.trim_end_matches('\n'), from);
                    self.gap = self.gap.max(if line.ends_with('\n') { Gap::Soft } else { Gap::None });
                    from += line.len();
                }
            }
        });
        (self.html, self.closings) = (reader, closings);
    }

    /// Writes text from byte `at` of the source.
    fn write(&mut self, text: &str, at: usize) {
        let text = if self.has_data { without_data(text) } else { Cow::Borrowed(text) };
        let Some(first) = text.chars().next() else { return };
        self.part(first, at);
        self.lists.text(&text);
        if self.due > 0 {
            return self.push_with_line_feeds(&text);
        }
        if self.is_code {
            self.lines += count_lines(&text);
        }
        self.text.push_str(&text);
    }

    /// Writes text, and the line feeds that are due, each after the nearest stop or comma. None stands in brackets, which may
    /// hold the code of a security, and no two together, which would end the paragraph.
    fn push_with_line_feeds(&mut self, text: &str) {
        if let Some(stop) = self.nearer_stop(text) {
            self.text.insert(stop, '\n');
            self.lines += 1;
            self.due -= 1;
        }
        let mut rest = text;
        while let Some(stop) = rest.find(closes_wide).filter(|_| self.due > 0) {
            let end = stop + rest[stop..].chars().next().map_or(0, char::len_utf8);
            self.text.push_str(&rest[..end]);
            rest = &rest[end..];
            if !is_in_bracket(&self.text) {
                self.text.push('\n');
                self.lines += 1;
                self.due -= 1;
            }
        }
        self.text.push_str(rest);
    }

    /// The byte offset after the last stop of the line written last, if it is nearer to the end than the first stop of `next` is
    /// to its beginning.
    fn nearer_stop(&self, next: &str) -> Option<usize> {
        let mut last = self.text.char_indices().rev().take(MAX_STOP_CHARS);
        let (stop, c) = last.find(|(_, c)| *c == '\n' || closes_wide(*c))?;
        if c == '\n' {
            return None;
        }
        let stop = stop + c.len_utf8();
        let is_nearer = self.text.len() - stop <= next.find(closes_wide).unwrap_or(usize::MAX);
        (is_nearer && !is_in_bracket(&self.text[..stop])).then_some(stop)
    }

    /// Writes the separator before a text that begins with `next`, at byte `at` of the source.
    fn part(&mut self, next: char, at: usize) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        let last = self.text.chars().next_back();
        if gap == Gap::None {
            return;
        }
        let behind = self.line_of(at).saturating_sub(self.lines);
        if gap == Gap::Soft && is_unspaced(next) && last.is_some_and(is_unspaced) {
            self.due = behind;
            return;
        }
        self.due = 0;
        if behind > 0 {
            self.text.extend(std::iter::repeat_n('\n', behind));
            self.lines += behind;
        } else if last.is_some_and(|last| !last.is_whitespace()) {
            self.text.push_str(if gap == Gap::Cell { " | " } else { " " });
        }
    }

    /// The number of line feeds before byte `at` of the source. Events come in order, so each byte is counted
    /// once.
    fn line_of(&mut self, at: usize) -> usize {
        if let Some(more) = self.source.get(self.counted.0..at) {
            self.counted = (at, self.counted.1 + count_lines(more));
        }
        self.counted.1
    }

    fn finish(mut self) -> Plain {
        let links = match self.lists.tail() {
            Some((mark, links)) => {
                self.back_to(mark);
                links
            }
            None => Vec::new(),
        };
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        let above = text.len() - text.trim_start_matches('\n').len();
        text.drain(..above);
        Plain { text, lines_above: above, heading: self.heading, links }
    }
}

pub(super) fn count_lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// Whether a character is of a script without spaces between words, or its punctuation.
fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{2e80}'..='\u{30ff}' | '\u{31f0}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether the end of a text stands in brackets.
fn is_in_bracket(text: &str) -> bool {
    let bracket = text.chars().rev().take(MAX_BRACKET_CHARS).find(|c| matches!(c, '(' | '（' | ')' | '）'));
    matches!(bracket, Some('(' | '（'))
}

/// A text without its base64 `data:` URLs, which hold files and no words.
fn without_data(text: &str) -> Cow<'_, str> {
    if !text.contains(";base64,") {
        return Cow::Borrowed(text);
    }
    let is_data = |word: &str| word.contains("data:") && word.contains(";base64,");
    let words = text.split_inclusive(char::is_whitespace).map(|word| match word.find("data:") {
        Some(at) if is_data(word) => &word[..at],
        _ => word,
    });
    Cow::Owned(words.collect())
}
