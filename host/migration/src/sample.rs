//! The sample of a pilot: patients who together show everything that the practice's patients differ in, with all that
//! belongs to them and all that they refer to.
//!
//! Strata are what the plan itself tells: each value of a field with few different ones, each field that is filled, each
//! model with a record of the patient, and the states of those. For each stratum, the rarest first, a patient is taken who
//! has it; the rest are as chance would have it, by a hash of their ids. So the same plan gives the same sample.

mod graph;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use odograft_ledger::{Ledger, PlannedRecord};

use self::graph::{Graph, Key, key};
use crate::cells::{self, Cell, Cells};
use crate::error::MigrationError;
use crate::fill::CONTACT;

/// Records read at once.
const PAGE: usize = 1_000;
/// A field with more different values parts patients into no strata by them.
const VALUES: usize = 24;
/// Patients who are remembered for each stratum.
const NAMED: usize = 8;

/// By model and source object: the fields by which a record is known to be there.
pub(crate) type AdoptBy<'m> = HashMap<(&'m str, &'m str), &'m [String]>;

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
    /// The place among the plan's records.
    place: u32,
    order: u128,
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
    let mut seen = Seen::default();
    each(ledger, &mut |record, cells| {
        seen.take(&object, &record, &cells, adopt_by);
        Ok(())
    })?;
    let Seen { graph, people, fields, theirs } = seen;
    let (candidates, strata) = candidates(&graph, people, &fields, theirs);
    let chosen = cover(&candidates, &strata, patients);
    let shown: HashSet<u32> = chosen.iter().flat_map(|place| &candidates[*place].strata).copied().collect();
    let seeds: Vec<u32> = chosen.iter().map(|place| candidates[*place].place).collect();
    let everybody: HashSet<u32> = candidates.iter().map(|candidate| candidate.place).collect();
    let records = graph.closure(&seeds, &everybody);
    let all = strata.who.iter().filter(|(_, count)| *count > 0).count() as u64;
    Ok(Sample { records, patients: seeds.len() as u64, strata: (all, shown.len() as u64) })
}

/// The source object that most people are of.
pub(crate) fn people(ledger: &Ledger) -> Result<Option<String>, MigrationError> {
    let counts = ledger.planned_by_object(CONTACT)?;
    Ok(counts.into_iter().max_by_key(|(_, count)| *count).map(|(object, _)| object))
}

/// A field of a patient's: its number, the number of its value, and whether it has one.
struct Filled {
    field: usize,
    value: u32,
    filled: bool,
}

/// A field's different values, up to one more than part patients.
struct Values {
    name: String,
    numbers: HashMap<String, u32>,
}

/// What one look at every record tells of it. The size of memory goes by the number of records, not by what they hold.
#[derive(Default)]
struct Seen {
    graph: Graph,
    /// The patients: place, order, and fields.
    people: Vec<(u32, u128, Vec<Filled>)>,
    fields: Fields,
    /// A patient's key, and what the patient has: a record of a model in a state.
    theirs: Vec<(Key, String)>,
}

#[derive(Default)]
struct Fields {
    numbers: HashMap<String, usize>,
    values: Vec<Values>,
}

impl Fields {
    fn take(&mut self, name: &str, cell: &Cell) -> Filled {
        let field = *self.numbers.entry(name.to_owned()).or_insert_with(|| {
            self.values.push(Values { name: name.to_owned(), numbers: HashMap::new() });
            self.values.len() - 1
        });
        let numbers = &mut self.values[field].numbers;
        let next = numbers.len() as u32;
        let number = match numbers.entry(value(cell)) {
            Entry::Occupied(known) => *known.get(),
            // With one value more it parts nobody, and further ones are not kept.
            Entry::Vacant(new) if next as usize <= VALUES => *new.insert(next),
            Entry::Vacant(_) => next,
        };
        Filled { field, value: number, filled: *cell != Cell::Empty }
    }

    /// The name of the stratum that a field puts a patient into.
    fn stratum(&self, of: &Filled) -> String {
        let Values { name, numbers } = &self.values[of.field];
        if numbers.len() <= VALUES { format!("{name}={}", of.value) } else { format!("{name}={}", of.filled) }
    }
}

impl Seen {
    fn take(&mut self, object: &str, record: &PlannedRecord, cells: &Cells, adopt_by: &AdoptBy<'_>) {
        let place = self.graph.take(record, cells, adopt_by);
        if record.model == CONTACT && record.object == object {
            let own = cells.iter().map(|(field, cell)| self.fields.take(field, cell)).collect();
            self.people.push((place, key(&[&record.source_id]), own));
            return;
        }
        if let Some((model, of, id)) = references(cells).find(|(model, of, _)| *model == CONTACT && *of == object) {
            let state = cells.get("state").or_else(|| cells.get("active")).map(|cell| cell.text(&[]));
            self.theirs.push((key(&[model, of, id]), format!("{} {}", record.model, state.unwrap_or_default())));
        }
    }
}

/// Who may be chosen, in the order of their hashes, and the strata that they show.
fn candidates(
    graph: &Graph,
    people: Vec<(u32, u128, Vec<Filled>)>,
    fields: &Fields,
    theirs: Vec<(Key, String)>,
) -> (Vec<Candidate>, Strata) {
    let mut strata = Strata::default();
    let mut candidates: Vec<Candidate> = people
        .into_iter()
        .map(|(place, order, own)| {
            let own = own.iter().map(|filled| strata.number(fields.stratum(filled))).collect();
            Candidate { place, order, strata: own }
        })
        .collect();
    let by_place: HashMap<u32, usize> =
        candidates.iter().enumerate().map(|(at, candidate)| (candidate.place, at)).collect();
    for (patient, name) in theirs {
        let Some(at) = graph.places.get(&patient).and_then(|place| by_place.get(place)) else { continue };
        let number = strata.number(name);
        if !candidates[*at].strata.contains(&number) {
            candidates[*at].strata.push(number);
        }
    }
    candidates.sort_by_key(|candidate| candidate.order);
    for (at, candidate) in candidates.iter().enumerate() {
        for number in &candidate.strata {
            let (who, count) = &mut strata.who[*number as usize];
            *count += 1;
            if who.len() < NAMED {
                who.push(at);
            }
        }
    }
    (candidates, strata)
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
            candidates.push(Candidate { place: place as u32, order: 0, strata: own });
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
