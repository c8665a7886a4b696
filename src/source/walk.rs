//! Walks the folders of a source.

use super::{
    Candidate, Ignored, InputFormat, Kind, OpenError, PassedOver, SingleFile, Source, kind::shown_extension,
    name_of, text_of,
};
use std::{
    path::{Path, PathBuf},
    slice,
};
use walkdir::{DirEntry, FilterEntry, WalkDir};

/// The files of a source: first single ones, then those of each root in order of path.
///
/// A file that looks like an article but is skipped is given with the reason; one whose extension nothing reads is counted.
pub struct Walk<'s> {
    source: &'s Source,
    files: slice::Iter<'s, SingleFile>,
    roots: slice::Iter<'s, PathBuf>,
    in_order: bool,
    folder: Option<Folder<'s>>,
    ignored: Ignored,
}

/// A root that is being walked.
struct Folder<'s> {
    root: &'s Path,
    text: String,
    entries: FilterEntry<walkdir::IntoIter, fn(&DirEntry) -> bool>,
}

impl<'s> Walk<'s> {
    /// Of all that a source has.
    pub(super) fn new(source: &'s Source) -> Self {
        Self { in_order: true, ..Self::of(source, &source.files, &source.roots) }
    }

    /// Of one root, in any order.
    pub(super) fn of_root(source: &'s Source, root: &'s PathBuf) -> Self {
        Self::of(source, &[], slice::from_ref(root))
    }

    fn of(source: &'s Source, files: &'s [SingleFile], roots: &'s [PathBuf]) -> Self {
        let ignored = Ignored::new(source.lists_ignored);
        Self { source, files: files.iter(), roots: roots.iter(), in_order: false, folder: None, ignored }
    }

    /// The files that were ignored until now.
    #[must_use]
    pub fn into_ignored(self) -> Ignored {
        self.ignored
    }

    fn enter(&self, root: &'s Path) -> Folder<'s> {
        let mut walk = WalkDir::new(root).follow_links(self.source.follow);
        if self.in_order {
            // Files of one folder differ in their names only, and comparing bytes is faster than comparing components.
            walk = walk.sort_by(|a, b| a.path().as_os_str().cmp(b.path().as_os_str()));
        }
        let is_visible: fn(&DirEntry) -> bool =
            |entry| entry.depth() == 0 || !name_of(entry.path()).starts_with(b".");
        Folder { root, text: text_of(root), entries: walk.into_iter().filter_entry(is_visible) }
    }

    fn single(&self, file: &SingleFile) -> Result<Candidate, PassedOver> {
        let SingleFile { root, path, format } = file;
        let text = text_of(path);
        let metadata = self.source.metadata(path).map_err(|error| PassedOver::new(&text, &error))?;
        let kind = match *format {
            InputFormat::Auto => self.source.kind_of_named(path),
            format => Kind::of_chosen(path, format),
        };
        Ok(Candidate::new(&text_of(root), path, text, &metadata, (self.source.follow, kind)))
    }

    /// What an entry of a folder is; `None` for what is passed over without a word.
    fn candidate(
        &mut self,
        (root, root_text): (&Path, &str),
        entry: walkdir::Result<DirEntry>,
    ) -> Option<Result<Candidate, PassedOver>> {
        let source = self.source;
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(root);
                // A folder that cannot be read may hold anything; a file is reported only if it is wanted.
                let wanted = error.depth() == 0 || !path.is_file() || source.kind_of(root, path).is_some();
                let (code, reason) = match error.io_error() {
                    None => ("symlink", "a loop of symbolic links".to_owned()),
                    Some(error) => ("unreadable", error.to_string()),
                };
                return wanted.then(|| Err(PassedOver { path: text_of(path), code, reason }));
            }
        };
        if entry.file_type().is_dir() {
            return None;
        }
        let path = entry.path();
        let kind = match entry.depth() {
            0 => Some(source.kind_of_named(path)),
            _ => source.kind_of(root, path),
        };
        let Some(kind) = kind else {
            if entry.file_type().is_file() && source.globs.is_none() {
                self.ignored.add(shown_extension(name_of(path)), || text_of(path));
            }
            return None;
        };
        let text = text_of(path);
        let metadata = if entry.file_type().is_symlink() {
            Err(OpenError::Symlink)
        } else if entry.file_type().is_file() {
            entry.metadata().map_err(|error| OpenError::Unreadable(error.into()))
        } else {
            Err(OpenError::NotRegular)
        };
        Some(match metadata {
            Ok(metadata) => Ok(Candidate::new(root_text, path, text, &metadata, (source.follow, kind))),
            Err(error) => Err(PassedOver::new(&text, &error)),
        })
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Candidate, PassedOver>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(file) = self.files.next() {
            return Some(self.single(file));
        }
        loop {
            let mut folder = if let Some(folder) = self.folder.take() {
                folder
            } else {
                let root = self.roots.next()?;
                self.enter(root)
            };
            while let Some(entry) = folder.entries.next() {
                let found = self.candidate((folder.root, &folder.text), entry);
                if found.is_some() {
                    self.folder = Some(folder);
                    return found;
                }
            }
        }
    }
}
