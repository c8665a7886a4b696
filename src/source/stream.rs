//! Files as streams of UTF-8, and the places in them.
//!
//! A file that is neither compressed nor in another encoding passes through untouched, so that places in the stream are offsets
//! of the file. While it is read, its bytes are hashed; at its end it is known whether it changed meanwhile.

use super::{Candidate, File, OpenError, RereadError, modified, open::open, split::Place, unpack::Unpacker};
use crate::{
    article::{DeclaredEncoding, StreamDecoder},
    problem::Problem,
};
use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Seek as _},
    path::Path,
    sync::Arc,
};

/// Wide encodings are told by this many bytes at the start.
const START: usize = 1 << 10;

/// Other encodings are told by this many bytes, from the first one that is not ASCII.
const SAMPLE: usize = 64 << 10;

/// The text of a file in UTF-8, which may hold invalid sequences.
pub struct Stream {
    file: Arc<fs::File>,
    path: String,
    modified: i64,
    size: u64,
    input: Unpacker<Arc<fs::File>>,
    encoding: Encoding,
    /// The line feeds before the first byte that is not ASCII.
    ascii_lines: usize,
}

/// What is known of the encoding.
enum Encoding {
    /// Nothing, at the start of a file.
    Unknown,
    /// All until now was ASCII, and so are the next bytes, as many as were looked at.
    Ascii {
        next: usize,
        /// What the file declares.
        declared: Option<DeclaredEncoding>,
    },
    Utf8,
    Other {
        decoder: StreamDecoder,
        text: Vec<u8>,
        given: usize,
    },
}

impl Candidate {
    /// Opens the file as a stream.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be opened, or is no regular file any more.
    pub fn stream(&self) -> Result<Stream, OpenError> {
        let mut stream = Stream::open(&self.path, self.text.clone(), self.follow)?;
        if self.kind.may_be_packed {
            stream.input.expect_packed();
        }
        Ok(stream)
    }
}

impl Stream {
    /// Opens the file at a path, which is given as text too.
    pub(super) fn open(path: &Path, text: String, follow: bool) -> Result<Self, OpenError> {
        let (file, metadata) = open(path, follow)?;
        let file = Arc::new(file);
        Ok(Self {
            path: text,
            modified: modified(&metadata),
            size: metadata.len(),
            input: Unpacker::new(Arc::clone(&file))?,
            encoding: Encoding::Unknown,
            ascii_lines: 0,
            file,
        })
    }

    /// Whether places in the stream are offsets of the file: it is not compressed, and, as far as it was read, in UTF-8.
    #[must_use]
    pub fn is_seekable(&self) -> bool {
        !self.input.is_packed() && self.encoding().is_none()
    }

    /// Whether the file is compressed.
    #[must_use]
    pub(super) fn is_packed(&self) -> bool {
        self.input.is_packed()
    }

    /// The name of the encoding if it is not UTF-8, as far as the file was read.
    #[must_use]
    pub fn encoding(&self) -> Option<&'static str> {
        match &self.encoding {
            Encoding::Other { decoder, .. } => Some(decoder.name()),
            _ => None,
        }
    }

    /// The problem of what was malformed in the encoding, as far as the file was read, if that is not UTF-8; with the line of the
    /// first of it.
    #[must_use]
    pub fn problem(&self) -> Option<(Problem, u32)> {
        match &self.encoding {
            Encoding::Other { decoder, .. } => decoder.problem(self.ascii_lines),
            _ => None,
        }
    }

    /// Ends the reading: the file as it was, and a reader of places in it. What of the file was not read is hashed now. With
    /// `may_grow`, a file to which something was only added meanwhile counts as unchanged; its time and size are those of before.
    ///
    /// # Errors
    ///
    /// [`RereadError::Changed`] if the file changed meanwhile, and is to be read again; [`RereadError::Open`] if it cannot be
    /// read.
    pub fn finish(mut self, may_grow: bool) -> Result<(File, PlaceReader), RereadError> {
        let (size, hash) = self.input.raw().drain().map_err(OpenError::from)?;
        let metadata = self.file.metadata().map_err(OpenError::from)?;
        let is_same = (modified(&metadata), metadata.len(), size) == (self.modified, self.size, self.size);
        let has_grown = may_grow && metadata.len() > self.size && size > self.size;
        if !is_same && !has_grown {
            return Err(RereadError::Changed);
        }
        let is_seekable = self.is_seekable();
        (&*self.file).rewind().map_err(OpenError::from)?;
        let file = File {
            path: self.path.clone(),
            modified: self.modified,
            size: self.size,
            hash,
            ..File::default()
        };
        let input = if is_seekable {
            Input::Offsets(BufReader::new(Arc::clone(&self.file)))
        } else {
            let input = Unpacker::new(Arc::clone(&self.file)).map_err(OpenError::from)?;
            Input::Forward(Box::new(Self { input, encoding: Encoding::Unknown, ascii_lines: 0, ..self }))
        };
        Ok((file, PlaceReader { input, at: 0 }))
    }

    /// Finds out more of the encoding, or decodes more, until there is something to give. Returns how many bytes of what was
    /// peeked at can be given.
    fn advance(&mut self) -> io::Result<usize> {
        loop {
            match &mut self.encoding {
                Encoding::Unknown => {
                    let start = self.input.peek(START)?;
                    let declared = DeclaredEncoding::of_xml(start);
                    self.encoding = match StreamDecoder::of_start(start) {
                        Some((decoder, mark)) => {
                            self.input.consume(mark);
                            Encoding::Other { decoder, text: Vec::new(), given: 0 }
                        }
                        None => Encoding::Ascii { next: 0, declared },
                    };
                }
                Encoding::Ascii { next, declared } => {
                    if *next > 0 {
                        return Ok(*next);
                    }
                    let bytes = self.input.peek(1)?;
                    let is_ascii = |byte: &&u8| byte.is_ascii();
                    // Most blocks are ASCII throughout, which is tested many bytes at a time.
                    *next = if bytes.is_ascii() {
                        bytes.len()
                    } else {
                        bytes.iter().take_while(is_ascii).count()
                    };
                    if *next > 0 || bytes.is_empty() {
                        return Ok(*next);
                    }
                    self.encoding = match StreamDecoder::of_sample(self.input.peek(SAMPLE)?, *declared) {
                        Some(decoder) => Encoding::Other { decoder, text: Vec::new(), given: 0 },
                        None => Encoding::Utf8,
                    };
                }
                Encoding::Utf8 => return Ok(self.input.peek(1)?.len()),
                Encoding::Other { decoder, text, given } => {
                    if *given < text.len() {
                        return Ok(0);
                    }
                    text.clear();
                    *given = 0;
                    let bytes = self.input.peek(1)?;
                    let (read, ended) = (bytes.len(), bytes.is_empty());
                    decoder.decode(bytes, text);
                    self.input.consume(read);
                    if ended {
                        return Ok(0);
                    }
                }
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Stream {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let peeked = self.advance()?;
        Ok(match &self.encoding {
            Encoding::Other { text, given, .. } => &text[*given..],
            _ => &self.input.peeked()[..peeked],
        })
    }

    fn consume(&mut self, bytes: usize) {
        match &mut self.encoding {
            Encoding::Other { text, given, .. } => *given = text.len().min(*given + bytes),
            Encoding::Ascii { next, .. } => {
                *next = next.saturating_sub(bytes);
                let given = self.input.peeked();
                self.ascii_lines += memchr::memchr_iter(b'\n', &given[..bytes.min(given.len())]).count();
                self.input.consume(bytes);
            }
            Encoding::Unknown | Encoding::Utf8 => self.input.consume(bytes),
        }
    }
}

/// Reads records again from their places.
pub struct PlaceReader {
    input: Input,
    /// The offset at which the input is.
    at: u64,
}

enum Input {
    /// A file in which places are offsets.
    Offsets(BufReader<Arc<fs::File>>),
    /// A file that has to be read from its start.
    Forward(Box<Stream>),
}

impl PlaceReader {
    /// Of a file whose streams are seekable: see [`Stream::is_seekable`]. Links are followed, as for
    /// [`reread`](super::reread).
    ///
    /// # Errors
    ///
    /// [`OpenError`] if it cannot be opened, or is no regular file.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let (file, _) = open(path, true)?;
        Ok(Self { input: Input::Offsets(BufReader::new(Arc::new(file))), at: 0 })
    }

    /// Replaces what is in `buffer` by the bytes at a place. In a file that is compressed or decoded, no place may begin
    /// before the end of the one read before.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] if the file has become shorter, [`io::ErrorKind::InvalidInput`] for a place before
    /// the last one of a file that is read forward only, and the errors of the file.
    pub fn read(&mut self, place: Place, buffer: &mut Vec<u8>) -> io::Result<()> {
        buffer.clear();
        let wanted = u64::from(place.bytes);
        let read = match &mut self.input {
            Input::Offsets(file) => {
                let step = i64::try_from(i128::from(place.offset) - i128::from(self.at));
                file.seek_relative(step.map_err(|_| io::ErrorKind::InvalidInput)?)?;
                self.at = place.offset;
                file.take(wanted).read_to_end(buffer)?
            }
            Input::Forward(stream) => {
                let Some(skipped) = place.offset.checked_sub(self.at) else {
                    let message = "places of a file that is compressed or decoded are read in their order";
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
                };
                self.at += io::copy(&mut stream.take(skipped), &mut io::sink())?;
                stream.take(wanted).read_to_end(buffer)?
            }
        };
        self.at += read as u64;
        if read as u64 == wanted { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Whether the file is still as it was, by its time and length.
    ///
    /// # Errors
    ///
    /// If the operating system does not tell.
    pub fn is_unchanged(&self, file: &File) -> io::Result<bool> {
        let metadata = match &self.input {
            Input::Offsets(reader) => reader.get_ref().metadata()?,
            Input::Forward(stream) => stream.file.metadata()?,
        };
        Ok((modified(&metadata), metadata.len()) == (file.modified, file.size))
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Stream};
    use crate::source::{Candidate, InputFormat, RereadError, Source, UnpackError};
    use encoding_rs::{BIG5, GB18030, SHIFT_JIS};
    use flate2::{Compression, write::GzEncoder};
    use lzma_rust2::{XzOptions, XzWriter};
    use std::{
        fs,
        io::{self, BufRead as _, Read as _, Write},
        path::Path,
    };
    use tempfile::TempDir;
    use xxhash_rust::xxh3::xxh3_64;

    type Pack = fn(&[u8]) -> Vec<u8>;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory can be written")
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).expect("memory can be written")
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut writer = XzWriter::new(Vec::new(), XzOptions::with_preset(1)).expect("the preset is sound");
        writer.write_all(bytes).and_then(|()| writer.finish()).expect("memory can be written")
    }

    const PACKS: [(&str, Pack); 3] = [("gz", gzip), ("zst", zstd), ("xz", xz)];

    /// A file with these bytes, as it was found.
    fn file(name: &str, bytes: &[u8]) -> (TempDir, Candidate) {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("there is room");
        let candidate = found(&path);
        (folder, candidate)
    }

    fn found(path: &Path) -> Candidate {
        let source = Source::new(&[path.to_owned()], &[], false).expect("it is there");
        source.walk().next().expect("it has a file").expect("it is regular")
    }

    /// All that a stream gives.
    fn text(stream: &mut Stream) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).map(|_| text)
    }

    /// So many lines of news, none like another.
    fn lines(count: u32) -> String {
        let line = |n| format!("{{\"title\": \"Copper {n}\", \"text\": \"{:x}\"}}", n * 7919);
        (0..count).map(line).chain([String::new()]).collect::<Vec<_>>().join("\n")
    }

    /// The places of the lines of a text, without their line feeds.
    fn places(text: &[u8]) -> Vec<(Place, &[u8])> {
        let (mut offset, mut places) = (0, Vec::new());
        for (line, bytes) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let length = u32::try_from(bytes.len()).expect("lines are short");
            places.push((Place { offset, bytes: length, line }, bytes));
            offset += u64::from(length) + 1;
        }
        places
    }

    #[test]
    fn a_compressed_file_is_read_member_by_member() {
        let (first, second) = (lines(9_000), lines(10));
        for (extension, pack) in PACKS {
            let packed = [pack(first.as_bytes()), pack(b""), pack(second.as_bytes())].concat();
            let (_folder, candidate) = file(&format!("a.jsonl.{extension}"), &packed);
            let mut stream = candidate.stream().expect("it can be opened");
            assert!(!stream.is_seekable());
            assert_eq!(text(&mut stream).expect("it is sound"), [&*first, &*second].concat().as_bytes());
            let (file, _) = stream.finish(false).expect("it is unchanged");
            assert_eq!((file.size, file.hash), (packed.len() as u64, xxh3_64(&packed)), "{extension}");
            assert_eq!((file.path, file.modified), (candidate.text, candidate.modified));
        }
    }

    #[test]
    fn a_whole_file_is_decompressed_up_to_the_limit() {
        let article = "---\ntitle: Copper\n---\n\nCopper rose.\n".repeat(100);
        let size = article.len() as u64;
        for (extension, pack) in PACKS {
            let packed = pack(article.as_bytes());
            let (_folder, candidate) = file(&format!("a.md.{extension}"), &packed);
            let (bytes, file) = candidate.read(size).expect("it is sound");
            assert_eq!(bytes, article.as_bytes());
            assert_eq!((file.size, file.hash), (packed.len() as u64, xxh3_64(&packed)));
            assert_eq!(candidate.read(size - 1).expect_err("it is one byte too many").code, "too-large");
        }
        // Without the extension it is what its bytes are.
        let packed = gzip(article.as_bytes());
        assert_eq!(file("a.md", &packed).1.read(size).expect("it is short").0, packed);
    }

    #[test]
    fn the_first_bytes_say_how_a_file_is_compressed() {
        let expected = lines(3);
        let (_folder, candidate) = file("a.jsonl.gz", expected.as_bytes());
        let mut stream = candidate.stream().expect("it can be opened");
        assert_eq!(text(&mut stream).expect("it is sound"), expected.as_bytes());
        assert!(stream.is_seekable());
        for (name, packed) in
            [("a.jsonl.gz", xz(expected.as_bytes())), ("a.jsonl", zstd(expected.as_bytes()))]
        {
            let (_folder, candidate) = file(name, &packed);
            let mut stream = candidate.stream().expect("it can be opened");
            assert_eq!(text(&mut stream).expect("it is sound"), expected.as_bytes());
        }
        let (_folder, candidate) = file("a.jsonl.gz", b"{}");
        assert_eq!(text(&mut candidate.stream().expect("it can be opened")).expect("it is sound"), b"{}");
        // What ends within its first bytes is compressed if its name says so.
        for short in [&b""[..], b"\x1f", b"\xfd7z"] {
            let (_folder, candidate) = file("a.jsonl.gz", short);
            let error = text(&mut candidate.stream().expect("it can be opened")).expect_err("it is cut");
            assert_eq!(UnpackError::of(&error).map(UnpackError::code), Some("bad-archive"));
            assert_eq!(candidate.read(100).map_err(|passed| passed.code), Err("bad-archive"));
        }
    }

    #[test]
    fn an_archive_that_is_cut_off_gives_what_it_has_and_says_so() {
        let whole = lines(300);
        for (extension, pack) in PACKS {
            let packed = pack(whole.as_bytes());
            for end in [7, packed.len() / 2, packed.len() - 9, packed.len() - 1] {
                let (_folder, candidate) = file(&format!("a.md.{extension}"), &packed[..end]);
                let mut stream = candidate.stream().expect("it can be opened");
                let mut given = Vec::new();
                let error = stream.read_to_end(&mut given).expect_err("it is cut");
                assert!(whole.as_bytes().starts_with(&given));
                let cut = UnpackError::of(&error);
                assert!(matches!(cut, Some(UnpackError::Cut(_))), "{extension} at {end}: {error}");
                assert!(error.to_string().ends_with(" data is cut off"), "{error}");
                assert!(stream.fill_buf().is_err(), "it does not end well the second time");
                assert_eq!(stream.finish(false).expect("it is unchanged").0.hash, xxh3_64(&packed[..end]));
                let passed = candidate.read(1 << 20).expect_err("it is cut");
                assert_eq!((passed.code, passed.path), ("bad-archive", candidate.text));
            }
        }
    }

    #[test]
    fn a_file_that_grows_too_much_is_given_up() {
        let zeros = vec![0; 20_000_000];
        for (extension, pack) in PACKS {
            for packed in [pack(&zeros), pack(&pack(&zeros))] {
                let (_folder, candidate) = file(&format!("a.jsonl.{extension}"), &packed);
                let mut stream = candidate.stream().expect("it can be opened");
                let most = (packed.len() as u64 * 1_000).max(1 << 20) + (64 << 10);
                match io::copy(&mut stream, &mut io::sink()) {
                    // One layer is taken off, and what is below is no text.
                    Ok(read) => assert!(read <= most, "{extension}: {read}"),
                    Err(error) => {
                        assert_eq!(UnpackError::of(&error).map(UnpackError::code), Some("bad-ratio"));
                    }
                }
            }
        }
        let (_folder, candidate) = file("a.md.zst", &zstd(&zeros));
        assert_eq!(candidate.read(64 << 20).expect_err("it grows").code, "bad-ratio");
        let (_folder, candidate) = file("a.md.zst", &zstd(&zeros[..1 << 20]));
        assert_eq!(candidate.read(64 << 20).expect("a MiB is free").0.len(), 1 << 20);
    }

    #[test]
    fn damaged_archives_are_errors_and_no_panics() {
        let whole = lines(40);
        for (extension, pack) in PACKS {
            let packed = pack(whole.as_bytes());
            for at in 0..packed.len() {
                for flip in [1, 0x80, 0xff] {
                    let mut damaged = packed.clone();
                    damaged[at] ^= flip;
                    let mut unpacker = super::Unpacker::new(&damaged[..]).expect("memory can be read");
                    let _ = io::copy(&mut (&mut unpacker).take(1 << 20), &mut io::sink());
                    assert_eq!(
                        unpacker.raw().drain().expect("memory can be read").1,
                        xxh3_64(&damaged),
                        "{extension}"
                    );
                }
            }
        }
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    fn utf32(text: &str) -> Vec<u8> {
        text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect()
    }

    /// A table whose characters take one to four bytes, long enough for several buffers.
    fn table() -> String {
        let rows = (0..9_000).map(|n| format!("{n},铜价上涨 {n} 元"));
        ["id,新闻标题".to_owned()]
            .into_iter()
            .chain(rows)
            .chain([String::new()])
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn other_encodings_are_decoded() {
        let table = table();
        let kana = table.replace("铜价上涨", "カタカナ").replace("新闻标题", "タイトル").replace('元', "円");
        let traditional = table.replace("铜价上涨", "銅價上漲").replace("新闻标题", "新聞標題");
        for (name, bytes, expected) in [
            ("UTF-16LE", [vec![0xff, 0xfe], utf16(&table, u16::to_le_bytes)].concat(), &table),
            ("UTF-16BE", [vec![0xfe, 0xff], utf16(&table, u16::to_be_bytes)].concat(), &table),
            ("UTF-16LE", utf16(&table, u16::to_le_bytes), &table),
            ("UTF-32", [vec![0xff, 0xfe, 0, 0], utf32(&table)].concat(), &table),
            ("GBK", GB18030.encode(&table).0.into_owned(), &table),
            ("Big5", BIG5.encode(&traditional).0.into_owned(), &traditional),
            ("Shift_JIS", SHIFT_JIS.encode(&kana).0.into_owned(), &kana),
        ] {
            for (extension, bytes) in [("csv", bytes.clone()), ("csv.gz", gzip(&bytes))] {
                let (_folder, candidate) = file(&format!("a.{extension}"), &bytes);
                let mut stream = candidate.stream().expect("it can be opened");
                let given = text(&mut stream).expect("it is sound");
                assert!(given == expected.as_bytes(), "{name}: {:?}", String::from_utf8_lossy(&given[..80]));
                assert_eq!(stream.encoding(), Some(name));
                assert!(!stream.is_seekable());
                let (file, mut reader) = stream.finish(false).expect("it is unchanged");
                assert_eq!(file.hash, xxh3_64(&bytes));
                let mut again = Vec::new();
                for (place, line) in places(expected.as_bytes()).into_iter().step_by(7) {
                    reader.read(place, &mut again).expect("it is sound");
                    assert_eq!(again, line);
                }
            }
        }
    }

    #[test]
    fn an_encoding_is_told_at_the_first_byte_that_is_not_ascii() {
        let english = lines(4_000);
        let bytes = [english.as_bytes(), &GB18030.encode(&table()).0].concat();
        let (_folder, candidate) = file("a.jsonl", &bytes);
        let mut stream = candidate.stream().expect("it can be opened");
        stream.fill_buf().expect("it is sound");
        assert_eq!(stream.encoding(), None, "it may be any");
        assert!(text(&mut stream).expect("it is sound") == [english, table()].concat().as_bytes());
        assert_eq!(stream.encoding(), Some("GBK"));
    }

    #[test]
    fn what_is_malformed_in_another_encoding_is_replaced_and_told() {
        let line = |n| format!("{{\"title\":\"银行利率新闻{n}\",\"text\":\"今年的报告指出市场继续增长\"}}\n");
        let lines: Vec<String> = (0..5).map(line).collect();
        let whole = GB18030.encode(&lines.concat()).0.into_owned();
        // Within the last character, before `"}` and the line feed.
        let cut = &whole[..whole.len() - 4];
        // The second byte of the fifth character of the third title.
        let at = whole.len() / 5 * 2 + 10 + 9;
        let wrong = [&whole[..at], b"\xff", &whole[at + 1..]].concat();
        let feed = "<?xml version=\"1.0\" encoding=\"gbk\"?>\n<rss><title>铜价</title>\n<title>上涨铜价上涨</title></rss>";
        let feed = GB18030.encode(feed).0.into_owned();
        let bad = feed.len() - b"</title></rss>".len();
        let feed = [&feed[..bad], b"\xff", &feed[bad..]].concat();
        for (name, bytes, kept, line) in [
            ("a.jsonl", cut, "今年的报告指出市场继续增\u{fffd}", 5),
            ("a.jsonl", &wrong, "银行利率\u{fffd}", 3),
            ("a.xml", &feed, "<title>上涨铜价上涨\u{fffd}</title>", 3),
        ] {
            let (_folder, candidate) = file(name, bytes);
            let mut stream = candidate.stream().expect("it can be opened");
            let given = String::from_utf8(text(&mut stream).expect("it is sound")).expect("it is UTF-8");
            assert_eq!(stream.encoding(), Some("GBK"), "{given}");
            assert!(given.contains(kept), "{given}");
            let (problem, at) = stream.problem().expect("something is malformed");
            assert_eq!((problem.code, at), ("invalid-encoding", line), "{given}");
        }
        let (_folder, candidate) = file("a.jsonl", &whole);
        let mut stream = candidate.stream().expect("it can be opened");
        assert!(text(&mut stream).expect("it is sound") == lines.concat().as_bytes());
        assert!(stream.problem().is_none());
    }

    #[test]
    fn utf8_passes_through_untouched() {
        let long = [lines(4_000), table()].concat();
        for bytes in [
            long.as_bytes(),
            &long.as_bytes()[..long.len() - 3],
            b"\xef\xbb\xbf{\"title\": 1}\n",
            "{\"title\": \"铜价\"}\n{\"title\": \"".as_bytes(),
            // A damaged record among others.
            b"{\"title\": \"caf\xc3\xa9 \xc3\xa9 \xe9\"}\n",
        ] {
            let (_folder, candidate) = file("a.jsonl", bytes);
            let mut stream = candidate.stream().expect("it can be opened");
            assert!(text(&mut stream).expect("it is sound") == bytes);
            assert!(stream.is_seekable() && stream.encoding().is_none());
        }
    }

    #[test]
    fn records_are_read_again_from_their_places() {
        let whole = [lines(5_000), table()].concat();
        let places = places(whole.as_bytes());
        let mut again = Vec::new();
        for (extension, pack) in PACKS {
            let (_folder, candidate) = file(&format!("a.jsonl.{extension}"), &pack(whole.as_bytes()));
            let (_, mut reader) =
                candidate.stream().expect("it can be opened").finish(false).expect("it is unchanged");
            for (place, line) in places.iter().filter(|(place, _)| place.line % 5 == 0) {
                reader.read(*place, &mut again).expect("it is sound");
                assert_eq!(again, *line);
            }
            let back = reader.read(places[0].0, &mut again).expect_err("it only goes forward");
            assert_eq!(back.kind(), io::ErrorKind::InvalidInput);
        }
        let (_folder, candidate) = file("a.jsonl", whole.as_bytes());
        let mut stream = candidate.stream().expect("it can be opened");
        io::copy(&mut stream, &mut io::sink()).expect("it is sound");
        let (file, mut reader) = stream.finish(false).expect("it is unchanged");
        let mut opened = super::PlaceReader::open(&candidate.path).expect("it can be opened");
        for (place, line) in places.iter().step_by(3).chain(places.iter().rev().step_by(11)) {
            for reader in [&mut reader, &mut opened] {
                reader.read(*place, &mut again).expect("it is sound");
                assert_eq!(again, *line);
            }
        }
        assert!(reader.is_unchanged(&file).expect("it is there"));
        let beyond = Place { offset: whole.len() as u64 - 1, bytes: 2, line: 1 };
        let error = reader.read(beyond, &mut again).expect_err("it ends there");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_is_noticed() {
        let whole = lines(9_000);
        let (_folder, candidate) = file("a.jsonl", whole.as_bytes());
        let begun = || {
            let mut stream = candidate.stream().expect("it can be opened");
            stream.fill_buf().expect("it is sound");
            stream
        };
        let stream = begun();
        let mut appended = fs::OpenOptions::new().append(true).open(&candidate.path).expect("it is there");
        appended.write_all(b"{}\n").expect("there is room");
        assert!(matches!(stream.finish(false), Err(RereadError::Changed)));
        let stream = begun();
        let (file, reader) = stream.finish(false).expect("it is unchanged");
        appended.set_len(10).expect("there is room");
        assert!(!reader.is_unchanged(&file).expect("it is there"));
        let stream = begun();
        appended.set_len(0).expect("there is room");
        assert!(matches!(stream.finish(false), Err(RereadError::Changed)));
    }

    #[test]
    fn the_user_says_the_format_of_a_file() {
        let (folder, _) = file("a.log", b"{}");
        let source = Source::new(&[folder.path().join("a.log")], &[], false).expect("it is there");
        let source = source.with_format(InputFormat::Jsonl);
        let candidate = source.walk().next().expect("it has a file").expect("it is regular");
        assert_eq!(candidate.kind, crate::source::Kind::of_chosen(Path::new("a.log"), InputFormat::Jsonl));
        let by_name = crate::source::Kind::of_chosen(Path::new("a.jsonl"), InputFormat::Auto);
        assert_eq!(candidate.kind.contents, by_name.contents);
    }

    /// The most memory that the process had at once, in KiB.
    #[cfg(target_os = "linux")]
    fn peak_memory() -> u64 {
        let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux has it");
        line.trim().trim_end_matches(" kB").parse().expect("it is a number")
    }

    /// Runs itself in a process of its own, as other tests take memory too.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_stream_takes_constant_memory() {
        const CHILD: &str = "NEWSDEX_TEST_STREAM";
        let Some(path) = std::env::var_os(CHILD) else {
            let block = lines(20_000);
            let repeat = (64 << 20) / block.len() + 1;
            for (extension, pack) in PACKS {
                let packed = pack(block.as_bytes()).repeat(repeat);
                let (_folder, candidate) = file(&format!("a.jsonl.{extension}"), &packed);
                let test = "source::stream::tests::a_stream_takes_constant_memory";
                let child = std::process::Command::new(std::env::current_exe().expect("it runs"))
                    .args(["--exact", test])
                    .env(CHILD, &candidate.path)
                    .output()
                    .expect("it runs again");
                assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
            }
            return;
        };
        let candidate = found(Path::new(&path));
        let before = peak_memory();
        let mut stream = candidate.stream().expect("it can be opened");
        let read = io::copy(&mut stream, &mut io::sink()).expect("it is sound");
        assert!(read >= 64 << 20);
        let taken = peak_memory() - before;
        assert!(taken < 8 << 10, "{taken} KiB");
    }
}
