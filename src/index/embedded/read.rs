//! Reads articles: by key, or all that match, batch by batch.

use super::{collect, fetch::EmbeddedSnapshot, lower};
use crate::{
    index::{
        Fetch, IndexError, StoredArticle,
        deadline::{self, DeadlineCheck},
    },
    query::{Query, Slot, TermSet, Words},
    symbol::Symbol,
    text,
};
use tantivy::{
    DocAddress, DocId, Searcher,
    query::{EnableScoring, Query as TantivyQuery},
};

/// A scan reads the columns of this many articles at once: looking values up one by one would unpack a block of a
/// dictionary for each.
const METADATA_BATCH: usize = 8192;
/// A scan reads this many articles with their texts at once, or texts of about this many bytes.
const FULL_BATCH: usize = 64;
const FULL_BATCH_BYTES: usize = 4 << 20;

/// The article of a key, or of an id in the first of its locales.
pub(super) fn article(snapshot: &EmbeddedSnapshot, key: &str) -> tantivy::Result<Option<StoredArticle>> {
    let mut found: Vec<(String, DocAddress)> = Vec::new();
    for id in [Some(key), key.rsplit_once('/').map(|(id, _)| id)].into_iter().flatten() {
        for address in with_id(snapshot, id)? {
            let kept = snapshot.metadata(address)?;
            if kept.key == key || kept.id == key {
                found.push((kept.key, address));
            }
        }
    }
    found.sort();
    found.first().map(|(_, address)| snapshot.read(*address)).transpose()
}

/// Articles whose id has the words of this one; where it has none, those of just this id.
pub(super) fn with_id(snapshot: &EmbeddedSnapshot, id: &str) -> tantivy::Result<Vec<DocAddress>> {
    let words = text::tokens(id).map(|word| Slot {
        offset: word.position,
        unit: 0,
        terms: TermSet::Exact(word.text),
    });
    let slots: Vec<Slot> = words.collect();
    if slots.is_empty() {
        return with_whole_id(&snapshot.searcher, id);
    }
    let words = Words { field: Some("id".into()), slots, slop: 0, span: 0..id.len(), plain: false };
    addresses(&snapshot.searcher, &*lower::lower(snapshot, &Query::Words(words))?)
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
    snapshot: &'s EmbeddedSnapshot,
    addresses: Vec<DocAddress>,
    /// The first that is not read yet.
    at: usize,
    fetch: Fetch,
}

impl<'s> Scan<'s> {
    pub(super) fn new(snapshot: &'s EmbeddedSnapshot, query: &Query, fetch: Fetch) -> tantivy::Result<Self> {
        let query = lower::lower(snapshot, query)?;
        Ok(Self { snapshot, addresses: addresses(&snapshot.searcher, &*query)?, at: 0, fetch })
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Vec<StoredArticle>, IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.addresses[self.at..];
        let first = rest.first()?;
        let most = match self.fetch {
            Fetch::Metadata => METADATA_BATCH,
            Fetch::Texts | Fetch::Full => FULL_BATCH,
        };
        let of_segment = rest.iter().take(most).take_while(|one| one.segment_ord == first.segment_ord);
        let batch = &rest[..of_segment.count()];
        let read = self.snapshot.guarded(|| {
            deadline::check();
            if self.fetch == Fetch::Metadata {
                return self.snapshot.columns(*first)?.metadata(batch);
            }
            let (mut articles, mut bytes) = (Vec::new(), 0);
            for address in batch {
                let article = match self.fetch {
                    Fetch::Texts => self.snapshot.texts(*address)?,
                    _ => self.snapshot.read(*address)?,
                };
                bytes += article.body.len();
                articles.push(article);
                if bytes >= FULL_BATCH_BYTES {
                    break;
                }
            }
            Ok(articles)
        });
        // Nothing is read past an error.
        self.at = read.as_ref().map_or(self.addresses.len(), |read| self.at + read.len());
        Some(read)
    }
}

/// Every security that articles name, and securities of articles that were removed not long ago.
pub(super) fn symbols(snapshot: &EmbeddedSnapshot) -> tantivy::Result<Vec<Symbol>> {
    let searcher = &snapshot.searcher;
    let field = searcher.schema().get_field("symbol")?;
    let steps = DeadlineCheck::default();
    let mut symbols = Vec::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut paths = index.terms().stream()?;
        while paths.advance() {
            steps.step();
            symbols.extend(Symbol::from_facet(&collect::text_of(paths.key(), true)));
        }
    }
    symbols.sort_unstable();
    symbols.dedup();
    Ok(symbols)
}

/// All matches, in order of segment and document.
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
