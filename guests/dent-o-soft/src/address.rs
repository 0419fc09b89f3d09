//! Addresses: six columns of the export, six fields of Odoo. Every rule with an address declares the fields, and
//! `fill` fills them all in the same way.

use odograft_sdk::{Reference, SettingSpec, Span, lookup, place, setting};

/// What an address without a country means.
pub const COUNTRY: SettingSpec = setting(
    "country",
    "",
    "the country that is meant where an address names none, by its ISO 3166 code such as `US`; empty: the field stays empty",
);

/// The country that an address names; where it names none and is filled otherwise, the `usual` one, if there is any.
#[must_use]
pub fn country(named: Option<Span>, is_filled: bool, usual: &str) -> Option<Reference> {
    let usual = usual.trim();
    let meant = || (is_filled && !usual.is_empty()).then(|| lookup("res.country", "code", usual.to_uppercase()));
    place::country(named).or_else(meant)
}

/// Fills `STREET`, `STREET2`, `CITY`, `STATE`, `POSTCODE` and `COUNTRY` of a record from the address columns of a row.
macro_rules! fill {
    ($record:ident, $fields:ident, $row:expr, $context:expr) => {{
        let (row, usual) = ($row, $context.setting($crate::address::COUNTRY.name()));
        let lines = [row.address_line1, row.address_line2, row.city, row.state, row.postal_code]
            .map(odograft_sdk::text::trimmed);
        let [street, street2, city, _, postcode] = lines;
        let is_filled = lines.iter().any(Option::is_some);
        $record.set_or_clear($fields::STREET, street);
        $record.set_or_clear($fields::STREET2, street2);
        $record.set_or_clear($fields::CITY, city);
        $record.set_or_clear($fields::STATE, odograft_sdk::place::state(row.state, row.country, usual));
        $record.set_or_clear($fields::POSTCODE, postcode);
        $record.set_or_clear($fields::COUNTRY, $crate::address::country(row.country, is_filled, usual));
    }};
}
pub(crate) use fill;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_the_one_that_is_named_else_the_one_that_is_meant() {
        let by_code = |code: &str| Some(lookup("res.country", "code", code));
        assert_eq!(country(Some("UK".into()), true, "us"), by_code("GB"));
        assert_eq!(country(None, true, " us "), by_code("US"));
        assert_eq!(country(Some(" ".into()), true, "US"), by_code("US"));
        assert_eq!(country(None, true, ""), None, "no country is ever invented");
        assert_eq!(country(None, false, "US"), None, "no address, no country");
    }
}
