//! Decompresses files as streams: gzip, Zstandard and xz, by their first bytes.
//!
//! A compressed file is bounded in memory and in time: the window of its decoder in [`MAX_WINDOW_LOG`], what a byte of it may
//! grow to in [`MAX_RATIO`]. Several members, frames or streams one after the other are one text, as for the tools that made them.

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use std::io::{self, BufRead, BufReader, Read};
use xxhash_rust::xxh3::Xxh3;

/// A decoder keeps at most 2 to this power bytes of what it has written: 128 MiB, as `zstd -d` does. `xz -9` needs 64 MiB.
const MAX_WINDOW_LOG: u32 = 27;

/// A compressed byte may stand for this many bytes on average. News are compressed to a third or a tenth.
const MAX_RATIO: u64 = 1_000;

/// So many bytes any compressed file may give, whatever its ratio.
const FREE_OF_RATIO: u64 = 1 << 20;

/// Number of bytes that are read at a time.
const BUFFER: usize = 64 << 10;

/// Length of the longest magic number, that of xz.
const MAGIC_BYTES: usize = 6;

/// The magic numbers of gzip, Zstandard and xz.
const MAGICS: [&[u8]; 3] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0"];

/// What is wrong with a compressed file. Reading it gives an [`io::Error`] that holds this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// It ends too early.
    #[error("the {0} data is cut off")]
    Cut(&'static str),
    /// It is damaged, or needs too much memory.
    #[error("the {0} data cannot be decompressed: {1}")]
    Broken(&'static str, String),
    /// It grows too much.
    #[error("the {0} data grows to more than {MAX_RATIO} times its size")]
    BadRatio(&'static str),
}

impl UnpackError {
    /// A stable name of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cut(_) | Self::Broken(..) => "bad-archive",
            Self::BadRatio(_) => "bad-ratio",
        }
    }

    /// What is wrong with the compressed file that an error comes from; `None` for an error of the disk.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

/// Bytes as they are in a file, counted and hashed while they are read.
pub(super) struct Raw<R> {
    input: R,
    first: [u8; MAGIC_BYTES],
    /// How many of the first bytes there are, and how many of these were given.
    known: usize,
    given: usize,
    size: u64,
    hasher: Box<Xxh3>,
    failed: bool,
}

impl<R: Read> Raw<R> {
    fn new(mut input: R) -> io::Result<Self> {
        let (mut first, mut known) = ([0; MAGIC_BYTES], 0);
        while known < MAGIC_BYTES {
            match input.read(&mut first[known..]) {
                Ok(0) => break,
                Ok(read) => known += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { input, first, known, given: 0, size: 0, hasher: Box::default(), failed: false })
    }

    /// Whether there are no more bytes than the beginning of a magic number, or none.
    fn ends_in_magic(&self) -> bool {
        let first = &self.first[..self.known];
        self.known < MAGIC_BYTES
            && MAGICS.iter().any(|magic| first.len() < magic.len() && magic.starts_with(first))
    }

    /// Reads what is left. Returns the number of all bytes and their XXH3.
    pub(super) fn drain(&mut self) -> io::Result<(u64, u64)> {
        io::copy(self, &mut io::sink())?;
        Ok((self.size, self.hasher.digest()))
    }
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if self.given < self.known {
            let read = (&self.first[self.given..self.known]).read(buffer)?;
            self.given += read;
            read
        } else {
            self.input.read(buffer).inspect_err(|_| self.failed = true)?
        };
        self.size += read as u64;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

enum Decoder<R: Read> {
    None(Raw<R>),
    Gzip(Box<MultiGzDecoder<BufReader<Raw<R>>>>),
    Zstd(zstd::Decoder<'static, BufReader<Raw<R>>>),
    Xz(Box<XzReader<BufReader<Raw<R>>>>),
}

impl<R: Read> Decoder<R> {
    fn new(raw: Raw<R>) -> io::Result<Self> {
        Ok(match raw.first[..raw.known] {
            [0x1f, 0x8b, ..] => Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::new(raw)))),
            // A frame, or one to be skipped, with which parallel compressors begin.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
                let mut decoder = zstd::Decoder::with_buffer(BufReader::new(raw))?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Self::Zstd(decoder)
            }
            [0xfd, b'7', b'z', b'X', b'Z', 0] => {
                // In KiB; the window and the decoder beside it.
                let limit = (1 << (MAX_WINDOW_LOG - 10)) + 1024;
                Self::Xz(Box::new(XzReader::new_mem_limit(BufReader::new(raw), true, limit)))
            }
            _ => Self::None(raw),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::None(_) => "uncompressed",
            Self::Gzip(_) => "gzip",
            Self::Zstd(_) => "Zstandard",
            Self::Xz(_) => "xz",
        }
    }

    fn raw(&mut self) -> &mut Raw<R> {
        match self {
            Self::None(raw) => raw,
            Self::Gzip(decoder) => decoder.get_mut().get_mut(),
            Self::Zstd(decoder) => decoder.get_mut().get_mut(),
            Self::Xz(decoder) => decoder.inner_mut().get_mut(),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::None(raw) => raw.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
            Self::Xz(decoder) => decoder.read(buffer),
        }
    }
}

/// The bytes of a file, decompressed if its first bytes say so.
pub struct Unpacker<R: Read> {
    decoder: Decoder<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of bytes that were decompressed.
    written: u64,
    ended: bool,
    /// Set after an error, as decoders may not go on after one.
    failed: Option<UnpackError>,
}

impl<R: Read> Unpacker<R> {
    /// Reads the first bytes.
    ///
    /// # Errors
    ///
    /// Those of `input`.
    pub fn new(input: R) -> io::Result<Self> {
        let decoder = Decoder::new(Raw::new(input)?)?;
        Ok(Self { decoder, buffer: Vec::new(), start: 0, end: 0, written: 0, ended: false, failed: None })
    }

    /// Takes a file whose name says that it is compressed for one that is cut off if it ends within its first bytes.
    pub(super) fn expect_packed(&mut self) {
        if self.raw().ends_in_magic() {
            self.failed = Some(UnpackError::Cut("compressed"));
        }
    }

    /// Whether the bytes are decompressed.
    pub(super) fn is_packed(&self) -> bool {
        !matches!(self.decoder, Decoder::None(_))
    }

    /// The bytes of the file itself.
    pub(super) fn raw(&mut self) -> &mut Raw<R> {
        self.decoder.raw()
    }

    /// At least `least` bytes that were not consumed yet, or all that are left.
    pub(super) fn peek(&mut self, least: usize) -> io::Result<&[u8]> {
        if self.end - self.start < least && !self.ended {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.buffer.len() < least.max(BUFFER) {
                self.buffer.resize(least.max(BUFFER), 0);
            }
            while self.end < least && !self.ended {
                let read = self.read_some()?;
                self.ended = read == 0;
                self.end += read;
            }
        }
        Ok(self.peeked())
    }

    /// The bytes that were peeked at and not consumed.
    pub(super) fn peeked(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads to the end of the buffer, at most.
    fn read_some(&mut self) -> io::Result<usize> {
        let fail = |error: &UnpackError| Err(io::Error::new(io::ErrorKind::InvalidData, error.clone()));
        if let Some(error) = &self.failed {
            return fail(error);
        }
        let name = self.decoder.name();
        let error = match self.decoder.read(&mut self.buffer[self.end..]) {
            Ok(read) => {
                self.written += read as u64;
                let most = self.decoder.raw().size.saturating_mul(MAX_RATIO).max(FREE_OF_RATIO);
                if !self.is_packed() || self.written <= most {
                    return Ok(read);
                }
                UnpackError::BadRatio(name)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return self.read_some(),
            Err(error) if self.decoder.raw().failed => return Err(error),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => UnpackError::Cut(name),
            Err(error) => UnpackError::Broken(name, error.to_string()),
        };
        fail(self.failed.insert(error))
    }
}

impl<R: Read> Read for Unpacker<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Unpacker<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.peek(1)
    }

    fn consume(&mut self, bytes: usize) {
        self.start = self.end.min(self.start + bytes);
    }
}

/// Whether bytes begin as a compressed file does.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

/// The bytes of a whole file, decompressed if they may be compressed and are; `None` if these are more than `limit`.
pub(super) fn unpack(bytes: Vec<u8>, may_be_packed: bool, limit: u64) -> io::Result<Option<Vec<u8>>> {
    if !may_be_packed {
        return Ok(Some(bytes));
    }
    let mut unpacker = Unpacker::new(&bytes[..])?;
    unpacker.expect_packed();
    if !unpacker.is_packed() && unpacker.failed.is_none() {
        return Ok(Some(bytes));
    }
    let mut text = Vec::new();
    unpacker.take(limit.saturating_add(1)).read_to_end(&mut text)?;
    Ok(Some(text).filter(|text| text.len() as u64 <= limit))
}
