//! Splits files that hold many articles into records.
//!
//! A splitter reads a file once, from front to back, and tells where each record is. It keeps one record in memory at a
//! time, and no record of more bytes than the limit. What the bytes of a record say is read by
//! [`RecordParser`](crate::article::RecordParser).

mod chosen;
mod csv;
mod feed;
mod index_page;
mod json;
mod lines;
mod scan;

pub use index_page::split_index_page;

use super::unpack::UnpackError;
use crate::article::{Format, Keys};
use std::io::{self, BufRead};

/// Where a record is in its file. In a compressed file, in what it holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The offset of its first byte.
    pub offset: u64,
    /// Its length in bytes.
    pub bytes: u32,
    /// The line on which it begins, from 1.
    pub line: u32,
}

/// The code of a piece in which the file ends, or behind which it cannot be read: what may follow is not known. Only a record
/// that follows all the same tells that just this piece is broken.
pub const CUT_OFF: &str = "cut-off";

/// What a splitter found at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'b> {
    /// The bytes of a record.
    Record(&'b [u8]),
    /// A record that cannot be read.
    Broken {
        /// A stable name of the reason: `bad-record`, `no-title-or-text`, `too-large`, or [`CUT_OFF`].
        code: &'static str,
        /// The reason in words.
        reason: String,
    },
}

/// How the records of a file are to be parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The format of each record.
    pub format: Format,
    /// What all records share: see [`RecordParser::new`](crate::article::RecordParser::new).
    pub head: Vec<u8>,
}

/// Why a whole file cannot be split.
#[derive(Debug, thiserror::Error)]
pub enum SplitError {
    /// It cannot be read or decompressed.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It holds no records, for the reason.
    #[error("{reason}")]
    NoRecords {
        /// A stable name of the reason: `no-records`, `no-title-or-text`.
        code: &'static str,
        /// The reason in words.
        reason: String,
    },
}

impl SplitError {
    /// A stable name of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(error) => UnpackError::of(error).map_or("unreadable", UnpackError::code),
            Self::NoRecords { code, .. } => code,
        }
    }
}

/// How a file is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Splitter {
    /// Values of JSON: an object, a list of objects, or several of them; see `json.rs`.
    Json,
    /// One JSON object a line.
    JsonLines,
    /// A row of names and a record a row: see `csv.rs`. The row of names tells what divides the columns.
    Csv,
    /// The same with tabs between columns.
    Tsv,
    /// The items of a feed in XML.
    Feed,
    /// The items of an index page in Markdown.
    IndexPage,
}

impl Splitter {
    /// Every splitter.
    pub const ALL: [Self; 6] =
        [Self::Json, Self::JsonLines, Self::Csv, Self::Tsv, Self::Feed, Self::IndexPage];

    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Feed => "feed",
            Self::IndexPage => "index-page",
        }
    }

    /// The splitter of a text that begins like JSON or a feed; `None` for any other. Of the beginning, some KiB are enough.
    #[must_use]
    pub fn of_start(start: &[u8]) -> Option<Self> {
        json::of_start(start).or_else(|| feed::is_start(start).then_some(Self::Feed))
    }

    /// Reads a file to its end, and calls `each` with all that it finds, in order of their places. `keys` tell which keys
    /// hold a title or a text. No record of more than `limit` bytes is kept in memory.
    ///
    /// # Errors
    ///
    /// [`SplitError`]; what was found before stays found.
    pub fn split(
        self,
        input: &mut dyn BufRead,
        keys: &Keys,
        limit: usize,
        each: &mut dyn FnMut(Place, Piece<'_>),
    ) -> Result<Shape, SplitError> {
        match self {
            Self::Json => json::split(input, keys, limit, each),
            Self::JsonLines => lines::split(input, keys, limit, each),
            Self::Csv => csv::split(input, None, keys, limit, each),
            Self::Tsv => csv::split(input, Some(b'\t'), keys, limit, each),
            Self::Feed => feed::split(input, limit, each),
            Self::IndexPage => index_page::split(input, limit, each),
        }
    }
}
