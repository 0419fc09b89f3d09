//! Dent-O-Soft practitioner → a contact, and the Odoo user who owns their records; further addresses → one child contact
//! each.

use odograft_sdk::dent_o_soft::{Practitioner, PractitionerAddress};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Mapped, Rejection, info, reject, source, target, warning};

use crate::{address, contact};

target! {
    /// Dent-O-Soft practitioner → `res.partner`.
    pub partner: practitioner => "res.partner" {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [title, first_name, last_name] .rule("joined by a space");
        CATEGORY = custom_selection("x_contact_category", "Contact category", crate::contact::CATEGORIES) from []
            .rule("always `practitioner`") .section("Contact");
        CREDENTIAL = custom_char("x_credential", "Credential") from [credential] .section("Practitioner");
        LICENSE = custom_char("x_license_number", "Licence number") from [license_number] .section("Practitioner");
        SPECIALTY = custom_char("x_specialty", "Specialty") from [specialty] .section("Practitioner");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [phone];
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country]
            .rule("found by code, else by name, within the country");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        ACTIVE = boolean("active") from [active] .rule("practitioners who left are archived contacts");
    }
}

target! {
    /// Dent-O-Soft practitioner → `res.users`.
    pub user: practitioner => "res.users" .adopt_by(&["login"]).existing_only()
        .note("matched by e-mail without regard to case, archived users included; a user is never created") {
        LOGIN = char("login") from [email] .rule("trimmed, lower-cased");
    }
}

target! {
    /// A practitioner's further address → a child contact.
    pub place: practitioner-address => "res.partner" {
        SOURCE_ID = source_id() from [id];
        PARENT = many2one("parent_id", "res.partner") from [practitioner_id] .rule("the practitioner's contact");
        TYPE = selection("type", &[("other", "Other address")]) from []
            .rule("always `other`: a child of another type would take its parent's address");
        NAME = char("name") from [label];
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [phone];
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

/// The contact that a practitioner becomes, and the user who is this practitioner; without one they go to the owners'
/// report.
///
/// # Errors
/// A practitioner without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Practitioner, context: &Context) -> Result<Mapped, Rejection> {
    let names = joined(&[p.first_name.as_deref(), p.last_name.as_deref()], " ");
    let Some(name) = names.and_then(|names| joined(&[p.title.as_deref(), Some(&names)], " ")) else {
        return Err(reject("no-name", "practitioner.last_name", "neither first nor last name is filled"));
    };
    let email = contact::email(p.email);

    let mut partner = partner::upsert(p.id);
    partner.set(partner::NAME, name);
    partner.set(partner::CATEGORY, "practitioner");
    partner.set_or_clear(partner::CREDENTIAL, trimmed(p.credential));
    partner.set_or_clear(partner::LICENSE, trimmed(p.license_number));
    partner.set_or_clear(partner::SPECIALTY, trimmed(p.specialty));
    partner.set_or_clear(partner::EMAIL, email.clone());
    partner.set_or_clear(partner::PHONE, trimmed(p.phone));
    address::fill!(partner, partner, p, context);
    partner.set(partner::ACTIVE, p.active.unwrap_or(true));

    let mut findings = Vec::from_iter(contact::check_email(p.email, "practitioner.email"));
    findings.extend(partner.set_extras(&p.extra, context));
    let mut mapped = Mapped { findings, ..partner.into() };
    match email {
        Some(email) => {
            let mut user = user::upsert(p.id);
            user.set(user::LOGIN, email);
            mapped.upserts.push(user);
        }
        None => {
            let message = "the practitioner has no e-mail, so no Odoo user can be matched";
            mapped.findings.push(warning("no-email", "practitioner.email", message));
        }
    }
    Ok(mapped)
}

/// The child contact that a further address becomes.
///
/// # Errors
/// An address that names no practitioner.
pub fn place(a: &PractitionerAddress, context: &Context) -> Result<Mapped, Rejection> {
    let field = "practitioner-address.practitioner_id";
    let owner =
        trimmed(a.practitioner_id).ok_or_else(|| reject("no-practitioner", field, "the address is nobody's"))?;
    let filled =
        [a.address_line1, a.address_line2, a.city, a.state, a.postal_code, a.country, a.phone, a.email].map(trimmed);
    if filled.iter().all(Option::is_none) {
        let message = "neither address nor phone nor e-mail is filled; no contact is made of it";
        let findings = vec![info("empty-address", "practitioner-address.address_line1", message)];
        return Ok(Mapped { findings, ..Mapped::default() });
    }
    let mut place = place::upsert(a.id);
    place.set(place::PARENT, source("practitioner", owner));
    place.set(place::TYPE, "other");
    place.set_or_clear(place::NAME, trimmed(a.label));
    place.set_or_clear(place::EMAIL, contact::email(a.email));
    place.set_or_clear(place::PHONE, trimmed(a.phone));
    address::fill!(place, place, a, context);
    let mut findings = Vec::from_iter(contact::check_email(a.email, "practitioner-address.email"));
    findings.extend(place.set_extras(&a.extra, context));
    Ok(Mapped { findings, ..place.into() })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::{practitioner, practitioner_address};

    fn mapped(p: &Practitioner) -> Mapped {
        partner(p, &Context::at(&MODULE, 0)).expect("maps")
    }

    #[test]
    fn a_practitioner_is_a_contact_and_a_user_found_by_email() {
        let lee = Practitioner {
            title: Some("Dr".into()),
            last_name: Some("Lee-Okafor".into()),
            credential: Some("DDS".into()),
            license_number: Some("TX 0042".into()),
            email: Some(" Sam.Lee@Example.invalid ".into()),
            ..practitioner("D1")
        };
        let mapped = mapped(&lee);
        let row = mapped.only(&partner::TARGET).expect("one contact");
        assert_eq!(
            (row.text(partner::NAME), row.text(partner::CATEGORY)),
            (Some("Dr Lee-Okafor"), Some("practitioner"))
        );
        assert_eq!((row.text(partner::CREDENTIAL), row.text(partner::LICENSE)), (Some("DDS"), Some("TX 0042")));
        assert_eq!(row.get(partner::ACTIVE), Some(&Value::Boolean(true)));
        let user = mapped.only(&user::TARGET).expect("one user");
        assert_eq!(user.text(user::LOGIN), Some("sam.lee@example.invalid"));
    }

    #[test]
    fn who_left_stays_as_an_archived_contact() {
        let left = Practitioner { last_name: Some("Lee".into()), active: Some(false), ..practitioner("D1") };
        let mapped = mapped(&left);
        assert_eq!(mapped.upserts[0].get(partner::ACTIVE), Some(&Value::Boolean(false)));
        assert!(mapped.only(&user::TARGET).is_none());
        assert_eq!(mapped.findings[0].code, "no-email");
    }

    #[test]
    fn a_title_alone_is_no_name() {
        let nameless = Practitioner { title: Some("Dr".into()), ..practitioner("D1") };
        assert_eq!(partner(&nameless, &Context::at(&MODULE, 0)).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn every_further_address_is_a_child_that_keeps_it() {
        let north = PractitionerAddress {
            practitioner_id: Some("D1".into()),
            label: Some("Northside surgery".into()),
            city: Some("Testham".into()),
            ..practitioner_address("D1/5f2e")
        };
        let mapped = place(&north, &Context::at(&MODULE, 0)).expect("maps");
        let row = mapped.only(&place::TARGET).expect("one child");
        assert_eq!(row.get(place::PARENT), Some(&Value::Reference(source("practitioner", "D1"))));
        assert_eq!((row.text(place::TYPE), row.text(place::NAME)), (Some("other"), Some("Northside surgery")));
        assert_eq!((row.text(place::CITY), row.get(place::STREET)), (Some("Testham"), Some(&Value::Empty)));
    }

    #[test]
    fn an_address_of_nobody_is_put_aside_and_an_empty_one_told() {
        let context = Context::at(&MODULE, 0);
        assert_eq!(place(&practitioner_address("1"), &context).expect_err("nobody's").code, "no-practitioner");
        let empty = PractitionerAddress { practitioner_id: Some("D1".into()), ..practitioner_address("1") };
        let mapped = place(&empty, &context).expect("maps");
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "empty-address");
    }
}
