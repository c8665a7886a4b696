//! A record that is a row of CSV.

use super::{Draft, Unread, cut};
use crate::{
    article::{encoding::not_utf8, front::Value},
    problem::Problem,
};
use std::borrow::Cow;

/// Maximum number of columns that are read. Spreadsheets have 16,384.
const MAX_COLUMNS: usize = 1 << 16;

/// The columns of a file: what divides them, the names of those that are read, and how many there are.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    delimiter: u8,
    names: Vec<String>,
    count: usize,
}

impl Columns {
    /// Those of a head: the delimiter, and the row of names.
    pub(super) fn of(head: &[u8]) -> Self {
        let (delimiter, row) = head.split_first().unwrap_or((&b',', &[]));
        let mut fields = row_fields(row, *delimiter);
        let names: Vec<String> =
            fields.by_ref().take(MAX_COLUMNS).map(|name| name.trim().to_owned()).collect();
        let count = names.len() + fields.count();
        Self { delimiter: *delimiter, names, count }
    }

    /// Reads a row. Code: `bad-record`. Problems: `invalid-utf8`, `field-too-long`.
    pub(super) fn read<'t>(
        &'t self,
        bytes: &'t [u8],
        problems: &mut Vec<Problem>,
    ) -> Result<Draft<'t>, Unread> {
        let (mut entries, mut count) = (Vec::new(), 0);
        for field in row_fields(bytes, self.delimiter) {
            if let Some(name) = self.names.get(count).filter(|name| !name.is_empty()) {
                entries.push((Cow::Borrowed(name.as_str()), Value::Text(field)));
            }
            count += 1;
        }
        if count < self.count {
            let reason = format!("the row has {count} columns instead of {}", self.count);
            return Err(Unread { code: "bad-record", reason });
        }
        if std::str::from_utf8(bytes).is_err() {
            problems.push(not_utf8(bytes));
        }
        if self.count > MAX_COLUMNS {
            problems.push(cut("columns", MAX_COLUMNS));
        }
        Ok(Draft { entries, body: None })
    }
}

/// The fields of a row (RFC 4180): those in quotes without them. What is behind a closing quote belongs to the field.
pub fn row_fields(row: &[u8], delimiter: u8) -> impl Iterator<Item = Cow<'_, str>> {
    let mut left = Some(row);
    std::iter::from_fn(move || {
        let rest = left?;
        let (quoted, behind) = match rest.strip_prefix(b"\"") {
            Some(inside) => {
                let end = closing_quote(inside);
                (Some(&inside[..end]), inside.get(end + 1..).unwrap_or_default())
            }
            None => (None, rest),
        };
        let end = memchr::memchr(delimiter, behind);
        left = end.map(|end| &behind[end + 1..]);
        let plain = String::from_utf8_lossy(&behind[..end.unwrap_or(behind.len())]);
        Some(match quoted.map(String::from_utf8_lossy) {
            None => plain,
            Some(quoted) if plain.is_empty() && !quoted.contains('"') => quoted,
            Some(quoted) => Cow::Owned(quoted.replace("\"\"", "\"") + &plain),
        })
    })
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
