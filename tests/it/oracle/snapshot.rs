//! One commit of an index in memory, which answers by looking at every document.

use super::{
    counting::facet,
    matching::{Searched, first_value, matches, order_of_values, searched, words_of},
    memory::{Document, Documents, Kept, location},
    stored::{known, record, stored},
};
use jiff::Timestamp;
use newsdex::{
    article::{Article, Moment},
    index::{
        Batches, Collapse, DocRef, Exclusions, Explanation, Fetch, FieldTerms, IndexError, KeyCounts, Ledger,
        LedgerBuilder, Member, NameStatement, Positions, Record, RecordFilter, Retrieval, Retrieved,
        ScoredDoc, Snapshot, Sort, Statistics, Status, StoredArticle, TermFreqs,
    },
    query::{Query, TermSet},
    schema::Schema,
    source::{Contents, File, Place, is_below, path_hash},
    symbol::Symbol,
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

/// A commit.
#[derive(Clone)]
pub(super) struct MemorySnapshot {
    schema: Arc<Schema>,
    documents: Arc<Documents>,
    generation: u64,
    deadline: Option<Instant>,
}

/// A document that is an article.
#[derive(Clone, Copy)]
struct Page<'s> {
    doc: DocRef,
    file: &'s File,
    article: &'s Article,
}

impl MemorySnapshot {
    pub(super) fn new(schema: Arc<Schema>, documents: Arc<Documents>, generation: u64) -> Self {
        Self { schema, documents, generation, deadline: None }
    }

    fn check_deadline(&self) -> Result<(), IndexError> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(IndexError::TimedOut),
            _ => Ok(()),
        }
    }

    /// All pages, in the order in which they were put.
    fn pages(&self) -> Vec<Page<'_>> {
        (0..)
            .zip(self.documents.iter())
            .filter_map(|(number, document)| page(DocRef(number), document))
            .collect()
    }

    fn page(&self, doc: DocRef) -> Page<'_> {
        page(doc, &self.documents[usize::try_from(doc.0).unwrap()]).expect("retrieved documents are articles")
    }

    fn matching(&self, query: &Query) -> Vec<Page<'_>> {
        let mut pages = self.pages();
        pages.retain(|page| matches(&self.schema, query, page.article));
        pages
    }

    fn retrieved(&self, retrieval: &Retrieval) -> Vec<Page<'_>> {
        let mut pages = self.matching(&retrieval.query);
        pages.retain(|page| retrieval.without.as_ref() != Some(&page.article.id));
        pages
    }

    /// For each term of a set that a field has, the documents that have it.
    fn postings(&self, field: Searched<'_>, set: &TermSet) -> BTreeMap<String, BTreeSet<DocRef>> {
        let matcher = set.matcher();
        let mut postings: BTreeMap<String, BTreeSet<DocRef>> = BTreeMap::new();
        for page in self.pages() {
            let words = words_of(field, page.article).into_iter().flatten();
            for word in words.filter(|word| matcher.takes(&word.text)) {
                postings.entry(word.text).or_default().insert(page.doc);
            }
        }
        postings
    }
}

fn page(doc: DocRef, document: &Document) -> Option<Page<'_>> {
    match &document.kept {
        Kept::Article(article) => Some(Page { doc, file: &document.file, article }),
        Kept::Excluded(_) | Kept::Records(_) => None,
    }
}

/// The instant by which a page is ordered.
fn instant(page: &Page<'_>) -> Option<Timestamp> {
    page.article.published.map(Moment::instant)
}

/// What orders the pages of one instant.
fn key<'s>(page: &Page<'s>) -> (&'s str, &'s str) {
    (&page.article.id, &page.article.locale)
}

fn unsupported<T>(what: &str, instead: &str) -> Result<T, IndexError> {
    Err(IndexError::Unsupported { location: location(), what: what.into(), instead: instead.into() })
}

impl Snapshot for MemorySnapshot {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn with_deadline(&self, deadline: Instant) -> Arc<dyn Snapshot> {
        Arc::new(Self { deadline: Some(deadline), ..self.clone() })
    }

    fn retrieve(&self, retrieval: &Retrieval) -> Result<Retrieved, IndexError> {
        self.check_deadline()?;
        if retrieval.collapse == Collapse::Stories {
            // Which page begins a story is not defined where two were published at once.
            return unsupported("collapsing near-copies", "collapse articles");
        }
        if retrieval.after.is_some() {
            return unsupported("a place to go on from", "skip documents");
        }
        let mut pages = self.retrieved(retrieval);
        let count = pages.len();
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for page in &pages {
            let next = numbers.len();
            numbers.entry(&page.article.id).or_insert(next);
        }
        let is_grouped = retrieval.collapse == Collapse::Articles;
        let number =
            |(at, page): (usize, &Page<'_>)| if is_grouped { numbers[page.article.id.as_str()] } else { at };
        let counted: Vec<(usize, &Article)> =
            pages.iter().enumerate().map(|(at, page)| (number((at, page)), page.article)).collect();
        let facets =
            retrieval.facets.iter().map(|request| facet(&self.schema, request, &retrieval.zone, &counted));
        let facets = facets.collect();
        match &retrieval.sort {
            // Nothing is ranked: all are equally relevant.
            Sort::Relevance | Sort::Newest => pages.sort_by_key(|page| (Reverse(instant(page)), key(page))),
            Sort::Oldest => {
                pages.sort_by_key(|page| (instant(page).is_none(), instant(page), key(page)));
            }
            Sort::Key(order) => {
                pages.sort_by_key(|page| (Reverse(instant(page)), key(page)));
                let value = |page: &Page<'_>| first_value(&self.schema, order, page.article);
                pages.sort_by(|a, b| order_of_values(value(a).as_ref(), value(b).as_ref(), order));
            }
        }
        let mut seen = HashSet::new();
        pages.retain(|page| !is_grouped || seen.insert(&page.article.id));
        let score = (retrieval.sort == Sort::Relevance).then_some(0.0);
        let scored = |page: Page<'_>| ScoredDoc {
            doc: page.doc,
            score,
            published: page.article.published,
            value: match &retrieval.sort {
                Sort::Key(order) => first_value(&self.schema, order, page.article),
                _ => None,
            },
            copies: None,
        };
        let docs = pages.into_iter().skip(retrieval.offset).take(retrieval.limit).map(scored).collect();
        Ok(Retrieved { pages: count, articles: numbers.len(), stories: None, before: 0, docs, facets })
    }

    fn members(&self, retrieval: &Retrieval, docs: &[DocRef]) -> Result<Vec<Vec<Member>>, IndexError> {
        self.check_deadline()?;
        let pages = self.pages();
        let ids: HashSet<&str> = pages.iter().map(|page| page.article.id.as_str()).collect();
        if ids.len() == pages.len() {
            return Ok(Vec::new());
        }
        let matching: HashSet<DocRef> = self.retrieved(retrieval).iter().map(|page| page.doc).collect();
        let members = |doc: &DocRef| {
            let id = &self.page(*doc).article.id;
            let mut of_article: Vec<&Page<'_>> = pages.iter().filter(|page| page.article.id == *id).collect();
            of_article.sort_by_key(|page| &page.article.locale);
            let is_alone = of_article.len() == 1;
            let member = |page: &Page<'_>| Member {
                doc: page.doc,
                locale: page.article.locale.clone(),
                published: page.article.published,
                score: (!is_alone && matching.contains(&page.doc)).then_some(0.0),
            };
            of_article.into_iter().map(member).collect()
        };
        Ok(docs.iter().map(members).collect())
    }

    fn explain(&self, _: &Retrieval, _: DocRef) -> Result<Explanation, IndexError> {
        unsupported("explaining a score", "ask an engine that ranks")
    }

    fn fetch(&self, docs: &[DocRef], fetch: Fetch) -> Result<Vec<StoredArticle>, IndexError> {
        self.check_deadline()?;
        let pages = docs.iter().map(|doc| self.page(*doc));
        Ok(pages.map(|page| stored(page.file, page.article, fetch)).collect())
    }

    fn statistics(&self, terms: &[FieldTerms]) -> Result<Statistics, IndexError> {
        let docs = self.pages().len() as u64;
        Ok(Statistics { docs, mean_length: 1.0, doc_freqs: self.live_doc_freqs(terms)? })
    }

    fn live_doc_freqs(&self, terms: &[FieldTerms]) -> Result<Vec<u64>, IndexError> {
        self.check_deadline()?;
        let doc_freq = |FieldTerms { field, terms }: &FieldTerms| {
            // "At most": a document is counted for each of the terms that it has, in the field that has most of them.
            let of_field = searched(&self.schema, field.as_deref())
                .map(|field| self.postings(field, terms).values().map(BTreeSet::len).sum::<usize>() as u64);
            // The spellings of a key are in different articles.
            if field.is_some() { of_field.sum() } else { of_field.max().unwrap_or_default() }
        };
        Ok(terms.iter().map(doc_freq).collect())
    }

    fn positions(
        &self,
        _: &[DocRef],
        _: &[FieldTerms],
        _: &[&str],
    ) -> Result<Option<Vec<Positions>>, IndexError> {
        Ok(None)
    }

    fn articles(&self, keys: &[&str]) -> Result<Vec<Option<StoredArticle>>, IndexError> {
        self.check_deadline()?;
        let find = |key: &&str| {
            let is_it = |page: &&Page<'_>| page.article.key() == *key || page.article.id == *key;
            let pages = self.pages();
            let first = pages.iter().filter(is_it).min_by_key(|page| page.article.key());
            first.map(|page| {
                let keys = self.schema.free_keys(page.article).into_iter();
                let texts = |values: BTreeSet<&str>| values.into_iter().map(str::to_owned).collect();
                let keys = keys.map(|(key, values)| (key, texts(values))).collect();
                StoredArticle { keys, ..stored(page.file, page.article, Fetch::Full) }
            })
        };
        Ok(keys.iter().map(find).collect())
    }

    fn doc_freqs(&self, field: Option<&str>, sets: &[TermSet]) -> Result<Vec<TermFreqs>, IndexError> {
        self.check_deadline()?;
        let doc_freqs = |set: &TermSet| {
            let mut postings: BTreeMap<String, BTreeSet<DocRef>> = BTreeMap::new();
            for field in searched(&self.schema, field) {
                for (term, docs) in self.postings(field, set) {
                    postings.entry(term).or_default().extend(docs);
                }
            }
            let mut freqs: TermFreqs =
                postings.into_iter().map(|(term, docs)| (term, docs.len() as u64)).collect();
            freqs.sort_by_key(|(_, doc_freq)| Reverse(*doc_freq));
            freqs
        };
        Ok(sets.iter().map(doc_freqs).collect())
    }

    fn keys(&self) -> Result<KeyCounts, IndexError> {
        Ok(self.status()?.keys)
    }

    fn names(&self, _: &str) -> Result<Vec<NameStatement>, IndexError> {
        Ok(Vec::new())
    }

    fn longer_names(&self, _: &str, _: usize) -> Result<Vec<NameStatement>, IndexError> {
        Ok(Vec::new())
    }

    fn spellings(&self, _: &Symbol, _: usize) -> Result<TermFreqs, IndexError> {
        Ok(Vec::new())
    }

    fn symbols(&self) -> Result<Vec<Symbol>, IndexError> {
        self.check_deadline()?;
        let pages = self.pages();
        let symbols: BTreeSet<&Symbol> =
            pages.iter().flat_map(|page| &page.article.symbols).map(|named| &named.symbol).collect();
        Ok(symbols.into_iter().cloned().collect())
    }

    fn scan(&self, query: &Query, fetch: Fetch) -> Result<Batches<'_>, IndexError> {
        self.check_deadline()?;
        let one = |page: Page<'_>| Ok(vec![stored(page.file, page.article, fetch)]);
        let batches: Vec<_> = self.matching(query).into_iter().map(one).collect();
        Ok(Box::new(batches.into_iter()))
    }

    fn status(&self) -> Result<Status, IndexError> {
        self.check_deadline()?;
        let pages = self.pages();
        let ids: HashSet<&str> = pages.iter().map(|page| page.article.id.as_str()).collect();
        let mut locales: BTreeMap<&str, u64> = BTreeMap::new();
        for page in pages.iter().filter(|page| !page.article.locale.is_empty()) {
            *locales.entry(&page.article.locale).or_default() += 1;
        }
        let mut keys: BTreeMap<String, u64> = BTreeMap::new();
        for key in pages.iter().flat_map(|page| self.schema.free_keys(page.article).into_keys()) {
            *keys.entry(key).or_default() += 1;
        }
        let mut locales: Vec<(String, u64)> =
            locales.into_iter().map(|(locale, count)| (locale.to_owned(), count)).collect();
        locales.sort_by_key(|(_, count)| Reverse(*count));
        let dated = || pages.iter().filter(|page| page.article.published.is_some());
        let published = |page: Option<&Page<'_>>| page.and_then(|page| page.article.published);
        Ok(Status {
            location: location().to_string(),
            articles: ids.len() as u64,
            pages: pages.len() as u64,
            excluded: self.documents.iter().filter(|one| matches!(one.kept, Kept::Excluded(_))).count()
                as u64,
            locales,
            keys: keys.into_iter().collect(),
            published: published(dated().min_by_key(|page| instant(page)))
                .zip(published(dated().max_by_key(|page| instant(page)))),
            segments: None,
            bytes: 0,
            fields: Vec::new(),
            ingested: None,
            version: String::new(),
        })
    }

    fn ledger(&self) -> Result<Ledger, IndexError> {
        self.check_deadline()?;
        let mut builder = LedgerBuilder::default();
        for document in self.documents.iter() {
            let (source, known) = (path_hash(&document.file.path), known(document));
            match document.file.record {
                0 => builder.file(source, known),
                record => builder.record(source, record, known.key),
            }
        }
        let mut ledger = builder.finish();
        for document in self.documents.iter() {
            let File { path, record, .. } = document.file.clone();
            match &document.kept {
                Kept::Excluded(why) => {
                    ledger.excluded.push(Exclusions::default().entry(&path, record, why.clone()));
                }
                Kept::Records(of) if !of.unread.by_code.is_empty() => {
                    ledger.unread.push((path, of.unread.clone()));
                }
                Kept::Records(_) | Kept::Article(_) => {}
            }
        }
        Ok(ledger)
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<Record>, IndexError> {
        self.check_deadline()?;
        let takes = |document: &&Arc<Document>| match filter {
            RecordFilter::Keys(keys) => known(document).key.is_some_and(|key| keys.contains(&key)),
            RecordFilter::Sources { sources, below } => {
                let path = &document.file.path;
                document.file.record == 0
                    && sources.contains(&path_hash(path))
                    && below.iter().any(|root| is_below(path, root))
            }
        };
        let mut records: Vec<Record> =
            self.documents.iter().filter(takes).map(|document| record(document)).collect();
        records.sort_by(|a, b| (&a.file.path, a.file.record).cmp(&(&b.file.path, b.file.record)));
        Ok(records)
    }

    fn contents(&self, path: &str) -> Result<Option<Contents>, IndexError> {
        self.check_deadline()?;
        let mut of_file = self.documents.iter().filter(|document| document.file.path == path);
        let contents = |document: &Arc<Document>| match &document.kept {
            Kept::Records(of) => Some(Contents::Records(of.records.splitter)),
            Kept::Article(_) | Kept::Excluded(_) => document.file.contents,
        };
        Ok(of_file.find_map(contents))
    }

    fn place(&self, path: &str, record: u64) -> Result<Option<Place>, IndexError> {
        self.check_deadline()?;
        let of_file =
            self.documents.iter().find(|document| document.file.path == path && document.file.record == 0);
        Ok(of_file.and_then(|document| match &document.kept {
            Kept::Records(of) => of.records.place(record),
            Kept::Article(_) | Kept::Excluded(_) => None,
        }))
    }
}
