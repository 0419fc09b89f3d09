//! Dentally site → `crm.team`.

use odograft_sdk::dentally::Site;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Mapped, Rejection, reject, target};

target! {
    /// Dentally site → `crm.team`.
    pub team: site => "crm.team" {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name, nickname] .rule("the name, else the nickname");
        ACTIVE = boolean("active") from [active] .rule("closed sites are archived");
    }
}

/// The sales team that stands for a site.
///
/// # Errors
/// A site without any name.
pub fn team(site: &Site) -> Result<Mapped, Rejection> {
    let name = trimmed(site.name).or_else(|| trimmed(site.nickname));
    let mut team = team::upsert(site.id);
    team.set(
        team::NAME,
        name.ok_or_else(|| reject("no-name", "site.name", "neither `name` nor `nickname` is filled"))?,
    );
    team.set(team::ACTIVE, site.active.unwrap_or(true));
    Ok(team.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(name: Option<&str>, nickname: Option<&str>) -> Site {
        Site {
            id: "s1".into(),
            name: name.map(Into::into),
            nickname: nickname.map(Into::into),
            active: None,
            practice_id: None,
            address_line1: None,
            address_line2: None,
            town: None,
            county: None,
            postcode: None,
            phone_number: None,
            email_address: None,
            website: None,
            opening_hours: None,
            extra: Vec::new(),
        }
    }

    #[test]
    fn takes_the_nickname_when_there_is_no_name() {
        let mapped = team(&site(Some(" "), Some("High St"))).expect("a site with a nickname maps");
        assert_eq!(mapped.upserts[0].text(team::NAME), Some("High St"));
        assert_eq!(team(&site(None, None)).expect_err("a nameless site is rejected").code, "no-name");
    }
}
