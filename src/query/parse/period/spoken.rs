//! The grammar of periods as people write them among words. It knows texts and a clock, and no query.

use crate::{
    article::MONTHS,
    query::{Clock, DateRange, chinese_date::ChineseDate},
    text::{fold, is_han_like},
};

/// How many words a period has at most: `past 30 days`.
const MAX_WORDS: usize = 3;
/// How many characters the words of a period have at most.
const MAX_CHARS: usize = 100;
/// How many characters a relative period in Chinese has at most: 最近十二个季度.
const MAX_HAN: usize = 7;
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
pub(super) struct Spoken {
    /// One, or several that are not one range.
    pub periods: Vec<DateRange>,
    /// How many bytes its words take.
    pub length: usize,
    /// Whether it is certainly a period. If not, it is offered.
    pub certain: bool,
}

/// Punctuation after the last word of a period.
pub(super) const PUNCTUATION: [char; 9] = [',', '.', '?', '!', ';', '，', '。', '？', '！'];

/// The first words of a text, without punctuation at their ends, each with the byte offset of its end.
pub(super) fn words(text: &str) -> Vec<(&str, usize)> {
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
pub(super) fn written_date(words: &[(&str, usize)]) -> Option<usize> {
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
                && matches!(
                    word(2).trim_end_matches('s'),
                    "hour" | "day" | "week" | "month" | "quarter" | "year"
                ) =>
        {
            Some((format!("{first} {} {}", word(1), word(2)), 3))
        }
        _ => None,
    }
}

/// Whether a character beside a period says that it lasts until the next: an en dash, or what Chinese writes for it.
pub(super) fn joins_periods(c: char) -> bool {
    matches!(c, '–' | '—' | '～' | '〜')
}

/// The text up to a dash between two periods: 2017-2018, March 2025–May 2025.
fn before_dash(text: &str) -> &str {
    let mut before = None;
    let joins = |(at, c): &(usize, char)| {
        let attached = before.replace(*c).is_some_and(|c: char| !c.is_whitespace());
        let behind = &text[at + c.len_utf8()..];
        let name = &behind[..behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len())];
        let digits = &behind[..behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len())];
        joins_periods(*c) || *c == '-' && attached && (is_year(digits) || month(name).is_some())
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
        '至' | '到' => Join::To,
        c if joins_periods(c) => Join::To,
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
pub(super) fn spoken(text: &str, is_first: bool, clock: &Clock) -> Option<Spoken> {
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
pub(super) fn preposition_before(text: &str) -> usize {
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
