//! What is wrong with a server that still answers: `/healthz` says it, and `/metrics` counts it.

use super::App;
use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a server complains of, by subject. Clones share it.
///
/// `/healthz` asks for no token, so a complaint names no file or folder.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<BTreeMap<&'static str, Vec<&'static str>>>>);

impl Health {
    /// Replaces the complaints about a subject.
    pub fn set(&self, subject: &'static str, mut complaints: Vec<&'static str>) {
        complaints.sort_unstable();
        complaints.dedup();
        self.complaints().insert(subject, complaints);
    }

    /// The number of complaints.
    pub(super) fn count(&self) -> usize {
        self.complaints().values().map(Vec::len).sum()
    }

    fn complaints(&self) -> MutexGuard<'_, BTreeMap<&'static str, Vec<&'static str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `ok`, or `degraded` with what is wrong, a line each. The status is 200 as long as searches are answered: a monitor that
/// restarts what is not healthy would make things worse.
pub(super) async fn health(State(app): State<App>) -> Response {
    // Not on the executor: a busy server is healthy.
    let complaints: String = app
        .health
        .complaints()
        .iter()
        .flat_map(|(subject, of_it)| of_it.iter().map(move |complaint| format!("{subject}: {complaint}\n")))
        .collect();
    let word = if complaints.is_empty() { "ok" } else { "degraded" };
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{word}\n{complaints}")).into_response()
}
