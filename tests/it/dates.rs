//! Periods: which instants they mean.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use newsdex::query::{Clock, DateRange};

/// Friday, 7 March 2025, early in the morning in Shanghai, when it is still Thursday in UTC.
fn clock(zone: &str) -> Clock {
    Clock { now: "2025-03-06T23:30:00Z".parse::<jiff::Timestamp>().unwrap().in_tz(zone).unwrap() }
}

/// The first instant and the first one after a range.
fn bounds(range: DateRange) -> String {
    let end = |at: Option<jiff::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    format!("{}..{}", end(range.start), end(range.end))
}

#[test]
fn periods_in_utc() {
    let table = [
        ("2025-03-07", "2025-03-07T00:00:00Z..2025-03-08T00:00:00Z"),
        ("2025/3/7", "2025-03-07T00:00:00Z..2025-03-08T00:00:00Z"),
        ("2025-03", "2025-03-01T00:00:00Z..2025-04-01T00:00:00Z"),
        ("2025-12", "2025-12-01T00:00:00Z..2026-01-01T00:00:00Z"),
        ("2025", "2025-01-01T00:00:00Z..2026-01-01T00:00:00Z"),
        ("2025-Q1", "2025-01-01T00:00:00Z..2025-04-01T00:00:00Z"),
        ("2025-q4", "2025-10-01T00:00:00Z..2026-01-01T00:00:00Z"),
        ("2024-02-29", "2024-02-29T00:00:00Z..2024-03-01T00:00:00Z"),
        ("2025-01..2025-03", "2025-01-01T00:00:00Z..2025-04-01T00:00:00Z"),
        ("..2025", "..2026-01-01T00:00:00Z"),
        ("2025..", "2025-01-01T00:00:00Z.."),
        ("today", "2025-03-06T00:00:00Z..2025-03-07T00:00:00Z"),
        ("Yesterday", "2025-03-05T00:00:00Z..2025-03-06T00:00:00Z"),
        ("7d", "2025-02-28T00:00:00Z..2025-03-07T00:00:00Z"),
        ("1d", "2025-03-06T00:00:00Z..2025-03-07T00:00:00Z"),
        ("this week", "2025-03-03T00:00:00Z..2025-03-10T00:00:00Z"),
        ("last week", "2025-02-24T00:00:00Z..2025-03-03T00:00:00Z"),
        ("this month", "2025-03-01T00:00:00Z..2025-04-01T00:00:00Z"),
        ("last month", "2025-02-01T00:00:00Z..2025-03-01T00:00:00Z"),
        ("last quarter", "2024-10-01T00:00:00Z..2025-01-01T00:00:00Z"),
        ("last year", "2024-01-01T00:00:00Z..2025-01-01T00:00:00Z"),
        ("７d", "2025-02-28T00:00:00Z..2025-03-07T00:00:00Z"),
        ("2025-0３", "2025-03-01T00:00:00Z..2025-04-01T00:00:00Z"),
        ("2025年3月7日", "2025-03-07T00:00:00Z..2025-03-08T00:00:00Z"),
        ("上週", "2025-02-24T00:00:00Z..2025-03-03T00:00:00Z"),
        ("2025-03-07T08:00:00Z", "2025-03-07T08:00:00Z..2025-03-07T08:00:01Z"),
        ("20250307", "2025-03-07T00:00:00Z..2025-03-08T00:00:00Z"),
        ("20250307..20250309", "2025-03-07T00:00:00Z..2025-03-10T00:00:00Z"),
        ("2025-03-07T08", "2025-03-07T08:00:00Z..2025-03-07T09:00:00Z"),
        ("2025-03-07T08:00", "2025-03-07T08:00:00Z..2025-03-07T08:01:00Z"),
        ("2025-03-07 08:00", "2025-03-07T08:00:00Z..2025-03-07T08:01:00Z"),
        ("2025-03-07T08:00:05", "2025-03-07T08:00:05Z..2025-03-07T08:00:06Z"),
        ("2025-03-07T08:00Z", "2025-03-07T08:00:00Z..2025-03-07T08:01:00Z"),
        ("2025-03-07T08:00+08:00", "2025-03-07T00:00:00Z..2025-03-07T00:01:00Z"),
        ("2025-03-07T08-0530", "2025-03-07T13:30:00Z..2025-03-07T14:30:00Z"),
        ("2025-03-07T08:00..2025-03-07T09:30", "2025-03-07T08:00:00Z..2025-03-07T09:31:00Z"),
        ("2025-03-07T08:00..", "2025-03-07T08:00:00Z.."),
        (">=2025-03", "2025-03-01T00:00:00Z.."),
        (">= 2025-03", "2025-03-01T00:00:00Z.."),
        ("＞＝2025-03", "2025-03-01T00:00:00Z.."),
        ("＜ ２０２５", "..2025-01-01T00:00:00Z"),
        ("≥2025-03", "2025-03-01T00:00:00Z.."),
        (">2025-03", "2025-04-01T00:00:00Z.."),
        ("<=2025", "..2026-01-01T00:00:00Z"),
        ("<2025", "..2025-01-01T00:00:00Z"),
        ("<yesterday", "..2025-03-05T00:00:00Z"),
        (">2025-03-07T08:00", "2025-03-07T08:01:00Z.."),
        // The clock says half past eleven at night.
        ("24h", "2025-03-05T23:30:00Z..2025-03-06T23:30:01Z"),
        ("1h", "2025-03-06T22:30:00Z..2025-03-06T23:30:01Z"),
        ("last 24 hours", "2025-03-05T23:30:00Z..2025-03-06T23:30:01Z"),
        ("past 1 hour", "2025-03-06T22:30:00Z..2025-03-06T23:30:01Z"),
        ("最近24小时", "2025-03-05T23:30:00Z..2025-03-06T23:30:01Z"),
        ("過去兩個小時", "2025-03-06T21:30:00Z..2025-03-06T23:30:01Z"),
    ];
    for (text, instants) in table {
        assert_eq!(bounds(DateRange::parse(text, &clock("UTC")).unwrap()), instants, "{text}");
    }
}

#[test]
fn the_zone_decides_what_a_day_is() {
    let shanghai = clock("Asia/Shanghai");
    let of = |text| bounds(DateRange::parse(text, &shanghai).unwrap());
    assert_eq!(of("today"), "2025-03-06T16:00:00Z..2025-03-07T16:00:00Z");
    assert_eq!(of("2025-03-07"), "2025-03-06T16:00:00Z..2025-03-07T16:00:00Z");
    // The day on which New York turned its clocks forward had 23 hours.
    let york = DateRange::parse("2025-03-09", &clock("America/New_York")).unwrap();
    assert_eq!(bounds(york), "2025-03-09T05:00:00Z..2025-03-10T04:00:00Z");
    assert_eq!(of("2025-03-07T08:00"), "2025-03-07T00:00:00Z..2025-03-07T00:01:00Z");
    // At two o'clock of that day it was three.
    let york = clock("America/New_York");
    let gap = DateRange::parse("2025-03-09T02:30", &york).unwrap_err().to_string();
    assert!(gap.contains("does not exist in this time zone"), "{gap}");
    let hour = bounds(DateRange::parse("2025-03-09T03:30", &york).unwrap());
    assert_eq!(hour, "2025-03-09T07:30:00Z..2025-03-09T07:31:00Z");
}

#[test]
fn a_range_is_written_as_it_is_read() {
    for zone in
        ["UTC", "Asia/Shanghai", "America/New_York", "America/Sao_Paulo", "Pacific/Apia", "Africa/Cairo"]
    {
        let clock = clock(zone);
        let texts = [
            "2025-03-07",
            "2025-03",
            "2025",
            "2025-Q1",
            "2025-01..2025-03",
            "..2025",
            "2025..",
            "7d",
            "last week",
            "2011-12-29",
            "2011-12-28..2011-12-31",
            "2018-11-04",
            "2025-03-09",
            "2025-04-25",
            "1986-05-04",
            "2025-03-07T08:00:00Z",
            "2025-03-07T08:00:00Z..2025-03-07T09:00:00Z",
            "2025-03-07T08:00",
            "2025-03-07T08",
            ">=2025-03",
            "<2025-03-07T08:00",
            "24h",
        ];
        for text in texts {
            let range = DateRange::parse(text, &clock).unwrap();
            let written = range.written(clock.zone());
            assert_eq!(DateRange::parse(&written, &clock), Ok(range), "{text} in {zone} is {written}");
        }
    }
    let apia = clock("Pacific/Apia");
    assert_eq!(DateRange::parse("2011-12-29", &apia).unwrap().written(apia.zone()), "2011-12-29");
    assert!(
        DateRange::parse("2011-12-30", &apia)
            .unwrap_err()
            .to_string()
            .contains("does not exist in this time zone")
    );
}

#[test]
fn what_is_no_period_is_refused() {
    let texts = [
        "",
        "..",
        "2025-13",
        "2025-02-30",
        "2025-Q5",
        "2025-",
        "20250307x",
        "20251307",
        "202503",
        "2025-03T08:00",
        "2025-03-07T24:00",
        "2025-03-07T8:00",
        "2025-03-07T08:60",
        "2025-03-07T08:00:60",
        "2025-03-07T",
        "2025-03-07T08:00+8x",
        "2025T08",
        ">",
        ">=",
        ">2025..2026",
        "=2025",
        "0h",
        "24hours",
        "25-03-07",
        "soon",
        "next week",
        "0d",
        "-3d",
        "99999999999d",
        "2025-03..2025-01",
        "last",
        "week",
        "2025年13月",
        "2025年3月32日",
        "2025年2月30日",
        "2025年3月至",
        "2025年3月至13月",
        "2025年3月至2025年1月",
        "2025年至3月",
        "至2025年",
        "上星期五",
        "半年",
        "2025年5季度",
        "2025年3",
        "25年3月",
        "3月7日",
        "下周",
        "最近天",
    ];
    for text in texts {
        assert!(DateRange::parse(text, &clock("UTC")).is_err(), "{text:?}");
    }
}

#[test]
fn the_extremes_of_the_calendar_do_not_overflow() {
    for text in ["9999", "9999-12-31", "0001", "0000-01-01", "100000y", "100000d", "9999-Q4", "..9999"] {
        let _ = DateRange::parse(text, &clock("Pacific/Kiritimati"));
    }
}
