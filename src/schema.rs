//! How each part of an article is kept: the table of `schema/article.yaml`, and the values of each row.
//!
//! The table is the one definition of an index. Engines only loop over it: [`FieldDef`] says how a field
//! is kept, [`Schema::values`] says what it holds for an article. A user's own table adds rows to the
//! built-in one, so that `author: wang` in front matter becomes a field without a line of code.

mod keys;
mod read;
mod values;

pub use keys::{MAX_KEY_VALUE, MAX_KEY_VALUES, MAX_KEYS, comparable};
pub use read::SchemaError;
pub use values::Value;

use crate::{
    article::{self, BuiltIn},
    query,
};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// The built-in table.
const BUILT_IN: &str = include_str!("../schema/article.yaml");

/// The fields that are shown and have no column.
const SHOWN: [BuiltIn; 5] =
    [BuiltIn::Title, BuiltIn::Description, BuiltIn::Body, BuiltIn::Url, BuiltIn::Related];

/// How a field is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Words with their positions: found by word and by phrase.
    Text,
    /// A short value: found by its words, counted as a whole.
    Keyword,
    /// A path such as `/CN/SH/600586`: found and counted at each of its levels.
    Facet,
    /// An instant in UTC: found by range, sorted by.
    Date,
    /// A number: found by range.
    Number,
}

impl FieldKind {
    /// The kind of a built-in field, which a user's schema cannot change.
    fn of(field: BuiltIn) -> Self {
        match field {
            BuiltIn::Title | BuiltIn::Description | BuiltIn::Body => Self::Text,
            BuiltIn::Id | BuiltIn::Locale | BuiltIn::Kind | BuiltIn::Url | BuiltIn::Related => Self::Keyword,
            BuiltIn::Published => Self::Date,
            BuiltIn::Symbol => Self::Facet,
            BuiltIn::Nsymbols => Self::Number,
        }
    }

    /// The name of the kind in a schema file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Keyword => "keyword",
            Self::Facet => "facet",
            Self::Date => "date",
            Self::Number => "number",
        }
    }
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldDef {
    /// The name by which queries and answers call the field.
    pub name: String,
    /// How it is kept.
    pub kind: FieldKind,
    /// The front-matter keys that it may come from, the first one present winning.
    pub from: Vec<String>,
    /// Whether the index stores the value to show it. This is about texts: columns of keywords, facets, dates
    /// and numbers are always readable.
    pub stored: bool,
    /// Whether plain words of a query are looked up in this field.
    pub search: bool,
    /// Whether values are kept in a column, so that they can be counted.
    pub count: bool,
    /// The weight of a match here, relative to a match in a field of boost 1.
    pub boost: f32,
}

impl FieldDef {
    /// The built-in field that this is; none for one of a user's schema.
    #[must_use]
    pub fn built_in(&self) -> Option<BuiltIn> {
        BuiltIn::named(&self.name)
    }

    /// How this row, which is the index's, differs from the row of the same name in another table; `None` if
    /// it does not.
    fn differs_from(&self, other: &Self) -> Option<String> {
        let mut parts = Vec::new();
        if self.kind != other.kind {
            parts.push(format!("kind {} instead of {}", self.kind.as_str(), other.kind.as_str()));
        }
        if self.from != other.from {
            parts.push(format!("from [{}] instead of [{}]", self.from.join(", "), other.from.join(", ")));
        }
        let flags = [
            ("stored", self.stored, other.stored),
            ("search", self.search, other.search),
            ("count", self.count, other.count),
        ];
        for (name, ours, theirs) in flags.into_iter().filter(|(_, ours, theirs)| ours != theirs) {
            parts.push(format!("{name} {ours} instead of {theirs}"));
        }
        if self.boost.to_bits() != other.boost.to_bits() {
            parts.push(format!("boost {} instead of {}", self.boost, other.boost));
        }
        (!parts.is_empty()).then(|| format!("field `{}` has {} in the index", self.name, parts.join(", ")))
    }
}

/// The table of fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    fields: Vec<FieldDef>,
    /// The user's file that rows came from; [`Schema::differences`] ignores it.
    file: Option<PathBuf>,
}

impl Schema {
    /// The built-in table.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] if the built-in file is wrong; never in a released binary, as a test reads the file.
    pub fn built_in() -> Result<Self, SchemaError> {
        read::schema(BUILT_IN, &[])
    }

    /// The built-in table with the rows of a user's file added; a row replaces the row of the same name.
    ///
    /// # Errors
    ///
    /// [`SchemaError`] with the line, if the text is not YAML of this format, has an unknown version, has an
    /// invalid name or option, or changes the kind of a built-in field.
    pub fn extended_by(text: &str) -> Result<Self, SchemaError> {
        read::schema(text, &Self::built_in()?.fields)
    }

    /// The table of the rows that an index stores.
    ///
    /// # Errors
    ///
    /// A message that names a built-in field that is missing or has another kind.
    pub fn from_stored(fields: Vec<FieldDef>) -> Result<Self, String> {
        read::check_own(&fields)?;
        Ok(Self { fields, file: None })
    }

    /// The same table with the file that it was read from; a user's synonyms are beside that file.
    #[must_use]
    pub fn read_from(self, file: Option<PathBuf>) -> Self {
        Self { file, ..self }
    }

    /// The user's file that the table was read from, if there was one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The rows, in the order of the file.
    #[must_use]
    pub fn fields(&self) -> &[FieldDef] {
        &self.fields
    }

    /// The row of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The same table with the shown texts of articles stored in the index, or left in their files.
    #[must_use]
    pub fn with_texts(mut self, stored: bool) -> Self {
        for field in self
            .fields
            .iter_mut()
            .filter(|field| field.built_in().is_some_and(|shown| SHOWN.contains(&shown)))
        {
            field.stored = stored;
        }
        self
    }

    /// The shown fields that the index does not store: showing them needs the article's file.
    pub fn left_in_files(&self) -> impl Iterator<Item = &FieldDef> {
        self.fields
            .iter()
            .filter(|field| field.built_in().is_some_and(|shown| SHOWN.contains(&shown)) && !field.stored)
    }

    /// The front-matter keys of each member of an article.
    #[must_use]
    pub fn keys(&self) -> article::Keys {
        article::Keys::new(|member| {
            self.field(member.name()).map(|field| field.from.clone()).unwrap_or_default()
        })
    }

    /// The fields that a query may name, each with its kind in queries.
    #[must_use]
    pub fn query_fields(&self) -> query::Fields {
        let asked = self.fields.iter().map(|field| {
            let kind = match (field.built_in(), field.kind) {
                (Some(BuiltIn::Symbol), _) => query::FieldKind::Symbol,
                (_, FieldKind::Text) => query::FieldKind::Words,
                (_, FieldKind::Keyword) => query::FieldKind::Keyword,
                (_, FieldKind::Facet) => query::FieldKind::Path,
                (_, FieldKind::Date) => query::FieldKind::Date,
                (_, FieldKind::Number) => query::FieldKind::Number,
            };
            (field.name.clone(), kind)
        });
        query::Fields::new(asked.collect())
    }

    /// Whether a query has words that are scored: plain words, or words in a text field. Filters have none.
    #[must_use]
    pub fn ranks(&self, query: &query::Query) -> bool {
        let mut ranks = false;
        let text = |name: &str| self.field(name).is_some_and(|field| field.kind == FieldKind::Text);
        query.each_words(&mut |words| ranks |= words.field.as_deref().is_none_or(text));
        ranks
    }

    /// The table as a schema file; reading it gives the same table.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = format!("version: {}\nfields:\n", read::VERSION);
        for field in &self.fields {
            let _ = write!(text, "  {}: {{kind: {}", field.name, field.kind.as_str());
            if !field.from.is_empty() {
                let quoted: Vec<_> = field.from.iter().map(|key| quoted(key)).collect();
                let _ = write!(text, ", from: [{}]", quoted.join(", "));
            }
            let _ =
                write!(text, ", stored: {}, search: {}, count: {}", field.stored, field.search, field.count);
            let _ = writeln!(text, ", boost: {}}}", field.boost);
        }
        text
    }

    /// The differences between this table, which is the index's, and another: one line each, none if they are
    /// the same.
    #[must_use]
    pub fn differences(&self, other: &Schema) -> Vec<String> {
        let mut lines = Vec::new();
        for field in &self.fields {
            match other.field(&field.name) {
                None => lines.push(format!("field `{}` is only in the index", field.name)),
                Some(theirs) => lines.extend(field.differs_from(theirs)),
            }
        }
        let new = other.fields.iter().filter(|field| self.field(&field.name).is_none());
        lines.extend(new.map(|field| format!("field `{}` is not in the index", field.name)));
        lines
    }
}

/// A text as a double-quoted string of YAML, in ASCII.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            other => {
                let _ = write!(quoted, "\\U{:08X}", u32::from(other));
            }
        }
    }
    quoted + "\""
}
