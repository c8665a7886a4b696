//! What an index cannot do, and what to do about it.

use super::Location;

/// Why an index could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no index.
    #[error("there is no index at {0}")]
    Missing(Location),
    /// There is something else.
    #[error("{location} is not a newsdex index: {why}")]
    Foreign {
        /// Where.
        location: Location,
        /// What tells that it is none.
        why: String,
    },
    /// The index has an older format, which this version does not read.
    #[error(
        "the index at {location} has format {format} of newsdex {version}, which this version no longer reads"
    )]
    Older {
        /// Where.
        location: Location,
        /// The version that made it.
        version: String,
        /// Its format and analysis.
        format: String,
    },
    /// The index has a newer format, which this version does not know.
    #[error(
        "the index at {location} was written by newsdex {version}, which is newer than this version; nothing was changed"
    )]
    Newer {
        /// Where.
        location: Location,
        /// The version that made it.
        version: String,
    },
    /// The index has another schema than it was to be opened with.
    #[error("the index at {location} has another schema: {}", differences.join("; "))]
    Schema {
        /// Where.
        location: Location,
        /// What differs, a line each.
        differences: Vec<String>,
    },
    /// Another process writes the index.
    #[error("the index at {0} is being written by another process")]
    Locked(Location),
    /// What the index consists of is not as it was committed.
    #[error("the index at {location} cannot be read: {message}")]
    Damaged {
        /// Where.
        location: Location,
        /// What was found.
        message: String,
    },
    /// The system refuses to read the index.
    #[error("the index at {location} cannot be read: {message}")]
    Unreadable {
        /// Where.
        location: Location,
        /// What the system says.
        message: String,
    },
    /// The index cannot be written. Readers go on to see its last commit.
    #[error("the index at {location} cannot be written: {message}")]
    Unwritable {
        /// Where.
        location: Location,
        /// What happened.
        message: String,
    },
    /// No connection to the engine.
    #[error("cannot reach the index at {location}: {message}")]
    Unreachable {
        /// Where.
        location: Location,
        /// What the network says.
        message: String,
    },
    /// The engine does not accept the credentials, or they do not allow the operation.
    #[error("access to the index at {location} was denied: {message}")]
    Unauthorized {
        /// Where.
        location: Location,
        /// What the engine says.
        message: String,
    },
    /// The engine takes no more requests for now.
    #[error("the index at {0} takes no more requests for now")]
    Throttled(Location),
    /// The engine cannot do this.
    #[error("{what} is not supported at {location}")]
    Unsupported {
        /// Where.
        location: Location,
        /// What was asked.
        what: String,
        /// What to do instead.
        instead: String,
    },
    /// The query asks for more than an engine will do.
    #[error("{0}")]
    TooMuch(String),
    /// The deadline of the snapshot has passed.
    #[error("the query timed out")]
    TimedOut,
}

impl IndexError {
    /// What to do about it, for whoever runs the program.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(location) => format!(
                "create one with `newsdex ingest PATH --index {location}`, or search a folder with `newsdex query WORDS --in PATH`"
            ),
            Self::Foreign { .. } => "name an empty or a new folder with --index DIR".into(),
            Self::Older { .. } => "ingest into a new folder".into(),
            Self::Newer { .. } => "install the newer newsdex, or ingest into a new folder".into(),
            Self::Schema { .. } => {
                "omit --schema and --store to keep the schema of the index, or create another index with --index DIR".into()
            }
            Self::Locked(_) => "wait for the other process, or for longer with --lock-wait TIME".into(),
            Self::Damaged { .. } => {
                "`newsdex check` looks for damage, `newsdex repair` recovers what is sound".into()
            }
            Self::Unreachable { .. } => "check the address, and that the engine runs".into(),
            Self::Unauthorized { .. } => "check the credentials and their privileges".into(),
            Self::Throttled(_) => "try again later".into(),
            Self::Unsupported { instead, .. } => instead.clone(),
            Self::Unreadable { .. } | Self::Unwritable { .. } | Self::TooMuch(_) | Self::TimedOut => return None,
        })
    }
}
