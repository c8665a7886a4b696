//! `newsdex eval`: measures ranking on a set of documents, queries and judgements.

use super::{
    Outcome,
    examples::Examples,
    settings::{Settings, TextOrJson, read_text},
};
use crate::{
    eval::{self, EvalSet},
    index::{Location, WriterOptions},
    query::Synonyms,
    render,
    schema::Schema,
    source::Unpacker,
};
use anyhow::{Context as _, anyhow};
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder with docs.jsonl or docs.jsonl.xz, queries.tsv and qrels.tsv
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Also write the hits to this file, in the TREC run format that `trec_eval` reads
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Show this many queries, those with the lowest nDCG@10
    #[arg(long, default_value_t = 5, value_name = "N")]
    worst: usize,
    /// Ask for words without their synonyms
    #[arg(long)]
    no_synonyms: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

/// The examples of `newsdex eval --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Measure ranking on a set in the folder judged", "newsdex eval judged"),
    (
        "Write the hits for trec_eval, and show the 20 worst queries",
        "newsdex eval judged --run run.txt --worst 20",
    ),
];

pub(super) fn run(args: &Args, _: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let plain = args.folder.join("docs.jsonl");
    let packed = args.folder.join("docs.jsonl.xz");
    let documents = if !plain.exists() && packed.exists() { packed } else { plain };
    let documents =
        Unpacker::new(open(&documents)?).with_context(|| format!("cannot read {}", documents.display()))?;
    let text = |name| {
        let path = args.folder.join(name);
        read_text(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (queries, judgements) = (text("queries.tsv")?, text("qrels.tsv")?);
    let within = || format!("in {}", args.folder.display());
    let set = EvalSet::read(queries.as_bytes(), judgements.as_bytes()).with_context(within)?;

    let scratch = tempfile::tempdir().context("cannot create a temporary folder")?;
    let schema = Schema::built_in()?;
    let index = Location::from(scratch.path()).create_or_open(&schema)?;
    let options = WriterOptions { threads: 1, memory: WriterOptions::MEMORY };
    let count = eval::index(&*index, options, eval::read_documents(documents)).with_context(within)?;
    let synonyms = if args.no_synonyms { Synonyms::default() } else { Synonyms::built_in() };
    let judged = eval::ask(&*index.snapshot()?, &set, &synonyms)?;
    if judged.is_empty() {
        return Err(anyhow!("no query in {} has a relevance judgement", args.folder.display()));
    }
    if let Some(path) = &args.run {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = io::BufWriter::new(file);
        render::trec_run(&mut file, &judged).and_then(|()| file.flush())?;
    }
    match args.format {
        TextOrJson::Text => render::eval_text(out, count, &judged, args.worst)?,
        TextOrJson::Json => render::eval_json(out, count, &judged, args.worst)?,
    }
    Ok(Outcome::Found)
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}
