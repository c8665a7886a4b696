//! The command line: parses arguments, runs a command, prints to the terminal and sets the exit code. Only this
//! module uses standard output and error.

mod check;
mod eval;
mod examples;
mod facets;
mod filters;
mod help;
mod ingest;
mod limits;
mod list;
mod lock;
mod manual;
mod mcp;
mod optimize;
mod options;
mod progress;
mod query;
mod save;
mod schema;
mod serve;
mod settings;
mod show;
mod similar;
mod status;
mod symbol;

use crate::{
    index::{self, IndexError},
    render,
};
use anyhow::Context as _;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use examples::Examples;
use settings::Settings;
use std::{
    io::{self, IsTerminal as _, Write as _},
    panic,
    process::ExitCode,
};

/// Full-text search for archives of financial news: index articles from files, then search them
#[derive(Debug, Parser)]
#[command(version, max_term_width = 120, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to print colors and hyperlinks
    #[arg(long, global = true, value_enum, default_value_t = settings::Color::Auto, value_name = "WHEN")]
    color: settings::Color,
    /// Time zone, e.g. Asia/Shanghai [default: the system's]
    ///
    /// Days begin at midnight in this zone, and times are printed in it.
    #[arg(long, global = true, value_name = "ZONE")]
    tz: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Index articles from files and folders; a second run reads only what changed
    Ingest(ingest::Args),
    /// Search articles: ranked hits with snippets
    Query(query::Args),
    /// Print every matching article, one per line
    List(list::Args),
    /// Print one article
    Show(show::Args),
    /// Count matching articles by symbol, market, month or another field (facets)
    Facets(facets::Args),
    /// Print what the index holds: articles, locales, dates, segments, sizes
    Status(status::Args),
    /// Merge the index into one segment
    Optimize(optimize::Args),
    /// Verify the whole index and report damage
    Check(check::Args),
    /// Drop the damaged segments of an index and reindex their files
    Repair(check::RepairArgs),
    /// Find articles similar to a given one
    Similar(similar::Args),
    /// Serve the Model Context Protocol (MCP) on standard input and output
    Mcp(mcp::Args),
    /// Measure ranking (nDCG, MRR, recall) on documents, queries and relevance judgements
    Eval(eval::Args),
    /// Save a query under a name; other queries use it as query:NAME
    Save(save::Args),
    /// Serve the web page, the HTTP API and MCP tools
    Serve(serve::Args),
    /// Show how a security notation is read, and its spelling elsewhere
    Symbol(symbol::Args),
    /// Print the schema in use
    Schema(schema::Args),
    /// Explain the query language (`help query`) or a command
    Help(help::Args),
    /// Print a shell completion script
    Completions(manual::CompletionsArgs),
    /// Write the man pages into a folder
    Man(manual::ManArgs),
}

/// The examples of `newsdex --help`.
const EXAMPLES: Examples = &[
    ("Search a folder at once", "newsdex query perovskite --in ~/news"),
    ("Index an archive", "newsdex ingest ~/news"),
    ("Search the index for a security", "newsdex query perovskite --symbol 600586"),
    ("Search in a browser, and index the folder when it changes", "newsdex serve --watch ~/news --open"),
];

/// The examples of a command; those of the program if no command has the name.
fn examples_of(command: &str) -> Examples {
    match command {
        "ingest" => ingest::EXAMPLES,
        "query" => query::EXAMPLES,
        "list" => list::EXAMPLES,
        "show" => show::EXAMPLES,
        "facets" => facets::EXAMPLES,
        "status" => status::EXAMPLES,
        "optimize" => optimize::EXAMPLES,
        "check" => check::EXAMPLES,
        "repair" => check::REPAIR_EXAMPLES,
        "similar" => similar::EXAMPLES,
        "mcp" => mcp::EXAMPLES,
        "eval" => eval::EXAMPLES,
        "save" => save::EXAMPLES,
        "serve" => serve::EXAMPLES,
        "symbol" => symbol::EXAMPLES,
        "schema" => schema::EXAMPLES,
        "help" => help::EXAMPLES,
        "completions" => manual::COMPLETIONS_EXAMPLES,
        "man" => manual::MAN_EXAMPLES,
        _ => EXAMPLES,
    }
}

/// The clap command with all examples.
fn command() -> clap::Command {
    let with_examples = |command: clap::Command| {
        let section = examples::section(examples_of(command.get_name()));
        command.after_long_help(section)
    };
    with_examples(Cli::command()).mut_subcommands(with_examples)
}

/// An error with a hint, printed on its own line.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Hinted {
    message: String,
    hint: String,
}

fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { message: message.into(), hint: hint.into() }.into()
}

/// The outcome of a command, with the exit codes of grep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Success: something was found.
    Found,
    /// Success, but nothing was found, or `--strict` applies.
    Nothing,
    /// An error.
    Failed,
    /// Ctrl-C ended the command; what was committed is kept.
    Interrupted,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Found => Self::SUCCESS,
            Outcome::Nothing => Self::from(1),
            Outcome::Failed => Self::from(2),
            Outcome::Interrupted => Self::from(130),
        }
    }
}

/// Ctrl-C ended a command before it did anything.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Interrupted;

/// Runs the command line of this process and returns its exit code.
#[must_use]
pub fn run() -> ExitCode {
    keep_caught_panics_quiet();
    limits::survive_large_files();
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    let settings = match Settings::new(cli.color, cli.tz.as_deref()) {
        Ok(settings) => settings,
        Err(error) => {
            print_error(&error, io::stderr().is_terminal());
            return Outcome::Failed.into();
        }
    };
    // Not locked: `mcp` writes from other threads.
    let mut out = io::BufWriter::new(io::stdout());
    let outcome = match cli.command {
        Command::Ingest(args) => ingest::run(&args, &settings, &mut out),
        Command::Query(args) => query::run(&args, &settings, &mut out),
        Command::List(args) => list::run(&args, &settings, &mut out),
        Command::Similar(args) => similar::run(&args, &settings, &mut out),
        Command::Show(args) => show::run(&args, &settings, &mut out),
        Command::Facets(args) => facets::run(&args, &settings, &mut out),
        Command::Status(args) => status::run(&args, &settings, &mut out),
        Command::Optimize(args) => optimize::run(&args, &mut out),
        Command::Check(args) => check::run(&args, &mut out),
        Command::Repair(args) => check::repair(&args, &mut out),
        Command::Save(args) => save::run(&args, &settings, &mut out),
        Command::Help(args) => help::run(&args, command(), &mut out),
        Command::Mcp(args) => mcp::run(&args, &settings),
        Command::Eval(args) => eval::run(&args, &settings, &mut out),
        Command::Serve(args) => serve::run(&args, &settings, &mut out),
        Command::Symbol(args) => symbol::run(&args, &settings, &mut out),
        Command::Schema(args) => schema::run(&args, &settings, &mut out),
        Command::Completions(args) => manual::completions(&args, command(), &mut out),
        Command::Man(args) => manual::man(&args, command(), &mut out),
    };
    let outcome = outcome.and_then(|outcome| Ok(out.flush().map(|()| outcome)?));
    match outcome {
        Ok(outcome) => outcome.into(),
        // The reader has seen enough, like `head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error, settings.color_for(io::stderr().is_terminal()));
            if error.is::<Interrupted>() { Outcome::Interrupted } else { Outcome::Failed }.into()
        }
    }
}

/// Reading a damaged index can panic. The index catches that and returns an error: print no panic message.
fn keep_caught_panics_quiet() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !index::expects_panics() {
            tell(info);
        }
    }));
}

/// Calls `handler` at each Ctrl-C or SIGTERM.
fn on_interrupt(handler: impl FnMut() + Send + 'static) -> anyhow::Result<()> {
    ctrlc::set_handler(handler)
        .map_err(|error| match error {
            // Its own message does not say why.
            ctrlc::Error::System(error) => anyhow::Error::from(error),
            error => error.into(),
        })
        .context("cannot handle Ctrl-C")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// The [`IndexError`] among the causes of an error.
fn index_error(error: &anyhow::Error) -> Option<&IndexError> {
    error.chain().find_map(|cause| cause.downcast_ref())
}

/// The messages of an error and its causes, each once: what wraps an error may repeat its message.
fn message_of(error: &anyhow::Error) -> String {
    let mut message = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

fn print_error(error: &anyhow::Error, color: bool) {
    let message = message_of(error);
    let style = |style: anstyle::Style| if color { style } else { anstyle::Style::new() };
    let red = style(anstyle::AnsiColor::Red.on_default().bold());
    // Ignore a closed standard error.
    let _ = writeln!(io::stderr(), "{red}error{red:#}: {}", render::safe(&message));
    let hinted =
        error.chain().find_map(|cause| cause.downcast_ref::<Hinted>()).map(|hinted| hinted.hint.clone());
    if let Some(hint) = hinted.or_else(|| index_error(error)?.hint()) {
        let green = style(anstyle::AnsiColor::Green.on_default());
        let _ = writeln!(io::stderr(), "  {green}hint{green:#}: {}", render::safe(&hint));
    }
}
