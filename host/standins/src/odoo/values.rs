//! What Odoo makes of a value that a client sends, by the field's type.

use serde_json::{Value, json};

use super::fault::{Fault, repr, repr_text};
use super::html;
use super::store::Row;
use super::tables::{Field, Kind};

/// A change to a to-many relation: Odoo's `[code, id, values]`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    Create(Row),
    Update(i64, Row),
    Delete(i64),
    Unlink(i64),
    Link(i64),
    Clear,
    Set(Vec<i64>),
}

/// A value that fits its column, or the commands of a to-many field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// `Null` clears the column.
    Scalar(Value),
    Commands(Vec<Command>),
}

/// Converts a value for a column.
///
/// # Errors
/// The exception and the text that Odoo raises for a value that doesn't fit.
pub(crate) fn convert(model: &str, field: &Field, value: &Value) -> Result<Cell, Fault> {
    if field.kind == Kind::Many2many || field.kind == Kind::One2many {
        return commands(value).map(Cell::Commands);
    }
    let empty = matches!(value, Value::Null | Value::Bool(false));
    let scalar = match field.kind {
        Kind::Boolean => Value::Bool(truthy(value)),
        Kind::Integer | Kind::Many2oneReference => integer(value)?,
        Kind::Float | Kind::Monetary => float(value)?,
        _ if empty => Value::Null,
        Kind::Char | Kind::Text => {
            let text = text(value)?;
            match field.size {
                Some(size) => text.chars().take(size).collect::<String>().into(),
                None => text.into(),
            }
        }
        Kind::Html => {
            let style = matches!((model, field.name.as_str()), ("mail.message", "body") | ("mail.activity", "note"));
            html::sanitise(&text(value)?, style).into()
        }
        Kind::Date => date(value)?,
        Kind::Datetime => datetime(value)?,
        Kind::Selection => {
            if field.selection.iter().any(|(choice, _)| choice == value) {
                value.clone()
            } else if !truthy(value) {
                Value::Null
            } else {
                return Err(Fault::value(format!("Wrong value for {model}.{}: {}", field.name, repr(value))));
            }
        }
        Kind::Many2one => many2one(value)?,
        Kind::Binary | Kind::Reference | Kind::Other | Kind::Many2many | Kind::One2many => value.clone(),
    };
    Ok(Cell::Scalar(scalar))
}

/// Python's truth of a value.
pub(crate) fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

fn text(value: &Value) -> Result<String, Fault> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    };
    if text.contains('\0') {
        return Err(Fault::value("A string literal cannot contain NUL (0x00) characters."));
    }
    Ok(text)
}

fn integer(value: &Value) -> Result<Value, Fault> {
    let number = match value {
        Value::Null | Value::Bool(false) => 0,
        Value::Bool(true) => 1,
        Value::Number(number) => match number.as_i64() {
            Some(number) => number,
            #[expect(
                clippy::cast_possible_truncation,
                reason = "Python's int() cuts the fraction too; the range is checked below"
            )]
            None => number.as_f64().unwrap_or_default() as i64,
        },
        Value::String(text) if text.is_empty() => 0,
        Value::String(text) => text
            .trim()
            .parse()
            .map_err(|_| Fault::value(format!("invalid literal for int() with base 10: {}", repr_text(text))))?,
        other => {
            return Err(Fault::python(
                "builtins.TypeError",
                format!(
                    "int() argument must be a string, a bytes-like object or a real number, not {}",
                    type_name(other)
                ),
            ));
        }
    };
    if i32::try_from(number).is_err() {
        return Err(Fault::python("psycopg2.errors.NumericValueOutOfRange", "integer out of range\n"));
    }
    Ok(number.into())
}

fn float(value: &Value) -> Result<Value, Fault> {
    let number = match value {
        Value::Null | Value::Bool(false) => 0.0,
        Value::Bool(true) => 1.0,
        Value::Number(number) => number.as_f64().unwrap_or_default(),
        Value::String(text) if text.is_empty() => 0.0,
        Value::String(text) => text
            .trim()
            .parse()
            .map_err(|_| Fault::value(format!("could not convert string to float: {}", repr_text(text))))?,
        other => {
            return Err(Fault::python(
                "builtins.TypeError",
                format!("float() argument must be a string or a real number, not {}", type_name(other)),
            ));
        }
    };
    Ok(json!(number))
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "'list'",
        Value::Object(_) => "'dict'",
        Value::String(_) => "'str'",
        Value::Bool(_) => "'bool'",
        Value::Number(_) => "'int'",
        Value::Null => "'NoneType'",
    }
}

fn many2one(value: &Value) -> Result<Value, Fault> {
    match value {
        Value::Number(number) if number.as_i64() == Some(0) => Ok(Value::Null),
        Value::Number(_) => Ok(value.clone()),
        Value::Array(pair) => Ok(pair.first().cloned().unwrap_or(Value::Null)),
        Value::String(text) if text.is_empty() => Ok(Value::Null),
        other => Err(Fault::python(
            "psycopg2.errors.InvalidTextRepresentation",
            format!("invalid input syntax for type integer: \"{}\"\n", text(other)?),
        )),
    }
}

/// A date as Odoo's `Date.to_date` takes it: the first ten characters must be `YYYY-MM-DD`.
///
/// # Errors
/// Python's text for a value that doesn't match.
pub(crate) fn date(value: &Value) -> Result<Value, Fault> {
    let text = text(value)?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let day: String = text.chars().take(10).collect();
    let moment = strptime(&day, "%Y-%m-%d")?;
    Ok(moment.date().to_string().into())
}

/// A moment as Odoo's `Datetime.to_datetime` takes it: `YYYY-MM-DD HH:MM:SS`, or a prefix of it.
///
/// # Errors
/// Python's text for a value that doesn't match.
pub(crate) fn datetime(value: &Value) -> Result<Value, Fault> {
    const FORMAT: &str = "%Y-%m-%d %H:%M:%S";
    let text = text(value)?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let length = text.chars().count().saturating_sub(2).min(FORMAT.len());
    let moment = strptime(&text, &FORMAT[..length])?;
    Ok(moment.strftime("%Y-%m-%d %H:%M:%S").to_string().into())
}

/// Python's `strptime` for the numeric directives that Odoo uses.
fn strptime(text: &str, format: &str) -> Result<jiff::civil::DateTime, Fault> {
    let mismatch =
        || Fault::value(format!("time data {} does not match format {}", repr_text(text), repr_text(format)));
    let mut rest = text;
    let mut parts = [1900_i16, 1, 1, 0, 0, 0];
    let mut directives = format.chars();
    while let Some(c) = directives.next() {
        if c != '%' {
            rest = rest.strip_prefix(c).ok_or_else(mismatch)?;
            continue;
        }
        let (slot, width) = match directives.next() {
            Some('Y') => (0, 4),
            Some('m') => (1, 2),
            Some('d') => (2, 2),
            Some('H') => (3, 2),
            Some('M') => (4, 2),
            Some('S') => (5, 2),
            _ => return Err(mismatch()),
        };
        let digits = rest.chars().take(width).take_while(char::is_ascii_digit).count();
        if digits == 0 || (slot == 0 && digits < 4) {
            return Err(mismatch());
        }
        parts[slot] = rest[..digits].parse().map_err(|_| mismatch())?;
        rest = &rest[digits..];
    }
    let small = |n: i16| i8::try_from(n).unwrap_or(-1);
    let [year, month, day, hour, minute, second] = parts;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 61 {
        return Err(mismatch());
    }
    if !rest.is_empty() {
        return Err(Fault::value(format!("unconverted data remains: {rest}")));
    }
    jiff::civil::DateTime::new(year, small(month), small(day), small(hour), small(minute), small(second.min(59)), 0)
        .map_err(|_| Fault::value("day is out of range for month"))
}

fn commands(value: &Value) -> Result<Vec<Command>, Fault> {
    let wrong = || Fault::value(format!("Wrong value for a to-many field: {}", repr(value)));
    let items = match value {
        Value::Null | Value::Bool(false) => return Ok(vec![Command::Clear]),
        Value::Array(items) => items,
        _ => return Err(wrong()),
    };
    if !items.is_empty() && items.iter().all(Value::is_i64) {
        return Ok(vec![Command::Set(items.iter().filter_map(Value::as_i64).collect())]);
    }
    items
        .iter()
        .map(|item| {
            let parts = item.as_array().ok_or_else(wrong)?;
            let code = parts.first().and_then(Value::as_i64).ok_or_else(wrong)?;
            let id = || parts.get(1).and_then(Value::as_i64).ok_or_else(wrong);
            let row = || parts.get(2).and_then(Value::as_object).cloned().ok_or_else(wrong);
            Ok(match code {
                0 => Command::Create(row()?),
                1 => Command::Update(id()?, row()?),
                2 => Command::Delete(id()?),
                3 => Command::Unlink(id()?),
                4 => Command::Link(id()?),
                5 => Command::Clear,
                6 => {
                    let ids = parts.get(2).and_then(Value::as_array).ok_or_else(wrong)?;
                    Command::Set(ids.iter().filter_map(Value::as_i64).collect())
                }
                _ => return Err(wrong()),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(result: Result<Value, Fault>) -> String {
        match result {
            Err(Fault::Python { message, .. }) => message,
            other => format!("{other:?}"),
        }
    }

    /// The texts are those of the captures in `xmlrpc/fields/val-*`.
    #[test]
    fn moments_are_as_strict_as_odoos() {
        assert_eq!(datetime(&json!("2020-02-29 10:00:00")), Ok(json!("2020-02-29 10:00:00")));
        assert_eq!(datetime(&json!("2020-02-29")), Ok(json!("2020-02-29 00:00:00")));
        assert_eq!(
            message(datetime(&json!("2020-02-29T10:00:00"))),
            "time data '2020-02-29T10:00:00' does not match format '%Y-%m-%d %H:%M:%S'"
        );
        assert_eq!(message(datetime(&json!("2020-02-29 10:00:00.123"))), "unconverted data remains: .123");
        assert_eq!(date(&json!("2020-02-29T10:00:00Z")), Ok(json!("2020-02-29")));
        assert_eq!(message(date(&json!("29.02.2020"))), "time data '29.02.2020' does not match format '%Y-%m-%d'");
        assert_eq!(message(date(&json!("2021-02-29"))), "day is out of range for month");
    }

    #[test]
    fn numbers_follow_pythons_rules() {
        assert_eq!(message(integer(&json!("abc"))), "invalid literal for int() with base 10: 'abc'");
        assert_eq!(message(float(&json!("1,25"))), "could not convert string to float: '1,25'");
        assert_eq!(message(integer(&json!(2_147_483_648_i64))), "integer out of range\n");
        assert_eq!(integer(&json!(5.9)), Ok(json!(5)));
    }
}
