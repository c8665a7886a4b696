//! JSON: the objects that are records, wherever they stand in a file.
//!
//! A file is one value or several, one after the other. The objects of a list that is a value are records. An object that is a
//! value is, in this order,
//!
//! - one record, if it has a text, or a title and in it no list of articles that is named as one. A text of one short line without
//!   a title, as in the answers of services, gives way to such a list whose articles have texts; so does a title to an object
//!   with such a name in which two objects have texts;
//! - around records, if it holds a list of which one of the first objects has a title or a text, or two objects that have one. Its
//!   records are those of all lists that hold articles, and its members that are articles. Beside a list, these must have a text:
//!   the title of a feed is no article;
//! - one record, if an object in it has a title or a text. If that is its only member, the member is the record;
//! - around records, if a list in it has the name of a list of articles and holds objects;
//! - no article.
//!
//! The same holds for an object in one that is around records.
//!
//! An object is kept in memory until it is known which of these it is: up to a list with such a name, or to its end. One that is
//! over the limit is around records if some were found in it.

use super::{
    Piece, Place, Shape, SplitError, Splitter,
    chosen::Chosen,
    scan::{Scanner, Stop},
};
use crate::article::{Format, Keys, MAX_WRAPPERS, Outline};
use std::io::BufRead;

/// So many elements of a list tell whether it is one of articles.
const LOOKED_INTO: usize = 32;

/// A text of at most this many bytes may be the status of an answer.
const MAX_STATUS_BYTES: usize = 200;

/// At most this many elements of a list wait for the first article in it; of those after them only the number is kept.
const MAX_WAITING: usize = 1_000;

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
        Ok(()) => {}
        Err(Stop::Unreadable(error)) => return Err(error.into()),
        // A record that fills what may be kept ends otherwise, so that this is white space or a key.
        Err(Stop::Full) => {
            let reason =
                format!("more than {limit} bytes without a record; the rest of the file was not read");
            let place = walk.scanner.place();
            walk.chosen.cut_off(place, reason);
            return Ok(Shape { format: Format::Json, head: Vec::new() });
        }
        Err(Stop::Broken(place, reason)) => {
            walk.chosen.cut_off(place, reason);
            return Ok(Shape { format: Format::Json, head: Vec::new() });
        }
    }
    walk.chosen.finish()?;
    Ok(Shape { format: Format::Json, head: Vec::new() })
}

const NO_KEY: &str = "a key in double quotes was expected";

/// Lists that hold articles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Lists {
    #[default]
    None,
    /// One that has the name of a list of articles holds objects, none of which was seen to be one.
    Objects,
    Some,
    /// One has the name of a list of articles.
    Named,
    /// The articles of one with such a name have texts.
    Texts,
}

/// The text that an object has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum OwnText {
    #[default]
    None,
    /// A short line.
    Line,
    Long,
}

impl OwnText {
    /// Of a string as it is written, with its quotes.
    fn of(written: &[u8]) -> Self {
        if written.len() > MAX_STATUS_BYTES {
            return Self::Long;
        }
        let text = String::from_utf8_lossy(written);
        let lines = text.trim_matches('"').replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t");
        match lines.trim() {
            "" => Self::None,
            text if text.contains('\n') => Self::Long,
            _ => Self::Line,
        }
    }
}

/// What is known of the members of an object that is being read.
#[derive(Debug, Default)]
struct Seen {
    /// The text that it has, and whether it has a title or a summary, by a key and a string that is not blank.
    text: OwnText,
    has_title: bool,
    /// How many members it has.
    members: usize,
    /// Which lists of articles it holds, at any depth.
    lists: Lists,
    /// Whether an object in it is around articles.
    has_around: bool,
    /// How many of its members are objects that are articles.
    articles: usize,
    /// How many of these have a text.
    texts: usize,
}

impl Seen {
    /// Whether the object is around records, whatever comes.
    fn is_decided(&self) -> bool {
        match self.text {
            OwnText::None => self.lists >= Lists::Named,
            OwnText::Line => !self.has_title && self.lists == Lists::Texts,
            OwnText::Long => false,
        }
    }

    /// Whether the object is a record, if it has a text or a title.
    fn is_record(&self, has_text: bool, has_title: bool) -> bool {
        if self.text == OwnText::Line && self.lists == Lists::Texts {
            has_title
        } else {
            has_text || has_title && self.lists < Lists::Named
        }
    }

    /// Whether the object is around records, unless it is a record itself.
    fn holds_records(&self) -> bool {
        self.lists > Lists::Objects || self.has_around || self.articles > 1
    }

    /// Whether an object that was not read to its end is around records, as far as it was read.
    fn is_around_so_far(&self) -> bool {
        !self.is_record(self.text > OwnText::None, self.has_title)
            && (self.holds_records() || self.articles > 0)
    }

    /// Whether its only member is an article.
    fn is_single(&self) -> bool {
        (self.members, self.articles) == (1, 1)
    }

    /// Adds what an object in it holds, which is no record itself, and may have the name of a list of articles.
    fn add(&mut self, inner: &Self, is_named: bool) {
        let of_map = if is_named && inner.texts > 1 { Lists::Texts } else { Lists::None };
        self.lists = self.lists.max(inner.lists).max(of_map);
        self.has_around |= inner.holds_records();
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// A record with a text, or only with a title.
    Record { has_text: bool },
    /// It is around records.
    Around,
    /// An object in it is an article.
    Wrapper,
    /// No article.
    Other,
}

/// What is known of the object that holds another.
#[derive(Clone, Copy, Debug)]
struct Holder {
    /// Whether it holds a list of articles.
    has_list: bool,
    /// Whether its members that are objects are articles.
    is_map: bool,
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
        // Between values are record separators (RFC 7464), or commas where someone has cut a list open, or the marks of files
        // that were put together, or that of DOS for the end of a text.
        while let Some(first) = self.scanner.peek(b",\x1e\x1a")? {
            match first {
                b'{' => {
                    let place = self.scanner.place();
                    self.scanner.keep();
                    self.object(place, 0, None)?;
                }
                b'[' => self.list(Waiting::Told)?,
                _ if self.scanner.skip_mark()? => {}
                _ => self.no_object(&mut Waiting::Told)?,
            }
        }
        Ok(())
    }

    /// Reads a value of a list, or of the file, that is neither an object nor a list.
    fn no_object(&mut self, waiting: &mut Waiting) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.value().map_err(|stop| since(place, stop))?;
        let place = self.scanner.since(place);
        self.none(waiting, place, ("bad-record", "the record is not a JSON object".to_owned()));
        Ok(())
    }

    /// Reads an object: a value of the file, or a member of another. Its record is kept, and begins at `start`: the object or its
    /// key. Nothing is kept afterwards.
    fn object(&mut self, start: Place, depth: usize, holder: Option<Holder>) -> Result<(), Stop> {
        let place = self.scanner.place();
        let mut seen = Seen::default();
        match self.members(depth, &mut seen) {
            Ok(()) if !seen.is_decided() => {}
            Ok(()) => return self.around(place, depth, &seen),
            Err(Stop::Full | Stop::Broken(..)) if seen.is_around_so_far() => {
                return self.around(place, depth, &seen);
            }
            Err(Stop::Full) => return self.pass_too_large(start),
            Err(Stop::Broken(..)) => {
                // Brackets tell where it ends, unless it is cut. Its parser says what is wrong with it.
                self.scanner.back_to(place);
                match self.scanner.value() {
                    Ok(()) => {}
                    Err(Stop::Full) => return self.pass_too_large(start),
                    Err(stop) => return Err(since(start, stop)),
                }
                self.hand_over(start);
                return Ok(());
            }
            Err(stop) => return Err(stop),
        }
        let Some(holder) = holder else {
            let may_hold = seen.holds_records() || seen.lists > Lists::None;
            if seen.is_single() || may_hold && self.class(place, &seen) == Class::Around {
                return self.around(place, depth, &seen);
            }
            self.hand_over(start);
            return Ok(());
        };
        match self.class(place, &seen) {
            Class::Around => return self.around(place, depth, &seen),
            // Beside a list, only an article in it that has a text is one.
            Class::Wrapper if holder.has_list => {
                return self.around(place, depth, &Seen { lists: Lists::Some, ..Seen::default() });
            }
            Class::Wrapper if seen.is_single() => return self.around(place, depth, &seen),
            Class::Record { has_text: false } if holder.has_list => self.scanner.keep_nothing(),
            Class::Other if !holder.is_map => self.scanner.keep_nothing(),
            Class::Record { .. } | Class::Wrapper | Class::Other => self.hand_over(start),
        }
        Ok(())
    }

    /// Gives the record that begins at a place and ends here.
    fn hand_over(&mut self, start: Place) {
        let length = self.scanner.length_since(start);
        let place = self.scanner.since(start);
        if length > self.limit as u64 {
            self.chosen.too_large(place, length, self.limit);
        } else {
            self.chosen.record(place, self.scanner.bytes(place));
        }
        self.scanner.keep_nothing();
    }

    /// Passes the object that begins at a place, or behind the key that does, and is over the limit.
    fn pass_too_large(&mut self, start: Place) -> Result<(), Stop> {
        self.scanner.back_to(start);
        self.scanner.keep_nothing();
        self.scanner.value().map_err(|stop| since(start, stop))?;
        let mut measured = (self.scanner.since(start), self.scanner.length_since(start));
        if self.scanner.peek(b"")? == Some(b':') {
            self.scanner.pass(1);
            self.scanner.value().map_err(|stop| since(start, stop))?;
            measured = (self.scanner.since(start), self.scanner.length_since(start));
        }
        self.chosen.too_large(measured.0, measured.1, self.limit);
        Ok(())
    }

    /// What the object is that begins at a place and ends here.
    fn class(&self, place: Place, seen: &Seen) -> Class {
        let bytes = self.scanner.bytes(self.scanner.since(place));
        let outline = Outline::of(bytes, self.keys).unwrap_or_default();
        if seen.is_record(outline.has_text, outline.has_title) {
            Class::Record { has_text: outline.has_text }
        } else if seen.holds_records() {
            Class::Around
        } else if outline.has_inner {
            Class::Wrapper
        } else if seen.lists == Lists::Objects {
            Class::Around
        } else {
            Class::Other
        }
    }

    /// Reads the members of an object, with those of the objects in it, up to where it is known to be around records.
    fn members(&mut self, depth: usize, seen: &mut Seen) -> Result<(), Stop> {
        self.scanner.bracket();
        loop {
            match self.scanner.peek(b",")? {
                Some(b'"') => {}
                Some(b'}') => {
                    self.scanner.bracket();
                    return Ok(());
                }
                Some(_) => return Err(self.scanner.broken(NO_KEY)),
                None => return Err(self.scanner.truncated()),
            }
            let key = self.scanner.key()?;
            let first = self.scanner.peek(b":")?;
            seen.members += 1;
            // An object that has a long text is a record, whatever else it holds.
            let may_hold = depth + 1 < MAX_WRAPPERS && seen.text < OwnText::Long;
            match first {
                Some(b'{') if may_hold => self.member(depth + 1, is_named(&key), seen)?,
                Some(b'[') if may_hold => {
                    let place = self.scanner.place();
                    let lists = match self.look_into_list(is_named(&key)) {
                        Err(Stop::Full) if is_named(&key) => Lists::Named,
                        Err(Stop::Full) => Lists::None,
                        lists => lists?,
                    };
                    seen.lists = seen.lists.max(lists);
                    if !seen.is_decided() {
                        self.scanner.back_to(place);
                        self.scanner.value()?;
                    }
                }
                _ => {
                    let place = self.scanner.place();
                    self.scanner.value()?;
                    if first == Some(b'"') {
                        let text = OwnText::of(self.scanner.bytes(self.scanner.since(place)));
                        if self.keys.is_body(&key) {
                            seen.text = seen.text.max(text);
                        } else {
                            seen.has_title |= text > OwnText::None && self.keys.is_text(&key);
                        }
                    }
                }
            }
            if seen.is_decided() {
                return Ok(());
            }
        }
    }

    /// Reads an object in another one, up to where it is known to be around records.
    fn member(&mut self, depth: usize, is_named: bool, seen: &mut Seen) -> Result<(), Stop> {
        let place = self.scanner.place();
        let mut inner = Seen::default();
        let read = self.members(depth, &mut inner);
        if inner.is_decided() || read.is_err() && inner.is_around_so_far() {
            seen.add(&inner, is_named);
            seen.has_around = true;
            return read;
        }
        read?;
        match self.class(place, &inner) {
            Class::Record { has_text } => {
                seen.articles += 1;
                seen.texts += usize::from(has_text);
            }
            Class::Wrapper => seen.articles += 1,
            Class::Around => seen.add(&inner, is_named),
            Class::Other => {}
        }
        Ok(())
    }

    /// What the list that begins here holds, by its first elements. The list is kept, and passed in part.
    fn look_into_list(&mut self, is_named: bool) -> Result<Lists, Stop> {
        self.scanner.bracket();
        let mut found = Lists::None;
        for _ in 0..LOOKED_INTO {
            let first = self.scanner.peek(b",")?;
            let place = self.scanner.place();
            match first {
                Some(b']') => break,
                Some(_) => self.scanner.value()?,
                None => return Err(self.scanner.truncated()),
            }
            if first != Some(b'{') {
                continue;
            }
            let bytes = self.scanner.bytes(self.scanner.since(place));
            match Outline::of(bytes, self.keys) {
                Ok(outline) if outline.is_article() => {
                    return Ok(match (is_named, outline.has_text) {
                        (true, true) => Lists::Texts,
                        (true, false) => Lists::Named,
                        (false, _) => Lists::Some,
                    });
                }
                _ if is_named => found = Lists::Objects,
                _ => {}
            }
        }
        Ok(found)
    }

    /// Reads the records in the object that begins at a place.
    fn around(&mut self, place: Place, depth: usize, seen: &Seen) -> Result<(), Stop> {
        self.scanner.back_to(place);
        self.scanner.keep_nothing();
        self.scanner.bracket();
        let holder = Holder { has_list: seen.lists > Lists::Objects, is_map: seen.articles > 1 };
        let mut is_told = false;
        loop {
            let first = self.scanner.peek(b",")?;
            let start = self.scanner.place();
            match first {
                Some(b'"') => {}
                Some(b'}') => {
                    self.scanner.bracket();
                    return Ok(());
                }
                Some(_) => {
                    if !std::mem::replace(&mut is_told, true) {
                        self.chosen.broken(start, "bad-record", NO_KEY.to_owned());
                    }
                    self.scanner.value()?;
                    continue;
                }
                None => return Err(Stop::Broken(start, "the file ends before its object does".to_owned())),
            }
            self.scanner.keep();
            let key = self.scanner.key().map_err(|stop| since(start, stop))?;
            let may_hold = depth + 1 < MAX_WRAPPERS;
            match self.scanner.peek(b":")? {
                Some(b'{') if may_hold => self.object(start, depth + 1, Some(holder))?,
                Some(b'[') if may_hold => {
                    let (waiting, more) = (Vec::new(), 0);
                    self.list(Waiting::Some { is_named: is_named(&key), waiting, more })?;
                }
                _ => {
                    self.scanner.keep_nothing();
                    self.scanner.value().map_err(|stop| since(start, stop))?;
                }
            }
        }
    }

    /// Reads a list of records, with those of the lists in it.
    fn list(&mut self, mut waiting: Waiting) -> Result<(), Stop> {
        self.scanner.keep_nothing();
        self.scanner.bracket();
        let mut depth = 1;
        while depth > 0 {
            let first = self.scanner.peek(b",")?;
            let place = self.scanner.place();
            match first {
                Some(b'{') => self.record(&mut waiting)?,
                Some(b'[') if depth < MAX_WRAPPERS => {
                    self.scanner.bracket();
                    depth += 1;
                }
                Some(b']') => {
                    self.scanner.bracket();
                    depth -= 1;
                }
                Some(_) => self.no_object(&mut waiting)?,
                None => return Err(Stop::Broken(place, "the file ends before its list does".to_owned())),
            }
        }
        Ok(())
    }

    /// Reads an object of a list.
    fn record(&mut self, waiting: &mut Waiting) -> Result<(), Stop> {
        let place = self.scanner.place();
        self.scanner.keep();
        match self.scanner.value() {
            Ok(()) => {
                if let Waiting::Some { is_named: false, .. } = waiting {
                    let passed = self.scanner.since(place);
                    let why = match Outline::of(self.scanner.bytes(passed), self.keys) {
                        Ok(outline) if outline.is_article() => None,
                        Ok(outline) => Some(("no-title-or-text", outline.complaint)),
                        Err(unread) => Some((unread.code, unread.reason)),
                    };
                    if let Some(why) = why {
                        self.scanner.keep_nothing();
                        self.none(waiting, passed, why);
                        return Ok(());
                    }
                }
                self.tell(waiting);
                self.hand_over(place);
            }
            Err(Stop::Full) => {
                self.tell(waiting);
                self.pass_too_large(place)?;
            }
            Err(stop) => return Err(since(place, stop)),
        }
        Ok(())
    }

    /// Takes an element of a list that is no article, for a reason.
    fn none(&mut self, waiting: &mut Waiting, place: Place, (code, reason): (&'static str, String)) {
        match waiting {
            Waiting::Told => self.chosen.broken(place, code, reason),
            Waiting::Some { waiting, .. } if waiting.len() < MAX_WAITING => {
                waiting.push((place, code, reason));
            }
            Waiting::Some { more, .. } => *more += 1,
        }
    }

    /// Tells what waited for the first article of a list.
    fn tell(&mut self, waiting: &mut Waiting) {
        if let Waiting::Some { waiting, more, .. } = std::mem::replace(waiting, Waiting::Told) {
            let last = waiting.last().map(|(place, ..)| *place).unwrap_or_default();
            for (place, code, reason) in waiting {
                self.chosen.broken(place, code, reason);
            }
            // Each is told, so that all are counted.
            for _ in 0..more {
                let reason = format!("one of {more} more elements before the first article of the list");
                self.chosen.broken(last, "no-title-or-text", reason);
            }
        }
    }
}

/// The elements of a list that are no articles.
enum Waiting {
    /// They are told.
    Told,
    /// They wait for an article in the list, or for any object in one with the name of a list of articles: else it is a list of
    /// something else.
    Some { is_named: bool, waiting: Vec<(Place, &'static str, String)>, more: u64 },
}

/// Whether a key is a name of lists of articles.
fn is_named(key: &str) -> bool {
    LISTS.iter().any(|name| key.eq_ignore_ascii_case(name))
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

/// The splitter of a text that begins like JSON: [`Splitter::JsonLines`] if its first line is an object and not all of it. An
/// object with a text behind it is the front matter of a page, and not JSON.
pub(super) fn of_start(start: &[u8]) -> Option<Splitter> {
    let mut input = start;
    let mut scanner = Scanner::new(&mut input, usize::MAX);
    scanner.skip_mark().ok()?;
    let first = scanner.peek(b"\x1e").ok()??;
    let place = scanner.place();
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'[' && first == b'[';
    let inner = scanner.rest().iter().skip(1).find(|byte| !is_blank(byte)).copied();
    match (first, inner) {
        (b'[', Some(b'{')) => Some(Splitter::Json),
        (b'{', Some(b'"' | b'}')) => {
            if scanner.value().is_err() {
                // It is longer than what is looked at.
                return Some(Splitter::Json);
            }
            let end = scanner.place();
            match scanner.peek(b",\x1e").ok()? {
                Some(b'{') if scanner.place().line > end.line && end.line == place.line => {
                    Some(Splitter::JsonLines)
                }
                None | Some(b'{' | b'[') => Some(Splitter::Json),
                Some(_) => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Piece, Splitter, split};
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
            (format!(r#"{{"items":[{A},{B}],"more":[{{"name":"x"}}]}}"#), &both),
            // A feed has a title of its own.
            (format!(r#"{{"version":"1","title":"Feed","items":[{A},{B}]}}"#), &both),
            (format!(r#"{{"status":0,"response":{{"x":[1],"docs":[{A},{B}],"z":{{}}}},"end":"}}"}}"#), &both),
            // Any name will do where nothing else is an article.
            (format!(r#"{{"code":0,"新闻":[{A},{B}]}}"#), &both),
        ] {
            assert_eq!(pieces(text.as_bytes(), 1_000).as_deref(), Ok(expected), "{text}");
        }
    }

    /// The records of a text, each without its line.
    fn records(text: &str, limit: usize) -> Vec<String> {
        let found = pieces(text.as_bytes(), limit).expect("it holds records");
        found.iter().filter_map(|piece| piece.split_once(": ")).map(|(_, record)| record.to_owned()).collect()
    }

    #[test]
    fn the_members_of_an_object_of_articles_are_records() {
        let (a, b) = (format!(r#""a1":{A}"#), format!(r#""b" : {B}"#));
        for text in [
            format!("{{{a},{b}}}"),
            format!(r#"{{"data":{{{a},{b}}},"count":2}}"#),
            format!(r#"{{"count":2,"data":{{"news":{{{a},{b}}}}}}}"#),
            format!(r#"{{"monday":{{{a},{b}}},"tuesday":{{}}}}"#),
        ] {
            assert_eq!(records(&text, 1_000), [&*a, &*b], "{text}");
            // Its members are streamed, whatever their number.
            let many = text.replace(&b, &format!("{b}{}", format!(",{b}").repeat(99)));
            assert_eq!(records(&many, 100).len(), 101);
        }
        // Groups of different sizes.
        assert_eq!(records(&format!(r#"{{"x":{{{a},{b}}},"y":{{{a}}}}}"#), 1_000), [&*a, &*b, &*a]);
        // A member that is none is told.
        let told = "(none of its keys is a title or a text: open)";
        assert_eq!(records(&format!(r#"{{"x":{{"open":1}},{a},{b}}}"#), 1_000), [told, &*a, &*b]);
        let large = format!(r#""large":{{"title":"{}"}}"#, "x".repeat(200));
        let told = format!("(a record of {} bytes, over the limit of 100)", large.len());
        assert_eq!(records(&format!("{{{a},{b},{large},{a}}}"), 100), [&*a, &*b, &told, &*a]);
    }

    #[test]
    fn all_lists_of_articles_in_an_object_are_read() {
        for text in [
            format!(r#"{{"news":[{A}],"articles":[{B}]}}"#),
            format!(r#"{{"first":[{A}],"second":[{B}]}}"#),
            format!(r#"{{"first":[{A}],"articles":[{B}]}}"#),
            format!(r#"{{"data":{{"x":[{A}]}},"more":{{"y":{{"z":[{B}]}}}}}}"#),
            // What has only a title beside them is around them, and an article with a text is one.
            format!(r#"{{"feed":{A},"items":[{A}],"z":{{"page":1}},"text":"","b":[{B}]}}"#),
        ] {
            assert_eq!(records(&text, 1_000), [A, B], "{text}");
        }
        let text = format!(r#"{{"items":[{A}],"top":{B}}}"#);
        assert_eq!(records(&text, 1_000), [A, &format!(r#""top":{B}"#)]);
        // A list in an article is none of the file.
        let article = r#""x":{"title":"a","related":[{"title":"b"}]}"#;
        assert_eq!(records(&format!("{{{article},\"y\":{A}}}"), 1_000), [article, &format!("\"y\":{A}")]);
        let article = r#"{"code":0,"data":{"title":"a","related":[{"title":"b"}]}}"#;
        assert_eq!(records(article, 1_000), [article]);
    }

    #[test]
    fn a_list_is_one_of_articles_whatever_its_first_element_is() {
        let empty = r#"{"id":3,"title":""}"#;
        for first in [empty, "null", "{\"id\": 3, x: }", "5"] {
            for name in ["items", "stories of the day"] {
                let found = records(&format!("{{\"n\":1,\"{name}\":[{first},{A},{B}]}}"), 1_000);
                // An object of a list that is named as one of articles is told by the parser of records.
                assert_eq!(
                    (found.len(), &found[1..]),
                    (3, &[A.to_owned(), B.to_owned()][..]),
                    "{first} {name}"
                );
            }
        }
        // Beside others, at whatever place its first article is.
        let many = vec![r#"{"id":1}"#; 1_500].join(",");
        let found =
            records(&format!(r#"{{"news":[{A}],"announcements":[{many},{B}],"more":[{many}]}}"#), 1_000);
        assert_eq!((found.len(), &*found[0], &*found[1_501]), (1_502, A, B));
        // A list with a name of articles, all of which are far behind, or empty.
        assert_eq!(
            records(&format!(r#"{{"items":[{many},{B}]}}"#), 100_000).last().map(String::as_str),
            Some(B)
        );
        let why = "what should be its title or its text is empty: title";
        assert_eq!(pieces(format!(r#"{{"items":[{empty}]}}"#).as_bytes(), 100), Err(why.to_owned()));
    }

    #[test]
    fn a_status_or_a_title_around_articles_is_none() {
        let (a, b) = (r#"{"title":"a","content":"x"}"#, r#"{"title":"b","content":"y"}"#);
        for text in [
            format!(r#"{{"code":0,"text":"success","data":{{"list":[{a},{b}]}}}}"#),
            format!(r#"{{"text":"success","items":[{a},{b}]}}"#),
            format!(r#"{{"content":" ","items":[{a},{b}]}}"#),
            format!(r#"{{"content":"\n\t","items":[{a},{b}]}}"#),
        ] {
            assert_eq!(records(&text, 1_000), [a, b], "{text}");
        }
        let text = format!(r#"{{"title":"My export","records":{{"a":{a},"b":{b}}}}}"#);
        assert_eq!(records(&text, 1_000), [format!("\"a\":{a}"), format!("\"b\":{b}")]);
        // An article with a text of its own is one.
        for text in [
            format!(r#"{{"title":"t","content":"short","list":[{a}]}}"#),
            format!(r#"{{"content":"{}","list":[{a}]}}"#, "long ".repeat(100)),
            format!(r#"{{"content":"two\nlines","list":[{a}]}}"#),
        ] {
            assert_eq!(records(&text, 1_000), [&*text]);
        }
    }

    #[test]
    fn an_only_member_is_a_record_with_its_key() {
        let member = format!(r#""AAPL":{A}"#);
        assert_eq!(records(&format!("{{{member}}}"), 1_000), [&*member]);
        assert_eq!(records(&format!(r#"{{"data":{{{member}}}}}"#), 1_000), [&*member]);
    }

    #[test]
    fn an_object_with_a_mistake_costs_no_other() {
        let bad = "{title: 1, \"x\": [2]}";
        let found = pieces(format!("{A}\n{bad}\n\u{feff}{B}").as_bytes(), 1_000).expect("it holds records");
        assert_eq!(found, [format!("1: {A}"), format!("2: {bad}"), format!("3: {B}")]);
        let told = "(a key in double quotes was expected)";
        assert_eq!(records(&format!(r#"{{"items":[{A}],x:5,'y':6,"more":[{B}]}}"#), 1_000), [A, told, B]);
    }

    #[test]
    fn json_is_told_by_its_beginning() {
        for (text, splitter) in [
            ("{\"title\": \"a\"}", Some(Splitter::Json)),
            (" \n[\n  {\"title\"", Some(Splitter::Json)),
            ("[[{\"title\"", Some(Splitter::Json)),
            ("{\n\"title\": 1\n}\n{\"title\"", Some(Splitter::Json)),
            ("{\"title\": \"a", Some(Splitter::Json)),
            ("\u{feff}{\"a\": 1}\n\n{\"a\"", Some(Splitter::JsonLines)),
            ("{}\n{}", Some(Splitter::JsonLines)),
            ("{\"title\": \"front matter\"}\n\nText.", None),
            ("[2025-03-07] a log", None),
            ("[a link](https://example.com)", None),
            ("[[a note]]", None),
            ("{{ a template }}", None),
            ("", None),
            ("{", None),
        ] {
            assert_eq!(super::of_start(text.as_bytes()), splitter, "{text:?}");
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
            format!(r#"{{"data":{{"a":{A},"b":{B},"c":{A}}}}}"#),
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
