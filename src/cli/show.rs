//! `newsdex show`: one article.

use super::{
    Outcome,
    settings::{IndexArgs, Settings},
};
use crate::{engine::Engine as _, render};
use anyhow::anyhow;
use clap::ValueEnum;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The key as hits show it, 230905679/en, or an id alone
    key: String,
    #[command(flatten)]
    index: IndexArgs,
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
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = args.index.open()?;
    let Some(kept) = engine.article(&args.key)? else {
        return Err(anyhow!("there is no article {}", args.key));
    };
    match args.format {
        Format::Text => render::article_text(out, &kept, &settings.look())?,
        Format::Json => render::article_json(out, &kept)?,
    }
    Ok(Outcome::Found)
}
