//! Classifies characters for the tokenizer: letter, part of a run, silent, or break.
//!
//! The classes follow Unicode word boundaries (UAX #29) closely enough for scripts with spaces between words,
//! and need no table beyond the standard library's: alphabetic and numeric characters form words, marks
//! belong to the character before them, and scripts written in runs are recognised by their Unicode blocks.

/// A script written without spaces between words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Chinese characters of any language, with radicals and iteration marks.
    Han,
    /// Hiragana and Katakana together.
    Kana,
    /// Korean syllables and letters.
    Hangul,
}

/// The class of a character for the tokenizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// A letter or digit, or a mark that tells words apart (see [`is_spelling_mark`]).
    Letter,
    /// A character of a run.
    Run(Script),
    /// Neither kept in a token nor a break: combining accents, zero-width joiners, variation selectors,
    /// directional controls.
    Silent,
    /// Everything else: spaces, also those of zero width, punctuation, symbols, emoji.
    Break,
}

#[inline]
pub(super) fn class(character: char) -> Class {
    match character {
        '\u{4E00}'..='\u{9FFF}' => Class::Run(Script::Han),
        '\0'..='\u{7F}' if character.is_ascii_alphanumeric() => Class::Letter,
        '\0'..='\u{7F}'
        | '\u{2010}'..='\u{2027}'
        | '\u{3000}'..='\u{3004}'
        | '\u{3008}'..='\u{3020}'
        | '\u{FF01}'..='\u{FF0F}' => Class::Break,
        _ => rarer(character),
    }
}

/// Whether the character is of a script written in runs: Han, kana or hangul.
#[must_use]
pub fn is_han_like(character: char) -> bool {
    matches!(class(character), Class::Run(_))
}

/// The character at byte offset `at`, which must be a character boundary; `None` at the end.
#[inline]
pub(super) fn at(text: &str, at: usize) -> Option<char> {
    text.get(at..)?.chars().next()
}

/// The byte offset of the first character at or after `at` that is not silent.
#[inline]
pub(super) fn skip_silent(text: &str, at: usize) -> usize {
    // No silent character begins with an ASCII byte or with the lead byte of most Han characters.
    match text.as_bytes().get(at) {
        None | Some(0..0x80 | 0xE4..0xEA) => at,
        Some(_) => skip_silent_beyond(text, at),
    }
}

/// The same within a run, where a line may break anywhere, so that a zero-width space says nothing.
#[inline]
pub(super) fn skip_silent_in_run(text: &str, at: usize) -> usize {
    match text.as_bytes().get(at) {
        None | Some(0..0x80 | 0xE4..0xEA) => at,
        Some(_) => skip_zero_width(text, at),
    }
}

#[inline(never)]
fn skip_zero_width(text: &str, mut at: usize) -> usize {
    loop {
        at = skip_silent_beyond(text, at);
        if text.as_bytes().get(at..at + 3) != Some("\u{200B}".as_bytes()) {
            return at;
        }
        at += 3;
    }
}

#[inline(never)]
fn skip_silent_beyond(text: &str, mut at: usize) -> usize {
    loop {
        match self::at(text, at) {
            Some(character) if class(character) == Class::Silent => at += character.len_utf8(),
            _ => break,
        }
    }
    at
}

fn rarer(character: char) -> Class {
    if let Some(script) = script(character) {
        Class::Run(script)
    } else if is_silent(character) {
        Class::Silent
    } else if matches!(character, '\u{1F000}'..='\u{1FAFF}') {
        // Unicode calls pictures of letters (🅰) alphabetic, but to a reader they are emoji.
        Class::Break
    } else if character.is_alphanumeric() || is_spelling_mark(character) {
        Class::Letter
    } else {
        Class::Break
    }
}

fn script(character: char) -> Option<Script> {
    match character {
        '\u{2E80}'..='\u{2FD5}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{3029}'
        | '\u{3038}'..='\u{303B}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => Some(Script::Han),
        '\u{3041}'..='\u{3096}'
        | '\u{309D}'..='\u{309F}'
        | '\u{30A1}'..='\u{30FA}'
        | '\u{30FC}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{FF66}'..='\u{FF9D}'
        | '\u{1B000}'..='\u{1B16F}' => Some(Script::Kana),
        '\u{1100}'..='\u{11FF}'
        | '\u{3131}'..='\u{318E}'
        | '\u{A960}'..='\u{A97C}'
        | '\u{AC00}'..='\u{D7FB}'
        | '\u{FFA0}'..='\u{FFDC}' => Some(Script::Hangul),
        _ => None,
    }
}

fn is_silent(character: char) -> bool {
    matches!(character,
        // Soft hyphen, zero-width characters but for the space, directional controls, byte order mark.
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        // Variation selectors and tags.
        | '\u{180B}'..='\u{180D}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0001}'..='\u{E007F}'
        | '\u{E0100}'..='\u{E01EF}'
        // Combining accents of Latin, Greek and Cyrillic.
        | '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}' | '\u{FE20}'..='\u{FE2F}'
        // Points of Hebrew, vowel signs and tatweel of Arabic, vowel signs of Syriac.
        | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C2}' | '\u{5C4}'..='\u{5C5}' | '\u{5C7}'
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}'
        | '\u{6D6}'..='\u{6DC}' | '\u{6DF}'..='\u{6E4}' | '\u{6E7}'..='\u{6E8}' | '\u{6EA}'..='\u{6ED}'
        | '\u{711}' | '\u{730}'..='\u{74A}'
        // Tone marks of Han, and voicing marks of kana that follow no kana they combine with.
        | '\u{302A}'..='\u{302F}' | '\u{3099}'..='\u{309A}' | '\u{FF9E}'..='\u{FF9F}')
}

/// Viramas, nuktas and tone marks of South and Southeast Asia, which Unicode does not call alphabetic but
/// which tell words apart.
fn is_spelling_mark(character: char) -> bool {
    matches!(character,
        '\u{93C}' | '\u{94D}' | '\u{951}'..='\u{954}' | '\u{9BC}' | '\u{9CD}' | '\u{9FE}' | '\u{A3C}'
        | '\u{A4D}' | '\u{ABC}' | '\u{ACD}' | '\u{AFD}'..='\u{AFF}' | '\u{B3C}' | '\u{B4D}' | '\u{B55}'
        | '\u{BCD}' | '\u{C3C}' | '\u{C4D}' | '\u{CBC}' | '\u{CCD}' | '\u{D3B}'..='\u{D3C}' | '\u{D4D}'
        | '\u{DCA}' | '\u{E47}'..='\u{E4E}' | '\u{EBA}' | '\u{EC8}'..='\u{ECC}' | '\u{F35}' | '\u{F37}'
        | '\u{F39}' | '\u{F84}' | '\u{1037}' | '\u{1039}'..='\u{103A}' | '\u{1714}'..='\u{1715}'
        | '\u{1734}' | '\u{17C9}'..='\u{17D3}' | '\u{17DD}')
}
