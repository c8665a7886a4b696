//! Dates in Chinese with their units: 2025年3月7日, 3月7日, 2025年一季度.

use crate::text::fold;

/// A date in Chinese with its units: 2025年3月7日, 3月7日, 2025年3月, 2025年一季度, 2025年.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ChineseDate {
    /// How many bytes it takes.
    pub length: usize,
    /// The year. A date without it is no period.
    pub year: Option<i16>,
    pub quarter: Option<i8>,
    pub month: Option<i8>,
    pub day: Option<i8>,
}

/// Units of a day.
const DAYS: [char; 3] = ['日', '号', '號'];

impl ChineseDate {
    /// The date at the beginning of a text.
    pub(super) fn at(text: &str) -> Option<Self> {
        let year = number_before(text, 4, &['年']);
        let (year, behind) = year.map_or((None, text), |(year, behind)| (Some(year), behind));
        let mut date = Self { year, ..Self::default() };
        let rest = date.read_quarter(behind).or_else(|| date.read_month(behind)).unwrap_or(behind);
        (date.year.is_some() || date.is_phrase()).then(|| Self { length: text.len() - rest.len(), ..date })
    }

    /// The date that is the whole text.
    pub(super) fn whole(text: &str) -> Option<Self> {
        Self::at(text).filter(|date| date.length == text.len())
    }

    /// The date at the beginning of a text behind this one, which leaves out what both have: 2025年3月至5月.
    pub(super) fn following(&self, text: &str) -> Option<Self> {
        let mut date = Self { year: self.year, ..Self::default() };
        let rest = match (self.quarter, self.month) {
            (Some(_), _) => date.read_quarter(text),
            (None, Some(_)) => date.read_month(text),
            (None, None) => None,
        };
        let rest = rest.or_else(|| {
            let (day, behind) = number_before(text, 2, &DAYS).filter(|(day, _)| (1..=31).contains(day))?;
            (date.month, date.day) = (self.day.and(self.month), self.day.and(i8::try_from(day).ok()));
            date.day.map(|_| behind)
        })?;
        Some(Self { length: text.len() - rest.len(), ..date })
    }

    /// Whether it has two units, so that their order matters.
    pub(super) fn is_phrase(&self) -> bool {
        self.month.is_some() && (self.year.is_some() || self.day.is_some())
    }

    /// The date as it is written with dashes: `2025年3月7日` is `2025-3-7`. `None` without a year.
    pub(super) fn dashed(&self) -> Option<String> {
        let year = format!("{:04}", self.year?);
        Some(match (self.quarter, self.month, self.day) {
            (Some(quarter), ..) => format!("{year}-q{quarter}"),
            (None, Some(month), Some(day)) => format!("{year}-{month}-{day}"),
            (None, Some(month), None) => format!("{year}-{month}"),
            (None, None, _) => year,
        })
    }

    fn read_quarter<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let numeral = text.strip_prefix('第').unwrap_or(text);
        let behind = numeral.strip_prefix(|c| "一二三四1234１２３４".contains(c))?.strip_prefix("季度")?;
        let place = "一二三四1234１２３４".chars().position(|c| numeral.starts_with(c))?;
        self.quarter = i8::try_from(place % 4 + 1).ok().filter(|_| self.year.is_some());
        self.quarter.map(|_| behind)
    }

    fn read_month<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (month, behind) =
            number_before(text, 2, &['月']).filter(|(month, _)| (1..=12).contains(month))?;
        let day = number_before(behind, 2, &DAYS).filter(|(day, _)| (1..=31).contains(day));
        self.month = i8::try_from(month).ok();
        self.day = day.and_then(|(day, _)| i8::try_from(day).ok());
        Some(day.map_or_else(|| behind.strip_prefix('份').unwrap_or(behind), |(_, behind)| behind))
    }

    /// The first of the wanted dates in a text, with the byte offset at which it begins.
    pub(super) fn within(text: &str, wanted: impl Fn(&Self) -> bool) -> Option<(usize, Self)> {
        let mut before = None;
        text.char_indices().find_map(|(at, c)| {
            let begins = is_digit(c) && !before.replace(c).is_some_and(is_digit);
            let date = begins.then(|| Self::at(&text[at..])).flatten();
            date.filter(&wanted).map(|date| (at, date))
        })
    }
}

/// Whether this is a digit, or a full-width one.
fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '０'..='９')
}

/// A number before one of these units, and what is behind the unit. A year has four digits, all else one or two.
fn number_before<'t>(text: &'t str, digits: usize, units: &[char]) -> Option<(i16, &'t str)> {
    let behind = text.trim_start_matches(is_digit);
    let number = &text[..text.len() - behind.len()];
    let count = number.chars().take(digits + 1).count();
    if count != digits && (digits == 4 || !(1..=digits).contains(&count)) {
        return None;
    }
    let number = fold(number).parse().ok()?;
    Some((number, behind.strip_prefix(units)?))
}
