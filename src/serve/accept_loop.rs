//! Connections: so many at a time, none that is slow for ever, and all that run are finished before the end.

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

/// So many connections are open at the most; more wait to be accepted.
const MAX_CONNECTIONS: usize = 1024;
/// A client has so long to send the head of a request, the next one of a connection too.
const HEAD_TIME: Duration = Duration::from_secs(6);
/// A client that takes nothing for so long is cut off.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// The head of a request may have so many bytes, and so many headers.
const MAX_HEAD: usize = 128 << 10;
const MAX_HEADERS: usize = 100;
/// At the end, what runs has so long to finish.
const FINISH: Duration = Duration::from_secs(15);

/// Serves requests until `stop` is ready, then finishes those that run.
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
            // Out of file descriptors: some will be closed soon.
            time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // What is written is whole answers.
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
            // A client that breaks off, or speaks no HTTP, is told by hyper or is gone.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = time::timeout(FINISH, graceful.shutdown()).await;
}
