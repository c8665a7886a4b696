//! One complaint about a text: where it is, what is wrong, and what would help.
//!
//! Reading never fails in this crate. The reader of a text (a file, a query, a notation) returns what it
//! could read and the problems that it found, and the caller decides which of them are fatal: `ingest`
//! reports them and goes on, `query` shows the place with a caret and stops.

use std::ops::Range;

/// One complaint about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// A stable name of the kind of problem in kebab case (`bad-date`), for reports that count by kind.
    pub code: &'static str,
    /// The byte range of the text that the complaint is about; empty for the whole text.
    pub span: Range<usize>,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What would help, if that is known.
    pub hint: Option<String>,
    /// What to write in the place of the span to have it read as mere words, if it was read as more.
    pub instead: Option<String>,
    /// Whether it would mislead to continue: an unknown field in a query, but not an unbalanced quote.
    pub fatal: bool,
}

impl Problem {
    /// A complaint about `span` of a text.
    #[must_use]
    pub fn new(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), hint: None, instead: None, fatal: false }
    }

    /// The same complaint with a hint of what would help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same complaint with the text that has its span read as mere words.
    #[must_use]
    pub fn instead(mut self, instead: impl Into<String>) -> Self {
        self.instead = Some(instead.into());
        self
    }

    /// The same complaint, marked as fatal.
    #[must_use]
    pub fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }
}

/// What could be read of a text, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What was read; complete even if there are problems.
    pub value: T,
    /// The problems, in the order in which they were found.
    pub problems: Vec<Problem>,
}
