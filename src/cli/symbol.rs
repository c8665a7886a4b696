//! `newsdex symbol`: how a notation is read, and its spelling in other systems.

use super::{
    Outcome,
    examples::Examples,
    settings::{Settings, TextOrJson},
};
use crate::{render, symbol::Symbol};
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One notation, which may contain spaces (600586 CH Equity), or several
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex symbol --help`.
pub(super) const EXAMPLES: Examples = &[
    ("How other vendors write a security", "newsdex symbol 600586.CN"),
    ("A notation with spaces", "newsdex symbol 600586 CH Equity"),
    ("Several notations as JSON", "newsdex symbol 700.HK AAPL --format json"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let whole = args.words.join(" ");
    let notations = if Symbol::parse(&whole).is_some() { vec![whole] } else { args.words.clone() };
    let mut outcome = Outcome::Found;
    for notation in &notations {
        let Some(symbol) = Symbol::parse(notation) else {
            // Ignore a closed standard error.
            let _ = writeln!(io::stderr(), "{} is not a security notation", render::safe(notation));
            outcome = Outcome::Nothing;
            continue;
        };
        match args.format {
            TextOrJson::Text => render::symbol_text(out, notation, &symbol, &settings.look())?,
            TextOrJson::Json => render::symbol_json(out, notation, &symbol)?,
        }
    }
    Ok(outcome)
}
