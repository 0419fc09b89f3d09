//! Duplicates: planned people who may be one person, with a score that is explained. A person decides; nothing is merged
//! by itself, and an e-mail alone proposes nothing: families share one.
//!
//! Pairs are looked for by e-mail, then by phone, then by name and day of birth. A merge is proposed where a contact, the
//! day of birth and the first name agree, and the last name or the rest of it does; everything else is for a person to
//! look at.

mod person;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odograft_ledger::{Decision, DuplicateVerdict, Ledger};
use serde::Serialize;
use serde_json::json;

pub use self::person::Person;
use self::person::{Births, Names};
use crate::error::MigrationError;
use crate::{clock, fill, sample};

/// More people than that under one e-mail or phone are not each other's doubles: it is the practice's own.
const TOGETHER: usize = 12;

/// Two people who may be one. It holds patients' data.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The source object.
    pub object: String,
    /// The one that would be kept: the one with more filled fields.
    pub kept: Person,
    /// The other.
    pub other: Person,
    /// From 0 to 100.
    pub score: u8,
    /// What speaks for it and against it, in words, without values.
    pub reasons: Vec<&'static str>,
    /// What is proposed; none where a person has to look.
    pub proposal: Option<DuplicateVerdict>,
    /// What was decided.
    pub decided: Option<DuplicateVerdict>,
}

/// How many candidates there are, and how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DuplicateCounts {
    /// Pairs.
    pub candidates: u64,
    /// Of them those for which a merge is proposed.
    pub proposed: u64,
    /// Decided to be one.
    pub merge: u64,
    /// Decided to be two.
    pub keep_both: u64,
    /// Not decided.
    pub undecided: u64,
}

/// The newest plan's people who may be one, the likeliest first.
///
/// # Errors
/// [`MigrationError::NothingPlanned`]; the ledger's.
pub fn duplicates(ledger: &Ledger) -> Result<Vec<Candidate>, MigrationError> {
    if ledger.planned_pass()?.is_none() {
        return Err(MigrationError::NothingPlanned);
    }
    let Some(object) = sample::people(ledger)? else { return Ok(Vec::new()) };
    let mut people = Vec::new();
    sample::each(ledger, &mut |record, cells| {
        if record.model == fill::CONTACT && record.object == object {
            people.push(Person::of(record.source_id, &cells));
        }
        Ok(())
    })?;
    let decided: HashMap<(String, String), DuplicateVerdict> = ledger
        .decisions()?
        .into_iter()
        .filter(|decision| decision.object == object)
        .map(|decision| (pair(&decision.kept, &decision.other), decision.verdict))
        .collect();
    let mut found = candidates(&object, &people);
    for candidate in &mut found {
        candidate.decided = decided.get(&pair(&candidate.kept.id, &candidate.other.id)).copied();
    }
    Ok(found)
}

/// Keeps decisions: object, the one that stays, the other, verdict. Those that are the same as before are not kept twice.
///
/// # Errors
/// The ledger's.
pub fn decide(
    ledger: &mut Ledger,
    wanted: &[(String, String, String, DuplicateVerdict)],
    operator: &str,
) -> Result<u64, MigrationError> {
    let known: BTreeSet<(String, String, String, &str)> =
        ledger.decisions()?.into_iter().map(|d| (d.object, d.kept, d.other, d.verdict.as_str())).collect();
    let moment = clock::now();
    let news: Vec<Decision> = wanted
        .iter()
        .filter(|(object, kept, other, verdict)| {
            !known.contains(&(object.clone(), kept.clone(), other.clone(), verdict.as_str()))
        })
        .map(|(object, kept, other, verdict)| Decision {
            object: object.clone(),
            kept: kept.clone(),
            other: other.clone(),
            verdict: *verdict,
            moment,
            operator: operator.to_owned(),
        })
        .collect();
    ledger.decide(&news)?;
    if !news.is_empty() {
        let told: Vec<_> = news
            .iter()
            .map(|d| json!({ "object": d.object, "kept": d.kept, "other": d.other, "verdict": d.verdict.as_str() }))
            .collect();
        ledger.audit(moment, "duplicates", json!({ "decisions": told }))?;
    }
    Ok(news.len() as u64)
}

/// How candidates stand.
#[must_use]
pub fn counts(candidates: &[Candidate]) -> DuplicateCounts {
    let of = |wanted: &dyn Fn(&Candidate) -> bool| candidates.iter().filter(|c| wanted(c)).count() as u64;
    DuplicateCounts {
        candidates: candidates.len() as u64,
        proposed: of(&|c| c.proposal == Some(DuplicateVerdict::Merge)),
        merge: of(&|c| c.decided == Some(DuplicateVerdict::Merge)),
        keep_both: of(&|c| c.decided == Some(DuplicateVerdict::KeepBoth)),
        undecided: of(&|c| matches!(c.decided, None | Some(DuplicateVerdict::Skip))),
    }
}

/// Two ids, whichever comes first.
fn pair(one: &str, other: &str) -> (String, String) {
    let (one, other) = (one.to_owned(), other.to_owned());
    if one <= other { (one, other) } else { (other, one) }
}

/// The pairs among people that are worth a look.
fn candidates(object: &str, people: &[Person]) -> Vec<Candidate> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, person) in people.iter().enumerate() {
        for key in person.keys() {
            groups.entry(key).or_default().push(place);
        }
    }
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for (key, group) in &groups {
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                let (a, b) = (&people[*one], &people[*other]);
                // Of an address that many share, those alone who were born on one day.
                if group.len() <= TOGETHER || key.starts_with("name") || a.birth.is_some() && a.birth == b.birth {
                    pairs.insert((*one, *other));
                }
            }
        }
    }
    let mut found: Vec<Candidate> = pairs
        .into_iter()
        .filter_map(|(one, other)| {
            let (one, other) = (&people[one], &people[other]);
            let (score, reasons, proposal) = judge(one, other)?;
            let keeps_first = (one.filled, std::cmp::Reverse(&one.id)) >= (other.filled, std::cmp::Reverse(&other.id));
            let (kept, other) = if keeps_first { (one, other) } else { (other, one) };
            let (object, decided) = (object.to_owned(), None);
            Some(Candidate { object, kept: kept.clone(), other: other.clone(), score, reasons, proposal, decided })
        })
        .collect();
    found.sort_by(|a, b| {
        b.score.cmp(&a.score).then_with(|| a.kept.id.cmp(&b.kept.id)).then_with(|| a.other.id.cmp(&b.other.id))
    });
    found
}

/// What speaks for and against two people being one; none where too little speaks for it.
fn judge(one: &Person, other: &Person) -> Option<(u8, Vec<&'static str>, Option<DuplicateVerdict>)> {
    let (mut score, mut reasons) = (0_i32, Vec::new());
    let mut say = |points: i32, reason: &'static str| {
        score += points;
        reasons.push(reason);
    };
    let share = |a: &[String], b: &[String]| a.iter().any(|value| b.contains(value));
    let (email, phone) = (share(&one.emails, &other.emails), share(&one.phones, &other.phones));
    if email {
        say(15, "same e-mail");
    }
    if phone {
        say(15, "same phone");
    }
    let street = one.street.is_some() && one.street == other.street;
    if street {
        say(10, "same address");
    }
    let birth = person::compare_births(one.birth.as_deref(), other.birth.as_deref());
    match birth {
        Births::Same => say(30, "same day of birth"),
        Births::Slip => say(12, "days of birth differ as by a slip"),
        Births::Different => say(-45, "other day of birth"),
        Births::Unknown => say(0, "a day of birth is missing"),
    }
    let first = person::compare_names(&one.first, &other.first);
    match first {
        Names::Same => say(25, "same first name"),
        Names::Alike => say(12, "first names alike"),
        Names::Different => say(-35, "other first name"),
        Names::Unknown => {}
    }
    let last = person::compare_names(&one.last, &other.last);
    match last {
        Names::Same => say(20, "same last name"),
        Names::Alike => say(12, "last names alike"),
        Names::Different => say(-10, "other last name"),
        Names::Unknown => {}
    }
    let contact = email || phone;
    let whole = match (birth, first, last) {
        (Births::Same, Names::Same, Names::Same | Names::Alike) => true,
        // A name that changed: the rest of what is known must agree.
        (Births::Same, Names::Same, Names::Different) => email && phone || street && contact,
        (Births::Slip, Names::Same, Names::Same) => street || email && phone,
        _ => false,
    };
    let proposal = (contact && whole).then_some(DuplicateVerdict::Merge);
    let score = u8::try_from(score.clamp(0, 100)).unwrap_or(0);
    (score >= 40).then_some((score, reasons, proposal))
}

#[cfg(test)]
mod tests;
