//! Words and phrases with the same meaning: a built-in table of financial terms, and the user's own groups.

use super::words::MAX_SLOP;
use crate::article::yaml_as_written;
use crate::text::{self, TokenKind, english, english::Family, fold, is_han_like};
use serde_yaml::Value;
use std::{
    borrow::Cow,
    ops::Range,
    sync::{Arc, LazyLock},
};

/// Which terms have the same meaning. Cheap to clone.
///
/// A group of the user that has a term of a built-in group replaces that group.
#[derive(Clone, Debug, Default)]
pub struct Synonyms {
    own: Arc<Table>,
    has_built_in: bool,
}

/// The terms of all groups, group after group.
#[derive(Debug, Default)]
struct Table(Vec<Term>);

#[derive(Debug)]
pub(super) struct Term {
    /// Folded, except for the case of ASCII letters.
    pub text: Cow<'static, str>,
    /// How many words may stand between its words, as in a phrase with `~`.
    pub slop: u32,
    /// The number of its group.
    group: usize,
}

impl Term {
    /// A term as a file has it: `cut jobs`, `cut jobs~4`.
    fn new(written: Cow<'static, str>, group: usize) -> Self {
        let slop = written.rsplit_once('~').and_then(|(_, slop)| slop.parse().ok());
        let Some(slop) = slop.filter(|slop| (1..=MAX_SLOP).contains(slop)) else {
            return Self { text: written, slop: 0, group };
        };
        let length = written.rfind('~').unwrap_or(written.len());
        let text = match written {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..length]),
            Cow::Owned(text) => Cow::Owned(text[..length].to_owned()),
        };
        Self { text, slop, group }
    }
}

/// A term has at most this many words.
pub(super) const MAX_TERM_WORDS: usize = 6;

/// A term that was typed, by its byte range, with the other terms of its group.
pub(super) type Typed<'s> = (Range<usize>, Vec<&'s Term>);

/// The table of `schema/synonyms.yaml`. A process that asks one query cannot afford a YAML parser and a stemmer for a
/// thousand terms, so each line is only cut at its commas; a test checks that YAML reads the same.
static BUILT_IN: LazyLock<Table> = LazyLock::new(|| {
    let lines = include_str!("../../schema/synonyms.yaml").lines();
    let groups = lines.filter_map(|line| line.strip_prefix("- ")).enumerate();
    Table(
        groups
            .flat_map(|(group, line)| line.split(", ").map(move |term| Term::new(term.into(), group)))
            .collect(),
    )
});

impl Table {
    /// The group of a text: the first with a term of the same stems.
    fn group_of(&self, asked: &Asked) -> Option<usize> {
        let same = |term: &&Term| begins_with(&term.text, &asked.prefix) && stems(&term.text) == asked.stems;
        self.0.iter().find(same).map(|term| term.group)
    }

    /// The longest term at a byte of a folded run. One of letters stands between Han characters: `IPO` in `A股IPO`.
    fn longest_at(&self, run: &str, at: usize) -> Option<&Term> {
        let text = &run[at..];
        let begins_a_word = !run[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let ends_a_word = |term: &&Term| {
            let next = text.as_bytes().get(term.text.len()).is_some_and(u8::is_ascii_alphanumeric);
            !(next && term.text.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric))
        };
        let may_stand = |term: &&Term| term.text.contains(is_han_like) || begins_a_word;
        let at = self.0.iter().filter(|term| begins_with(text, &term.text)).filter(may_stand);
        at.filter(ends_a_word).max_by_key(|term| term.text.len())
    }

    fn group(&self, group: usize) -> impl Iterator<Item = &Term> {
        self.0.iter().filter(move |term| term.group == group)
    }
}

/// Whether a text begins so, whatever the case of ASCII letters.
fn begins_with(text: &str, beginning: &str) -> bool {
    let head = text.as_bytes().get(..beginning.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(beginning.as_bytes()))
}

/// A text to find among the terms.
struct Asked {
    stems: Vec<String>,
    /// What the first word of a term with these stems begins with: it rules out most terms without a stemmer.
    prefix: String,
}

impl Asked {
    /// `None` without words.
    fn new(text: &str) -> Option<Self> {
        let first = text::tokens(text).next()?.text;
        let prefix = Family::new(&first).and_then(|family| first.get(..family.prefix().len()));
        let prefix = prefix.unwrap_or(&first).to_owned();
        Some(Self { stems: stems(text), prefix })
    }
}

impl Synonyms {
    /// The built-in table alone.
    #[must_use]
    pub fn built_in() -> Self {
        Self { has_built_in: true, ..Self::default() }
    }

    /// The table of these groups alone. A term in two groups belongs to the first; a term without words is ignored.
    #[must_use]
    pub fn new(groups: Vec<Vec<String>>) -> Self {
        let terms = groups.into_iter().enumerate().flat_map(|(group, terms)| {
            let words = terms.into_iter().map(move |term| {
                let term = fold(term.trim_matches(|c: char| !c.is_alphanumeric())).into_owned();
                Term::new(term.into(), group)
            });
            words.filter(|term| !stems(&term.text).is_empty())
        });
        Self { own: Arc::new(Table(terms.collect())), has_built_in: false }
    }

    /// These groups, and those of the built-in table with which they have no term in common.
    #[must_use]
    pub fn over_built_in(self) -> Self {
        Self { has_built_in: true, ..self }
    }

    /// Whether there are no terms.
    pub(super) fn is_empty(&self) -> bool {
        !self.has_built_in && self.own.0.is_empty()
    }

    /// The longest term that a text begins with, if it ends at one of these offsets, which ascend. Its words may be in
    /// any English form.
    pub(super) fn longest(&self, text: &str, start: usize, ends: &[usize]) -> Option<Typed<'_>> {
        ends.iter().rev().find_map(|end| Some((start..*end, self.of(&text[start..*end])?)))
    }

    /// The other terms of the group of a text.
    fn of(&self, text: &str) -> Option<Vec<&Term>> {
        let asked = Asked::new(text)?;
        let (table, group) = match self.own.group_of(&asked) {
            Some(group) => (&*self.own, group),
            None => self.kept(BUILT_IN.group_of(&asked).filter(|_| self.has_built_in)?)?,
        };
        Some(table.group(group).filter(|term| stems(&term.text) != asked.stems).collect())
    }

    /// A group of the built-in table, unless one of the user's replaces it.
    fn kept(&self, group: usize) -> Option<(&Table, usize)> {
        let is_own =
            |term: &Term| Asked::new(&term.text).is_some_and(|asked| self.own.group_of(&asked).is_some());
        let is_replaced = !self.own.0.is_empty() && BUILT_IN.group(group).any(is_own);
        (!is_replaced).then_some((&*BUILT_IN, group))
    }

    /// The terms within a text without spaces, from left to right, always the longest.
    pub(super) fn within(&self, text: &str) -> Vec<Typed<'_>> {
        let mut found = Vec::new();
        let mut start = 0;
        for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
            for (span, others) in self.within_piece(piece) {
                found.push((start + span.start..start + span.end, others));
            }
            start += piece.len();
        }
        found
    }

    /// The terms within a text without punctuation, but for its last character. None where folding moves the characters,
    /// as with letters of full width.
    fn within_piece(&self, text: &str) -> Vec<Typed<'_>> {
        let folded = fold(text);
        let mut found: Vec<Typed<'_>> = Vec::new();
        for (at, _) in folded.char_indices() {
            if found.last().is_some_and(|(typed, _)| at < typed.end) {
                continue;
            }
            let built_in = self.has_built_in.then(|| BUILT_IN.longest_at(&folded, at)).flatten();
            let longest = self
                .own
                .longest_at(&folded, at)
                .into_iter()
                .chain(built_in)
                .max_by_key(|term| term.text.len());
            if let Some(term) = longest
                && let Some(others) = self.of(&term.text)
            {
                found.push((at..at + term.text.len(), others));
            }
        }
        let is_kept = |span: &Range<usize>| {
            text.get(span.clone()).is_some_and(|typed| fold(typed) == folded[span.clone()])
        };
        if found.iter().all(|(span, _)| is_kept(span)) { found } else { Vec::new() }
    }
}

/// The stems of the words of a text.
pub(super) fn stems(text: &str) -> Vec<String> {
    let words = text::tokens(text).filter(|word| word.kind != TokenKind::Tail);
    words.map(|word| english::stem(&word.text).into_owned()).collect()
}

/// Why a file of synonyms or saved queries cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FileError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong in that line.
    pub message: String,
}

impl FileError {
    pub(super) fn new(error: &serde_yaml::Error, expected: &str) -> Self {
        let line = error.location().map_or(1, |place| place.line());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Self { line, message: format!("{message}; {expected}") }
    }
}

impl Synonyms {
    /// Reads a YAML list with one group per entry: `PV, photovoltaic, 光伏`, or a list of terms.
    ///
    /// # Errors
    ///
    /// [`FileError`] with the line, if the file is not such a list.
    pub fn read(text: &str) -> Result<Self, FileError> {
        let expected = "expected a list of lines such as `- PV, photovoltaic, 光伏`";
        let groups: Option<Vec<Value>> = yaml_as_written(text)
            .and_then(serde_yaml::from_value)
            .map_err(|error| FileError::new(&error, expected))?;
        let mut read = Vec::new();
        for (index, group) in groups.unwrap_or_default().into_iter().enumerate() {
            let terms = match &group {
                Value::String(line) => {
                    Some(line.split([',', '，', '、']).map(|term| term.trim().to_owned()).collect())
                }
                Value::Sequence(terms) => {
                    terms.iter().map(|term| term.as_str().map(|term| term.trim().to_owned())).collect()
                }
                _ => None,
            };
            let entries = (1..).zip(text.lines()).filter(|(_, line)| line.trim_start().starts_with('-'));
            let line = entries.map(|(line, _)| line).nth(index).unwrap_or(1);
            let terms: Vec<String> = terms.ok_or_else(|| FileError { line, message: expected.into() })?;
            let is_bad =
                |term: &&String| term.contains('~') && Term::new((*term).clone().into(), 0).slop == 0;
            if let Some(bad) = terms.iter().find(is_bad) {
                let message =
                    format!("`{bad}`: behind a `~` stands how many words may be between, 1 to {MAX_SLOP}");
                return Err(FileError { line, message });
            }
            read.push(terms);
        }
        Ok(Self::new(read))
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, MAX_TERM_WORDS, Synonyms, stems};
    use crate::text::fold;

    const FILE: &str = include_str!("../../schema/synonyms.yaml");

    /// The other terms of a word's group.
    fn others<'s>(synonyms: &'s Synonyms, asked: &str) -> Vec<&'s str> {
        synonyms.of(asked).unwrap_or_default().into_iter().map(|term| &*term.text).collect()
    }

    #[test]
    fn the_built_in_table_is_its_file() {
        let read = Synonyms::read(FILE).expect("it is a list of groups");
        assert_eq!(read.own.0.len(), BUILT_IN.0.len());
        for (read, built_in) in read.own.0.iter().zip(&BUILT_IN.0) {
            assert_eq!((&read.text, read.group), (&fold(&built_in.text), built_in.group));
            assert_eq!(read.text, built_in.text.to_ascii_lowercase(), "it is folded but for case");
        }
        assert!(BUILT_IN.0.last().is_some_and(|term| term.group >= 150));
    }

    #[test]
    fn no_built_in_term_is_in_two_groups() {
        let mut terms: Vec<Vec<String>> = BUILT_IN.0.iter().map(|term| stems(&term.text)).collect();
        assert!(terms.iter().all(|stems| !stems.is_empty()), "each term has a word");
        terms.sort();
        let twice: Vec<_> = terms.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        let longest = BUILT_IN.0.iter().map(|term| term.text.split_whitespace().count()).max();
        assert!(longest <= Some(MAX_TERM_WORDS));
        for term in &BUILT_IN.0 {
            let asked = super::Asked::new(&term.text).and_then(|asked| BUILT_IN.group_of(&asked));
            assert_eq!(asked, Some(term.group), "{} is found", term.text);
        }
    }

    #[test]
    fn the_built_in_table_joins_both_languages_in_both_scripts() {
        let synonyms = Synonyms::built_in();
        for (asked, other) in [
            ("layoffs", "裁员"),
            ("裁員", "job cuts"),
            ("減息", "rate cut"),
            ("Rates cut", "降息"),
            ("聯儲局", "Federal Reserve"),
            ("fed", "美联储"),
            ("profit warning", "预亏"),
            ("buyback", "回购"),
            ("IPO", "首次公开募股"),
        ] {
            assert!(others(&synonyms, asked).contains(&other), "{asked}: {:?}", others(&synonyms, asked));
        }
        assert!(Synonyms::default().of("layoffs").is_none());
    }

    #[test]
    fn a_group_of_the_user_replaces_the_built_in_groups_with_which_it_shares_a_term() {
        let own = Synonyms::new(vec![
            vec!["Layoff".into(), "sacking".into()],
            vec!["moat".into(), "護城河".into()],
        ]);
        let synonyms = own.over_built_in();
        assert_eq!(others(&synonyms, "layoffs"), ["sacking"]);
        assert!(synonyms.of("job cuts").is_none(), "its group was replaced");
        assert_eq!(others(&synonyms, "moat"), ["护城河"]);
        assert!(others(&synonyms, "rate cut").contains(&"降息"));
    }

    #[test]
    fn a_term_that_looks_like_a_number_keeps_its_spelling() {
        let synonyms = Synonyms::read("- [1.50, one fifty]\n- 0x1F, mask\n- [no, nope]").expect("groups");
        for (asked, other) in [("1.50", "one fifty"), ("0x1F", "mask"), ("no", "nope")] {
            assert_eq!(others(&synonyms, asked), [other]);
        }
        assert!(synonyms.of("1.5").is_none() && synonyms.of("31").is_none());
        assert_eq!(others(&synonyms, "mask"), ["0x1f"]);
    }

    #[test]
    fn words_of_a_term_may_stand_apart() {
        for synonyms in
            [Synonyms::built_in(), Synonyms::read("- layoff, cut jobs~4, sack").expect("a list of groups")]
        {
            let of = synonyms.of("layoffs").expect("a group");
            let cut = of.iter().find(|term| term.text == "cut jobs").expect("a term");
            assert_eq!(cut.slop, 4);
            assert!(of.iter().filter(|term| !term.text.starts_with("cut ")).all(|term| term.slop == 0));
            assert!(synonyms.of("cuts jobs").is_some(), "typed without the slop");
        }
    }

    #[test]
    fn a_wrong_slop_is_told_with_its_line() {
        for bad in ["PV~9999", "up~to", "x~0"] {
            let error = Synonyms::read(&format!("- layoff, sack\n- solar, {bad}")).expect_err("no slop");
            assert!(error.line == 2 && error.message.contains(bad), "{error}");
        }
    }

    #[test]
    fn the_longest_terms_are_found_within_a_run() {
        let found = |run: &str| {
            let synonyms = Synonyms::built_in();
            let found = synonyms.within(run).into_iter();
            found.map(|(span, _)| run[span].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found("聯儲局減息"), ["聯儲局", "減息"]);
        assert_eq!(found("美联储降息预期"), ["美联储", "降息"]);
        assert_eq!(found("净利润增长"), ["净利润"], "not 净利");
        assert_eq!(found("标普500指数"), ["标普500"]);
        assert!(found("标普5000").is_empty(), "a number is not cut");
        assert_eq!(found("减息，加息？"), ["减息", "加息"]);
        assert_eq!(found("A股IPO"), ["IPO"]);
        assert_eq!(found("美联储FOMC会议"), ["美联储", "FOMC"]);
        assert_eq!(found("AI芯片"), ["AI", "芯片"]);
        assert!(found("MAIN大楼").is_empty(), "no part of a word");
        assert!(found("太阳").is_empty());
    }
}
