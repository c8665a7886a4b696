//! Runs a query and reads the articles that it found.

use super::{
    Embedded,
    collect::{self, CountBy},
    layout, lower,
};
use crate::{
    engine::{File, Holder},
    query::{Query, Slot, Wanted, Words},
    schema::FieldKind,
    search::{Answer, Facet, FacetWanted, Hit, Kept, Marker, Request, Snippet, Sort, snippets},
    symbol::Symbol,
    text,
};
use jiff::Timestamp;
use std::{collections::HashMap, time::Instant};
use tantivy::{
    DateTime, DocAddress, DocId, Score, Searcher, SegmentReader, TantivyDocument, TantivyError,
    collector::{
        TopDocs,
        sort_key::{ComparatorEnum, SortByStaticFastValue},
    },
    columnar::{Column, StrColumn},
    query::{EnableScoring, Query as TantivyQuery},
    schema::Value as _,
};

/// Answers a request.
pub(super) fn search(engine: &Embedded, request: &Request) -> tantivy::Result<Answer> {
    let started = Instant::now();
    let searcher = engine.searcher();
    let query = lower::lower(engine, &searcher, &request.query)?;
    let (total, facets) = if request.facets.is_empty() {
        (query.count(&searcher)?, Vec::new())
    } else {
        let by = request.facets.iter().map(|wanted| &wanted.by).collect();
        let (total, counts) = searcher.search(&*query, &CountBy { by })?;
        (total, request.facets.iter().zip(counts).map(|(wanted, counts)| facet(wanted, counts)).collect())
    };
    let mut hits = Vec::new();
    if total > request.offset && request.limit > 0 {
        let marker = Marker::new(&request.query);
        let mut reader = ArticleReader::new(engine, &searcher);
        for (score, address) in best(&searcher, &*query, request)? {
            hits.push(hit(&mut reader, &marker, request, &*query, score, address)?);
        }
    }
    Ok(Answer { total, hits, facets, took: started.elapsed() })
}

/// The addresses of the hits that were asked for, in order.
fn best(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    request: &Request,
) -> tantivy::Result<Vec<(Option<Score>, DocAddress)>> {
    let documents = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).max(1);
    // More than there are need no room in the heap.
    let limit = request.limit.min(documents);
    let top = TopDocs::with_limit(limit).and_offset(request.offset.min(documents));
    let order = match request.sort {
        Sort::Relevance => {
            let found = searcher.search(query, &top.order_by_score())?;
            return Ok(found.into_iter().map(|(score, address)| (Some(score), address)).collect());
        }
        Sort::Newest => ComparatorEnum::Natural,
        Sort::Oldest => ComparatorEnum::ReverseNoneLower,
    };
    let published = SortByStaticFastValue::<DateTime>::for_field("published");
    let found = searcher.search(query, &top.order_by((published, order)))?;
    Ok(found.into_iter().map(|(_, address)| (None, address)).collect())
}

fn hit(
    reader: &mut ArticleReader<'_>,
    marker: &Marker<'_>,
    request: &Request,
    query: &dyn TantivyQuery,
    score: Option<Score>,
    address: DocAddress,
) -> tantivy::Result<Hit> {
    let mut article = reader.read(address)?;
    let explanation = if request.explain && score.is_some() {
        let explanation = query.explain(reader.searcher, address)?;
        explanation.to_pretty_json().lines().map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    let snippets = best_snippets(marker, &article, request);
    let title_marks = marker.spans("title", &article.title);
    article.body = String::new();
    Ok(Hit { article, score, title_marks, snippets, explanation })
}

/// Snippets of the body, or of the description where only that holds what was looked for.
fn best_snippets(marker: &Marker<'_>, article: &Kept, request: &Request) -> Vec<Snippet> {
    let cut = |field, text: &str, line| {
        snippets(marker, field, text, line, request.snippets, request.snippet_length)
    };
    let body = cut("body", &article.body, Some(article.body_line));
    if body.iter().any(|snippet| !snippet.marks.is_empty()) {
        return body;
    }
    let description = cut("description", &article.description, None);
    if body.is_empty() || description.iter().any(|snippet| !snippet.marks.is_empty()) {
        return description;
    }
    body
}

/// The most frequent values, or, of a calendar, all in order of time.
fn facet(wanted: &FacetWanted, counts: HashMap<String, u64>) -> Facet {
    let distinct = counts.len();
    let mut counts: Vec<(String, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    counts.truncate(wanted.limit);
    if wanted.by.is_calendar() {
        counts.sort_unstable();
    }
    let counts = counts.into_iter().map(|(value, count)| (wanted.by.label(&value), count)).collect();
    Facet { by: wanted.by.clone(), counts, distinct }
}

/// The article of a key, or of an id in the first of its locales.
pub(super) fn article(engine: &Embedded, key: &str) -> tantivy::Result<Option<Kept>> {
    let searcher = engine.searcher();
    let mut reader = ArticleReader::new(engine, &searcher);
    let mut found: Vec<(String, DocAddress)> = Vec::new();
    for id in [Some(key), key.rsplit_once('/').map(|(id, _)| id)].into_iter().flatten() {
        for address in with_id(engine, &searcher, id)? {
            let kept = reader.columns(address)?;
            if kept.key == key || kept.id == key {
                found.push((kept.key, address));
            }
        }
    }
    found.sort();
    found.first().map(|(_, address)| reader.read(*address)).transpose()
}

/// The files whose articles have this id and locale.
pub(super) fn holders(engine: &Embedded, id: &str, locale: &str) -> tantivy::Result<Vec<Holder>> {
    let searcher = engine.searcher();
    let mut reader = ArticleReader::new(engine, &searcher);
    let mut holders = Vec::new();
    for address in with_id(engine, &searcher, id)? {
        let kept = reader.columns(address)?;
        if kept.id == id && kept.locale == locale {
            let columns = searcher.segment_reader(address.segment_ord).fast_fields();
            let modified = columns.i64(layout::MODIFIED)?.first(address.doc_id).unwrap_or_default();
            let size = columns.u64(layout::SIZE)?.first(address.doc_id).unwrap_or_default();
            let file = File { path: kept.path, modified, size, hash: kept.hash };
            holders.push(Holder { file, published: kept.published });
        }
    }
    Ok(holders)
}

/// Articles whose id has the words of this one.
fn with_id(engine: &Embedded, searcher: &Searcher, id: &str) -> tantivy::Result<Vec<DocAddress>> {
    let words = text::words(id).map(|word| Slot { offset: word.position, wanted: Wanted::Exact(word.text) });
    let slots: Vec<Slot> = words.collect();
    let query = if slots.is_empty() {
        Query::All
    } else {
        Query::Words(Words { field: Some("id".into()), slots, slop: 0, span: 0..id.len() })
    };
    let query = lower::lower(engine, searcher, &query)?;
    addresses(searcher, &*query)
}

/// Calls `visit` with what the columns say of every match, in order of segment.
pub(super) fn each(
    engine: &Embedded,
    query: &Query,
    visit: &mut dyn FnMut(Kept) -> bool,
) -> tantivy::Result<()> {
    let searcher = engine.searcher();
    let query = lower::lower(engine, &searcher, query)?;
    let addresses = addresses(&searcher, &*query)?;
    for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let columns = Columns::open(searcher.segment_reader(first.segment_ord))?;
        for chunk in of_segment.chunks(AT_ONCE) {
            let docs: Vec<DocId> = chunk.iter().map(|address| address.doc_id).collect();
            if !columns.each(&docs, visit)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// So many documents are read from the columns at once: looking values up one by one would unpack a block of
/// a dictionary for each.
const AT_ONCE: usize = 8192;

/// The first values of some documents in a column, empty where there is none.
fn values(column: Option<&StrColumn>, docs: &[DocId]) -> tantivy::Result<Vec<String>> {
    let mut values = vec![String::new(); docs.len()];
    let Some(column) = column else { return Ok(values) };
    let ordinal = |(index, doc): (usize, &DocId)| Some((column.term_ords(*doc).next()?, index));
    let mut wanted: Vec<(u64, usize)> = docs.iter().enumerate().filter_map(ordinal).collect();
    wanted.sort_unstable();
    let mut ordinals: Vec<u64> = wanted.iter().map(|(ordinal, _)| *ordinal).collect();
    ordinals.dedup();
    let mut groups = wanted.chunk_by(|(a, _), (b, _)| a == b);
    column.dictionary().sorted_ords_to_term_cb(&ordinals, |term| {
        for (_, index) in groups.next().unwrap_or_default() {
            values[*index] = String::from_utf8_lossy(term).into_owned();
        }
    })?;
    Ok(values)
}

/// All matches, in order of segment and document.
pub(super) fn addresses(searcher: &Searcher, query: &dyn TantivyQuery) -> tantivy::Result<Vec<DocAddress>> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    let mut found = Vec::new();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        weight.for_each_no_score(segment, &mut |docs| {
            let alive = docs.iter().filter(|doc| !segment.is_deleted(**doc));
            found.extend(alive.map(|doc| DocAddress::new(ordinal, *doc)));
        })?;
    }
    Ok(found)
}

/// Reads articles, opening the columns of each segment once.
pub(super) struct ArticleReader<'s> {
    engine: &'s Embedded,
    searcher: &'s Searcher,
    columns: Vec<Option<Columns>>,
}

struct Columns {
    path: Option<StrColumn>,
    id: Option<StrColumn>,
    locale: Option<StrColumn>,
    kind: Option<StrColumn>,
    symbol: Option<StrColumn>,
    published: Column<DateTime>,
    hash: Column<u64>,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let published = columns.date("published")?;
        Ok(Self {
            path: columns.str(layout::PATH)?,
            id: columns.str("id")?,
            locale: columns.str("locale")?,
            kind: columns.str("kind")?,
            symbol: columns.str("symbol")?,
            published,
            hash: columns.u64(layout::HASH)?,
        })
    }
}

impl Columns {
    /// Calls `visit` with each of some documents of the segment; says whether it wants more.
    fn each(&self, docs: &[DocId], visit: &mut dyn FnMut(Kept) -> bool) -> tantivy::Result<bool> {
        let mut paths = values(self.path.as_ref(), docs)?.into_iter();
        let mut ids = values(self.id.as_ref(), docs)?.into_iter();
        let mut locales = values(self.locale.as_ref(), docs)?.into_iter();
        let mut kinds = values(self.kind.as_ref(), docs)?.into_iter();
        for &doc in docs {
            let mut next = || Some((paths.next()?, ids.next()?, locales.next()?, kinds.next()?));
            let Some((path, id, locale, kind)) = next() else { break };
            let kept = Kept { kind, path, ..self.numbers(doc, id, locale) };
            if !visit(kept) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What the columns of numbers hold, and the key.
    fn numbers(&self, doc: DocId, id: String, locale: String) -> Kept {
        Kept {
            key: if locale.is_empty() { id.clone() } else { format!("{id}/{locale}") },
            id,
            locale,
            published: self.published.first(doc).and_then(timestamp),
            hash: self.hash.first(doc).unwrap_or_default(),
            ..Kept::default()
        }
    }
}

impl<'s> ArticleReader<'s> {
    pub(super) fn new(engine: &'s Embedded, searcher: &'s Searcher) -> Self {
        Self { engine, searcher, columns: searcher.segment_readers().iter().map(|_| None).collect() }
    }

    /// What the columns hold of an article.
    pub(super) fn columns(&mut self, address: DocAddress) -> tantivy::Result<Kept> {
        let ordinal = address.segment_ord as usize;
        if self.columns[ordinal].is_none() {
            self.columns[ordinal] = Some(Columns::open(self.searcher.segment_reader(address.segment_ord))?);
        }
        let Some(columns) = &self.columns[ordinal] else {
            return Err(TantivyError::InternalError("the columns were just opened".into()));
        };
        let doc = address.doc_id;
        let (id, locale) = (first(columns.id.as_ref(), doc), first(columns.locale.as_ref(), doc));
        Ok(Kept {
            kind: first(columns.kind.as_ref(), doc),
            path: first(columns.path.as_ref(), doc),
            symbols: symbols(columns.symbol.as_ref(), doc),
            ..columns.numbers(doc, id, locale)
        })
    }

    /// The whole article.
    pub(super) fn read(&mut self, address: DocAddress) -> tantivy::Result<Kept> {
        let mut kept = self.columns(address)?;
        let document: TantivyDocument = self.searcher.doc(address)?;
        let rows = self.engine.schema.fields().iter().zip(&self.engine.layout.fields);
        for (def, field) in rows.filter(|(def, _)| matches!(def.kind, FieldKind::Text | FieldKind::Keyword)) {
            let mut values = document.get_all(*field).filter_map(|value| value.as_str().map(str::to_owned));
            match def.name.as_str() {
                "title" => kept.title = values.next().unwrap_or_default(),
                "description" => kept.description = values.next().unwrap_or_default(),
                "body" => kept.body = values.next().unwrap_or_default(),
                "url" => kept.url = values.next().unwrap_or_default(),
                "related" => kept.related = values.collect(),
                _ => {}
            }
        }
        let line = document.get_first(self.engine.layout.line).and_then(|line| line.as_u64()).unwrap_or(1);
        kept.body_line = u32::try_from(line).unwrap_or(u32::MAX);
        Ok(kept)
    }
}

fn first(column: Option<&StrColumn>, doc: DocId) -> String {
    let ordinal = column.and_then(|column| column.term_ords(doc).next());
    column.zip(ordinal).map(|(column, ordinal)| collect::value(column, ordinal, false)).unwrap_or_default()
}

/// The securities of an article in canonical notation, in the order in which they were listed.
fn symbols(column: Option<&StrColumn>, doc: DocId) -> Vec<String> {
    let Some(column) = column else { return Vec::new() };
    let facets = column.term_ords(doc).map(|ordinal| collect::value(column, ordinal, true));
    facets.filter_map(|path| Symbol::from_facet(&path)).map(|symbol| symbol.canonical()).collect()
}

pub(super) fn timestamp(at: DateTime) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.into_timestamp_millis()).ok()
}
