//! Periods as people write them: `2025-03`, `2025-Q1`, `last week`, `2025-01..2025-03`, `2025年3月`, `上周`.
//!
//! A date covers its whole day, month, quarter or year, and a time its hour, minute or second, in the zone of the
//! [`Clock`]. A relative date is counted from the clock's `now`, so that the same text and clock always give the same
//! instants.

use crate::{
    article::{Moment, first_instant},
    problem::{Message, Value, message},
};
use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};

mod grammar;

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
        grammar::range(text, clock)
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
        grammar::is_relative_period(text)
    }

    /// What to tell the user about a text that gave this range: the resolved range, if the text is relative to now.
    #[must_use]
    pub fn note(&self, text: &str, zone: &TimeZone) -> Option<Message> {
        let name = || zone.iana_name().map_or_else(|| message!("the system's time zone").into(), Value::from);
        grammar::is_relative(text)
            .then(|| message!("`{}` is {} ({})", text.trim(), self.written(zone), name()))
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

    #[test]
    fn a_time_may_have_an_offset() {
        let clock = clock("2025-03-07", "UTC");
        // Eight in the morning in Shanghai is midnight in UTC.
        for offset in ["+08:00", "+0800", "+08", "+8"] {
            let morning = range(&format!("2025-03-07T08:00{offset}"), &clock);
            assert_eq!(morning, range("2025-03-07T00:00Z", &clock), "{offset}");
        }
        for offset in ["+", "+-8", "++8", "+8:", "+08:0x", "+08:60", "+080", "+𝟎", "+27:00"] {
            assert!(DateRange::parse(&format!("2025-03-07T08:00{offset}"), &clock).is_err(), "{offset}");
        }
    }
}
