//! The tools `search` and `similar`.

use super::{
    cursor::FARTHEST,
    hits,
    parameters::{Texts, listed, within},
    read::article_of,
    tool::{Call, Complaint, Reply},
};
use crate::{engine, query::Query, question::How, serve::parameters::Order};
use schemars::JsonSchema;
use serde::Deserialize;

/// At most so many hits at a time, and so many without being told.
const MOST: usize = 50;
const DEFAULT: usize = 10;

/// How hits are wanted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// In which order; without it by relevance, or the newest first where there are only filters
    sort: Option<Order>,
    /// Let scores fade with age: half is left of an article's that is so old, as 30d, 2w or 12h
    recency: Option<String>,
    /// Show articles whose texts agree, as one story does that many sites print, as one hit
    stories: Option<bool>,
    /// Of an article in several locales show the page in this one, where it matches
    prefer: Option<Texts>,
    /// At most this many hits, 10 without it
    #[schemars(range(min = 1, max = 50))]
    limit: Option<i64>,
    /// `next_cursor` of the page before, for the next one; the other arguments stay as they were
    cursor: Option<String>,
}

/// What hits are to be like.
#[derive(Debug, Deserialize, JsonSchema)]
struct Like {
    /// The key of the article as hits show it, 230905679/en, or an id alone
    key: String,
}

/// What `similar` takes.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct SimilarOwn {
    #[serde(flatten)]
    like: Like,
    #[serde(flatten)]
    wanted: Wanted,
}

impl Wanted {
    fn how(self, call: &Call<'_>) -> Result<How, Complaint> {
        let offset = call.book.place(self.cursor.as_deref())?;
        if offset > FARTHEST {
            return Err(Complaint::of("cursor", format!("only {FARTHEST} hits can be paged through")));
        }
        Ok(How {
            sort: self.sort.map(Order::sort),
            recency: self.recency,
            offset,
            limit: within("limit", self.limit, 1..=MOST, DEFAULT)?,
            stories: self.stories.unwrap_or_default(),
            prefer: listed("prefer", self.prefer)?,
            ..How::default()
        })
    }
}

/// Finds articles.
pub(super) fn search(call: &Call<'_>) -> Result<Reply, Complaint> {
    let how = call.own::<Wanted>()?.how(call)?;
    hits::page(call, &call.asked()?, &how)
}

/// Finds articles like another.
pub(super) fn similar(call: &Call<'_>) -> Result<Reply, Complaint> {
    let SimilarOwn { like, wanted } = call.own()?;
    let how = wanted.how(call)?;
    let mut asked = call.asked()?;
    let article = article_of(call, &like.key)?;
    let Some(similar) = engine::similar(call.engine, &article)? else {
        return Err(Complaint::of(
            "key",
            "the article has no words that few others have, so that nothing is like it",
        ));
    };
    asked.query = Query::and([similar, asked.query]);
    asked.like = Some(article.id);
    hits::page(call, &asked, &how)
}
