//! Audit: every staged row put together and decoded as a run would, and nothing done with it. What a source holds, and
//! what of it cannot be read.

use std::collections::BTreeMap;

use odograft_engine::{Contract, DentOSoft, Dentally, Package, PandaPerio, Perio, PracticeByNumbers, Tabular};
use odograft_ledger::Ledger;
use odograft_records::bindings::transform::manifest::Manifest;
use odograft_records::{Assemble, Column, Locale, Rows, Texts, columns};
use serde::Serialize;

use crate::assembly::{self, Assembly};
use crate::error::MigrationError;
use crate::events::{Event, Stage};
use crate::modules::{Extra, Modules};
use crate::own_columns::{ProposedColumn, Seen};

/// What is staged of one object.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    /// By field, how many records' own rows have something in it; those that none has are left out.
    pub filled: BTreeMap<String, u64>,
    /// Columns of their own rows that nothing speaks of, and the fields that are proposed for them.
    pub proposed: Vec<ProposedColumn>,
}

/// What is known of a practice's own columns: those that the client has confirmed, and the modules, which may speak of more.
#[derive(Clone, Copy, Default)]
pub struct Known<'a> {
    /// Confirmed columns.
    pub extras: &'a [Extra],
    /// The client's modules, where there are any yet.
    pub modules: Option<&'a Modules>,
}

impl Known<'_> {
    /// Whether somebody speaks of a column of an object: the client, or a module that fills something from it or drops it.
    fn names(&self, object: &str, column: &str) -> bool {
        let own = format!("{object}.extra.");
        let is = |source: &String| {
            let of = source.strip_prefix(&own);
            of.is_some_and(|of| column.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
        };
        let spoken = |manifest: &Manifest| {
            let fields = manifest.targets.iter().flat_map(|target| &target.fields);
            fields
                .flat_map(|field| &field.sources)
                .chain(manifest.dropped.iter().map(|dropped| &dropped.source))
                .any(is)
        };
        self.extras.iter().any(|extra| extra.object == object && extra.column == column)
            || self.modules.is_some_and(|modules| modules.manifests().any(spoken))
    }
}

/// Goes through everything that is staged for these contracts. Memory is that of a page, whatever the practice's size.
///
/// # Errors
/// The ledger's; a source's manifest that does not say how its rows are to be read.
pub fn audit(
    ledger: &Ledger,
    packages: &[Package],
    known: Known<'_>,
    report: &mut dyn FnMut(Event),
) -> Result<Vec<Audited>, MigrationError> {
    let mut found = Vec::new();
    for package in packages {
        match package {
            Package::Dentally => of::<Dentally>(ledger, known, &mut found, report)?,
            Package::DentOSoft => of::<DentOSoft>(ledger, known, &mut found, report)?,
            Package::PracticeByNumbers => of::<PracticeByNumbers>(ledger, known, &mut found, report)?,
            Package::PandaPerio => of::<PandaPerio>(ledger, known, &mut found, report)?,
            Package::Tabular => of::<Tabular>(ledger, known, &mut found, report)?,
            Package::Perio => of::<Perio>(ledger, known, &mut found, report)?,
        }
    }
    Ok(found)
}

fn of<C: Contract>(
    ledger: &Ledger,
    known: Known<'_>,
    found: &mut Vec<Audited>,
    report: &mut dyn FnMut(Event),
) -> Result<(), MigrationError> {
    let Some((assembler, manifest)) = assembly::open::<C>(ledger, known.extras)? else { return Ok(()) };
    let objects = C::Assembler::objects(&manifest)?;
    for object in objects.all().iter() {
        let assembly = Assembly::<C>::new(object, &assembler, &manifest);
        let audited = object_of(ledger, &assembly, &Locale::of(&manifest), known, report)?;
        if audited.rows + audited.orphans > 0 {
            found.push(audited);
        }
    }
    Ok(())
}

fn object_of<C: Contract>(
    ledger: &Ledger,
    assembly: &Assembly<'_, C>,
    locale: &Locale,
    known: Known<'_>,
    report: &mut dyn FnMut(Event),
) -> Result<Audited, MigrationError> {
    let object = assembly.object;
    let mut audited = Audited { object: object.name.to_owned(), ..Audited::default() };
    let own_fields = object.parts.iter().find(|part| part.rows == Rows::Own).map(|part| part.fields);
    let mut own_columns: BTreeMap<String, Seen> = BTreeMap::new();
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
                    if let Some(fields) = own_fields {
                        columns(fields, group.own_row(), locale, &mut |column| match column {
                            Column::Named(field) => *audited.filled.entry(field.to_owned()).or_default() += 1,
                            Column::Own(name, text, reading) => {
                                own_columns.entry(name.to_owned()).or_default().take(text, reading);
                            }
                        });
                    }
                    for problem in gathered.problems {
                        let what = format!("{}: {}", by_kind(&problem.field), problem.message);
                        *audited.unreadable.entry(what).or_default() += 1;
                    }
                }
                Err(_) => audited.refused += 1,
            }
        }
        let Some(last) = page.last else { break };
        after = Some(last);
        report(Event::Progress { stage: Stage::Audit, what: object.name.to_owned(), done: page.rows });
    }
    let unknown = own_columns.iter().filter(|(column, _)| !known.names(object.name, column));
    audited.proposed = unknown.map(|(column, seen)| seen.proposed(object.name, column)).collect();
    Ok(audited)
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
