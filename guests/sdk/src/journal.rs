//! Rows of Odoo's import of journal entries (Accounting › Journal Entries › Import records).
//!
//! A cell of a column that ends in `/id` names a source record, `patient/17`: whoever writes the file puts the external id
//! of that record's contact there.

use crate::{Decimal, money};

/// The names of Odoo's import; only an entry's first item has a value in the first three.
pub const COLUMNS: [&str; 8] = [
    "date",
    "ref",
    "journal_id",
    "line_ids/account_id",
    "line_ids/partner_id/id",
    "line_ids/name",
    "line_ids/debit",
    "line_ids/credit",
];

/// The cells of one item, in the order of [`COLUMNS`].
pub type Row = [String; 8];

/// One side of an entry.
#[derive(Debug, Clone)]
pub struct Item {
    /// The code of the account.
    pub account: String,
    /// What it is.
    pub label: String,
    /// More than nothing is a debit, less a credit.
    pub amount: Decimal,
}

/// What an entry's items have in common.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The day, as `2026-10-01`.
    pub day: &'a str,
    /// The reference, such as an invoice's number.
    pub reference: &'a str,
    /// The code of the journal.
    pub journal: &'a str,
    /// Whose account it is: the source's id of a patient.
    pub patient: &'a str,
}

/// The rows of an entry; none where an amount is beyond what a decimal holds.
#[must_use]
pub fn entry(head: Head<'_>, items: impl IntoIterator<Item = Item>) -> Option<Vec<Row>> {
    let row = |(at, Item { account, label, amount }): (usize, Item)| {
        let nothing = money::ZERO.to_string();
        let (debit, credit) = match amount.unscaled < 0 {
            false => (amount.to_string(), nothing),
            true => (nothing, money::negated(amount)?.to_string()),
        };
        let [day, reference, journal] =
            [head.day, head.reference, head.journal].map(|text| if at == 0 { text } else { "" }.to_owned());
        Some([day, reference, journal, account, format!("patient/{}", head.patient), label, debit, credit])
    };
    items.into_iter().enumerate().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_stands_once_and_amounts_stand_on_their_side() {
        let item = |account: &str, unscaled| Item {
            account: account.into(),
            label: "Crown".into(),
            amount: Decimal { unscaled, scale: 2 },
        };
        let head = Head { day: "2024-02-29", reference: "INV-1", journal: "MISC", patient: "17" };
        let rows = entry(head, [item("121000", 125_050), item("400000", -125_050)]).expect("two items");
        assert_eq!(rows[0], ["2024-02-29", "INV-1", "MISC", "121000", "patient/17", "Crown", "1250.50", "0"]);
        assert_eq!(rows[1], ["", "", "", "400000", "patient/17", "Crown", "0", "1250.50"]);
        assert_eq!(entry(head, [item("121000", i64::MIN)]), None);
    }
}
