//! `newsdex completions` and `newsdex man`: what clap makes of the command line.

use super::Outcome;
use anyhow::Context as _;
use clap_complete::Shell;
use std::{io::Write, path::PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// Which shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The folder that the pages are written into
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn completions(
    args: &CompletionsArgs,
    mut command: clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    // clap_complete panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "newsdex", &mut script);
    out.write_all(&script)?;
    Ok(Outcome::Found)
}

pub(super) fn man(args: &ManArgs, command: &clap::Command, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let folder = args.folder.display();
    std::fs::create_dir_all(&args.folder).with_context(|| format!("cannot make {folder}"))?;
    clap_mangen::generate_to(command.clone(), &args.folder)
        .with_context(|| format!("cannot write into {folder}"))?;
    writeln!(out, "wrote the manual pages into {folder}")?;
    Ok(Outcome::Found)
}
