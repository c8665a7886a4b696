//! Wraps styled text into the lines of a terminal.

use anstyle::Style;
use std::io::{self, Write};

/// The width of a text in terminal columns: East Asian wide characters take two.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

fn width(c: char) -> usize {
    if is_wide(c) { 2 } else { 1 }
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}')
}

/// Writes pieces of text, each in its style, on lines of at most `room` columns; all but the first line are
/// indented by `indent` columns. Without a `room` there is one line.
pub(super) fn write(
    out: &mut dyn Write,
    pieces: &[(Style, String)],
    indent: usize,
    room: Option<usize>,
) -> io::Result<()> {
    let styled = |(style, text): &(Style, String)| text.chars().map(|c| (*style, c)).collect::<Vec<_>>();
    let text: Vec<(Style, char)> = pieces.iter().flat_map(styled).collect();
    let mut rest = text.as_slice();
    let mut first = true;
    while first || !rest.is_empty() {
        if !first {
            write!(out, "{:indent$}", "")?;
        }
        let (line, after) = rest.split_at(room.map_or(rest.len(), |room| line_end(rest, room)));
        let spaces = line.iter().rev().take_while(|(_, c)| *c == ' ' && !after.is_empty()).count();
        for run in line[..line.len() - spaces].chunk_by(|(a, _), (b, _)| a == b) {
            let style = run[0].0;
            let run: String = run.iter().map(|(_, c)| c).collect();
            write!(out, "{style}{run}{style:#}")?;
        }
        writeln!(out)?;
        rest = &after[after.iter().take_while(|(_, c)| *c == ' ').count()..];
        first = false;
    }
    Ok(())
}

/// How many characters go on a line: up to the last place where it may break, at least one.
fn line_end(text: &[(Style, char)], room: usize) -> usize {
    let (mut used, mut last) = (0, 0);
    for (index, (_, c)) in text.iter().enumerate() {
        if used + width(*c) > room && *c != ' ' {
            return if last > 0 { last } else { index.max(1) };
        }
        used += width(*c);
        // A line may break after a space or an ideograph, but not before closing punctuation.
        let next = text.get(index + 1).map(|(_, next)| *next);
        let closing = next.is_some_and(|next| "，。、；：！？）》」』”’%".contains(next));
        if *c == ' ' || is_wide(*c) && !closing {
            last = index + 1;
        }
    }
    text.len()
}
