//! What searches of an index of a cluster see: every question of a [`Snapshot`] as requests.

use super::{
    Definition, MAX_LISTED, Meta,
    document::{self, article, hex},
    engine::Engine,
    expand::{Expander, buckets, escaped},
    ledger,
    lower::{Lowering, with_ids},
    mapping::{self, Doc},
    places,
    retrieve::Retriever,
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
    collections::BTreeMap,
    iter,
    sync::{Arc, OnceLock, PoisonError},
    time::Instant,
};
use ureq::http::Method;

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
    /// Whether every article has one page.
    pub single: OnceLock<bool>,
}

impl ClusterSnapshot {
    fn engine(&self) -> &Engine {
        &self.shared.engine
    }

    fn expander(&self) -> Expander<'_> {
        Expander::new(self.engine(), self.deadline)
    }

    fn retriever(&self) -> Result<Retriever<'_>, IndexError> {
        let single = if let Some(single) = self.shared.single.get() {
            *single
        } else {
            let single = self.one_page_each()?;
            *self.shared.single.get_or_init(|| single)
        };
        let Shared { engine, definition, .. } = &*self.shared;
        Ok(Retriever { engine, definition, deadline: self.deadline, single })
    }

    /// Whether every article has one page: if all pages have the same locale, no article has two.
    fn one_page_each(&self) -> Result<bool, IndexError> {
        let locale = mapping::shown(BuiltIn::Locale.name());
        let body = json!({
            "size": 0, "track_total_hits": false, "query": pages(),
            "aggs": {"locales": {"terms": {"field": locale, "missing": "", "size": 2}}},
        });
        let answer = self.engine().search(&body, self.deadline)?;
        Ok(buckets(&answer["aggregations"]["locales"]).len() < 2)
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
        let mut terms = json!({"field": field, "size": limit.min(MAX_LISTED), "shard_size": MAX_LISTED});
        if let Some(include) = include {
            terms["include"] = json!(include);
        }
        let body = json!({"size": 0, "track_total_hits": false, "query": query, "aggs": {"values": {"terms": terms}}});
        let answer = self.engine().search(&body, self.deadline)?;
        let mut values: TermFreqs = buckets(&answer["aggregations"]["values"]).into_iter().collect();
        values.sort_unstable_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        Ok(values)
    }

    fn names_like(&self, include: &str, limit: usize) -> Result<Vec<NameStatement>, IndexError> {
        let most = limit.min(1_000);
        let body = json!({
            "size": 0, "track_total_hits": false, "query": pages(),
            "aggs": {"names": {
                "terms": {"field": mapping::NAME, "include": include, "size": most, "shard_size": MAX_LISTED},
                "aggs": {"articles": {"terms": {"field": mapping::ARTICLE, "size": MAX_LISTED / most.max(1), "shard_size": MAX_LISTED / most.max(1)}}},
            }},
        });
        let answer = self.engine().search(&body, self.deadline)?;
        let names = answer["aggregations"]["names"]["buckets"].as_array().into_iter().flatten();
        let statements = names.filter_map(|name| {
            let (key, symbol, class) = stated_by(name["key"].as_str()?)?;
            let articles = name["articles"]["buckets"].as_array()?.iter();
            let mut articles: Vec<u64> =
                articles.filter_map(|article| article["key"].as_i64()).map(i64::cast_unsigned).collect();
            articles.sort_unstable();
            Some(NameStatement { key: key.to_owned(), symbol, class, articles })
        });
        let mut statements: Vec<NameStatement> = statements.collect();
        statements.sort_by(|a, b| a.key.cmp(&b.key).then_with(|| a.symbol.facet().cmp(&b.symbol.facet())));
        Ok(statements)
    }

    fn fetched(&self, hits: &[Value]) -> Result<Vec<StoredArticle>, IndexError> {
        let mut articles = Vec::with_capacity(hits.len());
        for hit in hits {
            let mut article = article(&hit["_source"]);
            if article.record > TABLE {
                let found = places::place(self.engine(), &article.path, article.record, self.deadline)?;
                article.place = found.map(|(place, _)| place);
                article.body_line = article.place.map_or(article.body_line, |place| place.line);
            }
            articles.push(article);
        }
        Ok(articles)
    }
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
        let ids: Vec<u64> = docs.iter().map(|doc| doc.0).collect();
        let body = json!({
            "query": with_ids(&ids), "size": ids.len(), "_source": parts(fetch), "track_total_hits": false,
        });
        let answer = self.engine().search(&body, self.deadline)?;
        let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut in_order = Vec::with_capacity(hits.len());
        for id in ids {
            in_order.extend(hits.iter().find(|hit| hit["_id"] == hex(id).as_str()).cloned());
        }
        self.fetched(&in_order)
    }

    fn statistics(&self, terms: &[FieldTerms]) -> Result<Statistics, IndexError> {
        let expander = self.expander();
        let docs = expander.docs()?;
        let doc_freqs = self.live_doc_freqs(terms)?;
        let body = json!({
            "size": 0, "track_total_hits": false, "query": pages(), "aggs": {"length": {"avg": {"field": mapping::LENGTH}}},
        });
        let answer = self.engine().search(&body, self.deadline)?;
        #[expect(clippy::cast_possible_truncation, reason = "a mean length needs no more digits")]
        let mean_length = answer["aggregations"]["length"]["value"].as_f64().unwrap_or_default() as f32;
        Ok(Statistics { docs, mean_length: mean_length.max(1.0), doc_freqs })
    }

    fn live_doc_freqs(&self, terms: &[FieldTerms]) -> Result<Vec<u64>, IndexError> {
        let expander = self.expander();
        let lowering = Lowering::new(self.schema(), &expander);
        let searched = || self.schema().fields().iter().filter(|field| field.search);
        let (mut queries, mut of) = (Vec::new(), Vec::new());
        for (at, FieldTerms { field, terms }) in terms.iter().enumerate() {
            // Not the union of the fields: a word in the title is mostly in the body as well.
            let fields: Vec<&str> = match field {
                Some(field) => vec![field],
                None => searched().map(|field| field.name.as_str()).collect(),
            };
            for field in fields {
                queries.push(lowering.has(Some(field), terms)?);
                of.push(at);
            }
        }
        let mut most = vec![0; terms.len()];
        for (at, count) in of.into_iter().zip(expander.counts(&queries)?) {
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
            let mut read = self.fetched(hits)?;
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
        let mut all = Vec::with_capacity(sets.len());
        for set in sets {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for (field, prefix) in &places {
                for (word, count) in expander.doc_freqs(field, prefix, set)? {
                    *counts.entry(word).or_default() += count;
                }
            }
            let mut counts: TermFreqs = counts.into_iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            all.push(counts);
        }
        Ok(all)
    }

    fn symbols(&self) -> Result<Vec<Symbol>, IndexError> {
        let values = self.values(&mapping::shown(BuiltIn::Symbol.name()), None, &pages(), MAX_LISTED)?;
        let mut paths: Vec<String> = values.into_iter().map(|(path, _)| path).collect();
        paths.sort_unstable();
        Ok(paths.iter().filter_map(|path| Symbol::from_facet(path)).collect())
    }

    fn keys(&self) -> Result<KeyCounts, IndexError> {
        let values = self.values(mapping::HAS, None, &pages(), MAX_LISTED)?;
        let free = values.into_iter().filter(|(name, _)| self.schema().field(name).is_none());
        let by_name: BTreeMap<String, u64> = free.collect();
        Ok(by_name.into_iter().take(MAX_INDEX_KEYS).collect())
    }

    fn names(&self, key: &str) -> Result<Vec<NameStatement>, IndexError> {
        self.names_like(&format!("{}\0.*", escaped(key)), usize::MAX)
    }

    fn longer_names(&self, key: &str, limit: usize) -> Result<Vec<NameStatement>, IndexError> {
        self.names_like(&format!("{}[^\0].*", escaped(key)), limit)
    }

    fn spellings(&self, symbol: &Symbol, limit: usize) -> Result<TermFreqs, IndexError> {
        let prefix = spellings_of(symbol);
        let query = json!({"bool": {"filter": [pages(), {"term": {mapping::levels(BuiltIn::Symbol.name()): symbol.facet()}}]}});
        let values =
            self.values(mapping::SPELLING, Some(&format!("{}.*", escaped(&prefix))), &query, limit)?;
        Ok(values.into_iter().map(|(value, count)| (value[prefix.len()..].to_owned(), count)).collect())
    }

    fn scan(&self, query: &Query, fetch: Fetch) -> Result<Batches<'_>, IndexError> {
        let body = json!({
            "query": self.query(query)?, "_source": parts(fetch),
            "sort": [mapping::SOURCE, mapping::RECORD, mapping::ARTICLE],
        });
        let mut scan = self.engine().scan(body, self.deadline)?;
        let mut failed = false;
        Ok(Box::new(iter::from_fn(move || {
            if failed {
                return None;
            }
            let batch = scan.next_batch().and_then(|hits| hits.map(|hits| self.fetched(&hits)).transpose());
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
        let locales = self.values(&mapping::shown(BuiltIn::Locale.name()), None, &pages(), MAX_LISTED)?;
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
        Ok(places::place(self.engine(), path, record, self.deadline)?.map(|(place, _)| place))
    }
}
