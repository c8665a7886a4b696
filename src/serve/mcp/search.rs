//! The tools `search` and `similar`.

use super::{
    hits,
    read::article_of,
    tool::{Call, Reply},
    tool_error::ToolError,
};
use crate::search::SearchOptions;
use schemars::JsonSchema;
use serde::Deserialize;

/// Whole sentences are quoted from bodies of at most this many bytes in all.
pub(super) const QUOTED_TEXTS: usize = 4 << 20;

/// Arguments of `search` beside the options.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct SearchOwn {
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// Arguments of `similar` beside the options.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct SimilarOwn {
    /// Key of the article as hits show it (230905679/en), or its id
    key: String,
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// The options of the call, from the place of the cursor on.
fn options(call: &Call<'_>, cursor: Option<&str>) -> Result<SearchOptions, ToolError> {
    // Quotes are whole sentences, so hits need their bodies.
    let options = SearchOptions { text_budget: QUOTED_TEXTS, suggest: true, ..call.params.options.clone() };
    Ok(call.cursors.go_on(cursor, options)?)
}

/// The tool `search`.
pub(super) fn search(call: &Call<'_>) -> Result<Reply, ToolError> {
    let SearchOwn { cursor } = call.own()?;
    hits::page(call, &call.asked()?, &options(call, cursor.as_deref())?)
}

/// The tool `similar`.
pub(super) fn similar(call: &Call<'_>) -> Result<Reply, ToolError> {
    let SimilarOwn { key, cursor } = call.own()?;
    let options = options(call, cursor.as_deref())?;
    let article = article_of(call, &key)?;
    let asked = call.searcher().resolve_similar(&article, &call.words, &call.params.filters)?;
    hits::page(call, &asked, &options)
}
