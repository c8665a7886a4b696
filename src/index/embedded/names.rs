//! The names that articles state for securities, as terms of the articles.
//!
//! So deletions, merges and repairs carry them, and nothing depends on the order of files.

use super::{
    commit::Commit,
    deadline::DeadlineCheck,
    layout::{ARTICLE, SPELLING, class_letter},
};
use crate::{
    article::NameClass,
    index::{NameStatement, TermFreqs},
    symbol::Symbol,
};
use std::collections::BTreeMap;
use tantivy::{DocSet as _, SegmentReader, TERMINATED, schema::IndexRecordOption};

/// What a term states: the key, the security and the class.
fn parse(term: &str) -> Option<(&str, Symbol, NameClass)> {
    let mut parts = term.split('\0');
    let (key, path, class) = (parts.next()?, parts.next()?, parts.next()?);
    let class = NameClass::ALL.into_iter().find(|known| class.starts_with(class_letter(*known)))?;
    Some((key, Symbol::from_facet(path)?, class))
}

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
        let (key, symbol, class) = parse(&term)?;
        articles.sort_unstable();
        articles.dedup();
        (!articles.is_empty()).then(|| NameStatement { key: key.to_owned(), symbol, class, articles })
    });
    Ok(statements.collect())
}

/// How articles spell the names of a security, with the number of articles, most frequent first. Removed ones may count.
pub(super) fn spellings(commit: &Commit, symbol: &Symbol, limit: usize) -> tantivy::Result<TermFreqs> {
    let prefix = format!("{SPELLING}{}\0", symbol.facet());
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    each_term(commit, &prefix, limit, |_, term, info| {
        *counts.entry(term[prefix.len()..].to_owned()).or_default() += u64::from(info.doc_freq);
        Ok(())
    })?;
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
