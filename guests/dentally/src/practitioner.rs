//! Dentally practitioner → an Odoo user that exists already. Their appointments make them a member of their site's team
//! ([`crate::team_member`]).

use odograft_sdk::dentally::Practitioner;
use odograft_sdk::text::{joined, trimmed, written};
use odograft_sdk::{Mapped, Rejection, Span, info, target, warning};

target! {
    /// Dentally practitioner → `res.users`, matched by the e-mail of the nested `user`.
    pub user: practitioner => "res.users" .adopt_by(&["login"]).existing_only()
        .note("matched by e-mail without regard to case, archived users included; a user is never created") {
        LOGIN = char("login") from [user.email] .rule("trimmed, lower-cased; finds the user");
        NAME = custom_char("x_provider_name", "Name in Dentally") from [user.title, user.first_name, user.last_name]
            .rule("joined by a space");
        ROLE = custom_char("x_provider_role", "Role in Dentally") from [user.role];
        GDC_NUMBER = custom_char("x_gdc_number", "General Dental Council number") from [gdc_number];
        NHS_NUMBER = custom_char("x_nhs_performer_number", "NHS performer number") from [nhs_number];
        SPECIALISMS = custom_char("x_provider_specialty", "Specialty") from [extra.specialisms] .rule("joined by a comma");
    }
}

/// The Odoo user who is this practitioner; without one they go to the owners' report.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn user(practitioner: &Practitioner) -> Result<Mapped, Rejection> {
    let mut findings = Vec::new();
    if practitioner.active == Some(false) {
        let message = "the practitioner has left; where no Odoo user matches, the fallback owner stands in for them";
        findings.push(info("practitioner-left", "practitioner.active", message));
    }
    let email = trimmed(practitioner.user.and_then(|user| user.email)).map(Span::lowercased);
    let Some(email) = email else {
        let message = "the practitioner has no e-mail, so no Odoo user can be matched";
        findings.push(warning("no-email", "practitioner.user.email", message));
        return Ok(Mapped { findings, ..Mapped::default() });
    };
    let name = |user: odograft_sdk::dentally::User| {
        joined(&[user.title.as_deref(), user.first_name.as_deref(), user.last_name.as_deref()], " ")
    };
    let specialisms = practitioner.extra.iter().filter(|column| column.name.starts_with("specialisms"));
    let specialisms: Vec<_> = specialisms.map(|column| written(&column.value)).collect();
    let specialisms: Vec<_> = specialisms.iter().map(|word| Some(&**word)).collect();

    let mut user = user::upsert(practitioner.id);
    user.set(user::LOGIN, email);
    user.set_or_clear(user::NAME, practitioner.user.and_then(name));
    user.set_or_clear(user::ROLE, trimmed(practitioner.user.and_then(|user| user.role)));
    user.set_or_clear(user::GDC_NUMBER, trimmed(practitioner.gdc_number));
    user.set_or_clear(user::NHS_NUMBER, trimmed(practitioner.nhs_number));
    user.set_or_clear(user::SPECIALISMS, joined(&specialisms, ", "));
    Ok(Mapped { findings, ..user.into() })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::dentally::User;
    use odograft_sdk::{ExtraField, Scalar, examples};

    use super::*;

    fn practitioner(email: Option<&str>) -> Practitioner {
        let user = User {
            id: "7".into(),
            title: Some("Dr".into()),
            first_name: Some("Priya".into()),
            last_name: Some("Shah".into()),
            email: email.map(Into::into),
            role: Some("Dentist".into()),
        };
        let specialism = |at: usize, word: &str| ExtraField {
            name: format!("specialisms.{at}").as_str().into(),
            value: Scalar::Text(word.into()),
        };
        Practitioner {
            gdc_number: Some("900123".into()),
            user: Some(user),
            extra: vec![specialism(0, "Endodontics"), specialism(1, "Implants")],
            ..examples::practitioner("17")
        }
    }

    #[test]
    fn matches_by_the_nested_email_and_tells_who_they_are() {
        let mapped = user(&practitioner(Some(" Ada@Example.invalid "))).expect("maps");
        let row = mapped.only(&user::TARGET).expect("one user");
        assert_eq!(row.text(user::LOGIN), Some("ada@example.invalid"));
        assert_eq!((row.text(user::NAME), row.text(user::ROLE)), (Some("Dr Priya Shah"), Some("Dentist")));
        assert_eq!(row.text(user::SPECIALISMS), Some("Endodontics, Implants"));
        assert_eq!(row.get(user::NHS_NUMBER), Some(&Value::Empty));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn says_so_when_there_is_no_email() {
        let mapped = user(&practitioner(None)).expect("maps");
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "no-email");
    }

    #[test]
    fn one_who_has_left_is_matched_all_the_same() {
        let left = Practitioner { active: Some(false), ..practitioner(Some("ada@example.invalid")) };
        let mapped = user(&left).expect("maps");
        assert_eq!((mapped.upserts.len(), mapped.findings[0].code.as_str()), (1, "practitioner-left"));
    }
}
