//! Audit: every staged row put together and decoded as a run would, and nothing done with it. What a source holds, and
//! what of it cannot be read.

use std::collections::BTreeMap;

use odograft_engine::{Contract, DentOSoft, Dentally, Package, PandaPerio, Perio, PracticeByNumbers, Tabular};
use odograft_ledger::Ledger;
use odograft_records::{Assemble, Texts};
use serde::Serialize;

use crate::assembly::{self, Assembly};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::modules::Extra;

/// What is staged of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// The object, as manifests name it.
    pub object: String,
    /// Records.
    pub records: u64,
    /// Rows that they are made of, their own and those below them.
    pub rows: u64,
    /// Rows that are no record: put aside by a run, with the reason.
    pub refused: u64,
    /// Rows that belong to nothing that the source has.
    pub orphans: u64,
    /// By field and reason, values that cannot be read; a run carries them along as extra columns.
    pub unreadable: BTreeMap<String, u64>,
}

/// Goes through everything that is staged for these contracts. Memory is that of a page, whatever the practice's size.
///
/// # Errors
/// The ledger's; a source's manifest that does not say how its rows are to be read.
pub fn audit(
    ledger: &Ledger,
    packages: &[Package],
    extras: &[Extra],
    report: &mut dyn FnMut(Event),
) -> Result<Vec<Audited>, MigrationError> {
    let mut found = Vec::new();
    for package in packages {
        match package {
            Package::Dentally => of::<Dentally>(ledger, extras, &mut found, report)?,
            Package::DentOSoft => of::<DentOSoft>(ledger, extras, &mut found, report)?,
            Package::PracticeByNumbers => of::<PracticeByNumbers>(ledger, extras, &mut found, report)?,
            Package::PandaPerio => of::<PandaPerio>(ledger, extras, &mut found, report)?,
            Package::Tabular => of::<Tabular>(ledger, extras, &mut found, report)?,
            Package::Perio => of::<Perio>(ledger, extras, &mut found, report)?,
        }
    }
    Ok(found)
}

fn of<C: Contract>(
    ledger: &Ledger,
    extras: &[Extra],
    found: &mut Vec<Audited>,
    report: &mut dyn FnMut(Event),
) -> Result<(), MigrationError> {
    let Some((assembler, manifest)) = assembly::open::<C>(ledger, extras)? else { return Ok(()) };
    let objects = C::Assembler::objects(&manifest)?;
    for object in objects.all().iter() {
        let assembly = Assembly::<C>::new(object, &assembler, &manifest);
        let audited = object_of(ledger, &assembly, report)?;
        if audited.rows + audited.orphans > 0 {
            found.push(audited);
        }
    }
    Ok(())
}

fn object_of<C: Contract>(
    ledger: &Ledger,
    assembly: &Assembly<'_, C>,
    report: &mut dyn FnMut(Event),
) -> Result<Audited, MigrationError> {
    let object = assembly.object;
    let (name, unreadable) = (object.name.to_owned(), BTreeMap::new());
    let mut audited = Audited { object: name, records: 0, rows: 0, refused: 0, orphans: 0, unreadable };
    let mut after: Option<String> = None;
    loop {
        let page = assembly::page(ledger, object, after.as_deref(), C::Assembler::BATCH)?;
        audited.orphans += page.orphans.iter().map(|orphans| orphans.keys.len() as u64).sum::<u64>();
        let mut texts = Texts::new();
        for group in &page.groups {
            audited.rows += u64::from(object.own()) + group.below() as u64;
            match assembly.assemble(group, &mut texts) {
                Ok(gathered) => {
                    audited.records += 1;
                    audited.refused += gathered.refused.len() as u64;
                    for problem in gathered.problems {
                        let what = format!("{}: {}", by_kind(&problem.field), problem.message);
                        *audited.unreadable.entry(what).or_default() += 1;
                    }
                }
                Err(_) => audited.refused += 1,
            }
        }
        let Some(last) = page.last else { return Ok(audited) };
        after = Some(last);
        report(Event::Progress { stage: Stage::Audit, what: object.name.to_owned(), done: page.rows });
    }
}

/// A field's path without the places in lists, so that the same field of all rows counts as one.
fn by_kind(path: &str) -> String {
    let named = |part: &&str| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit());
    path.split('.').filter(named).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::by_kind;

    #[test]
    fn the_same_field_of_all_rows_counts_as_one() {
        assert_eq!(by_kind("exam.readings.17.mb"), "exam.readings.mb");
        assert_eq!(by_kind("patient.address_line_1"), "patient.address_line_1");
    }
}
