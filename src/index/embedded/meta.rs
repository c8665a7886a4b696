//! The list of segments, `meta.json`, and its copy, which detects and repairs damage to it.
//!
//! tantivy's other files have check sums; this one has none. So `meta.copy` is written before it: a line with the
//! hashes of the new list and of the one before, then the new list. Wherever writing is cut off, the list is one of
//! these two; any other content was never committed.

use std::{fs, io, path::Path};
use xxhash_rust::xxh3::xxh3_64;

/// tantivy's list of segments.
pub(super) const META: &str = "meta.json";
/// The copy of the list.
pub(super) const COPY: &str = "meta.copy";
/// tantivy's list of the files that it may remove.
pub(super) const MANAGED: &str = ".managed.json";
/// The folder of an index that is built anew, inside that of the present one.
pub(super) const NEW: &str = ".reindex";

/// The content of the copy.
pub(super) struct Copy {
    /// The hashes of the list and of the one before; the latter is 0 for the first list.
    hashes: [u64; 2],
    /// The list.
    pub meta: Vec<u8>,
}

impl Copy {
    /// Parses the copy; `None` if it is damaged.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (hash, before) = str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
        let hashes = [u64::from_str_radix(hash, 16).ok()?, u64::from_str_radix(before, 16).ok()?];
        let meta = bytes[end + 1..].to_vec();
        (xxh3_64(&meta) == hashes[0]).then_some(Self { hashes, meta })
    }

    /// The bytes of the copy for a list that replaces `before`.
    pub(super) fn write(meta: &[u8], before: Option<&[u8]>) -> Vec<u8> {
        let before = before.map_or(0, xxh3_64);
        let mut bytes = format!("{:016x} {before:016x}\n", xxh3_64(meta)).into_bytes();
        bytes.extend_from_slice(meta);
        bytes
    }

    /// Whether this list was committed, as far as the copy tells.
    pub(super) fn vouches_for(&self, meta: &[u8]) -> bool {
        self.hashes.contains(&xxh3_64(meta))
    }

    /// Whether another list came before.
    pub(super) fn has_before(&self) -> bool {
        self.hashes[1] != 0
    }
}

/// The copy in an index folder, if it exists and is sound.
pub(super) fn copy_in(folder: &Path) -> Option<Copy> {
    Copy::read(&fs::read(folder.join(COPY)).ok()?)
}

/// Removes what a rebuild has left in an index folder.
pub(super) fn clear_new(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder.join(NEW)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
