//! The directory of an index, as tantivy sees it: memory-mapped files, with three differences.
//!
//! A reader takes no lock and writes nothing, so that an index on a read-only disk, or of another user, can
//! be searched; whoever opens it tries again where a writer has removed a segment in between. A writer's small
//! files get the mode that the umask asks for (tantivy makes them readable by their owner alone). The list of segments is
//! kept twice, and is read only if it is what was committed.

use super::meta::{self, COPY, Copy, MANAGED, META};
use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tantivy::directory::{
    Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr,
    error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError},
};

/// The directory of an index, for reading or for writing.
#[derive(Clone)]
pub(super) struct IndexDirectory {
    files: MmapDirectory,
    root: PathBuf,
    writes: bool,
}

impl IndexDirectory {
    /// The directory, of which nothing will be changed.
    pub(super) fn for_reading(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { files: MmapDirectory::open(root)?, root: root.to_owned(), writes: false })
    }

    /// The directory, for the one process that writes.
    pub(super) fn for_writing(root: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { files: MmapDirectory::open(root)?, root: root.to_owned(), writes: true })
    }

    /// Puts a file in the place of another, all or nothing.
    fn replace(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        let target = self.root.join(path);
        let mut name = path.as_os_str().to_owned();
        name.push(".new");
        let fresh = self.root.join(name);
        // There is one writer, so that the name is free or left over from a crash.
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

impl Directory for IndexDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.files.get_file_handle(path)
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
            // Which files may be removed is the writer's business.
            return Err(OpenReadError::FileDoesNotExist(path.to_owned()));
        }
        if path != Path::new(META) {
            return self.files.atomic_read(path);
        }
        // A writer may commit between the reading of the one and of the other.
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
        if self.writes { self.files.acquire_lock(lock) } else { Ok(DirectoryLock::from(Box::new(()))) }
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.files.watch(callback)
    }
}
