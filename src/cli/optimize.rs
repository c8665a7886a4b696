//! `newsdex optimize`: one segment of many, for an archive that is searched more often than it is changed.

use super::{
    Outcome,
    settings::{self, IndexArgs},
};
use crate::{
    engine::{Embedded, Engine as _, WriterOptions},
    render,
};
use std::io::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let path = args.index.path()?;
    let reader = settings::open(&path)?;
    let before = reader.status()?;
    let engine = Embedded::create_or_open(&path, reader.schema())?;
    let mut writer = engine.writer(WriterOptions { threads: 1, memory: 0 })?;
    writer.optimize()?;
    writer.finish()?;
    engine.refresh()?;
    render::optimized(out, &before, &engine.status()?)?;
    Ok(Outcome::Found)
}
