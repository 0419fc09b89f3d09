//! What must stand in Odoo of a generated practice, by the generator's own word.
//!
//! Each source has a file here that reads the rows which the generator writes into that source's interface, and says for
//! every row of the promise what an Odoo user must find. It is written from the promise, not from the mappers: nothing of
//! the modules, of the records or of the migration is used.

pub mod dent_o_soft;
pub mod dentally;
pub mod panda;
mod perio;
pub mod practice_by_numbers;
mod rows;

use std::collections::BTreeMap;

use serde_json::Value;

/// What is true of one source's practice once it is in Odoo.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    /// Records that Odoo must hold, archived ones too.
    pub records: Vec<Expected>,
    /// Records of the source of which Odoo must hold nothing.
    pub aside: Vec<Aside>,
    /// Documents that must be handed over.
    pub handed: Vec<Handed>,
    /// Fields of the module's manifest that this practice says nothing about.
    pub unsaid: Vec<Unsaid>,
}

/// A record that Odoo must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The row of the promise: the folder of its golden case, as `patient-insurance`.
    pub row: &'static str,
    /// The object of the module's target that declares the fields, as `insurance`.
    pub object: &'static str,
    /// The Odoo model.
    pub model: &'static str,
    /// How the record is found.
    pub key: Key,
    /// What it must hold.
    pub fields: Vec<Said>,
}

/// How a record of Odoo is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// By the external id of the source record that it is made from.
    Source {
        /// The source object, as `patient`.
        object: &'static str,
        /// Its number there.
        id: String,
    },
    /// By what it holds, where the migration shares a record with others or the source does not number it: each field with
    /// its value. `country_id.code` is a field of the record that it refers to. Exactly one record must be found.
    Holding(Vec<(&'static str, String)>),
    /// The record that a field of another one refers to.
    Taken {
        /// The other one's model.
        model: &'static str,
        /// How it is found.
        key: Box<Key>,
        /// Its field.
        field: &'static str,
    },
    /// By the record that it belongs to, and what it holds: each field with its value.
    Below {
        /// The field that refers to the other record.
        field: &'static str,
        /// The other one's model.
        model: &'static str,
        /// How the other one is found.
        key: Box<Key>,
        /// What it holds.
        holding: Vec<(&'static str, String)>,
    },
    /// By an external id that Odoo brings along, as `mail.mt_note`.
    External(&'static str),
}

impl Key {
    /// The record that is made from this one of the source.
    pub fn source(object: &'static str, id: impl Into<String>) -> Self {
        Self::Source { object, id: id.into() }
    }

    /// The record whose field holds this.
    pub fn holding(field: &'static str, value: impl Into<String>) -> Self {
        Self::Holding(vec![(field, value.into())])
    }
}

/// One field: what the source says, and what Odoo must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The field of Odoo.
    pub field: &'static str,
    /// What the source's interface says, raw. Where several columns meet in the field, a list of them. Where this is not
    /// what Odoo holds, the module's manifest must declare a rule for the field.
    pub source: Value,
    /// What Odoo must hold.
    pub odoo: Holds,
}

impl Said {
    /// A field that holds what the source says, as it stands there; nothing where the source has nothing.
    pub fn same(field: &'static str, text: &str) -> Self {
        let odoo = if text.is_empty() { Holds::Empty } else { Holds::Is(text.into()) };
        Self { field, source: text.into(), odoo }
    }

    /// A field that holds something else than the source says.
    pub fn changed(field: &'static str, source: impl Into<Value>, odoo: Holds) -> Self {
        Self { field, source: source.into(), odoo }
    }

    /// A field that no column of the source says: the rule alone does.
    pub fn always(field: &'static str, odoo: Holds) -> Self {
        Self { field, source: Value::Null, odoo }
    }
}

/// What a field of Odoo must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// Nothing: Odoo's `false`, an empty text, zero records. A number is never empty.
    Empty,
    /// This, as Odoo's interface gives it: `true`, `12`, `185.5`, `2026-11-01`, `2026-11-01 14:30:00` (UTC).
    Is(Value),
    /// A text that is this JSON, whatever the order of its members.
    Json(Value),
    /// A text, or the words of markup, that is JSON with at least these members, whatever their order.
    JsonWith(Value),
    /// Markup that a reader reads as this text; runs of blanks and line breaks count as one blank.
    Reads {
        /// The words.
        text: String,
        /// Elements that it must still have, as `b`.
        with: Vec<&'static str>,
    },
    /// Markup that shows a mouth's chart.
    Mouth(Mouth),
    /// A reference to this record.
    Record(&'static str, Key),
    /// References to exactly these records, in any order.
    Records(&'static str, Vec<Key>),
    /// A reference to a record that Odoo shows by this name, or references to one that is the only one.
    Named(String),
}

/// What a reader finds in the tables of a mouth: teeth side by side, three columns each, and a row for what is charted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mouth {
    /// Lines beside the tables, each of which must be there.
    pub lines: Vec<String>,
    /// What is filled, by the tooth's number, the side that the row lies on, the row, and the column from left to right; nothing
    /// else may be. A row of whole teeth has no side and one column.
    pub cells: BTreeMap<(String, &'static str, &'static str, usize), Shown>,
}

/// What a cell shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its text.
    pub text: String,
    /// The colour behind it, as `#ffd86b`; empty for none of its own.
    pub ground: &'static str,
}

impl Holds {
    /// A text, or nothing where it is empty.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Is(text.into()) }
    }
}

/// A record of the source of which Odoo must hold nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// The row of the promise.
    pub row: &'static str,
    /// The source object.
    pub object: &'static str,
    /// Its number there. One that ends in `/` stands for the rows below a parent that have no number of their own.
    pub id: String,
    /// The word under which it is put aside, as `no-name`.
    pub code: &'static str,
}

/// A document that must be handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed {
    /// The row of the promise.
    pub row: &'static str,
    /// The heading that the module declares for documents of this kind.
    pub title: &'static str,
    /// The number of the source record that it stems from.
    pub key: String,
    /// Members that must be in it, at any depth as they stand here.
    pub document: Value,
}

/// A field of the manifest that the practice says nothing about, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// The object of the target.
    pub object: &'static str,
    /// The Odoo model.
    pub model: &'static str,
    /// The field; empty: all of the target's.
    pub field: &'static str,
    /// Why, as `needs the Sales app, which is not installed`.
    pub reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reads_like_the_promise() {
        let patient = Expected {
            row: "patient",
            object: "patient",
            model: "res.partner",
            key: Key::source("patient", "100001"),
            fields: vec![
                Said::same("x_source_patient_id", "100001"),
                Said::same("phone", ""),
                Said::changed("x_date_of_birth", "02/29/1896", Holds::Is("1896-02-29".into())),
                Said::changed("country_id", "GB", Holds::Named("United Kingdom".to_owned())),
                Said::always("x_contact_category", Holds::Is("patient".into())),
                Said::changed("company_id", "site-1", Holds::Record("res.company", Key::source("practice", "site-1"))),
            ],
        };
        assert_eq!(patient.fields[1].odoo, Holds::Empty);
        assert_eq!(patient.fields[0].odoo, Holds::text("100001"));
        assert_eq!(
            Key::holding("login", "a@example.invalid"),
            Key::Holding(vec![("login", "a@example.invalid".to_owned())])
        );
    }
}
