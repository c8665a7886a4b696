//! A folder of articles, an index and the binary, for one test each.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use newsdex::{
    article::Article,
    index::{Location, Writer, WriterOptions},
    schema::Schema,
    source::File,
    source::Source,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// The corpus of the tests.
pub(crate) fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// A folder with `news`, the articles, and `index`; home, caches and data are inside it too.
pub(crate) struct Workbench {
    folder: TempDir,
}

impl Workbench {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("news")).unwrap();
        Self { folder }
    }

    /// A workbench whose index holds the corpus of the tests.
    pub(crate) fn with_corpus() -> Self {
        let bench = Self::new();
        bench.ok(&["ingest", "--quiet", corpus().to_str().unwrap()]);
        bench
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn news(&self) -> PathBuf {
        self.path().join("news")
    }

    pub(crate) fn index(&self) -> PathBuf {
        self.path().join("index")
    }

    pub(crate) fn location(&self) -> Location {
        Location::Folder(self.index())
    }

    /// Writes a file below `news`.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.news().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes an English article with an id, a day of 2025 and a body.
    pub(crate) fn article(&self, name: &str, id: u64, day: &str, body: &str) {
        self.write(name, &article(id, day, body));
    }

    /// Writes an English page with an id that lists securities: codes with commas between them.
    pub(crate) fn listing(&self, id: u64, title: &str, symbols: &str, body: &str) {
        let head = format!("title: \"{title}\"\nlocale: en\nurl: https://news.example/en/news/{id}.md");
        let text =
            format!("---\n{head}\ndatetime: 2025-03-07T08:00:00Z\nsymbols: [{symbols}]\n---\n{body}\n");
        self.write(&format!("{id}.md"), &text);
    }

    /// The notes on a query, one a line.
    pub(crate) fn notes(&self, args: &[&str]) -> String {
        let answer = self.json(&[&["query", "--format", "json"], args].concat());
        let notes = answer["notes"].as_array().unwrap().iter();
        notes.map(|note| note.as_str().unwrap()).collect::<Vec<_>>().join("\n")
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newsdex"));
        command.args(args).current_dir(self.path());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path()).env("NEWSDEX_INDEX", self.index());
        command
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_DATA_HOME", self.path().join("data"))
            .env("TZ", "UTC");
        command.stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that must succeed, and gives what it printed.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must end with this code, and gives what it said on standard error.
    pub(crate) fn fails(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(!said.contains("panicked"), "{args:?}: {said}");
        said
    }

    /// Runs a command whose output is JSON.
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        let output = self.run(args);
        assert!(
            output.status.code().is_some_and(|code| code < 2),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Writes to the index what `write` makes of each file of `news`, past the ingest, which would settle it.
    pub(crate) fn write_past_ingest(&self, write: impl Fn(&dyn Writer, &Article, &File)) {
        let schema = Schema::built_in().unwrap();
        let engine = self.location().create_or_open(&schema).unwrap();
        let mut writer = engine.writer(WriterOptions { threads: 1, memory: 0 }).unwrap();
        for candidate in Source::new(&[self.news()], &[], false).unwrap().walk() {
            let candidate = candidate.unwrap();
            let (bytes, file) = candidate.read(1 << 20).unwrap();
            let article = Article::parse(&bytes, &candidate.name, &schema.keys()).value;
            write(&*writer, &article, &file);
        }
        writer.commit().unwrap();
        writer.finish(true).unwrap();
    }

    /// Brings the index in step with `news`, and gives the report.
    pub(crate) fn ingest(&self) -> serde_json::Value {
        self.json(&["ingest", "news", "--format", "json"])
    }

    /// The keys of the pages that a query finds, best first, without those that have only some of the words.
    pub(crate) fn keys(&self, args: &[&str]) -> Vec<String> {
        let keys = self.relaxed_keys(args);
        keys.into_iter().filter(|(_, is_relaxed)| !is_relaxed).map(|(key, _)| key).collect()
    }

    /// The keys of all pages that an answer shows, best first; for each, whether it has only some of the words.
    pub(crate) fn relaxed_keys(&self, args: &[&str]) -> Vec<(String, bool)> {
        let mut all = vec!["query", "--each-locale", "--format", "json", "--limit", "1000"];
        all.extend(args);
        let answer = self.json(&all);
        let hits = answer["hits"].as_array().unwrap().iter();
        hits.map(|hit| (hit["key"].as_str().unwrap().to_owned(), hit["relaxed"] == true)).collect()
    }

    /// The same in alphabetical order, where the order of hits is not what is tested.
    pub(crate) fn sorted_keys(&self, args: &[&str]) -> Vec<String> {
        let mut keys = self.keys(args);
        keys.sort();
        keys
    }
}

/// An article in the shape of the archive's pages.
pub(crate) fn article(id: u64, day: &str, body: &str) -> String {
    format!(
        "---\ntitle: \"Article {id}\"\ntype: \"News\"\nlocale: \"en\"\n\
         url: \"https://news.example/en/news/{id}.md\"\ndescription: \"\"\ndatetime: \"2025-{day}T08:00:00Z\"\n\
         locales:\n  - [en](https://news.example/en/news/{id}.md)\n---\n\n# Article {id}\n\n{body}\n"
    )
}
