//! Reads documents, questions and judgements.

use serde::Deserialize;
use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read},
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

/// The questions of a set and what is known of their answers.
#[derive(Clone, Debug, Default)]
pub struct EvalSet {
    /// Id and text of each question, in the order of the file.
    pub queries: Vec<(String, String)>,
    /// For each question the grades of documents.
    pub judgements: HashMap<String, HashMap<String, u32>>,
}

/// The text of a file that may be packed by xz.
#[must_use]
pub fn unpacked(file: impl Read + 'static, packed: bool) -> Box<dyn BufRead> {
    if packed {
        Box::new(BufReader::new(lzma_rust2::XzReader::new(file, true)))
    } else {
        Box::new(BufReader::new(file))
    }
}

/// The documents of a file, an object a line.
pub fn read_documents(file: impl BufRead) -> impl Iterator<Item = Result<Document, SetError>> {
    let read = |(line, text): (usize, String)| {
        serde_json::from_str(&text).map_err(|error| SetError {
            file: "docs.jsonl",
            line,
            message: error.to_string(),
        })
    };
    lines("docs.jsonl", file).map(move |line| line.and_then(read))
}

impl EvalSet {
    /// Reads `queries.tsv` and `qrels.tsv`.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, and in which of its lines.
    pub fn read(queries: impl BufRead, judgements: impl BufRead) -> Result<Self, SetError> {
        let mut set = Self::default();
        for line in lines("queries.tsv", queries) {
            let (_, text) = line?;
            let (id, text) = text.split_once('\t').unwrap_or((&text, ""));
            set.queries.push((id.to_owned(), text.trim().to_owned()));
        }
        for line in lines("qrels.tsv", judgements) {
            let (line, text) = line?;
            let cells: Vec<&str> = text.split('\t').map(str::trim).collect();
            // BEIR has three columns, TREC four with one that says nothing.
            let (query, document, grade) = match cells.as_slice() {
                [query, document, grade] | [query, _, document, grade] => (*query, *document, *grade),
                _ => return Err(wrong(line, "expected query, document and grade with tabs between them")),
            };
            match grade.parse::<i64>() {
                Ok(grade) => {
                    let grade = u32::try_from(grade.max(0)).unwrap_or(u32::MAX);
                    set.judgements.entry(query.to_owned()).or_default().insert(document.to_owned(), grade);
                }
                // The names of the columns.
                Err(_) if line == 1 => {}
                Err(_) => return Err(wrong(line, "the grade is no number")),
            }
        }
        Ok(set)
    }
}

fn wrong(line: usize, message: &str) -> SetError {
    SetError { file: "qrels.tsv", line, message: message.to_owned() }
}

/// The lines of a file that hold something, with their numbers.
fn lines(
    file: &'static str,
    reader: impl BufRead,
) -> impl Iterator<Item = Result<(usize, String), SetError>> {
    let numbered = (1..).zip(reader.lines());
    let read = move |(line, text): (usize, io::Result<String>)| match text {
        Ok(text) => Ok((line, text)),
        Err(error) => Err(SetError { file, line, message: error.to_string() }),
    };
    numbered
        .map(read)
        .filter(|line| line.as_ref().is_ok_and(|(_, text)| !text.trim().is_empty()) || line.is_err())
}
