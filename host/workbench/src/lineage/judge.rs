//! What was observed against what the manifest declares.

use std::collections::{BTreeMap, BTreeSet};

use odograft_records::bindings::transform::manifest::Manifest;

use super::{Dependency, Lineage, Lost, Observed, Reach, SourceField};
use crate::changes::Part;
use crate::row::covers;

/// An Odoo field of a source object, and the source fields that it is declared to be made from.
type Declared<'a> = BTreeMap<(&'a str, &'a str, &'a str), BTreeSet<&'a str>>;

pub(super) fn judge(records: usize, manifests: &[&Manifest], fields: &BTreeMap<String, Observed>) -> Lineage {
    let declared = declared(manifests);
    let dropped: BTreeSet<&str> =
        manifests.iter().flat_map(|manifest| &manifest.dropped).map(|dropped| dropped.source.as_str()).collect();
    let mut lineage = Lineage {
        records,
        fields: Vec::with_capacity(fields.len()),
        undeclared: Vec::new(),
        without_effect: Vec::new(),
        unproven: Vec::new(),
        lost: Vec::new(),
        dropped_but_used: Vec::new(),
    };
    for (source, observed) in fields {
        let is_dropped = dropped.iter().any(|dropped| covers(dropped, source));
        if observed.reaches.is_empty() && !is_dropped {
            lineage.lost.push(Lost { source: source.clone(), records: observed.filled.len() });
        }
        for (part, records) in &observed.reaches {
            let Part::Field { model, field } = part else { continue };
            let dependency =
                || Dependency { field: format!("{model}.{field}"), source: source.clone(), records: records.len() };
            let object = source.split('.').next().unwrap_or_default();
            let sources = declared.get(&(object, model.as_str(), field.as_str()));
            if is_dropped {
                lineage.dropped_but_used.push(dependency());
            } else if !sources.is_some_and(|all| is_own(all) || all.iter().any(|one| covers(one, source))) {
                lineage.undeclared.push(dependency());
            }
        }
        let reaches =
            observed.reaches.iter().map(|(part, records)| Reach { part: part.clone(), records: records.len() });
        lineage.fields.push(SourceField {
            source: source.clone(),
            filled: observed.filled.len(),
            reaches: reaches.collect(),
        });
    }
    for ((_, model, field), sources) in &declared {
        for source in sources {
            claim(model, field, source, fields, &mut lineage);
        }
    }
    lineage
}

/// Whether a field is a practice's own column and no more, which may stand elsewhere than among those that no record names:
/// in a list of custom fields, by its label.
fn is_own(declared: &BTreeSet<&str>) -> bool {
    declared.len() == 1 && declared.iter().all(|source| source.split('.').nth(1) == Some("extra"))
}

fn declared<'a>(manifests: &[&'a Manifest]) -> Declared<'a> {
    let mut declared = Declared::new();
    for target in manifests.iter().flat_map(|manifest| &manifest.targets) {
        for field in &target.fields {
            let sources = declared.entry((&target.object, &target.model, &field.name)).or_default();
            sources.extend(field.sources.iter().map(String::as_str));
        }
    }
    declared
}

/// Whether the corpus bears a declaration out. A source field that decides whether there is an Odoo record at all, or
/// which one, has an effect on each of its fields.
fn claim(model: &str, field: &str, source: &str, fields: &BTreeMap<String, Observed>, lineage: &mut Lineage) {
    let below: Vec<_> = fields.iter().filter(|(path, _)| covers(source, path)).map(|(_, observed)| observed).collect();
    let bears_out = |part: &Part| match part {
        Part::Field { model: m, field: f } => m == model && f == field,
        Part::Record { model: m } | Part::Key { model: m } => m == model,
        Part::End => true,
        Part::Finding { .. } | Part::Handover { .. } => false,
    };
    if below.iter().any(|observed| observed.reaches.keys().any(bears_out)) {
        return;
    }
    let filled: BTreeSet<_> = below.iter().flat_map(|observed| &observed.filled).collect();
    let dependency = Dependency { field: format!("{model}.{field}"), source: source.to_owned(), records: filled.len() };
    if filled.is_empty() { lineage.unproven.push(dependency) } else { lineage.without_effect.push(dependency) }
}

#[cfg(test)]
mod tests {
    use odograft_records::bindings::transform::manifest::{Cardinality, DroppedField, Field, FieldKind, Target};

    use super::*;

    fn manifest() -> Manifest {
        let field = |name: &str, sources: &[&str]| Field {
            name: name.into(),
            kind: FieldKind::Char,
            custom: None,
            section: None,
            groups: Vec::new(),
            sources: sources.iter().map(|&source| source.into()).collect(),
            rule: "as entered".into(),
        };
        let target = Target {
            object: "patient".into(),
            model: "res.partner".into(),
            cardinality: Cardinality::OneToOne,
            adopt_by: Vec::new(),
            may_create: true,
            needs_app: None,
            needs: Vec::new(),
            fields: vec![
                field("name", &["patient.last_name"]),
                field("city", &["patient.town", "patient.county"]),
                field("zip", &["patient.postcode"]),
            ],
            note: String::new(),
        };
        Manifest {
            name: "test".into(),
            version: "0".into(),
            targets: vec![target],
            handovers: Vec::new(),
            settings: Vec::new(),
            dropped: vec![DroppedField { source: "patient.image_url".into(), reason: "a link".into() }],
        }
    }

    fn observed(filled: usize, reaches: &[&str]) -> Observed {
        let shown: BTreeSet<_> = (0..filled).map(|record| (0, record)).collect();
        let part = |field: &str| Part::Field { model: "res.partner".into(), field: field.into() };
        let reaches = reaches.iter().map(|field| (part(field), shown.clone())).collect();
        Observed { field: None, filled: shown, reaches }
    }

    #[test]
    fn each_disagreement_is_named_with_its_count() {
        let fields = BTreeMap::from([
            ("patient.last_name".to_owned(), observed(9, &["name"])),
            ("patient.title".to_owned(), observed(4, &["name"])),
            ("patient.town".to_owned(), observed(3, &[])),
            ("patient.county".to_owned(), observed(3, &["city"])),
            ("patient.image_url".to_owned(), observed(2, &["zip"])),
        ]);
        let lineage = judge(9, &[&manifest()], &fields);
        let of = |field: &str, source: &str, records| Dependency {
            field: format!("res.partner.{field}"),
            source: format!("patient.{source}"),
            records,
        };
        assert_eq!(lineage.undeclared, [of("name", "title", 4)]);
        assert_eq!(lineage.without_effect, [of("city", "town", 3)]);
        assert_eq!(lineage.unproven, [of("zip", "postcode", 0)]);
        assert_eq!(lineage.lost, [Lost { source: "patient.town".into(), records: 3 }]);
        assert_eq!(lineage.dropped_but_used, [of("zip", "image_url", 2)]);
        assert!(!lineage.agrees());
    }
}
