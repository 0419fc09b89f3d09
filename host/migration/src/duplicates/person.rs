//! What two people are compared by: names, days and numbers without the ways in which they are written.

use crate::cells::{Cell, Cells};

/// A planned contact, as it is compared and as a person sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The source id.
    pub id: String,
    /// The name as it is planned.
    pub name: String,
    /// The day of birth, `1990-02-28`.
    pub birth: Option<String>,
    /// The e-mail as it is planned.
    pub email: String,
    /// The phone numbers as they are planned.
    pub phone: String,
    /// Street, postcode and town as they are planned.
    pub address: String,
    /// How many fields are filled.
    pub filled: usize,
    pub(super) first: String,
    pub(super) last: String,
    pub(super) emails: Vec<String>,
    pub(super) phones: Vec<String>,
    pub(super) street: Option<String>,
}

/// How two days of birth compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Births {
    Same,
    /// Day and month in each other's place, or one digit of the day, the month or the year's last: a decade between a
    /// father and a son of one name is no slip.
    Slip,
    Different,
    Unknown,
}

/// How two names compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    Same,
    Alike,
    Different,
    Unknown,
}

/// Words before a name that are none of it.
const TITLES: [&str; 12] = ["mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof", "professor", "sir", "lady", "rev"];

/// Names alike by this or more are one with a slip.
const ALIKE: f64 = 0.92;

/// Digits of a phone number by which it is compared: with or without the country's.
const DIGITS: usize = 9;

impl Person {
    pub(super) fn of(id: String, cells: &Cells) -> Self {
        let text = |field: &str| cells.get(field).map(|cell| cell.text(&[])).unwrap_or_default();
        let name = text("name");
        let (first, last) = parts(&name);
        let email = text("email");
        let numbers: Vec<String> = cells
            .iter()
            .filter(|(field, cell)| is_phone(field) && matches!(cell, Cell::Text(_)))
            .map(|(_, cell)| cell.text(&[]))
            .filter(|number| !number.trim().is_empty())
            .collect();
        let mut phones: Vec<String> = numbers.iter().filter_map(|number| phone(number)).collect();
        phones.sort_unstable();
        phones.dedup();
        let address = [text("street"), text("zip"), text("city")];
        let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        let street: String = plain(&address[..2].concat());
        Self {
            id,
            birth: cells.get("x_date_of_birth").map(|cell| cell.text(&[])).filter(|day| !day.is_empty()),
            emails: Some(email.trim().to_lowercase()).filter(|email| email.contains('@')).into_iter().collect(),
            phone: numbers.join(", "),
            address: address.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", "),
            filled: cells.values().filter(|cell| **cell != Cell::Empty).count(),
            street: (!address[0].trim().is_empty()).then_some(street),
            name,
            email,
            first,
            last,
            phones,
        }
    }

    /// What people who may be this one have too.
    pub(super) fn keys(&self) -> Vec<String> {
        let emails = self.emails.iter().map(|email| format!("email {email}"));
        let phones = self.phones.iter().map(|phone| format!("phone {phone}"));
        let mut keys: Vec<String> = emails.chain(phones).collect();
        if let (Some(birth), false) = (&self.birth, self.first.is_empty()) {
            keys.push(format!("name {} {birth}", self.first));
            keys.push(format!("named {} {birth}", self.last));
        }
        keys
    }
}

/// Whether a field holds a patient's own phone number.
fn is_phone(field: &str) -> bool {
    (field.contains("phone") || field.contains("mobile")) && !field.contains("emergency") && !field.contains("country")
}

/// The digits by which a number is compared; none of one that is too short to tell anybody.
fn phone(number: &str) -> Option<String> {
    let digits: Vec<char> = number.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 7).then(|| digits[digits.len().saturating_sub(DIGITS)..].iter().collect())
}

/// First and last name, without titles, in small letters without marks.
fn parts(name: &str) -> (String, String) {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| c.is_whitespace() || c == '.').map(folded).filter(|word| !word.is_empty());
        words.filter(|word| !TITLES.contains(&word.as_str())).collect()
    };
    let of = |words: &[String], at: Option<usize>| at.and_then(|at| words.get(at)).cloned().unwrap_or_default();
    if let Some((last, first)) = name.split_once(',') {
        let (last, first) = (words(last), words(first));
        return (of(&first, Some(0)), last.join(""));
    }
    let words = words(name);
    let last = if words.len() > 1 { words.last().cloned().unwrap_or_default() } else { String::new() };
    (of(&words, Some(0)), last)
}

/// Letters in their plainest form.
fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'æ' => plain.push_str("ae"),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' | 'ð' => plain.push('d'),
            'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => plain.push('e'),
            'ì'..='ï' | 'ī' | 'į' | 'ı' => plain.push('i'),
            'ł' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'œ' => plain.push_str("oe"),
            'ř' => plain.push('r'),
            'ś' | 'š' | 'ş' | 'ș' => plain.push('s'),
            'ß' => plain.push_str("ss"),
            'ť' | 'ţ' | 'ț' => plain.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ų' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            c if c.is_alphanumeric() => plain.push(c),
            // O'Neill, Smith-Jones: the same with and without.
            _ => {}
        }
    }
    plain
}

pub(super) fn compare_names(one: &str, other: &str) -> Names {
    match (one, other) {
        ("", _) | (_, "") => Names::Unknown,
        _ if one == other => Names::Same,
        _ if strsim::jaro_winkler(one, other) >= ALIKE => Names::Alike,
        _ => Names::Different,
    }
}

pub(super) fn compare_births(one: Option<&str>, other: Option<&str>) -> Births {
    let (Some(one), Some(other)) = (one, other) else { return Births::Unknown };
    if one == other {
        return Births::Same;
    }
    let parts = |day: &str| -> Vec<String> { day.split('-').map(str::to_owned).collect() };
    let (a, b) = (parts(one), parts(other));
    if a.len() == 3 && b.len() == 3 && a[0] == b[0] && a[1] == b[2] && a[2] == b[1] {
        return Births::Slip;
    }
    let differing: Vec<usize> = std::iter::zip(one.chars(), other.chars())
        .enumerate()
        .filter(|(_, (a, b))| a != b)
        .map(|(place, _)| place)
        .collect();
    // `YYYY-MM-DD`: the year's first three digits part generations.
    let is_slip = one.len() == other.len() && matches!(differing[..], [place] if place >= 3);
    if is_slip { Births::Slip } else { Births::Different }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_titles_and_marks() {
        for (name, expected) in [
            ("Mr. José O'Neill", ("jose", "oneill")),
            ("O’Neill, Jose", ("jose", "oneill")),
            ("Dr Anna-Lena Smith-Jones", ("annalena", "smithjones")),
            ("Cher", ("cher", "")),
            ("  ", ("", "")),
        ] {
            assert_eq!(parts(name), (expected.0.to_owned(), expected.1.to_owned()), "{name}");
        }
    }

    #[test]
    fn numbers_are_the_same_with_and_without_their_country() {
        let same = ["07700 900123", "+44 7700 900123", "0044 (0)7700-900123"].map(phone);
        assert!(same.iter().all(|number| number.as_deref() == Some("700900123")), "{same:?}");
        assert_eq!(phone("12345"), None);
        assert!(is_phone("x_home_phone") && !is_phone("x_emergency_phone") && !is_phone("x_home_phone_country"));
    }

    #[test]
    fn a_slip_is_told_from_another_generation() {
        let of = |other: &str| compare_births(Some("1961-03-02"), Some(other));
        assert_eq!([of("1961-03-02"), of("1961-02-03"), of("1961-03-12")], [Births::Same, Births::Slip, Births::Slip]);
        assert_eq!(
            [of("1981-03-02"), of("1962-03-02"), of("1962-04-02")],
            [Births::Different, Births::Slip, Births::Different]
        );
        assert_eq!(compare_births(None, Some("1961-03-02")), Births::Unknown);
    }
}
