//! PANDA clinic (one database) → `res.company`; and the stages of treatment, which all clinics share.

use std::collections::BTreeSet;

use odograft_sdk::panda_perio::{Clinic, Location};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Finding, Mapped, Rejection, Text, Upsert, columns, info, target, warning};

use crate::{address, people, stage};

target! {
    /// PANDA clinic → `res.company`.
    pub company: clinic => "res.company" .adopt_by(&["name"]) .one_to_many()
        .note("the clinic's first location is the company that its patients belong to; each further location is a company of its own. A company of this name that Odoo has already is taken; else one is made, after the plan's approval") {
        SOURCE_ID = source_id() from [id, locations.id];
        CLINIC = custom_char("x_clinic_id", "Clinic") from [id] .rule("the clinic's tag in the configuration");
        LOCATION = custom_char("x_location_id", "Location's number") from [locations.id] .rule("the location's number, as patients name it");
        NAME = char("name") from [locations.name, locations.id, id]
            .rule("the location's name; the clinic's tag where there is none; the location's number behind it where another has the name");
        STREET = char("street") from [locations.address_line1];
        STREET2 = char("street2") from [locations.address_line2];
        CITY = char("city") from [locations.city];
        STATE = many2one("state_id", "res.country.state")
            from [locations.state, locations.country, locations.address_line1, locations.address_line2, locations.city, locations.postal_code]
            .rule("found by code, else by name, within the country; where an address names neither, the one of the setting `state`");
        POSTCODE = char("zip") from [locations.postal_code];
        COUNTRY = many2one("country_id", "res.country")
            from [locations.country, locations.address_line1, locations.address_line2, locations.city, locations.state, locations.postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        PHONE = char("phone") from [locations.phone];
        FAX = custom_char("x_fax", "Fax") from [locations.fax];
        EMAIL = char("email") from [locations.email] .rule("trimmed, lower-cased");
        WEBSITE = char("website") from [locations.website];
        TAX_ID = char("vat") from [locations.tax_id];
        NPI = custom_char("x_npi", "National provider identifier") from [locations.npi];
        OTHER = custom_text("x_other_columns", "Other columns") from [extra, extra.locations]
            .rule("columns that have no field of their own, each with its name");
    }
}

/// The companies that a clinic's locations become, and the stages.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn company(clinic: &Clinic, context: &Context) -> Result<Mapped, Rejection> {
    let mut mapped = Mapped { upserts: stage::all().collect(), ..Mapped::default() };
    let mut names = BTreeSet::new();
    for (at, location) in clinic.locations.iter().enumerate() {
        let name = name(clinic, location, &mut names, &mut mapped.findings);
        let mut company = match at {
            0 => company::upsert(clinic.id),
            _ => company::upsert(location.id).on("location"),
        };
        company.set(company::CLINIC, clinic.id);
        company.set(company::NAME, name);
        place(&mut company, location, context);
        company.set_or_clear(company::OTHER, columns::told(&location.extra));
        mapped.findings.extend(people::check_email(location.email, "clinic.locations.email"));
        mapped.upserts.push(company);
    }
    if clinic.locations.is_empty() {
        let message = "the database has no table of locations, so the company goes by the clinic's tag; hint: call the clinic in the configuration as its company is called in Odoo";
        mapped.findings.push(warning("named-by-tag", "clinic.locations", message));
        let mut company = company::upsert(clinic.id);
        company.set(company::CLINIC, clinic.id);
        company.set(company::NAME, clinic.id);
        company.set_or_clear(company::OTHER, columns::told(&clinic.extra));
        mapped.upserts.push(company);
    }
    if clinic.locations.len() > 1 {
        let message = "the clinic has several locations: each is a company, and patients belong to the first; `x_location_id` tells their own";
        mapped.findings.push(info("several-locations", "clinic.locations", message));
    }
    Ok(mapped)
}

/// What a company is called: no two companies of Odoo may have one name.
fn name(clinic: &Clinic, location: &Location, taken: &mut BTreeSet<String>, findings: &mut Vec<Finding>) -> String {
    let name = trimmed(location.name).map(|name| name.to_string()).unwrap_or_else(|| {
        let message = "a location has no name, so its company goes by the clinic's tag";
        findings.push(warning("no-name", "clinic.locations.name", message));
        clinic.id.to_string()
    });
    if taken.insert(name.to_lowercase()) { name } else { format!("{name} ({})", &*location.id) }
}

/// Where a location is and how it is reached.
fn place(company: &mut Upsert, location: &Location, context: &Context) {
    company.set(company::LOCATION, location.id);
    address::fill!(company, company, location, context);
    company.set_or_clear(company::PHONE, trimmed(location.phone));
    company.set_or_clear(company::FAX, trimmed(location.fax));
    company.set_or_clear(company::EMAIL, people::email(location.email));
    company.set_or_clear(company::WEBSITE, trimmed(location.website));
    company.set_or_clear(company::TAX_ID, trimmed(location.tax_id));
    company.set_or_clear(company::NPI, trimmed(location.npi).map(Text::from));
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{ExtraField, Scalar, lookup};

    use super::*;
    use crate::MODULE;
    use crate::examples::{clinic, location};

    fn mapped(clinic: &Clinic) -> Mapped {
        company(clinic, &Context::at(&MODULE, 0).set("country", "US")).expect("maps")
    }

    /// What is made besides the six stages, which come first.
    fn companies(mapped: &Mapped) -> &[Upsert] {
        &mapped.upserts[6..]
    }

    fn named(id: &str, name: &str) -> Location {
        Location { name: Some(name.into()), ..location(id) }
    }

    #[test]
    fn a_clinic_is_the_company_of_its_location() {
        let testham = Location {
            address_line1: Some("1 Mill Lane".into()),
            city: Some("Testham".into()),
            fax: Some("555-0102".into()),
            email: Some("Desk@Example.invalid".into()),
            npi: Some("1234567893".into()),
            extra: vec![ExtraField { name: "Chairs".into(), value: Scalar::Integer(4) }],
            ..named("N/L1", " Testham Perio ")
        };
        let mapped = mapped(&Clinic { locations: vec![testham], ..clinic("N") });
        let [row] = companies(&mapped) else { panic!("one company") };
        assert_eq!((row.text(company::NAME), row.text(company::SOURCE_ID)), (Some("Testham Perio"), Some("N")));
        assert_eq!((row.text(company::LOCATION), row.text(company::FAX)), (Some("N/L1"), Some("555-0102")));
        assert_eq!(row.text(company::EMAIL), Some("desk@example.invalid"));
        assert_eq!(row.get(company::COUNTRY), Some(&Value::Reference(lookup("res.country", "code", "US"))));
        assert_eq!((row.text(company::OTHER), row.text(company::NPI)), (Some("Chairs: 4"), Some("1234567893")));
        assert_eq!(row.get(company::STREET2), Some(&Value::Empty));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn further_locations_are_companies_of_their_own() {
        let locations = vec![named("N/L1", "North"), named("N/L2", "north"), location("N/L3")];
        let mapped = mapped(&Clinic { locations, ..clinic("N") });
        let rows = companies(&mapped);
        let names: Vec<_> = rows.iter().filter_map(|row| row.text(company::NAME)).collect();
        assert_eq!(names, ["North", "north (N/L2)", "N"], "no two companies of Odoo have one name");
        let ids: Vec<_> = rows.iter().filter_map(|row| row.text(company::SOURCE_ID)).collect();
        assert_eq!(ids, ["N", "N/L2", "N/L3"]);
        let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["no-name", "several-locations"]);
    }

    #[test]
    fn a_clinic_without_locations_goes_by_its_tag() {
        let mapped = mapped(&clinic("N"));
        let [row] = companies(&mapped) else { panic!("one company") };
        assert_eq!((row.text(company::NAME), row.text(company::SOURCE_ID)), (Some("N"), Some("N")));
        assert_eq!((mapped.findings.len(), mapped.findings[0].code.as_str()), (1, "named-by-tag"));
        let slip = Location { email: Some("desk at example".into()), ..named("N/L1", "North") };
        let told = self::mapped(&Clinic { locations: vec![slip], ..clinic("N") });
        assert_eq!(told.findings[0].field.as_deref(), Some("clinic.locations.email"));
    }
}
