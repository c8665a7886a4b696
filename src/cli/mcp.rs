//! `newsdex mcp`: tools for an agent, over standard input and output.

use super::{
    Outcome,
    settings::{IndexArgs, Settings},
};
use crate::{engine::Engine as _, serve};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// A file of words that mean the same [default: synonyms.yaml beside the schema or in the settings folder]
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
}

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<Outcome> {
    let engine = args.index.open()?;
    let language = settings.language(engine.schema(), args.synonyms.as_deref())?;
    serve::agent(engine, language)?;
    Ok(Outcome::Found)
}
