//! Reads texts that the index does not store from the files of their articles.
//!
//! A title or body, say, that the schema does not store is only in the file. The hash of the file tells whether it
//! still has the bytes that were ingested; the same parser then gives the same text.

use crate::{
    article::{Article, BuiltIn, Keys},
    index::StoredArticle,
    schema::{FieldDef, Schema},
    source::{file_of, reread},
};
use std::mem;

/// Which texts to read from files, and the front matter keys to read them by.
#[derive(Clone, Debug)]
pub(super) struct FileTexts {
    keys: Keys,
    missing: Vec<BuiltIn>,
}

impl FileTexts {
    /// For the texts that the schema does not store; `None` if it stores all.
    pub(super) fn new(schema: &Schema) -> Option<Self> {
        let missing: Vec<BuiltIn> = schema.left_in_files().filter_map(FieldDef::built_in).collect();
        (!missing.is_empty()).then(|| Self { keys: schema.keys(), missing })
    }

    /// Adds the texts to an article whose path and hash are set. `size` is the size of its file, in bytes. If the file
    /// is gone or has changed, marks the article as stale.
    pub(super) fn add(&self, kept: &mut StoredArticle, size: u64) {
        let Ok(bytes) = reread(&file_of(&kept.path), size, kept.hash) else {
            kept.stale = true;
            return;
        };
        // The name would only give an id, which the index has already.
        let mut article = Article::parse(&bytes, "", &self.keys).value;
        for field in &self.missing {
            match field {
                BuiltIn::Title => kept.title = mem::take(&mut article.title),
                BuiltIn::Description => kept.description = mem::take(&mut article.description),
                BuiltIn::Body => kept.body = mem::take(&mut article.body),
                BuiltIn::Url => kept.url = mem::take(&mut article.url),
                BuiltIn::Related => kept.related = mem::take(&mut article.related),
                _ => {}
            }
        }
    }
}
