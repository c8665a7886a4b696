//! Documents of a commit, addressed by segment and number in the segment.

use super::deadline::DeadlineCheck;
use crate::index::DocRef;
use tantivy::{
    DocAddress, Searcher,
    query::{EnableScoring, Query as TantivyQuery},
};

/// The address of a document in its snapshot.
pub(super) fn address(DocRef(number): DocRef) -> DocAddress {
    let half = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
    DocAddress::new(half(number >> 32), half(number))
}

/// The document at an address.
pub(super) fn doc_ref(address: DocAddress) -> DocRef {
    DocRef(u64::from(address.segment_ord) << 32 | u64::from(address.doc_id))
}

/// A matching document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// The article hash, which all pages of an article share, or another number per article.
    pub article: u64,
    pub address: DocAddress,
}

/// All matches, ordered by segment and document.
pub(super) fn addresses(searcher: &Searcher, query: &dyn TantivyQuery) -> tantivy::Result<Vec<DocAddress>> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut found = Vec::new();
    let steps = DeadlineCheck::default();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        weight.for_each_no_score(segment, &mut |docs| {
            steps.step();
            let alive = docs.iter().filter(|doc| !segment.is_deleted(**doc));
            found.extend(alive.map(|doc| DocAddress::new(ordinal, *doc)));
        })?;
    }
    Ok(found)
}
