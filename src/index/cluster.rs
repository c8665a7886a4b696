//! An index of a cluster: `OpenSearch` by its REST API, in the subset that Elasticsearch shares.
//!
//! Analysis, rerank, highlighting and suggestions are ours and the same as for the embedded index; storage, replication and
//! retrieval are the engine's. The unit of commit is the document: a search may see an ingest half done.

mod address;
mod asked;
mod batch;
mod by_key;
mod client;
mod connection;
mod credentials;
mod document;
mod engine;
mod expand;
mod facets;
mod known;
mod lease;
mod ledger;
mod lower;
mod mapping;
mod order;
mod places;
mod rebuild;
mod retrieve;
mod snapshot;
mod stories;
mod values;
mod vocabulary;
mod window;
mod writer;

use super::{ANALYSIS, Index, IndexError, Location, RemoteLocation, Snapshot, Writer, WriterOptions};
use crate::schema::{FieldDef, Schema};
use address::Address;
use client::Client;
use engine::{Engine, Product};
use jiff::Timestamp;
use known::Known;
pub(in crate::index) use rebuild::ClusterRebuild;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snapshot::{ClusterSnapshot, Shared};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};
use xxhash_rust::xxh3::xxh3_64;

/// The version of the mapping, and of what its fields hold.
const FORMAT: u32 = 2;
/// The oldest answer about the generation that a reader goes by.
const FRESH: Duration = Duration::from_millis(500);
/// Time in which an engine in good health answers.
const HEALTH: Duration = Duration::from_secs(3);
/// Maximum number of names of generations that other indexes have taken.
const MAX_TAKEN: u64 = 100;
/// Maximum number of pages whose columns are read for one answer.
const MAX_READ: usize = 1_000_000;
/// Maximum number of values that are listed.
const MAX_LISTED: usize = 65_000;

/// What the mapping says of the index.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Meta {
    format: u32,
    analysis: u32,
    /// The newsdex version that made it.
    version: String,
    schema: Vec<FieldDef>,
    schema_file: Option<PathBuf>,
    /// When the last ingest ended.
    ingested: Option<Timestamp>,
}

/// What all snapshots of an index share.
struct Definition {
    schema: Schema,
    meta: Mutex<Meta>,
}

/// An index of a cluster. Its name is an alias, which stands for one generation of it: `news` for `news-000001`.
pub(in crate::index) struct Cluster {
    engine: Arc<Engine>,
    definition: Arc<Definition>,
    newest: Mutex<Option<(Arc<ClusterSnapshot>, Instant)>>,
    /// What the name stood for when that was last asked, and the engine of that.
    present: Mutex<(Present, Arc<Engine>)>,
}

/// What the name of an index stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Present {
    name: String,
    /// Empty as long as it was not asked.
    uuid: String,
}

/// What the mapping of an index tells, with the name of the index that an alias stands for.
struct Described {
    name: String,
    meta: Meta,
}

impl Cluster {
    /// Connects to a cluster and opens an index of it.
    pub(in crate::index) fn open(remote: &RemoteLocation) -> Result<Self, IndexError> {
        let engine = connect(remote)?;
        match describe(&engine)? {
            Some(found) => Self::with(engine, found),
            None => Err(IndexError::Missing(Location::Remote(remote.clone()))),
        }
    }

    /// Opens an index for writing. Creates it if it is missing.
    pub(in crate::index) fn create_or_open(
        remote: &RemoteLocation,
        schema: &Schema,
    ) -> Result<Self, IndexError> {
        stores_all(remote, schema)?;
        let engine = connect(remote)?;
        let found = match describe(&engine)? {
            Some(found) => found,
            None => create(&engine, &engine.name, 1, schema)?,
        };
        let this = Self::with(engine, found)?;
        let differences = this.definition.schema.differences(schema);
        if differences.is_empty() {
            return Ok(this);
        }
        Err(IndexError::Schema { location: Location::Remote(remote.clone()), differences })
    }

    /// The schema that an index was made with, also by an older version; `None` if that cannot be told.
    pub(in crate::index) fn schema_of(remote: &RemoteLocation) -> Option<Schema> {
        let Described { meta, .. } = describe(&connect(remote).ok()?).ok()??;
        Some(Schema::from_stored(meta.schema).ok()?.read_from(meta.schema_file))
    }

    /// Removes what the name of an index stands for.
    pub(in crate::index) fn remove(remote: &RemoteLocation) -> Result<(), IndexError> {
        let engine = connect(remote)?;
        let found = ours(&engine, &engine.name)?;
        if found.is_empty() {
            return Err(match describe(&engine)? {
                None => IndexError::Missing(Location::Remote(remote.clone())),
                Some(_) => engine.unwritable("its name stands for nothing that can be removed"),
            });
        }
        found.iter().try_for_each(|name| delete(&engine, name, None))
    }

    /// The indexes whose names go on after a name.
    pub(in crate::index) fn continued(remote: &RemoteLocation) -> Result<Vec<RemoteLocation>, IndexError> {
        let engine = connect(remote)?;
        let names = ours(&engine, &format!("{}*", engine.name))?;
        Ok(names.iter().filter_map(|name| Some(remote.beside(name.strip_prefix(&engine.name)?))).collect())
    }

    fn with(mut engine: Engine, found: Described) -> Result<Self, IndexError> {
        let Described { name, meta } = found;
        meta.readable(engine.location())?;
        let schema = Schema::from_stored(meta.schema.clone())
            .map_err(|why| IndexError::Foreign {
                location: engine.location().clone(),
                why: format!("cannot read its schema: {why}"),
            })?
            .read_from(meta.schema_file.clone());
        engine.is_alias = name != engine.name;
        let of_generation = Arc::new(engine.of_generation(name.clone()));
        Ok(Self {
            engine: Arc::new(engine),
            definition: Arc::new(Definition { schema, meta: Mutex::new(meta) }),
            newest: Mutex::new(None),
            present: Mutex::new((Present { name, uuid: String::new() }, of_generation)),
        })
    }

    /// Looks whether the name stands for another index than it did: one that was built anew. Gives the engine of what it stands
    /// for. The questions of older snapshots stay those of the index that they are of.
    ///
    /// # Errors
    ///
    /// [`IndexError::Replaced`] if that has other fields; [`IndexError::Newer`] or [`IndexError::Older`] if it cannot be read;
    /// else as for every request.
    fn follow(&self, now: Present) -> Result<Arc<Engine>, IndexError> {
        let (known, mut engine) = self.lock_present().clone();
        if now == known {
            return Ok(engine);
        }
        if now.name != known.name || !known.uuid.is_empty() {
            if now.name == known.name {
                engine.note_replaced();
            }
            let location = self.engine.location();
            let found = describe_as(&self.engine, &now.name)?;
            let meta = found.ok_or_else(|| IndexError::Missing(location.clone()))?.meta;
            meta.readable(location)?;
            if meta.schema != self.definition.schema.fields() {
                return Err(IndexError::Replaced(location.clone()));
            }
            *lock(&self.definition.meta) = meta;
            engine = Arc::new(self.engine.of_generation(now.name.clone()));
        }
        *self.lock_present() = (now, Arc::clone(&engine));
        Ok(engine)
    }

    fn lock_present(&self) -> MutexGuard<'_, (Present, Arc<Engine>)> {
        lock(&self.present)
    }

    /// What the name stood for when that was last asked.
    fn present(&self) -> Present {
        self.lock_present().0.clone()
    }

    /// Forgets the newest snapshot, as something was written.
    fn forget(&self) {
        *lock(&self.newest) = None;
    }

    /// Notes that an ingest has ended.
    fn note_ingested(&self) -> Result<(), IndexError> {
        let meta = || lock(&self.definition.meta);
        let (ingested, version) = (Some(Timestamp::now()), env!("CARGO_PKG_VERSION").into());
        let now = Meta { version, ingested, ..meta().clone() };
        // Whoever asks for the status does not wait for the engine.
        let body = json!({"_meta": {"newsdex": now}});
        self.engine.told(&Method::PUT, &self.engine.path("/_mapping"), Some(&body), None)?;
        *meta() = now;
        Ok(())
    }

    /// A number that changes with what searches see, and the index that it is of.
    ///
    /// Each copy of a shard counts the refreshes that searches see, from 0 on when it is started. A restart of the primary
    /// raises its term, and a copy that moves to another node has another translog. So no generation comes again with other
    /// documents. What is only written, as each request of an ingest and each renewal of a lease, changes nothing. A shard that
    /// nobody has searched for a while is refreshed by the next search: whoever follows an index asks for its health before.
    fn generation(&self) -> Result<(u64, Present), IndexError> {
        let of_copies = [
            "routing.node",
            "routing.primary",
            "commit.user_data.translog_uuid",
            "retention_leases.primary_term",
            "refresh.external_total",
        ]
        .map(|name| format!("indices.*.shards.*.{name}"));
        let path = self.engine.path(&format!(
            "/_stats/refresh?level=shards&filter_path=_shards,indices.*.uuid,{}",
            of_copies.join(",")
        ));
        let stats = self.engine.whole(self.engine.told(&Method::GET, &path, None, None)?)?;
        let indices: Vec<(&String, &Value)> = stats["indices"].as_object().into_iter().flatten().collect();
        let [(name, index)] = indices.as_slice() else {
            let why = "its name does not stand for one index".to_owned();
            return Err(IndexError::Foreign { location: self.engine.location().clone(), why });
        };
        let present =
            Present { name: (*name).clone(), uuid: index["uuid"].as_str().unwrap_or_default().to_owned() };
        let mut told = vec![format!("{name} {}", present.uuid)];
        for (number, copies) in index["shards"].as_object().into_iter().flatten() {
            told.extend(copies.as_array().into_iter().flatten().map(|copy| format!("{number} {copy}")));
        }
        told.sort_unstable();
        Ok((xxh3_64(told.join("\n").as_bytes()), present))
    }
}

impl Meta {
    /// Of an index that is made now.
    fn new(schema: &Schema) -> Self {
        Self {
            format: FORMAT,
            analysis: ANALYSIS,
            version: env!("CARGO_PKG_VERSION").into(),
            schema: schema.fields().to_vec(),
            schema_file: schema.file().map(PathBuf::from),
            ingested: None,
        }
    }

    /// Whether this version reads the index.
    fn readable(&self, location: &Location) -> Result<(), IndexError> {
        let Self { format, analysis, version, .. } = self;
        let (location, version) = (location.clone(), version.clone());
        match (*format, *analysis) {
            (FORMAT, ANALYSIS) => Ok(()),
            (format, analysis) if format > FORMAT || analysis > ANALYSIS => {
                Err(IndexError::Newer { location, version })
            }
            _ => Err(IndexError::Older { location, version, format: format!("{format}.{analysis}") }),
        }
    }
}

/// Whether a schema leaves no texts in files, which no other machine has.
fn stores_all(remote: &RemoteLocation, schema: &Schema) -> Result<(), IndexError> {
    let Some(field) = schema.left_in_files().next() else { return Ok(()) };
    Err(IndexError::Unsupported {
        location: Location::Remote(remote.clone()),
        what: format!("an index that does not store `{}` (--store none)", field.name),
        instead: "omit --store, so that the cluster has the texts for every machine".into(),
    })
}

/// Creates the next generation of an index, whose number is at least `first`, and for which an alias is to stand. If that
/// stands for one by now, as another process was faster, that is taken.
fn create(engine: &Engine, alias: &str, first: u64, schema: &Schema) -> Result<Described, IndexError> {
    let meta = Meta::new(schema);
    let mut body = mapping::index(schema, &json!(meta));
    body["aliases"] = json!({alias: {}});
    let known = ours(engine, &format!("{}-*", engine.name))?;
    let last = known.iter().filter_map(|name| number_of(name, &engine.name)).max().unwrap_or(0);
    let first = first.max(last + 1);
    for number in first..first + MAX_TAKEN {
        // The alias comes with its index, so that it is seen where the index is.
        if let Some(found) = describe_as(engine, alias)? {
            return Ok(found);
        }
        let name = generation_name(&engine.name, number);
        let path = format!("/{name}?wait_for_active_shards=1");
        let reply = engine.ask(&Method::PUT, &path, Some(&body), None)?;
        if reply.status.is_success() {
            return Ok(Described { name, meta });
        }
        // Another process may have created it at the same time, or an index of something else has the name.
        if reply.error().kind != "resource_already_exists_exception" {
            return Err(engine.unwritable(&reply.error().said));
        }
    }
    describe_as(engine, alias)?.ok_or_else(|| engine.unwritable("the engine did not create it"))
}

/// The name of a generation of an index.
fn generation_name(name: &str, number: u64) -> String {
    format!("{name}-{number:06}")
}

/// The number of a generation of an index.
fn number_of(generation: &str, name: &str) -> Option<u64> {
    let number = generation.strip_prefix(name)?.strip_prefix('-')?.parse().ok()?;
    (generation_name(name, number) == generation).then_some(number)
}

/// Deletes an index.
fn delete(engine: &Engine, name: &str, deadline: Option<Instant>) -> Result<(), IndexError> {
    let reply = engine.ask(&Method::DELETE, &format!("/{name}"), None, deadline)?;
    // A repeated request may find that the first one was done.
    if reply.status.is_success() || reply.status == StatusCode::NOT_FOUND {
        return Ok(());
    }
    Err(engine.unwritable(&format!("{name} could not be removed ({})", reply.error().said)))
}

/// Connects to a cluster, and finds out what it is.
fn connect(remote: &RemoteLocation) -> Result<Engine, IndexError> {
    let address = Address::of(remote)?;
    let client = Client::new(remote, &address)?;
    let product = Product { is_elasticsearch: false, major: 0, minor: 0, name: String::new() };
    let mut engine =
        Engine { client: Arc::new(client), name: address.name, is_alias: false, replaced: None, product };
    let reply = engine.ask(&Method::GET, "/", None, None)?;
    if !reply.status.is_success() {
        let read = if address.below.is_empty() {
            String::new()
        } else {
            format!(" (read as the index `{}` of an engine at the path `{}`)", engine.name, address.below)
        };
        return Err(engine.unreachable(&format!("{}: {}{read}", reply.status, reply.error().said)));
    }
    let root: Value = reply.json().unwrap_or_default();
    let unsupported = |what: String| IndexError::Unsupported {
        location: Location::Remote(remote.clone()),
        what,
        instead: "name an index of OpenSearch 3 or 2.12 and later, or of Elasticsearch 7.11 and later".into(),
    };
    engine.product = Product::of(&root).ok_or_else(|| unsupported("what answers there".into()))?;
    if !engine.product.is_supported() {
        return Err(unsupported(engine.product.name.clone()));
    }
    Ok(engine)
}

/// The names of the indexes of newsdex that a name or a pattern stands for.
fn ours(engine: &Engine, pattern: &str) -> Result<Vec<String>, IndexError> {
    let path = format!("/{pattern}/_mapping?filter_path=error,status,*.mappings._meta.newsdex.format");
    let reply = engine.ask(&Method::GET, &path, None, None)?;
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(Vec::new());
    }
    if !reply.status.is_success() {
        return Err(engine.failed(&reply));
    }
    let answer: Value = reply.json().ok_or_else(|| engine.unreadable("an answer that is not JSON"))?;
    Ok(answer.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect())
}

/// What the index of an engine is; `None` if there is none.
fn describe(engine: &Engine) -> Result<Option<Described>, IndexError> {
    describe_as(engine, &engine.name)
}

/// What a name stands for; `None` if for nothing.
fn describe_as(engine: &Engine, name: &str) -> Result<Option<Described>, IndexError> {
    let reply = engine.ask(&Method::GET, &format!("/{name}/_mapping"), None, None)?;
    if !reply.status.is_success() {
        return match engine.failed(&reply) {
            IndexError::Missing(_) => Ok(None),
            error => Err(error),
        };
    }
    let answer: Value = reply.json().ok_or_else(|| engine.unreadable("an answer that is not JSON"))?;
    let foreign =
        |why: &str| IndexError::Foreign { location: engine.location().clone(), why: why.to_owned() };
    let indices: Vec<(&String, &Value)> = answer.as_object().into_iter().flatten().collect();
    let [(name, index)] = indices.as_slice() else {
        return Err(foreign("its name stands for several indexes"));
    };
    let meta = &index["mappings"]["_meta"]["newsdex"];
    if meta.is_null() {
        return Err(foreign("its mapping is another one"));
    }
    let meta = Meta::deserialize(meta).map_err(|error| foreign(&error.to_string()))?;
    Ok(Some(Described { name: (*name).clone(), meta }))
}

impl Index for Cluster {
    fn schema(&self) -> &Schema {
        &self.definition.schema
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, IndexError> {
        let mut newest = lock(&self.newest);
        if let Some((snapshot, asked)) = &*newest
            && asked.elapsed() < FRESH
        {
            return Ok(Arc::clone(snapshot) as Arc<dyn Snapshot>);
        }
        let (generation, present) = self.generation()?;
        let engine = self.follow(present)?;
        let snapshot = match newest.take() {
            Some((snapshot, _)) if snapshot.shared.generation == generation => snapshot,
            _ => Arc::new(ClusterSnapshot {
                shared: Arc::new(Shared {
                    engine,
                    definition: Arc::clone(&self.definition),
                    generation,
                    known: Known::default(),
                }),
                deadline: None,
            }),
        };
        *newest = Some((Arc::clone(&snapshot), Instant::now()));
        Ok(snapshot)
    }

    fn health(&self) -> Result<(), IndexError> {
        match self.engine.probe(Some(Instant::now() + HEALTH)) {
            Ok(()) => Ok(()),
            Err(IndexError::TimedOut) => Err(IndexError::Unreachable {
                location: self.engine.location().clone(),
                message: format!("no answer of all shards within {} s", HEALTH.as_secs()),
            }),
            Err(error) => Err(error),
        }
    }

    fn writer(&self, _options: WriterOptions) -> Result<Box<dyn Writer + '_>, IndexError> {
        Ok(Box::new(writer::ClusterWriter::new(self)?))
    }
}

/// Locks a mutex. What it guards is whole at each instant, so that a thread that panicked has left it so.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{generation_name, number_of};

    #[test]
    fn generations_are_numbered() {
        assert_eq!(generation_name("news", 2), "news-000002");
        assert_eq!(number_of("news-000002", "news"), Some(2));
        assert_eq!(number_of("news-1000000", "news"), Some(1_000_000));
        for other in
            ["news", "news-2", "news-0000002", "news-eval-000002", "news-+00002", "newsletter-000002"]
        {
            assert_eq!(number_of(other, "news"), None, "{other}");
        }
    }
}
