//! The server: one process over one index, with a web page, an HTTP API and tools for agents. It only reads; an
//! ingest writes, either its own (`--watch`) or another process's.

mod accept_loop;
mod access;
mod api;
mod client;
mod connections;
mod cursor;
mod executor;
mod fair_queue;
mod health;
mod json_schema;
mod mcp;
mod metrics;
mod openapi;
mod page;
mod parameters;
mod problem_details;
mod reloader;
mod response_cache;
mod watch;

pub use health::{Complaint, Health, Part};
pub use mcp::agent;
pub use watch::watch;

use crate::{
    index::{Index, IndexError, guarded},
    problem::message,
    query::Language,
};
use access::Access;
use axum::{
    Router,
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_TYPE},
    },
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use executor::{Executor, MAX_EXPORTS};
use metrics::Metrics;
use problem_details::ProblemDetails;
use response_cache::ResponseCache;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    thread,
};
use tokio::{net::TcpListener, runtime, sync};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

/// Where a server listens, and which requests it admits.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The token that requests must send. Required if the address is not loopback.
    pub token: Option<String>,
    /// Other origins whose pages may send requests.
    pub allow_origin: Vec<String>,
    /// Accepted host names, besides `localhost` and literal addresses.
    pub allow_host: Vec<String>,
}

impl Options {
    /// Checks that these options are safe.
    ///
    /// # Errors
    ///
    /// [`ServeError::Open`] if other machines can reach the address and there is no token; [`ServeError::Token`] if
    /// the token is too short or has characters that a header cannot hold.
    pub fn check(&self) -> Result<(), ServeError> {
        let is_fit = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        match &self.token {
            None if !self.listen.ip().is_loopback() => Err(ServeError::Open(self.listen.ip())),
            Some(token) if token.len() < 16 || !token.chars().all(is_fit) => Err(ServeError::Token),
            _ => Ok(()),
        }
    }
}

/// Why the server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Other machines can reach the address, and there is no token.
    #[error("other machines can reach {0}; set a --token of at least 16 characters")]
    Open(IpAddr),
    /// The token is too short, or cannot be sent in a header.
    #[error("a token has at least 16 characters, all of them letters, digits or `-._~+/=`")]
    Token,
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The index cannot be read.
    #[error("{0}")]
    Index(#[from] IndexError),
    /// The operating system starts no threads.
    #[error("cannot start the server threads")]
    Threads(#[from] io::Error),
    /// An agent that speaks over standard input and output cannot be reached.
    #[error("cannot reach the agent")]
    Agent(#[source] io::Error),
}

/// The shared state of all handlers.
#[derive(Clone)]
struct App {
    executor: Arc<Executor>,
    metrics: Arc<Metrics>,
    answers: Arc<ResponseCache>,
    health: Health,
    names: page::KnownNames,
}

/// Tells a server to finish running requests and to stop.
#[derive(Clone, Debug)]
pub struct Stop(sync::watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(sync::watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks the server to stop. Returns whether it had been asked before.
    #[expect(clippy::must_use_candidate, reason = "most ask only")]
    pub fn ask(&self) -> bool {
        self.0.send_replace(true)
    }

    /// Whether the server has been asked to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    async fn asked(&self) {
        // Cannot fail: `self` holds the sender.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}

/// Serves an index until `stop`. Calls `ready` with the bound address once it listens. `health` is what `/healthz` tells.
///
/// # Errors
///
/// [`ServeError::Open`] or [`ServeError::Token`] if [`Options::check`] fails; [`ServeError::Listen`] if the address
/// cannot be bound; [`ServeError::Index`] if the index cannot be read; [`ServeError::Threads`] if no threads can be
/// started.
pub fn serve(
    index: Arc<dyn Index>,
    language: Language,
    options: &Options,
    health: &Health,
    stop: &Stop,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    options.check()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // All cores are for one client, and one place more for another one.
    let places = cores + 1;
    // One extra thread for the reloader.
    let (workers, blocking) = (cores.min(4), places + MAX_EXPORTS + 1);
    let mut builder = runtime::Builder::new_multi_thread();
    builder.worker_threads(workers).max_blocking_threads(blocking).enable_all();
    let runtime = started(&mut builder, workers + blocking)?;
    let app = App {
        executor: Arc::new(Executor::new(index, language, places, health.clone())?),
        metrics: Arc::new(Metrics::new()),
        answers: Arc::new(response_cache::answers()),
        health: health.clone(),
        names: page::KnownNames::default(),
    };
    let result = runtime.block_on(async {
        let failed = |source| ServeError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        tokio::spawn(reloader::reload(app.clone()));
        ready(address);
        accept_loop::run(listener, router(app, options), stop.asked()).await;
        Ok(())
    });
    // Do not wait for work whose client is gone.
    runtime.shutdown_background();
    result
}

/// Starts a runtime for up to this many threads. They are tried before: tokio hangs where the operating system refuses one,
/// or panics if that is the first.
fn started(builder: &mut runtime::Builder, threads: usize) -> io::Result<runtime::Runtime> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        // All of them wait, so that they run at the same time.
        let _closed = gate.lock();
        let wait = || drop(gate.lock());
        (0..threads).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, wait).map(drop))
    })?;
    started_after_trial(|| builder.build())
}

/// What `start` returns; also an error if it panics, as it does if the system refuses a thread that it has just given.
fn started_after_trial<T>(start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    guarded(start).unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

/// All routes with their middleware.
fn router(app: App, options: &Options) -> Router {
    let access = Arc::new(Access::new(options));
    let answers = api::router()
        .merge(page::router())
        .layer(middleware::from_fn_with_state(app.clone(), response_cache::check))
        .merge(page::assets())
        .layer(CompressionLayer::new().gzip(true));
    answers
        .merge(mcp::router(Arc::clone(&app.executor)))
        .route("/metrics", get(metrics::metrics))
        .fallback(async || ProblemDetails::not_found(message!("there is nothing at this URL")))
        .layer(middleware::map_response(explain))
        // Its errors are for monitors, which show the text.
        .route("/healthz", get(health::health))
        .layer(CatchPanicLayer::custom(|_| {
            ProblemDetails::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }))
        .layer(middleware::from_fn_with_state(access, access::check))
        .layer(middleware::from_fn(client::note))
        .layer(middleware::from_fn_with_state(Arc::clone(&app.metrics), metrics::count))
        .with_state(app)
}

/// Gives a bare error of the router a problem details body.
async fn explain(response: Response) -> Response {
    let status = response.status();
    // Errors of a handler have a body already.
    let media =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_bare = media.is_empty() || media.starts_with("text/plain");
    if !is_bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut explained = ProblemDetails::of_status(status).into_response();
    let headers = response.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
    for (name, value) in headers.filter(|(name, _)| *name == ALLOW) {
        explained.headers_mut().insert(name, value);
    }
    explained
}

#[cfg(test)]
mod tests {
    use super::{io, started_after_trial};

    #[test]
    fn a_panic_of_the_runtime_is_an_error() {
        // What tokio does where the system refuses its first thread.
        let refused = started_after_trial(|| -> io::Result<()> { panic!("no thread") });
        assert_eq!(refused.expect_err("it panics").to_string(), "no thread");
        assert_eq!(started_after_trial(|| Ok(7)).expect("it does not panic"), 7);
    }
}
