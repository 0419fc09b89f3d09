//! Plans, recalls, images and templates.

use crate::dentally::{Image, Recall, Template, TreatmentPlan, TreatmentPlanItem};

/// An item of a plan.
#[must_use]
pub fn treatment_plan_item(id: &str) -> TreatmentPlanItem {
    TreatmentPlanItem {
        id: id.into(),
        treatment_plan_id: None,
        treatment_id: None,
        treatment_appointment_id: None,
        patient_id: None,
        practitioner_id: None,
        payment_plan_id: None,
        invoice_id: None,
        price: None,
        charged: None,
        completed: None,
        completed_at: None,
        base_chart: None,
        appear_on_invoice: None,
        duration: None,
        teeth: Vec::new(),
        surfaces: Vec::new(),
        region: None,
        nomenclature: None,
        patient_nomenclature: None,
        nhs_treatment_cat: None,
        uda_band: None,
        notes: None,
        custom_fields: Vec::new(),
        position: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A plan without items.
#[must_use]
pub fn treatment_plan(id: &str) -> TreatmentPlan {
    TreatmentPlan {
        id: id.into(),
        nickname: None,
        patient_id: None,
        practitioner_id: None,
        site_id: None,
        start_date: None,
        end_date: None,
        completed: None,
        completed_at: None,
        last_completed_at: None,
        private_treatment_value: None,
        nhs_uda_value: None,
        created_at: None,
        updated_at: None,
        items: Vec::new(),
        extra: Vec::new(),
    }
}

/// A recall.
#[must_use]
pub fn recall(id: &str) -> Recall {
    Recall {
        id: id.into(),
        patient_id: None,
        practitioner_id: None,
        site_id: None,
        recall_type: None,
        due_date: None,
        interval: None,
        recall_method: None,
        status: None,
        prebooked: None,
        appointment_id: None,
        times_contacted: None,
        first_reminder_sent_at: None,
        first_reminder_type: None,
        second_reminder_sent_at: None,
        second_reminder_type: None,
        last_reminded_at: None,
        latest_reminder_type: None,
        workflow_status: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// An image.
#[must_use]
pub fn image(id: &str) -> Image {
    Image {
        id: id.into(),
        patient_id: None,
        taken_on: None,
        kind: None,
        tooth: None,
        reference: None,
        file: None,
        media_type: None,
        taken_by: None,
        notes: None,
        extra: Vec::new(),
    }
}

/// A template.
#[must_use]
pub fn template(id: &str) -> Template {
    Template {
        id: id.into(),
        kind: None,
        name: None,
        channel: None,
        recall_type: None,
        subject: None,
        body: None,
        extra: Vec::new(),
    }
}
