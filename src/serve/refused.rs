//! Refusals as RFC 9457 has them: problem details in JSON, with the place in the query that is meant.

use super::desk::Busy;
use crate::{engine::EngineError, problem::Problem, question::Refusal};
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// What those are told who ask for what the index cannot give: the rest is for whoever runs the server.
pub(super) const UNREADABLE: &str =
    "the index cannot be read; `newsdex status` on the machine of the server says more";

/// Why a request was refused, as problem details of RFC 9457.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Refused {
    /// What sort of problem it is: `urn:newsdex:problem:` and a name.
    r#type: String,
    /// The same in words.
    title: &'static str,
    /// The status of the response.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request.
    pub detail: String,
    /// The parameter that is meant, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// What is wrong with the words of the query, and where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Fault>,
}

/// Something that is wrong with the words of a query.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct Fault {
    /// The sort of problem.
    code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What would help.
    pub hint: Option<String>,
    /// The characters of the query that are meant, from the first to behind the last.
    pub span: [usize; 2],
}

impl Refused {
    fn new(name: &str, title: &'static str, status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            r#type: format!("urn:newsdex:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            parameter: None,
            problems: Vec::new(),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A parameter that cannot be read.
    pub(super) fn parameter(name: Option<&str>, detail: impl Into<String>) -> Self {
        let refused = Self::new("parameter", "a parameter cannot be read", StatusCode::BAD_REQUEST, detail);
        Self { parameter: name.map(str::to_owned), ..refused }
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new("not-found", "there is nothing here", StatusCode::NOT_FOUND, detail)
    }

    /// Who may ask, and from where.
    pub(super) fn access(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new("access", "the request is not allowed", status, detail)
    }

    /// A request that no handler takes, by the status that the router has given it.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("the request was refused");
        Self::new("request", title, status, title)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Words { text, problems } => {
                let detail = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
                let title = "the query cannot be read";
                let refused = Self::new("query", title, StatusCode::BAD_REQUEST, detail);
                let fault = |problem: Problem| {
                    let characters =
                        |bytes: usize| text.get(..bytes).map_or(0, |before| before.chars().count());
                    let span = [characters(problem.span.start), characters(problem.span.end)];
                    Fault { code: problem.code, message: problem.message, hint: problem.hint, span }
                };
                let problems = problems.into_iter().map(fault).collect();
                Self { parameter: Some("q".into()), problems, ..refused }
            }
            Refusal::Value { name, message } => Self::parameter(Some(name), message),
            Refusal::Engine(error) => error.into(),
        }
    }
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::TooMuch(message) => {
                Self::new("too-much", "the query asks for too much", StatusCode::BAD_REQUEST, message)
            }
            EngineError::Late => Busy::Late.into(),
            _ => {
                Self::new("index", "the index cannot be read", StatusCode::INTERNAL_SERVER_ERROR, UNREADABLE)
            }
        }
    }
}

impl From<Busy> for Refused {
    fn from(busy: Busy) -> Self {
        let status = match busy {
            Busy::Full | Busy::Late => StatusCode::SERVICE_UNAVAILABLE,
            Busy::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new("busy", "the server cannot answer now", status, busy.to_string())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{EngineError, Refused, StatusCode};

    #[test]
    fn what_is_late_may_be_asked_again() {
        let refused = Refused::from(EngineError::Late);
        assert_eq!(
            (refused.status(), refused.detail.as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "the answer took too long")
        );
    }
}
