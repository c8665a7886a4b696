//! The newest titles that have some words.

use crate::{
    article::BuiltIn,
    index::{Collapse, DocRef, Fetch, IndexError, Retrieval, Snapshot, Sort},
    query::{Query, Slot, TermSet, Words},
};
use jiff::tz::TimeZone;
use std::ops::Range;

/// Only the beginning of a title is looked at: a longer text is no title.
const MAX_TITLE_CHARS: usize = 200;

/// The titles of the newest pages with a phrase in their title: terms, each at its place. `places` says which of the pages,
/// from 0 for the newest.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if a set expands to too many terms; else as every method of [`Snapshot`].
pub(super) fn titles(
    snapshot: &dyn Snapshot,
    phrase: &[(u32, TermSet)],
    places: Range<usize>,
) -> Result<Vec<String>, IndexError> {
    let slots = phrase.iter().map(|(offset, terms)| Slot { offset: *offset, unit: 0, terms: terms.clone() });
    let slots: Vec<Slot> = slots.collect();
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    let field = Some(BuiltIn::Title.name().to_owned());
    let retrieval = Retrieval {
        query: Query::Words(Words { field, slots, slop: 0, span: 0..0, plain: false }),
        typed: String::new(),
        without: None,
        sort: Sort::Newest,
        recency: None,
        collapse: Collapse::Pages,
        after: None,
        offset: places.start,
        limit: places.len(),
        facets: Vec::new(),
        zone: TimeZone::UTC,
    };
    let docs: Vec<DocRef> = snapshot.retrieve(&retrieval)?.docs.iter().map(|found| found.doc).collect();
    let pages = snapshot.fetch(&docs, Fetch::Texts)?;
    Ok(pages.into_iter().map(|page| page.title.chars().take(MAX_TITLE_CHARS).collect()).collect())
}
