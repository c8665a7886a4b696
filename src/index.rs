//! Stores articles and finds them again: [`Index`], its [`Snapshot`]s and its [`Writer`]. Callers need not know which
//! engine is behind them.

mod bm25;
mod cluster;
mod embedded;
mod error;
mod key_order;
mod ledger;
mod location;
mod open;
mod pairs;
mod place_table;
mod ranking;
mod retrieval;
mod stamp;
mod stories;
mod terms;

pub use bm25::{idf, tf_saturation};
pub use embedded::{expects_panics, guarded, memory_of_article, memory_of_text};
pub use error::IndexError;
pub use ledger::{
    Excluded, Exclusions, Known, KnownRecords, Ledger, LedgerBuilder, Record, RecordFilter, Why, key_hash,
};
pub use location::{Location, LocationError, RemoteLocation};
pub use retrieval::{
    Collapse, Copies, DocRef, Explanation, Facet, FacetBy, FacetRequest, FieldTerms, KeyOrder, KeyValue,
    MAX_POSITION, Member, NameStatement, OrderPlace, Positions, Recency, Retrieval, Retrieved, ScoredDoc,
    Sort, Statistics, StoredArticle,
};

use crate::{
    article::{Article, Moment, canonical_locale},
    query::{Query, TermSet},
    schema::Schema,
    source::{Contents, File, InputFormat, Place, Records},
    symbol::Symbol,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, num::NonZeroU64, sync::Arc, time::Instant};

/// The version of the analysis: which tokens a text gives and how security notations are read. An index with another
/// one is refused: its terms would not be found, and `check` would find differences.
const ANALYSIS: u32 = 3;

/// An index of articles. Each engine implements it.
pub trait Index: Send + Sync {
    /// The schema by which the articles are kept.
    fn schema(&self) -> &Schema;

    /// The newest commit. Without a commit since the last call, returns the same snapshot at almost no cost.
    ///
    /// # Errors
    ///
    /// [`IndexError::Damaged`] or [`IndexError::Unreadable`] if the newest commit cannot be read;
    /// [`IndexError::Replaced`] or [`IndexError::Newer`] if the index was built anew with other fields or in another
    /// format.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>, IndexError>;

    /// Whether all of the index can be asked now: that its engine answers, with all of its parts. Takes a few seconds at most.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unreachable`] if it cannot; else as [`Index::snapshot`].
    fn health(&self) -> Result<(), IndexError> {
        Ok(())
    }

    /// The only writer of the index.
    ///
    /// # Errors
    ///
    /// [`IndexError::Locked`] while another process writes; [`IndexError::Unwritable`] if the index cannot be written.
    fn writer(&self, options: WriterOptions) -> Result<Box<dyn Writer + '_>, IndexError>;
}

/// One commit of an index, which never changes.
///
/// # Errors
///
/// Every method fails with [`IndexError::Damaged`] or [`IndexError::Unreadable`] if the index cannot be read, and with
/// [`IndexError::TimedOut`] past the deadline.
pub trait Snapshot: Send + Sync {
    /// The schema by which the articles are kept.
    fn schema(&self) -> &Schema;

    /// Identifies the commit: snapshots of the same generation give the same answers.
    fn generation(&self) -> u64;

    /// The same commit with a deadline, past which its methods fail with [`IndexError::TimedOut`].
    fn with_deadline(&self, deadline: Instant) -> Arc<dyn Snapshot>;

    /// The best documents of a retrieval, with exact totals.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if the query expands to too many terms; else as for every method.
    fn retrieve(&self, retrieval: &Retrieval) -> Result<Retrieved, IndexError>;

    /// For each document of a retrieval, all pages of its article with their scores, ordered by locale. Empty if every
    /// article of the index has one page.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn members(&self, retrieval: &Retrieval, docs: &[DocRef]) -> Result<Vec<Vec<Member>>, IndexError>;

    /// How the score of a document of a retrieval is computed.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn explain(&self, retrieval: &Retrieval, doc: DocRef) -> Result<Explanation, IndexError>;

    /// The contents of some documents, in the same order.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn fetch(&self, docs: &[DocRef], fetch: Fetch) -> Result<Vec<StoredArticle>, IndexError>;

    /// The contents of some documents, one after another, with their places in `docs`: not all of them need to be in memory
    /// at once. `visit` is not called for a document that is gone.
    ///
    /// # Errors
    ///
    /// That of `visit`, which ends it; else as for every method.
    fn fetch_each(
        &self,
        docs: &[DocRef],
        fetch: Fetch,
        visit: &mut dyn FnMut(usize, StoredArticle) -> Result<(), IndexError>,
    ) -> Result<(), IndexError> {
        for (index, doc) in docs.iter().enumerate() {
            for article in self.fetch(&[*doc], fetch)? {
                visit(index, article)?;
            }
        }
        Ok(())
    }

    /// The statistics from which scores for some sets of terms are computed.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if a set expands to too many terms; else as for every method.
    fn statistics(&self, terms: &[FieldTerms]) -> Result<Statistics, IndexError>;

    /// For each set of terms, an upper bound of the number of documents with any of them. Removed documents do not
    /// count, so merging segments does not change it.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::statistics`].
    fn live_doc_freqs(&self, terms: &[FieldTerms]) -> Result<Vec<u64>, IndexError>;

    /// The positions of some terms in some fields of each document, in the same order. `None` if there are so many
    /// terms that reading the texts is faster.
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

    /// The article of each key, with its free keys. A key may be an id alone: then the page whose locale sorts first.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn articles(&self, keys: &[&str]) -> Result<Vec<Option<StoredArticle>>, IndexError>;

    /// The article of one key, as by [`Snapshot::articles`]. The locale may be in another spelling: `ID/zh-Hans` for
    /// `ID/zh-CN`.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn article(&self, key: &str) -> Result<Option<StoredArticle>, IndexError> {
        let canonical = key.rsplit_once('/').and_then(|(id, locale)| {
            let locale = canonical_locale(locale)?;
            Some(format!("{id}/{locale}"))
        });
        let found = self.articles(&[key])?.pop().flatten();
        match canonical.filter(|canonical| found.is_none() && canonical != key) {
            Some(canonical) => Ok(self.articles(&[&canonical])?.pop().flatten()),
            None => Ok(found),
        }
    }

    /// For each set, its terms in a field, or in all fields that plain words search, with their document frequencies.
    /// Pages that were removed recently may still be counted.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if a set expands to too many terms; else as for every method.
    fn doc_freqs(&self, field: Option<&str>, sets: &[TermSet]) -> Result<Vec<TermFreqs>, IndexError>;

    /// The securities that articles name, in order of market, venue and code. Those of articles that were removed recently may be among them.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn symbols(&self) -> Result<Vec<Symbol>, IndexError>;

    /// The free keys that articles have, at most [`MAX_INDEX_KEYS`] of them.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn keys(&self) -> Result<KeyCounts, IndexError>;

    /// What articles state of the names with a [key](crate::symbol::name_key).
    ///
    /// # Errors
    ///
    /// As for every method.
    fn names(&self, key: &str) -> Result<Vec<NameStatement>, IndexError>;

    /// Announces that names with these keys are asked next. A snapshot of an engine far away asks for all of them at once.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn prepare_names(&self, _keys: &[String]) -> Result<(), IndexError> {
        Ok(())
    }

    /// The same of the spellings of these securities.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn prepare_spellings(&self, _symbols: &[Symbol], _limit: usize) -> Result<(), IndexError> {
        Ok(())
    }

    /// The same of retrievals of which only the totals count.
    ///
    /// # Errors
    ///
    /// As [`Snapshot::retrieve`].
    fn prepare_totals(&self, _retrievals: &[Retrieval]) -> Result<(), IndexError> {
        Ok(())
    }

    /// The same of names whose key is longer and begins with this one; at most `limit` statements of each segment.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn longer_names(&self, key: &str, limit: usize) -> Result<Vec<NameStatement>, IndexError>;

    /// How articles spell the names of a security, with the number of pages, most frequent first. At most `limit` of each
    /// segment.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn spellings(&self, symbol: &Symbol, limit: usize) -> Result<TermFreqs, IndexError>;

    /// All matching articles, in batches and in no particular order.
    ///
    /// # Errors
    ///
    /// [`IndexError::TooMuch`] if the query expands to too many terms; else as for every method.
    fn scan(&self, query: &Query, fetch: Fetch) -> Result<Batches<'_>, IndexError>;

    /// The contents and the size of the index.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn status(&self) -> Result<Status, IndexError>;

    /// The ledger of the records that the index was made from.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn ledger(&self) -> Result<Ledger, IndexError>;

    /// The records that a filter selects, ordered by path and record.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError>;

    /// What a file was read as. `None` if the index does not know it, or its name tells how its one article was read.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError>;

    /// Where a record is in its file; `None` if the index does not know it.
    ///
    /// # Errors
    ///
    /// As for every method.
    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError>;
}

/// Terms with their document frequencies, most frequent first.
pub type TermFreqs = Vec<(String, u64)>;

/// Free keys in order of name, each with the number of pages that have it.
pub type KeyCounts = Arc<[(String, u64)]>;

/// Maximum number of free keys of an index that queries know: the first by name.
pub const MAX_INDEX_KEYS: usize = 10_000;

/// Articles in batches. An error ends them.
pub type Batches<'s> = Box<dyn Iterator<Item = Result<Vec<StoredArticle>, IndexError>> + Send + 's>;

/// How much of an article to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Everything but texts and securities.
    Metadata,
    /// The texts only. Texts that are only in a large file are left out.
    Texts,
    /// Everything but free keys.
    Full,
}

/// Writes articles. Readers see nothing of it before [`Writer::commit`].
pub trait Writer: Send + Sync {
    /// Adds the article of a file or a record. Whatever the index has of it must have been removed.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the index cannot be written.
    fn put(&self, article: &Article, file: &File) -> Result<(), IndexError>;

    /// Records that a file or a record has no article of its own, and why. Whatever the index has of it must have been removed.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the index cannot be written.
    fn exclude(&self, file: &File, excluded: &ExcludedFile) -> Result<(), IndexError>;

    /// Adds what is known of a file of many records. It replaces what was known of the file, not its records.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the index cannot be written.
    fn put_records(&self, of: &RecordsFile) -> Result<(), IndexError>;

    /// Removes everything written for a file so far, with all its records.
    fn remove(&self, path: &str);

    /// Removes one record of a file.
    fn remove_record(&self, path: &str, record: u64);

    /// Waits until a large document is written, if one is being indexed. Until then there is no memory to read another.
    ///
    /// # Errors
    ///
    /// As [`Writer::put`].
    fn settle(&self) -> Result<(), IndexError> {
        Ok(())
    }

    /// Makes everything written so far durable and visible, all or nothing.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the index cannot be written. Readers still see the last commit.
    fn commit(&mut self) -> Result<(), IndexError>;

    /// The documents that the engine has rejected since this was last asked.
    fn rejected(&self) -> Rejected {
        Rejected::default()
    }

    /// The error of a failed thread of the writer: other methods only report that the thread is gone. Drops everything
    /// that is not committed.
    fn failure(&mut self) -> Option<IndexError>;

    /// Waits for merges and drops everything that is not committed. `complete` says that folders were read to their
    /// end: then the documents that a repair could not name count as read again.
    ///
    /// # Errors
    ///
    /// As [`Writer::commit`].
    fn finish(self: Box<Self>, complete: bool) -> Result<(), IndexError>;
}

/// An index that is built anew, and then replaces the one at its location. Dropped before that, it leaves the old one as
/// it was.
pub trait Rebuild {
    /// The new index, empty at first.
    fn index(&self) -> &dyn Index;

    /// The paths of the articles of the old index, as far as they can be read.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unreachable`] if the engine does not answer.
    fn old_paths(&self) -> Result<Vec<String>, IndexError>;

    /// Replaces the old index by the last commit of the new one, all or nothing.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the index cannot be written.
    fn replace(self: Box<Self>) -> Result<(), IndexError>;
}

/// Maintains an index, even one that does not open.
pub trait Maintenance {
    /// Merges all segments into one, without removed documents. Only speed and size change for readers.
    ///
    /// # Errors
    ///
    /// As [`Location::open`]; [`IndexError::Locked`] while another process writes; [`IndexError::Unwritable`] if the
    /// merge fails.
    fn optimize(&self) -> Result<(), IndexError>;

    /// Reads every byte of the index and reports what is wrong. If nothing is and `files` is true, also reports the
    /// files that have changed since they were ingested.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`] if there is no index; [`IndexError::Older`] or [`IndexError::Newer`] for one of another
    /// version; [`IndexError::Unreadable`] if the system refuses to read it; [`IndexError::Damaged`] if its list of segments
    /// cannot be parsed.
    fn check(&self, files: bool) -> Result<Vec<Finding>, IndexError>;

    /// Makes the index sound again: keeps the sound segments, leaves the others out, and names their articles.
    ///
    /// # Errors
    ///
    /// [`IndexError::Missing`]; [`IndexError::Foreign`], [`IndexError::Older`] or [`IndexError::Newer`] if another
    /// program or version wrote it; [`IndexError::Locked`] while another process writes; [`IndexError::Unreadable`] if
    /// the list of segments and its copy are both damaged; [`IndexError::Unwritable`].
    fn repair(&self) -> Result<Repaired, IndexError>;

    /// Records that the articles which a repair left out were read again, except for some. Each later repair names those that
    /// are not in the index by then.
    ///
    /// # Errors
    ///
    /// [`IndexError::Unwritable`] if the record cannot be written.
    fn mark_read_again(&self, except: &[Lost]) -> Result<(), IndexError>;
}

/// The threads and the memory that a writer may use.
#[derive(Clone, Copy, Debug)]
pub struct WriterOptions {
    /// Number of threads that write.
    pub threads: usize,
    /// Heap memory of the process, in bytes. The writer keeps to it as far as it can.
    pub memory: usize,
}

impl WriterOptions {
    /// The default memory of an ingest, in bytes.
    pub const MEMORY: usize = 256 << 20;

    /// The memory to ask for, in MiB, where something needs so many bytes that these options do not suffice. They suffice for
    /// a quarter more than they say: what is needed is estimated, and little else happens at that time.
    #[must_use]
    pub fn lacking(self, needed: u64) -> Option<u64> {
        let asked = needed / 5 * 4;
        (asked > self.memory as u64).then(|| asked.div_ceil(1 << 20))
    }
}

/// What an index keeps of a file of many records, besides these.
#[derive(Clone, Debug)]
pub struct RecordsFile {
    /// The file.
    pub file: File,
    /// Its records, with their places.
    pub records: Records,
    /// The number of its records that have a document: an article, or why they are excluded.
    pub documents: u64,
    /// The parts of it that gave no article.
    pub unread: UnreadRecords,
}

/// Parts of a file that gave no article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadRecords {
    /// The first of them, at most [`UnreadRecords::MAX_NAMED`].
    pub named: Vec<UnreadRecord>,
    /// The number of all of them by code.
    pub by_code: BTreeMap<String, u64>,
}

impl UnreadRecords {
    /// Maximum number of parts that are named.
    pub const MAX_NAMED: usize = 100;

    /// Adds a part.
    pub fn add(&mut self, unread: UnreadRecord) {
        *self.by_code.entry(unread.code.clone()).or_default() += 1;
        if self.named.len() < Self::MAX_NAMED {
            self.named.push(unread);
        }
    }
}

/// A part of a file that gave no article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadRecord {
    /// The line on which it begins, from 1.
    pub line: u32,
    /// A stable name of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

/// Why a file or a record has no article of its own in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExcludedFile {
    /// `duplicate-id`, `empty` or `binary`.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// For a duplicate, the id and the locale of the article that another file holds, separated by a line break.
    pub key: String,
}

impl ExcludedFile {
    /// For a duplicate, the [`key_hash`] of the article that another file holds.
    #[must_use]
    pub fn key_hash(&self) -> Option<NonZeroU64> {
        self.key.split_once('\n').map(|(id, locale)| key_hash(id, locale))
    }
}

/// The documents that an engine did not take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// The first of them.
    pub named: Vec<RejectedDocument>,
    /// Number of the others.
    pub others: u64,
    /// Number of articles among all of them.
    pub articles: u64,
}

/// A document that the engine did not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedDocument {
    /// The file that it was made from.
    pub path: String,
    /// Why the engine did not take it.
    pub reason: String,
}

/// One thing that is wrong with an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file or the segment.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
}

/// What a repair found and did.
#[derive(Clone, Debug, Default)]
pub struct Repaired {
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// The number of segments in the index after the repair.
    pub kept: usize,
    /// The number of segments that the repair left out.
    pub left_out: usize,
    /// The articles of those segments, as far as they can be named. Some may have been removed before.
    pub lost: Vec<Lost>,
    /// The number of documents that cannot be named.
    pub unnamed: u64,
}

/// An article that a repair has left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lost {
    /// Its file.
    pub path: String,
    /// The id of its record in a file of many; 0 for a whole file.
    pub record: u64,
    /// Its id, unless it was excluded.
    pub id: Option<String>,
    /// What its file was read as, as far as the index knows it.
    pub format: InputFormat,
}

/// What is in an index.
#[derive(Clone, Debug)]
pub struct Status {
    /// The location of the index.
    pub location: String,
    /// The number of articles, each in one locale or more.
    pub articles: u64,
    /// The number of pages.
    pub pages: u64,
    /// The number of excluded files and records.
    pub excluded: u64,
    /// The number of pages per locale, most first.
    pub locales: Vec<(String, u64)>,
    /// The free keys, with the number of pages that have each.
    pub keys: KeyCounts,
    /// When the earliest and the latest article were published.
    pub published: Option<(Moment, Moment)>,
    /// The number of segments, if the engine has segments.
    pub segments: Option<usize>,
    /// Total size on disk, in bytes.
    pub bytes: u64,
    /// Size on disk per field, in bytes, largest first; with entries for what no single field owns.
    pub fields: Vec<(String, u64)>,
    /// When the last ingest was committed.
    pub ingested: Option<Timestamp>,
    /// The version of newsdex that made the last commit.
    pub version: String,
}
