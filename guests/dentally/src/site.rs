//! Dentally site → `crm.team`, or `res.company` where the client wants companies; address and opening hours → a document.

use odograft_sdk::dentally::Site;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{
    Context, HandoverSpec, Json, Mapped, Reference, Rejection, SettingSpec, Span, Text, Upsert, columns, handover,
    json, reject, setting, source, target, warning,
};

use crate::{address, lists};

/// What a site becomes.
pub const SITES: SettingSpec = setting(
    "sites",
    "team",
    "`team`: each site is a sales team; `company`: each site is a company, which Odoo's administrator approves with the plan",
)
.allowed(&["team", "company"]);

target! {
    /// Dentally site → `crm.team`.
    pub team: site => "crm.team" .only_when("sites", &["team"]) {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name, nickname] .rule("the name, else the nickname");
        ACTIVE = boolean("active") from [active] .rule("closed sites are archived");
    }
}

target! {
    /// Dentally site → `res.company`.
    pub company: site => "res.company" .adopt_by(&["name"]).only_when("sites", &["company"])
        .note("a company of this name is taken; else one is made, after the administrator's approval of the plan") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name, nickname] .rule("the name, else the nickname");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [town];
        STATE = many2one("state_id", "res.country.state") from [county]
            .rule("found by name or code in the country of the setting `country`");
        POSTCODE = char("zip") from [postcode];
        COUNTRY = many2one("country_id", "res.country") from [address_line1, town, postcode]
            .rule("the one of the setting `country`, where one of these is filled");
        PHONE = char("phone") from [phone_number];
        EMAIL = char("email") from [email_address] .rule("trimmed, lower-cased");
        WEBSITE = char("website") from [website];
    }
}

/// What a sales team has no place for.
pub static SHEET: HandoverSpec = handover(
    "site",
    "Sites: addresses and opening hours",
    "Settings › Companies, and Appointments › Appointment Types › Schedule",
);

/// The team or the company that stands for a site; the host takes the one of the setting.
///
/// # Errors
/// A site without any name.
pub fn site(site: &Site, context: &Context) -> Result<Mapped, Rejection> {
    let no_name = || reject("no-name", "site.name", "neither `name` nor `nickname` is filled");
    let name = trimmed(site.name).or_else(|| trimmed(site.nickname)).ok_or_else(no_name)?;
    let mut team = team::upsert(site.id);
    team.set(team::NAME, name);
    team.set(team::ACTIVE, site.active.unwrap_or(true));
    let mut mapped = Mapped::from(SHEET.document(site.id, &sheet(site)));
    mapped.upserts.extend([team, company(site, name, context)]);
    if site.active == Some(false) && are_companies(context) {
        let message = "the site is closed; its company stays active until a person archives it";
        mapped.findings.push(warning("closed-site", "site.active", message));
    }
    Ok(mapped)
}

fn company(site: &Site, name: Span, context: &Context) -> Upsert {
    let is_filled = [site.address_line1, site.town, site.postcode].into_iter().any(|part| trimmed(part).is_some());
    let mut company = company::upsert(site.id);
    company.set(company::NAME, name);
    company.set_or_clear(company::STREET, trimmed(site.address_line1));
    company.set_or_clear(company::STREET2, trimmed(site.address_line2));
    company.set_or_clear(company::CITY, trimmed(site.town));
    company.set_some(company::STATE, address::state(trimmed(site.county), context));
    company.set_or_clear(company::POSTCODE, trimmed(site.postcode));
    company.set_some(company::COUNTRY, address::country(is_filled, context));
    company.set_or_clear(company::PHONE, trimmed(site.phone_number));
    company.set_or_clear(company::EMAIL, trimmed(site.email_address).map(Span::lowercased));
    company.set_or_clear(company::WEBSITE, trimmed(site.website));
    company
}

fn sheet(site: &Site) -> Json {
    let lines = [site.address_line1, site.address_line2, site.town, site.county, site.postcode];
    json!({
        "name": trimmed(site.name),
        "nickname": trimmed(site.nickname),
        "active": site.active.unwrap_or(true),
        "practice": trimmed(site.practice_id),
        "address": joined(&lines.each_ref().map(Option::as_deref), ", "),
        "phone": trimmed(site.phone_number),
        "email": trimmed(site.email_address),
        "website": trimmed(site.website),
        "opening_hours": site.opening_hours.map(read),
        "other_columns": columns::document(&site.extra),
    })
}

/// JSON that came as text; as the text that it is where it is none.
#[must_use]
pub fn read(text: Span) -> Json {
    text.parse().unwrap_or_else(|_| json!(text))
}

/// Whether sites are companies.
#[must_use]
pub fn are_companies(context: &Context) -> bool {
    context.setting(SITES.name()) == "company"
}

/// The team or the company of the site with this number; none where the list of sites does not have it: nothing is held
/// back for a site that is gone.
#[must_use]
pub fn reference(number: Option<Span>, context: &Context) -> Option<Reference> {
    let number = trimmed(number).filter(|number| lists::has(context, "site", number) != Some(false))?;
    Some(source("site", number))
}

/// A site's name in the list of sites, else its number.
#[must_use]
pub fn name(number: Option<Span>, context: &Context) -> Option<Text> {
    lists::name_or_number(context, "site", number, &["name", "nickname"])
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{ExtraField, Scalar, examples, lookup};

    use super::*;
    use crate::MODULE;

    fn context() -> Context {
        Context::at(&MODULE, 0)
    }

    fn north() -> Site {
        Site {
            name: Some("North Street Dental".into()),
            nickname: Some("North".into()),
            address_line1: Some("2 North Street".into()),
            town: Some("Testham".into()),
            county: Some("Kent".into()),
            phone_number: Some("01632 960001".into()),
            email_address: Some(" North@Example.invalid ".into()),
            opening_hours: Some(r#"{"Monday": {"open": "08:30", "close": "17:30"}}"#.into()),
            extra: vec![ExtraField { name: "default_payment_plan_id".into(), value: Scalar::Integer(9001) }],
            ..examples::site("s1")
        }
    }

    #[test]
    fn takes_the_nickname_when_there_is_no_name() {
        let nicknamed = Site { name: Some(" ".into()), ..north() };
        let mapped = site(&nicknamed, &context()).expect("a site with a nickname maps");
        assert_eq!(mapped.only(&team::TARGET).expect("a team").text(team::NAME), Some("North"));
        assert_eq!(site(&examples::site("s1"), &context()).expect_err("a nameless site is rejected").code, "no-name");
    }

    #[test]
    fn a_company_has_the_sites_address() {
        let context = context().set("sites", "company").set("country", "GB");
        let mapped = site(&Site { active: Some(false), ..north() }, &context).expect("maps");
        let company = mapped.only(&company::TARGET).expect("a company");
        assert_eq!(
            (company.text(company::STREET), company.text(company::CITY)),
            (Some("2 North Street"), Some("Testham"))
        );
        assert_eq!(company.text(company::EMAIL), Some("north@example.invalid"));
        assert_eq!(company.get(company::COUNTRY), Some(&Value::Reference(lookup("res.country", "code", "GB"))));
        assert!(company.get(company::STATE).is_some());
        assert_eq!(mapped.findings[0].code, "closed-site");
    }

    #[test]
    fn a_closed_site_is_an_archived_team() {
        let mapped = site(&Site { active: Some(false), ..north() }, &context()).expect("maps");
        assert_eq!(mapped.only(&team::TARGET).expect("a team").get(team::ACTIVE), Some(&Value::Boolean(false)));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn what_a_team_has_no_place_for_is_handed_over() {
        let document = site(&north(), &context()).expect("maps").handovers[0].json();
        assert_eq!(document["opening_hours"], json!({"Monday": {"open": "08:30", "close": "17:30"}}));
        assert_eq!(document["address"], "2 North Street, Testham, Kent");
        assert_eq!(document["other_columns"], json!({"default_payment_plan_id": "9001"}));
        assert_eq!(read("by appointment".into()), json!("by appointment"));
    }

    #[test]
    fn a_site_that_is_gone_holds_nothing_back() {
        let listed = context().set("lists", r#"{"site": {"s1": {"nickname": "North"}}}"#);
        assert_eq!(reference(Some("s1".into()), &listed), Some(source("site", "s1")));
        assert_eq!(reference(Some("s9".into()), &listed), None);
        assert_eq!(
            reference(Some("s9".into()), &context()),
            Some(source("site", "s9")),
            "where no list says otherwise"
        );
        assert_eq!(name(Some("s1".into()), &listed).as_deref(), Some("North"));
    }
}
