//! Dentally recall → two documents for Email Marketing: the campaign that it belongs to, and the patient who is due. When a
//! patient is due is on the contact too ([`crate::patient`]).
//!
//! Dentally keeps no list of campaigns. All recalls of one type, interval and channel are one campaign, and its document is
//! the same whichever of them it is made from.

use odograft_sdk::dentally::{Recall, Template};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, HandoverSpec, Json, Mapped, Rejection, Span, columns, handover, json, warning};

use crate::{lists, site};

/// What is handed over of recalls of one type, interval and channel.
pub static CAMPAIGN: HandoverSpec = handover("recall", "Recall campaigns", "Email Marketing › Campaigns and Mailings");

/// What is handed over of a patient who is due.
pub static DUE: HandoverSpec = handover("recall", "Recalls: who is due", "Email Marketing › Mailing Lists");

/// What is handed over of a text that calls patients back.
pub static TEMPLATE: HandoverSpec = handover("template", "Recall templates", "Email Marketing › Templates");

/// The campaign of a recall, and the recall itself.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn recall(r: &Recall, context: &Context) -> Result<Mapped, Rejection> {
    let campaign = campaign(r);
    let mut mapped = Mapped::from(CAMPAIGN.document(campaign.clone(), &campaign_document(r)));
    mapped.handovers.push(DUE.document(r.id, &due_document(r, &campaign, context)));
    if trimmed(r.patient_id).is_none() {
        let message = "the recall names no patient, so nobody can be called back";
        mapped.findings.push(warning("no-patient", "recall.patient_id", message));
    }
    if r.due_date.is_none() {
        let message = "the recall has no day on which the patient is due";
        mapped.findings.push(warning("no-due-date", "recall.due_date", message));
    }
    Ok(mapped)
}

/// `dentist-6-email`: the same for all recalls of a campaign.
fn campaign(r: &Recall) -> String {
    let slug = |text: Option<Span>| {
        let small = trimmed(text).map(|text| text.to_lowercase()).unwrap_or_default();
        small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
    };
    let months = r.interval.map(|months| months.to_string());
    let (kind, method) = (slug(r.recall_type), slug(r.recall_method));
    joined(&[Some(&kind), months.as_deref(), Some(&method)], "-").unwrap_or_else(|| "recall".to_owned())
}

fn campaign_document(r: &Recall) -> Json {
    let small = |text: Option<Span>| trimmed(text).map(|text| text.to_lowercase());
    json!({
        "type": small(r.recall_type),
        "interval_months": r.interval,
        "channel": small(r.recall_method),
        "audience": "the recalls that name this campaign, in `Recalls: who is due`",
        "templates": "the recall templates of this type and channel, in `Recall templates`",
    })
}

/// `patient` is the source record whose contact is due.
fn due_document(r: &Recall, campaign: &str, context: &Context) -> Json {
    json!({
        "campaign": campaign,
        "patient": trimmed(r.patient_id).map(|id| format!("patient/{}", &*id)),
        "due": r.due_date,
        "status": trimmed(r.status),
        "workflow_status": trimmed(r.workflow_status),
        "prebooked": r.prebooked,
        "appointment": trimmed(r.appointment_id).map(|id| format!("appointment/{}", &*id)),
        "practitioner": lists::practitioner(context, r.practitioner_id),
        "site": site::name(r.site_id, context),
        "times_contacted": r.times_contacted,
        "first_reminder": { "sent_at": r.first_reminder_sent_at, "by": trimmed(r.first_reminder_type) },
        "second_reminder": { "sent_at": r.second_reminder_sent_at, "by": trimmed(r.second_reminder_type) },
        "latest_reminder": { "sent_at": r.last_reminded_at, "by": trimmed(r.latest_reminder_type) },
        "created_at": r.created_at,
        "other_columns": columns::document(&r.extra),
    })
}

/// A text that calls patients back.
#[must_use]
pub fn template(t: &Template) -> Mapped {
    TEMPLATE.document(t.id, &text(t)).into()
}

/// A template as it stands in a document.
#[must_use]
pub fn text(t: &Template) -> Json {
    json!({
        "kind": trimmed(t.kind),
        "name": trimmed(t.name),
        "channel": trimmed(t.channel),
        "recall_type": trimmed(t.recall_type),
        "subject": trimmed(t.subject),
        "body": t.body,
        "other_columns": columns::document(&t.extra),
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{Date, ExtraField, Instant, Scalar, examples};

    use super::*;
    use crate::MODULE;

    fn due() -> Recall {
        Recall {
            patient_id: Some("17".into()),
            practitioner_id: Some("7".into()),
            recall_type: Some("Dentist".into()),
            due_date: Some(Date { year: 2027, month: 2, day: 28 }),
            interval: Some(6),
            recall_method: Some("E-mail".into()),
            status: Some("contacted".into()),
            first_reminder_sent_at: Some(Instant { seconds: 0, nanoseconds: 0 }),
            first_reminder_type: Some("Email".into()),
            times_contacted: Some(1),
            extra: vec![ExtraField { name: "workflow_stage_id".into(), value: Scalar::Integer(5) }],
            ..examples::recall("r1")
        }
    }

    fn documents(r: &Recall) -> [Json; 2] {
        let mapped = recall(r, &Context::at(&MODULE, 0)).expect("maps");
        [0, 1].map(|at: usize| mapped.handovers[at].json())
    }

    #[test]
    fn recalls_of_one_type_interval_and_channel_are_one_campaign() {
        let [campaign, member] = documents(&due());
        assert_eq!((&campaign["type"], &campaign["interval_months"]), (&json!("dentist"), &json!(6)));
        assert_eq!((&campaign["channel"], &member["campaign"]), (&json!("e-mail"), &json!("dentist-6-e-mail")));
        let other = Recall { patient_id: Some("18".into()), recall_type: Some(" DENTIST ".into()), ..due() };
        assert_eq!(documents(&other)[0], campaign, "made from another recall, the same document");
        assert_eq!(super::campaign(&examples::recall("r2")), "recall");
    }

    #[test]
    fn who_is_due_is_told_with_how_far_it_has_come() {
        let [_, member] = documents(&due());
        assert_eq!((&member["patient"], &member["due"]), (&json!("patient/17"), &json!("2027-02-28")));
        assert_eq!(member["first_reminder"], json!({"sent_at": "1970-01-01T00:00:00Z", "by": "Email"}));
        assert_eq!(member["other_columns"], json!({"workflow_stage_id": "5"}));
    }

    #[test]
    fn a_recall_of_nobody_and_of_no_day_is_told() {
        let mapped = recall(&examples::recall("r2"), &Context::at(&MODULE, 0)).expect("maps");
        let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["no-patient", "no-due-date"]);
    }

    #[test]
    fn a_template_keeps_its_words() {
        let t = Template {
            kind: Some("recall".into()),
            recall_type: Some("Dentist".into()),
            subject: Some(" Time for your check-up ".into()),
            body: Some("Dear {first_name},\n\nit is time.\n".into()),
            ..examples::template("T1")
        };
        let document = template(&t).handovers[0].json();
        assert_eq!(document["body"], "Dear {first_name},\n\nit is time.\n");
        assert_eq!((&document["subject"], &document["channel"]), (&json!("Time for your check-up"), &Json::Null));
    }
}
