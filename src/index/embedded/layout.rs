//! The schema of newsdex as a tantivy schema, and an article as a tantivy document.

use super::{moments::day_column, pairs};
use crate::{
    article::{AboutPart, Article, BuiltIn, Format, MentionPlaces, Named, stated_names},
    index::{
        ExcludedFile, RecordsFile, UnreadRecord,
        place_table::{RECORDS_FILE, TABLE},
        stamp::{INSTANTS, Stamp},
        terms::{about_term, article_hash, name_term, spelling},
    },
    schema::{FieldDef, FieldKind, Schema, Value},
    source::{Contents, File, Shape, Splitter, path_hash},
    symbol::Symbol,
    text::{self, Sketch, buffer_capacity},
};
use std::{collections::BTreeSet, iter};
use tantivy::{
    DateTime, SegmentReader, TantivyDocument, Term,
    schema::{
        DateOptions, DateTimePrecision, FAST, Facet, FacetOptions, Field, IndexRecordOption, NumericOptions,
        STORED, Schema as TantivySchema, TextFieldIndexing, TextOptions,
    },
    tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager},
};
use xxhash_rust::xxh3::xxh3_64;

/// The name of the tokenizer in the tantivy schema.
const ANALYSIS: &str = "words";

/// Names of the engine's own fields. A user's field begins with a letter.
pub(super) const PATH: &str = "_path";
pub(super) const MODIFIED: &str = "_modified";
pub(super) const SIZE: &str = "_size";
pub(super) const HASH: &str = "_hash";
pub(super) const RECORD: &str = "_record";
pub(super) const YIELDS: &str = "_yields";
/// What is known of a whole file: see [`FileNumber`].
pub(super) const DOCUMENTS: &str = "_documents";
pub(super) const ARTICLE: &str = "_article";
pub(super) const SKETCH: &str = "_sketch";
pub(super) const SPELLINGS: &str = "_spellings";
pub(super) const KEYS: &str = "_keys";
pub(super) const COMPARABLE: &str = "_comparable";

/// The name of the tokenizer of free keys.
const KEY_ANALYSIS: &str = "key_words";

/// Bytes of a document beside its text, as far as room is made for them.
const OTHER_VALUES: usize = 1 << 10;

/// The term of documents without an article.
pub(super) const EXCLUDED_MARKER: &str = "aside";

/// The tantivy field of each field of the schema, and the engine's own fields.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub schema: TantivySchema,
    /// The fields of the newsdex schema, in its order.
    pub fields: Vec<Field>,
    /// For each of them, the [`day_column`] of a date field.
    days: Vec<Option<Field>>,
    /// The absolute path of the file. Documents are replaced and removed by this term.
    pub path: Field,
    modified: Field,
    size: Field,
    hash: Field,
    /// The id of a record in its file, or the number of another document of a file of many records.
    record: Field,
    /// [`record_source`] of the same, by which one document is replaced and removed.
    pub source: Field,
    documents: Field,
    /// Whether the article gives way to others with its key; only the articles that do have it.
    yields: Field,
    /// What the records of a file share, or [`places`](super::places) of some of them.
    pub places: Field,
    /// The line of the file on which the body begins.
    pub line: Field,
    /// Other readings of the article's ambiguous symbols, as facet paths.
    pub alternative: Field,
    /// What the article is about, as [`about_term`]s.
    pub about: Field,
    /// The names that the article states for securities, as [`name_term`]s.
    pub names: Field,
    /// How the article spells them, as [`spelling`]s: a column, as only the names of a security are asked of it.
    spellings: Field,
    /// The article's order of its symbols, which the column loses, and the places that name them: [`ranks`].
    pub ranks: Field,
    /// The names of the keyword fields without a column, and of the free keys, that the article has.
    pub has: Field,
    /// The values of free keys, as [`pairs::pair`]s, and their words behind their keys.
    pub keys: Field,
    /// What they compare as: [`pairs::comparables`].
    pub comparable: Field,
    /// How each free key is kept.
    pub key: FieldDef,
    /// The hash of the id, which all pages of an article share.
    article: Field,
    /// The [`Sketch`] of title and body, for finding near-copies.
    sketch: Field,
    /// Why a file has no article. Only documents of excluded files have it.
    pub excluded: Field,
}

impl Layout {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut builder = TantivySchema::builder();
        let fields = schema.fields().iter().map(|field| add_field(&mut builder, field)).collect();
        let fast = NumericOptions::default().set_fast();
        let mut day = |field: &FieldDef| {
            let is_date = field.kind == FieldKind::Date;
            is_date.then(|| builder.add_bool_field(&day_column(&field.name), fast.clone()))
        };
        let days = schema.fields().iter().map(&mut day).collect();
        // One term, unchanged; matched but not ranked.
        let whole = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let whole = TextOptions::default().set_indexing_options(whole);
        let path = builder.add_text_field(PATH, whole.clone() | FAST);
        let modified = builder.add_i64_field(MODIFIED, fast.clone());
        let size = builder.add_u64_field(SIZE, fast.clone());
        let hash = builder.add_u64_field(HASH, fast.clone());
        let record = builder.add_u64_field(RECORD, fast.clone());
        let source = builder.add_u64_field("_source", NumericOptions::default().set_indexed());
        let documents = builder.add_u64_field(DOCUMENTS, fast.clone());
        let yields = builder.add_bool_field(YIELDS, fast);
        let places = builder.add_bytes_field("_places", STORED);
        let line = builder.add_u64_field("_line", STORED);
        let alternative = builder.add_text_field("_alternative", whole.clone());
        let about = builder.add_text_field("_about", whole.clone());
        let names = builder.add_text_field("_names", whole.clone());
        let spellings = builder.add_text_field(SPELLINGS, FAST);
        let ranks = builder.add_text_field("_ranks", STORED);
        let has = builder.add_text_field("_has", whole.clone());
        let words = TextFieldIndexing::default()
            .set_tokenizer(KEY_ANALYSIS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let words = TextOptions::default().set_indexing_options(words).set_fast("raw");
        let keys = builder.add_text_field(KEYS, words);
        let comparable = builder.add_text_field(COMPARABLE, FAST);
        let article = builder.add_u64_field(ARTICLE, NumericOptions::default().set_fast());
        let sketch = builder.add_u64_field(SKETCH, NumericOptions::default().set_fast());
        let excluded = builder.add_text_field("_aside", whole | STORED);
        Self {
            schema: builder.build(),
            fields,
            days,
            path,
            modified,
            size,
            hash,
            record,
            source,
            documents,
            yields,
            places,
            line,
            alternative,
            about,
            names,
            spellings,
            ranks,
            has,
            keys,
            comparable,
            key: key_row(),
            article,
            sketch,
            excluded,
        }
    }

    /// The document of an article.
    pub(super) fn document(&self, schema: &Schema, article: &Article, file: &File) -> TantivyDocument {
        let mut document = self.of_file(file, article.title.len() + article.body.len());
        for ((def, &field), day) in schema.fields().iter().zip(&self.fields).zip(&self.days) {
            let mut some = false;
            let mut days = Vec::new();
            Schema::values(def, article, |value| match value {
                Value::Text(text) => {
                    some = true;
                    document.add_text(field, text);
                }
                Value::Path(path) => document.add_facet(field, path.as_str()),
                Value::Date(moment) => {
                    let Stamp { millis, is_day } = Stamp::of(moment);
                    // The parser has refused other dates; here they would overflow.
                    if INSTANTS.contains(&millis) {
                        document.add_date(field, DateTime::from_timestamp_millis(millis));
                        days.push(is_day);
                    }
                }
                Value::Number(number) => document.add_f64(field, number),
            });
            if let Some(column) = day.filter(|_| days.contains(&true)) {
                for is_day in days {
                    document.add_bool(column, is_day);
                }
            }
            if some && def.kind == FieldKind::Keyword && !def.count {
                document.add_text(self.has, &def.name);
            }
        }
        self.add_keys(schema, article, &mut document);
        document.add_u64(self.line, u64::from(article.body_line));
        if article.yields {
            document.add_bool(self.yields, true);
        }
        document.add_u64(self.article, article_hash(&article.id));
        document.add_u64(self.sketch, Sketch::of(&[&article.title, &article.body]).bits());
        let symbols = article.symbols.iter().map(|named| (&named.symbol, named.sources));
        self.each_symbol_term(symbols, |field, term| document.add_text(field, term));
        if !article.symbols.is_empty() {
            document.add_text(self.ranks, ranks(&article.symbols));
        }
        for name in stated_names(&article.title, &article.body, &article.symbols) {
            document.add_text(self.names, name_term(&name));
            if let Some(spelling) = spelling(&name) {
                document.add_text(self.spellings, spelling);
            }
        }
        document
    }

    /// Adds the free keys of an article.
    fn add_keys(&self, schema: &Schema, article: &Article, document: &mut TantivyDocument) {
        for (key, values) in schema.free_keys(article) {
            document.add_text(self.has, &key);
            let mut comparable = BTreeSet::new();
            for value in values {
                document.add_text(self.keys, pairs::pair(&key, value));
                comparable.extend(pairs::comparables(&key, value));
            }
            for entry in comparable {
                document.add_text(self.comparable, entry);
            }
        }
    }

    /// Calls `visit` with the terms of an article's securities beside their facet paths. `symbols` must be in the
    /// article's order.
    pub(super) fn each_symbol_term<'s>(
        &self,
        symbols: impl Iterator<Item = (&'s Symbol, MentionPlaces)>,
        mut visit: impl FnMut(Field, String),
    ) {
        let (symbols, places): (Vec<&Symbol>, Vec<MentionPlaces>) = symbols.unzip();
        for (symbol, parts) in symbols.into_iter().zip(AboutPart::of(&places)) {
            let others = symbol.alternatives().iter().map(Symbol::facet);
            let readings: Vec<String> = iter::once(symbol.facet()).chain(others).collect();
            for part in parts {
                for path in &readings {
                    visit(self.about, about_term(part, path));
                }
            }
            for other in readings.into_iter().skip(1) {
                visit(self.alternative, other);
            }
        }
    }

    /// The term of the articles that name a security; `None` if the schema does not keep securities.
    pub(super) fn symbol_term(&self, schema: &Schema, symbol: &Symbol) -> Option<Term> {
        let mut fields = schema.fields().iter().zip(&self.fields);
        let (_, field) = fields.find(|(def, _)| def.built_in() == Some(BuiltIn::Symbol))?;
        Some(Term::from_facet(*field, &Facet::from_text(&symbol.facet()).ok()?))
    }

    /// The document of what is known of a file of many records. `places` is the number of documents of their places, and `few`
    /// the places if there are none.
    pub(super) fn records_document(&self, of: &RecordsFile, places: u64, few: &[u8]) -> TantivyDocument {
        let Shape { format, head } = &of.records.shape;
        let mut document = self.of_file(&File { contents: None, ..of.file.clone() }, head.len() + few.len());
        self.add_record(&mut document, &of.file.path, RECORDS_FILE);
        document.add_u64(self.source, record_source(&of.file.path, TABLE));
        document.add_text(self.excluded, EXCLUDED_MARKER);
        let number = FileNumber {
            contents: Some(Contents::Records(of.records.splitter)),
            documents: of.documents + places,
            has_unread: !of.unread.by_code.is_empty(),
        };
        document.add_u64(self.documents, number.written());
        let counts: Vec<String> =
            of.unread.by_code.iter().map(|(code, count)| format!("{code} {count}")).collect();
        for part in [
            format.as_str().to_owned(),
            places.to_string(),
            counts.join("\n"),
            of.records.splitter.as_str().to_owned(),
        ] {
            document.add_text(self.excluded, part);
        }
        for UnreadRecord { line, code, reason } in &of.unread.named {
            document.add_text(self.excluded, format!("{line}\n{code}\n{reason}"));
        }
        document.add_bytes(self.places, head);
        if !few.is_empty() {
            document.add_bytes(self.places, few);
        }
        document
    }

    /// The document of the places of some records of a file; `number` is at least 1.
    pub(super) fn places_document(&self, path: &str, number: u64, places: &[u8]) -> TantivyDocument {
        let (size, hash) = (places.len() as u64, xxh3_64(places));
        let file = File { path: path.to_owned(), size, hash, ..File::default() };
        let mut document = self.of_file(&file, places.len());
        self.add_record(&mut document, path, number);
        document.add_u64(self.source, record_source(path, TABLE));
        document.add_text(self.excluded, EXCLUDED_MARKER);
        document.add_bytes(self.places, places);
        document
    }

    fn add_record(&self, document: &mut TantivyDocument, path: &str, record: u64) {
        document.add_u64(self.record, record);
        document.add_u64(self.source, record_source(path, record));
    }

    /// The term of the document of a record, or of another document of a file of many records.
    pub(super) fn source_term(&self, path: &str, record: u64) -> Term {
        Term::from_field_u64(self.source, record_source(path, record))
    }

    /// The document that records an excluded file.
    pub(super) fn excluded_document(&self, file: &File, excluded: &ExcludedFile) -> TantivyDocument {
        let mut document = self.of_file(file, 0);
        document.add_text(self.excluded, EXCLUDED_MARKER);
        document.add_text(self.excluded, &excluded.code);
        document.add_text(self.excluded, &excluded.reason);
        document.add_text(self.excluded, &excluded.key);
        document
    }

    /// A document of a file, with room for this many bytes of text, so that a long one is not moved as it grows.
    fn of_file(&self, file: &File, text: usize) -> TantivyDocument {
        let mut document = TantivyDocument::with_capacity(buffer_capacity(text + OTHER_VALUES));
        document.add_text(self.path, &file.path);
        document.add_i64(self.modified, file.modified);
        document.add_u64(self.size, file.size);
        document.add_u64(self.hash, file.hash);
        if file.record != 0 {
            self.add_record(&mut document, &file.path, file.record);
        } else if file.contents.is_some() {
            let number = FileNumber { contents: file.contents, ..FileNumber::default() };
            document.add_u64(self.documents, number.written());
        }
        document
    }
}

/// What files hold. Indexes know it by its place here, from 1.
const CONTENTS: [Contents; 8] = [
    Contents::Whole(Format::Markdown),
    Contents::Whole(Format::Html),
    Contents::Records(Splitter::Json),
    Contents::Records(Splitter::JsonLines),
    Contents::Records(Splitter::Csv),
    Contents::Records(Splitter::Tsv),
    Contents::Records(Splitter::Feed),
    Contents::Records(Splitter::IndexPage),
];

/// What is known of a whole file, as one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FileNumber {
    /// What the file was read as, if it holds many records or the user has said it.
    pub contents: Option<Contents>,
    /// The number of the documents that a file of many records has beside its own.
    pub documents: u64,
    /// Whether parts of it were not read.
    pub has_unread: bool,
}

impl FileNumber {
    /// The bit from which on the contents are.
    const CONTENTS_AT: u32 = 40;

    fn written(self) -> u64 {
        let contents = self.contents.and_then(|of| (1..).zip(CONTENTS).find(|(_, known)| *known == of));
        let contents = contents.map_or(0, |(number, _)| number);
        contents << Self::CONTENTS_AT | self.documents << 1 | u64::from(self.has_unread)
    }

    pub(super) fn read(number: u64) -> Self {
        let contents = usize::try_from(number >> Self::CONTENTS_AT).unwrap_or_default().checked_sub(1);
        Self {
            contents: contents.and_then(|at| CONTENTS.get(at).copied()),
            documents: (number & ((1 << Self::CONTENTS_AT) - 1)) >> 1,
            has_unread: number & 1 == 1,
        }
    }
}

/// The hash of a file's path and the id of a record of it, or the number of another document of the file.
fn record_source(path: &str, record: u64) -> u64 {
    xxh3_64(&[path_hash(path).to_le_bytes(), record.to_le_bytes()].concat())
}

/// A free key as a row of the schema.
fn key_row() -> FieldDef {
    FieldDef {
        name: KEYS.into(),
        kind: FieldKind::Keyword,
        from: Vec::new(),
        stored: false,
        search: false,
        count: true,
        boost: 1.0,
    }
}

/// The number of documents of a segment that only record an excluded file. Counted from a column, as opening the
/// terms of a field that the segment lacks is expensive.
pub(super) fn excluded_docs(segment: &SegmentReader) -> tantivy::Result<u32> {
    let pages = segment.fast_fields().u64(ARTICLE)?.values.num_vals();
    Ok(segment.max_doc().saturating_sub(pages))
}

/// One character per symbol, in the order of the column (by facet bytes): its rank in the article, whether its
/// notation is ambiguous, and the places that name it. The first two symbols take one byte each.
fn ranks(symbols: &[Named]) -> String {
    let mut ranked: Vec<(String, u32)> = Vec::with_capacity(symbols.len());
    for (rank, named) in (0..).zip(symbols) {
        let ambiguous = u32::from(!named.symbol.alternatives().is_empty());
        let code = FIRST_RANK + (2 * rank + ambiguous) * SOURCES + u32::from(named.sources.bits());
        let path = || Facet::from(named.symbol.facet().as_str()).encoded_str().to_owned();
        // One alone has no order.
        ranked.push((if symbols.len() > 1 { path() } else { String::new() }, code));
    }
    ranked.sort_unstable();
    // An article has at most a thousand symbols, so no code reaches the surrogates.
    ranked.into_iter().filter_map(|(_, code)| char::from_u32(code)).collect()
}

/// The decoded character of [`ranks`].
pub(super) struct Rank {
    /// The rank among the article's symbols, from 0.
    pub place: u32,
    /// Whether its notation may denote other securities.
    pub ambiguous: bool,
    /// The places that name it.
    pub sources: MentionPlaces,
}

pub(super) fn rank(code: char) -> Rank {
    let code = u32::from(code).saturating_sub(FIRST_RANK);
    Rank {
        place: code / SOURCES / 2,
        ambiguous: code / SOURCES % 2 == 1,
        sources: MentionPlaces::from_bits(u8::try_from(code % SOURCES).unwrap_or_default()),
    }
}

/// The code of the first symbol, if no place names it.
const FIRST_RANK: u32 = 0x40;
/// The number of combinations of places that may name a symbol.
const SOURCES: u32 = MentionPlaces::COMBINATIONS as u32;

fn add_field(builder: &mut tantivy::schema::SchemaBuilder, field: &FieldDef) -> Field {
    match field.kind {
        FieldKind::Text | FieldKind::Keyword => {
            let text = field.kind == FieldKind::Text;
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(ANALYSIS)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions)
                .set_fieldnorms(text);
            let mut options = TextOptions::default().set_indexing_options(indexing);
            if field.stored {
                options = options.set_stored();
            }
            if field.count {
                options = options.set_fast("raw");
            }
            builder.add_text_field(&field.name, options)
        }
        FieldKind::Facet => builder.add_facet_field(&field.name, FacetOptions::default()),
        FieldKind::Date => {
            let options = DateOptions::default().set_fast().set_precision(DateTimePrecision::Milliseconds);
            builder.add_date_field(&field.name, options)
        }
        FieldKind::Number => {
            let options = NumericOptions::default().set_indexed().set_fast();
            builder.add_f64_field(&field.name, options)
        }
    }
}

/// The tokenizers by name, for the writer.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(ANALYSIS, TextAnalyzer::from(ArticleTokenizer));
    manager.register(KEY_ANALYSIS, TextAnalyzer::from(KeyTokenizer));
    manager
}

/// [`text::Tokens`] as tantivy's tokenizer.
#[derive(Clone)]
struct ArticleTokenizer;

impl Tokenizer for ArticleTokenizer {
    type TokenStream<'t> = ArticleTokenStream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> ArticleTokenStream<'t> {
        ArticleTokenStream::new(text)
    }
}

/// The words of the value of a [`pairs::pair`], each behind the key.
#[derive(Clone)]
struct KeyTokenizer;

impl Tokenizer for KeyTokenizer {
    type TokenStream<'t> = KeyTokenStream<'t>;

    fn token_stream<'t>(&'t mut self, pair: &'t str) -> KeyTokenStream<'t> {
        let value_at = pair.find('\0').map_or(pair.len(), |end| end + 1);
        let (scope, value) = pair.split_at(value_at);
        KeyTokenStream { scope, words: ArticleTokenStream::new(value) }
    }
}

struct KeyTokenStream<'t> {
    scope: &'t str,
    words: ArticleTokenStream<'t>,
}

impl TokenStream for KeyTokenStream<'_> {
    fn advance(&mut self) -> bool {
        let found = self.words.advance();
        if found {
            self.words.token.text.insert_str(0, self.scope);
        }
        found
    }

    fn token(&self) -> &Token {
        self.words.token()
    }

    fn token_mut(&mut self) -> &mut Token {
        self.words.token_mut()
    }
}

struct ArticleTokenStream<'t> {
    words: text::Tokens<'t>,
    word: text::Token,
    token: Token,
}

impl<'t> ArticleTokenStream<'t> {
    fn new(text: &'t str) -> Self {
        Self { words: text::Tokens::new(text), word: text::Token::default(), token: Token::default() }
    }
}

impl TokenStream for ArticleTokenStream<'_> {
    fn advance(&mut self) -> bool {
        if !self.words.advance(&mut self.word) {
            return false;
        }
        // Swapping the buffers saves a copy.
        std::mem::swap(&mut self.token.text, &mut self.word.text);
        self.token.offset_from = self.word.span.start;
        self.token.offset_to = self.word.span.end;
        self.token.position = self.word.position as usize;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
