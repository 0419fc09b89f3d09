//! Columns that no record of the contract names and that rules read all the same.

use odograft_sdk::{ExtraField, Scalar};

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

#[cfg(test)]
mod tests {
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
    fn yes_and_no_are_read_and_nothing_else() {
        let truth = |name: &str| truth(&columns(), name);
        assert_eq!((truth("is_student"), truth("level"), truth("none")), (Some(true), None, None));
    }
}
