//! A client's own rules laid over a mapping: they see what the mapping below made of each record and change it.

use crate::bindings::transform::effects::{self, Cell, Rejection, Text, Value};
use crate::bindings::transform::manifest::{self, Manifest};
use crate::mapped::Upsert;
use crate::module::ModuleSpec;

/// What the mapping below made of one record, by the names of its manifest.
#[derive(Debug)]
pub struct Made<'m> {
    layers: &'m Layers,
    outcome: effects::Outcome,
}

/// The manifest of both, and where the overlay's own targets and fields lie in it.
#[derive(Debug)]
pub struct Layers {
    manifest: Manifest,
    /// For each of the overlay's targets: its place, and how many fields of the mapping below stand before its own.
    own: Vec<(u16, u16)>,
}

impl Layers {
    /// Puts the overlay's declarations behind those of the mapping below: a target with the same object and model
    /// gets the overlay's fields too, any other is a new target.
    #[must_use]
    pub fn new(overlay: &ModuleSpec, mut below: Manifest, own: Manifest) -> Self {
        let mut places = Vec::with_capacity(own.targets.len());
        for target in own.targets {
            let same = |known: &manifest::Target| known.object == target.object && known.model == target.model;
            match below.targets.iter().position(same) {
                Some(at) => {
                    let before = below.targets[at].fields.len();
                    below.targets[at].fields.extend(target.fields);
                    places.push((small(at), small(before)));
                }
                None => {
                    places.push((small(below.targets.len()), 0));
                    below.targets.push(target);
                }
            }
        }
        below.name = format!("{} over {}", overlay.name, below.name);
        overlay.version.clone_into(&mut below.version);
        below.settings.extend(own.settings);
        below.dropped.extend(own.dropped);
        Self { manifest: below, own: places }
    }
}

fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl Made<'_> {
    /// What a field of the record of `model` holds; nothing where the mapping below leaves it alone.
    #[must_use]
    pub fn get(&self, model: &str, field: &str) -> Option<&Value> {
        let (upsert, field) = self.find(model, field)?;
        self.outcome.upserts[upsert].cells.iter().find(|cell| cell.field == field).map(|cell| &cell.value)
    }

    /// What a field of text holds.
    #[must_use]
    pub fn text(&self, model: &str, field: &str) -> Option<&Text> {
        match self.get(model, field)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn find(&self, model: &str, field: &str) -> Option<(usize, u16)> {
        let targets = &self.layers.manifest.targets;
        let upsert = self.outcome.upserts.iter().position(|upsert| {
            targets.get(usize::from(upsert.target)).is_some_and(|target| target.model == model)
        })?;
        let target = &targets[usize::from(self.outcome.upserts[upsert].target)];
        let field = target.fields.iter().position(|known| known.name == field)?;
        Some((upsert, small(field)))
    }
}
