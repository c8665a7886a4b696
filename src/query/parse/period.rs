//! Reads periods in plain words: `in March 2025`, `since 2024`, `last week`, 上周, 2025年3月.
//!
//! A period restricts the whole query, so it is read only where it stands beside all other words: not in a group, not
//! after a field or an exclusion, not beside `OR`. A preposition, a word such as `last` or a Chinese unit makes it one;
//! a bare year or month may as well be meant as words, so that its period is only offered. Periods that are joined
//! (`from 2017 to 2018`, 2024年至2025年) are one range.

use super::Parser;
use crate::{
    article::MONTHS,
    problem::{Problem, message},
    query::{
        Clock, DateRange, Query, Words,
        punctuation::ascii,
        value::FieldQuery,
        words::{ChineseDate, Reading, leaf},
        write::quoted,
    },
    text::{fold, is_han_like},
};

/// How many words a period has at most: `past 30 days`.
const MAX_WORDS: usize = 3;
/// How many characters the words of a period have at most.
const MAX_CHARS: usize = 100;
/// How many characters a relative period in Chinese has at most: 最近十二个季度.
const MAX_HAN: usize = 7;
/// How many characters at the end of a Han run may be a relative period: 自最近十二个月以来.
const MAX_HAN_BEHIND: usize = 20;
/// How many periods are joined at most.
const MAX_JOINED: usize = 12;
/// Characters that make another word of the end of a period: 上周五, 去年底, 2025年报, 今年以来.
const JOINING: &str = "一二三四五六日天期转边末年刊报度薪底初中上下第均线级版终会化产代轻关前后内间以同";
/// Characters with which 在, 于 and the like make another word: 关于, 现在, 来自.
const COMPOUND: &str = "关由对至基低高小大等位属用鉴终善便现存正实所潜内来各亲独服";

/// How a period restricts dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    During,
    Since,
    Until,
    Before,
}

impl Relation {
    fn apply(self, period: DateRange) -> DateRange {
        match self {
            Self::During => period,
            Self::Since => DateRange { start: period.start, end: None },
            Self::Until => DateRange { start: None, end: period.end },
            Self::Before => DateRange { start: None, end: period.start },
        }
    }
}

/// What stands before a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    Nothing,
    /// `in`, `since`, 在, 自 and so on.
    Preposition(Relation),
    /// `on` says when only before a day: "on 2025" is mostly a topic.
    On,
    /// `over`, `within` and `till` say when only before a relative period.
    OfRelative(Relation),
    /// Only a range follows.
    From,
    Between,
}

impl Opening {
    /// The opening of a text, and its length.
    fn of(text: &str) -> (Self, usize) {
        for (word, relation) in HAN_PREPOSITIONS {
            if let Some(length) = begins_with(text, word) {
                return (Self::Preposition(relation), length);
            }
        }
        let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
        let behind = &text[length..];
        let spaces = behind.len() - behind.trim_start().len();
        let opening = match text[..length].to_ascii_lowercase().as_str() {
            "in" | "during" => Self::Preposition(Relation::During),
            "since" => Self::Preposition(Relation::Since),
            "until" => Self::Preposition(Relation::Until),
            "before" => Self::Preposition(Relation::Before),
            "on" => Self::On,
            "over" | "within" => Self::OfRelative(Relation::During),
            "till" => Self::OfRelative(Relation::Until),
            "from" => Self::From,
            "between" => Self::Between,
            _ => return (Self::Nothing, 0),
        };
        if spaces == 0 { (Self::Nothing, 0) } else { (opening, length + spaces) }
    }

    fn relation(self) -> Relation {
        match self {
            Self::Preposition(relation) | Self::OfRelative(relation) => relation,
            Self::Nothing | Self::On | Self::From | Self::Between => Relation::During,
        }
    }
}

/// Chinese prepositions before a period.
const HAN_PREPOSITIONS: [(&str, Relation); 6] = [
    ("自从", Relation::Since),
    ("截至", Relation::Until),
    ("在", Relation::During),
    ("于", Relation::During),
    ("自", Relation::Since),
    ("从", Relation::Since),
];

/// How one period is joined to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    To,
    And,
}

/// What kind of period is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Relative,
    /// In digits only, so that it may as well count something.
    Year {
        is_round: bool,
    },
    Day,
    Longer,
    /// With Chinese units. The date, unless it is relative.
    Chinese(Option<ChineseDate>),
}

/// One period, as it stands in a text.
#[derive(Clone, Copy, Debug)]
struct Stated {
    range: DateRange,
    kind: Kind,
    /// How many bytes it takes.
    length: usize,
}

/// Periods at the beginning of a text.
#[derive(Debug, PartialEq, Eq)]
struct Spoken {
    /// One, or several that are not one range.
    periods: Vec<DateRange>,
    /// How many bytes its words take.
    length: usize,
    /// Whether it is certainly a period. If not, it is offered.
    certain: bool,
}

impl Parser<'_> {
    /// Whether the next words may be a period of the whole query.
    fn may_be_period(&self) -> bool {
        let before = self.text[..self.at].trim_end();
        let is_or = |before: &str| !before.ends_with(char::is_alphanumeric);
        let after_or = before.ends_with('|') || before.strip_suffix("OR").is_some_and(is_or);
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
        let is_operand = next.starts_with('|')
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
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '–' | '、');
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

/// Punctuation after the last word of a period.
const PUNCTUATION: [char; 9] = [',', '.', '?', '!', ';', '，', '。', '？', '！'];

/// The first words of a text, without punctuation at their ends, each with the byte offset of its end.
fn words(text: &str) -> Vec<(&str, usize)> {
    let text = text.char_indices().nth(MAX_CHARS).map_or(text, |(end, _)| &text[..end]);
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

/// The number of a month that is written as a word, of which three letters are enough.
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
    let is_near = matches!(century, Some("19" | "20")) || word == "2100";
    word.len() == 4 && is_near && word.bytes().all(|b| b.is_ascii_digit())
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

/// What an absolute period in words is, its number of words, and its kind.
fn absolute(words: &[(&str, usize)]) -> Option<(String, usize, Kind)> {
    let word = |index: usize| words.get(index).map_or("", |(word, _)| *word);
    let (first, second, third) = (word(0), word(1), word(2));
    if is_year(third) {
        let parts = month(first).zip(day(second)).or_else(|| month(second).zip(day(first)));
        if let Some((month, day)) = parts {
            return Some((format!("{third}-{month}-{day}"), 3, Kind::Day));
        }
    }
    if is_year(second) {
        if let Some(month) = month(first) {
            return Some((format!("{second}-{month}"), 2, Kind::Longer));
        }
        if let Some(quarter) = quarter(first) {
            return Some((format!("{second}-q{quarter}"), 2, Kind::Longer));
        }
    }
    if is_year(first) {
        return Some(match quarter(second) {
            Some(quarter) => (format!("{first}-q{quarter}"), 2, Kind::Longer),
            None => (first.to_owned(), 1, Kind::Year { is_round: first.ends_with("00") }),
        });
    }
    let dashed = first.get(..4).is_some_and(is_year) && first[4..].starts_with(['-', '/']);
    let kind = if first.matches(['-', '/']).count() == 2 { Kind::Day } else { Kind::Longer };
    dashed.then(|| (first.to_owned(), 1, kind))
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

/// The text up to a dash between two periods: 2017-2018, March 2025–May 2025.
fn before_dash(text: &str) -> &str {
    let mut before = None;
    let joins = |(at, c): &(usize, char)| {
        let attached = before.replace(*c).is_some_and(|c: char| !c.is_whitespace());
        let behind = &text[at + c.len_utf8()..];
        let name = &behind[..behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len())];
        let digits = &behind[..behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len())];
        *c == '–' || *c == '-' && attached && (is_year(digits) || month(name).is_some())
    };
    text.char_indices().take(MAX_CHARS).find(joins).map_or(text, |(at, _)| &text[..at])
}

/// The period at the beginning of a text; in Chinese, it may leave out what the one before it says.
fn stated(text: &str, is_first: bool, before: Option<&Stated>, clock: &Clock) -> Option<Stated> {
    let words = words(before_dash(text));
    let english = relative(&words, is_first)
        .map(|(date, count)| (date, count, Kind::Relative))
        .or_else(|| absolute(&words));
    if let Some((date, count, kind)) = english {
        let range = DateRange::parse(&date, clock).ok()?;
        return Some(Stated { range, kind, length: words[count - 1].1 });
    }
    let date = ChineseDate::at(text).filter(|date| date.year.is_some());
    let date = date.or_else(|| match before?.kind {
        Kind::Chinese(Some(before)) => before.following(text),
        _ => None,
    });
    let length = match date {
        Some(date) => date.length,
        None => relative_han(text)?,
    };
    let dashed = date.and_then(|date| date.dashed());
    let range = DateRange::parse(dashed.as_deref().unwrap_or(&text[..length]), clock).ok()?;
    let stated = Stated { range, kind: Kind::Chinese(date), length };
    let behind = &text[length..];
    if before.is_some()
        && let Some(more) = ["期间", "之间", "间"].iter().find_map(|more| begins_with(behind, more))
    {
        return Some(Stated { length: length + more, ..stated });
    }
    let is_day = date.is_some_and(|date| date.day.is_some());
    // 今日头条 and 今天国际 are names.
    let is_name = before.is_none() && matches!(&text[..length], "今天" | "今日");
    let Some(next) = behind.chars().next().filter(|c| c.is_alphanumeric()) else { return Some(stated) };
    let joins = next.is_numeric() || JOINING.contains(fold(next.encode_utf8(&mut [0; 4])).as_ref());
    let ends = since_behind(behind) > 0 || joint(behind).is_some_and(|(join, _)| join == Join::To);
    (is_day || ends || !joins && !is_name).then_some(stated)
}

/// The length of 以来 or 至今 at the beginning of a text.
fn since_behind(text: &str) -> usize {
    ["以来", "至今"].iter().find_map(|since| begins_with(text, since)).unwrap_or(0)
}

/// How a period is joined to the next one, and the length of what joins them.
fn joint(text: &str) -> Option<(Join, usize)> {
    let start = text.trim_start();
    let spaced = start.len() < text.len();
    let first = start.chars().next()?;
    let behind = &start[first.len_utf8()..];
    let mut rest = behind.trim_start();
    let join = match first {
        '–' | '至' | '到' => Join::To,
        // A dash before a word excludes it.
        '-' if spaced == behind.starts_with(char::is_whitespace) => Join::To,
        '和' | '与' | '與' | '及' | '、' => Join::And,
        ',' | '，' => {
            rest = rest.strip_prefix("and ").map_or(rest, str::trim_start);
            Join::And
        }
        _ => {
            let (word, behind) = start.split_once(char::is_whitespace).filter(|_| spaced)?;
            rest = behind.trim_start();
            match word {
                "to" | "through" => Join::To,
                "and" => Join::And,
                _ => return None,
            }
        }
    };
    // As `in 2015 and in 2018`.
    let preposition = ["in ", "during ", "on "].iter().find_map(|word| rest.strip_prefix(*word));
    rest = preposition.filter(|_| join == Join::And).map_or(rest, str::trim_start);
    Some((join, text.len() - rest.len()))
}

/// The periods at the beginning of a text, with a preposition before them.
fn spoken(text: &str, is_first: bool, clock: &Clock) -> Option<Spoken> {
    let (opening, mut at) = Opening::of(text);
    let is_english = matches!(opening, Opening::On | Opening::OfRelative(_))
        || matches!(opening, Opening::Preposition(_)) && text.starts_with(|c: char| c.is_ascii());
    let article = text[at..].strip_prefix("the ").filter(|_| is_english);
    at = article.map_or(at, |behind| text.len() - behind.trim_start().len());
    let first = stated(&text[at..], is_first && opening == Opening::Nothing, None, clock)?;
    let is_relative = matches!(first.kind, Kind::Relative | Kind::Chinese(None));
    if (article.is_some() || matches!(opening, Opening::OfRelative(_))) && !is_relative {
        return None;
    }
    at += first.length;
    let since = since_behind(&text[at..]);
    if since > 0 && matches!(first.kind, Kind::Chinese(_)) {
        let certain = !matches!(opening, Opening::From | Opening::Between);
        return certain.then(|| Spoken {
            periods: vec![Relation::Since.apply(first.range)],
            length: at + since,
            certain,
        });
    }
    let joined = Joined::read(text, at, first, opening, clock)?;
    let is_range = joined.to > 0;
    let relation = opening.relation();
    let listed = joined.to + joined.and > 0;
    let certain = match opening {
        Opening::From | Opening::Between if !is_range => return None,
        Opening::Nothing => matches!(first.kind, Kind::Relative | Kind::Chinese(_)),
        Opening::On => !matches!(first.kind, Kind::Year { .. } | Kind::Longer),
        Opening::Preposition(Relation::Since) => joined.and == 0,
        Opening::Preposition(Relation::Until | Relation::Before) => !listed,
        Opening::From
        | Opening::Between
        | Opening::OfRelative(_)
        | Opening::Preposition(Relation::During) => true,
    };
    let relation = if listed { Relation::During } else { relation };
    let periods = joined.periods.into_iter().map(|period| relation.apply(period)).collect();
    let rest = &text[joined.end..];
    // 自2024年起.
    let rises = relation == Relation::Since && matches!(first.kind, Kind::Chinese(_));
    let rise = rest.strip_prefix('起').filter(|behind| rises && !behind.starts_with(char::is_alphanumeric));
    let length = rise.map_or(joined.end, |behind| text.len() - behind.len());
    Some(Spoken { periods, length, certain: certain && !joined.is_round && joined.complete })
}

/// A period and those that are joined to it.
struct Joined {
    /// One, or several that are not one range.
    periods: Vec<DateRange>,
    /// The byte offset at which they end.
    end: usize,
    /// How many times a period is joined as the end of a range, and as one more.
    to: usize,
    and: usize,
    /// Whether all are bare round years.
    is_round: bool,
    /// Whether each 至 was read.
    complete: bool,
}

impl Joined {
    /// Reads what is joined to the first period, which ends at `end`. `None` if a dash would be left over.
    fn read(text: &str, end: usize, first: Stated, opening: Opening, clock: &Clock) -> Option<Self> {
        let round = Kind::Year { is_round: true };
        let mut joined =
            Self { periods: Vec::new(), end, to: 0, and: 0, is_round: first.kind == round, complete: true };
        let (mut last, mut before) = (first.range, first);
        while let Some((join, length)) = joint(&text[joined.end..])
            && joined.to + joined.and < MAX_JOINED
        {
            let behind = &text[joined.end..];
            let next = stated(&behind[length..], false, Some(&before), clock)
                // A bare round year in a list of other periods is a number.
                .filter(|next| {
                    join == Join::To || next.kind != round || matches!(before.kind, Kind::Year { .. })
                });
            let Some(next) = next else {
                if behind.starts_with(['-', '–']) {
                    return None;
                }
                joined.complete = !behind.starts_with(['至', '到']);
                break;
            };
            let is_range = join == Join::To || opening == Opening::Between && joined.to == 0;
            let meets = last.end.is_some() && last.end == next.range.start;
            let range = DateRange { start: last.start, end: next.range.end };
            if is_range && range.start >= range.end {
                return None;
            }
            if is_range {
                joined.to += 1;
            } else {
                joined.and += 1;
            }
            if is_range || meets {
                last = range;
            } else {
                joined.periods.push(std::mem::replace(&mut last, next.range));
            }
            joined.is_round &= next.kind == round;
            joined.end += length + next.length;
            before = next;
        }
        joined.periods.push(last);
        Some(joined)
    }
}

/// The length of a word at the beginning of a text, in simplified or traditional characters.
fn begins_with(text: &str, word: &str) -> Option<usize> {
    let mut length = 0;
    let mut characters = text.chars();
    for wanted in word.chars() {
        let c = characters.next()?;
        if fold(c.encode_utf8(&mut [0; 4])).chars().ne([wanted]) {
            return None;
        }
        length += c.len_utf8();
    }
    Some(length)
}

/// The length of the Chinese preposition at the end of a text, unless it is a part of another word.
fn preposition_before(text: &str) -> usize {
    let found = HAN_PREPOSITIONS.iter().find_map(|(word, _)| {
        let (at, _) = text.char_indices().rev().nth(word.chars().count() - 1)?;
        (begins_with(&text[at..], word)? == text.len() - at).then_some(at)
    });
    let joins = |c: char| COMPOUND.contains(fold(c.encode_utf8(&mut [0; 4])).as_ref());
    found.filter(|at| !text[..*at].ends_with(joins)).map_or(0, |at| text.len() - at)
}

/// The length of a relative period in Chinese at the beginning of a run.
fn relative_han(text: &str) -> Option<usize> {
    if !text.starts_with(is_han_like) {
        return None;
    }
    let run = &text[..text.find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len())];
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
