//! `newsdex query`: ranked hits with snippets.

use super::{
    Outcome,
    examples::Examples,
    filters::{self, QueryArgs},
    ingest,
    options::{HitSet, OptionArgs},
    settings::{self, IndexArgs, Settings},
};
use crate::{
    render::{self, ResultPage},
    search::{self, ResolvedQuery, SearchOptions, SearchResponse, Searcher},
};
use anyhow::anyhow;
use clap::ValueEnum;
use std::{io::Write, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Words and operators to search for; `newsdex help query` explains the language
    ///
    /// Put `--` before a query that begins with a dash. `-` alone reads the query from standard input.
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Search this folder, after indexing what is new in it
    ///
    /// The folder has an index of its own in the cache folder. With --index, its articles are added to that index instead, which
    /// is created if it is missing.
    #[arg(long = "in", value_name = "PATH")]
    inside: Option<PathBuf>,
    /// Do not search; print the parsed query and the index terms it expands to
    #[arg(long, conflicts_with_all = ["count", "facets", "explain"])]
    analyze: bool,
    #[command(flatten)]
    search: SearchArgs,
}

/// Which of the articles that are found are shown, and how.
#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    #[command(flatten)]
    pub filters: QueryArgs,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    shown: OptionArgs<HitSet>,
    /// Print only the number of articles (with --stories, also of stories)
    #[arg(long)]
    count: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The examples of `newsdex query --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Search for words in a period", "newsdex query 'perovskite OR \"solar glass\"' --since 2025-01"),
    ("The newest articles about a security", "newsdex query --about 600586 --sort newest"),
    ("Search a folder without an ingest", "newsdex query perovskite --in ~/news"),
    ("JSON Lines for a script", "newsdex query perovskite --limit 100 --format jsonl"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text
    Text,
    /// One JSON object, as schema/answer.json describes it
    Json,
    /// JSON Lines: one object per hit
    Jsonl,
    /// CSV: one row per hit
    Csv,
    /// The file of each hit with the line of its best match: path:line
    Paths,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let search = &args.search;
    let snapshot = match &args.inside {
        Some(folder) => {
            let index = search.index.location_for(folder)?;
            ingest::before_query(folder, &index)?;
            settings::snapshot(&index)?
        }
        None => search.index.snapshot()?,
    };
    let snapshot = &*snapshot;
    let language = search.filters.language(snapshot.schema(), settings)?;
    let searcher = Searcher::new(snapshot, &language);
    let resolved = search.filters.resolve(&args.words, searcher, settings)?;
    if !args.analyze {
        return answer(search, searcher, &resolved, settings, out);
    }
    let ResolvedQuery { query, notes, .. } = resolved;
    let analysis = search::analyze(snapshot, &query)?;
    let typed = query.to_string();
    match search.format {
        Format::Text => render::analysis_text(out, &typed, &analysis, &notes)?,
        Format::Json => render::analysis_json(out, &typed, &analysis, &notes)?,
        _ => return Err(anyhow!("--analyze supports only --format text and --format json")),
    }
    Ok(Outcome::Found)
}

/// Answers a query and prints it in the requested format.
pub(super) fn answer(
    args: &SearchArgs,
    searcher: Searcher<'_>,
    resolved: &ResolvedQuery,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let options = args.options();
    // Formats without a place for a mark show full matches only.
    let full = matches!(args.format, Format::Csv | Format::Paths)
        .then(|| ResolvedQuery { relaxed: None, ..resolved.clone() });
    let response = searcher
        .search(full.as_ref().unwrap_or(resolved), &options)
        .map_err(|error| filters::query_error(error, settings))?;
    let SearchResponse { query, answer, notes, suggestions, .. } = response;
    let has_room = matches!(args.format, Format::Text | Format::Json) && !args.count;
    if !has_room {
        filters::tell_all(&notes);
    }
    if args.count {
        match answer.stories {
            Some(stories) => writeln!(out, "{}", render::in_stories(answer.articles, stories))?,
            None => writeln!(out, "{}", answer.total)?,
        }
        return Ok(if answer.total > 0 { Outcome::Found } else { Outcome::Nothing });
    }
    let outcome = if answer.total > 0 { Outcome::Found } else { Outcome::Nothing };
    let shown = ResultPage {
        query: &query.to_string(),
        answer: &answer,
        notes: &notes,
        suggestions: &suggestions,
        next_cursor: None,
    };
    match args.format {
        Format::Text => render::answer_text(out, &shown, &settings.look())?,
        Format::Json => render::answer_json(out, &shown)?,
        Format::Jsonl => render::hits_jsonl(out, &shown)?,
        Format::Csv => render::answer_csv(out, &shown)?,
        Format::Paths => render::paths(out, &shown, &settings.look())?,
    }
    Ok(outcome)
}

impl SearchArgs {
    fn options(&self) -> SearchOptions {
        let mut options = self.shown.params.options.clone();
        if self.format == Format::Paths {
            // `paths` shows the line of the best match.
            options.snippets = 1;
        }
        if self.count {
            options.limit = 0;
        }
        options.suggest = !self.count;
        options
    }
}
