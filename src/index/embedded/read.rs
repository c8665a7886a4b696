//! Reads articles by key, or all that match in batches.

use super::{
    columns::text_of,
    commit::Commit,
    deadline::{self, DeadlineCheck},
    docs::addresses,
    keys, lower,
};
use crate::{
    article::BuiltIn,
    index::{Fetch, StoredArticle},
    query::{Query, Slot, TermSet, Words},
    symbol::Symbol,
    text,
};
use tantivy::{DocAddress, DocId, Searcher};

/// Number of articles whose columns a scan reads at once: looking values up one by one would decompress a block of a
/// dictionary for each.
const METADATA_BATCH: usize = 8192;
/// Maximum number of articles, and about the maximum bytes of text, that a scan reads with texts at once.
const FULL_BATCH: usize = 64;
const FULL_BATCH_BYTES: usize = 4 << 20;

/// The article of a key; for an id alone, the page whose locale sorts first.
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
    let Some((_, address)) = found.first() else { return Ok(None) };
    let keys = keys::of_document(commit, *address)?;
    Ok(Some(StoredArticle { keys, ..commit.read(*address)? }))
}

/// Articles whose id contains the tokens of this id as a phrase; for an id without tokens, those with exactly this id.
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
    let words =
        Words { field: Some(BuiltIn::Id.name().into()), slots, slop: 0, span: 0..id.len(), plain: false };
    addresses(&commit.searcher, &*lower::lower(commit, &Query::Words(words))?)
}

fn with_whole_id(searcher: &Searcher, id: &str) -> tantivy::Result<Vec<DocAddress>> {
    let mut found = Vec::new();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let Some(ids) = segment.fast_fields().str(BuiltIn::Id.name())? else { continue };
        let Some(term) = ids.dictionary().term_ord(id.as_bytes())? else { continue };
        let has_it = |doc: &DocId| ids.term_ords(*doc).any(|other| other == term);
        found.extend(segment.doc_ids_alive().filter(has_it).map(|doc| DocAddress::new(ordinal, doc)));
    }
    Ok(found)
}

/// All matching articles in batches, ordered by segment and document, so that each block of the store is read once.
pub(super) struct Scan<'s> {
    commit: &'s Commit,
    addresses: Vec<DocAddress>,
    /// The index of the first address not read yet.
    at: usize,
    fetch: Fetch,
}

impl<'s> Scan<'s> {
    pub(super) fn new(commit: &'s Commit, query: &Query, fetch: Fetch) -> tantivy::Result<Self> {
        let query = lower::lower(commit, query)?;
        Ok(Self { commit, addresses: addresses(&commit.searcher, &*query)?, at: 0, fetch })
    }

    /// The next batch; `None` after the last. Must not be called after an error.
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
            articles.iter_mut().try_for_each(|article| self.commit.add_place(article))?;
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

/// All securities that articles name. Those of recently removed articles may be among them.
pub(super) fn symbols(commit: &Commit) -> tantivy::Result<Vec<Symbol>> {
    let searcher = &commit.searcher;
    let field = searcher.schema().get_field(BuiltIn::Symbol.name())?;
    let steps = DeadlineCheck::default();
    let mut keys: Vec<Vec<u8>> = Vec::new();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut paths = index.terms().stream()?;
        while paths.advance() {
            steps.step();
            keys.push(paths.key().to_vec());
        }
    }
    // A stable sort merges the dictionaries, each of which is in order.
    keys.sort();
    keys.dedup();
    Ok(keys.iter().filter_map(|key| Symbol::from_facet(&text_of(key, true))).collect())
}
