//! Cursors: the place behind what was shown, for one set of arguments. An offset is valid for one generation of the
//! index. A place in an order by date or by a key is valid for any: an ingest moves no article but those whose own date or value it
//! changes.

use super::{parameters::MAX_OFFSET, problem_details::ProblemDetails};
use crate::{
    index::{KeyValue, OrderPlace, Sort},
    problem::{Message, message},
    search::{SearchOptions, SearchResponse},
};
use jiff::Timestamp;
use std::fmt::{Display, Write as _};
use xxhash_rust::xxh3::Xxh3;

/// Encodes and decodes the cursors of one query on one generation.
#[derive(Clone, Copy, Debug)]
pub(super) struct CursorCodec {
    generation: u64,
    arguments: u64,
}

/// Why a cursor is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CursorError {
    /// No cursor that was ever given.
    Malformed,
    /// The cursor of other arguments.
    OtherArguments,
    /// An offset into another generation.
    Changed,
}

/// Where to go on.
enum Place {
    Offset(usize),
    After(Sort, OrderPlace),
}

impl CursorCodec {
    /// A codec for a tool or path and its arguments. What only selects the page is not part of the query.
    pub(super) fn new<N: AsRef<str> + Ord, V: Display + Ord>(
        generation: u64,
        asked: &str,
        arguments: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut named: Vec<_> = arguments.into_iter().filter(|(name, _)| !turns(name.as_ref())).collect();
        named.sort();
        let mut hash = Xxh3::new();
        hash.update(asked.as_bytes());
        for (name, value) in named {
            hash.update(format!("\n{}={value}", name.as_ref()).as_bytes());
        }
        Self { generation, arguments: hash.digest() }
    }

    /// The cursor for an offset.
    pub(super) fn at(self, offset: usize) -> String {
        format!("{:x}.{:x}.{offset:x}", self.generation, self.arguments)
    }

    /// The cursor behind the first `shown` hits of a response; `None` behind the last.
    pub(super) fn behind(self, response: &SearchResponse, shown: usize) -> Option<String> {
        let answer = &response.answer;
        let last = answer.hits.get(shown.checked_sub(1)?)?;
        let end = answer.skipped + shown;
        if end >= answer.total || end > MAX_OFFSET {
            return None;
        }
        Some(match &last.place {
            Some(place) => self.after(&response.sort, place),
            None => self.at(end),
        })
    }

    /// The cursor behind a place in an order by date or by a key. It may stand in an address as it is.
    fn after(self, sort: &Sort, place: &OrderPlace) -> String {
        let OrderPlace { value, published, id, locale } = place;
        let order = match sort {
            Sort::Key(_) => format!("{}.{}", hex(&sort.to_string()), written(value.as_ref())),
            fixed => fixed.to_string(),
        };
        let published = published.map(|at| at.as_millisecond().to_string()).unwrap_or_default();
        let mut cursor =
            format!("{:x}.{:x}.{order}.{published}.{}", self.generation, self.arguments, hex(id));
        if let Some(locale) = locale {
            // Writing to a string cannot fail.
            let _ = write!(cursor, ".{}", hex(locale));
        }
        cursor
    }

    /// The offset of a cursor; 0 without one.
    pub(super) fn offset(self, cursor: Option<&str>) -> Result<usize, CursorError> {
        match self.place(cursor)? {
            None => Ok(0),
            Some(Place::Offset(offset)) => Ok(offset),
            Some(Place::After(..)) => Err(CursorError::Malformed),
        }
    }

    /// The options of a search that goes on where the cursor says, if there is one.
    pub(super) fn go_on(
        self,
        cursor: Option<&str>,
        options: SearchOptions,
    ) -> Result<SearchOptions, CursorError> {
        match self.place(cursor)? {
            None => Ok(options),
            Some(Place::Offset(offset)) if offset > MAX_OFFSET => Err(CursorError::Malformed),
            Some(Place::Offset(offset)) => Ok(SearchOptions { offset, ..options }),
            Some(Place::After(sort, place)) => {
                Ok(SearchOptions { offset: 0, sort: Some(sort), after: Some(place), ..options })
            }
        }
    }

    fn place(self, cursor: Option<&str>) -> Result<Option<Place>, CursorError> {
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
        let (generation, arguments, place) = parts(cursor).ok_or(CursorError::Malformed)?;
        if arguments != self.arguments {
            return Err(CursorError::OtherArguments);
        }
        if matches!(place, Place::Offset(_)) && generation != self.generation {
            return Err(CursorError::Changed);
        }
        Ok(Some(place))
    }
}

/// Whether a parameter only selects the page or its form.
fn turns(name: &str) -> bool {
    matches!(name, "cursor" | "offset" | "limit" | "max_chars" | "format")
}

/// The generation, the arguments and the place of a cursor.
fn parts(cursor: &str) -> Option<(u64, u64, Place)> {
    let parts: Vec<&str> = cursor.split('.').collect();
    let (head, place) = parts.split_at_checked(2)?;
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let place = match place {
        [offset] => Place::Offset(usize::try_from(number(offset)?).ok()?),
        [sort, place @ ..] => {
            let fixed = [Sort::Newest, Sort::Oldest].into_iter().find(|known| known.to_string() == *sort);
            let (sort, value, place) = match (fixed, place) {
                (Some(fixed), place) => (fixed, None, place),
                (None, [value, place @ ..]) => {
                    let by_key = Sort::named(&unhex(sort)?).filter(|sort| matches!(sort, Sort::Key(_)))?;
                    let value = if value.is_empty() { None } else { Some(read_value(value)?) };
                    (by_key, value, place)
                }
                (None, []) => return None,
            };
            let [published, id, locale @ ..] = place else { return None };
            let published = match *published {
                "" => None,
                millis => Some(Timestamp::from_millisecond(millis.parse().ok()?).ok()?),
            };
            let locale = match locale {
                [] => None,
                [locale] => Some(unhex(locale)?),
                _ => return None,
            };
            Place::After(sort, OrderPlace { value, published, id: unhex(id)?, locale })
        }
        _ => return None,
    };
    Some((number(head[0])?, number(head[1])?, place))
}

/// A value with the letter of its kind; empty for none.
fn written(value: Option<&KeyValue>) -> String {
    match value {
        None => String::new(),
        Some(KeyValue::Number(number)) => format!("n{:x}", number.to_bits()),
        Some(KeyValue::Date(at)) => format!("d{}", at.as_millisecond()),
        Some(KeyValue::Text(text)) => format!("t{}", hex(text)),
    }
}

/// The value that was written.
fn read_value(written: &str) -> Option<KeyValue> {
    let kind = written.chars().next()?;
    let value = &written[kind.len_utf8()..];
    Some(match kind {
        'n' => {
            let number = f64::from_bits(u64::from_str_radix(value, 16).ok()?);
            KeyValue::Number(Some(number).filter(|number| number.is_finite())?)
        }
        'd' => KeyValue::Date(Timestamp::from_millisecond(value.parse().ok()?).ok()?),
        't' => KeyValue::Text(unhex(value)?),
        _ => return None,
    })
}

/// The bytes of a text, as two hexadecimal digits each.
fn hex(text: &str) -> String {
    text.bytes().fold(String::with_capacity(2 * text.len()), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn unhex(digits: &str) -> Option<String> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| u8::try_from(16 * digit(pair[0])? + digit(*pair.get(1)?)?).ok();
    String::from_utf8(digits.as_bytes().chunks(2).map(byte).collect::<Option<_>>()?).ok()
}

impl CursorError {
    /// What to tell the client.
    pub(super) fn message(self) -> Message {
        match self {
            Self::Malformed => {
                message!("not a valid cursor; send next_cursor unchanged, or omit the cursor")
            }
            Self::OtherArguments => message!(
                "it belongs to other arguments; send it with the arguments of the call that returned it"
            ),
            Self::Changed => message!("the index has changed; call again without the cursor"),
        }
    }
}

impl From<CursorError> for ProblemDetails {
    fn from(error: CursorError) -> Self {
        match error {
            CursorError::Changed => Self::gone("cursor", error.message()),
            _ => Self::parameter(Some("cursor"), error.message()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CursorCodec, CursorError, KeyValue, OrderPlace, Place, Sort};
    use crate::index::KeyOrder;

    fn codec(generation: u64, value: &str) -> CursorCodec {
        CursorCodec::new(generation, "search", [("query", value)])
    }

    #[test]
    fn a_place_is_read_as_it_was_written() {
        let days = ["1969-12-31T23:59:59.999Z", "2025-03-07T00:56:22Z"];
        for published in days.iter().map(|at| at.parse().ok()).chain([None]) {
            for (id, locale) in [("230905679", None), ("news/a.b é~/中", Some("zh-CN")), ("", Some(""))] {
                let by_key = |key: &str| Sort::Key(KeyOrder { key: key.into(), descending: true });
                for (sort, value) in [
                    (Sort::Newest, None),
                    (Sort::Oldest, None),
                    (by_key("stats.likes"), Some(KeyValue::Number(-0.1))),
                    (by_key("newest"), Some(KeyValue::Number(f64::MAX))),
                    (by_key("created"), days[0].parse().ok().map(KeyValue::Date)),
                    (by_key("作者"), Some(KeyValue::Text("王 a.b".into()))),
                    (by_key("author"), None),
                ] {
                    let (id, locale) = (id.to_owned(), locale.map(str::to_owned));
                    let place = OrderPlace { value, published, id, locale };
                    let cursor = codec(1, "x").after(&sort, &place);
                    // RFC 3986, unreserved characters.
                    assert!(cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte)));
                    // An ingest changes the generation.
                    let Ok(Some(Place::After(sort_read, read))) = codec(2, "x").place(Some(&cursor)) else {
                        panic!("{cursor}");
                    };
                    assert_eq!((sort_read, read), (sort, place));
                }
            }
        }
    }

    #[test]
    fn an_offset_holds_for_one_generation_and_both_kinds_for_their_arguments() {
        let cursor = codec(1, "x").at(20);
        assert_eq!(codec(1, "x").offset(Some(&cursor)), Ok(20));
        assert_eq!(codec(2, "x").offset(Some(&cursor)), Err(CursorError::Changed));
        assert_eq!(codec(1, "y").offset(Some(&cursor)), Err(CursorError::OtherArguments));
        let place = OrderPlace { value: None, published: None, id: "1".into(), locale: None };
        let cursor = codec(1, "x").after(&Sort::Newest, &place);
        assert_eq!(codec(1, "y").offset(Some(&cursor)), Err(CursorError::OtherArguments));
    }

    #[test]
    fn the_order_of_arguments_and_the_page_do_not_matter() {
        let of = |pairs: &[(&str, &str)]| CursorCodec::new(1, "/", pairs.iter().copied()).at(1);
        assert_eq!(of(&[("a", "1"), ("b", "2")]), of(&[("b", "2"), ("limit", "5"), ("a", "1")]));
        assert_ne!(of(&[("a", "1"), ("b", "2")]), of(&[("a", "2"), ("b", "1")]));
    }

    #[test]
    fn no_text_but_a_cursor_is_read() {
        let head = codec(1, "x").at(0);
        let head = head.strip_suffix('0').expect("it ends with the offset");
        for end in [
            "",
            "g",
            "-1",
            "1ffffffffffffffff",
            "newest",
            "newest.1",
            "relevance.1.31",
            "newest.x.31",
            "newest.1.3",
            "newest.1.+1",
            "newest.1.ff",
            "newest.1.é",
            "newest.1.31.31.31",
            "newest.99999999999999999.31",
            // `price` and `:desc` in hexadecimal digits.
            "7072696365.n0.1",
            "7072696365.x0.1.31",
            "7072696365.nx.1.31",
            "7072696365.n7ff0000000000000.1.31",
            "7072696365.é.1.31",
            "7072696365.d99999999999999999.1.31",
            "7072696365.t3.1.31",
            "7072696365.n0.1.31.31.31",
            "3a64657363.n0.1.31",
            // `newest` and `relevance`, which are not keys.
            "6e6577657374.n0.1.31",
            "72656c6576616e6365.n0.1.31",
        ] {
            let read = codec(1, "x").place(Some(&format!("{head}{end}")));
            assert_eq!(read.err(), Some(CursorError::Malformed), "{end}");
        }
        for text in ["x", "1", "1.2", "..", "...."] {
            assert_eq!(codec(1, "x").place(Some(text)).err(), Some(CursorError::Malformed), "{text}");
        }
    }
}
