//! The schema of newsdex as one of tantivy, and an article as a document of it.

use crate::{
    article::{AboutPart, Article, MentionPlaces, Named},
    index::ExcludedFile,
    schema::{FieldDef, FieldKind, Schema, Value},
    source::File,
    symbol::Symbol,
    text::{self, Sketch},
};
use std::{iter, ops::RangeInclusive};
use tantivy::{
    DateTime, SegmentReader, TantivyDocument,
    schema::{
        DateOptions, DateTimePrecision, FAST, Facet, FacetOptions, Field, IndexRecordOption, NumericOptions,
        STORED, Schema as TantivySchema, TextFieldIndexing, TextOptions,
    },
    tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer, TokenizerManager},
};
use xxhash_rust::xxh3::xxh3_64;

/// The name of the analysis in the index.
const ANALYSIS: &str = "words";

/// Names of the fields that the engine keeps for itself; a user's field begins with a letter.
pub(super) const PATH: &str = "_path";
pub(super) const MODIFIED: &str = "_modified";
pub(super) const SIZE: &str = "_size";
pub(super) const HASH: &str = "_hash";
pub(super) const ARTICLE: &str = "_article";
pub(super) const SKETCH: &str = "_sketch";

/// The value by which documents that are no articles are told from those that are.
pub(super) const ASIDE_MARKER: &str = "aside";

/// The instants that an index can hold, in milliseconds since 1970: nanoseconds in 64 bits.
pub(super) const INSTANTS: RangeInclusive<i64> = i64::MIN / 1_000_000 + 1..=i64::MAX / 1_000_000 - 1;

/// Which tantivy field keeps what.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub schema: TantivySchema,
    /// One a row of the newsdex schema, in its order.
    pub fields: Vec<Field>,
    /// The absolute path of the file: what a document is replaced and removed by.
    pub path: Field,
    modified: Field,
    size: Field,
    hash: Field,
    /// The line of the file on which the body begins.
    pub line: Field,
    /// Other readings of the article's ambiguous symbols, as facet paths.
    pub alternative: Field,
    /// What the article is about: the terms of [`about_term`].
    pub about: Field,
    /// The order in which the article names its symbols, which the column has lost, and where: [`ranks`].
    pub ranks: Field,
    /// The names of the fields that the article has, of those that are kept in no column.
    pub has: Field,
    /// The hash of the id, which all pages of an article share.
    article: Field,
    /// The [`Sketch`] of title and body, by which near-copies are told.
    sketch: Field,
    /// Why a file has no article; present in no document that is one.
    pub aside: Field,
}

impl Layout {
    pub(super) fn new(schema: &Schema) -> Self {
        let mut builder = TantivySchema::builder();
        let fields = schema.fields().iter().map(|field| add_field(&mut builder, field)).collect();
        let fast = NumericOptions::default().set_fast();
        // One term as it is, found but not ranked.
        let whole = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::Basic)
            .set_fieldnorms(false);
        let whole = TextOptions::default().set_indexing_options(whole);
        let path = builder.add_text_field(PATH, whole.clone() | FAST);
        let modified = builder.add_i64_field(MODIFIED, fast.clone());
        let size = builder.add_u64_field(SIZE, fast.clone());
        let hash = builder.add_u64_field(HASH, fast);
        let line = builder.add_u64_field("_line", STORED);
        let alternative = builder.add_text_field("_alternative", whole.clone());
        let about = builder.add_text_field("_about", whole.clone());
        let ranks = builder.add_text_field("_ranks", STORED);
        let has = builder.add_text_field("_has", whole.clone());
        let article = builder.add_u64_field(ARTICLE, NumericOptions::default().set_fast());
        let sketch = builder.add_u64_field(SKETCH, NumericOptions::default().set_fast());
        let aside = builder.add_text_field("_aside", whole | STORED);
        Self {
            schema: builder.build(),
            fields,
            path,
            modified,
            size,
            hash,
            line,
            alternative,
            about,
            ranks,
            has,
            article,
            sketch,
            aside,
        }
    }

    /// The document of an article.
    pub(super) fn document(&self, schema: &Schema, article: &Article, file: &File) -> TantivyDocument {
        let mut document = self.of_file(file);
        for (def, &field) in schema.fields().iter().zip(&self.fields) {
            let mut some = false;
            Schema::values(def, article, |value| match value {
                Value::Text(text) => {
                    some = true;
                    document.add_text(field, text);
                }
                Value::Path(path) => document.add_facet(field, path.as_str()),
                Value::Date(at) => {
                    let millis = at.as_millisecond();
                    // Reading has refused others already; here they would wrap round.
                    if INSTANTS.contains(&millis) {
                        document.add_date(field, DateTime::from_timestamp_millis(millis));
                    }
                }
                Value::Number(number) => document.add_f64(field, number),
            });
            if some && def.kind == FieldKind::Keyword && !def.count {
                document.add_text(self.has, &def.name);
            }
        }
        document.add_u64(self.line, u64::from(article.body_line));
        document.add_u64(self.article, article_hash(&article.id));
        document.add_u64(self.sketch, Sketch::of(&[&article.title, &article.body]).bits());
        let symbols = article.symbols.iter().map(|named| (&named.symbol, named.sources));
        self.each_symbol_term(symbols, |field, term| document.add_text(field, term));
        if !article.symbols.is_empty() {
            document.add_text(self.ranks, ranks(&article.symbols));
        }
        document
    }

    /// The terms by which the securities of an article, in its order, are found beside their paths.
    pub(super) fn each_symbol_term<'s>(
        &self,
        symbols: impl Iterator<Item = (&'s Symbol, MentionPlaces)>,
        mut visit: impl FnMut(Field, String),
    ) {
        for (index, (symbol, sources)) in symbols.enumerate() {
            let others = symbol.alternatives().iter().map(Symbol::facet);
            let readings: Vec<String> = iter::once(symbol.facet()).chain(others).collect();
            for part in AboutPart::ALL.into_iter().filter(|part| part.holds(sources, index == 0)) {
                for path in &readings {
                    visit(self.about, about_term(part, path));
                }
            }
            for other in readings.into_iter().skip(1) {
                visit(self.alternative, other);
            }
        }
    }

    /// The document that says that a file has no article.
    pub(super) fn aside_document(&self, file: &File, aside: &ExcludedFile) -> TantivyDocument {
        let mut document = self.of_file(file);
        document.add_text(self.aside, ASIDE_MARKER);
        document.add_text(self.aside, &aside.code);
        document.add_text(self.aside, &aside.reason);
        document.add_text(self.aside, &aside.key);
        document
    }

    fn of_file(&self, file: &File) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(self.path, &file.path);
        document.add_i64(self.modified, file.modified);
        document.add_u64(self.size, file.size);
        document.add_u64(self.hash, file.hash);
        document
    }
}

/// How many documents of a segment say only that a file was excluded: those that are no pages of an article.
/// Asked of the column, as the words of a field that a segment has not are costly to open.
pub(super) fn asides(segment: &SegmentReader) -> tantivy::Result<u32> {
    let pages = segment.fast_fields().u64(ARTICLE)?.values.num_vals();
    Ok(segment.max_doc().saturating_sub(pages))
}

/// What all pages of an article share.
pub(super) fn article_hash(id: &str) -> u64 {
    xxh3_64(id.as_bytes())
}

/// One character a symbol, in the order of the column (that of the facets' bytes): its place among the article's
/// symbols, whether its notation was ambiguous, and where it is named. The first two take a byte each.
fn ranks(symbols: &[Named]) -> String {
    let mut ranked: Vec<(String, u32)> = Vec::with_capacity(symbols.len());
    for (rank, named) in (0..).zip(symbols) {
        let ambiguous = u32::from(!named.symbol.alternatives().is_empty());
        let code = FIRST_RANK + (2 * rank + ambiguous) * SOURCES + u32::from(named.sources.bits());
        ranked.push((Facet::from(named.symbol.facet().as_str()).encoded_str().to_owned(), code));
    }
    ranked.sort_unstable();
    // An article has at most a thousand symbols, which stays far below the surrogates.
    ranked.into_iter().filter_map(|(_, code)| char::from_u32(code)).collect()
}

/// What a character of [`ranks`] says of a symbol.
pub(super) struct Rank {
    /// The place among the article's symbols, from 0.
    pub place: u32,
    /// Whether its notation may be another security.
    pub ambiguous: bool,
    /// Where it is named.
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

/// The character of the first symbol, named nowhere.
const FIRST_RANK: u32 = 0x40;
/// As many sets of places are there in which a symbol may be named.
const SOURCES: u32 = MentionPlaces::COMBINATIONS as u32;

/// The term that says that a part of the article has the security of a facet path.
pub(super) fn about_term(part: AboutPart, path: &str) -> String {
    format!("{}{path}", part.as_str())
}

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

/// The analyses by name, for the writer.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    manager.register(ANALYSIS, TextAnalyzer::from(ArticleTokenizer));
    manager
}

/// [`text::Tokens`] as tantivy's tokenizer.
#[derive(Clone)]
struct ArticleTokenizer;

impl Tokenizer for ArticleTokenizer {
    type TokenStream<'t> = ArticleTokenStream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> ArticleTokenStream<'t> {
        ArticleTokenStream {
            words: text::Tokens::new(text),
            word: text::Token::default(),
            token: Token::default(),
        }
    }
}

struct ArticleTokenStream<'t> {
    words: text::Tokens<'t>,
    word: text::Token,
    token: Token,
}

impl TokenStream for ArticleTokenStream<'_> {
    fn advance(&mut self) -> bool {
        if !self.words.advance(&mut self.word) {
            return false;
        }
        // The buffers change places, so that nothing is copied.
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
