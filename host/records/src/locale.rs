//! How a source writes days, moments and amounts that do not tell it themselves. It is declared, never guessed: no value
//! says whether `03/04/2026` lies in March or in April.

use jiff::Timestamp;
use jiff::civil::{self, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::Deserialize;

use crate::bindings::transform::values::{Date, Decimal, Instant, Scalar};
use crate::columns::Reading;
use crate::decode::DecodeError;
use crate::table::{Field, Kind};
use crate::written::YEARS_1_TO_9999;

/// What a moment without an offset becomes.
pub(crate) enum Moment {
    /// The clocks showed it once.
    Once(Instant),
    /// The clocks went back and showed it twice: the earlier of the two.
    Twice(Instant),
    /// The clocks went forward and never showed it: as if they had not.
    Never(Instant),
}

impl Moment {
    /// What a finding says of [`Moment::Twice`].
    pub(crate) const TWICE: &'static str = "lies in the hour that the clocks showed twice; the earlier one is taken";
    /// What a finding says of [`Moment::Never`].
    pub(crate) const NEVER: &'static str =
        "lies in the hour that the clocks left out; it is taken as if they had not changed";
}

/// In which order a day's numbers stand. A day that begins with a year of four digits is read in any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// `2026-03-14`.
    Ymd,
    /// `03/14/2026`.
    Mdy,
    /// `14/03/2026`.
    Dmy,
}

/// The mark between whole and fraction; the other one and spaces may part groups of three digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum DecimalMark {
    /// `1,234.50`.
    #[serde(rename = ".")]
    Point,
    /// `1.234,50`.
    #[serde(rename = ",")]
    Comma,
}

/// How the texts of a source are to be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Locale {
    /// The order of a day's numbers.
    pub date_order: DateOrder,
    /// The mark between whole and fraction.
    pub decimal_mark: DecimalMark,
    /// The zone of moments without an offset; without one they cannot be read.
    pub zone: Option<TimeZone>,
    /// Whether spaces around a value, `yes` and `no`, and the shapes of days that people write are read.
    pub(crate) lenient: bool,
    /// Columns that no record names, and what the client says that they hold.
    pub(crate) extras: Option<Vec<ExtraColumn>>,
}

/// A column that no record names, in a manifest's `extras`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct ExtraColumn {
    pub(crate) object: String,
    pub(crate) column: String,
    kind: ExtraKind,
}

/// What a column's texts are to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ExtraKind {
    Float,
    Integer,
    Date,
    Datetime,
    #[serde(other)]
    Text,
}

/// What a source's manifest says of its texts.
pub(crate) const LOCALE_FIELDS: &[Field] = &[
    Field::named("date_order", &["date_order"], Kind::Choice(&["ymd", "mdy", "dmy"])).required(),
    Field::named("decimal_mark", &["decimal_mark"], Kind::Choice(&[".", ","])).required(),
    Field::named("time_zone", &["time_zone"], Kind::Choice(&["UTC", "Europe/London", "America/Chicago"])).required(),
];

#[derive(Deserialize)]
struct Declared {
    date_order: DateOrder,
    decimal_mark: DecimalMark,
    time_zone: String,
    extras: Option<Vec<ExtraColumn>>,
}

impl Locale {
    /// What a finding says of a text that [`Locale::date`] does not read.
    pub(crate) const NO_DAY: &'static str = "is not a day as the source is declared to write days";
    /// The same of [`Locale::moment`].
    pub(crate) const NO_MOMENT: &'static str = "is not a moment as the source is declared to write moments";
    /// The same of [`Locale::decimal`].
    pub(crate) const NO_AMOUNT: &'static str = "is not an amount as the source is declared to write amounts";

    /// What a programming interface sends: ISO 8601 and nothing else.
    pub(crate) const ISO: Self =
        Self { date_order: DateOrder::Ymd, decimal_mark: DecimalMark::Point, zone: None, lenient: false, extras: None };

    /// From a staged manifest: `date_order` (`ymd`, `mdy` or `dmy`), `decimal_mark` (`.` or `,`) and `time_zone`, a name of
    /// the IANA database such as `Europe/London`. `object` is the manifest's in staging.
    ///
    /// # Errors
    /// One of the three is missing or no such word.
    pub fn decode(object: &str, manifest: &str) -> Result<Self, DecodeError> {
        let unknown = |field: &str, what| DecodeError::Field {
            object: object.to_owned(),
            key: "manifest".to_owned(),
            field: field.to_owned(),
            what,
        };
        let declared: Declared = serde_json::from_str(manifest).map_err(|_| {
            unknown(
                "date_order, decimal_mark, time_zone",
                "must stand there as `ymd`, `mdy` or `dmy`, `.` or `,`, and a zone",
            )
        })?;
        let zone = TimeZone::get(&declared.time_zone)
            .map_err(|_| unknown("time_zone", "is not a zone of the IANA database, such as `America/Chicago`"))?;
        Ok(Self {
            date_order: declared.date_order,
            decimal_mark: declared.decimal_mark,
            zone: Some(zone),
            lenient: true,
            extras: declared.extras,
        })
    }

    /// A text of an extra column as the client says that it is to be read; none where it says nothing, or the text is
    /// something else.
    pub(crate) fn extra(&self, object: &str, column: &str, text: &str) -> Option<Scalar> {
        let text = text.trim();
        let of = self.extras.iter().flatten().find(|extra| extra.object == object && extra.column == column)?;
        match of.kind {
            ExtraKind::Text => None,
            ExtraKind::Date => self.date(text).map(Scalar::Date),
            ExtraKind::Float => self.decimal(text).map(Scalar::Decimal),
            ExtraKind::Integer => {
                let number = self.decimal(text).filter(|number| number.scale == 0)?;
                Some(Scalar::Integer(number.unscaled))
            }
            ExtraKind::Datetime => match self.moment(text)? {
                Moment::Once(moment) | Moment::Twice(moment) | Moment::Never(moment) => Some(Scalar::Instant(moment)),
            },
        }
    }

    /// What a text of a column that no record names can be read as, the narrowest first.
    pub(crate) fn reads(&self, text: &str) -> Reading {
        let word = ["yes", "no", "true", "false", "y", "n"].iter().any(|word| text.eq_ignore_ascii_case(word));
        let padded = text.strip_prefix('0').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        match self.decimal(text) {
            _ if word => Reading::Boolean,
            Some(number) if !padded && number.scale == 0 => Reading::Integer,
            Some(_) if !padded => Reading::Decimal,
            _ if self.date(text).is_some() => Reading::Date,
            _ if self.moment(text).is_some() => Reading::Moment,
            _ => Reading::Text,
        }
    }

    /// The locale of a source's manifest, or what a programming interface sends where that says nothing of it.
    #[must_use]
    pub fn of(manifest: &str) -> Self {
        Self::decode("manifest", manifest).unwrap_or(Self::ISO)
    }

    /// A day in one of the shapes `2026-03-14`, `3/14/2026`, `14.03.2026`, `14-Mar-2026`, `March 14, 2026`. A time of
    /// midnight behind it is left out. Years have four digits: no rule says whether `26` is 1926.
    pub(crate) fn date(&self, text: &str) -> Option<Date> {
        let (day, rest) = self.day(text)?;
        let midnight = rest.is_empty() || time(rest).is_some_and(|time| time == Time::midnight());
        midnight.then(|| contract_date(day)).flatten()
    }

    /// The day of a text that [`Locale::date`] or [`Locale::moment`] reads.
    pub(crate) fn day_of(&self, text: &str) -> Option<Date> {
        let (day, rest) = self.day(text)?;
        (rest.is_empty() || time(rest).is_some()).then(|| contract_date(day)).flatten()
    }

    /// A moment: a day as [`Locale::date`] reads it and a time, `14:30`, `14:30:05.123` or `2:30 PM`, in the zone.
    pub(crate) fn moment(&self, text: &str) -> Option<Moment> {
        let (day, rest) = self.day(text)?;
        let local = day.to_datetime(if rest.is_empty() { Time::midnight() } else { time(rest)? });
        self.in_zone(local)
    }

    /// The day that the source's clocks showed at a moment; none where no zone is declared.
    pub(crate) fn day_at(&self, moment: Instant) -> Option<Date> {
        let zone = self.zone.as_ref()?;
        let moment = Timestamp::from_second(moment.seconds).ok()?;
        contract_date(zone.to_datetime(moment).date())
    }

    /// What a local moment is in UTC.
    fn in_zone(&self, local: DateTime) -> Option<Moment> {
        let zone = self.zone.as_ref()?;
        let at = |offset: jiff::tz::Offset| {
            let moment = offset.to_timestamp(local).ok()?;
            let seconds = Some(moment.as_second()).filter(|s| YEARS_1_TO_9999.contains(s))?;
            let nanoseconds = u32::try_from(moment.subsec_nanosecond()).ok()?;
            Some(Instant { seconds, nanoseconds })
        };
        Some(match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => Moment::Once(at(offset)?),
            AmbiguousOffset::Fold { before, .. } => Moment::Twice(at(before)?),
            AmbiguousOffset::Gap { before, .. } => Moment::Never(at(before)?),
        })
    }

    /// The day at the beginning of a text, and what follows it without the blanks or the `T` between.
    fn day<'t>(&self, text: &'t str) -> Option<(civil::Date, &'t str)> {
        let mut rest = text;
        let first = part(&mut rest)?;
        let second = part(&mut rest)?;
        let third = part(&mut rest)?;
        // What follows is a time, and a digit or letter next to the day is none.
        if rest.starts_with(|c: char| c.is_alphanumeric() && c != 'T') {
            return None;
        }
        let rest = rest.strip_prefix('T').unwrap_or(rest).trim_start_matches([' ', ',']);
        let (year, month, day) = match (month(first), month(second)) {
            (Some(month), None) => (third, month, second),
            (None, Some(month)) if first.len() == 4 => (first, month, third),
            (None, Some(month)) => (third, month, first),
            (Some(_), Some(_)) => return None,
            (None, None) if first.len() == 4 => (first, small(second)?, third),
            (None, None) => match self.date_order {
                DateOrder::Mdy => (third, small(first)?, second),
                DateOrder::Dmy => (third, small(second)?, first),
                DateOrder::Ymd => return None,
            },
        };
        let year: i16 = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
        Some((civil::Date::new(year, month, small(day)?).ok()?, rest))
    }

    /// An exact number: `-1,234.50`, `$1,234.50`, `(12.50)`, `12.50-`, `80 %`. Sign and currency stand at the ends only, and
    /// groups have three digits.
    pub(crate) fn decimal(&self, text: &str) -> Option<Decimal> {
        let currency = |c: char| matches!(c, '$' | '£' | '€' | '¥' | ' ' | '\u{a0}' | '\u{202f}');
        let bare = |text: &'_ str| text.trim_matches(currency).to_owned();
        let mut negative = false;
        let mut text = bare(text);
        if let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            (negative, text) = (true, bare(inner));
        }
        if let Some(inner) = text.strip_suffix('%') {
            text = bare(inner);
        }
        for sign in ['-', '\u{2212}'] {
            let inner = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)).map(bare);
            if let Some(inner) = inner {
                if negative {
                    return None;
                }
                (negative, text) = (true, inner);
            }
        }
        let (mark, group) = match self.decimal_mark {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let (whole, fraction) = text.split_once(mark).unwrap_or((&text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let mut groups = whole.split([group, ' ', '\'', '\u{a0}', '\u{202f}']);
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let grouped = rest.is_empty() || (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
        let all = format!("{first}{}{fraction}", rest.concat());
        if !grouped || !digits(&all) || all.is_empty() {
            return None;
        }
        let unscaled: i64 = all.parse().ok()?;
        let scale = u8::try_from(fraction.len()).ok()?;
        Some(Decimal { unscaled: if negative { -unscaled } else { unscaled }, scale })
    }
}

/// The next run of letters or of digits, past blanks and one mark between parts of a day.
fn part<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let text = rest.trim_start();
    let text = text.strip_prefix([',', '/', '-', '.']).unwrap_or(text).trim_start();
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| if digits { !c.is_ascii_digit() } else { !c.is_ascii_alphabetic() });
    let (part, behind) = text.split_at(end.unwrap_or(text.len()));
    *rest = behind;
    (!part.is_empty() && part.len() <= 9).then_some(part)
}

fn small(text: &str) -> Option<i8> {
    Some(text).filter(|text| text.len() <= 2)?.parse().ok()
}

/// The number of an English month, written out or by its first three letters.
fn month(text: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let at = MONTHS.iter().position(|month| *month == text || text.len() == 3 && month.starts_with(&text));
    at.and_then(|at| i8::try_from(at + 1).ok())
}

/// `14:30`, `14:30:05.123`, `2:30 PM`.
fn time(text: &str) -> Option<Time> {
    let text = text.trim().to_ascii_lowercase();
    let half = ["am", "pm", "a.m.", "p.m."].iter().find(|half| text.ends_with(**half));
    let bare = half.map_or(text.as_str(), |half| text[..text.len() - half.len()].trim_end());
    let mut parts = bare.splitn(3, ':');
    let (hour, minute) = (small(parts.next()?)?, parts.next().filter(|text| text.len() == 2)?);
    let second = parts.next().unwrap_or("0");
    let (second, fraction) = second.split_once('.').unwrap_or((second, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(half) => hour % 12 + if half.starts_with('p') { 12 } else { 0 },
        None => hour,
    };
    Time::new(hour, small(minute)?, small(second)?, nanoseconds).ok()
}

/// A day of the contract, whose years are 1 to 9999.
pub(crate) fn contract_date(day: civil::Date) -> Option<Date> {
    let year = u16::try_from(day.year()).ok().filter(|year| *year > 0)?;
    Some(Date { year, month: u8::try_from(day.month()).ok()?, day: u8::try_from(day.day()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(date_order: &str, decimal_mark: &str, zone: &str) -> Locale {
        let manifest =
            format!(r#"{{"date_order":"{date_order}","decimal_mark":"{decimal_mark}","time_zone":"{zone}"}}"#);
        Locale::decode("manifest", &manifest).expect("a good manifest")
    }

    #[test]
    fn days_are_read_in_the_declared_order_only() {
        let day = |order, text| locale(order, ".", "Europe/London").date(text).map(|day| day.to_string());
        for (order, text) in [
            ("mdy", "03/14/2026"),
            ("mdy", "3-14-2026"),
            ("dmy", "14.03.2026"),
            ("dmy", "14/3/2026 00:00:00"),
            ("ymd", "2026-03-14"),
            ("mdy", "2026-03-14"),
            ("dmy", "14-Mar-2026"),
            ("ymd", "March 14, 2026"),
            ("mdy", "14 MARCH 2026"),
            ("dmy", "2026-03-14T00:00:00"),
        ] {
            assert_eq!(day(order, text).as_deref(), Some("2026-03-14"), "{order} {text}");
        }
        for (order, text) in [
            ("mdy", "14/03/2026"),
            ("dmy", "03/14/2026"),
            ("ymd", "03/04/2026"),
            ("mdy", "03/14/26"),
            ("dmy", "29/02/2023"),
            ("dmy", "14/03/2026 10:00"),
            ("dmy", "14//03//2026"),
            ("dmy", "14-Foo-2026"),
            ("dmy", "14/03/2026x"),
            ("dmy", "14"),
            ("dmy", ""),
            ("dmy", "0014/03/2026"),
        ] {
            assert_eq!(day(order, text), None, "{order} {text}");
        }
    }

    #[test]
    fn a_day_may_have_a_time_behind_it() {
        let day = |text| locale("ymd", ".", "UTC").day_of(text).map(|day| day.to_string());
        for text in ["2026-03-14", "2026-03-14T00:00:00.000", "2026-03-14 23:59", "14 Mar 2026 2:30 PM"] {
            assert_eq!(day(text).as_deref(), Some("2026-03-14"), "{text}");
        }
        assert_eq!((day("2026-03-14T25:00"), day("2026-02-30T10:00"), day("14")), (None, None, None));
    }

    #[test]
    fn moments_go_through_the_zone_and_the_hours_of_clock_changes_are_told() {
        let london = locale("dmy", ".", "Europe/London");
        let seconds = |text: &str| match london.moment(text) {
            Some(Moment::Once(at)) => ("once", at.seconds),
            Some(Moment::Twice(at)) => ("twice", at.seconds),
            Some(Moment::Never(at)) => ("never", at.seconds),
            None => ("none", 0),
        };
        assert_eq!(seconds("04/07/2026 20:35"), ("once", 1_783_193_700));
        assert_eq!(seconds("4/7/2026 8:35 pm"), ("once", 1_783_193_700));
        assert_eq!(seconds("04/01/2026 12:00 AM"), ("once", 1_767_484_800));
        // 25 October 2026: 01:30 comes at 00:30Z and again at 01:30Z. 29 March 2026: no clock shows 01:30.
        assert_eq!(seconds("25/10/2026 01:30"), ("twice", 1_792_888_200));
        assert_eq!(seconds("29/03/2026 01:30"), ("never", 1_774_747_800));
        for text in ["04/07/2026 24:00", "04/07/2026 13:00 pm", "04/07/2026 1:2", "04/07/2026 noon"] {
            assert_eq!(seconds(text).0, "none", "{text}");
        }
    }

    #[test]
    fn amounts_are_exact_whatever_dresses_them() {
        let read = |mark, text| locale("ymd", mark, "UTC").decimal(text).map(|amount| amount.to_string());
        for (mark, text, amount) in [
            (".", "$1,234.00", "1234.00"),
            (".", "($12.50)", "-12.50"),
            (".", "-$12.50", "-12.50"),
            (".", "12.50-", "-12.50"),
            (".", "80%", "80"),
            (",", "1.234,50 €", "1234.50"),
            (",", "1 234,5", "1234.5"),
            (".", "0", "0"),
            (".", ".5", "0.5"),
            (".", "12345.678", "12345.678"),
        ] {
            assert_eq!(read(mark, text).as_deref(), Some(amount), "{mark} {text}");
        }
        for (mark, text) in [
            (".", "1,23"),
            (".", "1.234,50"),
            (".", "12,3456"),
            (".", "1,2,3"),
            (".", "12 abc"),
            (".", ""),
            (".", "$"),
            (".", "(-5)"),
            (".", "99999999999999999999"),
            (".", "1e3"),
        ] {
            assert_eq!(read(mark, text), None, "{mark} {text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for manifest in ["{}", r#"{"date_order":"auto","decimal_mark":".","time_zone":"UTC"}"#, "[]"] {
            let error = Locale::decode("dent-o-soft-manifest", manifest).expect_err("not declared");
            assert!(error.to_string().contains("date_order"), "{error}");
        }
        let zone = r#"{"date_order":"mdy","decimal_mark":".","time_zone":"Springfield"}"#;
        assert!(Locale::decode("m", zone).expect_err("no zone").to_string().contains("`time_zone`"));
    }
}
