//! `newsdex facets`: counts articles by field.

use super::{
    Outcome,
    examples::Examples,
    filters::{self, QueryArgs},
    options::{CountSet, OptionArgs},
    settings::{IndexArgs, Settings},
};
use crate::{
    render,
    search::{self, SearchOptions, SearchResponse, Searcher},
    symbol::Symbol,
};
use clap::ValueEnum;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Query that selects the articles [default: all articles]
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    counts: OptionArgs<CountSet>,
    #[command(flatten)]
    filters: QueryArgs,
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text
    Text,
    /// One JSON object
    Json,
    /// CSV: one row per value
    Csv,
}

/// The examples of `newsdex facets --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Which securities do these articles name, and when?", "newsdex facets perovskite --by symbol,month"),
    (
        "Count all articles since 2025 by market, as CSV",
        "newsdex facets --by market --since 2025 --format csv",
    ),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let snapshot = args.index.snapshot()?;
    let language = args.filters.language(snapshot.schema(), settings)?;
    let searcher = Searcher::new(&*snapshot, &language);
    let query_error = |error| filters::query_error(error, settings);
    let options = SearchOptions { limit: 0, ..args.counts.params.options.clone() };
    let resolved = args.filters.resolve(&args.words, searcher, settings)?;
    let SearchResponse { answer, notes, .. } = searcher.search(&resolved, &options).map_err(query_error)?;
    if args.format != Format::Json {
        filters::tell_all(&notes);
    }
    match args.format {
        Format::Text => {
            let name_of = |canonical: &str| search::name_of(&*snapshot, &Symbol::parse(canonical)?).ok()?;
            render::facets_text(out, &answer.facets, &name_of)?;
        }
        Format::Json => render::facets_json(out, answer.total, &answer.facets, &notes)?,
        Format::Csv => render::facets_csv(out, &answer.facets)?,
    }
    Ok(if answer.total > 0 { Outcome::Found } else { Outcome::Nothing })
}
