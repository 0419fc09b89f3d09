//! A phase of a treatment plan → a milestone note (`mail.message`) on the plan's opportunity.

use odograft_sdk::panda_perio::{Phase, TreatmentPlan};
use odograft_sdk::text::{escaped, joined, trimmed};
use odograft_sdk::time::{at_hour, iso};
use odograft_sdk::{Context, Instant, Upsert, columns, external_id, html, source, target};

use crate::{author, fees};

target! {
    /// A phase → `mail.message`.
    pub message: treatment-plan => "mail.message" .one_to_many() .note("one internal note for each phase; nobody is notified") {
        SOURCE_ID = source_id() from [phases.id];
        MODEL = char("model") from [] .rule("always `crm.lead`");
        RES_ID = many2one_reference("res_id", "crm.lead") from [id] .rule("the plan's opportunity");
        DATE = datetime("date") from [phases.completed_on, accepted_on, proposed_on, phases.planned_on]
            .rule("12:00 UTC of the day on which the phase was completed; of one that is not: of the day on which the plan was accepted, else proposed, else for which the phase is planned; the migration's moment where there is no day at all");
        SUBJECT = char("subject") from [phases.number] .rule("`Phase` and its number");
        BODY = html("body")
            from [phases.number, phases.status, phases.ada_code, phases.description, phases.tooth, phases.surface, phases.fee,
                phases.planned_on, phases.completed_on, phases.note, extra.phases]
            .rule("a line for each thing that is filled; the note with its mark-up, without attributes and scripts");
        AUTHOR = many2one("author_id", "res.partner") from [phases.provider_id, provider_id]
            .rule("the contact of the provider who treats, else of the one who proposes");
        FROM = char("email_from") from [phases.provider_id, provider_id] .rule("`PANDA Perio` where there is no provider");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
    }
}

/// The note that tells of a phase.
#[must_use]
pub fn note(plan: &TreatmentPlan, phase: &Phase, context: &Context) -> Upsert {
    let provider = trimmed(phase.provider_id).or_else(|| trimmed(plan.provider_id));
    let mut message = message::upsert(phase.id).on("phase");
    message.set(message::MODEL, "crm.lead");
    message.set(message::RES_ID, source("treatment-plan", plan.id));
    message.set(message::DATE, moment(plan, phase, context));
    message.set(message::SUBJECT, title(phase));
    message.set(message::BODY, body(phase));
    message.set_or_clear(message::AUTHOR, author::contact(provider));
    message.set_some(message::FROM, author::unnamed(provider));
    message.set(message::MESSAGE_TYPE, "comment");
    message.set(message::SUBTYPE, external_id("mail.mt_note"));
    message
}

/// The moment at which the note stands: what is still to come stands where it was decided.
fn moment(plan: &TreatmentPlan, phase: &Phase, context: &Context) -> Instant {
    let decided = plan.accepted_on.or(plan.proposed_on);
    let day = phase.completed_on.or(decided).or(phase.planned_on);
    day.map_or(context.as_of, |day| at_hour(day, 12))
}

fn title(phase: &Phase) -> String {
    phase.number.map_or_else(|| "Phase".to_owned(), |number| format!("Phase {number}"))
}

fn body(phase: &Phase) -> String {
    let (code, words) = (trimmed(phase.ada_code), trimmed(phase.description));
    let what = joined(&[code.as_deref(), words.as_deref()], " ");
    let mut out = format!("<p><b>{}", title(phase));
    if let Some(what) = what {
        out.push_str(": ");
        out.push_str(&escaped(&what));
    }
    out.push_str("</b></p>");
    let lines = [
        ("Status", trimmed(phase.status).map(|word| word.to_string())),
        ("Tooth or quadrant", trimmed(phase.tooth).map(|word| word.to_string())),
        ("Surface", trimmed(phase.surface).map(|word| word.to_string())),
        ("Fee", phase.fee.map(fees::written)),
        ("Planned on", phase.planned_on.map(iso)),
        ("Completed on", phase.completed_on.map(iso)),
        ("Also", columns::told(&phase.extra)),
    ];
    let lines = lines.into_iter().filter_map(|(label, text)| Some(format!("{label}: {}", escaped(&text?))));
    let lines: Vec<String> = lines.collect();
    if !lines.is_empty() {
        out.push_str(&format!("<p>{}</p>", lines.join("<br>")));
    }
    if let Some(note) = trimmed(phase.note) {
        out.push_str(&format!("<div>{}</div>", html::sanitised(&note)));
    }
    out
}
