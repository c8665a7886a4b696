//! `newsdex ingest`: brings an index in step with folders of articles.

use super::{
    Outcome, progress,
    settings::{IndexArgs, SchemaArgs, Settings},
};
use crate::{
    article,
    corpus::Corpus,
    engine::{Embedded, Engine, EngineError, WriterOptions},
    ingest::{self, Control, IngestError, Options, Report},
    render,
    schema::Schema,
};
use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use std::{
    fmt::Write as _,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    process,
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Args {
    /// Files and folders of articles; `-` reads one article from standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    /// Read the files whose name, or path below the folder, matches; not those that end in .md, .markdown or .txt
    #[arg(long, value_name = "GLOB")]
    glob: Vec<String>,
    /// Follow symbolic links
    #[arg(long)]
    follow: bool,
    /// Keep the articles whose files are gone
    #[arg(long)]
    keep_missing: bool,
    /// Skip files larger than this
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = bytes)]
    max_file_size: u64,
    /// How many threads build the index, and as many read [default: one a core, and no fewer than 8 that read]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// How much memory the ingest may allocate; about 140 MiB are needed
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = bytes)]
    memory: u64,
    /// Whether a new index keeps the texts of articles, or leaves them in the files [default: as the schema says]
    #[arg(long, value_enum, value_name = "WHAT")]
    store: Option<Store>,
    /// Commit what was read for so long, so that it is safe and can be searched; 0s commits at the end only
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    commit_every: Duration,
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Exit with 1 if any file was skipped
    #[arg(long)]
    strict: bool,
    /// In which form the report is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One object
    Json,
    /// An object a line for each commit, and for each file that was not plainly indexed
    Jsonl,
}

/// Where what is shown of articles is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Store {
    /// In the index: it needs the files no more
    Texts,
    /// In the files alone: the index is smaller by a third or more, and titles and snippets are read from the files
    None,
}

/// What the command line says about the schema.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    schema: Option<Schema>,
    store: Option<Store>,
}

impl Given {
    /// The schema that is wanted, where an index has this one already.
    fn schema(&self, of_index: Option<&Schema>) -> anyhow::Result<Schema> {
        let schema = match self.schema.as_ref().or(of_index) {
            Some(schema) => schema.clone(),
            None => Schema::built_in()?,
        };
        Ok(match self.store {
            Some(store) => schema.with_texts(store == Store::Texts),
            None => schema,
        })
    }
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let given = Given { schema: args.schema.read()?, store: args.store };
    let path = args.index.path()?;
    let options = Options {
        max_file_size: args.max_file_size,
        keep_missing: args.keep_missing,
        commit_every: Some(args.commit_every).filter(|time| !time.is_zero()),
        ..options(args.threads.map(usize::from), args.memory)
    };
    let report = if args.paths.iter().any(|path| path.as_os_str() == "-") {
        if args.paths.len() > 1 || args.dry_run {
            bail!("`-` reads one article, and goes neither with other paths nor with --dry-run");
        }
        let bytes = standard_input(args.max_file_size)?;
        let engine = writable(&path, &given)?;
        if engine.schema().left_in_files().next().is_some() {
            bail!("the index leaves texts in their files, and standard input is none");
        }
        ingest::ingest_bytes(&engine, &bytes, &options)?
    } else {
        let corpus = Corpus::new(&args.paths, &args.glob, args.follow)?;
        let control = Arc::new(Control::default());
        stop_on_interrupt(&control)?;
        let shown = progress::start(&control, args.quiet || args.format != Format::Text);
        let report = if args.dry_run {
            rehearse(&path, &given, &corpus, &options, &control)
        } else {
            let mut committed = |read| {
                if args.format == Format::Jsonl {
                    // Where nobody reads it, the report at the end will say so.
                    let _ = render::committed_jsonl(out, read);
                }
            };
            writable(&path, &given)
                .and_then(|engine| Ok(ingest::ingest(&engine, &corpus, &options, &control, &mut committed)?))
                .map_err(|error| match control.committed.load(Ordering::Relaxed) {
                    0 => error,
                    read => error.context(format!("{read} files were read and committed, and are safe")),
                })
        };
        shown.finish();
        control.ended.store(true, Ordering::Relaxed);
        let report = report?;
        if !args.dry_run && !report.stopped {
            Embedded::ingested(&path)?;
        }
        report
    };
    print(args, settings, &report, out)?;
    let amiss = args.strict && report.skipped.files() > 0;
    Ok(match (report.stopped, amiss) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Nothing,
        (false, false) => Outcome::Found,
    })
}

fn standard_input(limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit.saturating_add(1)).read_to_end(&mut bytes).context("standard input")?;
    if bytes.len() as u64 > limit {
        bail!("standard input is over {limit} bytes (--max-file-size)");
    }
    match article::unreadable(&bytes) {
        Some(code) => bail!("standard input is {code}: there is no article in it"),
        None => Ok(bytes),
    }
}

/// Brings the index of a folder in step before a query, with a word only where something was skipped.
///
/// The right to write is asked for only where something has changed, so that many may ask at once.
pub(super) fn before_query(folder: &Path, index: &Path) -> anyhow::Result<()> {
    let corpus = Corpus::new(&[folder.to_owned()], &[], false)?;
    let control = Arc::new(Control::default());
    let shown = progress::start(&control, false);
    let mut done = None;
    let options = options(None, WriterOptions::MEMORY as u64);
    for attempt in 0.. {
        if let Ok(engine) = Embedded::open(index)
            && ingest::is_current(&engine, &corpus, options.max_file_size)?
        {
            break;
        }
        if attempt == 0 {
            stop_on_interrupt(&control)?;
        }
        let report = writable(index, &Given::default())
            .and_then(|engine| Ok(ingest::ingest(&engine, &corpus, &options, &control, &mut |_| ())?));
        match report {
            // Another process brings it in step; when it is done there is nothing left to do.
            Err(error) if is_locked(&error) && attempt < 600 && !control.stop.load(Ordering::Relaxed) => {
                thread::sleep(Duration::from_millis(100));
            }
            Err(error) => return Err(error),
            Ok(report) if report.stopped => bail!("ended before the folder was read; what was read is kept"),
            Ok(report) => {
                done = Some(report);
                break;
            }
        }
    }
    shown.finish();
    control.ended.store(true, Ordering::Relaxed);
    if let Some(report) = done {
        // Where standard error is closed there is nobody left to tell.
        let _ = io::stderr().write_all(skipped(&report).as_bytes());
    }
    Ok(())
}

pub(super) fn is_locked(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(EngineError::Locked(_))))
        || matches!(error.downcast_ref(), Some(IngestError::Engine(EngineError::Locked(_))))
}

/// Which files were skipped, the first few by name, a line each.
pub(super) fn skipped(report: &Report) -> String {
    let mut said = String::new();
    for note in report.skipped.named().iter().take(3) {
        let _ = writeln!(said, "note: skipped {}: {}", render::safe(&note.path), render::safe(&note.reason));
    }
    if report.skipped.files() > 3 {
        let _ = writeln!(said, "note: skipped {} more files", report.skipped.files() - 3);
    }
    said
}

fn print(args: &Args, settings: &Settings, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    match args.format {
        Format::Text if args.quiet => Ok(()),
        Format::Text => render::report_text(out, report, args.dry_run, &settings.look()),
        Format::Json => render::report_json(out, report),
        Format::Jsonl => render::report_jsonl(out, report),
    }
}

/// The index for writing. Without a schema file it goes on with the one that it remembers.
pub(super) fn writable(path: &Path, given: &Given) -> anyhow::Result<Embedded> {
    let schema = given.schema(Embedded::open(path).ok().as_ref().map(Engine::schema))?;
    Embedded::create_or_open(path, &schema).map_err(other_schema)
}

fn other_schema(error: EngineError) -> anyhow::Error {
    let hint =
        "leave out --schema and --store to go on with what it has, or make a new index with --index DIR";
    match error {
        EngineError::Schema { .. } => anyhow!("{error}; {hint}"),
        error => error.into(),
    }
}

fn rehearse(
    path: &Path,
    given: &Given,
    corpus: &Corpus,
    options: &Options,
    control: &Control,
) -> anyhow::Result<Report> {
    let engine = match Embedded::open(path) {
        Ok(engine) => Some(engine),
        Err(EngineError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let schema = given.schema(engine.as_ref().map(Engine::schema))?;
    let differences = engine.as_ref().map(|engine| engine.schema().differences(&schema)).unwrap_or_default();
    if !differences.is_empty() {
        return Err(other_schema(EngineError::Schema { path: path.to_owned(), differences }));
    }
    let engine = engine.as_ref().map(|engine| engine as &dyn Engine);
    Ok(ingest::rehearse(engine, &schema, corpus, options, control)?)
}

/// So many threads read files, if not told otherwise.
const READERS: usize = 8;

pub(super) fn options(threads: Option<usize>, memory: u64) -> Options {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    // Reading files that are not in memory is waiting, which many can do at once.
    let readers = threads.unwrap_or(cores.max(READERS));
    let threads = threads.unwrap_or(cores);
    let memory = usize::try_from(memory).unwrap_or(usize::MAX);
    Options {
        max_file_size: 64 << 20,
        keep_missing: false,
        commit_every: None,
        readers,
        writer: WriterOptions { threads, memory },
    }
}

/// Lets Ctrl-C end the ingest with what it has done; a second one ends the process.
pub(super) fn stop_on_interrupt(control: &Arc<Control>) -> anyhow::Result<()> {
    let control = Arc::clone(control);
    let handler = move || {
        if control.stop.swap(true, Ordering::Relaxed) || control.ended.load(Ordering::Relaxed) {
            process::exit(130);
        }
        let _ = writeln!(io::stderr(), "ending with what is done; press Ctrl-C again to end at once");
    };
    ctrlc::set_handler(handler).context("failed to watch for Ctrl-C")
}

/// A span of time such as `30s`, `5m` or `1h 30m`.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = |error: jiff::Error| format!("`{text}` is no span of time, as 30s is: {error}");
    let span: jiff::SignedDuration = text.parse().map_err(wrong)?;
    Duration::try_from(span).map_err(wrong)
}

/// A size such as `64MiB`, `10MB`, `500k` or `1000`.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        unit => return Err(format!("`{unit}` is no unit; use KiB, MiB or GiB")),
    };
    let number: u64 = digits.trim().parse().map_err(|_| format!("`{text}` is no size, as 64MiB is"))?;
    number.checked_mul(unit).ok_or_else(|| format!("`{text}` is too large"))
}
