//! The documents: every command of README, CONTRIBUTING and the guide is run, and prints what the page shows.
//!
//! A page is one session of a shell, in a new folder with `tests/corpus` and `schema`. An `sh` block must succeed. In a
//! `console` block each `$ command` must print the lines below it: `…` stands for any lines, a long line may be wrapped, and
//! times are not compared. `yaml` and `json` blocks are parsed. `text`, `diff` and `rust` blocks are only read by people.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use newsdex::{query::Synonyms, schema::Schema};
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// Commands that build, test, measure or publish. They are not run; what they name must exist.
const NOT_RUN: [&str; 18] = [
    "cargo bench",
    "cargo build",
    "cargo clippy",
    "cargo doc",
    "cargo fmt",
    "cargo install",
    "cargo package",
    "cargo publish",
    "cargo run --profile",
    "cargo test",
    "benches/measure",
    "benches/peers",
    "docs/session",
    "fuzz/run",
    "git clone",
    "git push",
    "git tag",
    "tests/run",
];
/// Where the pages have the server listen. In the tests the system chooses the port.
const ADDRESS: &str = "127.0.0.1:7700";
/// Where the pages are read: their folder of a clone.
const HERE: &str = "/home/you/newsdex";
/// How the pages name a segment: each has a name by chance.
const SEGMENT: &str = "0123456789abcdef0123456789abcdef";
/// Words of prose that README may have.
const README_WORDS: usize = 1000;
/// Pages whose links are checked beside those that are run.
const LINKED: [&str; 2] = ["ARCHITECTURE.md", "benches/README.md"];

macro_rules! pages {
    ($($name:ident: $path:literal),+ $(,)?) => {
        /// Pages whose blocks are run.
        const PAGES: &[&str] = &[$($path),+];

        $(
            #[test]
            fn $name() {
                check($path);
            }
        )+
    };
}

pages! {
    readme: "README.md",
    contributing: "CONTRIBUTING.md",
    schema: "schema/README.md",
    guide_agents: "docs/agents.md",
    guide_evaluation: "docs/evaluation.md",
    guide_ingest: "docs/ingest.md",
    guide_cluster: "docs/cluster.md",
    guide_operations: "docs/operations.md",
    guide_schema: "docs/schema.md",
    guide_search: "docs/search.md",
    guide_serve: "docs/serve.md",
}

#[test]
fn every_page_of_the_guide_is_run() {
    for entry in fs::read_dir(root().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_page = Path::new(&name).extension().is_some_and(|extension| extension == "md");
        assert!(!is_page || PAGES.contains(&format!("docs/{name}").as_str()), "docs/{name} is not tested");
    }
}

#[test]
fn readme_is_short() {
    let words: usize = prose("README.md").iter().map(|line| line.split_whitespace().count()).sum();
    assert!(words <= README_WORDS, "README has {words} words of prose, and may have {README_WORDS}");
}

#[test]
fn links_lead_somewhere() {
    for page in PAGES.iter().chain(&LINKED) {
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in links(page) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() { root().join(page) } else { folder.join(path) };
            assert!(target.exists(), "{page} links to {link}, which does not exist");
            let is_known =
                || anchors(&fs::read_to_string(&target).unwrap()).iter().any(|known| known == anchor);
            assert!(anchor.is_empty() || is_known(), "{page} links to {link}, which has no such heading");
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A fenced block of a page.
struct Block {
    language: String,
    /// The line of its fence, from 1.
    line: usize,
    /// White space before it, as in a list.
    indent: usize,
    lines: Vec<String>,
}

/// The fenced blocks of a page, and its other lines.
fn parts(page: &str) -> (Vec<Block>, Vec<String>) {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let (mut blocks, mut others, mut open): (Vec<Block>, Vec<String>, _) = (Vec::new(), Vec::new(), None);
    for (line, number) in text.lines().zip(1..) {
        let indent = line.len() - line.trim_start().len();
        match (line[indent..].strip_prefix("```"), &mut open) {
            (Some(language), None) => {
                open = Some(Block { language: language.into(), line: number, indent, lines: Vec::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line.get(block.indent..).unwrap_or_default().into()),
            (None, None) => others.push(line.into()),
        }
    }
    assert!(open.is_none(), "{page}: a block has no end");
    (blocks, others)
}

/// What of a page is prose: no blocks, tables, images or addresses of links.
fn prose(page: &str) -> Vec<String> {
    let (_, lines) = parts(page);
    let lines = lines.into_iter().filter(|line| !line.starts_with('|') && !line.starts_with("!["));
    lines.map(|line| without_targets(&line)).collect()
}

/// `[text](address)` as `[text]`.
fn without_targets(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("](") {
        kept.push_str(before);
        kept.push(']');
        rest = behind.split_once(')').map_or("", |(_, rest)| rest);
    }
    kept + rest
}

/// The addresses of the links and images of a page.
fn links(page: &str) -> Vec<String> {
    let (_, lines) = parts(page);
    let text = lines.join("\n");
    text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors that GitHub gives to headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let title = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// A command with the lines that the page shows below it.
struct Shown {
    line: usize,
    command: String,
    expected: Vec<String>,
}

fn check(page: &str) {
    let (blocks, _) = parts(page);
    let session = Session::new();
    let mut script = String::from("set -u\ntrap 'exec >/dev/null 2>&1; kill -9 $(jobs -p); wait' EXIT\n");
    let mut all_shown = Vec::new();
    for block in blocks {
        let text = block.lines.join("\n");
        let at = format!("{page}, line {}", block.line);
        match block.language.as_str() {
            "sh" => script.push_str(&session.steps(&at, &text)),
            "console" => {
                for shown in shown(&block) {
                    let at = format!("{page}, line {}", shown.line);
                    script.push_str(&session.step(&at, all_shown.len(), &shown.command));
                    all_shown.push(shown);
                }
            }
            "yaml" if text.starts_with("- ") => drop(Synonyms::read(&text).unwrap()),
            "yaml" => drop(Schema::extended_by(&text).unwrap()),
            "json" => drop(serde_json::from_str::<serde_json::Value>(&text).unwrap()),
            "text" | "diff" | "rust" => {}
            language => panic!("{at}: a block of `{language}` is neither run nor known"),
        }
    }
    script.push_str("exit 0\n");
    session.run(&script);
    for (number, Shown { line, command, expected }) in all_shown.iter().enumerate() {
        let printed = session.printed(number);
        assert!(
            is_shown(expected, &printed),
            "{page}, line {line}: `{command}` printed\n{}\nand the page shows\n{}",
            printed.join("\n"),
            expected.join("\n")
        );
    }
}

/// The commands of a `console` block.
fn shown(block: &Block) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for (text, line) in block.lines.iter().zip(block.line + 1..) {
        match (text.strip_prefix("$ "), all.last_mut()) {
            (Some(command), _) => all.push(Shown { line, command: command.into(), expected: Vec::new() }),
            (None, Some(shown)) => shown.expected.push(comparable(text)),
            (None, None) => panic!("line {line}: a console block begins with `$ command`"),
        }
    }
    for shown in &mut all {
        without_blank_end(&mut shown.expected);
        assert!(shown.expected != ["…"], "line {}: output that may be anything is not shown", shown.line);
    }
    all
}

fn without_blank_end(lines: &mut Vec<String>) {
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
}

/// A line without what differs from run to run: numbers of seconds, names of segments, and white space at its end.
fn comparable(line: &str) -> String {
    let is_name = |word: &&str| word.len() == 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let names: Vec<&str> = line.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_name).collect();
    let line = names.iter().fold(line.to_owned(), |line, name| line.replace(name, SEGMENT));
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    let is_time = |at: usize| {
        let unit = words.get(at + 1).map(|unit| unit.trim_end_matches([',', ';', ')']));
        matches!(unit, Some("ms" | "s" | "MB/s")) && words[at].parse::<f64>().is_ok()
    };
    let kept: Vec<&str> =
        words.iter().enumerate().map(|(at, word)| if is_time(at) { "0" } else { word }).collect();
    kept.join(" ")
}

/// Whether a page shows what was printed.
fn is_shown(expected: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = expected.split_first() else { return printed.is_empty() };
    if first == "…" {
        return (0..=printed.len()).any(|skipped| is_shown(rest, &printed[skipped..]));
    }
    let Some((line, others)) = printed.split_first() else { return false };
    (1..=expected.len())
        .any(|count| is_wrapped(&expected[..count], line) && is_shown(&expected[count..], others))
}

/// Whether some lines of a page are one line, wrapped.
fn is_wrapped(pieces: &[String], line: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let compact = |line: &str| line.split_whitespace().collect::<String>();
    let whole: String = pieces.iter().map(|piece| compact(piece)).collect();
    let is_text = |piece: &String| !piece.trim().is_empty() && piece != "…";
    indent(&pieces[0]) == indent(line) && pieces[1..].iter().all(is_text) && whole == compact(line)
}

/// A folder in which a page is read, with the program.
struct Session {
    folder: TempDir,
}

impl Session {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["bin", "printed", "home"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let session = Self { folder };
        // Copied, as paths below the folder where one is are shown otherwise than those that links lead to.
        for name in ["schema", "tests/corpus"] {
            copy(&root().join(name), &session.here().join(name));
        }
        symlink(env!("CARGO_BIN_EXE_newsdex"), session.folder.path().join("bin/newsdex")).unwrap();
        session
    }

    fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    fn printed_file(&self, name: &str) -> PathBuf {
        self.folder.path().join("printed").join(name)
    }

    /// A block of commands as a part of the script, which ends where one of them fails.
    fn steps(&self, at: &str, block: &str) -> String {
        let kept: Vec<_> = block.lines().filter(|line| !is_left_out(at, line)).collect();
        let printed = self.printed_file("block");
        let commands = adapted(&kept.join("\n"));
        format!("exec >{0:?} 2>&1\necho '{at}'\nset -e\n{commands}\nset +e\n", printed.display().to_string())
    }

    /// A command whose output is compared as a part of the script. A server runs until the page ends.
    fn step(&self, at: &str, number: usize, command: &str) -> String {
        assert!(!is_left_out(at, command), "{at}: output is shown, but the command is not run");
        let printed = self.printed_file(&number.to_string()).display().to_string();
        let adapted = adapted(command);
        let server = if adapted.starts_with("newsdex serve") {
            let told = self.printed_file("address").display().to_string();
            format!(
                " --listen 127.0.0.1:0 &\nfor _ in $(seq 300); do [ -s {printed:?} ] && break || sleep 0.1; done\n\
                 address=$(grep -o '127.0.0.1:[0-9]*' {printed:?} | head -1)\necho \"$address\" >{told:?}"
            )
        } else {
            String::new()
        };
        format!("exec >{printed:?} 2>&1\n{adapted}{server}\n")
    }

    fn run(&self, script: &str) {
        let home = self.folder.path().join("home");
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-c", script]).current_dir(self.here()).stdin(Stdio::null()).env_clear();
        shell.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        shell.env("HOME", &home).env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
        for name in ["CACHE", "CONFIG", "DATA"] {
            shell.env(format!("XDG_{name}_HOME"), home.join(name.to_lowercase()));
        }
        let status = shell.status().unwrap();
        let last = fs::read_to_string(self.printed_file("block")).unwrap_or_default();
        assert!(status.success(), "{status}\n{last}");
    }

    /// The lines that a command printed, as someone sees them who reads the page.
    fn printed(&self, number: usize) -> Vec<String> {
        let text = fs::read_to_string(self.printed_file(&number.to_string())).unwrap();
        let address = fs::read_to_string(self.printed_file("address")).unwrap_or_else(|_| ADDRESS.into());
        let text = text.replace(address.trim(), ADDRESS).replace(&self.here().display().to_string(), HERE);
        let mut lines: Vec<String> = text.lines().map(comparable).collect();
        without_blank_end(&mut lines);
        lines
    }
}

/// Commands as a session runs them: what they ask of a server goes to the address that it has told.
fn adapted(commands: &str) -> String {
    let commands = commands.replace("cargo run --release --", "newsdex");
    if !commands.contains(ADDRESS) {
        return commands;
    }
    format!(
        "IFS= read -r -d '' commands <<'END_OF_COMMANDS' || true\n{commands}\nEND_OF_COMMANDS\n\
         eval \"${{commands//{ADDRESS}/$address}}\""
    )
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whether a command is one of those that are not run; what it names must exist then.
fn is_left_out(at: &str, line: &str) -> bool {
    let command = line.split(" #").next().unwrap().trim();
    if !NOT_RUN.iter().any(|name| command == *name || command.starts_with(&format!("{name} "))) {
        return false;
    }
    let words: Vec<&str> = command.split_whitespace().collect();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    match words[0] {
        "git" => {}
        "cargo" => {
            for pair in words.windows(2) {
                let named = match pair[0] {
                    "--bench" | "--test" => format!("name = \"{}\"", pair[1]),
                    "--profile" => format!("[profile.{}]", pair[1]),
                    _ => continue,
                };
                assert!(manifest.contains(&named), "{at}: `{command}`: Cargo.toml has no {named}");
            }
        }
        script => {
            let text = fs::read_to_string(root().join(script)).unwrap();
            for flag in words.iter().filter(|word| word.starts_with("--")) {
                assert!(text.contains(flag), "{at}: `{command}`: there is no {flag} in {script}");
            }
        }
    }
    true
}
