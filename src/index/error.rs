//! Why an operation on an index fails, with hints.

use super::Location;
use crate::problem::Message;

/// Why an operation on an index failed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is no index at the location.
    #[error("there is no index at {0}")]
    Missing(Location),
    /// The location holds something that is not a newsdex index.
    #[error("{location} is not a newsdex index: {why}")]
    Foreign {
        /// The location.
        location: Location,
        /// Why it is not an index.
        why: String,
    },
    /// The index has an older format or analysis, which this version does not read.
    #[error(
        "the index at {location} has format {format} of newsdex {version}, which this version no longer reads"
    )]
    Older {
        /// The location.
        location: Location,
        /// The newsdex version that made it.
        version: String,
        /// Its format and analysis.
        format: String,
    },
    /// The index has a newer format or analysis, which this version does not know.
    #[error(
        "the index at {location} was written by newsdex {version}, which is newer than this version; nothing was changed"
    )]
    Newer {
        /// The location.
        location: Location,
        /// The newsdex version that made it.
        version: String,
    },
    /// The index has another schema than the caller gave.
    #[error("the index at {location} has another schema: {}", differences.join("; "))]
    Schema {
        /// The location.
        location: Location,
        /// The differences, one per line.
        differences: Vec<String>,
    },
    /// What was opened is no more: the index was built anew, maybe with other fields.
    #[error("the index at {0} was built anew since it was opened")]
    Replaced(Location),
    /// Another process is writing the index.
    #[error("the index at {0} is being written by another process")]
    Locked(Location),
    /// The files of the index are not as they were committed.
    #[error("the index at {location} cannot be read: {message}")]
    Damaged {
        /// The location.
        location: Location,
        /// What is damaged.
        message: String,
    },
    /// The operating system refuses to read the index.
    #[error("the index at {location} cannot be read: {message}")]
    Unreadable {
        /// The location.
        location: Location,
        /// The system's message.
        message: String,
    },
    /// The index cannot be written. Readers still see its last commit.
    #[error("the index at {location} cannot be written: {message}")]
    Unwritable {
        /// The location.
        location: Location,
        /// The cause.
        message: String,
    },
    /// The operating system starts no more threads.
    #[error("the operating system starts no more threads: {0}")]
    Threads(String),
    /// The engine cannot be reached.
    #[error("cannot reach the index at {location}: {message}")]
    Unreachable {
        /// The location.
        location: Location,
        /// The message of the network.
        message: String,
    },
    /// The engine cannot be reached as the connection is set up: with the scheme, the certificates or the credentials.
    #[error("cannot reach the index at {location}: {message}")]
    Misconfigured {
        /// The location.
        location: Location,
        /// What is wrong.
        message: String,
        /// What to do instead.
        instead: String,
    },
    /// The engine rejects the credentials, or they do not permit the operation.
    #[error("access to the index at {location} was denied: {message}")]
    Unauthorized {
        /// The location.
        location: Location,
        /// The message of the engine.
        message: String,
        /// Where the credentials that were sent are from; `None` if there were none.
        sent: Option<&'static str>,
    },
    /// The engine accepts no more requests for now.
    #[error("the index at {0} takes no more requests for now")]
    Throttled(Location),
    /// The engine does not support the operation.
    #[error("{what} is not supported at {location}")]
    Unsupported {
        /// The location.
        location: Location,
        /// The operation.
        what: String,
        /// What to do instead.
        instead: String,
    },
    /// The query costs too much: it expands to too many terms, for example.
    #[error("{0}")]
    TooMuch(Message),
    /// The deadline of the snapshot has passed.
    #[error("the query timed out")]
    TimedOut,
}

impl IndexError {
    /// What the user can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(location) => format!(
                "create one with `newsdex ingest PATH --index {location}`, or search a folder with `newsdex query WORDS --in PATH`"
            ),
            Self::Foreign { location: Location::Folder(_), .. } => {
                "name an empty or a new folder with --index DIR".into()
            }
            Self::Foreign { location: Location::Remote(_), .. } => {
                "name another index at the end of the URL, which need not be there yet".into()
            }
            Self::Older { .. } => {
                "build it anew with `newsdex ingest PATH --reindex`; until that ends, the old index stays".into()
            }
            Self::Newer { location, .. } => match location {
                Location::Folder(_) => "install the newer newsdex, or ingest into a new folder".into(),
                Location::Remote(_) => "install the newer newsdex, or ingest into an index of another name".into(),
            },
            Self::Schema { .. } => {
                "omit --schema and --store to keep the schema of the index, build the index anew with --reindex, or create another one with --index".into()
            }
            Self::Replaced(_) => "open it again".into(),
            Self::Locked(Location::Folder(_)) => "try again when the other process has ended".into(),
            Self::Locked(Location::Remote(_)) => {
                "try again when the other process has ended; one that died on another machine is told after 15 s, with --lock-wait 20s".into()
            }
            Self::Damaged { .. } => {
                "`newsdex check` looks for damage, `newsdex repair` recovers what is sound".into()
            }
            Self::Threads(_) => {
                "raise the limit of processes (`ulimit -u`) or of the container (pids), or ingest with --threads 1".into()
            }
            Self::Unreachable { .. } => "check the address, and that the engine runs".into(),
            Self::Unauthorized { sent: Some(origin), .. } => {
                format!("check the credentials, which are those of {origin}, and their privileges")
            }
            Self::Unauthorized { sent: None, .. } => {
                "no credentials were sent: set NEWSDEX_USER and NEWSDEX_PASSWORD, or NEWSDEX_API_KEY, or write a login for the host into ~/.netrc".into()
            }
            Self::Throttled(_) => "try again later".into(),
            Self::Misconfigured { instead, .. } | Self::Unsupported { instead, .. } => instead.clone(),
            Self::Unreadable { .. } | Self::Unwritable { .. } | Self::TooMuch(_) | Self::TimedOut => return None,
        })
    }
}
