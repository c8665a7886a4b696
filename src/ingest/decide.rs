//! What an ingest does with a file that it finds, decided by what the ledger knows of it.

use crate::{
    article::Format,
    index::Known,
    source::{Candidate, Contents, Kind},
};

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Keep what the index has of it.
    Keep,
    /// Read it: it is new, or its time or size has changed.
    Read,
}

/// Decides by name, time and size, and by whether the file is to be read as what it was read as. A Markdown file may be either,
/// as an index page has many records. Without a word of the user, a file of one article stays what it was.
pub(super) fn decide(known: Option<Known>, candidate: &Candidate) -> Decision {
    let is_kind = |known: Known| match candidate.kind.contents {
        Contents::Records(_) => known.has_records || known.key.is_none(),
        Contents::Whole(format) => {
            let was = || known.format.or_else(|| Kind::format_by_name(&candidate.path));
            let is_same = !candidate.kind.is_chosen || known.has_records || was() == Some(format);
            is_same && !(known.has_records && format == Format::Html)
        }
    };
    match known {
        Some(known)
            if known.modified == candidate.modified && known.size == candidate.size && is_kind(known) =>
        {
            Decision::Keep
        }
        _ => Decision::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, decide};
    use crate::{
        article::Format,
        index::Known,
        source::{Candidate, Contents, Kind},
    };

    #[test]
    fn a_file_is_kept_if_neither_time_nor_size_has_changed() {
        let candidate = Candidate {
            path: "/a.md".into(),
            text: "/a.md".into(),
            name: "a.md".into(),
            modified: 7,
            size: 40,
            follow: false,
            kind: Kind {
                contents: Contents::Whole(Format::Markdown),
                may_be_packed: false,
                is_chosen: false,
            },
        };
        let known = |modified, size| Some(Known { modified, size, ..Known::default() });
        assert_eq!(decide(known(7, 40), &candidate), Decision::Keep);
        for changed in [known(8, 40), known(6, 40), known(7, 41), None] {
            assert_eq!(decide(changed, &candidate), Decision::Read, "{changed:?}");
        }
    }
}
