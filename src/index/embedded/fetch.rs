//! Reads articles from columns and from the document store.

use super::{
    columns::{self, CachedColumn},
    commit::Commit,
    deadline,
    docs::address,
    layout, places,
};
use crate::{
    article::{BuiltIn, MentionPlaces, Moment},
    index::{DocRef, Fetch, StoredArticle, place_table::TABLE, stamp::Stamp, terms::symbol_of},
    schema::FieldKind,
    symbol::Symbol,
};
use tantivy::{DocAddress, TantivyDocument, schema::Value as _};

/// Texts in files of more bytes are read for display only, not for ranking.
const LARGE_FILE: u64 = 1 << 20;

impl Commit {
    /// The facet paths of an article's securities, in column order.
    fn symbols(&self, address: DocAddress) -> tantivy::Result<Vec<String>> {
        let Some(shared) = &self.columns(address)?.symbol else { return Ok(Vec::new()) };
        let ordinals = shared.column.term_ords(address.doc_id);
        Ok(ordinals.map(|ordinal| shared.value(ordinal, true)).collect())
    }

    /// When an article was published.
    pub(super) fn published(&self, address: DocAddress) -> tantivy::Result<Option<Moment>> {
        Ok(self.columns(address)?.published.first(address.doc_id).and_then(Stamp::moment))
    }

    /// The metadata of an article, from columns.
    pub(super) fn metadata(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let of_segment = self.columns(address)?;
        let doc = address.doc_id;
        let first = |shared: &Option<CachedColumn>| {
            shared.as_ref().map(|shared| shared.first(doc)).unwrap_or_default()
        };
        let (id, locale) = (columns::first(of_segment.id.as_ref(), doc), first(&of_segment.locale));
        let mut kept = StoredArticle {
            kind: first(&of_segment.kind),
            path: columns::first(of_segment.path.as_ref(), doc),
            ..of_segment.numbers(doc, id, locale)
        };
        self.add_place(&mut kept)?;
        Ok(kept)
    }

    /// The path of the file of a document.
    pub(super) fn path(&self, address: DocAddress) -> tantivy::Result<String> {
        Ok(columns::first(self.columns(address)?.path.as_ref(), address.doc_id))
    }

    /// Adds the place of the record of an article, if it is one of a file of many.
    pub(super) fn add_place(&self, kept: &mut StoredArticle) -> tantivy::Result<()> {
        if kept.record > TABLE {
            kept.place = places::place(self, &kept.path, kept.record)?.map(|(place, _)| place);
        }
        Ok(())
    }

    /// Some documents, in the same order.
    pub(super) fn read_all(&self, docs: &[DocRef], fetch: Fetch) -> tantivy::Result<Vec<StoredArticle>> {
        let read = |doc: &DocRef| {
            deadline::check();
            match fetch {
                Fetch::Metadata => self.metadata(address(*doc)),
                Fetch::Texts => self.texts(address(*doc)),
                Fetch::Full => self.read(address(*doc)),
            }
        };
        docs.iter().map(read).collect()
    }

    /// The whole article.
    pub(super) fn read(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let mut kept = self.metadata(address)?;
        self.add_stored(&document, &mut kept);
        self.add_from_file(address, u64::MAX, &mut kept)?;
        let ranks = document.get_first(self.definition.layout.ranks).and_then(|ranks| ranks.as_str());
        kept.symbols = ranked(ranks.unwrap_or_default(), self.symbols(address)?);
        let line =
            document.get_first(self.definition.layout.line).and_then(|line| line.as_u64()).unwrap_or(1);
        kept.body_line = match kept.place {
            Some(place) => place.line,
            None => u32::try_from(line).unwrap_or(u32::MAX),
        };
        Ok(kept)
    }

    /// The texts of an article, and what is stored with them. Texts that are only in a large file are left out.
    pub(super) fn texts(&self, address: DocAddress) -> tantivy::Result<StoredArticle> {
        let mut kept =
            if self.definition.texts.is_some() { self.metadata(address)? } else { StoredArticle::default() };
        self.add_stored(&self.searcher.doc(address)?, &mut kept);
        self.add_from_file(address, LARGE_FILE, &mut kept)?;
        Ok(kept)
    }

    /// Adds the texts that the index does not store, from a file of at most `limit` bytes.
    fn add_from_file(
        &self,
        address: DocAddress,
        limit: u64,
        kept: &mut StoredArticle,
    ) -> tantivy::Result<()> {
        let Some(texts) = &self.definition.texts else { return Ok(()) };
        let columns = self.columns(address)?;
        let size = columns.size.first(address.doc_id).unwrap_or_default();
        if size > limit {
            return Ok(());
        }
        if kept.record == 0 {
            texts.add(kept, size, columns.file_number(address.doc_id).contents);
        } else if let Some((place, shape)) = places::place(self, &kept.path, kept.record)? {
            texts.add_record(kept, place, &shape);
        } else {
            kept.stale = true;
        }
        Ok(())
    }

    fn add_stored(&self, document: &TantivyDocument, kept: &mut StoredArticle) {
        let rows = self.definition.schema.fields().iter().zip(&self.definition.layout.fields);
        for (def, field) in rows.filter(|(def, _)| matches!(def.kind, FieldKind::Text | FieldKind::Keyword)) {
            let mut values = document.get_all(*field).filter_map(|value| value.as_str().map(str::to_owned));
            match def.built_in() {
                Some(BuiltIn::Title) => kept.title = values.next().unwrap_or_default(),
                Some(BuiltIn::Description) => kept.description = values.next().unwrap_or_default(),
                Some(BuiltIn::Body) => kept.body = values.next().unwrap_or_default(),
                Some(BuiltIn::Url) => kept.url = values.next().unwrap_or_default(),
                Some(BuiltIn::Related) => kept.related = values.collect(),
                _ => {}
            }
        }
    }
}

/// An article's securities in its order, from their facet paths in column order.
pub(super) fn ranked(ranks: &str, paths: Vec<String>) -> Vec<(Symbol, MentionPlaces)> {
    let mut ranked: Vec<_> = ranks.chars().map(layout::rank).zip(paths).collect();
    ranked.sort_by_key(|(rank, _)| rank.place);
    let symbols =
        ranked.into_iter().filter_map(|(rank, path)| Some((symbol_of(&path, rank.ambiguous)?, rank.sources)));
    symbols.collect()
}
