//! Reads front matter with a YAML parser, after quoting the Markdown links in its lists.
//!
//! Every real page has such a list (`- [en](https://…)`), which no YAML parser accepts; quoting first is
//! cheaper than parsing twice. The parser handles tags and aliases; its own limits refuse alias bombs.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize as _, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error as _, IgnoredAny, MapAccess, SeqAccess, VariantAccess as _,
        Visitor,
    },
};
use serde_yaml::{Mapping, Value as Yaml, value::TaggedValue};

use super::{Children, Entry, Value, extended, fast::is_link, tolerant::key_of};

/// Maximum length in bytes of a block for the parser, which is too slow on longer ones.
pub(super) const MAX_BLOCK_BYTES: usize = 64 << 10;

/// Maximum number of opening brackets: each costs the parser 13 µs, and real front matter has a dozen.
const MAX_BRACKETS: usize = 1_000;

/// What was read of a block.
pub(super) struct Read {
    pub entries: Vec<Entry<'static>>,
    /// Whether a plain value had to be quoted to keep a ` #` in it.
    pub is_repaired: bool,
    /// Whether all merge keys, if there are any, name maps.
    pub is_merged: bool,
}

/// The entries of a block; `None` if it is not YAML, holds a key twice, or is too large.
pub(super) fn read(block: &str, whole_line: &dyn Fn(&str) -> bool) -> Option<Read> {
    let brackets = block.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count();
    if block.len() > MAX_BLOCK_BYTES || brackets > MAX_BRACKETS {
        return None;
    }
    let (quoted, is_repaired) = quote(block, whole_line);
    let mut read = as_written(&quoted).ok()?;
    let is_merged = read.apply_merge().is_ok();
    let entries = match read {
        Yaml::Mapping(map) => entries(map),
        Yaml::Null => Vec::new(),
        _ => return None,
    };
    Some(Read { entries, is_repaired, is_merged })
}

/// The entries of a map that was read, in YAML or in another language.
pub(super) fn entries(map: impl IntoIterator<Item = (Yaml, Yaml)>) -> Vec<Entry<'static>> {
    map.into_iter().filter_map(entry).collect()
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

/// Reads YAML, in which every scalar but a null is the text that the file has.
///
/// The parser gives `3.10` as a number, which is 3.1. So a document that holds a number or a truth value is
/// read a second time, for the texts at these places.
///
/// # Errors
///
/// Whatever the parser refuses.
pub(crate) fn as_written(text: &str) -> serde_yaml::Result<Yaml> {
    let read: Yaml = serde_yaml::from_str(text)?;
    if is_as_written(&read) {
        return Ok(read);
    }
    Spelling(&read).deserialize(serde_yaml::Deserializer::from_str(text))
}

fn is_as_written(value: &Yaml) -> bool {
    match value {
        Yaml::Number(_) | Yaml::Bool(_) => false,
        Yaml::Null | Yaml::String(_) => true,
        Yaml::Sequence(items) => items.iter().all(is_as_written),
        Yaml::Mapping(map) => map.iter().all(|(key, value)| is_as_written(key) && is_as_written(value)),
        Yaml::Tagged(tagged) => is_as_written(&tagged.value),
    }
}

/// Reads a value again that was read as this one, with the spelling of its scalars.
struct Spelling<'v>(&'v Yaml);

impl<'de> DeserializeSeed<'de> for Spelling<'_> {
    type Value = Yaml;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Yaml, D::Error> {
        match self.0 {
            Yaml::Number(_) | Yaml::Bool(_) => String::deserialize(deserializer).map(Yaml::String),
            Yaml::Null | Yaml::String(_) => {
                IgnoredAny::deserialize(deserializer).map(|IgnoredAny| self.0.clone())
            }
            Yaml::Sequence(_) | Yaml::Mapping(_) | Yaml::Tagged(_) => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Spelling<'_> {
    type Value = Yaml;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the value that was read before")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let items = self.0.as_sequence().into_iter().flatten();
        let items = items.map_while(|item| access.next_element_seed(Spelling(item)).transpose());
        items.collect::<Result<_, _>>().map(Yaml::Sequence)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Yaml, A::Error> {
        let mut map = Mapping::new();
        for (key, value) in self.0.as_mapping().into_iter().flatten() {
            if let Some(key) = access.next_key_seed(Spelling(key))? {
                map.insert(key, access.next_value_seed(Spelling(value))?);
            }
        }
        Ok(Yaml::Mapping(map))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Yaml, A::Error> {
        let Yaml::Tagged(tagged) = self.0 else {
            return Err(A::Error::custom("a tag that was not read before"));
        };
        let (IgnoredAny, content) = access.variant()?;
        let value = content.newtype_variant_seed(Spelling(&tagged.value))?;
        Ok(Yaml::Tagged(Box::new(TaggedValue { tag: tagged.tag.clone(), value })))
    }
}

fn entry((key, value): (Yaml, Yaml)) -> Option<Entry<'static>> {
    Some((Cow::Owned(scalar(&key)?), self::value(value)))
}

fn value(value: Yaml) -> Value<'static> {
    match value {
        Yaml::String(text) => Value::Text(Cow::Owned(text)),
        Yaml::Sequence(items) if items.iter().any(|item| item.is_mapping() && scalar(item).is_none()) => {
            Value::Maps(items.iter().map(record).collect())
        }
        Yaml::Sequence(items) => Value::List(items.iter().filter_map(scalar).map(Cow::Owned).collect()),
        Yaml::Mapping(map) => {
            tagged(&map).map_or_else(|| Value::Map(children(&map)), |text| Value::Text(Cow::Owned(text)))
        }
        Yaml::Tagged(tagged) if tagged.value.is_sequence() || tagged.value.is_mapping() => {
            self::value(tagged.value)
        }
        other => scalar(&other).map_or(Value::Null, |text| Value::Text(Cow::Owned(text))),
    }
}

fn record(item: &Yaml) -> Children {
    match item {
        Yaml::Mapping(map) if tagged(map).is_none() => children(map),
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

/// The text of a scalar in the [extended JSON](extended) of `MongoDB`, which YAML can hold; `None` for any other map.
fn tagged(map: &Mapping) -> Option<String> {
    let only = |map: &Mapping| {
        let (key, value) = map.iter().next().filter(|_| map.len() == 1)?;
        Some((key.as_str()?.to_owned(), value.clone()))
    };
    let (key, inner) = only(map)?;
    let text = match &inner {
        Yaml::Mapping(map) => only(map)?.1,
        _ => inner,
    };
    extended(&key, Cow::Owned(text.as_str()?.to_owned())).map(Cow::into_owned)
}

/// The text of a scalar. A tag before it is its first word: `title: !Important notice`.
fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Mapping(map) => tagged(map),
        Yaml::Tagged(tagged) => {
            // The tag `!` is shown with the mark of a tag before it.
            let tag = tagged.tag.to_string().replace("!!", "!");
            match &tagged.value {
                Yaml::Null => Some(tag),
                value => scalar(value).map(|text| format!("{tag} {text}")),
            }
        }
        _ => None,
    }
}
