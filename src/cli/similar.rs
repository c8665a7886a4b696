//! `newsdex similar`: articles like another.

use super::{
    Outcome,
    query::{How, answer},
    settings::Settings,
};
use crate::{
    engine::{self, Engine as _},
    query::Query,
    render,
};
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The key as hits show it, 230905679/en, or an id alone for its first locale
    key: String,
    #[command(flatten)]
    how: How,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = args.how.index.open()?;
    let Some(article) = engine.article(&args.key)? else {
        // Where standard error is closed there is nobody left to tell.
        let _ = writeln!(io::stderr(), "there is no article {}", render::safe(&args.key));
        return Ok(Outcome::Nothing);
    };
    let mut asked = args.how.filters.query(&[], &engine, settings)?;
    asked.typed = false;
    asked.query = Query::and([engine::similar(&engine, &article)?, asked.query]);
    answer(&args.how, &engine, asked, settings, out)
}
