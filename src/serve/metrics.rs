//! Metrics of the server, in the Prometheus text format.

use super::App;
use axum::{
    extract::{MatchedPath, Request, State},
    http::header::CONTENT_TYPE,
    middleware::Next,
    response::{IntoResponse, Response},
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Instant,
};

/// The bucket bounds of response times, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    route: String,
    status: u16,
}

/// The metrics of a server.
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    running: Gauge,
    seconds: Histogram,
    pages: Gauge<u64, AtomicU64>,
    reloads: Counter,
    complaints: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("newsdex");
        let requests = Family::<Labels, Counter>::default();
        let (running, pages, reloads) = (Gauge::default(), Gauge::default(), Counter::default());
        let complaints = Gauge::default();
        let seconds = Histogram::new(BOUNDS);
        registry.register("requests", "Requests by route and status", requests.clone());
        registry.register("requests_running", "Requests in progress", running.clone());
        registry.register(
            "request_seconds",
            "Time from a request to its response headers, in seconds",
            seconds.clone(),
        );
        registry.register("pages", "Pages in the index", pages.clone());
        registry.register("reloads", "Commits that the server has loaded", reloads.clone());
        registry.register("complaints", "What /healthz complains of, in lines", complaints.clone());
        Self { registry, requests, running, seconds, pages, reloads, complaints }
    }

    /// Records that a new snapshot with this many pages is searched.
    pub(super) fn loaded(&self, pages: u64) {
        self.pages.set(pages);
        self.reloads.inc();
    }
}

/// Counts a running request until it is dropped: the client may disconnect first.
struct Running(Gauge);

impl Running {
    fn new(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Counts a request and its duration.
pub(super) async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    // All unmatched paths count as one route, or strangers could create any number of time series.
    let route = matched.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();
    let running = Running::new(&metrics.running);
    let response = next.run(request).await;
    drop(running);
    metrics.seconds.observe(started.elapsed().as_secs_f64());
    metrics.requests.get_or_create(&Labels { route, status: response.status().as_u16() }).inc();
    response
}

pub(super) async fn metrics(State(app): State<App>) -> Response {
    app.metrics.complaints.set(i64::try_from(app.health.count()).unwrap_or(i64::MAX));
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = encode(&mut text, &app.metrics.registry);
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}
