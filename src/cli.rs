//! The command line: arguments become requests, answers go to the terminal, and the outcome becomes an
//! exit code. Nothing above this module touches standard output or error.

mod check;
mod eval;
mod facets;
mod filters;
mod help;
mod ingest;
mod list;
mod manual;
mod mcp;
mod optimize;
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

use crate::engine;
use clap::{CommandFactory as _, Parser, Subcommand};
use settings::Settings;
use std::{
    io::{self, IsTerminal as _, Write as _},
    panic,
    process::ExitCode,
};

/// Index directories of financial news articles and search them.
#[derive(Debug, Parser)]
#[command(
    version,
    about,
    max_term_width = 100,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to use colours and links
    #[arg(long, global = true, value_enum, default_value_t = settings::Color::Auto, value_name = "WHEN")]
    color: settings::Color,
    /// The time zone in which days begin and times are shown, as Asia/Shanghai [default: the machine's]
    #[arg(long, global = true, value_name = "ZONE")]
    tz: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring an index in step with folders of articles
    Ingest(ingest::Args),
    /// Search articles
    Query(query::Args),
    /// Print every article that matches, a line each
    List(list::Args),
    /// Print one article
    Show(show::Args),
    /// Count articles by symbol, market, year and so on
    Facets(facets::Args),
    /// Say what is in the index
    Status(status::Args),
    /// Make one segment of the index, so that queries are answered faster
    Optimize(optimize::Args),
    /// Read every byte of the index, and say what is wrong with it
    Check(check::Args),
    /// Keep what is sound of a damaged index, and read the rest again from its files
    Repair(check::RepairArgs),
    /// Find articles like another
    Similar(similar::Args),
    /// Answer an agent by the Model Context Protocol, over standard input and output
    Mcp(mcp::Args),
    /// Measure ranking on a set of documents, questions and judgements
    Eval(eval::Args),
    /// Keep a query under a name, to be used in others as query:NAME
    Save(save::Args),
    /// Serve the page, the HTTP API and the tools of agents
    Serve(serve::Args),
    /// Say how a notation of a security is read, and how others write it
    Symbol(symbol::Args),
    /// Print the schema in force
    Schema(schema::Args),
    /// Explain the query language (`help query`) or a command
    Help(help::Args),
    /// Print a completion script for a shell
    Completions(manual::CompletionsArgs),
    /// Write the manual pages into a folder
    Man(manual::ManArgs),
}

/// How a command ended, as grep has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done, and something was found.
    Found,
    /// Done, and nothing was found, or `--strict` found something amiss.
    Nothing,
    /// Not done.
    Failed,
    /// Ended early by Ctrl-C; what was done is kept.
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

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    keep_caught_panics_quiet();
    let cli = Cli::parse();
    let settings = match Settings::new(cli.color, cli.tz.as_deref()) {
        Ok(settings) => settings,
        Err(error) => {
            complain(&error, io::stderr().is_terminal());
            return Outcome::Failed.into();
        }
    };
    // Not locked, as an agent is answered from other threads.
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
        Command::Help(args) => help::run(&args, Cli::command(), &mut out),
        Command::Mcp(args) => mcp::run(&args, &settings),
        Command::Eval(args) => eval::run(&args, &settings, &mut out),
        Command::Serve(args) => serve::run(&args, &settings, &mut out),
        Command::Symbol(args) => symbol::run(&args, &settings, &mut out),
        Command::Schema(args) => schema::run(&args, &settings, &mut out),
        Command::Completions(args) => manual::completions(&args, Cli::command(), &mut out),
        Command::Man(args) => manual::man(&args, &Cli::command(), &mut out),
    };
    let outcome = outcome.and_then(|outcome| Ok(out.flush().map(|()| outcome)?));
    match outcome {
        Ok(outcome) => outcome.into(),
        // Whoever reads has seen enough, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error, settings.color_for(io::stderr().is_terminal()));
            Outcome::Failed.into()
        }
    }
}

/// A damaged index may make what reads it panic; that is caught, and told as an error.
fn keep_caught_panics_quiet() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !engine::expects_panics() {
            tell(info);
        }
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

fn complain(error: &anyhow::Error, color: bool) {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        // Transparent errors repeat what they wrap.
        if !message.contains(&inner.to_string()) {
            message = format!("{message}: {inner}");
        }
        cause = inner.source();
    }
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let style = if color { red } else { anstyle::Style::new() };
    // Where standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{style}error{style:#}: {}", crate::render::safe(&message));
}
