//! CSV (RFC 4180): a row of names, then a record a row. Columns may also be divided by `;`, `|` or a tab.
//!
//! A quote opens a field only at its beginning; what is behind its closing quote belongs to it. A row has as many columns as the
//! names; empty ones more are passed over, as spreadsheets write them. A row that is not closed, or is over the limit, is
//! broken, and reading goes on with its second line, since a quote that does not belong there would take all rows with it.
//! At the end of a file, the end mark of DOS is passed over, and a footer such as `Total 5` is broken.
//!
//! A line ends with a line feed, or with a carriage return if the row of names does, as in files of old spreadsheets. A first
//! line `sep=;` says what divides columns.

use super::{
    CUT_OFF, Piece, Place, Shape, SplitError,
    scan::{Scanner, Stop},
};
use crate::article::{Format, Keys, row_fields};
use std::io::BufRead;

/// The marks that may divide columns.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// After so many rows without an end, what is behind another is not tried again. Each may cost a look at as many bytes as the limit.
const MAX_UNCLOSED: usize = 16;

/// The mark with which programs of DOS end a text.
const DOS_END: u8 = 0x1a;

/// Maximum number of columns whose names are said.
const MAX_NAMES_SAID: usize = 20;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    /// What the first line tells.
    Unknown,
    /// A line feed. Carriage returns before it belong to it.
    LineFeed,
    /// A carriage return, or a line feed, or both.
    Return,
}

/// Splits a file, whose columns are divided by `delimiter`, or whose row of names tells by what.
pub(super) fn split(
    input: &mut dyn BufRead,
    delimiter: Option<u8>,
    keys: &Keys,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut scanner = Scanner::new(input, limit);
    let mut ends = Ends::Unknown;
    let head = match names(&mut scanner, delimiter, &mut ends, keys)? {
        Names::Head(head) => head,
        Names::None => return Ok(Shape { format: Format::Csv, head: Vec::new() }),
        Names::Cut(place, reason) => {
            each(place, Piece::Broken { code: CUT_OFF, reason });
            return Ok(Shape { format: Format::Csv, head: Vec::new() });
        }
    };
    let columns = row_fields(&head[1..], head[0]).count();
    let mut unclosed = 0;
    // A row of several lines that is over the limit, until a row follows: the file may end within it.
    let mut open: Option<Place> = None;
    // How the first column of the last row begins.
    let mut begins_with = None;
    loop {
        scanner.keep();
        let place = scanner.place();
        let row = match scan(&mut scanner, &head[..1], &mut ends, place) {
            Ok(Some(row)) => row,
            Ok(None) => {
                if let Some(place) = open {
                    let reason = "the file may end within this row, which is over the limit".to_owned();
                    each(place, Piece::Broken { code: CUT_OFF, reason });
                }
                return Ok(Shape { format: Format::Csv, head });
            }
            Err(Stop::Unreadable(error)) => return Err(error.into()),
            Err(stop) => {
                let passed = scanner.since(place);
                scanner.back_to(place);
                scanner.keep_nothing();
                let Passed { is_ended, is_open } = match pass_line(&mut scanner, ends) {
                    Ok(line) => line,
                    Err(Stop::Unreadable(error)) => return Err(error.into()),
                    Err(Stop::Full | Stop::Broken(..)) => Passed { is_ended: false, is_open: false },
                };
                // A line that is over the limit itself was read once. What is behind any other is read again.
                let is_one_line = scanner.length_since(place) > limit as u64;
                let (code, mut reason) = match stop {
                    Stop::Broken(_, reason) => (CUT_OFF, reason),
                    _ if is_one_line && !is_ended => {
                        (CUT_OFF, format!("the file ends within a row over the limit of {limit} bytes"))
                    }
                    _ => ("too-large", format!("a row of more than {limit} bytes, over the limit")),
                };
                unclosed += usize::from(!is_one_line);
                if unclosed > MAX_UNCLOSED {
                    reason.push_str("; what is behind it was not read");
                    each(passed, Piece::Broken { code: CUT_OFF, reason });
                    return Ok(Shape { format: Format::Csv, head });
                }
                if code != CUT_OFF && (is_open || !is_one_line) {
                    open = Some(place);
                }
                each(passed, Piece::Broken { code, reason });
                continue;
            }
        };
        let bytes = scanner.bytes(row.place);
        if row.filled == 0 || row.is_last && bytes.iter().all(|byte| *byte == DOS_END) {
            continue;
        }
        if bytes.len() > limit {
            let reason = format!("a record of {} bytes, over the limit of {limit}", bytes.len());
            each(row.place, Piece::Broken { code: if row.is_last { CUT_OFF } else { "too-large" }, reason });
        } else if row.columns < columns || row.filled > columns {
            let reason = format!("the row has {} columns instead of {columns}", row.columns);
            let is_footer = || row.columns == 1 && is_footer(bytes, begins_with);
            let is_cut = row.is_last && row.columns < columns && !is_footer();
            each(row.place, Piece::Broken { code: if is_cut { CUT_OFF } else { "bad-record" }, reason });
        } else {
            (open, begins_with) = (None, bytes.first().copied());
            each(row.place, Piece::Record(bytes));
        }
    }
}

/// Whether a last line without delimiters, and without an end, is the footer of a table and not the beginning of a row: it says so, or
/// begins otherwise than the row before. Of a row that is taken for a footer, nothing behind it would be kept.
fn is_footer(line: &[u8], row: Option<u8>) -> bool {
    let kind = |byte: &u8| (byte.is_ascii_digit(), byte.is_ascii_alphabetic(), *byte >= 0x80);
    let text = line.trim_ascii().to_ascii_lowercase();
    let is_sum = text.strip_prefix(b"total").is_some_and(|sum| !sum.iter().any(u8::is_ascii_alphabetic));
    let begins_otherwise = row.is_some_and(|row| line.first().is_some_and(|first| kind(first) != kind(&row)));
    is_sum || matches!(&*text, b"eof" | b"end") || begins_otherwise
}

/// The row of names.
enum Names {
    /// The delimiter and the bytes of the row.
    Head(Vec<u8>),
    /// The file is empty.
    None,
    /// The file ends within the row.
    Cut(Place, String),
}

/// Reads the row of names.
fn names(
    scanner: &mut Scanner<'_>,
    mut delimiter: Option<u8>,
    ends: &mut Ends,
    keys: &Keys,
) -> Result<Names, SplitError> {
    let refused = |stop| match stop {
        Stop::Unreadable(error) => error.into(),
        Stop::Full | Stop::Broken(..) => {
            let reason = "its row of names has no end".to_owned();
            SplitError::NoRecords { code: "no-title-or-text", reason }
        }
    };
    scanner.skip_mark().map_err(refused)?;
    let mut is_told = false;
    let row = loop {
        scanner.keep();
        let place = scanner.place();
        let delimiters = delimiter.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
        let row = match scan(scanner, delimiters, ends, place) {
            // What the index has of the file was read with a row that ended.
            Err(Stop::Full | Stop::Broken(..)) => {
                return Ok(Names::Cut(place, "its row of names has no end".to_owned()));
            }
            row => row.map_err(refused)?,
        };
        match row {
            Some(row) if row.filled == 0 => {}
            Some(row) if row.is_last => {
                return Ok(Names::Cut(row.place, "the file ends within its row of names".to_owned()));
            }
            Some(row) => match told_delimiter(scanner.bytes(row.place)).filter(|_| !is_told) {
                Some(told) => (delimiter, is_told) = (Some(told), true),
                None => break row,
            },
            None => return Ok(Names::None),
        }
    };
    let delimiters = delimiter.as_ref().map_or(&DELIMITERS[..], std::slice::from_ref);
    let bytes = scanner.bytes(row.place);
    let rank = |delimiter: u8| {
        let names: Vec<_> = row_fields(bytes, delimiter).collect();
        (keys.name_articles(&names), names.len())
    };
    let best = delimiters.iter().copied().rev().max_by_key(|delimiter| rank(*delimiter));
    let delimiter = best.unwrap_or(b',');
    if rank(delimiter).0 {
        return Ok(Names::Head([&[delimiter], bytes].concat()));
    }
    let names = row_fields(bytes, delimiter).take(MAX_NAMES_SAID);
    let said: Vec<String> = names.map(|name| name.chars().take(60).collect()).collect();
    let reason = format!("none of its columns is a title or a text: {}", said.join(", "));
    Err(SplitError::NoRecords { code: "no-title-or-text", reason })
}

/// The delimiter that a line `sep=;` names. A spreadsheet may have filled it up with more of them, or quoted it.
fn told_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, delimiters) = line.split_at_checked(b"sep=".len())?;
    let (first, others) = delimiters.split_first()?;
    let is_delimiter = !first.is_ascii_alphanumeric() && first.is_ascii() && *first != b'"';
    let is_told = name.eq_ignore_ascii_case(b"sep=") && others.iter().all(|other| other == first);
    (is_told && is_delimiter).then_some(*first)
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
fn scan(
    scanner: &mut Scanner<'_>,
    delimiters: &[u8],
    ends: &mut Ends,
    place: Place,
) -> Result<Option<Row>, Stop> {
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
                [delimiter] if *ends == Ends::LineFeed => memchr::memchr2(*delimiter, b'\n', rest),
                [delimiter] => memchr::memchr3(*delimiter, b'\n', b'\r', rest),
                _ => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r') || delimiters.contains(byte)),
            };
            let passed = end.unwrap_or(rest.len());
            scanner.pass(passed);
            if end.is_none() {
                if !scanner.more()? {
                    break None;
                }
                continue;
            }
            let end = scanner.rest().first().copied();
            if end == Some(b'\r') && *ends == Ends::Unknown && is_before_line_feed(scanner)? {
                scanner.pass(1);
            } else {
                break end;
            }
        };
        let field = scanner.bytes(scanner.since(place)).get(usize::try_from(start).unwrap_or(0)..);
        if field.is_some_and(|field| !field.trim_ascii().is_empty() && field != b"\"\"") {
            filled = columns;
        }
        if end.is_none_or(|end| matches!(end, b'\n' | b'\r')) {
            let mut place = scanner.since(place);
            let returns = scanner.bytes(place).iter().rev().take_while(|byte| **byte == b'\r').count();
            place.bytes -= u32::try_from(returns).unwrap_or(u32::MAX);
            end_line(scanner, end, ends)?;
            return Ok(Some(Row { place, columns, filled, is_last: end.is_none() }));
        }
        scanner.pass(1);
    }
}

/// Whether a line feed follows the carriage return at the next byte. Programs that add a carriage return without a look leave two.
fn is_before_line_feed(scanner: &mut Scanner<'_>) -> Result<bool, Stop> {
    while scanner.rest().len() < 3 && scanner.more()? {}
    Ok(matches!(scanner.rest(), [_, b'\n', ..] | [_, b'\r', b'\n', ..]))
}

/// Passes the end of a line, and takes it for that of all lines if none was known.
fn end_line(scanner: &mut Scanner<'_>, end: Option<u8>, ends: &mut Ends) -> Result<(), Stop> {
    if *ends == Ends::Unknown {
        *ends = if end == Some(b'\r') { Ends::Return } else { Ends::LineFeed };
        if *ends == Ends::Return {
            scanner.count_returns();
        }
    }
    scanner.pass(usize::from(end.is_some()));
    if end == Some(b'\r') {
        if scanner.rest().is_empty() {
            scanner.more()?;
        }
        let is_both = scanner.rest().first() == Some(&b'\n');
        scanner.pass(usize::from(is_both));
    }
    Ok(())
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

/// A line that was passed.
struct Passed {
    /// Whether it has an end, which only the last one may lack.
    is_ended: bool,
    /// Whether it has an odd number of quotes.
    is_open: bool,
}

/// Passes all up to the end of a line.
fn pass_line(scanner: &mut Scanner<'_>, mut ends: Ends) -> Result<Passed, Stop> {
    let mut quotes = 0;
    loop {
        let rest = scanner.rest();
        let end = match ends {
            Ends::Return => memchr::memchr2(b'\n', b'\r', rest),
            _ => memchr::memchr(b'\n', rest),
        };
        let passed = end.unwrap_or(rest.len());
        quotes += memchr::memchr_iter(b'"', &rest[..passed]).count();
        scanner.pass(passed);
        let is_open = quotes % 2 == 1;
        if end.is_some() {
            let end = scanner.rest().first().copied();
            end_line(scanner, end, &mut ends)?;
            return Ok(Passed { is_ended: true, is_open });
        }
        if !scanner.more()? {
            return Ok(Passed { is_ended: false, is_open });
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
    fn a_carriage_return_ends_lines_if_it_ends_the_row_of_names() {
        let text = "title,text\ra,\"b\rc\"\r\rd,e\r\nf,\"g\nh,i\r";
        let expected =
            ["2: a,\"b\rc\"", "5: d,e", "6: the quote that opens on line 6 is not closed", "7: h,i"];
        assert_eq!(pieces(text, 100), Ok(expected.map(str::to_owned).to_vec()));
        // A writer that ends lines twice, and a return in a field that is not the end of a line.
        let text = "title,text\r\r\na,b\r\r\nc\rd,e\r\n";
        assert_eq!(pieces(text, 100), Ok(vec!["2: a,b".to_owned(), "3: c\rd,e".to_owned()]));
        let returns = "\r".repeat(100_000) + "title,text\ra,b";
        assert_eq!(pieces(&returns, 100), Ok(vec!["100002: a,b".to_owned()]));
    }

    #[test]
    fn a_first_line_may_say_what_divides_columns() {
        for (line, delimiter) in [
            ("sep=;", ";"),
            ("SEP=,", ","),
            ("sep=\t", "\t"),
            ("\"sep=|\"", "|"),
            ("sep=^", "^"),
            ("sep=;;;", ";"),
        ] {
            for end in ["\n", "\r\n", "\r"] {
                let rows = ["id,title", "1,b", ""].map(|row| row.replace(',', delimiter)).join(end);
                let expected = vec!["3: 1,b".replace(',', delimiter)];
                assert_eq!(pieces(&format!("{line}{end}{rows}"), 100), Ok(expected), "{line:?} {end:?}");
            }
        }
        // A column may have that name.
        assert_eq!(pieces("sep=x,title\n1,a\n", 100), Ok(vec!["2: 1,a".to_owned()]));
    }

    /// The codes of what is broken in a text, with their lines, and the number of its records.
    fn codes(text: &str, limit: usize) -> (Vec<(u32, &'static str)>, usize) {
        let (mut codes, mut records) = (Vec::new(), 0);
        let mut input = std::io::BufReader::with_capacity(3, text.as_bytes());
        split(&mut input, None, &Keys::default(), limit, &mut |place, piece| match piece {
            Piece::Record(_) => records += 1,
            Piece::Broken { code, .. } => codes.push((place.line, code)),
        })
        .expect("it has names");
        (codes, records)
    }

    #[test]
    fn rows_over_the_limit_do_not_end_the_reading() {
        let large = format!("1,{}\n", "x".repeat(100));
        let text = format!("id,title\n{}2,b\n", large.repeat(40));
        let expected: Vec<_> = (2..42).map(|line| (line, "too-large")).collect();
        assert_eq!(codes(&text, 50), (expected, 1));
        // Open quotes do, and what is behind them is not known.
        let open = format!("1,\"{}\n", "b\n".repeat(100));
        let (found, _) = codes(&format!("id,title\n{}", open.repeat(20)), 50);
        assert_eq!(found.last().map(|(_, code)| *code), Some("cut-off"));
    }

    #[test]
    fn a_file_that_ends_within_a_row_is_cut_off() {
        let large = "x".repeat(100);
        for (text, line) in [
            (format!("id,title\n1,a\n2,{large}"), 3),
            (format!("id,title\n1,a\n2,\"{large}"), 3),
            (format!("id,title\n1,a\n2,\"{large}\nb\nc"), 3),
            (format!("id,title\n1,a\n2,\"b\n{large}\nc"), 3),
            ("id,title,text\n1,a,b\n2,b".to_owned(), 3),
            ("id,title,text\n1,a,b\n2".to_owned(), 3),
            ("id,title,text\n1,a,b\n2,\"b".to_owned(), 3),
            ("id,\"tit".to_owned(), 1),
            ("id,\"title\",te".to_owned(), 1),
            ("id,da".to_owned(), 1),
        ] {
            let (found, records) = codes(&text, 50);
            assert!(found.contains(&(line, "cut-off")), "{text} {found:?}");
            assert_eq!(records, usize::from(line > 1), "{text}");
        }
    }

    #[test]
    fn the_end_of_a_table_is_no_cut() {
        let rows = "id,title,text\n1,a,b\n";
        for end in ["\x1a", "\x1a\x1a\x1a"] {
            assert_eq!(codes(&format!("{rows}{end}"), 50), (vec![], 1), "{end:?}");
        }
        for end in ["EOF", "Total 5", "-- end of file", "Total 5\n", "EOF\r\n"] {
            assert_eq!(codes(&format!("{rows}{end}"), 50), (vec![(3, "bad-record")], 1), "{end:?}");
        }
        let titles = "title,id,text\nCopper,1,b\n";
        for (end, code) in [("EOF", "bad-record"), ("Total: 5", "bad-record"), ("Total outp", "cut-off")] {
            assert_eq!(codes(&format!("{titles}{end}"), 50), (vec![(3, code)], 1), "{end:?}");
        }
    }

    #[test]
    fn names_without_a_title_are_told() {
        let reason = "none of its columns is a title or a text: open, close";
        assert_eq!(pieces("open,close\n1,2\n", 100), Err(reason.to_owned()));
    }
}
