//! Runs a query and reads the articles that it found.

use super::{
    Embedded, collect, explain,
    fetch::{AT_ONCE, ArticleReader, Columns, EmbeddedSnapshot},
    layout::Part,
    lower::{self, Lowering},
    matches::{Best, Counts, Retrieval, best, best_articles, count, counts_pages_only, one_page_each},
    stories::Stories,
};
use crate::{
    article::MentionPlace,
    index::deadline::{self, DeadlineCheck},
    query::{Query, Slot, TermSet, Words},
    search::{Answer, Hit, Marker, Request, Snippet, StoredArticle, snippets},
    symbol::Symbol,
    text,
};
use std::{iter, time::Instant};
use tantivy::{
    DocAddress, DocId, Searcher,
    query::{EnableScoring, Query as TantivyQuery},
};

/// Answers a request.
pub(super) fn search(engine: &Embedded, request: &Request) -> tantivy::Result<Answer> {
    let started = Instant::now();
    let snapshot = engine.snapshot();
    let searcher = &snapshot.searcher;
    let lowering = Lowering::new(engine, &snapshot);
    let query = lowering.request(request)?;
    let single = one_page_each(&snapshot)?;
    let at_once = request.limit > 0 && counts_pages_only(request, single);
    let mut counts = if at_once { Counts::of_pages(0) } else { count(searcher, &*query, request, single)? };
    let told = counts.stories.as_ref().map(Stories::count);
    let total =
        |counts: &Counts| told.unwrap_or(if request.grouped { counts.articles } else { counts.pages });
    let mut hits = Vec::new();
    if at_once || total(&counts) > request.offset && request.limit > 0 {
        let rerank = lowering.rerank(&request.query)?;
        let asked = Retrieval { request, query, rerank, stories: counts.stories.take(), single };
        let marker = Marker::new(&request.query);
        let reader = ArticleReader::new(engine, &snapshot);
        let best = if asked.stories.is_none() && (single || !request.grouped) {
            let (pages, best) = best(&reader, &asked, request.offset, request.limit)?;
            if at_once {
                counts = Counts::of_pages(pages);
            }
            best
        } else {
            best_articles(&reader, &asked)?
        };
        for best in best {
            deadline::check();
            hits.push(hit(&reader, &marker, &asked, best)?);
        }
    }
    let total = total(&counts);
    let Counts { pages, articles, facets, .. } = counts;
    Ok(Answer { total, stories: told, articles, pages, hits, facets, took: started.elapsed() })
}

fn hit(
    reader: &ArticleReader<'_>,
    marker: &Marker<'_>,
    asked: &Retrieval<'_>,
    best: Best,
) -> tantivy::Result<Hit> {
    let request = asked.request;
    let Best { score, added, address, scored, also, copies } = best;
    let mut article = reader.read(address)?;
    let mut explanation = Vec::new();
    if request.explain {
        explanation = roles(&request.query, &article);
        if score.is_some() {
            if scored != address {
                explanation.push(format!("score of the page {}", reader.columns(scored)?.key));
            }
            explanation
                .extend(explain::lines(&asked.query.explain(&reader.snapshot.searcher, scored)?, &added));
        }
    }
    let snippets = best_snippets(marker, &article, request);
    let title_marks = marker.spans("title", &article.title);
    article.body = String::new();
    Ok(Hit { article, score, also, copies, title_marks, snippets, explanation })
}

/// For each security that was asked for, which part of an article names it.
fn roles(query: &Query, article: &StoredArticle) -> Vec<String> {
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
            let places: Vec<&str> = sources.iter().map(MentionPlace::as_str).collect();
            let verdict = if about.is_empty() {
                "mentioned".to_owned()
            } else {
                format!("about ({})", about.join(", "))
            };
            lines.push(format!("{symbol}: {verdict}; named in {}", places.join(", ")));
        }
    });
    lines
}

/// Snippets of the body, or of the description where only that holds what was looked for.
fn best_snippets(marker: &Marker<'_>, article: &StoredArticle, request: &Request) -> Vec<Snippet> {
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

/// The article of a key, or of an id in the first of its locales.
pub(super) fn article(engine: &Embedded, key: &str) -> tantivy::Result<Option<StoredArticle>> {
    let snapshot = engine.snapshot();
    let reader = ArticleReader::new(engine, &snapshot);
    let mut found: Vec<(String, DocAddress)> = Vec::new();
    for id in [Some(key), key.rsplit_once('/').map(|(id, _)| id)].into_iter().flatten() {
        for address in with_id(engine, &snapshot, id)? {
            let kept = reader.columns(address)?;
            if kept.key == key || kept.id == key {
                found.push((kept.key, address));
            }
        }
    }
    found.sort();
    found.first().map(|(_, address)| reader.read(*address)).transpose()
}

/// Articles whose id has the words of this one; where it has none, those of just this id.
pub(super) fn with_id(
    engine: &Embedded,
    snapshot: &EmbeddedSnapshot,
    id: &str,
) -> tantivy::Result<Vec<DocAddress>> {
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
    addresses(&snapshot.searcher, &*lower::lower(engine, snapshot, &Query::Words(words))?)
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

/// Calls `visit` with what the columns say of every match, in order of segment.
pub(super) fn scan(
    engine: &Embedded,
    query: &Query,
    visit: &mut dyn FnMut(StoredArticle) -> bool,
) -> tantivy::Result<()> {
    let snapshot = engine.snapshot();
    let searcher = &snapshot.searcher;
    let query = lower::lower(engine, &snapshot, query)?;
    let addresses = addresses(searcher, &*query)?;
    for of_segment in addresses.chunk_by(|a, b| a.segment_ord == b.segment_ord) {
        let Some(first) = of_segment.first() else { continue };
        let columns = Columns::open(searcher.segment_reader(first.segment_ord))?;
        for chunk in of_segment.chunks(AT_ONCE) {
            deadline::check();
            let docs: Vec<DocId> = chunk.iter().map(|address| address.doc_id).collect();
            if !columns.scan(&docs, visit)? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Calls `visit` with every match, in order of segment and document, so that the blocks of the store are read once.
pub(super) fn scan_full(
    engine: &Embedded,
    query: &Query,
    visit: &mut dyn FnMut(StoredArticle) -> bool,
) -> tantivy::Result<()> {
    let snapshot = engine.snapshot();
    let query = lower::lower(engine, &snapshot, query)?;
    let reader = ArticleReader::new(engine, &snapshot);
    for address in addresses(&snapshot.searcher, &*query)? {
        deadline::check();
        if !visit(reader.read(address)?) {
            break;
        }
    }
    Ok(())
}

/// Calls `visit` with every security of the index; one that several segments have comes several times.
pub(super) fn each_symbol(engine: &Embedded, visit: &mut dyn FnMut(Symbol)) -> tantivy::Result<()> {
    let snapshot = engine.snapshot();
    let searcher = &snapshot.searcher;
    let field = searcher.schema().get_field("symbol")?;
    let steps = DeadlineCheck::default();
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(field)?;
        let mut paths = index.terms().stream()?;
        while paths.advance() {
            steps.step();
            if let Some(symbol) = Symbol::from_facet(&collect::text_of(paths.key(), true)) {
                visit(symbol);
            }
        }
    }
    Ok(())
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
