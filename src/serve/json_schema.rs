//! JSON Schemas of the types of requests and responses.

use crate::search::{OptionRow, OptionValue, SearchOption};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::ops::RangeInclusive;

/// The schema of a type with all subschemas inlined. `OpenAPI` 3.1 uses JSON Schema 2020-12.
pub(super) fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> Map<String, Value> {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    let mut schema = schema.as_object().cloned().unwrap_or_default();
    schema.retain(|key, _| key != "$schema" && key != "title");
    schema
}

/// The parameters of a type, each with its schema.
pub(super) fn properties<P: JsonSchema>() -> Map<String, Value> {
    match schema_of::<P>(SchemaSettings::draft2020_12()).remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

/// The schema of an option, with its help. `bounds` are those of a number, or of how many texts there may be.
pub(super) fn of_option(
    row: &OptionRow,
    bounds: impl FnOnce(SearchOption) -> RangeInclusive<usize>,
) -> Value {
    let mut schema = match &row.value {
        OptionValue::Texts(_) => texts(&bounds(row.option)),
        OptionValue::Text(_) => json!({"type": "string"}),
        OptionValue::Word(words) => {
            json!({"type": "string", "enum": words})
        }
        OptionValue::Number(default, _) => {
            let bounds = bounds(row.option);
            let mut schema = json!({"type": "integer", "minimum": bounds.start(), "maximum": bounds.end()});
            if let Some(default) = default {
                schema["default"] = (*default).into();
            }
            schema
        }
        OptionValue::Flag => json!({"type": "boolean", "default": false}),
    };
    let details = if row.details.is_empty() { String::new() } else { format!(". {}", row.details) };
    schema["description"] = format!("{}{details}", row.help).into();
    schema
}

/// The schema of a list of texts, as many as `bounds` says.
fn texts(bounds: &RangeInclusive<usize>) -> Value {
    let mut schema = json!({"type": "array", "items": {"type": "string"}});
    if *bounds.start() > 0 {
        schema["minItems"] = (*bounds.start()).into();
    }
    if *bounds.end() < usize::MAX {
        schema["maxItems"] = (*bounds.end()).into();
    }
    schema
}
