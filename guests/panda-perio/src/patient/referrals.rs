//! Who has sent a patient. PANDA notes one source with the patient, and may keep every referral in a table of its own.

use odograft_sdk::panda_perio::{Patient, PatientReferral};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::time::{at_hour, iso};
use odograft_sdk::{Span, Upsert, columns, source, target};

use super::{full_name, is_archived};
use crate::stage::Stage;

target! {
    /// A patient who was referred → `crm.lead`. It has neither e-mail nor phone of its own: Odoo takes the contact's, and
    /// would write others back to the contact.
    pub lead: patient => "crm.lead" .only_when("referral_leads", &["yes"]) .note("only for patients with a referral source") {
        SOURCE_ID = source_id() from [id];
        CLINIC = custom_char("x_clinic_id", "Clinic") from [clinic_id] .rule("the clinic's tag in the configuration") .section("Source");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
        NAME = char("name") from [title, first_name, middle_initial, last_name] .rule("`Referral` and the patient's name");
        TYPE = selection("type", &[("opportunity", "Opportunity")]) from [] .rule("always `opportunity`");
        PARTNER = many2one("partner_id", "res.partner") from [id] .rule("the patient's contact");
        ORIGIN = many2one("source_id", "utm.source") from [referral_id, referrals.referral_id, referrals.referred_on]
            .rule("the source that is noted with the patient, else the one of the last referral");
        STAGE = many2one("stage_id", "crm.stage") from [status]
            .rule("`New Patient`; `Discharged` where the patient does not come any more");
        OWNER = many2one("user_id", "res.users") from [provider_id] .rule("the provider's user, else nobody");
        ACTIVE = boolean("active") from [status] .rule("archived with the patient's contact");
    }
}

/// The referrals as they have happened: by day, those without a day first; of one day, in the source's order.
fn in_order(p: &Patient) -> Vec<&PatientReferral> {
    let mut sent: Vec<&PatientReferral> = p.referrals.iter().collect();
    sent.sort_by_key(|sent| sent.referred_on.map(|day| at_hour(day, 0).seconds));
    sent
}

/// The source that counts: the one that is noted with the patient, else that of the last referral. Of two on one day, and
/// of those without a day, the later row is the last.
#[must_use]
pub fn current(p: &Patient) -> Option<Span> {
    let last = || in_order(p).into_iter().rev().find_map(|sent| trimmed(sent.referral_id));
    trimmed(p.referral_id).or_else(last)
}

/// Every source, each once, the one that is noted with the patient first.
#[must_use]
pub fn all(p: &Patient) -> Vec<Span> {
    let mut sources: Vec<Span> = Vec::from_iter(trimmed(p.referral_id));
    for sent in p.referrals.iter().filter_map(|sent| trimmed(sent.referral_id)) {
        if !sources.contains(&sent) {
            sources.push(sent);
        }
    }
    sources
}

/// A line for each referral, by day: `2026-01-05, N/2: Pockets > 6 mm`.
#[must_use]
pub fn history(p: &Patient) -> Option<String> {
    let lines: Vec<String> = in_order(p).into_iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn line(sent: &PatientReferral) -> Option<String> {
    let (day, from) = (sent.referred_on.map(iso), trimmed(sent.referral_id));
    let head = joined(&[day.as_deref(), from.as_deref()], ", ");
    let told = joined(&[trimmed(sent.reason).as_deref(), columns::told(&sent.extra).as_deref()], "; ");
    joined(&[head.as_deref(), told.as_deref()], ": ")
}

/// The opportunity of a patient who was referred; none for others.
#[must_use]
pub fn lead(p: &Patient) -> Option<Upsert> {
    let (referral, name) = (current(p)?, full_name(p)?);
    let archived = is_archived(p);
    let mut lead = lead::upsert(p.id);
    lead.set(lead::CLINIC, p.clinic_id);
    lead.set_or_clear(lead::CREATED, p.created_at);
    lead.set(lead::NAME, format!("Referral: {name}"));
    lead.set(lead::TYPE, "opportunity");
    lead.set(lead::PARTNER, source("patient", p.id));
    lead.set(lead::ORIGIN, source("referral", referral));
    lead.set(lead::STAGE, if archived { Stage::Discharged } else { Stage::NewPatient }.reference());
    lead.set_or_clear(lead::OWNER, trimmed(p.provider_id).map(|id| source("provider", id)));
    lead.set(lead::ACTIVE, !archived);
    Some(lead)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{Context, ExtraField, Scalar};

    use super::*;
    use crate::patient::partner;
    use crate::{MODULE, examples};

    fn sent(by: &str, on: &str, reason: &str) -> PatientReferral {
        PatientReferral {
            referral_id: Some(by.into()),
            referred_on: parse_day(on),
            reason: Some(reason.into()),
            ..examples::patient_referral("N/1")
        }
    }

    fn moss(noted: Option<&str>, referrals: Vec<PatientReferral>) -> Patient {
        let last_name = Some("Moss".into());
        Patient { last_name, referral_id: noted.map(Into::into), referrals, ..examples::patient("N/17") }
    }

    fn three() -> Vec<PatientReferral> {
        vec![sent("N/2", "2026-01-05", "Pockets > 6 mm"), sent("N/4", "2026-03-01", ""), sent("N/2", "2024-05-01", "x")]
    }

    #[test]
    fn the_source_that_counts_is_the_noted_one_else_the_last() {
        let current = |p: &Patient| current(p).map(|id| id.to_string());
        assert_eq!(current(&moss(Some("N/5"), three())).as_deref(), Some("N/5"));
        assert_eq!(current(&moss(Some(" "), three())).as_deref(), Some("N/4"));
        let undated = vec![sent("N/2", "", ""), sent("N/3", "", ""), sent("", "2026-01-01", "")];
        assert_eq!(current(&moss(None, undated)).as_deref(), Some("N/3"), "a row without a source counts for nothing");
        assert_eq!(current(&moss(None, Vec::new())), None);
    }

    #[test]
    fn every_doctor_who_has_sent_the_patient_is_linked_once() {
        let p = moss(Some("N/5"), three());
        let mapped = partner(&p, &Context::at(&MODULE, 0)).expect("maps");
        let row = mapped.only(&partner::TARGET).expect("one contact");
        assert_eq!(row.get(partner::REFERRAL), Some(&Value::Reference(source("referral", "N/5"))));
        let all = ["N/5", "N/2", "N/4"].map(|id| source("referral", id)).to_vec();
        assert_eq!(row.get(partner::REFERRALS), Some(&Value::References(all)));
    }

    #[test]
    fn why_and_when_stay_with_the_patient() {
        let mut referrals = three();
        referrals[1].extra = vec![ExtraField { name: "Urgent".into(), value: Scalar::Boolean(true) }];
        referrals.push(examples::patient_referral("N/9"));
        let told = "2024-05-01, N/2: x\n2026-01-05, N/2: Pockets > 6 mm\n2026-03-01, N/4: Urgent: yes";
        assert_eq!(history(&moss(None, referrals)).as_deref(), Some(told));
    }

    #[test]
    fn a_referred_patient_is_an_opportunity_that_names_the_source() {
        let row = lead(&moss(Some("N/5"), Vec::new())).expect("an opportunity");
        assert_eq!((row.text(lead::NAME), row.text(lead::TYPE)), (Some("Referral: Moss"), Some("opportunity")));
        assert_eq!(row.get(lead::PARTNER), Some(&Value::Reference(source("patient", "N/17"))));
        assert_eq!(row.get(lead::ORIGIN), Some(&Value::Reference(source("referral", "N/5"))));
        assert_eq!(row.get(lead::STAGE), Some(&Value::Reference(Stage::NewPatient.reference())));
        assert!(lead(&moss(None, Vec::new())).is_none(), "nobody has sent the patient");
    }

    #[test]
    fn the_opportunity_of_who_does_not_come_any_more_is_discharged() {
        let row = lead(&Patient { status: Some("Deceased".into()), ..moss(Some("N/5"), Vec::new()) });
        let row = row.expect("an opportunity");
        assert_eq!(row.get(lead::STAGE), Some(&Value::Reference(Stage::Discharged.reference())));
        assert_eq!(row.get(lead::ACTIVE), Some(&Value::Boolean(false)));
    }
}
