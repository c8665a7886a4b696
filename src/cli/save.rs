//! `newsdex save`: saves queries under names, for use in other queries as `query:NAME`.

use super::{
    Outcome,
    examples::Examples,
    filters, hinted,
    settings::{IndexArgs, Settings},
};
use crate::{
    index::KeyCounts,
    query::{Language, is_name, write_saved},
    render,
    schema::Schema,
    search,
};
use anyhow::Context as _;
use fs4::fs_std::FileExt as _;
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// At most this many symbolic links are followed from one to the next, as by Linux.
const MAX_LINKS: usize = 40;

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
    let Some(name) = &args.name else {
        let saved = Settings::saved()?;
        for (name, text) in &saved {
            writeln!(out, "{}\t{}", render::safe(name), render::safe(text))?;
        }
        return Ok(if saved.is_empty() { Outcome::Nothing } else { Outcome::Found });
    };
    let text = args.words.join(" ");
    if !args.remove && text.trim().is_empty() {
        let Some(text) = Settings::saved()?.remove(name) else { return Ok(missing(name)) };
        writeln!(out, "{}", render::safe(&text))?;
        return Ok(Outcome::Found);
    }
    let path = Settings::saved_path()?;
    let cannot_write = || format!("cannot write {}", path.display());
    let _lock = lock(&path).with_context(cannot_write)?;
    // Read under the lock: what others save meanwhile would be lost.
    let mut saved = Settings::saved()?;
    if !args.remove {
        check(name, &text, &saved, args, settings)?;
        saved.insert(name.clone(), text);
    } else if saved.remove(name).is_none() {
        return Ok(missing(name));
    }
    replace(&path, &write_saved(&saved)?).with_context(cannot_write)?;
    Ok(Outcome::Found)
}

fn missing(name: &str) -> Outcome {
    // Ignore a closed standard error.
    let _ = writeln!(io::stderr(), "there is no saved query {}", render::safe(name));
    Outcome::Nothing
}

/// Refuses a query that has no name, cannot be parsed or contains itself.
fn check(
    name: &str,
    text: &str,
    saved: &BTreeMap<String, String>,
    args: &Args,
    settings: &Settings,
) -> anyhow::Result<()> {
    if !is_name(name) {
        let message = format!("`{name}` is not a valid query name");
        return Err(hinted(message, "a name has at most 64 letters, digits, `-` and `_`"));
    }
    let told = |error| filters::query_error(error, settings);
    let (schema, keys) = match args.index.open() {
        Ok(index) => (index.schema().clone(), index.snapshot()?.keys()?),
        Err(_) => (Schema::built_in()?, KeyCounts::default()),
    };
    let mut language = Language::new(schema.query_fields(), settings.clock.clone());
    language.saved.clone_from(saved);
    search::read(text, &language, &keys).map_err(told)?;
    language.saved.insert(name.to_owned(), text.to_owned());
    search::read(&format!("query:{name}"), &language, &keys).map_err(told)?;
    Ok(())
}

/// Locks a file by another one beside it, since the file itself is replaced, and creates their folder. Waits for processes
/// that hold the lock; it ends when the returned file is closed.
fn lock(path: &Path) -> io::Result<File> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let lock = File::options().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
    lock.lock_exclusive()?;
    Ok(lock)
}

/// The file that a path leads to through symbolic links; it need not exist. Fails if they lead nowhere.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Ok(next) = fs::read_link(&path) else { return Ok(path) };
        // A relative link is relative to its folder.
        path.pop();
        path.push(next);
    }
    Err(io::Error::other("too many symbolic links"))
}

/// Replaces a file by renaming a new one, so that a full disk or a power cut leaves the old one whole.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = target(path)?;
    let folder = path.parent().unwrap_or(&path);
    let mut named = tempfile::Builder::new();
    let mut new = named.prefix("queries.").suffix(".new").make_in(folder, |path| File::create_new(path))?;
    new.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(&path) {
        new.as_file().set_permissions(old.permissions())?;
    }
    new.as_file().sync_all()?;
    new.persist(&path).map(drop).map_err(|error| error.error)
}
