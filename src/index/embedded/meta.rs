//! The list of segments, `meta.json`, kept twice, so that damage to it is seen and mended.
//!
//! tantivy gives its other files a check sum, but not this one. Before it is written, `meta.copy` is: a line with the
//! hash of the new list and that of the one before it, then the new list itself. Whenever the writing is cut off, the
//! list is one of those two; anything else has not been committed by anybody.

use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// tantivy's list of segments.
pub(super) const META: &str = "meta.json";
/// The copy of it.
pub(super) const COPY: &str = "meta.copy";
/// tantivy's list of the files that it may remove.
pub(super) const MANAGED: &str = ".managed.json";

/// What the copy says.
pub(super) struct Copy {
    /// The hashes of the list and of the one before it, which is 0 where there was none.
    hashes: [u64; 2],
    /// The list.
    pub meta: Vec<u8>,
}

impl Copy {
    /// The copy in the bytes of its file; none where these are damaged.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (hash, before) = str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
        let hashes = [u64::from_str_radix(hash, 16).ok()?, u64::from_str_radix(before, 16).ok()?];
        let meta = bytes[end + 1..].to_vec();
        (xxh3_64(&meta) == hashes[0]).then_some(Self { hashes, meta })
    }

    /// The bytes of the file, for a list that takes the place of another.
    pub(super) fn write(meta: &[u8], before: Option<&[u8]>) -> Vec<u8> {
        let before = before.map_or(0, xxh3_64);
        let mut bytes = format!("{:016x} {before:016x}\n", xxh3_64(meta)).into_bytes();
        bytes.extend_from_slice(meta);
        bytes
    }

    /// Whether a list was committed, as far as the copy knows.
    pub(super) fn vouches_for(&self, meta: &[u8]) -> bool {
        self.hashes.contains(&xxh3_64(meta))
    }

    /// Whether there was a list before.
    pub(super) fn has_before(&self) -> bool {
        self.hashes[1] != 0
    }
}

/// The copy in the folder of an index, if it is there and sound.
pub(super) fn copy_in(folder: &Path) -> Option<Copy> {
    Copy::read(&std::fs::read(folder.join(COPY)).ok()?)
}
