//! Reports the contents and the size of an index.

use super::{
    columns::optional_u64,
    commit::Commit,
    keys,
    layout::{EXCLUDED_MARKER, RECORD},
    matches,
};
use crate::{
    article::BuiltIn,
    index::{Collapse, FacetBy, FacetRequest, Retrieval, Retrieved, Sort, Status, place_table::TABLE},
    query::Query,
};
use jiff::tz::TimeZone;
use std::{collections::BTreeMap, fs};
use tantivy::{
    DocId, Searcher, Term,
    query::{Query as _, TermQuery},
    schema::IndexRecordOption,
};

pub(super) fn status(commit: &Commit) -> tantivy::Result<Status> {
    let searcher = &commit.searcher;
    let by =
        FacetBy { name: BuiltIn::Locale.name().into(), field: BuiltIn::Locale.name().into(), levels: None };
    let mut retrieval = Retrieval {
        query: Query::All,
        typed: String::new(),
        without: None,
        sort: Sort::Newest,
        recency: None,
        collapse: Collapse::Pages,
        after: None,
        offset: 0,
        limit: 1,
        facets: Vec::new(),
        zone: TimeZone::UTC,
    };
    let newest = matches::retrieve(commit, &retrieval)?;
    retrieval.sort = Sort::Oldest;
    retrieval.facets.push(FacetRequest { by, limit: usize::MAX });
    let oldest = matches::retrieve(commit, &retrieval)?;
    let published = |retrieved: &Retrieved| retrieved.docs.first().and_then(|doc| doc.published);
    let marker = Term::from_field_text(commit.definition.layout.excluded, EXCLUDED_MARKER);
    let without_article = TermQuery::new(marker, IndexRecordOption::Basic).count(searcher)?;
    let mut tables = 0;
    for segment in searcher.segment_readers() {
        if let Some(numbers) = optional_u64(segment, RECORD)? {
            let of_table = |doc: &DocId| numbers.first(*doc).is_some_and(|number| number < TABLE);
            tables += segment.doc_ids_alive().filter(of_table).count();
        }
    }
    let files = fs::read_dir(&commit.definition.path).into_iter().flatten().flatten();
    Ok(Status {
        location: commit.definition.path.display().to_string(),
        articles: oldest.articles as u64,
        pages: oldest.pages as u64,
        excluded: without_article.saturating_sub(tables) as u64,
        locales: oldest.facets.first().map(|facet| facet.counts.clone()).unwrap_or_default(),
        keys: keys::keys(commit)?,
        published: published(&oldest).zip(published(&newest)),
        segments: Some(searcher.segment_readers().len()),
        bytes: files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum(),
        fields: sizes(searcher)?,
        ingested: commit.payload.ingested,
        version: commit.payload.version.clone(),
    })
}

/// Size on disk per field, in bytes, largest first; with entries for what no single field owns.
fn sizes(searcher: &Searcher) -> tantivy::Result<Vec<(String, u64)>> {
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for segment in searcher.space_usage()?.segments() {
        let parts = [
            segment.termdict(),
            segment.postings(),
            segment.positions(),
            segment.fast_fields(),
            segment.fieldnorms(),
        ];
        for field in parts.into_iter().flat_map(tantivy::space_usage::PerFieldSpaceUsage::fields) {
            *sizes.entry(field.field_name().to_owned()).or_default() += field.total().get_bytes();
        }
        *sizes.entry("(stored texts)".into()).or_default() += segment.store().total().get_bytes();
        *sizes.entry("(deletions)".into()).or_default() += segment.deletes().get_bytes();
    }
    let mut sizes: Vec<(String, u64)> = sizes.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
    sizes.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(sizes)
}
