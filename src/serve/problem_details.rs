//! Errors as problem details (RFC 9457) in JSON, with the place in the query.

use super::executor::{Overloaded, RequestError, damage_of};
use crate::{
    index::IndexError,
    problem::{Message, Problem, message},
    search::SearchError,
};
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// The detail of index errors. Clients learn no more; the operator does.
pub(super) fn unreadable() -> Message {
    message!("the server cannot read its index; `newsdex status` on the server tells why")
}

/// Problem details (RFC 9457) of a refused request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct ProblemDetails {
    /// Type of the problem: `urn:newsdex:problem:` and a name.
    r#type: Box<str>,
    /// Title of the problem type.
    title: &'static str,
    /// HTTP status code of the response.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// What is wrong with this request.
    #[serde(serialize_with = "english")]
    #[schemars(with = "String")]
    pub detail: Message,
    /// Name of the invalid parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<Box<str>>,
    /// Syntax errors of the query, each with its place.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub problems: Box<[QueryProblem]>,
    /// What the operator must know of the index. It may name files, so clients do not get it.
    #[serde(skip)]
    damage: Option<Box<str>>,
}

/// Syntax error of a query.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct QueryProblem {
    /// Code of the error.
    code: &'static str,
    /// Error message.
    #[serde(serialize_with = "english")]
    #[schemars(with = "String")]
    pub message: Message,
    /// How to correct the query.
    #[serde(serialize_with = "english_if_any")]
    #[schemars(with = "Option<String>")]
    pub hint: Option<Message>,
    /// Place in the query, in characters: the first one, and the one after the last.
    pub span: [usize; 2],
}

/// Serializes a message as its English text.
fn english<S: Serializer>(message: &Message, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(message)
}

#[expect(clippy::ref_option, reason = "serde passes the field")]
fn english_if_any<S: Serializer>(message: &Option<Message>, serializer: S) -> Result<S::Ok, S::Error> {
    match message {
        Some(message) => serializer.collect_str(message),
        None => serializer.serialize_none(),
    }
}

impl ProblemDetails {
    fn new(name: &str, title: &'static str, status: StatusCode, detail: Message) -> Self {
        Self {
            r#type: format!("urn:newsdex:problem:{name}").into(),
            title,
            status: status.as_u16(),
            detail,
            parameter: None,
            problems: Box::default(),
            damage: None,
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// A parameter that cannot be read.
    pub(super) fn parameter(name: Option<&str>, detail: Message) -> Self {
        let problem = Self::new("parameter", "invalid parameter", StatusCode::BAD_REQUEST, detail);
        Self { parameter: name.map(Into::into), ..problem }
    }

    pub(super) fn not_found(detail: Message) -> Self {
        Self::new("not-found", "not found", StatusCode::NOT_FOUND, detail)
    }

    /// A parameter that means something that is no more.
    pub(super) fn gone(name: &str, detail: Message) -> Self {
        let problem = Self::new("gone", "no longer there", StatusCode::GONE, detail);
        Self { parameter: Some(name.into()), ..problem }
    }

    /// A request that the access rules reject.
    pub(super) fn access(status: StatusCode, detail: Message) -> Self {
        Self::new("access", "access denied", status, detail)
    }

    /// A request that the router rejected with this status.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("the request was refused");
        Self::new("request", title, status, Message::verbatim(title))
    }
}

impl From<SearchError> for ProblemDetails {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Words { text, problems } => {
                let detail = problems.first().map(|problem| problem.message.clone());
                let detail = detail.unwrap_or(message!("cannot parse the query"));
                let title = "invalid query";
                let problem = Self::new("query", title, StatusCode::BAD_REQUEST, detail);
                let fault = |problem: Problem| {
                    let characters =
                        |bytes: usize| text.get(..bytes).map_or(0, |before| before.chars().count());
                    let span = [characters(problem.span.start), characters(problem.span.end)];
                    QueryProblem { code: problem.code, message: problem.message, hint: problem.hint, span }
                };
                let problems = problems.into_iter().map(fault).collect();
                Self { parameter: Some("q".into()), problems, ..problem }
            }
            SearchError::Value { name, message } => Self::parameter(Some(name), message),
            SearchError::Index(error) => error.into(),
        }
    }
}

impl From<IndexError> for ProblemDetails {
    fn from(error: IndexError) -> Self {
        let damage = damage_of(&error);
        match error {
            IndexError::TooMuch(message) => {
                Self::new("too-much", "the query exceeds a limit", StatusCode::BAD_REQUEST, message)
            }
            IndexError::TimedOut => Overloaded::TimedOut.into(),
            IndexError::Throttled(_) => Overloaded::Full.into(),
            IndexError::Unreachable { .. } => Overloaded::Unreachable.into(),
            IndexError::Replaced(_) => Overloaded::Replaced.into(),
            _ => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self { damage, ..Self::new("index", "the index is unreadable", status, unreadable()) }
            }
        }
    }
}

impl From<Overloaded> for ProblemDetails {
    fn from(overloaded: Overloaded) -> Self {
        let status = match overloaded {
            Overloaded::Full | Overloaded::TimedOut | Overloaded::Unreachable | Overloaded::Replaced => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Overloaded::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let (code, title) = match overloaded {
            Overloaded::Unreachable => ("unreachable", "the index cannot be reached"),
            Overloaded::Replaced => ("replaced", "the index was built anew"),
            _ => ("busy", "the server is busy"),
        };
        Self::new(code, title, status, overloaded.message())
    }
}

impl RequestError for ProblemDetails {
    fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }
}

impl IntoResponse for ProblemDetails {
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
    use super::{IndexError, ProblemDetails, StatusCode};

    #[test]
    fn what_is_late_may_be_asked_again() {
        let problem = ProblemDetails::from(IndexError::TimedOut);
        assert_eq!(
            (problem.status(), problem.detail.to_string().as_str()),
            (StatusCode::SERVICE_UNAVAILABLE, "the query timed out")
        );
    }
}
