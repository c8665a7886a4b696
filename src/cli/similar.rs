//! `newsdex similar`: articles like another.

use super::{
    Outcome,
    examples::Examples,
    query::{SearchArgs, answer},
    settings::Settings,
};
use crate::{query::Query, render, search};
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
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(io::stderr(), "there is no article {}", render::safe(&args.key));
        return Ok(Outcome::Nothing);
    };
    let mut asked = args.search.filters.query(&[], snapshot, settings)?;
    let Some(similar) = search::similar(snapshot, &article)? else {
        let _ = writeln!(
            io::stderr(),
            "{} has no rare terms to find similar articles by",
            render::safe(&article.key)
        );
        return Ok(Outcome::Nothing);
    };
    asked.query = Query::and([similar, asked.query]);
    asked.like = Some(article.id);
    answer(&args.search, snapshot, &asked, settings, out)
}
