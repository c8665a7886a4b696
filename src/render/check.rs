//! What a check has found, and what a repair has done.

use super::{json::line, safe};
use crate::index::{Finding, Repaired};
use serde::Serialize;
use std::io::{self, Write};

/// So many lost files are named to people.
const NAMED: usize = 20;

/// A repair, and what became of the articles that it left out.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// What the repair has done.
    pub repaired: Repaired,
    /// How many of their files were read again.
    pub read: usize,
    /// Those that could not be, with the reasons.
    pub missing: Vec<(String, String)>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    place: &'a str,
    message: &'a str,
}

fn findings_of(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings.iter().map(|Finding { place, message }| FindingJson { place, message }).collect()
}

/// Writes findings, a line each, or that there are none.
///
/// # Errors
///
/// Those of `out`.
pub fn findings_text(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    for Finding { place, message } in findings {
        writeln!(out, "{}: {}", safe(place), safe(message))?;
    }
    if findings.is_empty() { writeln!(out, "the index is sound") } else { Ok(()) }
}

/// Writes findings as one object.
///
/// # Errors
///
/// Those of `out`.
pub fn findings_json(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Checked<'a> {
        sound: bool,
        findings: Vec<FindingJson<'a>>,
    }
    line(out, &Checked { sound: findings.is_empty(), findings: findings_of(findings) })
}

/// Writes what a repair has found and left out.
///
/// # Errors
///
/// Those of `out`.
pub fn repaired_text(out: &mut dyn Write, repaired: &Repaired) -> io::Result<()> {
    if repaired.findings.is_empty() {
        writeln!(out, "the index is sound")?;
    } else {
        findings_text(out, &repaired.findings)?;
        writeln!(out, "segments  {} kept, {} dropped", repaired.kept, repaired.left_out)?;
    }
    let lost = repaired.lost.len() as u64 + repaired.unnamed;
    if lost > 0 {
        writeln!(out, "files     {lost} to reindex from the dropped segments")?;
    }
    Ok(())
}

/// Writes what became of the articles that a repair has left out, if there are any.
///
/// # Errors
///
/// Those of `out`.
pub fn recovered_text(out: &mut dyn Write, recovered: &Recovered) -> io::Result<()> {
    let Recovered { repaired, read, missing } = recovered;
    if !repaired.lost.is_empty() {
        writeln!(out, "files     {read} reindexed, {} not", missing.len())?;
    }
    for (path, reason) in missing.iter().take(NAMED) {
        writeln!(out, "  {}: {}", safe(path), safe(reason))?;
    }
    if missing.len() > NAMED {
        writeln!(out, "  and {} more", missing.len() - NAMED)?;
    }
    if repaired.unnamed > 0 {
        let say = "articles of unknown files are lost: run `newsdex ingest` on your folders";
        writeln!(out, "  {} {say}", repaired.unnamed)?;
    }
    Ok(())
}

/// Writes what a repair has done as one object.
///
/// # Errors
///
/// Those of `out`.
pub fn recovered_json(out: &mut dyn Write, recovered: &Recovered) -> io::Result<()> {
    #[derive(Serialize)]
    struct RecoveredJson<'a> {
        findings: Vec<FindingJson<'a>>,
        segments_kept: usize,
        segments_left_out: usize,
        lost: Vec<&'a str>,
        lost_unnamed: u64,
        read_again: usize,
        missing: Vec<MissingJson<'a>>,
    }
    #[derive(Serialize)]
    struct MissingJson<'a> {
        path: &'a str,
        reason: &'a str,
    }
    let Recovered { repaired, read, missing } = recovered;
    line(
        out,
        &RecoveredJson {
            findings: findings_of(&repaired.findings),
            segments_kept: repaired.kept,
            segments_left_out: repaired.left_out,
            lost: repaired.lost.iter().map(|lost| lost.path.as_str()).collect(),
            lost_unnamed: repaired.unnamed,
            read_again: *read,
            missing: missing.iter().map(|(path, reason)| MissingJson { path, reason }).collect(),
        },
    )
}
