//! Reads a schema file from YAML; an error has the line.

use super::{FieldDef, FieldKind, Schema};
use crate::article::BuiltIn;
use serde::Deserialize;

/// The version of the file format that this crate reads.
pub(super) const VERSION: u32 = 1;

/// Names that mean something else in a query or an answer.
const RESERVED: [&str; 16] = [
    "about", "date", "day", "key", "line", "market", "mentions", "month", "near", "path", "query", "rank",
    "score", "ticker", "venue", "year",
];

/// What is wrong with a schema file.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct SchemaError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    fields: serde_yaml::Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    kind: FieldKind,
    #[serde(default)]
    from: Vec<String>,
    stored: Option<bool>,
    search: Option<bool>,
    count: Option<bool>,
    boost: Option<f32>,
}

/// Reads a file whose rows are added to, or replace, those of `base`.
pub(super) fn schema(text: &str, base: &[FieldDef]) -> Result<Schema, SchemaError> {
    let file: File = serde_yaml::from_str(text).map_err(|error| SchemaError {
        line: error.location().map_or(1, |place| place.line()),
        message: without_place(&error.to_string()),
    })?;
    if file.version != VERSION {
        let message = format!("unknown version {}; this newsdex reads version {VERSION}", file.version);
        return Err(SchemaError { line: line_of(text, "version"), message });
    }
    let mut fields = base.to_vec();
    for (name, row) in file.fields {
        let field = name.as_str().ok_or_else(|| "a field name must be text".to_owned());
        let field = field.and_then(|name| read_field(name, row));
        let field = field.map_err(|message| SchemaError {
            line: line_of(text, name.as_str().unwrap_or("fields")),
            message,
        })?;
        match fields.iter_mut().find(|known| known.name == field.name) {
            Some(known) => *known = field,
            None => fields.push(field),
        }
    }
    check_own(&fields).map_err(|message| SchemaError { line: line_of(text, "fields"), message })?;
    Ok(Schema { fields, file: None })
}

/// Checks that every built-in field is there and has its kind.
pub(super) fn check_own(fields: &[FieldDef]) -> Result<(), String> {
    let is_there = |own: &BuiltIn| {
        fields.iter().any(|field| field.name == own.name() && field.kind == FieldKind::of(*own))
    };
    match BuiltIn::ALL.iter().find(|own| !is_there(own)) {
        Some(missing) => Err(format!("field `{}` is missing", missing.name())),
        None => Ok(()),
    }
}

fn read_field(name: &str, row: serde_yaml::Value) -> Result<FieldDef, String> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !plain || name.len() > 40 {
        return Err(format!(
            "`{name}` is not a valid field name: use at most 40 lower-case letters, digits and `_`"
        ));
    }
    if RESERVED.contains(&name) {
        return Err(format!("`{name}` is not a valid field name: queries use it already"));
    }
    let row: Row = serde_yaml::from_value(row)
        .map_err(|error| format!("field `{name}`: {}", without_place(&error.to_string())))?;
    let kind = row.kind;
    let own = BuiltIn::named(name);
    match own.map(FieldKind::of) {
        Some(fixed) if fixed != kind => {
            return Err(format!("field `{name}` has the kind {}, which cannot be changed", fixed.as_str()));
        }
        None if row.from.is_empty() => {
            return Err(format!("field `{name}` needs `from`: the front-matter keys that hold its value"));
        }
        _ => {}
    }
    let boost = row.boost.unwrap_or(1.0);
    if !(boost.is_finite() && boost > 0.0 && boost <= 1000.0) {
        return Err(format!("field `{name}`: boost {boost} is not over 0 and at most 1000"));
    }
    let text = kind == FieldKind::Text;
    let search = row.search.unwrap_or(text);
    if search && !matches!(kind, FieldKind::Text | FieldKind::Keyword) {
        return Err(format!("field `{name}`: only text and keyword fields can have `search: true`"));
    }
    let (stored, count) = (row.stored.unwrap_or(text), row.count.unwrap_or(!text));
    if !count && matches!(own, Some(BuiltIn::Id | BuiltIn::Locale | BuiltIn::Kind | BuiltIn::Symbol)) {
        return Err(format!("field `{name}` needs `count: true`: answers read it from its column"));
    }
    if text && count {
        return Err(format!("field `{name}`: text fields cannot have `count: true`; make it a keyword"));
    }
    Ok(FieldDef { name: name.to_owned(), kind, from: row.from, stored, search, count, boost })
}

/// The line of a key, from 1; 1 if the key is not found.
fn line_of(text: &str, key: &str) -> usize {
    let stands = |line: &str| {
        let rest = line.trim_start().trim_start_matches(['"', '\'']).strip_prefix(key);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    text.lines().position(stands).map_or(1, |index| index + 1)
}

/// An error of the YAML parser without the line and column at its end.
fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}
