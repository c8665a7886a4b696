//! Writes for people what of an article was taken from where.

use super::{Look, safe, text::shown_path, wrap::columns};
use crate::{
    article::{BuiltIn, Origin, Taken},
    ingest::Explained,
};
use std::io::{self, Write};

/// The columns of a line, unless the terminal has another number.
const WIDTH: usize = 100;
/// The columns of the names of members, with the spaces behind them.
const NAMES: usize = 13;
/// The columns of an origin, at most; the values of a block stand below each other up to these.
const MAX_ORIGIN: usize = 24;

/// Writes a block: the place, then a line a member.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn explained(out: &mut dyn Write, explained: &Explained, look: &Look) -> io::Result<()> {
    writeln!(out, "{}", safe(&shown_path(&explained.place, look)))?;
    let explanation = match &explained.outcome {
        Ok(explanation) => explanation,
        Err(reason) => return writeln!(out, "  no article: {}\n", safe(reason)),
    };
    let origins: Vec<String> = explanation.taken.iter().map(|taken| said(&taken.origin)).collect();
    let widest = origins.iter().map(|origin| columns(origin)).max().unwrap_or(0).min(MAX_ORIGIN);
    for (Taken { member, value, is_used, .. }, origin) in explanation.taken.iter().zip(&origins) {
        let gap = widest.saturating_sub(columns(origin));
        let line = format!("  {:NAMES$}← {origin}{:gap$}  ", member.name(), "");
        let unused = if *is_used { "" } else { "not used: " };
        let room = look.width.unwrap_or(WIDTH).saturating_sub(columns(&line));
        writeln!(out, "{line}{}", cut(&on_one_line(&format!("{unused}{value}")), room))?;
    }
    let list = |names: Vec<&str>| on_one_line(&names.join(", "));
    if !explanation.free.is_empty() {
        let names = explanation.free.iter().map(String::as_str).collect();
        writeln!(out, "  {:NAMES$}{}", "free keys", list(names))?;
    }
    if !explanation.missing.is_empty() {
        let names = explanation.missing.iter().copied().map(BuiltIn::name).collect();
        writeln!(out, "  {:NAMES$}{}", "not found", list(names))?;
    }
    writeln!(out)
}

/// An origin in words.
fn said(origin: &Origin) -> String {
    match origin {
        Origin::Key(key) => return on_one_line(key),
        Origin::Page => "page",
        Origin::Item => "item",
        Origin::Heading => "first heading",
        Origin::Beginning => "first words",
        Origin::Text => "text",
        Origin::Links => "links at the end",
        Origin::Url => "URL",
        Origin::FileName => "file name",
        Origin::Record => "file name and record",
    }
    .to_owned()
}

/// An untrusted text on one line.
fn on_one_line(text: &str) -> String {
    safe(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// The beginning of a text that has room, with an ellipsis if that is not all.
fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut left = room.saturating_sub(1);
    for character in text.chars() {
        let Some(rest) = left.checked_sub(columns(character.encode_utf8(&mut [0; 4]))) else { break };
        left = rest;
        shown.push(character);
    }
    shown + "…"
}
