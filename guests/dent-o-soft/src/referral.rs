//! Dent-O-Soft referral source → `utm.source`; a patient who came through one → an opportunity that names it.

use odograft_sdk::dent_o_soft::{Patient, ReferralSource};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Rejection, SettingSpec, Upsert, reject, setting, source, target};

use crate::patient::{full_name, is_archived};

/// Whether patients who were referred become opportunities.
pub const LEADS: SettingSpec = setting(
    "referral_leads",
    "yes",
    "`yes`: a patient with a referral source becomes an opportunity that names the source; `no`: the sources alone are made",
)
.allowed(&["yes", "no"]);

target! {
    /// Dent-O-Soft referral source → `utm.source`.
    pub origin: referral-source => "utm.source" .adopt_by(&["name"])
        .note("a source of this name is taken; Odoo would rename a second one") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name];
        KIND = custom_char("x_referral_kind", "Kind of referral") from [kind];
    }
}

target! {
    /// A patient with a referral source → `crm.lead`. It has neither e-mail nor phone of its own: Odoo takes the contact's,
    /// and would write others back to the contact.
    pub lead: patient => "crm.lead" .only_when("referral_leads", &["yes"]) .note("only for patients with a referral source") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [title, first_name, middle_name, last_name] .rule("the patient's name");
        TYPE = selection("type", &[("opportunity", "Opportunity")]) from [] .rule("always `opportunity`");
        PARTNER = many2one("partner_id", "res.partner") from [id] .rule("the patient's contact");
        ORIGIN = many2one("source_id", "utm.source") from [referral_source_id] .rule("the referral source");
        OWNER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
        ACTIVE = boolean("active") from [active, status, deceased_on] .rule("archived with the patient's contact");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// The source of leads that a referral source becomes.
///
/// # Errors
/// A referral source without a name.
pub fn origin(r: &ReferralSource, context: &Context) -> Result<Mapped, Rejection> {
    let no_name = || reject("no-name", "referral-source.name", "the referral source has no name");
    let mut origin = origin::upsert(r.id);
    origin.set(origin::NAME, trimmed(r.name).ok_or_else(no_name)?);
    origin.set_or_clear(origin::KIND, trimmed(r.kind));
    let findings = origin.set_extras(&r.extra, context);
    Ok(Mapped { findings, ..origin.into() })
}

/// The opportunity of a patient who was referred; none for others.
#[must_use]
pub fn lead(p: &Patient) -> Option<Upsert> {
    let (referral, name) = (trimmed(p.referral_source_id)?, full_name(p)?);
    let mut lead = lead::upsert(p.id);
    lead.set(lead::NAME, name);
    lead.set(lead::TYPE, "opportunity");
    lead.set(lead::PARTNER, source("patient", p.id));
    lead.set(lead::ORIGIN, source("referral-source", referral));
    lead.set_some(lead::OWNER, trimmed(p.practitioner_id).map(|id| source("practitioner", id)));
    lead.set(lead::ACTIVE, !is_archived(p));
    lead.set_or_clear(lead::CREATED, p.created_at);
    Some(lead)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::{patient, referral_source};

    fn referred() -> Patient {
        Patient {
            last_name: Some("Moss".into()),
            email: Some("moss@example.invalid".into()),
            mobile_phone: Some("555-0101".into()),
            referral_source_id: Some("Q1".into()),
            ..patient("17")
        }
    }

    #[test]
    fn a_referral_source_is_a_source_of_leads() {
        let friend =
            ReferralSource { name: Some(" A friend ".into()), kind: Some("person".into()), ..referral_source("Q1") };
        let mapped = origin(&friend, &Context::at(&MODULE, 0)).expect("maps");
        let row = mapped.only(&origin::TARGET).expect("one source");
        assert_eq!((row.text(origin::NAME), row.text(origin::KIND)), (Some("A friend"), Some("person")));
        let nameless = origin(&referral_source("Q1"), &Context::at(&MODULE, 0)).expect_err("nameless");
        assert_eq!(nameless.code, "no-name");
    }

    #[test]
    fn a_referred_patient_is_an_opportunity_that_names_the_source() {
        let row = lead(&referred()).expect("an opportunity");
        assert_eq!((row.text(lead::NAME), row.text(lead::TYPE)), (Some("Moss"), Some("opportunity")));
        assert_eq!(row.get(lead::PARTNER), Some(&Value::Reference(source("patient", "17"))));
        assert_eq!(row.get(lead::ORIGIN), Some(&Value::Reference(source("referral-source", "Q1"))));
        assert!(lead(&Patient { referral_source_id: Some(" ".into()), ..referred() }).is_none());
    }

    #[test]
    fn the_opportunity_of_who_does_not_come_any_more_is_archived() {
        let row = lead(&Patient { status: Some("Deceased".into()), ..referred() }).expect("an opportunity");
        assert_eq!(row.get(lead::ACTIVE), Some(&Value::Boolean(false)));
    }

    #[test]
    fn an_opportunity_has_no_email_or_phone_that_odoo_would_write_back() {
        let manifest = MODULE.manifest(&[]).expect("no settings");
        let lead = manifest.targets.iter().find(|target| target.model == "crm.lead").expect("declared");
        let writes_back = ["email_from", "phone", "mobile", "partner_name", "street", "city"];
        assert!(lead.fields.iter().all(|field| !writes_back.contains(&field.name.as_str())));
    }
}
