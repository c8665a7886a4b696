//! Who asks: requests of one client share what the server can do at a time.

use axum::{
    extract::Request,
    http::{
        HeaderMap,
        header::{HeaderName, USER_AGENT},
    },
    middleware::Next,
    response::Response,
};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use tokio::task_local;
use xxhash_rust::xxh3::xxh3_64;

/// The header in which a proxy names the address that asked it, after those that it was told.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// The part of an IPv6 address that names a network: a client can have any address of its own.
const NETWORK: u128 = !(u64::MAX as u128);

task_local! {
    static CLIENT: Client;
}

/// The address of the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub SocketAddr);

/// A client: an address, and on this machine a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Client {
    address: Option<IpAddr>,
    /// The hash of the name of a program on this machine.
    program: u64,
}

impl Client {
    /// The client of the request that this task answers.
    pub(super) fn current() -> Self {
        CLIENT.try_with(|client| *client).unwrap_or_default()
    }

    /// Runs work for this client, wherever it runs.
    pub(super) async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CLIENT.scope(self, work).await
    }

    /// The client behind a connection. A connection from this machine may be that of a proxy, which names the client.
    /// Other programs on this machine name themselves.
    fn of(peer: Option<Peer>, headers: &HeaderMap) -> Self {
        let address = peer.map(|peer| peer.0.ip().to_canonical());
        if address.is_some_and(|address| !address.is_loopback()) {
            return Self { address: address.map(network), program: 0 };
        }
        let text = |name: &HeaderName| headers.get_all(name).iter().next_back()?.to_str().ok();
        let forwarded = text(&FORWARDED_FOR).and_then(|list| forwarded(list.rsplit(',').next()?.trim()));
        if let Some(forwarded) = forwarded {
            return Self { address: Some(network(forwarded)), program: 0 };
        }
        Self { address, program: text(&USER_AGENT).map_or(0, |name| xxh3_64(name.as_bytes())) }
    }
}

/// The address as proxies write it: `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, and with a port `192.0.2.1:1000`,
/// `[2001:db8::1]:1000`.
fn forwarded(name: &str) -> Option<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    bare.parse().ok().or_else(|| Some(name.parse::<SocketAddr>().ok()?.ip()))
}

/// The address of an IPv4 client, or the network of an IPv6 client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        IpAddr::V4(address) => address.into(),
    }
}

/// Notes the client of a request for whatever answers it.
pub(super) async fn note(request: Request, next: Next) -> Response {
    let client = Client::of(request.extensions().get().copied(), request.headers());
    client.scope(next.run(request)).await
}

#[cfg(test)]
mod tests {
    use super::{Client, FORWARDED_FOR, Peer};
    use axum::http::{HeaderMap, HeaderValue, header::USER_AGENT};

    fn client(peer: &str, forwarded: &[&'static str], program: &'static str) -> Client {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static(program));
        for list in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_static(list));
        }
        Client::of(Some(Peer(peer.parse().expect("an address"))), &headers)
    }

    #[test]
    fn connections_of_one_address_are_one_client() {
        let one = client("192.0.2.1:1000", &[], "a");
        assert_eq!(one, client("192.0.2.1:2000", &[], "b"));
        assert_eq!(one, client("[::ffff:192.0.2.1]:1000", &[], "a"));
        assert_ne!(one, client("192.0.2.2:1000", &[], "a"));
        // Only a proxy on this machine may say for whom it asks.
        assert_eq!(one, client("192.0.2.1:1000", &["198.51.100.7"], "a"));
    }

    #[test]
    fn an_ipv6_client_is_its_network_of_64_bits() {
        let one = client("[2001:db8::1]:1000", &[], "a");
        assert_eq!(one, client("[2001:db8::ffff:1]:1000", &[], "a"));
        assert_ne!(one, client("[2001:db8:0:1::1]:1000", &[], "a"));
    }

    #[test]
    fn a_proxy_on_this_machine_names_the_client_last() {
        let one = client("192.0.2.1:1000", &[], "a");
        assert_eq!(one, client("127.0.0.1:1000", &["203.0.113.9, 192.0.2.1"], "b"));
        assert_eq!(one, client("[::1]:1000", &["203.0.113.9", "192.0.2.1"], "b"));
    }

    /// Azure's application gateway writes a port. Brackets are those of RFC 3986.
    #[test]
    fn a_proxy_may_name_a_port() {
        let one = client("192.0.2.1:1000", &[], "a");
        assert_eq!(one, client("127.0.0.1:1000", &["203.0.113.9:1, 192.0.2.1:5678"], "b"));
        let other = client("[2001:db8::1]:1000", &[], "a");
        for forwarded in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5678"] {
            assert_eq!(other, client("127.0.0.1:1000", &[forwarded], "b"), "{forwarded}");
        }
        // No address: the client is the program.
        let program = client("127.0.0.1:1000", &[], "a");
        for forwarded in ["192.0.2.1:", "192.0.2.1:99999", "[192.0.2.1", "_hidden", ""] {
            assert_eq!(program, client("127.0.0.1:1000", &[forwarded], "a"), "{forwarded}");
        }
    }

    #[test]
    fn programs_on_this_machine_are_clients_of_their_own() {
        let one = client("127.0.0.1:1000", &[], "a");
        assert_eq!(one, client("127.0.0.1:2000", &[], "a"));
        assert_ne!(one, client("127.0.0.1:1000", &[], "b"));
        assert_eq!(one, client("127.0.0.1:1000", &["unknown"], "a"));
    }
}
