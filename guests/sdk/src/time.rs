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

/// `2024-02-29T08:30:00Z`: whole seconds, as Odoo keeps them.
#[must_use]
pub fn iso_moment(moment: Instant) -> String {
    let seconds = moment.seconds.rem_euclid(DAY);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", iso(day_of(moment)))
}

/// The day that a text `2024-02-29` names, with nothing behind it but a time; none where there is no such day.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let (day, rest) = text.split_at_checked(10)?;
    if !(rest.is_empty() || rest.starts_with(['T', ' '])) {
        return None;
    }
    let mut parts = day.split('-');
    let mut number = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse::<u16>().ok()
    };
    let (year, month, day) = (number(4)?, number(2)?, number(2)?);
    let date = Date { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
    // A day that is not in the calendar comes back as another one.
    let real = (1..=12).contains(&month) && day > 0 && year > 0 && day_of(at_hour(date, 0)) == date;
    real.then_some(date)
}

/// How many days lie between two days; negative where the second is the earlier.
#[must_use]
pub fn days_between(from: Date, to: Date) -> i64 {
    (at_hour(to, 0).seconds - at_hour(from, 0).seconds) / DAY
}

/// So many days later, or earlier where negative.
#[must_use]
pub fn days_later(day: Date, days: i64) -> Date {
    let seconds = days.saturating_mul(DAY).saturating_add(at_hour(day, 0).seconds);
    day_of(Instant { seconds, nanoseconds: 0 })
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

    #[test]
    fn days_are_read_and_counted() {
        let day = |text: &str| parse_day(text);
        assert_eq!(day("2024-02-29").map(iso).as_deref(), Some("2024-02-29"));
        assert_eq!(day("2024-02-29T08:30:00Z"), day("2024-02-29"));
        for text in ["2023-02-29", "2024-13-01", "2024-00-10", "24-02-29", "2024-2-29", "2024-02-291", "29/02/2024", ""]
        {
            assert_eq!(day(text), None, "{text}");
        }
        let (leap, after) = (day("2024-02-28").expect("a day"), day("2024-03-01").expect("a day"));
        assert_eq!((days_between(leap, after), days_later(after, -2)), (2, leap));
        assert_eq!(iso_moment(Instant { seconds: -1, nanoseconds: 5 }), "1969-12-31T23:59:59Z");
    }
}
