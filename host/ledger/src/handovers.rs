//! Documents for people: what Odoo has no place for, kind by kind.

use rusqlite::{Row, params};
use serde::Serialize;

use crate::error::Doing;
use crate::passes::{count, sql_int};
use crate::{Handover, Ledger, LedgerError, digest, schema};

/// A kind of document, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandoverKind {
    /// The module that made them.
    pub module: String,
    /// The kind's heading, in the module's words.
    pub kind: String,
    /// The Odoo app or page where a person rebuilds it; empty for documents of a ledger from before it was kept.
    pub rebuild_in: String,
    /// How many.
    pub documents: u64,
}

impl Ledger {
    /// The kinds that there are documents of, by module, heading and place.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn handover_kinds(&self) -> Result<Vec<HandoverKind>, LedgerError> {
        let doing = "count handovers";
        let sql = format!(
            "SELECT module, kind, {} AS place, count(*) FROM handover GROUP BY module, kind, place \
             ORDER BY module, kind, place",
            self.place()?
        );
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let kind = |row: &Row<'_>| {
            let (module, kind, rebuild_in) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(HandoverKind { module, kind, rebuild_in, documents: count(row.get(3)?) })
        };
        let rows = select.query_map([], kind).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// Up to `limit` documents of a kind behind one of it (`None`: from the first), by object and source id.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn handovers(
        &self,
        kind: &HandoverKind,
        after: Option<&Handover>,
        limit: usize,
    ) -> Result<Vec<Handover>, LedgerError> {
        let doing = "read handovers";
        let place = self.place()?;
        let sql = format!(
            "SELECT module, kind, {place}, object, source_id, document FROM handover \
             WHERE module = ?1 AND kind = ?2 AND {place} = ?3 AND (object, source_id, digest) > (?4, ?5, ?6) \
             ORDER BY object, source_id, digest LIMIT ?7"
        );
        let (object, source_id) = after.map_or(("", ""), |after| (after.object.as_str(), after.source_id.as_str()));
        let digest = after.map(digest::of_handover);
        let digest = digest.as_ref().map_or(&[][..], |digest| &digest[..]);
        let mut select = self.conn.prepare_cached(&sql).doing(doing)?;
        let HandoverKind { module, kind, rebuild_in, .. } = kind;
        let key = params![module, kind, rebuild_in, object, source_id, digest, sql_int(limit)];
        let rows = select.query_map(key, handover).doing(doing)?;
        rows.collect::<Result<_, _>>().doing(doing)
    }

    /// The column of where a person rebuilds a document; nothing in a ledger of before it, which may be read as it is.
    fn place(&self) -> Result<&'static str, LedgerError> {
        Ok(if schema::version(&self.conn)? < 5 { "''" } else { "rebuild_in" })
    }
}

/// A document from the columns module, kind, place, object, source id and document.
pub(crate) fn handover(row: &Row<'_>) -> rusqlite::Result<Handover> {
    Ok(Handover {
        module: row.get(0)?,
        kind: row.get(1)?,
        rebuild_in: row.get(2)?,
        object: row.get(3)?,
        source_id: row.get(4)?,
        document: row.get(5)?,
    })
}
