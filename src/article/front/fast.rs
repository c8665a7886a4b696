//! Reads front matter as pages write it, `key: "value"` lines and lists of links, without a YAML parser.
//!
//! It reads a block as a whole or not at all, and only if a YAML parser would read the same (once the links
//! in lists are quoted). It takes about a fiftieth of the parser's time.

use std::borrow::Cow;

use super::{Entry, Value, scalar};

/// The entries of a block, in order and with repeated keys; `None` if anything in it is unusual.
pub(super) fn read(block: &str) -> Option<Vec<Entry<'_>>> {
    let mut entries = Vec::with_capacity(8);
    let mut rest = block;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n') {
            rest = after;
            continue;
        }
        let (key, after) = key(rest)?;
        let after = after.trim_start_matches(' ');
        let (value, after) =
            if after.is_empty() || after.starts_with('\n') { list(after)? } else { scalar::read(after)? };
        entries.push((Cow::Borrowed(key), value));
        rest = after;
    }
    Some(entries)
}

/// A key at the start of a line, and the text after its colon.
fn key(text: &str) -> Option<(&str, &str)> {
    let is_of_key = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = text.bytes().take_while(is_of_key).count();
    let (key, rest) = text.split_at(length);
    let rest = rest.strip_prefix(':').filter(|rest| rest.is_empty() || rest.starts_with([' ', '\n']))?;
    let is_sure = key.as_bytes().first()?.is_ascii_alphabetic() && !key.eq_ignore_ascii_case("null");
    (is_sure && length <= 100).then_some((key, rest))
}

/// The list on the lines after a key; null if there is none.
fn list(text: &str) -> Option<(Value<'_>, &str)> {
    let mut rest = text.strip_prefix('\n').unwrap_or(text);
    let indent = rest.len() - rest.trim_start_matches(' ').len();
    let mut items = Vec::new();
    while let Some(item) = rest.get(indent..).filter(|_| rest.as_bytes()[..indent].iter().all(|b| *b == b' '))
        && let Some(item) = item.strip_prefix("- ")
    {
        let (value, after) = self::item(item.trim_start_matches(' '))?;
        items.push(value);
        rest = after;
    }
    if items.is_empty() {
        return (indent == 0).then_some((Value::Null, rest));
    }
    Some((Value::List(items), rest))
}

fn item(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if text.starts_with('[') {
        let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
        let line = line.trim_end_matches([' ', '\t']);
        return is_link(line).then_some((Cow::Borrowed(line), rest));
    }
    match scalar::read(text)? {
        (Value::Text(value), rest) => Some((value, rest)),
        _ => None,
    }
}

/// Whether a list item is a bare Markdown link, `[text](url)`, which is not YAML.
pub(super) fn is_link(item: &str) -> bool {
    item.starts_with('[') && item.contains("](") && item.ends_with(')')
}
