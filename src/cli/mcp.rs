//! `newsdex mcp`: serves tools for an agent on standard input and output.

use super::{
    Outcome,
    examples::Examples,
    filters,
    settings::{IndexArgs, Settings, SynonymArgs},
};
use crate::serve::{self, Health};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    synonyms: SynonymArgs,
}

/// The examples of `newsdex mcp --help`.
pub(super) const EXAMPLES: Examples = &[
    ("The command that an MCP client starts", "newsdex mcp"),
    ("The same for another index", "newsdex mcp --index ~/english"),
];

pub(super) fn run(args: &Args, settings: &Settings) -> anyhow::Result<Outcome> {
    let index = args.index.open()?;
    let language = settings.language(index.schema(), &args.synonyms)?;
    serve::agent(index, language, &Health::new(filters::tell))?;
    Ok(Outcome::Found)
}
