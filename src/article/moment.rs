//! When something was: an instant, or a day without a time.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::fmt;

/// When something was. A day is that day in every zone, so it has no instant; `2025-03-07T00:00:00Z` is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// An instant.
    Instant(Timestamp),
    /// A day without a time.
    Day(Date),
}

impl Moment {
    /// The instant by which it is ordered: of a day, the first in UTC.
    #[must_use]
    pub fn instant(self) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            Self::Day(day) => first_instant(day),
        }
    }

    /// The day of which this is the [`instant`](Self::instant).
    #[must_use]
    pub fn day_at(instant: Timestamp) -> Self {
        Self::Day(instant.to_zoned(TimeZone::UTC).date())
    }

    /// Whether it is a day.
    #[must_use]
    pub fn is_day(self) -> bool {
        matches!(self, Self::Day(_))
    }

    /// The day on which it was in a zone.
    #[must_use]
    pub fn date(self, zone: &TimeZone) -> Date {
        match self {
            Self::Instant(at) => zone.to_datetime(at).date(),
            Self::Day(day) => day,
        }
    }
}

impl fmt::Display for Moment {
    /// As in JSON: `2025-03-07T00:56:22Z`, or `2025-03-07`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instant(at) => at.fmt(f),
            Self::Day(day) => day.fmt(f),
        }
    }
}

/// The first instant of a day in UTC. Only the last day of the calendar, where instants end before days do, may lack it.
pub(crate) fn first_instant(day: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(day.into()).unwrap_or(Timestamp::MAX)
}
