//! Values for fields: plausible ones, and those that break rules.

use std::fmt::Write as _;

use fastrand::Rng;
use odograft_records::table::{Field, Kind};

/// Text that has broken programs, as JSON.
const TEXTS: [&str; 34] = [
    r#""""#,
    r#"" ""#,
    r#""\t\n\r""#,
    r#""\u0000""#,
    r#""Ada\u0000O'Neill""#,
    r#""\u0001\u001f\u007f\u0085""#,
    r#""\u0301""#,
    r#""\u0301\u0301\u0301Zo\u0308e\u0323\u0301""#,
    r#""\u202eda\u202c \u05d0\u05d1 \u0627\u0644""#,
    r#""\u2066\u2067\u2069""#,
    r#""\ud83d\udc69\u200d\ud83d\udc69\u200d\ud83d\udc67\ud83c\udffd""#,
    "\"👩🏽‍⚕️🦷\"",
    r#""\ufeff""#,
    r#""\u200b\u00a0\u3000\u2028\u2029""#,
    "\"ßẞŉǰΐİıſﬁĳ\"",
    "\"Ω≈ç√∫˜µ≤≥÷\"",
    r#""\ud800""#,
    r#""\udc00x\ud800""#,
    r#""<script>alert(1)</script>&amp;\"'""#,
    r#""\\\"\\n{}[]""#,
    r#""=1+1;%s%n../../x""#,
    r#""null""#,
    r#""NaN""#,
    r#""-Infinity""#,
    r#""true""#,
    r#""0""#,
    r#""-1""#,
    r#""@""#,
    r#""a@b@c""#,
    r#"" ada@example.invalid\n""#,
    r#""+447700900123;ext=1""#,
    r#""0x1F""#,
    r#""1,234.50""#,
    r#""\uffff\ufffe""#,
];

/// Numbers at and beyond every edge, as JSON.
const NUMBERS: [&str; 22] = [
    "-1",
    "0",
    "-0",
    "1",
    "127",
    "128",
    "32767",
    "32768",
    "-32769",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483649",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "99999999999999999999999999999999",
    "0.1",
    "1.10",
    "-12345678901234567.89",
    "1e308",
    "1e400",
];

/// Days at and beyond every edge, as JSON.
const DAYS: [&str; 13] = [
    r#""0001-01-01""#,
    r#""9999-12-31""#,
    r#""0000-00-00""#,
    r#""1900-02-29""#,
    r#""2000-02-29""#,
    r#""2024-02-29""#,
    r#""2024-02-30""#,
    r#""1969-12-31""#,
    r#""1970-01-01""#,
    r#""31/02/1990""#,
    r#""2024-2-9""#,
    r#""10000-01-01""#,
    r#""2024-02-29T00:00:00Z""#,
];

/// Moments at and beyond every edge, as JSON.
const MOMENTS: [&str; 13] = [
    r#""0001-01-01T00:00:00Z""#,
    r#""-009999-01-02T01:59:59Z""#,
    r#""9999-12-30T22:00:00.999999999Z""#,
    r#""9999-12-31T23:59:59Z""#,
    r#""1969-12-31T23:59:59.25Z""#,
    r#""1970-01-01T00:00:00Z""#,
    r#""2016-12-31T23:59:60Z""#,
    r#""2024-03-31T01:30:00+14:00""#,
    r#""2024-03-31T01:30:00-12:00""#,
    r#""2026-07-04T20:35:55.599+01:00""#,
    r#""2026-07-04T20:35:55""#,
    r#""2024-02-29""#,
    r#""0000-01-01T00:00:00Z""#,
];

/// A value that a practice would have.
pub(super) fn plausible(rng: &mut Rng, field: &Field) -> String {
    match field.kind {
        Kind::Text => words(rng, &field.name),
        Kind::Boolean => if rng.bool() { "true" } else { "false" }.to_owned(),
        Kind::Integer => rng.i16(-2..14).to_string(),
        Kind::Decimal => format!("\"{}.{:02}\"", rng.i32(-999..9_999), rng.u8(0..100)),
        Kind::Date => format!("\"{:04}-{:02}-{:02}\"", rng.u16(1930..2030), rng.u8(1..=12), rng.u8(1..=28)),
        Kind::Instant => format!(
            "\"{:04}-{:02}-{:02}T{:02}:{:02}:00Z\"",
            rng.u16(2015..2030),
            rng.u8(1..=12),
            rng.u8(1..=28),
            rng.u8(..24),
            rng.u8(..60)
        ),
        Kind::Choice(choices) => format!("\"{}\"", pick(rng, choices)),
        Kind::Json => r#"{"Monday":{"open":"08:30","close":"17:30"}}"#.to_owned(),
        Kind::Scalar => pick(rng, &["true", "false", "3", "\"12.50\"", "\"no\"", "\"as agreed\""]).to_owned(),
        Kind::Texts => pick(rng, &["[]", r#"["UR6"]"#, r#"["16","17"]"#, r#"["M","O","D"]"#]).to_owned(),
        // Their members are generated one by one.
        Kind::Nested(_) => "{}".to_owned(),
        Kind::List(_) => "[]".to_owned(),
        Kind::Link => format!("\"{}\"", rng.u8(1..50)),
    }
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    if from.is_empty() { "" } else { from[rng.usize(..from.len())] }
}

/// Words that suit a field's name: rules read some of them, and a fuzzer that never writes them sees less.
fn words(rng: &mut Rng, name: &str) -> String {
    let from: &[&str] = if name == "id" || name.ends_with("_id") {
        return if rng.bool() { rng.u16(1..400).to_string() } else { format!("\"{}\"", rng.u16(1..400)) };
    } else if name.contains("email") {
        &["ada@example.invalid", " Grace.Hopper@Example.INVALID", "nobody@", "siobhán@example.invalid"]
    } else if name.contains("phone") {
        &["07700 900123", "+44 7700 900456", "020 7946 0001", "GB"]
    } else if name == "state" {
        &["Pending", "Confirmed", "Arrived", "In surgery", "Completed", "Cancelled", "Did not attend", "pending "]
    } else if name == "tooth" {
        &["1", "3", "8", "16", "17", "32", "A", "T", "11", "48", "55", "UR1", "LLE", "99"]
    } else if name.contains("name") {
        &["Ada", "Grace", "O'Neill", "van der Berg", "Siobhán", "McDonald", "Müller-Lüdenscheidt", "Ng"]
    } else if name == "title" {
        &["Ms", "Mr", "Dr", "Prof."]
    } else if name == "gender" {
        &["true", "false", "female"]
    } else {
        &["High Street 5", "Exampleham", "Asthma; carries an inhaler", "two lines\\nof text", "EX1 2AB", "as agreed"]
    };
    format!("\"{}\"", pick(rng, from))
}

/// A value that breaks rules: most often of the field's kind, sometimes of any.
/// Huge ones take of the record's `room`, in bytes.
pub(super) fn nasty(rng: &mut Rng, kind: Kind, room: &mut usize) -> String {
    match (rng.u8(..20), kind) {
        (0, _) => "null".to_owned(),
        (1, _) => pick(rng, &["{}", "[]", "[[]]", "[null]", r#"{"":{"":""}}"#, r#"[1,"a",{"b":[true]}]"#]).to_owned(),
        (2, _) => deep(rng),
        (3, _) => pick(rng, &["true", "false"]).to_owned(),
        (4 | 5, _) | (6..=15, Kind::Integer) => {
            let number = pick(rng, &NUMBERS);
            if rng.bool() { number.to_owned() } else { format!("\"{number}\"") }
        }
        (6..=15, Kind::Date) => pick(rng, &DAYS).to_owned(),
        (6..=15, Kind::Instant) => pick(rng, &MOMENTS).to_owned(),
        (6, _) => huge(rng, room),
        (7..=9, _) => any_text(rng),
        _ => pick(rng, &TEXTS).to_owned(),
    }
}

/// Nested deeper than anything is spread out.
fn deep(rng: &mut Rng) -> String {
    let depth = rng.usize(2..40);
    format!("{}1{}", "[".repeat(depth), "]".repeat(depth))
}

/// Much of one thing, as far as there is room.
fn huge(rng: &mut Rng, room: &mut usize) -> String {
    let unit = pick(rng, &["x", "é", "🦷", "\\u0301", "\\u0000", "<&", "word ", "\\n"]);
    let bytes = (1_usize << rng.u32(8..=16)).min(*room);
    *room -= bytes;
    format!("\"{}\"", unit.repeat(bytes / unit.len()))
}

/// Any letters at all, most of them from strange places.
fn any_text(rng: &mut Rng) -> String {
    let mut text = String::from("\"");
    for _ in 0..rng.usize(1..40) {
        let letter = match rng.u8(..6) {
            0 => rng.char('\0'..='\u{ff}'),
            1 => rng.char('\u{300}'..='\u{36f}'),
            2 => rng.char('\u{590}'..='\u{6ff}'),
            3 => rng.char('\u{1f300}'..='\u{1f6ff}'),
            4 => rng.char(..),
            _ => rng.alphanumeric(),
        };
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            c if c < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn every_value_is_json() {
        let mut rng = Rng::with_seed(7);
        let kinds = [
            Kind::Text,
            Kind::Boolean,
            Kind::Integer,
            Kind::Date,
            Kind::Instant,
            Kind::Choice(&["a"]),
            Kind::Json,
            Kind::Scalar,
            Kind::Texts,
            Kind::Link,
        ];
        for round in 0..4_000 {
            let kind = kinds[round % kinds.len()];
            let field = Field { name: "last_name".into(), names: &[], kind, required: false };
            for json in [nasty(&mut rng, kind, &mut 70_000), plausible(&mut rng, &field)] {
                let shown: String = json.chars().take(80).collect();
                assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "{shown}");
            }
        }
    }
}
