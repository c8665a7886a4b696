//! The page for people: HTML that is whole without JavaScript. What is asked stands in the address alone.

mod article;
mod facets;
mod frame;
mod histogram;
mod place;
mod results;
mod security;
mod wording;

use super::{App, parameters, refused::Refused};
use crate::{
    engine::Engine,
    query::{Language, Query},
    question::Filters,
    render,
};
use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE},
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};
use place::Place;
use sha2::{Digest as _, Sha256};
use std::{iter, ops::Range, sync::LazyLock};
use wording::Wording;
use xxhash_rust::xxh3::xxh3_64;

const STYLE: &str = include_str!("../../assets/style.css");
const SCRIPT: &str = include_str!("../../assets/script.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// The addresses of what pages load; that of the script changes with its content, which may be kept for ever.
static SCRIPT_AT: LazyLock<String> =
    LazyLock::new(|| format!("/script-{:016x}.js", xxh3_64(SCRIPT.as_bytes())));
const ICON_AT: &str = "/icon.svg";

/// Pages, which may change with each commit.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/", get(results::page))
        .route("/search", get(results::page))
        .route("/article/{*key}", get(article::page))
        .route("/symbol/{*notation}", get(security::page))
}

/// The style of pages as their policy names it. It stands in each page, so that nothing is waited for before it is shown.
pub(super) fn style_source() -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(STYLE)))
}

/// The page that says why a request is not let in.
pub(super) fn refusal(headers: &HeaderMap, refused: &Refused) -> Response {
    let visit = Visit { wording: wording_for(headers), place: Place::default() };
    response(refused.status(), frame::refused(&visit, refused), visit.wording)
}

/// What pages load.
pub(super) fn assets() -> Router<App> {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    const A_DAY: &str = "public, max-age=86400";
    let asset = |media: &'static str, text: &'static str, kept: &'static str| {
        get(async move || {
            let mut response = Response::new(Body::from(text));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(kept));
            response
        })
    };
    Router::new()
        .route(&SCRIPT_AT, asset("text/javascript; charset=utf-8", SCRIPT, FOR_EVER))
        .route(ICON_AT, asset("image/svg+xml", ICON, A_DAY))
        .route("/favicon.ico", asset("image/svg+xml", ICON, A_DAY))
}

/// Who looks at a page: in which language, and at which place.
#[derive(Clone)]
struct Visit {
    wording: &'static Wording,
    place: Place,
}

/// Reads the address of a page and answers with what `write` makes of it, at the desk. What cannot be answered is a page
/// as well.
async fn shown(
    app: &App,
    headers: &HeaderMap,
    query: Option<&str>,
    write: impl FnOnce(&Visit, &dyn Engine, &Language) -> Result<Markup, Refused> + Send + 'static,
) -> Response {
    let wording = wording_for(headers);
    // A form sends its empty fields too.
    let given = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(_, value)| !value.trim().is_empty());
    let given = form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish();
    let visit =
        parameters::read(Some(&given)).map(|(which, seen)| Visit { wording, place: Place { which, seen } });
    let made = match visit.clone() {
        Ok(visit) => match app.desk.answer(move |engine, language| write(&visit, engine, language)).await {
            Ok(made) => made,
            Err(busy) => Err(busy.into()),
        },
        Err(refused) => Err(refused),
    };
    let (status, markup) = match made {
        Ok(markup) => (StatusCode::OK, markup),
        Err(refused) => {
            let place = visit.map(|visit| visit.place).unwrap_or_default();
            (refused.status(), frame::refused(&Visit { wording, place }, &refused))
        }
    };
    response(status, markup, wording)
}

fn wording_for(headers: &HeaderMap) -> &'static Wording {
    Wording::of(headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default())
}

fn response(status: StatusCode, markup: Markup, wording: &Wording) -> Response {
    let mut response = (status, markup.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(wording.tag));
    response
}

/// A text of an article on one line, what matched in it marked. Controls and what turns the direction of a text are left
/// out.
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

/// A moment as people read it, in the zone of the server.
fn moment(at: Timestamp, zone: &TimeZone) -> Markup {
    let local = at.to_zoned(zone.clone());
    html! { time datetime=(at) { (local.strftime("%Y-%m-%d %H:%M")) } }
}

/// The query of some words and a filter.
fn narrowed(
    engine: &dyn Engine,
    language: &Language,
    words: &str,
    filters: &Filters,
) -> Result<Query, Refused> {
    Ok(filters.query(words, engine, language)?.query)
}
