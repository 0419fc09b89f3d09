//! Calendar arithmetic for rules; the host has resolved time zones already.

use crate::{Date, Instant};

const DAY: i64 = 86_400;

/// The UTC day of a moment, in the proleptic Gregorian calendar. Moments before year 1 or after
/// 9999, which no source sends, are cut to those years.
#[must_use]
pub fn day_of(moment: Instant) -> Date {
    // Days to civil, after Howard Hinnant's public-domain algorithm.
    let days = moment.seconds.div_euclid(DAY).clamp(-719_162, 2_932_896) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |n: i64| u16::try_from(n).unwrap_or(1);
    Date { year: small(year), month: small(month) as u8, day: small(day) as u8 }
}

/// The moment at `hour` o'clock UTC of a day.
#[must_use]
pub fn at_hour(day: Date, hour: u8) -> Instant {
    let (month, year) = (i64::from(day.month), i64::from(day.year) - i64::from(day.month <= 2));
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day.day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Instant { seconds: days * DAY + i64::from(hour) * 3_600, nanoseconds: 0 }
}

/// `2024-02-29`.
#[must_use]
pub fn iso(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year, day.month, day.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_agree() {
        for (seconds, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (4_107_542_399, "2100-02-28"),
            (-62_135_596_800, "0001-01-01"),
            (253_402_300_799, "9999-12-31"),
        ] {
            let day = day_of(Instant { seconds, nanoseconds: 0 });
            assert_eq!(iso(day), text);
            assert_eq!(at_hour(day, 0).seconds, seconds.div_euclid(DAY) * DAY);
        }
    }
}
