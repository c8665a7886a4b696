//! `newsdex completions` and `newsdex man`: scripts and pages generated from the clap command.

use super::{Outcome, examples::Examples};
use crate::render;
use anyhow::Context as _;
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, italic, roman},
};
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// Shell that runs the script
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Folder for the pages; created if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// The examples of `newsdex completions --help`.
pub(super) const COMPLETIONS_EXAMPLES: Examples = &[
    ("Bash", "newsdex completions bash > ~/.local/share/bash-completion/completions/newsdex"),
    ("Fish", "newsdex completions fish > ~/.config/fish/completions/newsdex.fish"),
];

/// The examples of `newsdex man --help`.
pub(super) const MAN_EXAMPLES: Examples = &[
    ("Install the pages for yourself", "newsdex man ~/.local/share/man/man1"),
    ("Write them into a folder of your choice", "newsdex man man-pages"),
];

pub(super) fn completions(
    args: &CompletionsArgs,
    mut command: clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    // clap_complete panics if it cannot write, so write to memory first.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "newsdex", &mut script);
    out.write_all(&script)?;
    Ok(Outcome::Found)
}

pub(super) fn man(
    args: &ManArgs,
    mut command: clap::Command,
    out: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let folder = render::safe(&args.folder.to_string_lossy()).into_owned();
    fs::create_dir_all(&args.folder).with_context(|| format!("cannot create {folder}"))?;
    command.build();
    for command in std::iter::once(&command).chain(command.get_subcommands()) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name());
        let path = args.folder.join(format!("{name}.1"));
        let page = page(command).and_then(|page| fs::write(&path, page));
        page.with_context(|| format!("cannot write {}", path.display()))?;
    }
    writeln!(out, "wrote the man pages to {folder}")?;
    Ok(Outcome::Found)
}

/// The man page of a command: the sections of `clap_mangen`, then exit status, environment, files and examples.
fn page(command: &clap::Command) -> io::Result<String> {
    let man = Man::new(command.clone())
        .source(concat!("newsdex ", env!("CARGO_PKG_VERSION")))
        .manual("newsdex manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut more = Roff::new();
    listed(&mut more, "EXIT STATUS", &exit_statuses(command.get_name()));
    listed(&mut more, "ENVIRONMENT", &environment(command));
    more.control("SH", ["FILES"]);
    let files = files(command);
    if files.is_empty() {
        more.text([roman("This command reads neither an index nor settings.")]);
    }
    for (path, what) in files {
        more.control("TP", []).text([italic(path)]).text([roman(what)]);
    }
    more.control("SH", ["EXAMPLES"]);
    for (what, line) in super::examples_of(command.get_name()) {
        more.control("PP", []).text([roman(format!("{what}:"))]);
        more.control("PP", []).control("RS", ["4"]).control("nf", []);
        more.text([roman(*line)]).control("fi", []).control("RE", []);
    }
    more.to_writer(&mut page)?;
    Ok(as_typed(&String::from_utf8_lossy(&page)))
}

/// Escapes the characters that groff would replace by typographic ones, so that examples can be copied.
fn as_typed(page: &str) -> String {
    page.replace('~', "\\(ti").replace('^', "\\(ha").replace('`', "\\(ga")
}

/// A section with a list of names and descriptions.
fn listed(page: &mut Roff, heading: &str, rows: &[(&str, &str)]) {
    page.control("SH", [heading]);
    for (name, what) in rows {
        page.control("TP", []).text([bold(*name)]).text([roman(*what)]);
    }
}

/// The exit codes of a command.
fn exit_statuses(command: &str) -> Vec<(&'static str, &'static str)> {
    const FAILED: (&str, &str) = ("2", "An error, which newsdex prints on standard error.");
    let (done, nothing) = match command {
        "newsdex" => (
            "The command is done; a search has found something.",
            Some("A search has found nothing, check or repair has found a fault, or --strict applies."),
        ),
        "ingest" => (
            "The index holds the current state of the files.",
            Some("A folder that holds no files keeps its articles; or, with --strict, a file was skipped."),
        ),
        "query" | "list" | "similar" => ("At least one article was found.", Some("No article was found.")),
        "facets" => ("At least one article was counted.", Some("No article matches.")),
        "show" => ("The article was printed.", Some("There is no article with this key.")),
        "check" => ("The index is sound.", Some("The index is damaged, or with --files a file has changed.")),
        "repair" => (
            "The index is sound, and all its articles are there.",
            Some("The index is sound, and some articles could not be read from their files again."),
        ),
        "save" => ("The query was saved, printed or deleted.", Some("There is no saved query.")),
        "symbol" => ("Every notation was read.", Some("At least one is not a security notation.")),
        "serve" => ("The server was stopped by Ctrl-C or SIGTERM.", None),
        "mcp" => ("The client has closed standard input.", None),
        _ => ("Done.", None),
    };
    let interrupted = match command {
        "newsdex" => Some("Interrupted by Ctrl-C."),
        "ingest" | "repair" => Some("Interrupted by Ctrl-C; what was committed is kept."),
        "serve" => Some("Ended at once by a second Ctrl-C."),
        _ => None,
    };
    let mut rows = vec![("0", done)];
    rows.extend(nothing.map(|nothing| ("1", nothing)));
    rows.push(FAILED);
    rows.extend(interrupted.map(|interrupted| ("130", interrupted)));
    rows
}

/// Whether a command or one of its subcommands has this argument.
fn takes(command: &clap::Command, argument: &str) -> bool {
    command.get_arguments().any(|arg| arg.get_id() == argument)
        || command.get_subcommands().any(|command| takes(command, argument))
}

/// Whether a command reads the user's settings.
fn reads_settings(command: &clap::Command) -> bool {
    takes(command, "synonyms") || command.get_name() == "save"
}

/// The environment variables that a command reads.
fn environment(command: &clap::Command) -> Vec<(&'static str, &'static str)> {
    let mut rows = Vec::new();
    if takes(command, "index") {
        rows.push(("NEWSDEX_INDEX", "Folder of the index, unless --index names one."));
    }
    if takes(command, "token") {
        rows.push((
            "NEWSDEX_TOKEN",
            "Token that every request to the server must send, unless --token gives one.",
        ));
    }
    if takes(command, "index") {
        rows.push(("XDG_DATA_HOME", "Base folder of the default index [default: ~/.local/share]."));
    }
    if reads_settings(command) {
        rows.push(("XDG_CONFIG_HOME", "Base folder of the settings [default: ~/.config]."));
    }
    if takes(command, "inside") {
        rows.push(("XDG_CACHE_HOME", "Base folder of the indexes that --in makes [default: ~/.cache]."));
    }
    if matches!(command.get_name(), "eval" | "newsdex") {
        rows.push(("TMPDIR", "Folder of the temporary index that eval makes [default: /tmp]."));
    }
    rows.push(("TZ", "Time zone of days and printed times, unless --tz names one."));
    rows.push((
        "NO_COLOR",
        "If it is not empty, newsdex prints no colors and hyperlinks, except with --color always.",
    ));
    rows.push((
        "TERM",
        "If it is dumb, newsdex prints no colors and hyperlinks, except with --color always.",
    ));
    rows
}

/// The files that a command uses, except those in its arguments.
fn files(command: &clap::Command) -> Vec<(&'static str, &'static str)> {
    let mut rows = Vec::new();
    if takes(command, "index") {
        rows.push((
            "~/.local/share/newsdex/index",
            "The default index. The file meta.json lists its segments, and meta.copy is a copy of that list. After a \
             repair, lost.json names the files that are still to be read.",
        ));
    }
    if takes(command, "synonyms") {
        rows.push((
            "~/.config/newsdex/synonyms.yaml",
            "Synonyms for all queries. A file of this name beside the schema file of an index takes its place.",
        ));
    }
    if reads_settings(command) {
        rows.push((
            "~/.config/newsdex/names.yaml",
            "Names of securities. A file of this name beside the schema file of an index takes its place.",
        ));
        rows.push(("~/.config/newsdex/queries.yaml", "The saved queries."));
    }
    if takes(command, "inside") {
        rows.push(("~/.cache/newsdex", "The indexes of folders that --in has searched, one folder each."));
    }
    rows
}
