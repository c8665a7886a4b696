//! The grammar of periods: what is written, as days and instants of a clock.

use super::{Clock, DateRange};
use crate::{
    article::utc_offset,
    problem::{Message, message},
    query::{chinese_date::ChineseDate, punctuation::in_ascii},
    text::fold,
};
use jiff::{
    SignedDuration, Span, Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::Offset,
};
use std::borrow::Cow;

/// The range of a text: see [`DateRange::parse`].
pub(super) fn range(text: &str, clock: &Clock) -> Result<DateRange, Message> {
    let text = in_ascii(text);
    let text = text.trim();
    if let Some((sign, bound)) = comparison(text) {
        if bound.is_empty() {
            return Err(no_date(text));
        }
        let DateRange { start, end } = period(bound, clock)?;
        return Ok(match sign {
            Sign::From => DateRange { start, end: None },
            Sign::After => DateRange { start: end, end: None },
            Sign::To => DateRange { start: None, end },
            Sign::Before => DateRange { start: None, end: start },
        });
    }
    let Some((from, to)) = ends(text) else { return period(text, clock) };
    if from.is_empty() && to.is_empty() {
        return Err(message!("a range needs a date before or after `..`"));
    }
    let end_of = |text: &str| if text.is_empty() { Ok(DateRange::default()) } else { period(text, clock) };
    let range = DateRange { start: end_of(&from)?.start, end: end_of(&to)?.end };
    match (range.start, range.end) {
        (Some(start), Some(end)) if start >= end => Err(message!("`{}` ends before it begins", text)),
        _ => Ok(range),
    }
}

/// The ends of a range. In Chinese, the second may leave out the year: 2025年1月至3月.
fn ends(text: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if let Some((from, to)) = text.split_once("..") {
        return Some((from.trim().into(), to.trim_start_matches('.').trim().into()));
    }
    let (from, to) = text.split_once(['至', '到', '-'])?;
    let (from, to) = (from.trim(), Some(to.trim()).filter(|to| !to.is_empty())?);
    let first = ChineseDate::whole(&fold(from)).filter(|date| date.year.is_some());
    if first.is_none() && !is_relative_period(from) {
        return None;
    }
    let folded = fold(to);
    let following = first.and_then(|first| first.following(&folded));
    let to = match following.filter(|date| date.length == folded.len()) {
        Some(date) => date.dashed()?.into(),
        None => to.into(),
    };
    Some((from.into(), to))
}

/// How a range lies to the period that is written behind its sign.
#[derive(Clone, Copy)]
enum Sign {
    From,
    After,
    To,
    Before,
}

/// The signs of comparison; those that begin with another come first.
const SIGNS: [(&str, Sign); 6] = [
    (">=", Sign::From),
    ("≥", Sign::From),
    (">", Sign::After),
    ("<=", Sign::To),
    ("≤", Sign::To),
    ("<", Sign::Before),
];

/// The sign before a period, and the period.
fn comparison(text: &str) -> Option<(Sign, &str)> {
    SIGNS.iter().find_map(|(written, sign)| Some((*sign, text.strip_prefix(written)?.trim_start())))
}

/// Whether a text is a period relative to now, as `last week` and 上周.
pub(super) fn is_relative_period(text: &str) -> bool {
    let folded = fold(text);
    calendar_unit(&folded).is_some() || trailing(&folded).is_some()
}

/// Whether a period or a range is relative to now, so that it means something else tomorrow.
pub(super) fn is_relative(text: &str) -> bool {
    let text = in_ascii(text);
    let text = text.trim();
    let text = comparison(text).map_or(text, |(_, bound)| bound);
    match ends(text) {
        Some((from, to)) => is_relative_period(&from) || is_relative_period(&to),
        None => is_relative_period(text),
    }
}

fn period(text: &str, clock: &Clock) -> Result<DateRange, Message> {
    let folded = fold(text);
    let relative = || relative(&folded, clock).map(|(first, after)| (first, Some(after)));
    let days = absolute(&folded).or_else(relative);
    if let Some((first, after)) = days {
        let zone = clock.now.time_zone();
        let start = first.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        let after = after.and_then(|after| after.to_zoned(zone.clone()).ok());
        // What ends with the calendar has an end as well.
        let end = Some(after.map_or(Timestamp::MAX, |at| at.timestamp()));
        if start.is_some() && start == end {
            return Err(message!("`{}` does not exist in this time zone", text));
        }
        return Ok(DateRange { start, end });
    }
    if let Some((count, Unit::Hour)) = trailing(&folded) {
        return Ok(hours(count, clock));
    }
    if let Some((civil, length, offset)) = time(&folded) {
        let start = match offset {
            Some(offset) => offset.to_timestamp(civil).ok(),
            None => clock.zone().to_ambiguous_timestamp(civil).earlier().ok(),
        };
        let exists = |at: &Timestamp| offset.is_some() || clock.zone().to_datetime(*at) == civil;
        let Some(start) = start.filter(exists) else {
            return Err(message!("`{}` does not exist in this time zone", text));
        };
        return Ok(DateRange { start: Some(start), end: start.checked_add(length).ok() });
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        let end = instant.checked_add(1.second()).ok();
        return Ok(DateRange { start: Some(instant), end });
    }
    Err(no_date(text))
}

fn no_date(text: &str) -> Message {
    message!("`{}` is not a date; write 2025-03-07, 2025-03, 2025, 2025-Q1, yesterday, 7d or last week", text)
}

/// The last hours up to now, in whole seconds.
fn hours(count: i64, clock: &Clock) -> DateRange {
    let now = Timestamp::from_second(clock.now.timestamp().as_second());
    let within = |now: Timestamp| DateRange {
        start: now.checked_sub(SignedDuration::from_hours(count)).ok(),
        end: now.checked_add(1.second()).ok(),
    };
    now.map(within).unwrap_or_default()
}

/// A time of a day: `2025-03-07t08:00`, with hours, minutes or seconds and perhaps an offset. Its beginning and length.
fn time(text: &str) -> Option<(DateTime, Span, Option<Offset>)> {
    let (day, time) = text.split_once(['t', ' '])?;
    let (first, _) = absolute(day).filter(|(first, after)| first.tomorrow().ok() == *after)?;
    let (time, offset) = match time.find(['z', '+', '-']) {
        Some(at) => (&time[..at], Some(offset(&time[at..])?)),
        None => (time, None),
    };
    let mut parts = [0; 3];
    let mut count = 0;
    for part in time.split(':') {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        *parts.get_mut(count)? = part.parse().ok().filter(|_| is_number)?;
        count += 1;
    }
    let length = [1.hour(), 1.minute(), 1.second()][count - 1];
    Some((first.to_datetime(Time::new(parts[0], parts[1], parts[2], 0).ok()?), length, offset))
}

/// A UTC offset behind a time: `z`, `+08:00`, `-0500`, `+08`.
fn offset(text: &str) -> Option<Offset> {
    let mut digits = text.chars();
    let sign = digits.next().filter(|sign| matches!(sign, '+' | '-'));
    let Some(sign) = sign else { return (text == "z").then_some(Offset::UTC) };
    let digits = digits.as_str();
    let (hours, minutes) =
        digits.split_once(':').map_or((digits, None), |(hours, minutes)| (hours, Some(minutes)));
    utc_offset(sign, hours, minutes)
}

/// The first day of an absolute period and the first day after it; `None` for the latter past the end of the calendar.
fn absolute(text: &str) -> Option<(Date, Option<Date>)> {
    let digits = |part: &str, len: usize| {
        (part.len() == len && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    let chinese = ChineseDate::whole(text).and_then(|date| date.dashed());
    let is_compact = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = match chinese {
        Some(dashed) => dashed,
        None if is_compact => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        None => text.replace('/', "-"),
    };
    let mut parts = text.split('-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    let narrow = |part: &str| digits(part, part.len().clamp(1, 2)).and_then(|n| i8::try_from(n).ok());
    let (first, length) = match (month, day) {
        (None, None) => (Date::new(year, 1, 1).ok()?, 1.year()),
        (Some(quarter), None) if quarter.starts_with('q') => {
            let quarter = narrow(&quarter[1..]).filter(|n| (1..=4).contains(n))?;
            (Date::new(year, quarter * 3 - 2, 1).ok()?, 3.months())
        }
        (Some(month), None) => (Date::new(year, narrow(month)?, 1).ok()?, 1.month()),
        (Some(month), Some(day)) => (Date::new(year, narrow(month)?, narrow(day)?).ok()?, 1.day()),
        (None, Some(_)) => return None,
    };
    Some((first, first.checked_add(length).ok()))
}

/// A count in digits, or in Chinese numerals up to twelve.
fn count(text: &str) -> Option<i64> {
    let numeral = match text {
        "两" => Some(2),
        "十一" => Some(11),
        "十二" => Some(12),
        _ => (1..).zip("一二三四五六七八九十".chars()).find(|(_, c)| text.chars().eq([*c])).map(|(n, _)| n),
    };
    numeral.or_else(|| text.parse().ok()).filter(|count| (1..=100_000).contains(count))
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// Chinese words for a day or a year, each with how many units it is before the present one.
const CHINESE: [(&str, i64, Unit); 9] = [
    ("今天", 0, Unit::Day),
    ("今日", 0, Unit::Day),
    ("昨天", 1, Unit::Day),
    ("昨日", 1, Unit::Day),
    ("前天", 2, Unit::Day),
    ("今年", 0, Unit::Year),
    ("本年", 0, Unit::Year),
    ("去年", 1, Unit::Year),
    ("前年", 2, Unit::Year),
];
/// Chinese words before a unit, each with how many units it is before the present one.
const WHICH_CHINESE: [(&str, i64); 9] = [
    ("上", 1),
    ("上个", 1),
    ("上一", 1),
    ("本", 0),
    ("这", 0),
    ("这个", 0),
    ("这一", 0),
    ("今个", 0),
    ("上一个", 1),
];
/// Chinese units behind these words.
const CHINESE_UNITS: [(&str, Unit); 5] = [
    ("周", Unit::Week),
    ("星期", Unit::Week),
    ("礼拜", Unit::Week),
    ("月", Unit::Month),
    ("季度", Unit::Quarter),
];

/// How many units 上星期 is before the present one, and the unit.
fn chinese_unit(text: &str) -> Option<(i64, Unit)> {
    if let Some((_, before, unit)) = CHINESE.iter().find(|(name, ..)| *name == text) {
        return Some((*before, *unit));
    }
    let (which, unit) =
        CHINESE_UNITS.iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))?;
    WHICH_CHINESE.iter().find(|(name, _)| *name == which).map(|(_, before)| (*before, unit))
}

/// The first day of a period of days relative to now, and the first day after it.
fn relative(text: &str, clock: &Clock) -> Option<(Date, Date)> {
    let today = clock.now.date();
    if let Some((before, unit)) = calendar_unit(text) {
        let (first, length) = unit_around(today, unit)?;
        let first = first.checked_sub(length.checked_mul(before).ok()?).ok()?;
        return Some((first, first.checked_add(length).ok()?));
    }
    // `7d` is today and the six days before it, as people mean "the last seven days".
    let (count, unit) = trailing(text)?;
    let length = match unit {
        Unit::Hour => return None,
        Unit::Day => Span::new().try_days(count),
        Unit::Week => Span::new().try_weeks(count),
        Unit::Month => Span::new().try_months(count),
        Unit::Quarter => Span::new().try_months(3 * count),
        Unit::Year => Span::new().try_years(count),
    };
    let tomorrow = today.tomorrow().ok()?;
    Some((tomorrow.checked_sub(length.ok()?).ok()?, tomorrow))
}

/// How many units `yesterday`, `last week` or 上周 is before the present one, and the unit.
fn calendar_unit(text: &str) -> Option<(i64, Unit)> {
    let before = |which| match which {
        "this" => Some(0),
        "last" => Some(1),
        _ => None,
    };
    match text.split_once(' ') {
        Some((which, unit)) => Some((before(which)?, unit_named(unit.trim())?)),
        None if text == "today" => Some((0, Unit::Day)),
        None if text == "yesterday" => Some((1, Unit::Day)),
        None => chinese_unit(text),
    }
}

fn unit_named(name: &str) -> Option<Unit> {
    Some(match name {
        "week" => Unit::Week,
        "month" => Unit::Month,
        "quarter" => Unit::Quarter,
        "year" => Unit::Year,
        _ => return None,
    })
}

/// The count and unit of a period that ends today or now: `7d`, `24h`, `last 30 days`, 最近7天.
fn trailing(text: &str) -> Option<(i64, Unit)> {
    let english = text.strip_prefix("last ").or_else(|| text.strip_prefix("past "));
    if let Some((number, unit)) = english.and_then(|rest| rest.trim().split_once(' ')) {
        let unit = unit.trim();
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let unit = match unit {
            "hour" => Some(Unit::Hour),
            "day" => Some(Unit::Day),
            unit => unit_named(unit),
        };
        return Some((count(number)?, unit?));
    }
    let chinese = ["最近", "过去", "近"].iter().find_map(|prefix| text.strip_prefix(prefix));
    if let Some(rest) = chinese {
        if rest == "半年" {
            return Some((6, Unit::Month));
        }
        let units = [
            ("个小时", Unit::Hour),
            ("小时", Unit::Hour),
            ("天", Unit::Day),
            ("日", Unit::Day),
            ("周", Unit::Week),
            ("个星期", Unit::Week),
            ("个礼拜", Unit::Week),
            ("星期", Unit::Week),
            ("个月", Unit::Month),
            ("个季度", Unit::Quarter),
            ("年", Unit::Year),
        ];
        return units.iter().find_map(|(name, unit)| Some((count(rest.strip_suffix(name)?)?, *unit)));
    }
    let letter = text.chars().last()?;
    let unit = match letter {
        'h' => Unit::Hour,
        'd' => Unit::Day,
        'w' => Unit::Week,
        'm' => Unit::Month,
        'y' => Unit::Year,
        _ => return None,
    };
    Some((count(text[..text.len() - letter.len_utf8()].trim())?, unit))
}

/// The first day of the unit that contains a day, and its length.
fn unit_around(day: Date, unit: Unit) -> Option<(Date, Span)> {
    let month = |month: i8| Date::new(day.year(), month, 1).ok();
    Some(match unit {
        Unit::Hour => return None,
        Unit::Day => (day, 1.day()),
        Unit::Week => {
            let into = i64::from(day.weekday().to_monday_zero_offset());
            (day.checked_sub(into.days()).ok()?, 1.week())
        }
        Unit::Month => (month(day.month())?, 1.month()),
        Unit::Quarter => (month((day.month() - 1) / 3 * 3 + 1)?, 3.months()),
        Unit::Year => (month(1)?, 1.year()),
    })
}
