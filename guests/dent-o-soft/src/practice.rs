//! Dent-O-Soft practice setting → `res.company`, one for each location.

use odograft_sdk::dent_o_soft::Practice;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Rejection, reject, target, warning};

use crate::{address, contact};

target! {
    /// Dent-O-Soft location → `res.company`.
    pub company: practice => "res.company" .adopt_by(&["name"])
        .note("a company of this name is taken as the location; else one is made, after the plan's approval") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name];
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country]
            .rule("found by code, else by name, within the country");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        PHONE = char("phone") from [phone];
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        WEBSITE = char("website") from [website];
        TAX_ID = char("vat") from [tax_id];
        NPI = custom_char("x_npi", "National provider identifier") from [npi];
    }
}

/// The company that a location becomes.
///
/// # Errors
/// A location without a name: Odoo refuses such a company.
pub fn company(p: &Practice, context: &Context) -> Result<Mapped, Rejection> {
    let name = trimmed(p.name).ok_or_else(|| reject("no-name", "practice.name", "the location has no name"))?;
    let npi = trimmed(p.npi);

    let mut company = company::upsert(p.id);
    company.set(company::NAME, name);
    address::fill!(company, company, p, context);
    company.set_or_clear(company::PHONE, trimmed(p.phone));
    company.set_or_clear(company::EMAIL, contact::email(p.email));
    company.set_or_clear(company::WEBSITE, trimmed(p.website));
    company.set_or_clear(company::TAX_ID, trimmed(p.tax_id));
    company.set_or_clear(company::NPI, npi);

    let mut findings = Vec::from_iter(contact::check_email(p.email, "practice.email"));
    if npi.is_some_and(|npi| !is_npi(&npi)) {
        let message = "not ten digits with a check digit that fits; carried as entered";
        findings.push(warning("malformed-npi", "practice.npi", message));
    }
    findings.extend(company.set_extras(&p.extra, context));
    Ok(Mapped { findings, ..company.into() })
}

/// Whether a text is a national provider identifier: ten digits, of which the last makes the Luhn sum of all, with 80840
/// before them, a multiple of ten (45 CFR 162.406).
fn is_npi(text: &str) -> bool {
    /// The Luhn sum of the prefix 80840.
    const PREFIX: u32 = 24;
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    digits.filter(|digits| digits.len() == 10).is_some_and(|digits| {
        let weighed = digits.iter().enumerate().map(|(at, digit)| match at % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => *digit,
        });
        (PREFIX + weighed.sum::<u32>()).is_multiple_of(10)
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::practice;

    #[test]
    fn a_location_becomes_a_company_with_its_numbers() {
        let location = Practice {
            name: Some(" Testham Dental ".into()),
            npi: Some("1234567893".into()),
            tax_id: Some("12-3456789".into()),
            ..practice("1")
        };
        let mapped = company(&location, &Context::at(&MODULE, 0)).expect("maps");
        let row = mapped.only(&company::TARGET).expect("one company");
        assert_eq!(row.text(company::NAME), Some("Testham Dental"));
        assert_eq!((row.text(company::NPI), row.text(company::TAX_ID)), (Some("1234567893"), Some("12-3456789")));
        assert_eq!(row.get(company::STREET), Some(&Value::Empty));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn a_location_without_a_name_is_put_aside() {
        let nameless = Practice { name: Some("  ".into()), ..practice("1") };
        assert_eq!(company(&nameless, &Context::at(&MODULE, 0)).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn an_npi_is_checked_and_carried_all_the_same() {
        // The first is the example of the Centers for Medicare & Medicaid Services.
        for (npi, good) in [
            ("1234567893", true),
            ("9999999995", true),
            ("1234567890", false),
            ("123456789", false),
            ("123456789X", false),
        ] {
            let location = Practice { name: Some("Testham".into()), npi: Some(npi.into()), ..practice("1") };
            let mapped = company(&location, &Context::at(&MODULE, 0)).expect("maps");
            assert_eq!(mapped.findings.is_empty(), good, "{npi}");
            assert_eq!(mapped.upserts[0].text(company::NPI), Some(npi));
        }
    }
}
