//! PANDA referral source → a contact (`res.partner`) and a source of opportunities (`utm.source`).

use odograft_sdk::panda_perio::Referral;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Mapped, Rejection, Span, target, warning};

use crate::{address, people};

target! {
    /// PANDA referral source → `res.partner`.
    pub partner: referral => "res.partner" .note("one contact for each referral source; patients are linked to it") {
        SOURCE_ID = source_id() from [id];
        CLINIC = custom_char("x_clinic_id", "Clinic") from [clinic_id] .rule("the clinic's tag in the configuration") .section("Source");
        NAME = char("name") from [title, first_name, middle_initial, last_name, practice_name, id]
            .rule("title and names joined by a space; the practice where no name is filled; `Referral source` with the number where neither is");
        COMPANY = boolean("is_company") from [kind, title, first_name, credentials]
            .rule("yes where it is no doctor, no patient and has no first name: a practice, a search engine, an advertisement");
        DENTIST = custom_boolean("x_referring_dentist", "Referring dentist") from [kind, title, credentials]
            .rule("yes where the kind names a doctor; where no kind is filled: where there are degrees, or the title `Dr`") .section("Referral");
        KIND = custom_char("x_referral_kind", "Kind of referral") from [kind] .section("Referral");
        CREDENTIAL = custom_char("x_credential", "Credentials") from [credentials] .section("Profession");
        SPECIALTY = custom_char("x_specialty", "Specialty") from [specialty] .section("Profession");
        PRACTICE = char("company_name") from [practice_name] .rule("the doctor's own practice");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [work_phone, mobile_phone] .rule("the number at work, else the mobile, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, work_phone]
            .rule("the mobile, where there is a number at work too") .section("Contact");
        FAX = custom_char("x_fax", "Fax") from [fax] .section("Contact");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country, address_line1, address_line2, city, postal_code]
            .rule("found by code, else by name, within the country; where an address names neither, the one of the setting `state`");
        STATE_WORD = custom_char("x_state", "State as entered") from [state] .section("Contact");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        ACTIVE = boolean("active") from [active] .rule("sources that are not active any more are archived contacts");
    }
}

target! {
    /// PANDA referral source → `utm.source`.
    pub origin: referral => "utm.source" .adopt_by(&["name"])
        .note("a source of this name that Odoo or another clinic has is taken, as Odoo would rename a second one: so it carries no clinic's number, which stands on the contacts") {
        NAME = char("name") from [title, first_name, middle_initial, last_name, practice_name, id]
            .rule("as the contact is called, with the doctor's own practice behind it");
    }
}

/// Parts of words for doctors, in small letters.
const DOCTORS: [&str; 9] =
    ["doctor", "dentist", "physician", "surgeon", "orthodont", "endodont", "periodont", "prosthodont", "specialist"];
/// Words for doctors, in small letters without points.
const SHORT: [&str; 5] = ["dr", "md", "dds", "dmd", "refdr"];
/// Parts of words for people who are no doctors.
const PEOPLE: [&str; 6] = ["patient", "friend", "family", "relative", "staff", "employee"];

/// The contact and the source of opportunities.
///
/// # Errors
/// None: patients are linked to every source, so that one without a name is kept as well.
pub fn partner(r: &Referral, context: &Context) -> Result<Mapped, Rejection> {
    let practice = trimmed(r.practice_name);
    let own = people::name(r.first_name, r.middle_initial, r.last_name).map(|name| people::titled(r.title, &name));
    let mut findings = Vec::from_iter(people::check_email(r.email, "referral.email"));
    let name = own.clone().or_else(|| practice.map(|name| name.to_string())).unwrap_or_else(|| {
        let message = "neither a name nor a practice is filled; the contact goes by the source's number";
        findings.push(warning("no-name", "referral.last_name", message));
        format!("Referral source {}", &*r.id)
    });
    let (work, mobile) = (trimmed(r.work_phone), trimmed(r.mobile_phone));
    let is_doctor = is_doctor(r);

    let mut partner = partner::upsert(r.id);
    partner.set(partner::CLINIC, r.clinic_id);
    partner.set(partner::NAME, name.clone());
    partner.set(partner::COMPANY, !is_doctor && trimmed(r.first_name).is_none() && !has(r.kind, &PEOPLE));
    partner.set(partner::DENTIST, is_doctor);
    partner.set_or_clear(partner::KIND, trimmed(r.kind));
    partner.set_or_clear(partner::CREDENTIAL, trimmed(r.credentials));
    partner.set_or_clear(partner::SPECIALTY, trimmed(r.specialty));
    partner.set_or_clear(partner::PRACTICE, practice);
    partner.set_or_clear(partner::EMAIL, people::email(r.email));
    partner.set_or_clear(partner::PHONE, work.or(mobile));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| work.is_some()));
    partner.set_or_clear(partner::FAX, trimmed(r.fax));
    address::fill!(partner, partner, r, context);
    partner.set_or_clear(partner::STATE_WORD, trimmed(r.state));
    partner.set(partner::ACTIVE, r.active.unwrap_or(true));
    findings.extend(partner.set_extras(&r.extra, context));

    let mut origin = origin::upsert(r.id);
    let whose = practice.filter(|_| own.is_some());
    origin.set(origin::NAME, joined(&[Some(&name), whose.as_deref()], ", ").unwrap_or(name));
    Ok(Mapped { upserts: vec![partner, origin], findings, ..Mapped::default() })
}

/// Whether it is a doctor who refers.
fn is_doctor(r: &Referral) -> bool {
    match trimmed(r.kind) {
        Some(kind) => has(Some(kind), &DOCTORS) || is_short(&kind),
        None => trimmed(r.credentials).is_some() || trimmed(r.title).is_some_and(|title| is_short(&title)),
    }
}

fn has(kind: Option<Span>, parts: &[&str]) -> bool {
    trimmed(kind).is_some_and(|kind| {
        let kind = kind.to_lowercase();
        parts.iter().any(|part| kind.contains(part))
    })
}

/// Whether one of the words is a doctor's title or degree.
fn is_short(text: &str) -> bool {
    let bare = text.replace('.', "").to_lowercase();
    bare.split(|c: char| !c.is_alphanumeric()).any(|word| SHORT.contains(&word))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::Upsert;
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::{MODULE, examples};

    fn bright() -> Referral {
        Referral {
            kind: Some("Doctor".into()),
            title: Some("Dr".into()),
            first_name: Some("Miriam".into()),
            last_name: Some("Bright".into()),
            credentials: Some("DMD".into()),
            practice_name: Some("Kirk Hallow Family Dentistry".into()),
            work_phone: Some("555-0103".into()),
            mobile_phone: Some("555-0104".into()),
            ..examples::referral("N/1")
        }
    }

    fn mapped(r: &Referral) -> Mapped {
        partner(r, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn contact(r: &Referral) -> Upsert {
        mapped(r).only(&partner::TARGET).expect("one contact").clone()
    }

    fn origin_name(r: &Referral) -> String {
        mapped(r).only(&origin::TARGET).and_then(|row| row.text(origin::NAME)).expect("named").to_owned()
    }

    #[test]
    fn a_referring_doctor_is_a_flagged_contact_with_a_practice() {
        let row = contact(&bright());
        assert_eq!(row.text(partner::NAME), Some("Dr Miriam Bright"));
        assert_eq!(row.get(partner::DENTIST), Some(&Value::Boolean(true)));
        assert_eq!(row.get(partner::COMPANY), Some(&Value::Boolean(false)));
        assert_eq!(row.text(partner::PRACTICE), Some("Kirk Hallow Family Dentistry"));
        assert_eq!((row.text(partner::PHONE), row.text(partner::MOBILE)), (Some("555-0103"), Some("555-0104")));
        assert_eq!((row.text(partner::CLINIC), row.text(partner::SOURCE_ID)), (Some("N"), Some("N/1")));
        assert_eq!(origin_name(&bright()), "Dr Miriam Bright, Kirk Hallow Family Dentistry");
    }

    #[test]
    fn what_is_no_person_is_an_organisation_without_the_flag() {
        let advert = Referral {
            kind: Some("Advertisement".into()),
            last_name: Some("Search engine".into()),
            ..examples::referral("N/6")
        };
        let row = contact(&advert);
        assert_eq!(row.text(partner::NAME), Some("Search engine"));
        assert_eq!(row.get(partner::DENTIST), Some(&Value::Boolean(false)));
        assert_eq!(row.get(partner::COMPANY), Some(&Value::Boolean(true)));
        assert_eq!(origin_name(&advert), "Search engine");
        let practice = Referral { practice_name: Some("Otterby Endodontics".into()), ..examples::referral("N/7") };
        assert_eq!(contact(&practice).text(partner::NAME), Some("Otterby Endodontics"));
        assert_eq!(origin_name(&practice), "Otterby Endodontics");
    }

    #[test]
    fn a_doctor_is_told_by_the_kind_else_by_title_or_degrees() {
        let doctor = |kind: &str, title: &str, credentials: &str| {
            is_doctor(&Referral {
                kind: Some(kind.into()),
                title: Some(title.into()),
                credentials: Some(credentials.into()),
                ..bright()
            })
        };
        for kind in ["Doctor", "referring DENTIST", "Dr.", "D.D.S.", "Oral surgeon", "Endodontist"] {
            assert!(doctor(kind, "", ""), "{kind}");
        }
        for kind in ["Patient", "Advertisement", "Drive-by", "Friend"] {
            assert!(!doctor(kind, "Dr", "DMD"), "{kind}");
        }
        assert!(doctor("", "Dr.", "") && doctor(" ", "", "MD") && !doctor("", "Mrs", ""));
    }

    #[test]
    fn a_patient_who_refers_is_a_person() {
        let friend =
            Referral { kind: Some("Patient".into()), last_name: Some("Moss".into()), ..examples::referral("N/8") };
        let row = contact(&friend);
        assert_eq!(row.get(partner::COMPANY), Some(&Value::Boolean(false)));
        assert_eq!(row.get(partner::DENTIST), Some(&Value::Boolean(false)));
        let mobile = Referral { work_phone: None, ..bright() };
        assert_eq!(contact(&mobile).text(partner::PHONE), Some("555-0104"));
        assert_eq!(contact(&mobile).get(partner::MOBILE), Some(&Value::Empty));
    }

    #[test]
    fn one_without_a_name_is_kept_for_those_who_were_sent() {
        let mapped = mapped(&Referral { active: Some(false), ..examples::referral("N/9") });
        let row = mapped.only(&partner::TARGET).expect("one contact");
        assert_eq!(row.text(partner::NAME), Some("Referral source N/9"));
        assert_eq!(row.get(partner::ACTIVE), Some(&Value::Boolean(false)));
        assert_eq!(mapped.findings[0].code, "no-name");
    }
}
