//! Addresses: six columns of PANDA's tables, six fields of Odoo. Every rule with an address declares the fields, and
//! `fill` fills them all in the same way.

use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Reference, SettingSpec, Span, Text, lookup, lookup_by, place, setting};

/// What an address without a country means.
pub const COUNTRY: SettingSpec = setting(
    "country",
    "",
    "the country that is meant where an address names none, by its ISO 3166 code such as `US`; empty: the field stays empty",
);

/// What an address without a state means.
pub const STATE: SettingSpec = setting(
    "state",
    "",
    "the state that is meant where an address names neither state nor country, by its code such as `TX` or its name; empty: the field stays empty",
);

/// The country that an address names; where it names none and is filled otherwise, the one of the setting, if there is any.
#[must_use]
pub fn country(named: Option<Span>, is_filled: bool, context: &Context) -> Option<Reference> {
    let usual = context.setting(COUNTRY.name()).trim();
    let meant = || (is_filled && !usual.is_empty()).then(|| lookup("res.country", "code", usual.to_uppercase()));
    place::country(named).or_else(meant)
}

/// The state that an address names, by its code or name within the country; where it names neither and is filled
/// otherwise, the one of the setting, if there is any.
#[must_use]
pub fn state(named: Option<Span>, country: Option<Span>, is_filled: bool, context: &Context) -> Option<Reference> {
    let within = context.setting(COUNTRY.name()).trim().to_uppercase();
    let usual = context.setting(STATE.name()).trim();
    let meant = || {
        if !is_filled || usual.is_empty() || trimmed(country).is_some() {
            return None;
        }
        let own = if usual.chars().count() <= 3 { "code" } else { "name" };
        let mut by = vec![(own, Text::from(usual))];
        by.extend((!within.is_empty()).then(|| ("country_id.code", Text::from(within.as_str()))));
        Some(lookup_by("res.country.state", &by))
    };
    place::state(named, country, &within).or_else(meant)
}

/// Fills `STREET`, `STREET2`, `CITY`, `STATE`, `POSTCODE` and `COUNTRY` of a record from the address columns of a row.
macro_rules! fill {
    ($record:ident, $fields:ident, $row:expr, $context:expr) => {{
        let (row, context) = ($row, $context);
        let lines = [row.address_line1, row.address_line2, row.city, row.postal_code].map(odograft_sdk::text::trimmed);
        let [street, street2, city, postcode] = lines;
        let is_filled = lines.iter().any(Option::is_some);
        let somewhere = is_filled || odograft_sdk::text::trimmed(row.state).is_some();
        $record.set_or_clear($fields::STREET, street);
        $record.set_or_clear($fields::STREET2, street2);
        $record.set_or_clear($fields::CITY, city);
        $record.set_or_clear($fields::STATE, $crate::address::state(row.state, row.country, is_filled, context));
        $record.set_or_clear($fields::POSTCODE, postcode);
        $record.set_or_clear($fields::COUNTRY, $crate::address::country(row.country, somewhere, context));
    }};
}
pub(crate) use fill;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULE;

    fn context(country: &str, state: &str) -> Context {
        Context::at(&MODULE, 0).set("country", country).set("state", state)
    }

    #[test]
    fn a_country_is_the_one_that_is_named_else_the_one_that_is_meant() {
        let by_code = |code: &str| Some(lookup("res.country", "code", code));
        assert_eq!(country(Some("UK".into()), true, &context("us", "")), by_code("GB"));
        assert_eq!(country(None, true, &context(" us ", "")), by_code("US"));
        assert_eq!(country(Some(" ".into()), true, &context("US", "")), by_code("US"));
        assert_eq!(country(None, true, &context("", "")), None, "no country is ever invented");
        assert_eq!(country(None, false, &context("US", "")), None, "no address, no country");
    }

    #[test]
    fn a_state_is_the_one_that_is_named_else_the_one_that_is_meant() {
        let by = |by: &[(&str, Text)]| Some(lookup_by("res.country.state", by));
        let (ohio, texas) = (Some("OH".into()), by(&[("code", "TX".into()), ("country_id.code", "US".into())]));
        let named = by(&[("code", "OH".into()), ("country_id.code", "US".into())]);
        assert_eq!(state(ohio, None, true, &context("us", "TX")), named);
        assert_eq!(state(None, None, true, &context("us", "TX")), texas);
        assert_eq!(state(None, None, true, &context("", "Texas")), by(&[("name", "Texas".into())]));
        assert_eq!(state(None, Some("Canada".into()), true, &context("us", "TX")), None, "an address elsewhere");
        assert_eq!(state(None, None, false, &context("us", "TX")), None, "no address, no state");
        assert_eq!(state(None, None, true, &context("us", "")), None, "no state is ever invented");
    }
}
