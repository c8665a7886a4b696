//! The protocol over HTTP: reads the body of a request and answers what is no message, before `rmcp` does.

use super::{
    MAX_REQUEST,
    jsonrpc::{self, Sent},
};
use crate::serve::problem_details::ProblemDetails;
use axum::{
    body::{Body, BodyDataStream, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::Value;
use std::time::Duration;
use tokio::time;
use tokio_stream::StreamExt as _;

/// The time to send a request body.
const BODY_TIME: Duration = Duration::from_secs(10);
/// At most this many bytes of a refused body are read, for at most this long.
const MAX_DRAINED: usize = 8 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(1);

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";
/// The version of a client that names none in the header (Streamable HTTP of 2025-06-18).
const UNNAMED_VERSION: &str = "2025-03-26";

/// Passes on each message of a request, and answers faults by JSON-RPC.
pub(super) async fn check(mut request: Request, next: Next) -> Response {
    if *request.method() != Method::POST {
        return next.run(request).await;
    }
    if !is_json(request.headers()) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    if !accepts(request.headers(), JSON) || !accepts(request.headers(), EVENTS) {
        return refused(StatusCode::NOT_ACCEPTABLE);
    }
    // For `rmcp`, which reads no wildcards.
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    let (mut parts, body) = request.into_parts();
    let read = time::timeout(BODY_TIME, read(body)).await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT));
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(status) => return refused(status),
    };
    parts.headers.remove(CONTENT_LENGTH);
    let version = parts.headers.get("mcp-protocol-version").map_or(Ok(UNNAMED_VERSION), HeaderValue::to_str);
    match jsonrpc::read(&bytes, version.is_ok_and(jsonrpc::has_batches)) {
        Ok(Sent::One(value)) => match jsonrpc::message(&value) {
            Ok(Some(_)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
            Ok(None) => StatusCode::ACCEPTED.into_response(),
            Err(fault) => json(StatusCode::BAD_REQUEST, &fault.response()),
        },
        Ok(Sent::Batch(values)) => batch(&parts, &values, &next).await,
        Err(fault) => json(StatusCode::BAD_REQUEST, &fault.response()),
    }
}

/// The responses to all messages of a batch, one after the other.
async fn batch(parts: &Parts, values: &[Value], next: &Next) -> Response {
    let mut responses = Vec::new();
    for value in values {
        match jsonrpc::message_of_batch(value) {
            Ok(Some(_)) => {
                let body = Body::from(value.to_string());
                let response = next.clone().run(Request::from_parts(parts.clone(), body)).await;
                if response.status() == StatusCode::ACCEPTED {
                    continue;
                }
                if !is_json(response.headers()) {
                    // The headers are at fault, and so all the batch.
                    return response;
                }
                // The body is in memory already.
                let body = to_bytes(response.into_body(), usize::MAX).await.unwrap_or_default();
                responses.extend(serde_json::from_slice::<Value>(&body));
            }
            Ok(None) => {}
            Err(fault) => responses.push(fault.response()),
        }
    }
    if responses.is_empty() {
        return StatusCode::ACCEPTED.into_response();
    }
    json(StatusCode::OK, &Value::Array(responses))
}

/// The whole body, or the status of the refusal.
async fn read(body: Body) -> Result<Vec<u8>, StatusCode> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        // The client has sent malformed chunks, or is gone.
        let piece = piece.map_err(|_| StatusCode::BAD_REQUEST)?;
        if bytes.len() + piece.len() > MAX_REQUEST {
            drain(pieces).await;
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Reads some of a refused body: a client that is still sending when the connection closes would not see the response.
async fn drain(mut pieces: BodyDataStream) {
    let take = async {
        let mut taken = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            taken += piece.len();
            if taken > MAX_DRAINED {
                break;
            }
        }
    };
    // After this the connection is closed.
    let _ = time::timeout(DRAIN_TIME, take).await;
}

fn refused(status: StatusCode) -> Response {
    ProblemDetails::of_status(status).into_response()
}

fn json(status: StatusCode, value: &Value) -> Response {
    (status, [(CONTENT_TYPE, JSON)], value.to_string()).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case(JSON))
}

/// Whether a client accepts a media type (RFC 9110, section 12.5.1): the most specific range that matches it decides, and
/// without the header all are accepted.
fn accepts(headers: &HeaderMap, media: &str) -> bool {
    let group = media.split_once('/').map(|(group, _)| format!("{group}/*")).unwrap_or_default();
    let specific =
        |range: &str| [media, &group, "*/*"].iter().position(|one| range.eq_ignore_ascii_case(one));
    let mut best: Option<(usize, bool)> = None;
    for value in headers.get_all(ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(rank) = parts.next().and_then(specific) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            let is_wanted = weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0));
            if best.is_none_or(|(known, _)| rank < known) {
                best = Some((rank, is_wanted));
            }
        }
    }
    best.map_or(!headers.contains_key(ACCEPT), |(_, is_wanted)| is_wanted)
}

#[cfg(test)]
mod tests {
    use super::{ACCEPT, EVENTS, HeaderMap, HeaderValue, JSON, accepts};

    #[test]
    fn the_most_specific_range_decides() {
        let both = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT, HeaderValue::from_static(value));
            }
            (accepts(&headers, JSON), accepts(&headers, EVENTS))
        };
        for (values, expected) in [
            (&[] as &[&str], (true, true)),
            (&["*/*"], (true, true)),
            (&["application/*, text/*"], (true, true)),
            (&["Application/JSON;q=0.9", "text/event-stream; charset=utf-8"], (true, true)),
            (&["text/html, */*;q=0.1"], (true, true)),
            (&["application/json"], (true, false)),
            (&["text/html"], (false, false)),
            (&["*/*, text/event-stream;q=0"], (true, false)),
            (&["text/*;q=0, */*, application/json;q=0.000"], (false, false)),
        ] {
            assert_eq!(both(values), expected, "{values:?}");
        }
    }
}
