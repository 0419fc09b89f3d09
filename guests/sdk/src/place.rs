//! Countries and states, found in Odoo by code, else by name. What Odoo does not know becomes a finding, never a default.

use crate::text::trimmed;
use crate::{Reference, Span, Text, lookup, lookup_by};

/// What people write for a country that Odoo names otherwise, in small letters without points, and its ISO 3166 code.
const WRITTEN: &[(&str, &str)] = &[
    ("uk", "GB"),
    ("great britain", "GB"),
    ("united kingdom of great britain and northern ireland", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("northern ireland", "GB"),
    ("usa", "US"),
    ("united states of america", "US"),
    ("america", "US"),
    ("republic of ireland", "IE"),
    ("eire", "IE"),
    ("deutschland", "DE"),
    ("österreich", "AT"),
    ("schweiz", "CH"),
];

/// The country that a text names, by its ISO 3166 code or its name in English; none for an empty one.
#[must_use]
pub fn country(text: Option<Span>) -> Option<Reference> {
    let text = trimmed(text)?;
    Some(match code(&text) {
        Some(code) => lookup("res.country", "code", code),
        None => lookup("res.country", "name", text),
    })
}

/// The state that a text names by its code or its name, within the country where there is one: codes repeat from one
/// country to the next. Where the source has no country, `usual` is the ISO 3166 code of the one it means, if any.
#[must_use]
pub fn state(text: Option<Span>, country: Option<Span>, usual: &str) -> Option<Reference> {
    let text = trimmed(text)?;
    let own = if text.chars().count() <= 3 { "code" } else { "name" };
    let within = match trimmed(country) {
        Some(country) => Some(code(&country).map_or(("country_id.name", country.into()), |c| ("country_id.code", c))),
        None => Some(usual).filter(|code| !code.is_empty()).map(|code| ("country_id.code", Text::from(code))),
    };
    let by: Vec<(&str, Text)> = core::iter::once((own, text.into())).chain(within).collect();
    Some(lookup_by("res.country.state", &by))
}

/// The ISO 3166 code that a text is, or stands for.
fn code(text: &str) -> Option<Text> {
    let bare = text.replace('.', "").to_lowercase();
    let known = WRITTEN.iter().find(|(written, _)| *written == bare).map(|(_, code)| *code);
    let own = || (bare.len() == 2 && bare.is_ascii()).then(|| bare.to_uppercase());
    known.map(Text::from).or_else(|| own().map(Text::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_found_by_its_code_or_its_name() {
        for (text, field, value) in
            [("gb", "code", "GB"), ("U.K.", "code", "GB"), ("Scotland", "code", "GB"), (" France ", "name", "France")]
        {
            assert_eq!(country(Some(text.into())), Some(lookup("res.country", field, value)), "{text}");
        }
        assert_eq!(country(Some(" ".into())), None);
    }

    #[test]
    fn a_states_code_means_something_within_its_country_only() {
        let by = |by: &[(&str, Text)]| Some(lookup_by("res.country.state", by));
        let california = state(Some("CA".into()), Some("USA".into()), "");
        assert_eq!(california, by(&[("code", "CA".into()), ("country_id.code", "US".into())]));
        assert_eq!(state(Some("Texas".into()), None, ""), by(&[("name", "Texas".into())]));
        let texas = state(Some("TX".into()), None, "US");
        assert_eq!(texas, by(&[("code", "TX".into()), ("country_id.code", "US".into())]));
        assert_eq!(state(None, Some("US".into()), "US"), None);
    }
}
