//! One index of a cluster by its REST API: what is asked, and which of its errors mean what.

use super::{
    client::{Backoff, Call, Client, JSON, PATIENCE, Reply, Said},
    mapping,
};
use crate::{
    index::{IndexError, Location},
    problem::message,
};
use serde_json::{Map, Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};

/// Maximum number of hits of an answer: an engine gives no more.
pub(super) const MAX_HITS: usize = 10_000;
/// Number of documents that a scan asks for at a time.
const BATCH: usize = 5_000;
/// Maximum weight of the documents with their texts that a scan asks for at a time, in tokens of about eight bytes, unless one
/// weighs more; and what a document weighs besides its texts.
const MAX_WEIGHT: f64 = 1_000_000.0;
const OWN_WEIGHT: f64 = 200.0;
/// For how long the engine keeps a point in time between two batches of a scan.
const KEEP_ALIVE: &str = "5m";
/// Time for letting the engine forget a point in time.
const FORGET: Duration = Duration::from_secs(1);
/// Time before the shards that did not take part in a refresh are asked again.
const BEFORE_REFRESH: Duration = Duration::from_secs(1);
/// Time between two looks at the requests that are under way.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// Time for which requests of a writer that is gone may be under way: an engine has held some for two minutes.
const MAX_QUIESCE: Duration = Duration::from_secs(300);

/// Parameter of a search, by which an answer without some shards is an error.
const WHOLE: &str = "allow_partial_search_results=false";

/// An index of a cluster.
#[derive(Debug)]
pub(super) struct Engine {
    pub client: Arc<Client>,
    /// The name in the URL, which is an alias but for indexes that others have made by that name.
    pub name: String,
    pub is_alias: bool,
    /// Of one generation of an index: whether another index has its name by now.
    pub replaced: Option<AtomicBool>,
    pub product: Product,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Product {
    /// Whether it is Elasticsearch, and not `OpenSearch`.
    pub is_elasticsearch: bool,
    pub major: u32,
    pub minor: u32,
    /// `OpenSearch 2.19.6`.
    pub name: String,
}

impl Product {
    /// The product of an answer to `GET /`; `None` for something else.
    pub(super) fn of(root: &Value) -> Option<Self> {
        let version = root["version"]["number"].as_str()?;
        let is_elasticsearch = match root["version"]["distribution"].as_str() {
            Some("opensearch") => false,
            Some(_) => return None,
            None => true,
        };
        let mut numbers = version.split('.').map(|number| number.parse().ok());
        let (major, minor) = (numbers.next()??, numbers.next()??);
        let product = if is_elasticsearch { "Elasticsearch" } else { "OpenSearch" };
        Some(Self { is_elasticsearch, major, minor, name: format!("{product} {version}") })
    }

    /// Whether it has what newsdex asks of it: points in time, and aliases that must be there.
    pub(super) fn is_supported(&self) -> bool {
        match (self.is_elasticsearch, self.major) {
            (true, 7) => self.minor >= 11,
            (false, 2) => self.minor >= 12,
            (false, 3) => true,
            _ => false,
        }
    }

    /// What scores are multiplied by for those of the embedded index: from Lucene 10 on, BM25 is without the factor `k1` + 1.
    pub(super) fn score_factor(&self, k1: f32) -> f32 {
        if !self.is_elasticsearch && self.major >= 3 { k1 + 1.0 } else { 1.0 }
    }
}

impl Engine {
    pub(super) fn location(&self) -> &Location {
        self.client.location()
    }

    /// The same engine, for an alias.
    pub(super) fn of_alias(&self, alias: String) -> Self {
        let Self { client, product, .. } = self;
        Self {
            client: Arc::clone(client),
            name: alias,
            is_alias: true,
            replaced: None,
            product: product.clone(),
        }
    }

    /// The same engine, for one generation of an index by its own name. Its questions fail when it is no more, and are never
    /// answered by what has taken its place.
    pub(super) fn of_generation(&self, index: String) -> Self {
        Self { is_alias: false, replaced: Some(AtomicBool::new(false)), ..self.of_alias(index) }
    }

    /// Notes that another index has the name of this generation.
    pub(super) fn note_replaced(&self) {
        if let Some(replaced) = &self.replaced {
            replaced.store(true, Ordering::Relaxed);
        }
    }

    /// A path of the index: `/news/_search`.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/{}{rest}", self.name)
    }

    /// A path of the index with parameters, for a request that writes documents. An engine creates an index that is missing
    /// when it is written to, with a mapping of its own; it creates none for an alias.
    pub(super) fn write_path(&self, rest: &str) -> String {
        self.path(&format!("{rest}&require_alias={}", self.is_alias))
    }

    /// Asks for something that may be asked twice.
    pub(super) fn ask(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        deadline: Option<Instant>,
    ) -> Result<Reply, IndexError> {
        self.ask_for(PATIENCE, method, path, body, deadline)
    }

    /// As [`Engine::ask`], for so long.
    fn ask_for(
        &self,
        patience: Duration,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        deadline: Option<Instant>,
    ) -> Result<Reply, IndexError> {
        if self.replaced.as_ref().is_some_and(|replaced| replaced.load(Ordering::Relaxed)) {
            return Err(IndexError::Replaced(self.location().clone()));
        }
        let bytes = body.map(|body| body.to_string().into_bytes());
        let body = bytes.as_deref().map(|bytes| (bytes, JSON));
        self.client.send(Call { method, path, body, deadline, patience })
    }

    /// As [`Engine::ask`], for an answer in JSON without an error.
    pub(super) fn told(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        deadline: Option<Instant>,
    ) -> Result<Value, IndexError> {
        self.answer(&self.ask(method, path, body, deadline)?)
    }

    /// The JSON of a reply without an error.
    fn answer(&self, reply: &Reply) -> Result<Value, IndexError> {
        if !reply.status.is_success() {
            return Err(self.failed(reply));
        }
        reply.json().ok_or_else(|| self.unreadable("an answer that is not JSON"))
    }

    /// Searches the index. The answer is of all shards.
    pub(super) fn search(&self, body: &Value, deadline: Option<Instant>) -> Result<Value, IndexError> {
        self.search_at(&self.path(&format!("/_search?{}{WHOLE}", search_type(body))), body, deadline)
    }

    /// As [`Engine::search`], with only some parts of the answer: its totals and hits, and these of its aggregations.
    pub(super) fn search_for(
        &self,
        parts: &str,
        body: &Value,
        deadline: Option<Instant>,
    ) -> Result<Value, IndexError> {
        let path = format!(
            "/_search?{}{WHOLE}&filter_path=error,status,timed_out,_shards,hits.total,hits.hits,{parts}",
            search_type(body)
        );
        self.search_at(&self.path(&path), body, deadline)
    }

    /// As [`Engine::search`], with a path of its own.
    pub(super) fn search_at(
        &self,
        path: &str,
        body: &Value,
        deadline: Option<Instant>,
    ) -> Result<Value, IndexError> {
        self.whole(self.told(&Method::POST, path, Some(body), deadline)?)
    }

    /// Waits for the bulk requests to an index that are under way: those of a writer that is gone, as long as nobody else writes.
    /// Whoever may not ask for the tasks of the cluster does not wait.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if they do not end; else as for every request.
    pub(super) fn quiesce(&self, index: &str) -> Result<(), IndexError> {
        let path = "/_tasks?actions=indices:data/write/bulk*&detailed=true&filter_path=node_failures,nodes.*.tasks.*.description";
        let started = Instant::now();
        let mut quiet = 0;
        // A request that has just arrived is no task yet.
        while quiet < 3 {
            if started.elapsed() > MAX_QUIESCE {
                return Err(
                    self.unwritable("requests of a writer that is gone are still under way; try again later")
                );
            }
            let tasks = match self.told(&Method::GET, path, None, None) {
                Err(IndexError::Unauthorized { .. }) => return Ok(()),
                tasks => tasks?,
            };
            let nodes = tasks["nodes"].as_object().into_iter().flatten();
            let mut of_nodes = nodes.flat_map(|(_, node)| node["tasks"].as_object().into_iter().flatten());
            // `requests[7], indices[news-000001]`, `requests[7], index[news-000001][0]`
            let is_name = |name: &str| name == index || name == self.name;
            let is_of_index = |said: &str| said.split(['[', ']', ',', ' ']).any(is_name);
            let is_busy = tasks["node_failures"].is_array()
                || of_nodes.any(|(_, task)| task["description"].as_str().is_some_and(is_of_index));
            quiet = if is_busy { 0 } else { quiet + 1 };
            thread::sleep(BETWEEN_LOOKS);
        }
        Ok(())
    }

    /// Makes all that was written visible, in all shards.
    pub(super) fn refresh(&self) -> Result<(), IndexError> {
        let started = Instant::now();
        loop {
            match self.refresh_once() {
                // Another node may be taking over a shard.
                Err(
                    IndexError::Unreachable { .. }
                    | IndexError::Unreadable { .. }
                    | IndexError::Throttled(_)
                    | IndexError::TimedOut,
                ) if started.elapsed() < PATIENCE => thread::sleep(BEFORE_REFRESH),
                refreshed => return refreshed,
            }
        }
    }

    fn refresh_once(&self) -> Result<(), IndexError> {
        let ask = || self.whole(self.told(&Method::POST, &self.path("/_refresh"), None, None)?);
        let shards = &ask()?["_shards"];
        if shards["successful"] == shards["total"] {
            return Ok(());
        }
        // A shard without a primary did not take part, and that is no failure to the engine, as a copy without a node is none.
        // Once all shards can be searched, each has a primary.
        self.probe(None)?;
        ask().map(drop)
    }

    /// Asks all shards for an answer, as any reader may: it needs no privilege on the cluster.
    pub(super) fn probe(&self, deadline: Option<Instant>) -> Result<(), IndexError> {
        let body = json!({"size": 0, "terminate_after": 1, "track_total_hits": false});
        self.search(&body, deadline).map(drop)
    }

    /// An answer, unless some shards did not take part in it.
    pub(super) fn whole(&self, answer: Value) -> Result<Value, IndexError> {
        if answer["_shards"]["failed"].as_u64().unwrap_or(0) > 0 {
            let failure = &answer["_shards"]["failures"][0]["reason"];
            return Err(self.unreadable(&format!("some shards did not answer: {}", Said::of(failure).said)));
        }
        if answer["timed_out"].as_bool() == Some(true) {
            return Err(IndexError::TimedOut);
        }
        Ok(answer)
    }

    /// What the error of an answer means.
    pub(super) fn failed(&self, reply: &Reply) -> IndexError {
        let Said { kind, said } = reply.error();
        let location = self.location().clone();
        match (reply.status, kind.as_str()) {
            (StatusCode::NOT_FOUND, "index_not_found_exception") if self.replaced.is_some() => {
                IndexError::Replaced(location)
            }
            (StatusCode::NOT_FOUND, "index_not_found_exception") => IndexError::Missing(location),
            _ if reply.error().is_blocked() => self.unwritable(&said),
            (_, "too_many_clauses" | "too_many_nested_clauses" | "too_many_buckets_exception") => {
                IndexError::TooMuch(message!("the query is too much for the engine: {}", said))
            }
            (StatusCode::BAD_REQUEST | StatusCode::INTERNAL_SERVER_ERROR, _)
                if said.contains("maxClauseCount") || said.contains("too many terms") =>
            {
                IndexError::TooMuch(message!("the query is too much for the engine: {}", said))
            }
            _ => self.unreadable(&said),
        }
    }

    pub(super) fn unreachable(&self, message: &str) -> IndexError {
        IndexError::Unreachable { location: self.location().clone(), message: message.to_owned() }
    }

    pub(super) fn unreadable(&self, message: &str) -> IndexError {
        IndexError::Unreadable { location: self.location().clone(), message: message.to_owned() }
    }

    pub(super) fn unwritable(&self, message: &str) -> IndexError {
        IndexError::Unwritable { location: self.location().clone(), message: message.to_owned() }
    }

    /// The hits of a search in batches, at one point in time. `body` must sort by fields that tell documents apart, and read
    /// little of each. If a node with a part of the point in time is lost, the rest is of a later one.
    pub(super) fn scan(&self, body: Value, deadline: Option<Instant>) -> Result<Scan<'_>, IndexError> {
        let pit = self.point_in_time(deadline)?;
        let Value::Object(body) = body else { return Err(self.unreadable("no search")) };
        Ok(Scan { engine: self, pit, body, deadline, plan: None, ended: false })
    }

    /// As [`Engine::scan`], for pages with their texts: a batch has as many as an answer has room for.
    pub(super) fn scan_texts(&self, body: Value, deadline: Option<Instant>) -> Result<Scan<'_>, IndexError> {
        let mut scan = self.scan(body, deadline)?;
        scan.plan = Some(Plan::default());
        Ok(scan)
    }

    /// The id of a new point in time.
    fn point_in_time(&self, deadline: Option<Instant>) -> Result<String, IndexError> {
        // OpenSearch would leave out the shards that do not answer.
        let (path, whole) = if self.product.is_elasticsearch {
            ("/_pit", "")
        } else {
            ("/_search/point_in_time", "&allow_partial_pit_creation=false")
        };
        let path = self.path(&format!("{path}?keep_alive={KEEP_ALIVE}{whole}"));
        let answer = self.whole(self.told(&Method::POST, &path, None, deadline)?)?;
        let id = answer["pit_id"].as_str().or_else(|| answer["id"].as_str());
        id.map(str::to_owned).ok_or_else(|| self.unreadable("a point in time without an id"))
    }
}

/// The parameter by which the scores of a search count the words of all shards. It costs each shard one more round, so a
/// search without scores goes without it.
fn search_type(body: &Value) -> &'static str {
    let first = body.get("sort").map_or("_score", |sort| sort[0].as_str().unwrap_or_default());
    if body["size"] != 0 && first == "_score" { "search_type=dfs_query_then_fetch&" } else { "" }
}

/// The batches of a scan.
pub(super) struct Scan<'e> {
    engine: &'e Engine,
    pit: String,
    body: Map<String, Value>,
    deadline: Option<Instant>,
    /// The next batches, where texts are read.
    plan: Option<Plan>,
    ended: bool,
}

/// How many documents the next batches have, by what these weigh.
#[derive(Debug, Default)]
struct Plan {
    sizes: VecDeque<usize>,
    /// Whether no document comes behind these.
    is_last: bool,
}

impl Plan {
    /// The batches of documents that weigh so much.
    fn of(weights: &[f64]) -> Self {
        let mut sizes = VecDeque::new();
        let (mut size, mut weight) = (0, 0.0);
        for own in weights {
            if size > 0 && weight + own > MAX_WEIGHT {
                sizes.push_back(size);
                (size, weight) = (0, 0.0);
            }
            size += 1;
            weight += own;
        }
        sizes.extend((size > 0).then_some(size));
        Self { sizes, is_last: weights.len() < BATCH }
    }
}

impl Scan<'_> {
    /// The next hits; `None` after the last.
    pub(super) fn next_batch(&mut self) -> Result<Option<Vec<Value>>, IndexError> {
        if self.ended {
            return Ok(None);
        }
        if self.plan.as_ref().is_some_and(|plan| plan.sizes.is_empty() && !plan.is_last) {
            self.weigh()?;
        }
        let size = match &mut self.plan {
            None => BATCH,
            Some(plan) => plan.sizes.pop_front().unwrap_or_default(),
        };
        if size == 0 {
            self.ended = true;
            return Ok(None);
        }
        let hits = self.hits(&json!({"size": size}))?;
        self.ended = match &self.plan {
            None => hits.len() < BATCH,
            Some(plan) => plan.sizes.is_empty() && plan.is_last,
        };
        if let Some(last) = hits.last() {
            self.body.insert("search_after".into(), last["sort"].clone());
        }
        Ok((!hits.is_empty()).then_some(hits))
    }

    /// Plans the next batches by the lengths of the next documents, which are columns.
    fn weigh(&mut self) -> Result<(), IndexError> {
        let columns = json!({
            "size": BATCH, "_source": false, "stored_fields": "_none_", "docvalue_fields": [mapping::LENGTH],
        });
        let hits = self.hits(&columns)?;
        let length = |hit: &Value| hit["fields"][mapping::LENGTH][0].as_f64().unwrap_or_default();
        self.plan = Some(Plan::of(&hits.iter().map(|hit| OWN_WEIGHT + length(hit)).collect::<Vec<_>>()));
        Ok(())
    }

    /// Asks for the next hits, with some changes of the search.
    fn hits(&mut self, changes: &Value) -> Result<Vec<Value>, IndexError> {
        let started = Instant::now();
        let mut backoff = Backoff::default();
        let mut answer = loop {
            let failure = match self.ask(changes) {
                Err(failure @ (IndexError::Unreachable { .. } | IndexError::Throttled(_))) => failure,
                answer => break answer?,
            };
            let pause = backoff.pause();
            let is_late = self.deadline.is_some_and(|deadline| Instant::now() + pause >= deadline);
            if is_late || started.elapsed() >= PATIENCE {
                return Err(failure);
            }
            thread::sleep(pause);
            // A node that takes no more requests keeps what it has.
            if !matches!(failure, IndexError::Throttled(_)) {
                // What is kept for no one counts against how many an engine keeps.
                self.forget();
                self.pit = self.engine.point_in_time(self.deadline)?;
                if let Some(plan) = &mut self.plan {
                    *plan = Plan::default();
                }
            }
        };
        if let Some(id) = answer["pit_id"].as_str() {
            id.clone_into(&mut self.pit);
        }
        let Value::Array(hits) = answer["hits"]["hits"].take() else {
            return Err(self.engine.unreadable("an answer without hits"));
        };
        Ok(hits)
    }

    /// Asks for the next hits, once.
    fn ask(&self, changes: &Value) -> Result<Value, IndexError> {
        let mut body = self.body.clone();
        body.insert("track_total_hits".into(), json!(false));
        body.insert("pit".into(), json!({"id": self.pit, "keep_alive": KEEP_ALIVE}));
        body.extend(changes.as_object().cloned().unwrap_or_default());
        let body = Value::Object(body);
        let path = format!("/_search?{}{WHOLE}", search_type(&body));
        let reply = self.engine.ask_for(Duration::ZERO, &Method::POST, &path, Some(&body), self.deadline)?;
        self.engine.whole(self.engine.answer(&reply)?)
    }

    /// Lets the engine forget the point in time. It does so by itself later.
    fn forget(&self) {
        let (path, body) = if self.engine.product.is_elasticsearch {
            ("/_pit", json!({"id": self.pit}))
        } else {
            ("/_search/point_in_time", json!({"pit_id": [self.pit]}))
        };
        let _ = self.engine.ask(&Method::DELETE, path, Some(&body), Some(Instant::now() + FORGET));
    }
}

impl Drop for Scan<'_> {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, MAX_WEIGHT, Plan, Product};
    use serde_json::json;

    #[test]
    fn the_batches_of_a_scan_weigh_about_the_same() {
        let sizes = |weights: &[f64]| Vec::from(Plan::of(weights).sizes);
        let half = MAX_WEIGHT / 2.0;
        assert!(sizes(&[]).is_empty());
        assert_eq!(sizes(&[1.0, 2.0 * MAX_WEIGHT, 1.0]), [1, 1, 1], "one that is too much comes alone");
        assert_eq!(sizes(&[half, half, half, 1.0]), [2, 2]);
        assert_eq!(sizes(&vec![half / 100.0; 450]), [200, 200, 50]);
        assert!(Plan::of(&[1.0]).is_last && !Plan::of(&vec![1.0; BATCH]).is_last);
    }

    #[test]
    fn a_product_is_told_by_its_root() {
        let product = |root| Product::of(&root).map(|product| (product.name.clone(), product.is_supported()));
        let open = |number: &str| json!({"version": {"distribution": "opensearch", "number": number}});
        assert_eq!(product(open("2.19.6")), Some(("OpenSearch 2.19.6".into(), true)));
        assert_eq!(product(open("3.9.0")), Some(("OpenSearch 3.9.0".into(), true)));
        assert_eq!(product(open("1.3.0")), Some(("OpenSearch 1.3.0".into(), false)));
        assert_eq!(product(open("2.11.1")), Some(("OpenSearch 2.11.1".into(), false)));
        let elastic = json!({"version": {"number": "7.17.10"}});
        assert_eq!(product(elastic), Some(("Elasticsearch 7.17.10".into(), true)));
        assert_eq!(
            product(json!({"version": {"number": "8.1.0"}})),
            Some(("Elasticsearch 8.1.0".into(), false))
        );
        assert_eq!(product(json!({"hello": "world"})), None);
        // Without the factor k1 + 1, a score is a third.
        let factor = |root| Product::of(&root).map(|product| product.score_factor(2.0));
        assert_eq!((factor(open("2.19.6")), factor(open("3.9.0"))), (Some(1.0), Some(3.0)));
    }
}
