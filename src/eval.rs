//! Measures ranking on a set of documents, questions and judgements.
//!
//! A set has `docs.jsonl` with one object per line (id, title, body), `queries.tsv` with id and text, and
//! `qrels.tsv` with query, document and grade. The documents are indexed as articles, the questions are asked
//! as plain words without operators, and the results are compared with the judgements.

mod measure;
mod set;

pub use measure::{Mean, Measure, Scores};
pub use set::{Document, EvalSet, SetError, read_documents};

use crate::{
    article::{Article, MentionPlace, MentionPlaces, Named, read_date},
    index::{Index, IndexError, RejectedDocument, Snapshot, Sort, WriterOptions},
    query::{Clock, Language, Query, Synonyms},
    search::{Filters, ResolvedQuery, SearchError, SearchOptions, Searcher},
    source::File,
    symbol::Symbol,
};

/// Number of documents retrieved for each question.
const DEPTH: usize = 100;

/// One question with its results.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The id of the question.
    pub id: String,
    /// The question.
    pub text: String,
    /// The ids of the documents that were found, best first, with their scores.
    pub found: Vec<(String, f32)>,
    /// The measures of this ranking.
    pub scores: Scores,
}

/// Why an evaluation failed.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The set cannot be read.
    #[error(transparent)]
    Set(#[from] SetError),
    /// The index cannot be read or written.
    #[error("{0}")]
    Index(#[from] IndexError),
    /// The engine did not take a document.
    #[error("document {}: {}", _0.path, _0.reason)]
    Rejected(RejectedDocument),
}

/// Indexes the documents of a set, and returns how many there are.
///
/// # Errors
///
/// [`EvalError::Set`] if a document cannot be read, [`EvalError::Index`] if the index cannot be written,
/// [`EvalError::Rejected`] if the engine does not take a document.
pub fn index(
    engine: &dyn Index,
    options: WriterOptions,
    documents: impl Iterator<Item = Result<Document, SetError>>,
) -> Result<usize, EvalError> {
    let mut writer = engine.writer(options)?;
    let mut count = 0;
    for document in documents {
        let document = document?;
        let file = File { path: document.id.clone(), ..File::default() };
        writer.put(&article(document), &file)?;
        count += 1;
    }
    writer.commit()?;
    let rejected = writer.rejected().named.into_iter().next();
    writer.finish(true)?;
    if let Some(rejected) = rejected {
        return Err(EvalError::Rejected(rejected));
    }
    Ok(count)
}

fn article(document: Document) -> Article {
    let named = |notation: &String| {
        Some(Named {
            symbol: Symbol::parse(notation)?,
            sources: MentionPlaces::default().with(MentionPlace::Listed),
        })
    };
    Article {
        published: document.datetime.as_deref().and_then(read_date),
        symbols: document.tickers.iter().filter_map(named).collect(),
        id: document.id,
        title: document.title,
        body: document.body,
        body_line: 1,
        ..Article::default()
    }
}

/// Asks every question that has a judgement, with these synonyms, and measures the results. Ends early if `is_stopped`.
///
/// # Errors
///
/// [`SearchError::Index`] if the index cannot be read.
pub fn ask(
    snapshot: &dyn Snapshot,
    set: &EvalSet,
    synonyms: &Synonyms,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Vec<Judged>, SearchError> {
    let language = Language::new(snapshot.schema().query_fields(), Clock::utc());
    let searcher = Searcher::new(snapshot, &language);
    let options = SearchOptions {
        sort: Some(Sort::Relevance),
        limit: DEPTH,
        each_locale: true,
        snippets: 0,
        ..SearchOptions::default()
    };
    let mut judged = Vec::new();
    for (id, text) in &set.queries {
        if is_stopped() {
            break;
        }
        let Some(grades) = set.judgements.get(id) else { continue };
        let query = Query::of_words(text, synonyms);
        let resolved = ResolvedQuery {
            relaxed: query.relaxed(),
            query,
            notes: Vec::new(),
            filters: Filters::default(),
            typed: text.clone(),
            like: None,
        };
        let hits = searcher.search(&resolved, &options)?.answer.hits;
        let found: Vec<(String, f32)> =
            hits.into_iter().map(|hit| (hit.article.id, hit.score.unwrap_or_default())).collect();
        let ranked: Vec<u32> =
            found.iter().map(|(document, _)| grades.get(document).copied().unwrap_or(0)).collect();
        let scores = Scores::of(&ranked, grades.values().copied());
        judged.push(Judged { id: id.clone(), text: text.clone(), found, scores });
    }
    Ok(judged)
}
