//! `newsdex list`: every matching article, one line each.

use super::{
    Outcome,
    examples::Examples,
    filters::{self, QueryArgs},
    settings::{IndexArgs, Settings},
};
use crate::{index::Fetch, render, search::Searcher};
use clap::ValueEnum;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Query that selects the articles [default: all articles]
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    filters: QueryArgs,
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Tsv)]
    format: Format,
}

/// The examples of `newsdex list --help`.
pub(super) const EXAMPLES: Examples = &[
    ("List the articles that name a security", "newsdex list --symbol 600586"),
    (
        "List English articles of a month as JSON Lines",
        "newsdex list --locale en --date 2025-03 --format json",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tab-separated: key, path, time of publication, hash of the file
    Tsv,
    /// JSON Lines: one object per article
    Json,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let snapshot = args.index.snapshot()?;
    let language = args.filters.language(snapshot.schema(), settings)?;
    let searcher = Searcher::new(&*snapshot, &language);
    let resolved = args.filters.resolve(&args.words, searcher, settings)?;
    filters::tell_all(&resolved.notes);
    let mut found = false;
    for batch in searcher.scan(&resolved, Fetch::Metadata)? {
        for article in batch? {
            found = true;
            match args.format {
                Format::Json => render::listing_json(out, &article)?,
                Format::Tsv => {
                    let published = article.published.map(|at| at.to_string()).unwrap_or_default();
                    let (key, path) = (render::safe(&article.key), render::safe(&article.path));
                    writeln!(out, "{key}\t{path}\t{published}\t{:016x}", article.hash)?;
                }
            }
        }
    }
    Ok(if found { Outcome::Found } else { Outcome::Nothing })
}
