//! `newsdex status`: what is in the index.

use super::{
    Outcome,
    settings::{IndexArgs, Settings, TextOrJson},
};
use crate::{engine::Engine as _, render};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// In which form
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let status = args.index.open()?.status()?;
    match args.format {
        TextOrJson::Text => render::status_text(out, &status, &settings.look())?,
        TextOrJson::Json => render::status_json(out, &status)?,
    }
    Ok(Outcome::Found)
}
