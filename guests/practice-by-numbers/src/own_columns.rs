//! A practice's own columns: those that no record of the contract names.
//!
//! Of patients, providers, appointments and messages, the client confirms each one in an `[[extra]]` table with the kind
//! that was inferred from its values (text, whole number, number, day), and it becomes a field of its own
//! ([`odograft_sdk::Upsert::set_extras`]). Rows that are gathered under a patient or a provider, such as coverages and
//! account lines, have no record of their own that could have such a field: what their columns hold stands behind the row
//! in the text that tells it.

use odograft_sdk::time::{iso, iso_moment};
use odograft_sdk::{ExtraField, Json, Scalar};

/// `; Column: value` for each column; nothing for none.
#[must_use]
pub fn behind(columns: &[ExtraField]) -> String {
    columns.iter().map(|column| format!("; {}: {}", &*column.name, written(&column.value))).collect()
}

/// The columns as an object; null for none.
#[must_use]
pub fn as_json(columns: &[ExtraField]) -> Json {
    let member = |column: &ExtraField| (column.name.to_string(), Json::String(written(&column.value)));
    if columns.is_empty() { Json::Null } else { Json::Object(columns.iter().map(member).collect()) }
}

/// A value as people write it.
fn written(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => text.trim().to_owned(),
        Scalar::Boolean(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        Scalar::Integer(number) => number.to_string(),
        Scalar::Float(number) => number.to_string(),
        Scalar::Decimal(number) => number.to_string(),
        Scalar::Date(day) => iso(*day),
        Scalar::Instant(moment) => iso_moment(*moment),
    }
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::bindings::transform::manifest;
    use odograft_sdk::practice_by_numbers::Patient;
    use odograft_sdk::{Context, Date, Decimal, Field, Instant, json, kinds};

    use super::*;
    use crate::examples;
    use crate::{MODULE, patient};

    fn column(name: &str, value: Scalar) -> ExtraField {
        ExtraField { name: name.into(), value }
    }

    #[test]
    fn columns_of_gathered_rows_stay_in_their_text() {
        let day = Date { year: 1899, month: 12, day: 31 };
        let columns = [
            column("Employer", Scalar::Text(" Acme & Sons ".into())),
            column("Deductible", Scalar::Decimal(Decimal { unscaled: 5_000, scale: 2 })),
            column("Verified", Scalar::Boolean(true)),
            column("Since", Scalar::Date(day)),
            column("Calls", Scalar::Integer(3)),
            column("Score", Scalar::Float(0.5)),
            column("Seen", Scalar::Instant(Instant { seconds: 0, nanoseconds: 0 })),
        ];
        assert_eq!(
            behind(&columns),
            "; Employer: Acme & Sons; Deductible: 50.00; Verified: yes; Since: 1899-12-31; Calls: 3; Score: 0.5; Seen: 1970-01-01T00:00:00Z"
        );
        assert_eq!(as_json(&columns[..2]), json!({"Employer": "Acme & Sons", "Deductible": "50.00"}));
        assert_eq!((behind(&[]).as_str(), as_json(&[])), ("", Json::Null));
    }

    #[test]
    fn confirmed_columns_of_a_patient_become_fields_of_the_inferred_kind() {
        let confirmed = r#"[
            {"object": "patient", "column": "Ref By", "field": "x_ref_by", "kind": "char"},
            {"object": "patient", "column": "Shade", "field": "x_shade", "kind": "integer"},
            {"object": "patient", "column": "Recession", "field": "x_recession", "kind": "float"},
            {"object": "patient", "column": "Last X-Ray", "field": "x_last_x_ray", "kind": "date"}]"#;
        let settings = vec![manifest::Setting { name: "extras".into(), value: confirmed.into() }];
        let context = Context::new(&MODULE, manifest::Context { as_of_seconds: 0, settings: settings.clone() });
        let patient = Patient {
            extra: vec![
                column("Ref By", Scalar::Text("Dr Who".into())),
                column("Shade", Scalar::Integer(3)),
                column("Recession", Scalar::Decimal(Decimal { unscaled: 25, scale: 1 })),
                column("Last X-Ray", Scalar::Text("last spring".into())),
            ],
            ..examples::patient("17")
        };
        let mapped = patient::partner(&patient, &context).expect("maps");
        let row = mapped.only(&patient::partner::TARGET).expect("one contact");
        let manifest = MODULE.manifest(&settings).expect("good settings");
        let target = manifest.targets.iter().find(|target| target.object == "patient").expect("patients");
        let held = |name: &str| {
            let at = target.fields.iter().position(|field| field.name == name).expect("a declared field");
            row.get(Field::<kinds::char>::at(u16::try_from(at).expect("few fields"))).cloned()
        };
        assert_eq!(held("x_ref_by"), Some(Value::Text("Dr Who".into())));
        assert_eq!(held("x_shade"), Some(Value::Integer(3)));
        assert_eq!(held("x_recession"), Some(Value::Decimal(Decimal { unscaled: 25, scale: 1 })));
        assert_eq!(held("x_last_x_ray"), Some(Value::Empty), "not a day, and the finding below says so");
        assert!(mapped.findings.iter().any(|finding| finding.field.as_deref() == Some("patient.Last X-Ray")));
    }
}
