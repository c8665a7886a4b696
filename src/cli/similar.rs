//! `newsdex similar`: articles similar to a given one.

use super::{
    Outcome,
    examples::Examples,
    filters,
    query::{SearchArgs, answer},
    settings::Settings,
};
use crate::{render, search::Searcher};
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Key of the article as hits show it (230905679/en), or its id for its first locale
    key: String,
    #[command(flatten)]
    search: SearchArgs,
}

/// The examples of `newsdex similar --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Articles similar to one", "newsdex similar 230905679/en"),
    ("Only those since 2025, the newest first", "newsdex similar 230905679/en --since 2025 --sort newest"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let snapshot = args.search.index.snapshot()?;
    let snapshot = &*snapshot;
    let Some(article) = snapshot.article(&args.key)? else {
        // Ignore a closed standard error.
        let _ = writeln!(io::stderr(), "there is no article {}", render::safe(&args.key));
        return Ok(Outcome::Nothing);
    };
    let filters = &args.search.filters;
    let language = filters.language(snapshot.schema(), settings)?;
    let searcher = Searcher::new(snapshot, &language);
    let resolved = searcher
        .resolve_similar(&article, "", filters.filters())
        .map_err(|error| filters::query_error(error, settings))?;
    answer(&args.search, searcher, &resolved, settings, out)
}
