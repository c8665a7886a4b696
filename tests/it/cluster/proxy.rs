//! What stands between newsdex and a node: it reads requests, and answers them as a test tells.

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub method: String,
    /// The path without its parameters.
    pub path: String,
    parameters: String,
    /// The lines of its headers.
    pub head: String,
    pub body: Vec<u8>,
}

impl Asked {
    /// Whether the path ends with this.
    pub(super) fn is(&self, end: &str) -> bool {
        self.path.ends_with(end)
    }

    /// The same client's request to another address, with another body.
    pub(super) fn instead(&self, method: &str, path: &str, body: Vec<u8>) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self { method, path, parameters: String::new(), head: self.head.clone(), body }
    }

    /// Reads a request; `None` if the client closes.
    fn read(stream: &mut impl io::BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, parameters) = target.split_once('?').unwrap_or((target, ""));
        let (method, path, parameters) = (method.to_owned(), path.to_owned(), parameters.to_owned());
        let (head, length) = read_head(stream)?;
        let mut body = vec![0; length.unwrap_or_default()];
        stream.read_exact(&mut body)?;
        Ok(Some(Self { method, path, parameters, head, body }))
    }
}

/// The lines of headers, and the length of the body if it is told.
fn read_head(stream: &mut impl io::BufRead) -> io::Result<(String, Option<usize>)> {
    let (mut head, mut length) = (String::new(), None);
    loop {
        let start = head.len();
        if stream.read_line(&mut head)? <= 2 {
            return Ok((head, length));
        }
        if let Some((name, value)) = head[start..].split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

/// What a client gets.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Whole(u16, Vec<u8>),
    /// A redirection to an address.
    Moved(u16, String),
    /// In small pieces.
    Trickle(u16, Vec<u8>),
    /// The headers and a part of the body; then the connection is closed.
    Cut(u16, Vec<u8>, usize),
    /// Without an end.
    Endless,
    /// The connection is closed.
    Nothing,
}

impl Answer {
    pub(super) fn json(status: u16, text: &str) -> Self {
        Self::Whole(status, text.as_bytes().to_vec())
    }

    /// An error as the engine tells it.
    pub(super) fn error(status: u16, kind: &str, reason: &str) -> Self {
        let error = serde_json::json!({"type": kind, "reason": reason});
        Self::json(status, &serde_json::json!({"error": error, "status": status}).to_string())
    }

    /// Changes the body.
    pub(super) fn map(self, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        match self {
            Self::Whole(status, body) => Self::Whole(status, change(body)),
            other => other,
        }
    }

    /// Sends it. Gives whether the connection stays open.
    fn send(self, stream: &mut impl Write) -> io::Result<bool> {
        let head = |status: u16, length: usize, more: &str| {
            format!(
                "HTTP/1.1 {status} told\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
            )
        };
        match self {
            Self::Whole(status, body) => {
                stream.write_all(head(status, body.len(), "").as_bytes())?;
                stream.write_all(&body)?;
            }
            Self::Moved(status, to) => {
                stream.write_all(head(status, 0, &format!("Location: {to}\r\n")).as_bytes())?;
            }
            Self::Trickle(status, body) => {
                stream.write_all(head(status, body.len(), "").as_bytes())?;
                for piece in body.chunks(body.len() / 20 + 1) {
                    stream.write_all(piece)?;
                    stream.flush()?;
                    thread::sleep(Duration::from_millis(3));
                }
            }
            Self::Cut(status, body, end) => {
                stream.write_all(head(status, body.len(), "").as_bytes())?;
                stream.write_all(&body[..end])?;
                stream.flush()?;
                return Ok(false);
            }
            Self::Endless => {
                stream.write_all(b"HTTP/1.1 200 told\r\nContent-Type: application/json\r\n\r\n")?;
                let spaces = vec![b' '; 1 << 16];
                while stream.write_all(&spaces).is_ok() {}
                return Ok(false);
            }
            Self::Nothing => return Ok(false),
        }
        stream.flush()?;
        Ok(true)
    }
}

/// A node of a cluster, by its host and port.
#[derive(Clone, Debug)]
pub(super) struct Node(pub String);

impl Node {
    /// What the node answers to a request.
    pub(super) fn pass(&self, asked: &Asked) -> Answer {
        self.exchange(asked).unwrap_or(Answer::Nothing)
    }

    fn exchange(&self, asked: &Asked) -> io::Result<Answer> {
        let mut stream = TcpStream::connect(&self.0)?;
        let Asked { method, path, parameters, body, .. } = asked;
        let media_type = if path.ends_with("/_bulk") { "application/x-ndjson" } else { "application/json" };
        write!(
            stream,
            "{method} {path}?{parameters} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
            self.0,
            body.len()
        )?;
        stream.write_all(body)?;
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (_, length) = read_head(&mut stream)?;
        let mut body = Vec::new();
        stream.take(length.map_or(u64::MAX, |length| length as u64)).read_to_end(&mut body)?;
        Ok(Answer::Whole(status.ok_or(io::ErrorKind::InvalidData)?, body))
    }
}

/// A server on a port of its own.
pub(super) struct Proxy {
    address: SocketAddr,
    is_encrypted: bool,
    shared: Arc<Shared>,
}

struct Shared {
    answer: Box<dyn Fn(&Asked) -> Answer + Send + Sync>,
    /// Whether connections are refused.
    refuses: AtomicBool,
    ended: AtomicBool,
}

impl Proxy {
    pub(super) fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::over(answer, None)
    }

    /// A server with the certificate of `tls/node.pem`.
    pub(super) fn encrypted(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::encrypted_by(answer, &tls("node.pem"), &tls("node.key"))
    }

    /// As [`Proxy::encrypted`], with a certificate and its key.
    pub(super) fn encrypted_by(
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
        certificate: &Path,
        key: &Path,
    ) -> Self {
        let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        Self::over(answer, Some(Arc::new(config)))
    }

    fn over(
        answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static,
        config: Option<Arc<ServerConfig>>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let (refuses, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { answer: Box::new(answer), refuses, ended });
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            is_encrypted: config.is_some(),
            shared: Arc::clone(&shared),
        };
        thread::spawn(move || shared.accept(listener, config.as_ref()));
        proxy
    }

    /// The URL of an index behind it.
    pub(super) fn url(&self, index: &str) -> String {
        let scheme = if self.is_encrypted { "https" } else { "http" };
        format!("{scheme}://{}/{index}", self.address)
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Refuses connections for a time, and closes those that are open.
    pub(super) fn refuse_for(&self, time: Duration) {
        self.shared.refuses.store(true, Ordering::Relaxed);
        thread::sleep(time);
        self.shared.refuses.store(false, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: TcpListener, config: Option<&Arc<ServerConfig>>) {
        let address = listener.local_addr().unwrap();
        let mut listener = Some(listener);
        while !self.ended.load(Ordering::Relaxed) {
            if self.refuses.load(Ordering::Relaxed) {
                listener = None;
            } else if let Some(listener) = &listener {
                listener.set_nonblocking(true).unwrap();
                if let Ok((stream, _)) = listener.accept() {
                    stream.set_nonblocking(false).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let (shared, config) = (Arc::clone(self), config.map(Arc::clone));
                    thread::spawn(move || match config {
                        // An error here is that of a client that went away.
                        None => drop(shared.answer_all(stream)),
                        Some(config) => {
                            let connection = ServerConnection::new(config).unwrap();
                            drop(shared.answer_all(StreamOwned::new(connection, stream)));
                        }
                    });
                    continue;
                }
            } else {
                listener = TcpListener::bind(address).ok();
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    fn answer_all(&self, stream: impl Read + Write) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(asked) = Asked::read(&mut stream)? {
            let is_open = !self.refuses.load(Ordering::Relaxed);
            if !is_open || !(self.answer)(&asked).send(stream.get_mut())? {
                break;
            }
        }
        Ok(())
    }
}

/// A file of `tls`: a certificate of an authority, of another one, and that of a node on loopback with its key.
pub(super) fn tls(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/cluster/tls").join(name)
}
