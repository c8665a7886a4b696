//! `newsdex status`: what is in the index.

use super::{
    Outcome,
    settings::{IndexArgs, Settings},
};
use crate::{engine::Engine as _, render};
use clap::ValueEnum;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
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

pub(super) fn run(args: &Args, _: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let status = args.index.open()?.status()?;
    match args.format {
        Format::Text => render::status_text(out, &status)?,
        Format::Json => render::status_json(out, &status)?,
    }
    Ok(Outcome::Found)
}
