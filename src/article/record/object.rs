//! A record that is a JSON object.
//!
//! Its members are the keys of the article. Where none of them is a title or a text, but an object among them has one, as
//! in `{"data": {"title": …}}`, the members of that object are read beside them.

use super::{Draft, MAX_KEYS_SAID, Outline, Unread};
use crate::article::{
    Keys,
    front::{Entry, Object, shorten},
};
use serde_json::Error;

/// At most this many objects are around the one that has the title or the text.
const MAX_WRAPPERS: usize = 4;

/// Reads an object. Codes: `invalid-utf8`, `bad-record`.
pub(super) fn read<'t>(bytes: &'t [u8], keys: &Keys) -> Result<Draft<'t>, Unread> {
    Ok(Draft { entries: entries(&object(bytes)?, keys, MAX_WRAPPERS), body: None })
}

/// What an object holds. Codes: `invalid-utf8`, `bad-record`.
pub(super) fn outline(bytes: &[u8], keys: &Keys) -> Result<Outline, Unread> {
    let object = object(bytes)?;
    let own = object.entries();
    let (has_title, has_text) = (keys.have_title(&own), keys.have_body(&own));
    let has_inner = !has_title && !has_text && keys.have_text(&entries(&object, keys, MAX_WRAPPERS));
    let keys = own.iter().take(MAX_KEYS_SAID).map(|(key, _)| shorten(key)).collect();
    Ok(Outline { has_title, has_text, has_inner, keys })
}

fn object(bytes: &[u8]) -> Result<Object<'_>, Unread> {
    let text = std::str::from_utf8(bytes).map_err(|error| Unread {
        code: "invalid-utf8",
        reason: format!("the record is not UTF-8: {error}"),
    })?;
    Object::read(text).map_err(|error| {
        let reason = format!("the record is not a JSON object: {}", in_record(&error));
        Unread { code: "bad-record", reason }
    })
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
