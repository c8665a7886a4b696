//! Small indexes for the tests of this engine.

#![cfg(test)]

use super::{Embedded, commit::Commit, writer::EmbeddedWriter};
use crate::{
    article::Article,
    index::{Writer as _, WriterOptions},
    query::{Clock, Language, Query},
    schema::Schema,
    source::File,
};
use std::sync::Arc;
use tempfile::TempDir;

/// One commit of an index, in a folder that lives as long.
pub(super) struct Fixture {
    pub commit: Arc<Commit>,
    _folder: TempDir,
}

impl Fixture {
    /// An index of articles, each with an id of its own, `a0` and so on, unless it has one.
    pub(super) fn of(articles: impl IntoIterator<Item = Article>) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let schema = Schema::built_in().expect("it is sound");
        let index = Embedded::create_or_open(folder.path(), &schema).expect("the folder is empty");
        let mut writer =
            EmbeddedWriter::new(&index, WriterOptions { threads: 1, memory: 0 }).expect("nobody writes");
        for (number, article) in articles.into_iter().enumerate() {
            let id = if article.id.is_empty() { format!("a{number}") } else { article.id.clone() };
            let file = File { path: format!("/{number}.md"), modified: 0, size: 0, hash: 0 };
            writer.put(&Article { id, ..article }, &file).expect("it can be written");
        }
        writer.commit().expect("it can be written");
        Box::new(writer).finish(true).expect("it can be written");
        let commit = Arc::clone(&index.reload().expect("it can be read").commit);
        Self { commit, _folder: folder }
    }

    /// An index of articles with these bodies.
    pub(super) fn of_bodies(bodies: &[&str]) -> Self {
        Self::of(bodies.iter().map(|body| Article { body: (*body).to_owned(), ..Article::default() }))
    }

    /// A query of the built-in schema.
    pub(super) fn query(text: &str) -> Query {
        let schema = Schema::built_in().expect("it is sound");
        Query::parse(text, &Language::new(schema.query_fields(), Clock::utc())).value
    }
}
