//! Names of people, which reports write as `Last, First`.

use odograft_sdk::Span;
use odograft_sdk::text::{joined, trimmed};

/// A name as it is spoken: `O'Hara, Mary Ann` is Mary Ann O'Hara, `Smith, John, Jr.` is John Smith Jr.; one without a
/// comma stays as it is. Casing, titles and compound surnames are left alone. Nothing where there is no word.
#[must_use]
pub fn spoken(name: &str) -> Option<String> {
    let mut parts = name.split(',').map(str::trim).filter(|part| !part.is_empty());
    let (family, given) = (parts.next(), parts.next());
    let behind = joined(&parts.map(Some).collect::<Vec<_>>(), " ");
    joined(&[given, family, behind.as_deref()], " ")
}

/// The name of somebody whose first and last name may have columns of their own: those where both are filled, else the
/// column with the whole name, else the one that there is.
#[must_use]
pub fn full(name: Option<Span>, first: Option<Span>, last: Option<Span>) -> Option<String> {
    match (trimmed(first), trimmed(last)) {
        (Some(first), Some(last)) => match first.split_once(',') {
            // What stands behind the first name, as `John, Jr.`, belongs behind the whole one.
            Some((given, behind)) => joined(&[Some(given), Some(&last), Some(behind)], " "),
            None => joined(&[Some(&first), Some(&last)], " "),
        },
        (first, last) => name.and_then(|name| spoken(&name)).or_else(|| first.or(last).and_then(|one| spoken(&one))),
    }
}

/// What tells a patient's lead from others in Odoo's lists: the name, else the number.
#[must_use]
pub fn of_lead(what: &str, name: Option<Span>, patient: &str) -> String {
    match name.and_then(|name| spoken(&name)) {
        Some(name) => format!("{what} - {name}"),
        None => format!("{what} - Patient {patient}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_turned_around_at_its_comma_and_else_left_alone() {
        for (written, said) in [
            ("O'Hara , Mary Ann", "Mary Ann O'Hara"),
            ("van der Berg-Smith, JOSÉ", "JOSÉ van der Berg-Smith"),
            ("Smith, John, Jr.", "John Smith Jr."),
            ("Dr Ann Moss", "Dr Ann Moss"),
            ("Moss,", "Moss"),
            (", Ann", "Ann"),
            ("Prince", "Prince"),
        ] {
            assert_eq!(spoken(written).as_deref(), Some(said), "{written}");
        }
        assert_eq!((spoken(" , "), spoken("")), (None, None));
    }

    #[test]
    fn columns_for_the_parts_come_before_the_whole() {
        let named = |name: &str, first: &str, last: &str| {
            let span = |text: &str| (!text.is_empty()).then(|| Span::from(text));
            full(span(name), span(first), span(last))
        };
        assert_eq!(named("Moss, Ann", "Annie", "Moss").as_deref(), Some("Annie Moss"));
        assert_eq!(named("Moss, Ann", "Annie", "").as_deref(), Some("Ann Moss"), "half a name is no name");
        assert_eq!(named("Smith, John, Jr.", "John, Jr.", "Smith").as_deref(), Some("John Smith Jr."));
        assert_eq!(named("", "", "Moss").as_deref(), Some("Moss"));
        assert_eq!(named(" ", "", ","), None);
    }

    #[test]
    fn a_lead_without_a_name_goes_by_its_patients_number() {
        assert_eq!(of_lead("Appointments", Some("Moss, Ann".into()), "17"), "Appointments - Ann Moss");
        assert_eq!(of_lead("Appointments", Some(" ".into()), "17"), "Appointments - Patient 17");
    }
}
