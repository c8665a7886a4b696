//! `newsdex eval`: measures ranking on a set of documents, queries and judgements.

use super::{
    Interrupted, Outcome,
    examples::Examples,
    filters, on_interrupt,
    settings::{IndexArgs, Settings, TextOrJson, read_text},
};
use crate::{
    eval::{self, EvalSet},
    index::{IndexError, Location, RemoteLocation, WriterOptions},
    query::Synonyms,
    render,
    schema::Schema,
    source::Unpacker,
};
use anyhow::{Context as _, anyhow};
use std::{
    fs::File,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

#[derive(Debug, clap::Args)]
#[command(mut_arg("index", |arg| arg.help(INDEX_HELP).long_help(INDEX_LONG_HELP)))]
pub(super) struct Args {
    /// Folder with docs.jsonl or docs.jsonl.xz, queries.tsv and qrels.tsv
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    index: IndexArgs,
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

const INDEX_HELP: &str = "URL of an index in a cluster, to measure the cluster";
const INDEX_LONG_HELP: &str = "URL of an index in a cluster, to measure the cluster

The set is indexed in an index of its own, whose name goes on after that of this one, and which is removed at the end. This one is not \
read or written. Without a URL, the set is indexed in a temporary folder.";

/// The examples of `newsdex eval --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Measure ranking on a set in the folder judged", "newsdex eval judged"),
    (
        "Write the hits for trec_eval, and show the 20 worst queries",
        "newsdex eval judged --run run.txt --worst 20",
    ),
];

/// What the name of an index in a cluster, in which a set is measured, has after that of the index which was named.
const SCRATCH: &str = "-eval-";

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
    let set = EvalSet::read(queries.as_bytes(), judgements.as_bytes())
        .with_context(|| format!("in {}", args.folder.display()))?;
    let Some(remote) = args.index.remote() else {
        let scratch = tempfile::tempdir().context("cannot create a temporary folder")?;
        let location = Location::from(scratch.path());
        return measure(args, documents, &set, &location, &AtomicBool::new(false), out);
    };
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    on_interrupt(move || {
        if stop.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
        let _ = writeln!(io::stderr(), "removing the index; press Ctrl-C again to stop at once");
    })?;
    let scratch = scratch_beside(&remote)?;
    let measured = measure(args, documents, &set, &Location::Remote(scratch.clone()), &stopped, out);
    match scratch.remove() {
        // It may not have been created.
        Ok(()) | Err(IndexError::Missing(_)) => {}
        Err(error) => filters::tell(&format!("{}: {error}", left_by(&scratch))),
    }
    measured
}

/// The location of a new index beside one that is not touched. Tells those that evaluations which were killed have left.
fn scratch_beside(remote: &RemoteLocation) -> anyhow::Result<RemoteLocation> {
    for left in remote.beside(SCRATCH).continued()? {
        filters::tell(&format!("{}, unless another evaluation still needs it", left_behind(&left)));
    }
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Ok(remote.beside(&format!("{SCRATCH}{}-{seconds}", process::id())))
}

/// What to do with what is left of an evaluation. An engine removes no index by its alias, which the name of this one is.
fn left_by(scratch: &RemoteLocation) -> String {
    let left = scratch.continued().unwrap_or_default();
    left.first().map_or_else(
        || "an evaluation may have left an index, which the next one names".to_owned(),
        left_behind,
    )
}

/// What to do with an index that is left.
fn left_behind(scratch: &RemoteLocation) -> String {
    format!("an evaluation has left the index {0}; `curl -X DELETE {0}` removes it", scratch.url)
}

/// Measures a set in a new index.
fn measure(
    args: &Args,
    documents: impl BufRead,
    set: &EvalSet,
    location: &Location,
    stopped: &AtomicBool,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let within = || format!("in {}", args.folder.display());
    let is_stopped = || stopped.load(Ordering::Relaxed);
    let index = location.create_or_open(&Schema::built_in()?)?;
    let options = WriterOptions { threads: 1, memory: WriterOptions::MEMORY };
    let documents = eval::read_documents(documents).take_while(|_| !is_stopped());
    let count = eval::index(&*index, options, documents).with_context(within)?;
    let synonyms = if args.no_synonyms { Synonyms::default() } else { Synonyms::built_in() };
    let judged = eval::ask(&*index.snapshot()?, set, &synonyms, &is_stopped)?;
    if is_stopped() {
        return Err(Interrupted.into());
    }
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
