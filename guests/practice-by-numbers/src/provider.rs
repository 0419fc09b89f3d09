//! Provider → an Odoo user that exists already.

use odograft_sdk::practice_by_numbers::Provider;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Reference, Rejection, Span, info, source, target, warning};

use crate::names;

target! {
    /// Provider → `res.users`, matched by e-mail.
    pub user: provider => "res.users" .adopt_by(&["login"]).existing_only().many_to_one()
        .note("matched by e-mail without regard to case, archived users included; a user is never created. Rows of other reports name a provider by number or by name, so the same user stands under both") {
        LOGIN = char("login") from [email] .rule("trimmed, lower-cased; finds the user and is never written");
        NAME = custom_char("x_provider_name", "Provider") from [name, first_name, last_name] .rule("first and last name, else the name turned around at its comma") .section("Provider");
        SPECIALTY = custom_char("x_provider_specialty", "Specialty") from [specialty] .section("Provider");
    }
}

/// Words around a name that one report has and another has not: titles and degrees.
const AROUND: &[&str] =
    &["dr", "doctor", "mr", "mrs", "ms", "miss", "mx", "prof", "dds", "dmd", "bds", "rdh", "rda", "md", "msd", "phd"];

/// The Odoo user who is this provider; without one they go to the owners' report, and the fallback owner that the finding
/// recommends stands in.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn user(provider: &Provider, context: &Context) -> Result<Mapped, Rejection> {
    let name = names::full(provider.name, provider.first_name, provider.last_name);
    let left = provider.active == Some(false);
    let Some(email) = trimmed(provider.email).map(Span::lowercased) else {
        let message = if left {
            "the provider has left and has no e-mail, so no Odoo user can be matched; recommended: leave what was theirs to the owner that `owners.fallback` names"
        } else {
            "the provider has no e-mail, so no Odoo user can be matched; recommended: fill the e-mail of their Odoo log-in in the report, or leave what is theirs to the owner that `owners.fallback` names"
        };
        return Ok(Mapped { findings: vec![warning("no-email", "provider.email", message)], ..Mapped::default() });
    };
    let mut user = user::upsert(provider.id);
    user.set(user::LOGIN, email.clone());
    user.set_or_clear(user::NAME, name.clone());
    user.set_or_clear(user::SPECIALTY, trimmed(provider.specialty));
    let mut mapped = Mapped { findings: user.set_extras(&provider.extra, context), ..user.into() };
    for other in other_ids(&provider.id, name.as_deref()) {
        let mut same = user::upsert(other);
        same.set(user::LOGIN, email.clone());
        mapped.upserts.push(same);
    }
    if left {
        let message = "the provider has left; where no Odoo user matches, the owner that `owners.fallback` names is recommended for what was theirs";
        mapped.findings.push(info("provider-left", "provider.active", message));
    }
    Ok(mapped)
}

/// Under what other reports know a provider besides the number.
fn other_ids(id: &str, name: Option<&str>) -> Vec<String> {
    let mut ids: Vec<String> = [name, Some(id)].into_iter().flatten().filter_map(known_as).collect();
    ids.dedup();
    ids.retain(|other| other != id);
    ids
}

/// The user whom a row of another report means; nothing where it names nobody.
#[must_use]
pub fn reference(provider: Option<Span>) -> Option<Reference> {
    provider.and_then(|text| known_as(&text)).map(|id| source("provider", id))
}

/// What another report's word for a provider comes to. One word with a digit in it is a number, and stays as it is. Anything
/// else is a name: neither order, casing, titles nor degrees make a difference, so that `Lee, Sam DDS` and `Dr. Sam Lee` are
/// one. Keys are shown in findings, so of a name they hold a fingerprint only.
fn known_as(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_whitespace) {
        return Some(text.to_owned());
    }
    let spoken = names::spoken(text)?.replace('.', "").to_lowercase();
    let words: Vec<&str> = spoken.split_whitespace().collect();
    let own: Vec<&str> = words.iter().copied().filter(|word| !AROUND.contains(word)).collect();
    let words = if own.is_empty() { words } else { own };
    Some(format!("name-{:016x}", fingerprint(&words.join(" "))))
}

/// FNV-1a with 64 bits: the same in every run, and not a secret.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MODULE, examples};

    fn mapped(provider: &Provider) -> Mapped {
        user(provider, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn sam() -> Provider {
        Provider {
            name: Some("Lee, Sam DDS".into()),
            email: Some(" Sam.Lee@Example.invalid ".into()),
            specialty: Some("Orthodontics".into()),
            ..examples::provider("7")
        }
    }

    #[test]
    fn a_provider_is_found_by_e_mail_and_keeps_the_specialty() {
        let mapped = mapped(&sam());
        assert_eq!(mapped.upserts[0].text(user::LOGIN), Some("sam.lee@example.invalid"));
        assert_eq!(mapped.upserts[0].text(user::SPECIALTY), Some("Orthodontics"));
        assert_eq!(mapped.upserts[0].text(user::NAME), Some("Sam DDS Lee"));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn rows_that_name_a_provider_find_the_same_user() {
        let known = other_ids("7", Some("Sam DDS Lee"));
        assert_eq!((known.len(), mapped(&sam()).upserts.len()), (1, 2), "by number and by name");
        for written in ["Sam Lee", "Dr. Sam Lee", "LEE, SAM", "Sam Lee, D.D.S.", "Lee, Dr Sam"] {
            assert_eq!(reference(Some(written.into())), Some(source("provider", known[0].clone())), "{written}");
        }
        for other in ["Sam Leigh", "Sammy Lee", "Sam"] {
            assert_ne!(reference(Some(other.into())), Some(source("provider", known[0].clone())), "{other}");
        }
        assert_eq!(reference(Some(" 7 ".into())), Some(source("provider", "7")));
        assert_eq!(reference(Some(" ".into())), None);
    }

    #[test]
    fn a_number_without_a_digit_is_known_as_well() {
        let known = other_ids("DOC", Some("Sam Lee"));
        assert_eq!(known.len(), 2);
        assert_eq!(reference(Some("doc".into())), Some(source("provider", known[1].clone())));
        let api = "0b9e7c1a-77aa-4f00-8000-0000000000ff";
        assert_eq!(reference(Some(api.into())), Some(source("provider", api)));
        assert_eq!(other_ids("HYG2", Some("HYG2")), [""; 0], "the number itself");
    }

    #[test]
    fn no_name_is_told_by_a_key() {
        let key = known_as("Quackenbush, Sam").expect("a name");
        assert!(key.starts_with("name-") && key.len() == 21 && !key.to_lowercase().contains("quack"));
        assert_eq!(known_as("Dr"), known_as("DR."), "a name of titles alone is still one");
    }

    #[test]
    fn who_has_no_e_mail_is_told_with_a_recommendation() {
        let mapped = mapped(&Provider { email: Some(" ".into()), ..sam() });
        assert!(mapped.upserts.is_empty());
        assert_eq!(mapped.findings[0].code, "no-email");
        assert!(mapped.findings[0].message.contains("`owners.fallback`"));
    }

    #[test]
    fn who_has_left_is_still_matched() {
        let mapped = mapped(&Provider { active: Some(false), ..sam() });
        assert_eq!(mapped.upserts[0].text(user::LOGIN), Some("sam.lee@example.invalid"));
        assert_eq!(mapped.findings[0].code, "provider-left");
    }
}
