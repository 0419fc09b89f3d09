//! PANDA provider → the Odoo user who is this provider, and a contact: the author of what the provider has written.

use odograft_sdk::panda_perio::Provider;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Finding, Mapped, Rejection, info, target, warning};

use crate::people;

target! {
    /// PANDA provider → `res.users`, matched by e-mail.
    pub user: provider => "res.users" .adopt_by(&["login"]).existing_only()
        .note("matched by e-mail without regard to case, archived users included; a user is never created. What belongs to a provider whom no user matches goes to the fallback owner of the configuration, and the owners' report tells it") {
        LOGIN = char("login") from [email] .rule("trimmed, lower-cased; finds the user and is never written");
        NAME = custom_char("x_provider_name", "Provider") from [title, first_name, middle_initial, last_name] .rule("joined by a space");
        CREDENTIALS = custom_char("x_credentials", "Credentials") from [credentials];
    }
}

target! {
    /// PANDA provider → `res.partner`.
    pub contact: provider => "res.partner" .adopt_by(&["email", "name"])
        .note("the author of notes. A contact with this e-mail and this name that Odoo has already, such as the one behind the user, is taken and its name and e-mail are left alone; else one is made. A provider of several clinics is one contact") {
        SOURCE_ID = source_id() from [id] .rule("the clinic's tag and PANDA's number of the provider; of one who works in several clinics, the last one's");
        NAME = char("name") from [first_name, middle_initial, last_name, id] .rule("joined by a space, without title and degrees, as users are called; `Provider` with the number where no name is filled");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PROVIDER = custom_boolean("x_is_provider", "Provider") from [] .rule("always yes") .section("Provider");
        TITLE = custom_char("x_title", "Title") from [title] .section("Profession");
        CREDENTIAL = custom_char("x_credential", "Credentials") from [credentials] .section("Profession");
        SPECIALTY = custom_char("x_specialty", "Specialty") from [specialty] .section("Profession");
        LICENSE = custom_char("x_license_number", "Licence number") from [license_number] .section("Profession");
        NPI = custom_char("x_npi", "National provider identifier") from [npi] .section("Profession");
        PHONE = custom_char("x_provider_phone", "Provider's phone") from [phone] .section("Provider");
        LEFT = custom_boolean("x_provider_left", "Has left") from [active] .rule("yes where the provider is not active") .section("Provider");
    }
}

/// What is recommended for who matches no user.
const RECOMMENDED: &str = "recommended: fill the e-mail of the Odoo log-in in PANDA, or leave what is the provider's to the owner that `owners.fallback` names";

/// The user and the contact of a provider.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn provider(p: &Provider, context: &Context) -> Result<Mapped, Rejection> {
    let mut findings: Vec<Finding> = Vec::from_iter(people::check_email(p.email, "provider.email"));
    let name = people::name(p.first_name, p.middle_initial, p.last_name);
    if name.is_none() {
        let message = "no name is filled; the contact goes by the provider's number";
        findings.push(warning("no-name", "provider.last_name", message));
    }
    let email = people::email(p.email);

    let mut contact = contact::upsert(p.id);
    contact.set(contact::NAME, name.clone().unwrap_or_else(|| format!("Provider {}", &*p.id)));
    contact.set_or_clear(contact::EMAIL, email.clone());
    contact.set(contact::PROVIDER, true);
    contact.set_or_clear(contact::TITLE, trimmed(p.title));
    contact.set_or_clear(contact::CREDENTIAL, trimmed(p.credentials));
    contact.set_or_clear(contact::SPECIALTY, trimmed(p.specialty));
    contact.set_or_clear(contact::LICENSE, trimmed(p.license_number));
    contact.set_or_clear(contact::NPI, trimmed(p.npi));
    contact.set_or_clear(contact::PHONE, trimmed(p.phone));
    contact.set(contact::LEFT, p.active == Some(false));
    findings.extend(contact.set_extras(&p.extra, context));

    let mut mapped = Mapped { findings, ..contact.into() };
    match email {
        Some(email) => {
            let mut user = user::upsert(p.id);
            user.set(user::LOGIN, email);
            user.set_or_clear(
                user::NAME,
                joined(&[p.title.as_deref(), name.as_deref()], " ").filter(|_| name.is_some()),
            );
            user.set_or_clear(user::CREDENTIALS, trimmed(p.credentials));
            mapped.upserts.push(user);
        }
        None => {
            let message = format!("the provider has no e-mail, so no Odoo user can be matched; {RECOMMENDED}");
            mapped.findings.push(warning("no-email", "provider.email", message));
        }
    }
    if p.active == Some(false) {
        let message = "the provider has left; where no Odoo user matches, what was theirs goes to the owner that `owners.fallback` names";
        mapped.findings.push(info("provider-left", "provider.active", message));
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::{MODULE, examples};

    fn lee() -> Provider {
        Provider {
            title: Some("Dr".into()),
            first_name: Some("Sam".into()),
            last_name: Some("Lee-Okafor".into()),
            credentials: Some("DDS, MS".into()),
            email: Some(" Sam.Lee@Example.invalid ".into()),
            ..examples::provider("N/501")
        }
    }

    fn mapped(p: &Provider) -> Mapped {
        provider(p, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn codes(mapped: &Mapped) -> Vec<&str> {
        mapped.findings.iter().map(|finding| finding.code.as_str()).collect()
    }

    #[test]
    fn a_user_is_found_by_email_and_told_who_it_is_in_panda() {
        let mapped = mapped(&lee());
        let row = mapped.only(&user::TARGET).expect("one user");
        assert_eq!(row.text(user::LOGIN), Some("sam.lee@example.invalid"));
        assert_eq!(row.text(user::NAME), Some("Dr Sam Lee-Okafor"));
        assert_eq!(row.text(user::CREDENTIALS), Some("DDS, MS"));
        assert_eq!(codes(&mapped), [""; 0]);
    }

    #[test]
    fn the_author_of_notes_is_called_as_users_are() {
        let mapped = mapped(&Provider { npi: Some("1234567893".into()), phone: Some("555-0101".into()), ..lee() });
        let row = mapped.only(&contact::TARGET).expect("one contact");
        assert_eq!(row.text(contact::NAME), Some("Sam Lee-Okafor"));
        assert_eq!((row.text(contact::TITLE), row.text(contact::CREDENTIAL)), (Some("Dr"), Some("DDS, MS")));
        assert_eq!((row.text(contact::NPI), row.text(contact::PHONE)), (Some("1234567893"), Some("555-0101")));
        assert_eq!(row.get(contact::LEFT), Some(&Value::Boolean(false)));
        let manifest = MODULE.manifest(&[]).expect("no settings");
        let target = manifest.targets.iter().find(|t| t.object == "provider" && t.model == "res.partner");
        let target = target.expect("declared");
        assert_eq!(target.adopt_by, ["email", "name"], "neither of them is ever written to a contact that is taken");
        let own = ["phone", "function", "active", "comment"];
        assert!(
            target.fields.iter().all(|field| !own.contains(&field.name.as_str())),
            "nothing of a user's own changes"
        );
    }

    #[test]
    fn who_has_no_email_is_a_contact_and_told_with_a_recommendation() {
        let mapped = mapped(&Provider { email: Some(" ".into()), ..lee() });
        assert!(mapped.only(&user::TARGET).is_none());
        let row = mapped.only(&contact::TARGET).expect("one contact");
        assert_eq!((row.text(contact::NAME), row.get(contact::EMAIL)), (Some("Sam Lee-Okafor"), Some(&Value::Empty)));
        assert_eq!(codes(&mapped), ["no-email"]);
        assert!(mapped.findings[0].message.contains("`owners.fallback`"));
    }

    #[test]
    fn who_has_left_is_still_matched() {
        let mapped = mapped(&Provider { active: Some(false), ..lee() });
        assert!(mapped.only(&user::TARGET).is_some());
        let row = mapped.only(&contact::TARGET).expect("one contact");
        assert_eq!(row.get(contact::LEFT), Some(&Value::Boolean(true)));
        assert_eq!(codes(&mapped), ["provider-left"]);
    }

    #[test]
    fn who_has_no_name_goes_by_the_number() {
        let nameless = Provider { first_name: None, last_name: Some(" ".into()), ..lee() };
        let mapped = mapped(&nameless);
        let row = mapped.only(&contact::TARGET).expect("one contact, or notes would have no author");
        assert_eq!(row.text(contact::NAME), Some("Provider N/501"));
        assert_eq!(
            mapped.only(&user::TARGET).expect("one user").get(user::NAME),
            Some(&Value::Empty),
            "a title is no name"
        );
        assert_eq!(codes(&mapped), ["no-name"]);
    }
}
