//! Runs a query and reads the articles that it found.

use super::{
    Embedded, collect,
    layout::{self, ASIDE_MARKER, Part},
    lower,
};
use crate::{
    article::{Source, Sources},
    engine::{File, Holder},
    query::{Query, Slot, Wanted, Words},
    schema::FieldKind,
    search::{Answer, Facet, FacetWanted, Hit, Kept, Marker, Request, Snippet, Sort, snippets},
    symbol::Symbol,
    text,
};
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    iter,
    time::Instant,
};
use tantivy::{
    DateTime, DocAddress, DocId, Score, Searcher, SegmentReader, TantivyDocument, TantivyError, Term,
    collector::{
        TopDocs,
        sort_key::{ComparatorEnum, SortBySimilarityScore, SortByStaticFastValue},
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
    let single = one_page_each(engine, &searcher)?;
    let (pages, articles, facets) = count(&searcher, &*query, request, single)?;
    let total = if request.grouped { articles } else { pages };
    let mut hits = Vec::new();
    if total > request.offset && request.limit > 0 {
        let marker = Marker::new(&request.query);
        let mut reader = ArticleReader::new(engine, &searcher);
        let best = if single || !request.grouped {
            let found = best(engine, &searcher, &*query, request, request.offset, request.limit)?;
            found.into_iter().map(|(score, address)| Best { score, address, also: Vec::new() }).collect()
        } else {
            best_articles(&mut reader, &*query, request)?
        };
        for best in best {
            hits.push(hit(&mut reader, &marker, request, &*query, best)?);
        }
    }
    Ok(Answer { total, articles, pages, hits, facets, took: started.elapsed() })
}

/// A document that matches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Match {
    /// What all pages of its article share.
    pub article: u64,
    pub address: DocAddress,
}

/// The number of pages and of articles that match, and the counts that were asked for. `single` says that
/// every article of the index has one page.
fn count(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    request: &Request,
    single: bool,
) -> tantivy::Result<(usize, usize, Vec<Facet>)> {
    if single && request.facets.is_empty() {
        let pages = query.count(searcher)?;
        return Ok((pages, pages, Vec::new()));
    }
    let addresses = addresses(searcher, query)?;
    let pages = addresses.len();
    let mut matches = Vec::with_capacity(pages);
    let mut articles = pages;
    if single {
        matches.extend((0..).zip(addresses).map(|(article, address)| Match { article, address }));
    } else {
        for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
            let Some(first) = of_segment.first() else { continue };
            let column = searcher.segment_reader(first.segment_ord).fast_fields().u64(layout::ARTICLE)?;
            matches.extend(of_segment.iter().map(|address| Match {
                article: column.first(address.doc_id).unwrap_or_default(),
                address: *address,
            }));
        }
        matches.sort_unstable_by_key(|found| (found.article, found.address));
        articles = matches.chunk_by(|a, b| a.article == b.article).count();
        if !request.grouped {
            (0..).zip(&mut matches).for_each(|(number, found)| found.article = number);
        }
    }
    let mut facets = Vec::with_capacity(request.facets.len());
    for wanted in &request.facets {
        let counts = collect::count(searcher, &wanted.by, &request.zone, &matches)?;
        facets.push(facet(wanted, counts));
    }
    Ok((pages, articles, facets))
}

/// Whether no article of the index has two pages, as far as that can be told at once: all pages have the same
/// locale, and no two have the same id and locale.
fn one_page_each(engine: &Embedded, searcher: &Searcher) -> tantivy::Result<bool> {
    let mut only: Option<Option<String>> = None;
    for segment in searcher.segment_readers() {
        let aside = Term::from_field_text(engine.layout.aside, ASIDE_MARKER);
        let aside = segment.inverted_index(engine.layout.aside)?.doc_freq(&aside)?;
        let column = segment.fast_fields().str("locale")?;
        let with_locale = column.as_ref().map_or(0, |column| column.ords().values.num_vals());
        let without = segment.max_doc() - with_locale.min(segment.max_doc());
        let locale = match &column {
            Some(column) if with_locale > 0 => {
                if column.num_terms() > 1 || without > aside {
                    return Ok(false);
                }
                Some(collect::value(column, 0, false))
            }
            _ if without > aside => None,
            _ => continue,
        };
        if only.get_or_insert_with(|| locale.clone()) != &locale {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The addresses of the best pages, in order.
fn best(
    engine: &Embedded,
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    request: &Request,
    offset: usize,
    limit: usize,
) -> tantivy::Result<Vec<(Option<Score>, DocAddress)>> {
    let documents = usize::try_from(searcher.num_docs()).unwrap_or(usize::MAX).max(1);
    // More than there are need no room in the heap.
    let top = TopDocs::with_limit(limit.min(documents)).and_offset(offset.min(documents));
    let published = SortByStaticFastValue::<DateTime>::for_field("published");
    let order = match request.sort {
        Sort::Relevance if engine.schema.ranks(&request.query) => {
            let found = searcher.search(query, &top.order_by_score())?;
            return Ok(found.into_iter().map(|(score, address)| (Some(score), address)).collect());
        }
        Sort::Relevance => {
            // Scores of a few grades only, as of `about:`: the newest first among equals.
            let by = (SortBySimilarityScore, (published, ComparatorEnum::Natural));
            let found = searcher.search(query, &top.order_by(by))?;
            return Ok(found.into_iter().map(|((score, _), address)| (Some(score), address)).collect());
        }
        Sort::Newest => ComparatorEnum::Natural,
        Sort::Oldest => ComparatorEnum::ReverseNoneLower,
    };
    let found = searcher.search(query, &top.order_by((published, order)))?;
    Ok(found.into_iter().map(|(_, address)| (None, address)).collect())
}

/// A page that is shown as a hit.
struct Best {
    score: Option<Score>,
    address: DocAddress,
    /// The other locales of its article.
    also: Vec<String>,
}

/// The best articles, in order of their best pages, each by the page that is to be shown of it.
fn best_articles(
    reader: &mut ArticleReader<'_>,
    query: &dyn TantivyQuery,
    request: &Request,
) -> tantivy::Result<Vec<Best>> {
    let searcher = reader.searcher;
    let columns = searcher.segment_readers().iter().map(|segment| segment.fast_fields().u64(layout::ARTICLE));
    let columns: Vec<Column<u64>> = columns.collect::<Result<_, _>>()?;
    let article = |address: DocAddress| columns[address.segment_ord as usize].first(address.doc_id);
    let wanted = request.offset.saturating_add(request.limit);
    let mut pages = wanted.saturating_mul(3);
    let articles = loop {
        let found = best(reader.engine, searcher, query, request, 0, pages)?;
        let exhausted = found.len() < pages;
        let mut seen = HashSet::new();
        let mut articles = found;
        articles.retain(|(_, address)| seen.insert(article(*address)));
        if exhausted || articles.len() >= wanted {
            break articles;
        }
        pages = pages.saturating_mul(2);
    };
    let mut shown = Vec::new();
    let mut siblings = Vec::new();
    for (score, address) in articles.into_iter().skip(request.offset).take(request.limit) {
        let id = reader.columns(address)?.id;
        let mut pages = Vec::new();
        for other in with_id(reader.engine, searcher, &id)? {
            if article(other) == article(address) {
                let other = Page::of(reader.columns(other)?, other);
                pages.extend(other.filter(|other| other.id == id));
            }
        }
        pages.sort_unstable_by(|a, b| (&a.locale, a.address).cmp(&(&b.locale, b.address)));
        if pages.len() > 1 {
            siblings.extend(pages.iter().map(|page| page.address));
        }
        shown.push((Best { score, address, also: Vec::new() }, pages));
    }
    let scores = scores(searcher, query, siblings)?;
    let mut best = Vec::with_capacity(shown.len());
    for (mut shown, pages) in shown {
        // The score is that of the best page, by which the article has its rank.
        shown.address = best_page(request, &pages, &scores).unwrap_or(shown.address);
        let others =
            pages.into_iter().filter(|page| page.address != shown.address && !page.locale.is_empty());
        shown.also = others.map(|page| page.locale).collect();
        best.push(shown);
    }
    Ok(best)
}

/// One page of an article.
struct Page {
    id: String,
    locale: String,
    published: Option<Timestamp>,
    address: DocAddress,
}

impl Page {
    fn of(kept: Kept, address: DocAddress) -> Option<Self> {
        let Kept { id, locale, published, .. } = kept;
        (!id.is_empty()).then_some(Self { id, locale, published, address })
    }
}

/// The scores of those documents that match.
fn scores(
    searcher: &Searcher,
    query: &dyn TantivyQuery,
    mut addresses: Vec<DocAddress>,
) -> tantivy::Result<HashMap<DocAddress, Score>> {
    let mut found = HashMap::new();
    if addresses.is_empty() {
        return Ok(found);
    }
    addresses.sort_unstable();
    let weight = query.weight(EnableScoring::enabled_from_searcher(searcher))?;
    for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let mut scorer = weight.scorer(searcher.segment_reader(first.segment_ord), 1.0)?;
        for address in of_segment {
            let at = if scorer.doc() < address.doc_id { scorer.seek(address.doc_id) } else { scorer.doc() };
            if at == address.doc_id {
                found.insert(*address, scorer.score());
            }
        }
    }
    Ok(found)
}

/// Of the pages of an article, in order of their locales, the one to be shown: in the locale that is preferred,
/// or else that which matches best, or else the first that matches.
fn best_page(request: &Request, pages: &[Page], scores: &HashMap<DocAddress, Score>) -> Option<DocAddress> {
    let mut best: Option<((usize, f64), DocAddress)> = None;
    for page in pages {
        let Some(score) = scores.get(&page.address) else { continue };
        let time = page.published.map(|at| at.as_duration().as_secs_f64());
        let worth = match request.sort {
            Sort::Relevance => f64::from(*score),
            Sort::Newest => time.unwrap_or(f64::NEG_INFINITY),
            Sort::Oldest => time.map_or(f64::NEG_INFINITY, |time| -time),
        };
        let preferred = request.prefer.iter().position(|asked| is_locale(&page.locale, asked));
        let rank = (preferred.unwrap_or(request.prefer.len()), -worth);
        if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best = Some((rank, page.address));
        }
    }
    best.map(|(_, best)| best)
}

/// Whether a locale is one that was asked for, `zh-HK` or any of `zh`.
fn is_locale(locale: &str, asked: &str) -> bool {
    let head = locale.get(..asked.len()).is_some_and(|head| head.eq_ignore_ascii_case(asked));
    head && matches!(locale.as_bytes().get(asked.len()), None | Some(b'-'))
}

fn hit(
    reader: &mut ArticleReader<'_>,
    marker: &Marker<'_>,
    request: &Request,
    query: &dyn TantivyQuery,
    best: Best,
) -> tantivy::Result<Hit> {
    let Best { score, address, also } = best;
    let mut article = reader.read(address)?;
    let mut explanation = Vec::new();
    if request.explain {
        explanation = roles(&request.query, &article);
        if score.is_some() {
            let scored = query.explain(reader.searcher, address)?;
            explanation.extend(scored.to_pretty_json().lines().map(str::to_owned));
        }
    }
    let snippets = best_snippets(marker, &article, request);
    let title_marks = marker.spans("title", &article.title);
    article.body = String::new();
    Ok(Hit { article, score, also, title_marks, snippets, explanation })
}

/// For each security that was asked for, which part of an article names it.
fn roles(query: &Query, article: &Kept) -> Vec<String> {
    let mut lines = Vec::new();
    query.clone().each_security(&mut |security| {
        let asked = |symbol: &Symbol| {
            let readings = security.readings.iter().flat_map(|one| iter::once(one).chain(one.alternatives()));
            readings.into_iter().any(|reading| reading == symbol || symbol.alternatives().contains(reading))
        };
        for (index, (symbol, sources)) in
            article.symbols.iter().enumerate().filter(|(_, (symbol, _))| asked(symbol))
        {
            let parts = Part::ALL.into_iter().filter(|part| part.holds(*sources, index == 0));
            let about: Vec<&str> = parts.map(Part::as_str).collect();
            let places: Vec<&str> = sources.iter().map(Source::as_str).collect();
            let verdict = if about.is_empty() {
                "mentioned".to_owned()
            } else {
                format!("about it by {}", about.join(", "))
            };
            lines.push(format!("{symbol}: {verdict} (named in {})", places.join(", ")));
        }
    });
    lines
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
    let words =
        text::words(id).map(|word| Slot { offset: word.position, unit: 0, wanted: Wanted::Exact(word.text) });
    let slots: Vec<Slot> = words.collect();
    let query = if slots.is_empty() {
        Query::All
    } else {
        Query::Words(Words { field: Some("id".into()), slots, slop: 0, span: 0..id.len(), plain: false })
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

/// Calls `visit` with every security of the index; one that several segments have comes several times.
pub(super) fn each_symbol(engine: &Embedded, visit: &mut dyn FnMut(Symbol)) -> tantivy::Result<()> {
    let searcher = engine.searcher();
    let field = searcher.schema().get_field("symbol")?;
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut paths = index.terms().stream()?;
        while paths.advance() {
            if let Some(symbol) = Symbol::from_facet(&collect::text_of(paths.key(), true)) {
                visit(symbol);
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

    /// The facet paths of an article's securities, in the order of the column.
    fn symbols(&mut self, address: DocAddress) -> tantivy::Result<Vec<String>> {
        let column = self.of_segment(address)?.symbol.as_ref();
        let Some(column) = column else { return Ok(Vec::new()) };
        Ok(column.term_ords(address.doc_id).map(|ordinal| collect::value(column, ordinal, true)).collect())
    }

    /// The columns of the segment of a document.
    fn of_segment(&mut self, address: DocAddress) -> tantivy::Result<&Columns> {
        let ordinal = address.segment_ord as usize;
        if self.columns[ordinal].is_none() {
            self.columns[ordinal] = Some(Columns::open(self.searcher.segment_reader(address.segment_ord))?);
        }
        let columns = self.columns[ordinal].as_ref();
        columns.ok_or_else(|| TantivyError::InternalError("the columns were just opened".into()))
    }

    /// What the columns hold of an article.
    pub(super) fn columns(&mut self, address: DocAddress) -> tantivy::Result<Kept> {
        let columns = self.of_segment(address)?;
        let doc = address.doc_id;
        let (id, locale) =
            (collect::first(columns.id.as_ref(), doc), collect::first(columns.locale.as_ref(), doc));
        Ok(Kept {
            kind: collect::first(columns.kind.as_ref(), doc),
            path: collect::first(columns.path.as_ref(), doc),
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
        let ranks = document.get_first(self.engine.layout.ranks).and_then(|ranks| ranks.as_str());
        kept.symbols = ranked(ranks.unwrap_or_default(), self.symbols(address)?);
        let line = document.get_first(self.engine.layout.line).and_then(|line| line.as_u64()).unwrap_or(1);
        kept.body_line = u32::try_from(line).unwrap_or(u32::MAX);
        Ok(kept)
    }
}

/// The securities of an article in its order, from their facet paths in the order of the column.
fn ranked(ranks: &str, paths: Vec<String>) -> Vec<(Symbol, Sources)> {
    let mut ranked: Vec<_> = ranks.chars().map(layout::rank).zip(paths).collect();
    ranked.sort_by_key(|(rank, _)| rank.place);
    let symbols = ranked.into_iter().filter_map(|(rank, path)| {
        let symbol = Symbol::from_facet(&path)?;
        // The notation that was ambiguous gives the other readings.
        let read = rank.ambiguous.then(|| Symbol::parse(&format!("{}.CN", symbol.code()))).flatten();
        Some((read.filter(|read| *read == symbol).unwrap_or(symbol), rank.sources))
    });
    symbols.collect()
}

pub(super) fn timestamp(at: DateTime) -> Option<Timestamp> {
    Timestamp::from_millisecond(at.into_timestamp_millis()).ok()
}
