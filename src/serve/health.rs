//! What is wrong with a server that still answers. `/healthz` and `/metrics` tell it, and the operator is told when it begins
//! and when it ends.

use super::App;
use axum::{
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A part of a server that may fail while the server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The index: it cannot be read any more, or its engine does not answer.
    Index,
    /// The answers from that commit: a request met damage in it.
    Answers,
    /// The watched folders.
    Watch,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Answers => "answers",
            Self::Watch => "watch",
        }
    }

    /// What the operator is told when no complaint about the part is left.
    fn again(self) -> &'static str {
        match self {
            Self::Index => "the index can be read again",
            Self::Answers => "a new commit is searched; no request has met damage in it",
            Self::Watch => "the watched folders are ingested again",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What `/healthz` says. It asks for no token, so this names no file or folder.
    pub what: &'static str,
    /// What the operator is told.
    pub why: String,
}

/// The complaints about the parts of a server. Clones share them.
#[derive(Clone)]
pub struct Health {
    complaints: Arc<Mutex<BTreeMap<Part, Vec<Complaint>>>>,
    tell: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Health {
    /// A health without complaints. `tell` tells the operator a line.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { complaints: Arc::default(), tell: Arc::new(tell) }
    }

    /// Replaces the complaints about a part. Tells the operator those that are new, or that none is left.
    pub fn set(&self, part: Part, complaints: &[Complaint]) {
        let known = self.complaints().insert(part, complaints.to_vec()).unwrap_or_default();
        for complaint in complaints.iter().filter(|complaint| !known.contains(complaint)) {
            (self.tell)(&complaint.why);
        }
        if complaints.is_empty() && !known.is_empty() {
            (self.tell)(part.again());
        }
    }

    /// The number of complaints.
    pub(super) fn count(&self) -> usize {
        self.complaints().values().map(Vec::len).sum()
    }

    fn complaints(&self) -> MutexGuard<'_, BTreeMap<Part, Vec<Complaint>>> {
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `ok`, or `degraded` with what is wrong, a line each. The status is 503 if the index cannot be read or requests fail for
/// damage in it, and 200 if only its folders cannot: searches are sound then, and a monitor that restarts the server would
/// make things worse.
pub(super) async fn health(State(app): State<App>) -> Response {
    // Not on the executor: a busy server is healthy.
    let complaints = app.health.complaints();
    let mut lines = String::new();
    for (part, of_part) in &*complaints {
        for (index, complaint) in of_part.iter().enumerate() {
            if !of_part[..index].iter().any(|before| before.what == complaint.what) {
                // Writing to a string cannot fail.
                let _ = writeln!(lines, "{}: {}", part.name(), complaint.what);
            }
        }
    }
    let fails = [Part::Index, Part::Answers]
        .iter()
        .any(|part| complaints.get(part).is_some_and(|complaints| !complaints.is_empty()));
    let status = if fails { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let word = if lines.is_empty() { "ok" } else { "degraded" };
    (status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{word}\n{lines}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::{Complaint, Health, Part};
    use std::sync::{Arc, Mutex};

    #[test]
    fn each_beginning_and_each_end_is_told_once() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let teller = Arc::clone(&told);
        let health = Health::new(move |line| teller.lock().expect("no panic").push(line.to_owned()));
        let away = |folder: &str| Complaint { what: "a folder is away", why: format!("{folder} is away") };
        health.set(Part::Index, &[]);
        for _ in 0..3 {
            health.set(Part::Index, &[Complaint { what: "it is gone", why: "/index is gone".to_owned() }]);
            health.set(Part::Watch, &[away("/news")]);
        }
        health.set(Part::Watch, &[away("/news"), away("/old")]);
        assert_eq!(health.count(), 3);
        for _ in 0..2 {
            health.set(Part::Watch, &[away("/old")]);
            health.set(Part::Index, &[]);
        }
        assert_eq!(health.count(), 1);
        let expected = ["/index is gone", "/news is away", "/old is away", "the index can be read again"];
        assert_eq!(*told.lock().expect("no panic"), expected);
    }
}
