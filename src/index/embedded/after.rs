//! The documents on either side of a place in an order by date or by a key.

use super::{by_key::SegmentValues, columns, lower::Lowered};
use crate::{
    article::BuiltIn,
    index::{OrderPlace, Sort},
};
use jiff::Timestamp;
use std::cmp::Ordering;
use tantivy::{
    DateTime, DocId, SegmentReader,
    query::{
        BooleanQuery, Occur,
        doc_predicate_query::{DocPredicateQuery, FunctionPredicate},
    },
};

/// The matches of a query that come after a place, or those that do not.
pub(super) fn beside(query: &Lowered, place: &OrderPlace, sort: &Sort, is_after: bool) -> Lowered {
    let (place, sort) = (place.clone(), sort.clone());
    let beside = FunctionPredicate::from(move |segment: &SegmentReader| {
        let fields = segment.fast_fields();
        let published = fields.date(BuiltIn::Published.name())?;
        let (id, locale) = (fields.str(BuiltIn::Id.name())?, fields.str(BuiltIn::Locale.name())?);
        let by_key = match &sort {
            Sort::Key(order) => {
                let values = SegmentValues::open(segment, order)?;
                let at = place.value.as_ref().map(|value| values.locate(value)).transpose()?;
                Some((values, at))
            }
            _ => None,
        };
        let (place, is_oldest) = (place.clone(), sort == Sort::Oldest);
        Ok(move |doc: DocId| {
            let millis = published.first(doc).map(DateTime::into_timestamp_millis);
            let by_key = by_key.as_ref().map_or(Ordering::Equal, |(values, at)| {
                values.direction.in_segment(values.place(doc).as_ref(), at.as_ref())
            });
            let order = by_key
                .then_with(|| by_date(millis, place.published.map(Timestamp::as_millisecond), is_oldest))
                .then_with(|| columns::first(id.as_ref(), doc).cmp(&place.id))
                .then_with(|| match &place.locale {
                    Some(place) => columns::first(locale.as_ref(), doc).cmp(place),
                    None => Ordering::Equal,
                });
            order.is_gt() == is_after
        })
    });
    let beside = Box::new(DocPredicateQuery::from(beside)) as Lowered;
    Box::new(BooleanQuery::new(vec![(Occur::Must, query.box_clone()), (Occur::Must, beside)]))
}

/// The order of two dates; what has none comes last.
fn by_date(a: Option<i64>, b: Option<i64>, is_oldest: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if is_oldest => a.cmp(&b),
        (Some(a), Some(b)) => b.cmp(&a),
        _ => a.is_none().cmp(&b.is_none()),
    }
}
