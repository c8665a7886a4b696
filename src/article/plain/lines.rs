//! Writes text so that it keeps the lines of its source.
//!
//! Line feeds are written late, just before the next text, until the line counts agree.

use crate::text::{buffer_capacity, joins};

/// A place in the text to which it can be cut back.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::article) struct Mark {
    pub bytes: usize,
    lines: usize,
}

/// What separates the text written last from the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::article) enum Gap {
    /// Nothing: both may be one word.
    None,
    /// A line end inside a paragraph.
    Soft,
    /// The border of a table cell.
    Cell,
    /// The end of a block.
    Block,
}

/// A text that is written.
#[derive(Debug)]
pub(in crate::article) struct Lines {
    text: String,
    /// Line feeds in `text`.
    line_feeds: usize,
    gap: Gap,
    /// What tells the end of a block where no blank line does.
    separator: Option<char>,
}

impl Lines {
    /// An empty text with room for so many bytes. `separator` tells the end of a block where no blank line does.
    pub(in crate::article) fn new(separator: Option<char>, capacity: usize) -> Self {
        let text = String::with_capacity(buffer_capacity(capacity));
        Self { text, line_feeds: 0, gap: Gap::Block, separator }
    }

    /// The text so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether nothing was written.
    pub(in crate::article) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Separates the next text from the last one by at least this.
    pub(in crate::article) fn raise(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    /// Where the text ends.
    pub(super) fn mark(&self) -> Mark {
        Mark { bytes: self.text.len(), lines: self.line_feeds }
    }

    /// Cuts the text back.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.text.truncate(mark.bytes);
        self.line_feeds = mark.lines;
        self.gap = Gap::Block;
    }

    /// Writes text that begins on a line of the source, from 0, and has no line feed in it.
    pub(in crate::article) fn write(&mut self, text: &str, line: usize) {
        let Some(first) = text.chars().next() else { return };
        self.part(first, line);
        self.text.push_str(text);
    }

    /// Writes text of a code block that begins on a line of the source, from 0. In it, words end with their lines.
    pub(super) fn write_code(&mut self, text: &str, line: usize) {
        let Some(first) = text.chars().next() else { return };
        self.part(first, line);
        for line in text.split_inclusive('\n') {
            let words = line.trim_end_matches('\n');
            self.text.push_str(words);
            if words.len() < line.len() {
                if words.chars().next_back().is_some_and(|last| joins(last, '一')) {
                    self.text.push(' ');
                }
                self.text.push('\n');
                self.line_feeds += 1;
            }
        }
    }

    /// The text, without blank lines at its start and without white space at its end, and the lines of the source above it.
    pub(in crate::article) fn finish(self) -> (String, usize) {
        let mut text = self.text;
        text.truncate(text.trim_end().len());
        let above = text.len() - text.trim_start_matches('\n').len();
        text.drain(..above);
        (text, above)
    }

    /// Writes the separator before a text that begins with `next`, on a line of the source.
    fn part(&mut self, next: char, line: usize) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        if gap == Gap::None {
            return;
        }
        let last = self.text.chars().next_back();
        let is_joined = last.is_some_and(|last| joins(last, next));
        let behind = line.saturating_sub(self.line_feeds);
        let separator = self.separator.filter(|_| gap == Gap::Block && behind < 2 && last.is_some());
        self.text.extend(separator);
        if behind == 1 && is_joined && gap != Gap::Soft && separator.is_none() {
            self.text.push(' ');
        }
        if behind > 0 {
            self.text.extend(std::iter::repeat_n('\n', behind));
            self.line_feeds += behind;
        } else if separator.is_none()
            && last.is_some_and(|last| !last.is_whitespace())
            && !(is_joined && gap == Gap::Soft)
        {
            self.text.push_str(if gap == Gap::Cell { " | " } else { " " });
        }
    }
}
