//! Reads a file byte by byte, and JSON in it: where values begin and end, whatever they say.
//!
//! The bytes are read into one buffer. What is behind the scanner leaves it, except from the place on that is kept.

use super::Place;
use std::io::{self, BufRead, ErrorKind};

/// The buffer is cleared of bytes that are not needed when they are at least as many.
const MIN_CLEARED: usize = 64 << 10;

/// The byte order mark of UTF-8.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// Maximum length of a key that is looked at, in bytes.
const MAX_KEY_BYTES: usize = 200;

/// Why scanning ends before the file does.
#[derive(Debug)]
pub(super) enum Stop {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// What is kept has more bytes than the limit. All of it is still there.
    Full,
    /// The file is not JSON here, for the reason.
    Broken(Place, String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

pub(super) struct Scanner<'i> {
    input: &'i mut dyn BufRead,
    buffer: Vec<u8>,
    /// The offset of the buffer in the file.
    base: u64,
    /// The next byte, in the buffer.
    at: usize,
    /// The byte in the buffer up to which lines were counted, and the line of that byte.
    counted: (usize, u64),
    /// Whether a carriage return ends a line, and not only a line feed.
    has_returns: bool,
    /// From which byte on the buffer is kept.
    kept: Option<usize>,
    limit: usize,
}

impl<'i> Scanner<'i> {
    /// Keeps at most about `limit` bytes.
    pub(super) fn new(input: &'i mut dyn BufRead, limit: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            base: 0,
            at: 0,
            counted: (0, 1),
            has_returns: false,
            kept: None,
            limit,
        }
    }

    /// From the next byte on, a carriage return without a line feed ends a line.
    pub(super) fn count_returns(&mut self) {
        self.place();
        self.has_returns = true;
    }

    /// Keeps what comes, from the next byte on.
    pub(super) fn keep(&mut self) {
        self.kept = Some(self.at);
    }

    /// Keeps nothing any more.
    pub(super) fn keep_nothing(&mut self) {
        self.kept = None;
    }

    /// The next byte as a place of no length.
    pub(super) fn place(&mut self) -> Place {
        if self.at > self.counted.0 {
            let (from, passed) = (self.counted.0, &self.buffer[self.counted.0..self.at]);
            let mut lines = memchr::memchr_iter(b'\n', passed).count();
            if self.has_returns {
                let is_end = |at: &usize| self.buffer.get(from + at + 1) != Some(&b'\n');
                lines += memchr::memchr_iter(b'\r', passed).filter(is_end).count();
            }
            self.counted = (self.at, self.counted.1 + lines as u64);
        }
        let line = u32::try_from(self.counted.1).unwrap_or(u32::MAX);
        Place { offset: self.base + self.at as u64, bytes: 0, line }
    }

    /// A place with all bytes from it up to the next.
    pub(super) fn since(&self, place: Place) -> Place {
        Place { bytes: u32::try_from(self.length_since(place)).unwrap_or(u32::MAX), ..place }
    }

    /// The number of bytes from a place up to the next.
    pub(super) fn length_since(&self, place: Place) -> u64 {
        self.base + self.at as u64 - place.offset
    }

    /// The bytes of a place that is kept.
    pub(super) fn bytes(&self, place: Place) -> &[u8] {
        let start = usize::try_from(place.offset - self.base).unwrap_or(usize::MAX);
        let end = start.saturating_add(place.bytes as usize);
        self.buffer.get(start..end).unwrap_or_default()
    }

    /// Goes back to a place that is kept.
    pub(super) fn back_to(&mut self, place: Place) {
        self.at = usize::try_from(place.offset - self.base).unwrap_or(usize::MAX);
        self.counted = (self.at, u64::from(place.line));
    }

    /// Passes a byte order mark, if there is one.
    pub(super) fn skip_mark(&mut self) -> Result<bool, Stop> {
        while self.rest().len() < MARK.len() && self.more()? {}
        let is_mark = self.rest().starts_with(MARK);
        if is_mark {
            self.pass(MARK.len());
        }
        Ok(is_mark)
    }

    /// The next byte behind white space and any of `others`; `None` at the end of the file.
    pub(super) fn peek(&mut self, others: &[u8]) -> Result<Option<u8>, Stop> {
        loop {
            let is_passed = |byte: &u8| byte.is_ascii_whitespace() || others.contains(byte);
            let rest = &self.buffer[self.at..];
            if let Some(passed) = rest.iter().position(|byte| !is_passed(byte)) {
                self.at += passed;
                return Ok(Some(self.buffer[self.at]));
            }
            self.at = self.buffer.len();
            if !self.more()? {
                return Ok(None);
            }
        }
    }

    /// Passes a bracket.
    pub(super) fn bracket(&mut self) {
        self.pass(1);
    }

    /// Passes some of the bytes that were read.
    pub(super) fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The bytes that were read and not passed.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Passes the string that begins here, which is kept, and returns it as it is written; of a long one the beginning.
    pub(super) fn key(&mut self) -> Result<String, Stop> {
        let place = self.place();
        self.at += 1;
        self.string()?;
        let written = self.bytes(self.since(place));
        let inside = &written[1..written.len() - 1];
        Ok(String::from_utf8_lossy(&inside[..inside.len().min(MAX_KEY_BYTES)]).into_owned())
    }

    /// Passes the value that begins here. One that is neither a string, an object nor a list ends before the next mark or space.
    pub(super) fn value(&mut self) -> Result<(), Stop> {
        match self.peek(b"")? {
            Some(b'"') => {
                self.at += 1;
                self.string()
            }
            Some(b'{' | b'[') => {
                self.at += 1;
                self.close(1)
            }
            Some(_) => self.scalar(),
            None => Err(self.truncated()),
        }
    }

    /// Passes all up to the closing bracket of as many objects and lists around the next byte.
    pub(super) fn close(&mut self, mut depth: usize) -> Result<(), Stop> {
        while depth > 0 {
            let rest = &self.buffer[self.at..];
            let Some(passed) = rest.iter().position(|byte| matches!(byte, b'"' | b'[' | b']' | b'{' | b'}'))
            else {
                self.at = self.buffer.len();
                self.wanted()?;
                continue;
            };
            self.at += passed + 1;
            match rest[passed] {
                b'"' => self.string()?,
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
        }
        Ok(())
    }

    /// Passes what is left of a string, with its closing quote.
    fn string(&mut self) -> Result<(), Stop> {
        loop {
            match memchr::memchr2(b'"', b'\\', &self.buffer[self.at..]) {
                Some(passed) if self.buffer[self.at + passed] == b'"' => {
                    self.at += passed + 1;
                    return Ok(());
                }
                Some(passed) => {
                    self.at += passed + 1;
                    // The escaped byte may be the first of the next buffer.
                    while self.at >= self.buffer.len() {
                        self.wanted()?;
                    }
                    self.at += 1;
                }
                None => {
                    self.at = self.buffer.len();
                    self.wanted()?;
                }
            }
        }
    }

    fn scalar(&mut self) -> Result<(), Stop> {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b",:]}[{\"\x1e".contains(byte);
        let start = self.base + self.at as u64;
        loop {
            if let Some(passed) = self.buffer[self.at..].iter().position(is_end) {
                self.at += passed;
                break;
            }
            self.at = self.buffer.len();
            if !self.more()? {
                break;
            }
        }
        // A mark that no value begins with is passed as well, so that the file ends at some time.
        if self.base + self.at as u64 == start {
            self.at += 1;
        }
        Ok(())
    }

    /// Says that the file ends too early.
    pub(super) fn truncated(&mut self) -> Stop {
        self.broken("the file ends inside of it")
    }

    /// Says what is wrong at the next byte.
    pub(super) fn broken(&mut self, reason: &str) -> Stop {
        Stop::Broken(self.place(), reason.to_owned())
    }

    fn wanted(&mut self) -> Result<(), Stop> {
        if self.more()? { Ok(()) } else { Err(self.truncated()) }
    }

    /// Reads on; returns whether there was more.
    pub(super) fn more(&mut self) -> Result<bool, Stop> {
        let needed = self.kept.unwrap_or(self.at);
        if self.kept.is_some() && self.buffer.len() - needed > self.limit {
            return Err(Stop::Full);
        }
        if needed >= MIN_CLEARED.max(self.buffer.len() / 2) {
            self.place();
            self.buffer.drain(..needed);
            self.base += needed as u64;
            self.at -= needed;
            self.counted.0 -= needed;
            self.kept = self.kept.map(|_| 0);
        }
        let length = loop {
            match self.input.fill_buf() {
                Ok(available) => {
                    self.buffer.extend_from_slice(available);
                    break available.len();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        };
        self.input.consume(length);
        Ok(length > 0)
    }
}
