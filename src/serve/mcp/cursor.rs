//! Where a next page begins: the place, with the state of the index and the question that it is a place in.

use super::tool_error::ToolError;
use rmcp::model::JsonObject;
use xxhash_rust::xxh3::Xxh3;

/// So many hits or values can be paged through; what is behind them is reached by narrowing the question.
pub(super) const FARTHEST: usize = 10_000;

/// A question on a state of the index, in whose answer a cursor is a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct CursorCodec {
    generation: u64,
    question: u64,
}

impl CursorCodec {
    /// The answers to a tool's arguments. How many are wanted at a time is no part of the question.
    pub(super) fn new(generation: u64, tool: &str, arguments: &JsonObject) -> Self {
        let mut named: Vec<_> =
            arguments.iter().filter(|(name, value)| !turns(name) && !value.is_null()).collect();
        named.sort_by_key(|(name, _)| name.as_str());
        let mut hash = Xxh3::new();
        hash.update(tool.as_bytes());
        for (name, value) in named {
            hash.update(format!("\n{name}={value}").as_bytes());
        }
        Self { generation, question: hash.digest() }
    }

    /// The cursor of a place.
    pub(super) fn cursor(self, place: usize) -> String {
        format!("{:x}.{:x}.{place:x}", self.generation, self.question)
    }

    /// The place of a cursor, or the beginning without one.
    ///
    /// # Errors
    ///
    /// Where it is no cursor, or one of another state or question.
    pub(super) fn place(self, cursor: Option<&str>) -> Result<usize, ToolError> {
        let Some(cursor) = cursor else { return Ok(0) };
        let [generation, question, place] = numbers(cursor).ok_or_else(|| {
            ToolError::of("cursor", "not a valid cursor; send next_cursor unchanged, or omit the cursor")
        })?;
        if question != self.question {
            let message =
                "it belongs to other arguments; send it with the arguments of the call that returned it";
            return Err(ToolError::of("cursor", message));
        }
        if generation != self.generation {
            return Err(ToolError::of("cursor", "the index has changed; call again without the cursor"));
        }
        usize::try_from(place).map_err(|_| ToolError::of("cursor", "not a valid cursor"))
    }
}

/// Whether a parameter only turns pages.
fn turns(name: &str) -> bool {
    matches!(name, "cursor" | "limit" | "max_chars")
}

fn numbers(cursor: &str) -> Option<[u64; 3]> {
    let mut parts = cursor.split('.').map(|part| u64::from_str_radix(part, 16).ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}
