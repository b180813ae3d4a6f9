//! Time in UTC with the precision that both databases store.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// A time in UTC in whole microseconds, which is the precision of PostgreSQL, so that a value read back
/// equals the value written. Serialized as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// Converts any time to UTC and truncates it to microseconds.
    pub fn new(moment: OffsetDateTime) -> Self {
        let utc = moment.to_offset(time::UtcOffset::UTC);
        let micros = utc.microsecond();
        Self(utc.replace_microsecond(micros).unwrap_or(utc))
    }

    /// Parses RFC 3339; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self::new)
    }

    /// Creates a time from microseconds since 1970; `None` beyond the years of RFC 3339.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        Self::within_rfc_3339(OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?)
    }

    /// Creates a time from whole seconds since 1970; `None` beyond the years of RFC 3339.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        Self::within_rfc_3339(OffsetDateTime::from_unix_timestamp(seconds).ok()?)
    }

    /// RFC 3339 writes the years 0 to 9999.
    fn within_rfc_3339(moment: OffsetDateTime) -> Option<Self> {
        (0..=9999).contains(&moment.year()).then_some(Self(moment))
    }

    /// Returns the microseconds since 1970.
    pub fn unix_micros(self) -> i64 {
        let micros = self.0.unix_timestamp_nanos() / 1000;
        i64::try_from(micros).unwrap_or(i64::MAX)
    }

    /// Returns the whole seconds since 1970, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// Returns the time as the `time` crate's type, for adapters.
    pub fn as_offset(self) -> OffsetDateTime {
        self.0
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        Self::new(self.0.saturating_add(span))
    }
}

impl Sub for Timestamp {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        time::serde::rfc3339::serialize(&self.0, out)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        time::serde::rfc3339::deserialize(input).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn nanoseconds_are_truncated_and_zones_converted_to_utc() {
        let moment = Timestamp::new(datetime!(2026-01-02 03:04:05.123_456_789 +01:00));
        assert_eq!(moment.to_string(), "2026-01-02T02:04:05.123456Z");
    }

    #[test]
    fn rfc_3339_is_parsed_and_other_texts_are_refused() {
        let moment = Timestamp::new(datetime!(2026-01-02 02:04:05.123_456 UTC));
        for text in ["2026-01-02T02:04:05.123456Z", "2026-01-02T03:04:05.1234569+01:00"] {
            assert_eq!(Timestamp::parse(text), Some(moment), "{text}");
        }
        for text in ["", "2026-01-02", "2026-01-02T02:04:05", "1767319445", "2026-02-30T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn microseconds_survive_the_round_trip() {
        let moment = Timestamp::from_unix_micros(1_700_000_000_123_456).unwrap();
        assert_eq!(moment.unix_micros(), 1_700_000_000_123_456);
        assert_eq!(moment.unix_seconds(), 1_700_000_000);
    }

    #[test]
    fn every_time_can_be_written() {
        let (first, last) = (-62_167_219_200, 253_402_300_799);
        assert_eq!(Timestamp::from_unix_seconds(first).unwrap().to_string(), "0000-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_unix_seconds(last).unwrap().to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(Timestamp::from_unix_seconds(first - 1), None);
        assert_eq!(Timestamp::from_unix_seconds(last + 1), None);
        assert_eq!(Timestamp::from_unix_micros((first - 1) * 1_000_000), None);
    }
}
