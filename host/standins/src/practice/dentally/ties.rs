//! What patients and appointments have of the account's lists.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::Planted;
use super::super::random::Random;
use super::catalogue::{CANCELLATIONS, DOCTOR, NERVOUS, SMOKER, SOURCES, uuid};

const DOCTORS: [&str; 3] = ["Dr Hale, Kirk Hallow Surgery", "Otterby Medical Centre", "Dr A. Mistry & partners"];

/// One patient in so many has a choice that the dropdown does not offer.
const ODD: f64 = 1.0 / 150.0;

pub(super) fn tie(
    random: &mut Random,
    today: Date,
    patients: &mut [Value],
    appointments: &mut [Value],
    planted: &mut Planted,
) {
    for patient in patients {
        if random.chance(0.7) {
            patient["acquisition_source_id"] = uuid("source", random.index(SOURCES.len())).into();
        }
        let odd = random.chance(ODD);
        let Some(values) = patient["custom_fields"].as_array_mut() else { continue };
        if odd && let Some(smoker) = values.iter_mut().find(|value| value["name"] == SMOKER.1) {
            smoker["value"] = "sometimes".into();
            planted.odd_choices.push(patient["id"].as_i64().unwrap_or_default());
        }
        let Some(values) = patient["custom_fields"].as_array_mut() else { continue };
        if random.chance(0.6) {
            values.push(json!({"id": NERVOUS.0, "name": NERVOUS.1, "value": random.chance(0.2)}));
        }
        if random.chance(0.4) {
            values.push(json!({"id": DOCTOR.0, "name": DOCTOR.1, "value": random.pick(&DOCTORS)}));
        }
    }
    // A reason that was given before the practice kept a list of them is in no list.
    let before = format!("{}-01-01", today.year() - 2);
    for appointment in appointments {
        let listed = appointment["start_time"].as_str().is_some_and(|start| start >= before.as_str());
        if listed && !appointment["appointment_cancellation_reason_id"].is_null() {
            appointment["appointment_cancellation_reason_id"] =
                uuid("cancellation", random.index(CANCELLATIONS.len())).into();
        }
    }
}
