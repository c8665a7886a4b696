//! Tells whether a path still leads to the same folder.

use std::{fs, path::Path, time::SystemTime};

/// What is at a path: another folder in its place has another identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Device and inode.
    #[cfg(unix)]
    number: (u64, u64),
    /// A new folder may get the inode of one that was just removed.
    created: Option<SystemTime>,
}

impl Identity {
    /// The identity of what a path leads to; `None` if it is not there or cannot be looked at.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            #[cfg(unix)]
            number: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.dev(), metadata.ino())
            },
            created: metadata.created().ok(),
        })
    }
}
