//! Files and directories: which files hold articles, and their bytes.
//!
//! Only regular files are ever read: a FIFO or a device would block, and a symbolic link may lead anywhere (`open`).
//! Each file that looks like an article but is skipped is reported with the reason.

mod identity;
mod open;
mod spelling;
mod user_text;

pub use identity::Identity;
pub use open::{OpenError, RereadError, reread};
pub use spelling::{file_of, text_of};
pub use user_text::{user_text, without_mark};

use crate::text::buffer_capacity;
use globset::{Glob, GlobSet, GlobSetBuilder};
use open::open;
use std::{
    fs,
    io::{self, Read as _},
    path::{self, Path, PathBuf},
    time::UNIX_EPOCH,
};
use walkdir::{DirEntry, WalkDir};
use xxhash_rust::xxh3::xxh3_64;

/// The extensions of articles, unless globs are given.
const EXTENSIONS: [&str; 3] = ["md", "markdown", "txt"];

/// Where articles are looked for.
#[derive(Debug)]
pub struct Source {
    roots: Vec<PathBuf>,
    /// Single files, each with its root, which are read whatever their names.
    files: Vec<(PathBuf, PathBuf)>,
    globs: Option<GlobSet>,
    follow: bool,
}

/// A file that may hold an article.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The path to open.
    pub path: PathBuf,
    /// Its absolute path as text, which identifies it in the index.
    pub text: String,
    /// Its path below the root, with `/` between its parts.
    pub name: String,
    /// When it was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// Its length in bytes.
    pub size: u64,
    /// Whether the path may lead through symbolic links.
    pub follow: bool,
}

/// A file as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its absolute path.
    pub path: String,
    /// When it was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// Its length in bytes.
    pub size: u64,
    /// XXH3 of its bytes.
    pub hash: u64,
}

/// A file that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Its absolute path as text.
    pub path: String,
    /// A stable name of the reason: `symlink`, `not-a-regular-file`, `too-large`, `unreadable`, `changing`.
    pub code: &'static str,
    /// The reason in words.
    pub reason: String,
}

/// Why a source cannot be walked.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A path to ingest does not exist or cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Root {
        /// The path.
        path: PathBuf,
        /// The error of the operating system.
        error: io::Error,
    },
    /// A glob is invalid.
    #[error("{0}")]
    Glob(#[from] globset::Error),
}

impl Source {
    /// The files and folders at `paths`. Of a folder it takes the files with a usual extension or, if there
    /// are globs, those whose path below it or name matches a glob. It follows symbolic links only with
    /// `follow`.
    ///
    /// # Errors
    ///
    /// [`SourceError::Root`] for a path that does not exist, so that an unmounted disk is not taken for one
    /// whose files are gone; [`SourceError::Glob`] for an invalid glob.
    pub fn new(paths: &[PathBuf], globs: &[String], follow: bool) -> Result<Self, SourceError> {
        let mut roots = Vec::new();
        for path in paths {
            roots.push(
                fs::canonicalize(path).map_err(|error| SourceError::Root { path: path.clone(), error })?,
            );
        }
        roots.sort();
        roots.dedup_by(|inner, outer| inner.starts_with(&*outer));
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            set.add(Glob::new(glob)?);
        }
        let globs = if globs.is_empty() { None } else { Some(set.build()?) };
        Ok(Self { roots, files: Vec::new(), globs, follow })
    }

    /// Single files: pairs of the folder to which its name is relative, and the path. Follows no symbolic links.
    #[must_use]
    pub fn of_files(files: Vec<(PathBuf, PathBuf)>) -> Self {
        Self { roots: Vec::new(), files, globs: None, follow: false }
    }

    /// Whether it has folders, and not only single files.
    #[must_use]
    pub fn has_folders(&self) -> bool {
        !self.roots.is_empty()
    }

    /// The absolute paths of the roots as text; none is below another.
    #[must_use]
    pub fn roots(&self) -> Vec<String> {
        self.roots.iter().map(|root| text_of(root)).collect()
    }

    /// Walks the roots in order of path.
    pub fn walk(&self) -> impl Iterator<Item = Result<Candidate, PassedOver>> + '_ {
        let files = self.files.iter().map(|(root, path)| {
            let text = text_of(path);
            let metadata = self.metadata(path).map_err(|error| PassedOver::new(&text, &error))?;
            Ok(Candidate::new(&text_of(root), path, text, &metadata, self.follow))
        });
        // Files of one folder differ in their names only, and comparing bytes is faster than comparing components.
        let by_name = |a: &DirEntry, b: &DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
        files.chain(
            self.roots.iter().flat_map(move |root| self.walk_root(root, WalkDir::new(root).sort_by(by_name))),
        )
    }

    fn walk_root<'s>(
        &'s self,
        root: &'s Path,
        walk: WalkDir,
    ) -> impl Iterator<Item = Result<Candidate, PassedOver>> + 's {
        let root_text = text_of(root);
        let files = walk.follow_links(self.follow).into_iter();
        let visible = files.filter_entry(|entry| entry.depth() == 0 || !hidden(entry));
        visible.filter_map(move |entry| self.candidate(root, &root_text, entry))
    }

    /// The roots that hold no file, or are not there: perhaps a disk is not mounted. What cannot be read may be a file.
    #[must_use]
    pub fn empty_roots(&self) -> Vec<String> {
        let may_be_file = |found: Result<Candidate, PassedOver>| match found {
            Ok(_) => true,
            Err(passed) => passed.code == "unreadable",
        };
        let is_empty = |root: &&PathBuf| {
            fs::metadata(root).is_err() || !self.walk_root(root, WalkDir::new(root)).any(may_be_file)
        };
        self.roots.iter().filter(is_empty).map(|root| text_of(root)).collect()
    }

    /// The file at an absolute path. Its name is relative to its root, or to `/` outside of the roots.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if there is no such file, or it is not a regular one.
    pub fn find(&self, path: &str) -> Result<Candidate, OpenError> {
        let file = file_of(path);
        let metadata = self.metadata(&file)?;
        let root = self.roots.iter().find(|root| file.starts_with(root));
        let root = root.map_or_else(|| "/".to_owned(), |root| text_of(root));
        Ok(Candidate::new(&root, &file, path.to_owned(), &metadata, self.follow))
    }

    fn metadata(&self, path: &Path) -> Result<fs::Metadata, OpenError> {
        let metadata = if self.follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
        match metadata.file_type() {
            kind if kind.is_file() => Ok(metadata),
            kind if kind.is_symlink() => Err(OpenError::Symlink),
            _ => Err(OpenError::NotRegular),
        }
    }

    /// Whether a path is one of the roots or lies below one.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.roots.iter().any(|root| is_below(path, &text_of(root)))
    }

    /// Whether there is a regular file at an absolute path below one of the roots.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.covers(path) && self.find(path).is_ok()
    }

    /// Whether a file of the index no longer exists; false if the system refuses to tell.
    #[must_use]
    pub fn is_gone(path: &str) -> bool {
        match fs::metadata(file_of(path)) {
            Ok(metadata) => !metadata.is_file(),
            Err(error) => matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
        }
    }

    fn candidate(
        &self,
        root: &Path,
        root_text: &str,
        entry: walkdir::Result<DirEntry>,
    ) -> Option<Result<Candidate, PassedOver>> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                // A folder that cannot be read may hold anything; a file is reported only if it is wanted.
                let wanted = error.depth() == 0 || !path.is_file() || self.wanted(root, path);
                let (code, reason) = match error.io_error() {
                    None => ("symlink", "a loop of symbolic links".to_owned()),
                    Some(error) => ("unreadable", error.to_string()),
                };
                return wanted.then(|| Err(PassedOver { path: text_of(path), code, reason }));
            }
        };
        if entry.file_type().is_dir() || entry.depth() > 0 && !self.wanted(root, entry.path()) {
            return None;
        }
        let text = text_of(entry.path());
        let metadata = if entry.file_type().is_symlink() {
            Err(OpenError::Symlink)
        } else if entry.file_type().is_file() {
            entry.metadata().map_err(|error| OpenError::Unreadable(error.into()))
        } else {
            Err(OpenError::NotRegular)
        };
        Some(match metadata {
            Ok(metadata) => Ok(Candidate::new(root_text, entry.path(), text, &metadata, self.follow)),
            Err(error) => Err(PassedOver::new(&text, &error)),
        })
    }

    fn wanted(&self, root: &Path, path: &Path) -> bool {
        if let Some(globs) = &self.globs {
            let below = path.strip_prefix(root).unwrap_or(path);
            return globs.is_match(below) || path.file_name().is_some_and(|name| globs.is_match(name));
        }
        let mut parts = name_of(path).rsplitn(2, |byte| *byte == b'.');
        let (extension, stem) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        !stem.is_empty() && EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known.as_bytes()))
    }
}

impl PassedOver {
    /// Whether a code says that a file was not read although it may hold an article.
    #[must_use]
    pub fn is_unread(code: &str) -> bool {
        matches!(code, "unreadable" | "changing" | "too-large" | "symlink")
    }

    /// A file that is not opened, by its path as text.
    fn new(path: &str, error: &OpenError) -> Self {
        Self { path: path.to_owned(), code: error.code(), reason: error.to_string() }
    }
}

impl Candidate {
    /// The file at a path, which is given as text too, below a root.
    fn new(root: &str, path: &Path, text: String, metadata: &fs::Metadata, follow: bool) -> Self {
        let below = text.strip_prefix(root).map(|below| below.trim_start_matches(path::is_separator));
        let last = || text.rsplit(path::is_separator).next().unwrap_or_default();
        let name = below.filter(|below| !below.is_empty()).unwrap_or_else(last);
        let separator = path::MAIN_SEPARATOR;
        Self {
            path: path.to_owned(),
            name: if separator == '/' { name.to_owned() } else { name.replace(separator, "/") },
            text,
            modified: modified(metadata),
            size: metadata.len(),
            follow,
        }
    }

    /// The hash of the path, which identifies the file in an index.
    #[must_use]
    pub fn hash(&self) -> u64 {
        path_hash(&self.text)
    }

    /// Reads the file's bytes, at most `limit` of them, with the file's state at that time.
    ///
    /// # Errors
    ///
    /// [`PassedOver`] with the code `too-large` for more than `limit` bytes, `changing` if the file changed in each of
    /// five attempts, and that of an [`OpenError`] if it cannot be opened or read, or has become something else.
    pub fn read(&self, limit: u64) -> Result<(Vec<u8>, File), PassedOver> {
        let passed = |code, reason| PassedOver { path: self.text.clone(), code, reason };
        let too_large = |size: u64| passed("too-large", format!("{size} bytes, over the limit of {limit}"));
        if self.size > limit {
            return Err(too_large(self.size));
        }
        let (mut modified_then, mut size_then) = (self.modified, self.size);
        for _ in 0..5 {
            let unreadable = |error: OpenError| PassedOver::new(&self.text, &error);
            let (mut file, _) = open(&self.path, self.follow).map_err(unreadable)?;
            let size = usize::try_from(size_then).unwrap_or(0).saturating_add(1);
            let mut bytes = Vec::with_capacity(buffer_capacity(size));
            (&mut file)
                .take(limit.saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable(error.into()))?;
            let metadata = file.metadata().map_err(|error| unreadable(error.into()))?;
            let read = bytes.len() as u64;
            if read > limit {
                return Err(too_large(metadata.len()));
            }
            let unchanged =
                modified(&metadata) == modified_then && metadata.len() == size_then && read == size_then;
            if unchanged {
                let hash = xxh3_64(&bytes);
                return Ok((
                    bytes,
                    File { path: self.text.clone(), modified: modified_then, size: read, hash },
                ));
            }
            (modified_then, size_then) = (modified(&metadata), metadata.len());
        }
        Err(passed("changing", "changed each time it was read".into()))
    }
}

/// Whether a file name begins with a dot.
fn hidden(entry: &DirEntry) -> bool {
    name_of(entry.path()).starts_with(b".")
}

/// The bytes after the last separator of a path.
fn name_of(path: &Path) -> &[u8] {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.rsplit(|byte| path::is_separator(char::from(*byte))).next().unwrap_or_default()
}

fn modified(metadata: &fs::Metadata) -> i64 {
    let Ok(modified) = metadata.modified() else { return 0 };
    match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    }
}

/// Whether a path, as text, is `root` or lies below it.
#[must_use]
pub fn is_below(path: &str, root: &str) -> bool {
    let rest = path.strip_prefix(root);
    rest.is_some_and(|rest| {
        rest.is_empty() || root.ends_with(path::is_separator) || rest.starts_with(path::is_separator)
    })
}

/// The hash of a file's path, which identifies it in an index: XXH3.
#[must_use]
pub fn path_hash(path: &str) -> u64 {
    xxh3_64(path.as_bytes())
}
