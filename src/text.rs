//! The tokenizer: splits a text into tokens, in the same way for indexing, querying and snippets.
//!
//! Alphabetic scripts are split at Unicode word boundaries (UAX #29), tailored for news: `U.S.` is one token,
//! so is `1,234.5`, and a possessive `'s` is dropped. Han, kana and hangul have no spaces between words and
//! are split into overlapping bigrams: any part of a run is then a phrase that matches exactly the articles
//! that contain it, and no dictionary has to be loaded. A line feed alone between two characters of a script without
//! spaces, which may stand inside a word, is no part of the text to it.
//!
//! Tokens are folded (case, width, accents, traditional characters) but not stemmed; [`english`] expands a
//! query word to its forms. Spans are byte ranges of the original text, so that matches can be shown and
//! marked.

mod alphabet;
mod ascii;
mod buffer;
mod character;
pub mod english;
mod folding;
mod sketch;
mod spaces;
mod table;
mod unseen;

use std::iter;
use std::ops::Range;

pub(crate) use buffer::buffer_capacity;
pub use character::is_han_like;
pub use folding::fold;
pub use sketch::Sketch;
pub(crate) use spaces::{SplitWhitespace, is_wrap, joins, on_one_line, unwrapped};
pub use unseen::{is_bidi_control, is_default_ignorable};

use ascii::{Block, Stretch};
use character::{Class, Script, class};
use folding::Unit;

/// Maximum length of a token's folded text, in bytes. A longer word is split into tokens of at most this
/// length, at consecutive positions.
pub const MAX_TOKEN_BYTES: usize = 255;

/// Nearly all ASCII words have at most this many bytes. Work of this fixed length needs no loop or call.
const SHORT: usize = 16;

/// One token of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// The folded text, 1 to [`MAX_TOKEN_BYTES`] bytes. The buffer is reused for the next token.
    pub text: String,
    /// The byte range of the source that the token was read from, on character boundaries.
    pub span: Range<usize>,
    /// The position among the tokens of the text, from 0. Every token has its own position, so each character
    /// of a run counts one.
    pub position: u32,
    /// The kind of token.
    pub kind: TokenKind,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word of an alphabetic script, with or without digits (`70b`).
    #[default]
    Word,
    /// A number: digits, and points between them.
    Number,
    /// Two neighbouring characters of a run of Han, kana or hangul.
    Bigram,
    /// The last character of a run of two or more.
    Tail,
    /// The one character of a run of one.
    Single,
}

/// The tokens of a text. It writes each token into the caller's buffer and allocates nothing: for hot loops.
///
/// A run of n characters at position p gives a [`TokenKind::Bigram`] at each of p to p + n − 2 and a
/// [`TokenKind::Tail`] at p + n − 1; a run of one gives a [`TokenKind::Single`]. Positions rise by one from
/// token to token.
///
/// ```
/// use newsdex::text::{Token, Tokens};
///
/// let mut tokens = Tokens::new("The U.S. 證券 market's");
/// let mut token = Token::default();
/// let mut seen = Vec::new();
/// while tokens.advance(&mut token) {
///     seen.push(token.text.clone());
/// }
/// assert_eq!(seen, ["the", "us", "证券", "券", "market"]);
/// ```
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    text: &'t str,
    /// Byte offset of the next unread character.
    at: usize,
    /// The position of the next token.
    position: u32,
    /// The script of the run being read. Its last character read, which ends at `at`, is kept in three fields
    /// instead of a [`Unit`]: copying a whole `Unit` waits for the stores of its parts, which alone was
    /// measured at 40 % of the time on Chinese.
    run: Option<Script>,
    last: char,
    last_unchanged: bool,
    last_start: usize,
    /// The block of the text last scanned for ASCII words.
    block: Block,
}

impl<'t> Tokens<'t> {
    /// The tokens of `text`, from its beginning.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        let block = Block::read(text.as_bytes(), 0);
        Self { text, at: 0, position: 0, run: None, last: '\0', last_unchanged: false, last_start: 0, block }
    }

    /// Writes the next token into `word`. Returns false at the end of the text, with `word` unspecified.
    #[inline]
    pub fn advance(&mut self, word: &mut Token) -> bool {
        let found = match self.run {
            Some(script) => self.go_on_with_run(script, TokenKind::Tail, word),
            None => self.begin_word(word),
        };
        if found {
            word.position = self.position;
            self.position = self.position.saturating_add(1);
        }
        found
    }

    /// Skips characters outside of words, then reads the next token.
    #[inline(never)]
    fn begin_word(&mut self, word: &mut Token) -> bool {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if byte.is_ascii() {
                let stretch = self.block.stretch(bytes, self.at);
                self.at = stretch.start;
                if stretch.length > 0 {
                    self.read_ascii(stretch, word);
                    return true;
                }
            } else if self.begin_word_beyond(word) {
                return true;
            }
        }
        false
    }

    /// [`begin_word`](Self::begin_word) for non-ASCII characters: stops at the next ASCII character.
    #[inline(never)]
    fn begin_word_beyond(&mut self, word: &mut Token) -> bool {
        while let Some(character) = character::at(self.text, self.at).filter(|next| !next.is_ascii()) {
            match class(character) {
                Class::Run(script) => {
                    let Some(first) = folding::unit(self.text, self.at) else { return false };
                    self.keep(first);
                    return self.go_on_with_run(script, TokenKind::Single, word);
                }
                Class::Letter => {
                    self.at = alphabet::read(self.text, self.at, 0, word);
                    return true;
                }
                Class::Silent | Class::Break => self.at += character.len_utf8(),
            }
        }
        false
    }

    /// Stores `next`, which begins at `at`, as the last character read of the run.
    #[inline]
    fn keep(&mut self, next: Unit) {
        self.run = Some(next.script);
        self.last = next.folded;
        self.last_unchanged = next.unchanged;
        self.last_start = self.at;
        self.at = next.end;
    }

    /// Writes the token that begins with the last character read of a run: a bigram if the run continues,
    /// else a token of kind `alone`. Always returns true.
    #[inline]
    fn go_on_with_run(&mut self, script: Script, alone: TokenKind, word: &mut Token) -> bool {
        word.text.clear();
        let start = self.last_start;
        match folding::unit(self.text, self.at) {
            Some(next) if next.script == script => {
                // A copy of fixed length is several times as fast as encoding the characters again.
                match self.text.get(start..start + 6) {
                    Some(both) if self.last_unchanged && next.unchanged => word.text.push_str(both),
                    _ => {
                        word.text.push(self.last);
                        word.text.push(next.folded);
                    }
                }
                word.span = start..next.end;
                word.kind = TokenKind::Bigram;
                self.keep(next);
            }
            next => {
                if let Some(at) = next.is_none().then(|| self.after_wrap(script)).flatten() {
                    self.at = at;
                    // The characters are not side by side, to be copied together.
                    self.last_unchanged = false;
                    return self.go_on_with_run(script, alone, word);
                }
                word.text.push(self.last);
                word.span = start..self.at;
                word.kind = alone;
                self.run = None;
            }
        }
        true
    }

    /// The byte offset at which the run goes on after a line feed, if it does. In hangul, which has spaces, a line feed is one.
    #[inline]
    fn after_wrap(&self, script: Script) -> Option<usize> {
        if self.text.as_bytes().get(self.at) != Some(&b'\n') || script == Script::Hangul {
            return None;
        }
        let mut next = self.at;
        while spaces::is_wrap(self.text, next) {
            next = character::skip_silent_in_run(self.text, next + 1);
        }
        folding::unit(self.text, next).filter(|unit| unit.script == script).map(|_| next)
    }

    /// Reads a stretch of ASCII letters and digits as a token. If the word may continue after it,
    /// [`alphabet`] reads the word instead.
    #[inline]
    fn read_ascii(&mut self, stretch: Stretch, word: &mut Token) {
        let Stretch { start, length, has_letters } = stretch;
        let end = start + length;
        if length >= Stretch::MAX_STRETCH_BYTES || self.may_go_on(end) {
            self.at = alphabet::read(self.text, start, length, word);
            return;
        }
        word.text.clear();
        match self.text.get(start..start + SHORT) {
            Some(beginning) if length <= SHORT => {
                word.text.push_str(beginning);
                if let Some(beginning) = word.text.get_mut(..SHORT) {
                    beginning.make_ascii_lowercase();
                }
                word.text.truncate(length);
            }
            _ => {
                word.text.push_str(&self.text[start..end]);
                word.text.make_ascii_lowercase();
            }
        }
        word.span = start..end;
        word.kind = if has_letters { TokenKind::Word } else { TokenKind::Number };
        self.at = end;
    }

    /// Whether an ASCII word that ends at byte `end` may be part of a longer word.
    #[inline]
    fn may_go_on(&self, end: usize) -> bool {
        let bytes = self.text.as_bytes();
        match bytes.get(end) {
            Some(b'.' | b',' | b'\'') => {
                bytes.get(end + 1).is_some_and(|next| !next.is_ascii() || next.is_ascii_alphanumeric())
            }
            Some(0x80..) => character::at(self.text, end).is_some_and(|next| {
                matches!(next, '\u{2019}' | '\u{FF07}' | '\u{FF0E}')
                    || matches!(class(next), Class::Letter | Class::Silent)
            }),
            _ => false,
        }
    }
}

/// The tokens of a text, each with its own buffer: for short texts.
pub fn tokens(text: &str) -> impl Iterator<Item = Token> {
    let mut words = Tokens::new(text);
    iter::from_fn(move || {
        let mut word = Token::default();
        words.advance(&mut word).then_some(word)
    })
}
