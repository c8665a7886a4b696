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
use tantivy::{
    DocId, DocSet as _, Score, SeekDangerResult, TERMINATED, collector::TopDocs, query::Query as TantivyQuery,
};
use tempfile::TempDir;

/// One commit of an index, in a folder that lives as long.
pub(super) struct Fixture {
    pub commit: Arc<Commit>,
    _folder: TempDir,
}

impl Fixture {
    /// An index of articles, each with an id of its own, `a0` and so on, unless it has one.
    pub(super) fn of(articles: impl IntoIterator<Item = Article>) -> Self {
        Self::of_segments([articles.into_iter().collect()])
    }

    /// An index with one segment for each of some lists of articles, as by [`Fixture::of`]. Few segments are not
    /// merged.
    pub(super) fn of_segments(segments: impl IntoIterator<Item = Vec<Article>>) -> Self {
        let folder = tempfile::tempdir().expect("there is room");
        let schema = Schema::built_in().expect("it is sound");
        let index = Embedded::create_or_open(folder.path(), &schema).expect("the folder is empty");
        let mut writer =
            EmbeddedWriter::new(&index, WriterOptions { threads: 1, memory: 0 }).expect("nobody writes");
        let mut numbers = 0..;
        for articles in segments {
            for (number, article) in numbers.by_ref().zip(articles) {
                let id = if article.id.is_empty() { format!("a{number}") } else { article.id.clone() };
                let file = File { path: format!("/{number}.md"), ..File::default() };
                writer.put(&Article { id, ..article }, &file).expect("it can be written");
            }
            writer.commit().expect("it can be written");
        }
        Box::new(writer).finish(true).expect("it can be written");
        let commit = Arc::clone(&index.reload().expect("it can be read").commit);
        Self { commit, _folder: folder }
    }

    /// An index of articles with these bodies.
    pub(super) fn of_bodies(bodies: &[&str]) -> Self {
        Self::of(bodies.iter().map(|body| Self::article(body)))
    }

    /// An article with this body and nothing else.
    pub(super) fn article(body: &str) -> Article {
        Article { body: body.to_owned(), ..Article::default() }
    }

    /// The numbers of the documents of the first segment that match with their scores, in order of number.
    pub(super) fn scored(&self, query: &dyn TantivyQuery) -> Vec<(DocId, Score)> {
        let top = TopDocs::with_limit(1000).order_by_score();
        let found = self.commit.search(query, &top).expect("it can be read");
        let mut found: Vec<_> = found.into_iter().map(|(score, address)| (address.doc_id, score)).collect();
        found.sort_by_key(|(doc, _)| *doc);
        found
    }

    /// Asserts that a query's scorer is a `DocSet` as tantivy defines it: from any of its documents, a seek goes to
    /// the first one from the target on, and an advance to the next one, in the first segment. So is one that was asked
    /// about documents by `seek_danger` before.
    pub(super) fn assert_seeks(&self, query: &dyn TantivyQuery) {
        let weight = query.weight(self.commit.scoring());
        let weight = weight.expect("it can be read");
        let segment = self.commit.searcher.segment_reader(0);
        let scorer = || weight.scorer(segment, 1.0).expect("it can be read");
        let docs: Vec<DocId> = self.scored(query).into_iter().map(|(doc, _)| doc).collect();
        let next = |target: DocId| docs.iter().copied().find(|doc| *doc >= target).unwrap_or(TERMINATED);
        for first in 0..segment.max_doc() {
            for step in 1..=segment.max_doc() {
                let (mut found, mut scorer) =
                    weight.scorer_danger(segment, first, 1.0).expect("it can be read");
                let mut target = first;
                while target < segment.max_doc() {
                    match found {
                        SeekDangerResult::Found => assert_eq!((next(target), scorer.doc()), (target, target)),
                        SeekDangerResult::SeekLowerBound(bound) => {
                            assert!(target < bound && bound <= next(target), "{query:?}: {target}");
                        }
                    }
                    if found == SeekDangerResult::Found && step == 1 {
                        assert_eq!(scorer.advance(), next(target + 1), "{query:?}: from {target}");
                        break;
                    }
                    target += step;
                    found = scorer.seek_danger(target);
                }
            }
        }
        for (before, from) in docs.iter().enumerate() {
            for target in *from..=segment.max_doc() {
                let mut scorer = scorer();
                (0..before).for_each(|_| assert!(scorer.advance() <= *from));
                assert_eq!(scorer.doc(), *from, "{query:?}");
                assert_eq!(scorer.seek(target), next(target), "{query:?}: {target} from {from}");
                assert_eq!(scorer.doc(), next(target), "{query:?}: {target} from {from}");
                if scorer.doc() != TERMINATED {
                    assert_eq!(scorer.advance(), next(next(target) + 1), "{query:?}: {target} from {from}");
                }
            }
        }
    }

    /// A query of the built-in schema.
    pub(super) fn query(text: &str) -> Query {
        let schema = Schema::built_in().expect("it is sound");
        Query::parse(text, &Language::new(schema.query_fields(), Clock::utc())).value
    }
}
