//! A practice's own columns: those that no record of the contract names.
//!
//! Of most objects the client confirms each one in an `[[extra]]` table, and it becomes a field of its own
//! ([`odograft_sdk::Upsert::set_extras`]). Rows that stand below another, such as phases and referrals, have no record of
//! their own that could have such a field: what their columns hold stands beside the row in the text that tells it.

use odograft_sdk::time::{iso, iso_moment};
use odograft_sdk::{ExtraField, Json, Scalar};

/// `Column: value` for each column, parted by `; `; nothing for none.
#[must_use]
pub fn told(columns: &[ExtraField]) -> Option<String> {
    let tell = |column: &ExtraField| format!("{}: {}", &*column.name, written(&column.value));
    let columns: Vec<String> = columns.iter().map(tell).collect();
    (!columns.is_empty()).then(|| columns.join("; "))
}

/// The columns as an object; null for none.
#[must_use]
pub fn as_json(columns: &[ExtraField]) -> Json {
    let member = |column: &ExtraField| (column.name.to_string(), Json::String(written(&column.value)));
    if columns.is_empty() { Json::Null } else { Json::Object(columns.iter().map(member).collect()) }
}

/// A value as people write it.
fn written(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.trim().to_owned(),
        Scalar::Boolean(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Decimal(number) => number.to_string(),
        Scalar::Date(day) => iso(*day),
        Scalar::Instant(moment) => iso_moment(*moment),
    }
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{Date, Decimal, Instant, json};

    use super::*;

    #[test]
    fn columns_of_every_kind_are_told() {
        let columns = [
            ("Lab", Scalar::Text(" Acme & Sons ".into())),
            ("Deposit", Scalar::Decimal(Decimal { unscaled: 5_000, scale: 2 })),
            ("Urgent", Scalar::Boolean(true)),
            ("Since", Scalar::Date(Date { year: 1899, month: 12, day: 31 })),
            ("Visits", Scalar::Integer(3)),
            ("Score", Scalar::Float(0.5)),
            ("Seen", Scalar::Instant(Instant { seconds: 0, nanoseconds: 0 })),
        ]
        .map(|(name, value)| ExtraField { name: name.into(), value });
        let words = "Lab: Acme & Sons; Deposit: 50.00; Urgent: yes; Since: 1899-12-31; Visits: 3; Score: 0.5; Seen: 1970-01-01T00:00:00Z";
        assert_eq!(told(&columns).as_deref(), Some(words));
        assert_eq!(as_json(&columns[..2]), json!({ "Lab": "Acme & Sons", "Deposit": "50.00" }));
        assert_eq!((told(&[]), as_json(&[])), (None, Json::Null));
    }
}
