//! Dependency order: what is referred to comes first.

use std::collections::{BTreeMap, BTreeSet};

use odograft_records::bindings::transform::manifest::{FieldKind, Target};

/// The models that the modules write, each after the ones that its fields refer to as far as that can be. Where models
/// refer to each other in a circle, the one that refers to the fewest comes first: the loader closes the circle when
/// the others are in Odoo.
pub(crate) fn models<'m>(targets: impl Iterator<Item = &'m Target>) -> Vec<String> {
    let mut refers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for target in targets {
        let entry = refers.entry(&target.model).or_default();
        entry.extend(target.fields.iter().filter_map(|field| referred(&field.kind)).filter(|m| *m != target.model));
    }
    let known: BTreeSet<&str> = refers.keys().copied().collect();
    for models in refers.values_mut() {
        models.retain(|model| known.contains(model));
    }
    let mut order = Vec::with_capacity(refers.len());
    while let Some(fewest) = refers.values().map(BTreeSet::len).min() {
        let ready = refers.iter().filter(|(_, on)| on.len() == fewest).map(|(model, _)| *model);
        // Of a circle one at a time: the others may be free after it.
        let ready: Vec<&str> = if fewest == 0 { ready.collect() } else { ready.take(1).collect() };
        for model in ready {
            refers.remove(model);
            refers.values_mut().for_each(|on| {
                on.remove(model);
            });
            order.push(model.to_owned());
        }
    }
    order
}

fn referred(kind: &FieldKind) -> Option<&str> {
    match kind {
        FieldKind::Many2one(model) | FieldKind::Many2many(model) | FieldKind::Many2oneReference(model) => Some(model),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use odograft_records::bindings::transform::manifest::{Cardinality, Field};

    use super::*;

    fn targets(targets: &[(&str, &[&str])]) -> Vec<Target> {
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
            needs: Vec::new(),
            fields: on.iter().map(field).collect(),
            note: String::new(),
        };
        targets.iter().map(target).collect()
    }

    #[test]
    fn what_is_referred_to_comes_first() {
        let targets = targets(&[
            ("mail.activity", &["res.partner", "ir.model"]),
            ("res.partner", &["crm.team", "res.users"]),
            ("crm.team", &[]),
            ("res.users", &[]),
            ("mail.message", &["res.partner"]),
        ]);
        let order = models(targets.iter());
        assert_eq!(order, ["crm.team", "res.users", "res.partner", "mail.activity", "mail.message"]);
    }

    #[test]
    fn a_circle_is_cut_where_the_fewest_references_are() {
        let targets = targets(&[("a", &["b", "c", "a"]), ("b", &["a"]), ("c", &["b"]), ("d", &["a"])]);
        assert_eq!(models(targets.iter()), ["b", "c", "a", "d"]);
    }
}
