//! What Dentally's addresses leave open: their country.

use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Reference, SettingSpec, Span, lookup, place, setting};

/// The country that the practice's addresses and numbers mean.
pub const COUNTRY: SettingSpec = setting(
    "country",
    "",
    "the country that is meant, since Dentally's addresses name none, by its ISO 3166 code such as `GB`; empty: country and state stay empty",
);

fn usual(context: &Context) -> Option<&str> {
    Some(context.setting(COUNTRY.name()).trim()).filter(|code| !code.is_empty())
}

/// The country of an address: the practice's, where the address has anything in it.
#[must_use]
pub fn country(is_filled: bool, context: &Context) -> Option<Reference> {
    let code = usual(context).filter(|_| is_filled)?;
    Some(lookup("res.country", "code", code.to_uppercase()))
}

/// The state that a county names, by code or name within the practice's country. Without a country none is looked for:
/// the names repeat from one country to the next.
#[must_use]
pub fn state(county: Option<Span>, context: &Context) -> Option<Reference> {
    place::state(county, None, usual(context)?)
}

/// The country of a telephone number, where it is another than the practice's.
#[must_use]
pub fn foreign(code: Option<Span>, context: &Context) -> Option<Span> {
    trimmed(code).filter(|code| usual(context).is_none_or(|usual| !code.eq_ignore_ascii_case(usual)))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::lookup_by;

    use super::*;
    use crate::MODULE;

    fn british() -> Context {
        Context::at(&MODULE, 0).set("country", "gb")
    }

    #[test]
    fn no_country_is_ever_invented() {
        assert_eq!(country(true, &british()), Some(lookup("res.country", "code", "GB")));
        assert_eq!(country(false, &british()), None, "no address, no country");
        let silent = Context::at(&MODULE, 0);
        assert_eq!((country(true, &silent), state(Some("Kent".into()), &silent)), (None, None));
    }

    #[test]
    fn a_county_is_looked_for_in_the_practices_country() {
        let kent = lookup_by("res.country.state", &[("name", "Kent".into()), ("country_id.code", "gb".into())]);
        assert_eq!(state(Some(" Kent ".into()), &british()), Some(kent));
        assert_eq!(state(None, &british()), None);
    }

    #[test]
    fn only_a_number_from_elsewhere_tells_its_country() {
        assert_eq!(foreign(Some("FR".into()), &british()).as_deref(), Some("FR"));
        assert_eq!(foreign(Some("GB".into()), &british()), None);
        assert_eq!(foreign(Some("GB".into()), &Context::at(&MODULE, 0)).as_deref(), Some("GB"));
    }
}
