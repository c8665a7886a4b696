//! Writes to a cluster: bulk requests, each of a bounded number of bytes, from as many threads as put articles.
//!
//! Every write carries a version, made of the epoch of the lease and a sequence number, so that a late duplicate never
//! overwrites what is newer, and any request may be sent again. The unit of commit is the document.

use super::{
    Cluster,
    batch::{Batch, Buffer, Only, Operation, Underway},
    client::{Call, JSON_LINES, Said, jittered},
    document::{Documents, Prepared, hex, id_of, long},
    lease::Lease,
    ledger::order,
    lock,
    mapping::{self, Doc},
    rebuild,
    vocabulary::{self, Vocabulary},
    window::Window,
};
use crate::{
    article::Article,
    index::{ExcludedFile, Index as _, IndexError, RecordsFile, Rejected, RejectedDocument, Writer},
    source::{File, path_hash},
};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    mem,
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};

/// Bytes of a bulk request, about.
const BULK: usize = 4 << 20;
/// Number of documents of a bulk request at most, and of files that one request looks up.
const MAX_BULK: usize = 5_000;
/// Number of bits of a version that are the sequence number. The others are the epoch: an index that is watched has
/// millions of writers, and a version is below 2^63.
const SEQUENCE_BITS: u32 = 32;
/// A request that takes longer tells that too many are in flight.
const SLOW: Duration = Duration::from_secs(10);
/// Time for which a request is sent again while the engine takes nothing of it.
const PATIENCE: Duration = Duration::from_secs(300);
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(10);
/// What a part of a request is of the whole, if an engine takes nothing of that for now: fewer bytes may do.
const PART: usize = 8;
/// A document of so many bytes, sent alone for so long while the engine takes other writes and not this one, is too much for it.
const LARGE: usize = 1 << 20;
const ALONE: Duration = Duration::from_secs(30);
/// Time for restoring the settings of an index after a failure.
const RESTORE: Duration = Duration::from_secs(5);
/// Number of files with documents that a search does not see yet, before they are made visible: 40 bytes each.
const MAX_UNSEEN: usize = 1_000_000;
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
    buffer: Mutex<Buffer>,
    window: Window,
    /// For each file with a document that was put since the last refresh, the first and the last version of these: a search
    /// does not see them yet.
    unseen: Mutex<HashMap<u64, (u64, u64)>>,
    underway: Underway,
    vocabulary: Vocabulary,
    /// The error of a removal, which has no result of its own.
    failed: Mutex<Option<IndexError>>,
    /// Whether the settings were restored.
    is_finished: bool,
    rejected: Mutex<Rejected>,
}

/// What is removed of each file: which documents, and the version of the removal.
type Removed = HashMap<u64, Vec<(Only, u64)>>;

/// The names of the actions of a bulk request.
const INDEX: &str = "index";
const DELETE: &str = "delete";

/// One action of a bulk request.
struct Action {
    id: u64,
    routing: u64,
    version: u64,
    /// `None` deletes.
    put: Option<Document>,
}

struct Document {
    doc: Doc,
    body: Vec<u8>,
    /// The path of its file; empty for words.
    path: String,
}

impl Action {
    fn name(&self) -> &'static str {
        if self.put.is_some() { INDEX } else { DELETE }
    }

    fn is_large(&self) -> bool {
        self.put.as_ref().is_some_and(|document| document.body.len() > LARGE)
    }
}

impl<'c> ClusterWriter<'c> {
    pub(super) fn new(cluster: &'c Cluster) -> Result<Self, IndexError> {
        let engine = &cluster.engine;
        let mut lease = Lease::take(engine)?;
        if let Err(error) = Self::begin(cluster, &lease) {
            let _ = lease.release(false, Some(Instant::now() + RESTORE));
            return Err(error);
        }
        let mut restore = lease.restore();
        let is_left = !restore.is_null();
        if !is_left {
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
        let mut this = Self {
            cluster,
            lease,
            restore,
            buffer: Mutex::default(),
            window: Window::new(),
            unseen: Mutex::default(),
            underway: Underway::default(),
            vocabulary: Vocabulary::default(),
            failed: Mutex::default(),
            is_finished: false,
            rejected: Mutex::default(),
        };
        if is_left {
            this.settle()?;
        }
        engine.refresh()?;
        this.vocabulary = Vocabulary::of(engine)?;
        cluster.forget();
        Ok(this)
    }

    /// Makes sure that the name stands for the index that was opened, and that the lease is that of it.
    fn begin(cluster: &Cluster, lease: &Lease) -> Result<(), IndexError> {
        // A rebuild that has ended in doubt may still get the name for a generation without what is written now.
        match rebuild::retire_left(&cluster.engine) {
            Ok(()) | Err(IndexError::Unauthorized { .. }) => {}
            Err(error) => return Err(error),
        }
        // Another process may have built it anew, with other fields.
        cluster.forget();
        cluster.snapshot()?;
        lease.confirm_now(None)
    }

    /// Brings the index in order that another writer has left in the middle of its work: lets its last requests come to their
    /// end, and removes the old page where the new one of the same record, of another article, is on another shard.
    fn settle(&self) -> Result<(), IndexError> {
        let engine = &self.cluster.engine;
        engine.quiesce(&self.cluster.present().name)?;
        engine.refresh()?;
        let mut scan = engine.scan(
            json!({
                "query": {"exists": {"field": mapping::SOURCE}}, "_source": false, "version": true,
                "stored_fields": ["_routing"], "sort": order(),
            }),
            None,
        )?;
        let mut before: Option<Action> = None;
        while let Some(hits) = scan.next_batch()? {
            let mut old = Vec::new();
            for hit in &hits {
                let read = |text: &Value| u64::from_str_radix(text.as_str()?, 16).ok();
                let (Some(id), Some(routing)) = (read(&hit["_id"]), read(&hit["_routing"])) else { continue };
                let version = hit["_version"].as_u64().unwrap_or_default();
                let mut newer = Action { id, routing, version, put: None };
                if let Some(mut older) = before.take().filter(|before| before.id == id) {
                    if older.version > newer.version {
                        mem::swap(&mut older, &mut newer);
                    }
                    old.push(Action { version: self.next_version(&mut lock(&self.buffer))?, ..older });
                }
                before = Some(newer);
            }
            self.send(old)?;
        }
        Ok(())
    }

    /// The version of the next write. Versions rise in the order of the buffer.
    fn next_version(&self, buffer: &mut Buffer) -> Result<u64, IndexError> {
        buffer.sequence += 1;
        if buffer.sequence >> SEQUENCE_BITS > 0 {
            return Err(self.cluster.engine.unwritable("it is too much for one ingest; run it again"));
        }
        Ok(self.lease.epoch << SEQUENCE_BITS | buffer.sequence)
    }

    fn locked(&self) -> IndexError {
        IndexError::Locked(self.cluster.engine.location().clone())
    }

    /// Adds an operation, and sends all that are waiting once they are many.
    fn add(&self, bytes: usize, operation: impl FnOnce(u64) -> Operation) -> Result<(), IndexError> {
        let full = {
            let mut buffer = lock(&self.buffer);
            let mut operation = operation(self.next_version(&mut buffer)?);
            if let Operation::Put { prepared, version, .. } = &mut operation {
                buffer.words.extend(mem::take(&mut prepared.words));
                let version = *version;
                let put = |(_, last): &mut (u64, u64)| *last = version;
                lock(&self.unseen).entry(prepared.source).and_modify(put).or_insert((version, version));
            }
            buffer.bytes += bytes;
            buffer.operations.push(operation);
            let is_full = buffer.bytes >= BULK || buffer.operations.len() >= MAX_BULK;
            is_full.then(|| self.underway.take_full(&mut buffer)).flatten()
        };
        full.map_or(Ok(()), |full| self.flush(full))
    }

    fn put_prepared(&self, prepared: Prepared, path: &str) -> Result<(), IndexError> {
        let bytes = prepared.body.len();
        self.add(bytes, |version| Operation::Put { prepared, path: path.to_owned(), version })
    }

    /// Sends operations. Each thread that puts articles sends what it fills.
    fn flush(&self, mut batch: Batch<'_>) -> Result<(), IndexError> {
        let is_unseen = {
            let unseen = lock(&self.unseen);
            let is_removed = batch.operations.iter().any(|operation| match operation {
                Operation::Remove { source, .. } => {
                    unseen.get(source).is_some_and(|(put, _)| *put < batch.first)
                }
                Operation::Put { .. } => false,
            });
            is_removed || unseen.len() > MAX_UNSEEN
        };
        if is_unseen {
            self.underway.wait_before(batch.first);
            self.refresh(batch.first)?;
        }
        let _place = self.window.enter();
        self.send_words(mem::take(&mut batch.words).into_iter().collect())?;
        let (puts, removed) = Self::resolve(mem::take(&mut batch.operations));
        let written = puts.iter().map(|action| (action.id, action.routing)).collect();
        // New documents come before old ones are removed. Where a new one is rejected the old one stays.
        let rejected = self.send(puts)?;
        self.delete(&removed, &written, &rejected)
    }

    /// Sends the words that the index does not have.
    fn send_words(&self, words: Vec<String>) -> Result<(), IndexError> {
        let missing = self.vocabulary.missing(&self.cluster.engine, words)?;
        let mut actions = Vec::new();
        for body in vocabulary::documents(&missing) {
            let version = self.next_version(&mut lock(&self.buffer))?;
            // Nothing replaces it, so that any id will do that no other document has.
            let id = id_of(version, version);
            actions.push(Action {
                id,
                routing: id,
                version,
                put: Some(Document { doc: Doc::Vocabulary, body, path: String::new() }),
            });
        }
        self.send(actions)?;
        self.vocabulary.remember(&missing);
        Ok(())
    }

    /// The documents that some operations write, and what they remove of files.
    fn resolve(operations: Vec<Operation>) -> (Vec<Action>, Removed) {
        let mut removed = Removed::new();
        let mut puts: Vec<(Prepared, String, u64)> = Vec::with_capacity(operations.len());
        for operation in operations {
            match operation {
                Operation::Put { prepared, path, version } => puts.push((prepared, path, version)),
                Operation::Remove { source, only, version } => {
                    puts.retain(|(put, ..)| {
                        put.source != source || !only.takes(put.id, put.doc == Doc::Places)
                    });
                    removed.entry(source).or_default().push((only, version));
                }
            }
        }
        let action = |(Prepared { id, routing, doc, body, .. }, path, version)| Action {
            id,
            routing,
            version,
            put: Some(Document { doc, body, path }),
        };
        (puts.into_iter().map(action).collect(), removed)
    }

    /// Deletes the documents that the index has of some files, except those that were written in their places, and those whose
    /// ids were rejected.
    fn delete(
        &self,
        removed: &Removed,
        written: &HashSet<(u64, u64)>,
        rejected: &HashSet<u64>,
    ) -> Result<(), IndexError> {
        if removed.is_empty() {
            return Ok(());
        }
        let engine = &self.cluster.engine;
        let sources: Vec<i64> = removed.keys().map(|source| long(*source)).collect();
        let mut scan = engine.scan(
            json!({
                "query": {"terms": {mapping::SOURCE: sources}}, "_source": false,
                "docvalue_fields": [mapping::SOURCE, mapping::DOC], "stored_fields": ["_routing"],
                "sort": order(),
            }),
            None,
        )?;
        while let Some(hits) = scan.next_batch()? {
            let deletions = hits.iter().filter_map(|hit| {
                let read = |text: &Value| u64::from_str_radix(text.as_str()?, 16).ok();
                let (id, routing) = (read(&hit["_id"])?, read(&hit["_routing"])?);
                let source = hit["fields"][mapping::SOURCE][0].as_i64().unwrap_or_default().cast_unsigned();
                let is_places = hit["fields"][mapping::DOC][0] == Doc::Places.as_str();
                let asked = removed.get(&source)?.iter().filter(|(only, _)| only.takes(id, is_places));
                let version = asked.map(|(_, version)| *version).max()?;
                let is_kept = written.contains(&(id, routing)) || rejected.contains(&id);
                (!is_kept).then_some(Action { id, routing, version, put: None })
            });
            self.send(deletions.collect())?;
        }
        Ok(())
    }

    /// Sends actions until the engine has taken or rejected each. Returns the ids of those that it rejected.
    fn send(&self, mut actions: Vec<Action>) -> Result<HashSet<u64>, IndexError> {
        let mut rejected = HashSet::new();
        let mut progressed = Instant::now();
        let mut wait = FIRST_WAIT;
        let mut most = MAX_BULK;
        while !actions.is_empty() {
            let part: Vec<Action> = actions.drain(..most.min(actions.len())).collect();
            let (count, asked) = (part.len(), Instant::now());
            let sent = match self.lease.confirm() {
                Ok(()) => self.send_once(part, &mut rejected)?,
                Err(error) if passes(&error) => Sent::Later(part, error),
                Err(error) => return Err(error),
            };
            match sent {
                Sent::All => {
                    if asked.elapsed() > SLOW {
                        self.window.narrow(asked);
                    } else {
                        self.window.widen();
                    }
                    (progressed, wait) = (Instant::now(), FIRST_WAIT);
                    most = (most * 2).min(MAX_BULK);
                }
                Sent::TooLarge(part) if part.len() > 1 => {
                    most = part.len() / 2;
                    actions.splice(..0, part);
                }
                Sent::TooLarge(part) => {
                    for action in part {
                        rejected.insert(action.id);
                        self.reject(action, "the engine takes no request that large")?;
                    }
                }
                Sent::Later(again, error) => {
                    self.window.narrow(asked);
                    // Whether the engine takes other writes.
                    let takes_others = || self.lease.confirm_now(Some(Instant::now() + RESTORE)).is_ok();
                    let is_alone = count == 1 && again.iter().any(Action::is_large);
                    if again.len() < count {
                        (progressed, wait) = (Instant::now(), FIRST_WAIT);
                    } else if is_alone && progressed.elapsed() > ALONE && takes_others() {
                        for action in again {
                            rejected.insert(action.id);
                            self.reject(action, &error.to_string())?;
                        }
                        (progressed, wait) = (Instant::now(), FIRST_WAIT);
                        continue;
                    } else if progressed.elapsed() > PATIENCE {
                        return Err(error);
                    } else {
                        most = (count / PART).max(1);
                    }
                    thread::sleep(jittered(wait));
                    wait = (wait * 2).min(MAX_WAIT);
                    actions.splice(..0, again);
                }
            }
        }
        Ok(rejected)
    }

    /// Sends actions in one request. Adds the ids of those that the engine rejects.
    fn send_once(&self, actions: Vec<Action>, rejected: &mut HashSet<u64>) -> Result<Sent, IndexError> {
        let engine = &self.cluster.engine;
        let bytes: usize =
            actions.iter().filter_map(|action| action.put.as_ref()).map(|put| put.body.len() + 200).sum();
        let mut body = Vec::with_capacity(bytes);
        for action in &actions {
            let Action { id, routing, version, put } = action;
            let head = json!({action.name(): {
                "_id": hex(*id), "routing": hex(*routing), "version": version, "version_type": "external",
            }});
            body.extend(head.to_string().bytes());
            body.push(b'\n');
            if let Some(document) = put {
                body.extend(&document.body);
                body.push(b'\n');
            }
        }
        let path = engine
            .write_path("/_bulk?timeout=60s&filter_path=errors,items.*.status,items.*._id,items.*.error");
        let call = Call {
            method: &Method::POST,
            path: &path,
            body: Some((&body, JSON_LINES)),
            deadline: None,
            // What is sent again is sent by fewer at a time: see the window.
            patience: Duration::ZERO,
        };
        let reply = match engine.client.send(call) {
            Ok(reply) => reply,
            Err(error) if passes(&error) => return Ok(Sent::Later(actions, error)),
            Err(error) => return Err(error),
        };
        if reply.status == StatusCode::PAYLOAD_TOO_LARGE {
            return Ok(Sent::TooLarge(actions));
        }
        if reply.status.is_server_error() {
            return Ok(Sent::Later(actions, engine.unwritable(&reply.error().said)));
        }
        if !reply.status.is_success() {
            return Err(engine.unwritable(&reply.error().said));
        }
        let answer: Value = reply.json().ok_or_else(|| engine.unwritable("an answer that is not JSON"))?;
        self.read_results(actions, &answer, rejected)
    }

    /// Reads what became of each action. The results are matched by id: an answer may be incomplete.
    fn read_results(
        &self,
        actions: Vec<Action>,
        answer: &Value,
        rejected: &mut HashSet<u64>,
    ) -> Result<Sent, IndexError> {
        let engine = &self.cluster.engine;
        let mut results = results_by_id(answer);
        let mut asked: HashMap<(&str, u64), usize> = HashMap::with_capacity(actions.len());
        for action in &actions {
            *asked.entry((action.name(), action.id)).or_default() += 1;
        }
        // Where one action has too few results or too many, it is not known which is whose.
        results.retain(|of, results| asked.get(of) == Some(&results.len()));
        let (mut later, mut conflicts) = (Vec::new(), Vec::new());
        let mut reason = "the engine does not tell what became of a document".to_owned();
        for action in actions {
            let result = results.get_mut(&(action.name(), action.id)).and_then(VecDeque::pop_front);
            let Some(result) = result else {
                // It is sent again, which does no harm.
                later.push(action);
                continue;
            };
            let error = Said::of(&result["error"]);
            match result["status"].as_u64().unwrap_or_default() {
                200..300 => {}
                404 if action.put.is_none() && error.kind.is_empty() => {}
                409 => conflicts.push(action),
                429 if !error.is_blocked() => {
                    reason = error.said;
                    later.push(action);
                }
                500.. => {
                    reason = error.said;
                    later.push(action);
                }
                400 | 413 => {
                    rejected.insert(action.id);
                    self.reject(action, &error.said)?;
                }
                _ => return Err(engine.unwritable(&error.said)),
            }
        }
        later.extend(self.check_conflicts(conflicts)?);
        Ok(if later.is_empty() { Sent::All } else { Sent::Later(later, engine.unwritable(&reason)) })
    }

    /// Looks what is in the way of writes that were refused for their versions. A write of ours that came through twice, or
    /// one that we replaced since, is no conflict; one of a later epoch means that another writer has taken over. Returns the
    /// actions of which the engine does not tell: they are sent again.
    fn check_conflicts(&self, mut actions: Vec<Action>) -> Result<Vec<Action>, IndexError> {
        if actions.is_empty() {
            return Ok(actions);
        }
        let engine = &self.cluster.engine;
        let docs: Vec<Value> = actions
            .iter()
            .map(|action| json!({"_id": hex(action.id), "routing": hex(action.routing)}))
            .collect();
        let path = engine.path("/_mget?_source=false&filter_path=docs._id,docs._version,docs.error");
        let answer = engine.told(&Method::POST, &path, Some(&json!({"docs": docs})), None)?;
        let found = answer["docs"].as_array().map(Vec::as_slice).unwrap_or_default();
        let is_later = |found: &Value| {
            found["_version"].as_u64().is_some_and(|version| version >> SEQUENCE_BITS > self.lease.epoch)
        };
        if found.iter().any(is_later) {
            return Err(self.locked());
        }
        // The version of what was deleted is not told. It is ours if nobody has taken the lease.
        self.lease.confirm_now(None)?;
        // One for each action, in order. A shard may be on its way to another node.
        let mut told = found.iter().map(|found| found["error"].is_null());
        actions.retain(|_| !told.next().unwrap_or_default());
        Ok(actions)
    }

    /// Notes that the engine does not take a document.
    fn reject(&self, action: Action, reason: &str) -> Result<(), IndexError> {
        let refused = |what: &str| self.cluster.engine.unwritable(&format!("{what} rejected: {reason}"));
        let Document { doc, path, .. } = action.put.ok_or_else(|| refused("a deletion was"))?;
        if doc == Doc::Vocabulary {
            return Err(refused("words were"));
        }
        let mut rejected = lock(&self.rejected);
        rejected.articles += u64::from(doc == Doc::Page);
        if rejected.named.len() < MAX_NAMED {
            rejected.named.push(RejectedDocument { path, reason: reason.to_owned() });
        } else {
            rejected.others += 1;
        }
        Ok(())
    }

    /// Makes what was sent so far visible: all of the versions before `first`.
    fn refresh(&self, first: u64) -> Result<(), IndexError> {
        self.cluster.engine.refresh()?;
        lock(&self.unseen).retain(|_, (put, last)| {
            *put = first.max(*put);
            *last >= first
        });
        Ok(())
    }

    fn remove_only(&self, path: &str, only: Only) {
        let source = path_hash(path);
        if let Err(error) = self.add(0, |version| Operation::Remove { source, only, version }) {
            lock(&self.failed).get_or_insert(error);
        }
    }

    /// Restores the settings of the index and gives the lease up.
    fn restore(&mut self, is_done: bool, deadline: Option<Instant>) -> Result<(), IndexError> {
        let engine = &self.cluster.engine;
        let body = json!({"index": self.restore});
        engine.told(&Method::PUT, &engine.path("/_settings"), Some(&body), deadline)?;
        self.lease.release(is_done, deadline)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for ClusterWriter<'_> {
    /// After a failure, leaves the index as it was found, as far as the engine answers. Else the next writer does it.
    fn drop(&mut self) {
        let deadline = Some(Instant::now() + RESTORE);
        if !self.is_finished && self.lease.confirm_now(deadline).is_ok() {
            let _ = self.restore(false, deadline);
        }
    }
}

/// What became of a bulk request.
enum Sent {
    All,
    /// The engine takes these later, and why.
    Later(Vec<Action>, IndexError),
    TooLarge(Vec<Action>),
}

/// Whether an error may be over when a request is sent again.
fn passes(error: &IndexError) -> bool {
    matches!(error, IndexError::Throttled(_) | IndexError::Unreachable { .. })
}

/// The results of an answer by the name of the action and the id.
fn results_by_id(answer: &Value) -> HashMap<(&str, u64), VecDeque<&Value>> {
    let mut results: HashMap<_, VecDeque<&Value>> = HashMap::new();
    let items = answer["items"].as_array().into_iter().flatten().filter_map(Value::as_object);
    for (name, result) in items.flatten() {
        let id = result["_id"].as_str().and_then(|id| u64::from_str_radix(id, 16).ok());
        if let Some(id) = id {
            results.entry((name.as_str(), id)).or_default().push_back(result);
        }
    }
    results
}

impl Writer for ClusterWriter<'_> {
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError> {
        let documents = Documents { schema: &self.cluster.definition.schema };
        let mut page = documents.page(article, file);
        self.vocabulary.leave_out_present(&mut page.words);
        self.put_prepared(page, &file.path)
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
        let rest = self.underway.take(&mut lock(&self.buffer));
        rest.map_or(Ok(()), |rest| self.flush(rest))?;
        if let Some(error) = lock(&self.failed).take() {
            return Err(error);
        }
        self.refresh(u64::MAX)?;
        self.cluster.forget();
        Ok(())
    }

    fn rejected(&self) -> Rejected {
        mem::take(&mut *lock(&self.rejected))
    }

    fn failure(&mut self) -> Option<IndexError> {
        lock(&self.failed).take()
    }

    fn finish(mut self: Box<Self>, _complete: bool) -> Result<(), IndexError> {
        // Whoever has lost the lease leaves the settings of its successor alone.
        self.lease.confirm_now(None)?;
        self.cluster.note_ingested()?;
        self.restore(true, None)
    }
}

#[cfg(test)]
mod tests {
    use super::results_by_id;
    use serde_json::json;

    #[test]
    fn results_are_told_apart_by_action_and_id() {
        let answer = json!({"items": [
            {"delete": {"_id": "000000000000000a", "status": 404}}, {"index": {"_id": "000000000000000a", "status": 201}},
            {"index": {"_id": "000000000000000a", "status": 409}}, {"index": {"_id": "other", "status": 200}}, 7,
        ]});
        let results = results_by_id(&answer);
        let status =
            |name| results[&(name, 10)].iter().map(|result| result["status"].as_u64()).collect::<Vec<_>>();
        assert_eq!((status("delete"), status("index")), (vec![Some(404)], vec![Some(201), Some(409)]));
        assert_eq!(results.len(), 2);
        assert!(results_by_id(&json!({})).is_empty());
    }
}
