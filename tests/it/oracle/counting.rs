//! What a facet of some matches counts.

use super::matching::{values, values_of_key};
use jiff::tz::TimeZone;
use newsdex::{
    article::{Article, Moment},
    index::{Facet, FacetBy, FacetRequest},
    schema::{Schema, Value},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
};

/// The counts over some matches, each a page with the number of what it counts as.
pub(super) fn facet(
    schema: &Schema,
    request: &FacetRequest,
    zone: &TimeZone,
    matches: &[(usize, &Article)],
) -> Facet {
    let by = &request.by;
    // Who has a value, each once however many of the pages have it.
    let mut holders: BTreeMap<String, HashSet<usize>> = BTreeMap::new();
    for (number, article) in matches {
        for value in counted(schema, by, zone, article) {
            holders.entry(value).or_default().insert(*number);
        }
    }
    let mut counts: Vec<(String, u64)> =
        holders.into_iter().map(|(value, holders)| (value, holders.len() as u64)).collect();
    let distinct = counts.len();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts.truncate(request.limit);
    if by.is_calendar() {
        counts.sort();
    }
    let labelled = |(value, count): (String, u64)| (by.label(&value), count);
    Facet { by: by.clone(), counts: counts.into_iter().map(labelled).collect(), distinct }
}

/// What an article is counted by.
fn counted(schema: &Schema, by: &FacetBy, zone: &TimeZone, article: &Article) -> Vec<String> {
    let Some(field) = schema.field(&by.field) else {
        let values = values_of_key(schema, &by.field, article);
        return values.into_iter().map(str::to_owned).collect();
    };
    let counted = |value| match value {
        Value::Text(text) => text.into_owned(),
        Value::Path(path) => cut(&path, by.levels),
        Value::Date(moment) => {
            let day = match moment {
                Moment::Instant(at) => at.to_zoned(zone.clone()).date(),
                Moment::Day(day) => day,
            };
            let format = ["%Y", "%Y-%m", "%Y-%m-%d"][by.levels.unwrap_or(3) - 1];
            day.strftime(format).to_string()
        }
        Value::Number(number) => number.to_string(),
    };
    values(field, article).into_iter().map(counted).collect()
}

/// The first levels of a path.
fn cut(path: &str, levels: Option<usize>) -> String {
    let parts = path.split('/').skip(1).take(levels.unwrap_or(usize::MAX));
    parts.flat_map(|part| ["/", part]).collect()
}
