//! Reads articles: by key, or all that match, batch by batch.

use super::{
    columns::text_of,
    commit::Commit,
    deadline::{self, DeadlineCheck},
    docs::addresses,
    lower,
};
use crate::{
    index::{Fetch, StoredArticle},
    query::{Query, Slot, TermSet, Words},
    symbol::Symbol,
    text,
};
use tantivy::{DocAddress, DocId, Searcher};

/// A scan reads the columns of this many articles at once: looking values up one by one would unpack a block of a
/// dictionary for each.
const METADATA_BATCH: usize = 8192;
/// A scan reads this many articles with their texts at once, or texts of about this many bytes.
const FULL_BATCH: usize = 64;
const FULL_BATCH_BYTES: usize = 4 << 20;

/// The article of a key, or of an id in the first of its locales.
pub(super) fn article(commit: &Commit, key: &str) -> tantivy::Result<Option<StoredArticle>> {
    let mut found: Vec<(String, DocAddress)> = Vec::new();
    for id in [Some(key), key.rsplit_once('/').map(|(id, _)| id)].into_iter().flatten() {
        for address in with_id(commit, id)? {
            let kept = commit.metadata(address)?;
            if kept.key == key || kept.id == key {
                found.push((kept.key, address));
            }
        }
    }
    found.sort();
    found.first().map(|(_, address)| commit.read(*address)).transpose()
}

/// Articles whose id has the words of this one; where it has none, those of just this id.
pub(super) fn with_id(commit: &Commit, id: &str) -> tantivy::Result<Vec<DocAddress>> {
    let words = text::tokens(id).map(|word| Slot {
        offset: word.position,
        unit: 0,
        terms: TermSet::Exact(word.text),
    });
    let slots: Vec<Slot> = words.collect();
    if slots.is_empty() {
        return with_whole_id(&commit.searcher, id);
    }
    let words = Words { field: Some("id".into()), slots, slop: 0, span: 0..id.len(), plain: false };
    addresses(&commit.searcher, &*lower::lower(commit, &Query::Words(words))?)
}

fn with_whole_id(searcher: &Searcher, id: &str) -> tantivy::Result<Vec<DocAddress>> {
    let mut found = Vec::new();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let Some(ids) = segment.fast_fields().str("id")? else { continue };
        let Some(term) = ids.dictionary().term_ord(id.as_bytes())? else { continue };
        let has_it = |doc: &DocId| ids.term_ords(*doc).any(|other| other == term);
        found.extend(segment.doc_ids_alive().filter(has_it).map(|doc| DocAddress::new(ordinal, doc)));
    }
    Ok(found)
}

/// Articles that match, batch by batch, in order of segment and document, so that each block of the store is read once.
pub(super) struct Scan<'s> {
    commit: &'s Commit,
    addresses: Vec<DocAddress>,
    /// The first that is not read yet.
    at: usize,
    fetch: Fetch,
}

impl<'s> Scan<'s> {
    pub(super) fn new(commit: &'s Commit, query: &Query, fetch: Fetch) -> tantivy::Result<Self> {
        let query = lower::lower(commit, query)?;
        Ok(Self { commit, addresses: addresses(&commit.searcher, &*query)?, at: 0, fetch })
    }

    /// The next batch, or none after the last. Not to be called again after an error.
    pub(super) fn next_batch(&mut self) -> tantivy::Result<Option<Vec<StoredArticle>>> {
        let rest = &self.addresses[self.at..];
        let Some(first) = rest.first() else { return Ok(None) };
        deadline::check();
        let most = match self.fetch {
            Fetch::Metadata => METADATA_BATCH,
            Fetch::Texts | Fetch::Full => FULL_BATCH,
        };
        let of_segment = rest.iter().take(most).take_while(|one| one.segment_ord == first.segment_ord);
        let batch = &rest[..of_segment.count()];
        let (mut articles, mut bytes) = (Vec::new(), 0);
        if self.fetch == Fetch::Metadata {
            articles = self.commit.columns(*first)?.metadata(batch)?;
        } else {
            for address in batch {
                let article = match self.fetch {
                    Fetch::Texts => self.commit.texts(*address)?,
                    _ => self.commit.read(*address)?,
                };
                bytes += article.body.len();
                articles.push(article);
                if bytes >= FULL_BATCH_BYTES {
                    break;
                }
            }
        }
        self.at += articles.len();
        Ok(Some(articles))
    }
}

/// Every security that articles name, and securities of articles that were removed not long ago.
pub(super) fn symbols(commit: &Commit) -> tantivy::Result<Vec<Symbol>> {
    let searcher = &commit.searcher;
    let field = searcher.schema().get_field("symbol")?;
    let steps = DeadlineCheck::default();
    let mut symbols = Vec::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut paths = index.terms().stream()?;
        while paths.advance() {
            steps.step();
            symbols.extend(Symbol::from_facet(&text_of(paths.key(), true)));
        }
    }
    symbols.sort_unstable();
    symbols.dedup();
    Ok(symbols)
}
