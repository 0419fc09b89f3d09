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
    Listing { object, endpoint, scope, always: &[], window: None }
}

/// Every list, in an order in which references point backwards. What has no window has no usable moment, or none that others
/// have seen at work: it is read whole each time.
pub(crate) const LISTINGS: [Listing; 21] = [
    plain("site", "sites", "practice:read"),
    plain("practitioner", "practitioners", "user:read"),
    plain("payment_plan", "payment_plans", "practice:read"),
    plain("treatment_category", "treatment_categories", "practice:read"),
    plain("treatment", "treatments", "practice:read"),
    plain("acquisition_source", "acquisition_sources", "practice:read"),
    plain("appointment_reason", "appointment_reasons", "appointment:read"),
    plain("appointment_cancellation_reason", "appointment_cancellation_reasons", "appointment:read"),
    plain("custom_field", "custom_fields", "patient:read"),
    plain("contract", "contracts", "practice:read"),
    plain("room", "rooms", "practice:read"),
    Listing { window: moments("created_after", "created_before"), ..plain("patient", "patients", "patient:read") },
    plain("account", "accounts", "account:read"),
    // Without `cancelled` the cancelled ones and those who did not attend are left out.
    Listing {
        always: &[("cancelled", "true")],
        window: Some(Cut { after: "after", before: "before", days: false, must: true }),
        ..plain("appointment", "appointments", "appointment:read")
    },
    plain("recall", "recalls", "patient:read"),
    Listing {
        window: moments("updated_after", "updated_before"),
        ..plain("treatment_plan", "treatment_plans", "treatment_plan:read")
    },
    Listing {
        window: moments("updated_after", "updated_before"),
        ..plain("treatment_plan_item", "treatment_plan_items", "treatment_plan:read")
    },
    Listing {
        window: moments("updated_after", "updated_before"),
        ..plain("treatment_appointment", "treatment_appointments", "treatment_plan:read")
    },
    Listing {
        window: Some(Cut { after: "dated_on_after", before: "dated_on_before", days: true, must: false }),
        ..plain("invoice", "invoices", "invoice:read")
    },
    plain("invoice_item", "invoice_items", "invoice:read"),
    plain("payment", "payments", "payment:read"),
];

/// The objects that a migration reads when nothing else is said: those that the shipped mapping takes.
pub(crate) const USUAL: [ObjectSpec; 4] = [
    ObjectSpec { name: "site", parent: None },
    ObjectSpec { name: "practitioner", parent: None },
    ObjectSpec { name: "patient", parent: None },
    ObjectSpec { name: "appointment", parent: None },
];

/// The listing of an object.
pub(crate) fn of(object: &str) -> Option<&'static Listing> {
    LISTINGS.iter().find(|listing| listing.object == object)
}

/// The names of all objects, for a message.
pub(crate) fn known() -> String {
    LISTINGS.iter().map(|listing| format!("`{}`", listing.object)).collect::<Vec<_>>().join(", ")
}
