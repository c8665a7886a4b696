//! Reads one scalar of YAML: double-quoted, single-quoted, or plain.
//!
//! These readers refuse (`None`) whatever a YAML parser might read differently; the parser then reads it.

use std::borrow::Cow;

use super::Value;

/// The scalar at the start of a text, and the text after its last line.
pub(super) fn read(text: &str) -> Option<(Value<'_>, &str)> {
    let (value, rest) = match text.as_bytes().first()? {
        b'"' => double(&text[1..])?,
        b'\'' => single(&text[1..])?,
        _ => return plain_line(text),
    };
    Some((Value::Text(value), end_of_line(rest)?))
}

/// The text after the line; `None` if the line has more than spaces left.
pub(super) fn end_of_line(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(' ');
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('\n') }
}

/// The byte offset of the closing double quote; `None` if there is none.
pub(super) fn closing_quote(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('"')?;
        let backslashes = text.as_bytes()[from..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if backslashes % 2 == 0 {
            return Some(at);
        }
        from = at + 1;
    }
}

/// The value after an opening double quote, and the text after the closing one.
fn double(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = closing_quote(text)?;
    let (raw, rest) = (&text[..end], &text[end + 1..]);
    let value = if raw.contains('\\') || raw.contains('\n') {
        Cow::Owned(unescape(raw)?)
    } else {
        Cow::Borrowed(raw)
    };
    Some((value, rest))
}

/// Replaces the simple escapes and folds lines: one line end becomes a space, n become n - 1.
fn unescape(raw: &str) -> Option<String> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '\n']) {
        out.push_str(&rest[..at]);
        if rest.as_bytes()[at] == b'\n' {
            rest = fold(&rest[at..], &mut out)?;
            continue;
        }
        let escape = *rest.as_bytes().get(at + 1)?;
        let mut length = 2;
        out.push(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'n' => '\n',
            b't' => '\t',
            b'u' => {
                length = 6;
                let digits = rest.get(at + 2..at + 6).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
                char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
            }
            _ => return None,
        });
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Some(out)
}

/// Folds the line ends at the start of a text. Refuses white space before them, as it may be escaped.
fn fold<'t>(text: &'t str, out: &mut String) -> Option<&'t str> {
    if out.ends_with([' ', '\t']) {
        return None;
    }
    let rest = text.trim_start_matches([' ', '\n']);
    let folded = &text[..text.len() - rest.len()];
    match folded.bytes().filter(|byte| *byte == b'\n').count() {
        1 => out.push(' '),
        many => out.extend(std::iter::repeat_n('\n', many - 1)),
    }
    let is_marker = rest.starts_with("---") || rest.starts_with("...");
    (!is_marker && !rest.starts_with('\t')).then_some(rest)
}

/// The value after an opening single quote, on one line, and the text after the closing one.
fn single(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find('\'')?;
        if text[at + 1..].starts_with('\'') {
            from = at + 2;
            continue;
        }
        let raw = &text[..at];
        let value = if from == 0 { Cow::Borrowed(raw) } else { Cow::Owned(raw.replace("''", "'")) };
        return (!raw.contains('\n')).then_some((value, &text[at + 1..]));
    }
}

fn plain_line(text: &str) -> Option<(Value<'_>, &str)> {
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((plain(line.trim_end_matches(' '))?, rest))
}

/// A plain scalar, if YAML surely reads it as one that is not null.
fn plain(text: &str) -> Option<Value<'_>> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if !(first.is_ascii_alphanumeric() || first >= 0x80) {
        return None;
    }
    let is_structure = |(at, byte): (usize, &u8)| match byte {
        b':' => matches!(bytes.get(at + 1), None | Some(b' ')),
        b'#' => bytes[at - 1] == b' ',
        byte => *byte == b'\t',
    };
    if bytes.iter().enumerate().any(is_structure) || text.eq_ignore_ascii_case("null") {
        return None;
    }
    Some(Value::Text(Cow::Borrowed(text)))
}
