//! Reads front matter that is not YAML, key by key: takes what people write, and never refuses.
//!
//! The usual reason is a title without quotes (`title: *ST Kangmei: a "buy"?`), so an unquoted value is the
//! whole rest of its line.

use std::borrow::Cow;

use super::{Entry, Value, fast::is_link, scalar};
use crate::problem::{Problem, message};

/// The entries of a block that begins at byte `start` of its text. Problem: `invalid-escape`.
pub(super) fn read<'t>(block: &'t str, start: usize, problems: &mut Vec<Problem>) -> Vec<Entry<'t>> {
    let mut entries = Vec::new();
    let mut has_bad_escape = false;
    let mut rest = block;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((key, value)) = key_of(line) else {
            rest = after;
            continue;
        };
        // The lines that belong to the key: all up to the next key.
        let more = after.len() - skip_to_key(after).len();
        let lines = &after[..more];
        rest = &after[more..];
        let value = match value {
            "" => list(lines),
            "|" | "|-" | "|+" => Value::Text(Cow::Owned(scalar_lines(lines).collect::<Vec<_>>().join("\n"))),
            ">" | ">-" | ">+" => Value::Text(Cow::Owned(scalar_lines(lines).collect::<Vec<_>>().join(" "))),
            "~" | "null" => Value::Null,
            _ if value.starts_with('"') && !value[1..].contains('"') => {
                quoted_lines(value, lines, &mut has_bad_escape)
            }
            _ => Value::Text(unquoted(value, &mut has_bad_escape)),
        };
        entries.push((Cow::Borrowed(key), value));
    }
    if has_bad_escape {
        let message = message!("invalid escape in the front matter");
        problems.push(Problem::new("invalid-escape", start..start + block.len(), message));
    }
    entries
}

/// The key at the start of a line, and the rest of the line, trimmed; `None` if there is no key.
pub(super) fn key_of(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once(':')?;
    (is_key(key) && (rest.is_empty() || rest.starts_with([' ', '\t']))).then(|| (key, rest.trim()))
}

fn is_key(text: &str) -> bool {
    let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= 100 && text.chars().all(is_of_key) && !text.starts_with(['-', '.'])
}

/// The byte length of the keys at the start of a text without a closing fence: up to the first line that is
/// blank or not part of them. `None` if the text does not begin with a key, which ends in `separator`.
pub(super) fn leading_keys(text: &str, separator: char) -> Option<usize> {
    let has_key = |line: &str| match line.split_once(separator) {
        Some((key, _)) if separator == '=' => is_key(key.trim_end()),
        _ => key_of(line).is_some(),
    };
    let is_part =
        |line: &&str| line.starts_with([' ', '\t', '-']) && !line.trim().is_empty() || has_key(line);
    let length = text.split_inclusive('\n').take_while(is_part).map(str::len).sum();
    has_key(text.lines().next()?).then_some(length)
}

/// The byte offset at which a block turns into text: the line after a blank line, if it belongs to no key.
pub(super) fn interruption(block: &str) -> Option<usize> {
    let mut at = 0;
    let mut is_after_blank = false;
    for line in block.split_inclusive('\n') {
        let is_blank = line.trim().is_empty();
        let is_part = is_blank
            || key_of(line).is_some()
            || line.starts_with([' ', '\t', '-', '#', ']', '}', '"', '\'']);
        if is_after_blank && !is_part {
            return Some(at);
        }
        is_after_blank = is_blank;
        at += line.len();
    }
    None
}

/// The text from the next line on that begins with a key.
fn skip_to_key(text: &str) -> &str {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if key_of(line).is_some() {
            break;
        }
        rest = after;
    }
    rest
}

fn scalar_lines(lines: &str) -> impl Iterator<Item = &str> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn list(lines: &str) -> Value<'_> {
    let items: Vec<_> = scalar_lines(lines)
        .filter_map(|line| line.strip_prefix('-').map(str::trim))
        .filter(|item| !item.is_empty())
        .map(|item| if is_link(item) { Cow::Borrowed(item) } else { unquoted(item, &mut false) })
        .collect();
    if items.is_empty() { Value::Null } else { Value::List(items) }
}

/// A value whose closing quote is on a later line.
fn quoted_lines<'t>(first: &'t str, lines: &'t str, has_bad_escape: &mut bool) -> Value<'t> {
    let mut whole = first.to_owned();
    for line in scalar_lines(lines) {
        whole.push(' ');
        whole.push_str(line);
        if scalar::closing_quote(line).is_some() {
            break;
        }
    }
    Value::Text(Cow::Owned(unquoted(&whole, has_bad_escape).into_owned()))
}

/// A value without the quotes around it; quotes inside stay as they are.
fn unquoted<'t>(value: &'t str, has_bad_escape: &mut bool) -> Cow<'t, str> {
    let inner = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inner) = inner('"') {
        return if inner.contains('\\') {
            Cow::Owned(unescape(inner, has_bad_escape))
        } else {
            Cow::Borrowed(inner)
        };
    }
    match inner('\'') {
        Some(inner) if inner.contains("''") => Cow::Owned(inner.replace("''", "'")),
        Some(inner) => Cow::Borrowed(inner),
        None => Cow::Borrowed(value),
    }
}

/// Replaces the escapes of YAML and JSON. Surrogate pairs are joined, a lone surrogate becomes U+FFFD, an
/// unknown escape stays.
fn unescape(raw: &str, has_bad_escape: &mut bool) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at + 1..]);
        *has_bad_escape |= matches!(character, None | Some('\u{fffd}'));
        out.push(character.unwrap_or('\\'));
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
    out
}

/// The character of the escape after a backslash, and its length in bytes; `None` and 0 if it is unknown.
fn escape(text: &str) -> (Option<char>, usize) {
    let simple = |character| (Some(character), 1);
    match text.as_bytes().first() {
        Some(byte @ (b'"' | b'\\' | b'/' | b' ')) => simple(char::from(*byte)),
        Some(b'n') => simple('\n'),
        Some(b't') => simple('\t'),
        Some(b'r') => simple('\r'),
        Some(b'e') => simple('\u{1b}'),
        Some(b'0') => simple('\0'),
        Some(b'a') => simple('\u{7}'),
        Some(b'b') => simple('\u{8}'),
        Some(b'x') => coded(text, 2),
        Some(b'u') => coded(text, 4),
        Some(b'U') => coded(text, 8),
        _ => (None, 0),
    }
}

/// The character of an escape with `digits` hexadecimal digits after its letter; joins surrogate pairs.
fn coded(text: &str, digits: usize) -> (Option<char>, usize) {
    let number = |text: &str| {
        let digits =
            text.get(1..=digits).filter(|found| found.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = number(text) else { return (None, 0) };
    let second = text[1 + digits..].strip_prefix('\\').filter(|rest| rest.starts_with('u')).and_then(number);
    match (first, second) {
        (0xd800..=0xdbff, Some(second @ 0xdc00..=0xdfff)) => {
            let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            (char::from_u32(joined), 2 * (1 + digits) + 1)
        }
        _ => (Some(char::from_u32(first).unwrap_or('\u{fffd}')), 1 + digits),
    }
}
