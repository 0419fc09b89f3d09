//! Chains: rows that each carry a keyed hash over themselves and the row before, so that none can be changed, taken out,
//! put in or moved without a trace.
//!
//! There are two: the audit, and the journal of writes. The key is made with the ledger and lies in it, encrypted like
//! the rest: who cannot open the ledger can neither forge a link nor try values against one.

use rusqlite::{Connection, OptionalExtension, params};

use crate::LedgerError;
use crate::digest::Parts;
use crate::error::Doing;
use crate::passes::sql_int;

/// The audit's chain.
pub(crate) const AUDIT: &str = "audit";
/// The journal's chain.
pub(crate) const JOURNAL: &str = "journal";

/// A keyed hash over a row and all rows before it.
pub(crate) type Link = [u8; 32];

/// Where a chain ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    name: &'static str,
    key: [u8; 32],
    /// How many rows it has.
    pub(crate) length: u64,
    /// The last one's link; zeros for an empty chain.
    pub(crate) link: Link,
}

impl Chain {
    /// A chain without rows.
    pub(crate) fn new(name: &'static str, key: [u8; 32]) -> Self {
        Self { name, key, length: 0, link: [0; 32] }
    }

    /// The chain as the ledger has it.
    pub(crate) fn load(conn: &Connection, name: &'static str) -> rusqlite::Result<Self> {
        let key = conn.prepare_cached("SELECT key FROM chain_key")?.query_row([], |row| row.get(0))?;
        let mut select = conn.prepare_cached("SELECT length, link FROM chain WHERE name = ?1")?;
        let end = select.query_row([name], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?))).optional()?;
        let (length, link) = end.unwrap_or((0, [0; 32]));
        Ok(Self { name, key, length: u64::try_from(length).unwrap_or(0), link })
    }

    /// Keeps where the chain ends now.
    pub(crate) fn store(&self, conn: &Connection) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO chain (name, length, link, seal) VALUES (?1, ?2, ?3, ?4)";
        conn.prepare_cached(sql)?.execute(params![self.name, sql_int(self.length), self.link, self.seal()])?;
        Ok(())
    }

    /// A keyed hash over where the chain ends, without which its last rows could be cut off.
    pub(crate) fn seal(&self) -> Link {
        let mut parts = Parts::keyed(&self.key);
        parts.text(self.name);
        parts.part(b'#', &self.length.to_le_bytes());
        parts.part(b'b', &self.link);
        parts.finish()
    }

    /// Appends a row: what `fill` puts into the hash is what the link holds fast.
    pub(crate) fn append(&mut self, fill: impl FnOnce(&mut Parts)) -> Link {
        let mut parts = Parts::keyed(&self.key);
        parts.text(self.name);
        parts.part(b'b', &self.link);
        fill(&mut parts);
        self.length += 1;
        self.link = parts.finish();
        self.link
    }

    /// A keyed hash over values, which stays when they are shredded.
    pub(crate) fn values(&self, values: &[Option<&str>]) -> Link {
        let mut parts = Parts::keyed(&self.key);
        for value in values {
            parts.optional(*value);
        }
        parts.finish()
    }
}

/// A write as its link holds it fast: the journal's row and the identity of the record that it was for.
pub(crate) struct WriteLinked<'a> {
    pub(crate) id: i64,
    pub(crate) model: &'a str,
    pub(crate) object: &'a str,
    pub(crate) source_id: &'a str,
    pub(crate) external_id: &'a str,
    pub(crate) record: i64,
    pub(crate) moment: i64,
    pub(crate) action: &'a str,
    pub(crate) odoo_id: i64,
    pub(crate) fields: &'a str,
    /// Unknown of writes from before the audit.
    pub(crate) operator: Option<&'a str>,
    /// A keyed hash over the before-image and the cells.
    pub(crate) content: &'a Link,
}

impl WriteLinked<'_> {
    pub(crate) fn fill(&self, parts: &mut Parts) {
        for number in [self.id, self.record, self.moment, self.odoo_id] {
            parts.part(b'i', &number.to_le_bytes());
        }
        for text in [self.model, self.object, self.source_id, self.external_id, self.action, self.fields] {
            parts.text(text);
        }
        parts.optional(self.operator);
        parts.part(b'b', self.content);
    }
}

/// Links the newest journal rows, those after the number `after`, to the chain, in order, and notes who wrote them.
pub(crate) fn link_writes(conn: &Connection, after: i64, operator: Option<&str>) -> rusqlite::Result<()> {
    let mut chain = Chain::load(conn, JOURNAL)?;
    let mut select = conn.prepare_cached(
        "SELECT journal.id, model, object, source_id, external_id, record, moment, action, journal.odoo_id, fields, \
         before, journal.cells FROM journal CROSS JOIN record ON record.number = journal.record \
         WHERE journal.id > ?1 ORDER BY journal.id",
    )?;
    let mut update = conn.prepare_cached("UPDATE journal SET content = ?2, link = ?3, operator = ?4 WHERE id = ?1")?;
    let mut rows = select.query([after])?;
    while let Some(row) = rows.next()? {
        let text = |column: usize| row.get_ref(column).and_then(|value| Ok(value.as_str()?));
        let before = row.get_ref(10)?.as_str_or_null()?;
        let content = chain.values(&[before, Some(text(11)?)]);
        let write = WriteLinked {
            id: row.get(0)?,
            model: text(1)?,
            object: text(2)?,
            source_id: text(3)?,
            external_id: text(4)?,
            record: row.get(5)?,
            moment: row.get(6)?,
            action: text(7)?,
            odoo_id: row.get(8)?,
            fields: text(9)?,
            operator,
            content: &content,
        };
        let link = chain.append(|parts| write.fill(parts));
        update.execute(params![write.id, content, link, operator])?;
    }
    chain.store(conn)
}

/// The number of the newest journal row; 0 when there is none.
pub(crate) fn last_write(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("SELECT coalesce(max(id), 0) FROM journal")?.query_row([], |row| row.get(0))
}

/// Makes the key, and links what a ledger of an earlier version holds.
pub(crate) fn begin(conn: &Connection) -> Result<(), LedgerError> {
    let doing = "begin the ledger's chains";
    conn.execute("INSERT INTO chain_key (key) VALUES (randomblob(32))", []).doing(doing)?;
    Chain::load(conn, AUDIT).and_then(|chain| chain.store(conn)).doing(doing)?;
    link_writes(conn, 0, None).doing(doing)
}

/// The key, for a walk along a chain.
pub(crate) fn key(conn: &Connection) -> rusqlite::Result<[u8; 32]> {
    conn.query_row("SELECT key FROM chain_key", [], |row| row.get(0))
}

impl Parts {
    /// A hash that only who has the key can make.
    pub(crate) fn keyed(key: &[u8; 32]) -> Self {
        Self::of(blake3::Hasher::new_keyed(key))
    }
}
