//! Appointments, what kind of activity they are, and who treats at which site.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::rows::{Row, moment, text};
use super::{Account, contact};

pub(super) fn state(account: &Account<'_>, as_of: &str, statement: &mut Statement) {
    let mut kinds = BTreeSet::new();
    for row in account.rows("appointment_reasons") {
        let fields = vec![row.same("name", "reason")];
        let (of, object, model) = ("appointment", "appointment_reason", "mail.activity.type");
        statement.records.push(Expected {
            row: of,
            object,
            model,
            key: Key::holding("name", row.get("reason")),
            fields,
        });
    }
    let mut members = BTreeSet::new();
    for row in account.practice.appointments.iter().map(Row) {
        member(account, row, &mut members, statement);
        let (patient, reason) = (row.get("patient_id"), row.get("reason"));
        if patient.is_empty() {
            // A blocked time is nobody's.
            continue;
        }
        if kinds.insert(reason.clone()) {
            let fields = vec![row.same("name", "reason")];
            let (of, object, model) = ("appointment", "appointment", "mail.activity.type");
            statement.records.push(Expected { row: of, object, model, key: Key::holding("name", reason), fields });
        }
        if account.has_contact(&patient) {
            statement.records.push(activity(account, row, as_of));
        } else {
            let (of, object, id, code) = ("appointment", "appointment", row.get("id"), "held-back");
            statement.aside.push(Aside { row: of, object, id, code });
        }
    }
}

/// Who treats at a site is a member of its team, where Odoo knows them as a user and they have not left.
fn member(account: &Account<'_>, row: Row<'_>, members: &mut BTreeSet<String>, statement: &mut Statement) {
    let (site, practitioner) = (row.get("practitioner_site_id"), row.get("practitioner_id"));
    let still = |one: &&Value| text(&one["id"]) == practitioner && one["active"] == true;
    let login =
        account.owners.login(&practitioner).filter(|_| account.practice.practitioners.iter().any(|one| still(&one)));
    let (Some(_), id) = (login, format!("{site}/{practitioner}")) else { return };
    if !members.insert(id.clone()) {
        return;
    }
    let fields = vec![
        row.changed("crm_team_id", "practitioner_site_id", Holds::Record("crm.team", Key::source("site", site))),
        row.changed("user_id", "practitioner_id", account.owners.holds(&practitioner)),
    ];
    let (of, object, model) = ("practitioner-of-an-appointment", "appointment", "crm.team.member");
    statement.records.push(Expected { row: of, object, model, key: Key::source("team_member", id), fields });
}

const STEPS: [(&str, &str); 7] = [
    ("Pending", "pending_at"),
    ("Confirmed", "confirmed_at"),
    ("Arrived", "arrived_at"),
    ("In surgery", "in_surgery_at"),
    ("Completed", "completed_at"),
    ("Cancelled", "cancelled_at"),
    ("Did not attend", "did_not_attend_at"),
];

fn activity(account: &Account<'_>, row: Row<'_>, as_of: &str) -> Expected {
    let start = row.utc("start_time").unwrap_or_default();
    let day = |name: &str| row.utc(name).map(|moment| moment[..10].to_owned());
    let is_over =
        start.as_str() < as_of || ["Completed", "Cancelled", "Did not attend"].contains(&row.get("state").as_str());
    let done = if is_over { day("completed_at").or_else(|| day("start_time")) } else { None };
    let timed = row.all(&["state", "start_time", "completed_at"]);
    let summary = row.joined(&["reason", "treatment_description"], " - ");
    let step = |(words, name): &(&str, &str)| {
        let moment = moment(&row.get(name))?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Some(format!("{words}: {moment}"))
    };
    let steps: Vec<String> = STEPS.iter().filter_map(step).collect();
    let reason = row.get("appointment_cancellation_reason_id");
    let cancelled = account.named("appointment_cancellation_reasons", &reason, "reason");
    let note = match row.get("notes").as_str() {
        "" => Holds::Empty,
        notes => Holds::Reads { text: notes.to_owned(), with: vec![] },
    };
    let kind = Key::holding("name", row.get("reason"));
    let plan = account.named("payment_plans", &row.get("payment_plan_id"), "name");
    let site = account.site(&row.get("practitioner_site_id"));
    let fields = vec![
        row.same("x_source_id", "id"),
        Said::always("res_model_id", Holds::Record("ir.model", Key::External("base.model_res_partner"))),
        row.changed("res_id", "patient_id", contact(&row.get("patient_id"))),
        row.changed("activity_type_id", "reason", Holds::Record("mail.activity.type", kind)),
        Said::changed("summary", row.all(&["reason", "treatment_description"]), Holds::text(summary)),
        row.changed("date_deadline", "start_time", Holds::text(day("start_time").unwrap_or_default())),
        Said::changed("active", timed.clone(), Holds::Is((!is_over).into())),
        Said::changed("date_done", timed, Holds::text(done.unwrap_or_default())),
        row.changed("note", "notes", note),
        row.changed("user_id", "practitioner_id", account.owners.holds(&row.get("practitioner_id"))),
        row.same("x_dentist_name", "practitioner_name"),
        row.timed("x_appointment_start", "start_time"),
        row.plain("x_duration_minutes", "duration"),
        row.same("x_appointment_state", "state"),
        row.changed("x_cancellation_reason", "appointment_cancellation_reason_id", Holds::text(cancelled)),
        Said::changed("x_appointment_steps", row.all(&STEPS.map(|(_, name)| name)), Holds::text(steps.join("\n"))),
        row.changed("x_site_name", "practitioner_site_id", Holds::text(site)),
        row.same("x_room_id", "room_id"),
        row.changed("x_payment_plan", "payment_plan_id", Holds::text(plan)),
        row.same("x_source_uuid", "uuid"),
        row.timed("x_source_created_at", "created_at"),
    ];
    let key = Key::source("appointment", row.get("id"));
    Expected { row: "appointment", object: "appointment", model: "mail.activity", key, fields }
}
