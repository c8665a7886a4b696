//! Reads documents, questions and judgements.

use crate::source::without_mark;
use serde::Deserialize;
use std::{
    collections::{HashMap, HashSet},
    io::{self, BufRead},
};

/// What is wrong with a file of a set.
#[derive(Debug, thiserror::Error)]
#[error("{file}, line {line}: {message}")]
pub struct SetError {
    /// The name of the file.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// One document of a set.
#[derive(Clone, Debug, Deserialize)]
pub struct Document {
    /// Its id.
    #[serde(alias = "_id")]
    pub id: String,
    /// Its title, or empty.
    #[serde(default)]
    pub title: String,
    /// Its text.
    #[serde(alias = "text")]
    pub body: String,
    /// When it was published.
    #[serde(default)]
    pub datetime: Option<String>,
    /// The securities that it concerns.
    #[serde(default)]
    pub tickers: Vec<String>,
}

/// The questions of a set and their judgements.
#[derive(Clone, Debug, Default)]
pub struct EvalSet {
    /// Id and text of each question, in the order of the file.
    pub queries: Vec<(String, String)>,
    /// The grades of documents by id, for each question by id.
    pub judgements: HashMap<String, HashMap<String, u32>>,
}

/// The documents of a file, one JSON object per line.
pub fn read_documents(file: impl BufRead) -> impl Iterator<Item = Result<Document, SetError>> {
    let mut ids = HashSet::new();
    let mut read = move |(line, text): (usize, String)| {
        let wrong = |message| SetError { file: "docs.jsonl", line, message };
        let document: Document = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if !ids.insert(document.id.clone()) {
            return Err(wrong(format!("duplicate id {:?}", document.id)));
        }
        Ok(document)
    };
    lines("docs.jsonl", file).map(move |line| line.and_then(&mut read))
}

impl EvalSet {
    /// Reads `queries.tsv` and `qrels.tsv`.
    ///
    /// # Errors
    ///
    /// [`SetError`] with file and line, if a line cannot be read, an id or a judgement is a duplicate, or a
    /// judgement has the wrong columns or no whole number as its grade.
    pub fn read(queries: impl BufRead, judgements: impl BufRead) -> Result<Self, SetError> {
        let mut set = Self::default();
        let mut ids = HashSet::new();
        for line in lines("queries.tsv", queries) {
            let (line, text) = line?;
            let (id, text) = text.split_once('\t').unwrap_or((&text, ""));
            let (id, text) = (id.trim().to_owned(), text.trim().to_owned());
            if !ids.insert(id.clone()) {
                let message = format!("duplicate id {id:?}");
                return Err(SetError { file: "queries.tsv", line, message });
            }
            set.queries.push((id, text));
        }
        for line in lines("qrels.tsv", judgements) {
            let (line, text) = line?;
            let cells: Vec<&str> = text.split_whitespace().collect();
            // TREC has a fourth column, the second, without meaning.
            let (query, document, grade) = match cells.as_slice() {
                [query, document, grade] | [query, _, document, grade] => (*query, *document, *grade),
                _ => return Err(wrong(line, "expected query id, document id and grade")),
            };
            match grade.parse::<i64>() {
                Ok(grade) => {
                    let grade = u32::try_from(grade.max(0)).unwrap_or(u32::MAX);
                    let of_query = set.judgements.entry(query.to_owned()).or_default();
                    if of_query.insert(document.to_owned(), grade).is_some() {
                        return Err(wrong(line, "duplicate judgement of this document for this query"));
                    }
                }
                // The first line may hold the names of the columns.
                Err(_) if line == 1 && grade.parse::<f64>().is_err() => {}
                Err(_) => return Err(wrong(line, "the grade is not a whole number")),
            }
        }
        Ok(set)
    }
}

fn wrong(line: usize, message: &str) -> SetError {
    SetError { file: "qrels.tsv", line, message: message.to_owned() }
}

/// The lines of a file that are not blank, with their numbers, from 1.
fn lines(
    file: &'static str,
    reader: impl BufRead,
) -> impl Iterator<Item = Result<(usize, String), SetError>> {
    let numbered = (1..).zip(reader.lines());
    let read = move |(line, text): (usize, io::Result<String>)| match text {
        Ok(text) if line == 1 => Ok((line, without_mark(&text).to_owned())),
        Ok(text) => Ok((line, text)),
        Err(error) => Err(SetError { file, line, message: error.to_string() }),
    };
    numbered
        .map(read)
        .filter(|line| line.as_ref().is_ok_and(|(_, text)| !text.trim().is_empty()) || line.is_err())
}
