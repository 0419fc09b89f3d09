//! Columns that no record of a contract names.
//!
//! Of records that become one of Odoo's, the client confirms each column in an `[[extra]]` table, and it becomes a field of
//! its own ([`crate::Upsert::set_extras`]). Rows that are gathered under a record, such as account lines and phases, have
//! no record of their own that could have such a field: what their columns hold is told beside the row, in the text or the
//! document that tells it.

use crate::text::written;
use crate::{ExtraField, Json};

/// `Column: value` for each column, parted by `; `; nothing for none.
#[must_use]
pub fn told(columns: &[ExtraField]) -> Option<String> {
    let tell = |column: &ExtraField| format!("{}: {}", &*column.name, &*written(&column.value));
    let columns: Vec<String> = columns.iter().map(tell).collect();
    (!columns.is_empty()).then(|| columns.join("; "))
}

/// The same behind other words: `; Column: value` for each column.
#[must_use]
pub fn behind(columns: &[ExtraField]) -> String {
    told(columns).map(|told| format!("; {told}")).unwrap_or_default()
}

/// The columns as members of an object; null for none.
#[must_use]
pub fn document(columns: &[ExtraField]) -> Json {
    let member = |column: &ExtraField| (column.name.to_string(), Json::from(&*written(&column.value)));
    if columns.is_empty() { Json::Null } else { Json::Object(columns.iter().map(member).collect()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Date, Decimal, Instant, Scalar, json};

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
        assert_eq!(behind(&columns), format!("; {words}"));
        assert_eq!(document(&columns[..2]), json!({ "Lab": "Acme & Sons", "Deposit": "50.00" }));
        assert_eq!((told(&[]), behind(&[]).as_str(), document(&[])), (None, "", Json::Null));
    }
}
