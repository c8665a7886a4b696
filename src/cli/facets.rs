//! `newsdex facets`: counts of articles.

use super::{
    Outcome,
    filters::Filters,
    settings::{IndexArgs, Settings},
};
use crate::{
    engine::Engine as _,
    render,
    schema::{FieldKind, Schema},
    search::{FacetBy, FacetWanted, Request},
};
use anyhow::anyhow;
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
    asked.tell();
    let mut request = Request::new(asked.query);
    request.limit = 0;
    request.grouped = !args.each_locale;
    request.zone = settings.clock.zone().clone();
    for name in &args.by {
        let by = FacetBy::named(name, engine.schema()).ok_or_else(|| unknown(name, engine.schema()))?;
        let limit = args.limit.unwrap_or(if by.is_calendar() { usize::MAX } else { 20 });
        request.facets.push(FacetWanted { by, limit });
    }
    let answer = engine.search(&request)?;
    match args.format {
        Format::Text => render::facets_text(out, &answer.facets)?,
        Format::Json => render::facets_json(out, answer.total, &answer.facets)?,
        Format::Csv => render::facets_csv(out, &answer.facets)?,
    }
    Ok(if answer.total > 0 { Outcome::Found } else { Outcome::Nothing })
}

fn unknown(name: &str, schema: &Schema) -> anyhow::Error {
    let countable = schema.fields().iter().filter(|field| field.count);
    let named = countable.filter(|field| matches!(field.kind, FieldKind::Keyword | FieldKind::Facet));
    let fields: Vec<_> = named.map(|field| field.name.as_str()).collect();
    anyhow!("cannot count by `{name}`; there are market, venue, year, month, day, {}", fields.join(", "))
}
