//! The address of an index of a cluster: its nodes and its name.

use crate::index::{IndexError, Location, RemoteLocation};

/// Maximum length of the name of an index, in bytes: an engine takes 255, and the alias of a generation that is being built goes on
/// after it with `-NEXT-` and a number of up to ten digits.
const MAX_NAME: usize = 255 - 16;

/// Where an index of a cluster is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The base URL of each node, `https://host:port/path`.
    pub nodes: Vec<String>,
    /// The path of the engine, `/path`; empty if it is at the root.
    pub below: String,
    /// The host of each node, without its port.
    pub hosts: Vec<String>,
    /// The name of the index.
    pub name: String,
    pub is_encrypted: bool,
}

impl Address {
    /// Parses the URL of a location.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unsupported`] for a URL with credentials or without a valid name of an index.
    pub(super) fn of(remote: &RemoteLocation) -> Result<Self, IndexError> {
        let unsupported = |what: &str, instead: &str| IndexError::Unsupported {
            location: Location::Remote(remote.clone()),
            what: what.to_owned(),
            instead: instead.to_owned(),
        };
        if remote.had_credentials {
            let instead =
                "set NEWSDEX_USER and NEWSDEX_PASSWORD, or NEWSDEX_API_KEY, or write the host into ~/.netrc";
            return Err(unsupported("a user or a password in the URL", instead));
        }
        let (scheme, rest) = remote.url.split_once("://").unwrap_or(("http", &remote.url));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/');
        let (below, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !is_name(name) {
            let instead = format!(
                "name the index at the end of the URL, in lower case and up to {MAX_NAME} bytes: https://search.example:9200/news"
            );
            return Err(unsupported("a URL without a valid name of an index", &instead));
        }
        let hosts: Vec<&str> = authority.split(',').map(str::trim).filter(|host| !host.is_empty()).collect();
        if hosts.is_empty() {
            return Err(unsupported("a URL without a host", "name one: https://search.example:9200/news"));
        }
        if let Some(port) = hosts.iter().filter_map(|host| port_of(host)).find(|port| !is_port(port)) {
            let instead = "write a number from 1 to 65535 behind the host: https://search.example:9200/news";
            return Err(unsupported(&format!("`{port}` as a port"), instead));
        }
        let below = if below.is_empty() { String::new() } else { format!("/{below}") };
        Ok(Self {
            nodes: hosts.iter().map(|host| format!("{scheme}://{host}{below}")).collect(),
            below,
            hosts: hosts.iter().map(|host| without_port(host).to_owned()).collect(),
            name: name.to_owned(),
            is_encrypted: scheme == "https",
        })
    }
}

/// The host without its port; an IPv6 address without its brackets.
fn without_port(host: &str) -> &str {
    if let Some(address) = host.strip_prefix('[') {
        return address.split(']').next().unwrap_or(address);
    }
    host.split(':').next().unwrap_or(host)
}

/// The text behind the colon of a host.
fn port_of(host: &str) -> Option<&str> {
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    behind.rsplit_once(':').map(|(_, port)| port)
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether an engine takes this as the name of an index, and takes what a rebuild appends to it.
fn is_name(name: &str) -> bool {
    let allowed = |c: char| !c.is_uppercase() && !c.is_control() && !r#"\/*?"<>| ,#:%&"#.contains(c);
    !name.is_empty()
        && name.len() <= MAX_NAME
        && !name.starts_with(['-', '_', '+', '.'])
        && name.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::Address;
    use crate::index::Location;

    fn address(url: &str) -> Option<Address> {
        match Location::parse(url.as_ref()).ok()? {
            Location::Remote(remote) => Address::of(&remote).ok(),
            Location::Folder(_) => None,
        }
    }

    #[test]
    fn the_last_part_of_the_path_names_the_index() {
        for (url, nodes, hosts, name) in [
            ("http://127.0.0.1:9200/news", &["http://127.0.0.1:9200"][..], &["127.0.0.1"][..], "news"),
            ("https://a.example/search/news/", &["https://a.example/search"], &["a.example"], "news"),
            ("https://a:1,b:2/news", &["https://a:1", "https://b:2"], &["a", "b"], "news"),
            ("http://[::1]:9200/n", &["http://[::1]:9200"], &["::1"], "n"),
        ] {
            let found = address(url).expect(url);
            assert_eq!(
                (found.nodes, found.hosts, found.name.as_str()),
                (
                    nodes.iter().map(ToString::to_string).collect(),
                    hosts.iter().map(ToString::to_string).collect(),
                    name
                )
            );
        }
    }

    #[test]
    fn a_url_without_a_name_or_with_a_password_is_refused() {
        for url in [
            "http://a:9200",
            "http://a:9200/",
            "http://a:9200/News",
            "http://a:9200/_all",
            "http://a:9200/news*",
            "http://a:9200/a,b",
            "http://a:9200/news?x=1",
            "http:///news",
            "http://u:p@a:9200/news",
            "http://a:99999/news",
            "http://a:0/news",
            "http://a:abc/news",
            "http://a:+1/news",
            "http://[::1]:/news",
            "http://a:1,b:2x/news",
        ] {
            assert_eq!(address(url), None, "{url}");
        }
    }

    #[test]
    fn a_name_has_room_for_the_number_of_a_generation() {
        let of = |length| address(&format!("http://a:9200/{}", "n".repeat(length)));
        assert!(of(255 - "-NEXT-2147483647".len()).is_some());
        assert_eq!(of(255 - "-NEXT-2147483647".len() + 1), None);
        // The aliases of a rebuild are the names of no index.
        assert_eq!((address("http://a:9200/news-NEXT-2"), address("http://a:9200/news-OLD")), (None, None));
    }
}
