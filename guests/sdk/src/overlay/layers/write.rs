//! The manifest of both: what an overlay changes in that of the mapping below, so that the mapping sheet stays true.

use super::{Own, Place, small};
use crate::bindings::transform::manifest::{DroppedField, Manifest, Target};
use crate::module::{CLINICAL_GROUP, SettingSpec};
use crate::overlay::below::Use;
use crate::overlay::spec::OverlaySpec;
use crate::target::TargetSpec;

/// Sources and rules of the fields that the overlay changes or replaces.
pub(super) fn words(manifest: &mut Manifest, below: &[Place]) {
    for place in below {
        let target = &mut manifest.targets[usize::from(place.target)];
        for (field, used) in place.uses() {
            let declared = &mut target.fields[field];
            match used.used {
                Use::Read => {}
                Use::Changed { sources, rule } => {
                    for source in sources {
                        if !declared.sources.iter().any(|known| known == source) {
                            declared.sources.push((*source).to_owned());
                        }
                    }
                    declared.rule = joined(&declared.rule, rule);
                }
                Use::Replaced { sources, rule } => {
                    declared.sources = sources.iter().map(|&source| source.to_owned()).collect();
                    rule.clone_into(&mut declared.rule);
                }
                Use::Dropped { reason } => {
                    target.note = joined(&target.note, &format!("`{}` is left out: {reason}", declared.name));
                }
            }
        }
    }
}

/// Takes dropped fields out of their targets. A source that nothing else is made from is dropped as well.
pub(super) fn drops(manifest: &mut Manifest, below: &[Place]) {
    let mut sources: Vec<(String, &str)> = Vec::new();
    let mut gone: Vec<(usize, String)> = Vec::new();
    for place in below {
        let at = usize::from(place.target);
        for (field, used) in place.uses() {
            if let Use::Dropped { reason } = used.used {
                let field = &manifest.targets[at].fields[field];
                sources.extend(field.sources.iter().map(|source| (source.clone(), reason)));
                gone.push((at, field.name.clone()));
            }
        }
    }
    for (at, name) in gone {
        manifest.targets[at].fields.retain(|field| field.name != name);
    }
    for (source, reason) in sources {
        let known = manifest.dropped.iter().any(|dropped| dropped.source == source);
        let mut fields = manifest.targets.iter().flat_map(|target| &target.fields);
        if !known && !fields.any(|field| field.sources.contains(&source)) {
            manifest.dropped.push(DroppedField { source, reason: reason.to_owned() });
        }
    }
}

/// Puts the overlay's own fields behind those of the same object and model, or into targets of their own.
pub(super) fn own(overlay: &OverlaySpec, manifest: &mut Manifest, group: &str) -> Result<Vec<Own>, String> {
    let mut places = Vec::with_capacity(overlay.targets.len());
    for &spec in overlay.targets {
        let own = spec.declaration(group);
        let same = |known: &Target| known.object == own.object && known.model == own.model;
        let (target, before) = match manifest.targets.iter().position(same) {
            Some(at) => {
                let known = &mut manifest.targets[at];
                check_appended(overlay, spec, known, &own)?;
                let before = known.fields.len();
                // What the overlay carries is left behind no more.
                known.fields.extend(own.fields);
                (at, before)
            }
            None => {
                manifest.targets.push(own);
                (manifest.targets.len() - 1, 0)
            }
        };
        places.push(Own { spec, target: small(target), before: small(before) });
    }
    let Manifest { targets, dropped, .. } = manifest;
    let carried = |source: &String| targets.iter().flat_map(|t| &t.fields).any(|f| f.sources.contains(source));
    dropped.retain(|dropped| !carried(&dropped.source));
    Ok(places)
}

fn check_appended(overlay: &OverlaySpec, spec: &TargetSpec, known: &Target, own: &Target) -> Result<(), String> {
    let (name, model) = (overlay.name, &known.model);
    if let Some(field) = own.fields.iter().find(|own| known.fields.iter().any(|field| field.name == own.name)) {
        let field = &field.name;
        return Err(format!(
            "`{name}` declares `{model}.{field}`, which is there already: say in `below!` that it is changed or replaced"
        ));
    }
    if !spec.is_plain() {
        return Err(format!(
            "`{name}` adds fields to the `{model}` below it and says how its records are made: that stays as it is below"
        ));
    }
    Ok(())
}

/// Name, version and settings of both.
pub(super) fn names(overlay: &OverlaySpec, manifest: &mut Manifest) -> Result<(), String> {
    for own in overlay.settings() {
        if !manifest.settings.iter().any(|known| known.name == own.name) {
            manifest.settings.push(own.declaration());
        } else if !shared(own) {
            let (name, below, setting) = (overlay.name, &manifest.name, own.name);
            return Err(format!("`{name}` has a setting `{setting}`, and so has `{below}` below it: rename it"));
        }
    }
    manifest.name = format!("{} over {}", overlay.name, manifest.name);
    manifest.version = format!("{} over {}", overlay.version, manifest.version);
    Ok(())
}

/// Who may see clinical fields is one answer for all.
pub(crate) fn shared(setting: &SettingSpec) -> bool {
    setting.name == CLINICAL_GROUP.name
}

/// Words behind others.
fn joined(before: &str, more: &str) -> String {
    if before.is_empty() { more.to_owned() } else { format!("{before}; {more}") }
}
