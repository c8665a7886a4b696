//! `newsdex serve`: the web page, the HTTP API and the tools of agents.

use super::{
    Outcome,
    examples::Examples,
    filters, index_error, ingest, lock, message_of, on_interrupt,
    settings::{IndexArgs, Settings, SynonymArgs},
};
use crate::{
    index::{IndexError, Location, WriterOptions},
    ingest::{Control, Report},
    serve::{self, Complaint, Health, Options, Part, Stop},
    source::Source,
};
use anyhow::Context as _;
use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process,
    sync::{Arc, atomic::Ordering},
    thread::{self, JoinHandle},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Index this folder at the start, and again when files in it change
    #[arg(long, value_name = "PATH")]
    watch: Vec<PathBuf>,
    /// Open the web page in a browser
    #[arg(long)]
    open: bool,
    /// Token that every request must send; required if other machines can reach the address
    #[arg(long, value_name = "TOKEN", env = "NEWSDEX_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Accept requests from web pages of this origin (CORS), e.g. `https://desk.example`
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// Accept requests to this host name, beside localhost and IP addresses
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    #[command(flatten)]
    synonyms: SynonymArgs,
}

/// The examples of `newsdex serve --help`.
pub(super) const EXAMPLES: Examples = &[
    ("Search in a browser", "newsdex serve --open"),
    ("Index a folder at the start, and again when it changes", "newsdex serve --watch ~/news"),
    (
        "Let other machines search, with a token",
        "NEWSDEX_TOKEN=$(openssl rand -hex 16) newsdex serve --listen 0.0.0.0:7700",
    ),
];

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let options = Options {
        listen: args.listen,
        token: args.token.clone(),
        allow_origin: args.allow_origin.clone(),
        allow_host: args.allow_host.clone(),
    };
    options.check()?;
    let location = args.index.location()?;
    let index = match location.open() {
        // The first ingest will fill it.
        Err(IndexError::Missing(_)) if !args.watch.is_empty() => {
            ingest::writable(&location, &ingest::IngestArgs::default())?
        }
        opened => opened?,
    };
    let language = settings.language(index.schema(), &args.synonyms)?;
    let (stop, control) = (Stop::default(), Arc::new(Control::default()));
    stop_on_interrupt(stop.clone(), Arc::clone(&control))?;
    let health = Health::new(filters::tell);
    let mut begun: anyhow::Result<Option<JoinHandle<()>>> = Ok(None);
    let served = serve::serve(index, language, &options, &health, &stop, |address| {
        let token = args.token.as_ref().map(|token| format!("?token={}", encoded(token))).unwrap_or_default();
        let page = format!("http://{address}/{token}");
        let folders = args.watch.clone();
        begun = writeln!(out, "{page}").and_then(|()| out.flush()).map_err(Into::into).and_then(|()| {
            start_watching(folders, location, stop.clone(), Arc::clone(&control), health.clone())
        });
        if begun.is_err() {
            stop.ask();
        }
        if args.open
            && let Err(error) = opener::open_browser(&page)
        {
            filters::tell(&format!("cannot open a browser: {error}"));
        }
    });
    control.stop.store(true, Ordering::Relaxed);
    stop.ask();
    if let Some(watching) = begun? {
        // A panic of the thread was printed.
        let _ = watching.join();
    }
    served?;
    Ok(Outcome::Found)
}

/// A percent-encoded token, for the URL.
fn encoded(token: &str) -> String {
    token.replace('+', "%2B").replace('=', "%3D").replace('/', "%2F")
}

/// Starts a thread that ingests the folders when they change. It ends after the current ingest when stopped.
fn start_watching(
    folders: Vec<PathBuf>,
    index: Location,
    stop: Stop,
    control: Arc<Control>,
    health: Health,
) -> anyhow::Result<Option<JoinHandle<()>>> {
    if folders.is_empty() {
        return Ok(None);
    }
    // Report problems with the folders before the thread starts.
    Source::new(&folders, &[], false)?;
    let mut watcher = Watcher { folders, index, control, health, skipped: Vec::new() };
    let watch =
        move || serve::watch(&watcher.folders.clone(), &stop, |unreported| watcher.ingest(unreported));
    let thread = thread::Builder::new().name("watch".into()).spawn(watch);
    Ok(Some(thread.context("cannot start the thread that watches the folders")?))
}

/// Ingests the watched folders, and says what is wrong with them.
struct Watcher {
    folders: Vec<PathBuf>,
    index: Location,
    control: Arc<Control>,
    health: Health,
    /// The notes on skipped files that were told last.
    skipped: Vec<String>,
}

impl Watcher {
    /// Ingests the folders that are there, and tells what is wrong with the others. `unreported` is why the system does not
    /// report all changes. Returns whether the ingest completed.
    fn ingest(&mut self, unreported: &[String]) -> bool {
        let mut complaints = Vec::new();
        let mut complain = |what, why| complaints.push(Complaint { what, why });
        for reason in unreported {
            let why =
                format!("not all changes are reported: {reason}; the files are looked at every few seconds");
            complain("not all changes of the watched folders are reported", why);
        }
        let mut there = Vec::new();
        for folder in &self.folders {
            match Source::new(std::slice::from_ref(folder), &[], false) {
                Ok(_) => there.push(folder.clone()),
                Err(error) => {
                    let why = format!("{error}; its articles stay in the index");
                    complain("a watched folder cannot be read; its articles stay in the index", why);
                }
            }
        }
        let done = if there.is_empty() { Ok(Report::default()) } else { self.ingest_all(&there) };
        match &done {
            Ok(report) => {
                for root in &report.emptied {
                    let why = format!("{}; `newsdex ingest --allow-empty` removes it", ingest::kept(root));
                    complain("a watched folder holds no files; its articles stay in the index", why);
                }
                let skipped = ingest::skipped(report);
                // No note is repeated at each change of a file.
                if skipped != self.skipped {
                    for note in &skipped {
                        filters::tell(note);
                    }
                    self.skipped = skipped;
                }
            }
            // What was said holds until the folders are looked at again.
            Err(error) if lock::is_locked(error) => return false,
            Err(error) => {
                let hint = index_error(error).and_then(IndexError::hint);
                let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
                complain("the watched folders cannot be ingested", format!("{}{hint}", message_of(error)));
            }
        }
        self.health.set(Part::Watch, &complaints);
        done.is_ok()
    }

    fn ingest_all(&self, folders: &[PathBuf]) -> anyhow::Result<Report> {
        let source = Source::new(folders, &[], false)?;
        let options = ingest::options(None, WriterOptions::MEMORY as u64)?;
        let index = ingest::writable(&self.index, &ingest::IngestArgs::default())?;
        Ok(crate::ingest::ingest(&*index, &source, &options, &self.control, &mut |_| ())?)
    }
}

/// Makes Ctrl-C or SIGTERM stop the server after running requests; a second one ends the process.
fn stop_on_interrupt(stop: Stop, control: Arc<Control>) -> anyhow::Result<()> {
    on_interrupt(move || {
        control.stop.store(true, Ordering::Relaxed);
        if stop.ask() {
            process::exit(130);
        }
        let _ = writeln!(io::stderr(), "finishing running requests; press Ctrl-C again to stop at once");
    })
}
