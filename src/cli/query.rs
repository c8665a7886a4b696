//! `newsdex query`: ranked hits with snippets.

use super::{
    Outcome,
    filters::{Asked, Filters},
    ingest,
    settings::{self, IndexArgs, Settings},
};
use crate::{
    engine::Engine as _,
    query::Query,
    render::{self, Shown},
    schema::FieldKind,
    search::{FacetBy, FacetWanted, Request, Sort},
};
use clap::ValueEnum;
use std::{io::Write, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to look for; see the query language in README. Put `--` before words that begin with a dash
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    /// Bring the index of this folder in step first, and search it
    #[arg(long = "in", value_name = "PATH")]
    inside: Option<PathBuf>,
    #[command(flatten)]
    index: IndexArgs,
    /// In which order [default: relevance, or newest where there are only filters]
    #[arg(long, value_enum)]
    sort: Option<SortArg>,
    /// At most this many hits
    #[arg(long, short = 'n', default_value_t = 10, value_name = "N")]
    limit: usize,
    /// Pass over this many hits first
    #[arg(long, default_value_t = 0, value_name = "N")]
    offset: usize,
    /// Print only how many articles match
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
    /// The files of the hits
    Paths,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = match &args.inside {
        Some(folder) => {
            let path = args.index.path_for(folder)?;
            ingest::before_query(folder, &path)?;
            settings::open(&path)?
        }
        None => args.index.open()?,
    };
    let Asked { query, notes } = args.filters.query(&args.words, engine.schema(), settings)?;
    let request = args.request(query, engine.schema());
    let answer = engine.search(&request)?;
    let outcome = if answer.total > 0 { Outcome::Found } else { Outcome::Nothing };
    if args.count {
        writeln!(out, "{}", answer.total)?;
        return Ok(outcome);
    }
    let typed = request.query.to_string();
    let shown = Shown { query: &typed, answer: &answer, notes: &notes, offset: args.offset };
    match args.format {
        Format::Text => {
            for note in &notes {
                writeln!(out, "note: {}", render::safe(note))?;
            }
            render::answer_text(out, &shown, &settings.look())?;
        }
        Format::Json => render::answer_json(out, &shown)?,
        Format::Jsonl => render::hits_jsonl(out, &shown)?,
        Format::Csv => render::answer_csv(out, &shown)?,
        Format::Paths => render::paths(out, &shown, &settings.look())?,
    }
    Ok(outcome)
}

impl Args {
    fn request(&self, query: Query, schema: &crate::schema::Schema) -> Request {
        let mut has_words = false;
        let ranks = |name: &String| schema.field(name).is_some_and(|field| field.kind == FieldKind::Text);
        query.each_words(&mut |words| has_words |= words.field.as_ref().is_none_or(ranks));
        let sort = match self.sort {
            Some(SortArg::Relevance) => Sort::Relevance,
            Some(SortArg::Newest) => Sort::Newest,
            Some(SortArg::Oldest) => Sort::Oldest,
            // Filters alone rank nothing.
            None => {
                if has_words {
                    Sort::Relevance
                } else {
                    Sort::Newest
                }
            }
        };
        let mut request = Request::new(query);
        request.sort = sort;
        request.offset = self.offset;
        request.limit = if self.count { 0 } else { self.limit };
        request.explain = self.explain;
        if self.format == Format::Paths {
            request.snippets = 0;
        }
        if self.facets {
            let wanted = [("symbol", 10), ("market", 10), ("month", usize::MAX)];
            let wanted =
                wanted.into_iter().filter_map(|(name, limit)| Some((FacetBy::named(name, schema)?, limit)));
            request.facets = wanted.map(|(by, limit)| FacetWanted { by, limit }).collect();
        }
        request
    }
}
