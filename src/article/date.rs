//! Reads dates of publication in any spelling that archives use.
//!
//! Never guesses: a text that is not a date, or a day that is not in the calendar, gives no date at all, and
//! neither does `03/07/2025`, which is two days. A time without a zone is UTC. Where the day is certain and the
//! instant is not, as with an ambiguous zone (`CST`), the date is the day.

use super::Moment;
use crate::text::fold;
use jiff::{
    Timestamp, civil,
    tz::{Offset, TimeZone},
};
use std::{fmt, iter};
use tokens::{HalfDay, Token, Word, tokens};

mod tokens;

/// The years that a date may have: those that fit as a whole into 64 bits of nanoseconds, as an index keeps
/// dates.
const YEARS: std::ops::RangeInclusive<i16> = 1678..=2261;

/// The months; their first three letters are enough.
pub(crate) const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Why a text gives no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateError {
    /// It is not a date.
    Bad,
    /// It is a date, but in a year outside [`YEARS`].
    OutOfRange,
}

impl DateError {
    /// The code of the problem.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Bad => "bad-date",
            Self::OutOfRange => "date-out-of-range",
        }
    }
}

impl fmt::Display for DateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad => f.write_str("is not a date"),
            Self::OutOfRange => write!(f, "is outside the years {} to {}", YEARS.start(), YEARS.end()),
        }
    }
}

/// Longest text that is read as a date, in bytes: JavaScript's dates with their zones in words take 75.
const MAX_BYTES: usize = 128;

/// The moment of a date in text: a day if it has no clock time, or if only its day is certain.
///
/// Accepts a date in numbers, the year first, with any separator (`2025-03-07`, `2025/3/7`, `2025年3月7日`, `20250307`), or
/// last if only one order is possible (`31.12.2025`); a month alone (`2025-03`: its first day); a month by name
/// (`March 7, 2025`, `7 Mar 2025`); each with a clock time of 24 or of twelve hours, a UTC offset, a zone and a
/// weekday, in any order: so RFC 3339, RFC 2822, JavaScript's and C's dates too. And Unix time in seconds, milliseconds,
/// microseconds or nanoseconds, with or without a fraction.
///
/// # Errors
/// [`DateError::Bad`] for text that is not a date (a 60th second included), [`DateError::OutOfRange`] for years
/// outside [`YEARS`].
pub(super) fn published(text: &str) -> Result<Moment, DateError> {
    let text = text.trim();
    if text.len() > MAX_BYTES || !text.contains(char::is_numeric) {
        return Err(DateError::Bad);
    }
    let folded = fold(text);
    let moment = unix(&folded).or_else(|| Parts::of(&folded)?.moment()).ok_or(DateError::Bad)?;
    let year = moment.date(&TimeZone::UTC).year();
    if YEARS.contains(&year) { Ok(moment) } else { Err(DateError::OutOfRange) }
}

/// The moment of a front-matter date in any usual spelling; `None` if it is not a date, or is outside the
/// years 1678 to 2261.
#[must_use]
pub fn read_date(text: &str) -> Option<Moment> {
    published(text).ok()
}

/// The time since 1970, whose number of digits tells its unit: seconds (nine or ten), milliseconds (twelve or thirteen),
/// microseconds (fifteen or sixteen) or nanoseconds (eighteen or nineteen), each perhaps with a fraction.
/// These are the times from 1973 to 2286.
fn unix(text: &str) -> Option<Moment> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let unit: i128 = match whole.len() {
        9 | 10 => 1_000_000_000,
        12 | 13 => 1_000_000,
        15 | 16 => 1_000,
        18 | 19 => 1,
        _ => return None,
    };
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let of_fraction = i128::from(nanoseconds(fraction)) * unit / 1_000_000_000;
    let instant = Timestamp::from_nanosecond(whole.parse::<i128>().ok()? * unit + of_fraction);
    instant.ok().map(Moment::Instant)
}

/// The billionths of the digits of a fraction, such as the nanoseconds of one of a second; those after the ninth are left out.
fn nanoseconds(digits: &str) -> i32 {
    let digits = digits.bytes().chain(iter::repeat(b'0')).take(9);
    digits.fold(0, |all, digit| 10 * all + i32::from(digit - b'0'))
}

/// Whether this is the number of a year.
fn is_year(number: &str) -> bool {
    number.len() == 4
}

/// A month, a day, an hour, a minute or a second.
fn small(number: &str) -> Option<i8> {
    number.parse().ok().filter(|_| number.len() <= 2)
}

/// What a text says of a date, in the order of the text.
#[derive(Clone, Debug, Default)]
struct Parts<'t> {
    /// Year, month and day as far as they are numbers; or all three in eight digits.
    date: Vec<&'t str>,
    /// The month, if it has its name.
    month: Option<i8>,
    /// Whether a dot divides the numbers: `2025.03` may be a decimal number.
    dots: bool,
    /// Hour, minute, second and the digits of a fraction.
    clock: Vec<&'t str>,
    /// Whether the clock time is written with colons or in one number, so that a dash behind it begins an offset.
    closed: bool,
    half: Option<HalfDay>,
    offset: Option<Offset>,
    /// The number of words behind the clock time that may name a zone.
    unknown: usize,
}

/// Maximum number of words of a zone: `Eastern Standard Time`.
const MAX_ZONE_WORDS: usize = 3;

impl<'t> Parts<'t> {
    /// The parts of a folded text; `None` if it says anything else.
    fn of(text: &'t str) -> Option<Self> {
        let mut parts = Self::default();
        parts.read(text)?;
        Some(parts)
    }

    fn read(&mut self, text: &'t str) -> Option<()> {
        let mut rest = tokens(text).peekable();
        // Whether a dash stands before the token.
        let mut dashed = false;
        while let Some(token) = rest.next() {
            match token {
                Token::Number(number) if rest.peek() == Some(&Token::Mark(':')) => {
                    self.clock.is_empty().then(|| self.clock.push(number))?;
                    while rest.next_if_eq(&Token::Mark(':')).is_some() {
                        self.clock.push(rest.next()?.number()?);
                    }
                    let is_fraction = self.clock.len() == 3 && rest.next_if(Token::is_point).is_some();
                    if is_fraction && let Some(fraction) = rest.next_if(Token::is_number) {
                        self.clock.push(fraction.number()?);
                    }
                    self.closed = true;
                    // `2025-03-07-05:00` is a day with its offset to XML Schema, and a time to others.
                    self.unknown += usize::from(dashed);
                }
                Token::Number(number) => self.number(number)?,
                Token::Mark(sign @ ('+' | '-')) if self.takes_offset(sign) => {
                    let hours = rest.next()?.number()?;
                    let minutes = rest.next_if_eq(&Token::Mark(':')).and_then(|_| rest.next());
                    let offset = utc_offset(sign, hours, minutes.and_then(Token::number))?;
                    self.offset = Some(offset);
                }
                Token::Mark(mark) => self.dots |= mark == '.',
                Token::Word(word) => self.word(word)?,
                Token::Aside(text) => self.aside(text),
            }
            dashed = token == Token::Mark('-');
        }
        Some(())
    }

    /// Reads what stands in round brackets: an offset or a zone, if none was told before. A remark says nothing.
    fn aside(&mut self, text: &'t str) {
        let mut with = self.clone();
        let is_read = with.read(text).is_some();
        if self.offset.is_none() && is_read && with.date == self.date && with.clock == self.clock {
            (self.offset, self.unknown) = (with.offset, with.unknown);
        }
    }

    fn number(&mut self, number: &'t str) -> Option<()> {
        match number.len() {
            14 if self.date.is_empty() => {
                self.date.push(&number[..8]);
                self.compact(&number[8..]);
            }
            4 | 6 if self.date.first().is_some_and(|date| date.len() == 8) => self.compact(number),
            _ if !self.has_day() => self.date.push(number),
            _ if self.clock.len() < 4 && !self.closed => self.clock.push(number),
            _ => return None,
        }
        Some(())
    }

    /// Takes a clock time without colons: `0856`, `085622`.
    fn compact(&mut self, clock: &'t str) {
        self.clock.extend((0..clock.len()).step_by(2).map(|at| &clock[at..at + 2]));
        self.closed = true;
    }

    /// Whether year, month and day were read.
    fn has_day(&self) -> bool {
        self.date.len() + usize::from(self.month.is_some()) == 3
            || self.date.first().is_some_and(|date| date.len() == 8)
    }

    /// Whether a sign begins a UTC offset. A dash also divides numbers.
    fn takes_offset(&self, sign: char) -> bool {
        self.closed || self.offset.is_some() || sign == '+' && self.has_day()
    }

    fn word(&mut self, word: Word) -> Option<()> {
        match word {
            Word::Filler => {}
            Word::Month(month) => return self.month.replace(month).is_none().then_some(()),
            Word::Half(half) => return self.half.replace(half).is_none().then_some(()),
            // `T` before a clock time, and an ordinal behind a day.
            Word::Divider => return (!self.date.is_empty()).then_some(()),
            // An offset says more than the name of a zone behind it.
            Word::Zone(offset) => self.offset = self.offset.or(Some(offset)),
            Word::Unknown => {
                self.unknown += 1;
                return (!self.clock.is_empty() && self.unknown <= MAX_ZONE_WORDS).then_some(());
            }
        }
        Some(())
    }

    /// The instant, or the day if no more is certain.
    fn moment(&self) -> Option<Moment> {
        let date = self.day()?;
        if self.clock.is_empty() {
            return Some(Moment::Day(date));
        }
        let time = self.time()?;
        let hour = self.half.map_or(Some(time.hour()), |half| half.hour(time.hour()));
        let offset = self.offset.or_else(|| (self.unknown == 0).then_some(Offset::UTC));
        let Some((hour, offset)) = hour.zip(offset) else { return Some(Moment::Day(date)) };
        let time = time.with().hour(hour).build().ok()?;
        offset.to_timestamp(date.to_datetime(time)).ok().map(Moment::Instant)
    }

    /// The day; that of a month alone is the first.
    fn day(&self) -> Option<civil::Date> {
        let (year, month, day) = match (self.month, self.date.as_slice()) {
            (None, [date]) if date.len() == 8 => (&date[..4], small(&date[4..6])?, small(&date[6..])?),
            (None, [year, month, day]) if is_year(year) => (*year, small(month)?, small(day)?),
            (None, [one, two, year]) => {
                let (one, two) = (small(one)?, small(two)?);
                let is_certain = one == two || one > 12 || two > 12;
                is_certain.then_some((*year, one.min(two), one.max(two)))?
            }
            (Some(month), [year, day]) if is_year(year) => (*year, month, small(day)?),
            (Some(month), [day, year]) => (*year, month, small(day)?),
            (None, [year, month]) if self.clock.is_empty() && !self.dots => (*year, small(month)?, 1),
            (Some(month), [year]) if self.clock.is_empty() => (*year, month, 1),
            _ => return None,
        };
        civil::Date::new(year.parse().ok().filter(|_| is_year(year))?, month, day).ok()
    }

    /// The clock time as it is written; `None` if there is no such time.
    fn time(&self) -> Option<civil::Time> {
        let mut parts = self.clock.iter();
        let hour = small(parts.next()?)?;
        let mut next = || parts.next().map_or(Some(0), |part| small(part));
        let (minute, second) = (next()?, next()?);
        let fraction = parts.next().map_or(0, |digits| nanoseconds(digits));
        civil::Time::new(hour, minute, second, fraction).ok().filter(|_| parts.next().is_none())
    }
}

/// A UTC offset: a sign, and hours with or without minutes; `None` if it is none.
pub(crate) fn utc_offset(sign: char, hours: &str, minutes: Option<&str>) -> Option<Offset> {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(hours) || !minutes.is_none_or(is_number) {
        return None;
    }
    let (hours, minutes) = match (hours.len(), minutes) {
        (1 | 2, minutes) => (hours, minutes.unwrap_or("0")),
        (4, None) => hours.split_at(2),
        _ => return None,
    };
    let minutes = small(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = i32::from(small(hours)?) * 3600 + i32::from(minutes) * 60;
    Offset::from_seconds(if sign == '-' { -seconds } else { seconds }).ok()
}
