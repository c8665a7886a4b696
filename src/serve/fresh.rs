//! Answers that a client has already are not given again: each has the state of the index as its tag.

use super::App;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ACCEPT_LANGUAGE, ETAG, IF_NONE_MATCH, VARY},
    },
    middleware::Next,
    response::Response,
};
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

/// Answers with `304 Not Modified` where the client's tag is that of now.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let tag = tag(&app, request.headers());
    let is_known = request.headers().get_all(IF_NONE_MATCH).iter().any(|known| {
        let known = known.to_str().unwrap_or_default();
        known == "*" || known.split(',').any(|known| known.trim() == tag)
    });
    let mut response = if is_known {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        next.run(request).await
    };
    let is_answer = response.status().is_success() || is_known;
    if let Ok(tag) = HeaderValue::from_str(&tag)
        && is_answer
    {
        response.headers_mut().entry(ETAG).or_insert(tag);
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response
}

/// The state of the index, the day (on which `today` in a query depends) and the languages of a page. It is weak, as
/// answers say how long they took.
fn tag(app: &App, headers: &HeaderMap) -> String {
    let day = Timestamp::now().to_zoned(app.desk.zone().clone()).date();
    let languages = headers.get(ACCEPT_LANGUAGE).map_or(0, |value| xxh3_64(value.as_bytes()));
    format!("W/\"{:016x}-{day}-{languages:x}-{}\"", app.desk.engine().state(), env!("CARGO_PKG_VERSION"))
}
