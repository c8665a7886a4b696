//! The user's synonyms.

use crate::text::{self, TokenKind, english};
use serde_yaml::Value;
use std::{collections::HashMap, sync::Arc};

/// Groups of words and phrases with the same meaning. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Synonyms(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    groups: Vec<Vec<String>>,
    /// For each term, by the stems of its words, the index of its group.
    by_stems: HashMap<Vec<String>, usize>,
    /// The number of words of the longest term.
    longest: usize,
}

impl Synonyms {
    /// The table of these groups. A term in two groups belongs to the first; a term without words is ignored.
    #[must_use]
    pub fn new(groups: Vec<Vec<String>>) -> Self {
        let mut table = Table::default();
        for (number, group) in groups.iter().enumerate() {
            for term in group {
                let stems = stems(term);
                if !stems.is_empty() {
                    table.longest = table.longest.max(stems.len());
                    table.by_stems.entry(stems).or_insert(number);
                }
            }
        }
        table.groups = groups;
        Self(Arc::new(table))
    }

    /// The number of words of the longest term; 0 without terms.
    pub(super) fn longest(&self) -> usize {
        self.0.longest
    }

    /// The other terms of the group of a text, whose words may be in any English form.
    pub(super) fn of(&self, text: &str) -> Option<impl Iterator<Item = &str>> {
        let asked = stems(text);
        let group = *self.0.by_stems.get(&asked)?;
        let others = self.0.groups.get(group)?.iter().filter(move |term| stems(term) != asked);
        Some(others.map(String::as_str))
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
        let groups: Option<Vec<Value>> =
            serde_yaml::from_str(text).map_err(|error| FileError::new(&error, expected))?;
        let mut read = Vec::new();
        for (index, group) in groups.unwrap_or_default().into_iter().enumerate() {
            let terms = match &group {
                Value::String(line) => {
                    Some(line.split([',', '，', '、']).map(|term| term.trim().to_owned()).collect())
                }
                Value::Sequence(terms) => terms.iter().map(scalar).collect(),
                other => scalar(other).map(|term| vec![term]),
            };
            let entries = (1..).zip(text.lines()).filter(|(_, line)| line.trim_start().starts_with('-'));
            let line = entries.map(|(line, _)| line).nth(index).unwrap_or(1);
            read.push(terms.ok_or_else(|| FileError { line, message: expected.into() })?);
        }
        Ok(Self::new(read))
    }
}

/// A string or number of the file.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Synonyms, stems};

    /// The table that is shipped beside the schema.
    fn shipped() -> Synonyms {
        Synonyms::read(include_str!("../../schema/synonyms.yaml")).expect("it is a list of groups")
    }

    #[test]
    fn no_term_of_the_shipped_table_is_in_two_groups() {
        let synonyms = shipped();
        assert!(synonyms.0.groups.len() >= 150);
        let mut terms: Vec<Vec<String>> =
            synonyms.0.groups.iter().flatten().map(|term| stems(term)).collect();
        assert!(terms.iter().all(|stems| !stems.is_empty()), "each term has a word");
        terms.sort();
        let twice: Vec<_> = terms.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }

    #[test]
    fn the_shipped_table_joins_both_languages_in_both_scripts() {
        let synonyms = shipped();
        for (asked, other) in [
            ("layoffs", "裁员"),
            ("裁員", "job cuts"),
            ("減息", "rate cut"),
            ("聯儲局", "Federal Reserve"),
            ("fed", "美联储"),
            ("profit warning", "预亏"),
            ("buyback", "回购"),
            ("IPO", "首次公开募股"),
        ] {
            let found: Vec<&str> = synonyms.of(asked).into_iter().flatten().collect();
            assert!(found.contains(&other), "{asked}: {found:?}");
        }
    }
}
