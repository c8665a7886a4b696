//! Reads objects of JSON, in front matter and as records; front matter that is not JSON is read line by line.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Children, Entry, Value, extended};

/// Maximum number of members of an object that are read. Each takes some 100 bytes.
const MAX_MEMBERS: usize = 1 << 16;

/// What is nested deeper than this in a value is left out.
const MAX_DEPTH: usize = 4;

/// The entries of a block, and whether it is JSON. The braces around it may be missing.
pub(super) fn read(block: &str) -> (Vec<Entry<'_>>, bool) {
    let block = block.trim();
    let read = if block.starts_with('{') {
        Object::read(block).map(|object| object.entries())
    } else {
        Object::read(&format!("{{{block}}}")).map(|object| object.entries().into_iter().map(owned).collect())
    };
    match read {
        Ok(entries) => (entries, true),
        Err(_) => (block.lines().filter_map(member).collect(), false),
    }
}

/// An entry that does not depend on the text that it was read from.
pub(in crate::article) fn owned((key, value): Entry<'_>) -> Entry<'static> {
    let text = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    let value = match value {
        Value::Null => Value::Null,
        Value::Text(value) => Value::Text(text(value)),
        Value::List(items) => Value::List(items.into_iter().map(text).collect()),
        Value::Map(map) => Value::Map(map),
        Value::Maps(maps) => Value::Maps(maps),
    };
    (text(key), value)
}

/// The length in bytes of the object at the start of a text, which has a member; `None` if there is none.
pub(super) fn object_length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Object<'_>>();
    match values.next() {
        Some(Ok(object)) if !object.members.is_empty() => Some(values.byte_offset()),
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

/// The value that a text is as JSON; `None` if it is not JSON.
pub(in crate::article) fn from_json(text: &str) -> Option<Value<'_>> {
    serde_json::from_str::<&RawValue>(text).ok().map(|raw| value(raw, MAX_DEPTH))
}

/// The key and the value of a line of an object.
fn member(line: &str) -> Option<Entry<'_>> {
    let line = line.trim().trim_start_matches('{').trim_end_matches([',', '}']).trim();
    let (key, written) = line.strip_prefix('"')?.split_once('"')?;
    let written = written.trim_start().strip_prefix(':')?.trim();
    let value = from_json(written).unwrap_or_else(|| Value::Text(written.trim_matches('"').into()));
    Some((key.into(), value))
}

/// The members of an object, in order and with repeated keys: at most 65,536 of them.
#[derive(Default)]
pub(in crate::article) struct Object<'t> {
    members: Vec<(Text<'t>, &'t RawValue)>,
    is_cut: bool,
}

impl<'t> Object<'t> {
    /// The object that a text is.
    ///
    /// # Errors
    ///
    /// That of the parser, if the text is not JSON or not an object.
    pub(in crate::article) fn read(text: &'t str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Its keys with their values.
    pub(in crate::article) fn entries(&self) -> Vec<Entry<'t>> {
        self.members.iter().map(|(key, raw)| (key.0.clone(), value(raw, MAX_DEPTH))).collect()
    }

    /// The number of members that are read, if it has more.
    pub(in crate::article) fn cut(&self) -> Option<usize> {
        self.is_cut.then_some(self.members.len())
    }

    /// The objects among its values, each with its key.
    pub(in crate::article) fn objects(&self) -> impl Iterator<Item = (&str, Object<'t>)> {
        let objects = self.members.iter().filter(|(_, raw)| is_object(raw));
        objects.filter_map(|(key, raw)| Some((key.0.as_ref(), Object::read(raw.get()).ok()?)))
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
                let mut object = Object::default();
                while object.members.len() < MAX_MEMBERS
                    && let Some(member) = access.next_entry()?
                {
                    object.members.push(member);
                }
                while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    object.is_cut = true;
                }
                Ok(object)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// What a string says. An escape of half a character, which no text can hold, becomes U+FFFD.
struct Text<'t>(Cow<'t, str>);

impl<'t> Deserialize<'t> for Text<'t> {
    fn deserialize<D: Deserializer<'t>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl<'t> Visitor<'t> for Bytes {
            type Value = Text<'t>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'t [u8]) -> Result<Text<'t>, E> {
                Ok(Text(String::from_utf8_lossy(bytes)))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Text<'t>, E> {
                Ok(Text(Cow::Owned(String::from_utf8_lossy(bytes).into_owned())))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{') && tagged(raw).is_none()
}

/// The text of a scalar in the [extended JSON](extended) of `MongoDB`, such as `{"$oid": "…"}`; `None` for any other object.
fn tagged(raw: &RawValue) -> Option<Cow<'_, str>> {
    let (key, inner) = only_member(raw)?;
    let text = match only_member(inner) {
        Some((_, innermost)) => plain_scalar(innermost)?,
        None => plain_scalar(inner)?,
    };
    extended(&key, text)
}

/// The member of an object that has one, with a key that begins with `$`.
fn only_member(raw: &RawValue) -> Option<(Cow<'_, str>, &RawValue)> {
    let inside = raw.get().strip_prefix('{')?.trim_start();
    if !inside.starts_with("\"$") {
        return None;
    }
    let mut members = Object::read(raw.get()).ok()?.members;
    let (Text(key), inner) = members.pop()?;
    members.is_empty().then_some((key, inner))
}

/// A value without what is nested more than `depth` deep in it.
fn value(raw: &RawValue, depth: usize) -> Value<'_> {
    match raw.get().as_bytes().first() {
        Some(b'{') if is_object(raw) => Value::Map(children(raw, depth)),
        Some(b'[') => {
            let items = items(raw, depth);
            if items.iter().any(|item| is_object(item)) {
                Value::Maps(items.into_iter().map(|item| record(item, depth - 1)).collect())
            } else {
                Value::List(items.into_iter().filter_map(scalar).collect())
            }
        }
        _ => scalar(raw).map_or(Value::Null, Value::Text),
    }
}

/// An item of a list with objects in it.
fn record(item: &RawValue, depth: usize) -> Children {
    if is_object(item) {
        return children(item, depth);
    }
    scalar(item).map(|text| (String::new(), vec![text.into_owned()])).into_iter().collect()
}

/// The scalars of an object; those of an object in it have names such as `parent.child`.
fn children(raw: &RawValue, depth: usize) -> Children {
    let mut found = Children::new();
    if depth == 0 {
        return found;
    }
    for (Text(key), raw) in Object::read(raw.get()).map(|object| object.members).unwrap_or_default() {
        let texts: Vec<String> = match raw.get().as_bytes().first() {
            Some(b'{') if is_object(raw) => {
                let nested = children(raw, depth - 1).into_iter();
                found.extend(nested.map(|(child, texts)| (format!("{key}.{child}"), texts)));
                Vec::new()
            }
            Some(b'[') => {
                let items = items(raw, depth - 1);
                let objects = items.iter().filter(|item| is_object(item));
                let nested = objects.flat_map(|item| children(item, depth.saturating_sub(2)));
                found.extend(nested.map(|(child, texts)| (format!("{key}.{child}"), texts)));
                items.into_iter().filter_map(scalar).map(Cow::into_owned).collect()
            }
            _ => scalar(raw).map(Cow::into_owned).into_iter().collect(),
        };
        if !texts.is_empty() {
            found.push((key.into_owned(), texts));
        }
    }
    found
}

/// The items of a list; none at a depth of 0.
fn items(raw: &RawValue, depth: usize) -> Vec<&RawValue> {
    if depth == 0 { Vec::new() } else { serde_json::from_str(raw.get()).unwrap_or_default() }
}

/// The text of a scalar, a tagged one included; `None` for null.
fn scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    plain_scalar(raw).or_else(|| tagged(raw))
}

/// The text of a scalar: of a string what it says, of anything else its spelling; `None` for null.
fn plain_scalar(raw: &RawValue) -> Option<Cow<'_, str>> {
    let written = raw.get();
    match written.as_bytes().first()? {
        b'"' => serde_json::from_str::<Text<'_>>(written).ok().map(|text| text.0),
        b'n' | b'{' | b'[' => None,
        _ => Some(Cow::Borrowed(written)),
    }
}
