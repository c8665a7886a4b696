//! Texts that the index does not keep, read from the files of their articles.
//!
//! Where the schema has a title or body, say, not stored, the file is the only place that has it. It is read
//! as it was when it was ingested: the same analysis of the same bytes, told by their hash.

use crate::{
    article::{Article, Keys},
    index::StoredArticle,
    schema::Schema,
    source::file_of,
};
use std::{fs, mem, path::Path};
use xxhash_rust::xxh3::xxh3_64;

/// Which texts are read from files, and by which keys of front matter.
#[derive(Clone, Debug)]
pub(super) struct FileTexts {
    keys: Keys,
    missing: Vec<String>,
}

impl FileTexts {
    /// For the texts that a schema has not stored; none where it has all.
    pub(super) fn new(schema: &Schema) -> Option<Self> {
        let missing: Vec<String> = schema.left_in_files().map(|field| field.name.clone()).collect();
        (!missing.is_empty()).then(|| Self { keys: schema.keys(), missing })
    }

    /// Adds the texts to an article with the path, the hash and this many bytes of its file. Where the file is gone or
    /// is another by now, the article is marked as stale.
    pub(super) fn add(&self, kept: &mut StoredArticle, size: u64) {
        let Some(bytes) = unchanged(&file_of(&kept.path), size, kept.hash) else {
            kept.stale = true;
            return;
        };
        // The name would only give an id, which the index has.
        let mut article = Article::parse(&bytes, "", &self.keys).value;
        for name in &self.missing {
            match name.as_str() {
                "title" => kept.title = mem::take(&mut article.title),
                "description" => kept.description = mem::take(&mut article.description),
                "body" => kept.body = mem::take(&mut article.body),
                "url" => kept.url = mem::take(&mut article.url),
                "related" => kept.related = mem::take(&mut article.related),
                _ => {}
            }
        }
    }
}

/// The bytes of a file, if it has so many and they are those of the hash. Another is not even opened, as a pipe would
/// make the reader wait.
fn unchanged(path: &Path, size: u64, hash: u64) -> Option<Vec<u8>> {
    let metadata = fs::metadata(path).ok()?;
    let bytes =
        if metadata.is_file() && metadata.len() == size { fs::read(path).ok()? } else { return None };
    (xxh3_64(&bytes) == hash).then_some(bytes)
}
