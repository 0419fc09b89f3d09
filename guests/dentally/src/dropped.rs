//! What is left behind, and why.

use odograft_sdk::Dropped;

/// Moments that tell the extraction what to read again.
const BOOKKEEPING: &str =
    "says when Dentally last touched the row, nothing about what it is of; the extraction reads by it";
/// Keys that other programs keep in a row.
const METADATA: &str = "keys that other programs keep with a row, and Dentally does not show; one that matters is confirmed as an `[[extra]]`";
/// What belongs to a log-in in Dentally.
const LOG_IN: &str = "of the log-in in Dentally, which ends with it";
/// Links to pictures that Dentally holds.
const LINK: &str = "a link into Dentally that ends with the subscription";

/// What a plan's own order and note carry.
const IN_ORDER: &str = "carried by the plan's own order and note";

/// Source fields that reach nothing, each with the reason.
pub const DROPPED: &[Dropped] = &[
    ("patient.image_url", LINK),
    ("patient.preferred_phone_number", "Odoo has no order among phone numbers"),
    ("patient.updated_at", BOOKKEEPING),
    ("patient.extra.payment_plan_subscription_id", "number of a subscription in Dentally's own billing"),
    ("patient.extra.account_balance", "the account has a row of its own, with the same balance"),
    ("patient.extra.metadata", METADATA),
    ("practitioner.uuid", "an Odoo user goes by the e-mail"),
    (
        "practitioner.site_id",
        "who treats where follows from the appointments, which make team members of practitioners",
    ),
    ("practitioner.user.id", LOG_IN),
    ("practitioner.extra.user", LOG_IN),
    ("practitioner.extra.site", "the site has a row of its own"),
    (
        "practitioner.extra.default_contract_id",
        "contracts with the National Health Service stay in the clinical system",
    ),
    ("practitioner.extra.uda_target", "contracts with the National Health Service stay in the clinical system"),
    ("practitioner.extra.contract_targets", "contracts with the National Health Service stay in the clinical system"),
    ("practitioner.extra.created_at", BOOKKEEPING),
    ("practitioner.extra.updated_at", BOOKKEEPING),
    ("payment_plan.created_at", BOOKKEEPING),
    ("payment_plan.updated_at", BOOKKEEPING),
    ("treatment.updated_at", BOOKKEEPING),
    ("appointment_reason.id", "appointments name their reason by its words"),
    ("appointment_reason.duration", "Odoo's types have no length; each appointment carries its own"),
    ("appointment.booked_via_api", "says how Dentally was used, nothing about the visit"),
    ("appointment.updated_at", BOOKKEEPING),
    ("appointment.extra.patient_name", "the patient has a row of their own"),
    ("appointment.extra.patient_image_url", LINK),
    ("appointment.extra.user_id", LOG_IN),
    ("appointment.extra.import_id", "says how the row came into Dentally"),
    ("appointment.extra.metadata", METADATA),
    ("recall.updated_at", BOOKKEEPING),
    ("treatment_plan.updated_at", BOOKKEEPING),
    ("treatment_plan.items.treatment_plan_id", "an item lies in its plan"),
    (
        "treatment_plan.items.treatment_appointment_id",
        "numbers a visit within the plan; no appointment has this number",
    ),
    ("treatment_plan.items.appear_on_invoice", "says how Dentally prints invoices"),
    ("treatment_plan.items.created_at", BOOKKEEPING),
    ("treatment_plan.items.updated_at", BOOKKEEPING),
    ("treatment_history.plans.patient_id", IN_ORDER),
    ("treatment_history.plans.practitioner_id", IN_ORDER),
    ("treatment_history.plans.site_id", IN_ORDER),
    ("treatment_history.plans.last_completed_at", IN_ORDER),
    ("treatment_history.plans.private_treatment_value", IN_ORDER),
    ("treatment_history.plans.nhs_uda_value", IN_ORDER),
    ("treatment_history.plans.created_at", IN_ORDER),
    ("treatment_history.plans.updated_at", IN_ORDER),
    ("treatment_history.items.id", IN_ORDER),
    ("treatment_history.items.treatment_id", IN_ORDER),
    ("treatment_history.items.treatment_appointment_id", IN_ORDER),
    ("treatment_history.items.patient_id", IN_ORDER),
    ("treatment_history.items.payment_plan_id", IN_ORDER),
    ("treatment_history.items.charged", IN_ORDER),
    ("treatment_history.items.appear_on_invoice", IN_ORDER),
    ("treatment_history.items.duration", IN_ORDER),
    ("treatment_history.items.region", IN_ORDER),
    ("treatment_history.items.nhs_treatment_cat", IN_ORDER),
    ("treatment_history.items.uda_band", IN_ORDER),
    ("treatment_history.items.position", IN_ORDER),
    ("treatment_history.items.created_at", IN_ORDER),
    ("treatment_history.items.updated_at", IN_ORDER),
    ("account_history.accounts.patient_id", "an account lies with its patient"),
    ("account_history.accounts.patient_name", "the patient has a row of their own"),
    ("account_history.invoices.patient_id", "an invoice lies with its patient"),
    ("account_history.invoices.created_at", BOOKKEEPING),
    ("account_history.invoices.updated_at", BOOKKEEPING),
    ("account_history.invoice_items.patient_id", "an item lies with its invoice"),
    ("account_history.invoice_items.created_at", BOOKKEEPING),
    ("account_history.invoice_items.updated_at", BOOKKEEPING),
    ("account_history.payments.patient_id", "a payment lies with its patient"),
];
