//! Dependency order: what is referred to comes first.

use std::collections::{BTreeMap, BTreeSet};

use odograft_records::bindings::transform::manifest::{FieldKind, Manifest};

use crate::error::MigrationError;

/// The models that the modules write, each after the ones that its fields refer to.
///
/// # Errors
/// Models that refer to each other in a circle; a model that refers to itself is one.
pub(crate) fn models<'m>(manifests: impl Iterator<Item = &'m Manifest>) -> Result<Vec<String>, MigrationError> {
    let mut refers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for target in manifests.flat_map(|m| &m.targets) {
        let entry = refers.entry(&target.model).or_default();
        entry.extend(target.fields.iter().filter_map(|field| referred(&field.kind)));
    }
    let known: BTreeSet<&str> = refers.keys().copied().collect();
    for models in refers.values_mut() {
        models.retain(|model| known.contains(model));
    }
    let mut order = Vec::with_capacity(refers.len());
    while !refers.is_empty() {
        let ready: Vec<&str> = refers.iter().filter(|(_, on)| on.is_empty()).map(|(model, _)| *model).collect();
        if ready.is_empty() {
            let names: Vec<String> = refers.keys().map(|model| format!("`{model}`")).collect();
            return Err(MigrationError::Circle { models: names.join(", ") });
        }
        for model in ready {
            refers.remove(model);
            refers.values_mut().for_each(|on| {
                on.remove(model);
            });
            order.push(model.to_owned());
        }
    }
    Ok(order)
}

fn referred(kind: &FieldKind) -> Option<&str> {
    match kind {
        FieldKind::Many2one(model) | FieldKind::Many2many(model) | FieldKind::Many2oneReference(model) => Some(model),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use odograft_records::bindings::transform::manifest::{Cardinality, Field, Target};

    use super::*;

    fn manifest(targets: &[(&str, &[&str])]) -> Manifest {
        let field = |model: &&str| Field {
            name: "ref".into(),
            kind: FieldKind::Many2one((*model).into()),
            custom: None,
            section: None,
            groups: vec![],
            sources: vec![],
            rule: String::new(),
        };
        let target = |(model, on): &(&str, &[&str])| Target {
            object: "o".into(),
            model: (*model).into(),
            cardinality: Cardinality::OneToOne,
            adopt_by: vec![],
            may_create: true,
            needs_app: None,
            fields: on.iter().map(field).collect(),
            note: String::new(),
        };
        Manifest {
            name: "m".into(),
            version: "0".into(),
            targets: targets.iter().map(target).collect(),
            handovers: vec![],
            settings: vec![],
            dropped: vec![],
        }
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let modules = [
            manifest(&[("mail.activity", &["res.partner", "ir.model"]), ("res.partner", &["crm.team", "res.users"])]),
            manifest(&[("crm.team", &[]), ("res.users", &[]), ("mail.message", &["res.partner"])]),
        ];
        let order = models(modules.iter()).expect("no circle");
        assert_eq!(order, ["crm.team", "res.users", "res.partner", "mail.activity", "mail.message"]);
    }

    #[test]
    fn a_circle_is_named() {
        let modules = [manifest(&[("a", &["b"]), ("b", &["a"]), ("c", &[])])];
        let error = models(modules.iter()).expect_err("a circle").to_string();
        assert!(error.starts_with("the models `a`, `b` refer to each other"), "{error}");
    }
}
