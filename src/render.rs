//! Answers, reports and problems as bytes on a `Write`: a pure function for each format.
//!
//! Texts of articles are untrusted. None of their control or bidi characters reaches a terminal, and none of
//! their formulas a spreadsheet. JSON has types of its own, so that changing an inner type does not change
//! what scripts read.

mod check;
mod csv;
mod eval;
mod explain;
mod json;
mod problem;
mod report;
mod safe;
mod text;
mod wrap;

pub use check::{Recovered, findings_json, findings_text, recovered_json, recovered_text, repaired_text};
pub use csv::{answer as answer_csv, facets as facets_csv};
pub use eval::{json as eval_json, text as eval_text, trec_run};
pub use explain::explained;
pub use json::{
    analysis as analysis_json, answer as answer_json, article as article_json, commit_jsonl,
    completions as completions_json, facets as facets_json, header as header_json, hits as hits_jsonl,
    listing as listing_json, report as report_json, report_files as report_jsonl, status as status_json,
    symbol as symbol_json,
};
pub use problem::problems;
pub use report::{Effect, report as report_text};
pub use safe::safe;
pub use text::{
    analysis as analysis_text, answer as answer_text, article as article_text, facets as facets_text,
    in_stories, optimized, paths, status as status_text, symbol as symbol_text,
};

use crate::{
    problem::Note,
    search::{Answer, Suggestion},
};
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// How text is shown to people.
#[derive(Clone, Debug)]
pub struct Look {
    /// Whether colours may be used.
    pub color: bool,
    /// Whether the terminal supports hyperlinks (OSC 8).
    pub hyperlinks: bool,
    /// The width of the terminal in columns; `None` if lines are not to be wrapped.
    pub width: Option<usize>,
    /// The folder that paths are shown relative to.
    pub here: Option<PathBuf>,
    /// The zone in which times are shown.
    pub zone: TimeZone,
}

impl Default for Look {
    /// Plain text, in UTC.
    fn default() -> Self {
        Self { color: false, hyperlinks: false, width: None, here: None, zone: TimeZone::UTC }
    }
}

/// An answer with its notes and suggestions.
#[derive(Debug)]
pub struct ResultPage<'a> {
    /// The query as it was read.
    pub query: &'a str,
    /// The answer.
    pub answer: &'a Answer,
    /// How unusual parts of the query were read.
    pub notes: &'a [Note],
    /// Other queries to try, if nothing was found.
    pub suggestions: &'a [Suggestion],
    /// The cursor of the hits that follow, where there are some and the reader can ask by cursor.
    pub next_cursor: Option<&'a str>,
}
