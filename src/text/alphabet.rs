//! Reads words with more than ASCII letters and digits: accents, apostrophes, numbers, initialisms.
//!
//! The fast path of [`Tokens`](super::Tokens) takes a stretch of ASCII letters and digits as a token. If the
//! next character may belong to the same word, this module reads the word again, character by character, with
//! the word boundaries of UAX #29 as tailored for news.

use super::character::{self, Class, class, skip_silent};
use super::spaces::is_wrap;
use super::{MAX_TOKEN_BYTES, Token, TokenKind, folding};

/// Reads the word at byte `start`, which must be a letter or digit, into `word`, and returns the byte offset
/// after it. The caller knows that the first `known` bytes, at most [`MAX_TOKEN_BYTES`], are ASCII letters and
/// digits.
pub(super) fn read(text: &str, start: usize, known: usize, word: &mut Token) -> usize {
    word.text.clear();
    word.kind = TokenKind::Word;
    let may_be_initial = known < 2;
    if let Some(end) = may_be_initial.then(|| initialism(text, start, &mut word.text)).flatten() {
        word.span = start..end;
        return skip_possessive(text, end);
    }
    let mut at = start + known;
    word.text.push_str(&text[start..at]);
    word.text.make_ascii_lowercase();
    let mut grouped = false;
    // The word before its last apostrophe: length of its text in bytes, and byte offset in the source.
    let mut stem = None;
    while let Some(character) = character::at(text, at) {
        let length = word.text.len();
        let next = at + character.len_utf8();
        match class(character) {
            Class::Silent => {}
            Class::Letter => folding::push(character, &mut word.text),
            Class::Run(_) => break,
            Class::Break if after_wrap(text, at) > at => {}
            Class::Break => match join(text, character, next, &word.text, grouped) {
                Some(Join::Apostrophe) => {
                    stem = Some((length, at));
                    word.text.push('\'');
                }
                Some(Join::Point) => word.text.push('.'),
                Some(Join::Group) => grouped = true,
                None => break,
            },
        }
        if word.text.len() > MAX_TOKEN_BYTES {
            word.text.truncate(length);
            break;
        }
        at = next;
    }
    word.span = start..at;
    if let Some((length, end)) = stem.filter(|&(length, _)| &word.text[length..] == "'s") {
        word.text.truncate(length);
        word.span.end = end;
    } else if word.text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        word.kind = TokenKind::Number;
    }
    at
}

/// What joins two parts of a word.
enum Join {
    Apostrophe,
    /// A decimal point.
    Point,
    /// The comma between groups of three digits, which the token leaves out.
    Group,
}

/// How `mark`, which ends at byte `next`, joins the word so far to the text after it; `None` if it does not.
fn join(text: &str, mark: char, next: usize, so_far: &str, grouped: bool) -> Option<Join> {
    let following = || character::at(text, after_wrap(text, skip_silent(text, next)));
    match mark {
        '\'' | '\u{2019}' | '\u{FF07}' => {
            let letters = so_far.chars().next_back()?.is_alphabetic() && is_letter(following()?);
            letters.then_some(Join::Apostrophe)
        }
        '.' | '\u{FF0E}' => {
            let digits = so_far.ends_with(|last: char| last.is_ascii_digit()) && is_digit(following()?);
            digits.then_some(Join::Point)
        }
        ',' => {
            let groups = so_far.bytes().all(|byte| byte.is_ascii_digit()) && (grouped || so_far.len() <= 3);
            (groups && is_group_of_three(text.get(next..)?)).then_some(Join::Group)
        }
        _ => None,
    }
}

/// The byte offset after a wrap at byte `at` after which a word of full-width letters or digits goes on; else `at`.
fn after_wrap(text: &str, at: usize) -> usize {
    let goes_on = || character::at(text, at + 1).is_some_and(|next| class(next) == Class::Letter);
    if is_wrap(text, at) && goes_on() { at + 1 } else { at }
}

fn is_letter(character: char) -> bool {
    character.is_alphabetic() && class(character) == Class::Letter
}

fn is_digit(character: char) -> bool {
    matches!(character, '0'..='9' | '\u{FF10}'..='\u{FF19}')
}

fn is_group_of_three(text: &str) -> bool {
    text.chars().take_while(|&character| is_digit(character)).take(4).count() == 3
}

/// Reads single letters with points between them (`U.S.`) as one word, and returns the byte offset after the
/// last letter; `None` for fewer than two letters.
fn initialism(text: &str, start: usize, folded: &mut String) -> Option<usize> {
    let mut at = start;
    let mut end = start;
    let mut letters = 0;
    while let Some(letter) = character::at(text, at).filter(|&letter| is_letter(letter)) {
        let after = skip_silent(text, at + letter.len_utf8());
        let following = character::at(text, after_wrap(text, after));
        let belongs_to_longer = following.is_some_and(|next| class(next) == Class::Letter);
        if belongs_to_longer || folded.len() + letter.len_utf8() > MAX_TOKEN_BYTES {
            break;
        }
        folding::push(letter, folded);
        end = after;
        letters += 1;
        match following {
            Some(point @ ('.' | '\u{FF0E}')) => {
                at = after_wrap(text, skip_silent(text, after + point.len_utf8()));
            }
            _ => break,
        }
    }
    if letters < 2 {
        folded.clear();
        return None;
    }
    Some(end)
}

/// The byte offset after the possessive of an initialism (`U.S.'s`); `end` if it has none.
fn skip_possessive(text: &str, end: usize) -> usize {
    let possessive = text.get(end..).and_then(|rest| {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let rest = rest.strip_prefix(['\'', '\u{2019}'])?.strip_prefix(['s', 'S'])?;
        let ends = rest.chars().next().is_none_or(|next| matches!(class(next), Class::Break | Class::Run(_)));
        ends.then_some(text.len() - rest.len())
    });
    possessive.unwrap_or(end)
}
