//! `newsdex query`: ranked hits with snippets.

use super::{
    Outcome,
    filters::{self, Filters},
    ingest,
    settings::{self, IndexArgs, Settings},
};
use crate::{
    engine::{self, Engine},
    question::{self, Asked, Found, RELAXED},
    render::{self, Shown},
    schema::Schema,
    search::Sort,
};
use anyhow::anyhow;
use clap::ValueEnum;
use std::{io::Write, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to look for; `newsdex help query` explains the language. Put `--` before words that begin with a dash; `-`
    /// alone reads them from standard input
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// Bring the index of this folder in step first, and search it
    #[arg(long = "in", value_name = "PATH")]
    inside: Option<PathBuf>,
    /// Do not search; print how the query is read, and the words of the index that it stands for
    #[arg(long, conflicts_with_all = ["count", "facets", "explain"])]
    analyze: bool,
    #[command(flatten)]
    how: How,
}

/// Which of the articles that are found are shown, and how.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, clap::Args)]
pub(super) struct How {
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub index: IndexArgs,
    /// In which order [default: relevance, or newest where there are only filters]
    #[arg(long, value_enum)]
    sort: Option<SortArg>,
    /// Let scores fade with age: half is left of an article's that is so old, as 30d, 2w or 12h
    #[arg(long, value_name = "HALFLIFE")]
    recency: Option<String>,
    /// At most this many hits
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Pass over this many hits first
    #[arg(long, default_value_t = 0, value_name = "N")]
    offset: usize,
    /// Print only how many articles match, and with --stories in how many stories
    #[arg(long)]
    count: bool,
    /// Also count the matches by symbol, market and month
    #[arg(long)]
    facets: bool,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Say how each score came about
    #[arg(long)]
    explain: bool,
    /// Show each page by itself, not an article with its pages in all locales as one hit
    #[arg(long, conflicts_with = "stories")]
    each_locale: bool,
    /// Show articles whose texts agree, within six weeks of the first of them, as one hit
    #[arg(long)]
    stories: bool,
    /// Of an article that matches in several locales show the page in this one, where the page matches
    #[arg(long, value_name = "LOCALE", value_delimiter = ',')]
    prefer: Vec<String>,
    /// At most this many snippets of each hit
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=100))]
    snippets: u16,
    /// About how long a snippet is, in columns
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u16).range(20..=10_000))]
    snippet_length: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SortArg {
    Relevance,
    Newest,
    Oldest,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object; schema/answer.json describes it
    Json,
    /// The hits alone, an object a line
    Jsonl,
    /// The hits as a table
    Csv,
    /// The files of the hits, each with the line of the best match: path:line
    Paths,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let how = &args.how;
    let engine = match &args.inside {
        Some(folder) => {
            let path = how.index.path_for(folder)?;
            ingest::before_query(folder, &path)?;
            settings::open(&path)?
        }
        None => how.index.open()?,
    };
    let asked = how.filters.query(&args.words, engine, settings)?;
    if !args.analyze {
        return answer(how, engine, &asked, settings, out);
    }
    let Asked { query, notes, .. } = asked;
    let analysis = engine::analyze(engine, &query)?;
    let typed = query.to_string();
    match how.format {
        Format::Text => render::analysis_text(out, &typed, &analysis, &notes)?,
        Format::Json => render::analysis_json(out, &typed, &analysis, &notes)?,
        _ => return Err(anyhow!("--analyze prints text or json")),
    }
    Ok(Outcome::Found)
}

/// Answers a query in the form that is wanted.
pub(super) fn answer(
    args: &How,
    engine: &dyn Engine,
    asked: &Asked,
    settings: &Settings,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let has_room = matches!(args.format, Format::Text | Format::Json) && !args.count;
    if !has_room {
        filters::tell_all(asked);
    }
    let told = |refusal| filters::refused(refusal, settings);
    let request =
        asked.request(&args.how(engine.schema()), engine.schema(), &settings.clock).map_err(told)?;
    let (offset, mut notes) = (request.offset, asked.notes.clone());
    if args.count {
        // A count is of what was asked.
        let answer = engine.search(&request)?;
        match answer.stories {
            Some(stories) => writeln!(out, "{}", render::in_stories(answer.articles, stories))?,
            None => writeln!(out, "{}", answer.total)?,
        }
        return Ok(if answer.total > 0 { Outcome::Found } else { Outcome::Nothing });
    }
    let Found { query, answer, relaxed, suggestions } = asked.ask(engine, request)?;
    if relaxed && has_room {
        notes.push(RELAXED.into());
    } else if relaxed {
        filters::tell(RELAXED);
    }
    let outcome = if answer.total > 0 { Outcome::Found } else { Outcome::Nothing };
    let shown = Shown {
        query: &query.to_string(),
        answer: &answer,
        notes: &notes,
        suggestions: &suggestions,
        offset,
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

impl How {
    fn how(&self, schema: &Schema) -> question::How {
        question::How {
            sort: self.sort.map(|sort| match sort {
                SortArg::Relevance => Sort::Relevance,
                SortArg::Newest => Sort::Newest,
                SortArg::Oldest => Sort::Oldest,
            }),
            recency: self.recency.clone(),
            offset: self.offset,
            limit: if self.count { 0 } else { self.limit },
            facets: if self.facets { question::overview(schema) } else { Vec::new() },
            explain: self.explain,
            each_locale: self.each_locale,
            stories: self.stories,
            prefer: self.prefer.clone(),
            // The line of the best one is shown.
            snippets: if self.format == Format::Paths { 1 } else { self.snippets.into() },
            snippet_length: self.snippet_length.into(),
        }
    }
}
