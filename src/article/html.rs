//! The text of HTML inside an article: tags and comments go, scripts and styles with all they hold.
//!
//! HTML comes line by line, so the state is kept from one piece to the next.

use std::borrow::Cow;

/// Tags inside a word or a sentence; every other tag parts what is before it from what is behind it.
const INLINE: [&str; 18] = [
    "a", "abbr", "b", "code", "del", "em", "font", "i", "ins", "mark", "s", "small", "span", "strong", "sub",
    "sup", "u", "wbr",
];

/// Elements whose content is no text.
const HIDDEN: [&str; 3] = ["script", "style", "template"];

/// The entities that news pages use; numbers are read without a table.
const ENTITIES: [(&str, char); 24] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
    ("middot", '·'),
    ("bull", '•'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("times", '×'),
    ("deg", '°'),
];

/// What HTML holds, piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Text at a byte of what was fed in, with entities as written.
    Text(usize, &'t str),
    /// A tag that parts two texts.
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
    /// Inside a tag, and the state behind its end.
    Tag(Option<&'static str>),
    Hidden(&'static str),
}

impl Reader {
    /// Whether text is now inside an element that shows none.
    pub(super) fn is_hidden(&self) -> bool {
        matches!(self.state, State::Hidden(_))
    }

    /// Reads one more piece of HTML. Every byte is looked at a bounded number of times.
    pub(super) fn feed<'t>(&mut self, html: &'t str, emit: &mut dyn FnMut(Piece<'t>)) {
        let mut at = 0;
        while at < html.len() {
            let rest = &html[at..];
            at += match self.state {
                State::Text => self.text(rest, at, emit),
                State::Comment => self.until(rest, "-->", State::Text),
                State::Tag(hidden) => self.until(rest, ">", hidden.map_or(State::Text, State::Hidden)),
                State::Hidden(name) => self.hidden(rest, name),
            };
        }
    }

    /// Text up to a tag, and the tag's name.
    fn text<'t>(&mut self, html: &'t str, at: usize, emit: &mut dyn FnMut(Piece<'t>)) -> usize {
        let is_tag = |from: usize| {
            html[from + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c))
        };
        let Some(open) = html.match_indices('<').map(|(from, _)| from).find(|from| is_tag(*from)) else {
            emit(Piece::Text(at, html));
            return html.len();
        };
        if open > 0 {
            emit(Piece::Text(at, &html[..open]));
        }
        let tag = &html[open..];
        if tag.starts_with("<!--") {
            self.state = State::Comment;
            return open + 4;
        }
        let name = tag[1..].trim_start_matches('/');
        let name = &name[..name.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        if !INLINE.iter().any(|inline| name.eq_ignore_ascii_case(inline)) {
            emit(Piece::Gap);
        }
        let hidden = HIDDEN.into_iter().find(|hidden| name.eq_ignore_ascii_case(hidden));
        self.state = State::Tag(hidden.filter(|_| !tag.starts_with("</")));
        open + 1
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

/// A text with its entities as characters; what is no entity stays.
pub(super) fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // No entity in the table is longer, and neither is the number of a character.
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[..end])?, end))) {
            Some((character, end)) => {
                out.push(character);
                rest = &rest[end + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|character| !character.is_control())
}
