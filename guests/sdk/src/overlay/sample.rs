//! A mapping below that examples and tests make up.

use crate::bindings::transform::effects::{Rejection, Value};
use crate::bindings::transform::manifest::{Cardinality, Context as Given, Manifest, Target};
use crate::fields::{Field as OwnField, Kind};
use crate::overlay::below::{Below, Field};
use crate::overlay::flat;
use crate::overlay::layers::Layers;
use crate::overlay::made::Made;
use crate::overlay::spec::OverlaySpec;
use crate::target::TargetSpec;
use crate::{Context, Text};

/// An overlay over a mapping that declares what the overlay names and nothing else: for a rule's examples, which then
/// need no other module. The whole over a real mapping is for golden cases.
#[derive(Debug)]
pub struct Sample {
    overlay: &'static OverlaySpec,
    layers: Layers,
    outcome: flat::Outcome,
}

impl Sample {
    /// The mapping below has made nothing of the record.
    ///
    /// # Panics
    /// The overlay contradicts itself, such as by taking one field for two kinds.
    #[must_use]
    pub fn nothing(overlay: &'static OverlaySpec) -> Self {
        let layers = match Layers::new(overlay, below(overlay), &[]) {
            Ok(layers) => layers,
            Err(error) => panic!("{}", error.message),
        };
        let (upserts, handovers, findings) = (Vec::new().into(), Vec::new().into(), Vec::new().into());
        Self { overlay, layers, outcome: flat::Outcome { upserts, handovers, findings } }
    }

    /// The mapping below has made one record of each kind that the overlay names, still without values, from the source
    /// record with this identifier.
    ///
    /// # Panics
    /// The overlay contradicts itself.
    #[must_use]
    pub fn of(overlay: &'static OverlaySpec, id: &str) -> Self {
        let mut sample = Self::nothing(overlay);
        let mut upserts: Vec<flat::Upsert> = Vec::new();
        for spec in overlay.below {
            let Some(place) = sample.layers.place(spec) else { continue };
            if upserts.iter().all(|upsert| upsert.target != place.target) {
                let key = flat::SourceKey { object: spec.object.to_owned().into(), id: Text::from(id).into() };
                upserts.push(flat::Upsert { target: place.target, key, cells: Vec::new().into() });
            }
        }
        sample.outcome.upserts = upserts.into();
        sample
    }

    /// The mapping below has put a value there.
    #[must_use]
    pub fn with<B: Below, K: Kind, U>(mut self, field: Field<B, K, U>, value: impl Into<K::Takes>) -> Self {
        if let Some(mut record) = self.made().record::<B>() {
            record.put(field.index, K::value(value.into()));
        }
        self
    }

    /// Asks a rule: `sample.ask(|made| rule(&patient, made, &context))`.
    ///
    /// # Errors
    /// The rule's own.
    pub fn ask(&mut self, rule: impl FnOnce(&mut Made<'_>) -> Result<(), Rejection>) -> Result<(), Rejection> {
        rule(&mut self.made())
    }

    /// A context: this moment, defaults for every setting.
    #[must_use]
    pub fn context(&self, as_of_seconds: i64) -> Context {
        self.overlay.context(Given { as_of_seconds, settings: Vec::new() })
    }

    /// What a field of the mapping below now holds; none where it is left alone.
    #[must_use]
    pub fn value<B: Below, K, U>(&mut self, field: Field<B, K, U>) -> Option<Value> {
        self.made().record::<B>()?.cell(field.index).map(|cell| cell.value.into())
    }

    /// What a field of text of the mapping below now holds.
    #[must_use]
    pub fn text<B: Below, K, U>(&mut self, field: Field<B, K, U>) -> Option<String> {
        text(self.value(field)?)
    }

    /// What one of the overlay's own fields holds; none where it is left alone.
    #[must_use]
    pub fn own<K>(&self, target: &'static TargetSpec, field: OwnField<K>) -> Option<Value> {
        let own = self.layers.own(target)?;
        let upsert = self.outcome.upserts.as_slice().iter().find(|upsert| upsert.target == own.target)?;
        let cell = upsert.cells.as_slice().iter().find(|cell| cell.field == own.before + field.index)?;
        Some(cell.value.into())
    }

    /// The codes of the findings.
    #[must_use]
    pub fn findings(&self) -> Vec<&str> {
        self.outcome.findings.as_slice().iter().map(|finding| finding.code.as_str()).collect()
    }

    /// How many Odoo records there are.
    #[must_use]
    pub fn records(&self) -> usize {
        self.outcome.upserts.as_slice().len()
    }

    /// What both together declare.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.layers.manifest
    }

    fn made(&mut self) -> Made<'_> {
        Made::new(&self.layers, &mut self.outcome)
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Text(text) => Some((*text).to_owned()),
        _ => None,
    }
}

/// A manifest with the fields that the overlay names.
fn below(overlay: &OverlaySpec) -> Manifest {
    let mut targets: Vec<Target> = Vec::new();
    for spec in overlay.below {
        let fields = spec.fields.iter().map(|used| used.field.declaration(""));
        match targets.iter_mut().find(|known| known.object == spec.object && known.model == spec.model) {
            Some(known) => {
                let new: Vec<_> = fields.filter(|new| known.fields.iter().all(|f| f.name != new.name)).collect();
                known.fields.extend(new);
            }
            None => targets.push(Target {
                object: spec.object.to_owned(),
                model: spec.model.to_owned(),
                cardinality: Cardinality::OneToOne,
                adopt_by: Vec::new(),
                may_create: true,
                needs_app: None,
                needs: Vec::new(),
                fields: fields.collect(),
                note: String::new(),
            }),
        }
    }
    let (handovers, settings, dropped) = (Vec::new(), Vec::new(), Vec::new());
    Manifest { name: "sample".to_owned(), version: "0".to_owned(), targets, handovers, settings, dropped }
}
