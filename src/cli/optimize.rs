//! `newsdex optimize`: one segment of many, for an archive that is searched more often than it is changed.

use super::{
    Outcome,
    examples::Examples,
    lock::{self, LockArgs},
    settings::{self, IndexArgs},
};
use crate::{
    index::{Embedded, Index as _, WriterOptions},
    render,
};
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
    let path = args.index.path()?;
    let reader = settings::snapshot(&path)?;
    let before = reader.status()?;
    let merge = || {
        let engine = Embedded::create_or_open(&path, reader.schema())?;
        let mut writer = engine.writer(WriterOptions { threads: 1, memory: 0 })?;
        writer.optimize()?;
        writer.finish()?;
        Ok(engine.snapshot()?.status()?)
    };
    let after = lock::wait(args.lock.lock_wait, || false, merge)?;
    render::optimized(out, &before, &after)?;
    Ok(Outcome::Found)
}
