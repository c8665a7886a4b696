//! What keeps articles and finds them again: [`Index`], its [`Snapshot`]s and its [`Writer`], so that callers need not know
//! which engine it is.

mod bm25;
mod embedded;
mod error;
mod ledger;
mod location;
mod open;
mod retrieval;

pub use bm25::{idf, tf_saturation};
pub use embedded::expects_panics;
pub use error::IndexError;
pub use ledger::{Known, Ledger, Record, RecordFilter, key_hash};
pub use location::Location;
pub use retrieval::{
    Collapse, Copies, DocRef, Explanation, Facet, FacetBy, FacetRequest, FieldTerms, MAX_POSITION, Member,
    Positions, Recency, Retrieval, Retrieved, ScoredDoc, Sort, Statistics, StoredArticle,
};

use crate::{
    article::Article,
    query::{Query, TermSet},
    schema::Schema,
    source::File,
    symbol::Symbol,
};
use jiff::Timestamp;
use std::{sync::Arc, time::Instant};

/// Articles that are kept to be searched.
pub trait Index: Send + Sync {
    /// The table by which the articles are kept.
    fn schema(&self) -> &Schema;

    /// The newest commit. Where nothing was committed since the last call, this is the same one and takes no time worth
    /// mentioning.
    ///
    /// # Errors
    ///
    /// If the index cannot be read.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, IndexError>;

    /// The one writer of the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] while another process writes; if the index cannot be written.
    fn writer(&self, options: WriterOptions) -> Result<Box<dyn Writer + '_>, IndexError>;
}

/// One commit of an index, which never changes.
///
/// # Errors
///
/// All methods fail with [`IndexError::Damaged`] or [`IndexError::Unreadable`] if the index cannot be read, and with
/// [`IndexError::TimedOut`] past the deadline.
pub trait Snapshot: Send + Sync {
    /// The table by which the articles are kept.
    fn schema(&self) -> &Schema;

    /// What tells commits apart: snapshots of one generation give the same answers.
    fn generation(&self) -> u64;

    /// The same commit, which answers until a deadline and then fails with [`IndexError::TimedOut`].
    fn with_deadline(&self, deadline: Instant) -> Arc<dyn Snapshot>;

    /// The documents that a retrieval asks for, with exact totals.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if the query expands to more than an index will read.
    fn retrieve(&self, retrieval: &Retrieval) -> Result<Retrieved, IndexError>;

    /// For each of some documents of a retrieval, all pages of its article in order of locale, with their scores. Empty
    /// if every article of the index has one page.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn members(&self, retrieval: &Retrieval, docs: &[DocRef]) -> Result<Vec<Vec<Member>>, IndexError>;

    /// How the score of a document of a retrieval came about.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn explain(&self, retrieval: &Retrieval, doc: DocRef) -> Result<Explanation, IndexError>;

    /// Some documents, in their order.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn fetch(&self, docs: &[DocRef], fetch: Fetch) -> Result<Vec<StoredArticle>, IndexError>;

    /// What scores for some sets of terms are computed from.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if a set expands to more terms than an index will read.
    fn statistics(&self, terms: &[FieldTerms]) -> Result<Statistics, IndexError>;

    /// For each set of terms, in how many documents any of them is, at most, counting no removed document: the same
    /// number before and after segments are merged.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::statistics`].
    fn live_doc_freqs(&self, terms: &[FieldTerms]) -> Result<Vec<u64>, IndexError>;

    /// Where documents have terms, in some fields, in the order of the documents. None if there are so many terms that
    /// reading the texts is quicker.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::statistics`].
    fn positions(
        &self,
        docs: &[DocRef],
        terms: &[FieldTerms],
        fields: &[&str],
    ) -> Result<Option<Vec<Positions>>, IndexError>;

    /// The article of each key, or, for an id alone, of that id in the first of its locales.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn articles(&self, keys: &[&str]) -> Result<Vec<Option<StoredArticle>>, IndexError>;

    /// The article of a key, as by [`Snapshot::articles`].
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn article(&self, key: &str) -> Result<Option<StoredArticle>, IndexError> {
        Ok(self.articles(&[key])?.pop().flatten())
    }

    /// For each set of terms, those that a field has, or, without one, any field that plain words search. Pages that were
    /// removed not long ago may still be counted.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if a set has more terms than an index will list.
    fn doc_freqs(&self, field: Option<&str>, sets: &[TermSet]) -> Result<Vec<TermFreqs>, IndexError>;

    /// The securities that articles name, in order; some may be of articles that were removed not long ago.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn symbols(&self) -> Result<Vec<Symbol>, IndexError>;

    /// All articles that match, in batches, in no particular order.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if the query expands to more than an index will read.
    fn scan(&self, query: &Query, fetch: Fetch) -> Result<Batches<'_>, IndexError>;

    /// What is in the index and how large it is.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn status(&self) -> Result<Status, IndexError>;

    /// The records that the index was made from.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn ledger(&self) -> Result<Ledger, IndexError>;

    /// The records that a filter takes, in order of path.
    ///
    /// # Errors
    ///
    /// As the trait says.
    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError>;
}

/// Terms with the number of documents that have each, most first.
pub type TermFreqs = Vec<(String, u64)>;

/// Articles, batch by batch; nothing follows an error.
pub type Batches<'s> = Box<dyn Iterator<Item = Result<Vec<StoredArticle>, IndexError>> + Send + 's>;

/// How much of an article is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// All but texts and securities.
    Metadata,
    /// Texts alone; those that only a large file has are left out.
    Texts,
    /// All of it.
    Full,
}

/// Writes articles; nothing is seen by readers before [`Writer::commit`].
pub trait Writer: Send + Sync {
    /// Keeps the article of a file. What was kept of the file before must have been removed.
    ///
    /// # Errors
    ///
    /// Where the index cannot be written.
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError>;

    /// Keeps that a file has no article of its own, and why. What was kept of it must have been removed.
    ///
    /// # Errors
    ///
    /// Where the index cannot be written.
    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError>;

    /// Forgets what was kept of a file up to now.
    fn remove(&self, path: &str);

    /// Makes everything written so far durable and visible, all or nothing.
    ///
    /// # Errors
    ///
    /// Where the index cannot be written; readers then go on to see the last commit.
    fn commit(&mut self) -> Result<(), IndexError>;

    /// Why the writer could not go on, where a thread of it has failed: whoever wrote then was only told that it is gone.
    /// What was not committed is dropped.
    fn failure(&mut self) -> Option<IndexError>;

    /// Ends the writing: waits for merges, and drops what was not committed. `complete` says that the sources were read to
    /// their end, so that what a repair could not name is taken as read again.
    ///
    /// # Errors
    ///
    /// As [`Writer::commit`].
    fn finish(self: Box<Self>, complete: bool) -> Result<(), IndexError>;
}

/// Looks after an index, also after one that does not open.
pub trait Maintenance {
    /// Merges all segments into one, without the documents that were removed. Readers see no difference but in speed.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`], [`IndexError::Damaged`] or [`IndexError::Unwritable`].
    fn optimize(&self) -> Result<(), IndexError>;

    /// Reads every byte of the index and says what is wrong with it; where nothing is, and `files` says so, also which files
    /// have changed since they were ingested.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`], [`IndexError::Foreign`], or an index of another version.
    fn check(&self, files: bool) -> Result<Vec<Finding>, IndexError>;

    /// Makes the index whole again: what is sound stays, the rest is left out and named.
    ///
    /// # Errors
    ///
    /// As [`Maintenance::check`]; [`IndexError::Unreadable`] if nothing can be kept; [`IndexError::Unwritable`].
    fn repair(&self) -> Result<Repaired, IndexError>;

    /// Notes that what a repair has left out was read again. Until then another repair names it as well.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`].
    fn mark_read_again(&self) -> Result<(), IndexError>;
}

/// What a writer may use of this machine.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// Threads that write.
    pub threads: usize,
    /// Bytes of heap memory that the process may allocate, as far as the writer can see to it.
    pub memory: usize,
}

impl WriterOptions {
    /// The memory of an ingest unless it is told otherwise.
    pub const MEMORY: usize = 256 << 20;
}

/// Why a file has no article of its own in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcludedFile {
    /// `duplicate-id`, `empty` or `binary`.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// For a duplicate, the id and the locale that another file holds, with a line break between them.
    pub key: String,
}

impl ExcludedFile {
    /// For a duplicate, [`key_hash`] of the article that another file holds.
    #[must_use]
    pub fn key_hash(&self) -> Option<u64> {
        self.key.split_once('\n').map(|(id, locale)| key_hash(id, locale))
    }
}

/// Something that is wrong with an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or the segment where it is.
    pub place: String,
    /// What it is.
    pub message: String,
}

/// What a repair has found and done.
#[derive(Clone, Debug, Default)]
pub struct Repaired {
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// The number of segments that are in the index.
    pub kept: usize,
    /// The number of segments that were left out.
    pub left_out: usize,
    /// What those had, as far as it can be told: some of it may have been removed before.
    pub lost: Vec<Lost>,
    /// The number of documents of which nothing can be told.
    pub unnamed: u64,
}

/// An article that a repair has left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// The file that it was read from.
    pub path: String,
    /// Its id, unless the file was excluded.
    pub id: Option<String>,
}

/// What is in an index.
#[derive(Clone, Debug)]
pub struct Status {
    /// Where it is.
    pub location: String,
    /// The number of articles, each in one locale or more.
    pub articles: u64,
    /// The number of pages.
    pub pages: u64,
    /// The number of files that were excluded.
    pub aside: u64,
    /// The number of pages per locale, most first.
    pub locales: Vec<(String, u64)>,
    /// When the earliest and the latest article were published.
    pub published: Option<(Timestamp, Timestamp)>,
    /// The number of segments, if the engine tells.
    pub segments: Option<usize>,
    /// Bytes on disk in all.
    pub bytes: u64,
    /// Bytes on disk per field, and for what belongs to no field alone, most first.
    pub fields: Vec<(String, u64)>,
    /// When the last ingest was committed.
    pub ingested: Option<Timestamp>,
    /// The version of newsdex that made the last commit.
    pub version: String,
}
