//! Treatment plans with their phases, notes, flags, files and letters.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::{Aside, Expected, Handed, Holds, Key, Said, Statement};
use super::cells::{Clinic, Row, written};
use super::{Panda, letters};
use crate::practice::panda::scan;

/// Who is told as the author where the databases name nobody.
const NOBODY: &str = "PANDA Perio";

pub(super) fn state(panda: &Panda<'_>, as_of: &str, statement: &mut Statement) {
    let mut kinds = BTreeSet::new();
    for clinic in panda.clinics() {
        for plan in clinic.rows("treatment_plan_table") {
            if panda.is_patient(clinic, &plan.get("PatientID")) {
                self::plan(panda, clinic, plan, statement);
                continue;
            }
            held(clinic, "treatment-plan", "treatment-plan", &plan.get("PlanID"), statement);
            for phase in clinic.rows("treatment_phase_table").filter(|own| own.get("PlanID") == plan.get("PlanID")) {
                held(clinic, "treatment-plan", "phase", &phase.get("PhaseID"), statement);
            }
        }
        // A phase is nothing without its plan.
        let of_nothing =
            clinic.rows("treatment_phase_table").filter(|own| panda.plan(clinic, &own.get("PlanID")).is_none());
        statement.aside.extend(of_nothing.map(|own| {
            let (id, code) = (clinic.id(&own.get("PlanID")), "orphan-rows");
            Aside { row: "treatment-plan", object: "treatment-plan", id, code }
        }));
        for (table, key, row_of, object) in [
            ("note_table", "NoteID", "progress-note", "note"),
            ("flag_table", "FlagID", "clinical-flag", "flag"),
            ("attachment_table", "AttachmentID", "file-attachment", "attachment"),
        ] {
            for row in clinic.rows(table) {
                if !panda.is_patient(clinic, &row.get("PatientID")) {
                    held(clinic, row_of, object, &row.get(key), statement);
                    continue;
                }
                statement.records.push(match object {
                    "note" => note(panda, clinic, row),
                    "flag" => flag(panda, row, as_of),
                    _ => file(clinic, row),
                });
                if object == "flag" {
                    kinds.insert(row.get("FlagType"));
                }
            }
        }
    }
    for kind in kinds {
        let fields = vec![Said::same("name", &kind)];
        let (row, object, model) = ("clinical-flag", "flag", "mail.activity.type");
        statement.records.push(Expected { row, object, model, key: Key::holding("name", kind), fields });
    }
    letters::state(panda, statement);
}

/// A record of a patient of whom no contact can be made.
fn held(clinic: Clinic<'_>, row: &'static str, object: &'static str, number: &str, statement: &mut Statement) {
    statement.aside.push(Aside { row, object, id: clinic.id(number), code: "held-back" });
}

/// The patient's contact.
fn of_patient(row: Row<'_>) -> Holds {
    Holds::Record("res.partner", Key::source("patient", row.id("PatientID").unwrap_or_default()))
}

fn plan(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>, statement: &mut Statement) {
    let id = row.id("PlanID").unwrap_or_default();
    let mut phases: Vec<Row<'_>> =
        clinic.rows("treatment_phase_table").filter(|own| own.get("PlanID") == row.get("PlanID")).collect();
    phases.sort_by_key(|own| own.get("PhaseNumber").parse::<i64>().unwrap_or(i64::MAX));
    let status = row.get("Status").to_lowercase();
    let stage = match status.as_str() {
        "proposed" => "Treatment Proposed",
        "accepted" => "Treatment In Progress",
        _ => "Completed",
    };
    let told = row.all(&["Status", "ProposedDate", "AcceptedDate", "CompletedDate"]);
    let mut codes: Vec<String> = Vec::new();
    for code in phases.iter().flat_map(|own| own.get("AdaCode").split(", ").map(str::to_owned).collect::<Vec<_>>()) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let description = match row.get("Description").as_str() {
        "" => Holds::Empty,
        words => Holds::Reads { text: words.to_owned(), with: vec![] },
    };
    let dollars = written(row.money("Fee")).parse::<f64>().unwrap_or_default();
    let fields = vec![
        row.numbered("x_source_id", "PlanID"),
        Said::same("x_clinic_id", clinic.tag),
        row.same("name", "PlanName"),
        Said::always("type", Holds::Is("opportunity".into())),
        Said::changed("partner_id", row.raw("PatientID"), of_patient(row)),
        Said::changed("stage_id", told.clone(), Holds::Record("crm.stage", Key::holding("name", stage))),
        Said::changed("user_id", row.raw("ProviderID"), panda.owners.holds(&row.get("ProviderID"))),
        Said::changed("active", row.raw("Status"), Holds::Is(true.into())),
        Said::changed("description", row.raw("Description"), description),
        Said::changed("expected_revenue", row.raw("Fee"), Holds::Is(dollars.into())),
        Said::changed("x_treatment_status", told, Holds::Is(status.into())),
        row.same("x_plan_status", "Status"),
        row.dated("x_proposed_on", "ProposedDate"),
        row.dated("x_accepted_on", "AcceptedDate"),
        row.dated("x_completed_on", "CompletedDate"),
        Said::changed(
            "x_ada_codes",
            phases.iter().map(|own| own.raw("AdaCode")).collect::<Value>(),
            Holds::text(codes.join(", ")),
        ),
        Said::changed(
            "x_treatment_phases",
            phases.iter().map(|own| own.all(&PHASE)).collect::<Value>(),
            Holds::Json(phases.iter().map(|own| phase_json(*own)).collect()),
        ),
        row.numbered("x_provider_id", "ProviderID"),
    ];
    let key = Key::source("treatment-plan", id.clone());
    statement.records.push(Expected {
        row: "treatment-plan",
        object: "treatment-plan",
        model: "crm.lead",
        key,
        fields,
    });
    statement.records.extend(phases.into_iter().map(|own| milestone(panda, clinic, row, &id, own)));
}

const PHASE: [&str; 11] = [
    "PhaseID",
    "PhaseNumber",
    "Status",
    "AdaCode",
    "Description",
    "Tooth",
    "Surface",
    "Fee",
    "PlannedDate",
    "CompletedDate",
    "Note",
];

fn phase_json(row: Row<'_>) -> Value {
    let some = |column: &str| Some(row.get(column)).filter(|text| !text.is_empty());
    json!({
        "id": row.id("PhaseID"),
        "number": row.get("PhaseNumber").parse::<i64>().ok(),
        "status": some("Status"),
        "ada_code": some("AdaCode"),
        "description": some("Description"),
        "tooth": some("Tooth"),
        "surface": some("Surface"),
        "fee": written(row.money("Fee")),
        "planned_on": some("PlannedDate"),
        "completed_on": some("CompletedDate"),
        "provider_id": row.id("ProviderID"),
        "note": some("Note"),
        "other_columns": null,
    })
}

/// The note that tells of a phase, on the plan's opportunity.
fn milestone(panda: &Panda<'_>, clinic: Clinic<'_>, plan: Row<'_>, plan_id: &str, row: Row<'_>) -> Expected {
    let number = row.get("PhaseNumber");
    let mut words = vec![format!("Phase {number}: {}", row.joined(&["AdaCode", "Description"]))];
    for (label, column) in [("Status", "Status"), ("Tooth or quadrant", "Tooth"), ("Surface", "Surface")] {
        words.extend(Some(row.get(column)).filter(|text| !text.is_empty()).map(|text| format!("{label}: {text}")));
    }
    words.push(format!("Fee: {}", written(row.money("Fee"))));
    for (label, column) in [("Planned on", "PlannedDate"), ("Completed on", "CompletedDate")] {
        words.extend(row.day(column).map(|day| format!("{label}: {day}")));
    }
    words.extend(Some(row.get("Note")).filter(|text| !text.is_empty()));
    // What is still to come stands where it was decided.
    let decided = plan.day("AcceptedDate").or_else(|| plan.day("ProposedDate"));
    let day = row.day("CompletedDate").or(decided).map(|day| format!("{day} 12:00:00")).unwrap_or_default();
    let days = json!([row.raw("CompletedDate"), plan.raw("AcceptedDate"), plan.raw("ProposedDate")]);
    let own = row.get("ProviderID");
    let provider = if own.is_empty() { plan.get("ProviderID") } else { own };
    let providers = json!([row.raw("ProviderID"), plan.raw("ProviderID")]);
    let mut fields = vec![
        row.numbered("x_source_id", "PhaseID"),
        Said::always("model", Holds::Is("crm.lead".into())),
        Said::changed("res_id", row.raw("PlanID"), Holds::Record("crm.lead", Key::source("treatment-plan", plan_id))),
        Said::changed("date", days, Holds::text(day)),
        Said::changed("subject", number.clone(), Holds::text(format!("Phase {number}"))),
        Said::changed("body", row.all(&PHASE), Holds::Reads { text: words.join(" "), with: vec!["b"] }),
    ];
    fields.extend(authored(panda, clinic, &provider, providers));
    let key = Key::source("phase", row.id("PhaseID").unwrap_or_default());
    Expected { row: "treatment-plan", object: "treatment-plan", model: "mail.message", key, fields }
}

/// An internal note by a provider, or by nobody in particular.
fn authored(panda: &Panda<'_>, clinic: Clinic<'_>, provider: &str, source: Value) -> Vec<Said> {
    let mut fields = vec![
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
    ];
    if provider.is_empty() {
        fields.push(Said::changed("author_id", source.clone(), Holds::Empty));
        fields.push(Said::changed("email_from", source, Holds::Is(NOBODY.into())));
    } else {
        let contact = panda.contact(clinic, provider);
        fields.push(Said::changed("author_id", source, Holds::Record("res.partner", contact)));
    }
    fields
}

const PARTS: [(&str, &str); 5] = [
    ("Subjective", "Subjective"),
    ("Objective", "Objective"),
    ("Assessment", "Assessment"),
    ("PlanText", "Plan"),
    ("Body", ""),
];

fn note(panda: &Panda<'_>, clinic: Clinic<'_>, row: Row<'_>) -> Expected {
    let mut words = Vec::new();
    for (column, heading) in PARTS {
        let text = row.get(column);
        if !text.is_empty() {
            // What people have set in bold reads as its words.
            words.extend([heading.to_owned(), text.replace("<b>", "").replace("</b>", "")]);
        }
    }
    let has_part = PARTS[..4].iter().any(|(column, _)| !row.get(column).is_empty());
    let with = if has_part || row.get("Body").contains("<b>") { vec!["b"] } else { vec![] };
    let moment = row.utc("NoteDate").or_else(|| row.utc("LastModifiedDate")).unwrap_or_default();
    let mut fields = vec![
        row.numbered("x_source_id", "NoteID"),
        Said::always("model", Holds::Is("res.partner".into())),
        Said::changed("res_id", row.raw("PatientID"), of_patient(row)),
        Said::changed("date", row.all(&["NoteDate", "LastModifiedDate"]), Holds::text(moment)),
        row.same("subject", "NoteType"),
        Said::changed("body", row.all(&PARTS.map(|(own, _)| own)), Holds::Reads { text: words.join(" "), with }),
        row.numbered("x_treatment_plan_id", "PlanID"),
    ];
    fields.extend(authored(panda, clinic, &row.get("ProviderID"), row.raw("ProviderID").into()));
    let key = Key::source("note", row.id("NoteID").unwrap_or_default());
    Expected { row: "progress-note", object: "note", model: "mail.message", key, fields }
}

/// The day of a moment as Odoo writes it.
fn day_of(moment: &str) -> &str {
    moment.split(' ').next().unwrap_or_default()
}

fn flag(panda: &Panda<'_>, row: Row<'_>, as_of: &str) -> Expected {
    let text = row.get("Flag");
    let is_up = row.bit("Active") != Some(false);
    let due = row.day("TriggerDate").map(|day| day.to_string());
    let changed = row.utc("LastModifiedDate").unwrap_or_default();
    let down = if is_up { Holds::Empty } else { Holds::text(day_of(&changed)) };
    let kind = Key::holding("name", row.get("FlagType"));
    let state = json!(row.bit("Active"));
    let fields = vec![
        row.numbered("x_source_id", "FlagID"),
        Said::always("res_model_id", Holds::Record("ir.model", Key::External("base.model_res_partner"))),
        Said::changed("res_id", row.raw("PatientID"), of_patient(row)),
        Said::changed("activity_type_id", row.raw("FlagType"), Holds::Record("mail.activity.type", kind)),
        Said::changed("summary", row.raw("Flag"), Holds::text(text.lines().next().unwrap_or_default())),
        Said::changed("note", row.raw("Flag"), Holds::Reads { text, with: vec![] }),
        Said::changed("date_deadline", row.raw("TriggerDate"), Holds::text(due.as_deref().unwrap_or(day_of(as_of)))),
        Said::changed("active", state.clone(), Holds::Is(is_up.into())),
        Said::changed("date_done", json!([state, row.raw("LastModifiedDate")]), down),
        Said::changed("user_id", row.raw("ProviderID"), panda.owners.holds(&row.get("ProviderID"))),
        row.same("x_flag_kind", "FlagType"),
        row.numbered("x_provider_id", "ProviderID"),
        row.timed("x_source_created_at", "CreatedDate"),
    ];
    let key = Key::source("flag", row.id("FlagID").unwrap_or_default());
    Expected { row: "clinical-flag", object: "flag", model: "mail.activity", key, fields }
}

/// A file: of a treatment plan, on the plan's opportunity; else on the patient's contact.
fn file(clinic: Clinic<'_>, row: Row<'_>) -> Expected {
    let patient = row.get("PatientID").parse().unwrap_or(0);
    let content = row.bytes("Scan").map_or_else(|| scan(clinic.tag, patient), <[u8]>::to_vec);
    let content = STANDARD.encode(content);
    let (model, on) = match row.id("PlanID") {
        Some(plan) => ("crm.lead", Holds::Record("crm.lead", Key::source("treatment-plan", plan))),
        None => ("res.partner", of_patient(row)),
    };
    let words =
        format!("{} - {} - taken on {}", row.get("AttachmentType"), row.get("Description"), row.get("TakenDate"));
    let columns = row.all(&["AttachmentType", "Description", "TakenDate"]);
    let fields = vec![
        row.numbered("x_source_id", "AttachmentID"),
        row.same("name", "FileName"),
        Said::changed("res_model", row.raw("PlanID"), Holds::Is(model.into())),
        Said::changed("res_id", row.all(&["PatientID", "PlanID"]), on),
        Said::same("datas", &content),
        Said::changed("description", columns, Holds::Is(words.into())),
        row.numbered("x_provider_id", "ProviderID"),
        row.timed("x_source_created_at", "CreatedDate"),
    ];
    let key = Key::source("attachment", row.id("AttachmentID").unwrap_or_default());
    Expected { row: "file-attachment", object: "attachment", model: "ir.attachment", key, fields }
}

/// A document of the letters' library.
pub(super) fn letter(key: String, document: Value) -> Handed {
    Handed { row: "letter-template-library", title: "Letter template library", key, document }
}
