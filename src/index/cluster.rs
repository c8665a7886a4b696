//! An index of a cluster: `OpenSearch` by its REST API, in the subset that Elasticsearch shares.
//!
//! Analysis, rerank, highlighting and suggestions are ours and the same as for the embedded index; storage, replication and
//! retrieval are the engine's. The unit of commit is the document: a search may see an ingest half done.

mod address;
mod client;
mod credentials;
mod document;
mod engine;
mod expand;
mod known;
mod lease;
mod ledger;
mod lower;
mod mapping;
mod places;
mod retrieve;
mod snapshot;
mod writer;

use super::{ANALYSIS, Index, IndexError, Location, RemoteLocation, Snapshot, Writer, WriterOptions};
use crate::schema::{FieldDef, Schema};
use address::Address;
use client::Client;
use engine::{Engine, Product};
use jiff::Timestamp;
use known::Known;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use snapshot::{ClusterSnapshot, Shared};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};
use xxhash_rust::xxh3::xxh3_64;

/// The version of the mapping, and of what its fields hold.
const FORMAT: u32 = 1;
/// The oldest answer about the generation that a reader goes by.
const FRESH: Duration = Duration::from_millis(500);
/// Time in which an engine in good health answers.
const HEALTH: Duration = Duration::from_secs(3);
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

/// An index of a cluster.
pub(in crate::index) struct Cluster {
    engine: Arc<Engine>,
    definition: Arc<Definition>,
    newest: Mutex<Option<(Arc<ClusterSnapshot>, Instant)>>,
}

impl Cluster {
    /// Connects to a cluster and opens an index of it.
    pub(in crate::index) fn open(remote: &RemoteLocation) -> Result<Self, IndexError> {
        let engine = connect(remote)?;
        match meta(&engine)? {
            Some(meta) => Self::with(engine, meta),
            None => Err(IndexError::Missing(Location::Remote(remote.clone()))),
        }
    }

    /// Opens an index for writing. Creates it if it is missing.
    pub(in crate::index) fn create_or_open(
        remote: &RemoteLocation,
        schema: &Schema,
    ) -> Result<Self, IndexError> {
        if let Some(field) = schema.left_in_files().next() {
            return Err(IndexError::Unsupported {
                location: Location::Remote(remote.clone()),
                what: format!("an index that does not store `{}` (--store none)", field.name),
                instead: "omit --store, so that the cluster has the texts for every machine".into(),
            });
        }
        let engine = connect(remote)?;
        let found = if let Some(found) = meta(&engine)? {
            found
        } else {
            let new = Meta {
                format: FORMAT,
                analysis: ANALYSIS,
                version: env!("CARGO_PKG_VERSION").into(),
                schema: schema.fields().to_vec(),
                schema_file: schema.file().map(PathBuf::from),
                ingested: None,
            };
            let body = mapping::index(schema, &json!(new));
            let reply =
                engine.ask(&Method::PUT, &engine.path("?wait_for_active_shards=1"), Some(&body), None)?;
            // Another process may have created it at the same time.
            if !reply.status.is_success() && reply.error().kind != "resource_already_exists_exception" {
                return Err(engine.unwritable(&reply.error().said));
            }
            meta(&engine)?.ok_or_else(|| engine.unwritable("the engine did not create it"))?
        };
        let this = Self::with(engine, found)?;
        let differences = this.definition.schema.differences(schema);
        if differences.is_empty() {
            return Ok(this);
        }
        Err(IndexError::Schema { location: Location::Remote(remote.clone()), differences })
    }

    /// Removes what the name of an index stands for.
    pub(in crate::index) fn remove(remote: &RemoteLocation) -> Result<(), IndexError> {
        let engine = connect(remote)?;
        let found = ours(&engine, &engine.name)?;
        if found.is_empty() {
            return Err(match meta(&engine)? {
                None => IndexError::Missing(Location::Remote(remote.clone())),
                Some(_) => engine.unwritable("its name stands for nothing that can be removed"),
            });
        }
        for name in found {
            let reply = engine.ask(&Method::DELETE, &format!("/{name}"), None, None)?;
            // A repeated request may find that the first one was done.
            if !reply.status.is_success() && reply.status != StatusCode::NOT_FOUND {
                return Err(engine.unwritable(&reply.error().said));
            }
        }
        Ok(())
    }

    /// The indexes whose names go on after a name.
    pub(in crate::index) fn continued(remote: &RemoteLocation) -> Result<Vec<RemoteLocation>, IndexError> {
        let engine = connect(remote)?;
        let names = ours(&engine, &format!("{}*", engine.name))?;
        Ok(names.iter().filter_map(|name| Some(remote.beside(name.strip_prefix(&engine.name)?))).collect())
    }

    fn with(engine: Engine, meta: Meta) -> Result<Self, IndexError> {
        let location = || engine.location().clone();
        if (meta.format, meta.analysis) != (FORMAT, ANALYSIS) {
            let Meta { format, analysis, version, .. } = meta;
            return Err(if format > FORMAT || analysis > ANALYSIS {
                IndexError::Newer { location: location(), version }
            } else {
                IndexError::Older { location: location(), version, format: format!("{format}.{analysis}") }
            });
        }
        let schema = Schema::from_stored(meta.schema.clone())
            .map_err(|why| IndexError::Foreign {
                location: location(),
                why: format!("cannot read its schema: {why}"),
            })?
            .read_from(meta.schema_file.clone());
        let definition = Arc::new(Definition { schema, meta: Mutex::new(meta) });
        Ok(Self { engine: Arc::new(engine), definition, newest: Mutex::new(None) })
    }

    /// Forgets the newest snapshot, as something was written.
    fn forget(&self) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that an ingest has ended.
    fn note_ingested(&self) -> Result<(), IndexError> {
        let mut meta = self.definition.meta.lock().unwrap_or_else(PoisonError::into_inner);
        meta.ingested = Some(Timestamp::now());
        meta.version = env!("CARGO_PKG_VERSION").into();
        let body = json!({"_meta": {"newsdex": *meta}});
        self.engine.told(&Method::PUT, &self.engine.path("/_mapping"), Some(&body), None).map(drop)
    }

    /// A number that changes with what searches see.
    fn generation(&self) -> Result<u64, IndexError> {
        let path = self.engine.path(
            "/_stats/refresh,docs?level=shards&filter_path=indices.*.shards.*.seq_no,indices.*.shards.*.routing.primary,indices.*.shards.*.refresh.external_total",
        );
        let stats = self.engine.told(&Method::GET, &path, None, None)?;
        let mut shards: Vec<String> = Vec::new();
        for index in stats["indices"].as_object().into_iter().flatten().map(|(_, index)| index) {
            for (number, copies) in index["shards"].as_object().into_iter().flatten() {
                let primary =
                    copies.as_array().into_iter().flatten().find(|copy| copy["routing"]["primary"] == true);
                shards.extend(primary.map(|copy| {
                    format!("{number} {} {}", copy["seq_no"]["max_seq_no"], copy["refresh"]["external_total"])
                }));
            }
        }
        shards.sort_unstable();
        Ok(xxh3_64(shards.join("\n").as_bytes()))
    }
}

/// Connects to a cluster, and finds out what it is.
fn connect(remote: &RemoteLocation) -> Result<Engine, IndexError> {
    let address = Address::of(remote)?;
    let client = Client::new(remote, &address)?;
    let product = Product { is_elasticsearch: false, major: 0, name: String::new() };
    let mut engine = Engine { client, name: address.name, product };
    let reply = engine.ask(&Method::GET, "/", None, None)?;
    if !reply.status.is_success() {
        return Err(engine.unreachable(&format!("{}: {}", reply.status, reply.error().said)));
    }
    let root: Value = reply.json().unwrap_or_default();
    let unsupported = |what: String| IndexError::Unsupported {
        location: Location::Remote(remote.clone()),
        what,
        instead: "name an index of OpenSearch 2 or 3".into(),
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

/// What the mapping of an index says; `None` if there is no index.
fn meta(engine: &Engine) -> Result<Option<Meta>, IndexError> {
    let reply = engine.ask(&Method::GET, &engine.path("/_mapping"), None, None)?;
    if !reply.status.is_success() {
        return match engine.failed(&reply) {
            IndexError::Missing(_) => Ok(None),
            error => Err(error),
        };
    }
    let answer: Value = reply.json().ok_or_else(|| engine.unreadable("an answer that is not JSON"))?;
    let foreign =
        |why: &str| IndexError::Foreign { location: engine.location().clone(), why: why.to_owned() };
    let indices: Vec<&Value> = answer.as_object().into_iter().flatten().map(|(_, index)| index).collect();
    let [index] = indices.as_slice() else { return Err(foreign("its name stands for several indexes")) };
    let meta = &index["mappings"]["_meta"]["newsdex"];
    if meta.is_null() {
        return Err(foreign("its mapping is another one"));
    }
    Meta::deserialize(meta).map(Some).map_err(|error| foreign(&error.to_string()))
}

impl Index for Cluster {
    fn schema(&self) -> &Schema {
        &self.definition.schema
    }

    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, IndexError> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((snapshot, asked)) = &*newest
            && asked.elapsed() < FRESH
        {
            return Ok(Arc::clone(snapshot) as Arc<dyn Snapshot>);
        }
        let generation = self.generation()?;
        let snapshot = match newest.take() {
            Some((snapshot, _)) if snapshot.shared.generation == generation => snapshot,
            _ => Arc::new(ClusterSnapshot {
                shared: Arc::new(Shared {
                    engine: Arc::clone(&self.engine),
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
        // What any reader may ask: it needs no privilege on the cluster.
        let body = json!({"size": 0, "terminate_after": 1, "track_total_hits": false});
        match self.engine.search(&body, Some(Instant::now() + HEALTH)) {
            Ok(_) => Ok(()),
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
