//! `newsdex facets`: counts of articles.

use super::{
    Outcome,
    filters::{self, Filters},
    settings::{IndexArgs, Settings},
};
use crate::{engine::Engine as _, question, render, search::Request};
use clap::ValueEnum;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which articles; all of them without words or filters
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    /// What to count by: symbol, market, venue, year, month, day, locale, kind, or a field of your own
    #[arg(long, required = true, value_delimiter = ',', value_name = "NAME")]
    by: Vec<String>,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    index: IndexArgs,
    /// At most this many values [default: 20, or all of a calendar]
    #[arg(long, short = 'n', value_name = "N")]
    limit: Option<usize>,
    /// Count each page by itself, not an article with its pages in all locales once
    #[arg(long)]
    each_locale: bool,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
    /// A table
    Csv,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = args.index.open()?;
    let asked = args.filters.query(&args.words, engine, settings)?;
    filters::tell_all(&asked);
    let mut request = Request::new(asked.query);
    request.limit = 0;
    request.grouped = !args.each_locale;
    request.zone = settings.clock.zone().clone();
    for name in &args.by {
        let wanted = question::counted_by(name, args.limit, engine.schema());
        request.facets.push(wanted.map_err(|refusal| filters::refused(refusal, settings))?);
    }
    let answer = engine.search(&request)?;
    match args.format {
        Format::Text => render::facets_text(out, &answer.facets)?,
        Format::Json => render::facets_json(out, answer.total, &answer.facets)?,
        Format::Csv => render::facets_csv(out, &answer.facets)?,
    }
    Ok(if answer.total > 0 { Outcome::Found } else { Outcome::Nothing })
}
