//! Hits in results: the article and the sentence to cite.

use super::{
    article_uri, cite,
    tool::{Call, ROOM, Reply, counted, headed, weight},
    tool_error::ToolError,
    untrusted_text::{self, JSON_NOTICE},
};
use crate::{
    index::StoredArticle,
    problem::Note,
    search::{Hit, ResolvedQuery, SearchOptions, SearchResponse},
    serve::parameters::MAX_OFFSET,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt::Write as _;

/// At most this many other locales of an article.
const ALSO: usize = 10;

/// Result of a search.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FoundOut {
    /// What the texts in this result are: data of third parties
    notice: &'static str,
    /// Number of hits: articles, or stories with `stories`
    total: usize,
    /// Number of matching articles
    articles: usize,
    /// Rank of the first hit on this page, from 1
    first_rank: usize,
    hits: Vec<HitOut>,
    /// Notes on how the query was interpreted; tell the user about those that change its meaning
    notes: Vec<String>,
    /// Other queries to try if nothing was found
    suggestions: Vec<SuggestionOut>,
    /// Send this as `cursor` with the same arguments to get the next hits; absent on the last page
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A hit: an article that matches.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct HitOut {
    rank: usize,
    /// Key for `read_article` and `similar`: as it is, or as the URI of the article
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    /// Securities that it names, most important first
    symbols: Vec<String>,
    /// First other locales of the article
    also: Vec<String>,
    /// Number of its further locales
    #[serde(skip_serializing_if = "Option::is_none")]
    more_locales: Option<usize>,
    /// Number of its near-duplicates
    #[serde(skip_serializing_if = "Option::is_none")]
    copies: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    /// Whether it has only some of the words; `total` does not count it
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    relaxed: bool,
    citation: Citation,
}

/// Citation of an article.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Citation {
    pub key: String,
    /// URL of the publication
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Time of publication, in UTC; or the day, if no time is known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// First line of the quote in the file, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_line: Option<u32>,
    /// Last line of the quote
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_line: Option<u32>,
    /// Text of the article: data of a third party
    pub article_text: QuoteOut,
}

/// Text of an article.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct QuoteOut {
    pub title: String,
    /// File of the article
    pub path: String,
    /// Kind of the article
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Best matching sentence, verbatim; empty if the index has no text of the article
    pub quote: String,
}

/// Another query to try.
#[derive(Debug, Serialize, JsonSchema)]
struct SuggestionOut {
    kind: &'static str,
    /// Part of the query that finds nothing
    asked: String,
    /// Replacement that finds something; if absent, the query finds something without this part
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<String>,
    count: u64,
}

impl SuggestionOut {
    fn line(&self) -> String {
        let Self { asked, instead, count, .. } = self;
        match instead {
            Some(instead) => format!("`{asked}` finds nothing; `{instead}` finds {count}."),
            None => format!("Without `{asked}`, {count} articles match."),
        }
    }
}

/// A sanitized line; `None` if the text is empty.
pub(super) fn some(text: &str, most: usize) -> Option<String> {
    (!text.is_empty()).then(|| untrusted_text::line(text, most))
}

/// The canonical notations of an article's first securities.
pub(super) fn symbols(article: &StoredArticle) -> Vec<String> {
    article.symbols.iter().take(10).map(|(symbol, _)| symbol.canonical()).collect()
}

impl Citation {
    /// The citation of a quote.
    pub(super) fn new(article: &StoredArticle, quote: cite::Quote) -> Self {
        Self {
            key: article_uri::shown(&article.key),
            url: (!article.url.is_empty()).then(|| untrusted_text::address(&article.url)),
            published: article.published.map(|at| at.to_string()),
            first_line: quote.lines.map(|(first, _)| first),
            last_line: quote.lines.map(|(_, last)| last),
            article_text: QuoteOut {
                title: untrusted_text::line(&article.title, 300),
                path: untrusted_text::line(&article.path, 1000),
                kind: some(&article.kind, 40),
                quote: quote.text,
            },
        }
    }

    /// The citation on one line, without the quote.
    pub(super) fn line(&self) -> String {
        let mut parts = vec![self.published.as_deref().unwrap_or("no date").to_owned()];
        parts.extend(self.url.clone());
        let path = &self.article_text.path;
        parts.push(match (self.first_line, self.last_line) {
            (Some(first), Some(last)) if first < last => format!("{path}:{first}-{last}"),
            (Some(first), _) => format!("{path}:{first}"),
            _ => path.clone(),
        });
        parts.join(" | ")
    }
}

impl HitOut {
    /// A hit with its best sentence, which is located in the text of the article.
    pub(super) fn new(rank: usize, hit: &Hit) -> Self {
        let article = &hit.article;
        let quote = cite::quote(article, hit.snippets.first());
        Self {
            rank,
            key: article_uri::shown(&article.key),
            locale: some(&article.locale, 40),
            symbols: symbols(article),
            also: hit.also.iter().take(ALSO).map(|locale| untrusted_text::line(locale, 40)).collect(),
            more_locales: Some(hit.more_locales + hit.also.len().saturating_sub(ALSO))
                .filter(|more| *more > 0),
            copies: hit.copies.map(|copies| copies.count),
            score: hit.score,
            relaxed: hit.relaxed,
            citation: Citation::new(article, quote),
        }
    }

    /// The hit in the text form of the result. All that the article says stands inside the fence.
    pub(super) fn text(&self) -> String {
        let QuoteOut { title, quote, .. } = &self.citation.article_text;
        let mut said = format!("key: {}\n{title}\n“{quote}”\n{}", self.key, self.citation.line());
        if !self.symbols.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(said, " | {}", self.symbols.join(" "));
        }
        if !self.also.is_empty() {
            let _ = write!(said, " | also {}", self.also.join(" "));
            if let Some(more) = self.more_locales {
                let _ = write!(said, " and {more} more");
            }
        }
        let copies = self.copies.map(|copies| format!(" {copies} near-duplicates")).unwrap_or_default();
        let relaxed = if self.relaxed { " (has only some of the words)" } else { "" };
        format!("\n{}.{copies}{relaxed}\n{}\n", self.rank, untrusted_text::fenced(&self.key, &said))
    }
}

/// As many hits as fit into `room` bytes, structured and as text.
pub(super) fn shown(first: usize, hits: &[Hit], room: usize) -> Result<(Vec<HitOut>, String), ToolError> {
    let (mut shown, mut texts, mut used) = (Vec::new(), String::new(), 0);
    for (rank, hit) in (first..).zip(hits) {
        let hit = HitOut::new(rank, hit);
        let text = hit.text();
        let structured = serde_json::to_string(&hit).map_err(|_| ToolError::fault())?;
        used += weight(&text).max(structured.len());
        if used > room && !shown.is_empty() {
            break;
        }
        texts.push_str(&text);
        shown.push(hit);
    }
    Ok((shown, texts))
}

/// At most this many notes per result.
const MAX_NOTES: usize = 20;

/// The sanitized last notes; that of a relaxed query is among them.
pub(super) fn shown_notes(notes: &[Note]) -> Vec<String> {
    let first = notes.len().saturating_sub(MAX_NOTES);
    notes[first..].iter().map(|note| untrusted_text::line(&note.to_string(), 400)).collect()
}

/// Searches, and returns a page of hits.
pub(super) fn page(call: &Call<'_>, asked: &ResolvedQuery, how: &SearchOptions) -> Result<Reply, ToolError> {
    let response = call.searcher().search(asked, how)?;
    let offset = response.answer.skipped;
    let (hits, texts) = shown(offset + 1, &response.answer.hits, ROOM)?;
    let next_cursor = call.cursors.behind(&response, hits.len());
    let SearchResponse { answer, notes, suggestions, .. } = response;
    let (mut notes, mut own) = (shown_notes(&notes), Vec::new());
    let end = offset + hits.len();
    if hits.is_empty() && offset > 0 {
        own.push("there are no more hits".to_owned());
    }
    if !hits.is_empty() && end < answer.total && next_cursor.is_none() {
        own.push(format!("paging ends after {MAX_OFFSET} hits; narrow the query"));
    }
    let what = match answer.stories {
        Some(_) => counted(answer.total, "story", "stories"),
        None => counted(answer.total, "article", "articles"),
    };
    let from = offset + usize::from(end > offset);
    let mut text = headed(&format!("{what}; showing {from} to {end}."), &own, &notes);
    notes.append(&mut own);
    text.push_str(&texts);
    let suggestions: Vec<SuggestionOut> = suggestions
        .into_iter()
        .take(20)
        .map(|suggestion| SuggestionOut {
            kind: suggestion.kind.as_str(),
            asked: untrusted_text::line(&suggestion.asked, 200),
            instead: suggestion.instead.map(|instead| untrusted_text::line(&instead, 200)),
            count: suggestion.count,
        })
        .collect();
    text.push_str(&untrusted_text::fenced_lines("suggestions", suggestions.iter().map(SuggestionOut::line)));
    if let Some(cursor) = &next_cursor {
        let _ = writeln!(text, "\nnext_cursor: {cursor}");
    }
    let out = FoundOut {
        notice: JSON_NOTICE,
        total: answer.total,
        articles: answer.articles,
        first_rank: offset + 1,
        hits,
        notes,
        suggestions,
        next_cursor,
    };
    Reply::new(text, &out)
}
