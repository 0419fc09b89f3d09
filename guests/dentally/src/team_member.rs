//! Practitioner of a Dentally appointment → a member of the sales team of their site.
//!
//! It is made from appointments and not from the practitioner: only then is it known which user of Odoo they are. Without
//! one there is no member, and the activity tells the name (`x_dentist_name`).

use odograft_sdk::dentally::Appointment;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Upsert, source, target};

use crate::{lists, site};

target! {
    /// Practitioner of an appointment → `crm.team.member`.
    pub member: appointment => "crm.team.member" .many_to_one().needs(&["user_id"]).only_when("sites", &["team"])
        .note("one for each practitioner and site; none where no Odoo user matches the practitioner") {
        TEAM = many2one("crm_team_id", "crm.team") from [practitioner_site_id] .rule("the team of the site");
        USER = many2one("user_id", "res.users") from [practitioner_id] .rule("the practitioner's user");
    }
}

/// The source object that members are known by.
const OBJECT: &str = "team_member";

/// The practitioner as a member of their site's team; none for somebody who has left.
#[must_use]
pub fn member(a: &Appointment, context: &Context) -> Option<Upsert> {
    let (number, place) = (trimmed(a.practitioner_id)?, trimmed(a.practitioner_site_id)?);
    let team = site::reference(Some(place), context)?;
    let listed = || lists::rows(context, "practitioner")?.get(&*number)?.get("active")?.as_bool();
    if listed() == Some(false) {
        return None;
    }
    let mut member = member::upsert(format!("{}/{}", &*place, &*number)).on(OBJECT);
    member.set(member::TEAM, team);
    member.set(member::USER, source("practitioner", number));
    Some(member)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Instant, examples};

    use super::*;
    use crate::MODULE;

    fn of(practitioner: Option<&str>, site: Option<&str>, lists: &str) -> Option<Upsert> {
        let a = Appointment {
            practitioner_id: practitioner.map(Into::into),
            practitioner_site_id: site.map(Into::into),
            ..examples::appointment("900", Instant { seconds: 0, nanoseconds: 0 })
        };
        member(&a, &Context::at(&MODULE, 0).set("lists", lists))
    }

    #[test]
    fn who_treats_at_a_site_is_of_its_team() {
        let row = of(Some("7"), Some("north"), "{}").expect("a member");
        assert_eq!(row.get(member::TEAM), Some(&Value::Reference(source("site", "north"))));
        assert_eq!(row.get(member::USER), Some(&Value::Reference(source("practitioner", "7"))));
    }

    #[test]
    fn nobody_is_a_member_of_nothing_and_no_longer_who_has_left() {
        assert!(of(None, Some("north"), "{}").is_none() && of(Some("7"), None, "{}").is_none());
        assert!(of(Some("7"), Some("north"), r#"{"practitioner": {"7": {"active": false}}}"#).is_none());
        assert!(of(Some("7"), Some("north"), r#"{"practitioner": {"7": {"active": true}}}"#).is_some());
        assert!(of(Some("7"), Some("gone"), r#"{"site": {}}"#).is_none());
    }
}
