//! Writes the report of an ingest for people.

use super::{Look, safe, text::shown_path};
use crate::{
    ingest::{Notes, Report},
    source::Ignored,
};
use std::io::{self, Write};

/// Maximum number of skipped files that are named.
const MAX_NAMED: usize = 20;

/// Maximum number of extensions of ignored files that are named.
const MAX_EXTENSIONS: usize = 10;

/// What became of what a report counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It was committed.
    Committed,
    /// Nothing: it was a dry run.
    DryRun,
    /// It was dropped with an index that was to replace the present one.
    Dropped,
}

/// Writes what an ingest did or would do.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn report(out: &mut dyn Write, report: &Report, effect: Effect, look: &Look) -> io::Result<()> {
    if effect == Effect::DryRun {
        writeln!(out, "dry run, nothing was written; an ingest would report:")?;
    }
    let seconds = report.took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate needs three digits")]
    let megabytes = report.bytes as f64 / 1e6;
    writeln!(
        out,
        "indexed {}, updated {}, unchanged {}, removed {}; {megabytes:.1} MB in {seconds:.2} s, {:.1} MB/s",
        report.indexed,
        report.updated,
        report.unchanged,
        report.removed,
        megabytes / seconds.max(1e-9),
    )?;
    if report.repaired.files() > 0 {
        writeln!(out, "repaired {}: {}", report.repaired.files(), kinds(&report.repaired))?;
    }
    if report.skipped.files() > 0 {
        writeln!(out, "skipped {}: {}", report.skipped.files(), kinds(&report.skipped))?;
        for note in report.skipped.named().iter().take(MAX_NAMED) {
            writeln!(out, "  {}: {}", safe(&shown_path(&note.place(), look)), safe(&note.reason))?;
        }
        let more = report.skipped.files().saturating_sub(MAX_NAMED as u64);
        if more > 0 {
            writeln!(out, "  and {more} more; `--format json` lists all of them")?;
        }
    }
    if report.ignored.total() > 0 {
        writeln!(out, "ignored: {} ({})", report.ignored.total(), extensions(&report.ignored))?;
        for path in report.ignored.named() {
            writeln!(out, "  {}", safe(&shown_path(path, look)))?;
        }
    }
    match effect {
        Effect::Committed if report.stopped => {
            writeln!(out, "interrupted: what is counted above is committed; run the ingest again to continue")
        }
        Effect::Dropped => writeln!(out, "nothing of what is counted above is kept"),
        Effect::Committed | Effect::DryRun => Ok(()),
    }
}

fn kinds(notes: &Notes) -> String {
    let mut kinds: Vec<_> = notes.by_code().iter().collect();
    kinds.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let kinds: Vec<_> = kinds.into_iter().map(|(code, count)| format!("{count} {code}")).collect();
    kinds.join(", ")
}

/// The extensions with the numbers of their files, most first.
fn extensions(ignored: &Ignored) -> String {
    let all = ignored.by_extension();
    let (named, more) = all.split_at(all.len().min(MAX_EXTENSIONS));
    let shown = named.iter().map(|(extension, count)| match *extension {
        Ignored::NONE => format!("no extension {count}"),
        Ignored::OTHER => format!("other extensions {count}"),
        extension => format!("{extension} {count}"),
    });
    let mut shown: Vec<_> = shown.collect();
    if !more.is_empty() {
        shown.push(format!("and {} more extensions", more.len()));
    }
    shown.join(", ")
}
