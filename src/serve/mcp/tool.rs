//! What a tool is to the server: its name, when to use it, what it takes and gives, and the work that answers a call.

use super::{
    cursor::CursorCodec,
    parameters::{self, FilterParams},
    tool_error::ToolError,
    untrusted_text::NOTICE,
};
use crate::{
    index::Snapshot,
    query::Language,
    search::{Filters, ResolvedQuery, Searcher},
};
use rmcp::{
    handler::server::tool::{schema_for_input, schema_for_output},
    model::{CallToolResult, ContentBlock, JsonObject, Tool, ToolAnnotations},
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Write as _, sync::Arc};

/// A result has at most about so many bytes in each of its two forms, as it is written in JSON.
pub(super) const ROOM: usize = 19_000;

/// A tool.
pub(super) struct ToolRow {
    pub name: &'static str,
    pub title: &'static str,
    /// What it does and when to use it.
    pub description: &'static str,
    /// What it takes of its own.
    pub own: fn() -> Option<Arc<JsonObject>>,
    /// Whether it takes a query and filters as well.
    pub narrows: Option<fn() -> Option<Arc<JsonObject>>>,
    pub output: fn() -> Arc<JsonObject>,
    pub work: fn(&Call<'_>) -> Result<Reply, ToolError>,
}

/// What a type takes.
pub(super) fn input<T: JsonSchema + 'static>() -> Option<Arc<JsonObject>> {
    schema_for_input::<T>().ok()
}

/// What a type gives.
pub(super) fn output<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    schema_for_output::<T>()
}

/// A call of a tool on one commit of the index.
pub(super) struct Call<'c> {
    pub snapshot: &'c dyn Snapshot,
    pub language: &'c Language,
    pub arguments: &'c JsonObject,
    pub cursors: CursorCodec,
}

/// What a tool answers: for people and models, and for programs.
#[derive(Debug)]
pub(super) struct Reply {
    text: String,
    value: serde_json::Value,
}

impl ToolRow {
    /// The tool as clients are told of it.
    pub(super) fn told(&self) -> Tool {
        let hints = ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        Tool::new(self.name, self.description, Arc::new(self.schema()))
            .with_title(self.title)
            .with_raw_output_schema((self.output)())
            .with_annotations(hints)
    }

    /// What it takes: the query and filters first, then what is its own; nothing else.
    fn schema(&self) -> JsonObject {
        let mut schema = JsonObject::new();
        for part in self.narrows.iter().chain([&self.own]).filter_map(|part| part()) {
            for (name, value) in part.iter() {
                match (schema.get_mut(name), value) {
                    (Some(serde_json::Value::Object(known)), serde_json::Value::Object(more)) => {
                        known.extend(more.clone());
                    }
                    _ => {
                        schema.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        schema.insert("additionalProperties".into(), false.into());
        schema
    }

    /// Answers a call.
    pub(super) fn call(
        &self,
        snapshot: &dyn Snapshot,
        language: &Language,
        arguments: &JsonObject,
    ) -> Result<Reply, ToolError> {
        parameters::known(arguments, &self.schema())?;
        let cursors = CursorCodec::new(snapshot.generation(), self.name, arguments);
        (self.work)(&Call { snapshot, language, arguments, cursors })
    }
}

impl Call<'_> {
    /// What answers the call.
    pub(super) fn searcher(&self) -> Searcher<'_> {
        Searcher::new(self.snapshot, self.language)
    }

    /// The parameters of the tool's own.
    pub(super) fn own<T: DeserializeOwned>(&self) -> Result<T, ToolError> {
        parameters::read(self.arguments)
    }

    /// What the query and the filters ask for.
    pub(super) fn asked(&self) -> Result<ResolvedQuery, ToolError> {
        let narrowing: FilterParams = self.own()?;
        let words = narrowing.query.clone().unwrap_or_default();
        Ok(self.searcher().resolve(&words, &narrowing.filters()?)?)
    }

    /// What filters alone ask for.
    pub(super) fn filtered(&self, filters: &Filters) -> Result<ResolvedQuery, ToolError> {
        Ok(self.searcher().resolve("", filters)?)
    }
}

impl Reply {
    /// An answer in both forms.
    pub(super) fn new(text: String, value: &impl Serialize) -> Result<Self, ToolError> {
        let value = serde_json::to_value(value).map_err(|_| ToolError::fault())?;
        Ok(Self { text, value })
    }

    /// The answer as the protocol has it.
    pub(super) fn result(self) -> CallToolResult {
        let mut result = CallToolResult::structured(self.value);
        result.content = vec![ContentBlock::text(self.text)];
        result
    }
}

/// What stands above the texts of a result.
pub(super) fn headed(line: &str, notes: &[String]) -> String {
    let mut text = format!("{line}\n");
    for note in notes {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str(NOTICE);
    text.push('\n');
    text
}

/// `1 article`, `2 articles`.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

/// How many bytes a text takes in JSON.
pub(super) fn weight(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'"' | b'\\' | b'\n') { 2 } else { 1 }).sum()
}
