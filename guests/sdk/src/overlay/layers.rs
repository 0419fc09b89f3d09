//! Two manifests made into one, and where each side's fields lie in it.

mod find;
mod write;

use crate::bindings::transform::manifest::{Manifest, Setting, SettingError};
use crate::module::clinical_group;
use crate::overlay::below::{BelowField, BelowSpec, Use};
use crate::overlay::flat::{Cell, Outcome};
use crate::overlay::spec::OverlaySpec;
use crate::target::TargetSpec;

pub(crate) use write::shared;

/// Where a cell goes that is not written any more, and what the host refuses as undeclared.
pub(crate) const NOWHERE: u16 = u16::MAX;

/// The manifest of an overlay and the mapping below it, and where the fields of both lie in it.
#[derive(Debug)]
pub struct Layers {
    /// What both together declare.
    pub manifest: Manifest,
    /// For each target of the mapping below, the new place of each of its fields; none where its cells stay as they are.
    fitted: Vec<Option<Vec<u16>>>,
    /// Whether the overlay has targets behind those of the mapping below.
    more_targets: bool,
    /// Where the fields lie that the overlay uses.
    below: Vec<Place>,
    /// The overlay's own targets.
    own: Vec<Own>,
}

/// Where a declaration of [`below!`](crate::below!) lies in a manifest.
#[derive(Debug)]
pub(crate) struct Place {
    spec: &'static BelowSpec,
    /// The target's place.
    pub(crate) target: u16,
    /// The place of each of its fields in the target.
    pub(crate) fields: Vec<u16>,
}

impl Place {
    /// Each field's place, and what the overlay does with it.
    #[expect(clippy::disallowed_methods, reason = "both have the declaration's fields, in its order")]
    fn uses(&self) -> impl Iterator<Item = (usize, &'static BelowField)> {
        self.fields.iter().map(|&at| usize::from(at)).zip(self.spec.fields)
    }
}

/// Where one of the overlay's own targets lies in the manifest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own {
    spec: &'static TargetSpec,
    /// The target's place.
    pub(crate) target: u16,
    /// Fields of the mapping below, and of other declarations, that stand before its own.
    pub(crate) before: u16,
}

impl Layers {
    /// Puts an overlay over what the mapping below declares.
    ///
    /// # Errors
    /// The overlay does not fit: it names something that the mapping below does not have, or declares what is there. The
    /// error names no setting, as none is to blame.
    pub(crate) fn new(overlay: &OverlaySpec, below: Manifest, given: &[Setting]) -> Result<Self, SettingError> {
        Self::fitting(overlay, below, clinical_group(given))
            .map_err(|message| SettingError { name: String::new(), message })
    }

    fn fitting(overlay: &OverlaySpec, mut manifest: Manifest, group: &str) -> Result<Self, String> {
        let mut below = find::places(overlay, &manifest)?;
        find::check_drops(overlay, &manifest, &below)?;
        let (targets, moved) = (manifest.targets.len(), moved(&manifest, &below));
        write::words(&mut manifest, &below);
        write::drops(&mut manifest, &below);
        for place in &mut below {
            let moved = &moved[usize::from(place.target)];
            place.fields.iter_mut().for_each(|field| *field = moved[usize::from(*field)]);
        }
        let own = write::own(overlay, &mut manifest, group)?;
        write::names(overlay, &mut manifest)?;
        let fitted = fitted(moved, &below, &own);
        Ok(Self { more_targets: manifest.targets.len() > targets, manifest, fitted, below, own })
    }

    /// The place of a declaration.
    pub(crate) fn place(&self, spec: &'static BelowSpec) -> Option<&Place> {
        self.below.iter().find(|place| core::ptr::eq(place.spec, spec))
    }

    /// The place of one of the overlay's own targets.
    pub(crate) fn own(&self, spec: &'static TargetSpec) -> Option<Own> {
        self.own.iter().find(|own| core::ptr::eq(own.spec, spec)).copied()
    }

    /// Takes out of what the mapping below has made what the overlay drops or replaces, and counts its fields anew. What
    /// it has not declared goes nowhere, where the host refuses it: it never passes for the overlay's.
    pub(crate) fn fit(&self, outcome: &mut Outcome) {
        for upsert in outcome.upserts.as_mut_slice() {
            match self.fitted.get(usize::from(upsert.target)) {
                Some(None) => {}
                Some(Some(places)) => upsert.cells.retain_mut(|Cell { field, .. }| {
                    let place = places.get(usize::from(*field));
                    *field = place.copied().unwrap_or(NOWHERE);
                    place != Some(&NOWHERE)
                }),
                None if self.more_targets => upsert.target = NOWHERE,
                None => {}
            }
        }
    }
}

/// The place that each field of each target has once the dropped ones are gone.
fn moved(manifest: &Manifest, below: &[Place]) -> Vec<Vec<u16>> {
    let mut all: Vec<Vec<u16>> = Vec::with_capacity(manifest.targets.len());
    for (at, target) in manifest.targets.iter().enumerate() {
        let mut gone = vec![false; target.fields.len()];
        for (field, used) in below.iter().filter(|place| usize::from(place.target) == at).flat_map(Place::uses) {
            gone[field] |= matches!(used.used, Use::Dropped { .. });
        }
        let mut next = 0;
        let place = |gone: bool| {
            let here = if gone { NOWHERE } else { next };
            next += u16::from(!gone);
            here
        };
        all.push(gone.into_iter().map(place).collect());
    }
    all
}

/// What becomes of the cells of each target: none where nothing is dropped, replaced or appended.
fn fitted(moved: Vec<Vec<u16>>, below: &[Place], own: &[Own]) -> Vec<Option<Vec<u16>>> {
    let fit = |(at, places): (usize, Vec<u16>)| {
        let of_target = || below.iter().filter(|place| usize::from(place.target) == at).flat_map(Place::uses);
        let replaced: Vec<u16> = of_target()
            .filter(|(_, used)| matches!(used.used, Use::Replaced { .. }))
            .map(|(field, _)| small(field))
            .collect();
        let left_out = |place: &u16| *place == NOWHERE || replaced.contains(place);
        let appended = own.iter().any(|own| usize::from(own.target) == at);
        let touched = appended || places.iter().any(left_out);
        touched.then(|| places.into_iter().map(|place| if left_out(&place) { NOWHERE } else { place }).collect())
    };
    moved.into_iter().enumerate().map(fit).collect()
}

/// A place in a manifest. One with more is refused by the host, which counts the same way.
fn small(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(NOWHERE)
}
