//! Articles as resources, and the reference of the query language.

use super::{
    cursor::CursorCodec,
    read::{PageOut, end_of_page},
    tool_error::ToolError,
    untrusted_text,
};
use crate::{
    index::{Snapshot, Sort},
    query::Language,
    search::{Filters, Hit, SearchOptions, Searcher},
};
use rmcp::{
    ErrorData,
    model::{
        JsonObject, ListResourcesResult, ReadResourceResult, Resource, ResourceContents, ResourceTemplate,
    },
};

/// Where the reference of the query language is.
const HELP: &str = "newsdex://help/query";
/// What the address of an article begins with.
const ARTICLE: &str = "newsdex://article/";
/// So many articles are listed at a time.
const LISTED: usize = 50;
/// A resource has at most so many characters, and so many bytes as JSON writes them; `read_article` has the rest.
const MOST: usize = 30_000;
const BYTES: usize = 34_000;

/// How an article is addressed.
pub(super) fn template() -> ResourceTemplate {
    ResourceTemplate::new("newsdex://article/{+key}", "article")
        .with_title("Article")
        .with_description(
            "Text of an article by its key (230905679/en), with URL, date, file and lines. It is data of a third party.",
        )
        .with_mime_type("text/plain")
}

/// The newest articles, by pages; on the first page the reference of the query language as well.
pub(super) fn listed(
    snapshot: &dyn Snapshot,
    language: &Language,
    cursor: Option<&str>,
) -> Result<ListResourcesResult, ToolError> {
    let cursors = CursorCodec::new(snapshot.generation(), "resources", &JsonObject::new());
    let offset = cursors.place(cursor)?.min(super::cursor::FARTHEST);
    let options = SearchOptions {
        sort: Some(Sort::Newest),
        offset,
        limit: LISTED,
        snippets: 0,
        ..SearchOptions::default()
    };
    let searcher = Searcher::new(snapshot, language);
    let answer = searcher.search(&searcher.resolve("", &Filters::default())?, &options)?.answer;
    let help = Resource::new(HELP, "query language")
        .with_description("Reference of the query language of the `query` parameter.")
        .with_mime_type("text/markdown");
    let first = (offset == 0).then_some(help);
    let mut result = ListResourcesResult::with_all_items(
        first.into_iter().chain(answer.hits.iter().map(resource)).collect(),
    );
    let end = offset + answer.hits.len();
    let more = !answer.hits.is_empty() && end < answer.total && end < super::cursor::FARTHEST;
    result.next_cursor = more.then(|| cursors.cursor(end));
    Ok(result)
}

fn resource(hit: &Hit) -> Resource {
    let article = &hit.article;
    let published = article.published.map(|at| at.to_string());
    let symbols: Vec<String> = article.symbols.iter().take(5).map(|(symbol, _)| symbol.canonical()).collect();
    let facts = [published.unwrap_or_else(|| "no date".into()), symbols.join(" ")];
    Resource::new(uri(&article.key), untrusted_text::line(&article.key, 200))
        .with_title(untrusted_text::line(&article.title, 200))
        .with_description(facts.join(" ").trim_end().to_owned())
        .with_mime_type("text/plain")
}

/// The address of an article. What may not stand in one is written by its bytes.
fn uri(key: &str) -> String {
    let mut uri = ARTICLE.to_owned();
    for c in key.chars() {
        if c.is_ascii_alphanumeric() || "/-._~".contains(c) {
            uri.push(c);
        } else {
            untrusted_text::percent(&mut uri, c);
        }
    }
    uri
}

/// The key of an address, if it is one of an article.
fn key_of(uri: &str) -> Option<String> {
    let mut rest = uri.strip_prefix(ARTICLE)?.as_bytes();
    let mut key = Vec::with_capacity(rest.len());
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = behind.get(..2).filter(|_| byte == b'%');
        let written =
            digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        key.push(written.unwrap_or(byte));
        rest = if written.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(key).ok()
}

/// A resource by its address.
pub(super) fn read(snapshot: &dyn Snapshot, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    if uri == HELP {
        return Ok(contents(include_str!("../../query/reference.md").into(), uri, "text/markdown"));
    }
    let missing = || {
        ErrorData::resource_not_found(
            format!("there is no resource {}", untrusted_text::line(uri, 200)),
            None,
        )
    };
    let key = key_of(uri).ok_or_else(missing)?;
    let article =
        snapshot.article(&key).map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let article = article.ok_or_else(missing)?;
    let page = 0..end_of_page(&article.body, 0, MOST, BYTES);
    let whole = page.end == article.body.len();
    let mut text = PageOut::new(&article, page, None).text();
    if !whole {
        text.push_str(" The text goes on; read the rest with the tool read_article.");
    }
    Ok(contents(text, uri, "text/plain"))
}

fn contents(text: String, uri: &str, kind: &str) -> ReadResourceResult {
    ReadResourceResult::new(vec![ResourceContents::text(text, uri).with_mime_type(kind)])
}
