//! The known readings of the codes `000xxx`, which two exchanges use: a small table that a user can replace.
//!
//! The table is a text file with one code per line and the word `index` (a Shanghai index), `share` (a
//! Shenzhen share) or both. A line `as-of 2026-01-31` dates it, `#` starts a comment.

use std::sync::LazyLock;

use crate::problem::{Parsed, Problem, message};

/// The readings of the codes `000000` to `000999`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    as_of: Option<String>,
    readings: Vec<Reading>,
}

/// What the tables say of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Not in the tables.
    Untold,
    /// An index of Shanghai and no share of Shenzhen.
    Index,
    /// A share of Shenzhen and no index of Shanghai.
    Share,
    /// An index of Shanghai and also a share of Shenzhen.
    Both,
}

static BUILT_IN: LazyLock<Tables> =
    LazyLock::new(|| Tables::parse(include_str!("shanghai_indices.txt")).value);

impl Tables {
    /// The built-in tables: well-known indices, not all of them.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Tables that know no code, so that every `000xxx` without a venue stays ambiguous.
    #[must_use]
    pub fn empty() -> Self {
        Self { as_of: None, readings: vec![Reading::Untold; 1000] }
    }

    /// Reads tables from the text of a file. A line that cannot be read is skipped and reported
    /// (`bad-symbol-table`).
    #[must_use]
    pub fn parse(text: &str) -> Parsed<Self> {
        let mut value = Self::empty();
        let mut problems = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.split('#').next().unwrap_or_default().trim();
            if !content.is_empty() && value.take(content).is_none() {
                let span = start..start + line.trim_end().len();
                let problem =
                    Problem::new("bad-symbol-table", span, message!("invalid line in a symbol table"));
                problems.push(
                    problem
                        .hint(message!("write a code and its kinds: `000300 index`, `000001 index share`")),
                );
            }
            start += line.len();
        }
        Parsed { value, problems }
    }

    /// The date of the tables, as it was written.
    #[must_use]
    pub fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The reading of a six-digit code.
    pub(super) fn reading(&self, code: &str) -> Reading {
        let known = number(code).and_then(|number| self.readings.get(number));
        known.copied().unwrap_or(Reading::Untold)
    }

    /// Adds one line without its comment; `None` if it is malformed.
    fn take(&mut self, line: &str) -> Option<()> {
        let (code, rest) = line.split_once(char::is_whitespace)?;
        if code == "as-of" {
            self.as_of = Some(rest.trim().to_owned());
            return Some(());
        }
        let mut reading = Reading::Untold;
        for word in rest.split_whitespace() {
            reading = match (word, reading) {
                ("index", Reading::Untold | Reading::Index) => Reading::Index,
                ("share", Reading::Untold | Reading::Share) => Reading::Share,
                ("index" | "share", _) => Reading::Both,
                _ => return None,
            };
        }
        *self.readings.get_mut(number(code)?)? = reading;
        Some(())
    }
}

/// The last three digits of a code `000xxx`.
fn number(code: &str) -> Option<usize> {
    let digits = code.strip_prefix("000").filter(|digits| digits.len() == 3)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}
