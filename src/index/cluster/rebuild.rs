//! Builds an index anew beside the present one, and lets its name stand for the new one.
//!
//! The name is an alias. The new generation is an index of its own, `news-000002`, which has another alias, `news-next`, while
//! it is built. At the end one request exchanges the aliases: at each instant the name stands for one whole index. What is
//! behind the other alias then is removed, or by the next rebuild if this one is killed.

use super::{
    Cluster, Described, connect, create, delete, describe, describe_as, engine::Engine, lease, ledger::order,
    mapping, stores_all,
};
use crate::{
    index::{Index, IndexError, Location, Rebuild, RemoteLocation},
    schema::Schema,
};
use lease::Lease;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use ureq::http::Method;

/// Time for what ends a rebuild: less than the lease lasts.
const SWAP: Duration = Duration::from_secs(8);

/// A new index, and the lease of the old one.
pub(in crate::index) struct ClusterRebuild {
    engine: Arc<Engine>,
    /// The names of both indexes, and the alias of the new one.
    old: String,
    new: String,
    alias: String,
    index: Cluster,
    /// Held until the new index gets the name, so that nobody writes to the old one meanwhile.
    lease: Option<Lease>,
    is_replaced: bool,
}

impl ClusterRebuild {
    /// Begins to build an index anew, with a schema. The old one may be of an older format.
    pub(in crate::index) fn new(remote: &RemoteLocation, schema: &Schema) -> Result<Self, IndexError> {
        stores_all(remote, schema)?;
        let mut engine = connect(remote)?;
        let location = || Location::Remote(remote.clone());
        let Described { name: old, meta } =
            describe(&engine)?.ok_or_else(|| IndexError::Missing(location()))?;
        match meta.readable(&location()) {
            Ok(()) | Err(IndexError::Older { .. }) => {}
            Err(error) => return Err(error),
        }
        engine.is_alias = old != engine.name;
        let engine = Arc::new(engine);
        let held = Lease::take(&engine)?;
        let alias = format!("{}-next", engine.name);
        if let Some(left) = describe_as(&engine, &alias)? {
            delete(&engine, &left.name, None)?;
        }
        let found = create(&engine, &alias, schema)?;
        let new = found.name.clone();
        let of_new = Engine {
            client: Arc::clone(&engine.client),
            name: alias.clone(),
            is_alias: true,
            product: engine.product.clone(),
        };
        // A late write of whoever wrote to the old index is of an earlier epoch than all of the new one.
        lease::begin(&of_new, held.epoch)?;
        let index = Cluster::with(of_new, found)?;
        Ok(Self { engine, old, new, alias, index, lease: Some(held), is_replaced: false })
    }
}

impl Rebuild for ClusterRebuild {
    fn index(&self) -> &dyn Index {
        &self.index
    }

    fn old_paths(&self) -> Result<Vec<String>, IndexError> {
        let body = json!({
            "query": {"term": {mapping::DOC: mapping::Doc::Page.as_str()}}, "_source": ["file.path"],
            "sort": order(),
        });
        let mut paths: Vec<String> = Vec::new();
        let mut scan = self.engine.scan(body, None)?;
        while let Some(hits) = scan.next_batch()? {
            for path in hits.iter().filter_map(|hit| hit["_source"]["file"]["path"].as_str()) {
                if paths.last().is_none_or(|last| last != path) {
                    paths.push(path.to_owned());
                }
            }
        }
        Ok(paths)
    }

    fn replace(mut self: Box<Self>) -> Result<(), IndexError> {
        let deadline = Instant::now() + SWAP;
        if let Some(lease) = self.lease.take() {
            lease.confirm_now(Some(deadline))?;
            // From here on it is not renewed: the name may stand for the new index at any moment.
        }
        self.swap(deadline)?;
        self.is_replaced = true;
        let Self { engine, old, new, .. } = &*self;
        if !engine.is_alias {
            return Ok(());
        }
        // An engine removes no index of which it is taking a snapshot.
        let said = match delete(engine, old, None) {
            Ok(()) => return Ok(()),
            Err(IndexError::Unwritable { message, .. }) => message,
            Err(error) => error.to_string(),
        };
        Err(engine.unwritable(&format!(
            "its name stands for {new} from now on, but {old} could not be removed ({said}); the next --reindex removes it"
        )))
    }
}

impl ClusterRebuild {
    /// Lets the name stand for the new index.
    fn swap(&self, deadline: Instant) -> Result<(), IndexError> {
        let Self { engine, old, new, alias, .. } = self;
        let name = &engine.name;
        let mut actions = vec![
            json!({"add": {"index": new, "alias": name}}),
            json!({"remove": {"index": new, "alias": alias}}),
        ];
        if engine.is_alias {
            actions.push(json!({"remove": {"index": old, "alias": name}}));
            actions.push(json!({"add": {"index": old, "alias": alias}}));
        } else {
            // It has the name itself, so that there is no other way than to remove it in the same request.
            actions.push(json!({"remove_index": {"index": old}}));
        }
        let actions = json!({"actions": actions});
        let reply = engine.ask(&Method::POST, "/_aliases", Some(&actions), Some(deadline))?;
        // A repeated request may find that the first one was done.
        if !reply.status.is_success() && describe(engine)?.is_none_or(|found| found.name != *new) {
            return Err(engine.unwritable(&reply.error().said));
        }
        Ok(())
    }
}

impl Drop for ClusterRebuild {
    fn drop(&mut self) {
        if self.is_replaced {
            return;
        }
        // What fails here, the next rebuild does.
        let deadline = Some(Instant::now() + SWAP);
        let left = describe_as(&self.engine, &self.alias).ok().flatten();
        if left.is_some_and(|left| left.name == self.new) {
            let _ = delete(&self.engine, &self.new, deadline);
        }
        if let Some(mut lease) = self.lease.take() {
            let _ = lease.release(false, deadline);
        }
    }
}
