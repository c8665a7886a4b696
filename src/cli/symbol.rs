//! `newsdex symbol`: how a notation is read, and its spelling in other systems.

use super::{
    Outcome,
    examples::Examples,
    settings::{IndexArgs, Settings, TextOrJson},
};
use crate::{render, schema::Schema, search};
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One notation or name, which may contain spaces (600586 CH Equity), or several
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex symbol --help`.
pub(super) const EXAMPLES: Examples = &[
    ("How other vendors write a security", "newsdex symbol 600586.CN"),
    ("A notation with spaces", "newsdex symbol 600586 CH Equity"),
    ("A security by the name that articles give it", "newsdex symbol tesla"),
    ("Several notations as JSON", "newsdex symbol 700.HK AAPL --format json"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    // A notation that says enough needs no index.
    let snapshot = args.index.snapshot();
    let index = snapshot.as_ref().ok().map(AsRef::as_ref);
    let schema = args.index.location()?.schema().map_or_else(Schema::built_in, Ok)?;
    let names = Settings::names(&schema)?;
    let whole = args.words.join(" ");
    let mut found = vec![(whole.clone(), search::look_up(index, &names, &whole)?)];
    if found[0].1.0.is_empty() && args.words.len() > 1 {
        let each = args.words.iter().map(|word| Ok((word.clone(), search::look_up(index, &names, word)?)));
        let each = each.collect::<anyhow::Result<Vec<_>>>()?;
        // Words that mean nothing were not several notations.
        if each.iter().any(|(_, (symbols, _))| !symbols.is_empty()) {
            found = each;
        }
    }
    let mut outcome = Outcome::Found;
    for (typed, (symbols, note)) in &found {
        if symbols.is_empty() {
            let unknown = || {
                let names = if index.is_some() { "" } else { "; a name is looked up in an index" };
                format!("`{typed}` is not a security notation{names}")
            };
            let said = note.as_ref().map_or_else(unknown, ToString::to_string);
            // Ignore a closed standard error.
            let _ = writeln!(io::stderr(), "{}", render::safe(&said));
            outcome = Outcome::Nothing;
        }
        for symbol in symbols {
            let name = index.map(|index| search::name_of(index, symbol)).transpose()?;
            let name = name.flatten();
            match args.format {
                TextOrJson::Text => {
                    render::symbol_text(out, typed, name.as_deref(), symbol, &settings.look())?;
                }
                TextOrJson::Json => render::symbol_json(out, typed, name.as_deref(), symbol)?,
            }
        }
    }
    Ok(outcome)
}
