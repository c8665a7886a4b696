//! CSV (RFC 4180): a row of names, then a record a row. Columns may also be divided by `;`, `|` or a tab.
//!
//! A quote opens a field only at its beginning; what is behind its closing quote belongs to it. A row has as many columns as the
//! names; empty ones more are passed over, as spreadsheets write them. A row that is not closed, or is over the limit, is
//! broken, and reading goes on with its second line, since a quote that does not belong there would take all rows with it.

use super::{
    CUT_OFF, Piece, Place, Shape, SplitError,
    scan::{Scanner, Stop},
};
use crate::article::{Format, Keys, row_fields};
use std::io::BufRead;

/// The marks that may divide columns.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// After so many rows without an end, what is behind another is not tried again.
const MAX_UNCLOSED: usize = 16;

/// Maximum number of columns whose names are said.
const MAX_NAMES_SAID: usize = 20;

/// Splits a file, whose columns are divided by `delimiter`, or whose row of names tells by what.
pub(super) fn split(
    input: &mut dyn BufRead,
    delimiter: Option<u8>,
    keys: &Keys,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut scanner = Scanner::new(input, limit);
    let head = names(&mut scanner, delimiter, keys)?;
    let Some(head) = head else { return Ok(Shape { format: Format::Csv, head: Vec::new() }) };
    let columns = row_fields(&head[1..], head[0]).len();
    let mut unclosed = 0;
    loop {
        scanner.keep();
        let place = scanner.place();
        let row = match scan(&mut scanner, &head[..1], place) {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(Shape { format: Format::Csv, head }),
            Err(Stop::Unreadable(error)) => return Err(error.into()),
            Err(stop) => {
                let (code, mut reason) = match stop {
                    Stop::Broken(_, reason) => (CUT_OFF, reason),
                    _ => ("too-large", format!("a row of more than {limit} bytes, over the limit")),
                };
                unclosed += 1;
                if unclosed > MAX_UNCLOSED {
                    reason.push_str("; what is behind it was not read");
                }
                let place = scanner.since(place);
                each(place, Piece::Broken { code, reason });
                if unclosed > MAX_UNCLOSED {
                    return Ok(Shape { format: Format::Csv, head });
                }
                scanner.back_to(place);
                scanner.keep_nothing();
                if let Err(Stop::Unreadable(error)) = pass_line(&mut scanner) {
                    return Err(error.into());
                }
                continue;
            }
        };
        let bytes = scanner.bytes(row.place);
        if row.filled == 0 {
            continue;
        }
        if bytes.len() > limit {
            let reason = format!("a record of {} bytes, over the limit of {limit}", bytes.len());
            each(row.place, Piece::Broken { code: "too-large", reason });
        } else if row.columns < columns || row.filled > columns {
            let reason = format!("the row has {} columns instead of {columns}", row.columns);
            let is_cut = row.is_last && row.columns < columns;
            each(row.place, Piece::Broken { code: if is_cut { CUT_OFF } else { "bad-record" }, reason });
        } else {
            each(row.place, Piece::Record(bytes));
        }
    }
}

/// Reads the row of names: the delimiter and the bytes of the row. `None` if the file is empty.
fn names(
    scanner: &mut Scanner<'_>,
    delimiter: Option<u8>,
    keys: &Keys,
) -> Result<Option<Vec<u8>>, SplitError> {
    let refused = |stop| match stop {
        Stop::Unreadable(error) => error.into(),
        Stop::Full | Stop::Broken(..) => {
            let reason = "its row of names has no end".to_owned();
            SplitError::NoRecords { code: "no-title-or-text", reason }
        }
    };
    scanner.skip_mark().map_err(refused)?;
    let delimiters = delimiter.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
    let row = loop {
        scanner.keep();
        let place = scanner.place();
        match scan(scanner, delimiters, place).map_err(refused)? {
            Some(row) if row.filled == 0 => {}
            Some(row) => break row,
            None => return Ok(None),
        }
    };
    let bytes = scanner.bytes(row.place);
    let rank = |delimiter: u8| {
        let names = row_fields(bytes, delimiter);
        (keys.name_articles(&names), names.len())
    };
    let best = delimiters.iter().copied().rev().max_by_key(|delimiter| rank(*delimiter));
    let delimiter = best.unwrap_or(b',');
    if rank(delimiter).0 {
        return Ok(Some([&[delimiter], bytes].concat()));
    }
    let names = row_fields(bytes, delimiter);
    let said: Vec<String> =
        names.iter().take(MAX_NAMES_SAID).map(|name| name.chars().take(60).collect()).collect();
    let reason = format!("none of its columns is a title or a text: {}", said.join(", "));
    Err(SplitError::NoRecords { code: "no-title-or-text", reason })
}

/// A row of a file.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// Its place, without the end of its line.
    place: Place,
    /// How many columns it has.
    columns: usize,
    /// How many of these are left without the empty ones at its end.
    filled: usize,
    /// Whether the file ends with it, without an end of the line.
    is_last: bool,
}

/// Passes the row that begins at a place, which is kept; `None` at the end of the file.
fn scan(scanner: &mut Scanner<'_>, delimiters: &[u8], place: Place) -> Result<Option<Row>, Stop> {
    if scanner.rest().is_empty() && !scanner.more()? {
        return Ok(None);
    }
    let (mut columns, mut filled) = (0, 0);
    loop {
        columns += 1;
        let start = scanner.length_since(place);
        if scanner.rest().is_empty() {
            scanner.more()?;
        }
        if scanner.rest().first() == Some(&b'"') {
            let line = scanner.place().line;
            quoted(scanner).map_err(|stop| match stop {
                Stop::Broken(at, _) => {
                    Stop::Broken(at, format!("the quote that opens on line {line} is not closed"))
                }
                other => other,
            })?;
        }
        let end = loop {
            let rest = scanner.rest();
            let end = match delimiters {
                [delimiter] => memchr::memchr2(*delimiter, b'\n', rest),
                _ => rest.iter().position(|byte| *byte == b'\n' || delimiters.contains(byte)),
            };
            let passed = end.unwrap_or(rest.len());
            scanner.pass(passed);
            if end.is_some() || !scanner.more()? {
                break end.and_then(|_| scanner.rest().first().copied());
            }
        };
        let field = scanner.bytes(scanner.since(place)).get(usize::try_from(start).unwrap_or(0)..);
        if field.is_some_and(|field| !field.trim_ascii().is_empty() && field != b"\"\"") {
            filled = columns;
        }
        if end.is_none_or(|end| end == b'\n') {
            let mut place = scanner.since(place);
            place.bytes -= u32::from(scanner.bytes(place).ends_with(b"\r"));
            scanner.pass(usize::from(end.is_some()));
            return Ok(Some(Row { place, columns, filled, is_last: end.is_none() }));
        }
        scanner.pass(1);
    }
}

/// Passes a field in quotes with its closing quote.
fn quoted(scanner: &mut Scanner<'_>) -> Result<(), Stop> {
    scanner.pass(1);
    loop {
        let Some(at) = memchr::memchr(b'"', scanner.rest()) else {
            let passed = scanner.rest().len();
            scanner.pass(passed);
            if !scanner.more()? {
                return Err(scanner.truncated());
            }
            continue;
        };
        scanner.pass(at + 1);
        // Two quotes are one in the field; the second may be the first byte of the next buffer.
        if scanner.rest().is_empty() {
            scanner.more()?;
        }
        if scanner.rest().first() != Some(&b'"') {
            return Ok(());
        }
        scanner.pass(1);
    }
}

/// Passes all up to the end of a line.
fn pass_line(scanner: &mut Scanner<'_>) -> Result<(), Stop> {
    loop {
        let rest = scanner.rest();
        let end = memchr::memchr(b'\n', rest);
        scanner.pass(end.map_or(rest.len(), |end| end + 1));
        if end.is_some() || !scanner.more()? {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Piece, split};
    use crate::source::SplitError;

    /// The pieces of a text as `line: record`, or the reason of what is broken.
    fn pieces(text: &str, limit: usize) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let mut input = std::io::BufReader::with_capacity(3, text.as_bytes());
        let split = split(&mut input, None, &Keys::default(), limit, &mut |place, piece| {
            let what = match piece {
                Piece::Record(bytes) => {
                    let start = usize::try_from(place.offset).expect("a short text");
                    assert_eq!(&text.as_bytes()[start..][..place.bytes as usize], bytes);
                    String::from_utf8_lossy(bytes).into_owned()
                }
                Piece::Broken { reason, .. } => reason,
            };
            found.push(format!("{}: {what}", place.line));
        });
        match split {
            Ok(_) => Ok(found),
            Err(SplitError::NoRecords { reason, .. }) => Err(reason),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn a_row_is_a_record_whatever_divides_its_columns() {
        for delimiter in [",", ";", "\t", "|"] {
            let text = "\u{feff}id,title\r\n\r\n1,\"a\n\"\"b\"\"\"\r\n,\n2,c".replace(',', delimiter);
            let expected = ["3: 1,\"a\n\"\"b\"\"\"", "6: 2,c"].map(|row| row.replace(',', delimiter));
            assert_eq!(pieces(&text, 100), Ok(expected.to_vec()), "{delimiter:?}");
        }
        assert_eq!(pieces("", 100), Ok(vec![]));
    }

    #[test]
    fn a_row_with_other_columns_is_broken() {
        let text = "title,text\na\nb,c,,\nd,e,f\ng,h\n";
        let expected = [
            "2: the row has 1 columns instead of 2",
            "3: b,c,,",
            "4: the row has 3 columns instead of 2",
            "5: g,h",
        ];
        assert_eq!(pieces(text, 100), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn an_open_quote_costs_its_line() {
        let text = "title,text\na,\"b\nc,d\ne,f\n";
        let expected = ["2: the quote that opens on line 2 is not closed", "3: c,d", "4: e,f"];
        assert_eq!(pieces(text, 100), Ok(expected.map(str::to_owned).to_vec()));
        let open = "title,text\n".to_owned() + &"a,\"b\n\n".repeat(10_001);
        assert!(pieces(&open, 50).is_ok_and(|found| found.len() < 10_100), "the time is linear");
    }

    #[test]
    fn names_without_a_title_are_told() {
        let reason = "none of its columns is a title or a text: open, close";
        assert_eq!(pieces("open,close\n1,2\n", 100), Err(reason.to_owned()));
    }
}
