//! Where the fields lie that an overlay names. What it names and is not there is told with the nearest names.

use super::{Place, small};
use crate::bindings::transform::manifest::{FieldKind, Manifest, Target};
use crate::overlay::below::{BelowSpec, Use};
use crate::overlay::nearest::nearest;
use crate::overlay::spec::OverlaySpec;

/// The place of every declaration in the manifest of the mapping below.
pub(super) fn places(overlay: &OverlaySpec, manifest: &Manifest) -> Result<Vec<Place>, String> {
    overlay.below.iter().map(|spec| place(overlay, spec, manifest)).collect()
}

fn place(overlay: &OverlaySpec, spec: &'static BelowSpec, manifest: &Manifest) -> Result<Place, String> {
    let BelowSpec { object, model, .. } = *spec;
    let (name, below) = (overlay.name, &manifest.name);
    let targets = || manifest.targets.iter();
    let Some(at) = targets().position(|target| target.object == object && target.model == model) else {
        if targets().any(|target| target.model == model) {
            let objects = nearest(object, targets().filter(|t| t.model == model).map(|t| t.object.as_str()), "nothing");
            return Err(format!(
                "`{name}` names `{model}` of `{object}`, but `{below}` below it makes `{model}` of {objects}"
            ));
        }
        let models = nearest(model, targets().map(|target| target.model.as_str()), "it makes nothing");
        return Err(format!("`{name}` names `{model}`, which `{below}` below it does not make; the nearest: {models}"));
    };
    let target = &manifest.targets[at];
    let field = |used: &crate::overlay::below::BelowField| {
        let (field, kind) = (used.field.name, used.field.kind.declaration());
        let Some(at) = target.fields.iter().position(|known| known.name == field) else {
            let fields = nearest(field, target.fields.iter().map(|f| f.name.as_str()), "it declares none");
            return Err(format!(
                "`{name}` names `{model}.{field}`, which `{below}` below it does not declare; the nearest: {fields}"
            ));
        };
        if !alike(&kind, &target.fields[at].kind) {
            let (ours, theirs) = (word(&kind), word(&target.fields[at].kind));
            return Err(format!(
                "`{name}` takes `{model}.{field}` for {ours}, but `{below}` below it declares {theirs}"
            ));
        }
        Ok(small(at))
    };
    let fields = spec.fields.iter().map(field).collect::<Result<_, _>>()?;
    Ok(Place { spec, target: small(at), fields })
}

/// Refuses to drop what something else needs.
pub(super) fn check_drops(overlay: &OverlaySpec, manifest: &Manifest, below: &[Place]) -> Result<(), String> {
    for place in below {
        let target: &Target = &manifest.targets[usize::from(place.target)];
        let (name, model) = (overlay.name, &target.model);
        for (field, _) in place.uses().filter(|(_, used)| matches!(used.used, Use::Dropped { .. })) {
            let declared = &target.fields[field].name;
            let used = |other: &Place| {
                other.target == place.target
                    && other.uses().any(|(at, used)| at == field && !matches!(used.used, Use::Dropped { .. }))
            };
            if below.iter().any(used) {
                return Err(format!("`{name}` both drops and uses `{model}.{declared}`"));
            }
            if target.adopt_by.contains(declared) {
                return Err(format!(
                    "`{name}` drops `{model}.{declared}`, by which records that Odoo has already are recognised"
                ));
            }
        }
    }
    Ok(())
}

/// Whether the overlay takes a field for what it is. The choices of a selection may grow without a word to the overlay.
fn alike(ours: &FieldKind, theirs: &FieldKind) -> bool {
    match (ours, theirs) {
        (FieldKind::Selection(_), FieldKind::Selection(_)) => true,
        _ => ours == theirs,
    }
}

fn word(kind: &FieldKind) -> String {
    let plain = match kind {
        FieldKind::Char => "char",
        FieldKind::Text => "text",
        FieldKind::Html => "html",
        FieldKind::Integer => "integer",
        FieldKind::Float => "float",
        FieldKind::Monetary => "monetary",
        FieldKind::Boolean => "boolean",
        FieldKind::Date => "date",
        FieldKind::Datetime => "datetime",
        FieldKind::Binary => "binary",
        FieldKind::Selection(_) => "selection",
        FieldKind::Many2one(to) => return format!("`many2one` to `{to}`"),
        FieldKind::Many2many(to) => return format!("`many2many` to `{to}`"),
        FieldKind::Many2oneReference(to) => return format!("`many2one-reference` to `{to}`"),
    };
    format!("`{plain}`")
}
