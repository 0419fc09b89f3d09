//! Owners: users of Odoo's who stand for the source's people, and what is decided of those whom no user matches.

use std::collections::BTreeMap;

use odograft_ledger::{Ledger, RecordState};
use serde::{Deserialize, Serialize};

use crate::error::MigrationError;
use crate::plan::USERS;

/// The ledger's fact: whom the plan refers to and no user matches.
const UNMATCHED: &str = "owners_unmatched";

/// Records read at once.
const PAGE: usize = 1_000;

/// What a client has decided of owners.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnerChoices {
    /// Log-in of the user who stands in for those whom no user matches and nobody else stands in for.
    pub fallback: Option<String>,
    /// By source object and id, as `practitioner/501`: the log-in of the user who stands in.
    pub users: BTreeMap<String, String>,
    /// Whether fields of unmatched owners stay empty.
    pub leave_empty: bool,
}

/// The same with users' database ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) fallback: Option<i64>,
    pub(crate) users: BTreeMap<String, i64>,
}

/// Somebody whom records name and no user matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmatched {
    /// The source object.
    pub object: String,
    /// The source id.
    pub source_id: String,
    /// How many fields of planned records name them.
    pub references: u64,
}

/// A person of the source who is a user of Odoo's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matched {
    /// The source object.
    pub object: String,
    /// The source id.
    pub source_id: String,
    /// The user's database id.
    pub odoo_id: i64,
}

impl OwnerChoices {
    /// Who or what stands in for somebody whom no user matches; none where nothing is decided.
    #[must_use]
    pub fn of(&self, owner: &Unmatched) -> Option<String> {
        let own = self.users.get(&key(&owner.object, &owner.source_id)).or(self.fallback.as_ref());
        own.cloned().or_else(|| self.leave_empty.then(|| "nobody".to_owned()))
    }
}

/// How a configuration names a record of the source.
pub(crate) fn key(object: &str, id: &str) -> String {
    format!("{object}/{id}")
}

pub(crate) fn keep(ledger: &mut Ledger, counts: &BTreeMap<(String, String), u64>) -> Result<(), MigrationError> {
    let owner = |((object, source_id), references): (&(String, String), &u64)| Unmatched {
        object: object.clone(),
        source_id: source_id.clone(),
        references: *references,
    };
    let owners: Vec<Unmatched> = counts.iter().map(owner).collect();
    Ok(ledger.set_meta(UNMATCHED, &serde_json::to_string(&owners).unwrap_or_default())?)
}

/// Whom the newest plan refers to and no user matches.
///
/// # Errors
/// The ledger's.
pub(crate) fn unmatched(ledger: &Ledger) -> Result<Vec<Unmatched>, MigrationError> {
    Ok(ledger.meta(UNMATCHED)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Who of the plan is a user of Odoo's.
pub(crate) fn matched(ledger: &Ledger) -> Result<Vec<Matched>, MigrationError> {
    let (mut matched, mut after) = (Vec::new(), 0);
    loop {
        let page = ledger.records(after, PAGE)?;
        let Some((last, _)) = page.last() else { return Ok(matched) };
        after = last.rowid;
        for (record, _) in page.into_iter().filter(|(record, planned)| *planned && record.model == USERS) {
            let (Some(odoo_id), RecordState::Adopted) = (record.odoo_id, record.state) else { continue };
            matched.push(Matched { object: record.object, source_id: record.source_id, odoo_id });
        }
    }
}

/// Stops what would write while somebody whom records need is undecided.
pub(crate) fn demand(ledger: &Ledger, choices: &OwnerChoices) -> Result<(), MigrationError> {
    let undecided: Vec<Unmatched> =
        unmatched(ledger)?.into_iter().filter(|owner| choices.of(owner).is_none()).collect();
    if undecided.is_empty() { Ok(()) } else { Err(MigrationError::OwnersUndecided { undecided }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_decision_counts() {
        let owner = Unmatched { object: "practitioner".into(), source_id: "7".into(), references: 3 };
        let mut choices = OwnerChoices::default();
        assert_eq!(choices.of(&owner), None);
        choices.leave_empty = true;
        assert_eq!(choices.of(&owner).as_deref(), Some("nobody"));
        choices.fallback = Some("desk".into());
        assert_eq!(choices.of(&owner).as_deref(), Some("desk"));
        choices.users.insert("practitioner/7".into(), "lee".into());
        assert_eq!(choices.of(&owner).as_deref(), Some("lee"));
    }
}
