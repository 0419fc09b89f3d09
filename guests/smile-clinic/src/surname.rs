//! A surname in capitals gets its prefix as families write it: `VAN DER BERG` is `van der Berg`, `MCDONALD` is `McDonald`.

use odograft_sdk::dentally::Patient;
use odograft_sdk::overlay::Made;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Rejection, below, info};

below! {
    /// The contact that the mapping below makes of a patient.
    pub contact: patient => "res.partner" {
        NAME = char("name") changed from [last_name] .rule("a surname in capitals gets its prefix as families write it: `van der`, `Mc`");
    }
}

/// Words that stand before a surname in lower case.
const WORDS: [&str; 16] =
    ["da", "de", "del", "della", "den", "der", "di", "dos", "du", "la", "le", "ten", "ter", "van", "von", "zu"];

/// Beginnings after which a surname goes on with a capital. Not `Mac`: nobody knows whether MACEY is a MacEy.
const BEGINNINGS: [(&str, &str); 3] = [("MC", "Mc"), ("O'", "O'"), ("O’", "O’")];

/// The name with the surname's prefix as families write it. Only a surname that is wholly in capitals is touched: in any
/// other, somebody has chosen the letters. One without a prefix stays in capitals too.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn prefix(p: &Patient, made: &mut Made<'_>, _: &Context) -> Result<(), Rejection> {
    let Some(surname) = trimmed(p.last_name) else { return Ok(()) };
    let Some(written) = as_written(&surname) else { return Ok(()) };
    let Some(mut contact) = contact::of(made) else { return Ok(()) };
    let Some(others) = contact.text(contact::NAME).and_then(|name| name.strip_suffix(&*surname)) else { return Ok(()) };
    let name = format!("{others}{written}");
    contact.set(contact::NAME, name);
    made.remark(info("surname-prefix", "patient.last_name", "a surname in capitals has been given its usual letters"));
    Ok(())
}

/// A surname in capitals that has a prefix, as families write it.
fn as_written(surname: &str) -> Option<String> {
    let capitals = surname.chars().all(|c| !c.is_lowercase()) && surname.chars().any(char::is_uppercase);
    if !capitals {
        return None;
    }
    let words: Vec<&str> = surname.split(' ').collect();
    // The last word is the name itself, whatever it is: somebody is called `DE`.
    let before = words.iter().take(words.len() - 1).take_while(|word| is_prefix(word)).count();
    let begins = |word: &&str| word.split('-').any(|part| beginning(part).is_some());
    if before == 0 && !words.iter().any(begins) {
        return None;
    }
    let write = |(at, word): (usize, &&str)| if at < before { word.to_lowercase() } else { each_part(word) };
    Some(words.iter().enumerate().map(write).collect::<Vec<_>>().join(" "))
}

fn is_prefix(word: &str) -> bool {
    WORDS.contains(&word.to_lowercase().as_str())
}

/// The parts between hyphens, each with a capital: `Fitzgerald-Jones`.
fn each_part(word: &str) -> String {
    word.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn part(word: &str) -> String {
    match beginning(word) {
        Some((written, rest)) => format!("{written}{}", capital(rest)),
        None => capital(word),
    }
}

/// One of [`BEGINNINGS`] as it is written, and what follows it.
fn beginning(word: &str) -> Option<(&'static str, &str)> {
    let begin = |&(capitals, written): &(&str, &'static str)| Some((written, word.strip_prefix(capitals)?));
    BEGINNINGS.iter().find_map(begin).filter(|(_, rest)| !rest.is_empty())
}

/// The first letter as it is, the others small.
fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().into_iter().chain(letters.flat_map(char::to_lowercase)).collect()
}

#[cfg(test)]
mod tests {
    use odograft_sdk::examples::patient;
    use odograft_sdk::overlay::Sample;

    use super::*;
    use crate::OVERLAY;

    #[test]
    fn prefixes_are_written_as_families_write_them() {
        for (entered, written) in [
            ("VAN DER BERG", "van der Berg"),
            ("DE SOUZA", "de Souza"),
            ("MCDONALD", "McDonald"),
            ("O'NEILL", "O'Neill"),
            ("O'NEILL-MCKAY", "O'Neill-McKay"),
            ("VON MÜLLER", "von Müller"),
        ] {
            assert_eq!(as_written(entered).as_deref(), Some(written));
        }
    }

    #[test]
    fn what_somebody_has_chosen_and_what_has_no_prefix_stays() {
        for surname in ["van der Berg", "Van der Berg", "SMITH", "MACEY", "DE", "MC", "VAN", "", "-", "李"] {
            assert_eq!(as_written(surname), None, "{surname}");
        }
    }

    #[test]
    fn the_rest_of_the_name_stays_and_the_change_is_told() {
        let p = Patient { last_name: Some(" VAN DER BERG ".into()), ..patient("17") };
        let mut sample = Sample::of(&OVERLAY, "17").with(contact::NAME, "Ms EVA VAN DER BERG");
        let context = sample.context(0);
        sample.ask(|made| prefix(&p, made, &context)).expect("no rejection");
        assert_eq!(sample.text(contact::NAME).as_deref(), Some("Ms EVA van der Berg"));
        assert_eq!(sample.findings(), ["surname-prefix"]);
    }

    #[test]
    fn a_name_that_does_not_end_in_the_surname_stays() {
        let p = Patient { last_name: Some("MCDONALD".into()), ..patient("17") };
        let mut sample = Sample::of(&OVERLAY, "17").with(contact::NAME, "McDonald, Eva");
        let context = sample.context(0);
        sample.ask(|made| prefix(&p, made, &context)).expect("no rejection");
        assert_eq!(sample.text(contact::NAME).as_deref(), Some("McDonald, Eva"));
        assert!(sample.findings().is_empty());
    }
}
