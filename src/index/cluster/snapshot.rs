//! What searches of an index of a cluster see: every question of a [`Snapshot`] as requests.

use super::{
    Definition, MAX_LISTED, Meta,
    asked::{asked, joined},
    document::{self, article},
    engine::{Engine, MAX_HITS},
    expand::{Expander, escaped},
    known::{Known, Overview, size_of_texts, size_of_value},
    ledger,
    lower::{Lowering, with_ids},
    mapping::{self, Doc},
    places,
    retrieve::Retriever,
    values,
};
use crate::{
    article::{BuiltIn, Moment},
    index::{
        Batches, DocRef, Explanation, Fetch, FieldTerms, IndexError, KeyCounts, Ledger, MAX_INDEX_KEYS,
        Member, NameStatement, Positions, Record, RecordFilter, Retrieval, Retrieved, Snapshot, Statistics,
        Status, StoredArticle, TermFreqs,
        place_table::TABLE,
        terms::{spellings_of, stated_by},
    },
    query::{Query, TermSet},
    schema::Schema,
    source::{Contents, Place},
    symbol::Symbol,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    iter,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};
use ureq::http::Method;

/// Maximum length of a regular expression of names, in bytes: an engine takes 10,000 characters.
const MAX_INCLUDE: usize = 8_000;

/// What searches of an index see, until something is written.
#[derive(Clone)]
pub(super) struct ClusterSnapshot {
    pub shared: Arc<Shared>,
    pub deadline: Option<Instant>,
}

pub(super) struct Shared {
    pub engine: Arc<Engine>,
    pub definition: Arc<Definition>,
    pub generation: u64,
    pub known: Known,
}

impl ClusterSnapshot {
    fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    fn expander(&self) -> Expander<'_> {
        Expander::new(self.engine(), &self.shared.known, self.deadline)
    }

    fn retriever(&self) -> Result<Retriever<'_>, IndexError> {
        let overview = self.expander().overview()?;
        let Shared { engine, definition, known, .. } = &*self.shared;
        let (single, at_once) = (overview.single, overview.documents_at_once());
        Ok(Retriever { engine, definition, known, deadline: self.deadline, single, at_once })
    }

    fn query(&self, query: &Query) -> Result<Value, IndexError> {
        let expander = self.expander();
        let lowered = Lowering::new(self.schema(), &expander).query(query)?;
        Ok(json!({"bool": {"filter": [pages(), lowered]}}))
    }

    /// The values of a field that a regular expression selects, with the number of pages.
    fn values(
        &self,
        field: &str,
        include: Option<&str>,
        query: &Value,
        limit: usize,
    ) -> Result<TermFreqs, IndexError> {
        let found = values::values(self.engine(), query, field, include, self.deadline)?;
        let mut values: TermFreqs = found.into_iter().collect();
        values.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        values.truncate(limit);
        Ok(values)
    }

    /// What articles state of the names that a regular expression selects, in order; at most `limit` statements, the first in
    /// the order of their terms.
    fn names_like(&self, include: &str, limit: usize) -> Result<Vec<NameStatement>, IndexError> {
        /// Number of names whose articles are told in the first answer, and of articles of each.
        const NAMES: usize = 1_000;
        const ARTICLES: usize = MAX_LISTED / NAMES - 1;
        let include = json!(include);
        let mut articles: HashMap<String, Vec<u64>> = HashMap::new();
        let mut counts = self.stated(&include, limit.min(NAMES), ARTICLES, &mut articles)?;
        if counts.len() == NAMES && limit > NAMES {
            counts = self.stated(&include, limit.min(MAX_LISTED), 0, &mut articles)?;
        }
        let rest: Vec<(String, usize)> =
            counts.iter().filter(|(term, _)| !articles.contains_key(term)).cloned().collect();
        for part in parts_of(&rest) {
            let terms: Vec<&String> = part.iter().map(|(term, _)| term).collect();
            let most = part.iter().map(|(_, pages)| *pages).max().unwrap_or_default();
            if most < MAX_LISTED {
                self.stated(&json!(terms), part.len(), most, &mut articles)?;
                continue;
            }
            // One answer has no room for all articles of a name.
            let sources = json!([{"article": {"terms": {"field": mapping::ARTICLE}}}]);
            for term in terms {
                let of_term = articles.entry(term.clone()).or_default();
                values::each_pair(self.engine(), &stating(&json!([term])), &sources, self.deadline, |key| {
                    of_term.extend(key["article"].as_i64().map(i64::cast_unsigned));
                })?;
            }
        }
        let mut statements = Vec::new();
        for (term, _) in &counts {
            let (Some(of), Some(mut articles)) = (stated_by(term), articles.remove(term)) else { continue };
            let (key, symbol, class) = of;
            articles.sort_unstable();
            statements.push(NameStatement { key: key.to_owned(), symbol, class, articles });
        }
        statements.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.symbol.facet().cmp(&b.symbol.facet())));
        Ok(statements)
    }

    /// The first names that a regular expression or a list of terms selects, with their numbers of pages. Adds the articles of
    /// those that have at most `most`.
    fn stated(
        &self,
        include: &Value,
        limit: usize,
        most: usize,
        articles: &mut HashMap<String, Vec<u64>>,
    ) -> Result<Vec<(String, usize)>, IndexError> {
        let terms = json!({
            "field": mapping::NAME, "include": include, "size": limit, "shard_size": limit, "order": {"_key": "asc"},
        });
        let mut names = json!({"terms": terms});
        if most > 0 {
            let of = json!({"field": mapping::ARTICLE, "size": most, "shard_size": most});
            names["aggs"] = json!({"articles": {"terms": of}});
        }
        let body = json!({
            "size": 0, "track_total_hits": false, "query": stating(include), "aggs": {"names": names},
        });
        let answer = self.engine().search(&body, self.deadline)?;
        let mut counts = Vec::new();
        for name in answer["aggregations"]["names"]["buckets"].as_array().into_iter().flatten() {
            let (Some(term), Some(pages)) = (name["key"].as_str(), name["doc_count"].as_u64()) else {
                continue;
            };
            counts.push((term.to_owned(), usize::try_from(pages).unwrap_or(usize::MAX)));
            let of = &name["articles"];
            if of["sum_other_doc_count"] == 0 {
                let of = of["buckets"].as_array().into_iter().flatten();
                let of = of.filter_map(|article| article["key"].as_i64()).map(i64::cast_unsigned);
                articles.insert(term.to_owned(), of.collect());
            }
        }
        Ok(counts)
    }

    /// The documents with these ids, as far as they are there.
    fn documents(&self, docs: &[DocRef]) -> Result<Vec<Option<Arc<Value>>>, IndexError> {
        /// Number of documents of a request: there is room for several copies of each.
        const AT_ONCE: usize = 1_000;
        let known = &self.shared.known;
        let mut found: Vec<Option<Arc<Value>>> = docs.iter().map(|doc| known.documents.get(doc)).collect();
        let unknown: Vec<usize> = (0..docs.len()).filter(|at| found[*at].is_none()).collect();
        for some in unknown.chunks(AT_ONCE) {
            let ids: Vec<u64> = some.iter().map(|at| known.id_of(docs[*at])).collect();
            let body = json!({
                "query": with_ids(&ids), "size": MAX_HITS, "sort": ["_doc"], "version": true, "track_total_hits": false,
            });
            let mut answer = self.engine().search(&body, self.deadline)?;
            let Value::Array(hits) = answer["hits"]["hits"].take() else { continue };
            let mut of_id: HashMap<u64, Vec<(u64, Arc<Value>)>> = HashMap::new();
            for mut hit in hits {
                let Some(id) = hit["_id"].as_str().and_then(|id| u64::from_str_radix(id, 16).ok()) else {
                    continue;
                };
                let version = hit["_version"].as_u64().unwrap_or_default();
                of_id.entry(id).or_default().push((version, Arc::new(hit["_source"].take())));
            }
            for (at, id) in some.iter().zip(ids) {
                let article = known.copy_of(docs[*at]).map(|copy| copy.article);
                // Of the copies of a page that moves, the one that was found, else the newest.
                let copies = of_id.get(&id).into_iter().flatten();
                let best = copies.max_by_key(|(version, source)| {
                    (article.is_some() && source["page"]["article"].as_i64() == article, *version)
                });
                if let Some((_, source)) = best {
                    known.documents.keep(docs[*at], Arc::clone(source), size_of_value(source));
                    found[*at] = Some(Arc::clone(source));
                }
            }
        }
        Ok(found)
    }

    /// The articles of some documents. Where a record is in its file is of no use to who reads only texts.
    fn stored<'v>(
        &self,
        sources: impl Iterator<Item = &'v Value>,
        fetch: Fetch,
    ) -> Result<Vec<StoredArticle>, IndexError> {
        let mut articles: Vec<StoredArticle> = sources.map(article).collect();
        if fetch == Fetch::Texts {
            return Ok(articles);
        }
        let of_table = |article: &StoredArticle| article.record > TABLE;
        let records: Vec<(&str, u64)> = articles
            .iter()
            .filter(|article| of_table(article))
            .map(|article| (article.path.as_str(), article.record))
            .collect();
        if records.is_empty() {
            return Ok(articles);
        }
        let places = places::places(&records, |docs| self.documents(docs))?;
        for (article, place) in articles.iter_mut().filter(|article| of_table(article)).zip(places) {
            article.place = place;
            article.body_line = place.map_or(article.body_line, |place| place.line);
        }
        Ok(articles)
    }
}

/// The pages that state a name which a regular expression, or one of a list of terms, selects.
fn stating(include: &Value) -> Value {
    let names = match include {
        Value::String(regexp) => {
            json!({"regexp": {mapping::NAME: {"value": regexp, "flags": "NONE", "max_determinized_states": 100_000}}})
        }
        terms => json!({"terms": {mapping::NAME: terms}}),
    };
    json!({"bool": {"filter": [pages(), names]}})
}

/// Names with their numbers of pages, in parts whose articles have room in one answer. One that has more is alone.
fn parts_of(counts: &[(String, usize)]) -> impl Iterator<Item = &[(String, usize)]> {
    let mut rest = counts;
    iter::from_fn(move || {
        let mut buckets = 0;
        let fits = |(_, pages): &&(String, usize)| {
            buckets += 1 + pages;
            buckets <= MAX_LISTED
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (part, others) = rest.split_at(count);
        rest = others;
        (!part.is_empty()).then_some(part)
    })
}

/// So many bytes has a statement in memory.
fn size_of_statement(statement: &NameStatement) -> usize {
    size_of::<NameStatement>() + statement.key.len() + size_of_val(statement.articles.as_slice())
}

/// All pages.
fn pages() -> Value {
    json!({"term": {mapping::DOC: Doc::Page.as_str()}})
}

/// The free keys of a document, each with its values, in order.
fn free_keys(pairs: &Value) -> Vec<(String, Vec<String>)> {
    let pairs = pairs.as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut keys: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (key, value) in pairs.filter_map(|pair| pair.split_once('\0')) {
        keys.entry(key).or_default().push(value.to_owned());
    }
    keys.into_iter().map(|(key, values)| (key.to_owned(), values)).collect()
}

/// What of a document is read.
fn parts(fetch: Fetch) -> Value {
    match fetch {
        Fetch::Full => json!(true),
        Fetch::Texts => {
            json!({"includes": ["f.title", "f.description", "f.body", "f.url", "f.related", "page.line"]})
        }
        Fetch::Metadata => json!({"excludes": ["f.title", "f.description", "f.body", "page.symbols"]}),
    }
}

impl Snapshot for ClusterSnapshot {
    fn schema(&self) -> &Schema {
        &self.shared.definition.schema
    }

    fn generation(&self) -> u64 {
        self.shared.generation
    }

    fn with_deadline(&self, deadline: Instant) -> Arc<dyn Snapshot> {
        Arc::new(Self { deadline: Some(deadline), ..self.clone() })
    }

    fn retrieve(&self, retrieval: &Retrieval) -> Result<Retrieved, IndexError> {
        self.retriever()?.retrieve(retrieval)
    }

    fn members(&self, retrieval: &Retrieval, docs: &[DocRef]) -> Result<Vec<Vec<Member>>, IndexError> {
        self.retriever()?.members(retrieval, docs)
    }

    fn explain(&self, retrieval: &Retrieval, doc: DocRef) -> Result<Explanation, IndexError> {
        self.retriever()?.explain(retrieval, doc)
    }

    fn fetch(&self, docs: &[DocRef], fetch: Fetch) -> Result<Vec<StoredArticle>, IndexError> {
        let mut articles = Vec::with_capacity(docs.len());
        self.fetch_each(docs, fetch, &mut |_, article| {
            articles.push(article);
            Ok(())
        })?;
        Ok(articles)
    }

    fn fetch_each(
        &self,
        docs: &[DocRef],
        fetch: Fetch,
        visit: &mut dyn FnMut(usize, StoredArticle) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        let at_once = self.expander().overview()?.documents_at_once();
        for (number, some) in docs.chunks(at_once).enumerate() {
            let sources = self.documents(some)?;
            let found = (number * at_once..).zip(&sources);
            let indices: Vec<usize> =
                found.filter_map(|(index, source)| source.as_ref().map(|_| index)).collect();
            let articles = self.stored(sources.iter().flatten().map(|source| &**source), fetch)?;
            for (index, article) in indices.into_iter().zip(articles) {
                visit(index, article)?;
            }
        }
        Ok(())
    }

    fn statistics(&self, terms: &[FieldTerms]) -> Result<Statistics, IndexError> {
        let Overview { pages: docs, mean_length, .. } = self.expander().overview()?;
        Ok(Statistics { docs, mean_length, doc_freqs: self.live_doc_freqs(terms)? })
    }

    fn live_doc_freqs(&self, terms: &[FieldTerms]) -> Result<Vec<u64>, IndexError> {
        let expander = self.expander();
        let lowering = Lowering::new(self.schema(), &expander);
        let searched = || self.schema().fields().iter().filter(|field| field.search);
        let (mut queries, mut within, mut of) = (Vec::new(), Vec::new(), Vec::new());
        for (at, FieldTerms { field, terms }) in terms.iter().enumerate() {
            // Not the union of the fields: a word in the title is mostly in the body as well.
            let fields: Vec<&str> = match field {
                Some(field) => vec![field],
                None => searched().map(|field| field.name.as_str()).collect(),
            };
            for name in fields {
                queries.push(lowering.has(Some(name), terms)?);
                within.push(lowering.has(field.as_deref(), terms)?);
                of.push(at);
            }
        }
        let mut most = vec![0; terms.len()];
        for (at, count) in of.into_iter().zip(expander.counts(&queries, &within)?) {
            most[at] = count.max(most[at]);
        }
        Ok(most)
    }

    fn positions(
        &self,
        _docs: &[DocRef],
        _terms: &[FieldTerms],
        _fields: &[&str],
    ) -> Result<Option<Vec<Positions>>, IndexError> {
        // An engine tells no positions of many documents in one answer; their texts are read instead.
        Ok(None)
    }

    fn articles(&self, keys: &[&str]) -> Result<Vec<Option<StoredArticle>>, IndexError> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            let ids: Vec<&str> = iter::once(*key).chain(key.rsplit_once('/').map(|(id, _)| id)).collect();
            let query =
                json!({"bool": {"filter": [pages(), {"terms": {mapping::shown(BuiltIn::Id.name()): ids}}]}});
            let body = json!({
                "query": query, "size": 1_000, "track_total_hits": false, "docvalue_fields": [mapping::KEY_PAIR],
            });
            let answer = self.engine().search(&body, self.deadline)?;
            let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
            let mut read = self.stored(hits.iter().map(|hit| &hit["_source"]), Fetch::Full)?;
            for (article, hit) in read.iter_mut().zip(hits) {
                article.keys = free_keys(&hit["fields"][mapping::KEY_PAIR]);
            }
            read.retain(|article| article.key == *key || article.id == *key);
            read.sort_by(|a, b| a.key.cmp(&b.key));
            found.push(read.into_iter().next());
        }
        Ok(found)
    }

    fn doc_freqs(&self, field: Option<&str>, sets: &[TermSet]) -> Result<Vec<TermFreqs>, IndexError> {
        let expander = self.expander();
        let places = Lowering::new(self.schema(), &expander).places(field);
        // A word in the title is mostly in the body as well; values of a key in one spelling are in no other.
        let joined = if field.is_none() { u64::max } else { u64::saturating_add };
        let mut all = Vec::with_capacity(sets.len());
        for set in sets {
            let mut counts: TermFreqs = expander.doc_freqs(&places, set, joined)?;
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            all.push(counts);
        }
        Ok(all)
    }

    fn symbols(&self) -> Result<Vec<Symbol>, IndexError> {
        if let Some(symbols) = self.shared.known.symbols.get() {
            return Ok(symbols.clone());
        }
        let values = self.values(&mapping::shown(BuiltIn::Symbol.name()), None, &pages(), usize::MAX)?;
        let mut paths: Vec<String> = values.into_iter().map(|(path, _)| path).collect();
        paths.sort_unstable();
        let symbols = paths.iter().filter_map(|path| Symbol::from_facet(path)).collect();
        Ok(self.shared.known.symbols.get_or_init(|| symbols).clone())
    }

    fn keys(&self) -> Result<KeyCounts, IndexError> {
        if let Some(keys) = self.shared.known.keys.get() {
            return Ok(Arc::clone(keys));
        }
        let values = self.values(mapping::HAS, None, &pages(), usize::MAX)?;
        let free = values.into_iter().filter(|(name, _)| self.schema().field(name).is_none());
        let by_name: BTreeMap<String, u64> = free.collect();
        let keys = by_name.into_iter().take(MAX_INDEX_KEYS).collect();
        Ok(Arc::clone(self.shared.known.keys.get_or_init(|| keys)))
    }

    fn names(&self, key: &str) -> Result<Vec<NameStatement>, IndexError> {
        let known = &self.shared.known.names;
        if let Some(statements) = known.get(key) {
            return Ok(statements.to_vec());
        }
        self.prepare_names(&[key.to_owned()])?;
        Ok(known.get(key).map(|statements| statements.to_vec()).unwrap_or_default())
    }

    fn prepare_names(&self, keys: &[String]) -> Result<(), IndexError> {
        let known = &self.shared.known.names;
        let unknown: Vec<&String> = keys.iter().filter(|key| known.get(*key).is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let each: Vec<String> = unknown.iter().map(|key| escaped(key)).collect();
        let include = format!("({})\0.*", each.join("|"));
        let halves = |keys: &[String]| {
            let (some, others) = keys.split_at(keys.len() / 2);
            self.prepare_names(some).and_then(|()| self.prepare_names(others))
        };
        let found = match (include.len() > MAX_INCLUDE, keys.len()) {
            (true, 2..) => return halves(keys),
            // No article states so long a name.
            (true, _) => Vec::new(),
            (false, _) => self.names_like(&include, usize::MAX)?,
        };
        if found.len() >= MAX_LISTED && keys.len() > 1 {
            return halves(keys);
        }
        for key in unknown {
            let of_key: Arc<[NameStatement]> =
                found.iter().filter(|statement| statement.key == *key).cloned().collect();
            let bytes: usize = of_key.iter().map(size_of_statement).sum();
            known.keep(key.clone(), of_key, key.len() + bytes);
        }
        Ok(())
    }

    fn longer_names(&self, key: &str, limit: usize) -> Result<Vec<NameStatement>, IndexError> {
        self.names_like(&format!("{}[^\0].*", escaped(key)), limit)
    }

    fn spellings(&self, symbol: &Symbol, limit: usize) -> Result<TermFreqs, IndexError> {
        let asked = (symbol.facet(), limit);
        let known = &self.shared.known.spellings;
        if let Some(spellings) = known.get(&asked) {
            return Ok(spellings.to_vec());
        }
        self.prepare_spellings(std::slice::from_ref(symbol), limit)?;
        Ok(known.get(&asked).map(|spellings| spellings.to_vec()).unwrap_or_default())
    }

    fn prepare_spellings(&self, symbols: &[Symbol], limit: usize) -> Result<(), IndexError> {
        let known = &self.shared.known.spellings;
        let unknown: Vec<&Symbol> =
            symbols.iter().filter(|symbol| known.get(&(symbol.facet(), limit)).is_none()).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let facets: Vec<String> = unknown.iter().map(|symbol| symbol.facet()).collect();
        let named = json!({"terms": {mapping::levels(BuiltIn::Symbol.name()): facets}});
        let query = json!({"bool": {"filter": [pages(), named]}});
        let each: Vec<String> = unknown.iter().map(|symbol| escaped(&spellings_of(symbol))).collect();
        let include = format!("({}).*", each.join("|"));
        let most = limit.saturating_mul(unknown.len()).min(MAX_LISTED);
        let values = self.values(mapping::SPELLING, Some(&include), &query, most)?;
        for symbol in unknown {
            let prefix = spellings_of(symbol);
            let of = |(value, count): &(String, u64)| Some((value.strip_prefix(&prefix)?.to_owned(), *count));
            let spellings: TermFreqs = values.iter().filter_map(of).take(limit).collect();
            let bytes = size_of_texts(spellings.iter().map(|(spelling, _)| spelling)) + prefix.len();
            known.keep((symbol.facet(), limit), Arc::new(spellings), bytes);
        }
        Ok(())
    }

    fn prepare_totals(&self, retrievals: &[Retrieval]) -> Result<(), IndexError> {
        /// Number of requests at a time.
        const AT_ONCE: usize = 8;
        if retrievals.len() < 2 {
            return Ok(());
        }
        let retriever = self.retriever()?;
        let next = AtomicUsize::new(0);
        let count = || {
            while let Some(retrieval) = retrievals.get(next.fetch_add(1, Ordering::Relaxed)) {
                retriever.count(retrieval)?;
            }
            Ok(())
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE.min(retrievals.len())).map(|_| asked(scope, count)).collect();
            threads.into_iter().try_for_each(joined)
        })
    }

    fn scan(&self, query: &Query, fetch: Fetch) -> Result<Batches<'_>, IndexError> {
        let body = json!({
            "query": self.query(query)?, "_source": parts(fetch),
            "sort": [mapping::SOURCE, mapping::RECORD, mapping::ARTICLE],
        });
        let mut scan = match fetch {
            Fetch::Full | Fetch::Texts => self.engine().scan_texts(body, self.deadline)?,
            Fetch::Metadata => self.engine().scan(body, self.deadline)?,
        };
        let mut failed = false;
        Ok(Box::new(iter::from_fn(move || {
            if failed {
                return None;
            }
            let batch = scan.next_batch().and_then(|hits| {
                hits.map(|hits| self.stored(hits.iter().map(|hit| &hit["_source"]), fetch)).transpose()
            });
            failed = batch.is_err();
            batch.transpose()
        })))
    }

    fn status(&self) -> Result<Status, IndexError> {
        let published = mapping::shown(BuiltIn::Published.name());
        let oldest_and_newest = |order: &str| -> Result<Option<Moment>, IndexError> {
            let body = json!({
                "query": {"bool": {"filter": [pages(), {"exists": {"field": published}}]}}, "size": 1,
                "track_total_hits": false, "_source": ["day.published", "at.published"], "sort": [{published.as_str(): order}],
            });
            let answer = self.engine().search(&body, self.deadline)?;
            Ok(document::published(&answer["hits"]["hits"][0]["_source"]))
        };
        let totals = self.retriever()?.totals(&pages())?;
        let expander = self.expander();
        let excluded = self.engine().search(
            &json!({"size": 0, "track_total_hits": true, "query": {"term": {mapping::DOC: Doc::Excluded.as_str()}}}),
            self.deadline,
        )?;
        let stats = self.engine().told(
            &Method::GET,
            &self.engine().path("/_stats/store,segments?filter_path=_all.primaries"),
            None,
            self.deadline,
        )?;
        let primaries = &stats["_all"]["primaries"];
        let locales = self.values(&mapping::shown(BuiltIn::Locale.name()), None, &pages(), usize::MAX)?;
        let Meta { ingested, version, .. } =
            self.shared.definition.meta.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Status {
            location: self.engine().location().to_string(),
            articles: totals.1 as u64,
            pages: expander.docs()?,
            excluded: excluded["hits"]["total"]["value"].as_u64().unwrap_or_default(),
            locales,
            keys: self.keys()?,
            published: oldest_and_newest("asc")?.zip(oldest_and_newest("desc")?),
            segments: primaries["segments"]["count"].as_u64().and_then(|count| usize::try_from(count).ok()),
            bytes: primaries["store"]["size_in_bytes"].as_u64().unwrap_or_default(),
            fields: Vec::new(),
            ingested,
            version,
        })
    }

    fn ledger(&self) -> Result<Ledger, IndexError> {
        ledger::ledger(self.engine(), self.deadline)
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError> {
        ledger::records(self.engine(), filter, self.deadline)
    }

    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError> {
        places::contents(self.engine(), path, self.deadline)
    }

    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError> {
        Ok(places::places(&[(path, record)], |docs| self.documents(docs))?.pop().flatten())
    }
}
