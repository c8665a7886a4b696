//! `newsdex mcp`: serves tools for an agent on standard input and output.

use super::{
    Outcome,
    examples::Examples,
    settings::{IndexArgs, Settings},
};
use crate::serve;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// Synonyms file [default: synonyms.yaml of the schema or the settings]
    ///
    /// By default newsdex reads synonyms.yaml beside the schema file of the index, else in the settings folder.
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
}

/// The examples of `newsdex mcp --help`.
pub(super) const EXAMPLES: Examples = &[
    ("The command that an MCP client starts", "newsdex mcp"),
    ("The same for another index", "newsdex mcp --index ~/english"),
];

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<Outcome> {
    let index = args.index.open()?;
    let language = settings.language(index.schema(), args.synonyms.as_deref())?;
    serve::agent(index, language)?;
    Ok(Outcome::Found)
}
