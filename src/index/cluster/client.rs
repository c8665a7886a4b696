//! The HTTP client of a cluster: one pool of connections for all nodes.
//!
//! A node that does not answer is passed over for the next; an answer that says "not now" is asked for again, later and
//! later. Redirects are not followed, so credentials never reach another host.

use super::{address::Address, connection, credentials::Credentials};
use crate::index::{IndexError, Location, RemoteLocation};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    error::Error as _,
    fs,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use ureq::{
    Agent, Timeout,
    http::{Method, Request, StatusCode, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
};

/// Time to connect to a node.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for a whole exchange, unless a deadline comes first. A failover takes half a minute.
const EXCHANGE: Duration = Duration::from_secs(120);
/// The same while nothing has answered yet, which may never do so.
const FIRST_EXCHANGE: Duration = Duration::from_secs(30);
/// Time for which an exchange is repeated while no node answers, or all of them say "not now".
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// Time before the first repetition. Each further one waits twice as long, up to the maximum, give or take a half.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Maximum size of an answer, in bytes.
const MAX_ANSWER: u64 = 512 << 20;
/// Maximum length of what an engine says in an error, in characters.
const MAX_SAID: usize = 500;

/// What to do about certificates or credentials that cannot be read.
const CERTIFICATES: &str = "name a file of certificates as PEM with --cacert (NEWSDEX_CACERT)";
const CREDENTIALS: &str = "they are NEWSDEX_USER and NEWSDEX_PASSWORD, or NEWSDEX_API_KEY, or a login of the host in the netrc file";

/// Media types of request bodies.
pub(super) const JSON: &str = "application/json";
pub(super) const JSON_LINES: &str = "application/x-ndjson";

/// Talks to the nodes of a cluster.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    location: Location,
    nodes: Vec<Node>,
    /// The node that is asked first.
    preferred: AtomicUsize,
    /// Whether a node has ever answered.
    has_answered: AtomicBool,
}

#[derive(Debug)]
struct Node {
    /// Its base URL.
    url: String,
    /// Those of its own host.
    credentials: Option<Credentials>,
}

/// One exchange. All do the same if they are done twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'c> {
    pub method: &'c Method,
    /// The path with its parameters, beginning with a slash.
    pub path: &'c str,
    /// The body with its media type.
    pub body: Option<(&'c [u8], &'static str)>,
    /// When the answer is of no use any more.
    pub deadline: Option<Instant>,
    /// The time for which it is repeated while no node answers, or all of them say "not now".
    pub patience: Duration,
}

/// An answer other than one that asks to come again.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

/// Why an exchange gave no answer.
#[derive(Clone, Debug)]
enum Failure {
    /// The node cannot be reached, or the exchange broke off.
    Broken(String),
    /// Too much time has passed.
    TimedOut,
    /// An answer that asks to come again.
    Later(Reply),
    /// The call or its answer cannot be read. The next will not be better.
    Unreadable(String),
}

impl Client {
    /// A client for the nodes of an address. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`IndexError::Misconfigured`] if the certificates or the credentials cannot be read; [`IndexError::Unsupported`] for
    /// certificates without encryption.
    pub(super) fn new(remote: &RemoteLocation, address: &Address) -> Result<Self, IndexError> {
        let location = Location::Remote(remote.clone());
        let misconfigured = |message: String, instead: &str| IndexError::Misconfigured {
            location: location.clone(),
            message,
            instead: instead.to_owned(),
        };
        if let Some(file) = remote.ca_certificates.as_ref().filter(|_| !address.is_encrypted) {
            return Err(IndexError::Unsupported {
                what: format!("--cacert {} (NEWSDEX_CACERT) without encryption", file.display()),
                instead: "name the index with https://, or omit the certificates".into(),
                location,
            });
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections_per_host(32)
            .max_idle_connections(64)
            .user_agent(concat!("newsdex/", env!("CARGO_PKG_VERSION")));
        if address.is_encrypted {
            let roots = match &remote.ca_certificates {
                Some(file) => certificates_in(file).map_err(|why| misconfigured(why, CERTIFICATES))?,
                None => certificates_of_system(),
            };
            config =
                config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build());
        }
        let nodes = address.nodes.iter().zip(&address.hosts);
        let nodes: Result<_, String> = nodes
            .map(|(url, host)| Ok(Node { url: url.clone(), credentials: Credentials::find(host)? }))
            .collect();
        let nodes = nodes.map_err(|why| misconfigured(why, CREDENTIALS))?;
        Ok(Self {
            agent: config.build().into(),
            location,
            nodes,
            preferred: AtomicUsize::new(0),
            has_answered: AtomicBool::new(false),
        })
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    /// Sends a call until a node answers. The answer may be an error of the call.
    ///
    /// # Errors
    ///
    /// [`IndexError::TimedOut`] past the deadline, if nothing failed before; [`IndexError::Unreachable`] if no node answers, at once if none ever
    /// did; [`IndexError::Throttled`] if all of them take no more requests; [`IndexError::Unauthorized`];
    /// [`IndexError::Unsupported`] for a redirection; [`IndexError::Unreadable`].
    pub(super) fn send(&self, call: Call<'_>) -> Result<Reply, IndexError> {
        let started = Instant::now();
        let is_late = |pause| call.deadline.is_some_and(|deadline| Instant::now() + pause >= deadline);
        let mut backoff = Backoff::default();
        // That time is over says less than what failed before.
        let mut known = None;
        loop {
            let failure = match (self.ask_nodes(call), known) {
                (Ok(reply), _) => return self.permitted(reply),
                (Err(Failure::TimedOut), None) if is_late(Duration::ZERO) => {
                    return Err(IndexError::TimedOut);
                }
                (Err(Failure::TimedOut), Some(known)) => known,
                (Err(failure), _) => failure,
            };
            let is_final = match failure {
                // A wrong address should be told at once, and not after a minute.
                Failure::Broken(_) | Failure::TimedOut => !self.has_answered.load(Ordering::Relaxed),
                Failure::Later(_) => false,
                Failure::Unreadable(_) => true,
            };
            if is_final || started.elapsed() >= call.patience {
                return Err(self.given_up(failure));
            }
            let pause = backoff.pause();
            if is_late(pause) {
                return Err(self.given_up(failure));
            }
            thread::sleep(pause);
            known = Some(failure);
        }
    }

    /// Sends a call to the nodes in turn, until one answers or the deadline passes.
    fn ask_nodes(&self, call: Call<'_>) -> Result<Reply, Failure> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut last = Failure::TimedOut;
        for turn in 0..self.nodes.len() {
            let node = (first + turn) % self.nodes.len();
            match self.exchange(&self.nodes[node], call) {
                Ok(reply) => {
                    self.preferred.store(node, Ordering::Relaxed);
                    return Ok(reply);
                }
                Err(failure @ Failure::Unreadable(_)) => return Err(failure),
                Err(failure) => {
                    // Where the deadline leaves no time for another node, the next call asks it first.
                    let next = (node + 1) % self.nodes.len();
                    let _ = self.preferred.compare_exchange(node, next, Ordering::Relaxed, Ordering::Relaxed);
                    if !matches!(failure, Failure::TimedOut) {
                        last = failure;
                    }
                }
            }
        }
        Err(last)
    }

    /// Sends a call to one node.
    fn exchange(&self, node: &Node, call: Call<'_>) -> Result<Reply, Failure> {
        let most = if self.has_answered.load(Ordering::Relaxed) { EXCHANGE } else { FIRST_EXCHANGE };
        let left = match call.deadline {
            None => most,
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(most),
        };
        if left.is_zero() {
            return Err(Failure::TimedOut);
        }
        // A node that is away leaves time for another one, and is told from one that is slow.
        let connect = CONNECT.min(left / 2);
        let broken = |error: ureq::Error| match error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                Failure::Broken(format!("no connection within {:.1} s", connect.as_secs_f64()))
            }
            ureq::Error::Timeout(_) => Failure::TimedOut,
            ureq::Error::BodyExceedsLimit(_) => {
                Failure::Unreadable(format!("an answer of more than {} MiB", MAX_ANSWER >> 20))
            }
            error => Failure::Broken(said_by(&error)),
        };
        let mut request = Request::builder().method(call.method).uri(format!("{}{}", node.url, call.path));
        if let Some(credentials) = &node.credentials {
            request = request.header(header::AUTHORIZATION, credentials.header());
        }
        let (bytes, media_type) = call.body.unwrap_or_default();
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let request = request.body(bytes).map_err(|error| Failure::Unreadable(error.to_string()))?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left))
            .timeout_connect(Some(connect))
            .allow_non_standard_methods(true)
            .build();
        let answer = self.agent.run(request).map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(MAX_ANSWER).read_to_vec().map_err(broken)?;
        self.has_answered.store(true, Ordering::Relaxed);
        let reply = Reply { status: head.status, body };
        match reply.status {
            // What an operator has to free does not pass by itself.
            StatusCode::TOO_MANY_REQUESTS if reply.error().is_blocked() => Ok(reply),
            // The same query is as much the next time.
            StatusCode::SERVICE_UNAVAILABLE if reply.error().kind == "too_many_buckets_exception" => {
                Ok(reply)
            }
            StatusCode::INTERNAL_SERVER_ERROR | StatusCode::NOT_FOUND if reply.error().is_of_a_node() => {
                Err(Failure::Later(reply))
            }
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(Failure::Later(reply)),
            _ => Ok(reply),
        }
    }

    /// The answer, if the engine permits the call and does not send it elsewhere.
    fn permitted(&self, reply: Reply) -> Result<Reply, IndexError> {
        match reply.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if !reply.error().is_blocked() => {
                // The node that has answered is asked first the next time.
                let credentials = self.nodes[self.preferred.load(Ordering::Relaxed)].credentials.as_ref();
                Err(IndexError::Unauthorized {
                    location: self.location.clone(),
                    message: reply.error().said,
                    sent: credentials.map(Credentials::origin),
                })
            }
            status if status.is_redirection() => Err(IndexError::Unsupported {
                location: self.location.clone(),
                what: format!("a redirection ({status})"),
                instead: "name the address that it leads to".into(),
            }),
            _ => Ok(reply),
        }
    }

    fn given_up(&self, failure: Failure) -> IndexError {
        let location = self.location.clone();
        match failure {
            Failure::Broken(message) if !self.has_answered.load(Ordering::Relaxed) => {
                connection::failed(&location, message)
            }
            Failure::Broken(message) => IndexError::Unreachable { location, message },
            Failure::TimedOut => IndexError::Unreachable { location, message: "no answer in time".into() },
            Failure::Later(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                IndexError::Throttled(location)
            }
            Failure::Later(reply) => IndexError::Unreachable {
                location,
                message: format!("{}: {}", reply.status, reply.error().said),
            },
            Failure::Unreadable(message) => IndexError::Unreadable { location, message },
        }
    }
}

/// What an engine says in an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// The type of the error, `index_not_found_exception`; empty if it is not told.
    pub kind: String,
    /// Its words, shortened.
    pub said: String,
}

impl Said {
    /// Whether the index takes no writes: an operator has closed it to them, or its disks are full.
    pub(super) fn is_blocked(&self) -> bool {
        self.kind == "cluster_block_exception"
    }

    /// Whether another node was lost in the middle of a request, or with a point in time: others have copies of its shards.
    pub(super) fn is_of_a_node(&self) -> bool {
        self.kind.starts_with("node_")
            || self.kind.ends_with("transport_exception")
            || self.kind == "search_context_missing_exception"
    }

    /// Reads the error of an answer or of one item of it.
    pub(super) fn of(error: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(text) = error.as_str() {
            return Self { kind: String::new(), said: shortened(text) };
        }
        // The root cause says more than the error of the search that it broke.
        let cause = error.get("root_cause").and_then(|causes| causes.get(0)).unwrap_or(error);
        let mut said = text(&cause["reason"]);
        let mut inner = &error["caused_by"];
        while let Some(reason) = inner["reason"].as_str() {
            if !said.contains(reason) {
                said = format!("{said}: {reason}");
            }
            inner = &inner["caused_by"];
        }
        Self { kind: text(&cause["type"]), said: shortened(&said) }
    }
}

impl Reply {
    /// The error that the engine tells.
    pub(super) fn error(&self) -> Said {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(answer) if !answer["error"].is_null() => Said::of(&answer["error"]),
            _ => {
                let said = shortened(String::from_utf8_lossy(&self.body).trim());
                let said = if said.is_empty() { self.status.to_string() } else { said };
                Said { kind: String::new(), said }
            }
        }
    }

    /// The body as JSON; `None` if it is something else.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }
}

fn shortened(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_SAID).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// An error with its causes.
fn said_by(error: &ureq::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = inner.source();
    }
    said
}

/// The pauses before repetitions.
#[derive(Debug)]
pub(super) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST_WAIT)
    }
}

impl Backoff {
    /// The next pause.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = jittered(self.0);
        self.0 = (self.0 * 2).min(MAX_WAIT);
        pause
    }
}

/// A time between the half and one and a half of this one, so that clients do not come again all at once.
pub(super) fn jittered(time: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) % 1024;
    time / 2 + time * u32::try_from(random).unwrap_or_default() / 1024
}

fn certificates_in(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let pem = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| format!("{}: {error}", file.display()))?
        {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(format!("{}: it has no certificates in PEM", file.display()));
    }
    Ok(certificates)
}

/// The certificates that the system trusts, as far as they can be read.
fn certificates_of_system() -> Vec<Certificate<'static>> {
    let found = rustls_native_certs::load_native_certs();
    found.certs.iter().map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Backoff, FIRST_WAIT, MAX_WAIT, Reply, Said, jittered};
    use ureq::http::StatusCode;

    #[test]
    fn an_error_is_told_in_the_words_of_its_cause() {
        let reply = |body: &str| Reply { status: StatusCode::BAD_REQUEST, body: body.as_bytes().to_vec() };
        let nested = r#"{"error":{"root_cause":[{"type":"query_shard_exception","reason":"failed to create query"}],
            "type":"search_phase_execution_exception","reason":"all shards failed",
            "caused_by":{"type":"x","reason":"maxClauseCount is set to 1024"}},"status":400}"#;
        assert_eq!(
            reply(nested).error(),
            Said {
                kind: "query_shard_exception".into(),
                said: "failed to create query: maxClauseCount is set to 1024".into()
            }
        );
        let plain = Said { kind: String::new(), said: "Unauthorized".into() };
        assert_eq!(reply("Unauthorized").error(), plain);
        assert_eq!(reply(r#"{"error":"Unauthorized"}"#).error(), plain);
        assert_eq!(reply("").error().said, "400 Bad Request");
    }

    #[test]
    fn a_node_that_is_lost_is_told_from_a_query_that_is_wrong() {
        let of = |kind: &str| Said { kind: kind.into(), said: String::new() }.is_of_a_node();
        assert!(of("node_disconnected_exception") && of("node_not_connected_exception"));
        assert!(of("search_context_missing_exception"));
        assert!(of("receive_timeout_transport_exception") && of("connect_transport_exception"));
        assert!(!of("query_shard_exception") && !of("index_not_found_exception") && !of(""));
    }

    #[test]
    fn clients_do_not_come_again_all_at_once() {
        let waits: Vec<_> = (0..50).map(|_| jittered(FIRST_WAIT)).collect();
        assert!(waits.iter().all(|wait| (FIRST_WAIT / 2..FIRST_WAIT * 3 / 2).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..20).map(|_| backoff.pause()).collect();
        assert!(pauses[0] < FIRST_WAIT * 2 && pauses[19] >= MAX_WAIT / 2 && pauses[19] < MAX_WAIT * 2);
    }
}
