//! Reads the arguments of tools, which have the names of the command line's options. Errors name the argument.

use super::tool_error::ToolError;
use crate::{
    query::distance,
    search::{OPTIONS, OptionRow, OptionValue, SearchOption, SearchParams},
    serve::json_schema,
};
use rmcp::model::JsonObject;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{borrow::Cow, ops::RangeInclusive};

/// At most this many values per filter.
const MAX_VALUES: usize = 50;

/// Which search options a tool takes, besides its own arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToolOptions {
    /// Nothing.
    Nothing,
    /// A query and filters.
    Filters,
    /// A query, filters, and options for showing hits.
    Hits,
}

/// The help of `query`.
const QUERY: &str = "Query in the query language: words (any English form), \"phrases\", OR, -excluded, near/5, batter*, \
    title:word, symbol:600586, about:TSLA, date:2025-03. Without it, all articles match that pass the filters.";

/// At most this many hits per page.
const MAX_LIMIT: usize = 50;

/// The bounds of a number.
fn bounds(option: SearchOption) -> RangeInclusive<usize> {
    match option {
        SearchOption::Limit => 1..=MAX_LIMIT,
        other => other.range(),
    }
}

impl ToolOptions {
    /// The rows of these options.
    fn rows(self) -> impl Iterator<Item = &'static OptionRow> {
        use SearchOption::{Limit, Prefer, Recency, Sort, Stories};
        OPTIONS.iter().filter(move |row| match self {
            Self::Nothing => false,
            Self::Filters => row.option.is_filter(),
            Self::Hits => {
                row.option.is_filter() || matches!(row.option, Sort | Recency | Limit | Stories | Prefer)
            }
        })
    }

    /// The schemas of the arguments, by name.
    pub(super) fn properties(self) -> JsonObject {
        let mut properties = JsonObject::new();
        if self != Self::Nothing {
            properties.insert("query".into(), json!({"type": "string", "description": QUERY}));
        }
        for row in self.rows() {
            let schema = json_schema::of_option(row, Texts::schema(), || bounds(row.option));
            properties.insert(row.name.to_owned(), schema);
        }
        properties
    }

    /// Reads the query and the options. Empty strings count as absent.
    pub(super) fn read(self, arguments: &JsonObject) -> Result<(String, SearchParams), ToolError> {
        let text = |name: &str, value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(ToolError::of(name, "expected a string")),
        };
        let given = |name: &str| arguments.get(name).filter(|value| !value.is_null());
        let mut params = SearchParams::default();
        let words = given("query").map_or_else(|| Ok(String::new()), |value| text("query", value))?;
        for row in self.rows() {
            let Some(value) = given(row.name) else { continue };
            let values = match (&row.value, value) {
                (OptionValue::Texts(_), _) => {
                    let texts = serde_json::from_value(value.clone());
                    listed(row.name, Some(texts.map_err(|error| ToolError::of(row.name, error))?))?
                }
                (OptionValue::Flag, Value::Bool(flag)) => vec![flag.to_string()],
                (OptionValue::Flag, _) => return Err(ToolError::of(row.name, "expected true or false")),
                (OptionValue::Number(..), Value::Number(number)) => {
                    let limit = within(row.name, number.as_i64().or(Some(-1)), bounds(row.option), 0)?;
                    vec![limit.to_string()]
                }
                (OptionValue::Number(..), _) => return Err(ToolError::of(row.name, "expected a number")),
                (OptionValue::Text(_) | OptionValue::Word(_), _) => vec![text(row.name, value)?],
            };
            for value in values.iter().filter(|value| !value.is_empty()) {
                params.set(row.option, value)?;
            }
        }
        Ok((words, params))
    }
}

/// One text or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(super) enum Texts {
    One(String),
    Several(Vec<String>),
}

/// The texts of an argument. Fails if there are more than [`MAX_VALUES`].
pub(super) fn listed(name: &str, texts: Option<Texts>) -> Result<Vec<String>, ToolError> {
    let texts = match texts {
        None => Vec::new(),
        Some(Texts::One(text)) => vec![text],
        Some(Texts::Several(texts)) => texts,
    };
    if texts.len() > MAX_VALUES {
        return Err(ToolError::of(name, format!("at most {MAX_VALUES} values are allowed")));
    }
    Ok(texts)
}

impl JsonSchema for Texts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Self::schema().try_into().unwrap_or_default()
    }
}

impl Texts {
    fn schema() -> Value {
        json!({
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "maxItems": MAX_VALUES }
            ]
        })
    }
}

/// The number or its default. Fails if it is out of bounds.
pub(super) fn within(
    name: &str,
    number: Option<i64>,
    bounds: RangeInclusive<usize>,
    default: usize,
) -> Result<usize, ToolError> {
    let Some(number) = number else { return Ok(default) };
    let number = usize::try_from(number).ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        ToolError::of(name, format!("must be a number from {} to {}", bounds.start(), bounds.end()))
    })
}

/// Reads a tool's own arguments, and ignores others.
pub(super) fn read<T: DeserializeOwned>(arguments: &JsonObject) -> Result<T, ToolError> {
    let error = match serde_json::from_value(Value::Object(arguments.clone())) {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    // The error does not name the argument: find the one that fails alone in the same way.
    for (name, value) in arguments {
        let alone = JsonObject::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = serde_json::from_value::<T>(Value::Object(alone))
            && !error.to_string().starts_with("missing field")
        {
            return Err(ToolError::of(name, error));
        }
    }
    Err(ToolError(error.to_string()))
}

/// Rejects arguments that the schema does not have.
pub(super) fn known(arguments: &JsonObject, schema: &JsonObject) -> Result<(), ToolError> {
    let Some(Value::Object(properties)) = schema.get("properties") else { return Ok(()) };
    let Some(unknown) = arguments.keys().find(|name| !properties.contains_key(*name)) else { return Ok(()) };
    let unknown: String = unknown.chars().take(100).collect();
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    let near =
        names.iter().min_by_key(|name| distance(name, &unknown)).filter(|name| distance(name, &unknown) <= 2);
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let message = format!("unknown parameter; {near}Use {}", names.join(", "));
    Err(ToolError::of(&format!("`{unknown}`"), message.replace("; Use", "; use")))
}
