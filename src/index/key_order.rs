//! The order of values of a free key: numbers before dates and dates before texts, whatever the direction, and what has none
//! last.

use super::{KeyOrder, pairs::Bits};
use std::cmp::Ordering;

/// The value by which a document is ordered. `T` stands for a text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<T> {
    Number(Bits),
    Date(Bits),
    Text(T),
}

impl<T> Place<T> {
    fn kind(&self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Date(_) => 1,
            Self::Text(_) => 2,
        }
    }
}

/// The direction of an order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Direction {
    descending: bool,
}

impl Direction {
    pub(super) fn of(order: &KeyOrder) -> Self {
        Self { descending: order.descending }
    }

    /// Which of two documents comes first, by their places and the order of their texts.
    pub(super) fn order<T>(
        self,
        a: Option<&Place<T>>,
        b: Option<&Place<T>>,
        texts: impl Fn(&T, &T) -> Ordering,
    ) -> Ordering {
        let (Some(a), Some(b)) = (a, b) else { return a.is_none().cmp(&b.is_none()) };
        let values = match (a, b) {
            (Place::Number(a), Place::Number(b)) | (Place::Date(a), Place::Date(b)) => a.cmp(b),
            (Place::Text(a), Place::Text(b)) => texts(a, b),
            _ => return a.kind().cmp(&b.kind()),
        };
        if self.descending { values.reverse() } else { values }
    }
}
