//! How values of the contract are written as text, wherever the host writes them.

use std::fmt::{Display, Formatter, Result};
use std::ops::RangeInclusive;

use jiff::civil::DateTime;
use jiff::{SignedDuration, civil};

use crate::bindings::transform::values::{Date, Decimal, Instant};

/// Seconds since 1970 of the moments that a calendar of four digits has.
pub(crate) const YEARS_1_TO_9999: RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A moment's day and time in UTC, without its fractions; none outside the years 1 to 9999, which Odoo's calendar has.
#[must_use]
pub fn utc(moment: Instant) -> Option<DateTime> {
    let epoch = civil::date(1970, 1, 1).at(0, 0, 0, 0);
    let seconds = YEARS_1_TO_9999.contains(&moment.seconds).then_some(moment.seconds)?;
    epoch.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// `2024-02-29`; years beyond 9999, which no checked answer has, lose their first digit.
impl Display for Date {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let digit = |number: u16, place: u16| b'0' + (number / place % 10) as u8;
        let (year, month, day) = (self.year, u16::from(self.month), u16::from(self.day));
        let text = [
            digit(year, 1000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            b'-',
            digit(month, 10),
            digit(month, 1),
            b'-',
            digit(day, 10),
            digit(day, 1),
        ];
        out.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// `-12.30`: every digit, the point where the scale puts it.
impl Display for Decimal {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0width$}", self.unscaled.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let (sign, point) = (if self.unscaled < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        let text = |unscaled, scale| Decimal { unscaled, scale }.to_string();
        assert_eq!(text(1234, 2), "12.34");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(0, 3), "0.000");
        assert_eq!(text(i64::MIN, 4), "-922337203685477.5808");
    }

    #[test]
    fn every_second_of_the_years_1_to_9999_is_a_moment() {
        let text = |seconds| utc(Instant { seconds, nanoseconds: 0 }).map(|utc| utc.to_string());
        assert_eq!(text(-62_135_596_800).as_deref(), Some("0001-01-01T00:00:00"));
        assert_eq!(text(253_402_300_799).as_deref(), Some("9999-12-31T23:59:59"));
        assert_eq!(text(-1).as_deref(), Some("1969-12-31T23:59:59"));
        for seconds in [-62_135_596_801, 253_402_300_800, i64::MIN, i64::MAX] {
            assert_eq!(text(seconds), None);
        }
    }

    #[test]
    fn days_have_leading_zeros() {
        assert_eq!(Date { year: 987, month: 6, day: 5 }.to_string(), "0987-06-05");
    }
}
