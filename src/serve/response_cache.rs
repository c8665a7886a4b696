//! Conditional requests and the response cache. A response depends on its URL, the generation of the index, the
//! minute (for `today` and `12h` in a query) and the languages of a page: together these are the `ETag`.

use super::App;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    middleware::Next,
    response::Response,
};
use jiff::Timestamp;
use quick_cache::{Weighter, sync::Cache};
use xxhash_rust::xxh3::xxh3_64;

/// The cache holds at most this many bytes.
const MAX_CACHE_BYTES: u64 = 32 << 20;
/// The estimated number of cached responses.
const MAX_RESPONSES: usize = 4096;
/// Larger responses, in bytes, are not cached.
const MAX_RESPONSE_BYTES: usize = 512 << 10;

/// The response cache.
pub(super) type ResponseCache = Cache<String, CachedResponse, ByBytes>;

/// A cached response.
#[derive(Clone)]
pub(super) struct CachedResponse {
    body: Bytes,
    media: Option<HeaderValue>,
    language: Option<HeaderValue>,
}

/// Weighs responses by their size in bytes.
#[derive(Clone)]
pub(super) struct ByBytes;

impl Weighter<String, CachedResponse> for ByBytes {
    fn weight(&self, key: &String, given: &CachedResponse) -> u64 {
        (key.len() + given.body.len() + size_of::<CachedResponse>()) as u64
    }
}

pub(super) fn answers() -> ResponseCache {
    Cache::with_weighter(MAX_RESPONSES, MAX_CACHE_BYTES, ByBytes)
}

/// Responds `304 Not Modified` if the client has the current `ETag`; else from the cache; else with the response of
/// `next`.
pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let tag = tag(&app, &request);
    let known = known(request.headers(), &tag);
    let mut response = match known {
        // The tag includes the URL, and only successful responses have one.
        Known::Tag => not_modified(),
        Known::Any | Known::Nothing => cached_or_fresh(&app, &tag, request, next).await,
    };
    if known == Known::Any && response.status().is_success() {
        response = not_modified();
    }
    let is_answer = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    if let Ok(tag) = HeaderValue::from_str(&tag)
        && is_answer
    {
        response.headers_mut().entry(ETAG).or_insert(tag);
    }
    response.headers_mut().append(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response
}

/// What a client has of a response, by its `If-None-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The response with this tag.
    Tag,
    /// Any response, if there is one.
    Any,
    Nothing,
}

/// Compares tags as RFC 9110, section 13.1.2, says: weakly, in lists, and with `*` for any.
fn known(headers: &HeaderMap, tag: &str) -> Known {
    let opaque = |tag: &str| tag.trim().strip_prefix("W/").unwrap_or(tag.trim()).to_owned();
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let tags: Vec<String> = lists.flat_map(|list| list.split(',').map(opaque)).collect();
    match &tags[..] {
        tags if tags.contains(&opaque(tag)) => Known::Tag,
        [any] if any == "*" => Known::Any,
        _ => Known::Nothing,
    }
}

/// Whether a client has a response with this tag.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    known(headers, tag) != Known::Nothing
}

pub(super) fn not_modified() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

async fn cached_or_fresh(app: &App, tag: &str, request: Request, next: Next) -> Response {
    let may_keep = request.method() == Method::GET && request.uri().path() != "/api/export";
    let key = format!("{tag} {}", request.uri());
    if let Some(given) = app.answers.get(&key).filter(|_| may_keep) {
        return given.response();
    }
    let response = next.run(request).await;
    if !may_keep || response.status() != StatusCode::OK {
        return response;
    }
    let (parts, body) = response.into_parts();
    // Only an export streams; any other body is in memory already.
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    if body.len() <= MAX_RESPONSE_BYTES {
        let header = |name| parts.headers.get(name).cloned();
        let given = CachedResponse {
            body: body.clone(),
            media: header(CONTENT_TYPE),
            language: header(CONTENT_LANGUAGE),
        };
        app.answers.insert(key, given);
    }
    Response::from_parts(parts, Body::from(body))
}

impl CachedResponse {
    fn response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        for (name, value) in [(CONTENT_TYPE, self.media), (CONTENT_LANGUAGE, self.language)] {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The `ETag`. It is weak, because responses contain how long the search took.
fn tag(app: &App, request: &Request) -> String {
    let minute = Timestamp::now().as_second() / 60;
    let address = xxh3_64(request.uri().to_string().as_bytes());
    let languages = request.headers().get(ACCEPT_LANGUAGE).map_or(0, |value| xxh3_64(value.as_bytes()));
    let generation = app.executor.snapshot().generation();
    format!("W/\"{generation:016x}-{address:016x}-{minute:x}-{languages:x}-{}\"", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, HeaderValue, IF_NONE_MATCH, Known, known};

    #[test]
    fn tags_are_compared_weakly() {
        for (lists, expected) in [
            (&[] as &[&str], Known::Nothing),
            (&["W/\"a\""], Known::Tag),
            (&["\"a\""], Known::Tag),
            (&["\"x\", W/\"a\" ,\"y\""], Known::Tag),
            (&["\"x\"", "\"a\""], Known::Tag),
            (&["*"], Known::Any),
            (&[" * "], Known::Any),
            (&["\"x\"", "W/\"b\"", "a", "\"*\"", ""], Known::Nothing),
        ] {
            let mut headers = HeaderMap::new();
            for list in lists {
                headers.append(IF_NONE_MATCH, HeaderValue::from_static(list));
            }
            assert_eq!(known(&headers, "W/\"a\""), expected, "{lists:?}");
        }
    }
}
