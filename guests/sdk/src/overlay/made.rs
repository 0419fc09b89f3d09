//! What the mapping below has made of one record, in a rule's hands.

use core::marker::PhantomData;

use crate::bindings::transform::effects::{Finding, Value};
use crate::fields::Kind;
use crate::mapped::Upsert;
use crate::overlay::below::{Below, Field, Readable, Writable};
use crate::overlay::flat;
use crate::overlay::layers::{Layers, Place};

/// What the mapping below has made of one record: a rule looks at it, changes it and adds to it. Where the mapping below
/// has rejected the record, no rule is asked.
#[derive(Debug)]
pub struct Made<'c> {
    layers: &'c Layers,
    outcome: &'c mut flat::Outcome,
}

impl<'c> Made<'c> {
    pub(crate) fn new(layers: &'c Layers, outcome: &'c mut flat::Outcome) -> Self {
        Self { layers, outcome }
    }

    /// The record of a declaration, or none where the mapping below has made none; `of` of
    /// [`below!`](crate::below!) is shorter. Of several the first; see [`Made::each`].
    pub fn record<B: Below>(&mut self) -> Option<Record<'_, B>> {
        let place = self.layers.place(B::spec())?;
        let upsert = self.outcome.upserts.as_mut_slice().iter_mut().find(|upsert| upsert.target == place.target)?;
        Some(Record { upsert, place, declared: PhantomData })
    }

    /// Does the same with each record of a declaration.
    pub fn each<B: Below>(&mut self, mut change: impl FnMut(Record<'_, B>)) {
        let Some(place) = self.layers.place(B::spec()) else { return };
        for upsert in self.outcome.upserts.as_mut_slice().iter_mut().filter(|upsert| upsert.target == place.target) {
            change(Record { upsert, place, declared: PhantomData });
        }
    }

    /// Adds a record of the overlay's own. Where the mapping below has made a record of this model from the same source
    /// record, its fields are added to that.
    pub fn add(&mut self, upsert: Upsert) {
        // A target that the overlay does not list is out of range for the host, which says so.
        let (target, before) = self.layers.own(upsert.target).map_or((u16::MAX, 0), |own| (own.target, own.before));
        let key = flat::SourceKey::from(upsert.key);
        let cells = upsert.cells.into_iter().map(|cell| {
            let field = cell.field.saturating_add(before);
            flat::Cell { field, value: cell.value.into() }
        });
        let same = |known: &&mut flat::Upsert| {
            known.target == target
                && known.key.object.as_str() == key.object.as_str()
                && known.key.id.as_str() == key.id.as_str()
        };
        match self.outcome.upserts.as_mut_slice().iter_mut().find(same) {
            Some(known) => known.cells.extend(cells),
            None => {
                let cells = cells.collect::<Vec<_>>().into();
                self.outcome.upserts.extend(core::iter::once(flat::Upsert { target, key, cells }));
            }
        }
    }

    /// Adds a finding: something that a person should know about the record.
    pub fn remark(&mut self, finding: Finding) {
        self.outcome.findings.extend(core::iter::once(finding.into()));
    }
}

/// One Odoo record that the mapping below has made. `B` is its declaration.
#[derive(Debug)]
pub struct Record<'m, B> {
    upsert: &'m mut flat::Upsert,
    place: &'m Place,
    declared: PhantomData<B>,
}

impl<B: Below> Record<'_, B> {
    /// What a field holds; nothing where it is left alone or emptied.
    #[must_use]
    pub fn get<K: Kind, U: Readable>(&self, field: Field<B, K, U>) -> Option<K::Takes> {
        K::read(self.cell(field.index)?.value.into())
    }

    /// What a field of text holds.
    #[must_use]
    pub fn text<K, U: Readable>(&self, field: Field<B, K, U>) -> Option<&str> {
        match &self.cell(field.index)?.value {
            flat::Value::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Fills a field.
    pub fn set<K: Kind, U: Writable>(&mut self, field: Field<B, K, U>, value: impl Into<K::Takes>) {
        self.put(field.index, K::value(value.into()));
    }

    /// Fills a field, or empties it where there is no value: what a source clears does not stay in Odoo.
    pub fn set_or_clear<K: Kind, U: Writable, V: Into<K::Takes>>(&mut self, field: Field<B, K, U>, value: Option<V>) {
        match value {
            Some(value) => self.set(field, value),
            None => self.clear(field),
        }
    }

    /// Writes an empty value.
    pub fn clear<K, U: Writable>(&mut self, field: Field<B, K, U>) {
        self.put(field.index, Value::Empty);
    }

    /// Leaves a field of this record alone, whatever the mapping below has put there.
    pub fn remove<K, U: Writable>(&mut self, field: Field<B, K, U>) {
        let place = self.field(field.index);
        self.upsert.cells.retain_mut(|cell| cell.field != place);
    }

    pub(crate) fn put(&mut self, index: u16, value: Value) {
        let (field, value) = (self.field(index), value.into());
        match self.upsert.cells.as_mut_slice().iter_mut().find(|cell| cell.field == field) {
            Some(cell) => cell.value = value,
            None => self.upsert.cells.extend(core::iter::once(flat::Cell { field, value })),
        }
    }

    pub(crate) fn cell(&self, index: u16) -> Option<&flat::Cell> {
        let field = self.field(index);
        self.upsert.cells.as_slice().iter().find(|cell| cell.field == field)
    }

    /// The field's place in the manifest of both. There is one for each field of the declaration that names it.
    fn field(&self, index: u16) -> u16 {
        self.place.fields.get(usize::from(index)).copied().unwrap_or(u16::MAX)
    }
}
