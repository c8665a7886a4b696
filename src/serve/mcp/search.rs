//! The tools `search` and `similar`.

use super::{
    cursor::FARTHEST,
    hits,
    parameters::{FilterParams, Texts, listed, within},
    read::article_of,
    tool::{Call, Reply},
    tool_error::ToolError,
};
use crate::{search::SearchOptions, serve::parameters::Order};
use schemars::JsonSchema;
use serde::Deserialize;

/// At most so many hits at a time, and so many without being told.
const MOST: usize = 50;
const DEFAULT: usize = 10;
/// Texts of at most this many bytes together are read to quote whole sentences from.
pub(super) const QUOTED_TEXTS: usize = 4 << 20;

/// Order, number and grouping of the hits.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct HitParams {
    /// Sort order; default relevance, or newest if there are only filters
    sort: Option<Order>,
    /// Halve a score for every 30d of age (recency half-life), e.g. 30d, 2w, 12h
    recency: Option<String>,
    /// Group near-duplicate articles (about 80 % equal, within six weeks) into one hit
    stories: Option<bool>,
    /// Show this locale of an article that matches in several
    prefer: Option<Texts>,
    /// At most this many hits; default 10
    #[schemars(range(min = 1, max = 50))]
    limit: Option<i64>,
    /// `next_cursor` of the previous result, to get the next page; keep the other arguments unchanged
    cursor: Option<String>,
}

/// Article that the hits are similar to.
#[derive(Debug, Deserialize, JsonSchema)]
struct Like {
    /// Key of the article as hits show it (230905679/en), or its id
    key: String,
}

/// Arguments of `similar`.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct SimilarOwn {
    #[serde(flatten)]
    like: Like,
    #[serde(flatten)]
    hits: HitParams,
}

impl HitParams {
    fn how(self, call: &Call<'_>) -> Result<SearchOptions, ToolError> {
        let offset = call.cursors.place(self.cursor.as_deref())?;
        if offset > FARTHEST {
            return Err(ToolError::of("cursor", format!("paging ends after {FARTHEST} hits")));
        }
        Ok(SearchOptions {
            sort: self.sort.map(Order::sort),
            recency: self.recency,
            offset,
            limit: within("limit", self.limit, 1..=MOST, DEFAULT)?,
            stories: self.stories.unwrap_or_default(),
            prefer: listed("prefer", self.prefer)?,
            // Quotations are whole sentences of them.
            text_budget: QUOTED_TEXTS,
            suggest: true,
            ..SearchOptions::default()
        })
    }
}

/// Finds articles.
pub(super) fn search(call: &Call<'_>) -> Result<Reply, ToolError> {
    let how = call.own::<HitParams>()?.how(call)?;
    hits::page(call, &call.asked()?, &how)
}

/// Finds articles like another.
pub(super) fn similar(call: &Call<'_>) -> Result<Reply, ToolError> {
    let SimilarOwn { like, hits } = call.own()?;
    let how = hits.how(call)?;
    let params: FilterParams = call.own()?;
    let words = params.query.clone().unwrap_or_default();
    let article = article_of(call, &like.key)?;
    let asked = call.searcher().resolve_similar(&article, &words, &params.filters()?)?;
    hits::page(call, &asked, &how)
}
