//! Cleans a text: lines end in a line feed, and control characters are removed.
//!
//! Runs once, before any other step looks at the text, so that no later step has to handle them.

use std::borrow::Cow;

use crate::text::buffer_capacity;

/// A text with line feeds only and without control characters, and the byte offset in it of the first one
/// removed.
///
/// CRLF and CR become a line feed; form feed, vertical tab and U+0085 are white space and become a space. The
/// other characters of C0 and C1, and DEL, are removed. A clean text is returned as it is.
pub(super) fn clean(text: Cow<'_, str>) -> (Cow<'_, str>, Option<usize>) {
    if !is_suspect(text.as_bytes()) {
        return (text, None);
    }
    let mut kept = String::with_capacity(buffer_capacity(text.len()));
    let mut removed = None;
    for (at, character) in text.char_indices() {
        match character {
            '\n' | '\t' => kept.push(character),
            '\r' if text.as_bytes().get(at + 1) == Some(&b'\n') => {}
            '\r' => kept.push('\n'),
            '\u{b}' | '\u{c}' | '\u{85}' => kept.push(' '),
            _ if character.is_control() => removed = removed.or(Some(kept.len())),
            _ => kept.push(character),
        }
    }
    (Cow::Owned(kept), removed)
}

/// Replaces every run of white space by one space, for a text that must stay on one line, such as a title.
pub(super) fn fold_space(text: &str) -> Cow<'_, str> {
    let folded = text.trim();
    let bytes = folded.as_bytes();
    // C2 and E1 to E3 are the lead bytes of white space outside of ASCII.
    let is_doubtful = |pair: &[u8]| pair == b"  " || pair[0] < b' ' || matches!(pair[0], 0xc2 | 0xe1..=0xe3);
    if !bytes.windows(2).any(is_doubtful) {
        return Cow::Borrowed(folded);
    }
    let mut out = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    Cow::Owned(out)
}

/// The rest of a text after a beginning that equals `wanted` except for white space; `None` if it begins
/// otherwise.
pub(super) fn strip_text<'t>(text: &'t str, wanted: &str) -> Option<&'t str> {
    let (mut text, mut wanted) = (text, wanted);
    loop {
        let same = text.bytes().zip(wanted.bytes()).take_while(|(one, other)| one == other).count();
        let same = (0..=same).rev().find(|at| text.is_char_boundary(*at) && wanted.is_char_boundary(*at))?;
        (text, wanted) = (&text[same..], wanted[same..].trim_start());
        if wanted.is_empty() {
            return Some(text);
        }
        let inked = text.trim_start();
        // Neither has white space where they differ, or no text is left.
        if inked.is_empty()
            || same == 0 && inked.len() == text.len() && !inked.starts_with(wanted.chars().next()?)
        {
            return None;
        }
        text = inked;
    }
}

/// Whether a text begins with `wanted`, ignoring white space and the marks that Markdown may read as lists,
/// headings and emphasis.
pub(super) fn begins_alike(text: &str, wanted: &str) -> bool {
    let is_mark = |c: char| matches!(c, '*' | '_' | '`' | '~' | '#' | '>' | '+' | '-' | '|' | '\\');
    let is_said = |c: &char| !c.is_whitespace() && !is_mark(*c);
    let mut said = text.chars().filter(is_said);
    wanted.chars().filter(is_said).all(|wanted| said.next() == Some(wanted))
}

/// Whether a character overrides the direction of writing (U+202A to U+202E, U+2066 to U+2069).
pub(super) fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether there is any control character other than tab and line feed. The first pass, which has no
/// branches, settles it for nearly every text; C2 is also the first byte of harmless characters such as £.
fn is_suspect(bytes: &[u8]) -> bool {
    let doubtful = |byte: u8| matches!(byte, 0..=0x08 | 0x0b..=0x1f | 0x7f | 0xc2);
    if !bytes.chunks(256).any(|chunk| chunk.iter().fold(0, |any, byte| any | u8::from(doubtful(*byte))) != 0)
    {
        return false;
    }
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        0xc2 => matches!(bytes.get(at + 1), Some(0x80..=0x9f)),
        byte => doubtful(*byte),
    })
}
