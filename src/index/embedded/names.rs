//! The names that articles state for securities: terms of the articles by name, and a column of spellings by security.
//!
//! So deletions, merges and repairs carry them, and nothing depends on the order of files.

use super::{
    commit::Commit,
    deadline::DeadlineCheck,
    layout::{ARTICLE, SPELLINGS},
};
use crate::{
    index::{
        NameStatement, TermFreqs,
        terms::{spellings_of, stated_by},
    },
    symbol::Symbol,
};
use std::collections::BTreeMap;
use tantivy::{DocSet as _, SegmentReader, TERMINATED, schema::IndexRecordOption};

/// The statements of names whose key is `key`, or with `longer` of at most `limit` that begin with it and are longer.
pub(super) fn statements(
    commit: &Commit,
    key: &str,
    longer: bool,
    limit: usize,
) -> tantivy::Result<Vec<NameStatement>> {
    let prefix = if longer { key.to_owned() } else { format!("{key}\0") };
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    each_term(commit, &prefix, limit, |segment, term, info| {
        if longer && term[key.len()..].starts_with('\0') {
            return Ok(());
        }
        let list = segment
            .inverted_index(commit.definition.layout.names)?
            .read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let numbers = segment.fast_fields().u64(ARTICLE)?;
        let articles = found.entry(term.to_owned()).or_default();
        each_alive(segment, list, |doc| articles.extend(numbers.first(doc)));
        Ok(())
    })?;
    let statements = found.into_iter().filter_map(|(term, mut articles)| {
        let (key, symbol, class) = stated_by(&term)?;
        articles.sort_unstable();
        articles.dedup();
        (!articles.is_empty()).then(|| NameStatement { key: key.to_owned(), symbol, class, articles })
    });
    Ok(statements.collect())
}

/// How articles spell the names of a security, with the number of pages, most frequent first.
pub(super) fn spellings(commit: &Commit, symbol: &Symbol, limit: usize) -> tantivy::Result<TermFreqs> {
    let prefix = spellings_of(symbol);
    let Some(term) = commit.definition.layout.symbol_term(&commit.definition.schema, symbol) else {
        return Ok(Vec::new());
    };
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for segment in commit.searcher.segment_readers() {
        let Some(column) = segment.fast_fields().str(SPELLINGS)? else { continue };
        let mut entries = column.dictionary().range().ge(&prefix).into_stream()?;
        let (mut first, mut found) = (0, Vec::new());
        while found.len() < limit && entries.advance() && entries.key().starts_with(prefix.as_bytes()) {
            if found.is_empty() {
                first = entries.term_ord();
            }
            found.push((String::from_utf8_lossy(&entries.key()[prefix.len()..]).into_owned(), 0));
        }
        let index = segment.inverted_index(term.field())?;
        let Some(list) = index.read_postings(&term, IndexRecordOption::Basic)? else { continue };
        each_alive(segment, list, |doc| {
            for ordinal in column.term_ords(doc) {
                let place = ordinal.checked_sub(first).and_then(|place| usize::try_from(place).ok());
                if let Some((_, count)) = place.and_then(|place| found.get_mut(place)) {
                    *count += 1;
                }
            }
        });
        for (spelling, count) in found.into_iter().filter(|(_, count)| *count > 0) {
            *counts.entry(spelling).or_default() += count;
        }
    }
    let mut counts: TermFreqs = counts.into_iter().collect();
    counts.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    Ok(counts)
}

/// Calls `visit` with at most `limit` terms of each segment that begin with `prefix`.
fn each_term(
    commit: &Commit,
    prefix: &str,
    limit: usize,
    mut visit: impl FnMut(&SegmentReader, &str, &tantivy::postings::TermInfo) -> tantivy::Result<()>,
) -> tantivy::Result<()> {
    let names = commit.definition.layout.names;
    let steps = DeadlineCheck::default();
    for segment in commit.searcher.segment_readers() {
        let index = segment.inverted_index(names)?;
        let mut terms = index.terms().range().ge(prefix.as_bytes()).into_stream()?;
        let mut left = limit;
        while left > 0 && terms.advance() && terms.key().starts_with(prefix.as_bytes()) {
            steps.step();
            left -= 1;
            if let Ok(term) = str::from_utf8(terms.key()) {
                visit(segment, term, terms.value())?;
            }
        }
    }
    Ok(())
}

/// Calls `visit` with the documents of a posting list that were not removed.
fn each_alive(
    segment: &SegmentReader,
    mut list: tantivy::postings::SegmentPostings,
    mut visit: impl FnMut(u32),
) {
    let alive = segment.alive_bitset();
    let steps = DeadlineCheck::default();
    while list.doc() != TERMINATED {
        steps.step();
        if alive.is_none_or(|alive| alive.is_alive(list.doc())) {
            visit(list.doc());
        }
        list.advance();
    }
}
