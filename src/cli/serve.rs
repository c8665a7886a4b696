//! `newsdex serve`: the page, the API and the tools of agents over HTTP.

use super::{
    Outcome,
    settings::{IndexArgs, Settings},
};
use crate::{
    engine::Engine as _,
    serve::{self, Options, Stop},
};
use anyhow::Context as _;
use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    index: IndexArgs,
    /// The address to listen on; port 0 takes one that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7700")]
    listen: SocketAddr,
    /// Open the page in a browser
    #[arg(long)]
    open: bool,
    /// What every request must show; needed where other machines can reach the address
    #[arg(long, value_name = "TOKEN", env = "NEWSDEX_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Let pages of this origin ask, as https://desk.example
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<String>,
    /// A name by which the server may be reached, beside localhost and literal addresses
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// A file of words that mean the same [default: synonyms.yaml beside the schema or in the settings folder]
    #[arg(long, value_name = "FILE")]
    synonyms: Option<PathBuf>,
}

pub(super) fn run(args: &Args, settings: &Settings, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let engine = args.index.open()?;
    let language = settings.language(engine.schema(), args.synonyms.as_deref())?;
    let options = Options {
        listen: args.listen,
        token: args.token.clone(),
        allow_origin: args.allow_origin.clone(),
        allow_host: args.allow_host.clone(),
    };
    let stop = Stop::default();
    stop_on_interrupt(stop.clone())?;
    let mut written = Ok(());
    serve::serve(engine, language, &options, &stop, |address| {
        let token = args.token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        let page = format!("http://{address}/{token}");
        written = writeln!(out, "{page}").and_then(|()| out.flush());
        if args.open
            && let Err(error) = opener::open_browser(&page)
        {
            let _ = writeln!(io::stderr(), "note: no browser could be opened: {error}");
        }
    })?;
    written?;
    Ok(Outcome::Found)
}

/// Lets Ctrl-C, or the wish of the machine, end the server when what is running is finished; a second one ends it at once.
fn stop_on_interrupt(stop: Stop) -> anyhow::Result<()> {
    ctrlc::set_handler(move || {
        if stop.ask() {
            process::exit(130);
        }
        let _ = writeln!(io::stderr(), "finishing what is running; press Ctrl-C again to end at once");
    })
    .context("failed to watch for Ctrl-C")
}
