//! Reads dates of publication in any spelling that archives use.
//!
//! Never guesses: a text that is not a date, or a day that is not in the calendar, gives no date at all. A
//! time without a zone is UTC.

use jiff::{
    Timestamp, civil,
    tz::{Offset, TimeZone},
};

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
    /// It is a date, but in a year outside 1678 to 2261.
    OutOfRange,
}

/// The instant of a date in text.
///
/// Accepts RFC 3339 with any separator, a date alone (midnight), no zone (UTC), `2025/03/07 08:56`,
/// `2025年3月7日`, a zone after a space (`2025-03-07 08:56:22 +0800`), a month alone (`2025-03`: its first day),
/// `March 7, 2025` and `7 Mar 2025`, RFC 2822, and Unix time in seconds or milliseconds.
///
/// # Errors
/// [`DateError::Bad`] for text that is not a date (a 60th second included), [`DateError::OutOfRange`] for years
/// outside 1678 to 2261.
pub(super) fn published(text: &str) -> Result<Timestamp, DateError> {
    let text = text.trim();
    // No spelling of a date is longer; the limit keeps a megabyte of digits away from the parsers.
    if text.len() > 64 || !text.contains(|c: char| c.is_ascii_digit()) || has_leap_second(text) {
        return Err(DateError::Bad);
    }
    let instant = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| unix(text))
        .or_else(|| utc(text.parse().ok()?))
        .or_else(|| utc(numbered(text)?))
        .or_else(|| utc(named(text)?))
        .or_else(|| zoned(text))
        .or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp()))
        .ok_or(DateError::Bad)?;
    let year = instant.to_zoned(TimeZone::UTC).year();
    if YEARS.contains(&year) { Ok(instant) } else { Err(DateError::OutOfRange) }
}

/// The instant of a front-matter date in any usual spelling; `None` if it is not a date, or is outside the
/// years 1678 to 2261.
#[must_use]
pub fn read_date(text: &str) -> Option<Timestamp> {
    published(text).ok()
}

fn utc(civil: civil::DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// Seconds (nine or ten digits) or milliseconds (twelve or thirteen) since 1970.
fn unix(text: &str) -> Option<Timestamp> {
    let number = || text.parse::<i64>().ok();
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        9 | 10 => Timestamp::from_second(number()?).ok(),
        12 | 13 => Timestamp::from_millisecond(number()?).ok(),
        _ => None,
    }
}

/// Year, month, day and perhaps hour, minute and second, with any separator of dates: `2025/3/7 08:56`,
/// `2025年3月7日 8时56分`, `2025.03.07`. A year and month alone mean the first day. Reads no zone but UTC.
fn numbered(text: &str) -> Option<civil::DateTime> {
    let text = text.trim_end_matches([' ', 'Z']).trim_end_matches("UTC").trim_end_matches("GMT").trim_end();
    let is_divider = |c: char| "-/.年月日号號时時点點分秒:T \u{3000}".contains(c);
    if !text.chars().all(|c| c.is_ascii_digit() || is_divider(c)) {
        return None;
    }
    let mut numbers = text.split(is_divider).filter(|part| !part.is_empty());
    let year = numbers.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut small = || numbers.next().map(str::parse::<i8>);
    let month = small()?.ok()?;
    let Some(day) = small() else {
        // `2025.03` may be a decimal number.
        return civil::DateTime::new(year, month, 1, 0, 0, 0, 0).ok().filter(|_| !text.contains('.'));
    };
    let day = day.ok()?;
    let mut clock = [0; 3];
    for part in &mut clock {
        *part = small().unwrap_or(Ok(0)).ok()?;
    }
    // A fraction of the second may follow.
    let rest = numbers.count();
    (rest <= 1).then(|| civil::DateTime::new(year, month, day, clock[0], clock[1], clock[2], 0).ok())?
}

/// A day with the name of its month, in full or in short: `March 7, 2025`, `7 March 2025`.
fn named(text: &str) -> Option<civil::DateTime> {
    let mut words = text.split([' ', ',', '\u{a0}']).filter(|word| !word.is_empty());
    let (one, two, year) = (words.next()?, words.next()?, words.next()?);
    let (month, day) = if one.starts_with(|c: char| c.is_ascii_digit()) { (two, one) } else { (one, two) };
    let month = month.trim_end_matches('.').to_ascii_lowercase();
    let is_month =
        |name: &&str| *name == month || month == name[..3] || month == "sept" && *name == "september";
    let month = i8::try_from(1 + MONTHS.iter().position(is_month)?).ok()?;
    let year = year.parse().ok().filter(|_| year.len() == 4 && words.next().is_none())?;
    civil::DateTime::new(year, month, day.parse().ok()?, 0, 0, 0, 0).ok()
}

/// A date and time with a UTC offset after a space: `2025-03-07 08:00:00 +0800`, ` -05:00`.
fn zoned(text: &str) -> Option<Timestamp> {
    let (civil, zone) = text.rsplit_once(' ')?;
    let west = zone.starts_with('-');
    let digits = zone.strip_prefix(['+', '-'])?.replacen(':', "", 1);
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) || !civil.contains(':') {
        return None;
    }
    let seconds = digits[..2].parse::<i32>().ok()? * 3600 + digits[2..].parse::<i32>().ok()? * 60;
    let offset = Offset::from_seconds(if west { -seconds } else { seconds }).ok()?;
    let civil = civil.trim_end();
    offset.to_timestamp(civil.parse().ok().or_else(|| numbered(civil))?).ok()
}

/// Whether the seconds are 60. The date library would make them 59, which is a guess.
fn has_leap_second(text: &str) -> bool {
    text.match_indices(":60").any(|(at, _)| text[..at].contains(':'))
}
