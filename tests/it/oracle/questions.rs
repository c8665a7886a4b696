//! Draws queries: trees, of every kind of part, and texts made of the operators of the language.

use super::{
    ZONES,
    articles::{INSTANTS, SYMBOLS},
};
use crate::typing::Typist;
use jiff::{Timestamp, tz::TimeZone};
use newsdex::{
    query::{Clock, DateRange, Language, Pattern, Query, Role, Security, Slot, Synonyms, TermSet, Words},
    schema::Schema,
    symbol::Symbol,
};
use proptest::{collection::vec, option, prelude::*, sample::select};
use std::ops::Bound;

/// Words as an index has them.
const TERMS: [&str; 24] = [
    "energy", "10", "solar", "glass", "price", "prices", "pricing", "rate", "battery", "wind", "the",
    "covid", "19", "us", "s", "600586", "钙钛", "钛矿", "太阳", "玻璃", "电池", "铜", "股", "news",
];
const PREFIXES: [&str; 6] = ["pri", "s", "铜", "钙", "电", "20"];
const WILDCARDS: [&str; 5] = ["pri*", "?olar", "*s", "玻*", "g*s"];
const REGEXES: [&str; 4] = ["pric.+", "[a-s].*", ".*矿", "1?9|the"];
const FIELDS: [&str; 13] = [
    "title",
    "description",
    "body",
    "note",
    "author",
    "id",
    "locale",
    "kind",
    "url",
    "related",
    "tags",
    "stats.likes",
    "nowhere",
];
/// Fields that may have several values of which a phrase must not take one word each are left to single words: how far
/// apart two values stand is not said.
const PHRASE_FIELDS: [&str; 8] = ["title", "description", "body", "id", "locale", "kind", "url", "nowhere"];
const EXISTING: [&str; 18] = [
    "tags",
    "stats.likes",
    "created",
    "title",
    "description",
    "body",
    "note",
    "author",
    "topic",
    "event",
    "rating",
    "locale",
    "kind",
    "url",
    "published",
    "symbol",
    "related",
    "nowhere",
];
const SYMBOL_PATHS: [&str; 7] = ["/CN", "/CN/SH", "/CN/SH/000001", "/HK", "/US", "/US/US/BRK.B", "/SG"];
const TOPIC_PATHS: [&str; 5] = ["/energy", "/energy/solar", "/energy/sol", "/macro", "/"];

/// What a query is made of in a text: everything that the language has a word for.
const ATOMS: [&str; 75] = [
    "tags:energy",
    "tags:(solar OR 太阳*)",
    "tags:*",
    "stats.likes:>=9.5",
    "stats.likes:..0",
    "stats.likes:-3",
    "stats.likes:10",
    "stats.likes:\"+9.5\"",
    "created:>2024",
    "created:2011..2025-03-07",
    "tagz:energy",
    "solar",
    "glass",
    "price",
    "prices",
    "rates",
    "batteries",
    "the",
    "COVID-19",
    "U.S.",
    "S&P",
    "19",
    "600586",
    "000001.CN",
    "$AAPL",
    "钙钛矿",
    "太陽能",
    "铜",
    "A股",
    "钙钛矿太阳能",
    "钙钛矿玻璃电池价格是什么",
    "=prices",
    "+solar",
    "\"solar glass\"",
    "\"glass solar\"~2",
    "\"玻璃\"",
    "\"the price of\"~4",
    "pri*",
    "?olar",
    "钙?矿",
    "glas~1",
    "/pric.+/",
    "\"glass solar glass\"~2",
    "\"solar glass 玻璃 太阳\"~3",
    "solar near/3 glass",
    "solar near/3 solar",
    "sol* near/4 solar near/4 so*",
    "PV near/3 solar",
    "glass near/2 玻璃",
    "\"solar glass\" near/4 price",
    "(solar OR 铜) near/2 玻璃",
    "title:solar",
    "title:(solar OR \"glass price\")",
    "body:\"太阳能\"",
    "locale:zh",
    "locale:en",
    "kind:news",
    "id:2",
    "url:glass.example",
    "related:*",
    "author:wang",
    "topic:energy",
    "event:2025",
    "rating:>1",
    "note:*",
    "symbol:600586",
    "symbol:000001.CN",
    "about:AAPL",
    "mentions:700.HK",
    "market:CN",
    "venue:SH",
    "date:2025-03-07",
    "date:..2024",
    "nsymbols:1..2",
    "PV",
];
const SENTENCES: [&str; 3] = [
    "the price of solar glass",
    "who makes batteries of glass for the U.S.",
    "wind price rates battery solar 19",
];

/// A set of words.
fn terms() -> impl Strategy<Value = TermSet> {
    let one = prop_oneof![
        3 => select(&TERMS[..]).prop_map(|word| TermSet::Exact(word.into())),
        3 => select(&TERMS[..]).prop_map(|word| TermSet::Forms(word.into())),
        1 => select(&PREFIXES[..]).prop_map(|prefix| TermSet::Prefix(prefix.into())),
        1 => select(&WILDCARDS[..]).prop_map(|word| TermSet::Pattern(Pattern::wildcard(word).unwrap())),
        1 => select(&REGEXES[..]).prop_map(|regex| TermSet::Pattern(Pattern::regex(regex).unwrap())),
        1 => (select(&TERMS[..]), 1..3_u8).prop_map(|(word, edits)| TermSet::Pattern(Pattern::fuzzy(word, edits))),
    ];
    let one = one.boxed();
    prop_oneof![6 => one.clone(), 1 => vec(one, 1..4).prop_map(TermSet::Any)]
}

fn field_of(names: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop_oneof![2 => Just(None), 1 => select(names).prop_map(|name| Some(name.to_owned()))]
}

fn words_of(field: Option<String>, slots: Vec<Slot>, slop: u32) -> Words {
    Words { field, slots, slop, span: 0..0, plain: false }
}

/// One word.
fn word() -> impl Strategy<Value = Words> {
    (field_of(&FIELDS), terms())
        .prop_map(|(field, terms)| words_of(field, vec![Slot { offset: 0, unit: 0, terms }], 0))
}

/// Sets of words for the slots of a leaf that mostly have words in common: one of a few, what it begins with, or two of them as
/// synonyms are.
fn kin() -> impl Strategy<Value = BoxedStrategy<TermSet>> {
    vec(terms(), 1..5).prop_map(|few| {
        let one = move || select(few.clone());
        prop_oneof![
            4 => one(),
            1 => one().prop_map(|set| beginning(&set)),
            1 => (one(), one()).prop_map(|(one, other)| TermSet::Any(vec![one, other])),
        ]
        .boxed()
    })
}

/// All words that begin as a word does.
fn beginning(set: &TermSet) -> TermSet {
    match set {
        TermSet::Exact(word) | TermSet::Forms(word) => {
            let letters = if word.is_ascii() { 2 } else { 1 };
            TermSet::Prefix(word.chars().take(letters).collect())
        }
        other => other.clone(),
    }
}

/// Words beside each other, some with a word between them, from the first position on.
fn places(terms: BoxedStrategy<TermSet>) -> impl Strategy<Value = Vec<(u32, TermSet)>> {
    vec((1..3_u32, terms), 1..5).prop_map(|words| {
        let mut offset = 0;
        let place = |(index, (step, terms)): (usize, (u32, TermSet))| {
            offset += if index == 0 { 0 } else { step };
            (offset, terms)
        };
        words.into_iter().enumerate().map(place).collect()
    })
}

/// A phrase, with each word a unit of its own where they may be apart.
fn phrase() -> impl Strategy<Value = Words> {
    (field_of(&PHRASE_FIELDS), kin().prop_flat_map(places), prop_oneof![Just(0), 1..6_u32]).prop_map(
        |(field, places, slop)| {
            let slot =
                |(index, (offset, terms))| Slot { offset, unit: if slop > 0 { index } else { 0 }, terms };
            words_of(field, places.into_iter().enumerate().map(slot).collect(), slop)
        },
    )
}

/// Words and phrases near each other, in any order.
fn near() -> impl Strategy<Value = Words> {
    let sides = kin().prop_flat_map(|terms| {
        let word = terms.clone().prop_map(|terms| vec![(0, terms)]);
        vec(prop_oneof![2 => word, 1 => places(terms)], 2..5)
    });
    (field_of(&PHRASE_FIELDS), sides, 1..6_u32).prop_map(|(field, sides, slop)| {
        let slots = |(unit, places): (usize, Vec<(u32, TermSet)>)| {
            places.into_iter().map(move |(offset, terms)| Slot { offset, unit, terms })
        };
        words_of(field, sides.into_iter().enumerate().flat_map(slots).collect(), slop)
    })
}

pub(super) fn words() -> impl Strategy<Value = Words> {
    prop_oneof![4 => word(), 2 => phrase(), 2 => near()]
}

fn security() -> impl Strategy<Value = Query> {
    let role = select(&[Role::Any, Role::About, Role::Mentioned][..]);
    (vec(select(&SYMBOLS[..]), 0..3), role).prop_map(|(notations, role)| {
        let readings = notations.iter().map(|notation| Symbol::parse(notation).unwrap()).collect();
        Query::Security(Security { typed: notations.join(" "), readings, names: Vec::new(), role })
    })
}

fn path() -> impl Strategy<Value = Query> {
    let of = |field: &'static str, paths: &'static [&'static str]| {
        select(paths).prop_map(move |path| Query::Path { field: field.into(), path: path.into() })
    };
    prop_oneof![of("symbol", &SYMBOL_PATHS), of("topic", &TOPIC_PATHS)]
}

fn date() -> impl Strategy<Value = Query> {
    let end = || option::of(select(&INSTANTS[..]).prop_map(|at| at.parse::<Timestamp>().unwrap()));
    let zone = select(&ZONES[..]).prop_map(|zone| TimeZone::get(zone).unwrap());
    (select(&["published", "event", "created"][..]), end(), end(), zone).prop_map(
        |(field, start, end, zone)| Query::Date {
            field: field.into(),
            range: DateRange { start, end },
            zone,
        },
    )
}

fn number() -> impl Strategy<Value = Query> {
    let bound = || {
        let number = || select(&[-2.0, 0.0, 0.5, 1.0, 1.5, 2.0, 1e6][..]);
        prop_oneof![
            Just(Bound::Unbounded),
            number().prop_map(Bound::Included),
            number().prop_map(Bound::Excluded),
        ]
    };
    (select(&["nsymbols", "rating", "stats.likes", "tags"][..]), (bound(), bound()))
        .prop_map(|(field, (from, to))| Query::Number { field: field.into(), from, to })
}

fn min_should_match() -> impl Strategy<Value = Query> {
    (vec(words(), 1..6), vec(word(), 0..3), option::of(any::<prop::sample::Index>())).prop_map(
        |(clauses, optional, least)| {
            let least = least.map(|least| 1 + least.index(clauses.len()));
            // Without a number, nothing is optional yet.
            let optional = if least.is_some() { optional } else { Vec::new() };
            let words = |words: Vec<Words>| words.into_iter().map(Query::Words).collect::<Vec<_>>();
            Query::MinShouldMatch { clauses: words(clauses), least, optional: words(optional) }
        },
    )
}

/// A tree of all that a query may be.
pub(super) fn tree() -> impl Strategy<Value = Query> {
    let leaf = prop_oneof![
        1 => Just(Query::All),
        8 => words().prop_map(Query::Words),
        2 => min_should_match(),
        1 => vec(words().prop_map(Query::Words), 1..4).prop_map(Query::Synonyms),
        2 => security(),
        2 => path(),
        1 => date(),
        1 => number(),
        1 => select(&EXISTING[..]).prop_map(|field| Query::Exists(field.into())),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 0..4).prop_map(Query::And),
            3 => vec(inner.clone(), 0..4).prop_map(Query::Or),
            2 => inner.clone().prop_map(|inner| Query::Not(Box::new(inner))),
            1 => (inner, 0.5..4.0_f32).prop_map(|(inner, by)| Query::Boost(Box::new(inner), by)),
        ]
    })
}

/// A text of the language's words and operators, and now and then what nobody should type.
pub(super) fn typed() -> impl Strategy<Value = String> {
    let atom = prop_oneof![8 => select(&ATOMS[..]), 1 => select(&SENTENCES[..])].prop_map(str::to_owned);
    let sensible = atom.prop_recursive(3, 6, 2, |inner| {
        let two = (inner.clone(), select(&[" ", " AND ", " OR ", " | ", " -", " NOT "][..]), inner.clone());
        prop_oneof![
            6 => two.prop_map(|(a, operator, b)| format!("{a}{operator}{b}")),
            2 => inner.clone().prop_map(|inner| format!("({inner})")),
            1 => inner.clone().prop_map(|inner| format!("NOT ({inner})")),
            1 => inner.prop_map(|inner| format!("({inner})^2")),
        ]
    });
    prop_oneof![4 => sensible, 1 => any::<u32>().prop_map(|seed| Typist::new(u64::from(seed)).query())]
}

/// The language of texts: the fields of a schema, a group of synonyms, and a day in Shanghai as today.
pub(super) fn language(schema: &Schema) -> Language {
    let now = "2025-03-07T12:00:00+08:00[Asia/Shanghai]".parse().unwrap();
    let mut language = Language::new(schema.query_fields(), Clock { now });
    language.synonyms = Synonyms::new(vec![
        vec!["PV".into(), "solar glass".into(), "太阳能".into()],
        vec!["glass".into(), "玻璃".into()],
    ]);
    language
}
