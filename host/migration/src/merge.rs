//! Merges: records of people that somebody has decided to be one.

use std::collections::{HashMap, HashSet};

use odograft_ledger::{DuplicateVerdict, Ledger};

use crate::cells::{Cell, Cells};
use crate::error::MigrationError;
use crate::fill::CONTACT;

/// Whose record goes into whose, by source object and id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Merges {
    /// The end that each is led to.
    ends: HashMap<(String, String), String>,
    /// Those that others are led to.
    kept: HashSet<(String, String)>,
}

impl Merges {
    /// Those that were decided; a chain leads to its end, and a circle to nowhere.
    pub(crate) fn decided(ledger: &Ledger) -> Result<Self, MigrationError> {
        let decided = ledger.decisions()?.into_iter().filter(|decision| decision.verdict == DuplicateVerdict::Merge);
        Ok(Self::of(decided.map(|decision| (decision.object, decision.other, decision.kept))))
    }

    fn of(decided: impl Iterator<Item = (String, String, String)>) -> Self {
        let direct: HashMap<(String, String), String> =
            decided.map(|(object, other, kept)| ((object, other), kept)).collect();
        let mut ends = HashMap::with_capacity(direct.len());
        for (key, kept) in &direct {
            let mut end = kept;
            for _ in 0..direct.len() {
                match direct.get(&(key.0.clone(), end.clone())) {
                    Some(next) if *next != key.1 => end = next,
                    _ => break,
                }
            }
            if *end != key.1 {
                ends.insert(key.clone(), end.clone());
            }
        }
        let kept = ends.iter().map(|((object, _), kept)| (object.clone(), kept.clone())).collect();
        Self { ends, kept }
    }

    /// Whose record this one goes into.
    pub(crate) fn kept(&self, model: &str, object: &str, id: &str) -> Option<&str> {
        if model != CONTACT || self.ends.is_empty() {
            return None;
        }
        self.ends.get(&(object.to_owned(), id.to_owned())).map(String::as_str)
    }

    /// Whether others go into this record.
    pub(crate) fn keeps(&self, model: &str, object: &str, id: &str) -> bool {
        model == CONTACT && self.kept.contains(&(object.to_owned(), id.to_owned()))
    }

    /// Leads a reference to the record that is kept.
    pub(crate) fn lead(&self, cell: Cell) -> Cell {
        match cell {
            Cell::Source { model, object, id, as_integer } => {
                let id = self.kept(&model, &object, &id).map_or(id.clone(), str::to_owned);
                Cell::Source { model, object, id, as_integer }
            }
            Cell::Many(items) => Cell::Many(items.into_iter().map(|item| self.lead(item)).collect()),
            cell => cell,
        }
    }

    /// What a plan's fingerprint has of them: the same merges give the same word.
    pub(crate) fn word(&self) -> String {
        let mut all: Vec<String> =
            self.ends.iter().map(|((object, other), kept)| format!("{object}/{other}={kept}")).collect();
        all.sort_unstable();
        all.join(" ")
    }
}

/// Takes over what the kept record is silent of.
pub(crate) fn fill(cells: &mut Cells, other: Cells) {
    for (field, cell) in other {
        if cells.get(&field).is_none_or(|own| *own == Cell::Empty) {
            cells.insert(field, cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merges(of: &[(&str, &str)]) -> Merges {
        Merges::of(of.iter().map(|(other, kept)| ("patient".into(), (*other).into(), (*kept).into())))
    }

    #[test]
    fn chains_lead_to_their_end_and_circles_nowhere_else() {
        let chain = merges(&[("3", "2"), ("2", "1")]);
        assert_eq!(chain.kept(CONTACT, "patient", "3"), Some("1"));
        assert_eq!(chain.kept(CONTACT, "patient", "1"), None);
        assert_eq!(chain.kept("crm.lead", "patient", "3"), None, "people alone are merged");
        let circle = merges(&[("1", "2"), ("2", "1")]);
        let ends = [circle.kept(CONTACT, "patient", "1"), circle.kept(CONTACT, "patient", "2")];
        assert!(ends.iter().flatten().all(|end| ["1", "2"].contains(end)), "{ends:?}");
    }

    #[test]
    fn what_is_kept_wins_and_what_it_is_silent_of_is_filled() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let mut kept: Cells = [("name".into(), text("Ann")), ("phone".into(), Cell::Empty)].into();
        let other: Cells =
            [("name".into(), text("Anne")), ("phone".into(), text("1")), ("zip".into(), text("2"))].into();
        fill(&mut kept, other);
        assert_eq!(kept, [("name".into(), text("Ann")), ("phone".into(), text("1")), ("zip".into(), text("2"))].into());
    }

    #[test]
    fn references_follow() {
        let merges = merges(&[("2", "1")]);
        let to = |id: &str| Cell::Source {
            model: CONTACT.into(),
            object: "patient".into(),
            id: id.into(),
            as_integer: true,
        };
        assert_eq!(merges.lead(to("2")), to("1"));
        assert_eq!(merges.lead(Cell::Many(vec![to("2"), to("3")])), Cell::Many(vec![to("1"), to("3")]));
    }
}
