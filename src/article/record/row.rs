//! A record that is a row of CSV.

use super::{Draft, Unread};
use crate::article::front::Value;
use std::borrow::Cow;

/// The columns of a file: what divides them, and their names.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    delimiter: u8,
    names: Vec<String>,
}

impl Columns {
    /// Those of a head: the delimiter, and the row of names.
    pub(super) fn of(head: &[u8]) -> Self {
        let (delimiter, row) = head.split_first().unwrap_or((&b',', &[]));
        let names = row_fields(row, *delimiter).into_iter().map(|name| name.trim().to_owned()).collect();
        Self { delimiter: *delimiter, names }
    }

    /// Reads a row. Codes: `invalid-utf8`, `bad-record`.
    pub(super) fn read<'t>(&self, bytes: &'t [u8]) -> Result<Draft<'t>, Unread> {
        if let Err(error) = std::str::from_utf8(bytes) {
            let reason = format!("the record is not UTF-8: {error}");
            return Err(Unread { code: "invalid-utf8", reason });
        }
        let fields = row_fields(bytes, self.delimiter);
        if fields.len() < self.names.len() {
            let reason = format!("the row has {} columns instead of {}", fields.len(), self.names.len());
            return Err(Unread { code: "bad-record", reason });
        }
        let named = self.names.iter().zip(fields).filter(|(name, _)| !name.is_empty());
        let entries = named.map(|(name, field)| (Cow::Owned(name.clone()), Value::Text(field)));
        Ok(Draft { entries: entries.collect(), body: None })
    }
}

/// The fields of a row (RFC 4180): those in quotes without them. What is behind a closing quote belongs to the field.
#[must_use]
pub fn row_fields(row: &[u8], delimiter: u8) -> Vec<Cow<'_, str>> {
    let mut fields = Vec::new();
    let mut rest = row;
    loop {
        let (quoted, behind) = match rest.strip_prefix(b"\"") {
            Some(inside) => {
                let end = closing_quote(inside);
                (Some(&inside[..end]), inside.get(end + 1..).unwrap_or_default())
            }
            None => (None, rest),
        };
        let end = memchr::memchr(delimiter, behind);
        let plain = String::from_utf8_lossy(&behind[..end.unwrap_or(behind.len())]);
        fields.push(match quoted.map(String::from_utf8_lossy) {
            None => plain,
            Some(quoted) if plain.is_empty() && !quoted.contains('"') => quoted,
            Some(quoted) => Cow::Owned(quoted.replace("\"\"", "\"") + &plain),
        });
        match end {
            Some(end) => rest = &behind[end + 1..],
            None => return fields,
        }
    }
}

/// Where the closing quote of a field is, or its end; two quotes are one in the field.
fn closing_quote(inside: &[u8]) -> usize {
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'"', &inside[from..]) {
        if inside.get(from + at + 1) != Some(&b'"') {
            return from + at;
        }
        from += at + 2;
    }
    inside.len()
}
