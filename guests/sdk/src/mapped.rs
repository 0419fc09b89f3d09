//! What a rule returns: Odoo records, findings and handovers, still with their declarations.

use crate::bindings::transform::effects::{
    Cell, Condition, File, Finding, Lookup, Reference, Rejection, Severity, SourceKey, Text, Value,
};
use crate::context::Context;
use crate::fields::{Field, Kind};
use crate::handover::Handover;
use crate::target::TargetSpec;
use crate::{ExtraField, Scalar, Span};

/// One Odoo record in the making.
#[derive(Clone, Debug)]
pub struct Upsert {
    pub(crate) target: &'static TargetSpec,
    pub(crate) key: SourceKey,
    pub(crate) cells: Vec<Cell>,
    /// Which of the first 64 fields have a cell.
    filled: u64,
}

impl Upsert {
    /// Begins a record; [`target!`](crate::target!) makes a shorter `upsert(id)` of it.
    #[must_use]
    pub fn new(target: &'static TargetSpec, object: &str, id: Text) -> Self {
        let cells = Vec::with_capacity(target.fields.len());
        let key = SourceKey { object: object.to_owned(), id };
        let mut upsert = Self { target, key, cells, filled: 0 };
        if let Some(field) = target.source_id() {
            upsert.put(field, Value::Text(upsert.key.id.clone()));
        }
        upsert
    }

    /// Makes it the record of another source object than its target's: an exam's cells on its
    /// patient's partner.
    #[must_use]
    pub fn on(mut self, object: &str) -> Self {
        object.clone_into(&mut self.key.object);
        self
    }

    /// Fills a field.
    pub fn set<K: Kind>(&mut self, field: Field<K>, value: impl Into<K::Takes>) {
        self.put(field.index, K::value(value.into()));
    }

    /// Fills a field, or empties it where the source has no value: what a source clears does not stay in Odoo.
    pub fn set_or_clear<K: Kind, V: Into<K::Takes>>(&mut self, field: Field<K>, value: Option<V>) {
        match value {
            Some(value) => self.set(field, value),
            None => self.clear(field),
        }
    }

    /// Fills a field where there is a value, else leaves it alone: for fields with a default of Odoo's own.
    pub fn set_some<K: Kind, V: Into<K::Takes>>(&mut self, field: Field<K>, value: Option<V>) {
        if let Some(value) = value {
            self.set(field, value);
        }
    }

    /// Fills the fields that the client has confirmed for the practice's own columns; one that the record does not have,
    /// or that holds something else than was confirmed, is emptied. Returns a remark for each of the latter.
    pub fn set_extras(&mut self, columns: &[ExtraField], context: &Context) -> Vec<Finding> {
        let named = |name: &str| columns.iter().find(|column| *column.name == *name).map(|column| column.value);
        self.set_columns(named, context)
    }

    /// The same for columns that stand elsewhere than among those that no record names: `column` gives the value of the
    /// one with this name.
    pub fn set_columns(&mut self, column: impl Fn(&str) -> Option<Scalar>, context: &Context) -> Vec<Finding> {
        let mut findings = Vec::new();
        for extra in context.extras(self.target) {
            let value = column(&extra.column).map_or(Ok(Value::Empty), |value| extra.value(&value));
            if value.is_err() {
                let (field, kind) = (format!("{}.{}", extra.object, extra.column), extra.kind_word());
                let message = format!("the column does not hold what was confirmed for it ({kind}); left empty");
                findings.push(warning("not-as-confirmed", &field, message));
            }
            self.put(extra.field, value.unwrap_or(Value::Empty));
        }
        findings
    }

    /// Writes an empty value.
    pub fn clear<K: Kind>(&mut self, field: Field<K>) {
        self.put(field.index, Value::Empty);
    }

    #[inline]
    fn put(&mut self, field: u16, value: Value) {
        let bit = 1_u64.checked_shl(field.into()).unwrap_or(0);
        if self.filled & bit != 0 || bit == 0 {
            return self.put_again(field, value);
        }
        self.filled |= bit;
        self.cells.push(Cell { field, value });
    }

    /// Fills a field that may have a cell.
    #[cold]
    fn put_again(&mut self, field: u16, value: Value) {
        match self.cells.iter_mut().find(|cell| cell.field == field) {
            Some(cell) => cell.value = value,
            None => self.cells.push(Cell { field, value }),
        }
    }

    /// What a field holds; for tests and overlays.
    #[must_use]
    pub fn get<K>(&self, field: Field<K>) -> Option<&Value> {
        self.cells.iter().find(|cell| cell.field == field.index).map(|cell| &cell.value)
    }

    /// What a field of text holds.
    #[must_use]
    pub fn text<K>(&self, field: Field<K>) -> Option<&str> {
        match self.get(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }
}

/// What one source record becomes.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Odoo records.
    pub upserts: Vec<Upsert>,
    /// Documents for people.
    pub handovers: Vec<Handover>,
    /// Remarks.
    pub findings: Vec<Finding>,
}

impl Mapped {
    /// The records of a target; for tests.
    pub fn all(&self, target: &'static TargetSpec) -> impl Iterator<Item = &Upsert> {
        self.upserts.iter().filter(move |upsert| core::ptr::eq(upsert.target, target))
    }

    /// The only record of a target; for tests.
    #[must_use]
    pub fn only(&self, target: &'static TargetSpec) -> Option<&Upsert> {
        let mut of_target = self.all(target);
        of_target.next().filter(|_| of_target.next().is_none())
    }
}

impl From<Upsert> for Mapped {
    fn from(upsert: Upsert) -> Self {
        Self { upserts: vec![upsert], ..Self::default() }
    }
}

/// The Odoo record that this migration makes from a source record.
#[must_use]
pub fn source(object: &str, id: impl Into<Text>) -> Reference {
    Reference::Source(SourceKey { object: object.to_owned(), id: id.into() })
}

/// A record that every Odoo database has, such as `base.model_res_partner`.
#[must_use]
pub fn external_id(id: &str) -> Reference {
    Reference::ExternalId(id.to_owned())
}

impl From<Handover> for Mapped {
    fn from(handover: Handover) -> Self {
        Self { handovers: vec![handover], ..Self::default() }
    }
}

/// An Odoo record found by one field's value.
#[must_use]
pub fn lookup(model: &str, field: &str, value: impl Into<Text>) -> Reference {
    lookup_by(model, &[(field, value.into())])
}

/// An Odoo record found by the values of some fields: a state by `code` and `country_id.code`.
#[must_use]
pub fn lookup_by(model: &str, by: &[(&str, Text)]) -> Reference {
    let condition = |(field, value): &(&str, Text)| Condition { field: (*field).to_owned(), value: value.clone() };
    let by = by.iter().map(condition).collect();
    Reference::Lookup(Lookup { model: model.to_owned(), by, take: String::new() })
}

/// The contact of the Odoo user with this e-mail address as log-in: the author of what they wrote.
#[must_use]
pub fn user_contact(email: Span) -> Reference {
    let login = Condition { field: "login".to_owned(), value: email.trimmed().lowercased() };
    Reference::Lookup(Lookup { model: "res.users".to_owned(), by: vec![login], take: "partner_id".to_owned() })
}

/// A file of the source; the host streams its content to Odoo.
#[must_use]
pub fn file(handle: &str, name: &str, media_type: Option<&str>) -> File {
    File { handle: handle.to_owned(), name: name.to_owned(), media_type: media_type.map(str::to_owned) }
}

/// The record cannot be mapped. `message` names fields, never values.
#[must_use]
pub fn reject(code: &str, field: &str, message: &str) -> Rejection {
    Rejection { code: code.to_owned(), field: Some(field.to_owned()), message: message.to_owned() }
}

fn finding(severity: Severity, code: &str, field: &str, message: String) -> Finding {
    Finding { severity, code: code.to_owned(), field: Some(field.to_owned()), message }
}

/// Good to know. `message` names fields, never values.
#[must_use]
pub fn info(code: &str, field: &str, message: impl Into<String>) -> Finding {
    finding(Severity::Info, code, field, message.into())
}

/// A person should look. `message` names fields, never values.
#[must_use]
pub fn warning(code: &str, field: &str, message: impl Into<String>) -> Finding {
    finding(Severity::Warning, code, field, message.into())
}

/// Something was left out or is contradictory. `message` names fields, never values.
#[must_use]
pub fn error(code: &str, field: &str, message: impl Into<String>) -> Finding {
    finding(Severity::Error, code, field, message.into())
}
