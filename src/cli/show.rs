//! `newsdex show`: one article.

use super::{
    Outcome,
    examples::Examples,
    settings::{IndexArgs, Settings, TextOrJson},
};
use crate::render;
use std::io::{self, Write};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Key of the article as hits show it (230905679/en), or its id for its first locale
    key: String,
    #[command(flatten)]
    index: IndexArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex show --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Print the English page of an article", "newsdex show 230905679/en"),
    ("Print an article in its first locale as JSON", "newsdex show 230905679 --format json"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let snapshot = args.index.snapshot()?;
    let Some(kept) = snapshot.article(&args.key)? else {
        // Ignore a closed standard error.
        let _ = writeln!(io::stderr(), "there is no article {}", render::safe(&args.key));
        return Ok(Outcome::Nothing);
    };
    match args.format {
        TextOrJson::Text => render::article_text(out, &kept, &settings.look())?,
        TextOrJson::Json => render::article_json(out, &kept)?,
    }
    Ok(Outcome::Found)
}
