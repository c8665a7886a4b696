//! What an ingest does with a file that it finds, decided by what the ledger knows of it.

use crate::{
    article::Format,
    index::Known,
    source::{Candidate, Contents, InputFormat, Kind, Splitter},
};

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Keep what the index has of it.
    Keep,
    /// Read it: it is new, or its time or size has changed.
    Read,
}

/// Decides by name, time and size, and by whether the file is to be read as what it was read as.
pub(super) fn decide(known: Option<Known>, candidate: &Candidate) -> Decision {
    let is_same = |known: &Known| {
        (known.modified, known.size) == (candidate.modified, candidate.size) && is_as_before(known, candidate)
    };
    if known.as_ref().is_some_and(is_same) { Decision::Keep } else { Decision::Read }
}

/// Whether a file is to be read as what it was read as. Without a word of the user it stays what the user has said before, and a
/// file of one article or of none stays that.
fn is_as_before(known: &Known, candidate: &Candidate) -> bool {
    let Kind { contents, is_chosen, .. } = candidate.kind;
    if is_chosen {
        // An index from before the splitters were remembered does not know that of a file of records.
        let by_name = || Kind::of_chosen(&candidate.path, InputFormat::Auto).contents;
        let was = known.contents.or_else(|| (!known.has_records).then(by_name));
        // A Markdown file may be an article, or an index page of many.
        let is_index_page = was == Some(Contents::Records(Splitter::IndexPage));
        return was == Some(contents) || is_index_page && contents == Contents::Whole(Format::Markdown);
    }
    match contents {
        _ if known.contents.is_some() => true,
        Contents::Records(_) => known.has_records || known.key.is_none(),
        Contents::Whole(format) => !(known.has_records && format == Format::Html),
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
