//! The sample of a pilot: patients who together show everything that the practice's patients differ in, with all that
//! belongs to them and all that they refer to.
//!
//! Strata are what the plan itself tells: each value of a field with few different ones, each field that is filled, each
//! model with a record of the patient, and the states of those. For each stratum, the rarest first, a patient is taken who
//! has it; the rest are as chance would have it, by a hash of their ids. So the same plan gives the same sample.

use std::collections::{BTreeMap, HashMap, HashSet};

use odograft_ledger::{Ledger, PlannedRecord};

use crate::cells::{self, Cell, Cells};
use crate::error::MigrationError;
use crate::fill::CONTACT;
use crate::namesake::known_by;

/// Records read at once.
const PAGE: usize = 1_000;
/// A field with more different values parts patients into no strata by them.
const VALUES: usize = 24;
/// Patients who are remembered for each stratum.
const NAMED: usize = 8;
/// How often a model's records are gone through for those that refer to others of it.
const ROUNDS: usize = 4;

/// By model and source object: the fields by which a record is known to be there.
pub(crate) type AdoptBy<'m> = HashMap<(&'m str, &'m str), &'m [String]>;

/// A model, and the values by which a record of it is known.
type Known = (String, Vec<String>);

/// A sample.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    /// Row ids of all records in it.
    pub(crate) records: Vec<i64>,
    /// How many of them are the patients who were chosen.
    pub(crate) patients: u64,
    /// Strata that the practice has, and those of them that the sample shows.
    pub(crate) strata: (u64, u64),
}

/// A patient who may be chosen.
struct Candidate {
    rowid: i64,
    id: String,
    order: [u8; 16],
    strata: Vec<u32>,
}

/// Strata by their names.
#[derive(Default)]
struct Strata {
    numbers: HashMap<String, u32>,
    /// The first of the candidates who have it, and how many have.
    who: Vec<(Vec<usize>, u64)>,
}

impl Strata {
    fn number(&mut self, name: String) -> u32 {
        let next = u32::try_from(self.who.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(name).or_insert(next);
        if number == next {
            self.who.push((Vec::new(), 0));
        }
        number
    }
}

/// Goes through every record of the newest plan.
pub(crate) fn each(
    ledger: &Ledger,
    act: &mut dyn FnMut(PlannedRecord, Cells) -> Result<(), MigrationError>,
) -> Result<(), MigrationError> {
    let mut after = 0;
    loop {
        let page = ledger.records(after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = last.rowid;
        for (record, _) in page.into_iter().filter(|(_, planned)| *planned) {
            let cells = cells::parse(&record, &record.cells)?;
            act(record, cells)?;
        }
    }
}

fn items(cell: &Cell) -> &[Cell] {
    match cell {
        Cell::Many(items) => items,
        cell => std::slice::from_ref(cell),
    }
}

/// The records of this migration that cells refer to: model, object and id.
pub(crate) fn references(cells: &Cells) -> impl Iterator<Item = (&str, &str, &str)> {
    cells.values().flat_map(items).filter_map(|cell| match cell {
        Cell::Source { model, object, id, .. } => Some((model.as_str(), object.as_str(), id.as_str())),
        _ => None,
    })
}

/// Chooses up to `patients` of the practice's patients.
///
/// # Errors
/// The ledger's.
pub(crate) fn choose(ledger: &Ledger, patients: usize, adopt_by: &AdoptBy<'_>) -> Result<Sample, MigrationError> {
    let Some(object) = people(ledger)? else { return Ok(Sample::default()) };
    let (mut candidates, mut strata) = candidates(ledger, &object)?;
    let places: HashMap<String, usize> =
        candidates.iter().enumerate().map(|(place, candidate)| (candidate.id.clone(), place)).collect();
    // What patients have: a record of a model, and its state.
    each(ledger, &mut |record, cells| {
        if record.model == CONTACT && record.object == object {
            return Ok(());
        }
        let of = references(&cells).find(|(model, of, _)| *model == CONTACT && *of == object);
        let Some(place) = of.and_then(|(.., id)| places.get(id)) else { return Ok(()) };
        let state = cells.get("state").or_else(|| cells.get("active")).map(|cell| cell.text(&[])).unwrap_or_default();
        let number = strata.number(format!("{} {state}", record.model));
        if !candidates[*place].strata.contains(&number) {
            candidates[*place].strata.push(number);
        }
        Ok(())
    })?;
    candidates.sort_by_key(|candidate| candidate.order);
    for (place, candidate) in candidates.iter().enumerate() {
        for number in &candidate.strata {
            let (who, count) = &mut strata.who[*number as usize];
            *count += 1;
            if who.len() < NAMED {
                who.push(place);
            }
        }
    }
    let chosen = cover(&candidates, &strata, patients);
    let shown: HashSet<u32> = chosen.iter().flat_map(|place| &candidates[*place].strata).copied().collect();
    let seeds: Vec<(i64, String)> =
        chosen.iter().map(|place| (candidates[*place].rowid, candidates[*place].id.clone())).collect();
    let records = closure(ledger, &object, &seeds, adopt_by)?;
    let all = strata.who.iter().filter(|(_, count)| *count > 0).count() as u64;
    Ok(Sample { records, patients: seeds.len() as u64, strata: (all, shown.len() as u64) })
}

/// The source object that most people are of.
pub(crate) fn people(ledger: &Ledger) -> Result<Option<String>, MigrationError> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    each(ledger, &mut |record, _| {
        if record.model == CONTACT {
            *counts.entry(record.object).or_default() += 1;
        }
        Ok(())
    })?;
    Ok(counts.into_iter().max_by_key(|(_, count)| *count).map(|(object, _)| object))
}

/// Who may be chosen, with the strata that their own fields tell.
fn candidates(ledger: &Ledger, object: &str) -> Result<(Vec<Candidate>, Strata), MigrationError> {
    let is_one = |record: &PlannedRecord| record.model == CONTACT && record.object == object;
    let mut values: HashMap<String, HashSet<String>> = HashMap::new();
    each(ledger, &mut |record, cells| {
        if is_one(&record) {
            for (field, cell) in &cells {
                let of = values.entry(field.clone()).or_default();
                if of.len() <= VALUES {
                    of.insert(value(cell));
                }
            }
        }
        Ok(())
    })?;
    let (mut candidates, mut strata) = (Vec::new(), Strata::default());
    each(ledger, &mut |record, cells| {
        if !is_one(&record) {
            return Ok(());
        }
        let mut own = Vec::with_capacity(cells.len());
        for (field, cell) in &cells {
            let few = values.get(field).is_some_and(|values| values.len() <= VALUES);
            let of = if few { value(cell) } else { (*cell != Cell::Empty).to_string() };
            own.push(strata.number(format!("{field}={of}")));
        }
        let hash = blake3::hash(record.source_id.as_bytes());
        let mut order = [0; 16];
        order.copy_from_slice(&hash.as_bytes()[..16]);
        candidates.push(Candidate { rowid: record.rowid, id: record.source_id, order, strata: own });
        Ok(())
    })?;
    Ok((candidates, strata))
}

/// What tells a cell's value from another.
fn value(cell: &Cell) -> String {
    match cell {
        Cell::Source { model, object, id, .. } => format!("{model} {object} {id}"),
        Cell::Many(items) => items.iter().map(value).collect::<Vec<_>>().join(","),
        Cell::File { .. } => "file".to_owned(),
        cell => cell.text(&[]),
    }
}

/// Who is chosen: for each stratum that nobody shows yet one who has it, the rarest first; then who comes first.
fn cover(candidates: &[Candidate], strata: &Strata, patients: usize) -> Vec<usize> {
    let mut rarest: Vec<usize> = (0..strata.who.len()).filter(|number| strata.who[*number].1 > 0).collect();
    rarest.sort_by_key(|number| (strata.who[*number].1, *number));
    let (mut chosen, mut shown) = (Vec::new(), HashSet::new());
    let take = |place: usize, shown: &mut HashSet<u32>, chosen: &mut Vec<usize>| {
        chosen.push(place);
        shown.extend(&candidates[place].strata);
    };
    for number in rarest {
        if chosen.len() >= patients {
            break;
        }
        if shown.contains(&u32::try_from(number).unwrap_or(u32::MAX)) {
            continue;
        }
        let news = |place: &&usize| candidates[**place].strata.iter().filter(|one| !shown.contains(*one)).count();
        // Of several with as many news, the first.
        if let Some(place) = strata.who[number].0.iter().rev().max_by_key(news) {
            take(*place, &mut shown, &mut chosen);
        }
    }
    let taken: HashSet<usize> = chosen.iter().copied().collect();
    let rest = (0..candidates.len()).filter(|place| !taken.contains(place)).take(patients.saturating_sub(chosen.len()));
    chosen.extend(rest);
    chosen.sort_unstable();
    chosen
}

/// The records of these patients, what belongs to them, what those refer to, and all that are one in Odoo with any of these:
/// of several the last has the last word, so they are loaded together.
fn closure(
    ledger: &Ledger,
    object: &str,
    seeds: &[(i64, String)],
    adopt_by: &AdoptBy<'_>,
) -> Result<Vec<i64>, MigrationError> {
    type Key = (String, String, String);
    let mut bound: HashSet<Key> =
        seeds.iter().map(|(_, id)| (CONTACT.to_owned(), object.to_owned(), id.clone())).collect();
    let mut rowids: HashSet<i64> = seeds.iter().map(|(rowid, _)| *rowid).collect();
    // A record may refer to one that stands behind it in the plan.
    for _ in 0..ROUNDS {
        let before = rowids.len();
        each(ledger, &mut |record, cells| {
            let is_patient = record.model == CONTACT && record.object == object;
            if is_patient || rowids.contains(&record.rowid) {
                return Ok(());
            }
            let belongs = |(model, object, id): (&str, &str, &str)| {
                bound.contains(&(model.to_owned(), object.to_owned(), id.to_owned()))
            };
            if references(&cells).any(belongs) {
                rowids.insert(record.rowid);
                bound.insert((record.model, record.object, record.source_id));
            }
            Ok(())
        })?;
        if rowids.len() == before {
            break;
        }
    }
    loop {
        follow(ledger, &mut rowids)?;
        let before = rowids.len();
        let (mut names, mut ids): (HashSet<Known>, HashSet<(String, i64)>) = Default::default();
        let known_by = |record: &PlannedRecord, cells: &Cells| -> Option<Known> {
            let values = known_by(adopt_by, record, cells);
            values.first().is_some_and(|value| !value.is_empty()).then(|| (record.model.clone(), values))
        };
        each(ledger, &mut |record, cells| {
            if rowids.contains(&record.rowid) {
                names.extend(known_by(&record, &cells));
                ids.extend(record.odoo_id.map(|id| (record.model.clone(), id)));
            }
            Ok(())
        })?;
        each(ledger, &mut |record, cells| {
            let same = record.odoo_id.is_some_and(|id| ids.contains(&(record.model.clone(), id)))
                || known_by(&record, &cells).is_some_and(|known| names.contains(&known));
            if same {
                rowids.insert(record.rowid);
            }
            Ok(())
        })?;
        if rowids.len() == before {
            break;
        }
    }
    let mut records: Vec<i64> = rowids.into_iter().collect();
    records.sort_unstable();
    Ok(records)
}

/// Takes in what records refer to.
fn follow(ledger: &Ledger, rowids: &mut HashSet<i64>) -> Result<(), MigrationError> {
    let mut open: Vec<i64> = rowids.iter().copied().collect();
    while let Some(rowid) = open.pop() {
        let Some(record) = ledger.planned(rowid)? else { continue };
        let cells: Cells =
            serde_json::from_str(&record.cells).map_err(|_| MigrationError::UnreadableCells { rowid })?;
        for (model, object, id) in references(&cells) {
            if let Some(wanted) = ledger.record_in_plan(model, object, id)?
                && rowids.insert(wanted.rowid)
            {
                open.push(wanted.rowid);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Candidates with these strata each.
    fn practice(of: &[&[&str]]) -> (Vec<Candidate>, Strata) {
        let mut strata = Strata::default();
        let mut candidates = Vec::new();
        for (place, names) in of.iter().enumerate() {
            let own: Vec<u32> = names.iter().map(|name| strata.number((*name).to_owned())).collect();
            for number in &own {
                let (who, count) = &mut strata.who[*number as usize];
                *count += 1;
                who.push(place);
            }
            candidates.push(Candidate { rowid: 0, id: place.to_string(), order: [0; 16], strata: own });
        }
        (candidates, strata)
    }

    #[test]
    fn every_stratum_is_shown_by_as_few_as_it_takes_and_the_rest_is_filled_up() {
        let (candidates, strata) = practice(&[&["a"], &["a"], &["a", "b"], &["a", "c"], &["a", "b", "c", "d"]]);
        assert_eq!(cover(&candidates, &strata, 1), [4], "one who shows all four");
        assert_eq!(cover(&candidates, &strata, 3), [0, 1, 4], "filled up from the front");
        assert_eq!(cover(&candidates, &strata, 9), [0, 1, 2, 3, 4], "there are no more");
        assert_eq!(cover(&candidates, &strata, 0), [] as [usize; 0]);
    }

    #[test]
    fn rare_strata_come_first() {
        let (candidates, strata) = practice(&[&["a", "b"], &["a", "b"], &["a", "rare"], &["b", "rarer"]]);
        assert_eq!(cover(&candidates, &strata, 2), [2, 3]);
    }
}
