//! The lists that an account defines for all its patients.

use serde_json::{Value, json};

use super::super::random::Random;
use super::DentallyLists;

/// Number, what clinicians call it, what patients are told.
const CATEGORIES: [(i64, &str); 6] = [
    (21, "Diagnosis"),
    (22, "Hygiene"),
    (23, "Restorations"),
    (24, "Endodontics"),
    (25, "Prosthetics"),
    (26, "Surgery"),
];

/// What the practice does: the first is number 301.
pub(super) struct Treatment {
    pub(super) code: &'static str,
    pub(super) nomenclature: &'static str,
    pub(super) for_patients: &'static str,
    category: i64,
    /// `mouth`, `tooth` or `surface`.
    pub(super) region: &'static str,
    pub(super) minutes: i64,
    /// Pence.
    pub(super) price: i64,
    /// Band of the National Health Service; 0: privately only.
    pub(super) band: u8,
}

const fn treatment(
    code: &'static str,
    nomenclature: &'static str,
    for_patients: &'static str,
    (category, region): (i64, &'static str),
    (minutes, price): (i64, i64),
    band: u8,
) -> Treatment {
    Treatment { code, nomenclature, for_patients, category, region, minutes, price, band }
}

/// Two share a code, and one has none.
pub(super) const TREATMENTS: [Treatment; 22] = [
    treatment("EXAM", "Examination", "Check-up", (21, "mouth"), (20, 4_850), 1),
    treatment("EXNP", "New patient examination", "First visit", (21, "mouth"), (40, 7_500), 1),
    treatment("XBW2", "Bitewings, two films", "X-rays", (21, "mouth"), (10, 2_400), 1),
    treatment("PANO", "Panoramic radiograph", "Large X-ray", (21, "mouth"), (10, 4_000), 1),
    treatment("DOMI", "Domiciliary visit", "Visit at home", (21, "mouth"), (60, 9_000), 1),
    treatment("SCPO", "Scale and polish", "Cleaning", (22, "mouth"), (30, 6_200), 1),
    treatment("PERI", "Root surface debridement, per quadrant", "Deep cleaning", (22, "mouth"), (45, 14_500), 2),
    treatment("FLUO", "Fluoride varnish", "Fluoride varnish", (22, "mouth"), (10, 2_500), 1),
    treatment("COM1", "Composite, one surface", "White filling", (23, "surface"), (30, 11_500), 2),
    treatment("COM2", "Composite, two surfaces", "White filling", (23, "surface"), (45, 14_500), 2),
    treatment("AMA1", "Amalgam, one surface", "Silver filling", (23, "surface"), (30, 8_500), 2),
    treatment("FISS", "Fissure sealant", "Protective coating", (23, "tooth"), (15, 3_500), 1),
    treatment("CRPB", "Crown, porcelain bonded", "Crown", (25, "tooth"), (60, 58_000), 3),
    treatment("CRZR", "Crown, zirconia", "Tooth-coloured crown", (25, "tooth"), (60, 69_500), 0),
    treatment("BRDG", "Bridge, per unit", "Bridge", (25, "tooth"), (75, 61_000), 3),
    treatment("DENF", "Full denture", "Denture", (25, "mouth"), (90, 89_900), 3),
    treatment("DENF", "Full denture, cobalt chrome", "Denture with a metal base", (25, "mouth"), (90, 129_900), 0),
    treatment("RCTM", "Root canal, molar", "Root canal treatment", (24, "tooth"), (90, 62_500), 2),
    treatment("EXTS", "Extraction, simple", "Tooth removed", (26, "tooth"), (30, 14_000), 2),
    treatment("IMPL", "Implant placement", "Implant", (26, "tooth"), (120, 215_000), 0),
    treatment("WHIT", "Home whitening", "Whitening", (23, "mouth"), (30, 32_000), 0),
    treatment("", "Mouthguard", "Sports guard", (25, "mouth"), (20, 7_900), 0),
];

pub(super) const FIRST_TREATMENT: i64 = 301;
/// Index in [`TREATMENTS`] of those that are planned; those before are what a check-up is made of.
pub(super) const PLANNED: usize = 5;

/// Number, name, months between the dentist's recalls and between the hygienist's.
const PAYMENT_PLANS: [(i64, &str, i64, i64); 4] = [
    (9001, "Private", 12, 6),
    (9002, "NHS", 6, 6),
    (9003, "Ambleford Care Plan", 6, 3),
    (9004, "Denplan (closed)", 6, 3),
];
/// The plan whose patients the National Health Service pays for.
pub(super) const NHS: i64 = 9002;

/// Names of acquisition sources; the last is no longer offered.
pub(super) const SOURCES: [&str; 6] =
    ["Recommended by a friend", "Google", "Walked past", "Facebook", "Referred by a dentist", "Local newspaper"];

/// Reason, who cancels.
pub(super) const CANCELLATIONS: [(&str, &str); 5] = [
    ("Patient unwell", "patient"),
    ("Short notice by patient", "patient"),
    ("Clinician unwell", "practice"),
    ("Booked in error", "practice"),
    ("No longer wanted", "patient"),
];

/// The custom fields of patients: a dropdown, a tick box, a text.
pub(super) const SMOKER: (i64, &str) = (41, "Smoker");
pub(super) const CHOICES: [&str; 3] = ["yes", "no", "ex"];
pub(super) const NERVOUS: (i64, &str) = (42, "Nervous patient");
pub(super) const DOCTOR: (i64, &str) = (43, "General practitioner");
/// Of plan items: a text.
pub(super) const LAB: (i64, &str) = (44, "Lab");

/// A list's own UUIDs: the same for every practice, so that patients can refer to them before the lists are made.
pub(super) fn uuid(list: &str, index: usize) -> String {
    let place = list.bytes().fold(0_u64, |sum, byte| sum * 31 + u64::from(byte)) % 0xffff;
    format!("0000{place:04x}-0000-4000-8000-{index:012x}")
}

/// All of them.
pub(super) fn fill(random: &mut Random, lists: &mut DentallyLists) {
    let stamp = "2021-03-01T09:00:00.000Z";
    lists.rows.insert("practice", vec![practice()]);
    let plan = |&(id, name, dentist, hygienist): &(i64, &str, i64, i64)| {
        json!({
            "id": id, "name": name, "patient_friendly_name": name, "active": id != 9004, "colour": "#3b8ea5",
            "site_id": null, "dentist_recall_interval": dentist, "hygienist_recall_interval": hygienist,
            "recall_method": "email", "exam_duration": 20, "scale_and_polish_duration": 30, "emergency_duration": 20,
            "created_at": stamp, "updated_at": stamp,
        })
    };
    lists.rows.insert("payment_plans", PAYMENT_PLANS.iter().map(plan).collect());
    let category = |&(id, name): &(i64, &str)| json!({"id": id, "name": name, "active": true});
    lists.rows.insert("treatment_categories", CATEGORIES.iter().map(category).collect());
    let treatments = TREATMENTS.iter().enumerate().map(|(at, treatment)| row(at, treatment, stamp)).collect();
    lists.rows.insert("treatments", treatments);
    let source = |(at, name): (usize, &&str)| {
        let notes = if at == 4 { Value::from("ask for the letter") } else { Value::Null };
        json!({"id": uuid("source", at), "name": name, "active": at != 5, "notes": notes})
    };
    lists.rows.insert("acquisition_sources", SOURCES.iter().enumerate().map(source).collect());
    let reasons = super::super::diary::reasons().enumerate().map(|(at, (reason, minutes))| {
        json!({"id": uuid("reason", at), "reason": reason, "duration": minutes, "active": true})
    });
    lists.rows.insert("appointment_reasons", reasons.collect());
    let cancellation = |(at, (reason, who)): (usize, &(&str, &str))| json!({"id": uuid("cancellation", at), "reason": reason, "reason_type": who, "archived": false});
    lists.rows.insert("appointment_cancellation_reasons", CANCELLATIONS.iter().enumerate().map(cancellation).collect());
    lists.rows.insert("custom_fields", custom_fields(random));
    lists.planted.shared_codes.push("DENF".to_owned());
    lists.planted.treatments_without_code.push(FIRST_TREATMENT + TREATMENTS.len() as i64 - 1);
}

/// The account itself.
fn practice() -> Value {
    json!({
        "id": 4711,
        "name": "Ambleford Dental Group",
        "slug": "ambleford",
        "time_zone": "Europe/London",
        "address_line_1": "1 High Street",
        "address_line_2": null,
        "town": "Ambleford",
        "county": "North Yorkshire",
        "postcode": "ZZ1 1AA",
        "email_address": "reception@practice.example.invalid",
        "patient_email_address": "patients@practice.example.invalid",
        "phone_number": "0113 496 0000",
        "website": "https://practice.example.invalid",
        "logo_url": null,
        "nhs": true,
        "medical_history_expiry_days": 365,
        "custom_patient_field_label_1": "Insurer",
        "custom_patient_field_label_2": null,
        "opening_hours": {
            "Monday": {"open": "08:30", "close": "17:30"},
            "Friday": {"open": "08:30", "close": "16:00"},
        },
        "portal_settings": {
            "online_booking": true,
            "forms": ["Medical history", "Consent to treatment"],
            "reminders": {"sms_hours_before": 48, "email_hours_before": 168},
        },
    })
}

fn row(at: usize, treatment: &Treatment, stamp: &str) -> Value {
    let Treatment { code, nomenclature, for_patients, category, region, minutes, band, .. } = treatment;
    json!({
        "id": FIRST_TREATMENT + at as i64,
        "code": if code.is_empty() { Value::Null } else { (*code).into() },
        "nomenclature": nomenclature,
        "patient_nomenclature": for_patients,
        "description": format!("{nomenclature} by the practice's own standard"),
        "patient_description": null,
        "treatment_category_id": category,
        "insurance_classification": null,
        "nhs_treatment_cat": null,
        "uda_band": if *band == 0 { Value::Null } else { Value::from(band.to_string()) },
        "region": region,
        "owner": "practice",
        "duration": minutes,
        "active": *nomenclature != "Amalgam, one surface",
        "created_at": stamp,
        "updated_at": stamp,
    })
}

fn custom_fields(random: &mut Random) -> Vec<Value> {
    let field = |(id, name): (i64, &str), kind: &str, options: &[&str], entity: &str, position: i64| {
        json!({
            "id": id, "name": name, "field_type": kind, "options": options, "entity": entity, "active": true,
            "position": position,
        })
    };
    let mut fields = vec![
        field(SMOKER, "dropdown", &CHOICES, "patient", 1),
        field(NERVOUS, "tick_box", &[], "patient", 2),
        field(DOCTOR, "text", &[], "patient", 3),
        field(LAB, "text", &[], "treatment_plan_item", 1),
    ];
    // Accounts list them in no order that means anything.
    random.shuffle(&mut fields);
    fields
}
