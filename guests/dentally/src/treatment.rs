//! Dentally treatment → the product that stands for it in orders, known by its code.
//!
//! Two treatments may share a code. Odoo's product is then the first one of the list, and both are ordered by it: the
//! order's line says in words what was planned.

use odograft_sdk::dentally::Treatment;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Reference, Rejection, Span, Text, Upsert, source, target, warning};

use crate::lists;

target! {
    /// Dentally treatment → `product.product`.
    pub product: treatment => "product.product" .needs_app("sale").adopt_by(&["default_code"])
        .note("one for each code; a product with this code that Odoo has already is taken") {
        SOURCE_ID = source_id() from [id];
        CODE = char("default_code") from [code];
        NAME = char("name") from [nomenclature, patient_nomenclature, code, id]
            .rule("what clinicians call it, else what patients are told, else the code, else the number");
        TYPE = selection("type", &[("service", "Service")]) from [] .rule("always a service");
        OFFERED = boolean("sale_ok") from [active] .rule("false for what is no longer done");
        FOR_PATIENTS = text("description_sale") from [patient_nomenclature, patient_description]
            .rule("what patients are told, and its description on a line of its own");
        DESCRIPTION = custom_text("x_description", "Description") from [description];
        CATEGORY = custom_char("x_treatment_category_id", "Category's number in Dentally") from [treatment_category_id];
        INSURANCE = custom_char("x_insurance_classification", "Insurance classification") from [insurance_classification];
        NHS_CATEGORY = custom_char("x_nhs_category", "NHS category") from [nhs_treatment_cat];
        UDA_BAND = custom_char("x_uda_band", "UDA band") from [uda_band];
        REGION = custom_char("x_region", "What is treated") from [region];
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [duration];
        OWNER = custom_char("x_treatment_owner", "Owner in Dentally") from [extra.owner];
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC");
    }
}

/// The product of a treatment; none for one whose code an earlier one of the list has.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn product(t: &Treatment, context: &Context) -> Result<Mapped, Rejection> {
    if first_of_code(&t.id, context).is_some_and(|first| *first != *t.id) {
        let message = "an earlier treatment of the list has this code; its product stands for both";
        let findings = vec![warning("shared-code", "treatment.code", message)];
        return Ok(Mapped { findings, ..Mapped::default() });
    }
    let (code, own, for_patients) = (trimmed(t.code), trimmed(t.nomenclature), trimmed(t.patient_nomenclature));
    let name = own.or(for_patients).or(code).map_or_else(|| format!("Treatment {}", &*t.id).into(), Text::from);
    let mut product = product::upsert(t.id);
    product.set_or_clear(product::CODE, code);
    product.set(product::NAME, name);
    product.set(product::TYPE, "service");
    product.set(product::OFFERED, t.active.unwrap_or(true));
    details(t, &mut product);
    Ok(product.into())
}

fn details(t: &Treatment, product: &mut Upsert) {
    let lines = [trimmed(t.patient_nomenclature), trimmed(t.patient_description)];
    let lines = odograft_sdk::text::joined(&lines.each_ref().map(Option::as_deref), "\n");
    product.set_or_clear(product::FOR_PATIENTS, lines);
    product.set_or_clear(product::DESCRIPTION, trimmed(t.description));
    product.set_or_clear(product::CATEGORY, trimmed(t.treatment_category_id));
    product.set_or_clear(product::INSURANCE, trimmed(t.insurance_classification));
    product.set_or_clear(product::NHS_CATEGORY, trimmed(t.nhs_treatment_cat));
    product.set_or_clear(product::UDA_BAND, trimmed(t.uda_band));
    product.set_or_clear(product::REGION, trimmed(t.region));
    product.set_or_clear(product::MINUTES, t.duration.filter(|minutes| i32::try_from(*minutes).is_ok()));
    let owner = crate::columns::column(&t.extra, "owner");
    product.set_or_clear(product::OWNER, owner.map(|owner| odograft_sdk::text::written(&owner)));
    product.set_or_clear(product::CREATED, t.created_at);
}

/// The number of the first treatment of the list that has this one's code; none where the list or the code is missing.
fn first_of_code(number: &str, context: &Context) -> Option<String> {
    let treatments = lists::rows(context, "treatment")?;
    let code = lists::word(treatments.get(number)?, &["code"])?;
    let has = |row| lists::word(row, &["code"]).is_some_and(|other| other.eq_ignore_ascii_case(&code));
    treatments.as_object()?.iter().find(|(_, row)| has(row)).map(|(first, _)| first.clone())
}

/// The product of the treatment with this number; none where there is no number, or the list of treatments does not have it.
#[must_use]
pub fn reference(number: Option<Span>, context: &Context) -> Option<Reference> {
    let number = trimmed(number).filter(|number| lists::has(context, "treatment", number) != Some(false))?;
    Some(source("treatment", first_of_code(&number, context).map_or_else(|| number.into(), Text::from)))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{ExtraField, Scalar, examples};

    use super::*;
    use crate::MODULE;

    fn denture(id: &str) -> Treatment {
        Treatment {
            code: Some("DENF".into()),
            nomenclature: Some("Full denture".into()),
            patient_nomenclature: Some("Denture".into()),
            patient_description: Some("A new set of teeth".into()),
            uda_band: Some("3".into()),
            active: Some(false),
            extra: vec![ExtraField { name: "owner".into(), value: Scalar::Text("practice".into()) }],
            ..examples::treatment(id)
        }
    }

    fn context(lists: &str) -> Context {
        Context::at(&MODULE, 0).set("lists", lists)
    }

    fn row(t: &Treatment) -> Upsert {
        product(t, &context("{}")).expect("maps").only(&product::TARGET).expect("one product").clone()
    }

    #[test]
    fn a_treatment_is_a_service_with_its_code() {
        let row = row(&denture("316"));
        assert_eq!((row.text(product::CODE), row.text(product::NAME)), (Some("DENF"), Some("Full denture")));
        assert_eq!((row.text(product::TYPE), row.text(product::UDA_BAND)), (Some("service"), Some("3")));
        assert_eq!(row.text(product::FOR_PATIENTS), Some("Denture\nA new set of teeth"));
        assert_eq!(row.get(product::OFFERED), Some(&Value::Boolean(false)));
        assert_eq!(row.text(product::OWNER), Some("practice"));
    }

    #[test]
    fn a_treatment_without_words_goes_by_what_there_is() {
        let name = |t: &Treatment| row(t).text(product::NAME).map(str::to_owned);
        let bare = Treatment { code: None, nomenclature: None, patient_nomenclature: None, ..denture("316") };
        assert_eq!(name(&bare).as_deref(), Some("Treatment 316"));
        assert_eq!(name(&Treatment { code: Some("DOMI".into()), ..bare.clone() }).as_deref(), Some("DOMI"));
        assert_eq!(row(&bare).get(product::CODE), Some(&Value::Empty));
    }

    #[test]
    fn two_treatments_of_one_code_are_one_product() {
        let context =
            context(r#"{"treatment": {"316": {"code": "DENF"}, "317": {"code": "denf"}, "322": {"code": null}}}"#);
        assert_eq!(product(&denture("316"), &context).expect("maps").upserts.len(), 1);
        let second = product(&denture("317"), &context).expect("maps");
        assert_eq!((second.upserts.len(), second.findings[0].code.as_str()), (0, "shared-code"));
        let of = |number: &str| reference(Some(number.into()), &context);
        assert_eq!((of("316"), of("317")), (Some(source("treatment", "316")), Some(source("treatment", "316"))));
        assert_eq!((of("322"), of("999")), (Some(source("treatment", "322")), None));
    }

    #[test]
    fn without_the_list_a_number_is_taken_at_its_word() {
        assert_eq!(reference(Some("999".into()), &context("{}")), Some(source("treatment", "999")));
        assert_eq!(reference(None, &context("{}")), None);
    }
}
