//! Finds securities in running text, by the few shapes that nothing else has.
//!
//! A bare word or number is never a symbol here: `COST`, `A` and `700` are ordinary words. Accepted are topic
//! markup (`[st]ST/US/NVDA#…[/st]`), codes with a suffix (`600586.SH`), cashtags (`$AAPL`), exchange and code
//! in brackets (`(NYSE: CCL)`), six digits in Chinese brackets (`（600586）`) and links to quote pages.
//!
//! The scan searches for the few bytes that such a shape contains, in blocks that the compiler vectorises,
//! and then examines the text around each hit. It examines a bounded number of bytes, so time is linear in
//! the text.

use std::ops::Range;

use super::Symbol;
use super::form::{is_digits, is_six_digits, option_root};

mod bracket;
mod title;

/// One place in a text that names a security.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The byte range of the notation: without its brackets, with the `$` of a cashtag, with all of topic
    /// markup.
    pub span: Range<usize>,
    /// The security.
    pub symbol: Symbol,
}

/// The mentions in running text, in order and without overlap. See the head of the file for the shapes.
#[must_use]
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = next_candidate(text.as_bytes(), from) {
        from = candidate(text, at, &mut found).unwrap_or(at + 1);
    }
    found
}

/// The mentions in a title: those of [`mentions`], a US ticker in brackets directly after a company name
/// (`CMOC Group (CMCLF): …`), and the ending `| SUUFF Stock News`.
///
/// A ticker that is also a well-known abbreviation (`(CEO)`, `(GDP)`) is not taken.
#[must_use]
pub fn title_mentions(title: &str) -> Vec<Mention> {
    let mut found = mentions(title);
    found.extend(title::after_names(title));
    found.extend(title::ending(title));
    found.sort_by_key(|mention| mention.span.start);
    found.dedup_by(|next, kept| next.span.start < kept.span.end);
    found
}

/// Bytes tested together.
const BLOCK: usize = 64;

/// A code in running text has fewer bytes than this before the dot of its suffix.
const MAX_CODE_BYTES: usize = 24;

/// Not cashtags, though some are tickers: tables head amounts with `($M)`, and currencies are written `$USD`.
const MONEY: [&str; 14] =
    ["AUD", "B", "BN", "CAD", "HKD", "K", "M", "MM", "MN", "NZD", "SGD", "TWD", "US", "USD"];

/// Nonzero if a mention, or the dot inside one, may be at `byte`, which `next` follows. `0xBC 0x88` are the
/// last bytes of `（`, which shares its first byte with every Chinese comma. Returns a number rather than a
/// `bool`: `||` would branch, and the compiler would not vectorise the test of a block.
fn candidacy(byte: u8, next: u8) -> u8 {
    let letter = u8::from((next | 0x20).wrapping_sub(b'a') < 26);
    u8::from(byte == b'(')
        | u8::from(byte == b'[')
        | ((u8::from(byte == b'.') | u8::from(byte == b'$')) & letter)
        | (u8::from(byte == 0xbc) & u8::from(next == 0x88))
}

/// The byte offset of the next candidate at or after `from`. Scans byte by byte to the end of the block of
/// `from`, so that dense candidates do not test a block repeatedly, then block by block. The last byte is
/// never a candidate, since a byte must follow.
fn next_candidate(bytes: &[u8], from: usize) -> Option<usize> {
    let following = bytes.get(1..)?;
    let mut start = from;
    let mut end = (from + 1).next_multiple_of(BLOCK);
    while start < following.len() {
        let end_here = end.min(following.len());
        let mut pairs = bytes[start..end_here].iter().zip(&following[start..end_here]);
        let is_whole = end - start == BLOCK;
        let may_hold =
            !is_whole || pairs.clone().fold(0, |any, (&byte, &next)| any | candidacy(byte, next)) != 0;
        if may_hold && let Some(near) = pairs.position(|(&byte, &next)| candidacy(byte, next) != 0) {
            return Some(start + near);
        }
        (start, end) = (end, end + BLOCK);
    }
    None
}

/// Reads the candidate at byte `at`. If it holds mentions, adds them and returns the byte offset to continue
/// at.
fn candidate(text: &str, at: usize, found: &mut Vec<Mention>) -> Option<usize> {
    let mention = match text.as_bytes()[at] {
        b'.' => suffixed(text, at),
        b'$' => cashtag(text, at),
        b'[' => markup(text, at),
        b'(' => return bracket::mentions(text, at, found),
        _ => return bracket::mentions(text, at.checked_sub(1)?, found),
    }?;
    let end = mention.span.end;
    // A suffix is found from its dot, and the code before the dot may be in a mention already taken.
    if found.last().is_none_or(|last| last.span.end <= mention.span.start) {
        found.push(mention);
    }
    Some(end)
}

/// `[st]ST/US/NVDA#英伟达.US[/st]`, in either case.
fn markup(text: &str, at: usize) -> Option<Mention> {
    let inner = at + 4;
    if !text.get(at..inner)?.eq_ignore_ascii_case("[st]") {
        return None;
    }
    let window = &text.as_bytes()[inner..text.len().min(inner + 200)];
    let close = inner + window.iter().position(|&byte| byte == b'[')?;
    let end = close + 5;
    if !text.get(close..end)?.eq_ignore_ascii_case("[/st]") {
        return None;
    }
    Some(Mention { span: at..end, symbol: Symbol::parse(text.get(at..end)?)? })
}

/// `$AAPL`, `$BRK.B`, `$AAPL.US`.
fn cashtag(text: &str, at: usize) -> Option<Mention> {
    let bytes = text.as_bytes();
    let prior = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
    if is_word(prior) || prior == b'$' {
        return None;
    }
    let upper =
        |from: usize| from + bytes[from..].iter().take(6).take_while(|b| b.is_ascii_uppercase()).count();
    let root = upper(at + 1);
    let mut end = root;
    if bytes.get(root).is_some_and(|byte| b".-".contains(byte)) {
        let tail = upper(root + 1);
        let names_class = tail - root == 2 || (bytes[root] == b'.' && is_free_suffix(&text[root + 1..tail]));
        if names_class && !bytes.get(tail).copied().is_some_and(is_word) {
            end = tail;
        }
    }
    let closed = !bytes.get(end).copied().is_some_and(is_word);
    let ticker = &text[at + 1..end];
    // StockTwits marks crypto with `.X`, which has no venue.
    if !(1..=5).contains(&(root - at - 1))
        || !closed
        || MONEY.contains(&ticker)
        || ticker.strip_suffix(".X").is_some()
    {
        return None;
    }
    Some(Mention { span: at..end, symbol: Symbol::parse(ticker)? })
}

/// A code before the dot at `dot` and the suffix of a venue after it: `600586.SH`, `.DJI.US`.
fn suffixed(text: &str, dot: usize) -> Option<Mention> {
    let bytes = text.as_bytes();
    let before = *bytes.get(dot.checked_sub(1)?)?;
    if !(before.is_ascii_uppercase() || before.is_ascii_digit()) {
        return None;
    }
    let letters = bytes[dot + 1..].iter().take(5).take_while(|b| b.is_ascii_alphabetic()).count();
    let end = dot + 1 + letters;
    let suffix = &text[dot + 1..end];
    let is_lower = matches!(suffix, "sh" | "ss" | "sz" | "bj" | "cn");
    if !(is_lower || is_free_suffix(suffix)) || !ends_code(bytes, end) {
        return None;
    }
    let in_code = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b".-".contains(b);
    let reach = bytes[dot.saturating_sub(MAX_CODE_BYTES)..dot].iter().rev().take_while(in_code).count();
    let code = text[dot - reach..dot].trim_start_matches('-');
    let code = code.strip_prefix("..").map_or(code, |rest| rest.trim_start_matches('.'));
    let start = dot - code.len();
    if reach == MAX_CODE_BYTES || !starts_code(bytes, start) || !is_free_code(code, suffix) {
        return None;
    }
    Some(Mention { span: start..end, symbol: Symbol::parse(&text[start..end])? })
}

/// Whether this suffix, in upper case, names a venue in running text.
fn is_free_suffix(suffix: &str) -> bool {
    matches!(
        suffix,
        "SH" | "SS"
            | "SZ"
            | "BJ"
            | "CN"
            | "HK"
            | "US"
            | "SG"
            | "SI"
            | "HAS"
            | "OSL"
            | "BKKT"
            | "XSHG"
            | "XSHE"
    )
}

/// Whether a code with this suffix has a form that is accepted in running text. Lower-case suffixes get here
/// too, but only those of six-digit codes.
fn is_free_code(code: &str, suffix: &str) -> bool {
    let letters = |text: &str, least, most| {
        (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase())
    };
    match suffix {
        "HK" => (code.len() <= 5 && is_digits(code)) || letters(code, 2, 8),
        "US" => match code.split_once(['.', '-']) {
            Some(("", index)) => letters(index, 1, 8),
            Some((root, class)) => letters(root, 1, 5) && letters(class, 1, 2),
            None => letters(code, 1, 5) || option_root(code).is_some(),
        },
        "SG" | "SI" => {
            let digits = code.bytes().filter(u8::is_ascii_digit).count();
            let alphanumeric = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            (3..=4).contains(&code.len()) && alphanumeric && (1..code.len()).contains(&digits)
        }
        "HAS" | "OSL" | "BKKT" => letters(code, 5, 10),
        _ => is_six_digits(code),
    }
}

/// Whether a code may start at byte `start`: not inside a word, number, path, URL or e-mail address.
fn starts_code(bytes: &[u8], start: usize) -> bool {
    let prior = start.checked_sub(1).map(|before| bytes[before]);
    !prior.is_some_and(|byte| is_word(byte) || b"/@&=%.".contains(&byte))
        || (prior == Some(b'.') && start >= 2 && bytes[start - 2] == b'.')
}

/// Whether a code may end before byte `end`: no word, domain or file name continues there.
fn ends_code(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'.' | b'@') => !bytes.get(end + 1).copied().is_some_and(is_word),
        Some(&next) => !is_word(next),
        None => true,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
