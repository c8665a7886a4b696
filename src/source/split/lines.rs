//! JSON lines: each line that is not blank is a record, an object.

use super::{Piece, Place, Shape, SplitError, chosen::Chosen};
use crate::article::{Format, Keys, Outline};
use std::io::BufRead;

pub(super) fn split(
    input: &mut dyn BufRead,
    keys: &Keys,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut chosen = Chosen::new(keys, each);
    let (mut line, mut offset, mut number) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        let length = read_line(input, &mut line, limit)?;
        if length == 0 {
            chosen.finish()?;
            return Ok(Shape { format: Format::Json, head: Vec::new() });
        }
        number += 1;
        let start = if offset == 0 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let blank = line[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let record = line[start + blank..].trim_ascii_end();
        let place = Place {
            offset: offset + (start + blank) as u64,
            bytes: u32::try_from(record.len()).unwrap_or(u32::MAX),
            line: u32::try_from(number).unwrap_or(u32::MAX),
        };
        if length > line.len() as u64 {
            chosen.too_large(place, length, limit);
        } else if record.starts_with(b"{") {
            // Only the last line has no end.
            let is_cut = || Outline::of(record, keys).err();
            match if line.ends_with(b"\n") { None } else { is_cut() } {
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

/// Reads a line with its line feed, but keeps at most `limit` bytes of it. Returns its length; 0 at the end of the input.
fn read_line(input: &mut dyn BufRead, line: &mut Vec<u8>, limit: usize) -> std::io::Result<u64> {
    let mut length = 0;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', available);
        let taken = end.map_or(available.len(), |end| end + 1);
        let kept = taken.min(limit.saturating_add(1).saturating_sub(line.len()));
        line.extend_from_slice(&available[..kept]);
        input.consume(taken);
        length += taken as u64;
        if end.is_some() || taken == 0 {
            return Ok(length);
        }
    }
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
}
