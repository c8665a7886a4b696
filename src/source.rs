//! Files and directories: which files hold articles, and their bytes.
//!
//! Only regular files are ever read: a FIFO or a device would block, and a symbolic link may lead anywhere (`open`).
//! Each file that looks like an article but is skipped is reported with the reason.

mod identity;
mod ignored;
mod kind;
mod open;
mod records;
mod spelling;
mod split;
mod stream;
mod unpack;
mod user_text;
mod walk;

pub use identity::Identity;
pub use ignored::Ignored;
pub use kind::{Contents, InputFormat, Kind};
pub use open::{OpenError, RereadError, compare, reread, reread_record};
pub use records::{Records, RecordsBuilder};
pub use spelling::{file_of, text_of};
pub use split::{CUT_OFF, Piece, Place, Shape, SplitError, Splitter, split_index_page};
pub use stream::{PlaceReader, Stream};
pub use unpack::{UnpackError, Unpacker};
pub use user_text::{user_text, without_mark};
pub use walk::Walk;

use crate::text::buffer_capacity;
use globset::{Glob, GlobSet, GlobSetBuilder};
use open::open;
use std::{
    fs,
    io::{self, Read as _},
    path::{self, Path, PathBuf},
    time::UNIX_EPOCH,
};
use xxhash_rust::xxh3::xxh3_64;

/// Where articles are looked for.
#[derive(Debug, Default)]
pub struct Source {
    roots: Vec<PathBuf>,
    /// Single files, which are read whatever their names.
    files: Vec<SingleFile>,
    globs: Option<GlobSet>,
    follow: bool,
    format: InputFormat,
    lists_ignored: bool,
}

/// A file to read, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleFile {
    /// The folder to which its name is relative.
    pub root: PathBuf,
    /// Its path.
    pub path: PathBuf,
    /// What it is written in.
    pub format: InputFormat,
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
    /// How it is read.
    pub kind: Kind,
}

/// A file, or a record of one, as it was when it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The absolute path of the file.
    pub path: String,
    /// The id of the record in the file: see [`Records`]; 0 for a whole file.
    pub record: u64,
    /// When the file was modified, in nanoseconds since 1970.
    pub modified: i64,
    /// The length of the file, or of the record, in bytes.
    pub size: u64,
    /// XXH3 of these bytes.
    pub hash: u64,
    /// What the whole file was read as, if the user has said it; else the name tells.
    pub contents: Option<Contents>,
}

/// A file that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// Its absolute path as text.
    pub path: String,
    /// A stable name of the reason: `symlink`, `not-a-regular-file`, `too-large`, `unreadable`, `changing`, `bad-archive`,
    /// `bad-ratio`.
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
    /// The files and folders at `paths`. Of a folder it takes the files with the extension of a [`Kind`] or, if
    /// there are globs, those whose path below it or name matches a glob. It follows symbolic links only with
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
        Ok(Self { roots, files: Vec::new(), globs, follow, ..Self::default() })
    }

    /// Single files. Follows no symbolic links.
    #[must_use]
    pub fn of_files(files: Vec<SingleFile>) -> Self {
        Self { files, ..Self::default() }
    }

    /// With files in this format, whatever their extensions say.
    #[must_use]
    pub fn with_format(self, format: InputFormat) -> Self {
        Self { format, ..self }
    }

    /// With paths of the files that a walk ignores: see [`Ignored::named`].
    #[must_use]
    pub fn listing_ignored(self, lists_ignored: bool) -> Self {
        Self { lists_ignored, ..self }
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
    #[must_use]
    pub fn walk(&self) -> Walk<'_> {
        Walk::new(self)
    }

    /// The roots that hold no file, or are not there: perhaps a disk is not mounted. What cannot be read may be a file.
    #[must_use]
    pub fn empty_roots(&self) -> Vec<String> {
        let may_be_file = |found: Result<Candidate, PassedOver>| match found {
            Ok(_) => true,
            Err(passed) => passed.code == "unreadable",
        };
        let is_empty =
            |root: &&PathBuf| fs::metadata(root).is_err() || !Walk::of_root(self, root).any(may_be_file);
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
        let kind = match root {
            Some(root) if *root != file => {
                self.kind_of(root, &file).unwrap_or_else(|| Kind::of_chosen(&file, self.format))
            }
            _ => self.kind_of_named(&file),
        };
        let root = root.map_or_else(|| "/".to_owned(), |root| text_of(root));
        Ok(Candidate::new(&root, &file, path.to_owned(), &metadata, (self.follow, kind)))
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

    /// How a file is read that is named itself or by a glob, and not only below a root. Where neither format nor extension says it, its
    /// beginning does.
    fn kind_of_named(&self, path: &Path) -> Kind {
        /// More of a file than any declaration before its first element or member.
        const START: u64 = 16 << 10;
        Kind::of_named(path, self.format, || {
            let (mut start, mut is_packed) = (Vec::new(), false);
            // What cannot be read is told when the file is.
            if let Ok(stream) = Stream::open(path, text_of(path), self.follow) {
                is_packed = stream.is_packed();
                let _ = stream.take(START).read_to_end(&mut start);
            }
            (Contents::of_start(&start, InputFormat::Auto), is_packed)
        })
    }

    /// How a file below a root is read; `None` if it is not.
    fn kind_of(&self, root: &Path, path: &Path) -> Option<Kind> {
        let Some(globs) = &self.globs else {
            return match self.format {
                InputFormat::Auto => Kind::of_name(name_of(path)),
                format => Some(Kind::of_chosen(path, format)),
            };
        };
        let below = path.strip_prefix(root).unwrap_or(path);
        let matches = globs.is_match(below) || path.file_name().is_some_and(|name| globs.is_match(name));
        matches.then(|| self.kind_of_named(path))
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
    fn new(
        root: &str,
        path: &Path,
        text: String,
        metadata: &fs::Metadata,
        (follow, kind): (bool, Kind),
    ) -> Self {
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
            kind,
        }
    }

    /// The hash of the path, which identifies the file in an index.
    #[must_use]
    pub fn hash(&self) -> u64 {
        path_hash(&self.text)
    }

    /// Reads the file's bytes, at most `limit` of them, with the file's state at that time. They are decompressed if the file
    /// [`Kind::may_be_packed`].
    ///
    /// # Errors
    ///
    /// [`PassedOver`] with the code `too-large` for more than `limit` bytes, `bad-archive` or `bad-ratio` for compressed
    /// bytes that are damaged or grow too much, `changing` if the file changed in each of
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
                let (hash, contents) = (xxh3_64(&bytes), self.kind.chosen());
                let file = File {
                    path: self.text.clone(),
                    record: 0,
                    modified: modified_then,
                    size: read,
                    hash,
                    contents,
                };
                return match unpack::unpack(bytes, self.kind.may_be_packed, limit) {
                    Ok(Some(bytes)) => Ok((bytes, file)),
                    Ok(None) => {
                        let reason = format!("over the limit of {limit} bytes when it is decompressed");
                        Err(passed("too-large", reason))
                    }
                    Err(error) => {
                        let code = UnpackError::of(&error).map_or("unreadable", UnpackError::code);
                        Err(passed(code, error.to_string()))
                    }
                };
            }
            (modified_then, size_then) = (modified(&metadata), metadata.len());
        }
        Err(passed("changing", "changed each time it was read".into()))
    }
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
