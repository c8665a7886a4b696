//! JSON lines: each line that is not blank is a record, an object.
//!
//! A line ends with a line feed, or with a carriage return if the first one does. What lists and streams put around their
//! objects is passed over: byte order marks, record separators (RFC 7464), the end mark of DOS, and a comma behind
//! the object.

use super::{Piece, Place, Shape, SplitError, chosen::Chosen, scan::MARK};
use crate::article::{Format, Keys, Outline};
use std::io::{self, BufRead, ErrorKind};

pub(super) fn split(
    input: &mut dyn BufRead,
    keys: &Keys,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut chosen = Chosen::new(keys, each);
    let mut lines = Lines::new(input, limit);
    let (mut offset, mut number) = (0_u64, 0_u64);
    loop {
        let length = lines.read()?;
        if length == 0 {
            chosen.finish()?;
            return Ok(Shape { format: Format::Json, head: Vec::new() });
        }
        number += 1;
        let (start, record) = object_of(&lines.line);
        let place = Place {
            offset: offset + start as u64,
            bytes: u32::try_from(record.len()).unwrap_or(u32::MAX),
            line: u32::try_from(number).unwrap_or(u32::MAX),
        };
        if length > lines.line.len() as u64 {
            if !lines.is_ended {
                chosen
                    .cut_off(place, format!("the file ends within a record over the limit of {limit} bytes"));
                return Ok(Shape { format: Format::Json, head: Vec::new() });
            }
            chosen.too_large(place, length, limit);
        } else if record.starts_with(b"{") {
            // Only the last line has no end.
            let is_cut = || Outline::of(record, keys).err();
            match if lines.is_ended { None } else { is_cut() } {
                None => chosen.record(place, record),
                Some(unread) => {
                    chosen.cut_off(place, unread.reason);
                    return Ok(Shape { format: Format::Json, head: Vec::new() });
                }
            }
        } else if !record.is_empty() {
            chosen.broken(place, "bad-record", "the line is not a JSON object".to_owned());
        }
        offset += length;
    }
}

/// A line without what is around its object, and where that begins.
fn object_of(line: &[u8]) -> (usize, &[u8]) {
    let mut rest = line;
    while let Some(first) = rest.first() {
        rest = match rest.strip_prefix(MARK) {
            Some(rest) => rest,
            None if first.is_ascii_whitespace() || matches!(first, b'\x1e' | b'\x1a') => &rest[1..],
            None => break,
        };
    }
    let start = line.len() - rest.len();
    let object = rest.trim_ascii_end();
    let without_comma = object.strip_suffix(b",").map(<[u8]>::trim_ascii_end);
    (start, without_comma.filter(|object| object.ends_with(b"}")).unwrap_or(object))
}

/// The lines of an input.
struct Lines<'i> {
    input: &'i mut dyn BufRead,
    limit: usize,
    /// The line that was read last, as far as it is within the limit.
    line: Vec<u8>,
    /// Whether a carriage return ends a line; `None` until a line has ended.
    has_returns: Option<bool>,
    /// Whether the line has an end, which only the last one may lack.
    is_ended: bool,
}

impl<'i> Lines<'i> {
    fn new(input: &'i mut dyn BufRead, limit: usize) -> Self {
        Self { input, limit, line: Vec::new(), has_returns: None, is_ended: false }
    }

    /// Reads a line with its end, but keeps at most one byte more than the limit. Returns its length; 0 at the end of the input.
    fn read(&mut self) -> io::Result<u64> {
        self.line.clear();
        self.is_ended = false;
        // The last byte of the line that is not blank. A line may hold many returns, so it is not looked for again at each.
        let (mut length, mut last) = (0, None);
        loop {
            let Some(available) = fill(self.input)? else { return Ok(length) };
            let end = match self.has_returns {
                Some(false) => memchr::memchr(b'\n', available),
                _ => memchr::memchr2(b'\n', b'\r', available),
            };
            let is_return = end.is_some_and(|end| available[end] == b'\r');
            let taken = end.map_or(available.len(), |end| end + 1);
            let kept = taken.min(self.limit.saturating_add(1).saturating_sub(self.line.len()));
            self.line.extend_from_slice(&available[..kept]);
            last = available[..taken].trim_ascii_end().last().copied().or(last);
            self.input.consume(taken);
            length += taken as u64;
            if end.is_none() {
                continue;
            }
            if !is_return {
                self.has_returns.get_or_insert(false);
                self.is_ended = true;
                return Ok(length);
            }
            // A return within a string is none that ends a line.
            let has_returns = self.has_returns == Some(true);
            let next = fill(self.input)?.and_then(|available| available.first().copied());
            if next != Some(b'\n') && (has_returns || last == Some(b'}')) {
                self.has_returns = Some(true);
                self.is_ended = true;
                return Ok(length);
            }
        }
    }
}

/// The next bytes of an input; `None` at its end.
fn fill(input: &mut dyn BufRead) -> io::Result<Option<&[u8]>> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // What was filled is given again.
    input.fill_buf().map(|available| Some(available).filter(|available| !available.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::{Keys, Piece, split};

    /// The pieces of a text as `line@offset: record`, or the code of what is broken.
    fn pieces(text: &[u8], limit: usize) -> Vec<String> {
        let mut found = Vec::new();
        let mut input = std::io::BufReader::with_capacity(7, text);
        split(&mut input, &Keys::default(), limit, &mut |place, piece| {
            let what = match piece {
                Piece::Record(bytes) => {
                    assert_eq!(bytes.len(), place.bytes as usize);
                    String::from_utf8_lossy(bytes).into_owned()
                }
                Piece::Broken { code, .. } => code.to_owned(),
            };
            found.push(format!("{}@{}: {what}", place.line, place.offset));
        })
        .expect("memory can be read");
        found
    }

    #[test]
    fn each_line_that_is_not_blank_is_a_record() {
        let text = b"\xef\xbb\xbf{\"title\":1}\n\n  {\"b\":2}\r\n{\"c\":3}";
        assert_eq!(pieces(text, 100), ["1@3: {\"title\":1}", "3@18: {\"b\":2}", "4@27: {\"c\":3}"]);
        assert_eq!(pieces(b"", 100), [""; 0]);
        assert_eq!(pieces(b"\n \n", 100), [""; 0]);
    }

    #[test]
    fn a_carriage_return_ends_lines_if_it_ends_the_first() {
        let text = b"{\"title\":1}\r\r{\"b\":2} \r\n{\"c\":3}\n5\r";
        let expected = ["1@0: {\"title\":1}", "3@13: {\"b\":2}", "4@23: {\"c\":3}", "5@31: bad-record"];
        assert_eq!(pieces(text, 100), expected);
        let text = b"{\"title\":\"a\r\"}\n{\"b\":\"}\r\"}\r\n";
        assert_eq!(pieces(text, 100), ["1@0: {\"title\":\"a\r\"}", "2@15: {\"b\":\"}\r\"}"]);
    }

    #[test]
    fn what_is_around_the_object_of_a_line_is_passed_over() {
        let text = b"{\"title\":1},\n\xef\xbb\xbf\xef\xbb\xbf {\"b\":2}\n\x1e{\"c\":3} , \r\n";
        assert_eq!(pieces(text, 100), ["1@0: {\"title\":1}", "2@20: {\"b\":2}", "3@29: {\"c\":3}"]);
    }

    #[test]
    fn a_line_that_is_no_object_is_broken() {
        assert_eq!(
            pieces(b"[]\n{\"title\":1}\n5", 100),
            ["1@0: bad-record", "2@3: {\"title\":1}", "3@15: bad-record"]
        );
    }

    #[test]
    fn a_line_over_the_limit_is_passed_over() {
        assert_eq!(
            pieces(b"{\"title\":1}\n{\"long\": \"0123456789\"}\n{}\n", 12),
            ["1@0: {\"title\":1}", "2@12: too-large", "3@35: {}"]
        );
    }

    #[test]
    fn a_file_that_ends_within_a_line_over_the_limit_is_cut_off() {
        let text = b"{\"title\":1}\n{\"long\": \"0123456789";
        assert_eq!(pieces(text, 12), ["1@0: {\"title\":1}", "2@12: cut-off"]);
    }

    #[test]
    fn many_returns_before_the_first_line_take_no_longer() {
        let text = "\r".repeat(2 << 20) + "{\"title\":1}\r{\"b\":2}\r\x1a";
        let start = 2 << 20;
        let expected = [format!("1@{start}: {{\"title\":1}}"), format!("2@{}: {{\"b\":2}}", start + 12)];
        assert_eq!(pieces(text.as_bytes(), 4 << 20), expected);
    }
}
