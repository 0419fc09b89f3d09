//! A treatment plan in words, as a dated note on the patient's contact.

use odograft_sdk::dentally::{TreatmentPlan, TreatmentPlanItem};
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::time::{at_hour, iso};
use odograft_sdk::{Context, Span, Upsert, columns, external_id, money, source, target};

use super::{is_completed, is_done, is_treatment, line};
use crate::clock::day;
use crate::{custom_field, lists};

target! {
    /// Treatment plan → a dated note on the patient's contact.
    pub note: treatment_plan => "mail.message" .note("one for each plan, so that older plans are on the contact too") {
        SOURCE_ID = source_id() from [id];
        MODEL = char("model") from [] .rule("always `res.partner`");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date") from [start_date, created_at]
            .rule("12:00 UTC of the day on which it starts, else when it was made");
        SUBJECT = char("subject") from [id, nickname] .rule("`Treatment plan` and its name, else its number");
        BODY = html("body")
            from [id, nickname, start_date, end_date, completed, completed_at, items.nomenclature, items.patient_nomenclature, items.teeth,
                items.surfaces, items.price, items.completed, items.completed_at, items.practitioner_id, items.invoice_id,
                items.base_chart, items.notes, items.custom_fields, extra.items]
            .rule("a heading with day, state and total, and a line for each item");
        FROM = char("email_from") from [practitioner_id] .rule("who planned it: the name in the list of practitioners, else the number");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
    }
}

/// The note of one plan.
#[must_use]
pub fn note(patient: Span, p: &TreatmentPlan, context: &Context) -> Upsert {
    let mut note = note::upsert(p.id);
    note.set(note::MODEL, "res.partner");
    note.set(note::RES_ID, source("patient", patient));
    note.set_some(note::DATE, p.start_date.map(|day| at_hour(day, 12)).or(p.created_at));
    note.set(note::SUBJECT, format!("Treatment plan {}", &*trimmed(p.nickname).unwrap_or(p.id)));
    note.set(note::BODY, escaped(&told(p, &p.items.iter().collect::<Vec<_>>(), context)));
    note.set_or_clear(note::FROM, lists::practitioner(context, p.practitioner_id));
    note.set(note::MESSAGE_TYPE, "comment");
    note.set(note::SUBTYPE, external_id("mail.mt_note"));
    note
}

/// A plan as text: a heading, what is done and to be done, and what was there before.
#[must_use]
pub fn told(p: &TreatmentPlan, items: &[&TreatmentPlanItem], context: &Context) -> String {
    let (treatments, before): (Vec<&TreatmentPlanItem>, Vec<_>) =
        items.iter().copied().partition(|item| is_treatment(item));
    let done = treatments.iter().filter(|item| is_done(item)).count();
    let name = trimmed(p.nickname).map(|name| format!("{} ({})", &*name, &*p.id));
    let state = match (is_completed(p), p.end_date, done) {
        (true, ..) => "completed",
        (_, Some(_), _) => "ended",
        (_, None, 0) => "proposed",
        _ => "under way",
    };
    let parts = [
        Some(format!("Plan {}", name.as_deref().unwrap_or(&p.id))),
        p.start_date.map(|day| format!("from {}", iso(day))),
        p.end_date.map(|day| format!("to {}", iso(day))),
        Some(state.to_owned()),
        Some(format!("{done} of {} done", treatments.len())),
        money::sum(treatments.iter().filter_map(|item| item.price)).map(|sum| format!("total {sum}")),
    ];
    let mut lines = vec![parts.into_iter().flatten().collect::<Vec<_>>().join(", ")];
    lines.extend(treatments.into_iter().map(|item| told_item(item, context)));
    lines.extend(before.into_iter().map(|item| format!("- there before: {}", line::name(item))));
    lines.join("\n")
}

/// `- done 2026-03-02: Composite, two surfaces; tooth UR6; 145.00; Dr Sam Lee`.
fn told_item(item: &TreatmentPlanItem, context: &Context) -> String {
    let state = match (is_done(item), item.completed_at) {
        (true, Some(moment)) => format!("done {}", iso(day(moment, context))),
        (true, None) => "done".to_owned(),
        (false, _) => "planned".to_owned(),
    };
    let parts = [
        item.price.map(|price| price.to_string()),
        lists::practitioner(context, item.practitioner_id).map(|name| name.to_string()),
        trimmed(item.invoice_id).map(|number| format!("invoice {}", &*number)),
    ];
    let own = item.custom_fields.iter().filter_map(|value| custom_field::line(value, context));
    let notes = trimmed(item.notes).map(|notes| format!("notes: {}", &*notes));
    let behind: Vec<String> = parts.into_iter().flatten().chain(own).chain(notes).collect();
    let behind: Vec<Option<&str>> = behind.iter().map(|part| Some(part.as_str())).collect();
    let whole = joined(&[Some(&line::name(item)), joined(&behind, "; ").as_deref()], "; ").unwrap_or_default();
    format!("- {state}: {whole}{}", columns::behind(&item.extra))
}
