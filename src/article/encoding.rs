//! Decodes a file's bytes: finds their encoding, and whether they are text at all.
//!
//! Nearly every file is valid UTF-8 and is borrowed, not copied. For the rest a byte order mark decides;
//! without one, bytes that are mostly UTF-8 are read as damaged UTF-8. Other bytes are in the encoding that they declare, or are
//! guessed at.

mod east_asian;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::problem::{Problem, message};

/// The encoding is guessed from this many bytes, starting at the first invalid one.
const GUESSED_FROM: usize = 256 << 10;

/// A page declares its encoding in this many bytes; HTML asks for it in the first 1,024.
const DECLARED_WITHIN: usize = 4 << 10;

/// This many non-ASCII bytes are few in a text of any length; in a longer one, a fiftieth is.
const FEW_BYTES: usize = 8;

/// U+FFFD in UTF-8.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// What is declared is believed if not more than one character in so many is malformed in it.
const CHARACTERS_PER_LOST: usize = 8;

/// The first bytes of binary formats, whatever the name of the file.
const MAGIC: [&[u8]; 9] = [
    b"\x1f\x8b",
    b"\x89PNG",
    b"%PDF-",
    b"PK\x03\x04",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x7fELF",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ\x00",
];

/// Why bytes are not an article: `"empty"` (nothing but white space or a lone `---`) or `"binary"`.
///
/// Text in any encoding that [`Article::parse`](super::Article::parse) reads gives `None`, UTF-16 without
/// a byte order mark included.
#[must_use]
pub fn unreadable(bytes: &[u8]) -> Option<&'static str> {
    if is_blank(unmarked(bytes)) {
        return Some("empty");
    }
    if MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return Some("binary");
    }
    if marked(bytes).is_some() || unmarked_wide(bytes).is_some() {
        return None;
    }
    let sample = &bytes[..bytes.len().min(8 << 10)];
    let control = |byte: &u8| u8::from(matches!(byte, 0..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f));
    // Sums of a byte are made sixteen at a time.
    let in_chunk = |chunk: &[u8]| usize::from(chunk.iter().map(control).sum::<u8>());
    let controls: usize = sample.chunks(usize::from(u8::MAX)).map(in_chunk).sum();
    // Random bytes hold 11 % of these; text with terminal escapes stays far below 5 %.
    (controls * 20 > sample.len()).then_some("binary")
}

/// Decodes a file. Problems: `encoding-detected`, `invalid-utf8`, `invalid-encoding`.
pub(super) fn decode<'b>(bytes: &'b [u8], problems: &mut Vec<Problem>) -> Cow<'b, str> {
    decode_declared(bytes, |_| None, problems)
}

/// Decodes a page of HTML, which may declare its encoding. What it declares counts where the bytes are not UTF-8 and it can
/// be true. Problems: `encoding-detected`, `invalid-utf8`, `invalid-encoding`.
pub(super) fn decode_page<'b>(bytes: &'b [u8], problems: &mut Vec<Problem>) -> Cow<'b, str> {
    decode_declared(bytes, declared_by_page, problems)
}

/// The text of a file that is UTF-8 or in another encoding; `None` if it is damaged UTF-8.
pub(crate) fn decoded(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if unmarked_wide(bytes).is_none()
        && let Ok(text) = str::from_utf8(bytes)
    {
        return Some(Cow::Borrowed(text));
    }
    let mut problems = Vec::new();
    let text = decode(bytes, &mut problems);
    problems.iter().all(|problem| problem.code != "invalid-utf8").then_some(text)
}

/// Finds what a file declares; it is asked only of one that is not in UTF-8.
type Declared = fn(&[u8]) -> Option<&'static Encoding>;

fn decode_declared<'b>(bytes: &'b [u8], declared: Declared, problems: &mut Vec<Problem>) -> Cow<'b, str> {
    let rest = unmarked(bytes);
    if rest.len() < bytes.len() {
        return utf8(rest, |_| None, problems);
    }
    match marked(bytes).or_else(|| unmarked_wide(bytes).map(|encoding| (Wide::Sixteen(encoding), bytes))) {
        Some((wide, rest)) => wide.decode(rest, problems),
        None => utf8(bytes, declared, problems),
    }
}

/// The encoding that an XML declaration or a `meta` tag names.
fn declared_by_page(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = beginning(bytes);
    let mut metas = start.split("<meta").skip(1).filter_map(|meta| meta.split('>').next());
    declared_by_xml(&start).or_else(|| metas.find_map(|meta| named(meta.split_once("charset")?.1)))
}

/// The encoding that an XML declaration names.
fn declared_by_xml(start: &str) -> Option<&'static Encoding> {
    let (declaration, _) = start.trim_start().strip_prefix("<?xml")?.split_once('>')?;
    named(declaration.split_once("encoding")?.1)
}

/// The beginning of a file in lower case, as far as an encoding is declared in it.
fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARED_WITHIN)]).to_ascii_lowercase()
}

/// The encoding of one byte or more whose name is the value of an attribute.
fn named(after: &str) -> Option<&'static Encoding> {
    let rest = after.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c)).unwrap_or(rest.len());
    // A page that can be read to this name is not in units of two bytes, and it is no UTF-8.
    Encoding::for_label(&rest.as_bytes()[..end])
        .filter(|encoding| encoding.is_ascii_compatible() && *encoding != UTF_8)
}

/// The bytes after the byte order marks of UTF-8; programs that add one without a look leave several.
fn unmarked(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        bytes = rest;
    }
    bytes
}

/// Encodings with code units wider than a byte.
enum Wide {
    Sixteen(&'static Encoding),
    ThirtyTwo(fn([u8; 4]) -> u32),
}

impl Wide {
    fn decode<'b>(&self, bytes: &'b [u8], problems: &mut Vec<Problem>) -> Cow<'b, str> {
        match self {
            Self::Sixteen(encoding) => {
                problems.push(detected(encoding.name()));
                let (text, has_lost) = encoding.decode_without_bom_handling(bytes);
                problems.extend(has_lost.then(|| malformed(lost_in(&text), encoding.name())));
                text
            }
            Self::ThirtyTwo(unit) => {
                problems.push(detected("UTF-32"));
                let units = bytes.chunks_exact(4).map(|four| unit([four[0], four[1], four[2], four[3]]));
                let mut lost = usize::from(!bytes.len().is_multiple_of(4));
                let character = |unit| {
                    char::from_u32(unit).unwrap_or_else(|| {
                        lost += 1;
                        '\u{fffd}'
                    })
                };
                let text = units.map(character).collect();
                problems.extend((lost > 0).then(|| malformed(lost, "UTF-32")));
                Cow::Owned(text)
            }
        }
    }
}

/// The encoding that a file declares.
#[derive(Clone, Copy)]
pub(crate) struct DeclaredEncoding(&'static Encoding);

impl DeclaredEncoding {
    /// Of a file of XML that starts with these bytes.
    pub(crate) fn of_xml(start: &[u8]) -> Option<Self> {
        declared_by_xml(&beginning(start)).map(Self)
    }
}

/// Decodes a text that is read piece by piece, and is not in UTF-8.
pub(crate) struct StreamDecoder {
    name: &'static str,
    units: Units,
    ended: bool,
    /// How many sequences were replaced.
    lost: usize,
    /// The line of the first of them, or the one that was reached.
    line: usize,
}

enum Units {
    Bytes(Box<Decoder>),
    ThirtyTwo {
        unit: fn([u8; 4]) -> u32,
        /// The beginning of a unit whose end is in the next piece.
        rest: Vec<u8>,
    },
}

impl StreamDecoder {
    /// Of a text in UTF-16 or UTF-32 that starts with these bytes, of which at least 1,024 should be given if there are so many;
    /// with the length of the byte order mark.
    pub(crate) fn of_start(bytes: &[u8]) -> Option<(Self, usize)> {
        let (wide, rest) = marked(bytes)
            .or_else(|| unmarked_wide(bytes).map(|encoding| (Wide::Sixteen(encoding), bytes)))?;
        let decoder = match wide {
            Wide::Sixteen(encoding) => Self::of(encoding),
            Wide::ThirtyTwo(unit) => Self::new("UTF-32", Units::ThirtyTwo { unit, rest: Vec::new() }),
        };
        Some((decoder, bytes.len() - rest.len()))
    }

    /// Of a text in another encoding: the one that it declares, or one guessed from a sample that starts at its first byte that
    /// is not ASCII and may end within a character.
    pub(crate) fn of_sample(bytes: &[u8], declared: Option<DeclaredEncoding>) -> Option<Self> {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return None;
        }
        let error = str::from_utf8(bytes).err().filter(|error| error.error_len().is_some())?;
        let (_, encoding) = foreign(bytes, error.valid_up_to(), declared.map(|declared| declared.0)).ok()?;
        Some(Self::of(encoding))
    }

    fn of(encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self::new(encoding.name(), Units::Bytes(Box::new(decoder)))
    }

    fn new(name: &'static str, units: Units) -> Self {
        Self { name, units, ended: false, lost: 0, line: 1 }
    }

    /// The name of the encoding.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// The problem of what was replaced until now, `invalid-encoding`, with the line of the first of it. So many lines were not
    /// decoded here, but stand above.
    pub(crate) fn problem(&self, lines_above: usize) -> Option<(Problem, u32)> {
        let line = u32::try_from(self.line + lines_above).unwrap_or(u32::MAX);
        (self.lost > 0).then(|| (malformed(self.lost, self.name), line))
    }

    /// Appends the UTF-8 of the next bytes to `text`; no bytes are the end of the text. U+FFFD replaces what is invalid.
    pub(crate) fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        if std::mem::replace(&mut self.ended, bytes.is_empty()) {
            return;
        }
        let start = text.len();
        let has_lost = match &mut self.units {
            Units::Bytes(decoder) => {
                text.resize(start + decoder.max_utf8_buffer_length(bytes.len()).unwrap_or_default(), 0);
                let (_, _, written, has_lost) =
                    decoder.decode_to_utf8(bytes, &mut text[start..], bytes.is_empty());
                text.truncate(start + written);
                has_lost
            }
            Units::ThirtyTwo { unit, rest } => {
                let mut has_lost = bytes.is_empty() && !rest.is_empty();
                rest.extend_from_slice(bytes);
                let (units, left) = rest.as_chunks();
                for four in units {
                    let character = char::from_u32(unit(*four));
                    has_lost |= character.is_none();
                    let character = character.unwrap_or('\u{fffd}');
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                if bytes.is_empty() && !left.is_empty() {
                    text.extend_from_slice(REPLACEMENT);
                }
                *rest = if bytes.is_empty() { Vec::new() } else { left.to_vec() };
                has_lost
            }
        };
        self.count(&text[start..], has_lost);
    }

    /// Counts what was lost in a piece of the text.
    fn count(&mut self, piece: &[u8], has_lost: bool) {
        let first = if has_lost { memchr::memmem::find(piece, REPLACEMENT) } else { None };
        if self.lost == 0 {
            self.line += memchr::memchr_iter(b'\n', &piece[..first.unwrap_or(piece.len())]).count();
        }
        if has_lost {
            self.lost += memchr::memmem::find_iter(piece, REPLACEMENT).count();
        }
    }
}

/// The wide encoding that a byte order mark names, with the bytes after the mark.
fn marked(bytes: &[u8]) -> Option<(Wide, &[u8])> {
    match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => Some((Wide::ThirtyTwo(u32::from_le_bytes), rest)),
        [0, 0, 0xfe, 0xff, rest @ ..] => Some((Wide::ThirtyTwo(u32::from_be_bytes), rest)),
        [0xff, 0xfe, rest @ ..] => Some((Wide::Sixteen(UTF_16LE), rest)),
        [0xfe, 0xff, rest @ ..] => Some((Wide::Sixteen(UTF_16BE), rest)),
        _ => None,
    }
}

/// UTF-16 without a mark, recognised by the zero bytes of its ASCII: many at even or at odd offsets, hardly
/// any at the others.
fn unmarked_wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1024)];
    if !sample.contains(&0) {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeros = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let clearly = |many: usize, few: usize| pairs >= 4 && many * 4 >= pairs && few * 50 <= pairs;
    if clearly(odd, even) {
        Some(UTF_16LE)
    } else if clearly(even, odd) {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn utf8<'b>(bytes: &'b [u8], declared: Declared, problems: &mut Vec<Problem>) -> Cow<'b, str> {
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => damaged(bytes, error.valid_up_to(), declared(bytes), problems),
    }
}

/// Decodes bytes whose first invalid byte is at `first`: damaged UTF-8, or another encoding.
fn damaged<'b>(
    bytes: &'b [u8],
    first: usize,
    declared: Option<&'static Encoding>,
    problems: &mut Vec<Problem>,
) -> Cow<'b, str> {
    match foreign(bytes, first, declared) {
        Ok((text, encoding)) => {
            if declared != Some(encoding) {
                problems.push(detected(encoding.name()));
            }
            let lost = lost_in(&text);
            problems.extend((lost > 0).then(|| malformed(lost, encoding.name())));
            text
        }
        Err(bad) => {
            problems.push(invalid(bad, first));
            String::from_utf8_lossy(bytes)
        }
    }
}

/// How many sequences of a decoded text were malformed.
fn lost_in(text: &str) -> usize {
    memchr::memmem::find_iter(text.as_bytes(), REPLACEMENT).count()
}

/// The problem of so many sequences that are malformed in an encoding other than UTF-8.
fn malformed(lost: usize, name: &str) -> Problem {
    let message = message!("{} byte sequences are not {}; U+FFFD replaces them", lost, name);
    Problem::new("invalid-encoding", 0..0, message)
}

/// The problem of bytes that are read as UTF-8 and have sequences that are not.
pub(super) fn not_utf8(bytes: &[u8]) -> Problem {
    let first = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let bad = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
    invalid(bad, first)
}

/// The problem of so many sequences, the first of which is at an offset.
fn invalid(bad: usize, first: usize) -> Problem {
    let message = message!("{} byte sequences are not UTF-8; U+FFFD replaces them", bad);
    Problem::new("invalid-utf8", first..first + 1, message)
}

/// The text of bytes in another encoding; or, if they are damaged UTF-8, how many sequences are invalid.
fn foreign<'b>(
    bytes: &'b [u8],
    first: usize,
    declared: Option<&'static Encoding>,
) -> Result<(Cow<'b, str>, &'static Encoding), usize> {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    // Surrogates of UTF-16, each encoded as if it were a character, are UTF-8 by a faulty writer.
    let halves = bytes.windows(3).filter(|three| matches!(three, [0xed, 0xa0..=0xbf, 0x80..=0xbf])).count();
    if good + 3 * halves >= bad {
        return Err(bad);
    }
    let as_declared = declared.and_then(|encoding| believed(bytes, encoding));
    as_declared.or_else(|| guessed(bytes, first)).ok_or(bad)
}

/// The text in the encoding that it declares, unless too much is malformed in it.
fn believed<'b>(bytes: &'b [u8], encoding: &'static Encoding) -> Option<(Cow<'b, str>, &'static Encoding)> {
    let text = encoding.decode_without_bom_handling(bytes).0;
    let foreign = text.chars().filter(|character| !character.is_ascii()).count();
    (lost_in(&text) * CHARACTERS_PER_LOST <= foreign).then_some((text, encoding))
}

/// The encoding in which a detector takes bytes to be.
fn detected_in(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The text in the encoding that its bytes look like, with the encoding; `None` if the result is not plausible.
fn guessed(bytes: &[u8], first: usize) -> Option<(Cow<'_, str>, &'static Encoding)> {
    let sample = &bytes[first..bytes.len().min(first + GUESSED_FROM)];
    let encoding = detected_in(sample);
    let has_few = encoding.is_single_byte() && has_few(bytes);
    let is_left = has_few && bytes.windows(2).any(is_left_of_utf8);
    // The byte FF is in no multi-byte encoding, and as a letter (ÿ) it is far rarer than as damage.
    let is_damaged = encoding.is_single_byte() && bytes.contains(&0xff);
    if has_few
        && !is_left
        && !is_damaged
        && let Some(text) = western(bytes)
    {
        return Some((text, WINDOWS_1252));
    }
    if let Some(encoding) = east_asian::mended(sample, encoding) {
        return Some((encoding.decode_without_bom_handling(bytes).0, encoding));
    }
    if is_left || is_damaged {
        return None;
    }
    let text = encoding.decode_without_bom_handling(bytes).0;
    let (mut foreign, mut plausible, mut lost) = (0_usize, 0, 0);
    for character in text.chars().filter(|character| !character.is_ascii()) {
        foreign += 1;
        lost += usize::from(character == '\u{fffd}');
        plausible += usize::from(character.is_alphanumeric() || is_sign(character));
    }
    (plausible * 10 >= foreign * 6 && lost * 20 <= foreign).then_some((text, encoding))
}

/// Whether few bytes are not ASCII, as in English.
fn has_few(bytes: &[u8]) -> bool {
    let foreign = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    foreign <= FEW_BYTES || foreign * 50 <= bytes.len()
}

/// Whether two bytes are an overlong character of UTF-8, or the rest of a quotation mark or dash that lost
/// its last byte.
fn is_left_of_utf8(two: &[u8]) -> bool {
    matches!(two, [0xc0 | 0xc1, 0x80..=0xbf] | [0xe2, 0x80])
}

/// The text in windows-1252, if all non-ASCII characters are signs or letters of western Europe, and no two
/// such letters are adjacent, as in other scripts.
fn western(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = WINDOWS_1252.decode_without_bom_handling(bytes).0;
    let is_letter = |c: char| !c.is_ascii() && c.is_alphabetic();
    let mut before = ' ';
    let is_western = text.chars().all(|character| {
        let is_run = is_letter(before) && is_letter(character);
        before = character;
        // At these bytes other encodings have letters of other languages.
        let is_doubtful =
            matches!(character, 'ª' | 'º' | 'µ' | 'ƒ' | 'ˆ' | 'Ð' | 'ð' | 'Ý' | 'ý' | 'Þ' | 'þ');
        character.is_ascii() || is_sign(character) || is_letter(character) && !is_run && !is_doubtful
    });
    is_western.then_some(text)
}

/// Signs that are as plausible in a text as letters: those of money, law and measure, and punctuation.
fn is_sign(character: char) -> bool {
    matches!(character,
        '£' | '¥' | '€' | '§' | '©' | '®' | '°' | '·' | '½' | '™' | '\u{a0}'
        | '\u{2010}'..='\u{2026}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

fn detected(name: &str) -> Problem {
    Problem::new("encoding-detected", 0..0, message!("not UTF-8; read as {}", name))
        .hint(message!("convert the file to UTF-8"))
}

fn is_blank(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii();
    match rest.first() {
        None => true,
        Some(0x80..) => rest
            .utf8_chunks()
            .all(|chunk| chunk.invalid().is_empty() && chunk.valid().chars().all(char::is_whitespace)),
        Some(_) => rest == b"---",
    }
}
