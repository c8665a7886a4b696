//! Periods as people write them: `2025-03`, `2025-Q1`, `last week`, `2025-01..2025-03`, `2025年3月`, `上周`.
//!
//! A date covers its whole day, month, quarter or year, and a time its hour, minute or second, in the zone of the
//! [`Clock`]. A relative date is counted from the clock's `now`, so that the same text and clock always give the same
//! instants.

use super::{chinese_date::ChineseDate, punctuation::in_ascii};
use crate::{
    article::{Moment, first_instant},
    problem::{Message, Value, message},
    text::fold,
};
use jiff::{
    SignedDuration, Span, Timestamp, ToSpan, Zoned,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use std::borrow::Cow;

/// The present, in the time zone that decides where a day begins.
#[derive(Clone, Debug)]
pub struct Clock {
    /// The present, with its zone.
    pub now: Zoned,
}

impl Clock {
    /// The system clock, in UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self::in_zone(TimeZone::UTC)
    }

    /// The system clock, in a zone.
    #[must_use]
    pub fn in_zone(zone: TimeZone) -> Self {
        Self { now: Timestamp::now().to_zoned(zone) }
    }

    /// The system clock, in a zone of the IANA database: `Asia/Shanghai`.
    ///
    /// # Errors
    ///
    /// A message fragment if there is no such zone.
    pub fn in_zone_named(name: &str) -> Result<Self, String> {
        let zone = TimeZone::get(name)
            .map_err(|_| format!("`{name}` is not a time zone such as Asia/Shanghai or UTC"))?;
        Ok(Self::in_zone(zone))
    }

    /// The time zone in which days begin.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.now.time_zone()
    }
}

/// The instants from `start` up to, but not including, `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DateRange {
    /// The first instant; `None` for no lower bound.
    pub start: Option<Timestamp>,
    /// The first instant after the range; `None` for no upper bound.
    pub end: Option<Timestamp>,
}

impl DateRange {
    /// Parses a period or a range: `A..B`, `..B`, `A..`, A至B, `>=A`, `>A`, `<=B` or `<B`. A range includes all of both
    /// its ends; `>A` begins and `<B` ends where the period does not.
    ///
    /// # Errors
    ///
    /// A message fragment if the text is not a date or a range, or the range ends before it begins.
    pub fn parse(text: &str, clock: &Clock) -> Result<Self, Message> {
        let text = in_ascii(text);
        let text = text.trim();
        if let Some((sign, bound)) = comparison(text) {
            if bound.is_empty() {
                return Err(no_date(text));
            }
            let Self { start, end } = period(bound, clock)?;
            return Ok(match sign {
                Sign::From => Self { start, end: None },
                Sign::After => Self { start: end, end: None },
                Sign::To => Self { start: None, end },
                Sign::Before => Self { start: None, end: start },
            });
        }
        let Some((from, to)) = ends(text) else { return period(text, clock) };
        if from.is_empty() && to.is_empty() {
            return Err(message!("a range needs a date before or after `..`"));
        }
        let end_of = |text: &str| if text.is_empty() { Ok(Self::default()) } else { period(text, clock) };
        let range = Self { start: end_of(&from)?.start, end: end_of(&to)?.end };
        match (range.start, range.end) {
            (Some(start), Some(end)) if start >= end => Err(message!("`{}` ends before it begins", text)),
            _ => Ok(range),
        }
    }

    /// The intersection of both ranges.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        let end = match (self.end, other.end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { start, end }
    }

    /// The least range with all of both ranges.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let end = self.end.zip(other.end).map(|(a, b)| a.max(b));
        Self { start: self.start.min(other.start), end }
    }

    /// The days of which the range has an instant in a zone, as the range of their first instants in UTC.
    #[must_use]
    pub fn of_days(self, zone: &TimeZone) -> Self {
        if self.start.zip(self.end).is_some_and(|(start, end)| start >= end) {
            return self;
        }
        let day = |at: Timestamp| zone.to_datetime(at).date();
        let last = self.end.and_then(|end| end.checked_sub(1.nanosecond()).ok()).map(day);
        let after = last.and_then(|last| last.tomorrow().ok());
        Self { start: self.start.map(|start| first_instant(day(start))), end: after.map(first_instant) }
    }

    /// Whether a moment is within the range: an instant by itself, a day if the range has any instant of it in the zone.
    #[must_use]
    pub fn contains(self, moment: Moment, zone: &TimeZone) -> bool {
        let range = if moment.is_day() { self.of_days(zone) } else { self };
        let at = moment.instant();
        range.start.is_none_or(|start| start <= at) && range.end.is_none_or(|end| at < end)
    }
}

impl DateRange {
    /// The range as a query writes it, both ends included: in days, months or years if it begins and ends
    /// where days do in `zone` (`2025-03-01..2025-03-07`), else in instants.
    #[must_use]
    pub fn written(&self, zone: &TimeZone) -> String {
        match self.days(zone) {
            Some((Some(first), Some(last))) => {
                calendar(first, last).unwrap_or_else(|| format!("{first}..{last}"))
            }
            Some((Some(first), None)) => format!("{first}.."),
            Some((None, Some(last))) => format!("..{last}"),
            Some((None, None)) => "*".into(),
            None => {
                let start = self.start.map(|at| at.to_string()).unwrap_or_default();
                let last = self.end.and_then(|end| end.checked_sub(1.second()).ok());
                let last = last.map(|at| at.to_string()).unwrap_or_default();
                if start == last { start } else { format!("{start}..{last}") }
            }
        }
    }

    /// Whether a text is a period relative to now, as `last week` and 上周.
    pub(super) fn is_relative_period(text: &str) -> bool {
        let folded = fold(text);
        calendar_unit(&folded).is_some() || trailing(&folded).is_some()
    }

    /// What to tell the user about a text that gave this range: the resolved range, if the text is relative to now.
    #[must_use]
    pub fn note(&self, text: &str, zone: &TimeZone) -> Option<Message> {
        let name = || zone.iana_name().map_or_else(|| message!("the system's time zone").into(), Value::from);
        is_relative(text).then(|| message!("`{}` is {} ({})", text.trim(), self.written(zone), name()))
    }

    /// The first and the last day, if the range begins and ends where days do.
    fn days(&self, zone: &TimeZone) -> Option<(Option<Date>, Option<Date>)> {
        let begins_day = |at: &Timestamp| {
            let zoned = at.to_zoned(zone.clone());
            zoned.start_of_day().is_ok_and(|start| start.timestamp() == *at)
        };
        if !self.start.iter().chain(&self.end).all(|at| *at == Timestamp::MAX || begins_day(at)) {
            return None;
        }
        // The day of the last second. It need not be the calendar day before `end`: a zone may have skipped that one.
        let end = self.end.filter(|end| *end < Timestamp::MAX);
        let last = end.and_then(|end| end.checked_sub(1.second()).ok());
        let date = |at: Timestamp| at.to_zoned(zone.clone()).date();
        Some((self.start.map(date), last.map(date)))
    }
}

/// The day, month or year from `first` to `last`, if it is one.
fn calendar(first: Date, last: Date) -> Option<String> {
    if first == last {
        return Some(first.to_string());
    }
    let whole_month = first.day() == 1 && last == last.last_of_month();
    if whole_month && (first.year(), first.month()) == (last.year(), last.month()) {
        return Some(first.strftime("%Y-%m").to_string());
    }
    let whole_year = whole_month && first.month() == 1 && last.month() == 12;
    (whole_year && first.year() == last.year()).then(|| first.strftime("%Y").to_string())
}

/// The ends of a range. In Chinese, the second may leave out the year: 2025年1月至3月.
fn ends(text: &str) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if let Some((from, to)) = text.split_once("..") {
        return Some((from.trim().into(), to.trim_start_matches('.').trim().into()));
    }
    let (from, to) = text.split_once(['至', '到', '-'])?;
    let (from, to) = (from.trim(), Some(to.trim()).filter(|to| !to.is_empty())?);
    let first = ChineseDate::whole(&fold(from)).filter(|date| date.year.is_some());
    if first.is_none() && !DateRange::is_relative_period(from) {
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

/// Whether a period or a range is relative to now, so that it means something else tomorrow.
fn is_relative(text: &str) -> bool {
    let text = in_ascii(text);
    let text = text.trim();
    let text = comparison(text).map_or(text, |(_, bound)| bound);
    match ends(text) {
        Some((from, to)) => DateRange::is_relative_period(&from) || DateRange::is_relative_period(&to),
        None => DateRange::is_relative_period(text),
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
    if text == "z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = text.split_at(1);
    let digits = digits.replacen(':', "", 1);
    let number = |part: &str| part.parse::<i32>().ok().filter(|_| part.len() == 2);
    let (hours, minutes) = (number(digits.get(..2)?)?, digits.get(2..).filter(|minutes| !minutes.is_empty()));
    let minutes = minutes.map_or(Some(0), number).filter(|minutes| *minutes < 60)?;
    let seconds = hours * 3600 + minutes * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
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

#[cfg(test)]
mod tests {
    use super::{Clock, DateRange};
    use crate::article::Moment;
    use jiff::{Timestamp, tz::TimeZone};

    fn clock(now: &str, zone: &str) -> Clock {
        let now: Timestamp = format!("{now}T12:00:00Z").parse().expect("an instant");
        Clock { now: now.to_zoned(TimeZone::get(zone).expect("it is known")) }
    }

    fn range(text: &str, clock: &Clock) -> DateRange {
        DateRange::parse(text, clock).expect("a period")
    }

    /// A month before the last day of a longer month is the last day of the shorter one.
    #[test]
    fn relative_periods_keep_to_the_calendar() {
        let cases = [
            ("2025-03-31", "1m", "2025-03-01..2025-03-31"),
            ("2025-03-30", "1m", "2025-02-28..2025-03-30"),
            ("2024-02-28", "1y", "2023-02-28..2024-02-28"),
            ("2024-02-29", "1y", "2023-03-01..2024-02-29"),
            ("2025-03-02", "2w", "2025-02-17..2025-03-02"),
            // A Monday, and the Sunday that ends its week.
            ("2025-03-03", "this week", "2025-03-03..2025-03-09"),
            ("2025-03-09", "this week", "2025-03-03..2025-03-09"),
            ("2024-12-31", "this week", "2024-12-30..2025-01-05"),
            ("2025-03-31", "last month", "2025-02-01..2025-02-28"),
            ("2025-01-01", "last month", "2024-12-01..2024-12-31"),
            ("2025-01-01", "last quarter", "2024-10-01..2024-12-31"),
            ("2025-06-30", "this quarter", "2025-04-01..2025-06-30"),
            ("2025-12-31", "yesterday..", "2025-12-30.."),
            ("2025-03-31", "last 30 days", "30d"),
            ("2025-03-31", "past 2 months", "2m"),
            // In Chinese, simplified and traditional.
            ("2025-03-09", "今天", "2025-03-09"),
            ("2025-03-01", "昨天", "2025-02-28"),
            ("2025-03-01", "前天", "2025-02-27"),
            ("2025-03-09", "本周", "2025-03-03..2025-03-09"),
            ("2025-03-09", "本週", "2025-03-03..2025-03-09"),
            ("2025-03-09", "上周", "2025-02-24..2025-03-02"),
            ("2025-03-09", "上週", "2025-02-24..2025-03-02"),
            ("2025-03-31", "本月", "2025-03"),
            ("2025-03-31", "上个月", "2025-02"),
            ("2025-03-31", "上個月", "2025-02"),
            ("2025-01-01", "上季度", "2024-10..2024-12"),
            ("2025-06-30", "本季度", "2025-04..2025-06"),
            ("2025-06-30", "今年", "2025"),
            ("2025-06-30", "去年", "2024"),
            ("2025-06-30", "前年", "2023"),
            ("2025-03-07", "最近7天", "2025-03-01..2025-03-07"),
            ("2025-03-07", "近三個月", "3m"),
            ("2025-03-07", "上周..今天", "2025-02-24..2025-03-07"),
            ("2025-03-07", "2025年3月7日", "2025-03-07"),
            ("2025-03-07", "2025年3月7號", "2025-03-07"),
            ("2025-03-07", "２０２５年３月", "2025-03"),
            ("2025-03-07", "2025年", "2025"),
            ("2025-03-07", "2025年一季度", "2025-Q1"),
            ("2025-03-07", "2025年第4季度", "2025-Q4"),
            ("2025-03-07", "2025年3月..2025年5月", "2025-03-01..2025-05-31"),
            // The words of Hong Kong. The week begins on Monday, 3 March.
            ("2025-03-09", "上星期", "2025-02-24..2025-03-02"),
            ("2025-03-09", "上个星期", "2025-02-24..2025-03-02"),
            ("2025-03-09", "上個星期", "2025-02-24..2025-03-02"),
            ("2025-03-09", "上礼拜", "2025-02-24..2025-03-02"),
            ("2025-03-09", "上禮拜", "2025-02-24..2025-03-02"),
            ("2025-03-09", "本星期", "2025-03-03..2025-03-09"),
            ("2025-03-09", "这星期", "2025-03-03..2025-03-09"),
            ("2025-03-09", "這個星期", "2025-03-03..2025-03-09"),
            ("2025-03-09", "今个月", "2025-03"),
            ("2025-03-09", "今個月", "2025-03"),
            ("2025-03-09", "上一个月", "2025-02"),
            ("2025-03-09", "最近两个星期", "2025-02-24..2025-03-09"),
            ("2025-03-07", "最近半年", "2024-09-08..2025-03-07"),
            ("2025-03-07", "最近十一个月", "2024-04-08..2025-03-07"),
            ("2025-03-07", "過去十二個月", "2024-03-08..2025-03-07"),
            // Ranges. The second part may leave out what both have.
            ("2025-03-07", "2025年1月至3月", "2025-01-01..2025-03-31"),
            ("2025-03-07", "2024年至2025年", "2024-01-01..2025-12-31"),
            ("2025-03-07", "2024年到2025年3月", "2024-01-01..2025-03-31"),
            ("2025-03-07", "2024年11月-2025年2月", "2024-11-01..2025-02-28"),
            ("2025-03-07", "2025年3月1日至7日", "2025-03-01..2025-03-07"),
            ("2025-03-07", "2025年3月1日至4月7号", "2025-03-01..2025-04-07"),
            ("2025-03-07", "2025年一季度至三季度", "2025-01-01..2025-09-30"),
            ("2025-03-07", "去年至今天", "2024-01-01..2025-03-07"),
        ];
        for (now, text, expected) in cases {
            let clock = clock(now, "UTC");
            assert_eq!(range(text, &clock), range(expected, &clock), "{text} on {now}");
        }
    }

    #[test]
    fn a_range_is_written_as_short_as_it_can_be() {
        let clock = clock("2025-03-07", "America/New_York");
        let cases = [
            ("2025-03-01..2025-03-31", "2025-03"),
            ("2025-01..2025-12", "2025"),
            ("2024-02-01..2024-02-29", "2024-02"),
            ("2025-02-01..2025-03-31", "2025-02-01..2025-03-31"),
            ("2024-01..2025-12", "2024-01-01..2025-12-31"),
            ("2025-03-02..2025-03-31", "2025-03-02..2025-03-31"),
            ("2025-03-01..2025-03-30", "2025-03-01..2025-03-30"),
            ("2025-03-09..2025-03-09", "2025-03-09"),
            // Midnight is at five o'clock in UTC, and on the next day at four.
            ("2025-03-09T05:00:00Z..2025-03-10T03:59:59Z", "2025-03-09"),
            ("2025-03-09T05:00:00Z..2025-03-10T04:59:59Z", "2025-03-09T05:00:00Z..2025-03-10T04:59:59Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(range(text, &clock).written(clock.zone()), expected, "{text}");
        }
    }

    #[test]
    fn only_what_means_something_else_tomorrow_is_told() {
        let clock = clock("2025-03-07", "UTC");
        for text in [
            "2025",
            "2025年3月",
            "2025年1月至3月",
            "2025-Q1..",
            "..2025-03-07",
            "2025-03-07T08:00:00Z..2025-03",
        ] {
            assert_eq!(range(text, &clock).note(text, clock.zone()), None, "{text}");
        }
        for (text, told) in [
            (" Today ", "`Today` is 2025-03-07 (UTC)"),
            ("上周", "`上周` is 2025-02-24..2025-03-02 (UTC)"),
            ("2025-01..2d", "`2025-01..2d` is 2025-01-01..2025-03-07 (UTC)"),
            ("last year...", "`last year...` is 2024-01-01.. (UTC)"),
        ] {
            let note = range(text, &clock).note(text, clock.zone());
            assert_eq!(note.map(|note| note.to_string()).as_deref(), Some(told));
        }
    }

    /// Midnight of New York is at five o'clock in UTC, that of Shanghai at 16 o'clock of the day before.
    #[test]
    fn a_day_is_within_a_range_that_has_any_instant_of_it() {
        let day = Moment::Day("2025-03-07".parse().expect("a day"));
        let instant = Moment::Instant("2025-03-07T00:00:00Z".parse().expect("an instant"));
        // The range, the zone, and whether it has the day and the first instant of that day in UTC.
        let cases = [
            ("2025-03-07", "UTC", true, true),
            ("2025-03-07", "America/New_York", true, false),
            ("2025-03-06", "America/New_York", false, true),
            ("2025-03-07", "Asia/Shanghai", true, true),
            ("2025-03-08", "Asia/Shanghai", false, false),
            ("2025-03", "America/New_York", true, true),
            ("..2025-03-06", "America/New_York", false, true),
            ("2025-03-07..", "America/New_York", true, false),
            ("2025-03-08..", "Pacific/Kiritimati", false, false),
            ("2025-03-07T08:00:00Z..", "UTC", true, false),
            ("..2025-03-07T08:00:00Z", "UTC", true, true),
            ("..2025-03-06T23:59:59Z", "UTC", false, false),
            ("2025-03-08T04:59:59Z..", "America/New_York", true, false),
            ("2025-03-08T05:00:00Z..", "America/New_York", false, false),
        ];
        for (text, zone, has_day, has_instant) in cases {
            let clock = clock("2025-03-07", zone);
            let has = [day, instant].map(|moment| range(text, &clock).contains(moment, clock.zone()));
            assert_eq!(has, [has_day, has_instant], "{text} in {zone}");
        }
        let clock = clock("2025-03-07", "UTC");
        let nothing = range("2025-03-07T09:00:00Z..", &clock).and(range("..2025-03-07T08:00:00Z", &clock));
        assert!(!nothing.contains(day, clock.zone()));
    }

    #[test]
    fn two_ranges_have_in_common_what_both_have() {
        let clock = clock("2025-03-07", "UTC");
        let cases = [
            ("2025-01..2025-03", "2025-02..", "2025-02..2025-03"),
            ("..2025-02", "2025-01..", "2025-01..2025-02"),
            ("2025-02", "2025", "2025-02"),
            ("..2025", "..2024", "..2024"),
        ];
        for (one, other, expected) in cases {
            let [one, other, expected] = [one, other, expected].map(|text| range(text, &clock));
            assert_eq!((one.and(other), other.and(one)), (expected, expected));
        }
        assert_eq!(range("2025", &clock).and(DateRange::default()), range("2025", &clock));
        let nothing = range("2024", &clock).and(range("2025", &clock));
        assert!(nothing.start >= nothing.end, "{nothing:?} has no instant");
    }
}
