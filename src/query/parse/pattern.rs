//! Reads patterns: wildcards, words within some edits, regular expressions.

use super::{MAX_AUTOMATA, Parser, says_nothing};
use crate::{
    problem::{Message, Problem, message},
    query::{
        Pattern, Query, Slot, Span, TermSet, Words,
        pattern::{MAX_EDITS, MAX_FUZZY},
        punctuation::{ascii, in_ascii},
        words::{Reading, leaf},
    },
    text::{self, TokenKind, fold, is_han_like},
};

/// Maximum length of Han text with `?` as a wildcard; in a longer one it is a question mark, in characters.
const MAX_HAN_PATTERN: usize = 9;

impl Parser<'_> {
    /// Reads `/colou?r/`; `None` if the slash does not begin a regular expression.
    pub(super) fn regex(&mut self) -> Option<Pieces> {
        if self.field.as_ref().is_some_and(|field| !field.is_words()) {
            return None;
        }
        let rest = self.text[self.at..].strip_prefix(|c| ascii(c) == '/')?;
        let mut escaped = false;
        let ends = |(index, c): &(usize, char)| {
            let here = ascii(*c) == '/' && !escaped;
            escaped = *c == '\\' && !escaped;
            let after = rest[index + c.len_utf8()..].chars().next().map(ascii);
            here && after.is_none_or(|c| says_nothing(c) || matches!(c, ')' | '^'))
        };
        let mut line = rest.char_indices().take_while(|(_, c)| !c.is_whitespace());
        let expression = &rest[..line.find(ends)?.0];
        if expression.is_empty() {
            return None;
        }
        let start = self.at;
        self.at = self.text.len() - rest.len() + expression.len();
        self.take('/');
        // The terms of an index are folded. The syntax is ASCII and stays as it is.
        let mut folded = String::with_capacity(expression.len());
        for c in expression.replace("\\/", "/").chars() {
            match c {
                c if c.is_ascii() => folded.push(c),
                c => folded.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
            }
        }
        let pattern = Pattern::regex(&folded);
        Some(pieces(pattern, "bad-regex", &self.text[start..self.at], start))
    }

    /// The leaf of a pattern in the current field. Refuses an invalid pattern.
    pub(super) fn leaf_of(&mut self, pieces: Pieces, span: Span) -> Option<Query> {
        match pieces {
            Ok(slots) => {
                for slot in &slots {
                    if let TermSet::Pattern(pattern) = &slot.terms {
                        self.automata += pattern.bytes();
                    }
                }
                if self.automata > MAX_AUTOMATA {
                    let message = message!("the patterns of the query are together too large");
                    return self.fail(Problem::new("too-many-patterns", span, message));
                }
                let field = self.field.as_ref().map(|field| field.name.clone());
                self.counted(Query::Words(Words { field, slots, slop: 0, span, plain: false }))
            }
            Err(problem) => self.fail(*problem),
        }
    }

    /// Reads a `~1` at the end of a chunk. Returns the text to read as a word, and the fuzzy pattern; none
    /// if the `~` cannot apply, as after a number.
    pub(super) fn without_edits<'c>(&mut self, chunk: &'c str, start: usize) -> (&'c str, Option<Pieces>) {
        let Some((at, tilde)) = chunk.char_indices().rev().find(|(_, c)| ascii(*c) == '~') else {
            return (chunk, None);
        };
        let (word, edits) = (&chunk[..at], &chunk[at + tilde.len_utf8()..]);
        let has_letters = word.chars().any(char::is_alphabetic);
        let edits = match in_ascii(edits).parse::<u32>() {
            _ if edits.is_empty() => 1,
            // Between numbers, `~` writes a range: 10~20.
            Ok(edits) if edits < 3 || has_letters => edits,
            _ => return (chunk, None),
        };
        let span = start + at..start + chunk.len();
        let words: Vec<text::Token> = text::tokens(word).collect();
        let only = match words.as_slice() {
            [only] if only.span == (0..word.len()) && only.kind == TokenKind::Word => Some(only),
            _ => None,
        };
        let near = |only: &&text::Token| {
            !only.text.bytes().any(|byte| byte.is_ascii_digit()) && only.text.chars().count() <= MAX_FUZZY
        };
        let Some(only) = only.filter(near) else {
            let message = message!(
                "`{}` was searched for exactly: `~` needs one word of at most {} letters, without digits and Han characters",
                word,
                MAX_FUZZY
            );
            self.note("not-fuzzy", span, message);
            return (word, None);
        };
        let edits = u8::try_from(edits).unwrap_or(u8::MAX);
        if edits > MAX_EDITS {
            self.note("dangling-operator", span, message!("`~` allows at most {} edits", MAX_EDITS));
        }
        (chunk, Some(pieces(Ok(Pattern::fuzzy(&only.text, edits)), "bad-word", chunk, start)))
    }
}

/// The slots of a pattern, or why it is refused.
pub(super) type Pieces = Result<Vec<Slot>, Box<Problem>>;

fn pieces(pattern: Result<Pattern, Message>, code: &'static str, typed: &str, start: usize) -> Pieces {
    let refused = |why| {
        let message = message!("invalid pattern `{}`: {}", typed, why);
        Box::new(Problem::new(code, start..start + typed.len(), message))
    };
    let slot = |pattern| Slot { offset: 0, unit: 0, terms: TermSet::Pattern(pattern) };
    pattern.map(|pattern| vec![slot(pattern)]).map_err(refused)
}

/// A chunk with `?` or `*` inside it as a pattern; `None` if it has none.
pub(super) fn wildcard(chunk: &str, start: usize) -> Option<Pieces> {
    let chunk = without_question_mark(chunk);
    let inside =
        |(at, c): (usize, char)| ascii(c) == '?' || ascii(c) == '*' && at + c.len_utf8() < chunk.len();
    if !chunk.char_indices().any(inside) || chunk.chars().all(|c| ascii(c) == '*') {
        return None;
    }
    if chunk.chars().all(|c| ascii(c) == '?' || is_han_like(c)) {
        return (!is_question(chunk)).then(|| Ok(han_with_gaps(chunk)));
    }
    let literal: String =
        chunk.chars().map(|c| if matches!(ascii(c), '?' | '*') { 'x' } else { c }).collect();
    let words: Vec<text::Token> = text::tokens(&literal).collect();
    let whole = matches!(words.as_slice(), [word] if word.span == (0..literal.len())
        && matches!(word.kind, TokenKind::Word | TokenKind::Number));
    if !whole {
        return None;
    }
    let mut pattern = String::with_capacity(chunk.len());
    for c in chunk.chars() {
        match ascii(c) {
            '*' => pattern.push('*'),
            '?' => pattern.push('?'),
            _ => pattern.push_str(&fold(c.encode_utf8(&mut [0; 4]))),
        }
    }
    Some(pieces(Pattern::wildcard(&pattern), "bad-wildcard", chunk, start))
}

/// `钙?矿`: the characters at their positions; any one character may stand at `?`.
fn han_with_gaps(chunk: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut offset = 0;
    for piece in chunk.split_inclusive(|c| ascii(c) == '?') {
        if let Some(words) = leaf(without_question_mark(piece), 0, Reading::Exact) {
            slots.extend(words.slots.into_iter().map(|slot| Slot { offset: slot.offset + offset, ..slot }));
        }
        offset += u32::try_from(piece.chars().count()).unwrap_or(u32::MAX);
    }
    slots
}

/// The text without the question marks at its end: there, `?` is punctuation.
pub(super) fn without_question_mark(text: &str) -> &str {
    text.trim_end_matches(|c| ascii(c) == '?')
}

/// Whether a `?` inside Han text asks, so that it is no wildcard: behind 吗 or 呢, or in a run as long as a sentence.
fn is_question(chunk: &str) -> bool {
    let mut before = None;
    let asks = |c: char| {
        let before = before.replace(c);
        ascii(c) == '?' && before.is_some_and(|c| "吗嗎呢么麼吧".contains(c))
    };
    chunk.chars().count() > MAX_HAN_PATTERN || chunk.chars().any(asks)
}
