//! The tokens of dates: numbers, marks, and the words that dates are written with, in English and Chinese.

use super::MONTHS;
use jiff::tz::Offset;

/// A part of a folded text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// A run of digits.
    Number(&'t str),
    Word(Word),
    Mark(char),
    /// What stands in round brackets: a weekday, a zone, or a remark.
    Aside(&'t str),
}

impl<'t> Token<'t> {
    pub(super) fn number(self) -> Option<&'t str> {
        if let Self::Number(digits) = self { Some(digits) } else { None }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// Whether a fraction may follow.
    pub(super) fn is_point(&self) -> bool {
        matches!(self, Self::Mark('.' | ','))
    }
}

/// What a word means in a date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
    /// Nothing: a weekday, `at`, the units of a date in Chinese.
    Filler,
    /// Nothing, but numbers of the date are before it.
    Divider,
    Month(i8),
    Half(HalfDay),
    Zone(Offset),
    Unknown,
}

/// Which hours of a clock of twelve hours are meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum HalfDay {
    Morning,
    Noon,
    Afternoon,
    Evening,
}

impl HalfDay {
    /// The hour of a clock of 24 hours; `None` if it is not certain.
    pub(super) fn hour(self, hour: i8) -> Option<i8> {
        match (self, hour) {
            (Self::Morning, 12) => Some(0),
            (Self::Morning, 0..=11) | (Self::Noon, 11..=14) | (Self::Afternoon | Self::Evening, 13..) => {
                Some(hour)
            }
            (Self::Afternoon, 12) => Some(12),
            (Self::Noon, 1..=2) | (Self::Afternoon, 0..=11) | (Self::Evening, 5..=11) => Some(hour + 12),
            _ => None,
        }
    }
}

/// The words in Chinese, folded; those that begin with another are before it.
const CHINESE: [(&str, Word); 24] = [
    ("年", Word::Divider),
    ("月", Word::Divider),
    ("日", Word::Divider),
    ("号", Word::Divider),
    ("时", Word::Filler),
    ("点", Word::Filler),
    ("分", Word::Filler),
    ("秒", Word::Filler),
    ("钟", Word::Filler),
    ("凌晨", Word::Half(HalfDay::Morning)),
    ("清晨", Word::Half(HalfDay::Morning)),
    ("早晨", Word::Half(HalfDay::Morning)),
    ("早上", Word::Half(HalfDay::Morning)),
    ("上午", Word::Half(HalfDay::Morning)),
    ("中午", Word::Half(HalfDay::Noon)),
    ("下午", Word::Half(HalfDay::Afternoon)),
    ("傍晚", Word::Half(HalfDay::Evening)),
    ("晚上", Word::Half(HalfDay::Evening)),
    ("晚间", Word::Half(HalfDay::Evening)),
    ("北京时间", Word::Zone(Offset::constant(8))),
    ("香港时间", Word::Zone(Offset::constant(8))),
    ("星期", Word::Filler),
    ("礼拜", Word::Filler),
    ("周", Word::Filler),
];

/// The zones whose names are certain, with their offset in hours: those of RFC 5322, section 4.3, without `cst`, which is
/// China's as well.
const ZONES: [(&str, i8); 12] = [
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("ut", 0),
    ("est", -5),
    ("edt", -4),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("hkt", 8),
];

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The tokens of a folded text. In square brackets is a zone.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        if let '(' | '[' = first {
            let end = rest.find([')', ']']).unwrap_or(rest.len());
            let inside = &rest[1..end];
            rest = rest[end..].get(1..).unwrap_or_default();
            let token = if first == '(' { Token::Aside(inside) } else { Token::Word(Word::Unknown) };
            return Some(token);
        }
        let run = |is_part: fn(char) -> bool| rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (token, length) = if first.is_ascii_digit() {
            let length = run(|c| c.is_ascii_digit());
            (Token::Number(&rest[..length]), length)
        } else if first.is_ascii_alphabetic() {
            // `a.m.` is one word, as is `sept.`
            let length = run(|c| c.is_ascii_alphabetic() || c == '.');
            (Token::Word(english(&rest[..length])), length)
        } else if first.is_alphabetic() {
            let (word, length) = chinese(rest);
            (Token::Word(word), length.max(first.len_utf8()))
        } else {
            (Token::Mark(if first == '−' { '-' } else { first }), first.len_utf8())
        };
        rest = &rest[length..];
        Some(token)
    })
}

/// What an English word means. A name may be cut to three letters.
fn english(word: &str) -> Word {
    let word = word.trim_end_matches('.');
    let is_name =
        |name: &&str| name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || word.len() == 3);
    let zone = || ZONES.iter().find(|(name, _)| *name == word);
    match word {
        "am" | "a.m" => Word::Half(HalfDay::Morning),
        "pm" | "p.m" => Word::Half(HalfDay::Afternoon),
        "t" | "st" | "nd" | "rd" | "th" => Word::Divider,
        "at" | "of" | "on" | "tues" | "thur" | "thurs" => Word::Filler,
        "sept" => Word::Month(9),
        _ if WEEKDAYS.iter().any(is_name) => Word::Filler,
        _ => {
            let month = (1..).zip(MONTHS).find(|(_, name)| is_name(name));
            let zone = || zone().map(|(_, hours)| Word::Zone(Offset::constant(*hours)));
            month.map(|(month, _)| Word::Month(month)).or_else(zone).unwrap_or(Word::Unknown)
        }
    }
}

/// What the word at the beginning of a Chinese text means, and its length.
fn chinese(text: &str) -> (Word, usize) {
    let Some((name, word)) = CHINESE.iter().find(|(name, _)| text.starts_with(name)) else {
        return (Word::Unknown, 0);
    };
    // The number of a weekday, and the rest of `星期日`, `周五`.
    let is_weekday = matches!(*name, "星期" | "礼拜" | "周");
    let number = text[name.len()..].chars().next().filter(|c| is_weekday && "一二三四五六日天".contains(*c));
    (*word, name.len() + number.map_or(0, char::len_utf8))
}
