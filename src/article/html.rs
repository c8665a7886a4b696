//! Extracts the text of HTML inside an article: drops tags and comments, and scripts and styles with their
//! content. Brackets around anything else are text (`tag`).
//!
//! HTML comes line by line, so the reader keeps its state from one piece to the next.

mod tag;

use std::borrow::Cow;

use super::clean;
pub(super) use tag::Closings;

/// Tags inside a word or a sentence; every other tag separates the text before it from the text after it.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "code", "del", "em", "font", "i", "ins", "mark", "s", "small", "span", "strong", "sub",
    "sup", "u", "wbr",
];

/// Elements whose content is not text.
const HIDDEN: [&str; 3] = ["script", "style", "template"];

/// A piece of what HTML holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text at a byte offset of the input, with entities as written.
    Text(usize, &'t str),
    /// A tag that separates two texts.
    Gap,
}

/// Reads HTML that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Reader {
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    Comment,
    /// Inside a tag, with the hidden element that it opens, if any.
    Tag(Option<&'static str>),
    Hidden(&'static str),
}

impl Reader {
    /// Whether the reader is inside an element whose content is not text.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self.state, State::Hidden(_))
    }

    /// Reads one more piece of HTML, and examines each byte a bounded number of times. `closes` tells whether
    /// an element opened at a byte offset of the piece is closed in the block.
    pub(super) fn feed<'t>(
        &mut self,
        html: &'t str,
        closes: &mut dyn FnMut(&str, usize) -> bool,
        emit: &mut dyn FnMut(Piece<'t>),
    ) {
        let mut at = 0;
        while at < html.len() {
            let rest = &html[at..];
            at += match self.state {
                State::Text => self.text(rest, at, closes, emit),
                State::Comment => self.until(rest, "-->", State::Text),
                State::Tag(hidden) => self.until(rest, ">", hidden.map_or(State::Text, State::Hidden)),
                State::Hidden(name) => self.hidden(rest, name),
            };
        }
    }

    /// Reads text up to a tag, and the part of the tag in this piece. Returns the bytes read.
    fn text<'t>(
        &mut self,
        html: &'t str,
        at: usize,
        closes: &mut dyn FnMut(&str, usize) -> bool,
        emit: &mut dyn FnMut(Piece<'t>),
    ) -> usize {
        let mut markup = |open: usize| match markup(&html[open..])? {
            Markup::Tag(tag) if tag.is_doubtful && !is_hidden(tag.name) && !closes(tag.name, at + open) => {
                None
            }
            markup => Some((open, markup)),
        };
        let Some((open, markup)) = html.match_indices('<').find_map(|(open, _)| markup(open)) else {
            emit(Piece::Text(at, html));
            return html.len();
        };
        if open > 0 {
            emit(Piece::Text(at, &html[..open]));
        }
        let tag = match markup {
            Markup::Comment => {
                self.state = State::Comment;
                return open + 4;
            }
            Markup::Declaration => {
                emit(Piece::Gap);
                self.state = State::Tag(None);
                return open + 1;
            }
            Markup::Tag(tag) => tag,
        };
        if !INLINE.contains(&tag.name) {
            emit(Piece::Gap);
        }
        let hidden = (!tag.is_closing && is_hidden(tag.name)).then_some(tag.name);
        self.state = match tag.length {
            Some(_) => hidden.map_or(State::Text, State::Hidden),
            None => State::Tag(hidden),
        };
        tag.length.map_or(html.len(), |length| open + length)
    }

    fn until(&mut self, html: &str, end: &str, then: State) -> usize {
        match html.find(end) {
            Some(at) => {
                self.state = then;
                at + end.len()
            }
            None => html.len(),
        }
    }

    fn hidden(&mut self, html: &str, name: &str) -> usize {
        let is_end = |from: &usize| {
            html[from + 1..]
                .strip_prefix('/')
                .and_then(|rest| rest.get(..name.len()))
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        match html.match_indices('<').map(|(at, _)| at).find(is_end) {
            Some(at) => {
                self.state = State::Tag(None);
                at + 1
            }
            None => html.len(),
        }
    }
}

/// What a `<` may begin besides text.
enum Markup {
    Comment,
    /// `<!DOCTYPE …>`, `<![CDATA[…`, `<?xml …>`.
    Declaration,
    Tag(tag::Tag),
}

/// The markup at a `<`; `None` if the `<` is text.
fn markup(html: &str) -> Option<Markup> {
    if html.starts_with("<!--") {
        return Some(Markup::Comment);
    }
    match html.as_bytes() {
        [_, b'!', b'[' | b'a'..=b'z' | b'A'..=b'Z', ..] | [_, b'?', b'a'..=b'z' | b'A'..=b'Z', ..] => {
            Some(Markup::Declaration)
        }
        _ => tag::read(html).map(Markup::Tag),
    }
}

/// Whether a text begins with a tag, a comment or a declaration of HTML.
pub(crate) fn begins_with_tag(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('<')
        && match markup(text) {
            Some(Markup::Tag(tag)) => !tag.is_doubtful && !tag.is_closing && tag.length.is_some(),
            Some(Markup::Comment | Markup::Declaration) => true,
            None => false,
        }
}

fn is_hidden(name: &str) -> bool {
    HIDDEN.contains(&name)
}

/// Replaces entities by their characters, with the table and the rules of HTML; control characters among them are left
/// out. As in an attribute, a name without a semicolon is text before a letter, a digit or `=`: `?a=1&copy=2`.
pub(super) fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    clean::clean(htmlize::unescape_attribute(text)).0
}
