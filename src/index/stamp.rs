//! Moments as columns keep them.

use crate::article::Moment;
use jiff::Timestamp;
use std::ops::RangeInclusive;

/// A [`Moment`] as columns keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    /// Its instant, in milliseconds since 1970.
    pub millis: i64,
    pub is_day: bool,
}

impl Stamp {
    pub(super) fn of(moment: Moment) -> Self {
        Self { millis: moment.instant().as_millisecond(), is_day: moment.is_day() }
    }

    pub(super) fn moment(self) -> Option<Moment> {
        let instant = Timestamp::from_millisecond(self.millis).ok()?;
        Some(if self.is_day { Moment::day_at(instant) } else { Moment::Instant(instant) })
    }
}

/// The instants that an index can hold, in milliseconds since 1970: tantivy keeps nanoseconds in 64 bits.
pub(super) const INSTANTS: RangeInclusive<i64> = i64::MIN / 1_000_000 + 1..=i64::MAX / 1_000_000 - 1;
