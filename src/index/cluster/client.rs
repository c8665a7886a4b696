//! The HTTP client of a cluster: one pool of connections for all nodes.
//!
//! A node that does not answer is passed over for the next; an answer that says "not now" is asked for again, later and
//! later. Redirects are not followed, so credentials never reach another host.

use super::{address::Address, credentials::Credentials};
use crate::index::{IndexError, Location, RemoteLocation};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    error::Error as _,
    fs,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};
use ureq::{
    Agent,
    http::{Method, Request, StatusCode, header},
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
};

/// Time to connect to a node.
const CONNECT: Duration = Duration::from_secs(10);
/// Time for a whole exchange, unless a deadline comes first. A failover takes half a minute.
const EXCHANGE: Duration = Duration::from_secs(120);
/// Time for which an exchange is repeated while no node answers, or all of them say "not now".
const PATIENCE: Duration = Duration::from_secs(60);
/// Time before the first repetition. Each further one waits twice as long, up to the maximum, give or take a half.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Maximum size of an answer, in bytes.
const MAX_ANSWER: u64 = 512 << 20;
/// Maximum length of what an engine says in an error, in characters.
const MAX_SAID: usize = 500;

/// Media types of request bodies.
pub(super) const JSON: &str = "application/json";
pub(super) const JSON_LINES: &str = "application/x-ndjson";

/// Talks to the nodes of a cluster.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    location: Location,
    nodes: Vec<String>,
    credentials: Option<Credentials>,
    /// The node that answered last.
    preferred: AtomicUsize,
}

/// One exchange.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'c> {
    pub method: &'c Method,
    /// The path with its parameters, beginning with a slash.
    pub path: &'c str,
    /// The body with its media type.
    pub body: Option<(&'c [u8], &'static str)>,
    /// When the answer is of no use any more.
    pub deadline: Option<Instant>,
    /// Whether it may be repeated after a failure: it does the same if it is done twice.
    pub is_idempotent: bool,
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
}

impl Client {
    /// A client for the nodes of an address. Sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unreachable`] if the certificates cannot be read.
    pub(super) fn new(remote: &RemoteLocation, address: &Address) -> Result<Self, IndexError> {
        let location = Location::Remote(remote.clone());
        let unreachable = |message: String| IndexError::Unreachable { location: location.clone(), message };
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .max_idle_connections_per_host(32)
            .max_idle_connections(64)
            .user_agent(concat!("newsdex/", env!("CARGO_PKG_VERSION")));
        if address.is_encrypted {
            let roots = match &remote.ca_certificates {
                Some(file) => certificates_in(file).map_err(unreachable)?,
                None => certificates_of_system(),
            };
            config =
                config.tls_config(TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build());
        }
        let credentials = address.hosts.first().and_then(|host| Credentials::find(host));
        Ok(Self {
            agent: config.build().into(),
            location,
            nodes: address.nodes.clone(),
            credentials,
            preferred: AtomicUsize::new(0),
        })
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    /// Sends a call until a node answers. The answer may be an error of the call.
    ///
    /// # Errors
    ///
    /// [`IndexError::TimedOut`] past the deadline; [`IndexError::Unreachable`] if no node answers;
    /// [`IndexError::Throttled`] if all of them take no more requests; [`IndexError::Unauthorized`].
    pub(super) fn send(&self, call: Call<'_>) -> Result<Reply, IndexError> {
        let started = Instant::now();
        let mut wait = FIRST_WAIT;
        loop {
            let mut last = None;
            for turn in 0..self.nodes.len() {
                let node = (self.preferred.load(Ordering::Relaxed) + turn) % self.nodes.len();
                match self.exchange(&self.nodes[node], call) {
                    Ok(reply) => {
                        self.preferred.store(node, Ordering::Relaxed);
                        return self.permitted(reply);
                    }
                    Err(Failure::TimedOut)
                        if call.deadline.is_some_and(|deadline| deadline <= Instant::now()) =>
                    {
                        return Err(IndexError::TimedOut);
                    }
                    Err(failure) => {
                        // The next node may answer; only a write that broke off may have been done.
                        let goes_on =
                            call.is_idempotent || call.body.is_none() || matches!(failure, Failure::Later(_));
                        last = Some(failure);
                        if !goes_on {
                            break;
                        }
                    }
                }
            }
            let failure = last.unwrap_or(Failure::TimedOut);
            let is_repeated = call.is_idempotent || matches!(failure, Failure::Later(_));
            if !is_repeated || started.elapsed() > PATIENCE {
                return Err(self.given_up(failure));
            }
            let now = Instant::now();
            let pause = jittered(wait);
            if call.deadline.is_some_and(|deadline| now + pause >= deadline) {
                return Err(match failure {
                    Failure::Broken(_) => self.given_up(failure),
                    Failure::TimedOut | Failure::Later(_) => IndexError::TimedOut,
                });
            }
            thread::sleep(pause);
            wait = (wait * 2).min(MAX_WAIT);
        }
    }

    /// Sends a call to one node.
    fn exchange(&self, node: &str, call: Call<'_>) -> Result<Reply, Failure> {
        let left = match call.deadline {
            None => EXCHANGE,
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(EXCHANGE),
        };
        if left.is_zero() {
            return Err(Failure::TimedOut);
        }
        let broken = |error: ureq::Error| match error {
            ureq::Error::Timeout(_) => Failure::TimedOut,
            error => Failure::Broken(said_by(&error)),
        };
        let mut request = Request::builder().method(call.method).uri(format!("{node}{}", call.path));
        if let Some(credentials) = &self.credentials {
            request = request.header(header::AUTHORIZATION, credentials.header());
        }
        let (bytes, media_type) = call.body.unwrap_or_default();
        if call.body.is_some() {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let request = request.body(bytes).map_err(|error| Failure::Broken(error.to_string()))?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(left))
            .allow_non_standard_methods(true)
            .build();
        let answer = self.agent.run(request).map_err(broken)?;
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(MAX_ANSWER).read_to_vec().map_err(broken)?;
        let reply = Reply { status: head.status, body };
        match reply.status {
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
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(IndexError::Unauthorized { location: self.location.clone(), message: reply.error().said })
            }
            status if status.is_redirection() => Err(IndexError::Unreachable {
                location: self.location.clone(),
                message: format!("it answers with a redirection ({status}), which is not followed"),
            }),
            _ => Ok(reply),
        }
    }

    fn given_up(&self, failure: Failure) -> IndexError {
        let location = self.location.clone();
        match failure {
            Failure::Broken(message) => IndexError::Unreachable { location, message },
            Failure::TimedOut => IndexError::Unreachable { location, message: "no answer in time".into() },
            Failure::Later(reply) if reply.status == StatusCode::TOO_MANY_REQUESTS => {
                IndexError::Throttled(location)
            }
            Failure::Later(reply) => IndexError::Unreachable {
                location,
                message: format!("{}: {}", reply.status, reply.error().said),
            },
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

/// A time between the half and one and a half of this one, so that clients do not come again all at once.
fn jittered(time: Duration) -> Duration {
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
    use super::{FIRST_WAIT, Reply, Said, jittered};
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
    fn clients_do_not_come_again_all_at_once() {
        let waits: Vec<_> = (0..50).map(|_| jittered(FIRST_WAIT)).collect();
        assert!(waits.iter().all(|wait| (FIRST_WAIT / 2..FIRST_WAIT * 3 / 2).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
