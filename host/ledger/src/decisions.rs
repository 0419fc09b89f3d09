//! What people have decided of records that may be one person's.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::error::Doing;
use crate::{Ledger, LedgerError};

/// What is to become of two records of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DuplicateVerdict {
    /// They are one: what the other says goes into the one that is kept, where that is silent.
    Merge,
    /// They are two.
    KeepBoth,
    /// Not decided yet; they stay two until it is.
    Skip,
}

impl DuplicateVerdict {
    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::KeepBoth => "keep-both",
            Self::Skip => "skip",
        }
    }

    /// The verdict of a word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Merge, Self::KeepBoth, Self::Skip].into_iter().find(|verdict| verdict.as_str() == word)
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The source object.
    pub object: String,
    /// The record that stays, by its source id.
    pub kept: String,
    /// The one that may be the same.
    pub other: String,
    /// What is to become of them.
    pub verdict: DuplicateVerdict,
    /// When, in seconds since 1970-01-01T00:00:00Z.
    pub moment: i64,
    /// Who.
    pub operator: String,
}

impl Ledger {
    /// Keeps decisions, in one transaction; a later one of the same two records, whichever of them it keeps, takes the
    /// earlier one's place.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn decide(&mut self, decisions: &[Decision]) -> Result<(), LedgerError> {
        let doing = "keep decisions";
        let tx = self.transaction(doing)?;
        for Decision { object, kept, other, verdict, moment, operator } in decisions {
            tx.prepare_cached("DELETE FROM decision WHERE object = ?1 AND kept = ?2 AND other = ?3")
                .and_then(|mut delete| delete.execute([object, other, kept]))
                .doing(doing)?;
            tx.prepare_cached(
                "INSERT OR REPLACE INTO decision (object, kept, other, verdict, moment, operator) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )
            .and_then(|mut put| put.execute(params![object, kept, other, verdict.as_str(), moment, operator]))
            .doing(doing)?;
        }
        tx.commit().doing(doing)
    }

    /// All decisions, by object and the records' ids.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`], [`LedgerError::UnknownWord`].
    pub fn decisions(&self) -> Result<Vec<Decision>, LedgerError> {
        let doing = "read decisions";
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT object, kept, other, verdict, moment, operator FROM decision ORDER BY object, kept, other",
            )
            .doing(doing)?;
        let rows = select.query_map([], raw).doing(doing)?;
        let rows: Vec<(Decision, String)> = rows.collect::<Result<_, _>>().doing(doing)?;
        let checked = |(decision, word): (Decision, String)| {
            let verdict = DuplicateVerdict::parse(&word).ok_or(LedgerError::UnknownWord { what: "decision", word })?;
            Ok(Decision { verdict, ..decision })
        };
        rows.into_iter().map(checked).collect()
    }
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(Decision, String)> {
    let decision = Decision {
        object: row.get(0)?,
        kept: row.get(1)?,
        other: row.get(2)?,
        verdict: DuplicateVerdict::Skip,
        moment: row.get(4)?,
        operator: row.get(5)?,
    };
    Ok((decision, row.get(3)?))
}
