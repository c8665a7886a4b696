//! Cursors of result pages: an offset, valid for one generation of the index and one set of arguments.

use super::tool_error::ToolError;
use rmcp::model::JsonObject;
use xxhash_rust::xxh3::Xxh3;

/// Paging ends at this offset; a narrower query reaches the rest.
pub(super) const MAX_OFFSET: usize = 10_000;

/// Encodes and decodes the cursors of one query on one generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct CursorCodec {
    generation: u64,
    arguments: u64,
}

impl CursorCodec {
    /// A codec for a tool and its arguments. The page size is not part of the query.
    pub(super) fn new(generation: u64, tool: &str, arguments: &JsonObject) -> Self {
        let mut named: Vec<_> = arguments.iter().filter(|(name, _)| !turns(name)).collect();
        named.sort_by_key(|(name, _)| name.as_str());
        let mut hash = Xxh3::new();
        hash.update(tool.as_bytes());
        for (name, value) in named {
            hash.update(format!("\n{name}={value}").as_bytes());
        }
        Self { generation, arguments: hash.digest() }
    }

    /// The cursor for an offset.
    pub(super) fn cursor(self, place: usize) -> String {
        format!("{:x}.{:x}.{place:x}", self.generation, self.arguments)
    }

    /// The offset of a cursor; 0 without one.
    ///
    /// # Errors
    ///
    /// If the cursor is malformed, or belongs to another generation or other arguments.
    pub(super) fn place(self, cursor: Option<&str>) -> Result<usize, ToolError> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(0) };
        let [generation, arguments, place] = numbers(cursor).ok_or_else(|| {
            ToolError::of("cursor", "not a valid cursor; send next_cursor unchanged, or omit the cursor")
        })?;
        if arguments != self.arguments {
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

/// Whether a parameter only selects the page.
fn turns(name: &str) -> bool {
    matches!(name, "cursor" | "limit" | "max_chars")
}

fn numbers(cursor: &str) -> Option<[u64; 3]> {
    let mut parts = cursor.split('.').map(|part| u64::from_str_radix(part, 16).ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}
