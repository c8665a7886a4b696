//! Free keys as the index writes them: (key, value) pairs. What is written of a key begins with it and a zero byte, so that it
//! is one range of a dictionary. Numbers and dates are written so that their order is that of the bytes.

use super::stamp::Stamp;
use crate::{
    article::Moment,
    query::DateRange,
    schema::{Value, comparable},
};
use jiff::Timestamp;
use std::{
    collections::BTreeSet,
    fmt,
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
        Value::Number(number) => Some(Kind::Number.scope(key) + &Bits::of_number(number).to_string()),
        Value::Date(moment) => {
            let kind = if matches!(moment, Moment::Day(_)) { Kind::Day } else { Kind::Instant };
            Some(kind.scope(key) + &Bits::of_millis(Stamp::of(moment).millis).to_string())
        }
        Value::Text(_) | Value::Path(_) => None,
    };
    comparable(value).filter_map(entry).collect()
}

/// What the entries of a key begin with, and what their words end before: no entry of another key lies between.
pub(super) fn entries(key: &str) -> Entries {
    scope(key)..[key, "\u{1}"].concat()
}

/// Bits whose order is that of numbers, or of milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bits(u64);

const SIGN: u64 = 1 << 63;

impl Bits {
    pub(super) fn of_number(number: f64) -> Self {
        // There is one zero.
        let bits = (number + 0.0).to_bits();
        Self(if bits & SIGN == 0 { bits | SIGN } else { !bits })
    }

    pub(super) fn number(self) -> f64 {
        f64::from_bits(if self.0 & SIGN == 0 { !self.0 } else { self.0 ^ SIGN })
    }

    pub(super) fn of_millis(millis: i64) -> Self {
        Self(millis.cast_unsigned() ^ SIGN)
    }

    pub(super) fn millis(self) -> i64 {
        (self.0 ^ SIGN).cast_signed()
    }
}

/// Bits in hexadecimal digits, whose order is theirs.
impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What an entry of what can be compared holds behind its key: whether that is a number, and its bits. Days and instants are
/// ordered together. `None` in a damaged index.
pub(super) fn compared(behind_key: &[u8]) -> Option<(bool, Bits)> {
    let (kind, digits) = behind_key.split_first()?;
    let bits = u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    Some((*kind == b'n', Bits(bits)))
}

/// A range of entries of the column of what can be compared: from the first on, up to before the second.
pub(super) type Entries = Range<String>;

/// The entries of the numbers of a key between two bounds.
pub(super) fn numbers(key: &str, from: Bound<f64>, to: Bound<f64>) -> Entries {
    let scope = Kind::Number.scope(key);
    let at = |number| [&scope, Bits::of_number(number).to_string().as_str()].concat();
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
        let at = |at: Timestamp| [&scope, Bits::of_millis(at.as_millisecond()).to_string().as_str()].concat();
        range.start.map_or(scope.clone(), at)..range.end.map_or_else(|| scope.clone() + "~", at)
    })
}

#[cfg(test)]
mod tests {
    use super::{Bits, compared};

    #[test]
    fn the_order_of_entries_is_that_of_numbers() {
        let numbers = [f64::MIN, -1e6, -2.0, -1.5, -1e-300, 0.0, 1e-300, 1.0, 1.5, 10.0, 9e9, f64::MAX];
        let written = numbers.map(|number| Bits::of_number(number).to_string());
        assert!(written.is_sorted());
        assert_eq!(Bits::of_number(-0.0), Bits::of_number(0.0));
        let instants = [i64::MIN, -1, 0, 1, i64::MAX];
        assert!(instants.map(|millis| Bits::of_millis(millis).to_string()).is_sorted());
        for (number, written) in numbers.into_iter().zip(written) {
            let (is_number, bits) = compared(format!("n{written}").as_bytes()).expect("it was written");
            assert!(is_number && bits.number().total_cmp(&number).is_eq(), "{number}");
        }
        for millis in instants {
            let written = format!("d{}", Bits::of_millis(millis));
            assert_eq!(compared(written.as_bytes()).map(|(_, bits)| bits.millis()), Some(millis));
        }
        for damaged in ["", "n", "nx", "n10000000000000000", "né"] {
            assert_eq!(compared(damaged.as_bytes()), None, "{damaged}");
        }
    }
}
