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
    text::{
        Sketch, Token, TokenKind, Tokens,
        english::{has_stem, stem},
    },
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    iter,
};
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
    pub doc: Doc,
    /// The document as JSON, without line feeds.
    pub body: Vec<u8>,
    /// Its words, each once, in no order.
    pub words: Vec<String>,
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
        let has = mapping::parts(mapping::HAS);
        for field in self.schema.fields() {
            let name = field.name.as_str();
            let mut is_there = false;
            Schema::values(field, article, |value| match value {
                FieldValue::Text(value) => {
                    fields.add((mapping::SHOWN, name), value.as_ref());
                    let boost = if field.search { field.boost } else { 0.0 };
                    let Words { words, characters } = text.add(&value, boost);
                    is_there |= field.kind == FieldKind::Keyword || !words.is_empty();
                    fields.add((mapping::WORDS_OF, name), words.as_str());
                    if field.kind == FieldKind::Text && !characters.is_empty() {
                        fields.add((mapping::CHARACTERS, name), characters.as_str());
                    }
                    if field.built_in() == Some(BuiltIn::Title) {
                        title = words;
                    }
                }
                FieldValue::Path(path) => {
                    is_there = true;
                    for (end, _) in path.match_indices('/').skip(1).chain(iter::once((path.len(), ""))) {
                        fields.add((mapping::LEVELS, name), &path[..end]);
                    }
                    fields.add((mapping::SHOWN, name), &path);
                }
                FieldValue::Date(moment) => {
                    let stamp = Stamp::of(moment);
                    let at = instant(stamp.millis).filter(|_| INSTANTS.contains(&stamp.millis));
                    if let Some(at) = at {
                        is_there = true;
                        fields.add((mapping::moments_of(stamp.is_day), name), at.as_str());
                        fields.add((mapping::SHOWN, name), at.as_str());
                    }
                }
                FieldValue::Number(number) => {
                    is_there = true;
                    fields.add((mapping::SHOWN, name), &number);
                }
            });
            if is_there {
                fields.add(has, name);
            }
        }
        for (key, values) in self.schema.free_keys(article) {
            fields.add(has, &key);
            for value in values {
                fields.add(mapping::parts(mapping::KEY_PAIR), &pairs::pair(&key, value));
                let Words { words, .. } = text.add(value, 0.0);
                fields.add(mapping::parts(mapping::KEY_WORDS), &behind_key(&key, &words));
                for entry in pairs::comparables(&key, value) {
                    fields.add(mapping::parts(mapping::KEY_COMPARABLE), &entry);
                }
            }
        }
        let symbols = add_securities(article, &mut fields);
        let Analyzed { stems, words, length } = text;
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
        let mut body = Object::default();
        body.member(mapping::DOC, |out| append(out, Doc::Page.as_str()));
        body.member("file", |out| append(out, &file_of(file)));
        body.member("page", |out| append(out, &page));
        body.member(mapping::STEMS, |out| append(out, &stems));
        fields.append_to(&mut body);
        let (id, source) = place_of(file);
        let (routing, words) = (article_hash(&article.id), words.into_iter().collect());
        Prepared { id, routing, source, doc: Doc::Page, body: body.finish(), words }
    }

    /// The document that tells why a file or a record has no article.
    pub(super) fn excluded(file: &File, excluded: &ExcludedFile) -> Prepared {
        let ExcludedFile { code, reason, key } = excluded;
        let kept = json!({"code": code, "reason": reason, "key": key});
        let document = json!({mapping::DOC: Doc::Excluded.as_str(), "file": file_of(file), "kept": kept});
        of_file(file, Doc::Excluded, &document)
    }

    /// The document of what is known of a file of many records, whose places are in so many documents.
    pub(super) fn records(of: &RecordsFile, places: u64, kept: &Value) -> Prepared {
        let file = File { record: RECORDS_FILE, ..of.file.clone() };
        let mut document = json!({mapping::DOC: Doc::Records.as_str(), "file": file_of(&file), "kept": kept});
        document["file"]["documents"] = json!(of.documents + places);
        of_file(&file, Doc::Records, &document)
    }

    /// The document of the places of some records of a file; `number` is at least 1.
    pub(super) fn places(path: &str, number: u64, kept: &Value) -> Prepared {
        let file = File { path: path.to_owned(), record: number, ..File::default() };
        let document = json!({mapping::DOC: Doc::Places.as_str(), "file": file_of(&file), "kept": kept});
        of_file(&file, Doc::Places, &document)
    }
}

/// Adds the securities and the names that an article states. Returns the securities as they are kept: path, places, and whether
/// the notation is ambiguous.
fn add_securities(article: &Article, fields: &mut Fields<'_>) -> Vec<Value> {
    let places: Vec<MentionPlaces> = article.symbols.iter().map(|named| named.sources).collect();
    let mut symbols = Vec::new();
    for (named, parts) in article.symbols.iter().zip(AboutPart::of(&places)) {
        let symbol = &named.symbol;
        let others: Vec<String> = symbol.alternatives().iter().map(Symbol::facet).collect();
        for path in iter::once(symbol.facet()).chain(others.iter().cloned()) {
            for part in &parts {
                fields.add(mapping::parts(mapping::ABOUT), &about_term(*part, &path));
            }
        }
        symbols.push(json!([symbol.facet(), named.sources.bits(), !others.is_empty()]));
        for path in &others {
            fields.add(mapping::parts(mapping::ALTERNATIVE), path);
        }
    }
    for name in stated_names(&article.title, &article.body, &article.symbols) {
        fields.add(mapping::parts(mapping::NAME), &name_term(&name));
        if let Some(spelling) = spelling(&name) {
            fields.add(mapping::parts(mapping::SPELLING), &spelling);
        }
    }
    symbols
}

/// A document that is no page: its shard is chosen by its path.
fn of_file(file: &File, doc: Doc, document: &Value) -> Prepared {
    let (id, source) = place_of(file);
    let body = document.to_string().into_bytes();
    Prepared { id, routing: source, source, doc, body, words: Vec::new() }
}

/// The id of the document of a file, and the hash of its path.
fn place_of(file: &File) -> (u64, u64) {
    let source = path_hash(&file.path);
    (id_of(source, file.record), source)
}

/// The words of a value of a free key, each behind the key.
fn behind_key(key: &str, words: &str) -> String {
    let each: Vec<String> =
        words.split(' ').filter(|word| !word.is_empty()).map(|word| pairs::scope(key) + word).collect();
    each.join(" ")
}

/// Appends a value as JSON.
fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // A vector takes all bytes, and no value here has a key that is no text.
    let _ = serde_json::to_writer(out, value);
}

/// An object of JSON that is being written. It is written as it goes: as a tree of values, a document took as long as all
/// of its analysis.
struct Object(Vec<u8>);

impl Default for Object {
    fn default() -> Self {
        Self(b"{".to_vec())
    }
}

impl Object {
    fn member(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        append(&mut self.0, name);
        self.0.push(b':');
        value(&mut self.0);
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

/// The values of fields, several of one name as a list.
#[derive(Default)]
struct Fields<'n>(Vec<FieldValues<'n>>);

struct FieldValues<'n> {
    /// The object that the field is in, and its name there: `f.title` is `("f", "title")`.
    name: (&'n str, &'n str),
    count: usize,
    /// The values as JSON with commas between them.
    values: Vec<u8>,
}

impl<'n> Fields<'n> {
    fn add<T: Serialize + ?Sized>(&mut self, name: (&'n str, &'n str), value: &T) {
        let at = self.0.iter().rposition(|known| known.name == name).unwrap_or_else(|| {
            self.0.push(FieldValues { name, count: 0, values: Vec::new() });
            self.0.len() - 1
        });
        let field = &mut self.0[at];
        if field.count > 0 {
            field.values.push(b',');
        }
        field.count += 1;
        append(&mut field.values, value);
    }

    /// Appends the fields to a document, each object once.
    fn append_to(mut self, document: &mut Object) {
        self.0.sort_by_key(|field| field.name.0);
        for fields in self.0.chunk_by(|a, b| a.name.0 == b.name.0) {
            document.member(fields[0].name.0, |out| {
                let mut object = Object::default();
                for FieldValues { name, count, values } in fields {
                    object.member(name.1, |out| {
                        out.extend((*count > 1).then_some(b'['));
                        out.extend(values);
                        out.extend((*count > 1).then_some(b']'));
                    });
                }
                out.extend(object.finish());
            });
        }
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
    /// The words of all fields.
    words: HashSet<String>,
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
                    push_stem(&token.text, &mut self.stems);
                    self.stems.push(' ');
                }
                self.length += boost;
            }
            if !self.words.contains(&token.text) {
                self.words.insert(token.text.clone());
            }
            count = count.saturating_add(1);
        }
        if !has_characters {
            found.characters.clear();
        }
        found
    }
}

/// Appends the stem of a word. Most words of a text are among a few thousand, whose stems each thread keeps.
fn push_stem(word: &str, out: &mut String) {
    const MAX_KEPT: usize = 20_000;
    thread_local! {
        static STEMS: RefCell<HashMap<String, String>> = RefCell::default();
    }
    if !has_stem(word) {
        return out.push_str(word);
    }
    STEMS.with_borrow_mut(|stems| {
        if let Some(stem) = stems.get(word) {
            return out.push_str(stem);
        }
        if stems.len() >= MAX_KEPT {
            stems.clear();
        }
        let stem = stem(word).into_owned();
        out.push_str(&stem);
        stems.insert(word.to_owned(), stem);
    });
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

/// The columns by which [`stamp`] tells when the article of a hit was published.
pub(super) fn stamp_columns() -> [Value; 2] {
    [true, false].map(|is_day| {
        json!({"field": mapping::moments(BuiltIn::Published.name(), is_day), "format": "epoch_millis"})
    })
}

/// When the article of a hit was published, by its columns.
pub(super) fn stamp(hit: &Value) -> Option<Stamp> {
    [true, false].into_iter().find_map(|is_day| {
        let value = &hit["fields"][mapping::moments(BuiltIn::Published.name(), is_day)][0];
        let millis = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
        Some(Stamp { millis, is_day })
    })
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
