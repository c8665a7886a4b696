//! The parts of a tool: name, description, schemas, and the function that answers a call.

use super::{
    parameters::{self, ToolOptions},
    tool_error::ToolError,
    untrusted_text::{NOTICE, fenced_lines},
};
use crate::{
    index::Snapshot,
    query::Language,
    search::{Filters, ResolvedQuery, SearchParams, Searcher},
    serve::cursor::CursorCodec,
};
use rmcp::{
    handler::server::tool::{schema_for_input, schema_for_output},
    model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Write as _, sync::Arc};

/// Approximate limit of a result, in bytes of JSON, for each of its two forms.
pub(super) const ROOM: usize = 19_000;

/// One row of the table of tools.
pub(super) struct ToolRow {
    pub name: &'static str,
    pub title: &'static str,
    /// What it does and when to use it.
    pub description: &'static str,
    /// The search options that it takes.
    pub options: ToolOptions,
    /// The schema of its own arguments.
    pub own: fn() -> Option<Arc<JsonObject>>,
    pub output: fn() -> Arc<JsonObject>,
    pub work: fn(&Call<'_>) -> Result<Reply, ToolError>,
}

/// The schema of an argument type.
pub(super) fn input<T: JsonSchema + 'static>() -> Option<Arc<JsonObject>> {
    schema_for_input::<T>().ok()
}

/// The schema of a result type.
pub(super) fn output<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    schema_for_output::<T>()
}

/// A call of a tool on one snapshot.
pub(super) struct Call<'c> {
    pub snapshot: &'c dyn Snapshot,
    pub language: &'c Language,
    pub arguments: &'c JsonObject,
    /// The query.
    pub words: String,
    /// The search options.
    pub params: SearchParams,
    pub cursors: CursorCodec,
}

/// The result of a tool: text for the model, structured content for programs.
#[derive(Debug)]
pub(super) struct Reply {
    text: String,
    value: serde_json::Value,
}

impl ToolRow {
    /// The tool as announced to clients.
    pub(super) fn told(&self) -> Tool {
        let hints = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        Tool::new(self.name, self.description, Arc::new(self.schema()))
            .with_title(self.title)
            .with_raw_output_schema((self.output)())
            .with_annotations(hints)
    }

    /// The schema of all arguments: query and options, then its own. Others are not allowed.
    fn schema(&self) -> JsonObject {
        let mut schema = (self.own)().map(|own| (*own).clone()).unwrap_or_default();
        let mut properties = self.options.properties();
        if let Some(serde_json::Value::Object(own)) = schema.remove("properties") {
            properties.extend(own);
        }
        let mut required: Vec<serde_json::Value> =
            self.options.required().into_iter().map(Into::into).collect();
        if let Some(serde_json::Value::Array(own)) = schema.remove("required") {
            required.extend(own);
        }
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), properties.into());
        schema.insert("additionalProperties".into(), false.into());
        schema
    }

    /// Answers a call.
    pub(super) fn call(
        &self,
        snapshot: &dyn Snapshot,
        language: &Language,
        arguments: JsonObject,
    ) -> Result<Reply, ToolError> {
        parameters::known(&arguments, &self.schema())?;
        let arguments = &parameters::given(arguments);
        let cursors = CursorCodec::new(
            snapshot.generation(),
            self.name,
            arguments.iter().map(|(name, value)| (name, value.to_string())),
        );
        let (words, params) = self.options.read(arguments)?;
        (self.work)(&Call { snapshot, language, arguments, words, params, cursors })
    }
}

impl Call<'_> {
    /// The searcher for the call's snapshot.
    pub(super) fn searcher(&self) -> Searcher<'_> {
        Searcher::new(self.snapshot, self.language)
    }

    /// The tool's own arguments.
    pub(super) fn own<T: DeserializeOwned>(&self) -> Result<T, ToolError> {
        parameters::read(self.arguments)
    }

    /// The query and the filters, resolved.
    pub(super) fn asked(&self) -> Result<ResolvedQuery, ToolError> {
        Ok(self.searcher().resolve(&self.words, &self.params.filters)?)
    }

    /// These filters alone, resolved.
    pub(super) fn filtered(&self, filters: &Filters) -> Result<ResolvedQuery, ToolError> {
        Ok(self.searcher().resolve("", filters)?)
    }
}

impl Reply {
    /// A result of text and structured content.
    pub(super) fn new(text: String, value: &impl Serialize) -> Result<Self, ToolError> {
        let value = serde_json::to_value(value).map_err(|_| ToolError::fault())?;
        Ok(Self { text, value })
    }

    /// The result in the protocol's form.
    pub(super) fn result(self) -> CallToolResult {
        let mut result = CallToolResult::structured(self.value);
        result.content = vec![ContentBlock::text(self.text)];
        result
    }
}

/// The head of a result's text: a line, notes of our own, [`NOTICE`], and the notes on the query, which may hold names of
/// the index.
pub(super) fn headed(line: &str, own: &[String], notes: &[String]) -> String {
    let mut text = format!("{line}\n");
    for note in own {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str(NOTICE);
    text.push('\n');
    text.push_str(&fenced_lines("notes", notes.iter().map(|note| format!("note: {note}"))));
    text
}

/// A count with its noun: `1 article`, `2 articles`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// Approximate length of a text as JSON, in bytes.
pub(super) fn weight(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'"' | b'\\' | b'\n') { 2 } else { 1 }).sum()
}
