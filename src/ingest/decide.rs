//! What an ingest does with a file that it finds, decided by what the ledger knows of it.

use crate::{index::Known, source::Candidate};

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Keep what the index has of it.
    Keep,
    /// Read it: it is new, or its time or size has changed.
    Read,
}

/// Decides by name, time and size alone.
pub(super) fn decide(known: Option<Known>, candidate: &Candidate) -> Decision {
    match known {
        Some(known) if known.modified == candidate.modified && known.size == candidate.size => Decision::Keep,
        _ => Decision::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide};
    use crate::{index::Known, source::Candidate};

    #[test]
    fn a_file_is_kept_if_neither_time_nor_size_has_changed() {
        let candidate = Candidate {
            path: "/a.md".into(),
            text: "/a.md".into(),
            name: "a.md".into(),
            modified: 7,
            size: 40,
            follow: false,
        };
        let known = |modified, size| Some(Known { modified, size, ..Known::default() });
        assert_eq!(decide(known(7, 40), &candidate), Decision::Keep);
        for changed in [known(8, 40), known(6, 40), known(7, 41), None] {
            assert_eq!(decide(changed, &candidate), Decision::Read, "{changed:?}");
        }
    }
}
