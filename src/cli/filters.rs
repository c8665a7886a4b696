//! The query of a command: its words and filters.

use super::{
    options::{FilterSet, OptionArgs},
    settings::{Settings, SynonymArgs},
};
use crate::{
    problem::Note,
    query::{Language, MAX_QUERY},
    render,
    schema::Schema,
    search::{self, ResolvedQuery, SearchError, Searcher},
    source::user_text,
};
use anyhow::{Context as _, anyhow};
use std::io::{self, IsTerminal as _, Read as _, Write as _};

/// The filters and synonyms of a query.
#[derive(Debug, clap::Args)]
pub(super) struct QueryArgs {
    #[command(flatten)]
    given: OptionArgs<FilterSet>,
    #[command(flatten)]
    synonyms: SynonymArgs,
}

impl QueryArgs {
    /// The words and filters as one query; the words `-` stand for standard input. Prints fatal problems of the
    /// words to standard error, with a caret.
    pub(super) fn resolve(
        &self,
        words: &[String],
        searcher: Searcher<'_>,
        settings: &Settings,
    ) -> anyhow::Result<ResolvedQuery> {
        let words = words_of(words)?;
        searcher.resolve(&words, self.filters()).map_err(|error| query_error(error, settings))
    }

    /// The query language of an index, with synonyms and saved queries.
    pub(super) fn language(&self, schema: &Schema, settings: &Settings) -> anyhow::Result<Language> {
        settings.language(schema, &self.synonyms)
    }

    pub(super) fn filters(&self) -> &search::Filters {
        &self.given.params.filters
    }
}

/// The query text; `-` reads it from standard input.
fn words_of(words: &[String]) -> anyhow::Result<String> {
    if words == ["-"] { standard_input() } else { Ok(words.join(" ")) }
}

/// Reads at most one byte more than a query may have: the parser then reports that it is too long.
fn standard_input() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_QUERY as u64 + 1)
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    let is_cut = bytes.len() > MAX_QUERY;
    if is_cut {
        // The limit may cut a character in two.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    user_text(bytes).map_err(|_| anyhow!("standard input is not UTF-8 text"))
}

/// Prints notes to standard error, for output formats that have no place for them.
pub(super) fn tell_all(notes: &[Note]) {
    for note in notes {
        tell(&note.to_string());
    }
}

/// Prints a note to standard error.
pub(super) fn tell(note: &str) {
    // Ignore a closed standard error.
    let _ = writeln!(io::stderr(), "note: {}", render::safe(note));
}

/// The error of a failed search. Prints problems of the query to standard error, with a caret.
pub(super) fn query_error(error: SearchError, settings: &Settings) -> anyhow::Error {
    match &error {
        SearchError::Words { text, problems } => {
            let color = settings.color_for(io::stderr().is_terminal());
            let look = render::Look { color, ..render::Look::default() };
            // Ignore a closed standard error.
            let _ = render::problems(&mut io::stderr(), text, problems, &look);
            error.into()
        }
        SearchError::Value { name, message } => anyhow!("--{}: {message}", name.replace('_', "-")),
        SearchError::Index(_) => error.into(),
    }
}
