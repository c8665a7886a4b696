//! JSON: the objects that are records, wherever they stand in a file.
//!
//! A file is one value or several, one after the other. An object is one record if it has a text, or a title and no list
//! that is named as lists of articles are. Else its records are the objects of its first list whose first object has a
//! title or a text. The objects of a list that is a value itself are records.
//!
//! An object is kept in memory until it is known which of both it is: up to its list with such a name, or to its end. Of an object
//! over the limit it is the list, if there is one.

use super::{
    Piece, Place, Shape, SplitError,
    chosen::Chosen,
    scan::{Scanner, Stop},
};
use crate::article::{Format, Keys, Outline};
use std::io::BufRead;

/// A list of records is nested at most this deep.
const MAX_WRAPPERS: usize = 8;

/// The names that lists of articles have. Such a list is one even if the object around it has a title, as feeds do.
const LISTS: [&str; 18] = [
    "items",
    "item",
    "entries",
    "entry",
    "data",
    "articles",
    "news",
    "posts",
    "stories",
    "results",
    "result",
    "list",
    "feed",
    "records",
    "docs",
    "documents",
    "hits",
    "rows",
];

pub(super) fn split(
    input: &mut dyn BufRead,
    keys: &Keys,
    limit: usize,
    each: &mut dyn FnMut(Place, Piece<'_>),
) -> Result<Shape, SplitError> {
    let mut walk = Walk { scanner: Scanner::new(input, limit), chosen: Chosen::new(keys, each), keys, limit };
    match walk.values() {
        // What is kept is full only inside of a record, which then ends otherwise.
        Ok(()) | Err(Stop::Full) => {}
        Err(Stop::Unreadable(error)) => return Err(error.into()),
        Err(Stop::Broken(place, reason)) => {
            walk.chosen.cut_off(place, reason);
            return Ok(Shape { format: Format::Json, head: Vec::new() });
        }
    }
    walk.chosen.finish()?;
    Ok(Shape { format: Format::Json, head: Vec::new() })
}

/// A list whose first object has a title or a text.
#[derive(Clone, Copy, Debug)]
struct List {
    /// Where it begins.
    place: Place,
    /// How many objects are around it.
    depth: usize,
    /// Whether it has the name of a list of articles.
    is_named: bool,
}

/// What is known of the object that is being read.
#[derive(Debug, Default)]
struct Seen {
    /// The first list that may be one of records.
    list: Option<List>,
    /// Whether the object itself has a text.
    has_text: bool,
}

impl Seen {
    /// Whether the list is one of records, whatever else the object holds.
    fn is_decided(&self) -> bool {
        !self.has_text && self.list.is_some_and(|list| list.is_named)
    }
}

struct Walk<'w> {
    scanner: Scanner<'w>,
    chosen: Chosen<'w>,
    keys: &'w Keys,
    limit: usize,
}

impl Walk<'_> {
    /// Reads the values of the file.
    fn values(&mut self) -> Result<(), Stop> {
        self.scanner.skip_mark()?;
        // Between values are record separators (RFC 7464), or commas where someone has cut a list open.
        while let Some(first) = self.scanner.peek(b",\x1e")? {
            match first {
                b'{' => self.object()?,
                b'[' => self.list()?,
                _ => self.no_object()?,
            }
        }
        Ok(())
    }

    /// Reads a value of a list, or of the file, that is neither an object nor a list.
    fn no_object(&mut self) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.value().map_err(|stop| since(place, stop))?;
        let place = self.scanner.since(place);
        self.chosen.broken(place, "bad-record", "the record is not a JSON object".to_owned());
        Ok(())
    }

    /// Reads an object that is a value of the file.
    fn object(&mut self) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.keep();
        let mut seen = Seen::default();
        match (self.members(0, &mut seen), seen.list) {
            (Ok(()), list) => {
                let place = self.scanner.since(place);
                let bytes = self.scanner.bytes(place);
                match list.filter(|list| seen.is_decided() || !is_record(bytes, *list, self.keys)) {
                    Some(list) => return self.list_in_object(list),
                    None if bytes.len() > self.limit => {
                        self.chosen.too_large(place, u64::from(place.bytes), self.limit);
                    }
                    None => self.chosen.record(place, bytes),
                }
            }
            (Err(Stop::Full | Stop::Broken(..)), Some(list)) if !seen.has_text => {
                return self.list_in_object(list);
            }
            (Err(Stop::Full), _) => self.pass_too_large(place)?,
            (Err(stop), _) => return Err(since(place, stop)),
        }
        self.scanner.keep_nothing();
        Ok(())
    }

    /// Passes a value that begins at a place and is over the limit.
    fn pass_too_large(&mut self, place: Place) -> Result<(), Stop> {
        self.scanner.back_to(place);
        self.scanner.keep_nothing();
        self.scanner.value().map_err(|stop| since(place, stop))?;
        let (place, length) = (self.scanner.since(place), self.scanner.length_since(place));
        self.chosen.too_large(place, length, self.limit);
        Ok(())
    }

    /// Reads the list that was found in an object, from its beginning, and passes all that is behind it.
    fn list_in_object(&mut self, list: List) -> Result<(), Stop> {
        self.scanner.back_to(list.place);
        self.list()?;
        self.scanner.close(list.depth)
    }

    /// Reads the members of an object, with those of the objects in it, up to where its list is known to be one of records.
    fn members(&mut self, depth: usize, seen: &mut Seen) -> Result<(), Stop> {
        self.scanner.bracket();
        loop {
            match self.scanner.peek(b",")? {
                Some(b'"') => {}
                Some(b'}') => {
                    self.scanner.bracket();
                    return Ok(());
                }
                Some(_) => return Err(self.scanner.broken("a key in double quotes was expected")),
                None => return Err(self.scanner.truncated()),
            }
            let key = self.scanner.key()?;
            let first = self.scanner.peek(b":")?;
            let may_hold = depth + 1 < MAX_WRAPPERS && seen.list.is_none();
            match first {
                Some(b'{') if may_hold => self.members(depth + 1, seen)?,
                Some(b'[') if may_hold => self.look_into_list(&key, depth + 1, seen)?,
                _ => {
                    let place = self.scanner.place();
                    self.scanner.value()?;
                    // Two quotes are no text.
                    let is_text = first == Some(b'"') && self.scanner.length_since(place) > 2;
                    seen.has_text |= depth == 0 && is_text && self.keys.is_body(&key);
                }
            }
            if seen.is_decided() {
                return Ok(());
            }
        }
    }

    /// Reads a list in an object: whether its first object has a title or a text.
    fn look_into_list(&mut self, key: &str, depth: usize, seen: &mut Seen) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.bracket();
        if self.scanner.peek(b"")? == Some(b'{') {
            let first = self.scanner.place();
            self.scanner.value()?;
            let bytes = self.scanner.bytes(self.scanner.since(first));
            if Outline::of(bytes, self.keys).is_ok_and(|outline| outline.is_article()) {
                let is_named = LISTS.iter().any(|name| key.eq_ignore_ascii_case(name));
                seen.list = Some(List { place, depth, is_named });
            }
        }
        if seen.is_decided() { Ok(()) } else { self.scanner.close(1) }
    }

    /// Reads a list of records, with those of the lists in it.
    fn list(&mut self) -> Result<(), Stop> {
        self.scanner.keep_nothing();
        self.scanner.bracket();
        let mut depth = 1;
        while depth > 0 {
            let first = self.scanner.peek(b",")?;
            let place = self.scanner.place();
            match first {
                Some(b'{') => self.record()?,
                Some(b'[') if depth < MAX_WRAPPERS => {
                    self.scanner.bracket();
                    depth += 1;
                }
                Some(b']') => {
                    self.scanner.bracket();
                    depth -= 1;
                }
                Some(_) => self.no_object()?,
                None => return Err(Stop::Broken(place, "the file ends before its list does".to_owned())),
            }
        }
        Ok(())
    }

    /// Reads an object of a list.
    fn record(&mut self) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.keep();
        match self.scanner.value() {
            Ok(()) if self.scanner.length_since(place) <= self.limit as u64 => {
                let place = self.scanner.since(place);
                self.chosen.record(place, self.scanner.bytes(place));
                self.scanner.keep_nothing();
                Ok(())
            }
            Ok(()) | Err(Stop::Full) => self.pass_too_large(place),
            Err(stop) => Err(since(place, stop)),
        }
    }
}

/// Whether an object that holds a list is a record itself.
fn is_record(bytes: &[u8], list: List, keys: &Keys) -> bool {
    match Outline::of(bytes, keys) {
        Ok(outline) => outline.has_text || outline.has_title && !list.is_named,
        Err(_) => false,
    }
}

/// Why scanning ends, said of the record that begins at a place.
fn since(place: Place, stop: Stop) -> Stop {
    match stop {
        Stop::Broken(at, reason) => {
            let bytes = u32::try_from(at.offset.saturating_sub(place.offset)).unwrap_or(u32::MAX);
            Stop::Broken(Place { bytes, ..place }, format!("{reason}, on line {}", at.line))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Piece, split};
    use crate::{article::RecordParser, source::SplitError};

    /// The pieces of a text as `line: record`, or the reason of what is broken. Each record is what its place says.
    fn pieces(text: &[u8], limit: usize) -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        let mut input = std::io::BufReader::with_capacity(5, text);
        let split = split(&mut input, &Keys::default(), limit, &mut |place, piece| {
            let what = match piece {
                Piece::Record(bytes) => {
                    let start = usize::try_from(place.offset).expect("a short text");
                    assert_eq!(&text[start..][..place.bytes as usize], bytes);
                    let line = 1 + memchr::memchr_iter(b'\n', &text[..start]).count();
                    assert_eq!(line, place.line as usize);
                    String::from_utf8_lossy(bytes).into_owned()
                }
                Piece::Broken { reason, .. } => format!("({reason})"),
            };
            found.push(format!("{}: {what}", place.line));
        });
        match split {
            Ok(_) => Ok(found),
            Err(SplitError::NoRecords { reason, .. }) => Err(reason),
            Err(error) => Err(error.to_string()),
        }
    }

    const A: &str = r#"{"title":"a \"}","x":[{"y":1}]}"#;
    const B: &str = r#"{"text":"b\\"}"#;

    #[test]
    fn records_are_found_wherever_they_stand() {
        let both = vec![format!("1: {A}"), format!("1: {B}")];
        for (text, expected) in [
            (A.to_owned(), &both[..1]),
            (format!("[{A},{B}]"), &both[..]),
            (format!("\u{feff} [ {A} , {B} ] "), &both),
            (format!("{A}{B}"), &both),
            (format!("\u{1e}{A}\u{1e}{B}"), &both),
            (format!("[{A}],[[{B}]]"), &both),
            (format!(r#"{{"items":[{A},{B}],"more":[{A}]}}"#), &both),
            // A feed has a title of its own.
            (format!(r#"{{"version":"1","title":"Feed","items":[{A},{B}]}}"#), &both),
            (format!(r#"{{"status":0,"response":{{"x":[1],"docs":[{A},{B}],"z":{{}}}},"end":"}}"}}"#), &both),
            // Any name will do where nothing else is an article.
            (format!(r#"{{"code":0,"新闻":[{A},{B}]}}"#), &both),
        ] {
            assert_eq!(pieces(text.as_bytes(), 1_000).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_article_that_holds_a_list_is_one_record() {
        for text in [
            r#"{"title":"a","images":[{"title":"caption"}],"content":"b"}"#,
            r#"{"content":"b","items":[{"title":"a"}]}"#,
            r#"{"title":"a","related":[{"title":"b"}]}"#,
            r#"{"code":0,"data":{"title":"a","publishedAt":"2025-03-07"}}"#,
        ] {
            assert_eq!(pieces(text.as_bytes(), 1_000), Ok(vec![format!("1: {text}")]));
        }
    }

    #[test]
    fn what_is_no_article_is_told() {
        let reason = |keys: &str| Err(format!("none of its keys is a title or a text: {keys}"));
        assert_eq!(pieces(br#"{"open":1,"close":[2]}"#, 100), reason("open, close"));
        assert_eq!(pieces(br#"[{"open":1},{"x":{}}]"#, 100), reason("open"));
        assert_eq!(pieces(b"[]", 100), Ok(vec![]));
        let text = "[{\"open\":1},\n{\"title\":\"a\"},\n5]";
        let expected = [
            "1: (none of its keys is a title or a text: open)",
            "2: {\"title\":\"a\"}",
            "3: (the record is not a JSON object)",
        ];
        assert_eq!(pieces(text.as_bytes(), 100), Ok(expected.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_record_over_the_limit_is_passed_over() {
        let large = format!("{{\"title\":\"{}\"}}", "x".repeat(200_000));
        let told = format!("(a record of {} bytes, over the limit of 30)", large.len());
        let expected = Ok(vec![format!("1: {B}"), format!("2: {told}"), format!("3: {B}")]);
        assert_eq!(pieces(format!("[{B},\n{large},\n{B}]").as_bytes(), 30), expected);
        assert_eq!(pieces(format!("{B}\n{large}\n{B}").as_bytes(), 30), expected);
        // A list is no record, whatever its length.
        let many = format!(r#"{{"other":[{B}{}]}}"#, format!(",{B}").repeat(99));
        assert_eq!(pieces(many.as_bytes(), 60).map(|found| found.len()), Ok(100));
    }

    #[test]
    fn of_a_file_that_is_cut_the_whole_records_are_kept() {
        let texts = [
            format!("[{A},\n{B},\n{A}]"),
            format!(r#"{{"status":0,"items":[{A},{B},{A}]}}"#),
            format!(r#"{{"title":"t","rows":[{A},{B},{A}]}}"#),
            format!("{A}\n{B}\n{A}"),
        ];
        for text in texts {
            let ends: Vec<_> = [A, B, A]
                .iter()
                .scan(0, |from, record| {
                    *from += text[*from..].find(record).expect("it is there") + record.len();
                    Some(*from)
                })
                .collect();
            for end in 0..text.len() {
                let cut = pieces(&text.as_bytes()[..end], 1_000).unwrap_or_default();
                let whole = cut.iter().filter(|piece| !piece.ends_with(')')).count();
                assert_eq!(whole, ends.iter().filter(|at| **at <= end).count(), "{}", &text[..end]);
            }
        }
    }

    /// Bytes of all kinds of mistakes: what is found is where its place says, and the parser takes it or tells why not.
    #[test]
    fn any_bytes_end() {
        let parts = [
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ",",
            ":",
            "\"title\":",
            "\"items\":",
            "\"a\"",
            "1",
            "null",
            " ",
            "\n",
            "é",
            "\u{1e}",
        ];
        let mut state = 1_u64;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).expect("31 bits") % below
        };
        let keys = Keys::default();
        let parser = RecordParser::new(crate::article::Format::Json, b"", &keys);
        for _ in 0..5_000 {
            let text: String = (0..random(40)).map(|_| parts[random(parts.len())]).collect();
            let limit = random(50);
            let found = pieces(text.as_bytes(), limit).unwrap_or_default();
            assert!(found.len() <= text.len() + 1);
            for piece in found {
                let _ = parser.parse(piece.as_bytes(), "a.json");
            }
        }
    }
}
