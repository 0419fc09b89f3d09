//! Dentally practitioner → an Odoo user that exists already.

use odograft_sdk::dentally::Practitioner;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Mapped, Rejection, Span, target, warning};

target! {
    /// Dentally practitioner → `res.users`, matched by the e-mail of the nested `user`.
    pub user: practitioner => "res.users" .adopt_by(&["login"]).existing_only()
        .note("matched by e-mail without regard to case, archived users included; a user is never created") {
        LOGIN = char("login") from [user.email] .rule("trimmed, lower-cased");
    }
}

/// The Odoo user who is this practitioner; without one they go to the owners' report.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn user(practitioner: &Practitioner) -> Result<Mapped, Rejection> {
    let email = trimmed(practitioner.user.and_then(|u| u.email)).map(Span::lowercased);
    let Some(email) = email else {
        let message = "the practitioner has no e-mail, so no Odoo user can be matched";
        return Ok(Mapped {
            findings: vec![warning("no-email", "practitioner.user.email", message)],
            ..Mapped::default()
        });
    };
    let mut user = user::upsert(practitioner.id);
    user.set(user::LOGIN, email);
    Ok(user.into())
}

#[cfg(test)]
mod tests {
    use odograft_sdk::dentally::User;

    use super::*;

    fn practitioner(email: Option<&str>) -> Practitioner {
        let user = User {
            id: "7".into(),
            title: None,
            first_name: None,
            last_name: None,
            email: email.map(Into::into),
            role: None,
        };
        Practitioner {
            id: "17".into(),
            uuid: None,
            active: Some(true),
            site_id: None,
            gdc_number: None,
            nhs_number: None,
            user: Some(user),
            extra: Vec::new(),
        }
    }

    #[test]
    fn matches_by_the_nested_email() {
        let mapped = user(&practitioner(Some(" Ada@Example.invalid "))).expect("maps");
        assert_eq!(mapped.upserts[0].text(user::LOGIN), Some("ada@example.invalid"));
    }

    #[test]
    fn says_so_when_there_is_no_email() {
        let mapped = user(&practitioner(None)).expect("maps");
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "no-email");
    }
}
