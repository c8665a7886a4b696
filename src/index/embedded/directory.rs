//! The directory of an index for tantivy: memory-mapped files, with some differences.
//!
//! Reading takes no lock and writes nothing, so that an index on a read-only disk or of another user can be searched;
//! opening retries if a writer has removed a segment meanwhile. A writer's small files get the mode of the umask
//! (tantivy makes them private to their owner), and large files that a merge reads do not stay mapped. The list of
//! segments is written twice, and read only if it is what was committed.

use super::meta::{self, COPY, Copy, MANAGED, META};
use std::{
    fmt, fs,
    io::{self, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tantivy::{
    HasLen,
    directory::{
        Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, OwnedBytes, WatchCallback, WatchHandle,
        WritePtr,
        error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
    },
};

/// How long a writer waits for the lock. A child process of this one holds a copy of every open file between fork and
/// exec, so a lock that was just released stays busy for some milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(1);
/// How often a waiting writer tries the lock.
const LOCK_POLL: Duration = Duration::from_millis(10);

/// The directory of an index, for reading, writing or merging.
#[derive(Clone)]
pub(super) struct IndexDirectory {
    files: MmapDirectory,
    root: PathBuf,
    writes: bool,
    /// Whether large files are read once, from beginning to end.
    merges: bool,
}

impl IndexDirectory {
    /// Opens the directory for reading. Nothing in it is changed.
    pub(super) fn for_reading(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { files: MmapDirectory::open(root)?, root: root.to_owned(), writes: false, merges: false })
    }

    /// Opens the directory for the only process that writes.
    pub(super) fn for_writing(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { files: MmapDirectory::open(root)?, root: root.to_owned(), writes: true, merges: false })
    }

    /// Opens the directory for writing and merging segments. Its files must not be removed while they are read.
    pub(super) fn for_merging(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { merges: true, ..Self::for_writing(root)? })
    }

    /// Replaces a file atomically.
    fn replace(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let target = self.root.join(path);
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let fresh = self.root.join(name);
        // There is one writer, so the name is free or left by a crash.
        let mut file = fs::File::create(&fresh)?;
        file.write_all(data)?;
        file.sync_all()?;
        fs::rename(&fresh, &target)?;
        self.sync_directory()
    }
}

impl fmt::Debug for IndexDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IndexDirectory({})", self.root.display())
    }
}

/// Extensions of the files that a merge reads from beginning to end: postings, positions, columns and texts, five
/// sixths of an index.
const READ_IN_ORDER: [&str; 4] = ["idx", "pos", "fast", "store"];
/// A file is mapped anew after this many bytes were read from it.
const PASSED: usize = 256 << 10;

/// A file that a merge reads. Little more than what was read last stays in memory: pages that were read through a
/// mapping stay resident until the mapping is dropped.
struct Passing {
    files: MmapDirectory,
    path: PathBuf,
    length: usize,
    mapped: Mutex<Mapped>,
}

struct Mapped {
    file: Option<Arc<dyn FileHandle>>,
    /// Bytes read through this mapping.
    read: usize,
}

impl FileHandle for Passing {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        let mut mapped = self.mapped.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match mapped.file.take() {
            Some(file) => file,
            None => self.files.get_file_handle(&self.path).map_err(io::Error::other)?,
        };
        let bytes = file.read_bytes(range)?;
        mapped.read = mapped.read.saturating_add(bytes.len());
        if mapped.read < PASSED {
            mapped.file = Some(file);
        } else {
            // The mapping lives, and the directory keeps returning it, as long as bytes read from it are in use.
            mapped.read = 0;
        }
        Ok(bytes)
    }
}

impl HasLen for Passing {
    fn len(&self) -> usize {
        self.length
    }
}

impl fmt::Debug for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passing({})", self.path.display())
    }
}

impl Directory for IndexDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        let file = self.files.get_file_handle(path)?;
        let read_in_order =
            |path: &Path| path.extension().is_some_and(|kind| READ_IN_ORDER.iter().any(|one| kind == *one));
        if !self.merges || !read_in_order(path) {
            return Ok(file);
        }
        let (files, path, length) = (self.files.clone(), path.to_owned(), file.len());
        Ok(Arc::new(Passing {
            files,
            path,
            length,
            mapped: Mutex::new(Mapped { file: Some(file), read: 0 }),
        }))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.files.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.files.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.files.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        if path == Path::new(MANAGED) && !self.writes {
            // Only a writer needs the list of files that may be removed.
            return Err(OpenReadError::FileDoesNotExist(path.to_owned()));
        }
        if path != Path::new(META) {
            return self.files.atomic_read(path);
        }
        // A writer may commit between the reads of the list and of its copy.
        for _ in 0..3 {
            let list = self.files.atomic_read(path)?;
            if meta::copy_in(&self.root).is_none_or(|copy| copy.vouches_for(&list)) {
                return Ok(list);
            }
        }
        let error = io::Error::new(io::ErrorKind::InvalidData, "it is not what was committed");
        Err(OpenReadError::wrap_io_error(error, path.to_owned()))
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if !self.writes {
            return Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "opened for reading"));
        }
        if path == Path::new(META) {
            let before = self.files.atomic_read(path).ok();
            self.replace(Path::new(COPY), &Copy::write(data, before.as_deref()))?;
        }
        self.replace(path, data)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.files.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        if !self.writes {
            return Ok(DirectoryLock::from(Box::new(())));
        }
        let started = Instant::now();
        loop {
            match self.files.acquire_lock(lock) {
                Err(LockError::LockBusy) if started.elapsed() < LOCK_WAIT => thread::sleep(LOCK_POLL),
                outcome => return outcome,
            }
        }
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}

#[cfg(test)]
mod tests {
    use super::{IndexDirectory, LOCK_POLL, PASSED};
    use std::{path::Path, thread};
    use tantivy::directory::{Directory as _, INDEX_WRITER_LOCK, error::LockError};

    #[test]
    fn a_lock_that_is_released_soon_is_waited_for() {
        let folder = tempfile::tempdir().expect("there is room");
        let directory = IndexDirectory::for_writing(folder.path()).expect("it is there");
        let held = directory.acquire_lock(&INDEX_WRITER_LOCK).expect("nobody has it");
        assert!(matches!(directory.acquire_lock(&INDEX_WRITER_LOCK), Err(LockError::LockBusy)));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| directory.acquire_lock(&INDEX_WRITER_LOCK).is_ok());
            thread::sleep(LOCK_POLL * 3);
            drop(held);
            assert!(waiting.join().is_ok_and(|acquired| acquired));
        });
    }

    #[test]
    fn a_file_that_is_mapped_anew_is_the_same_file() {
        let folder = tempfile::tempdir().expect("there is room");
        let content: Vec<u8> = (0..3 * PASSED + 1000).map(|at| (at % 251).to_le_bytes()[0]).collect();
        std::fs::write(folder.path().join("a.idx"), &content).expect("there is room");
        let directory = IndexDirectory::for_merging(folder.path()).expect("it is there");
        let file = directory.get_file_handle(Path::new("a.idx")).expect("it is there");
        assert_eq!(file.len(), content.len());
        let first = file.read_bytes(0..10).expect("it can be read");
        for from in (0..content.len()).step_by(100_000) {
            let to = (from + 100_000).min(content.len());
            assert_eq!(&*file.read_bytes(from..to).expect("it can be read"), &content[from..to]);
        }
        // All of the file at once, and bytes that were read before are still valid.
        assert_eq!(&*file.read_bytes(0..content.len()).expect("it can be read"), &content[..]);
        assert_eq!(&*first, &content[..10]);
        // Nothing is mapped between a long read and the next, which maps the file again.
        drop(first);
        std::fs::remove_file(folder.path().join("a.idx")).expect("it is there");
        assert!(file.read_bytes(0..1).is_err());
    }
}
