//! Errors of tools, worded so that an agent can act on them.

use crate::{
    index::IndexError,
    problem::Problem,
    render::{self, Look},
    search::SearchError,
    serve::{
        cursor::CursorError,
        executor::{Overloaded, RequestError, damage_of},
        problem_details::unreadable,
    },
};
use rmcp::model::{CallToolResult, ContentBlock};
use std::fmt::Write as _;

/// The message of a failed call.
#[derive(Debug)]
pub(super) struct ToolError {
    pub message: String,
    /// What the operator must know of the index. It may name files, so agents do not get it.
    damage: Option<Box<str>>,
}

impl ToolError {
    pub(super) fn new(message: String) -> Self {
        Self { message, damage: None }
    }

    /// An invalid argument.
    pub(super) fn of(parameter: &str, message: impl std::fmt::Display) -> Self {
        Self::new(format!("{parameter}: {message}"))
    }

    /// A bug: no argument should cause it.
    pub(super) fn fault() -> Self {
        Self::new("the call failed because of a bug in newsdex".into())
    }

    /// The error as a tool result, which the agent reads and can correct.
    pub(super) fn result(&self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(super::untrusted_text::lines(&self.message))])
    }
}

impl From<IndexError> for ToolError {
    fn from(error: IndexError) -> Self {
        let damage = damage_of(&error);
        match error {
            IndexError::TooMuch(_) | IndexError::TimedOut => Self::new(error.to_string()),
            IndexError::Throttled(_) => Overloaded::Full.into(),
            IndexError::Unreachable { .. } => Overloaded::Unreachable.into(),
            IndexError::Replaced(_) => Overloaded::Replaced.into(),
            _ => Self { message: unreadable().to_string(), damage },
        }
    }
}

impl RequestError for ToolError {
    fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }
}

impl From<CursorError> for ToolError {
    fn from(error: CursorError) -> Self {
        Self::of("cursor", error.message())
    }
}

impl From<SearchError> for ToolError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Words { text, problems } => Self::new(unread(&text, &problems)),
            // Options and arguments have the same names.
            SearchError::Value { .. } => Self::new(error.to_string()),
            SearchError::Index(error) => error.into(),
        }
    }
}

/// The message for an invalid query: each problem with its place, as a drawing and in characters, and its hint.
fn unread(text: &str, problems: &[Problem]) -> String {
    let mut told = "query: cannot parse it\n".to_owned();
    for problem in problems {
        let mut drawn = Vec::new();
        // Writing to memory cannot fail.
        let _ = render::problems(&mut drawn, text, std::slice::from_ref(problem), &Look::default());
        told.push_str(&String::from_utf8_lossy(&drawn));
        if let (Some(before), Some(meant)) = (text.get(..problem.span.start), text.get(problem.span.clone()))
            && !meant.is_empty()
        {
            let first = before.chars().count();
            let _ = writeln!(told, "  span: characters {first} to {}", first + meant.chars().count());
        }
    }
    told.push_str("The resource newsdex://help/query explains the language.");
    told
}
