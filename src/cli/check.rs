//! `newsdex check` and `newsdex repair`: whether an index is sound, and how it becomes so again.

use super::{
    Outcome,
    settings::{IndexArgs, TextOrJson},
};
use crate::{
    corpus::Corpus,
    engine::{Embedded, Lost, WriterOptions},
    ingest::{self, Control},
    render::{self, Recovered},
};
use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// Where the index is sound, also compare the files with what they were when they were ingested
    #[arg(long)]
    files: bool,
    /// In which form
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

#[derive(Debug, clap::Args)]
pub(super) struct RepairArgs {
    #[command(flatten)]
    index: IndexArgs,
    /// In which form
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let findings = Embedded::check(&args.index.path()?, args.files)?;
    match args.format {
        TextOrJson::Text => render::findings_text(out, &findings)?,
        TextOrJson::Json => render::findings_json(out, &findings)?,
    }
    Ok(if findings.is_empty() { Outcome::Found } else { Outcome::Nothing })
}

pub(super) fn repair(args: &RepairArgs, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let path = args.index.path()?;
    let repaired = Embedded::repair(&path)?;
    let mut recovered = Recovered { read: 0, missing: Vec::new(), repaired };
    if !recovered.repaired.lost.is_empty() {
        let lost = &recovered.repaired.lost;
        let corpus = Corpus::of_files(lost.iter().map(|lost| (root_of(lost), PathBuf::from(&lost.path))));
        let options = ingest::Options {
            keep_missing: true,
            ..super::ingest::options(None, WriterOptions::MEMORY as u64)
        };
        let control = Arc::new(Control::default());
        super::ingest::stop_on_interrupt(&control)?;
        let engine = super::ingest::writable(&path, &super::ingest::Given::default())?;
        ingest::ingest(&engine, &corpus, &options, &control, &mut |_| ())?;
        let again = crate::engine::Engine::inventory(&engine)?;
        let missing =
            lost.iter().filter(|lost| !again.files.contains_key(&crate::engine::path_hash(&lost.path)));
        recovered.missing = missing.map(|lost| lost.path.clone()).collect();
        recovered.read = lost.len() - recovered.missing.len();
    }
    match args.format {
        TextOrJson::Text => render::recovered_text(out, &recovered)?,
        TextOrJson::Json => render::recovered_json(out, &recovered)?,
    }
    let whole = recovered.missing.is_empty() && recovered.repaired.unnamed == 0;
    Ok(if whole { Outcome::Found } else { Outcome::Nothing })
}

/// The folder by which a file's name was told: an article that has no other id has its path below that.
fn root_of(lost: &Lost) -> PathBuf {
    let path = Path::new(&lost.path);
    let parent = || path.parent().unwrap_or(path).to_owned();
    let Some(id) = &lost.id else { return parent() };
    let stem = path.with_extension("");
    if !stem.ends_with(id) {
        return parent();
    }
    stem.ancestors().nth(Path::new(id).components().count()).map_or_else(parent, Path::to_owned)
}
