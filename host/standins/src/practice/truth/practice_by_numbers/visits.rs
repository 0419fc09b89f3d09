//! Appointments on the patient's lead, recalls, messages.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use super::super::rows::{Row, american_day, amount, cents, london, utc};
use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::Reports;

pub(super) fn state(reports: &Reports<'_>, as_of: &str, statement: &mut Statement) {
    let mut with_lead = BTreeSet::new();
    for row in reports.rows("appointment") {
        let patient = row.get("patient_id");
        match reports.names.get(patient) {
            Some(name) => {
                if with_lead.insert(patient) {
                    statement.records.push(lead(row, patient, name));
                }
                statement.records.push(appointment(reports, row, as_of));
            }
            None => {
                statement.aside.push(aside("appointment", "appointment", row.get("appointment_id")));
                // The lead waits for the contact too.
                if with_lead.insert(patient) {
                    statement.aside.push(aside("appointment", "patient", patient));
                }
            }
        }
    }
    recalls(reports, as_of, statement);
    for row in reports.rows("message") {
        match reports.names.contains_key(row.get("patient_id")) {
            true => statement.records.push(message(row)),
            false => {
                let id = format!("{}/", row.get("patient_id"));
                statement.aside.push(aside("communication-log", "message", &id));
            }
        }
    }
}

/// A record that waits for one which is not in Odoo.
fn aside(row: &'static str, object: &'static str, id: &str) -> Aside {
    Aside { row, object, id: id.to_owned(), code: "held-back" }
}

/// The patient's contact.
fn contact(patient: &str) -> Holds {
    Holds::Record("res.partner", Key::source("patient", patient))
}

/// The lead that carries a patient's appointments.
fn lead(row: Row<'_>, patient: &str, name: &str) -> Expected {
    let fields = vec![
        row.same("x_source_id", "patient_id"),
        Said::changed("name", row.raw("patient_name"), Holds::Is(format!("Appointments - {name}").into())),
        Said::always("type", Holds::Is("opportunity".into())),
        Said::changed("partner_id", patient, contact(patient)),
        // Each activity has its own provider.
        Said::always("user_id", Holds::Empty),
    ];
    let key = Key::source("patient", patient);
    Expected { row: "appointment", object: "appointment", model: "crm.lead", key, fields }
}

fn appointment(reports: &Reports<'_>, row: Row<'_>, as_of: &str) -> Expected {
    let patient = row.get("patient_id");
    let start = format!("{} {}", row.get("date"), row.get("time"));
    let day = london(&start).map(|start| start.date().to_string()).unwrap_or_default();
    let begins = utc(&start).unwrap_or_default();
    let is_over = begins.as_str() < as_of || ["Completed", "Cancelled", "Did not attend"].contains(&row.get("status"));
    let timed = row.all(&["date", "time", "status"]);
    let minutes = row.get("length").parse::<i64>().unwrap_or(0);
    let meeting = Key::External("mail.mail_activity_data_meeting");
    let fields = vec![
        row.same("x_source_id", "appointment_id"),
        Said::always("res_model_id", Holds::Record("ir.model", Key::External("crm.model_crm_lead"))),
        Said::changed("res_id", patient, Holds::Record("crm.lead", Key::source("patient", patient))),
        Said::always("activity_type_id", Holds::Record("mail.activity.type", meeting)),
        row.same("summary", "procedures"),
        // The time is one of the day's, and nothing is left to be told.
        Said::always("note", Holds::Empty),
        Said::changed("date_deadline", timed.clone(), Holds::text(day.clone())),
        Said::changed("active", timed.clone(), Holds::Is((!is_over).into())),
        Said::changed("date_done", timed.clone(), Holds::text(if is_over { day } else { String::new() })),
        reports.by_name.said("user_id", row, "provider"),
        row.same("x_provider_name", "provider"),
        Said::changed("x_appointment_start", timed, Holds::text(begins)),
        Said::changed("x_duration_minutes", row.raw("length"), Holds::Is(minutes.into())),
        row.same("x_appointment_state", "status"),
        row.same("x_operatory", "operatory"),
        Said::changed("x_production", row.raw("production"), amount(cents(row.get("production")).unwrap_or_default())),
    ];
    let key = Key::source("appointment", row.get("appointment_id"));
    Expected { row: "appointment", object: "appointment", model: "mail.activity", key, fields }
}

/// One lead for each recall type of a patient, and the call that reminds of it.
fn recalls(reports: &Reports<'_>, as_of: &str, statement: &mut Statement) {
    let (own, nobodies) = reports.by_patient("recall");
    // Of a patient without a contact neither leads nor calls are made.
    statement
        .aside
        .extend(nobodies.into_iter().map(|patient| aside("recall-reactivation", "recalls", &format!("{patient}/"))));
    let today: Option<Date> = as_of.get(..10).and_then(|day| day.parse().ok());
    for (patient, own) in own {
        let mut by_type: BTreeMap<&str, Vec<Row<'_>>> = BTreeMap::new();
        for row in own {
            by_type.entry(row.get("recall_type")).or_default().push(row);
        }
        for (kind, visits) in by_type {
            let due = |row: &Row<'_>| american_day(row.get("recall_due"));
            let open = || visits.iter().copied().filter(|row| row.get("status") != "Completed");
            let ahead = open().filter(|row| due(row) >= today).min_by_key(due);
            let Some(chosen) = ahead.or_else(|| open().max_by_key(due)) else { continue };
            let name = &reports.names[patient];
            let lead = Key::source("recalls", format!("{patient}/{}", kind.to_lowercase()));
            statement.records.push(recall(reports, patient, name, kind, chosen, &visits));
            statement.records.push(call(reports, chosen, kind, lead));
        }
    }
}

fn recall(
    reports: &Reports<'_>,
    patient: &str,
    name: &str,
    kind: &str,
    chosen: Row<'_>,
    visits: &[Row<'_>],
) -> Expected {
    let id = format!("{patient}/{}", kind.to_lowercase());
    let line = |row: &Row<'_>| {
        let day = american_day(row.get("recall_due")).map(|day| day.to_string()).unwrap_or_default();
        let said: Vec<&str> =
            [row.get("status"), row.get("provider")].into_iter().filter(|text| !text.is_empty()).collect();
        format!("{day}; {}", said.join("; "))
    };
    let history: Vec<String> = visits.iter().map(line).collect();
    let history = if visits.len() > 1 { history.join("\n") } else { String::new() };
    let all: Value = visits.iter().map(|row| Value::from(row.raw("recall_due"))).collect();
    let fields = vec![
        Said::changed("x_source_id", chosen.all(&["patient_id", "recall_type"]), Holds::Is(id.clone().into())),
        Said::changed(
            "name",
            chosen.all(&["recall_type", "patient_name"]),
            Holds::Is(format!("Recall: {kind} - {name}").into()),
        ),
        Said::always("type", Holds::Is("opportunity".into())),
        Said::changed("partner_id", patient, contact(patient)),
        reports.by_name.said("user_id", chosen, "provider"),
        chosen.same("x_provider_name", "provider"),
        chosen.same("x_recall_type", "recall_type"),
        chosen.day("x_recall_date", "recall_due"),
        chosen.same("x_recall_status", "status"),
        Said::changed("x_recall_history", if visits.len() > 1 { all } else { Value::Null }, Holds::text(history)),
    ];
    let key = Key::source("recalls", id);
    Expected { row: "recall-reactivation", object: "recalls", model: "crm.lead", key, fields }
}

/// Seven days before the recall somebody calls.
fn call(reports: &Reports<'_>, chosen: Row<'_>, kind: &str, lead: Key) -> Expected {
    let due = american_day(chosen.get("recall_due"));
    let deadline = due.and_then(|day| day.checked_sub(7.days()).ok()).map(|day| day.to_string()).unwrap_or_default();
    let calling = Key::External("mail.mail_activity_data_call");
    let Key::Source { id, .. } = &lead else { unreachable!("a recall is known by its source record") };
    let fields = vec![
        Said::changed("x_source_id", chosen.all(&["patient_id", "recall_type"]), Holds::Is(id.clone().into())),
        Said::always("res_model_id", Holds::Record("ir.model", Key::External("crm.model_crm_lead"))),
        Said::changed("res_id", chosen.raw("patient_id"), Holds::Record("crm.lead", lead.clone())),
        Said::always("activity_type_id", Holds::Record("mail.activity.type", calling)),
        Said::changed("summary", chosen.raw("recall_type"), Holds::Is(format!("Recall: {kind}").into())),
        Said::changed("date_deadline", chosen.raw("recall_due"), Holds::text(deadline)),
        Said::changed("active", chosen.raw("status"), Holds::Is(true.into())),
        Said::changed("date_done", chosen.raw("status"), Holds::Empty),
        reports.by_name.said("user_id", chosen, "provider"),
    ];
    Expected { row: "recall-reactivation", object: "recalls", model: "mail.activity", key: lead, fields }
}

/// A message of the log, a note on the patient's contact.
fn message(row: Row<'_>) -> Expected {
    let (patient, channel, direction) = (row.get("patient_id"), row.get("channel"), row.get("direction"));
    let is_incoming = direction == "Inbound";
    let subject = match row.get("subject") {
        "" => format!("{channel}, {direction}"),
        subject => format!("{channel}, {direction}: {subject}"),
    };
    let author = if is_incoming { contact(patient) } else { Holds::Empty };
    let from = match row.get("sent_by") {
        "" if is_incoming => Holds::Empty,
        "" => Holds::Is("Practice by Numbers".into()),
        sender => Holds::text(sender),
    };
    let body = Holds::Reads { text: row.raw("message").to_owned(), with: vec![] };
    let fields = vec![
        Said::always("model", Holds::Is("res.partner".into())),
        Said::changed("res_id", patient, contact(patient)),
        row.moment("date", "sent_at"),
        Said::changed("subject", row.all(&["channel", "direction", "subject"]), Holds::Is(subject.into())),
        Said::changed("body", row.raw("message"), body),
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
        Said::changed("author_id", direction, author),
        Said::changed("email_from", row.all(&["sent_by", "direction"]), from),
        row.same("x_channel", "channel"),
        row.same("x_direction", "direction"),
    ];
    let key = Key::Below {
        field: "res_id",
        model: "res.partner",
        key: Box::new(Key::source("patient", patient)),
        holding: vec![("model", "res.partner".to_owned()), ("x_channel", channel.to_owned())],
    };
    Expected { row: "communication-log", object: "message", model: "mail.message", key, fields }
}
