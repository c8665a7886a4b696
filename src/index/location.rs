//! The location of an index, as given by `--index` and `NEWSDEX_INDEX`.

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

impl Location {
    /// Parses a location: an HTTP URL, or else the path of a folder.
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        match text.to_str().and_then(RemoteLocation::parse) {
            Some(remote) => Self::Remote(remote),
            None => Self::Folder(text.into()),
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

impl RemoteLocation {
    /// Parses an HTTP URL; `None` for another text.
    fn parse(text: &str) -> Option<Self> {
        let scheme = ["http://", "https://"]
            .into_iter()
            .find(|scheme| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))?;
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
    use super::Location;
    use std::path::Path;

    #[test]
    fn a_url_is_no_folder() {
        let remote = |text: &str| matches!(Location::parse(text.as_ref()), Location::Remote(_));
        assert!(remote("https://search.example:9200/news") && remote("HTTP://127.0.0.1:9200/news"));
        for folder in ["news", "http", "http:/news", "/srv/https://news", "", "C:\\news"] {
            assert_eq!(Location::parse(folder.as_ref()), Location::from(Path::new(folder)), "{folder}");
        }
    }

    #[test]
    fn a_password_is_never_printed() {
        for (text, printed) in [
            ("https://user:secret@search.example:9200/news", "https://search.example:9200/news"),
            ("https://user:se@cret@a.example/news", "https://a.example/news"),
            ("HTTPS://u:secret@a:9200,u:secret@b:9200/x/news", "https://a:9200,b:9200/x/news"),
            ("http://secret@a", "http://a"),
        ] {
            let location = Location::parse(text.as_ref());
            assert_eq!(location.to_string(), printed, "{text}");
            assert!(!format!("{location:?}").contains("secret"), "{text}");
        }
        let plain = Location::parse("http://a/new@s".as_ref());
        assert!(matches!(plain, Location::Remote(remote) if !remote.had_credentials));
    }
}
