//! Item of a treatment plan → `sale.order.line`, with the product of its treatment.

use odograft_sdk::dentally::{TreatmentPlan, TreatmentPlanItem};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Reference, Span, Text, Upsert, source, target};

use super::is_done;
use crate::amount::as_float;
use crate::clock::day;
use crate::{custom_field, lists, treatment};

target! {
    /// Item of a treatment plan → `sale.order.line`. What only records the mouth as it was before the practice has none.
    pub line: treatment_plan => "sale.order.line" .needs_app("sale").one_to_many() {
        SOURCE_ID = source_id() from [items.id];
        ORDER = many2one("order_id", "sale.order") from [id] .rule("the plan's order");
        PRODUCT = many2one("product_id", "product.product") from [items.treatment_id]
            .rule("the product of the treatment; `Dental treatment` where no treatment is named, or none that the list has");
        NAME = text("name") from [items.nomenclature, items.patient_nomenclature, items.teeth, items.surfaces]
            .rule("what clinicians call it, else what patients are told, with teeth and surfaces");
        SEQUENCE = integer("sequence") from [items.position];
        QUANTITY = float("product_uom_qty") from [] .rule("always 1");
        PRICE = float("price_unit") from [items.price] .rule("the price; 0 where there is none");
        STATE = custom_selection("x_item_state", "State", &[("planned", "Planned"), ("done", "Done")])
            from [items.completed, items.completed_at] .rule("done once it is completed, else planned");
        DONE = custom_date("x_completed_on", "Done on") from [items.completed_at] .rule("the day by the practice's clocks");
        CHARGED = custom_boolean("x_is_charged", "Stands on an invoice") from [items.charged];
        INVOICE = custom_char("x_invoice_id", "Invoice's number") from [items.invoice_id];
        DENTIST = custom_char("x_dentist_name", "Dentist") from [items.practitioner_id]
            .rule("the name in the list of practitioners, else the number");
        PAYMENT_PLAN = custom_char("x_payment_plan", "Payment plan") from [items.payment_plan_id]
            .rule("the name in the list of payment plans, else the number");
        TEETH = custom_char("x_teeth", "Teeth") from [items.teeth] .rule("joined by a comma");
        SURFACES = custom_char("x_surfaces", "Surfaces") from [items.surfaces] .rule("joined by a comma");
        REGION = custom_char("x_region", "What is treated") from [items.region];
        MINUTES = custom_integer("x_duration_minutes", "Duration (minutes)") from [items.duration];
        NHS_CATEGORY = custom_char("x_nhs_category", "NHS category") from [items.nhs_treatment_cat];
        UDA_BAND = custom_char("x_uda_band", "UDA band") from [items.uda_band];
        NOTES = custom_text("x_clinical_notes", "Clinical notes") from [items.notes] .clinical();
        OWN_FIELDS = custom_text("x_custom_fields", "The practice's own fields") from [items.custom_fields]
            .rule("one line for each that is filled, as `label: value`");
    }
}

target! {
    /// What stands for items whose treatment nobody knows.
    pub product: treatment_plan => "product.product" .needs_app("sale").adopt_by(&["default_code"]).many_to_one()
        .note("one for all items without a treatment, or with one that the list does not have") {
        CODE = char("default_code") from [] .rule("always `UNCODED`");
        NAME = char("name") from [] .rule("always `Dental treatment`");
        TYPE = selection("type", &[("service", "Service")]) from [] .rule("always a service");
    }
}

/// The code of that product, and its identifier.
const UNCODED: &str = "UNCODED";

/// The line of an item.
#[must_use]
pub fn line(p: &TreatmentPlan, item: &TreatmentPlanItem, context: &Context) -> Upsert {
    let small = |number: Option<i64>| number.filter(|number| i32::try_from(*number).is_ok());
    let mut line = line::upsert(item.id).on("treatment_plan_item");
    line.set(line::ORDER, source("treatment_plan", p.id));
    line.set(line::PRODUCT, product_of(item, context));
    line.set(line::NAME, name(item));
    line.set_some(line::SEQUENCE, small(item.position));
    line.set(line::QUANTITY, 1.0);
    line.set(line::PRICE, item.price.map_or(0.0, as_float));
    line.set(line::STATE, if is_done(item) { "done" } else { "planned" });
    line.set_or_clear(line::DONE, item.completed_at.map(|moment| day(moment, context)));
    line.set(line::CHARGED, item.charged == Some(true));
    line.set_or_clear(line::INVOICE, trimmed(item.invoice_id));
    line.set_or_clear(line::DENTIST, lists::practitioner(context, item.practitioner_id));
    let plan = lists::name_or_number(context, "payment_plan", item.payment_plan_id, &["name", "patient_friendly_name"]);
    line.set_or_clear(line::PAYMENT_PLAN, plan);
    line.set_or_clear(line::TEETH, list(&item.teeth, ", "));
    line.set_or_clear(line::SURFACES, list(&item.surfaces, ", "));
    line.set_or_clear(line::REGION, trimmed(item.region));
    line.set_or_clear(line::MINUTES, small(item.duration));
    line.set_or_clear(line::NHS_CATEGORY, trimmed(item.nhs_treatment_cat));
    line.set_or_clear(line::UDA_BAND, trimmed(item.uda_band));
    line.set_or_clear(line::NOTES, trimmed(item.notes));
    let own: Vec<String> = item.custom_fields.iter().filter_map(|value| custom_field::line(value, context)).collect();
    line.set_or_clear(line::OWN_FIELDS, (!own.is_empty()).then(|| own.join("\n")));
    line
}

fn product_of(item: &TreatmentPlanItem, context: &Context) -> Reference {
    treatment::reference(item.treatment_id, context).unwrap_or_else(|| source("treatment_plan", UNCODED))
}

/// The product for an item whose treatment nobody knows; none for others.
#[must_use]
pub fn uncoded(item: &TreatmentPlanItem, context: &Context) -> Option<Upsert> {
    if treatment::reference(item.treatment_id, context).is_some() {
        return None;
    }
    let mut product = product::upsert(UNCODED);
    product.set(product::CODE, UNCODED);
    product.set(product::NAME, "Dental treatment");
    product.set(product::TYPE, "service");
    Some(product)
}

/// `Composite, two surfaces; tooth UR6; surfaces M O`.
#[must_use]
pub fn name(item: &TreatmentPlanItem) -> String {
    let words = trimmed(item.nomenclature).or_else(|| trimmed(item.patient_nomenclature));
    let mut name = words.map_or_else(|| "Treatment".into(), Text::from).to_string();
    if let Some(teeth) = list(&item.teeth, " ") {
        name.push_str(if item.teeth.len() == 1 { "; tooth " } else { "; teeth " });
        name.push_str(&teeth);
    }
    if let Some(surfaces) = list(&item.surfaces, " ") {
        name.push_str(if item.surfaces.len() == 1 { "; surface " } else { "; surfaces " });
        name.push_str(&surfaces);
    }
    name
}

fn list(words: &[Span], separator: &str) -> Option<String> {
    let words: Vec<Option<&str>> = words.iter().map(|word| Some(&**word)).collect();
    odograft_sdk::text::joined(&words, separator)
}
