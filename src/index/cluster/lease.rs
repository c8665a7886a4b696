//! Who may write: one writer at a time, with an epoch that only rises.
//!
//! The lease is a document, which a writer takes and renews by compare-and-set. A writer whose process died is told by its
//! lease, which nobody renews any more: time is measured by the one who waits, so clocks need not agree.

use super::{
    document::hex,
    engine::Engine,
    mapping::{DOC, Doc},
};
use crate::index::IndexError;
use serde_json::{Value, json};
use std::{
    fs,
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
/// The id and the routing of the document.
const ID: u64 = 0;

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
    /// Takes the lease. Waits for as long as it takes to tell that its holder is gone.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] while another process writes; as for every request.
    pub(super) fn take(engine: &Arc<Engine>) -> Result<Self, IndexError> {
        let mut seen: Option<(Place, Instant)> = None;
        loop {
            let Some((place, kept)) = read(engine)? else {
                match write(engine, &held_by_us(1, &Value::Null), None)? {
                    Some(at) => return Ok(Self::held(engine, 1, held_by_us(1, &Value::Null), at)),
                    None => continue,
                }
            };
            let is_free = kept["holder"].is_null() || is_dead(&kept);
            let since = match seen {
                Some((known, since)) if known == place => since,
                _ => {
                    if seen.is_some() {
                        // It was renewed while we waited.
                        return Err(IndexError::Locked(engine.location().clone()));
                    }
                    seen = Some((place, Instant::now()));
                    Instant::now()
                }
            };
            if is_free || since.elapsed() >= ABANDONED {
                let epoch = kept["epoch"].as_u64().unwrap_or_default() + 1;
                let kept = held_by_us(epoch, &kept["restore"]);
                if let Some(at) = write(engine, &kept, Some(place))? {
                    return Ok(Self::held(engine, epoch, kept, at));
                }
                // Another one was faster.
                seen = Some((Place { seq_no: u64::MAX, primary_term: 0 }, Instant::now()));
                continue;
            }
            thread::sleep(Duration::from_millis(500));
        }
    }

    fn held(engine: &Arc<Engine>, epoch: u64, kept: Value, at: Place) -> Self {
        let shared = Arc::new(Shared {
            engine: Arc::clone(engine),
            body: Mutex::new(Held { kept, at }),
            is_lost: AtomicBool::new(false),
            ends: Mutex::new(false),
            ended: Condvar::new(),
        });
        let of_thread = Arc::clone(&shared);
        let renewal = thread::Builder::new().name("lease".into()).spawn(move || of_thread.renew()).ok();
        Self { epoch, shared, renewal }
    }

    /// Whether another writer has taken the lease.
    pub(super) fn is_lost(&self) -> bool {
        self.shared.is_lost.load(Ordering::Relaxed)
    }

    /// What the holder is to restore when it ends: what a writer that died had changed.
    pub(super) fn restore(&self) -> Value {
        self.shared.body.lock().unwrap_or_else(PoisonError::into_inner).kept["restore"].clone()
    }

    /// Notes what is to be restored by whoever ends the ingest.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] if the lease was lost; as for every request.
    pub(super) fn note(&self, restore: &Value) -> Result<(), IndexError> {
        self.shared.write(|kept| kept["restore"] = restore.clone())
    }

    /// Gives the lease up.
    ///
    /// # Errors
    ///
    /// As [`Lease::note`].
    pub(super) fn release(mut self) -> Result<(), IndexError> {
        self.stop();
        self.shared.write(|kept| {
            kept["holder"] = Value::Null;
            kept["restore"] = Value::Null;
        })
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
            // A failure to reach the engine is told by the writer's own requests.
            if let Err(IndexError::Locked(_)) = self.write(|_| ()) {
                return;
            }
            ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Writes the lease with a change, if nobody else has written it.
    fn write(&self, change: impl FnOnce(&mut Value)) -> Result<(), IndexError> {
        let mut held = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut held.kept);
        if let Some(at) = write(&self.engine, &held.kept, Some(held.at))? {
            held.at = at;
            return Ok(());
        }
        // The answer to a write of ours may have been lost.
        if let Some((at, kept)) = read(&self.engine)?
            && kept["epoch"] == held.kept["epoch"]
            && kept["holder"] == held.kept["holder"]
        {
            held.at = at;
            return Ok(());
        }
        self.is_lost.store(true, Ordering::Relaxed);
        Err(IndexError::Locked(self.engine.location().clone()))
    }
}

fn path(engine: &Engine, parameters: &str) -> String {
    engine.path(&format!("/_doc/{}?routing={}{parameters}", hex(ID), hex(ID)))
}

fn read(engine: &Engine) -> Result<Option<(Place, Value)>, IndexError> {
    let reply = engine.ask(&Method::GET, &path(engine, "&realtime=true"), None, None)?;
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
fn write(engine: &Engine, kept: &Value, seen: Option<Place>) -> Result<Option<Place>, IndexError> {
    let condition = match seen {
        None => "&op_type=create".to_owned(),
        Some(Place { seq_no, primary_term }) => format!("&if_seq_no={seq_no}&if_primary_term={primary_term}"),
    };
    let body = json!({DOC: Doc::Lease.as_str(), "kept": kept});
    let reply = engine.ask(&Method::PUT, &path(engine, &condition), Some(&body), None)?;
    if reply.status == StatusCode::CONFLICT {
        return Ok(None);
    }
    let answer = reply.json().filter(|_| reply.status.is_success());
    match answer.as_ref().and_then(Place::of) {
        Some(place) => Ok(Some(place)),
        None => Err(engine.unwritable(&reply.error().said)),
    }
}

/// What the lease says of this process.
fn held_by_us(epoch: u64, restore: &Value) -> Value {
    json!({"holder": {"host": host(), "pid": process::id()}, "epoch": epoch, "restore": restore})
}

/// The name of this machine, as far as the system tells it; empty where it does not.
fn host() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    format!("{}/{}", read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/random/boot_id"))
}

/// Whether the holder was a process of this machine that is no more.
fn is_dead(kept: &Value) -> bool {
    let holder = &kept["holder"];
    let (Some(of), Some(pid)) = (holder["host"].as_str(), holder["pid"].as_u64()) else { return false };
    of == host()
        && of.len() > 1
        && pid != u64::from(process::id())
        && !Path::new(&format!("/proc/{pid}")).exists()
}
