//! Converts Markdown to plain text that keeps the lines of its source.
//!
//! Line n of the source is line n of the plain text, so that a match can be given by its line in the file.
//! Line feeds are therefore written late, just before the next text, until the line counts agree. In a
//! paragraph in Chinese a line may end inside a word: a line feed alone between two such characters does not
//! end it. Where a block ends between them, a space stands before the line feed.

mod lines;
mod lists;

use std::borrow::Cow;

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{clean::strip_text, html};
use crate::text::unwrapped;
use lines::Mark;
pub(super) use lines::{Gap, Lines};
use lists::Lists;
pub(super) use lists::OwnedLink;

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

struct Page<'s> {
    source: &'s str,
    title: Option<&'s str>,
    lines: Lines,
    /// A byte offset of the source and the number of line feeds before it.
    counted: (usize, usize),
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
            lines: Lines::new(None, source.len() + 16),
            counted: (0, 0),
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
            Event::SoftBreak => self.lines.raise(Gap::Soft),
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range.start),
            _ => self.lines.raise(Gap::Block),
        }
    }

    fn start(&mut self, tag: &Tag<'_>, range: std::ops::Range<usize>) {
        let mark = self.lines.mark();
        match tag {
            Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Image { .. } => return,
            Tag::Link { dest_url, .. } => return self.lists.link(dest_url, mark.bytes),
            Tag::TableCell => {}
            _ => self.lines.raise(Gap::Block),
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
            TagEnd::Link => return self.lists.end_link(self.lines.text()),
            TagEnd::TableCell => self.lines.raise(Gap::Cell),
            TagEnd::CodeBlock => self.is_code = false,
            TagEnd::Heading(HeadingLevel::H1) => self.end_heading(),
            // A script that is not closed must not swallow the rest of the article.
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.html = html::Reader::default(),
            _ => {}
        }
        if tag != TagEnd::TableCell {
            self.lines.raise(Gap::Block);
        }
        self.depth -= 1;
        self.lists.end(tag, self.depth);
    }

    fn end_heading(&mut self) {
        let Some(mark) = self.heading_at.take() else { return };
        let heading = self.lines.text()[mark.bytes..].trim();
        let is_title = |title| strip_text(heading, title).is_some_and(|rest| rest.trim().is_empty());
        if self.title.is_none_or(is_title) && !heading.is_empty() {
            self.heading = Some(unwrapped(heading).into_owned());
            self.lines.back_to(mark);
        }
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
            self.lines.raise(if line.ends_with('\n') { Gap::Soft } else { Gap::None });
            at += line.len();
        }
    }

    fn html(&mut self, html: &str, at: usize) {
        let source = self.source;
        let mut reader = std::mem::take(&mut self.html);
        let mut closings = std::mem::take(&mut self.closings);
        let mut closes = |name: &str, from: usize| closings.closes(source, name, at + from);
        reader.feed(html, &mut closes, &mut |piece| match piece {
            html::Piece::Gap => self.lines.raise(Gap::Block),
            html::Piece::Text(from, text) => {
                let mut from = at + from;
                for line in text.split_inclusive('\n') {
                    self.entities(line.trim_end_matches('\n'), from);
                    self.lines.raise(if line.ends_with('\n') { Gap::Soft } else { Gap::None });
                    from += line.len();
                }
            }
        });
        (self.html, self.closings) = (reader, closings);
    }

    /// Writes text from byte `at` of the source.
    fn write(&mut self, text: &str, at: usize) {
        let text = if self.has_data { without_data(text) } else { Cow::Borrowed(text) };
        if text.is_empty() {
            return;
        }
        let line = self.line_of(at);
        self.lists.text(&text);
        if self.is_code {
            self.lines.write_code(&text, line);
        } else {
            self.lines.write(&text, line);
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
                self.lines.back_to(mark);
                links
            }
            None => Vec::new(),
        };
        let (text, lines_above) = self.lines.finish();
        Plain { text, lines_above, heading: self.heading, links }
    }
}

pub(super) fn count_lines(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
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
