//! Dent-O-Soft emergency contact → a child contact of the patient's.

use odograft_sdk::dent_o_soft::EmergencyContact;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Rejection, reject, source, target, warning};

use crate::{address, contact};

target! {
    /// Dent-O-Soft emergency contact → a child `res.partner`.
    pub partner: emergency-contact => "res.partner" {
        SOURCE_ID = source_id() from [id];
        PARENT = many2one("parent_id", "res.partner") from [patient_id] .rule("the patient's contact");
        TYPE = selection("type", &[("other", "Other address")]) from []
            .rule("always `other`: a child of another type would take the patient's address");
        NAME = char("name") from [name];
        CATEGORY = custom_selection("x_contact_category", "Contact category", crate::contact::CATEGORIES) from []
            .rule("always `emergency`") .section("Contact");
        RELATIONSHIP = custom_char("x_emergency_relationship", "Relationship to the patient") from [relationship]
            .section("Emergency contact");
        PHONE = char("phone") from [phone];
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country]
            .rule("found by code, else by name, within the country");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
    }
}

/// The child contact that a person to call becomes.
///
/// # Errors
/// A row that names no patient, or neither a name nor a way to reach anybody.
pub fn partner(e: &EmergencyContact, context: &Context) -> Result<Mapped, Rejection> {
    let no_patient = || reject("no-patient", "emergency-contact.patient_id", "the contact names no patient");
    let patient = trimmed(e.patient_id).ok_or_else(no_patient)?;
    let (name, phone, email) = (trimmed(e.name), trimmed(e.phone), contact::email(e.email));
    if name.is_none() && phone.is_none() && email.is_none() {
        let message = "neither name nor phone nor e-mail is filled: there is nobody to call";
        return Err(reject("nobody", "emergency-contact.name", message));
    }
    let mut findings = Vec::from_iter(contact::check_email(e.email, "emergency-contact.email"));
    if name.is_none() {
        let message = "the contact has no name; Odoo shows the patient's with it";
        findings.push(warning("no-name", "emergency-contact.name", message));
    }
    if phone.is_none() {
        findings.push(warning("no-phone", "emergency-contact.phone", "the contact has no phone number to call"));
    }

    let mut partner = partner::upsert(e.id);
    partner.set(partner::PARENT, source("patient", patient));
    partner.set(partner::TYPE, "other");
    partner.set_or_clear(partner::NAME, name);
    partner.set(partner::CATEGORY, "emergency");
    partner.set_or_clear(partner::RELATIONSHIP, trimmed(e.relationship));
    partner.set_or_clear(partner::PHONE, phone);
    partner.set_or_clear(partner::EMAIL, email);
    address::fill!(partner, partner, e, context);
    findings.extend(partner.set_extras(&e.extra, context));
    Ok(Mapped { findings, ..partner.into() })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::emergency_contact;

    fn mapped(e: &EmergencyContact) -> Mapped {
        partner(e, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn kin(name: Option<&str>, phone: Option<&str>) -> EmergencyContact {
        let [name, phone] = [name, phone].map(|text| text.map(Into::into));
        EmergencyContact { patient_id: Some("17".into()), name, phone, ..emergency_contact("17/5f2e") }
    }

    #[test]
    fn a_person_to_call_is_a_child_that_shares_no_address() {
        let mapped = mapped(&EmergencyContact {
            relationship: Some("Mother-in-law".into()),
            address_line1: Some("3 Mill Lane".into()),
            ..kin(Some("Kim Moss"), Some("555-0142 (evenings)"))
        });
        let row = mapped.only(&partner::TARGET).expect("one child");
        assert_eq!(row.get(partner::PARENT), Some(&Value::Reference(source("patient", "17"))));
        assert_eq!((row.text(partner::TYPE), row.text(partner::CATEGORY)), (Some("other"), Some("emergency")));
        assert_eq!(
            (row.text(partner::NAME), row.text(partner::PHONE)),
            (Some("Kim Moss"), Some("555-0142 (evenings)"))
        );
        assert_eq!(
            (row.text(partner::RELATIONSHIP), row.text(partner::STREET)),
            (Some("Mother-in-law"), Some("3 Mill Lane"))
        );
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn a_number_without_a_name_is_kept_and_told() {
        let codes = |e: &EmergencyContact| mapped(e).findings.into_iter().map(|f| f.code).collect::<Vec<_>>();
        assert_eq!(codes(&kin(None, Some("555-0142"))), ["no-name"]);
        assert_eq!(codes(&kin(Some("Kim"), None)), ["no-phone"]);
    }

    #[test]
    fn nobody_to_call_and_nobody_to_call_for_are_put_aside() {
        let code = |e: &EmergencyContact| partner(e, &Context::at(&MODULE, 0)).expect_err("put aside").code;
        assert_eq!(code(&kin(Some(" "), None)), "nobody");
        assert_eq!(code(&EmergencyContact { patient_id: None, ..kin(Some("Kim"), None) }), "no-patient");
    }
}
