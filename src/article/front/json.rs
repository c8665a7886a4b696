//! Reads front matter in JSON; what is not JSON is read line by line.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use serde_yaml::{Mapping, Value as Yaml};

use super::{Entry, yaml};

/// An object in an object is the deepest that is kept, with the lists in it.
const MAX_DEPTH: usize = 4;

/// The entries of a block, and whether it is JSON. The braces around it may be missing.
pub(super) fn read(block: &str) -> (Vec<Entry<'static>>, bool) {
    let block = block.trim();
    let braced = if block.starts_with('{') { block.to_owned() } else { format!("{{{block}}}") };
    if let Ok(object) = serde_json::from_str::<Object<'_>>(&braced) {
        return (yaml::entries(object.tree(MAX_DEPTH)), true);
    }
    (yaml::entries(block.lines().filter_map(member)), false)
}

/// The length in bytes of the object at the start of a text, which has a member; `None` if there is none.
pub(super) fn object_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Object<'_>>();
    match values.next() {
        Some(Ok(object)) if !object.0.is_empty() => Some(values.byte_offset()),
        Some(Ok(_)) | None => None,
        Some(Err(_)) => broken_object_length(text),
    }
}

/// The length of an object with a mistake, which must be on lines of its own: a brace, members, and a brace.
fn broken_object_length(text: &str) -> Option<usize> {
    let mut lines = text.split_inclusive('\n');
    let opening = lines.next().filter(|line| line.trim() == "{")?;
    let mut length = opening.len();
    for (index, line) in lines.enumerate() {
        if index == 0 && member(line).is_none() {
            return None;
        }
        if line.trim_end() == "}" {
            return Some(length + 1);
        }
        length += line.len();
    }
    None
}

/// The key and the value of a line of an object.
fn member(line: &str) -> Option<(Yaml, Yaml)> {
    let line = line.trim().trim_start_matches('{').trim_end_matches([',', '}']).trim();
    let (key, value) = line.strip_prefix('"')?.split_once('"')?;
    let value = value.trim_start().strip_prefix(':')?.trim();
    let tree = serde_json::from_str(value).map_or_else(|_| text(value), |raw| tree(raw, MAX_DEPTH - 1));
    Some((Yaml::from(key), tree))
}

/// The members of an object, in order and with repeated keys.
struct Object<'t>(Vec<(String, &'t RawValue)>);

impl Object<'_> {
    fn tree(self, depth: usize) -> impl Iterator<Item = (Yaml, Yaml)> {
        self.0.into_iter().map(move |(key, value)| (Yaml::String(key), tree(value, depth - 1)))
    }
}

impl<'t> Deserialize<'t> for Object<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'t> Visitor<'t> for Members {
            type Value = Object<'t>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut access: A) -> Result<Object<'t>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = access.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A value as a YAML parser would give it, with its numbers as they are written; null where it is nested more
/// than `depth` deep.
fn tree(raw: &RawValue, depth: usize) -> Yaml {
    let written = raw.get();
    match written.as_bytes().first() {
        Some(b'{' | b'[') if depth == 0 => Yaml::Null,
        Some(b'{') => match serde_json::from_str::<Object<'_>>(written) {
            Ok(object) => Yaml::Mapping(object.tree(depth).collect::<Mapping>()),
            Err(_) => Yaml::Null,
        },
        Some(b'[') => match serde_json::from_str::<Vec<&RawValue>>(written) {
            Ok(items) => Yaml::Sequence(items.into_iter().map(|item| tree(item, depth - 1)).collect()),
            Err(_) => Yaml::Null,
        },
        Some(b'n') => Yaml::Null,
        _ => text(written),
    }
}

/// The text of a scalar: of a string what it says, of anything else its spelling.
fn text(written: &str) -> Yaml {
    Yaml::String(serde_json::from_str(written).unwrap_or_else(|_| written.trim_matches('"').to_owned()))
}
