//! The first documents in the order of a free key. The pairs of all matches that have the key are read, as columns, and
//! ordered on this side.

use super::{
    MAX_READ,
    document::{id_of, stamp, stamp_columns},
    engine::Engine,
    mapping,
};
use crate::{
    article::BuiltIn,
    index::{
        DocRef, IndexError, KeyOrder, KeyValue, OrderPlace, ScoredDoc,
        key_order::{Direction, Place},
        pairs::{self, Bits},
        stamp::Stamp,
    },
    problem::message,
    query::key_spellings,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{
    cmp::{Ordering, Reverse},
    collections::HashSet,
    time::Instant,
};

/// The pages that have a key.
pub(super) fn with_key(key: &str) -> Value {
    let each = key_spellings(key).map(|key| json!({"prefix": {mapping::KEY_PAIR: pairs::scope(key)}}));
    json!({"bool": {"should": each.collect::<Vec<_>>(), "minimum_should_match": 1}})
}

/// What has a value.
#[derive(Default)]
pub(super) struct Valued {
    /// The first documents behind the place, in order.
    pub docs: Vec<ScoredDoc>,
    /// The number of documents up to the place.
    pub before: usize,
    /// The articles with a value.
    pub articles: HashSet<i64>,
}

/// A page with its place in the order.
struct Page {
    place: Place<String>,
    published: Option<Stamp>,
    id: String,
    locale: String,
    doc: DocRef,
}

impl Page {
    fn order(&self, other: &Self, direction: Direction) -> Ordering {
        let millis = |page: &Self| page.published.map(|stamp| stamp.millis);
        direction
            .order(Some(&self.place), Some(&other.place), String::cmp)
            .then_with(|| newest_first(millis(self), millis(other)))
            .then_with(|| (&self.id, &self.locale).cmp(&(&other.id, &other.locale)))
    }

    fn is_after(&self, place: &OrderPlace, direction: Direction) -> bool {
        let at = place.value.as_ref().map(|value| match value {
            KeyValue::Number(number) => Place::Number(Bits::of_number(*number)),
            KeyValue::Date(at) => Place::Date(Bits::of_millis(at.as_millisecond())),
            KeyValue::Text(text) => Place::Text(text.clone()),
        });
        let millis = self.published.map(|stamp| stamp.millis);
        let order = direction
            .order(Some(&self.place), at.as_ref(), String::cmp)
            .then_with(|| newest_first(millis, place.published.map(Timestamp::as_millisecond)))
            .then_with(|| self.id.cmp(&place.id))
            .then_with(|| place.locale.as_ref().map_or(Ordering::Equal, |locale| self.locale.cmp(locale)));
        order.is_gt()
    }

    fn scored(self) -> ScoredDoc {
        let value = match self.place {
            Place::Number(bits) => Some(KeyValue::Number(bits.number())),
            Place::Date(bits) => Timestamp::from_millisecond(bits.millis()).ok().map(KeyValue::Date),
            Place::Text(text) => Some(KeyValue::Text(text)),
        };
        let published = self.published.and_then(Stamp::moment);
        ScoredDoc { doc: self.doc, score: None, published, value, copies: None }
    }
}

/// What has no date comes last.
fn newest_first(a: Option<i64>, b: Option<i64>) -> Ordering {
    Reverse(a).cmp(&Reverse(b))
}

/// Reads what a query matches, all of which has the key. `by_page` says that each page is a document, and not each article.
///
/// # Errors
///
/// [`IndexError::TooMuch`] if too much matches; else as for every request.
pub(super) fn valued(
    engine: &Engine,
    query: &Value,
    (order, after): (&KeyOrder, Option<&OrderPlace>),
    (by_page, wanted): (bool, usize),
    deadline: Option<Instant>,
) -> Result<Valued, IndexError> {
    let direction = Direction::of(order);
    let shown = [BuiltIn::Id, BuiltIn::Locale].map(|field| mapping::shown(field.name()));
    let [days, instants] = stamp_columns();
    let mut scan = engine.scan(
        json!({
            "query": query, "_source": false, "stored_fields": "_none_",
            "docvalue_fields": [mapping::KEY_PAIR, shown[0], shown[1], days, instants],
            "sort": [mapping::ARTICLE, mapping::SOURCE, mapping::RECORD],
        }),
        deadline,
    )?;
    let scopes: Vec<(&str, String)> = key_spellings(&order.key).map(|key| (key, pairs::scope(key))).collect();
    let read = |hit: &Value| -> Option<Page> {
        let fields = &hit["fields"];
        let text = |at: usize| fields[shown[at].as_str()][0].as_str().unwrap_or_default().to_owned();
        let place = |at: usize| hit["sort"][at].as_i64().map(i64::cast_unsigned);
        let mut places = Vec::new();
        for pair in fields[mapping::KEY_PAIR].as_array()?.iter().filter_map(Value::as_str) {
            for (key, scope) in &scopes {
                let Some(value) = pair.strip_prefix(scope.as_str()) else { continue };
                places.push(Place::Text(value.to_owned()));
                for entry in pairs::comparables(key, value) {
                    let compared = entry.as_bytes().get(scope.len()..).and_then(pairs::compared);
                    places.extend(compared.map(|(is_number, bits)| {
                        if is_number { Place::Number(bits) } else { Place::Date(bits) }
                    }));
                }
            }
        }
        let first = |a: &Place<String>, b: &Place<String>| direction.order(Some(a), Some(b), String::cmp);
        Some(Page {
            place: places.into_iter().min_by(first)?,
            published: stamp(hit),
            id: text(0),
            locale: text(1),
            doc: DocRef(id_of(place(1)?, place(2)?)),
        })
    };
    let mut found = Valued::default();
    let mut best: Vec<Page> = Vec::new();
    // The pages of an article are read one after another.
    let mut article: Option<(i64, Option<Page>)> = None;
    let mut seen = 0;
    loop {
        let hits = scan.next_batch()?;
        let is_last = hits.is_none();
        for hit in hits.iter().flatten() {
            seen += 1;
            let Some(number) = hit["sort"][0].as_i64() else {
                return Err(engine.unreadable("a page without its place"));
            };
            let page = read(hit).ok_or_else(|| engine.unreadable("a page without its values"))?;
            // Where one page is up to the place, the whole article is.
            let page = Some(page).filter(|page| after.is_none_or(|place| page.is_after(place, direction)));
            match &mut article {
                Some((of, first)) if *of == number && !by_page => {
                    *first = first.take().zip(page).map(
                        |(a, b)| {
                            if b.order(&a, direction).is_lt() { b } else { a }
                        },
                    );
                }
                _ => {
                    end(&mut found, &mut best, article.replace((number, page)), by_page);
                }
            }
        }
        if is_last {
            end(&mut found, &mut best, article.take(), by_page);
        }
        if seen > MAX_READ {
            return Err(IndexError::TooMuch(message!(
                "over {} pages have the key `{}`, too many to be ordered by it; narrow the query",
                MAX_READ,
                order.key.clone()
            )));
        }
        if is_last || best.len() > wanted.saturating_mul(2).max(10_000) {
            best.sort_unstable_by(|a, b| a.order(b, direction));
            best.truncate(wanted);
        }
        if is_last {
            found.docs = best.into_iter().map(Page::scored).collect();
            return Ok(found);
        }
    }
}

/// Counts a document, and keeps its first page if that is behind the place.
fn end(found: &mut Valued, best: &mut Vec<Page>, document: Option<(i64, Option<Page>)>, by_page: bool) {
    let Some((article, first)) = document else { return };
    if !by_page {
        found.articles.insert(article);
    }
    match first {
        Some(page) => best.push(page),
        None => found.before += 1,
    }
}
