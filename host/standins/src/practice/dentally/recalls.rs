//! Recalls: whom the practice is to call back, and how far it has come with it.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::super::Practice;
use super::super::random::Random;
use super::NOBODY;

/// The recalls of patients who are not archived: the dentist's for all, the hygienist's for half of them.
pub(super) fn make(random: &mut Random, practice: &Practice) -> Vec<Value> {
    let mut recalls = Vec::new();
    for patient in practice.patients.iter().filter(|patient| patient["active"] == true) {
        recalls.push(recall(random, patient, "Dentist", practice.today));
        if random.chance(0.5) {
            recalls.push(recall(random, patient, "Hygienist", practice.today));
        }
    }
    // Deleting a patient leaves a recall behind now and then.
    if let Some(mut stray) = recalls.first().cloned() {
        (stray["id"], stray["patient_id"]) = (random.uuid().into(), NOBODY.into());
        recalls.push(stray);
    }
    recalls
}

fn recall(random: &mut Random, patient: &Value, kind: &str, today: Date) -> Value {
    let lower = kind.to_lowercase();
    let due: Option<Date> = patient[format!("{lower}_recall_date")].as_str().and_then(|day| day.parse().ok());
    let due = due.unwrap_or(today);
    let method = match patient["recall_method"].as_str() {
        Some("sms") => "SMS",
        Some("email") => "Email",
        _ => "Letter",
    };
    let prebooked = random.chance(0.2);
    // A first reminder goes out three weeks before, a second one three weeks after.
    let reminded = |days: i64| due.checked_add(days.days()).ok().filter(|day| *day <= today && !prebooked);
    let moments = [reminded(-21), reminded(21)].map(|day| day.map(|day| random.office_moment(day)));
    let [first, second] = moments.map(|moment| moment.map(|moment| random.stamp(moment)));
    let status = match (prebooked, due < today, &first) {
        (true, ..) => "booked",
        (_, true, _) => "overdue",
        (_, _, Some(_)) => "contacted",
        _ => "due",
    };
    let contacted = i64::from(first.is_some()) + i64::from(second.is_some());
    let (of_first, of_second) = (first.is_some().then_some(method), second.is_some().then_some(method));
    json!({
        "id": random.uuid(),
        "patient_id": patient["id"],
        "practitioner_id": patient[format!("{lower}_id")],
        "site_id": patient["site_id"],
        "appointment_id": null,
        "recall_type": kind,
        "recall_method": method,
        "due_date": due.to_string(),
        "interval": patient[format!("{lower}_recall_interval")],
        "status": status,
        "prebooked": prebooked,
        "first_reminder_sent_at": first,
        "first_reminder_type": of_first,
        "second_reminder_sent_at": second,
        "second_reminder_type": of_second,
        "last_reminded_at": second.as_ref().or(first.as_ref()),
        "latest_reminder_type": of_second.or(of_first),
        "times_contacted": contacted,
        "workflow_status": if contacted > 1 { "finished" } else { "active" },
        "workflow_stage_id": random.uuid(),
    })
}
