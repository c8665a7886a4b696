//! `newsdex save`: saves queries under names, for use in other queries as `query:NAME`.

use super::{
    Outcome,
    examples::Examples,
    filters, hinted,
    settings::{IndexArgs, Settings},
};
use crate::{
    query::{Language, is_name, write_saved},
    render,
    schema::Schema,
    search,
};
use anyhow::Context as _;
use std::{
    fs,
    io::{self, Write},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Name of the query; without one, list all saved queries
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Query to save; without one, print the saved query
    #[arg(value_name = "QUERY")]
    words: Vec<String>,
    /// Delete the saved query
    #[arg(long, requires = "name", conflicts_with = "words")]
    remove: bool,
    /// The index whose fields the query may name
    #[command(flatten)]
    index: IndexArgs,
}

/// The examples of `newsdex save --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Save a query", "newsdex save cells 'perovskite OR \"solar cell\"'"),
    ("Use it", "newsdex query query:cells --since 2025"),
    ("List the saved queries", "newsdex save"),
    ("Delete it", "newsdex save cells --remove"),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut saved = Settings::saved()?;
    let Some(name) = &args.name else {
        for (name, text) in &saved {
            writeln!(out, "{}\t{}", render::safe(name), render::safe(text))?;
        }
        return Ok(if saved.is_empty() { Outcome::Nothing } else { Outcome::Found });
    };
    let text = args.words.join(" ");
    if args.remove || text.trim().is_empty() {
        let Some(text) = saved.get(name) else {
            // Ignore a closed standard error.
            let _ = writeln!(io::stderr(), "there is no saved query {}", render::safe(name));
            return Ok(Outcome::Nothing);
        };
        if !args.remove {
            writeln!(out, "{}", render::safe(text))?;
            return Ok(Outcome::Found);
        }
        saved.remove(name);
    } else {
        if !is_name(name) {
            let message = format!("`{name}` is not a valid query name");
            return Err(hinted(message, "a name has at most 64 letters, digits, `-` and `_`"));
        }
        let told = |error| filters::query_error(error, settings);
        // Reject a query that cannot be parsed or that contains itself.
        let schema = match args.index.open() {
            Ok(index) => index.schema().clone(),
            Err(_) => Schema::built_in()?,
        };
        let mut language = Language::new(schema.query_fields(), settings.clock.clone());
        language.saved.clone_from(&saved);
        search::read(&text, &language).map_err(told)?;
        saved.insert(name.clone(), text);
        language.saved.clone_from(&saved);
        search::read(&format!("query:{name}"), &language).map_err(told)?;
    }
    let path = Settings::saved_path()?;
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Write a new file and rename it, so that a full disk does not destroy the old one.
    let new = path.with_extension("yaml.new");
    fs::write(&new, write_saved(&saved)?).with_context(|| format!("cannot write {}", new.display()))?;
    fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(Outcome::Found)
}
