//! The web page. The HTML is complete without JavaScript, and the URL alone holds the search.

mod article;
mod facets;
mod histogram;
mod i18n;
mod names;
mod page_shell;
mod results;
mod security;
mod url_state;

use super::{
    App,
    parameters::{self, AddressOptions},
    problem_details::ProblemDetails,
    response_cache,
};
use crate::{article::Moment, index::Snapshot, query::Language, render, symbol::Symbol};
use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use i18n::Strings;
use jiff::tz::TimeZone;
use maud::{Markup, html};
pub(super) use names::KnownNames;
use names::Names;
use sha2::{Digest as _, Sha256};
use std::{iter, ops::Range, sync::LazyLock};
use url_state::UrlState;
use xxhash_rust::xxh3::xxh3_64;

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/script.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// The URLs of the assets. The script's URL contains a hash of its content, so browsers may cache it for ever.
static SCRIPT_AT: LazyLock<String> =
    LazyLock::new(|| format!("/script-{:016x}.js", xxh3_64(SCRIPT.as_bytes())));
const ICON_AT: &str = "/icon.svg";

/// The routes of pages, whose content may change with each commit.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(results::page))
        .route("/search", get(results::page))
        .route("/article/{*key}", get(article::page))
        .route("/symbol/{*notation}", get(security::page))
}

/// The style as a source expression of the Content-Security-Policy. It is inline, so that no request delays the
/// first paint.
pub(super) fn style_source() -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(STYLE)))
}

/// The page for a rejected request.
pub(super) fn problem(headers: &HeaderMap, problem: &ProblemDetails) -> Response {
    let visit = Visit { i18n: strings_for(headers), url_state: UrlState::default(), names: None };
    response(problem.status(), page_shell::problem(&visit, problem), visit.i18n)
}

/// The routes of the assets.
pub(super) fn assets() -> Router<App> {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    const A_DAY: &str = "public, max-age=86400";
    let asset = |media: &'static str, text: &'static str, kept: &'static str| {
        // Weak, because the response may be compressed.
        let tag = format!("W/\"{:016x}\"", xxh3_64(text.as_bytes()));
        get(async move |headers: HeaderMap| {
            let mut response = if response_cache::is_known(&headers, &tag) {
                response_cache::not_modified()
            } else {
                let mut whole = Response::new(Body::from(text));
                whole.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media));
                whole
            };
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(kept));
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                response.headers_mut().insert(ETAG, tag);
            }
            response
        })
    };
    Router::new()
        .route(&SCRIPT_AT, asset("text/javascript; charset=utf-8", SCRIPT, FOR_EVER))
        .route(ICON_AT, asset("image/svg+xml", ICON, A_DAY))
        .route("/favicon.ico", asset("image/svg+xml", ICON, A_DAY))
}

/// The language of the visitor, the state in the URL, and the names of the index.
#[derive(Clone)]
struct Visit<'s> {
    i18n: &'static Strings,
    url_state: UrlState,
    /// `None` on the page of a problem.
    names: Option<Names<'s>>,
}

impl Visit<'_> {
    /// The name of a security, to stand behind its canonical notation.
    fn name_beside(&self, canonical: &str) -> Markup {
        let name =
            self.names.as_ref().zip(Symbol::parse(canonical)).and_then(|(names, symbol)| names.of(&symbol));
        html! { @if let Some(name) = name { " " span.name { (render::safe(&name)) } } }
    }
}

/// Reads the query string and responds with what `write` returns, on the executor. Errors become pages too.
async fn shown(
    app: &App,
    headers: &HeaderMap,
    query: Option<&str>,
    write: impl FnOnce(&Visit<'_>, &dyn Snapshot, &Language) -> Result<Markup, ProblemDetails> + Send + 'static,
) -> Response {
    let i18n = strings_for(headers);
    // Drop empty values: a form submits its empty fields too.
    let given = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(_, value)| !value.trim().is_empty());
    let given = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    let url_state = parameters::read(Some(&given), AddressOptions::Page)
        .map(|(asked, params)| UrlState { asked, params });
    let made = match url_state.clone() {
        Ok(url_state) => {
            let known = app.names.clone();
            let made = app.executor.answer(move |snapshot, language| {
                let visit = Visit { i18n, url_state, names: Some(Names { snapshot, known }) };
                write(&visit, snapshot, language)
            });
            made.await
        }
        Err(problem) => Err(problem),
    };
    let (status, markup) = match made {
        Ok(markup) => (StatusCode::OK, markup),
        Err(problem) => {
            let visit = Visit { i18n, url_state: url_state.unwrap_or_default(), names: None };
            (problem.status(), page_shell::problem(&visit, &problem))
        }
    };
    response(status, markup, i18n)
}

fn strings_for(headers: &HeaderMap) -> &'static Strings {
    Strings::of(headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

fn response(status: StatusCode, markup: Markup, i18n: &Strings) -> Response {
    let mut response = (status, markup.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(i18n.tag));
    response
}

/// A text of an article on one line, with its matches marked. Drops control characters and bidirectional overrides.
fn marked(text: &str, marks: &[Range<usize>]) -> Markup {
    let starts = iter::once(0).chain(marks.iter().map(|mark| mark.end));
    let ends = marks.iter().map(|mark| mark.start).chain(iter::once(text.len()));
    let part = |range: Range<usize>| render::safe(text.get(range).unwrap_or_default());
    html! {
        @for (index, (start, end)) in starts.zip(ends).enumerate() {
            @if let Some(mark) = index.checked_sub(1).and_then(|index| marks.get(index)) { mark { (part(mark.clone())) } }
            (part(start..end))
        }
    }
}

/// A time in the server's time zone; a day as it is.
fn moment(at: Moment, zone: &TimeZone) -> Markup {
    let shown = match at {
        Moment::Instant(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Moment::Day(day) => day.to_string(),
    };
    html! { time datetime=(at) { (shown) } }
}
