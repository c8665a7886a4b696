//! `newsdex ingest`: updates an index from folders of articles.

use super::{
    Interrupted, Outcome,
    examples::Examples,
    filters, hinted, index_error, limits,
    lock::{self, LockArgs},
    on_interrupt, progress,
    settings::{IndexArgs, SchemaArgs, Settings},
};
use crate::{
    article,
    index::{Index, IndexError, Location, WriterOptions},
    ingest::{self, Control, EmptyRoot, FileNote, Options, Report},
    render::{self, Effect},
    schema::Schema,
    source::{Contents, InputFormat, PassedOver, Source, is_below},
};
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use std::{
    collections::HashSet,
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
    /// Files and folders to index; `-` reads standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    schema: SchemaArgs,
    #[command(flatten)]
    lock: LockArgs,
    /// Only read files whose name or relative path matches [default: those whose extension is that of a format]
    #[arg(long, value_name = "GLOB")]
    glob: Vec<String>,
    /// Read all files as this, whatever their extensions: auto, markdown, html, json, jsonl, csv, tsv or feed
    ///
    /// `auto` reads a file as its extension says. Standard input, and a file named here whose extension says nothing, are read as
    /// JSON, a feed or a web page if they begin like one, else as Markdown.
    #[arg(long, value_name = "FORMAT", default_value_t = InputFormat::Auto)]
    input_format: InputFormat,
    /// Follow symbolic links
    #[arg(long)]
    follow: bool,
    /// Keep articles whose files are gone
    #[arg(long)]
    keep_missing: bool,
    /// Remove the articles of a folder that holds no files any more
    ///
    /// Otherwise they stay, as the disk of an empty folder may not be mounted, and the exit status is 1.
    #[arg(long, conflicts_with = "keep_missing")]
    allow_empty: bool,
    /// Skip files larger than this
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = bytes)]
    max_file_size: u64,
    /// Number of threads that read files, and of threads that build the index [default: one per core; readers are
    /// added while files are not in the page cache]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Limits heap memory; memory-mapped index pages are not counted
    ///
    /// An ingest needs about 140 MiB.
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = bytes)]
    memory: u64,
    /// What a new index stores of texts [default: as the schema says]
    #[arg(long, value_enum, value_name = "WHAT")]
    store: Option<Store>,
    /// Commit at this interval; a commit is durable and searchable; 0s commits only at the end
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = lock::duration)]
    commit_every: Duration,
    /// Print only errors
    #[arg(long, short)]
    quiet: bool,
    /// Dry run: report what an ingest would do, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// With --dry-run: show for the first three records of each file what is taken from where
    #[arg(long, requires = "dry_run", conflicts_with = "quiet")]
    explain: bool,
    /// Build the index anew beside the present one, and replace it at the end
    ///
    /// For an index of an older format, another schema, or a damaged one. Until the end, the present index is served;
    /// an ingest that is stopped or killed leaves it as it was.
    #[arg(long, conflicts_with = "keep_missing")]
    reindex: bool,
    /// Exit with status 1 if a file was skipped
    #[arg(long)]
    strict: bool,
    /// List the files of folders that are ignored because of their extension
    #[arg(long)]
    list_ignored: bool,
    /// Output format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// The examples of `newsdex ingest --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Index an archive; run it again after files have changed", "newsdex ingest ~/news"),
    (
        "See what an ingest would do, and what it takes from which keys",
        "newsdex ingest ~/news --dry-run --explain",
    ),
    ("Give a folder an index of its own", "newsdex ingest ~/news/en --index ~/english"),
    (
        "Commit every 10 s, with at most 512 MiB of heap memory",
        "newsdex ingest ~/news --commit-every 10s --memory 512MiB",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text
    Text,
    /// One JSON object
    Json,
    /// JSON Lines: one object per commit, and per file that was skipped or repaired or, with --list-ignored, ignored
    Jsonl,
}

/// Where what is shown of articles is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Store {
    /// Titles, texts and links: the index does not need the files any more
    Texts,
    /// No texts: the index is at least a third smaller, and titles and snippets are read from the files
    None,
}

/// The arguments that affect the schema.
#[derive(Clone, Debug, Default)]
pub(super) struct IngestArgs {
    schema: Option<Schema>,
    store: Option<Store>,
}

impl IngestArgs {
    /// The schema of an index that is built anew: as requested, where the built-in schema counts as it is now.
    fn schema_of_new(&self, location: &Location) -> anyhow::Result<Schema> {
        let old = match location.schema() {
            Some(old) if old.file().is_none() => {
                Some(Schema::built_in()?.with_texts(old.left_in_files().next().is_none()))
            }
            old => old,
        };
        self.schema(old.as_ref())
    }

    /// The requested schema: that of the file, else of the index.
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
    let given = IngestArgs { schema: args.schema.read()?, store: args.store };
    let location = args.index.location()?;
    let options = Options {
        max_file_size: args.max_file_size,
        keep_missing: args.keep_missing,
        allow_empty: args.allow_empty,
        commit_every: Some(args.commit_every).filter(|time| !time.is_zero()),
        ..options(args.threads.map(usize::from), args.memory)?
    };
    let mut effect = if args.dry_run { Effect::DryRun } else { Effect::Committed };
    let report = if args.paths.iter().any(|path| path.as_os_str() == "-") {
        if args.paths.len() > 1 || args.dry_run || args.reindex {
            bail!("`-` (standard input) cannot be combined with other paths, --dry-run or --reindex");
        }
        let bytes = standard_input(args.max_file_size)?;
        let contents = Contents::of_start(&bytes[..bytes.len().min(START)], args.input_format);
        let index = lock::wait(args.lock.limit(&location), || false, || writable(&location, &given))?;
        if index.schema().left_in_files().next().is_some() {
            bail!(
                "this index reads texts from their files (--store none), so it cannot hold an article from standard input"
            );
        }
        lock::wait(
            args.lock.limit(&location),
            || false,
            || Ok(ingest::ingest_bytes(&*index, &bytes, contents, &options)?),
        )?
    } else {
        let source = Source::new(&args.paths, &args.glob, args.follow)?
            .with_format(args.input_format)
            .listing_ignored(args.list_ignored);
        if args.explain {
            if args.format != Format::Text {
                bail!("`--explain` is text for people: it cannot be combined with another --format");
            }
            let (_, schema) = before_dry_run(&location, &given, args.reindex)?;
            let look = settings.look();
            ingest::explain(&source, &schema.keys(), args.max_file_size, &mut |explained| {
                render::explained(out, explained, &look)
            })?;
        }
        let control = Arc::new(Control::default());
        stop_on_interrupt(&control)?;
        let shown = progress::start(&control, args.quiet || args.format != Format::Text);
        let report = if args.dry_run {
            dry_run(&location, &given, args.reindex, &source, &options, &control)
        } else {
            let mut committed = |read| {
                if args.format == Format::Jsonl {
                    // Ignore errors here: printing the report will fail too.
                    let _ = render::commit_jsonl(out, read);
                }
            };
            let mut write = || {
                if args.reindex {
                    match reindex(&location, &given, &source, &options, &control) {
                        // Without an index, a new one is made in its place.
                        Err(error) if matches!(index_error(&error), Some(IndexError::Missing(_))) => {}
                        Ok(report) if !report.stopped && report.emptied.is_empty() => {
                            committed(control.read.load(Ordering::Relaxed));
                            return Ok(report);
                        }
                        other => {
                            effect = Effect::Dropped;
                            return other;
                        }
                    }
                }
                let index = writable(&location, &given)?;
                Ok(ingest::ingest(&*index, &source, &options, &control, &mut committed)?)
            };
            lock::wait(args.lock.limit(&location), || control.stop.load(Ordering::Relaxed), &mut write)
                .map_err(|error| match control.committed.load(Ordering::Relaxed) {
                    0 => error,
                    _ if args.reindex => error,
                    read => error.context(format!("the ingest failed after it had committed {read} files")),
                })
        };
        shown.finish();
        control.ended.store(true, Ordering::Relaxed);
        report?
    };
    print(args, settings, &report, effect, out)?;
    for root in &report.emptied {
        filters::tell(&format!("{}; --allow-empty removes it", kept(root)));
    }
    let is_rejected = report.skipped.by_code().contains_key(ingest::REJECTED);
    let amiss = args.strict && report.skipped.files() > 0 || !report.emptied.is_empty() || is_rejected;
    Ok(match (report.stopped, amiss) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Nothing,
        (false, false) => Outcome::Found,
    })
}

/// As many bytes of standard input tell what it is.
const START: usize = 16 << 10;

fn standard_input(limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .context("cannot read standard input")?;
    if bytes.len() as u64 > limit {
        bail!("standard input is larger than {limit} bytes (--max-file-size)");
    }
    match article::unreadable(&bytes) {
        Some(code) => bail!("standard input holds no article ({code})"),
        None => Ok(bytes),
    }
}

/// How long a query waits for another process that writes the index of its folder.
const BEFORE_QUERY: Duration = Duration::from_secs(60);

/// Updates the index of a folder before a query. Prints only which files were skipped.
///
/// Takes the write lock only if something has changed, so that many queries can run at once.
pub(super) fn before_query(folder: &Path, location: &Location) -> anyhow::Result<()> {
    let source = Source::new(&[folder.to_owned()], &[], false)?;
    let control = Arc::new(Control::default());
    let shown = progress::start(&control, false);
    let options = options(None, WriterOptions::MEMORY as u64)?;
    let mut watches = false;
    let mut write = || {
        // Another process may have updated it meanwhile.
        if let Ok(index) = location.open()
            && ingest::is_current(&*index.snapshot()?, &source, options.max_file_size)?
        {
            return Ok(None);
        }
        if !std::mem::replace(&mut watches, true) {
            stop_on_interrupt(&control)?;
        }
        let given = IngestArgs::default();
        match writable(location, &given) {
            Ok(index) => Ok(Some(ingest::ingest(&*index, &source, &options, &control, &mut |_| ())?)),
            Err(error) if matches!(index_error(&error), Some(IndexError::Older { .. })) => {
                reindex(location, &given, &source, &options, &control).map(Some)
            }
            Err(error) => Err(error),
        }
    };
    let done = lock::wait(BEFORE_QUERY, || control.stop.load(Ordering::Relaxed), &mut write);
    shown.finish();
    control.ended.store(true, Ordering::Relaxed);
    let done = done?;
    if done.as_ref().is_some_and(|report| report.stopped) {
        return Err(Interrupted.into());
    }
    if let Some(report) = done {
        let kept = |root| format!("{}; `newsdex ingest --allow-empty` removes it", kept(root));
        for note in skipped(&report).into_iter().chain(report.emptied.iter().map(kept)) {
            filters::tell(&note);
        }
    }
    Ok(())
}

/// Says that the articles of a root without files were kept.
pub(super) fn kept(root: &EmptyRoot) -> String {
    let files = if root.files == 1 { "1 file".to_owned() } else { format!("{} files", root.files) };
    format!("{} holds no files; the index keeps what it has of {files} from there", root.path)
}

/// Notes on skipped files: the first three by path, then the number of the others.
pub(super) fn skipped(report: &Report) -> Vec<String> {
    let named = report.skipped.named().iter().take(3);
    let mut notes: Vec<String> =
        named.map(|note| format!("skipped {}: {}", note.place(), note.reason)).collect();
    if report.skipped.files() > 3 {
        notes.push(format!("skipped {} more files", report.skipped.files() - 3));
    }
    notes
}

fn print(
    args: &Args,
    settings: &Settings,
    report: &Report,
    effect: Effect,
    out: &mut dyn Write,
) -> io::Result<()> {
    match args.format {
        Format::Text if args.quiet => Ok(()),
        Format::Text => render::report_text(out, report, effect, &settings.look()),
        Format::Json => render::report_json(out, report),
        Format::Jsonl => render::report_jsonl(out, report),
    }
}

/// The index for writing, created if missing. Without a schema file it keeps its schema.
pub(super) fn writable(location: &Location, given: &IngestArgs) -> anyhow::Result<Arc<dyn Index>> {
    let schema = given.schema(location.schema().as_ref())?;
    Ok(location.create_or_open(&schema)?)
}

/// Builds the index anew, and replaces the present one unless the ingest is stopped. Without a schema file the new index
/// keeps the schema of the present one; of the built-in schema it takes the fields that it has now.
///
/// An index with articles from elsewhere than `source` is refused, as the new one would lack them.
fn reindex(
    location: &Location,
    given: &IngestArgs,
    source: &Source,
    options: &Options,
    control: &Control,
) -> anyhow::Result<Report> {
    let rebuild = location.rebuild(&given.schema_of_new(location)?)?;
    let (roots, old) = (source.roots(), rebuild.old_paths()?);
    let outside = |path: &&String| !roots.iter().any(|root| is_below(path, root));
    let outside: Vec<&String> = old.iter().filter(outside).collect();
    if let Some(first) = outside.first() {
        let articles = if outside.len() == 1 { "an article" } else { "articles" };
        return Err(hinted(
            format!("the index at {location} also has {articles} from outside of the given paths: {first}"),
            "name all folders that it was made from, or ingest into a new folder with --index DIR",
        ));
    }
    let keep_emptied = |report: &mut Report| {
        let emptied = if options.allow_empty { Vec::new() } else { source.empty_roots() };
        for root in emptied {
            report.kept(&root, old.iter().filter(|path| is_below(path, &root)).count());
        }
        report.emptied.is_empty()
    };
    let mut report = Report::default();
    // Once before, as the ingest may take long, and once after it, as a disk may go meanwhile.
    if keep_emptied(&mut report) {
        report = ingest::ingest(rebuild.index(), source, options, control, &mut |_| ())?;
        let old: HashSet<&str> = old.iter().map(String::as_str).collect();
        if let Some(error) = lost(&report, &old) {
            return Err(error);
        }
    }
    if report.stopped {
        filters::tell("the ingest was stopped, so the present index stays as it was");
    } else if !report.emptied.is_empty() || !keep_emptied(&mut report) {
        filters::tell("a folder holds no files, so the present index stays as it was");
    } else {
        rebuild.replace()?;
    }
    Ok(report)
}

/// Why a new index would lack an article that the old one has: a file with one was not read, or the engine did not take it.
fn lost(report: &Report, old: &HashSet<&str>) -> Option<anyhow::Error> {
    let is_rejected = |note: &&FileNote| note.code == ingest::REJECTED;
    let named = || report.skipped.named().iter();
    let is_lost = |note: &&FileNote| PassedOver::is_unread(&note.code) || is_rejected(note);
    if let Some(note) = named().filter(is_lost).find(|note| old.contains(&*note.path)) {
        let (failed, instead) = if is_rejected(&note) {
            ("index", "change the file so that the engine takes it, or remove it")
        } else {
            ("read", "make the file readable, or remove it")
        };
        return Some(hinted(
            format!("cannot {failed} {}, which the present index has: {}", note.path, note.reason),
            format!("the present index stays as it was; {instead}"),
        ));
    }
    let rejected = report.skipped.by_code().get(ingest::REJECTED).copied().unwrap_or_default();
    let others = rejected - named().filter(is_rejected).count() as u64;
    (others > 0).then(|| {
        hinted(
            format!(
                "the engine rejected {rejected} documents, perhaps also of files that the present index has"
            ),
            "the present index stays as it was; it is not known of which files all of them are",
        )
    })
}

fn dry_run(
    location: &Location,
    given: &IngestArgs,
    reindex: bool,
    source: &Source,
    options: &Options,
    control: &Control,
) -> anyhow::Result<Report> {
    let (index, schema) = before_dry_run(location, given, reindex)?;
    let snapshot = index.as_ref().map(|index| index.snapshot()).transpose()?;
    Ok(ingest::dry_run(snapshot.as_deref(), &schema, source, options, control)?)
}

/// The index that a dry run would update, if there is one, and the schema by which files are read.
fn before_dry_run(
    location: &Location,
    given: &IngestArgs,
    reindex: bool,
) -> anyhow::Result<(Option<Arc<dyn Index>>, Schema)> {
    if reindex {
        return Ok((None, given.schema_of_new(location)?));
    }
    let index = match location.open() {
        Ok(index) => Some(index),
        Err(IndexError::Missing(_)) => None,
        Err(error) => return Err(error.into()),
    };
    let schema = given.schema(index.as_deref().map(Index::schema))?;
    let differences = index.as_ref().map(|index| index.schema().differences(&schema)).unwrap_or_default();
    if !differences.is_empty() {
        return Err(IndexError::Schema { location: location.clone(), differences }.into());
    }
    Ok((index, schema))
}

/// Up to this many threads read files that are not in the page cache, unless `--threads` says otherwise.
const MAX_READERS: usize = 8;

pub(super) fn options(threads: Option<usize>, memory: u64) -> anyhow::Result<Options> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    limits::within_address_space(Options {
        max_file_size: 64 << 20,
        keep_missing: false,
        allow_empty: false,
        commit_every: None,
        readers: threads.map_or(cores..=cores.max(MAX_READERS), |threads| threads..=threads),
        writer: WriterOptions {
            threads: threads.unwrap_or(cores),
            memory: usize::try_from(memory).unwrap_or(usize::MAX),
        },
    })
}

/// Makes Ctrl-C stop the ingest after a last commit; a second Ctrl-C ends the process.
pub(super) fn stop_on_interrupt(control: &Arc<Control>) -> anyhow::Result<()> {
    let control = Arc::clone(control);
    let handler = move || {
        if control.stop.swap(true, Ordering::Relaxed) || control.ended.load(Ordering::Relaxed) {
            process::exit(130);
        }
        let _ = writeln!(io::stderr(), "stopping after a last commit; press Ctrl-C again to stop at once");
    };
    on_interrupt(handler)
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
        unit => return Err(format!("`{unit}` is not a unit of size; use KiB, MiB or GiB")),
    };
    let number: u64 = digits.trim().parse().map_err(|_| format!("`{text}` is not a size such as 64MiB"))?;
    number.checked_mul(unit).ok_or_else(|| format!("`{text}` is too large"))
}
