//! What was read of the [places](super::places) of a commit's files.

use crate::source::{Shape, Splitter};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Maximum number of cached parts, about 100 KiB each.
pub(super) const MAX_PARTS: usize = 128;

/// A file of many records.
pub(super) struct RecordsFile {
    /// How the file was split.
    pub splitter: Splitter,
    /// How its records are to be parsed.
    pub shape: Shape,
    /// The number of parts of their places in documents of their own.
    pub parts: usize,
    /// The places, if there are none of those.
    pub few: Part,
}

/// The bytes of a part.
pub(super) type Part = Arc<Vec<u8>>;

/// What was read so far. Files are known by the hashes of their paths, parts also by their numbers from 0.
#[derive(Default)]
pub(super) struct Cache {
    pub files: Mutex<HashMap<u64, Option<Arc<RecordsFile>>>>,
    pub parts: Mutex<HashMap<(u64, usize), Part>>,
}
