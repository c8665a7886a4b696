//! `newsdex optimize`: merges all segments into one, for an archive that is searched more often than changed.

use super::{
    Outcome,
    examples::Examples,
    lock::{self, LockArgs},
    settings::IndexArgs,
};
use crate::render;
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    lock: LockArgs,
}

/// The examples of `newsdex optimize --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Speed up queries after a large ingest", "newsdex optimize"),
    ("Optimize another index", "newsdex optimize --index ~/english"),
];

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let location = args.index.location()?;
    let index = location.open()?;
    let before = index.snapshot()?.status()?;
    let maintenance = location.maintenance()?;
    lock::wait(args.lock.limit(&location), || false, || Ok(maintenance.optimize()?))?;
    render::optimized(out, &before, &index.snapshot()?.status()?)?;
    Ok(Outcome::Found)
}
