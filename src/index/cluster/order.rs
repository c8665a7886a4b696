//! The order of a retrieval as the engine sorts, and the pages behind a place in it.

use super::{document::instant, mapping};
use crate::{
    article::BuiltIn,
    index::{KeyOrder, KeyValue, OrderPlace, Sort},
    schema::{FieldKind, Schema},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The order of a retrieval, in which no two pages are equal.
pub(super) fn order(sort: &Sort, ordered: Option<&Ordered>) -> Value {
    let by = |field: &str, order: &str, missing: &str| json!({field: {"order": order, "missing": missing}});
    let published = mapping::shown(BuiltIn::Published.name());
    let newest = by_date(&published, true);
    let (id, locale) = (mapping::shown(BuiltIn::Id.name()), mapping::shown(BuiltIn::Locale.name()));
    let ties = [by(&id, "asc", "_last"), by(&locale, "asc", "_first")];
    let ordered = ordered.map(|Ordered { field, descending, kind }| match kind {
        FieldKind::Date => by_date(field, *descending),
        _ => by(field, direction(*descending), "_last"),
    });
    let first = match (sort, ordered) {
        (Sort::Relevance, _) | (_, None) => vec![json!("_score"), newest],
        (Sort::Newest | Sort::Oldest, Some(ordered)) => vec![ordered],
        (Sort::Key(_), Some(ordered)) => vec![ordered, newest],
    };
    Value::Array(first.into_iter().chain(ties).collect())
}

/// Sorts by a date; pages without one come last. With `_last`, an engine passes over the shards that have no date between the
/// worst of what it has so far and the best, even if that worst has no date itself: where it decides between those without one,
/// some are left out.
fn by_date(field: &str, descending: bool) -> Value {
    let missing = if descending { i64::MIN } else { i64::MAX };
    json!({field: {"order": direction(descending), "missing": missing}})
}

fn direction(descending: bool) -> &'static str {
    if descending { "desc" } else { "asc" }
}

/// The field by whose values pages are ordered.
pub(super) struct Ordered {
    field: String,
    descending: bool,
    kind: FieldKind,
}

impl Ordered {
    /// Of an order; `None` if it is by relevance, or by what the index has no field of.
    pub(super) fn by(sort: &Sort, schema: &Schema) -> Option<Self> {
        let published = mapping::shown(BuiltIn::Published.name());
        match sort {
            Sort::Relevance => None,
            Sort::Newest => Some(Self { field: published, descending: true, kind: FieldKind::Date }),
            Sort::Oldest => Some(Self { field: published, descending: false, kind: FieldKind::Date }),
            Sort::Key(KeyOrder { key, descending }) => {
                let row = schema.field(key)?;
                let has_column = matches!(row.kind, FieldKind::Date | FieldKind::Number) || row.count;
                has_column.then(|| Self {
                    field: mapping::shown(key),
                    descending: *descending,
                    kind: row.kind,
                })
            }
        }
    }

    /// The value of a hit in an order by a key.
    pub(super) fn value(&self, hit: &Value) -> Option<KeyValue> {
        let value = &hit["sort"][0];
        match self.kind {
            FieldKind::Date => Timestamp::from_millisecond(value.as_i64()?).ok().map(KeyValue::Date),
            FieldKind::Number => value.as_f64().map(KeyValue::Number),
            _ => value.as_str().map(|text| KeyValue::Text(text.to_owned())),
        }
    }

    /// The pages that come after a place in the order.
    pub(super) fn after(&self, place: &OrderPlace, by_key: bool) -> Value {
        let published = mapping::shown(BuiltIn::Published.name());
        let date = place.published.and_then(|at| instant(at.as_millisecond()));
        let ties = {
            let (id, locale) = (mapping::shown(BuiltIn::Id.name()), mapping::shown(BuiltIn::Locale.name()));
            let mut later = vec![json!({"range": {id.as_str(): {"gt": place.id}}})];
            if let Some(of) = &place.locale {
                later.push(all(&[
                    json!({"term": {id.as_str(): place.id}}),
                    json!({"range": {locale: {"gt": of}}}),
                ]));
            }
            either(&later)
        };
        if !by_key {
            return beyond(&self.field, date.map(|at| json!(at)).as_ref(), self.descending, &ties);
        }
        let newest = beyond(&published, date.map(|at| json!(at)).as_ref(), true, &ties);
        let value = place.value.as_ref().and_then(|value| match value {
            KeyValue::Number(number) => Some(json!(number)),
            KeyValue::Date(at) => instant(at.as_millisecond()).map(|at| json!(at)),
            KeyValue::Text(text) => Some(json!(text)),
        });
        beyond(&self.field, value.as_ref(), self.descending, &newest)
    }
}

/// The pages whose first value in the order lies beyond a value, or equals it and that `ties` finds. Pages without a value come
/// last.
fn beyond(field: &str, value: Option<&Value>, descending: bool, ties: &Value) -> Value {
    let without = json!({"bool": {"must_not": [{"exists": {"field": field}}]}});
    let Some(value) = value else { return all(&[without, ties.clone()]) };
    let range = |bound: &str| json!({"range": {field: {bound: value}}});
    let (before, beyond) = if descending { ("gt", "lt") } else { ("lt", "gt") };
    let equal = json!({"range": {field: {"gte": value, "lte": value}}});
    let no_less = json!({"bool": {"should": [range(before), equal], "minimum_should_match": 1}});
    let further = but(&range(beyond), &no_less);
    let level = but(&equal, &range(before));
    either(&[further, without, all(&[level, ties.clone()])])
}

pub(super) fn all(queries: &[Value]) -> Value {
    json!({"bool": {"filter": queries}})
}

/// What a query finds and another does not.
pub(super) fn but(query: &Value, other: &Value) -> Value {
    json!({"bool": {"filter": [query], "must_not": [other]}})
}

fn either(queries: &[Value]) -> Value {
    json!({"bool": {"should": queries, "minimum_should_match": 1}})
}
