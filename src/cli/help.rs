//! `newsdex help`: the reference of the query language, or the options of a command.

use super::{Outcome, examples::Examples, hinted};
use crate::query::REFERENCE;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Command to explain, or `query` for the query language
    #[arg(value_name = "COMMAND")]
    command: Option<String>,
}

/// The examples of `newsdex help --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Explain the query language", "newsdex help query"),
    ("List the options of a command", "newsdex help ingest"),
];

pub(super) fn run(args: &Args, mut cli: clap::Command, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    cli.build();
    let help = match args.command.as_deref() {
        Some("query") => {
            out.write_all(REFERENCE.as_bytes())?;
            return Ok(Outcome::Found);
        }
        Some(name) => {
            let command = cli.find_subcommand_mut(name);
            command
                .ok_or_else(|| {
                    hinted(format!("there is no command `{name}`"), "`newsdex help` lists the commands")
                })?
                .render_long_help()
        }
        None => cli.render_long_help(),
    };
    write!(out, "{help}")?;
    Ok(Outcome::Found)
}
