//! Treatments, appointments, clinical notes, reminders.

use serde_json::{Value, json};

use super::super::rows::{Row, american_day, london, rows, utc};
use super::super::{Aside, Expected, Handed, Holds, Key, Said, Statement};
use super::Export;

pub(super) fn state(export: &Export<'_>, as_of: &str, statement: &mut Statement) {
    histories(export, statement);
    for kind in ["Dental Appointment", "Consultation", "Follow-up"] {
        let of_kind =
            |row: &Row<'_>| export.has_contact(row.get("patient_id")) && type_of(row.get("procedure_type")) == kind;
        if let Some(row) = rows(export.tables, "appointment").find(of_kind) {
            let fields = vec![Said::changed("name", row.raw("procedure_type"), Holds::Is(kind.into()))];
            let key = Key::holding("name", kind);
            let (row, object, model) = ("appointment", "appointment", "mail.activity.type");
            statement.records.push(Expected { row, object, model, key, fields });
        }
    }
    for (object, row_of) in [("appointment", "appointment"), ("clinical-note", "clinical-note")] {
        for row in rows(export.tables, object) {
            if !export.has_contact(row.get("patient_id")) {
                let (id, code) = (row.get("id").to_owned(), "held-back");
                statement.aside.push(Aside { row: row_of, object, id, code });
                continue;
            }
            statement.records.push(match object {
                "appointment" => appointment(export, row, as_of),
                _ => note(export, row),
            });
        }
    }
    statement.handed.extend(rows(export.tables, "reminder-rule").map(reminder));
}

/// One line for each treatment, by day; those of one day in the export's order, those without a day behind all others.
fn histories(export: &Export<'_>, statement: &mut Statement) {
    for patient in &export.known {
        let mut own: Vec<Row<'_>> =
            rows(export.tables, "treatment").filter(|row| row.get("patient_id") == *patient).collect();
        if own.is_empty() {
            continue;
        }
        if !export.has_contact(patient) {
            let (row, object, code) = ("treatment-history", "treatment-history", "no-such-record");
            statement.aside.push(Aside { row, object, id: (*patient).to_owned(), code });
            continue;
        }
        let source: Value = own.iter().map(|row| row.all(&["treated_on", "procedure_code", "dentist"])).collect();
        own.sort_by_key(|row| american_day(row.get("treated_on")).map_or((true, None), |day| (false, Some(day))));
        let lines: Vec<String> = own.iter().map(treatment).collect();
        let fields = vec![Said::changed("x_treatment_history", source, Holds::text(lines.join("\n")))];
        let key = Key::source("patient", *patient);
        let (row, object, model) = ("treatment-history", "treatment-history", "res.partner");
        statement.records.push(Expected { row, object, model, key, fields });
    }
}

/// `2024-02-29 | D2391 | Dr Lee | tooth 14 MOD, Composite; numb for 3 h`.
fn treatment(row: &Row<'_>) -> String {
    let day = american_day(row.get("treated_on")).map_or_else(|| "-".to_owned(), |day| day.to_string());
    let place = match row.get("surface") {
        "" => format!("tooth {}", row.get("tooth")),
        surface => format!("tooth {} {surface}", row.get("tooth")),
    };
    let note = match row.get("notes") {
        "" => String::new(),
        notes => format!("; {notes}"),
    };
    let words = format!("{place}, {}{note}", row.get("description"));
    let words: Vec<&str> = words.split_whitespace().collect();
    format!("{day} | {} | {} | {}", row.get("procedure_code"), row.get("dentist"), words.join(" "))
}

/// Odoo's type of activity.
fn type_of(procedure: &str) -> &'static str {
    match procedure {
        "Review" => "Follow-up",
        "New patient" => "Consultation",
        _ => "Dental Appointment",
    }
}

fn appointment(export: &Export<'_>, row: Row<'_>, as_of: &str) -> Expected {
    let (patient, start) = (row.get("patient_id"), row.get("starts_at"));
    let day = london(start).map(|start| start.date().to_string()).unwrap_or_default();
    let is_past = utc(start).is_some_and(|start| start.as_str() < as_of);
    let is_over = is_past || ["Completed", "Cancelled", "Did not attend"].contains(&row.get("status"));
    let timed = row.all(&["status", "starts_at"]);
    let kind = Key::holding("name", type_of(row.get("procedure_type")));
    let minutes = row.get("duration").parse::<i64>().unwrap_or(0);
    let fields = vec![
        row.same("x_source_id", "id"),
        Said::always("res_model_id", Holds::Record("ir.model", Key::External("base.model_res_partner"))),
        Said::changed("res_id", patient, Holds::Record("res.partner", Key::source("patient", patient))),
        Said::changed("activity_type_id", row.raw("procedure_type"), Holds::Record("mail.activity.type", kind)),
        row.same("summary", "procedure_type"),
        Said::changed("date_deadline", start, Holds::text(day.clone())),
        Said::changed("active", timed.clone(), Holds::Is((!is_over).into())),
        Said::changed("date_done", timed, Holds::text(if is_over { day } else { String::new() })),
        Said::changed("note", row.raw("notes"), read(row.get("notes"))),
        export.owners.said("user_id", row, "practitioner_id"),
        row.same("x_dentist_name", "practitioner_name"),
        row.same("x_practitioner_id", "practitioner_id"),
        row.moment("x_appointment_start", "starts_at"),
        Said::changed("x_duration_minutes", row.raw("duration"), Holds::Is(minutes.into())),
        row.same("x_appointment_state", "status"),
    ];
    let key = Key::source("appointment", row.get("id"));
    Expected { row: "appointment", object: "appointment", model: "mail.activity", key, fields }
}

/// A note with mark-up reads as its words, and what was set in bold still is.
fn read(note: &str) -> Holds {
    if note.is_empty() {
        return Holds::Empty;
    }
    let marked = ["<p>", "</p>", "<b>", "</b>"].iter().fold(note.to_owned(), |text, mark| text.replace(mark, ""));
    let reads = marked.replace("&amp;", "&");
    let with = if note.contains("<b>") { vec!["b"] } else { vec![] };
    Holds::Reads { text: reads, with }
}

/// A note stands there letter for letter, mark-up too.
fn note(export: &Export<'_>, row: Row<'_>) -> Expected {
    let (patient, email, name) = (row.get("patient_id"), row.get("author_email"), row.get("author_name"));
    let login = email.to_lowercase();
    let author = if email.is_empty() {
        Holds::Record("res.partner", Key::source("practitioner", row.get("practitioner_id")))
    } else if export.owners.knows(&login) {
        let key = Box::new(Key::holding("login", login));
        Holds::Record("res.partner", Key::Taken { model: "res.users", key, field: "partner_id" })
    } else {
        // Nobody else is made the author.
        Holds::Empty
    };
    let from = if email.is_empty() { name.to_owned() } else { format!("\"{name}\" <{email}>") };
    let body = Holds::Reads { text: row.raw("body").to_owned(), with: vec![] };
    let fields = vec![
        row.same("x_source_id", "id"),
        Said::always("model", Holds::Is("res.partner".into())),
        Said::changed("res_id", patient, Holds::Record("res.partner", Key::source("patient", patient))),
        row.moment("date", "written_at"),
        Said::changed("body", row.raw("body"), body),
        Said::changed("author_id", row.all(&["author_email", "practitioner_id"]), author),
        Said::changed("email_from", row.all(&["author_name", "author_email"]), Holds::text(from)),
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
    ];
    let key = Key::source("clinical-note", row.get("id"));
    Expected { row: "clinical-note", object: "clinical-note", model: "mail.message", key, fields }
}

/// What an administrator must know to make an automation rule of a reminder.
fn reminder(row: Row<'_>) -> Handed {
    let (delay, model, field) = match row.get("id") {
        "R1" => (json!({"number": 48, "unit": "hours", "side": "before"}), "mail.activity", "x_appointment_start"),
        "R2" => (json!({"number": 0, "unit": "days", "side": "after"}), "", ""),
        _ => (Value::Null, "res.partner", "x_date_of_birth"),
    };
    let some = |word: &str| if word.is_empty() { Value::Null } else { word.into() };
    let action = match row.get("channel") {
        "sms" => "Send SMS",
        "email" => "Send Email",
        _ => "Create Activity",
    };
    let recipients: Vec<&str> = row.get("recipients").split(';').map(str::trim).collect();
    let document = json!({
        "name": row.get("name"),
        "active": row.get("active") == "yes",
        "trigger": row.get("trigger"),
        "offset": row.get("offset"),
        "channels": [row.get("channel")],
        "recipients": recipients,
        "template": row.raw("template"),
        "automation_rule": {"model": some(model), "date_field": some(field), "delay": delay, "actions": [action]},
    });
    Handed { row: "appointment-reminder", title: "Appointment reminders", key: row.get("id").to_owned(), document }
}
