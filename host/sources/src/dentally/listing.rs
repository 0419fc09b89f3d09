//! The lists of Dentally's API: where each object is, and how a long list can be cut into windows of time.

use crate::ObjectSpec;

/// How an object is listed.
pub(crate) struct Listing {
    /// The object's name in odograft.
    pub(crate) object: &'static str,
    /// The path below `/v1/`, which is also the name of the list in the answer.
    pub(crate) endpoint: &'static str,
    /// The scope that a key needs, as `X-OAuth-Scopes` writes it.
    pub(crate) scope: &'static str,
    /// Parameters that every request carries.
    pub(crate) always: &'static [(&'static str, &'static str)],
    /// How it is cut; an object without is read as one list.
    pub(crate) window: Option<Cut>,
    /// What its rows lie below.
    pub(crate) below: Option<Below>,
    /// Whether the answer is the one object itself, and not a list.
    pub(crate) single: bool,
    /// Whether a migration is none without it. An account may withhold all other lists.
    pub(crate) needed: bool,
}

/// What a row lies below.
#[derive(Clone, Copy)]
pub(crate) struct Below {
    /// The object of the upper row.
    pub(crate) object: &'static str,
    /// The column with its id.
    pub(crate) column: &'static str,
}

/// How a list is cut into windows.
#[derive(Clone, Copy)]
pub(crate) struct Cut {
    /// The parameter of the window's beginning.
    pub(crate) after: &'static str,
    /// The parameter of its end.
    pub(crate) before: &'static str,
    /// Whether the parameters are days, and not moments.
    pub(crate) days: bool,
    /// Whether the list comes back empty without a window; otherwise windows are for lists that are too long.
    pub(crate) must: bool,
}

const fn moments(after: &'static str, before: &'static str) -> Option<Cut> {
    Some(Cut { after, before, days: false, must: false })
}

const fn plain(object: &'static str, endpoint: &'static str, scope: &'static str) -> Listing {
    Listing { object, endpoint, scope, always: &[], window: None, below: None, single: false, needed: false }
}

const fn below(object: &'static str, column: &'static str) -> Option<Below> {
    Some(Below { object, column })
}

/// Every list, in an order in which references point backwards. What has no window has no usable moment, or none that others
/// have seen at work: it is read whole each time. Items of invoices tell their invoice and not their patient.
pub(crate) const LISTINGS: [Listing; 22] = [
    Listing { single: true, ..plain("practice", "practice", "practice:read") },
    Listing { needed: true, ..plain("site", "sites", "practice:read") },
    Listing { needed: true, ..plain("practitioner", "practitioners", "user:read") },
    plain("payment_plan", "payment_plans", "practice:read"),
    plain("treatment_category", "treatment_categories", "practice:read"),
    plain("treatment", "treatments", "practice:read"),
    plain("acquisition_source", "acquisition_sources", "practice:read"),
    plain("appointment_reason", "appointment_reasons", "appointment:read"),
    plain("appointment_cancellation_reason", "appointment_cancellation_reasons", "appointment:read"),
    plain("custom_field", "custom_fields", "patient:read"),
    plain("contract", "contracts", "practice:read"),
    plain("room", "rooms", "practice:read"),
    Listing {
        window: moments("created_after", "created_before"),
        needed: true,
        ..plain("patient", "patients", "patient:read")
    },
    Listing { below: below("patient", "patient_id"), ..plain("account", "accounts", "account:read") },
    // Without `cancelled` the cancelled ones and those who did not attend are left out.
    Listing {
        always: &[("cancelled", "true")],
        window: Some(Cut { after: "after", before: "before", days: false, must: true }),
        needed: true,
        ..plain("appointment", "appointments", "appointment:read")
    },
    plain("recall", "recalls", "patient:read"),
    Listing {
        window: moments("updated_after", "updated_before"),
        below: below("patient", "patient_id"),
        ..plain("treatment_plan", "treatment_plans", "treatment_plan:read")
    },
    Listing {
        window: moments("updated_after", "updated_before"),
        below: below("treatment_plan", "treatment_plan_id"),
        ..plain("treatment_plan_item", "treatment_plan_items", "treatment_plan:read")
    },
    Listing {
        window: moments("updated_after", "updated_before"),
        ..plain("treatment_appointment", "treatment_appointments", "treatment_plan:read")
    },
    Listing {
        window: Some(Cut { after: "dated_on_after", before: "dated_on_before", days: true, must: false }),
        below: below("patient", "patient_id"),
        ..plain("invoice", "invoices", "invoice:read")
    },
    Listing { below: below("invoice", "invoice_id"), ..plain("invoice_item", "invoice_items", "invoice:read") },
    Listing { below: below("patient", "patient_id"), ..plain("payment", "payments", "payment:read") },
];

/// The objects that a migration reads when nothing else is said: those that the shipped mapping has rules for.
pub(crate) const USUAL: [&str; 18] = [
    "practice",
    "site",
    "practitioner",
    "payment_plan",
    "treatment",
    "acquisition_source",
    "appointment_reason",
    "appointment_cancellation_reason",
    "custom_field",
    "patient",
    "account",
    "appointment",
    "recall",
    "treatment_plan",
    "treatment_plan_item",
    "invoice",
    "invoice_item",
    "payment",
];

impl Listing {
    /// The object as a source offers it.
    pub(crate) fn spec(&self) -> ObjectSpec<'static> {
        ObjectSpec { name: self.object, parent: self.below.map(|below| below.object) }
    }
}

/// The listing of an object.
pub(crate) fn of(object: &str) -> Option<&'static Listing> {
    LISTINGS.iter().find(|listing| listing.object == object)
}

/// The names of all objects, for a message.
pub(crate) fn known() -> String {
    LISTINGS.iter().map(|listing| format!("`{}`", listing.object)).collect::<Vec<_>>().join(", ")
}
