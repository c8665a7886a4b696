//! The documents of a cluster: an article as the engine keeps it, and back.

use super::mapping::{self, Doc};
use crate::{
    article::{AboutPart, Article, BuiltIn, MentionPlaces, Moment, stated_names},
    index::{
        ExcludedFile, RecordsFile, StoredArticle, key_hash, pairs,
        place_table::RECORDS_FILE,
        stamp::{INSTANTS, Stamp},
        terms::{about_term, article_hash, name_term, spelling, symbol_of},
    },
    schema::{FieldKind, Schema, Value as FieldValue},
    source::{Contents, File, InputFormat, path_hash},
    symbol::Symbol,
    text::{Sketch, Token, TokenKind, Tokens, english::stem},
};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, iter};
use xxhash_rust::xxh3::xxh3_64;

/// A document that is ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    /// Its id, by which it is replaced: see [`id_of`].
    pub id: u64,
    /// What its shard is chosen by.
    pub routing: u64,
    /// The hash of the path of its file.
    pub source: u64,
    /// Whether it holds places of records.
    pub is_places: bool,
    /// The document as JSON, without line feeds.
    pub body: Vec<u8>,
}

/// The id of the document of a record of a file; 0 is the whole file.
pub(super) fn id_of(source: u64, record: u64) -> u64 {
    xxh3_64(&[source.to_le_bytes(), record.to_le_bytes()].concat())
}

/// An id or a routing value as the engine takes it.
pub(super) fn hex(number: u64) -> String {
    format!("{number:016x}")
}

/// A hash as a `long` of the engine, which has a sign.
pub(super) fn long(number: u64) -> i64 {
    number.cast_signed()
}

/// An instant as the engine reads and compares it, in milliseconds.
pub(super) fn instant(millis: i64) -> Option<String> {
    Timestamp::from_millisecond(millis).ok().map(|at| format!("{at:.3}"))
}

fn file_of(file: &File) -> Value {
    let mut of = json!({
        "path": file.path, "source": long(path_hash(&file.path)), "record": long(file.record),
        "modified": file.modified, "size": long(file.size), "hash": long(file.hash),
    });
    if let Some(format) = file.contents.and_then(InputFormat::of) {
        of["format"] = json!(format.as_str());
    }
    of
}

/// Makes documents by a schema.
pub(super) struct Documents<'s> {
    pub schema: &'s Schema,
}

impl Documents<'_> {
    /// The document of an article.
    pub(super) fn page(&self, article: &Article, file: &File) -> Prepared {
        let mut fields = Fields::default();
        let mut text = Analyzed::default();
        let mut title = String::new();
        for field in self.schema.fields() {
            let mut has = false;
            Schema::values(field, article, |value| match value {
                FieldValue::Text(value) => {
                    fields.add(&mapping::shown(&field.name), json!(value));
                    let boost = if field.search { field.boost } else { 0.0 };
                    let is_title = field.built_in() == Some(BuiltIn::Title);
                    let Words { words, characters } = text.add(&value, boost);
                    has |= field.kind == FieldKind::Keyword || !words.is_empty();
                    if is_title {
                        title.clone_from(&words);
                    }
                    fields.add(&mapping::words(&field.name), json!(words));
                    if field.kind == FieldKind::Text && !characters.is_empty() {
                        fields.add(&mapping::characters(&field.name), json!(characters));
                    }
                }
                FieldValue::Path(path) => {
                    has = true;
                    for (end, _) in path.match_indices('/').skip(1).chain(iter::once((path.len(), ""))) {
                        fields.add(&mapping::levels(&field.name), json!(path[..end]));
                    }
                    fields.add(&mapping::shown(&field.name), json!(path));
                }
                FieldValue::Date(moment) => {
                    let stamp = Stamp::of(moment);
                    let at = instant(stamp.millis).filter(|_| INSTANTS.contains(&stamp.millis));
                    if let Some(at) = at {
                        has = true;
                        fields.add(&mapping::moments(&field.name, stamp.is_day), json!(at));
                        fields.add(&mapping::shown(&field.name), json!(at));
                    }
                }
                FieldValue::Number(number) => {
                    has = true;
                    fields.add(&mapping::shown(&field.name), json!(number));
                }
            });
            if has {
                fields.add(mapping::HAS, json!(field.name));
            }
        }
        for (key, values) in self.schema.free_keys(article) {
            fields.add(mapping::HAS, json!(key));
            for value in values {
                fields.add(mapping::KEY_PAIR, json!(pairs::pair(&key, value)));
                let Words { words, .. } = text.add(value, 0.0);
                fields.add(mapping::KEY_WORDS, json!(behind_key(&key, &words)));
                for entry in pairs::comparables(&key, value) {
                    fields.add(mapping::KEY_COMPARABLE, json!(entry));
                }
            }
        }
        let places: Vec<MentionPlaces> = article.symbols.iter().map(|named| named.sources).collect();
        let mut symbols = Vec::new();
        for (named, parts) in article.symbols.iter().zip(AboutPart::of(&places)) {
            let symbol = &named.symbol;
            let others: Vec<String> = symbol.alternatives().iter().map(Symbol::facet).collect();
            for path in iter::once(symbol.facet()).chain(others.iter().cloned()) {
                for part in &parts {
                    fields.add(mapping::ABOUT, json!(about_term(*part, &path)));
                }
            }
            symbols.push(json!([symbol.facet(), named.sources.bits(), !others.is_empty()]));
            for path in &others {
                fields.add(mapping::ALTERNATIVE, json!(path));
            }
        }
        for name in stated_names(&article.title, &article.body, &article.symbols) {
            fields.add(mapping::NAME, json!(name_term(&name)));
            if let Some(spelling) = spelling(&name) {
                fields.add(mapping::SPELLING, json!(spelling));
            }
        }
        let Analyzed { stems, words, others, length } = text;
        let mut page = json!({
            "article": long(article_hash(&article.id)),
            "key": long(key_hash(&article.id, &article.locale).get()),
            "sketch": long(Sketch::of(&[&article.title, &article.body]).bits()),
            "line": article.body_line, "length": length, "title": title,
            "symbols": symbols,
        });
        if article.yields {
            page["yields"] = json!(true);
        }
        let mut document = fields.nested();
        document.insert(mapping::DOC.into(), json!(Doc::Page.as_str()));
        document.insert("file".into(), file_of(file));
        document.insert("page".into(), page);
        document.insert(mapping::STEMS.into(), json!(stems));
        document.insert(mapping::WORDS.into(), json!(words));
        if !others.is_empty() {
            document.insert(mapping::OTHERS.into(), json!(others));
        }
        prepared(file, article_hash(&article.id), document)
    }

    /// The document that tells why a file or a record has no article.
    pub(super) fn excluded(file: &File, excluded: &ExcludedFile) -> Prepared {
        let ExcludedFile { code, reason, key } = excluded;
        let kept = json!({"code": code, "reason": reason, "key": key});
        let document = json!({mapping::DOC: Doc::Excluded.as_str(), "file": file_of(file), "kept": kept});
        of_file(file, document)
    }

    /// The document of what is known of a file of many records, whose places are in so many documents.
    pub(super) fn records(of: &RecordsFile, places: u64, kept: &Value) -> Prepared {
        let file = File { record: RECORDS_FILE, ..of.file.clone() };
        let mut document = json!({mapping::DOC: Doc::Records.as_str(), "file": file_of(&file), "kept": kept});
        document["file"]["documents"] = json!(of.documents + places);
        of_file(&file, document)
    }

    /// The document of the places of some records of a file; `number` is at least 1.
    pub(super) fn places(path: &str, number: u64, kept: &Value) -> Prepared {
        let file = File { path: path.to_owned(), record: number, ..File::default() };
        let document = json!({mapping::DOC: Doc::Places.as_str(), "file": file_of(&file), "kept": kept});
        Prepared { is_places: true, ..of_file(&file, document) }
    }
}

/// A document that is no page: its shard is chosen by its path.
fn of_file(file: &File, document: Value) -> Prepared {
    let Value::Object(document) = document else { unreachable!("it is made as an object") };
    prepared(file, path_hash(&file.path), document)
}

fn prepared(file: &File, routing: u64, document: Map<String, Value>) -> Prepared {
    let source = path_hash(&file.path);
    let body = Value::Object(document).to_string().into_bytes();
    Prepared { id: id_of(source, file.record), routing, source, is_places: false, body }
}

/// The words of a value of a free key, each behind the key.
fn behind_key(key: &str, words: &str) -> String {
    let each: Vec<String> =
        words.split(' ').filter(|word| !word.is_empty()).map(|word| pairs::scope(key) + word).collect();
    each.join(" ")
}

/// The values of fields, several of one name as a list.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, name: &str, value: Value) {
        match self.0.entry(name).or_insert(Value::Null) {
            Value::Array(values) => values.push(value),
            empty @ Value::Null => *empty = value,
            one => *one = Value::Array(vec![one.take(), value]),
        }
    }

    /// The fields as objects: `f.title` as `{"f": {"title": …}}`.
    fn nested(self) -> Map<String, Value> {
        let mut nested = Map::new();
        for (name, value) in self.0 {
            if let Some((object, name)) = name.split_once('.') {
                nested.entry(object).or_insert_with(|| json!({}))[name] = value;
            } else {
                nested.insert(name, value);
            }
        }
        nested
    }
}

/// The words of a text between spaces.
#[derive(Default)]
struct Words {
    words: String,
    /// The first character of each word of a script without spaces; empty if there is none.
    characters: String,
}

/// What is made of the words of an article besides those of each field.
#[derive(Default)]
struct Analyzed {
    /// The stems between spaces, each as often as the boost of its field says.
    stems: String,
    /// The different words of the fields that plain words search, and those of all others.
    words: BTreeSet<String>,
    others: BTreeSet<String>,
    /// The number of words, each by the boost of its field.
    length: f32,
}

impl Analyzed {
    /// The words of a text. Plain words search its field if it has a boost.
    fn add(&mut self, text: &str, boost: f32) -> Words {
        let mut found =
            Words { words: String::with_capacity(text.len() + text.len() / 4), characters: String::new() };
        let (mut tokens, mut token) = (Tokens::new(text), Token::default());
        let (mut count, mut has_characters) = (0_u32, false);
        while tokens.advance(&mut token) {
            if count > 0 {
                found.words.push(' ');
                found.characters.push(' ');
            }
            found.words.push_str(&token.text);
            let is_alphabetic = matches!(token.kind, TokenKind::Word | TokenKind::Number);
            match token.text.chars().next().filter(|_| !is_alphabetic) {
                Some(first) => {
                    has_characters = true;
                    found.characters.push(first);
                }
                None => found.characters.push_str(mapping::NO_CHARACTER),
            }
            if boost > 0.0 {
                for _ in times(boost, count)..times(boost, count + 1) {
                    self.stems.push_str(&stem(&token.text));
                    self.stems.push(' ');
                }
                self.length += boost;
            }
            let known = if boost > 0.0 { &mut self.words } else { &mut self.others };
            if !known.contains(&token.text) {
                known.insert(token.text.clone());
            }
            count = count.saturating_add(1);
        }
        if !has_characters {
            found.characters.clear();
        }
        found
    }
}

/// How often the first words of a field are sent, all together: 1.5 times is once and twice in turn.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a boost is small and positive"
)]
fn times(boost: f32, words: u32) -> u32 {
    (boost.min(MAX_TIMES) * words as f32) as u32
}

/// The boost of a field counts for ranking up to this.
const MAX_TIMES: f32 = 16.0;

/// The article of a document that the engine returned.
pub(super) fn article(source: &Value) -> StoredArticle {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let first = |field: BuiltIn| match &source["f"][field.name()] {
        Value::Array(values) => values.first().map(text).unwrap_or_default(),
        value => text(value),
    };
    let file = file(source);
    let (id, locale) = (first(BuiltIn::Id), first(BuiltIn::Locale));
    let page = &source["page"];
    let symbols = page["symbols"].as_array().into_iter().flatten().filter_map(|named| {
        let places = MentionPlaces::from_bits(u8::try_from(named[1].as_u64()?).ok()?);
        Some((symbol_of(named[0].as_str()?, named[2] == true)?, places))
    });
    StoredArticle {
        key: if locale.is_empty() { id.clone() } else { format!("{id}/{locale}") },
        kind: first(BuiltIn::Kind),
        title: first(BuiltIn::Title),
        url: first(BuiltIn::Url),
        path: file.path,
        record: file.record,
        place: None,
        published: published(source),
        symbols: symbols.collect(),
        description: first(BuiltIn::Description),
        body: first(BuiltIn::Body),
        body_line: page["line"].as_u64().and_then(|line| u32::try_from(line).ok()).unwrap_or(1),
        related: match &source["f"][BuiltIn::Related.name()] {
            Value::Array(values) => values.iter().map(text).collect(),
            Value::Null => Vec::new(),
            value => vec![text(value)],
        },
        hash: file.hash,
        stale: false,
        keys: Vec::new(),
        id,
        locale,
    }
}

/// When the article of a document was published.
pub(super) fn published(source: &Value) -> Option<Moment> {
    let name = BuiltIn::Published.name();
    let (day, at) = (&source["day"][name], &source["at"][name]);
    let read = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    read(day).map(Moment::day_at).or_else(|| read(at).map(Moment::Instant))
}

/// What a file was read as, by the name of an input format.
pub(super) fn contents(name: &Value) -> Option<Contents> {
    name.as_str()?.parse::<InputFormat>().ok()?.contents()
}

/// The file of a document.
pub(super) fn file(source: &Value) -> File {
    let file = &source["file"];
    let number = |name: &str| file[name].as_i64().unwrap_or_default();
    File {
        path: file["path"].as_str().unwrap_or_default().to_owned(),
        record: number("record").cast_unsigned(),
        modified: number("modified"),
        size: number("size").cast_unsigned(),
        hash: number("hash").cast_unsigned(),
        contents: contents(&file["format"]),
    }
}
