//! Reads texts that the index does not store from the files of their articles.
//!
//! A title or body, say, that the schema does not store is only in the file. The hash of the file tells whether it
//! still has the bytes that were ingested; the same parser then gives the same text.

use crate::{
    article::{Article, BuiltIn, Keys, RecordParser},
    index::StoredArticle,
    schema::{FieldDef, Schema},
    source::{Contents, InputFormat, Kind, Place, Shape, file_of, reread, reread_record},
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

    /// Adds the texts to an article whose path and hash are set. `size` is the size of its file, in bytes, and `contents` what the
    /// user has said of it. If the file is gone or has changed, marks the article as stale.
    pub(super) fn add(&self, kept: &mut StoredArticle, size: u64, contents: Option<Contents>) {
        match reread(&file_of(&kept.path), size, kept.hash) {
            Ok(bytes) => match whole(&kept.path, contents, &bytes, &self.keys) {
                Some(article) => self.take(kept, article),
                None => kept.stale = true,
            },
            Err(_) => kept.stale = true,
        }
    }

    /// The same for an article of a record at a place.
    pub(super) fn add_record(&self, kept: &mut StoredArticle, place: Place, shape: &Shape) {
        let bytes = reread_record(&file_of(&kept.path), place, kept.hash).ok();
        let parser = RecordParser::new(shape.format, &shape.head, &self.keys);
        match bytes.and_then(|bytes| parser.parse(&bytes, "").ok()) {
            Some(parsed) => self.take(kept, parsed.value),
            None => kept.stale = true,
        }
    }

    fn take(&self, kept: &mut StoredArticle, mut article: Article) {
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

/// The article that is a whole file, as what the user has said or the name tells; `None` if there is none in these
/// bytes. The name gives no id here, as the index has that already.
pub(super) fn whole(path: &str, contents: Option<Contents>, bytes: &[u8], keys: &Keys) -> Option<Article> {
    let by_name = || Kind::of_chosen(&file_of(path), InputFormat::Auto).contents;
    let Contents::Whole(format) = contents.unwrap_or_else(by_name) else { return None };
    Some(RecordParser::new(format, &[], keys).parse(bytes, "").ok()?.value)
}
