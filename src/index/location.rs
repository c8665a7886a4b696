//! The location of an index, as given by `--index` and `NEWSDEX_INDEX`.
//!
//! What looks like a URL and is none is refused: a mistyped one would become a folder of that name.

use std::{
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

/// The location of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A local folder.
    Folder(PathBuf),
    /// An index of a cluster.
    Remote(RemoteLocation),
}

/// The location of an index of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteLocation {
    /// `https://host:port/name`, with several nodes between commas: `https://a:9200,b:9200/name`. A user and a password in
    /// it are left out, as it is printed.
    pub url: String,
    /// Whether a user or a password was in it.
    pub had_credentials: bool,
    /// A file of the certificates to trust, as PEM, instead of those of the system.
    pub ca_certificates: Option<PathBuf>,
}

/// A text that is neither a URL nor, as it looks like one, the path of a folder.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It looks like a URL.
    #[error(
        "`{0}` looks like a URL and is none: one is http://HOST:PORT/NAME or https://HOST:PORT/NAME; a folder of that name is written ./{0}"
    )]
    NoUrl(String),
    /// It is several URLs.
    #[error("`{0}` is several URLs: write one, with commas between its nodes, http://a:9200,b:9200/NAME")]
    Several(String),
}

impl Location {
    /// Parses a location: an HTTP URL, or else the path of a folder.
    ///
    /// # Errors
    ///
    /// [`LocationError`] for what looks like a URL and is none. It holds no password.
    pub fn parse(text: &OsStr) -> Result<Self, LocationError> {
        let typed = text.to_string_lossy();
        match text.to_str().and_then(RemoteLocation::parse) {
            Some(_) if is_several(&typed) => Err(LocationError::Several(without_credentials(&typed))),
            Some(remote) => Ok(Self::Remote(remote)),
            None if looks_like_url(&typed) => Err(LocationError::NoUrl(without_credentials(&typed))),
            None => Ok(Self::Folder(text.into())),
        }
    }

    /// The same location, whose certificates are checked against those in a file.
    #[must_use]
    pub fn with_ca_certificates(mut self, file: Option<PathBuf>) -> Self {
        if let Self::Remote(remote) = &mut self {
            remote.ca_certificates = file;
        }
        self
    }
}

/// The schemes of a URL.
const SCHEMES: [&str; 2] = ["http://", "https://"];

impl RemoteLocation {
    /// Parses an HTTP URL; `None` for another text.
    fn parse(text: &str) -> Option<Self> {
        let scheme = SCHEMES.into_iter().find(|scheme| begins_with(text, scheme))?;
        let rest = &text[scheme.len()..];
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let mut had_credentials = false;
        let nodes: Vec<&str> = authority
            .split(',')
            .map(|node| {
                let Some((_, host)) = node.rsplit_once('@') else { return node };
                had_credentials = true;
                host
            })
            .collect();
        Some(Self {
            url: format!("{scheme}{}{path}", nodes.join(",")),
            had_credentials,
            ca_certificates: None,
        })
    }
}

impl RemoteLocation {
    /// The location of another index of the same cluster, whose name goes on after that of this one.
    #[must_use]
    pub fn beside(&self, suffix: &str) -> Self {
        Self { url: format!("{}{suffix}", self.url.trim_end_matches('/')), ..self.clone() }
    }
}

/// The beginnings of a URL whose colon was forgotten.
const WITHOUT_COLON: [&str; 2] = ["http//", "https//"];

/// Whether a text that is no HTTP URL was meant as one: with another scheme, without its slashes or its colon, or without
/// a scheme before `host:port/`. A scheme of one letter is a drive.
fn looks_like_url(text: &str) -> bool {
    let Some((head, _)) = text.split_once('/') else { return false };
    let is_scheme = |scheme: &str| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c))
    };
    let is_port = |port: &str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    WITHOUT_COLON.iter().any(|start| begins_with(text, start))
        || head.strip_suffix(':').is_some_and(is_scheme)
        || head.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && is_port(port))
}

/// Whether a URL has another one behind a comma: each node with a scheme of its own.
fn is_several(url: &str) -> bool {
    url.split(',').skip(1).any(|part| SCHEMES.iter().any(|scheme| begins_with(part.trim_start(), scheme)))
}

/// A text as it may be printed: what is before an `@` may be a password.
fn without_credentials(text: &str) -> String {
    text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, rest)| format!("…@{rest}"))
}

fn begins_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self::Folder(path.to_owned())
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => path.display().fmt(f),
            Self::Remote(remote) => f.write_str(&remote.url),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Location, LocationError};
    use std::path::Path;

    #[test]
    fn a_url_is_no_folder() {
        let parse = |text: &str| Location::parse(text.as_ref());
        for url in ["https://search.example:9200/news", "HTTP://127.0.0.1:9200/news"] {
            assert!(matches!(parse(url), Ok(Location::Remote(_))), "{url}");
        }
        for folder in [
            "news",
            "http",
            "http:",
            "/srv/https://news",
            "",
            "C:\\news",
            "c:/news",
            "./http:/news",
            "./a:1/news",
            "新闻:/news",
            "2025:/news",
            "archive/10:30",
        ] {
            assert_eq!(parse(folder), Ok(Location::from(Path::new(folder))), "{folder}");
        }
        for typed in [
            "htp://127.0.0.1:9200/news",
            "http:/127.0.0.1:9200/news",
            "http:127.0.0.1:9200/news",
            "http//127.0.0.1:9200/news",
            "HTTPS//search.example/news",
            "127.0.0.1:9200/news",
            "search.example:9200/",
            "[::1]:9200/news",
            "file:///srv/news",
            "https:/search.example/news",
        ] {
            assert_eq!(parse(typed), Err(LocationError::NoUrl(typed.into())), "{typed}");
        }
        let several = "http://a:9200, https://b:9200/news";
        assert_eq!(parse(several), Err(LocationError::Several(several.into())));
    }

    #[test]
    fn a_password_is_never_printed() {
        for (text, printed) in [
            ("https://user:secret@search.example:9200/news", "https://search.example:9200/news"),
            ("https://user:se@cret@a.example/news", "https://a.example/news"),
            ("HTTPS://u:secret@a:9200,u:secret@b:9200/x/news", "https://a:9200,b:9200/x/news"),
            ("http://secret@a", "http://a"),
        ] {
            let location = Location::parse(text.as_ref()).expect(text);
            assert_eq!(location.to_string(), printed, "{text}");
            assert!(!format!("{location:?}").contains("secret"), "{text}");
        }
        for text in ["htp://u:secret@a/news", "http://a,http://u:secret@b/news", "u:secret@a:9200/news"] {
            let error = Location::parse(text.as_ref()).expect_err(text);
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
        let plain = Location::parse("http://a/new@s".as_ref());
        assert!(matches!(plain, Ok(Location::Remote(remote)) if !remote.had_credentials));
    }
}
