//! Writes the findings of a check and the outcome of a repair.

use super::{json::line, safe};
use crate::index::{Finding, Lost, Repaired};
use serde::Serialize;
use std::io::{self, Write};

/// Maximum number of files that are named to people.
const NAMED: usize = 20;

/// A repair, and the outcome of reading the files of its lost articles again.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// The outcome of the repair.
    pub repaired: Repaired,
    /// How many of these articles were read again.
    pub read: usize,
    /// The articles that could not be read again, with the reasons.
    pub missing: Vec<(Lost, String)>,
}

/// What lost articles are counted as: a file of one article is its only record.
fn counted_as(lost: &[Lost]) -> &'static str {
    if lost.iter().any(|lost| lost.record != 0) { "records" } else { "files" }
}

#[derive(Serialize)]
struct FindingJson<'a> {
    place: &'a str,
    message: &'a str,
}

fn findings_of(findings: &[Finding]) -> Vec<FindingJson<'_>> {
    findings.iter().map(|Finding { place, message }| FindingJson { place, message }).collect()
}

/// Writes one line per finding, or that the index is sound.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn findings_text(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    for Finding { place, message } in findings {
        writeln!(out, "{}: {}", safe(place), safe(message))?;
    }
    if findings.is_empty() { writeln!(out, "the index is sound") } else { Ok(()) }
}

/// Writes findings as one JSON object.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn findings_json(out: &mut dyn Write, findings: &[Finding]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Checked<'a> {
        sound: bool,
        findings: Vec<FindingJson<'a>>,
    }
    line(out, &Checked { sound: findings.is_empty(), findings: findings_of(findings) })
}

/// Writes the findings of a repair, and how many segments, files and records it dropped.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn repaired_text(out: &mut dyn Write, repaired: &Repaired) -> io::Result<()> {
    if repaired.findings.is_empty() {
        writeln!(out, "the index is sound")?;
    } else {
        findings_text(out, &repaired.findings)?;
        writeln!(out, "segments  {} kept, {} dropped", repaired.kept, repaired.left_out)?;
    }
    let lost = repaired.lost.len() as u64 + repaired.unnamed;
    if lost > 0 {
        writeln!(out, "{:8}  {lost} to reindex from the dropped segments", counted_as(&repaired.lost))?;
    }
    Ok(())
}

/// Writes how many lost articles were read again, and names those that were not.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn recovered_text(out: &mut dyn Write, recovered: &Recovered) -> io::Result<()> {
    let Recovered { repaired, read, missing } = recovered;
    if !repaired.lost.is_empty() {
        writeln!(out, "{:8}  {read} reindexed, {} not", counted_as(&repaired.lost), missing.len())?;
    }
    for (Lost { path, record, id, .. }, reason) in missing.iter().take(NAMED) {
        let of_record = id.as_ref().filter(|_| *record != 0).map_or_else(String::new, |id| format!("{id}: "));
        writeln!(out, "  {}: {}{}", safe(path), safe(&of_record), safe(reason))?;
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

/// Writes the outcome of a repair as one JSON object.
///
/// # Errors
///
/// Returns the error of `out`.
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
        /// Absent for what was excluded.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<&'a str>,
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
            missing: missing
                .iter()
                .map(|(lost, reason)| MissingJson { path: &lost.path, id: lost.id.as_deref(), reason })
                .collect(),
        },
    )
}
