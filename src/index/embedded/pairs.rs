//! Free keys as the index writes them: (key, value) pairs. What is written of a key begins with it and a zero byte, so that it
//! is one range of a dictionary. Numbers and dates are written so that their order is that of the bytes.

use super::moments::Stamp;
use crate::{
    article::Moment,
    query::DateRange,
    schema::{Value, comparable},
};
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    ops::{Bound, Range},
};

/// What the words and values of a key begin with.
pub(super) fn scope(key: &str) -> String {
    [key, "\0"].concat()
}

/// The key and the value of a pair.
pub(super) fn pair(key: &str, value: &str) -> String {
    [key, "\0", value].concat()
}

/// The kinds of what can be compared; each has a range of its own in a key.
#[derive(Clone, Copy)]
enum Kind {
    Day,
    Instant,
    Number,
}

impl Kind {
    /// What the entries of a key of this kind begin with.
    fn scope(self, key: &str) -> String {
        let kind = match self {
            Self::Day => "d",
            Self::Instant => "i",
            Self::Number => "n",
        };
        [key, "\0", kind].concat()
    }
}

/// What a value of a key compares as, in the order of the bytes.
pub(super) fn comparables(key: &str, value: &str) -> BTreeSet<String> {
    let entry = |value| match value {
        Value::Number(number) => Some(Kind::Number.scope(key) + &of_number(number)),
        Value::Date(moment) => {
            let kind = if matches!(moment, Moment::Day(_)) { Kind::Day } else { Kind::Instant };
            Some(kind.scope(key) + &of_millis(Stamp::of(moment).millis))
        }
        Value::Text(_) | Value::Path(_) => None,
    };
    comparable(value).filter_map(entry).collect()
}

/// A number in hexadecimal digits whose order is that of numbers.
fn of_number(number: f64) -> String {
    let bits = (number + 0.0).to_bits();
    let sign = 1 << 63;
    format!("{:016x}", if bits & sign == 0 { bits | sign } else { !bits })
}

/// Milliseconds in hexadecimal digits whose order is theirs.
fn of_millis(millis: i64) -> String {
    format!("{:016x}", millis.cast_unsigned() ^ (1 << 63))
}

/// A range of entries of the column of what can be compared: from the first on, up to before the second.
pub(super) type Entries = Range<String>;

/// The entries of the numbers of a key between two bounds.
pub(super) fn numbers(key: &str, from: Bound<f64>, to: Bound<f64>) -> Entries {
    let scope = Kind::Number.scope(key);
    let at = |number| [&scope, of_number(number).as_str()].concat();
    // Nothing lies between an entry and the same with one more byte.
    let after = |number| at(number) + "\0";
    let start = match from {
        Bound::Included(number) => at(number),
        Bound::Excluded(number) => after(number),
        Bound::Unbounded => scope.clone(),
    };
    let end = match to {
        Bound::Included(number) => after(number),
        Bound::Excluded(number) => at(number),
        Bound::Unbounded => scope.clone() + "~",
    };
    start..end
}

/// The entries of the days and of the instants of a key, each in a range of its own.
pub(super) fn moments(key: &str, days: DateRange, instants: DateRange) -> [Entries; 2] {
    [(Kind::Day, days), (Kind::Instant, instants)].map(|(kind, range)| {
        let scope = kind.scope(key);
        let at = |at: Timestamp| [&scope, of_millis(at.as_millisecond()).as_str()].concat();
        range.start.map_or(scope.clone(), at)..range.end.map_or_else(|| scope.clone() + "~", at)
    })
}

#[cfg(test)]
mod tests {
    use super::{of_millis, of_number};

    #[test]
    fn the_order_of_entries_is_that_of_numbers() {
        let numbers = [f64::MIN, -1e6, -2.0, -1.5, -1e-300, 0.0, 1e-300, 1.0, 1.5, 10.0, 9e9, f64::MAX];
        assert!(numbers.map(of_number).is_sorted());
        assert_eq!(of_number(-0.0), of_number(0.0));
        assert!([i64::MIN, -1, 0, 1, i64::MAX].map(of_millis).is_sorted());
    }
}
