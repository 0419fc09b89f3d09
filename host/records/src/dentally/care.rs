//! What is planned and done for patients, how they are called back, and what a folder beside the API holds.

use super::lists::custom_value;
use crate::assembly::Staged;
use crate::bindings::dentally::records::{Image, Recall, Template, TreatmentHistory, TreatmentPlan, TreatmentPlanItem};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots, record};
use crate::locale::Locale;
use crate::names::Names;
use crate::texts::Texts;

/// A plan with its items. Items that are no record leave the plan as it is.
pub(super) fn plan(rows: &Staged<'_>, texts: &mut Texts) -> Result<Gathered<TreatmentPlan>, DecodeError> {
    let plan = treatment_plan(rows.key, rows.row, &Locale::ISO, texts)?;
    let items = Gathered::read(rows.list(0), |key, json| treatment_plan_item(key, json, &Locale::ISO, texts));
    Ok(Gathered::from(plan).with(items, |plan, items| plan.items = items))
}

/// All plans of a patient. Rows that are no record leave the others as they are.
pub(super) fn history(rows: &Staged<'_>, texts: &mut Texts) -> Gathered<TreatmentHistory> {
    let patient_id = texts.add(rows.key);
    let plans = Gathered::read(rows.list(0), |key, json| treatment_plan(key, json, &Locale::ISO, texts));
    let items = Gathered::read(rows.list(1), |key, json| treatment_plan_item(key, json, &Locale::ISO, texts));
    plans
        .map(|plans| TreatmentHistory { patient_id, plans, items: Vec::new() })
        .with(items, |history, items| history.items = items)
}

record! {
    pub(super) fn treatment_plan() -> TreatmentPlan ("treatment_plan") below items {
        id: text "required";
        nickname: text;
        patient_id: text;
        practitioner_id: text;
        site_id: text;
        start_date: date;
        end_date: date;
        completed: boolean;
        completed_at: instant;
        last_completed_at: instant;
        private_treatment_value: decimal;
        nhs_uda_value: decimal;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn treatment_plan_item() -> TreatmentPlanItem ("treatment_plan_item") {
        id: text "required";
        treatment_plan_id: text;
        treatment_id: text;
        treatment_appointment_id: text;
        patient_id: text;
        practitioner_id: text;
        payment_plan_id: text;
        invoice_id: text;
        price: decimal;
        charged: boolean;
        completed: boolean;
        completed_at: instant;
        base_chart: boolean;
        appear_on_invoice: boolean;
        duration: integer;
        teeth: texts;
        surfaces: texts;
        region: text;
        nomenclature: text;
        patient_nomenclature: text;
        nhs_treatment_cat: text;
        uda_band: text;
        notes: text;
        custom_fields: list custom_value;
        position: integer;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn recall() -> Recall ("recall") {
        id: text "required";
        patient_id: text;
        practitioner_id: text;
        site_id: text;
        recall_type: text ["recall_type", "type"];
        due_date: date ["due_date", "recall_date"];
        interval: integer ["interval", "interval_months", "recall_interval"];
        recall_method: text ["recall_method", "method"];
        status: text ["status", "state"];
        prebooked: boolean;
        appointment_id: text;
        times_contacted: integer;
        first_reminder_sent_at: instant;
        first_reminder_type: text;
        second_reminder_sent_at: instant;
        second_reminder_type: text;
        last_reminded_at: instant;
        latest_reminder_type: text;
        workflow_status: text;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn image() -> Image ("image") {
        id: text "required";
        patient_id: text;
        taken_on: date;
        kind: text;
        tooth: text;
        reference: text;
        file: text;
        media_type: text;
        taken_by: text;
        notes: text;
    }
}

record! {
    pub(super) fn template() -> Template ("template") {
        id: text "required";
        kind: text;
        name: text;
        channel: text;
        recall_type: text;
        subject: text;
        body: text;
    }
}
