//! Accepts connections: limits their number, times out slow ones, and on shutdown finishes running requests.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, time};
use tokio_io_timeout::TimeoutStream;

/// At most this many open connections; further ones wait to be accepted.
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
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let place = Arc::clone(&connections).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        let Ok((stream, _)) = accepted else {
            // Probably out of file descriptors: wait for some to be closed.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Responses are written whole, so Nagle's algorithm would only delay them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIME));
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
        protocol.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
        let service = TowerToHyperService::new(router.clone());
        let connection = protocol.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // Ignore errors: hyper has answered bad requests, and other clients are gone.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = time::timeout(SHUTDOWN_GRACE, graceful.shutdown()).await;
}
