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
    /// The URL of an index, `https://host:port/name`.
    Remote(String),
}

impl Location {
    /// Parses a location: an HTTP URL, or else the path of a folder.
    #[must_use]
    pub fn parse(text: &OsStr) -> Self {
        let scheme = |text: &&str| {
            ["http://", "https://"]
                .iter()
                .any(|scheme| text.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))
        };
        match text.to_str().filter(scheme) {
            Some(url) => Self::Remote(url.to_owned()),
            None => Self::Folder(text.into()),
        }
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
            Self::Remote(url) => f.write_str(url),
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
}
