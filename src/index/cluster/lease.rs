//! Who may write: one writer at a time, with an epoch that only rises.
//!
//! The lease is a document, which a writer takes and renews by compare-and-set. A writer whose process died is told by its
//! lease, which nobody renews any more: time is measured by the one who waits, so clocks need not agree. Whoever waits
//! decides for how long, by trying again, so each try goes on from what the one before has seen.

use super::{
    document::hex,
    engine::Engine,
    mapping::{DOC, Doc},
};
use crate::index::IndexError;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    process,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use ureq::http::{Method, StatusCode};

/// A lease is renewed this often.
const RENEWED: Duration = Duration::from_secs(4);
/// A lease that was not renewed for this long is nobody's.
const ABANDONED: Duration = Duration::from_secs(15);
/// One try to take a lease waits for it this long, and looks at it this often.
const WAIT: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(500);
/// Who holds a lease goes by it for this long, and no longer: less than others wait.
const CERTAIN: Duration = Duration::from_secs(10);
/// Versions have no room for more epochs.
const MAX_EPOCH: u64 = (1 << 31) - 1;
/// The id and the routing of the document.
const ID: u64 = 0;

/// By location, the lease of somebody else as the last try has seen it.
static SEEN: Mutex<BTreeMap<String, Seen>> = Mutex::new(BTreeMap::new());

/// A lease of somebody else.
#[derive(Debug)]
struct Seen {
    place: Place,
    kept: Value,
    /// Since when it is known to be like this.
    since: Instant,
}

/// A lease that this process holds.
#[derive(Debug)]
pub(super) struct Lease {
    pub epoch: u64,
    shared: Arc<Shared>,
    renewal: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    engine: Arc<Engine>,
    /// What the document says.
    body: Mutex<Held>,
    /// When the last request began that found the lease ours.
    confirmed: Mutex<Instant>,
    is_lost: AtomicBool,
    ends: Mutex<bool>,
    ended: Condvar,
}

#[derive(Debug)]
struct Held {
    kept: Value,
    at: Place,
}

/// A version of the document, by which it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    seq_no: u64,
    primary_term: u64,
}

impl Place {
    fn of(answer: &Value) -> Option<Self> {
        Some(Self { seq_no: answer["_seq_no"].as_u64()?, primary_term: answer["_primary_term"].as_u64()? })
    }
}

impl Lease {
    /// Takes the lease, or waits a second for it. Who tries again for long enough gets that of a holder who is gone.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] while another process writes; as for every request.
    pub(super) fn take(engine: &Arc<Engine>) -> Result<Self, IndexError> {
        let holder = holder();
        let started = Instant::now();
        loop {
            let asked = Instant::now();
            let Some((place, kept)) = read(engine, None)? else {
                let kept = json!({"holder": holder, "epoch": 1, "restore": null});
                match write(engine, &kept, None, None)? {
                    Some(at) => return Self::held(engine, Held { kept, at }, asked),
                    None => continue,
                }
            };
            if kept["holder"] == holder {
                // The answer to our write was lost.
                return Self::held(engine, Held { kept, at: place }, asked);
            }
            let is_free = kept["holder"].is_null() || is_dead(&kept);
            if is_free || unchanged_for(engine, place, &kept, asked) >= ABANDONED {
                let epoch = kept["epoch"].as_u64().unwrap_or_default() + 1;
                if epoch > MAX_EPOCH {
                    return Err(engine.unwritable("it had as many writers as it can number; build it anew"));
                }
                let kept = json!({"holder": holder, "epoch": epoch, "restore": kept["restore"]});
                if let Some(at) = write(engine, &kept, Some(place), None)? {
                    return Self::held(engine, Held { kept, at }, asked);
                }
            }
            if started.elapsed() >= WAIT {
                return Err(IndexError::Locked(engine.location().clone()));
            }
            thread::sleep(POLL);
        }
    }

    fn held(engine: &Arc<Engine>, held: Held, asked: Instant) -> Result<Self, IndexError> {
        let epoch = held.kept["epoch"].as_u64().unwrap_or_default();
        let shared = Arc::new(Shared {
            engine: Arc::clone(engine),
            body: Mutex::new(held),
            confirmed: Mutex::new(asked),
            is_lost: AtomicBool::new(false),
            ends: Mutex::new(false),
            ended: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        let renewal = thread::Builder::new().name("lease".into()).spawn(move || of_thread.renew());
        let renewal = renewal.map_err(|error| IndexError::Threads(error.to_string()))?;
        Ok(Self { epoch, shared, renewal: Some(renewal) })
    }

    /// Makes sure that no other writer has taken the lease, as it may when this process stood still or could not renew it.
    ///
    /// # Errors
    ///
    /// As [`Lease::note`].
    pub(super) fn confirm(&self) -> Result<(), IndexError> {
        if self.shared.is_lost.load(Ordering::Relaxed) {
            return Err(IndexError::Locked(self.shared.engine.location().clone()));
        }
        let confirmed = *self.shared.confirmed.lock().unwrap_or_else(PoisonError::into_inner);
        if confirmed.elapsed() < CERTAIN { Ok(()) } else { self.confirm_now(None) }
    }

    /// As [`Lease::confirm`], by asking.
    ///
    /// # Errors
    ///
    /// As [`Lease::note`].
    pub(super) fn confirm_now(&self, deadline: Option<Instant>) -> Result<(), IndexError> {
        self.shared.write(|_| (), deadline)
    }

    /// What the holder is to restore when it ends, if the last writer died or failed: what that had changed.
    pub(super) fn restore(&self) -> Value {
        self.shared.body.lock().unwrap_or_else(PoisonError::into_inner).kept["restore"].clone()
    }

    /// Notes what is to be restored by whoever ends the ingest.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] if the lease was lost; as for every request.
    pub(super) fn note(&self, restore: &Value) -> Result<(), IndexError> {
        self.shared.write(|kept| kept["restore"] = restore.clone(), None)
    }

    /// Gives the lease up. Whoever has not done all of its work leaves what is to be restored: the next writer looks after it.
    ///
    /// # Errors
    ///
    /// As [`Lease::note`].
    pub(super) fn release(&mut self, is_done: bool, deadline: Option<Instant>) -> Result<(), IndexError> {
        self.stop();
        let free = |kept: &mut Value| {
            kept["holder"] = Value::Null;
            if is_done {
                kept["restore"] = Value::Null;
            }
        };
        self.shared.write(free, deadline)
    }

    fn stop(&mut self) {
        *self.shared.ends.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.ended.notify_all();
        if let Some(renewal) = self.renewal.take() {
            // It cannot panic, and there is nothing to do if it did.
            let _ = renewal.join();
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn renew(&self) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let waited = self.ended.wait_timeout(ends, RENEWED).unwrap_or_else(PoisonError::into_inner);
            ends = waited.0;
            if *ends {
                return;
            }
            drop(ends);
            // A failure to reach the engine is told by the writer's own requests. One that does not answer is asked again.
            if let Err(IndexError::Locked(_)) = self.write(|_| (), Some(Instant::now() + CERTAIN)) {
                return;
            }
            ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes the lease with a change, if nobody else has written it.
    fn write(&self, change: impl FnOnce(&mut Value), deadline: Option<Instant>) -> Result<(), IndexError> {
        let mut held = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        let holder = held.kept["holder"].clone();
        change(&mut held.kept);
        loop {
            let asked = Instant::now();
            if let Some(at) = write(&self.engine, &held.kept, Some(held.at), deadline)? {
                held.at = at;
                *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
                return Ok(());
            }
            match read(&self.engine, deadline)? {
                // The answer to this write was lost.
                Some((at, kept)) if kept == held.kept => held.at = at,
                // The answer to an earlier one was lost.
                Some((at, kept)) if kept["epoch"] == held.kept["epoch"] && kept["holder"] == holder => {
                    held.at = at;
                    continue;
                }
                _ => {
                    self.is_lost.store(true, Ordering::Relaxed);
                    return Err(IndexError::Locked(self.engine.location().clone()));
                }
            }
            *self.confirmed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
            return Ok(());
        }
    }
}

/// For how long the lease of somebody else is known to be unchanged, when it was asked for at `asked`.
fn unchanged_for(engine: &Engine, place: Place, kept: &Value, asked: Instant) -> Duration {
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let location = engine.location().to_string();
    match all.get(&location) {
        Some(seen) if seen.place == place && seen.kept == *kept => {
            asked.saturating_duration_since(seen.since)
        }
        _ => {
            all.insert(location, Seen { place, kept: kept.clone(), since: Instant::now() });
            Duration::ZERO
        }
    }
}

/// Begins the epochs of a new index behind one, as of a lease that nobody holds.
///
/// # Errors
///
/// As for every request.
pub(super) fn begin(engine: &Engine, epoch: u64) -> Result<(), IndexError> {
    write(engine, &json!({"holder": null, "epoch": epoch, "restore": null}), None, None).map(drop)
}

fn path(parameters: &str) -> String {
    format!("/_doc/{}?routing={}{parameters}", hex(ID), hex(ID))
}

fn read(engine: &Engine, deadline: Option<Instant>) -> Result<Option<(Place, Value)>, IndexError> {
    let reply = engine.ask(&Method::GET, &engine.path(&path("&realtime=true")), None, deadline)?;
    if !reply.status.is_success() && reply.status != StatusCode::NOT_FOUND {
        return Err(engine.failed(&reply));
    }
    let answer: Value = reply.json().ok_or_else(|| engine.unreadable("an answer that is not JSON"))?;
    if !answer["error"].is_null() {
        return Err(engine.failed(&reply));
    }
    Ok(Place::of(&answer).map(|place| (place, answer["_source"]["kept"].clone())))
}

/// Writes the lease where it is as it was seen. `None` if somebody else was faster.
fn write(
    engine: &Engine,
    kept: &Value,
    seen: Option<Place>,
    deadline: Option<Instant>,
) -> Result<Option<Place>, IndexError> {
    let condition = match seen {
        None => "&op_type=create".to_owned(),
        Some(Place { seq_no, primary_term }) => format!("&if_seq_no={seq_no}&if_primary_term={primary_term}"),
    };
    let body = json!({DOC: Doc::Lease.as_str(), "kept": kept});
    let reply = engine.ask(&Method::PUT, &engine.write_path(&path(&condition)), Some(&body), deadline)?;
    if reply.status == StatusCode::CONFLICT {
        return Ok(None);
    }
    let answer = reply.json().filter(|_| reply.status.is_success());
    match answer.as_ref().and_then(Place::of) {
        Some(place) => Ok(Some(place)),
        None => Err(engine.unwritable(&reply.error().said)),
    }
}

/// What the lease says of a writer of this process. No two are the same.
fn holder() -> Value {
    json!({"host": host(), "pid": process::id(), "token": hex(RandomState::new().hash_one(Instant::now()))})
}

/// The name of this machine and of the place in it where its process numbers are valid, which a container has of its own;
/// `None` where the system does not tell.
fn host() -> Option<String> {
    let read = |path| Some(fs::read_to_string(path).ok()?.trim().to_owned());
    let name = read("/proc/sys/kernel/hostname")?;
    let boot = read("/proc/sys/kernel/random/boot_id")?;
    let processes = fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{name}/{boot}/{}", processes.display()))
}

/// Whether the holder was a process of this machine that is no more.
fn is_dead(kept: &Value) -> bool {
    let holder = &kept["holder"];
    let (Some(of), Some(pid)) = (holder["host"].as_str(), holder["pid"].as_u64()) else { return false };
    host().is_some_and(|host| host == of)
        && pid != u64::from(process::id())
        && !Path::new(&format!("/proc/{pid}")).exists()
}

#[cfg(test)]
mod tests {
    use super::{holder, host, is_dead};
    use serde_json::json;
    use std::process::{self, Command};

    #[test]
    fn a_holder_is_dead_if_it_was_a_process_of_this_machine() {
        assert_ne!(holder(), holder(), "one writer is told from another");
        assert!(!is_dead(&json!({"holder": holder()})));
        let mut child = Command::new("true").spawn().expect("it can be started");
        let pid = child.id();
        child.wait().expect("it ends");
        let held = |host: Option<&str>, pid| is_dead(&json!({"holder": {"host": host, "pid": pid}}));
        let host = host();
        assert_eq!(held(host.as_deref(), pid), host.is_some());
        // The numbers of another machine, or of another container, say nothing here.
        assert!(!held(Some("elsewhere"), pid) && !held(None, pid) && !held(host.as_deref(), process::id()));
    }
}
