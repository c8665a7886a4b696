//! Accepts connections: limits their number, times out slow ones, and on shutdown finishes running requests.

use super::{
    client::Peer,
    connections::{Connections, Turn, TurningBody},
};
use axum::{Router, body::Body};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    time,
};
use tokio_io_timeout::TimeoutStream;

/// At most this many open connections. A further one takes the place of the one that waits longest for its client.
const MAX_CONNECTIONS: usize = 1024;
/// The time to send a request head, also the next one on a kept-alive connection.
const HEAD_TIME: Duration = Duration::from_secs(6);
/// A client that reads nothing for this long is disconnected.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// At most this many bytes in a request head, and this many headers.
const MAX_HEAD: usize = 128 << 10;
const MAX_HEADERS: usize = 100;
/// The time for running requests to finish on shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(15);

/// Serves requests until `stop` resolves, then finishes running ones.
pub(super) async fn run(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Connections::new(MAX_CONNECTIONS);
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let (stream, peer) = accept(&listener, &connections).await;
            (stream, peer, connections.place().await)
        };
        let (stream, peer, place) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        // Responses are written whole, so Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIME));
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        protocol.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
        let router = TowerToHyperService::new(router.clone());
        let here = Arc::clone(place.connection());
        let service = service_fn(move |request: Request<Incoming>| {
            let here = Arc::clone(&here);
            let mut request = request.map(|body| Body::new(TurningBody::new(body, &here, Turn::Server)));
            request.extensions_mut().insert(Peer(peer));
            let answer = router.call(request);
            async move {
                answer.await.map(|answer| answer.map(|body| TurningBody::new(body, &here, Turn::Client)))
            }
        });
        let connection = graceful.watch(protocol.serve_connection(TokioIo::new(Box::pin(stream)), service));
        tokio::spawn(async move {
            tokio::select! {
                // Ignore errors: hyper has answered bad requests, and other clients are gone.
                _ = connection => {}
                () = place.evicted() => {}
            }
        });
    }
    drop(listener);
    let _ = time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await;
}

/// The next connection, with its address. If the process is out of file descriptors, another one gives way.
async fn accept(listener: &TcpListener, connections: &Connections) -> (TcpStream, SocketAddr) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // The client has hung up already.
            Err(error) if matches!(error.kind(), ConnectionAborted | ConnectionReset) => {}
            Err(_) => {
                let pause = if connections.evict() { 1 } else { 50 };
                time::sleep(Duration::from_millis(pause)).await;
            }
        }
    }
}
