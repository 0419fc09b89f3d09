//! Appointments: years back, three months ahead.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};
use serde_json::{Value, json};

use super::random::Random;
use super::{Planted, PracticeOptions, staff, words};

const FIRST_ID: i64 = 5_000_001;
/// No patient of the practice has a number like this.
const NOBODY: i64 = 99_000_000;
/// Reason, minutes, weight.
const REASONS: &[(&str, i64, u32)] = &[
    ("Exam", 20, 34),
    ("Continuing treatment", 45, 26),
    ("Hygiene", 30, 20),
    ("Review", 15, 8),
    ("Emergency", 20, 7),
    ("New patient", 40, 5),
];

/// The reasons, each with its minutes.
pub(crate) fn reasons() -> impl Iterator<Item = (&'static str, i64)> {
    REASONS.iter().map(|(reason, minutes, _)| (*reason, *minutes))
}

/// Makes the appointments, in the order of their ids.
pub(crate) fn appointments(
    random: &mut Random,
    options: &PracticeOptions,
    patients: &[Value],
    practitioners: &[Value],
    planted: &mut Planted,
) -> Vec<Value> {
    let &PracticeOptions { appointments: count, today, years, .. } = options;
    if practitioners.is_empty() {
        return Vec::new();
    }
    let mut orphans: Vec<usize> = (0..count).collect();
    random.shuffle(&mut orphans);
    orphans.truncate(count.div_ceil(1000));
    orphans.sort_unstable();
    (0..count)
        .map(|index| {
            let id = FIRST_ID + i64::try_from(index).unwrap_or_default();
            let orphan = orphans.binary_search(&index).is_ok();
            let blocked = !orphan && (patients.is_empty() || random.chance(0.012));
            let patient = match (orphan, blocked) {
                (true, _) => {
                    planted.orphan_appointments.push(id);
                    json!({"id": NOBODY + id, "first_name": "Deleted", "last_name": "Record"})
                }
                (_, true) => {
                    planted.blocked_appointments.push(id);
                    Value::Null
                }
                _ => random.pick(patients).clone(),
            };
            appointment(random, id, &patient, practitioners, (today, years))
        })
        .collect()
}

fn appointment(
    random: &mut Random,
    id: i64,
    patient: &Value,
    practitioners: &[Value],
    (today, years): (Date, u8),
) -> Value {
    let blocked = patient.is_null();
    let practitioner = random.pick(practitioners);
    let (reason, minutes) = reason(random);
    let start = moment(random, today, years);
    let finish = start.checked_add(minutes.minutes()).unwrap_or(start);
    let booked = random.before(start.date().min(today), 1, 90);
    let booked = random.office_moment(booked);
    let state = if blocked { "Pending" } else { state(random, start.date(), today) };
    let over = matches!(state, "Completed" | "Did not attend");
    let confirmed = matches!(state, "Confirmed" | "Arrived" | "In surgery" | "Completed");
    let arrived = matches!(state, "Arrived" | "In surgery" | "Completed");
    let in_surgery = matches!(state, "In surgery" | "Completed");
    let late = random.within(-12, 9);
    let stamp = |random: &Random, on: bool, moment: DateTime| match on {
        true => Value::from(random.stamp(moment)),
        false => Value::Null,
    };
    let plus = |moment: DateTime, minutes: i64| moment.checked_add(minutes.minutes()).unwrap_or(moment);
    let cancelled_at = random.before(start.date().min(today), 0, 6).max(booked.date());
    let cancelled_at = random.office_moment(cancelled_at);
    let updated = if over { finish } else { booked };
    let name = patient_name(patient);
    let notes: Value = match (blocked, random.chance(0.12)) {
        (true, _) => (*random.pick(words::BLOCKED_NOTES)).into(),
        (_, true) => (*random.pick(words::VISIT_NOTES)).into(),
        _ => Value::Null,
    };
    let treatment = reason == "Continuing treatment";
    json!({
        "id": id,
        "uuid": random.uuid(),
        "patient_id": patient.get("id"),
        "patient_name": name,
        "patient_image_url": null,
        "practitioner_id": practitioner["id"],
        "practitioner_name": staff::name(practitioner),
        "practitioner_site_id": practitioner["site_id"],
        "user_id": practitioner["user"]["id"],
        "payment_plan_id": patient.get("payment_plan_id"),
        "room_id": random.within(1, 6),
        "start_time": random.stamp(start),
        "finish_time": random.stamp(finish),
        "duration": minutes,
        "state": state,
        "reason": if blocked { Value::Null } else { reason.into() },
        "notes": notes,
        "treatment_description": if treatment { Value::from(*random.pick(words::TREATMENTS)) } else { Value::Null },
        "appointment_cancellation_reason_id": if state == "Cancelled" { Value::from(random.uuid()) } else { Value::Null },
        "pending_at": random.stamp(booked),
        "confirmed_at": stamp(random, confirmed, plus(booked, 60)),
        "arrived_at": stamp(random, arrived, plus(start, late)),
        "in_surgery_at": stamp(random, in_surgery, plus(start, late.max(0))),
        "completed_at": stamp(random, state == "Completed", plus(finish, late.max(0))),
        "cancelled_at": stamp(random, state == "Cancelled", cancelled_at),
        "did_not_attend_at": stamp(random, state == "Did not attend", plus(start, 15)),
        "booked_via_api": random.chance(0.2),
        "import_id": null,
        "metadata": {},
        "created_at": random.stamp(booked),
        "updated_at": random.stamp(updated),
    })
}

fn patient_name(patient: &Value) -> Value {
    if patient.is_null() {
        return Value::Null;
    }
    let part = |key: &str| patient[key].as_str().unwrap_or_default().trim().to_owned();
    format!("{} {}", part("first_name"), part("last_name")).trim().into()
}

fn reason(random: &mut Random) -> (&'static str, i64) {
    let total: u32 = REASONS.iter().map(|(_, _, weight)| weight).sum();
    let mut left = random.within(0, i64::from(total) - 1);
    for (name, minutes, weight) in REASONS {
        left -= i64::from(*weight);
        if left < 0 {
            return (name, *minutes);
        }
    }
    ("Exam", 20)
}

/// A quarter of an hour on a working day; one in eight lies ahead.
fn moment(random: &mut Random, today: Date, years: u8) -> DateTime {
    let days = if random.chance(0.125) { random.within(0, 90) } else { -random.within(0, i64::from(years) * 365) };
    let mut day = today.checked_add(days.days()).unwrap_or(today);
    while matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
        let step = if days < 0 { -1 } else { 1 };
        day = day.checked_add(step.days()).unwrap_or(today);
    }
    let quarter = random.within(0, 35);
    day.at(8, 30, 0, 0).checked_add((quarter * 15).minutes()).unwrap_or_else(|_| day.at(9, 0, 0, 0))
}

fn state(random: &mut Random, day: Date, today: Date) -> &'static str {
    let roll = random.within(0, 99);
    if day == today {
        return match roll {
            0..=39 => "Completed",
            40..=54 => "In surgery",
            55..=69 => "Arrived",
            _ => "Confirmed",
        };
    }
    if day > today {
        return match roll {
            0..=44 => "Pending",
            45..=94 => "Confirmed",
            _ => "Cancelled",
        };
    }
    match roll {
        0..=83 => "Completed",
        84..=92 => "Cancelled",
        93..=97 => "Did not attend",
        // Left open by a forgetful reception.
        _ => "Confirmed",
    }
}
