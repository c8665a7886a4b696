//! Builds an index anew beside the present one, and lets its name stand for the new one.
//!
//! The name is an alias. The new generation is an index of its own, `news-000002`, which has another alias, `news-NEXT-2`, while
//! it is built. At the end one request gives the name to the new generation, and the alias `news-OLD` to the old one: at each
//! instant the name stands for one whole index. No index has such an alias as its name, as names are in lower case.
//!
//! A generation only goes on: from `NEXT` to the name or to `OLD`, from the name to `OLD`. Each such request fails as a whole
//! where the generation no longer has the alias that it is to lose, so that one that comes late, after its sender has given up,
//! changes nothing that others have decided since. Only what is `OLD` is deleted: nothing that may get the name yet.

use super::{
    Cluster, Described, connect, create, delete, describe, engine::Engine, lease, ledger::order, mapping,
    number_of, stores_all,
};
use crate::{
    index::{Index, IndexError, Location, Rebuild, RemoteLocation},
    schema::Schema,
};
use lease::Lease;
use serde_json::{Map, Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};

/// Time for giving the name to the new index, and for each request of a rebuild that has failed.
const SWAP: Duration = Duration::from_secs(8);
/// Time for which a change of aliases waits for its turn in the engine, which then forgets it: the lease lasts longer than the
/// time for the swap and this together.
const TURN: Duration = Duration::from_secs(5);
/// Time for finding out what became of a swap without an answer.
const SETTLE: Duration = Duration::from_secs(30);

/// The aliases of an index with their filters and routings.
type Aliases = Map<String, Value>;

/// A new index, and the lease of the old one.
pub(in crate::index) struct ClusterRebuild {
    engine: Arc<Engine>,
    /// The names of both indexes, and the alias of the new one.
    old: String,
    new: String,
    next: String,
    index: Cluster,
    /// Held until the new index gets the name, so that nobody writes to the old one meanwhile.
    lease: Option<Lease>,
    /// Whether the new index has the name, or may get it.
    stays: bool,
}

impl ClusterRebuild {
    /// Begins to build an index anew, with a schema. The old one may be of an older format.
    pub(in crate::index) fn new(remote: &RemoteLocation, schema: &Schema) -> Result<Self, IndexError> {
        stores_all(remote, schema)?;
        let mut engine = connect(remote)?;
        let location = || Location::Remote(remote.clone());
        let present = |engine: &Engine| describe(engine)?.ok_or_else(|| IndexError::Missing(location()));
        let found = present(&engine)?;
        match found.meta.readable(&location()) {
            Ok(()) | Err(IndexError::Older { .. }) => {}
            Err(error) => return Err(error),
        }
        engine.is_alias = found.name != engine.name;
        let engine = Arc::new(engine);
        let held = Lease::take(&engine)?;
        retire_left(&engine)?;
        // If the swap of another rebuild came before that, the lease is that of what the name stood for.
        held.confirm_now(None)?;
        let Described { name: old, .. } = present(&engine)?;
        // An engine removes no index of which it is taking a snapshot: then the next rebuild does.
        match delete_retired(&engine, None) {
            Ok(()) | Err(IndexError::Unwritable { .. }) => {}
            Err(error) => return Err(error),
        }
        // No two rebuilds have the same epoch, so that no late request of one is about the index or the alias of another.
        let next = format!("{}{}", next_prefix(&engine.name), held.epoch);
        let found = create(&engine, &next, held.epoch, schema)?;
        let new = found.name.clone();
        let of_new = engine.of_alias(next.clone());
        // A late write of whoever wrote to the old index is of an earlier epoch than all of the new one.
        lease::begin(&of_new, held.epoch)?;
        let index = Cluster::with(of_new, found)?;
        Ok(Self { engine, old, new, next, index, lease: Some(held), stays: false })
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
        // An engine removes no index of which it is taking a snapshot.
        delete_retired(&self.engine, None).map_err(|error| {
            let (new, said) = (&self.new, said_by(error));
            self.engine.unwritable(&format!(
                "its name stands for {new} from now on, but {said}; the next --reindex removes it"
            ))
        })
    }
}

impl ClusterRebuild {
    /// Lets the name stand for the new index, which gets all other aliases of the old one as well.
    fn swap(&mut self, deadline: Instant) -> Result<(), IndexError> {
        let Self { engine, old, new, next, stays, .. } = self;
        let aliases = aliases_of(engine, old, Some(deadline))?.unwrap_or_default();
        let actions = swap_actions(&engine.name, old, (new.as_str(), next.as_str()), aliases);
        *stays = true;
        let Err(error) = change(engine, &actions, Some(deadline)) else { return Ok(()) };
        // It may have been done, or be done yet: unless this is done before.
        let _ = retire(engine, new, next, Some(Instant::now() + SETTLE));
        let now = aliases_of(engine, new, Some(Instant::now() + SWAP));
        let has = |alias: &str| {
            now.as_ref().is_ok_and(|now| now.as_ref().is_some_and(|now| now.contains_key(alias)))
        };
        if has(&engine.name) {
            return Ok(());
        }
        let why = said_by(error);
        if now.is_err() || has(next) {
            return Err(engine.unwritable(&format!(
                "it is not known whether its name stands for {new} from now on or still for {old} ({why}); both are kept, \
                 and the next --reindex removes the one that it does not stand for"
            )));
        }
        *stays = false;
        Err(engine.unwritable(&format!("its name still stands for {old}: {why}")))
    }
}

impl Drop for ClusterRebuild {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // What fails here, the next rebuild does.
        let deadline = || Some(Instant::now() + SWAP);
        let _ = retire(&self.engine, &self.new, &self.next, deadline());
        let _ = delete_retired(&self.engine, deadline());
        if let Some(mut lease) = self.lease.take() {
            let _ = lease.release(false, deadline());
        }
    }
}

/// What the aliases of the new generations of an index begin with.
fn next_prefix(name: &str) -> String {
    format!("{name}-NEXT-")
}

/// The alias of the generations of an index that are to be deleted.
fn retired(name: &str) -> String {
    format!("{name}-OLD")
}

/// The changes by which a name stands for a new index, which has an alias, instead of an old one, which has these aliases.
fn swap_actions(name: &str, old: &str, (new, next): (&str, &str), mut aliases: Aliases) -> Vec<Value> {
    aliases.retain(|alias, _| *alias != retired(name) && !alias.starts_with(&next_prefix(name)));
    let lose =
        |index: &str, alias: &str| json!({"remove": {"index": index, "alias": alias, "must_exist": true}});
    let mut actions = vec![lose(new, next)];
    if old == name {
        // It has the name itself, so that there is no other way than to remove it in the same request.
        actions.push(json!({"remove_index": {"index": old}}));
        aliases.insert(name.to_owned(), json!({}));
    } else {
        actions.extend(aliases.keys().map(|alias| lose(old, alias)));
        actions.push(json!({"add": {"index": old, "alias": retired(name)}}));
    }
    for (alias, mut add) in aliases {
        (add["index"], add["alias"]) = (json!(new), json!(alias));
        actions.push(json!({"add": add}));
    }
    actions
}

/// Sees to it that an index with an alias of new generations never gets the name.
fn retire(engine: &Engine, index: &str, next: &str, deadline: Option<Instant>) -> Result<(), IndexError> {
    let actions = [
        json!({"remove": {"index": index, "alias": next, "must_exist": true}}),
        json!({"add": {"index": index, "alias": retired(&engine.name)}}),
    ];
    change(engine, &actions, deadline)
}

/// Retires the new generations of rebuilds that have ended before they gave the name to them. Only for whoever has the lease.
pub(super) fn retire_left(engine: &Engine) -> Result<(), IndexError> {
    let prefix = next_prefix(&engine.name);
    for (index, aliases) in generations(engine, None)? {
        for next in aliases.keys().filter(|alias| alias.starts_with(&prefix)) {
            // The request for its name may have come meanwhile.
            if let Err(error) = retire(engine, &index, next, None)
                && aliases_of(engine, &index, None)?.is_some_and(|now| now.contains_key(next))
            {
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Deletes the generations that are retired, unless an operator has given the name back to one.
fn delete_retired(engine: &Engine, deadline: Option<Instant>) -> Result<(), IndexError> {
    let has = |aliases: &Aliases, alias: &str| aliases.contains_key(alias);
    for (index, aliases) in generations(engine, deadline)? {
        if has(&aliases, &retired(&engine.name)) && !has(&aliases, &engine.name) {
            delete(engine, &index, deadline)?;
        }
    }
    Ok(())
}

/// The generations of an index, with their aliases.
fn generations(engine: &Engine, deadline: Option<Instant>) -> Result<Vec<(String, Aliases)>, IndexError> {
    let name = &engine.name;
    let answer = engine.told(&Method::GET, &format!("/{name}-*/_alias"), None, deadline)?;
    let indexes = answer.as_object().into_iter().flatten();
    let ours = indexes.filter(|(index, _)| number_of(index, name).is_some());
    Ok(ours.map(|(index, of)| (index.clone(), aliases_in(of))).collect())
}

/// The aliases of an index; `None` if there is no such index.
fn aliases_of(
    engine: &Engine,
    index: &str,
    deadline: Option<Instant>,
) -> Result<Option<Aliases>, IndexError> {
    let reply = engine.ask(&Method::GET, &format!("/{index}/_alias"), None, deadline)?;
    if reply.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !reply.status.is_success() {
        return Err(engine.failed(&reply));
    }
    let answer: Value = reply.json().ok_or_else(|| engine.unreadable("an answer that is not JSON"))?;
    Ok(answer.get(index).map(aliases_in))
}

fn aliases_in(index: &Value) -> Aliases {
    index["aliases"].as_object().cloned().unwrap_or_default()
}

/// Changes aliases, all or nothing.
fn change(engine: &Engine, actions: &[Value], deadline: Option<Instant>) -> Result<(), IndexError> {
    let turn = if engine.product.is_elasticsearch { "master_timeout" } else { "cluster_manager_timeout" };
    let path = format!("/_aliases?{turn}={}s", TURN.as_secs());
    let reply = engine.ask(&Method::POST, &path, Some(&json!({"actions": actions})), deadline)?;
    if reply.status.is_success() { Ok(()) } else { Err(engine.unwritable(&reply.error().said)) }
}

/// What an error says, without the place.
fn said_by(error: IndexError) -> String {
    match error {
        IndexError::Unwritable { message, .. } | IndexError::Unreachable { message, .. } => message,
        IndexError::TimedOut => "no answer in time".into(),
        error => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::swap_actions;
    use serde_json::{Value, json};

    fn actions(old: &str, aliases: &Value) -> Value {
        let aliases = aliases.as_object().cloned().unwrap_or_default();
        json!(swap_actions("news", old, ("news-000002", "news-NEXT-2"), aliases))
    }

    #[test]
    fn the_new_generation_gets_all_aliases_but_those_of_rebuilds() {
        let desk = json!({"filter": {"term": {"doc": "page"}}, "search_routing": "1"});
        let aliases = json!({"desk": desk, "news": {}, "news-OLD": {}, "news-NEXT-1": {}});
        let lose = |index: &str, alias: &str| json!({"remove": {"index": index, "alias": alias, "must_exist": true}});
        let add = |index: &str, alias: &str| json!({"add": {"index": index, "alias": alias}});
        let mut desk_of_new = add("news-000002", "desk");
        desk_of_new["add"]["filter"] = desk["filter"].clone();
        desk_of_new["add"]["search_routing"] = desk["search_routing"].clone();
        let expected = json!([
            lose("news-000002", "news-NEXT-2"),
            lose("news-000001", "desk"),
            lose("news-000001", "news"),
            add("news-000001", "news-OLD"),
            desk_of_new,
            add("news-000002", "news"),
        ]);
        assert_eq!(actions("news-000001", &aliases), expected);
        let expected = json!([
            lose("news-000002", "news-NEXT-2"),
            {"remove_index": {"index": "news"}},
            add("news-000002", "news"),
        ]);
        assert_eq!(actions("news", &json!({})), expected);
    }
}
