//! Writes to a cluster: bulk requests, each of a bounded number of bytes, from as many threads as put articles.
//!
//! Every write carries a version, made of the epoch of the lease and a sequence number, so that a late duplicate never
//! overwrites what is newer, and any request may be sent again. The unit of commit is the document.

use super::{
    Cluster,
    client::{Call, JSON_LINES, Said},
    document::{Documents, Prepared, hex, id_of, long},
    lease::Lease,
    mapping::{self, Doc},
};
use crate::{
    article::Article,
    index::{ExcludedFile, IndexError, RecordsFile, RejectedDocument, Writer},
    source::{File, path_hash},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};

/// Bytes of a bulk request, about.
const BULK: usize = 4 << 20;
/// Number of documents of a bulk request at most, and of files that one request looks up.
const MAX_BULK: usize = 5_000;
/// Number of bits of a version that are the sequence number.
const SEQUENCE_BITS: u32 = 40;
/// Time for which what the engine takes no more of is sent again.
const PATIENCE: Duration = Duration::from_secs(300);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(10);
/// Number of rejected documents that are named.
const MAX_NAMED: usize = 1_000;
/// Settings for the time of an ingest: no refresh before a commit, and deletions are remembered for an hour, so that a
/// late write does not bring back what was removed.
const LOADING: [(&str, &str); 2] = [("refresh_interval", "-1"), ("gc_deletes", "1h")];

/// The only writer of an index.
pub(super) struct ClusterWriter<'c> {
    cluster: &'c Cluster,
    lease: Lease,
    /// Values of the settings before the ingest.
    restore: Value,
    sequence: AtomicU64,
    buffer: Mutex<Buffer>,
    window: Window,
    /// For each file with a document that was put since the last refresh, the first version of these: a search does not see
    /// them yet.
    unseen: Mutex<HashMap<u64, u64>>,
    /// Requests in flight read it; who has to see what they wrote writes it.
    in_flight: RwLock<()>,
    failed: Mutex<Option<String>>,
    rejected: Mutex<Vec<RejectedDocument>>,
}

/// What is waiting to be sent.
#[derive(Default)]
struct Buffer {
    bytes: usize,
    operations: Vec<Operation>,
}

enum Operation {
    /// Writes a document. `path` is that of its file.
    Put { prepared: Prepared, path: String, version: u64 },
    /// Removes all documents of a file, or those of one id.
    Remove { source: u64, only: Only, version: u64 },
}

/// Which documents of a file are removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    All,
    /// The one with this id.
    Id(u64),
    /// Those of places.
    Places,
}

impl Only {
    fn takes(self, id: u64, is_places: bool) -> bool {
        match self {
            Self::All => true,
            Self::Id(only) => only == id,
            Self::Places => is_places,
        }
    }
}

impl Operation {
    fn version(&self) -> u64 {
        match self {
            Self::Put { version, .. } | Self::Remove { version, .. } => *version,
        }
    }
}

/// One action of a bulk request.
struct Action {
    id: u64,
    routing: u64,
    version: u64,
    /// The document and the path of its file; `None` deletes.
    put: Option<(Vec<u8>, String)>,
}

impl<'c> ClusterWriter<'c> {
    pub(super) fn new(cluster: &'c Cluster) -> Result<Self, IndexError> {
        let engine = &cluster.engine;
        let lease = Lease::take(engine)?;
        let mut restore = lease.restore();
        if restore.is_null() {
            let settings =
                engine.told(&Method::GET, &engine.path("/_settings?flat_settings=true"), None, None)?;
            let of_index =
                settings.as_object().and_then(|all| all.values().next()).cloned().unwrap_or_default();
            restore = json!({});
            for (name, _) in LOADING {
                restore[name] = of_index["settings"][format!("index.{name}")].clone();
            }
            lease.note(&restore)?;
        }
        let mut loading = json!({});
        for (name, value) in LOADING {
            loading[name] = json!(value);
        }
        engine.told(&Method::PUT, &engine.path("/_settings"), Some(&json!({"index": loading})), None)?;
        // What a writer that died had written is visible from here on.
        engine.told(&Method::POST, &engine.path("/_refresh"), None, None)?;
        cluster.forget();
        Ok(Self {
            cluster,
            lease,
            restore,
            sequence: AtomicU64::new(0),
            buffer: Mutex::default(),
            window: Window::new(),
            unseen: Mutex::default(),
            in_flight: RwLock::default(),
            failed: Mutex::default(),
            rejected: Mutex::default(),
        })
    }

    fn version(&self) -> u64 {
        self.lease.epoch << SEQUENCE_BITS | self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    fn locked(&self) -> IndexError {
        IndexError::Locked(self.cluster.engine.location().clone())
    }

    /// Adds an operation, and sends all that are waiting once they are many.
    fn add(&self, bytes: usize, operation: impl FnOnce(u64) -> Operation) -> Result<(), IndexError> {
        let full = {
            let mut buffer = lock(&self.buffer);
            // Versions rise in the order of the buffer.
            let operation = operation(self.version());
            if let Operation::Put { prepared, version, .. } = &operation {
                lock(&self.unseen).entry(prepared.source).or_insert(*version);
            }
            buffer.bytes += bytes;
            buffer.operations.push(operation);
            let is_full = buffer.bytes >= BULK || buffer.operations.len() >= MAX_BULK;
            is_full.then(|| mem::take(&mut *buffer))
        };
        full.map_or(Ok(()), |full| self.flush(full.operations))
    }

    fn put_prepared(&self, prepared: Prepared, path: &str) -> Result<(), IndexError> {
        let bytes = prepared.body.len();
        self.add(bytes, |version| Operation::Put { prepared, path: path.to_owned(), version })
    }

    /// Sends operations. Each thread that puts articles sends what it fills.
    fn flush(&self, operations: Vec<Operation>) -> Result<(), IndexError> {
        if operations.is_empty() {
            return Ok(());
        }
        let _place = self.window.enter();
        let sent = self.flush_in_place(operations);
        sent.inspect_err(|error| *lock(&self.failed) = Some(error.to_string()))
    }

    fn flush_in_place(&self, operations: Vec<Operation>) -> Result<(), IndexError> {
        let first = operations.iter().map(Operation::version).min().unwrap_or_default();
        let is_unseen = {
            let unseen = lock(&self.unseen);
            let put = |source: &u64| unseen.get(source).copied();
            operations.iter().any(|operation| match operation {
                Operation::Remove { source, version, .. } => {
                    put(source).is_some_and(|put| put < *version && put < first)
                }
                Operation::Put { .. } => false,
            })
        };
        if is_unseen {
            let _none_in_flight = self.in_flight.write().unwrap_or_else(PoisonError::into_inner);
            self.refresh(first)?;
        }
        let _in_flight = self.in_flight.read().unwrap_or_else(PoisonError::into_inner);
        self.resolve(operations).and_then(|actions| self.send(actions))
    }

    /// The actions of some operations. New documents come before old ones are removed.
    fn resolve(&self, operations: Vec<Operation>) -> Result<Vec<Action>, IndexError> {
        let mut removed: HashMap<u64, Vec<(Only, u64)>> = HashMap::new();
        let mut puts: Vec<(Prepared, String, u64)> = Vec::with_capacity(operations.len());
        for operation in operations {
            match operation {
                Operation::Put { prepared, path, version } => puts.push((prepared, path, version)),
                Operation::Remove { source, only, version } => {
                    puts.retain(|(put, ..)| put.source != source || !only.takes(put.id, put.is_places));
                    removed.entry(source).or_default().push((only, version));
                }
            }
        }
        let action = |(Prepared { id, routing, body, .. }, path, version)| Action {
            id,
            routing,
            version,
            put: Some((body, path)),
        };
        let mut actions: Vec<Action> = puts.into_iter().map(action).collect();
        if !removed.is_empty() {
            self.add_deletions(&removed, &mut actions)?;
        }
        Ok(actions)
    }

    /// Adds the deletions of documents that the index has of some files.
    fn add_deletions(
        &self,
        removed: &HashMap<u64, Vec<(Only, u64)>>,
        actions: &mut Vec<Action>,
    ) -> Result<(), IndexError> {
        let engine = &self.cluster.engine;
        let replaced: HashSet<(u64, u64)> =
            actions.iter().map(|action| (action.id, action.routing)).collect();
        let sources: Vec<i64> = removed.keys().map(|source| long(*source)).collect();
        let mut scan = engine.scan(
            json!({
                "query": {"terms": {mapping::SOURCE: sources}}, "_source": false,
                "docvalue_fields": [mapping::SOURCE, mapping::DOC], "stored_fields": ["_routing"],
                "sort": [mapping::SOURCE, mapping::RECORD],
            }),
            None,
        )?;
        while let Some(hits) = scan.next_batch()? {
            for hit in hits {
                let read = |text: &Value| u64::from_str_radix(text.as_str()?, 16).ok();
                let (Some(id), Some(routing)) = (read(&hit["_id"]), read(&hit["_routing"])) else { continue };
                let source = hit["fields"][mapping::SOURCE][0].as_i64().unwrap_or_default().cast_unsigned();
                let is_places = hit["fields"][mapping::DOC][0] == Doc::Places.as_str();
                let asked = removed.get(&source).into_iter().flatten();
                let version = asked.filter(|(only, _)| only.takes(id, is_places));
                if let Some(version) = version.map(|(_, version)| *version).max() {
                    // What is written again in its place needs no deletion.
                    if !replaced.contains(&(id, routing)) {
                        actions.push(Action { id, routing, version, put: None });
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends actions until the engine has taken or rejected each.
    fn send(&self, mut actions: Vec<Action>) -> Result<(), IndexError> {
        let started = Instant::now();
        let mut wait = FIRST_WAIT;
        let mut most = usize::MAX;
        while !actions.is_empty() {
            if self.lease.is_lost() {
                return Err(self.locked());
            }
            let part: Vec<Action> = actions.drain(..most.min(actions.len())).collect();
            match self.send_once(part)? {
                Sent::All => {}
                Sent::TooLarge(part) if part.len() > 1 => {
                    most = part.len() / 2;
                    actions.splice(..0, part);
                }
                Sent::TooLarge(part) => {
                    for action in part {
                        self.reject(action, "the engine takes no request that large");
                    }
                }
                Sent::Later(again) => {
                    if started.elapsed() > PATIENCE {
                        return Err(IndexError::Throttled(self.cluster.engine.location().clone()));
                    }
                    self.window.narrow();
                    thread::sleep(wait);
                    wait = (wait * 2).min(MAX_WAIT);
                    actions.splice(..0, again);
                }
            }
        }
        self.window.widen();
        Ok(())
    }

    fn send_once(&self, mut actions: Vec<Action>) -> Result<Sent, IndexError> {
        let engine = &self.cluster.engine;
        let bytes: usize =
            actions.iter().filter_map(|action| action.put.as_ref()).map(|(body, _)| body.len() + 200).sum();
        let mut body = Vec::with_capacity(bytes);
        for Action { id, routing, version, put } in &actions {
            let name = if put.is_some() { "index" } else { "delete" };
            let head = json!({name: {
                "_id": hex(*id), "routing": hex(*routing), "version": version, "version_type": "external",
            }});
            body.extend(head.to_string().bytes());
            body.push(b'\n');
            if let Some((document, _)) = put {
                body.extend(document);
                body.push(b'\n');
            }
        }
        let path =
            engine.path("/_bulk?timeout=60s&filter_path=errors,items.*.status,items.*._id,items.*.error");
        let reply = engine.client.send(Call {
            method: &Method::POST,
            path: &path,
            body: Some((&body, JSON_LINES)),
            deadline: None,
            is_idempotent: true,
        })?;
        if reply.status == StatusCode::PAYLOAD_TOO_LARGE {
            return Ok(Sent::TooLarge(actions));
        }
        if !reply.status.is_success() {
            return Err(engine.unwritable(&reply.error().said));
        }
        let answer: Value = reply.json().ok_or_else(|| engine.unwritable("an answer that is not JSON"))?;
        let results = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut by_place = HashMap::with_capacity(results.len());
        for (at, result) in results.iter().enumerate() {
            let Some(result) = result.as_object().and_then(|result| result.values().next()) else { continue };
            by_place.insert(at, result);
        }
        let told = |at: usize, action: &Action| {
            by_place.get(&at).copied().filter(|result| result["_id"] == hex(action.id).as_str())
        };
        let (mut later, mut conflicts) = (Vec::new(), Vec::new());
        for (at, action) in actions.drain(..).enumerate() {
            let Some(result) = told(at, &action) else {
                // The answer says nothing of it: it is sent again, which does no harm.
                later.push(action);
                continue;
            };
            match result["status"].as_u64().unwrap_or_default() {
                200..300 => {}
                404 if action.put.is_none() => {}
                409 => conflicts.push(action),
                429 | 503 => later.push(action),
                _ => self.reject(action, &Said::of(&result["error"]).said),
            }
        }
        self.check_conflicts(&conflicts)?;
        Ok(if later.is_empty() { Sent::All } else { Sent::Later(later) })
    }

    /// Looks what is in the way of writes that were refused for their versions. A write of ours that came through twice, or
    /// one that we replaced since, is no conflict; one of a later epoch means that another writer has taken over.
    fn check_conflicts(&self, actions: &[Action]) -> Result<(), IndexError> {
        if actions.is_empty() {
            return Ok(());
        }
        let engine = &self.cluster.engine;
        let docs: Vec<Value> = actions
            .iter()
            .map(|action| json!({"_id": hex(action.id), "routing": hex(action.routing)}))
            .collect();
        let path = engine.path("/_mget?_source=false&filter_path=docs._version");
        let answer = engine.told(&Method::POST, &path, Some(&json!({"docs": docs})), None)?;
        for found in answer["docs"].as_array().into_iter().flatten() {
            if found["_version"].as_u64().is_some_and(|version| version >> SEQUENCE_BITS > self.lease.epoch) {
                return Err(self.locked());
            }
        }
        Ok(())
    }

    fn reject(&self, action: Action, reason: &str) {
        let mut rejected = lock(&self.rejected);
        let Some((_, path)) = action.put else { return };
        if rejected.len() < MAX_NAMED {
            rejected.push(RejectedDocument { path, reason: reason.to_owned() });
        }
    }

    /// Makes what was sent so far visible: all of the versions before `first`.
    fn refresh(&self, first: u64) -> Result<(), IndexError> {
        let engine = &self.cluster.engine;
        engine.told(&Method::POST, &engine.path("/_refresh"), None, None)?;
        lock(&self.unseen).retain(|_, version| *version >= first);
        Ok(())
    }

    fn remove_only(&self, path: &str, only: Only) {
        let source = path_hash(path);
        // An error is told by the next operation that may fail.
        let _ = self.add(0, |version| Operation::Remove { source, only, version });
    }
}

/// What became of a bulk request.
enum Sent {
    All,
    /// The engine takes these later.
    Later(Vec<Action>),
    TooLarge(Vec<Action>),
}

impl Writer for ClusterWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        let documents = Documents { schema: &self.cluster.definition.schema };
        self.put_prepared(documents.page(article, file), &file.path)
    }

    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError> {
        self.put_prepared(Documents::excluded(file, excluded), &file.path)
    }

    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError> {
        let path = &of.file.path;
        self.remove_only(path, Only::Places);
        let (records, places) = super::places::documents(of);
        self.put_prepared(records, path)?;
        places.into_iter().try_for_each(|places| self.put_prepared(places, path))
    }

    fn remove(&self, path: &str) {
        self.remove_only(path, Only::All);
    }

    fn remove_record(&self, path: &str, record: u64) {
        self.remove_only(path, Only::Id(id_of(path_hash(path), record)));
    }

    fn commit(&mut self) -> Result<(), IndexError> {
        let rest = mem::take(&mut *lock(&self.buffer));
        self.flush(rest.operations)?;
        if let Some(message) = lock(&self.failed).take() {
            return Err(self.cluster.engine.unwritable(&message));
        }
        self.refresh(u64::MAX)?;
        self.cluster.forget();
        Ok(())
    }

    fn rejected(&self) -> Vec<RejectedDocument> {
        mem::take(&mut *lock(&self.rejected))
    }

    fn failure(&mut self) -> Option<IndexError> {
        lock(&self.failed).take().map(|message| self.cluster.engine.unwritable(&message))
    }

    fn finish(self: Box<Self>, _complete: bool) -> Result<(), IndexError> {
        let engine = &self.cluster.engine;
        engine.told(&Method::PUT, &engine.path("/_settings"), Some(&json!({"index": self.restore})), None)?;
        self.cluster.note_ingested()?;
        self.lease.release()
    }
}

/// How many requests are in flight: fewer when the engine takes no more, again more when it does.
struct Window {
    state: Mutex<(usize, usize)>,
    left: Condvar,
}

impl Window {
    const MOST: usize = 16;

    fn new() -> Self {
        Self { state: Mutex::new((0, Self::MOST)), left: Condvar::new() }
    }

    /// Waits for a place.
    fn enter(&self) -> InFlight<'_> {
        let mut state = lock(&self.state);
        while state.0 >= state.1 {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.0 += 1;
        InFlight(self)
    }

    fn narrow(&self) {
        let mut state = lock(&self.state);
        state.1 = (state.1.min(state.0) / 2).max(1);
    }

    fn widen(&self) {
        let mut state = lock(&self.state);
        state.1 = (state.1 + 1).min(Self::MOST);
        self.left.notify_all();
    }
}

struct InFlight<'w>(&'w Window);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).0 -= 1;
        self.0.left.notify_one();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
