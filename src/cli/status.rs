//! `newsdex status`: what is in the index.

use super::{
    Outcome,
    examples::Examples,
    settings::{IndexArgs, Settings, TextOrJson},
};
use crate::render;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex status --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Print the state of the index", "newsdex status"),
    ("The same as JSON", "newsdex status --format json"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let status = args.index.snapshot()?.status()?;
    match args.format {
        TextOrJson::Text => render::status_text(out, &status, &settings.look())?,
        TextOrJson::Json => render::status_json(out, &status)?,
    }
    Ok(Outcome::Found)
}
