//! Opens regular files, and nothing else.
//!
//! Between a look at a path and its opening, another process may put a link or a pipe there. So a file is opened
//! first, without waiting for the other end of a pipe, and what was opened is looked at then.

use super::{
    InputFormat, Kind,
    split::Place,
    unpack::{is_packed, unpack},
};
use std::{
    fs,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path is, or leads through, a symbolic link.
    #[error("a symbolic link; use --follow to read it")]
    Symlink,
    /// It is a folder, a pipe, a socket or a device.
    #[error("not a regular file")]
    NotRegular,
    /// The operating system does not open it.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
}

impl OpenError {
    /// A stable name of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Symlink => "symlink",
            Self::NotRegular => "not-a-regular-file",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Opens a regular file for reading. Never waits for another process, as opening a pipe would.
///
/// Without `follow` no part of the path may be a symbolic link. Systems other than Linux, and Linux before 5.6, look at
/// its last part only.
///
/// # Errors
///
/// [`OpenError::Symlink`] for a link without `follow`, [`OpenError::NotRegular`] for anything but a regular file, and
/// [`OpenError::Unreadable`] if the operating system refuses.
pub(super) fn open(path: &Path, follow: bool) -> Result<(fs::File, fs::Metadata), OpenError> {
    let file = open_unchecked(path, follow)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(OpenError::NotRegular) }
}

#[cfg(unix)]
fn open_unchecked(path: &Path, follow: bool) -> Result<fs::File, OpenError> {
    use rustix::{
        fs::{CWD, Mode, OFlags, openat},
        io::{Errno, retry_on_intr},
    };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let last_part = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    let simply = || openat(CWD, path, flags | last_part, Mode::empty());
    #[cfg(target_os = "linux")]
    let opened = if follow {
        retry_on_intr(simply)
    } else {
        use rustix::fs::{ResolveFlags, openat2};
        match retry_on_intr(|| openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)) {
            // An older kernel, or a sandbox that does not know the call.
            Err(Errno::NOSYS | Errno::PERM) => retry_on_intr(simply),
            opened => opened,
        }
    };
    #[cfg(not(target_os = "linux"))]
    let opened = retry_on_intr(simply);
    match opened {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP) if !follow => Err(OpenError::Symlink),
        Err(error) => Err(OpenError::Unreadable(error.into())),
    }
}

#[cfg(not(unix))]
fn open_unchecked(path: &Path, follow: bool) -> Result<fs::File, OpenError> {
    if !follow && fs::symlink_metadata(path)?.is_symlink() {
        return Err(OpenError::Symlink);
    }
    Ok(fs::File::open(path)?)
}

/// Why the bytes that were ingested cannot be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum RereadError {
    /// The file is gone, or is not opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file has other bytes now.
    #[error("the file has changed")]
    Changed,
}

/// The bytes of a file that was ingested, if they still have this size and hash; decompressed, as they were then. Links are followed, as the ingest may
/// have been told to; the hash says whether they lead to the same text.
///
/// # Errors
///
/// [`RereadError::Open`] if the file is gone, is no regular file or cannot be read; [`RereadError::Changed`] if it has
/// other bytes.
pub fn reread(path: &Path, size: u64, hash: u64) -> Result<Vec<u8>, RereadError> {
    let (file, metadata) = open(path, true)?;
    if metadata.len() != size {
        return Err(RereadError::Changed);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).saturating_add(1));
    file.take(size.saturating_add(1)).read_to_end(&mut bytes).map_err(OpenError::from)?;
    if xxh3_64(&bytes) != hash {
        return Err(RereadError::Changed);
    }
    // The ingest had a limit for them. Whatever the format is, the name tells whether they may be compressed; where it does not,
    // compressed bytes were no text.
    let may_be_packed = Kind::of_chosen(path, InputFormat::Auto).may_be_packed || is_packed(&bytes);
    let unpacked = unpack(bytes, may_be_packed, u64::MAX).map_err(OpenError::from)?;
    unpacked.ok_or(RereadError::Changed)
}

/// Whether a file of many records still has this size and hash. It may be larger than memory.
///
/// # Errors
///
/// As [`reread`].
pub fn compare(path: &Path, size: u64, hash: u64) -> Result<(), RereadError> {
    let (mut file, metadata) = open(path, true)?;
    let (mut buffer, mut sum) = (vec![0; 1 << 18], Xxh3::new());
    loop {
        let read = file.read(&mut buffer).map_err(OpenError::from)?;
        sum.update(&buffer[..read]);
        if read == 0 {
            break;
        }
    }
    if metadata.len() == size && sum.digest() == hash { Ok(()) } else { Err(RereadError::Changed) }
}

/// The same of a record, by its place in the file.
///
/// # Errors
///
/// As [`reread`].
pub fn reread_record(path: &Path, place: Place, hash: u64) -> Result<Vec<u8>, RereadError> {
    let (mut file, _) = open(path, true)?;
    file.seek(SeekFrom::Start(place.offset)).map_err(OpenError::from)?;
    let mut bytes = Vec::with_capacity(place.bytes as usize);
    file.take(u64::from(place.bytes)).read_to_end(&mut bytes).map_err(OpenError::from)?;
    if xxh3_64(&bytes) == hash { Ok(bytes) } else { Err(RereadError::Changed) }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::{OpenError, RereadError, reread};
    use crate::source::{Candidate, Source};
    use std::{fs, os::unix::fs::symlink, path::Path, process::Command};
    use tempfile::TempDir;
    use xxhash_rust::xxh3::xxh3_64;

    /// A folder of `news/sub/a.md` and, outside of `news`, `secret.md` and `other/a.md`; and the file as it was walked.
    fn walked(follow: bool) -> (TempDir, Candidate) {
        let folder = tempfile::tempdir().expect("there is room");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("there is room");
            fs::write(path, text).expect("there is room");
        };
        write("news/sub/a.md", "inside");
        write("secret.md", "secret");
        write("other/a.md", "secret");
        let source = Source::new(&[folder.path().join("news")], &[], follow).expect("it is there");
        let candidate = source.walk().next().expect("it has a file").expect("it is regular");
        (folder, candidate)
    }

    fn make_pipe(path: &Path) {
        fs::remove_file(path).expect("it is there");
        assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo runs").success());
    }

    fn make_link(path: &Path, to: &Path) {
        fs::remove_file(path).expect("it is there");
        symlink(to, path).expect("there is room");
    }

    /// What is read: the bytes, or why not.
    fn read(candidate: &Candidate) -> Result<Vec<u8>, &'static str> {
        candidate.read(100).map(|(bytes, _)| bytes).map_err(|passed| passed.code)
    }

    #[test]
    fn a_file_that_has_become_a_link_is_followed_only_if_links_are() {
        for (follow, expected) in [(false, Err("symlink")), (true, Ok(b"secret".to_vec()))] {
            let (folder, candidate) = walked(follow);
            assert_eq!(read(&candidate), Ok(b"inside".to_vec()));
            make_link(&candidate.path, &folder.path().join("secret.md"));
            assert_eq!(read(&candidate), expected);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_that_has_become_a_link_is_followed_only_if_links_are() {
        for (follow, expected) in [(false, Err("symlink")), (true, Ok(b"secret".to_vec()))] {
            let (folder, candidate) = walked(follow);
            let sub = folder.path().join("news/sub");
            fs::rename(&sub, folder.path().join("away")).expect("it is there");
            symlink(folder.path().join("other"), &sub).expect("there is room");
            assert_eq!(read(&candidate), expected);
        }
    }

    #[test]
    fn a_file_that_has_become_a_pipe_is_not_waited_for() {
        for follow in [false, true] {
            let (_folder, candidate) = walked(follow);
            make_pipe(&candidate.path);
            assert_eq!(read(&candidate), Err("not-a-regular-file"));
            let again = reread(&candidate.path, 6, xxh3_64(b"inside"));
            assert!(matches!(again, Err(RereadError::Open(OpenError::NotRegular))), "{again:?}");
        }
    }

    #[test]
    fn a_compressed_file_is_read_again_as_its_text() {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("a.md.zst");
        let packed = zstd::encode_all(&b"Copper rose."[..], 3).expect("memory can be written");
        fs::write(&path, &packed).expect("there is room");
        let again = reread(&path, packed.len() as u64, xxh3_64(&packed));
        assert_eq!(again.ok(), Some(b"Copper rose.".to_vec()));
    }

    #[test]
    fn what_was_ingested_is_read_again_wherever_a_link_leads() {
        let (folder, candidate) = walked(false);
        let again = || reread(&candidate.path, 6, xxh3_64(b"inside")).ok();
        assert_eq!(again(), Some(b"inside".to_vec()));
        let moved = folder.path().join("moved.md");
        fs::copy(&candidate.path, &moved).expect("there is room");
        make_link(&candidate.path, &moved);
        assert_eq!(again(), Some(b"inside".to_vec()));
        make_link(&candidate.path, &folder.path().join("secret.md"));
        assert_eq!(again(), None, "as long, but other bytes");
    }
}
