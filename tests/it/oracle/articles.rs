//! Draws articles, and what happens to them, from few words, names and dates, so that much has something in common.

use super::history::{Session, Step};
use newsdex::{
    article::{Article, MentionPlaces, Moment, Named, read_date},
    schema::Schema,
    symbol::Symbol,
};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
};
use std::collections::BTreeMap;

/// Fields of the user's own, one of each kind.
const OWN_FIELDS: &str = "version: 1
fields:
  note: {kind: text, from: [note]}
  author: {kind: keyword, from: [author]}
  topic: {kind: facet, from: [topic]}
  event: {kind: date, from: [event]}
  rating: {kind: number, from: [rating]}
";

/// What texts are made of, in English, in simplified and in traditional characters. All of them give words: whether a text
/// without a word is a value of its field is not said.
const WORDS: [&str; 34] = [
    "solar",
    "Solar",
    "glass",
    "glasses",
    "price",
    "prices",
    "priced",
    "pricing",
    "rate",
    "rates",
    "battery",
    "batteries",
    "wind",
    "the",
    "of",
    "COVID-19",
    "U.S.",
    "S&P",
    "19",
    "1,234.5",
    "café",
    "don't",
    "600586",
    "钙钛矿",
    "鈣鈦礦",
    "太阳能",
    "太陽能",
    "玻璃",
    "电池",
    "銅",
    "铜",
    "A股",
    "价格",
    "什么",
];
const BREAKS: [&str; 5] = [" ", " ", "", "\n", "，"];
pub(super) const IDS: [&str; 7] = ["1", "2", "3", "200000004", "news/solar-5", "玻璃", "—"];
pub(super) const LOCALES: [&str; 4] = ["en", "zh-CN", "zh-HK", ""];
const KINDS: [&str; 3] = ["news", "symbol", ""];
const URLS: [&str; 3] = ["https://news.example/en/news/1.md", "https://glass.example/solar", ""];
pub(super) const PATHS: [&str; 9] = [
    "/news/a.md",
    "/news/b.md",
    "/news/c.md",
    "/news/d.md",
    "/news/e.md",
    "/news/below/a.md",
    "/news/below/b.md",
    "/newsroom/a.md",
    "/news/\u{73bb}\u{7483}.md",
];
/// Whole seconds, as an index has no more than milliseconds. Among them are ends of years, months and days in some zone, a
/// day that a zone has left out, and years before 1970.
pub(super) const INSTANTS: [&str; 10] = [
    "2025-03-07T08:00:00Z",
    "2025-03-07T15:59:59Z",
    "2025-03-07T16:00:00Z",
    "2025-02-28T23:30:00Z",
    "2024-12-31T16:00:00Z",
    "2024-12-31T15:59:59Z",
    "2011-12-30T12:00:00Z",
    "1986-05-03T18:00:00Z",
    "1969-12-31T23:59:59Z",
    "1890-01-01T00:00:00Z",
];
/// Days without a time. No instant is the first of one of them, as the order of these is not defined.
const DAYS: [&str; 4] = ["2025-03-07", "2025-03-08", "2011-12-30", "1969-12-31"];
pub(super) const SYMBOLS: [&str; 7] =
    ["600586.SH", "000001.CN", "000001.SH", "000001.SZ", "700.HK", "AAPL.US", "BRK.B.US"];
const AUTHORS: [&str; 4] = ["Wang", "Li Wei", "李伟", "wang"];
/// None with a backslash, which the embedded engine drops.
const TOPICS: [&str; 5] = ["energy", "energy/solar", "energy/solar/cells", "Energy", "macro"];
const RATINGS: [&str; 7] = ["0", "-0", "1", "1.5", "-2", "1e6", "none"];

/// Values of free keys. One begins as another does, and the words of one are those of another.
const TAGS: [&str; 8] =
    ["energy", "Energy", "solar energy", "energy solar", "太阳能", "rates", "1", "\u{0}x"];
const LIKES: [&str; 7] = ["0", "-0", "10", "9.5", "-3", "1e6", "many"];

/// The table of the indexes: the built-in one with a field of each kind.
pub(crate) fn schema() -> Schema {
    Schema::extended_by(OWN_FIELDS).unwrap()
}

/// Some words with what is between them.
fn text(words: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec((select(&WORDS[..]), select(&BREAKS[..])), words)
        .prop_map(|parts| parts.into_iter().flat_map(|(word, after)| [word, after]).collect())
}

fn symbols() -> impl Strategy<Value = Vec<Named>> {
    let named = (select(&SYMBOLS[..]), 1..MentionPlaces::COMBINATIONS);
    vec(named, 0..4).prop_map(|all| {
        let mut symbols: Vec<Named> = Vec::new();
        for (notation, places) in all {
            let symbol = Symbol::parse(notation).unwrap();
            // An article has each symbol once.
            if symbols.iter().all(|named| named.symbol != symbol) {
                symbols.push(Named { symbol, sources: MentionPlaces::from_bits(places) });
            }
        }
        symbols
    })
}

fn dated() -> impl Strategy<Value = &'static str> {
    prop_oneof![select(&INSTANTS[..]), select(&DAYS[..])]
}

fn date() -> impl Strategy<Value = Option<Moment>> {
    prop_oneof![4 => dated().prop_map(read_date), 1 => Just(None)]
}

/// What the fields of the user's own are made from.
fn extra() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let some = |values: &'static [&'static str]| vec(select(values).prop_map(str::to_owned), 1..3);
    let value = prop_oneof![
        some(&AUTHORS).prop_map(|values| ("author", values)),
        some(&TOPICS).prop_map(|values| ("topic", values)),
        vec(dated().prop_map(str::to_owned), 1..3).prop_map(|values| ("event", values)),
        some(&RATINGS).prop_map(|values| ("rating", values)),
        some(&TAGS).prop_map(|values| ("Tags", values)),
        some(&TAGS).prop_map(|values| ("keywords", values)),
        some(&TAGS).prop_map(|values| ("标签", values)),
        some(&LIKES).prop_map(|values| ("stats.likes", values)),
        vec(dated().prop_map(str::to_owned), 1..3).prop_map(|values| ("created", values)),
        // One text: whether the words of a loose phrase may stand in two values is not said.
        text(0..4).prop_map(|value| ("note", vec![value])),
    ];
    vec(value, 0..5).prop_map(|all| all.into_iter().map(|(key, values)| (key.to_owned(), values)).collect())
}

/// An article in one of some locales.
fn article(locales: &'static [&'static str]) -> impl Strategy<Value = Article> {
    let named = (select(&IDS[..]), select(locales), select(&KINDS[..]), select(&URLS[..]));
    let texts = (text(1..5), text(0..4), text(0..14));
    let related = vec(select(&IDS[..]).prop_map(str::to_owned), 0..3);
    (named, texts, symbols(), related, date(), extra(), 1..9_u32).prop_map(
        |(
            (id, locale, kind, url),
            (title, description, body),
            symbols,
            related,
            published,
            extra,
            body_line,
        )| {
            Article {
                id: id.to_owned(),
                named_by_path: false,
                yields: false,
                locale: locale.to_owned(),
                kind: kind.to_owned(),
                url: url.to_owned(),
                title,
                description,
                body,
                body_line,
                symbols,
                related,
                published,
                extra,
            }
        },
    )
}

fn step(locales: &'static [&'static str]) -> impl Strategy<Value = Step> {
    let path = || select(&PATHS[..]).prop_map(str::to_owned);
    prop_oneof![
        12 => (path(), article(locales)).prop_map(|(path, article)| Step::Put(path, Box::new(article))),
        1 => (path(), select(&["empty", "binary"][..])).prop_map(|(path, code)| Step::Exclude(path, code.into())),
        3 => path().prop_map(Step::Remove),
        2 => Just(Step::Commit),
    ]
}

/// What happens to an index, in one locale or in several.
pub(super) fn sessions() -> impl Strategy<Value = Vec<Session>> {
    let locales = prop_oneof![3 => Just(&LOCALES[..]), 1 => Just(&LOCALES[..1]), 1 => Just(&LOCALES[3..])];
    locales.prop_flat_map(|locales| {
        let session = (1..3_usize, vec(step(locales), 1..12), prop::bool::weighted(0.9), any::<bool>());
        let session = session.prop_map(|(threads, steps, is_committed, optimized)| Session {
            threads,
            steps,
            is_committed,
            optimized,
        });
        vec(session, 1..4)
    })
}

/// Articles with an id each, in several locales.
pub(super) fn distinct_articles() -> impl Strategy<Value = Vec<Article>> {
    btree_map(0..1000_u32, article(&LOCALES), 2..12).prop_map(|articles| {
        let numbered = |(id, article): (u32, Article)| Article { id: id.to_string(), ..article };
        articles.into_iter().map(numbered).collect()
    })
}
