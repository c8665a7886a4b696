//! The tail of a page: the trailing lists of links that name securities and other articles.
//!
//! The lists are recognised by their links, not by their headings, whose language varies. Their titles are
//! those of OTHER articles, often of a later year, so they must not be found as text of this one. This scan
//! reads lines from the end upwards, before the Markdown parser, which therefore never sees a tail of the
//! usual shape. It also accepts text that is not Markdown (titles with line breaks, URLs with spaces).
//! `plain` finds lists of any other shape in the parser's events.

use super::address::Target;

/// Maximum number of lines of an item, as titles may have line breaks.
const LINES_OF_ITEM: usize = 8;

/// A link of the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link<'t> {
    /// The text of the link, as Markdown.
    pub text: &'t str,
    /// What its URL names.
    pub target: Target<'t>,
}

/// The byte offset of the trailing sections of a body, and their links in the order of the page.
pub(super) fn cut(body: &str) -> (usize, Vec<Link<'_>>) {
    let mut links = Vec::new();
    let mut end = body.trim_end().len();
    while let Some(start) = section(&body[..without_headings(&body[..end])], &mut links) {
        end = body[..start].trim_end().len();
    }
    if !links.is_empty() {
        end = without_headings(&body[..end]);
    }
    links.reverse();
    (end, links)
}

/// The length in bytes of a text without the headings at its end, whose sections are empty. Bold lines do not
/// count as headings here: they may be the last words of the article.
fn without_headings(text: &str) -> usize {
    let mut end = text.len();
    loop {
        let start = last_line(&text[..end]);
        let line = &text[start..end];
        if !line.starts_with('#') || !is_heading(line) {
            return end;
        }
        end = text[..start].trim_end().len();
    }
}

/// The byte offset of the last section of a text, if it is a list of such links. Adds the links, the last one
/// first.
fn section<'t>(text: &'t str, links: &mut Vec<Link<'t>>) -> Option<usize> {
    let before = links.len();
    let mut next = item(text);
    while let Some((start, link)) = next {
        links.push(link);
        let above = text[..start].trim_end();
        next = item(above);
        if next.is_none() {
            // The first line above the list that is not blank decides.
            let line = last_line(above);
            if is_heading(&above[line..]) {
                return Some(line);
            }
            if !belongs_to_list(&above[line..]) {
                return Some(start);
            }
        }
    }
    links.truncate(before);
    None
}

/// The list item at the end of a text with its byte offset, if it is a single link to a security or an
/// article.
fn item(text: &str) -> Option<(usize, Link<'_>)> {
    if !text.ends_with(')') {
        return None;
    }
    let mut start = last_line(text);
    let divide = start + text.as_bytes()[start..].windows(2).rposition(|pair| pair == b"](")?;
    let target = Target::of(&text[divide + 2..text.len() - 1])?;
    for _ in 0..LINES_OF_ITEM {
        let line = &text[start..];
        if let Some(item) = line.strip_prefix("- [").or_else(|| line.strip_prefix("* [")) {
            let text = &item[..item.len() - (text.len() - divide)];
            return is_one_text(text).then_some((start, Link { text, target }));
        }
        start = last_line(text[..start].strip_suffix('\n')?);
    }
    None
}

/// Whether the text in a link's brackets is one text: it holds no end of another link and, if it spans lines,
/// no bracket that closes before it opens (as of `- [ ] task` above a paragraph with a link).
fn is_one_text(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut is_balanced = || {
        text.bytes().all(|byte| {
            depth += i32::from(byte == b'[') - i32::from(byte == b']');
            depth >= 0
        })
    };
    !text.split(']').skip(1).any(|rest| rest.starts_with('(')) && (!text.contains('\n') || is_balanced())
}

/// The byte offset of the last line of a text.
fn last_line(text: &str) -> usize {
    text.rfind('\n').map_or(0, |at| at + 1)
}

/// Whether a line is the heading of a section: `##` and deeper, or wholly bold. `#` is the article's own.
fn is_heading(line: &str) -> bool {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    let is_bold = line.len() > 4 && line.starts_with("**") && line.ends_with("**");
    (2..=6).contains(&marks) && line[marks..].starts_with([' ', '\t'])
        || is_bold && line.matches("**").count() == 2
}

/// Whether a line is an item of a list, or may be a part of one.
fn belongs_to_list(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_numbered = rest.len() < line.len() && rest.starts_with(['.', ')']);
    line.starts_with(['-', '*', '+', ' ', '\t', '>', '=']) || is_numbered
}
