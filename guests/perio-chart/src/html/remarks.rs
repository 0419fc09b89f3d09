//! Text around the tables: remarks, further columns, dates.

use odograft_sdk::{Date, Decimal, ExtraField, Instant, Scalar, time};

use crate::json::push_number;

/// A paragraph of a label and what somebody wrote; none where nothing was written.
pub(super) fn push_remark(label: &str, text: Option<&str>, out: &mut String) {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return };
    out.push_str("<p style=\"margin:4px 0 0 0\"><b>");
    out.push_str(label);
    out.push_str("</b>");
    push_escaped(text, out);
    out.push_str("</p>");
}

/// Columns that the chart has no place for, unreadable readings among them: shown, so that none is lost.
pub(super) fn push_extra(extra: &[ExtraField], out: &mut String) {
    if extra.is_empty() {
        return;
    }
    let mut text = String::new();
    for field in extra {
        if !text.is_empty() {
            text.push_str(" · ");
        }
        text.push_str(&field.name);
        text.push_str(": ");
        push_scalar(&field.value, &mut text);
    }
    push_remark("Also charted: ", Some(&text), out);
}

fn push_scalar(value: &Scalar, out: &mut String) {
    match value {
        Scalar::Boolean(truth) => out.push_str(if *truth { "yes" } else { "no" }),
        Scalar::Integer(number) => out.push_str(&number.to_string()),
        Scalar::Float(number) => out.push_str(&number.to_string()),
        Scalar::Decimal(decimal) => push_decimal(*decimal, out),
        Scalar::Text(text) => out.push_str(text),
        Scalar::Date(date) => out.push_str(&time::iso(*date)),
        Scalar::Instant(instant) => push_instant(*instant, out),
    }
}

fn push_instant(instant: Instant, out: &mut String) {
    let second = instant.seconds.rem_euclid(86_400);
    out.push_str(&time::iso(time::day_of(instant)));
    out.push_str(&format!(" {:02}:{:02}:{:02} UTC", second / 3_600, second / 60 % 60, second % 60));
}

fn push_decimal(decimal: Decimal, out: &mut String) {
    let scale = usize::from(decimal.scale);
    let digits = format!("{:0width$}", decimal.unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    for part in [if decimal.unscaled < 0 { "-" } else { "" }, whole, if scale > 0 { "." } else { "" }, fraction] {
        out.push_str(part);
    }
}

/// Appends plain text as mark-up, escaped just as far as Odoo's sanitiser escapes it; characters
/// that mark-up cannot hold become spaces.
fn push_escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            '\r' => {}
            '\u{a0}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
}

/// `5 March 2024`: a month in words is read the same on both sides of the Atlantic.
pub(super) fn push_day(date: Date, out: &mut String) {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    push_number(date.day.into(), out);
    out.push(' ');
    out.push_str(MONTHS.get(usize::from(date.month).wrapping_sub(1)).unwrap_or(&""));
    out.push(' ');
    push_number(date.year.into(), out);
}
