//! Writes the problems of a query, with a caret under the place.

use super::{Look, safe, wrap::columns};
use crate::problem::Problem;
use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// Maximum number of characters shown of the marked text; half as many are shown before and after it.
const MAX_MARKED_CHARS: usize = 100;

/// Writes each problem: what is wrong, the line of the text with carets under the place, and the hint.
///
/// # Errors
///
/// Returns the error of `out`.
pub fn problems(out: &mut dyn Write, text: &str, problems: &[Problem], look: &Look) -> io::Result<()> {
    let style = |style: Style| if look.color { style } else { Style::new() };
    for problem in problems {
        let (label, color) =
            if problem.fatal { ("error", AnsiColor::Red) } else { ("note", AnsiColor::Cyan) };
        let label_style = style(color.on_default().bold());
        writeln!(out, "{label_style}{label}{label_style:#}: {}", safe(&problem.message.to_string()))?;
        if problem.span.end > 0 && problem.span.end <= text.len() {
            place(out, text, problem, style(color.on_default()))?;
        }
        if let Some(hint) = &problem.hint {
            let hint_style = style(AnsiColor::Green.on_default());
            writeln!(out, "  {hint_style}hint{hint_style:#}: {}", safe(&hint.to_string()))?;
        }
    }
    Ok(())
}

fn place(out: &mut dyn Write, text: &str, problem: &Problem, style: Style) -> io::Result<()> {
    let boundary = |at: &usize| text.is_char_boundary(*at);
    let start = (0..=problem.span.start).rev().find(boundary).unwrap_or(0);
    let end = (problem.span.end.max(start)..text.len()).find(boundary).unwrap_or(text.len());
    let before = text[..start].chars().rev().take(MAX_MARKED_CHARS / 2).collect::<Vec<_>>();
    let before: String = before.into_iter().rev().collect();
    let (before, marked) = (safe(&before).into_owned(), safe(&text[start..end]).into_owned());
    let marked: String = marked.chars().take(MAX_MARKED_CHARS).collect();
    let after: String = text[end..].chars().take(MAX_MARKED_CHARS / 2).collect();
    writeln!(out, "  {before}{marked}{}", safe(&after))?;
    let carets = "^".repeat(columns(&marked).max(1));
    writeln!(out, "  {}{style}{carets}{style:#}", " ".repeat(columns(&before)))
}
