//! Columns that no record of the contract names. Those that documents and texts are made of are told there as they are;
//! of patients and appointments, the client confirms each in an `[[extra]]` table, and it becomes a field of its own.

use odograft_sdk::text::written;
use odograft_sdk::{ExtraField, Json, Scalar};

/// What a column holds.
#[must_use]
pub fn column(columns: &[ExtraField], name: &str) -> Option<Scalar> {
    columns.iter().find(|column| *column.name == *name).map(|column| column.value)
}

/// Whether a column says yes; none where it says neither yes nor no.
#[must_use]
pub fn truth(columns: &[ExtraField], name: &str) -> Option<bool> {
    match column(columns, name)? {
        Scalar::Boolean(truth) => Some(truth),
        Scalar::Integer(number @ (0 | 1)) => Some(number == 1),
        _ => None,
    }
}

/// `; column: value` for each.
#[must_use]
pub fn behind(columns: &[ExtraField]) -> String {
    columns.iter().map(|column| format!("; {}: {}", &*column.name, &*written(&column.value))).collect()
}

/// The columns as members of an object; null where there are none.
#[must_use]
pub fn document(columns: &[ExtraField]) -> Json {
    let member = |column: &ExtraField| (column.name.to_string(), Json::from(&*written(&column.value)));
    if columns.is_empty() { Json::Null } else { Json::Object(columns.iter().map(member).collect()) }
}

#[cfg(test)]
mod tests {
    use odograft_sdk::json;

    use super::*;

    fn columns() -> [ExtraField; 3] {
        [
            ("owner", Scalar::Text(" practice ".into())),
            ("is_student", Scalar::Boolean(true)),
            ("level", Scalar::Integer(3)),
        ]
        .map(|(name, value)| ExtraField { name: name.into(), value })
    }

    #[test]
    fn columns_are_told_as_they_are() {
        assert_eq!(behind(&columns()), "; owner: practice; is_student: yes; level: 3");
        assert_eq!(document(&columns()), json!({"owner": "practice", "is_student": "yes", "level": "3"}));
        assert_eq!((behind(&[]).as_str(), document(&[])), ("", Json::Null));
    }

    #[test]
    fn yes_and_no_are_read_and_nothing_else() {
        let truth = |name: &str| truth(&columns(), name);
        assert_eq!((truth("is_student"), truth("level"), truth("none")), (Some(true), None, None));
    }
}
