//! `newsdex list`: every article that matches, a line each.

use super::{
    Outcome,
    filters::{self, Filters},
    settings::{IndexArgs, Settings},
};
use crate::{engine::Engine as _, render};
use clap::ValueEnum;
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which articles; all of them without words or filters
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    index: IndexArgs,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Tsv)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Key, path, time of publication and hash of the file, with tabs between them
    Tsv,
    /// An object a line
    Json,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = args.index.open()?;
    let asked = args.filters.query(&args.words, engine, settings)?;
    filters::tell_all(&asked);
    let mut found = false;
    let mut written: io::Result<()> = Ok(());
    engine.each(&asked.query, &mut |kept| {
        found = true;
        written = match args.format {
            Format::Json => render::listing_json(out, &kept),
            Format::Tsv => {
                let published = kept.published.map(|at| at.to_string()).unwrap_or_default();
                let (key, path) = (render::safe(&kept.key), render::safe(&kept.path));
                writeln!(out, "{key}\t{path}\t{published}\t{:016x}", kept.hash)
            }
        };
        written.is_ok()
    })?;
    written?;
    Ok(if found { Outcome::Found } else { Outcome::Nothing })
}
