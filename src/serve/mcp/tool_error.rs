//! Why a tool has no answer, in words that an agent can act on.

use crate::{
    index::IndexError,
    problem::Problem,
    render::{self, Look},
    search::SearchError,
    serve::problem_details::UNREADABLE,
};
use rmcp::model::{CallToolResult, ContentBlock};
use std::fmt::Write as _;

/// Why a tool has no answer, for the agent to read.
#[derive(Debug)]
pub(super) struct ToolError(pub String);

impl ToolError {
    /// What is wrong with a parameter.
    pub(super) fn of(parameter: &str, message: impl std::fmt::Display) -> Self {
        Self(format!("{parameter}: {message}"))
    }

    /// Something that no argument should bring about.
    pub(super) fn fault() -> Self {
        Self("the call failed because of a bug in newsdex".into())
    }

    /// The complaint as the protocol has it: the agent is to read it and ask otherwise.
    pub(super) fn result(&self) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(super::untrusted_text::lines(&self.0))])
    }
}

impl From<IndexError> for ToolError {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::TooMuch(_) | IndexError::TimedOut => Self(error.to_string()),
            _ => Self(UNREADABLE.to_owned()),
        }
    }
}

impl From<SearchError> for ToolError {
    fn from(refusal: SearchError) -> Self {
        match refusal {
            SearchError::Words { text, problems } => Self(unread(&text, &problems)),
            // The name is that of the parameter.
            SearchError::Value { .. } => Self(refusal.to_string()),
            SearchError::Index(error) => error.into(),
        }
    }
}

/// What is wrong with a query: each problem with its place, drawn and in characters, and what would help.
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
