//! Tells of the first records of files what was taken from where. Needs no index.

use super::{
    file::{is_index_page, reason_of},
    records::suffix,
};
use crate::{
    article::{self, Explanation, Format, Keys, RecordParser},
    source::{Candidate, Contents, Piece, Place, RecordsBuilder, Source, Splitter},
};
use std::{
    cell::Cell,
    io::{self, BufRead, Read},
};
use xxhash_rust::xxh3::xxh3_64;

/// So many records of each file are explained.
const FIRST: usize = 3;

/// A file or a record, and what was taken from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The path of the file, with the line if it is about a record: `news.jsonl:17`.
    pub place: String,
    /// What was taken from where, or why there is no article.
    pub outcome: Result<Explanation, String>,
}

/// Calls `each` with the first three records of each file of a source, in the order of their places. A record of more than
/// `limit` bytes is not read.
///
/// # Errors
///
/// Those of `each`. Of a file that cannot be read, `each` is told why.
pub fn explain(
    source: &Source,
    keys: &Keys,
    limit: u64,
    each: &mut dyn FnMut(&Explained) -> io::Result<()>,
) -> io::Result<()> {
    for found in source.walk() {
        let explained = match found {
            Ok(candidate) => file(&candidate, keys, limit),
            Err(passed) => vec![Explained { place: passed.path, outcome: Err(passed.reason) }],
        };
        explained.iter().try_for_each(&mut *each)?;
    }
    Ok(())
}

fn file(candidate: &Candidate, keys: &Keys, limit: u64) -> Vec<Explained> {
    let splitter = match candidate.kind.contents {
        Contents::Records(splitter) => splitter,
        Contents::Whole(format) => match page(candidate, format, keys, limit) {
            Some(outcome) => return vec![Explained { place: candidate.text.clone(), outcome }],
            None => Splitter::IndexPage,
        },
    };
    match records(candidate, splitter, keys, usize::try_from(limit).unwrap_or(usize::MAX)) {
        Ok(explained) => explained,
        Err(reason) => vec![Explained { place: candidate.text.clone(), outcome: Err(reason) }],
    }
}

/// Explains a file of one article; `None` if it is an index page.
fn page(
    candidate: &Candidate,
    format: Format,
    keys: &Keys,
    limit: u64,
) -> Option<Result<Explanation, String>> {
    let bytes = match candidate.read(limit) {
        Ok((bytes, _)) => bytes,
        Err(passed) => return Some(Err(passed.reason)),
    };
    if is_index_page(candidate.kind, &bytes) {
        return None;
    }
    Some(match article::unreadable(&bytes) {
        Some(code) => Err(reason_of(code).to_owned()),
        None => RecordParser::new(format, &[], keys)
            .explain(&bytes, &candidate.name)
            .map_err(|unread| unread.reason),
    })
}

/// Explains the first records of a file, or tells why it has none.
fn records(
    candidate: &Candidate,
    splitter: Splitter,
    keys: &Keys,
    limit: usize,
) -> Result<Vec<Explained>, String> {
    let mut stream = candidate.stream().map_err(|error| error.to_string())?;
    let enough = Cell::new(false);
    let mut input = Until { input: &mut stream, enough: &enough };
    let mut builder = RecordsBuilder::default();
    let mut first: Vec<(Place, Result<Vec<u8>, String>)> = Vec::new();
    let split = splitter.split(&mut input, keys, limit, &mut |place, piece| {
        if enough.get() {
            return;
        }
        let record = match piece {
            Piece::Record(bytes) => {
                builder.add(xxh3_64(bytes), place);
                Ok(bytes.to_vec())
            }
            Piece::Broken { reason, .. } => Err(reason),
        };
        first.push((place, record));
        enough.set(first.len() == FIRST);
    });
    let found = builder.finish(splitter, split.map_err(|error| error.to_string())?);
    if first.is_empty() {
        return Err("no records".to_owned());
    }
    let parser = RecordParser::new(found.shape.format, &found.shape.head, keys);
    let explain = |(place, record): (Place, Result<Vec<u8>, String>)| {
        let id = found.places().iter().find(|(_, at)| *at == place).map_or(0, |(id, _)| *id);
        let name = format!("{}{}", candidate.name, suffix(id));
        let parsed = |bytes: Vec<u8>| parser.explain(&bytes, &name).map_err(|unread| unread.reason);
        Explained { place: format!("{}:{}", candidate.text, place.line), outcome: record.and_then(parsed) }
    };
    Ok(first.into_iter().map(explain).collect())
}

/// An input that ends as soon as there is enough of it.
struct Until<'i> {
    input: &'i mut dyn BufRead,
    enough: &'i Cell<bool>,
}

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Until<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.enough.get() { Ok(&[]) } else { self.input.fill_buf() }
    }

    fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
    }
}
