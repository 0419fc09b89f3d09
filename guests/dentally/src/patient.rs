//! Dentally patient → `res.partner`.

use odograft_sdk::dentally::Patient;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Mapped, Rejection, Span, Text, reject, source, target, warning};

target! {
    /// Dentally patient → `res.partner`.
    pub partner: patient => "res.partner" {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [title, first_name, middle_name, last_name] .rule("joined by a space");
        ALERT = custom_text("x_medical_alert", "Medical alert") from [medical_alert, medical_alert_text]
            .rule("the text; `Alert without text` where only the tick is set") .section("Clinical") .clinical();
        NOTES = custom_text("x_clinical_notes", "Clinical notes") from [medical_history, notes, special_needs]
            .rule("each under its own heading, separated by an empty line") .section("Clinical") .clinical();
        EMAIL = char("email") from [email_address] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone, work_phone] .rule("the first that is filled, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone, work_phone] .rule("the mobile, when there is another number too") .section("Patient");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2, address_line3] .rule("joined by a comma");
        CITY = char("city") from [town];
        POSTCODE = char("zip") from [postcode];
        COUNTY = custom_char("x_county", "County") from [county, region] .rule("the county, else the region") .section("Patient");
        ACTIVE = boolean("active") from [active] .rule("archived patients are archived contacts");
        ARCHIVED_REASON = custom_char("x_archived_reason", "Archived because") from [archived_reason] .section("Patient");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [date_of_birth] .section("Patient");
        PREFERRED = custom_char("x_preferred_name", "Likes to be called") from [preferred_name] .section("Patient");
        SITE = custom_many2one("x_site_team", "Site", "crm.team") from [site_id] .rule("the site's team") .section("Patient");
        DENTIST = many2one("user_id", "res.users") from [dentist_id] .rule("the dentist's user");
        RECALL = custom_date("x_dentist_recall_date", "Next dentist recall") from [dentist_recall_date] .section("Recall");
        HYGIENE_RECALL = custom_date("x_hygienist_recall_date", "Next hygienist recall") from [hygienist_recall_date] .section("Recall");
        NHS_NUMBER = custom_char("x_nhs_number", "NHS number") from [nhs_number] .section("Clinical") .clinical();
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// The contact that a patient becomes.
///
/// # Errors
/// A patient without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Patient) -> Result<Mapped, Rejection> {
    let name = [p.first_name.as_deref(), p.middle_name.as_deref(), p.last_name.as_deref()];
    let Some(name) = joined(&name, " ") else {
        return Err(reject("no-name", "patient.first_name", "neither first, middle nor last name is filled"));
    };
    let mut findings = Vec::new();
    let (mobile, home, work) = (trimmed(p.mobile_phone), trimmed(p.home_phone), trimmed(p.work_phone));
    let email = trimmed(p.email_address).map(Span::lowercased);
    if email.is_none() && mobile.is_none() && home.is_none() && work.is_none() {
        findings.push(warning("no-contact", "patient.email_address", "neither an e-mail nor a phone number is filled"));
    }
    if email.as_deref().is_some_and(|e| !looks_like_email(e)) {
        findings.push(warning(
            "malformed-email",
            "patient.email_address",
            "this does not look like an e-mail address; carried as entered",
        ));
    }

    let mut partner = partner::upsert(p.id);
    partner.set(partner::NAME, joined(&[p.title.as_deref(), Some(&name)], " ").unwrap_or(name));
    partner.set_or_clear(partner::EMAIL, email);
    let beside_another = home.is_some() || work.is_some();
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| beside_another));
    partner.set_or_clear(partner::PHONE, mobile.or(home).or(work));
    partner.set_or_clear(partner::STREET, trimmed(p.address_line1));
    partner.set_or_clear(partner::STREET2, joined(&[p.address_line2.as_deref(), p.address_line3.as_deref()], ", "));
    partner.set_or_clear(partner::CITY, trimmed(p.town));
    partner.set_or_clear(partner::POSTCODE, trimmed(p.postcode));
    partner.set_or_clear(partner::COUNTY, trimmed(p.county).or_else(|| trimmed(p.region)));
    partner.set(partner::ACTIVE, p.active.unwrap_or(true));
    partner.set_or_clear(partner::ARCHIVED_REASON, trimmed(p.archived_reason));
    partner.set_or_clear(partner::BIRTH, p.date_of_birth);
    partner.set_or_clear(partner::PREFERRED, trimmed(p.preferred_name));
    partner.set_or_clear(partner::SITE, p.site_id.map(|id| source("site", id)));
    partner.set_or_clear(partner::DENTIST, p.dentist_id.map(|id| source("practitioner", id)));
    let ticked = p.medical_alert == Some(true);
    partner.set_or_clear(
        partner::ALERT,
        trimmed(p.medical_alert_text).map(Text::from).or_else(|| ticked.then(|| "Alert without text".into())),
    );
    partner.set_or_clear(partner::NOTES, notes(p.medical_history, p.notes, p.special_needs));
    partner.set_or_clear(partner::RECALL, p.dentist_recall_date);
    partner.set_or_clear(partner::HYGIENE_RECALL, p.hygienist_recall_date);
    partner.set_or_clear(partner::NHS_NUMBER, trimmed(p.nhs_number));
    partner.set_or_clear(partner::CREATED, p.created_at);
    Ok(Mapped { findings, ..partner.into() })
}

/// The three kinds of clinical text, each under its heading.
fn notes(history: Option<Span>, notes: Option<Span>, needs: Option<Span>) -> Option<String> {
    let headed = |heading: &str, text: Option<Span>| trimmed(text).map(|t| format!("{heading}:\n{t}"));
    let parts = [headed("Medical history", history), headed("Notes", notes), headed("Special needs", needs)];
    joined(&parts.each_ref().map(Option::as_deref), "\n\n")
}

/// One `@` with something on both sides, and no blanks: enough to tell a slip from an address.
fn looks_like_email(text: &str) -> bool {
    let mut parts = text.split('@');
    let sides = [parts.next(), parts.next()];
    parts.next().is_none()
        && sides.iter().all(|s| s.is_some_and(|s| !s.is_empty()))
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;

    fn row(p: &Patient) -> odograft_sdk::Upsert {
        partner(p).expect("maps").only(&partner::TARGET).expect("one partner").clone()
    }

    #[test]
    fn the_name_is_joined_and_its_case_left_alone() {
        let p = Patient {
            title: Some("Ms".into()),
            first_name: Some("ada ".into()),
            last_name: Some("O'Neill".into()),
            ..empty("17")
        };
        assert_eq!(row(&p).text(partner::NAME), Some("Ms ada O'Neill"));
    }

    #[test]
    fn a_title_alone_is_no_name() {
        let p = Patient { title: Some("Mr".into()), last_name: Some(" ".into()), ..empty("17") };
        assert_eq!(partner(&p).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn the_mobile_keeps_a_field_of_its_own_beside_another_number() {
        let both = Patient {
            mobile_phone: Some("07700 900001".into()),
            home_phone: Some("020 7946 0001".into()),
            ..named("17")
        };
        let both = row(&both);
        assert_eq!(
            (both.text(partner::PHONE), both.text(partner::MOBILE)),
            (Some("07700 900001"), Some("07700 900001"))
        );
        let one = row(&Patient { mobile_phone: Some("07700 900001".into()), ..named("17") });
        assert_eq!((one.text(partner::PHONE), one.get(partner::MOBILE)), (Some("07700 900001"), Some(&Value::Empty)));
    }

    #[test]
    fn an_alert_without_text_still_alerts() {
        let ticked = row(&Patient { medical_alert: Some(true), ..named("17") });
        assert_eq!(ticked.text(partner::ALERT), Some("Alert without text"));
        assert_eq!(
            row(&named("17")).get(partner::ALERT),
            Some(&Value::Empty),
            "an alert that was taken back does not stay"
        );
    }

    #[test]
    fn clinical_texts_keep_their_headings() {
        let p =
            Patient { medical_history: Some("Asthma".into()), special_needs: Some("Wheelchair".into()), ..named("17") };
        assert_eq!(row(&p).text(partner::NOTES), Some("Medical history:\nAsthma\n\nSpecial needs:\nWheelchair"));
    }

    #[test]
    fn a_patient_whom_nobody_can_reach_is_pointed_out() {
        let codes = |p: Patient| partner(&p).expect("maps").findings.into_iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(codes(named("17")), ["no-contact"]);
        assert_eq!(codes(Patient { email_address: Some("ada@@example".into()), ..named("17") }), ["malformed-email"]);
        assert!(codes(Patient { email_address: Some("Ada@Example.invalid".into()), ..named("17") }).is_empty());
    }

    #[test]
    fn archived_patients_are_archived() {
        assert_eq!(
            row(&Patient { active: Some(false), ..named("17") }).get(partner::ACTIVE),
            Some(&Value::Boolean(false))
        );
        assert_eq!(row(&named("17")).get(partner::ACTIVE), Some(&Value::Boolean(true)));
    }

    fn named(id: &str) -> Patient {
        Patient { first_name: Some("Ada".into()), ..empty(id) }
    }

    fn empty(id: &str) -> Patient {
        Patient {
            id: id.into(),
            uuid: None,
            account_id: None,
            active: None,
            archived_reason: None,
            title: None,
            first_name: None,
            middle_name: None,
            last_name: None,
            preferred_name: None,
            date_of_birth: None,
            gender: None,
            ethnicity: None,
            nhs_number: None,
            ni_number: None,
            pps_number: None,
            email_address: None,
            mobile_phone: None,
            mobile_phone_country: None,
            home_phone: None,
            home_phone_country: None,
            work_phone: None,
            preferred_phone_number: None,
            address_line1: None,
            address_line2: None,
            address_line3: None,
            town: None,
            county: None,
            region: None,
            postcode: None,
            site_id: None,
            dentist_id: None,
            hygienist_id: None,
            doctor_id: None,
            payment_plan_id: None,
            acquisition_source_id: None,
            dentist_recall_date: None,
            dentist_recall_interval: None,
            hygienist_recall_date: None,
            hygienist_recall_interval: None,
            recall_method: None,
            medical_alert: None,
            medical_alert_text: None,
            medical_history: None,
            notes: None,
            special_needs: None,
            marketing: None,
            use_sms: None,
            use_email: None,
            emergency_contact_name: None,
            emergency_contact_phone: None,
            emergency_contact_relationship: None,
            occupation: None,
            school_name: None,
            custom_field1: None,
            custom_field2: None,
            custom_fields: Vec::new(),
            legacy_id: None,
            family_id: None,
            image_url: None,
            created_at: None,
            updated_at: None,
            extra: Vec::new(),
        }
    }
}
