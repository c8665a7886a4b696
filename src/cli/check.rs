//! `newsdex check` and `newsdex repair`: verifies an index, and reindexes what is damaged.

use super::{
    Outcome,
    examples::Examples,
    lock::{self, LockArgs},
    settings::{IndexArgs, TextOrJson},
};
use crate::{
    index::{Lost, WriterOptions},
    ingest::{self, Control},
    render::{self, Recovered},
    source::{SingleFile, Source, file_of, path_hash},
};
use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// Also report indexed files that changed, are gone or hold fewer records, if the index itself is sound
    #[arg(long)]
    files: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

#[derive(Debug, clap::Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    lock: LockArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex check --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Verify the index", "newsdex check"),
    ("Also compare the indexed files with the index, for a script", "newsdex check --files --format json"),
];

/// The examples of `newsdex repair --help`.
pub(super) const REPAIR_EXAMPLES: Examples = &[
    ("Repair the index", "newsdex repair"),
    ("Repair it, and name the articles that are lost in JSON", "newsdex repair --format json"),
];

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let findings = args.index.location()?.maintenance()?.check(args.files)?;
    match args.format {
        TextOrJson::Text => render::findings_text(out, &findings)?,
        TextOrJson::Json => render::findings_json(out, &findings)?,
    }
    Ok(if findings.is_empty() { Outcome::Found } else { Outcome::Nothing })
}

pub(super) fn repair(args: &RepairArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let location = args.index.location()?;
    let maintenance = location.maintenance()?;
    let repaired = lock::wait(args.lock.limit(&location), || false, || Ok(maintenance.repair()?))?;
    if args.format == TextOrJson::Text {
        // Print this first: later steps may fail.
        render::repaired_text(out, &repaired)?;
        out.flush()?;
    }
    let mut recovered = Recovered { read: 0, missing: Vec::new(), repaired };
    let mut stopped = false;
    if !recovered.repaired.lost.is_empty() {
        let lost = &recovered.repaired.lost;
        let single =
            |lost: &Lost| SingleFile { root: root_of(lost), path: file_of(&lost.path), format: lost.format };
        let mut files: Vec<_> = lost.iter().map(single).collect();
        // A file of many records is named once for each.
        files.sort_by(|a, b| (&a.path, &a.root).cmp(&(&b.path, &b.root)));
        files.dedup_by(|a, b| a.path == b.path);
        let mut options = super::ingest::options(None, WriterOptions::MEMORY as u64)?;
        // Whatever was indexed before is reindexed.
        (options.keep_missing, options.max_file_size) = (true, u64::MAX);
        let control = Arc::new(Control::default());
        super::ingest::stop_on_interrupt(&control)?;
        let index = super::ingest::writable(&location, &super::ingest::IngestArgs::default())?;
        let source = Source::of_files(files);
        let read = || Ok(ingest::ingest(&*index, &source, &options, &control, &mut |_| ())?);
        let report = lock::wait(args.lock.limit(&location), || control.stop.load(Ordering::Relaxed), read)?;
        stopped = report.stopped;
        let again = index.snapshot()?.ledger()?;
        let why: HashMap<&str, &str> =
            report.skipped.named().iter().map(|note| (note.path.as_str(), note.reason.as_str())).collect();
        for lost in lost {
            let source = path_hash(&lost.path);
            if again.key_of(source, lost.record).is_some() {
                continue;
            }
            let reason = match why.get(lost.path.as_str()) {
                _ if again.get(source).is_some() => "the file does not have this record any more",
                Some(reason) => reason,
                None => "not read",
            };
            recovered.missing.push((lost.clone(), reason.to_owned()));
        }
        recovered.read = lost.len() - recovered.missing.len();
    }
    if !stopped {
        let missing: Vec<Lost> = recovered.missing.iter().map(|(lost, _)| lost.clone()).collect();
        lock::wait(args.lock.limit(&location), || false, || Ok(maintenance.mark_read_again(&missing)?))?;
    }
    match args.format {
        TextOrJson::Text => render::recovered_text(out, &recovered)?,
        TextOrJson::Json => render::recovered_json(out, &recovered)?,
    }
    let whole = recovered.missing.is_empty() && recovered.repaired.unnamed == 0;
    Ok(match (stopped, whole) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Found,
        (false, false) => Outcome::Nothing,
    })
}

/// The folder that was ingested: an article without another id has its path below that folder as id.
fn root_of(lost: &Lost) -> PathBuf {
    let path = file_of(&lost.path);
    let parent = || path.parent().unwrap_or(&path).to_owned();
    let Some(id) = lost.id.as_deref().map(file_of) else { return parent() };
    let stem = path.with_extension("");
    if !stem.ends_with(&id) {
        return parent();
    }
    stem.ancestors().nth(id.components().count()).map_or_else(parent, Path::to_owned)
}
