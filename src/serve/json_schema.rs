//! JSON Schemas of the types that requests are read from and answers are written as.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value};

/// The schema of a type, whole. `OpenAPI` 3.1 has the JSON Schema of 2020.
pub(super) fn schema_of<T: JsonSchema>(settings: SchemaSettings) -> Map<String, Value> {
    let settings = settings.with(|settings| settings.inline_subschemas = true);
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    let mut schema = schema.as_object().cloned().unwrap_or_default();
    schema.retain(|key, _| key != "$schema" && key != "title");
    schema
}

/// The parameters that a type is read from, each with its schema.
pub(super) fn properties<P: JsonSchema>() -> Map<String, Value> {
    match schema_of::<P>(SchemaSettings::draft2020_12()).remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}
