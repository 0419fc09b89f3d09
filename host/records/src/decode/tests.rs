use super::*;
use crate::scalars::{DEPTH, number};

static NAMES: Names = Names::new(&[&["date_of_birth"], &["email_address", "email"], &["id"]]);

/// Day, e-mail, extra columns as text, problems.
type Read = (Option<Date>, Option<String>, Vec<(String, String)>, Vec<Problem>);

/// Reads a row of three fields and returns them with what is left.
fn read(json: &str) -> Read {
    let (mut texts, mut slots) = (Texts::new(), [None; NAMES.len()]);
    let mut row = Row::new("patient", "17", json, Slots::new(&NAMES, &mut slots), &mut texts).expect("an object");
    let (day, email) = (row.date(), row.text());
    let _ = row.text();
    let (extra, problems) = row.finish();
    let text = |span| texts.get(span).expect("a text of the batch").to_owned();
    let value = |value: &Scalar| match value {
        Scalar::Text(span) => text(*span),
        other => format!("{other:?}"),
    };
    let extra = extra.iter().map(|field| (text(field.name), value(&field.value))).collect();
    let email = email.map(text);
    (day, email, extra, problems)
}

fn extras(json: &str) -> Vec<(String, String)> {
    read(json).2
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_unreadable_field_is_a_problem_and_an_extra() {
    let (day, _, extra, problems) = read(r#"{"date_of_birth":"31/02/1990"}"#);
    assert_eq!(day, None);
    assert_eq!(problems[0].field, "patient.date_of_birth");
    assert_eq!(extra, owned(&[("date_of_birth", "31/02/1990")]));
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
    for outside in ["0000-12-31T23:59:59Z", "-009999-01-02T01:59:59Z"] {
        assert_eq!(instant(outside), None, "{outside}");
    }
}

#[test]
fn numbers_stay_exact() {
    let decimal = |unscaled, scale| Scalar::Decimal(Decimal { unscaled, scale });
    for (written, value) in [
        ("9007199254740993", Scalar::Integer(9_007_199_254_740_993)),
        ("12.30", decimal(1230, 2)),
        ("-0.05", decimal(-5, 2)),
        ("123456789.1234567891", decimal(1_234_567_891_234_567_891, 10)),
        ("1e300", Scalar::Float(1e300)),
    ] {
        assert_eq!(number(written, &mut Texts::new()), value, "{written}");
    }
    let json = r#"{"a":18446744073709551615,"b":1234567890.12345678901,"c":1e400}"#;
    assert_eq!(extras(json), owned(&[("a", "18446744073709551615"), ("b", "1234567890.12345678901"), ("c", "1e400")]));
}

#[test]
fn what_is_nested_is_spread_out() {
    let json = r#"{"c":{"d":[true,null,"x"],"":{"e":"\u00e9\n"}},"f":"","g":[]}"#;
    let expected = owned(&[("c.d.0", "Scalar::Boolean(true)"), ("c.d.2", "x"), ("c..e", "é\n")]);
    assert_eq!(extras(json), expected);
}

#[test]
fn what_is_nested_too_deeply_is_kept_as_it_is_written() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(40_000), "]".repeat(40_000));
    let kept = extras(&deep);
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].0, format!("a{}", ".0".repeat(DEPTH)));
    assert!(kept[0].1.len() > 79_000, "{} bytes", kept[0].1.len());
}

#[test]
fn two_spellings_of_a_field_are_both_kept() {
    for json in [
        r#"{"email":"a@example.invalid","email_address":"b@example.invalid"}"#,
        r#"{"email_address":"b@example.invalid","email":"a@example.invalid"}"#,
    ] {
        let (_, email, extra, _) = read(json);
        assert_eq!(email.as_deref(), Some("b@example.invalid"));
        assert_eq!(extra, owned(&[("email", "a@example.invalid")]));
    }
    let (_, email, extra, _) = read(r#"{"email_address":null,"email":"a@example.invalid"}"#);
    assert_eq!((email.as_deref(), extra.len()), (Some("a@example.invalid"), 0));
}

#[test]
fn a_name_that_comes_twice_loses_nothing() {
    let (_, email, extra, _) = read(r#"{"email":"a@example.invalid","email":"b@example.invalid"}"#);
    assert_eq!(email.as_deref(), Some("b@example.invalid"));
    assert_eq!(extra, owned(&[("email", "a@example.invalid")]));
}

#[test]
fn half_a_surrogate_pair_is_kept_as_it_is_written() {
    let (_, email, extra, problems) = read(r#"{"email":"\ud800","x":"\udc00"}"#);
    assert_eq!((email, problems.len()), (None, 1));
    assert_eq!(extra, owned(&[("x", r#""\udc00""#), ("email", r#""\ud800""#)]));
}

#[test]
fn escaped_names_are_names() {
    let (_, email, ..) = read(r#"{"em\u0061il":"a@example.invalid"}"#);
    assert_eq!(email.as_deref(), Some("a@example.invalid"));
}
