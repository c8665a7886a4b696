//! Reads front matter with a YAML parser, after quoting the Markdown links in its lists.
//!
//! Every real page has such a list (`- [en](https://…)`), which no YAML parser accepts; quoting first is
//! cheaper than parsing twice. The parser handles tags and aliases; its own limits refuse alias bombs.

use std::borrow::Cow;

use serde_yaml::{Mapping, Value as Yaml};

use super::{Children, Entry, Value, fast::is_link, tolerant::key_of};

/// Maximum length in bytes of a block for the parser, which is too slow on longer ones.
const MAX_BLOCK_BYTES: usize = 64 << 10;

/// Maximum number of opening brackets: each costs the parser 13 µs, and real front matter has a dozen.
const MAX_BRACKETS: usize = 1_000;

/// The entries of a block, and whether a plain value had to be quoted to keep a ` #` in it; `None` if it is
/// not YAML, holds a key twice, or is too large.
pub(super) fn read(block: &str, whole_line: &dyn Fn(&str) -> bool) -> Option<(Vec<Entry<'static>>, bool)> {
    let brackets = block.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if block.len() > MAX_BLOCK_BYTES || brackets > MAX_BRACKETS {
        return None;
    }
    let (quoted, is_repaired) = quote(block, whole_line);
    match serde_yaml::from_str(&quoted).ok()? {
        Yaml::Mapping(map) => Some((map.into_iter().filter_map(entry).collect(), is_repaired)),
        Yaml::Null => Some((Vec::new(), is_repaired)),
        _ => None,
    }
}

/// Quotes bare links, and plain values that run to the end of their line; tells whether it quoted such a
/// value.
fn quote(block: &str, whole_line: &dyn Fn(&str) -> bool) -> (String, bool) {
    let mut out = String::with_capacity(block.len() + 64);
    let mut is_repaired = false;
    for line in block.lines() {
        let item = line.trim_start();
        let indent = line.len() - item.len();
        let value = if let Some(item) = item.strip_prefix("- ").map(str::trim).filter(|item| is_link(item)) {
            out.push_str(&line[..indent]);
            out.push_str("- ");
            Some(item)
        } else if let Some((key, value)) =
            key_of(line).filter(|(key, value)| is_cut_short(value) && whole_line(key))
        {
            is_repaired = true;
            out.push_str(key);
            out.push_str(": ");
            Some(value)
        } else {
            None
        };
        match value {
            Some(value) => {
                out.push('\'');
                out.push_str(&value.replace('\'', "''"));
                out.push('\'');
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    (out, is_repaired)
}

/// Whether YAML reads a part of a plain value as a comment.
fn is_cut_short(value: &str) -> bool {
    value.contains(" #") && !value.starts_with(['"', '\'', '|', '>', '&', '*', '!', '[', '{', '#'])
}

fn entry((key, value): (Yaml, Yaml)) -> Option<Entry<'static>> {
    Some((Cow::Owned(scalar(&key)?), self::value(value)))
}

fn value(value: Yaml) -> Value<'static> {
    match value {
        Yaml::Null => Value::Null,
        Yaml::String(text) => Value::Text(Cow::Owned(text)),
        Yaml::Sequence(items) if items.iter().any(Yaml::is_mapping) => {
            Value::Maps(items.iter().map(record).collect())
        }
        Yaml::Sequence(items) => Value::List(items.iter().filter_map(scalar).map(Cow::Owned).collect()),
        Yaml::Mapping(map) => Value::Map(children(&map)),
        Yaml::Tagged(tagged) => self::value(tagged.value),
        other => scalar(&other).map_or(Value::Null, |text| Value::Other(Cow::Owned(text))),
    }
}

fn record(item: &Yaml) -> Children {
    match item {
        Yaml::Mapping(map) => children(map),
        other => scalar(other).map(|text| (String::new(), vec![text])).into_iter().collect(),
    }
}

fn children(map: &Mapping) -> Children {
    let texts = |value: &Yaml| match value {
        Yaml::Sequence(items) => items.iter().filter_map(scalar).collect(),
        other => scalar(other).into_iter().collect::<Vec<_>>(),
    };
    map.iter().filter_map(|(key, value)| Some((scalar(key)?, texts(value)))).collect()
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(truth) => Some(truth.to_string()),
        Yaml::Tagged(tagged) => scalar(&tagged.value),
        _ => None,
    }
}
