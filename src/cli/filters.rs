//! The query of a command: its words and the filters beside them.

use super::settings::Settings;
use crate::{
    engine::{self, Engine},
    problem::{Parsed, Problem},
    query::{self, DateRange, Language, Query},
    render,
    schema::Schema,
};
use anyhow::anyhow;
use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
};

/// Filters that narrow a query. Several of one kind widen each other.
#[derive(Debug, clap::Args)]
pub(super) struct Filters {
    /// Articles of this security, in any notation or by its name: 600586, 600586.CN, AAPL, tesla
    #[arg(long, alias = "ticker", value_name = "SYMBOL", help_heading = "Filters")]
    symbol: Vec<String>,
    /// Articles about this security: it is in the title or the lead, or listed first
    #[arg(long, value_name = "SYMBOL", help_heading = "Filters")]
    about: Vec<String>,
    /// Articles with securities of this market: CN, HK, US
    #[arg(long, value_name = "MARKET", help_heading = "Filters")]
    market: Vec<String>,
    /// Articles from this day, month or year on
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    since: Option<String>,
    /// Articles up to and with this day, month or year
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    until: Option<String>,
    /// Articles of this day, month, year or range: 2025-03-07, 2025-03, 2025-01..2025-03, 7d, "last week"
    #[arg(long, value_name = "DATE", help_heading = "Filters")]
    date: Option<String>,
    /// Articles in this locale: en, zh-CN
    #[arg(long, value_name = "LOCALE", help_heading = "Filters")]
    locale: Vec<String>,
    /// Pages of this kind: news, symbol
    #[arg(long, value_name = "KIND", help_heading = "Filters")]
    kind: Vec<String>,
    /// A file of words that mean the same [default: synonyms.yaml beside the schema or in the settings folder]
    #[arg(long, value_name = "FILE", help_heading = "Filters")]
    synonyms: Option<PathBuf>,
}

/// A query with how anything unusual in it was read.
pub(super) struct Asked {
    pub query: Query,
    pub notes: Vec<String>,
    /// The words as they were typed.
    pub typed: String,
    /// The id of the article that others are to be like, which is none of them.
    pub like: Option<String>,
}

impl Filters {
    /// The query that some words and the filters make together, with names of securities looked up. What is
    /// fatal about the words is shown with a caret on standard error.
    pub(super) fn query(
        &self,
        words: &[String],
        engine: &dyn Engine,
        settings: &Settings,
    ) -> anyhow::Result<Asked> {
        let language = self.language(engine.schema(), settings)?;
        let text = words.join(" ");
        let (value, mut notes) = parse(&text, &language, settings)?;
        let mut parts = vec![value];
        let several = [
            ("symbol", &self.symbol),
            ("about", &self.about),
            ("market", &self.market),
            ("locale", &self.locale),
            ("kind", &self.kind),
        ];
        for (field, values) in several {
            let mut any = Vec::new();
            for value in values {
                // A value is quoted, so that nothing in it is an operator.
                let typed = format!("{field}:{}", query::quoted(value));
                let Parsed { value: query, problems } = Query::parse(&typed, &language);
                if let Some(problem) = problems.iter().find(|problem| problem.fatal) {
                    let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
                    return Err(anyhow!("--{field}: {}{hint}", problem.message));
                }
                if query == Query::All {
                    return Err(anyhow!("--{field}: `{value}` holds nothing to look for"));
                }
                notes.extend(problems.into_iter().map(|problem| problem.message));
                any.push(query);
            }
            parts.push(Query::or(any));
        }
        let range = self.range(&language, &mut notes)?;
        if range != DateRange::default() {
            let zone = language.clock.zone().clone();
            parts.push(Query::Date { field: "published".into(), range, zone });
        }
        let mut query = Query::and(parts);
        notes.extend(engine::resolve(engine, &mut query)?);
        Ok(Asked { query, notes, typed: text, like: None })
    }

    /// The language of an index, with the user's own words and queries.
    fn language(&self, schema: &Schema, settings: &Settings) -> anyhow::Result<Language> {
        let mut language = Language::new(schema.query_fields(), settings.clock.clone());
        language.synonyms = Settings::synonyms(self.synonyms.as_deref(), schema)?;
        language.saved = Settings::saved()?;
        Ok(language)
    }

    fn range(&self, language: &Language, notes: &mut Vec<String>) -> anyhow::Result<DateRange> {
        let mut read = |flag: &str, text: &Option<String>| -> anyhow::Result<DateRange> {
            let Some(text) = text else { return Ok(DateRange::default()) };
            let range =
                DateRange::parse(text, &language.clock).map_err(|message| anyhow!("--{flag}: {message}"))?;
            notes.extend(range.note(text, language.clock.zone()));
            Ok(range)
        };
        let since = DateRange { end: None, ..read("since", &self.since)? };
        let until = DateRange { start: None, ..read("until", &self.until)? };
        let range = read("date", &self.date)?.and(since).and(until);
        match (range.start, range.end) {
            (Some(start), Some(end)) if start >= end => {
                Err(anyhow!("--since, --until and --date leave no time between them"))
            }
            _ => Ok(range),
        }
    }
}

impl Asked {
    /// Tells the notes on standard error, for forms of output that have no place for them.
    pub(super) fn tell(&self) {
        self.notes.iter().for_each(|note| tell(note));
    }
}

/// Tells a note on standard error.
pub(super) fn tell(note: &str) {
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "note: {}", render::safe(note));
}

/// Reads a query that was typed, with how anything unusual in it was read. What is fatal is shown with a caret
/// on standard error.
pub(super) fn parse(
    text: &str,
    language: &Language,
    settings: &Settings,
) -> anyhow::Result<(Query, Vec<String>)> {
    let Parsed { value, problems } = Query::parse(text, language);
    if problems.iter().any(|problem| problem.fatal) {
        return Err(refused(text, problems, settings));
    }
    Ok((value, problems.into_iter().map(|problem| problem.message).collect()))
}

/// Shows what is wrong with a query and where, and ends the command.
fn refused(text: &str, mut problems: Vec<Problem>, settings: &Settings) -> anyhow::Error {
    problems.retain(|problem| problem.fatal);
    let look =
        render::Look { color: settings.color_for(io::stderr().is_terminal()), ..render::Look::default() };
    // Where standard error is closed there is nobody left to tell.
    let _ = render::problems(&mut io::stderr(), text, &problems, &look);
    anyhow!("the query could not be read")
}
