//! What a first connection that failed tells of how it is set up: of the scheme of the URL, and of the certificates.

use crate::index::{IndexError, Location};

/// What a failure means.
struct Meaning {
    /// Words of rustls or ureq, any of which tell it.
    words: &'static [&'static str],
    /// Whether it is one of `https://`.
    is_encrypted: bool,
    /// What is wrong, if that is sure.
    message: Option<&'static str>,
    /// What to do instead.
    instead: &'static str,
}

/// Words about a node that hangs up.
const HANGS_UP: [&str; 4] = ["disconnected", "end of file", "reset", "aborted"];

const MAYBE_TLS: &str =
    "check the address, and that the engine runs; if it speaks TLS, name it with https://";

const MEANINGS: [Meaning; 6] = [
    Meaning {
        words: &["InvalidContentType"],
        is_encrypted: true,
        message: Some("the node does not speak TLS"),
        instead: "name it with http://, or let it speak TLS",
    },
    // So does one that is about to end.
    Meaning {
        words: &HANGS_UP,
        is_encrypted: true,
        message: None,
        instead: "check the address, and that the engine runs; if it does not speak TLS, name it with http://",
    },
    Meaning { words: &HANGS_UP, is_encrypted: false, message: None, instead: MAYBE_TLS },
    // An alert of TLS is no answer in HTTP.
    Meaning { words: &["protocol", "parse"], is_encrypted: false, message: None, instead: MAYBE_TLS },
    Meaning {
        words: &["CaUsedAsEndEntity"],
        is_encrypted: true,
        message: Some("the certificate of the node is that of an authority (CA:TRUE)"),
        instead: "let the authority sign one for the node, and name the authority's with --cacert; `openssl req -x509 -addext basicConstraints=critical,CA:FALSE` makes one that needs no authority",
    },
    Meaning {
        words: &["UnknownIssuer"],
        is_encrypted: true,
        message: Some("no trusted authority signed the certificate of the node"),
        instead: "name the certificate of the authority that signed it with --cacert",
    },
];

/// The error of a connection that failed before anything has answered.
pub(super) fn failed(location: &Location, said: String) -> IndexError {
    let is_encrypted = matches!(location, Location::Remote(remote) if remote.url.starts_with("https:"));
    let is_it = |meaning: &&Meaning| {
        meaning.is_encrypted == is_encrypted && meaning.words.iter().any(|words| said.contains(words))
    };
    let location = location.clone();
    match MEANINGS.iter().find(is_it) {
        Some(Meaning { message, instead, .. }) => {
            let message = message.map_or_else(|| said.clone(), |message| format!("{message}: {said}"));
            IndexError::Misconfigured { location, message, instead: (*instead).to_owned() }
        }
        None => IndexError::Unreachable { location, message: said },
    }
}
