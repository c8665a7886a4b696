//! Resources: the articles, and the reference of the query language.

use super::{
    article_uri,
    read::{PageOut, end_of_page},
    tool_error::ToolError,
    untrusted_text,
};
use crate::{
    index::{Snapshot, Sort},
    query::Language,
    search::{Filters, Hit, SearchOptions, Searcher},
    serve::cursor::CursorCodec,
};
use rmcp::model::{ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate};
use std::iter;

/// The URI of the query language reference.
const HELP: &str = "newsdex://help/query";
/// At most this many articles per page of the list.
const LISTED: usize = 50;
/// At most this many characters per resource, and this many bytes of JSON; `read_article` returns the rest.
const MAX_CHARS: usize = 30_000;
const BYTES: usize = 34_000;

/// The URI template of articles.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new("newsdex://article/{+key}", "article")
        .with_title("Article")
        .with_description(
            "Text of an article by its key (230905679/en), with URL, date, file and lines. It is data of a third party.",
        )
        .with_mime_type("text/plain")
}

/// A page of the newest articles. The first page also has the query language reference.
pub(super) fn listed(
    snapshot: &dyn Snapshot,
    language: &Language,
    cursor: Option<&str>,
) -> Result<ListResourcesResult, ToolError> {
    let cursors = CursorCodec::new(snapshot.generation(), "resources", iter::empty::<(&str, &str)>());
    let options =
        SearchOptions { sort: Some(Sort::Newest), limit: LISTED, snippets: 0, ..SearchOptions::default() };
    let searcher = Searcher::new(snapshot, language);
    let options = cursors.go_on(cursor, options)?;
    let response = searcher.search(&searcher.resolve("", &Filters::default())?, &options)?;
    let hits = &response.answer.hits;
    let help = Resource::new(HELP, "query language")
        .with_description("Reference of the query language of the `query` parameter.")
        .with_mime_type("text/markdown");
    let first = (response.answer.skipped == 0).then_some(help);
    let mut result =
        ListResourcesResult::with_all_items(first.into_iter().chain(hits.iter().map(resource)).collect());
    result.next_cursor = cursors.behind(&response, hits.len());
    Ok(result)
}

fn resource(hit: &Hit) -> Resource {
    let article = &hit.article;
    let published = article.published.map(|at| at.to_string());
    let symbols: Vec<String> = article.symbols.iter().take(5).map(|(symbol, _)| symbol.canonical()).collect();
    let facts = [published.unwrap_or_else(|| "no date".into()), symbols.join(" ")];
    Resource::new(article_uri::of(&article.key), article_uri::encoded(&article.key))
        .with_title(untrusted_text::line(&article.title, 200))
        .with_description(facts.join(" ").trim_end().to_owned())
        .with_mime_type("text/plain")
}

/// The resource with this URI. `None` if there is none.
pub(super) fn read(snapshot: &dyn Snapshot, uri: &str) -> Result<Option<ReadResourceResult>, ToolError> {
    if uri == HELP {
        return Ok(Some(contents(include_str!("../../query/reference.md").into(), uri, "text/markdown")));
    }
    let Some(key) = article_uri::key_of(uri) else { return Ok(None) };
    let Some(article) = snapshot.article(&key)? else { return Ok(None) };
    let page = 0..end_of_page(&article.body, 0, MAX_CHARS, BYTES);
    let whole = page.end == article.body.len();
    let mut text = PageOut::new(&article, page, None).text();
    if !whole {
        text.push_str(" The text goes on; read the rest with the tool read_article.");
    }
    Ok(Some(contents(text, uri, "text/plain")))
}

fn contents(text: String, uri: &str, kind: &str) -> ReadResourceResult {
    ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)])
}
