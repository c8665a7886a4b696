//! The mapping of an index of a cluster: which field holds what.
//!
//! Words are made by [`text`](crate::text) on this side and sent between spaces, in fields that are searched and not kept;
//! what is shown is kept and not searched. So no analyzer of the engine has a say in what matches.

use crate::{
    article::BuiltIn,
    index::bm25::{B, K1},
    schema::{FieldDef, FieldKind, Schema},
};
use serde_json::{Map, Value, json};

/// What kind of document it is: a [`Doc`].
pub(super) const DOC: &str = "doc";

/// The hash of the path of the file of a document, by which all documents of a file are found; the record.
pub(super) const SOURCE: &str = "file.source";
pub(super) const RECORD: &str = "file.record";

/// The hash of the id, which all pages of an article share; that of id and locale.
pub(super) const ARTICLE: &str = "page.article";
pub(super) const KEY: &str = "page.key";
/// The bits of the sketch of the page, by which near-copies are told.
pub(super) const SKETCH: &str = "page.sketch";
/// The tokens of the title, and the length of the page in tokens, each field by its boost.
pub(super) const TITLE: &str = "page.title";
pub(super) const LENGTH: &str = "page.length";

/// Words of whatever fields, in documents of their own: by these, patterns are expanded.
pub(super) const VOCABULARY: &str = "vocabulary";
/// The stems of all fields that plain words search, as often as the boosts of their fields say, for ranking.
pub(super) const STEMS: &str = "stems";

pub(super) const ABOUT: &str = "term.about";
pub(super) const ALTERNATIVE: &str = "term.alternative";
pub(super) const NAME: &str = "term.name";
pub(super) const SPELLING: &str = "term.spelling";
/// The names of the fields and free keys that an article has.
pub(super) const HAS: &str = "term.has";

pub(super) const KEY_PAIR: &str = "key.pair";
pub(super) const KEY_WORDS: &str = "key.words";
pub(super) const KEY_COMPARABLE: &str = "key.comparable";

/// Longer titles, in characters, are not compared with what was typed.
const MAX_TITLE: usize = 1_000;
/// Gap between the positions of two values of a field, as the embedded index has it.
const VALUE_GAP: u32 = 1;
/// The analyzer of all words: they are sent with spaces between them.
const ANALYZER: &str = "whitespace";
/// Maximum number of characters of a value that is counted. A term has at most 32,766 bytes.
const MAX_COUNTED: usize = 8_191;
/// The similarity of ranking, which the embedded index has: see [`tf_saturation`](crate::index::tf_saturation).
const RANKING: &str = "bm25f";
/// That of single characters: the same for an article of the mean length, as their fields keep no lengths.
const OF_CHARACTERS: &str = "characters";
/// The factor of the engine's own similarity, which phrases have.
pub(super) const PHRASE_K1: f32 = 1.2;

/// The kinds of documents of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doc {
    /// A page.
    Page,
    /// Why a file or a record has no page.
    Excluded,
    /// What is known of a file of many records.
    Records,
    /// Places of some records of a file.
    Places,
    /// Words of pages.
    Vocabulary,
    /// Who may write.
    Lease,
}

impl Doc {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Excluded => "excluded",
            Self::Records => "records",
            Self::Places => "places",
            Self::Vocabulary => "vocabulary",
            Self::Lease => "lease",
        }
    }
}

/// The objects that have a field for each row of the schema: what is shown, counted or compared; the words of a text or
/// keyword row; the single characters of a text row in a script without spaces, at the positions of its words, where other
/// words are [`NO_CHARACTER`]; all levels of the paths of a facet row.
pub(super) const SHOWN: &str = "f";
pub(super) const WORDS_OF: &str = "w";
pub(super) const CHARACTERS: &str = "c";
pub(super) const LEVELS: &str = "p";

pub(super) const NO_CHARACTER: &str = "_";

/// The object of the days, or of the instants, of date rows.
pub(super) fn moments_of(is_day: bool) -> &'static str {
    if is_day { "day" } else { "at" }
}

pub(super) fn shown(field: &str) -> String {
    format!("{SHOWN}.{field}")
}

pub(super) fn words(field: &str) -> String {
    format!("{WORDS_OF}.{field}")
}

pub(super) fn characters(field: &str) -> String {
    format!("{CHARACTERS}.{field}")
}

pub(super) fn levels(field: &str) -> String {
    format!("{LEVELS}.{field}")
}

pub(super) fn moments(field: &str, is_day: bool) -> String {
    format!("{}.{field}", moments_of(is_day))
}

/// The object and the name in it of a field: `term.has` as `("term", "has")`.
pub(super) fn parts(field: &str) -> (&str, &str) {
    field.split_once('.').unwrap_or(("", field))
}

/// The body of the request that creates an index. Shards and replicas are left to the engine and its templates.
pub(super) fn index(schema: &Schema, meta: &Value) -> Value {
    let mut properties = Map::new();
    for field in schema.fields() {
        add(&mut properties, field);
    }
    let term = json!({"type": "keyword", "doc_values": false});
    let column = json!({"type": "keyword"});
    let hash = json!({"type": "long"});
    let kept = json!({"type": "long", "index": false});
    let unread = json!({"type": "object", "enabled": false});
    let engine = json!({
        DOC: column,
        "file": {"properties": {
            "path": column, "source": hash, "record": hash, "modified": kept, "size": kept, "hash": kept,
            "documents": kept, "format": {"type": "keyword", "index": false},
        }},
        "page": {"properties": {
            "article": hash, "key": hash, "sketch": kept, "length": {"type": "float", "index": false},
            "title": {"type": "keyword", "doc_values": false, "ignore_above": MAX_TITLE}, "yields": {"type": "boolean", "index": false},
            "line": {"type": "long", "index": false, "doc_values": false}, "symbols": unread,
        }},
        "kept": unread,
        VOCABULARY: column,
        STEMS: {"type": "text", "analyzer": ANALYZER, "index_options": "freqs", "similarity": RANKING},
        "term": {"properties": {
            "about": term, "alternative": term, "has": column, "name": column, "spelling": column,
        }},
        "key": {"properties": {
            "pair": column, "comparable": term,
            "words": {"type": "text", "analyzer": ANALYZER, "norms": false, "position_increment_gap": VALUE_GAP},
        }},
    });
    if let Value::Object(engine) = engine {
        properties.extend(engine);
    }
    json!({
        "settings": {
            "index.similarity": {
                RANKING: {"type": "BM25", "k1": K1, "b": B}, OF_CHARACTERS: {"type": "BM25", "k1": K1, "b": 0.0},
            },
            "index.max_regex_length": 10_000,
            "index.max_terms_count": 65_536,
        },
        "mappings": {
            "dynamic": "strict",
            "_routing": {"required": true},
            "_source": {"excludes": ["w.*", "c.*", "p.*", "term.*", "key.*", STEMS, VOCABULARY]},
            "_meta": {"newsdex": meta},
            "properties": properties,
        },
    })
}

/// Adds the fields of a row of the schema.
fn add(properties: &mut Map<String, Value>, field: &FieldDef) {
    let mut put = |name: String, mapping: Value| {
        let Some((object, name)) = name.split_once('.') else { return };
        let below = properties.entry(object).or_insert_with(|| json!({"properties": {}}));
        below["properties"][name] = mapping;
    };
    let name = &field.name;
    let stored = json!({"type": "keyword", "index": false, "doc_values": false});
    match field.kind {
        FieldKind::Text | FieldKind::Keyword => {
            let mut searched = json!({
                "type": "text", "analyzer": ANALYZER, "norms": false, "position_increment_gap": VALUE_GAP,
            });
            if field.kind == FieldKind::Text {
                searched["norms"] = json!(true);
                let mut characters_of = searched.clone();
                characters_of["norms"] = json!(false);
                characters_of["similarity"] = json!(OF_CHARACTERS);
                put(characters(name), characters_of);
            }
            put(words(name), searched);
            let is_text = field.kind == FieldKind::Text;
            let is_column = !is_text && field.count || field.built_in() == Some(BuiltIn::Id);
            put(
                shown(name),
                if is_column { json!({"type": "keyword", "ignore_above": MAX_COUNTED}) } else { stored },
            );
        }
        FieldKind::Facet => {
            put(shown(name), json!({"type": "keyword"}));
            put(levels(name), json!({"type": "keyword"}));
        }
        FieldKind::Date => {
            put(shown(name), json!({"type": "date"}));
            put(moments(name, true), json!({"type": "date"}));
            put(moments(name, false), json!({"type": "date"}));
        }
        FieldKind::Number => put(shown(name), json!({"type": "double"})),
    }
}
