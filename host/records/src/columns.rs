//! What stands in a staged row besides the fields of its record, and what the values of such columns can be read as.

use crate::bindings::transform::values::Scalar;
use crate::locale::Locale;
use crate::scalars::{members, spread};
use crate::table::{Field, Kind};
use crate::texts::Texts;

/// A column of a staged row with something in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column<'a> {
    /// The record has a field for it: its dotted path.
    Named(&'a str),
    /// The record has none, and carries it along: its dotted path, its value as text, and what that can be read as.
    Own(&'a str, &'a str, Reading),
}

/// What a value can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reading {
    /// True or false, yes or no.
    Boolean,
    /// A whole number without a leading zero, which makes a number of a member or a telephone.
    Integer,
    /// An exact number.
    Decimal,
    /// A day.
    Date,
    /// A day and a time.
    Moment,
    /// Anything.
    Text,
}

/// Shows every column of a sound row that has something in it.
pub fn columns(fields: &[Field], row: &str, locale: &Locale, see: &mut dyn FnMut(Column<'_>)) {
    walk("", fields, row, locale, see);
}

fn walk(path: &str, fields: &[Field], row: &str, locale: &Locale, see: &mut dyn FnMut(Column<'_>)) {
    for (name, json) in members(row) {
        let own = if path.is_empty() { name.clone().into_owned() } else { format!("{path}.{name}") };
        match fields.iter().find(|field| field.is(&name)) {
            Some(Field { kind: Kind::Nested(inner), .. }) if json.starts_with('{') => {
                walk(&own, inner, json, locale, see);
            }
            Some(field) => {
                if !matches!(json, "null" | "\"\"" | "[]" | "{}") {
                    let name = if path.is_empty() {
                        field.name.clone().into_owned()
                    } else {
                        format!("{path}.{}", field.name)
                    };
                    see(Column::Named(&name));
                }
            }
            None => {
                let (mut texts, mut carried) = (Texts::new(), Vec::new());
                spread(&own, json, 0, &mut texts, &mut carried);
                for column in carried {
                    let (text, reading) = read(&texts, column.value, locale);
                    if !text.is_empty() {
                        see(Column::Own(texts.get(column.name).unwrap_or_default(), &text, reading));
                    }
                }
            }
        }
    }
}

fn read(texts: &Texts, value: Scalar, locale: &Locale) -> (String, Reading) {
    match value {
        Scalar::Text(text) => {
            let text = texts.get(text).unwrap_or_default().trim();
            (text.to_owned(), locale.reads(text))
        }
        Scalar::Boolean(truth) => (truth.to_string(), Reading::Boolean),
        Scalar::Integer(number) => (number.to_string(), Reading::Integer),
        Scalar::Decimal(number) => (format!("{}e-{}", number.unscaled, number.scale), Reading::Decimal),
        Scalar::Float(number) => (number.to_string(), Reading::Decimal),
        Scalar::Date(day) => (format!("{}-{}-{}", day.year, day.month, day.day), Reading::Date),
        Scalar::Instant(moment) => (moment.seconds.to_string(), Reading::Moment),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &[Field] = &[Field::named("email", &[], Kind::Text)];
    const FIELDS: &[Field] =
        &[Field::named("first_name", &["FirstName"], Kind::Text), Field::named("user", &[], Kind::Nested(USER))];

    fn seen(row: &str) -> Vec<String> {
        let locale = Locale::decode("m", r#"{"date_order":"mdy","decimal_mark":".","time_zone":"UTC"}"#).expect("good");
        let mut seen = Vec::new();
        columns(FIELDS, row, &locale, &mut |column| {
            seen.push(match column {
                Column::Named(name) => name.to_owned(),
                Column::Own(name, _, reading) => format!("{name}: {reading:?}"),
            });
        });
        seen
    }

    #[test]
    fn columns_without_a_field_are_told_with_what_they_can_be_read_as() {
        let row = r#"{"FirstName":"Ada","user":{"email":"","role":"dentist"},"Shade":3,"Vip":true,"Fee":"$1,200.50",
            "Member":"00712","Since":"3/14/2024","Seen":"3/14/2024 2:30 PM","Note":"likes tea","Old":null,"Recall":"Yes",
            "Tags":{"a":[1,"x"]},"Months":"6"}"#;
        assert_eq!(
            seen(row),
            [
                "first_name",
                "user.role: Text",
                "Shade: Integer",
                "Vip: Boolean",
                "Fee: Decimal",
                "Member: Text",
                "Since: Date",
                "Seen: Moment",
                "Note: Text",
                "Recall: Boolean",
                "Tags.a.0: Integer",
                "Tags.a.1: Text",
                "Months: Integer",
            ]
        );
    }
}
