//! The practice's own fields: definitions → a document by which the client confirms them; what patients have in them → one
//! text on the contact, and a field of its own for each that is confirmed.
//!
//! A definition says what Odoo's field is: text, a tick box, or a choice with the same values. The field is made by the
//! schema plan once its `[[extra]]` table is confirmed and the plan approved.

use odograft_sdk::dentally::{CustomField, CustomValue, Patient};
use odograft_sdk::text::{trimmed, written};
use odograft_sdk::{
    Context, HandoverSpec, Json, Mapped, Rejection, Scalar, Span, Text, handover, json, reject, warning,
};

use crate::{columns, lists};

/// What is handed over of a definition.
pub static DEFINITION: HandoverSpec = handover(
    "custom_field",
    "Custom fields to confirm",
    "`[[extra]]` tables of `odograft.toml`, before the plan is approved",
);

/// The longest name of a field that Odoo takes.
const LONGEST: usize = 63;

/// The document of one definition.
///
/// # Errors
/// A definition without a label: nobody could say what the field is.
pub fn definition(field: &CustomField) -> Result<Mapped, Rejection> {
    let no_name = || reject("no-name", "custom_field.name", "the custom field has no label");
    let label = trimmed(field.name).ok_or_else(no_name)?;
    let kind = kind(field);
    let entity = trimmed(field.entity);
    // What else has fields of its own is told in texts: of items, in the plan's.
    let of_patients = entity.is_none_or(|entity| entity.to_lowercase().contains("patient"));
    let extra = json!({
        "object": "patient",
        "column": label,
        "field": field_name(&label, &field.id),
        "kind": kind.unwrap_or("char"),
        "label": label,
        "choices": field.options,
    });
    let document = json!({
        "label": label,
        "type": trimmed(field.field_type),
        "choices": field.options,
        "of": entity,
        "active": field.active.unwrap_or(true),
        "position": field.position,
        "extra": if of_patients { extra } else { Json::Null },
        "other_columns": odograft_sdk::columns::document(&field.extra),
    });
    let mut mapped = Mapped::from(DEFINITION.document(field.id, &document));
    if kind.is_none() {
        let message = "none of the types that are known, or a dropdown without choices; it is proposed as text";
        mapped.findings.push(warning("unknown-field-type", "custom_field.field_type", message));
    }
    Ok(mapped)
}

/// The kind of Odoo's field, in the words of an `[[extra]]` table.
fn kind(field: &CustomField) -> Option<&'static str> {
    let word = trimmed(field.field_type)?.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|own| word.contains(own));
    if has(&["tick", "check", "bool"]) {
        Some("boolean")
    } else if has(&["drop", "select", "choice", "radio"]) {
        (!field.options.is_empty()).then_some("selection")
    } else if has(&["date"]) {
        Some("date")
    } else if has(&["number", "integer"]) {
        Some("float")
    } else if has(&["area", "long", "multi"]) {
        Some("text")
    } else {
        has(&["text", "string", "char"]).then_some("char")
    }
}

/// A name that Odoo takes: the label's letters and digits in small, with `_` between words. A label without any goes by
/// its number.
fn field_name(label: &str, number: &str) -> String {
    let slug = |text: &str| {
        let small = text.to_lowercase();
        let words = small.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("_")
    };
    let words = slug(label);
    let mut name = if words.is_empty() { format!("x_custom_field_{}", slug(number)) } else { format!("x_{words}") };
    name.truncate(LONGEST);
    name
}

/// All that a patient has in the practice's own fields, one line for each.
#[must_use]
pub fn told(p: &Patient, context: &Context) -> Option<String> {
    let older = older(p).into_iter().filter_map(|(which, value)| {
        let label = older_label(which, context).unwrap_or_else(|| which.to_owned());
        Some(format!("{label}: {}", &*trimmed(value)?))
    });
    let lines: Vec<String> = p.custom_fields.iter().filter_map(|value| line(value, context)).chain(older).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// `label: value`; nothing for a field that is not filled.
#[must_use]
pub fn line(value: &CustomValue, context: &Context) -> Option<String> {
    let said = value.value.map(|value| written(&value)).filter(|said| !said.is_empty())?;
    Some(format!("{}: {}", &*label(value, context), &*said))
}

/// What a patient's column with this name holds, for the fields that the client has confirmed: a column that no record
/// names, or a custom field by its label.
#[must_use]
pub fn column(p: &Patient, name: &str, context: &Context) -> Option<Scalar> {
    let named = || {
        let values = p.custom_fields.iter().filter(|value| *label(value, context) == *name);
        values.filter_map(|value| value.value).next()
    };
    let of_older = || {
        let mut fitting = older(p)
            .into_iter()
            .filter(|(which, _)| *which == name || older_label(which, context).is_some_and(|label| label == name));
        fitting.find_map(|(_, value)| trimmed(value)).map(Scalar::Text)
    };
    columns::column(&p.extra, name).or_else(named).or_else(of_older)
}

/// The label of a value: its own, else its definition's, else the definition's number.
fn label(value: &CustomValue, context: &Context) -> Text {
    if let Some(name) = trimmed(value.name) {
        return name.into();
    }
    let Some(number) = trimmed(value.id) else { return "Custom field".into() };
    match lists::name(context, "custom_field", &number, &["name", "label"]) {
        Some(name) => name.into(),
        None => format!("Custom field {}", &*number).into(),
    }
}

/// The two older custom fields, under the API's names.
fn older(p: &Patient) -> [(&'static str, Option<Span>); 2] {
    [("custom_field_1", p.custom_field1), ("custom_field_2", p.custom_field2)]
}

/// What the practice calls one of them.
fn older_label(which: &str, context: &Context) -> Option<String> {
    let label = which.replace("custom_field_", "custom_patient_field_label_");
    let practices = lists::rows(context, "practice")?.as_object()?;
    practices.values().find_map(|practice| lists::word(practice, &[&label]))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::examples::{custom_field, patient};
    use odograft_sdk::{Decimal, ExtraField};

    use super::*;
    use crate::MODULE;

    fn dropdown() -> CustomField {
        CustomField {
            name: Some("Smoker?".into()),
            field_type: Some("Dropdown".into()),
            options: ["yes", "no", "ex"].map(Into::into).to_vec(),
            entity: Some("patient".into()),
            position: Some(1),
            ..custom_field("41")
        }
    }

    fn document(field: &CustomField) -> Json {
        definition(field).expect("maps").handovers[0].json()
    }

    #[test]
    fn a_definition_is_handed_over_with_what_confirms_it() {
        let of_patients = document(&dropdown());
        let extra = json!({
            "object": "patient", "column": "Smoker?", "field": "x_smoker", "kind": "selection", "label": "Smoker?",
            "choices": ["yes", "no", "ex"],
        });
        assert_eq!(of_patients["extra"], extra);
        assert_eq!((&of_patients["type"], &of_patients["active"]), (&json!("Dropdown"), &json!(true)));
        let of_items = CustomField { entity: Some("treatment_plan_item".into()), ..dropdown() };
        assert_eq!(document(&of_items)["extra"], Json::Null, "told in the plan's text");
    }

    #[test]
    fn types_are_text_tick_box_and_dropdown() {
        for (written, kind, options) in [
            ("tick_box", Some("boolean"), 0),
            ("Checkbox", Some("boolean"), 0),
            ("text", Some("char"), 0),
            ("text_area", Some("text"), 0),
            ("dropdown", Some("selection"), 2),
            ("dropdown", None, 0),
            ("date", Some("date"), 0),
            ("hologram", None, 0),
        ] {
            let options = (0..options).map(|at| format!("{at}").as_str().into()).collect();
            let field = CustomField { field_type: Some(written.into()), options, ..dropdown() };
            assert_eq!(super::kind(&field), kind, "{written}");
            assert_eq!(definition(&field).expect("maps").findings.len(), usize::from(kind.is_none()), "{written}");
        }
        assert_eq!(definition(&custom_field("41")).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn names_are_those_that_odoo_takes() {
        for (label, name) in [
            ("General practitioner", "x_general_practitioner"),
            ("  Größe (cm) ", "x_gr_e_cm"),
            ("№", "x_custom_field_41"),
            ("x".repeat(90).as_str(), format!("x_{}", "x".repeat(61)).as_str()),
        ] {
            assert_eq!(field_name(label, "41"), name, "{label}");
        }
    }

    fn with_fields() -> Patient {
        let value = |id: Option<&str>, name: Option<&str>, value: Option<Scalar>| CustomValue {
            id: id.map(Into::into),
            name: name.map(Into::into),
            value,
        };
        Patient {
            custom_fields: vec![
                value(Some("41"), Some("Smoker"), Some(Scalar::Text(" ex ".into()))),
                value(Some("42"), None, Some(Scalar::Boolean(true))),
                value(Some("43"), None, Some(Scalar::Decimal(Decimal { unscaled: 125, scale: 1 }))),
                value(None, Some("Gym"), None),
                value(None, Some("Club"), Some(Scalar::Text(" ".into()))),
            ],
            custom_field1: Some("Denplan".into()),
            custom_field2: Some("B".into()),
            extra: vec![ExtraField { name: "parking_permit".into(), value: Scalar::Boolean(false) }],
            ..patient("17")
        }
    }

    fn context() -> Context {
        let lists = r#"{
            "custom_field": {"42": {"name": "Nervous patient"}},
            "practice": {"4711": {"custom_patient_field_label_1": "Insurer", "custom_patient_field_label_2": null}}}"#;
        Context::at(&MODULE, 0).set("lists", lists)
    }

    #[test]
    fn every_value_is_told_under_its_label() {
        let text = "Smoker: ex\nNervous patient: yes\nCustom field 43: 12.5\nInsurer: Denplan\ncustom_field_2: B";
        assert_eq!(told(&with_fields(), &context()).as_deref(), Some(text));
        assert_eq!(told(&patient("17"), &context()), None);
    }

    #[test]
    fn a_confirmed_column_is_found_by_its_label() {
        let found = |name: &str| column(&with_fields(), name, &context());
        assert_eq!(found("Smoker"), Some(Scalar::Text(" ex ".into())));
        assert_eq!(found("Nervous patient"), Some(Scalar::Boolean(true)));
        assert_eq!(found("Insurer"), Some(Scalar::Text("Denplan".into())));
        assert_eq!(found("custom_field_2"), Some(Scalar::Text("B".into())));
        assert_eq!(found("parking_permit"), Some(Scalar::Boolean(false)));
        assert_eq!((found("Gym"), found("Hair")), (None, None));
    }
}
