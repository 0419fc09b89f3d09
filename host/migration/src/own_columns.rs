//! A practice's own columns: what no mapping names is proposed as a custom field, with a type, how sure that is, and why. A
//! person confirms it as an `[[extra]]`; nothing is made of it before.

use std::collections::{BTreeMap, BTreeSet};

use odograft_records::Reading;
use serde::Serialize;

use crate::modules::Extra;

/// A dropdown has no more different values.
const CHOICES: usize = 12;
/// And each of them this often, taken together.
const EACH: u64 = 8;
/// A longer text gets a field of several lines.
const LINE: usize = 80;
/// The longest name that Odoo's database gives a field.
const NAME: usize = 63;

/// How sure a proposal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// At least twenty values, and all of them fit.
    High,
    /// Of at least five values nineteen in twenty fit.
    Medium,
    /// Few values, or values of several kinds.
    Low,
}

impl Confidence {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A column that no mapping names, and the field that is proposed for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProposedColumn {
    /// What a client confirms; the choices of a dropdown are values of patients'.
    #[serde(flatten, serialize_with = "without_choices")]
    pub extra: Extra,
    /// Rows that have something in it.
    pub filled: u64,
    /// How sure the type is.
    pub confidence: Confidence,
    /// Why, in words without values.
    pub reason: String,
}

fn without_choices<S: serde::Serializer>(extra: &Extra, serializer: S) -> Result<S::Ok, S::Error> {
    Extra { choices: Vec::new(), ..extra.clone() }.serialize(serializer)
}

/// What a column holds. Memory is that of its first different values.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    filled: u64,
    kinds: BTreeMap<Reading, u64>,
    values: BTreeSet<String>,
    longest: usize,
    lines: bool,
}

impl Seen {
    pub(crate) fn take(&mut self, text: &str, reading: Reading) {
        self.filled += 1;
        *self.kinds.entry(reading).or_default() += 1;
        self.longest = self.longest.max(text.chars().count());
        self.lines |= text.contains('\n');
        if self.values.len() <= CHOICES && text.len() <= LINE && !self.values.contains(text) {
            self.values.insert(text.to_owned());
        }
    }

    /// How many values can be read as one of these.
    fn of(&self, readings: &[Reading]) -> u64 {
        readings.iter().filter_map(|reading| self.kinds.get(reading)).sum()
    }

    /// The field for a column of an object.
    pub(crate) fn proposed(&self, object: &str, column: &str) -> ProposedColumn {
        // The narrowest kind that nearly all values fit; those that do not are carried along by a run, with a finding each.
        let kinds: [(&str, &[Reading], &str); 5] = [
            ("boolean", &[Reading::Boolean], "yes or no"),
            ("integer", &[Reading::Integer], "whole numbers"),
            ("float", &[Reading::Integer, Reading::Decimal], "numbers"),
            ("date", &[Reading::Date], "days"),
            ("datetime", &[Reading::Date, Reading::Moment], "moments"),
        ];
        let fits = |(_, readings, _): &&(&str, &[Reading], &str)| self.of(readings) * 20 >= self.filled * 19;
        let (kind, fitting, mut reason) = match kinds.iter().find(fits) {
            Some((kind, readings, words)) => {
                let fitting = self.of(readings);
                (*kind, fitting, format!("{fitting} of {} values are {words}", self.filled))
            }
            None => self.text(),
        };
        let confidence = match self.filled {
            20.. if fitting == self.filled => Confidence::High,
            5.. if fitting * 20 >= self.filled * 19 => Confidence::Medium,
            _ => Confidence::Low,
        };
        if self.filled < 5 {
            reason.push_str("; too few to be sure");
        }
        let choices = if kind == "selection" { self.values.iter().cloned().collect() } else { Vec::new() };
        let extra = Extra {
            object: object.to_owned(),
            column: column.to_owned(),
            field: field(column),
            kind: kind.to_owned(),
            label: None,
            choices,
            clinical: false,
        };
        ProposedColumn { extra, filled: self.filled, confidence, reason }
    }

    /// A text's field, how many values fit it, and why it is that one.
    fn text(&self) -> (&'static str, u64, String) {
        let values = self.values.len() as u64;
        if (2..=CHOICES).contains(&self.values.len()) && self.longest <= LINE && self.filled >= values * EACH {
            return ("selection", self.filled, format!("{} values are {values} different ones", self.filled));
        }
        let mixed = if self.kinds.len() > 1 { ", of several kinds" } else { "" };
        if self.lines || self.longest > LINE {
            ("text", self.filled, format!("texts of up to {} characters{mixed}", self.longest))
        } else {
            ("char", self.filled, format!("short texts, {} characters at most{mixed}", self.longest))
        }
    }
}

/// The name of a column's field in Odoo: `x_`, and the words of the column in small letters.
fn field(column: &str) -> String {
    let mut name = "x".to_owned();
    for word in plain(column).split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        // `RecallMonths` has two words.
        let mut after_small = false;
        name.push('_');
        for c in word.chars() {
            if after_small && c.is_ascii_uppercase() {
                name.push('_');
            }
            after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
            name.push(c.to_ascii_lowercase());
        }
    }
    if name == "x" {
        name.push_str("_column");
    }
    name.truncate(NAME);
    name
}

/// Letters of the West without their marks; others part words.
fn plain(column: &str) -> String {
    let mut plain = String::with_capacity(column.len());
    for c in column.chars() {
        match c {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' | 'œ' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'ß' => plain.push_str("ss"),
            'á' | 'à' | 'â' | 'ã' | 'å' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'ì' | 'î' | 'ï' => plain.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' => plain.push('o'),
            'ú' | 'ù' | 'û' => plain.push('u'),
            'ç' => plain.push('c'),
            'ñ' => plain.push('n'),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposed(values: &[(&str, Reading)], times: usize) -> (String, Confidence, String) {
        let mut seen = Seen::default();
        for _ in 0..times {
            values.iter().for_each(|(text, reading)| seen.take(text, *reading));
        }
        let ProposedColumn { extra, confidence, reason, .. } = seen.proposed("patient", "Own");
        (extra.kind, confidence, reason)
    }

    #[test]
    fn a_type_is_the_narrowest_that_nearly_all_values_fit() {
        use Reading::{Boolean, Date, Decimal, Integer, Moment, Text};
        let of = |values: &[(&str, Reading)], times| {
            let (kind, confidence, _) = proposed(values, times);
            format!("{kind} {}", confidence.word())
        };
        assert_eq!(of(&[("yes", Boolean), ("no", Boolean)], 20), "boolean high");
        assert_eq!(of(&[("3", Integer)], 3), "integer low");
        assert_eq!(of(&[("3", Integer), ("2.5", Decimal)], 3), "float medium");
        assert_eq!(of(&[("d", Date), ("m", Moment)], 30), "datetime high");
        assert_eq!(of(&[("d", Date)], 6), "date medium");
        assert_eq!(of(&[("3", Integer), ("soft", Text)], 40), "selection high", "two words many times");
        assert_eq!(of(&[("3", Integer), ("soft", Text)], 2), "char low");
        let long = "word ".repeat(40);
        assert_eq!(of(&[(&long, Text)], 2), "text low");
        assert_eq!(proposed(&[("3", Integer)], 3).2, "3 of 3 values are whole numbers; too few to be sure");
    }

    #[test]
    fn one_slip_in_twenty_does_not_make_numbers_texts() {
        let mut values = vec![("7", Reading::Integer); 19];
        values.push(("seven", Reading::Text));
        let (kind, confidence, reason) = proposed(&values, 2);
        assert_eq!((kind.as_str(), confidence), ("integer", Confidence::Medium));
        assert_eq!(reason, "38 of 40 values are whole numbers");
    }

    #[test]
    fn a_field_is_named_by_the_columns_words() {
        let names = ["Ref By", "RecallMonths", "metadata.crm.id", "Schuhgröße", "…", "Last X-Ray"].map(field);
        assert_eq!(
            names,
            ["x_ref_by", "x_recall_months", "x_metadata_crm_id", "x_schuhgroesse", "x_column", "x_last_x_ray"]
        );
        assert_eq!(field(&"long ".repeat(40)).len(), NAME);
    }
}
