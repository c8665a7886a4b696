//! A record that is a JSON object.
//!
//! Its members are the keys of the article. Where none of them is a title or a text, but an object among them has one, as
//! in `{"data": {"title": …}}`, the members of that object are read beside them.
//!
//! A record may also be a member of an object of records, `"key": {…}`. Its key is then the value of [`KEY`]. It is no id, since
//! programs that write such objects often number their members.

use super::{
    Draft, MAX_KEYS_SAID, MAX_WRAPPERS, Outline, Unread, cut,
    lenient::{has_half_character, mended},
    no_article,
};
use crate::{
    article::{
        Keys,
        encoding::not_utf8,
        front::{Entry, Object, Value, owned, shorten},
    },
    problem::{Message, Problem},
};
use serde_json::Error;
use std::borrow::Cow;

/// The key under which the key of a member is kept.
const KEY: &str = "key";

/// Reads an object. Code: `bad-record`. Problems: `invalid-utf8`, `json-repaired`, `field-too-long`.
pub(super) fn read<'t>(
    bytes: &'t [u8],
    keys: &Keys,
    problems: &mut Vec<Problem>,
) -> Result<Draft<'t>, Unread> {
    let entries = match valid(bytes) {
        Some(object) => {
            problems.extend(too_many(&object));
            entries(&object, keys, MAX_WRAPPERS)
        }
        None => with_rewritten(bytes, problems, |key, object| {
            let mut entries: Vec<Entry<'static>> =
                entries(object, keys, MAX_WRAPPERS).into_iter().map(owned).collect();
            entries.extend(key.map(|key| (Cow::Borrowed(KEY), Value::Text(Cow::Owned(key.to_owned())))));
            entries
        })?,
    };
    if has_half_character(bytes) {
        let message = "an escape in the record is half of a character; it became U+FFFD".to_owned();
        problems.push(Problem::new("json-repaired", 0..0, Message::verbatim(message)));
    }
    Ok(Draft { entries, body: None })
}

/// What an object holds. Code: `bad-record`.
pub(super) fn outline(bytes: &[u8], keys: &Keys) -> Result<Outline, Unread> {
    match valid(bytes) {
        Some(object) => Ok(outline_of(&object, keys)),
        None => with_rewritten(bytes, &mut Vec::new(), |_, object| outline_of(object, keys)),
    }
}

fn outline_of(object: &Object<'_>, keys: &Keys) -> Outline {
    let own = object.entries();
    let (has_title, has_text) = (keys.have_title(&own), keys.have_body(&own));
    let has_inner = !has_title && !has_text && keys.have_text(&entries(object, keys, MAX_WRAPPERS));
    let mut outline = Outline { has_title, has_text, has_inner, complaint: String::new() };
    if !outline.is_article() {
        let names: Vec<String> = own.iter().take(MAX_KEYS_SAID).map(|(key, _)| shorten(key)).collect();
        outline.complaint = no_article(&names, keys.have_summary(&own), keys);
    }
    outline
}

/// The object that bytes are without a mistake.
fn valid(bytes: &[u8]) -> Option<Object<'_>> {
    Object::read(std::str::from_utf8(bytes).ok()?).ok()
}

/// Calls `read` with the object that bytes are with small mistakes, or with the key and the object of a member.
fn with_rewritten<T>(
    bytes: &[u8],
    problems: &mut Vec<Problem>,
    read: impl FnOnce(Option<&str>, &Object<'_>) -> T,
) -> Result<T, Unread> {
    let refused = |error: &Error| Unread {
        code: "bad-record",
        reason: format!("the record is not a JSON object: {}", in_record(error)),
    };
    let is_member = bytes.starts_with(b"\"");
    let mut text = String::from_utf8_lossy(bytes);
    if is_member {
        text = Cow::Owned(format!("{{{text}}}"));
    }
    let mistake = Object::read(&text).err();
    if mistake.is_some() {
        text = Cow::Owned(mended(&text));
    }
    let object = Object::read(&text).map_err(|error| refused(mistake.as_ref().unwrap_or(&error)))?;
    if std::str::from_utf8(bytes).is_err() {
        problems.push(not_utf8(bytes));
    }
    if let Some(error) = mistake {
        let message = format!("the record is not valid JSON: {}; it was mended", in_record(&error));
        problems.push(Problem::new("json-repaired", 0..0, Message::verbatim(message)));
    }
    if !is_member {
        problems.extend(too_many(&object));
        return Ok(read(None, &object));
    }
    let member = object.objects().next();
    let (key, inner) = member
        .ok_or_else(|| Unread { code: "bad-record", reason: "the record is not a JSON object".to_owned() })?;
    problems.extend(too_many(&inner));
    Ok(read(Some(key), &inner))
}

/// The problem of an object that has more keys than are read.
fn too_many(object: &Object<'_>) -> Option<Problem> {
    Some(cut("keys", object.cut()?))
}

/// The entries of an object; those of an object in it that has a title or a text come before the others.
fn entries<'t>(object: &Object<'t>, keys: &Keys, wrappers: usize) -> Vec<Entry<'t>> {
    let mut entries = object.entries();
    if wrappers == 0 || keys.have_text(&entries) {
        return entries;
    }
    for (key, inner) in object.objects() {
        let mut read = self::entries(&inner, keys, wrappers - 1);
        if keys.have_text(&read) {
            entries.retain(|(outer, _)| outer != key);
            read.append(&mut entries);
            return read;
        }
    }
    entries
}

/// The message of an error. Its line is one of the record.
fn in_record(error: &Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    format!("{}, line {} of the record, column {}", &message[..end], error.line(), error.column())
}
