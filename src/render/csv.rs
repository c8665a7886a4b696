//! Comma-separated values, safe for a spreadsheet.

use super::{ResultPage, safe};
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
    for (rank, hit) in (shown.answer.skipped + 1..).zip(&shown.answer.hits) {
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

/// Writes a row as in RFC 4180; a cell is one line.
fn row(out: &mut dyn Write, cells: &[&str]) -> io::Result<()> {
    for (index, text) in cells.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let text = harmless(text);
        if text.contains([',', '"']) {
            write!(out, "\"{}\"", text.replace('"', "\"\""))?;
        } else {
            out.write_all(text.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// The first characters of a formula, also as Chinese and Japanese keyboards write them; `|` begins one of DDE.
/// See <https://owasp.org/www-community/attacks/CSV_Injection>.
const FORMULA: [char; 9] = ['=', '+', '-', '@', '|', '＝', '＋', '－', '＠'];

/// A cell that no spreadsheet reads as a formula and no terminal obeys: text that begins like a formula gets an apostrophe in
/// front, also after white space, which spreadsheets may drop. Numbers stay numbers.
fn harmless(text: &str) -> Cow<'_, str> {
    let shown = safe(text);
    let is_number = || text.parse::<f64>().is_ok_and(f64::is_finite);
    let formula = text.starts_with(['\t', '\r', '\n']) || shown.trim_start().starts_with(FORMULA);
    if formula && !is_number() { Cow::Owned(format!("'{shown}")) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::{harmless, row};

    #[test]
    fn no_cell_is_a_formula() {
        for text in [
            "=1+1",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            "|calc",
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
            " =1",
            "\u{3000}=1",
            "-inf",
        ] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("\t=1"), "' =1");
        assert_eq!(harmless("\rx"), "' x");
        for text in ["-1.5", "+3", "-1e-3", "1.25", "600586.SH", "a=1", "", "苹果＝"] {
            assert_eq!(harmless(text), text);
        }
    }

    #[test]
    fn no_cell_speaks_to_a_terminal() {
        let mut out = Vec::new();
        row(&mut out, &["a\u{1b}[31mb.md", "one\r\ntwo", "a\u{202e}b", "say \"x\"", "1,5"])
            .expect("a vector takes all");
        assert_eq!(
            String::from_utf8(out).expect("it is text"),
            "a [31mb.md,one  two,ab,\"say \"\"x\"\"\",\"1,5\"\r\n"
        );
    }
}
