//! Values of SQL Server as JSON: exact numbers with every digit, days and moments in ISO 8601.

use std::fmt::Write;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};
use tiberius::{ColumnData, Row};

use super::client::Param;
use super::objects::Holds;
use super::schema::{Column, Layout};

/// A row's key.
pub(super) fn key(row: &Row, column: &str) -> Option<Param> {
    let (_, data) = row.cells().find(|(own, _)| own.name().eq_ignore_ascii_case(column))?;
    Some(match data {
        ColumnData::U8(Some(number)) => Param::Int((*number).into()),
        ColumnData::I16(Some(number)) => Param::Int((*number).into()),
        ColumnData::I32(Some(number)) => Param::Int((*number).into()),
        ColumnData::I64(Some(number)) => Param::Int(*number),
        ColumnData::String(Some(text)) => Param::Text(text.to_string()),
        ColumnData::Guid(Some(id)) => Param::Text(id.to_string()),
        _ => return None,
    })
}

/// The bytes of a row's only cell.
pub(super) fn bytes(row: Row) -> Option<Vec<u8>> {
    match row.into_iter().next()? {
        ColumnData::Binary(Some(bytes)) => Some(bytes.into_owned()),
        _ => None,
    }
}

/// The text in one of a row's cells, as it stands in JSON.
pub(super) fn word(row: &Row, cell: usize) -> Option<String> {
    let mut text = String::new();
    json(row.cells().nth(cell)?.1, &mut text);
    (text != "null").then(|| text.trim_matches('"').to_owned())
}

/// The whole number in a row's first cell.
pub(super) fn whole_number(row: &Row) -> Option<i64> {
    match row.cells().next()?.1 {
        ColumnData::I64(Some(number)) => Some(*number),
        ColumnData::I32(Some(number)) => Some((*number).into()),
        _ => None,
    }
}

/// The parent's key, and the row as a JSON object. `file` gives the handle of a column that is read apart, of which the row
/// has the length alone: it has two members, and the second is that length.
pub(super) fn body(
    row: &Row,
    layout: &Layout,
    clinic: &str,
    file: &dyn Fn(&Column) -> Option<String>,
) -> (Option<String>, String) {
    let (mut parent, mut out) = (None, String::from("{\"clinic_id\":"));
    quoted(clinic, &mut out);
    // The columns were asked for in this order.
    for (column, (_, data)) in std::iter::zip(&layout.columns, row.cells()) {
        let handle = file(column);
        for (name, holds) in &column.members {
            out.push(',');
            quoted(name, &mut out);
            out.push(':');
            match (&handle, data, holds) {
                (Some(handle), ColumnData::I64(Some(_)) | ColumnData::I32(Some(_)), _) => {
                    quoted(handle, &mut out);
                    out.push(',');
                    quoted(&format!("{name}_bytes"), &mut out);
                    out.push(':');
                    json(data, &mut out);
                }
                (None, data, Holds::Key) => match reference(data) {
                    Some(key) => quoted(&format!("{clinic}/{key}"), &mut out),
                    None => out.push_str("null"),
                },
                _ => json(data, &mut out),
            }
        }
        if layout.parent.as_ref() == Some(&column.own) {
            parent = reference(data);
        }
    }
    out.push('}');
    (parent, out)
}

/// What a column says of a row that it refers to, as that row's own key is written.
fn reference(data: &ColumnData<'_>) -> Option<String> {
    if let ColumnData::String(text) = data {
        let text = text.as_deref().map(str::trim_end).filter(|text| !text.is_empty());
        return text.map(str::to_owned);
    }
    let mut text = String::new();
    json(data, &mut text);
    (text != "null").then(|| text.trim_matches('"').to_owned())
}

fn quoted(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// A value as JSON.
pub(super) fn json(data: &ColumnData<'_>, out: &mut String) {
    let written = match data {
        ColumnData::U8(Some(number)) => number.to_string(),
        ColumnData::I16(Some(number)) => number.to_string(),
        ColumnData::I32(Some(number)) => number.to_string(),
        ColumnData::I64(Some(number)) => number.to_string(),
        ColumnData::F32(Some(number)) => serde_json::Value::from(number.to_string().parse::<f64>().ok()).to_string(),
        ColumnData::F64(Some(number)) => serde_json::Value::from(*number).to_string(),
        ColumnData::Bit(Some(truth)) => truth.to_string(),
        ColumnData::Numeric(Some(number)) => decimal(number.value(), number.scale()),
        ColumnData::String(Some(text)) => return quoted(text, out),
        ColumnData::Xml(Some(xml)) => return quoted(xml.as_ref().as_ref(), out),
        ColumnData::Guid(Some(id)) => format!("\"{id}\""),
        ColumnData::Binary(Some(bytes)) => {
            let mut text = String::from("\"0x");
            for byte in bytes.iter() {
                let _ = write!(text, "{byte:02x}");
            }
            text.push('"');
            text
        }
        ColumnData::DateTime(Some(moment)) => {
            // 300ths of a second, which SQL Server itself shows rounded to milliseconds.
            let milliseconds = (i64::from(moment.seconds_fragments()) * 10 + 1) / 3;
            local(Date::constant(1900, 1, 1), moment.days().into(), milliseconds * 1_000_000, 3)
        }
        ColumnData::SmallDateTime(Some(moment)) => {
            let minutes = i64::from(moment.seconds_fragments());
            local(Date::constant(1900, 1, 1), moment.days().into(), minutes * 60_000_000_000, 0)
        }
        ColumnData::Date(Some(day)) => match Date::constant(1, 1, 1).checked_add(i64::from(day.days()).days()) {
            Ok(day) => format!("\"{day}\""),
            Err(_) => "null".to_owned(),
        },
        ColumnData::Time(Some(time)) => {
            let all = local(Date::constant(1, 1, 1), 0, nanoseconds(*time), time.scale().into());
            format!("\"{}", all.split_once('T').map_or("\"", |(_, time)| time))
        }
        ColumnData::DateTime2(Some(moment)) => {
            let time = moment.time();
            local(Date::constant(1, 1, 1), moment.date().days().into(), nanoseconds(time), time.scale().into())
        }
        ColumnData::DateTimeOffset(Some(moment)) => {
            let (both, minutes) = (moment.datetime2(), i64::from(moment.offset()));
            let (time, days) = (both.time(), both.date().days().into());
            let shown = nanoseconds(time) + minutes * 60_000_000_000;
            let text = local(Date::constant(1, 1, 1), days, shown, time.scale().into());
            let sign = if minutes < 0 { '-' } else { '+' };
            let offset = format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60);
            match text.strip_suffix('"') {
                Some(text) => format!("{text}{offset}\""),
                None => text,
            }
        }
        _ => "null".to_owned(),
    };
    out.push_str(&written);
}

fn nanoseconds(time: tiberius::time::Time) -> i64 {
    let digits = 9_u32.saturating_sub(time.scale().into());
    i64::try_from(time.increments()).unwrap_or(0) * 10_i64.pow(digits)
}

/// A moment so many days and nanoseconds after a day's beginning, quoted, with so many digits of a second's fraction.
fn local(from: Date, days: i64, nanoseconds: i64, digits: usize) -> String {
    let day = from.checked_add(days.days()).map(|day| day.to_datetime(jiff::civil::Time::midnight()));
    let moment = day.and_then(|day: DateTime| day.checked_add(SignedDuration::from_nanos(nanoseconds)));
    let Ok(moment) = moment else { return "null".to_owned() };
    let fraction = format!("{:09}", moment.subsec_nanosecond());
    let fraction = if digits == 0 { String::new() } else { format!(".{}", &fraction[..digits.min(9)]) };
    format!("\"{}{fraction}\"", moment.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// Every digit, the point where the scale puts it.
fn decimal(unscaled: i128, scale: u8) -> String {
    let scale = usize::from(scale);
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let (sign, point) = (if unscaled < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
    format!("{sign}{whole}{point}{fraction}")
}
