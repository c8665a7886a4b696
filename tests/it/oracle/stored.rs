//! What an index in memory tells of a document.

use super::memory::{Document, Kept};
use newsdex::{
    article::Article,
    index::{Fetch, Known, Record, StoredArticle, key_hash},
    source::{Contents, File},
};

/// An article as a snapshot gives it.
pub(super) fn stored(file: &File, article: &Article, fetch: Fetch) -> StoredArticle {
    let mut stored = StoredArticle::default();
    if fetch != Fetch::Texts {
        stored.key = article.key();
        stored.id.clone_from(&article.id);
        stored.locale.clone_from(&article.locale);
        stored.kind.clone_from(&article.kind);
        stored.path.clone_from(&file.path);
        stored.record = file.record;
        stored.published = article.published;
        stored.hash = file.hash;
    }
    if fetch != Fetch::Metadata {
        stored.title.clone_from(&article.title);
        stored.description.clone_from(&article.description);
        stored.body.clone_from(&article.body);
    }
    if fetch == Fetch::Full {
        stored.url.clone_from(&article.url);
        stored.symbols = article.symbols.iter().map(|named| (named.symbol.clone(), named.sources)).collect();
        stored.body_line = article.body_line;
        stored.related.clone_from(&article.related);
    }
    stored
}

/// A document as a ledger knows it.
pub(super) fn known(document: &Document) -> Known {
    let File { modified, size, hash, contents, .. } = document.file;
    let key = match &document.kept {
        Kept::Article(article) => Some(key_hash(&article.id, &article.locale)),
        Kept::Excluded(_) | Kept::Records(_) => None,
    };
    let (has_records, contents) = match &document.kept {
        Kept::Records(of) => (true, Some(Contents::Records(of.records.splitter))),
        Kept::Article(_) | Kept::Excluded(_) => (false, contents),
    };
    Known { modified, size, hash, key, has_records, contents, seen: false }
}

/// The record of a document.
pub(super) fn record(document: &Document) -> Record {
    let file = document.file.clone();
    match &document.kept {
        Kept::Article(article) => Record {
            file,
            id: article.id.clone(),
            locale: article.locale.clone(),
            published: article.published,
            yields: article.yields,
        },
        Kept::Excluded(_) | Kept::Records(_) => {
            Record { file, id: String::new(), locale: String::new(), published: None, yields: false }
        }
    }
}
