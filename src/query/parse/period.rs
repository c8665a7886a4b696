//! Reads periods in plain words: `in March 2025`, `since 2024`, `last week`, 上周, 2025年3月.
//!
//! A period restricts the whole query, so it is read only where it stands beside all other words: not in a group, not
//! after a field or an exclusion, not beside `OR`. A preposition, a word such as `last` or a Chinese unit makes it one;
//! a bare year or month may as well be meant as words, so that its period is only offered.

use super::Parser;
use crate::{
    problem::{Problem, message},
    query::{
        DateRange, Query, Words,
        punctuation::ascii,
        value::FieldQuery,
        words::{ChineseDate, Reading, is_digit, leaf},
        write::quoted,
    },
    text::{fold, is_han_like},
};

/// Names of the months. Three letters of a name are enough.
const MONTHS: [&str; 12] = [
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
/// How many words a period has at most: `during the last 30 days`.
const MAX_WORDS: usize = 5;
/// How many characters a relative period in Chinese has at most: 最近100天.
const MAX_HAN: usize = 6;
/// Characters that make another word of the end of a period: 上周五, 去年底, 2025年报, 今年以来.
const JOINING: &str = "一二三四五六日天期转边末年刊报度薪底初中上下第均线级版终会化产代轻关前后内间以同";

/// How a period restricts dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    During,
    Since,
    Until,
    Before,
}

impl Relation {
    fn of(preposition: &str) -> Option<Self> {
        Some(match preposition {
            "in" | "on" | "during" | "over" | "within" => Self::During,
            "since" => Self::Since,
            "until" | "till" => Self::Until,
            "before" => Self::Before,
            _ => return None,
        })
    }

    fn apply(self, period: DateRange) -> DateRange {
        match self {
            Self::During => period,
            Self::Since => DateRange { start: period.start, end: None },
            Self::Until => DateRange { start: None, end: period.end },
            Self::Before => DateRange { start: None, end: period.start },
        }
    }
}

/// A period at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
struct Spoken {
    relation: Relation,
    /// The period as [`DateRange::parse`] takes it.
    date: String,
    /// How many bytes its words take.
    length: usize,
    /// Whether it is certainly a period. If not, it is offered.
    certain: bool,
}

impl Parser<'_> {
    /// Whether the next words may be a period of the whole query.
    fn may_be_period(&self) -> bool {
        let before = self.text[..self.at].trim_end();
        let after_or = before.ends_with('|') || before.ends_with("OR");
        // Each saved query around adds a level of its own.
        self.depth == 1 + self.inside.len()
            && !self.negated
            && !self.alone
            && self.field.is_none()
            && !after_or
    }

    /// Takes a period that stands next. Offers one that may as well be words.
    pub(super) fn take_period(&mut self) -> bool {
        if !self.may_be_period() {
            return false;
        }
        let rest = &self.text[self.at..];
        let Some(found) = spoken(rest, self.at == 0).or_else(|| spoken_han(rest)) else { return false };
        let typed = &rest[..found.length];
        let after = rest[found.length..].trim_start_matches(PUNCTUATION);
        let next = after.trim_start();
        let is_operand = next.starts_with('|')
            || next.split_whitespace().next() == Some("OR")
            || self.near_at(self.text.len() - next.len()).is_some()
            || after.starts_with(|c: char| matches!(ascii(c), '^' | '*' | '~' | ':' | '"' | '('));
        let Some(published) = FieldQuery::find("date", &self.language.fields).filter(|_| !is_operand) else {
            return false;
        };
        let clock = &self.language.clock;
        let Ok(period) = DateRange::parse(&found.date, clock) else { return false };
        let range = found.relation.apply(period);
        let both = self.period.and(range);
        let written = range.written(clock.zone());
        let span = self.at..self.at + found.length;
        if !found.certain {
            let offered = self.problems.last().is_some_and(|problem| problem.span.contains(&self.at));
            if !offered {
                let message =
                    message!("`{}` was searched as words; for the period write `date:{}`", typed, written);
                self.note("period-offered", span, message);
            }
            return false;
        }
        if both.start.is_some() && both.end.is_some() && both.start >= both.end {
            return false;
        }
        let message =
            message!("`{}` was read as the period {}; put it in quotes for the words", typed, written);
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
        if !self.may_be_period() || !chunk.chars().all(char::is_alphanumeric) {
            return None;
        }
        let starts = || chunk.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
        let date = ChineseDate::within(chunk, |date| date.has_year).map(|(at, _)| at);
        let date = date.filter(|at| *at > 0 && spoken_han(&chunk[*at..]).is_some());
        let is_relative = |at: &usize| relative_han(&chunk[*at..]) == Some(chunk.len() - at);
        date.or_else(|| starts().find(is_relative))
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

/// Punctuation after the last word of a period.
const PUNCTUATION: [char; 9] = [',', '.', '?', '!', ';', '，', '。', '？', '！'];

/// The first words of a text, without punctuation at their ends, each with the byte offset of its end.
fn words(text: &str) -> Vec<(&str, usize)> {
    let each = text.split(char::is_whitespace).scan(0, |at, word| {
        let start = *at;
        *at += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        Some((start, word))
    });
    let each = each.filter(|(_, word)| !word.is_empty()).take(MAX_WORDS);
    each.map(|(start, word)| {
        let word = word.trim_end_matches(PUNCTUATION);
        (word, start + word.len())
    })
    .collect()
}

/// The number of a month that is written as a word.
fn month(word: &str) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    let is_month =
        |name: &&str| word == **name || word == name[..3] || word == "sept" && name.starts_with("sept");
    MONTHS.iter().position(is_month).map(|index| index + 1)
}

/// The number of a day: `7`, `7th`.
fn day(word: &str) -> Option<u8> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &word[digits.len()..];
    let day: u8 = digits.parse().ok().filter(|day| (1..=31).contains(day))?;
    (suffix.is_empty() || ["st", "nd", "rd", "th"].iter().any(|known| suffix.eq_ignore_ascii_case(known)))
        .then_some(day)
}

fn is_year(word: &str) -> bool {
    let century = word.get(..2);
    word.len() == 4 && matches!(century, Some("19" | "20")) && word.bytes().all(|b| b.is_ascii_digit())
}

/// The quarter of `Q3`.
fn quarter(word: &str) -> Option<&str> {
    word.strip_prefix(['q', 'Q']).filter(|number| matches!(*number, "1" | "2" | "3" | "4"))
}

/// The length of a day written in words, with or without its year.
fn written_date(words: &[(&str, usize)]) -> Option<usize> {
    let [(first, _), (second, end), rest @ ..] = words else { return None };
    let year = rest.first().filter(|(word, _)| is_year(word)).map(|(_, end)| *end);
    let is_day =
        month(first).is_some() && day(second).is_some() || day(first).is_some() && month(second).is_some();
    // In small letters, `may` is a verb.
    let is_verb = year.is_none() && [first, second].iter().any(|word| **word == "may");
    (is_day && !is_verb).then_some(year.unwrap_or(*end))
}

/// What an absolute period in words is, its number of words, and whether it is a single day.
fn absolute(words: &[(&str, usize)]) -> Option<(String, usize, bool)> {
    let word = |index: usize| words.get(index).map_or("", |(word, _)| *word);
    let (first, second, third) = (word(0), word(1), word(2));
    if is_year(third) {
        let parts = month(first).zip(day(second)).or_else(|| month(second).zip(day(first)));
        if let Some((month, day)) = parts {
            return Some((format!("{third}-{month}-{day}"), 3, true));
        }
    }
    if is_year(second) {
        if let Some(month) = month(first) {
            return Some((format!("{second}-{month}"), 2, false));
        }
        if let Some(quarter) = quarter(first) {
            return Some((format!("{second}-q{quarter}"), 2, false));
        }
    }
    if is_year(first) {
        return Some(match quarter(second) {
            Some(quarter) => (format!("{first}-q{quarter}"), 2, false),
            None => (first.to_owned(), 1, false),
        });
    }
    let dashed = first.get(..4).is_some_and(is_year) && first[4..].starts_with(['-', '/']);
    dashed.then(|| (first.to_owned(), 1, first.matches(['-', '/']).count() == 2))
}

/// What a relative period in words is, and its number of words.
fn relative(words: &[(&str, usize)], is_first: bool) -> Option<(String, usize)> {
    let word = |index: usize| words.get(index).map_or("", |(word, _)| *word);
    let first = match word(0).chars().next() {
        Some(c) if is_first => word(0).replacen(c, &c.to_lowercase().to_string(), 1),
        _ => word(0).to_owned(),
    };
    // Capitals make it a name: USA Today.
    match first.as_str() {
        "today" | "yesterday" => Some((first, 1)),
        "this" | "last" if matches!(word(1), "week" | "month" | "quarter" | "year") => {
            Some((format!("{first} {}", word(1)), 2))
        }
        "last" | "past"
            if word(1).bytes().all(|b| b.is_ascii_digit())
                && matches!(word(2).trim_end_matches('s'), "day" | "week" | "month" | "quarter" | "year") =>
        {
            Some((format!("{first} {} {}", word(1), word(2)), 3))
        }
        _ => None,
    }
}

/// A period in English at the beginning of a text, or one in Chinese behind an English preposition.
fn spoken(text: &str, is_first: bool) -> Option<Spoken> {
    let words = words(text);
    let preposition = words.first()?.0.to_ascii_lowercase();
    let relation = Relation::of(&preposition);
    let behind = if relation.is_some() { &words[1..] } else { &words[..] };
    let found = |relation: Option<Relation>, date: String, last: usize, certain: bool| Spoken {
        relation: relation.unwrap_or(Relation::During),
        date,
        length: last,
        certain,
    };
    let article = usize::from(behind.first().is_some_and(|(word, _)| *word == "the") && relation.is_some());
    if let Some((date, count)) = relative(&behind[article..], is_first && relation.is_none()) {
        return Some(found(relation, date, behind[article + count - 1].1, true));
    }
    if let Some((date, count, is_day)) = absolute(behind) {
        // "On 2025" is mostly a topic.
        let certain = relation.is_some() && (preposition != "on" || is_day);
        return Some(found(relation, date, behind[count - 1].1, certain));
    }
    let (word, end) = behind.first().filter(|_| relation.is_some())?;
    let han = spoken_han(word).filter(|han| han.length == word.len())?;
    Some(found(relation, han.date, *end, true))
}

/// A period in Chinese at the beginning of a text.
fn spoken_han(text: &str) -> Option<Spoken> {
    let run = &text[..text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())];
    let length = match ChineseDate::at(run).filter(|date| date.has_year) {
        Some(date) => date.length,
        None => relative_han(run)?,
    };
    let (date, behind) = run.split_at(length);
    let spoken = |relation, more: usize| Spoken {
        relation,
        date: date.to_owned(),
        length: length + more,
        certain: true,
    };
    if let Some(since) = ["以来", "以來"].iter().find(|since| behind.starts_with(**since)) {
        return Some(spoken(Relation::Since, since.len()));
    }
    let Some(next) = behind.chars().next() else { return Some(spoken(Relation::During, 0)) };
    let is_day = date.ends_with(['日', '号', '號']) && date.starts_with(is_digit);
    // 今日头条 and 今天国际 are names.
    let is_name = matches!(date, "今天" | "今日");
    let joins = next.is_numeric() || JOINING.contains(fold(next.encode_utf8(&mut [0; 4])).as_ref());
    (is_day || !joins && !is_name).then(|| spoken(Relation::During, 0))
}

/// The length of a relative period in Chinese at the beginning of a run.
fn relative_han(run: &str) -> Option<usize> {
    if !run.starts_with(is_han_like) {
        return None;
    }
    let ends = run.char_indices().map(|(at, c)| at + c.len_utf8()).take(MAX_HAN);
    ends.collect::<Vec<_>>().into_iter().rev().find(|end| DateRange::is_relative_period(&run[..*end]))
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
        ];
        for (typed, expected) in cases {
            let (written, codes) = read(typed);
            assert_eq!(written, expected, "{typed}");
            assert!(
                !codes.is_empty() && codes.iter().all(|code| *code == "read-as-period"),
                "{typed}: {codes:?}"
            );
        }
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
        ];
        for typed in cases {
            let (written, codes) = read(typed);
            assert!(!written.contains("date:"), "{typed}: {written}");
            assert!(!codes.contains(&"read-as-period"), "{typed}");
        }
        // Two periods without a common day cannot both restrict it.
        assert_eq!(read("x in 2019 in 2020").0, "x AND in AND \"2020\" AND date:2019");
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
            ("3月7日", "\"3 月* 7 日*\""),
            ("3月7日减息", "\"3 月* 7 日*\" AND \"减息\""),
            ("title:3月7日", "title:\"3 月* 7 日*\""),
        ];
        for (typed, expected) in cases {
            assert_eq!(read(typed).0, expected, "{typed}");
        }
        let many = Query::of_words(&"1月1日".repeat(10_000), &Synonyms::default()).to_string();
        assert_eq!(many.matches("日").count(), 10_000, "on a stack of any size");
        let date = Query::of_words("3月7日 减息", &Synonyms::default()).relaxed().expect("two clauses");
        assert_eq!(date.to_string(), "(\"3 月* 7 日*\" 减息)~");
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
