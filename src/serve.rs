//! One process over one engine: a page for people, an API for programs, tools for agents. It reads only; what is written
//! is written by an ingest, its own (`--watch`) or another's.

mod accept_loop;
mod access;
mod api;
mod executor;
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

pub use mcp::agent;
pub use watch::watch;

use crate::{
    index::{Index, IndexError},
    query::Language,
};
use access::Access;
use axum::{
    Router,
    extract::Request,
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use executor::{Executor, MAX_EXPORTS};
use metrics::Metrics;
use problem_details::ProblemDetails;
use response_cache::Answers;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    thread,
    time::Duration,
};
use tokio::{net::TcpListener, runtime, sync, time};
use tokio_stream::StreamExt as _;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::RequestBodyTimeoutLayer,
};

/// A client that sends no more of a request for so long is cut off.
const BODY_TIME: Duration = Duration::from_secs(15);
/// Of a body that is refused so many bytes are taken.
const TAKEN: usize = 8 << 20;

/// Where a server listens, and whom it lets in.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address and port; port 0 takes one that is free.
    pub listen: SocketAddr,
    /// What a request must show; needed beyond loopback.
    pub token: Option<String>,
    /// Origins whose pages may ask.
    pub allow_origin: Vec<String>,
    /// Names, beside `localhost` and literal addresses, by which the server may be reached.
    pub allow_host: Vec<String>,
}

impl Options {
    /// Whether a server may run so.
    ///
    /// # Errors
    ///
    /// Where it would let anyone in who can reach it, or where the token is none.
    pub fn check(&self) -> Result<(), ServeError> {
        let is_fit = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
        match &self.token {
            None if !self.listen.ip().is_loopback() => Err(ServeError::Open(self.listen.ip())),
            Some(token) if token.len() < 16 || !token.chars().all(is_fit) => Err(ServeError::Token),
            _ => Ok(()),
        }
    }
}

/// Why a server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// It would let anyone in.
    #[error("other machines can reach {0}; set a --token of at least 16 characters")]
    Open(IpAddr),
    /// The token cannot be sent in a header.
    #[error("a token has at least 16 characters, all of them letters, digits or `-._~+/=`")]
    Token,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// Folders cannot be watched.
    #[error("cannot watch {folders}: {reason}")]
    Watch {
        /// The folders.
        folders: String,
        /// Why not.
        reason: String,
    },
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The machine gives no threads.
    #[error("cannot start the server threads")]
    Threads(#[from] io::Error),
}

/// What every request is answered from.
#[derive(Clone)]
struct App {
    executor: Arc<Executor>,
    metrics: Arc<Metrics>,
    answers: Arc<Answers>,
}

/// Tells a server to finish what is running and to end.
#[derive(Clone, Debug)]
pub struct Stop(sync::watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(sync::watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks for the end; says whether that was asked before.
    #[expect(clippy::must_use_candidate, reason = "most ask only")]
    pub fn ask(&self) -> bool {
        self.0.send_replace(true)
    }

    /// Whether the end was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    async fn asked(&self) {
        // The sender is this value itself, which lives as long as it is waited for.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }
}

/// Serves an index until it is stopped. When it listens, `ready` is called with the address.
///
/// # Errors
///
/// Where it cannot listen, or would let anyone in who can reach it.
pub fn serve(
    index: Arc<dyn Index>,
    language: Language,
    options: &Options,
    stop: &Stop,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    options.check()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        // Beside those who answer, one looks after the index.
        .max_blocking_threads(cores + MAX_EXPORTS + 1)
        .enable_all()
        .build()?;
    let app = App {
        executor: Arc::new(Executor::new(index, language, cores)?),
        metrics: Arc::new(Metrics::new()),
        answers: Arc::new(response_cache::answers()),
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
    // What a client has left running must not keep the process.
    runtime.shutdown_background();
    result
}

/// All addresses, and what is done for each of them.
fn router(app: App, options: &Options) -> Router {
    let access = Arc::new(Access::new(options));
    let answers = api::router()
        .merge(page::router())
        .layer(middleware::from_fn_with_state(app.clone(), response_cache::check))
        .merge(page::assets())
        .layer(CompressionLayer::new().gzip(true));
    let agents = Router::new()
        .route_service("/mcp", mcp::service(Arc::clone(&app.executor)))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIME))
        .layer(middleware::from_fn(small_body));
    answers
        .merge(agents)
        .route("/metrics", get(metrics::metrics))
        .route("/healthz", get(api::health))
        .fallback(async || ProblemDetails::not_found("there is nothing at this URL"))
        .layer(middleware::map_response(explain))
        .layer(CatchPanicLayer::custom(|_| {
            ProblemDetails::of_status(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }))
        .layer(middleware::from_fn_with_state(access, access::check))
        .layer(middleware::from_fn_with_state(Arc::clone(&app.metrics), metrics::count))
        .with_state(app)
}

/// Refuses a body that says that it is too long. Some of it is taken first: a client that is still sending when the
/// connection is closed would not see why.
async fn small_body(request: Request, next: Next) -> Response {
    let length =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_none_or(|length| length <= mcp::MAX_REQUEST as u64) {
        return next.run(request).await;
    }
    let mut body = request.into_body().into_data_stream();
    let take = async {
        let mut taken = 0;
        while let Some(Ok(piece)) = body.next().await {
            taken += piece.len();
            if taken > TAKEN {
                break;
            }
        }
    };
    // Whoever sends on after that is cut off.
    let _ = time::timeout(Duration::from_secs(1), take).await;
    ProblemDetails::of_status(StatusCode::PAYLOAD_TOO_LARGE).into_response()
}

/// Gives what the router itself refuses a body that says why.
async fn explain(response: Response) -> Response {
    let status = response.status();
    // What a handler refuses has a form of its own.
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
