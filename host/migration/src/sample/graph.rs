//! How the records of a plan hang together: who refers to whom, and who is one in Odoo.

use std::collections::{HashMap, HashSet};

use odograft_ledger::PlannedRecord;

use super::{AdoptBy, references};
use crate::cells::Cells;
use crate::namesake::known_by;

/// A hash of what tells a record from others: of millions no two are the same.
pub(super) type Key = u128;

/// The hash of words in their order.
pub(super) fn key(words: &[&str]) -> Key {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(first)
}

/// The plan's records, and how they hang together.
#[derive(Default)]
pub(super) struct Graph {
    /// Row ids, in plan order.
    rowids: Vec<i64>,
    /// Where a record stands in it.
    pub(super) places: HashMap<Key, u32>,
    /// Who refers to which record.
    references: Vec<(u32, Key)>,
    /// Records by what they are one in Odoo.
    alike: Vec<(Key, u32)>,
}

impl Graph {
    /// Takes in a record of the plan, in its order; returns its place.
    pub(super) fn take(&mut self, record: &PlannedRecord, cells: &Cells, adopt_by: &AdoptBy<'_>) -> u32 {
        let place = u32::try_from(self.rowids.len()).unwrap_or(u32::MAX);
        self.rowids.push(record.rowid);
        self.places.insert(key(&[&record.model, &record.object, &record.source_id]), place);
        self.references.extend(references(cells).map(|(model, object, id)| (place, key(&[model, object, id]))));
        if let Some(id) = record.odoo_id {
            self.alike.push((key(&["id", &record.model, &id.to_string()]), place));
        }
        let values = known_by(adopt_by, record, cells);
        if values.first().is_some_and(|value| !value.is_empty()) {
            let words: Vec<&str> =
                ["values", record.model.as_str()].into_iter().chain(values.iter().map(String::as_str)).collect();
            self.alike.push((key(&words), place));
        }
        place
    }

    /// The records of these patients, what belongs to them, what those refer to, and all that are one in Odoo with any of
    /// these: of several the last has the last word, so they are loaded together. Another patient who refers to one of them
    /// does not belong to that one.
    pub(super) fn closure(&self, seeds: &[u32], patients: &HashSet<u32>) -> Vec<i64> {
        let to: Vec<Option<u32>> = self.references.iter().map(|(_, to)| self.places.get(to).copied()).collect();
        let pairs = || std::iter::zip(&self.references, &to).filter_map(|((from, _), to)| Some((*from, (*to)?)));
        let (mut forwards, mut backwards): (Links, Links) =
            (pairs().collect(), pairs().map(|(from, to)| (to, from)).collect());
        let mut alike = self.alike.clone();
        forwards.sort_unstable();
        backwards.sort_unstable();
        alike.sort_unstable();

        let mut taken: HashSet<u32> = seeds.iter().copied().collect();
        let mut open = seeds.to_vec();
        while let Some(place) = open.pop() {
            open.extend(of(&backwards, place).filter(|from| !patients.contains(from) && taken.insert(*from)));
        }
        let mut kinds: HashMap<u32, Vec<Key>> = HashMap::new();
        for (kind, place) in &alike {
            kinds.entry(*place).or_default().push(*kind);
        }
        let mut open: Vec<u32> = taken.iter().copied().collect();
        while let Some(place) = open.pop() {
            open.extend(of(&forwards, place).filter(|to| taken.insert(*to)));
            for kind in kinds.get(&place).into_iter().flatten() {
                let first = alike.partition_point(|(other, _)| other < kind);
                let same = alike[first..].iter().take_while(|(other, _)| other == kind).map(|(_, place)| *place);
                open.extend(same.filter(|place| taken.insert(*place)));
            }
        }
        let mut records: Vec<i64> =
            taken.into_iter().filter_map(|place| self.rowids.get(place as usize).copied()).collect();
        records.sort_unstable();
        records
    }
}

/// Pairs of places, sorted.
type Links = Vec<(u32, u32)>;

/// The second of the pairs whose first this is.
fn of(links: &Links, first: u32) -> impl Iterator<Item = u32> {
    let begin = links.partition_point(|(other, _)| *other < first);
    links[begin..].iter().take_while(move |(other, _)| *other == first).map(|(_, second)| *second)
}

#[cfg(test)]
mod tests {
    use odograft_ledger::RecordState;

    use super::*;
    use crate::cells::Cell;

    fn to(id: &str) -> Cell {
        let (model, object) = ("res.partner".to_owned(), "patient".to_owned());
        Cell::Source { model, object, id: id.to_owned(), as_integer: false }
    }

    /// A graph of these records: model, id, what it refers to, and Odoo's id.
    fn graph(records: &[(&str, &str, &[&str], Option<i64>)]) -> Graph {
        let mut graph = Graph::default();
        for (place, (model, id, references, odoo_id)) in records.iter().enumerate() {
            let cells = Cells::from([("x".to_owned(), Cell::Many(references.iter().map(|id| to(id)).collect()))]);
            let record = PlannedRecord {
                rowid: place as i64,
                model: (*model).to_owned(),
                object: "patient".to_owned(),
                source_id: (*id).to_owned(),
                external_id: String::new(),
                cells: String::new(),
                written_cells: None,
                odoo_id: *odoo_id,
                state: RecordState::Planned,
            };
            graph.take(&record, &cells, &AdoptBy::new());
        }
        graph
    }

    #[test]
    fn a_sample_takes_what_is_the_patients_and_what_that_refers_to_and_nobody_else() {
        let graph = graph(&[
            ("mail.activity", "visit", &["1"], None),
            ("res.partner", "1", &["dentist"], None),
            ("res.partner", "2", &["1"], None),
            ("mail.activity", "other visit", &["2"], None),
            ("res.partner", "dentist", &[], Some(7)),
            ("res.partner", "the same dentist", &["practice"], Some(7)),
            ("res.partner", "practice", &[], None),
            ("res.users", "another with this number", &[], Some(7)),
        ]);
        let patients = HashSet::from([1, 2]);
        assert_eq!(graph.closure(&[1], &patients), [0, 1, 4, 5, 6], "a patient who refers to this one stays away");
        assert_eq!(graph.closure(&[2], &patients), [1, 2, 3, 4, 5, 6], "one who is referred to comes");
    }
}
