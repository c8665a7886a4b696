//! The examples of the commands, for `--help` and the man pages.

use clap::builder::styling::Styles;
use std::fmt::Write as _;

/// For each example, what it does and its shell command.
pub(super) type Examples = &'static [(&'static str, &'static str)];

/// The examples section of a command's help.
pub(super) fn section(examples: Examples) -> String {
    let styles = Styles::styled();
    let header = styles.get_header();
    let mut text = format!("{header}Examples:{header:#}");
    for (what, line) in examples {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  # {what}\n  {line}");
    }
    text
}
