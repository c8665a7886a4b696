//! Reads periods in plain words: `in March 2025`, `since 2024`, `last week`, 上周, 2025年3月.
//!
//! A period restricts the whole query, so it is read only where it stands beside all other words: not in a group, not
//! after a field or an exclusion, not beside `OR`. A preposition, a word such as `last` or a Chinese unit makes it one;
//! a bare year or month may as well be meant as words, so that its period is only offered. Periods that are joined
//! (`from 2017 to 2018`, 2024年至2025年) are one range.

mod spoken;

use super::Parser;
use crate::{
    problem::{Problem, message},
    query::{
        Query, Words,
        chinese_date::ChineseDate,
        punctuation::ascii,
        value::FieldQuery,
        words::{Reading, leaf},
        write::quoted,
    },
    text::is_han_like,
};
use spoken::{PUNCTUATION, joins_periods, preposition_before, spoken, words, written_date};

/// How many characters at the end of a Han run may be a relative period: 自最近十二个月以来.
const MAX_HAN_BEHIND: usize = 20;

impl Parser<'_> {
    /// Whether the next words may be a period of the whole query.
    fn may_be_period(&self) -> bool {
        let before = self.text[..self.at].trim_end();
        let is_or = |before: &str| !before.ends_with(char::is_alphanumeric);
        let after_or = before.ends_with(|c| ascii(c) == '|') || before.strip_suffix("OR").is_some_and(is_or);
        // Each saved query around adds a level of its own.
        self.depth == 1 + self.inside.len()
            && !self.negated
            && !self.alone
            && self.field.is_none()
            && !after_or
            && !self.was_offered()
    }

    /// Whether the next words belong to a period that was offered.
    fn was_offered(&self) -> bool {
        let is_here = |problem: &Problem| problem.code == "period-offered" && problem.span.contains(&self.at);
        self.problems.iter().any(is_here)
    }

    /// Takes a period that stands next. Offers one that may as well be words.
    pub(super) fn take_period(&mut self) -> bool {
        if !self.may_be_period() {
            return false;
        }
        let rest = &self.text[self.at..];
        let clock = &self.language.clock;
        let Some(found) = spoken(rest, self.at == 0, clock) else { return false };
        let typed = &rest[..found.length];
        let after = rest[found.length..].trim_start_matches(PUNCTUATION);
        let next = after.trim_start();
        let is_operand = next.starts_with(|c| ascii(c) == '|')
            || next.split_whitespace().next() == Some("OR")
            || self.near_at(self.text.len() - next.len()).is_some()
            || after.starts_with(|c: char| matches!(ascii(c), '^' | '*' | '~' | ':' | '"' | '('));
        let Some(published) = FieldQuery::find("date", &self.language.fields).filter(|_| !is_operand) else {
            return false;
        };
        let written: Vec<String> = found.periods.iter().map(|period| period.written(clock.zone())).collect();
        let span = self.at..self.at + found.length;
        let range = match found.periods.as_slice() {
            [range] if found.certain => *range,
            _ => {
                let any = written.join(" OR ");
                let written = if written.len() > 1 { format!("({any})") } else { any };
                let message =
                    message!("`{}` was searched as words; for the period write `date:{}`", typed, written);
                self.note("period-offered", span, message);
                return false;
            }
        };
        let both = self.period.and(range);
        if both.start.is_some() && both.end.is_some() && both.start >= both.end {
            return false;
        }
        let message = message!(
            "`{}` was read as the period {}; put it in quotes for the words",
            typed,
            range.written(clock.zone())
        );
        self.problems.push(Problem::new("read-as-period", span, message).instead(quoted(typed)));
        self.period = both;
        self.period_field = Some(published.name);
        self.at = self.text.len() - after.len();
        true
    }

    /// The periods that were taken, as one query.
    pub(super) fn taken_period(&self) -> Option<Query> {
        let field = self.period_field.clone()?;
        let zone = self.language.clock.zone().clone();
        Some(Query::Date { field, range: self.period, zone })
    }

    /// Where a period begins within a Han run: a date with its units anywhere, a relative one at the end.
    pub(super) fn period_within(&self, chunk: &str) -> Option<usize> {
        let is_part = |c: char| c.is_alphanumeric() || c == '-' || joins_periods(c);
        if !self.may_be_period() || !chunk.chars().all(is_part) {
            return None;
        }
        let clock = &self.language.clock;
        let begins = |at: usize| {
            let at = at - preposition_before(&chunk[..at]);
            (at > 0 && chunk[..at].chars().all(char::is_alphanumeric)).then_some(at)
        };
        let date = ChineseDate::within(chunk, |date| date.year.is_some()).and_then(|(at, _)| begins(at));
        let date = date.filter(|at| spoken(&chunk[*at..], false, clock).is_some());
        let is_relative = |at: &usize| {
            begins(*at).is_some()
                && chunk[*at..].starts_with(is_han_like)
                && spoken(&chunk[*at..], false, clock).is_some_and(|found| found.length == chunk.len() - at)
        };
        let mut last: Vec<usize> =
            chunk.char_indices().rev().map(|(at, _)| at).take(MAX_HAN_BEHIND).collect();
        last.reverse();
        date.or_else(|| last.into_iter().find(is_relative).and_then(begins))
    }

    /// Takes `March 7` or `7 March 2025` as a phrase.
    pub(super) fn date_phrase(&mut self) -> Option<Query> {
        if self.alone || self.field.is_some() {
            return None;
        }
        let rest = &self.text[self.at..];
        let length = written_date(&words(rest))?;
        let phrase = leaf(&rest[..length], self.at, Reading::Exact)?;
        self.at += length;
        self.counted(Query::Synonyms(vec![Query::Words(Words { plain: true, ..phrase })]))
    }
}

#[cfg(test)]
mod tests {
    use crate::query::{Clock, FieldKind, Fields, Language, Query, Synonyms};

    /// How a query is read on Friday, 7 March 2025, and the codes of its problems.
    fn read(text: &str) -> (String, Vec<&'static str>) {
        let fields =
            Fields::new(vec![("title".into(), FieldKind::Words), ("published".into(), FieldKind::Date)]);
        let now = "2025-03-07T12:00:00Z[UTC]".parse().expect("an instant");
        let parsed = Query::parse(text, &Language::new(fields, Clock { now }));
        (parsed.value.to_string(), parsed.problems.iter().map(|problem| problem.code).collect())
    }

    #[test]
    fn a_period_in_words_restricts_the_query() {
        let cases = [
            ("tesla layoffs in March 2025", "tesla AND layoffs AND date:2025-03"),
            ("in March 2025, tesla", "tesla AND date:2025-03"),
            ("tesla since 2024", "tesla AND date:2024-01-01.."),
            ("tesla during Q3 2024", "tesla AND date:2024-07-01..2024-09-30"),
            ("tesla on 7 March 2025", "tesla AND date:2025-03-07"),
            ("tesla on March 7th, 2025?", "tesla AND date:2025-03-07"),
            ("tesla until May 2025", "tesla AND date:..2025-05-31"),
            ("tesla before 2020", "tesla AND date:..2019-12-31"),
            ("tesla since 2024 until May 2025", "tesla AND date:2024-01-01..2025-05-31"),
            ("tesla in 2025-03", "tesla AND date:2025-03"),
            ("Last week tesla", "tesla AND date:2025-02-24..2025-03-02"),
            ("tesla yesterday", "tesla AND date:2025-03-06"),
            ("tesla this month", "tesla AND date:2025-03"),
            ("tesla during the past 30 days", "tesla AND date:2025-02-06..2025-03-07"),
            ("tesla last 24 hours", "tesla AND date:2025-03-06T12:00:00Z..2025-03-07T12:00:00Z"),
            ("since yesterday", "date:2025-03-06.."),
            ("last week", "date:2025-02-24..2025-03-02"),
            ("tesla OR ford last week", "(tesla OR ford) AND date:2025-02-24..2025-03-02"),
            ("上周", "date:2025-02-24..2025-03-02"),
            ("特斯拉 上週", "\"特斯 斯拉\" AND date:2025-02-24..2025-03-02"),
            ("昨天裁员", "\"裁员\" AND date:2025-03-06"),
            ("特斯拉上周", "\"特斯 斯拉\" AND date:2025-02-24..2025-03-02"),
            ("2025年3月减息", "\"减息\" AND date:2025-03"),
            ("美联储２０２５年３月减息", "\"美联 联储\" AND \"减息\" AND date:2025-03"),
            ("特斯拉 2025年1月以来", "\"特斯 斯拉\" AND date:2025-01-01.."),
            ("in 2025年3月 裁员", "\"裁员\" AND date:2025-03"),
            ("DOCTOR last week", "doctor AND date:2025-02-24..2025-03-02"),
            ("tesla over the past 30 days", "tesla AND date:2025-02-06..2025-03-07"),
            ("tesla within the last week", "tesla AND date:2025-02-24..2025-03-02"),
            // Ranges.
            ("tesla in 2017 and 2018", "tesla AND date:2017-01-01..2018-12-31"),
            ("tesla in 2017, 2018 and 2019", "tesla AND date:2017-01-01..2019-12-31"),
            ("in 2018, 2019 tesla", "tesla AND date:2018-01-01..2019-12-31"),
            ("tesla in 2017-2018", "tesla AND date:2017-01-01..2018-12-31"),
            ("tesla in 2017 – 2018", "tesla AND date:2017-01-01..2018-12-31"),
            ("tesla since 2017 to 2018", "tesla AND date:2017-01-01..2018-12-31"),
            ("tesla from 2017 to 2018", "tesla AND date:2017-01-01..2018-12-31"),
            ("tesla from 2017 through March 2018", "tesla AND date:2017-01-01..2018-03-31"),
            ("tesla between January 2018 and March 2018", "tesla AND date:2018-01-01..2018-03-31"),
            ("between 2015 and 2018 tesla", "tesla AND date:2015-01-01..2018-12-31"),
            ("tesla in Q1 2018 and Q2 2018", "tesla AND date:2018-01-01..2018-06-30"),
            ("tesla yesterday and today", "tesla AND date:2025-03-06..2025-03-07"),
            ("2024年至2025年减息", "\"减息\" AND date:2024-01-01..2025-12-31"),
            ("美联储2024年到2025年減息", "\"美联 联储\" AND \"减息\" AND date:2024-01-01..2025-12-31"),
            ("美联储2024年-2025年减息", "\"美联 联储\" AND \"减息\" AND date:2024-01-01..2025-12-31"),
            ("2024年至2025年间减息", "\"减息\" AND date:2024-01-01..2025-12-31"),
            ("2025年3月至5月减息", "\"减息\" AND date:2025-03-01..2025-05-31"),
            ("2025年3月和4月减息", "\"减息\" AND date:2025-03-01..2025-04-30"),
            ("2025年3月、4月减息", "\"减息\" AND date:2025-03-01..2025-04-30"),
            ("从2024年到2025年 减息", "\"减息\" AND date:2024-01-01..2025-12-31"),
            // Chinese prepositions.
            ("在2025年3月减息", "\"减息\" AND date:2025-03"),
            ("於2025年3月減息", "\"减息\" AND date:2025-03"),
            ("特斯拉于2025年3月减息", "\"特斯 斯拉\" AND \"减息\" AND date:2025-03"),
            ("关于2025年3月减息", "\"关于\" AND \"减息\" AND date:2025-03"),
            ("自2024年以来 减息", "\"减息\" AND date:2024-01-01.."),
            ("自2024年以来减息", "\"减息\" AND date:2024-01-01.."),
            ("從2024年減息", "\"减息\" AND date:2024-01-01.."),
            ("自2024年起 减息", "\"减息\" AND date:2024-01-01.."),
            ("2024年至今减息", "\"减息\" AND date:2024-01-01.."),
            ("截至2025年3月 减息", "\"减息\" AND date:..2025-03-31"),
            ("特斯拉自上周以来", "\"特斯 斯拉\" AND date:2025-02-24.."),
            ("上星期减息", "\"减息\" AND date:2025-02-24..2025-03-02"),
            ("減息 今個月", "\"减息\" AND date:2025-03"),
            ("最近十二个月减息", "\"减息\" AND date:2024-03-08..2025-03-07"),
            ("减息最近半年", "\"减息\" AND date:2024-09-08..2025-03-07"),
        ];
        let wrong = cases.map(|(typed, expected)| {
            let (written, codes) = read(typed);
            let is_read = !codes.is_empty() && codes.iter().all(|code| *code == "read-as-period");
            (written != expected || !is_read).then_some((typed, written, codes))
        });
        let wrong: Vec<_> = wrong.into_iter().flatten().collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_may_be_words_stays_words() {
        let cases = [
            "in may be",
            "stocks march higher",
            "\"in March 2025\"",
            "(in March 2025)",
            "-\"last week\"",
            "last week OR tesla",
            "tesla OR last week",
            "title:today",
            "USA Today",
            "last week's",
            "in 2025-99",
            "2025年报",
            "2025年度报告",
            "去年同期",
            "上周五",
            "今日头条",
            "过去年份",
            "成本周期",
            "特斯拉上周裁员",
            "2025年3月底",
            "2025年13月",
            "2025年13月减息",
            "over 2000 job cuts at tesla",
            "in 2000 stores",
            "within 2000 metres",
            "over 2018",
            "till 2018",
            "from 2018",
            "between 2018",
            "tesla in 2015 and 2018",
            "in 2015 and in 2018",
            "in 2018, 2000 jobs",
            "until 2017 and 2018",
            "2017 to 2018",
            "from 1900 to 2000 jobs",
            "in 2018 to 2017",
            "2015年和2018年减息",
            "2024年至2025年报",
            "2025年3月-减息",
            "上星期五",
        ];
        for typed in cases {
            let (written, codes) = read(typed);
            assert!(!written.contains("date:"), "{typed}: {written}");
            assert!(!codes.contains(&"read-as-period"), "{typed}");
        }
        // A round year is a number beside a month.
        let (written, codes) = read("in March 2025 and 2000 jobs");
        assert_eq!(written, "and AND \"2000\" AND jobs AND date:2025-03");
        assert_eq!(codes, ["read-as-period", "period-offered"]);
        // Two periods without a common day cannot both restrict it.
        assert_eq!(read("x in 2019 in 2020").0, "x AND in AND \"2020\" AND date:2019");
    }

    #[test]
    fn periods_apart_are_offered_together() {
        for (typed, offered) in [
            (
                "tesla in 2015 and 2018",
                "`in 2015 and 2018` was searched as words; for the period write `date:(2015 OR 2018)`",
            ),
            (
                "2017 to 2018",
                "`2017 to 2018` was searched as words; for the period write `date:2017-01-01..2018-12-31`",
            ),
            ("in 2000 stores", "`in 2000` was searched as words; for the period write `date:2000`"),
        ] {
            let fields = Fields::new(vec![("published".into(), FieldKind::Date)]);
            let problems = Query::parse(typed, &Language::new(fields, Clock::utc())).problems;
            let messages: Vec<String> = problems.iter().map(|problem| problem.message.to_string()).collect();
            assert_eq!(messages, [offered]);
        }
    }

    #[test]
    fn no_text_panics() {
        let pieces = [
            "2025年3月",
            "至",
            "、",
            "在",
            "截至",
            "上周",
            "以来",
            "起",
            "-",
            "–",
            "２０２５年",
            " ",
            "e\u{301}",
            "𠮷",
            "from ",
            "2017",
            " and ",
            ",",
        ];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    read(&format!("{one}{two}{three}"));
                    read(&format!("特{three}{one}{two}斯"));
                }
            }
        }
    }

    #[test]
    fn a_long_run_does_not_panic() {
        for piece in ["2025年3月", "2025年3月、", "在上周", "2017 and ", "特斯拉"] {
            read(&piece.repeat(16 * 1024 / piece.len()));
        }
    }

    #[test]
    fn a_bare_year_or_month_is_offered() {
        for typed in ["March 2025 layoffs", "tesla 2018 layoffs", "7 March 2025", "focus on 2025"] {
            let (written, codes) = read(typed);
            assert!(!written.contains("date:"), "{typed}: {written}");
            assert_eq!(codes, ["period-offered"], "{typed}");
        }
    }

    #[test]
    fn a_date_in_words_is_a_phrase() {
        let cases = [
            ("fire on March 7", "fire AND on AND \"march 7\""),
            ("7th March, fire", "\"7th march\" AND fire"),
            ("7 March 2025 fire", "\"7 march 2025\" AND fire"),
            ("profit may 5 percent", "profit AND may AND \"5\" AND percent"),
            ("3月7日", "\"3 月* 7 (日* OR 号*)\""),
            ("3月7日减息", "\"3 月* 7 (日* OR 号*)\" AND \"减息\""),
            ("3月7號", "\"3 月* 7 (日* OR 号*)\""),
            ("title:3月7日", "title:\"3 月* 7 (日* OR 号*)\""),
        ];
        for (typed, expected) in cases {
            assert_eq!(read(typed).0, expected, "{typed}");
        }
        let many = Query::of_words(&"1月1日".repeat(10_000), &Synonyms::default()).to_string();
        assert_eq!(many.matches("日*").count(), 10_000, "on a stack of any size");
        let date = Query::of_words("3月7日 减息", &Synonyms::default()).relaxed().expect("two clauses");
        assert_eq!(date.to_string(), "(\"3 月* 7 (日* OR 号*)\" 减息)~");
    }

    #[test]
    fn the_note_says_how_to_undo_it() {
        let fields = Fields::new(vec![("published".into(), FieldKind::Date)]);
        let typed = "tesla in March 2025?";
        let problem = Query::parse(typed, &Language::new(fields, Clock::utc())).problems.remove(0);
        let message = "`in March 2025` was read as the period 2025-03; put it in quotes for the words";
        assert_eq!((problem.message.to_string().as_str(), &typed[problem.span]), (message, "in March 2025"));
        assert_eq!(problem.instead.as_deref(), Some("\"in March 2025\""));
    }
}
