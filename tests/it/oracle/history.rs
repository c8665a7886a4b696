//! What happens to an index: sessions of a writer, each with a few steps and an end, applied to any index alike.

use newsdex::{
    article::{Article, Format},
    index::{ExcludedFile, Index, WriterOptions},
    source::{Contents, File},
};
use std::collections::BTreeMap;

/// What one writer does.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub threads: usize,
    pub steps: Vec<Step>,
    /// Whether the writer commits before it ends; else what it did since the last commit is lost.
    pub is_committed: bool,
    /// Whether the index is optimized afterwards, where it can be.
    pub optimized: bool,
}

/// One thing that a writer does. Files are told by their paths.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Put(String, Box<Article>),
    Exclude(String, String),
    Remove(String),
    Commit,
}

/// Who holds which key: two files never have the same one, as an ingest sees to.
#[derive(Clone, Default)]
struct Holders(BTreeMap<String, (String, String)>);

impl Holders {
    /// Whether a file may have a key; then it has.
    fn take(&mut self, path: &str, key: &(String, String)) -> bool {
        let is_free = !self.0.iter().any(|(other, held)| other != path && held == key);
        self.0.remove(path);
        if is_free {
            self.0.insert(path.to_owned(), key.clone());
        }
        is_free
    }
}

/// Applies sessions to an index, and optimizes it where they say so.
pub(crate) fn apply(index: &dyn Index, sessions: &[Session], optimize: &dyn Fn()) {
    let (mut files, mut committed) = (0, Holders::default());
    for session in sessions {
        let options = WriterOptions { threads: session.threads, memory: WriterOptions::MEMORY };
        let mut writer = index.writer(options).unwrap();
        let mut holders = committed.clone();
        for step in &session.steps {
            files += 1;
            match step {
                Step::Put(path, article) => {
                    writer.remove(path);
                    let key = (article.id.clone(), article.locale.clone());
                    if holders.take(path, &key) {
                        writer.put(article, &file(path, files)).unwrap();
                    } else {
                        let excluded = excluded("duplicate-id", &format!("{}\n{}", key.0, key.1));
                        writer.exclude(&file(path, files), &excluded).unwrap();
                    }
                }
                Step::Exclude(path, code) => {
                    writer.remove(path);
                    holders.0.remove(path);
                    writer.exclude(&file(path, files), &excluded(code, "")).unwrap();
                }
                Step::Remove(path) => {
                    writer.remove(path);
                    holders.0.remove(path);
                }
                Step::Commit => {
                    writer.commit().unwrap();
                    committed = holders.clone();
                }
            }
        }
        if session.is_committed {
            writer.commit().unwrap();
            committed = holders;
        }
        writer.finish(true).unwrap();
        if session.optimized {
            optimize();
        }
    }
}

/// A file in its state after so many steps.
fn file(path: &str, steps: u64) -> File {
    let modified = i64::try_from(steps).unwrap() * 1_000_000_007;
    File {
        path: path.to_owned(),
        record: 0,
        modified,
        size: 100 + steps,
        hash: steps.wrapping_mul(0x9E37_79B9_7F4A_7C15),
        contents: steps.is_multiple_of(3).then_some(Contents::Whole(Format::Html)),
    }
}

fn excluded(code: &str, key: &str) -> ExcludedFile {
    ExcludedFile { code: code.to_owned(), reason: format!("a test says {code}"), key: key.to_owned() }
}
