//! The query of a command: its words and the filters beside them.

use super::settings::Settings;
use crate::{
    query::{Language, MAX_QUERY},
    render,
    schema::Schema,
    search::{self, ResolvedQuery, SearchError, Searcher},
};
use anyhow::{Context as _, anyhow, bail};
use std::{
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::PathBuf,
};

/// Filters that narrow a query. Several of one kind widen each other.
#[derive(Debug, clap::Args)]
pub(super) struct Filters {
    /// Only articles that name this security: 600586, AAPL, tesla
    ///
    /// Any notation of the security, or its name. Several values widen the filter, as in all filters here.
    #[arg(long, alias = "ticker", value_name = "SYMBOL", help_heading = "Filters")]
    symbol: Vec<String>,
    /// Only articles about this security (title, lead, or first in its list)
    #[arg(long, value_name = "SYMBOL", help_heading = "Filters")]
    about: Vec<String>,
    /// Only articles that name a security of this market: CN, HK, US
    #[arg(long, value_name = "MARKET", help_heading = "Filters")]
    market: Vec<String>,
    /// Only articles published on or after this day, month or year
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    since: Option<String>,
    /// Only articles published up to the end of this day, month or year
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    until: Option<String>,
    /// Only articles of this period: 2025-03-07, 2025-Q1, 2025-01..2025-03, 7d
    ///
    /// A period in words works as well: yesterday, "last week", "this month".
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    date: Option<String>,
    /// Only pages in this locale: en, zh-CN
    #[arg(long, value_name = "LOCALE", help_heading = "Filters")]
    locale: Vec<String>,
    /// Only pages of this kind: news, symbol
    #[arg(long, value_name = "KIND", help_heading = "Filters")]
    kind: Vec<String>,
    /// Synonyms file [default: synonyms.yaml of the schema or the settings]
    ///
    /// By default newsdex reads synonyms.yaml beside the schema file of the index, else in the settings folder.
    #[arg(long, value_name = "FILE", help_heading = "Filters")]
    synonyms: Option<PathBuf>,
}

impl Filters {
    /// The query that some words and the filters make together; `-` for words are those of standard input. What is fatal
    /// about the words is shown with a caret on standard error.
    pub(super) fn resolve(
        &self,
        words: &[String],
        searcher: Searcher<'_>,
        settings: &Settings,
    ) -> anyhow::Result<ResolvedQuery> {
        let words = words_of(words)?;
        searcher.resolve(&words, &self.filters()).map_err(|refusal| refused(refusal, settings))
    }

    /// The language of queries of an index, with the user's own words and queries.
    pub(super) fn language(&self, schema: &Schema, settings: &Settings) -> anyhow::Result<Language> {
        settings.language(schema, self.synonyms.as_deref())
    }

    /// The filters as every door has them.
    pub(super) fn filters(&self) -> search::Filters {
        search::Filters {
            symbol: self.symbol.clone(),
            about: self.about.clone(),
            market: self.market.clone(),
            locale: self.locale.clone(),
            kind: self.kind.clone(),
            since: self.since.clone(),
            until: self.until.clone(),
            date: self.date.clone(),
        }
    }
}

/// The words of a query; `-` are those of standard input.
fn words_of(words: &[String]) -> anyhow::Result<String> {
    if words == ["-"] { standard_input() } else { Ok(words.join(" ")) }
}

/// The words of a query, and one byte more than a query may have.
fn standard_input() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_QUERY as u64 + 1)
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    let is_cut = bytes.len() > MAX_QUERY;
    match String::from_utf8(bytes) {
        Ok(words) => Ok(words),
        // What is too long may be cut off within a character.
        Err(error) if is_cut => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(_) => bail!("standard input is not UTF-8 text"),
    }
}

/// Tells notes on standard error, for forms of output that have no place for them.
pub(super) fn tell_all(notes: &[String]) {
    for note in notes {
        tell(note);
    }
}

/// Tells a note on standard error.
pub(super) fn tell(note: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "note: {}", render::safe(note));
}

/// Why a question was not answered. What is wrong with its words is shown with a caret on standard error.
pub(super) fn refused(refusal: SearchError, settings: &Settings) -> anyhow::Error {
    match &refusal {
        SearchError::Words { text, problems } => {
            let color = settings.color_for(io::stderr().is_terminal());
            let look = render::Look { color, ..render::Look::default() };
            // Where standard error is closed there is nobody left to tell.
            let _ = render::problems(&mut io::stderr(), text, problems, &look);
            refusal.into()
        }
        SearchError::Value { name, message } => anyhow!("--{name}: {message}"),
        SearchError::Index(_) => refusal.into(),
    }
}
