//! Reads the arguments of tools, which have the names of the command line's options. Errors name the argument.

use super::tool_error::ToolError;
use crate::{
    query::distance,
    search::{OPTIONS, OptionRow, OptionValue, SearchOption, SearchParams},
    serve::json_schema,
};
use rmcp::model::JsonObject;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::ops::RangeInclusive;

/// At most this many texts per option.
const MAX_TEXTS: usize = 50;
/// At most this many fields to count by, and values of each per page.
const MAX_FIELDS: usize = 4;
const MAX_VALUES: usize = 100;

/// All whole numbers below this one, 2^53, are exact as floats.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// Which search options a tool takes, besides its own arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToolOptions {
    /// Nothing.
    Nothing,
    /// A query and filters.
    Filters,
    /// A query, filters, and options for showing hits.
    Hits,
    /// A query, filters, and options for counting.
    Counts,
}

/// The help of `query`.
const QUERY: &str = "Query in the query language: words (any English form), \"phrases\", OR, -excluded, near/5, batter*, \
    title:word, symbol:600586, about:TSLA, date:2025-03. Without it, all articles match that pass the filters.";

/// At most this many hits per page.
const MAX_LIMIT: usize = 50;

/// The bounds of a number, or of how many texts an option takes.
fn bounds(option: SearchOption) -> RangeInclusive<usize> {
    match option {
        SearchOption::Limit => 1..=MAX_LIMIT,
        SearchOption::By => 1..=MAX_FIELDS,
        SearchOption::Values => 1..=MAX_VALUES,
        several if several.is_several() => 0..=MAX_TEXTS,
        other => other.range(),
    }
}

impl ToolOptions {
    /// The rows of these options.
    fn rows(self) -> impl Iterator<Item = &'static OptionRow> {
        use SearchOption::{By, Limit, Prefer, Recency, Sort, Stories, Values};
        OPTIONS.iter().filter(move |row| match self {
            Self::Nothing => false,
            Self::Filters => row.option.is_filter(),
            Self::Hits => {
                row.option.is_filter() || matches!(row.option, Sort | Recency | Limit | Stories | Prefer)
            }
            Self::Counts => row.option.is_filter() || matches!(row.option, By | Values),
        })
    }

    /// The schemas of the arguments, by name.
    pub(super) fn properties(self) -> JsonObject {
        let mut properties = JsonObject::new();
        if self != Self::Nothing {
            properties.insert("query".into(), json!({"type": "string", "description": QUERY}));
        }
        for row in self.rows() {
            let mut schema = json_schema::of_option(row, bounds);
            if row.option.is_several() {
                let description = schema.as_object_mut().and_then(|keys| keys.remove("description"));
                schema = json!({"anyOf": [{"type": "string"}, schema], "description": description});
            }
            properties.insert(row.name.to_owned(), schema);
        }
        properties
    }

    /// The names of the arguments that must be given.
    pub(super) fn required(self) -> Vec<&'static str> {
        self.rows().filter(|row| row.option.is_required()).map(|row| row.name).collect()
    }

    /// Reads the query and the options from [`given`] arguments.
    pub(super) fn read(self, arguments: &JsonObject) -> Result<(String, SearchParams), ToolError> {
        let text = |name: &str, value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(ToolError::of(name, "expected a string")),
        };
        let texts = |name: &str, value: &Value| match value {
            Value::String(text) => Ok(vec![text.clone()]),
            Value::Array(texts) => texts.iter().map(|one| text(name, one)).collect(),
            _ => Err(ToolError::of(name, "expected a string or a list of strings")),
        };
        let mut params = SearchParams::default();
        let words = arguments.get("query").map_or_else(|| Ok(String::new()), |value| text("query", value))?;
        for row in self.rows() {
            let Some(value) = arguments.get(row.name) else {
                if row.option.is_required() {
                    return Err(ToolError::of(row.name, "is required"));
                }
                continue;
            };
            let values = match (&row.value, value) {
                (OptionValue::Texts(_), _) => texts(row.name, value)?,
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
            let bounds = bounds(row.option);
            if row.option.is_several() && !bounds.contains(&params.count(row.option)) {
                let message = format!("takes {} to {} values", bounds.start(), bounds.end());
                return Err(ToolError::of(row.name, message));
            }
        }
        Ok((words, params))
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

/// The arguments as an agent means them: null and empty strings are absent, and a whole number in the form of a float is
/// an integer, which it is in JSON Schema.
pub(super) fn given(arguments: JsonObject) -> JsonObject {
    #[expect(clippy::cast_possible_truncation, reason = "the number is whole and small enough to be exact")]
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < MAX_EXACT).then_some(number as i64);
    let meant = |value: Value| match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().and_then(whole).map_or(Value::Number(number), Value::from)
        }
        other => other,
    };
    let is_given = |value: &Value| !value.is_null() && value != "";
    arguments
        .into_iter()
        .filter(|(_, value)| is_given(value))
        .map(|(name, value)| (name, meant(value)))
        .collect()
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
    Err(ToolError::new(error.to_string()))
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
