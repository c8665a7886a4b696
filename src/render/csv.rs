//! Comma-separated values, safe for a spreadsheet.

use super::ResultPage;
use crate::index::Facet;
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// Writes a row of column names, then one row per hit.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn answer(out: &mut dyn Write, shown: &ResultPage<'_>) -> io::Result<()> {
    row(
        out,
        &[
            "rank",
            "key",
            "id",
            "locale",
            "kind",
            "title",
            "url",
            "path",
            "published",
            "symbols",
            "score",
            "snippet",
        ],
    )?;
    for (rank, hit) in (shown.offset + 1..).zip(&shown.answer.hits) {
        let article = &hit.article;
        let published = article.published.map(|at| at.to_string()).unwrap_or_default();
        let score = hit.score.map(|score| score.to_string()).unwrap_or_default();
        let snippet = hit.snippets.first().map_or("", |snippet| snippet.text.as_str());
        row(
            out,
            &[
                &rank.to_string(),
                &article.key,
                &article.id,
                &article.locale,
                &article.kind,
                &article.title,
                &article.url,
                &article.path,
                &published,
                &article.symbols.iter().map(|(symbol, _)| symbol.canonical()).collect::<Vec<_>>().join(" "),
                &score,
                snippet,
            ],
        )?;
    }
    Ok(())
}

/// Writes a row of column names, then one row per counted value.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn facets(out: &mut dyn Write, facets: &[Facet]) -> io::Result<()> {
    row(out, &["by", "value", "count"])?;
    for facet in facets {
        for (value, count) in &facet.counts {
            row(out, &[&facet.by.name, value, &count.to_string()])?;
        }
    }
    Ok(())
}

/// Writes a row as in RFC 4180.
fn row(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    for (index, text) in cells.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let text = harmless(text);
        if text.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", text.replace('"', "\"\""))?;
        } else {
            out.write_all(text.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// A cell that no spreadsheet reads as a formula: text that begins like one gets an apostrophe in front.
/// Numbers stay numbers.
fn harmless(text: &str) -> Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if formula && text.parse::<f64>().is_err() { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}
