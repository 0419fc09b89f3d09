//! Reading one JSON row, field by field.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar};

/// Why a staged row is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The row is not a JSON object.
    #[error(
        "{object} `{key}` is not a JSON object\nhint: the source answered with something else than a record; extract the object again"
    )]
    NotAnObject {
        /// The source object.
        object: String,
        /// The record's key.
        key: String,
    },
    /// A field that the interface requires is missing or unreadable.
    #[error(
        "{object} `{key}`: `{field}` {what}\nhint: mend the record in the source and extract again; until then it is quarantined"
    )]
    Field {
        /// The source object.
        object: String,
        /// The record's key.
        key: String,
        /// The field, as the source names it.
        field: String,
        /// What is wrong, without the value.
        what: &'static str,
    },
    /// A row says that it belongs to an object that the interface does not have.
    #[error(
        "`{object}` is not an object of this source\nhint: the staged rows come from another version of odograft; extract again"
    )]
    NoSuchObject {
        /// The object.
        object: String,
    },
}

/// A field that the interface names and cannot read; its value is carried in `extra`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field as a dotted path that begins with the object.
    pub field: String,
    /// What is wrong, without the value.
    pub message: &'static str,
}

/// A record with what could not be read of it.
#[derive(Debug, Clone)]
pub struct Decoded<R> {
    /// The record.
    pub record: R,
    /// Fields that could not be read.
    pub problems: Vec<Problem>,
}

/// Takes the named fields out of a row; what is left becomes `extra`.
pub(crate) struct Row<'a> {
    object: &'a str,
    key: &'a str,
    /// Stands before field names of a nested row: `user.`.
    prefix: &'static str,
    fields: Map<String, Value>,
    problems: Vec<Problem>,
    unread: Vec<ExtraField>,
}

impl<'a> Row<'a> {
    pub(crate) fn new(object: &'a str, key: &'a str, json: &str) -> Result<Self, DecodeError> {
        match serde_json::from_str(json) {
            Ok(Value::Object(fields)) => {
                Ok(Self { object, key, prefix: "", fields, problems: Vec::new(), unread: Vec::new() })
            }
            _ => Err(DecodeError::NotAnObject { object: object.to_owned(), key: key.to_owned() }),
        }
    }

    /// A nested row; `None` when the field holds no object. Hand it back with [`Row::absorb`].
    pub(crate) fn nested(&mut self, name: &str, prefix: &'static str) -> Option<Row<'a>> {
        match self.fields.remove(name)? {
            Value::Object(fields) => Some(Row {
                object: self.object,
                key: self.key,
                prefix,
                fields,
                problems: Vec::new(),
                unread: Vec::new(),
            }),
            Value::Null => None,
            other => {
                self.unreadable(name, "is not an object", other);
                None
            }
        }
    }

    /// Takes over what a nested row left behind.
    pub(crate) fn absorb(&mut self, nested: Row<'a>) {
        let (extra, problems) = nested.finish();
        self.unread.extend(extra);
        self.problems.extend(problems);
    }

    /// The first of `names` that is there and not null.
    fn take(&mut self, names: &[&'static str]) -> Option<(&'static str, Value)> {
        let mut found = None;
        for &name in names {
            match self.fields.remove(name) {
                None | Some(Value::Null) => {}
                // A second spelling of the same field is kept as an extra column.
                Some(value) if found.is_some() => extra(&format!("{}{name}", self.prefix), value, &mut self.unread),
                Some(value) => found = Some((name, value)),
            }
        }
        found
    }

    fn unreadable(&mut self, name: &str, message: &'static str, value: Value) {
        self.problems.push(Problem { field: format!("{}.{}{name}", self.object, self.prefix), message });
        extra(&format!("{}{name}", self.prefix), value, &mut self.unread);
    }

    fn read<T>(
        &mut self,
        names: &[&'static str],
        message: &'static str,
        parse: impl Fn(&Value) -> Option<Option<T>>,
    ) -> Option<T> {
        let (name, value) = self.take(names)?;
        match parse(&value) {
            Some(read) => read,
            None => {
                self.unreadable(name, message, value);
                None
            }
        }
    }

    /// Text; numbers and truth values as their text. Empty text is no value.
    pub(crate) fn text(&mut self, names: &[&'static str]) -> Option<String> {
        let (name, value) = self.take(names)?;
        match value {
            Value::String(text) => (!text.is_empty()).then_some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            other => {
                self.unreadable(name, "is not text", other);
                None
            }
        }
    }

    pub(crate) fn boolean(&mut self, names: &[&'static str]) -> Option<bool> {
        self.read(names, "is neither true nor false", |value| match value {
            Value::Bool(truth) => Some(Some(*truth)),
            Value::Number(number) => match number.as_i64() {
                Some(0) => Some(Some(false)),
                Some(1) => Some(Some(true)),
                _ => None,
            },
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "" => Some(None),
                "true" | "1" => Some(Some(true)),
                "false" | "0" => Some(Some(false)),
                _ => None,
            },
            _ => None,
        })
    }

    pub(crate) fn integer(&mut self, names: &[&'static str]) -> Option<i64> {
        self.read(names, "is not a whole number", |value| match value {
            Value::Number(number) => number.as_i64().map(Some),
            Value::String(text) if text.is_empty() => Some(None),
            Value::String(text) => text.parse().ok().map(Some),
            _ => None,
        })
    }

    pub(crate) fn date(&mut self, names: &[&'static str]) -> Option<Date> {
        self.read(names, "is not a date (YYYY-MM-DD)", |value| match value {
            Value::String(text) if text.is_empty() => Some(None),
            Value::String(text) => date(text).map(Some),
            _ => None,
        })
    }

    pub(crate) fn instant(&mut self, names: &[&'static str]) -> Option<Instant> {
        self.read(names, "is not a moment with its offset (ISO 8601)", |value| match value {
            Value::String(text) if text.is_empty() => Some(None),
            Value::String(text) => instant(text).map(Some),
            _ => None,
        })
    }

    /// A value that the interface requires.
    pub(crate) fn required<T>(&self, value: Option<T>, field: &str) -> Result<T, DecodeError> {
        let what = "is missing or cannot be read";
        value.ok_or_else(|| DecodeError::Field {
            object: self.object.to_owned(),
            key: self.key.to_owned(),
            field: format!("{}{field}", self.prefix),
            what,
        })
    }

    /// What is left: columns that the interface does not name, and those that could not be read.
    pub(crate) fn finish(mut self) -> (Vec<ExtraField>, Vec<Problem>) {
        for (name, value) in self.fields {
            extra(&format!("{}{name}", self.prefix), value, &mut self.unread);
        }
        (self.unread, self.problems)
    }
}

/// `2024-02-29`, nothing else.
fn date(text: &str) -> Option<Date> {
    if text.len() != 10 {
        return None;
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    let part = |n: i16| u16::try_from(n).ok().filter(|n| *n > 0);
    Some(Date { year: part(day.year())?, month: u8::try_from(day.month()).ok()?, day: u8::try_from(day.day()).ok()? })
}

fn instant(text: &str) -> Option<Instant> {
    let moment: Timestamp = text.parse().ok()?;
    let (mut seconds, mut nanoseconds) = (moment.as_second(), moment.subsec_nanosecond());
    if nanoseconds < 0 {
        seconds -= 1;
        nanoseconds += 1_000_000_000;
    }
    Some(Instant { seconds, nanoseconds: u32::try_from(nanoseconds).ok()? })
}

/// A column that the interface does not name; objects are spread out over dotted names, and arrays
/// over numbered ones. Empty columns are left out.
fn extra(name: &str, value: Value, out: &mut Vec<ExtraField>) {
    let scalar = match value {
        Value::Null => return,
        Value::Bool(truth) => Scalar::Boolean(truth),
        Value::Number(number) => number_scalar(&number),
        Value::String(text) if text.is_empty() => return,
        Value::String(text) => Scalar::Text(text),
        Value::Array(items) => {
            for (position, item) in items.into_iter().enumerate() {
                extra(&format!("{name}.{position}"), item, out);
            }
            return;
        }
        Value::Object(fields) => {
            for (key, item) in fields {
                extra(&format!("{name}.{key}"), item, out);
            }
            return;
        }
    };
    out.push(ExtraField { name: name.to_owned(), value: scalar });
}

/// Whole numbers stay whole, those beyond 64 signed bits as they are written; others are exact to the
/// 15 digits that a JSON number is sure to keep, and a float where a decimal cannot hold them.
fn number_scalar(number: &serde_json::Number) -> Scalar {
    if let Some(whole) = number.as_i64() {
        return Scalar::Integer(whole);
    }
    let written = number.to_string();
    match (decimal(&written), number.as_f64()) {
        (Some(exact), _) => Scalar::Decimal(exact),
        (None, Some(float)) if number.is_f64() => Scalar::Float(float),
        (None, _) => Scalar::Text(written),
    }
}

/// `-12.340` as unscaled digits and scale.
fn decimal(text: &str) -> Option<Decimal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let unscaled = format!("{whole}{fraction}").parse().ok()?;
    Some(Decimal { unscaled, scale: u8::try_from(fraction.len()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(json: &str) -> Row<'_> {
        Row::new("patient", "17", json).expect("an object")
    }

    #[test]
    fn an_unreadable_field_is_a_problem_and_an_extra() {
        let mut row = row(r#"{"date_of_birth":"31/02/1990"}"#);
        assert_eq!(row.date(&["date_of_birth"]), None);
        let (extra, problems) = row.finish();
        assert_eq!(problems[0].field, "patient.date_of_birth");
        assert_eq!(extra[0].name, "date_of_birth");
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in ["2023-02-29", "2024-13-01", "0000-01-01", "2024-2-9", "20240209", "2024-02-29T10:00:00Z"] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(date("2024-02-29"), Some(Date { year: 2024, month: 2, day: 29 }));
    }

    #[test]
    fn moments_before_1970_have_positive_fractions() {
        let moment = instant("1969-12-31T23:59:59.25Z").expect("a moment");
        assert_eq!((moment.seconds, moment.nanoseconds), (-1, 250_000_000));
        assert_eq!(instant("2026-07-04T20:35:55.599+01:00").map(|i| i.seconds), Some(1_783_193_755));
        assert_eq!(instant("2026-07-04T20:35:55"), None);
    }

    #[test]
    fn numbers_stay_exact() {
        let (extra, _) = row(r#"{"a":12.30,"b":9007199254740993,"c":{"d":[true,null,"x"]}}"#).finish();
        let names: Vec<_> = extra.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c.d.0", "c.d.2"]);
        assert_eq!(extra[1].value, Scalar::Integer(9_007_199_254_740_993));
    }

    #[test]
    fn numbers_keep_their_digits() {
        let (extra, _) = row(r#"{"a":18446744073709551615,"b":12.30,"c":1e300}"#).finish();
        let values: Vec<_> = extra.into_iter().map(|e| e.value).collect();
        let whole = Scalar::Text("18446744073709551615".to_owned());
        assert_eq!(values, [whole, Scalar::Decimal(Decimal { unscaled: 123, scale: 1 }), Scalar::Float(1e300)]);
    }

    #[test]
    fn two_spellings_of_a_field_are_both_kept() {
        let mut row = row(r#"{"email":"a@example.invalid","email_address":"b@example.invalid"}"#);
        assert_eq!(row.text(&["email_address", "email"]).as_deref(), Some("b@example.invalid"));
        assert_eq!(row.finish().0[0].name, "email");
    }
}
