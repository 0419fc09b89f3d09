//! Verification: whether the ledger is what this program has written, and all of it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;

use crate::audit::{self, AuditHead};
use crate::chain::{self, AUDIT, Chain, JOURNAL, Link, WriteLinked};
use crate::error::Doing;
use crate::passes::sql_int;
use crate::store::Reading;
use crate::{Ledger, LedgerError, digest, handovers, schema};

/// Faults told one by one; of more, how many there are.
const TOLD: usize = 20;
/// Entries read at once.
const PAGE: usize = 1_000;

/// Something in the ledger that this program did not write, or that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A stable word.
    pub code: &'static str,
    /// In words, without values.
    pub message: String,
}

/// What a verification has looked at, and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Entries of the audit.
    pub entries: u64,
    /// Writes in the journal.
    pub writes: u64,
    /// Records in the id map.
    pub records: u64,
    /// Where the audit ends.
    pub head: AuditHead,
    /// What is wrong, up to 20 of a code; none when all is well.
    pub faults: Vec<Fault>,
}

/// Faults as they are found.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
    counts: BTreeMap<&'static str, usize>,
}

impl Found {
    fn add(&mut self, code: &'static str, message: impl Into<String>) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= TOLD {
            self.faults.push(Fault { code, message: message.into() });
        }
    }

    fn all(mut self) -> Vec<Fault> {
        for (code, count) in self.counts.into_iter().filter(|(_, count)| *count > TOLD) {
            self.faults.push(Fault { code, message: format!("and {} more of this kind", count - TOLD) });
        }
        self.faults
    }
}

impl Ledger {
    /// Looks at every page, every entry of the audit, every write and the id map.
    ///
    /// # Errors
    /// [`LedgerError::OlderSchema`]; [`LedgerError::Damaged`] where a page is, without which nothing can be read.
    pub fn verify(&self) -> Result<Verification, LedgerError> {
        if schema::version(&self.conn)? < schema::newest() {
            return Err(LedgerError::OlderSchema { path: self.path.clone() });
        }
        let mut found = Found::default();
        pages(&self.conn, &mut found)?;
        if !found.faults.is_empty() {
            // What lies on damaged pages cannot be read.
            let head = AuditHead { entries: 0, link: String::new() };
            return Ok(Verification { entries: 0, writes: 0, records: 0, head, faults: found.all() });
        }
        let shredded = self.shredded()?.is_some();
        let reading = Reading::begin(&self.conn).doing("verify")?;
        let (entries, marks) = audit(&self.conn, &mut found)?;
        self.head(&mut found)?;
        let writes = journal(&self.conn, marks, shredded, &mut found)?;
        let records = id_map(&self.conn, shredded, &mut found)?;
        documents(&self.conn, &mut found)?;
        let audited = "SELECT EXISTS (SELECT 1 FROM audit WHERE action = 'shred')";
        if shredded && !self.conn.query_row(audited, [], |row| row.get::<_, bool>(0)).doing("verify the shredding")? {
            found.add("shred-unaudited", "values are gone, and the audit does not say that they were shredded");
        }
        drop(reading);
        Ok(Verification { entries, writes, records, head: self.audit_head()?, faults: found.all() })
    }

    /// The head beside the ledger names an entry that the ledger must have.
    fn head(&self, found: &mut Found) -> Result<(), LedgerError> {
        let Some(head) = audit::read_head(&self.path) else { return Ok(()) };
        if !audit::fits(&self.conn, &head).doing("look for the head")? {
            found.add(
                "head",
                format!(
                    "`{}` names entry {}, which the audit does not have: its end was cut off, or this is an older copy of the ledger (if you put the copy there yourself, delete the head)",
                    audit::head_path(&self.path).display(),
                    head.entries
                ),
            );
        }
        Ok(())
    }
}

/// SQLCipher's own hash of every page, and SQLite's structure.
fn pages(conn: &Connection, found: &mut Found) -> Result<(), LedgerError> {
    let doing = "check the file's pages";
    for (code, sql) in
        [("damaged-page", "PRAGMA cipher_integrity_check"), ("damaged-table", "PRAGMA integrity_check(20)")]
    {
        let mut check = conn.prepare(sql).doing(doing)?;
        let mut rows = check.query([]).doing(doing)?;
        loop {
            // A page that cannot be decrypted ends the check itself.
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    let code_of = error.sqlite_error_code().map(|code| format!("{code:?}"));
                    found.add(code, format!("the file cannot be read to its end ({})", code_of.unwrap_or_default()));
                    break;
                }
            };
            let told: String = row.get(0).doing(doing)?;
            if told != "ok" {
                found.add(code, told);
            }
        }
    }
    Ok(())
}

/// Walks the audit. Returns how many entries there are, and where the journal's chain was at each.
fn audit(conn: &Connection, found: &mut Found) -> Result<(u64, Vec<(u64, Link)>), LedgerError> {
    let doing = "verify the audit";
    let key = chain::key(conn).doing(doing)?;
    let (mut walk, mut marks, mut after) = (Chain::new(AUDIT, key), Vec::new(), 0);
    loop {
        let page = audit::stored(conn, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.entry.number;
        for stored in page {
            let number = stored.entry.number;
            if number != walk.length + 1 {
                found.add("audit-removed", format!("entries are missing before entry {number} of the audit"));
                walk.length = number - 1;
            }
            if walk.append(|parts| stored.fill(parts)) != stored.link {
                found.add(
                    "audit-changed",
                    format!("entry {number} of the audit, or the one before it, was changed or moved"),
                );
                walk.link = stored.link;
            }
            marks.push((stored.entry.writes, stored.written));
        }
    }
    end(conn, &walk, AUDIT, "audit-cut", "the audit", found)?;
    Ok((walk.length, marks))
}

/// Walks the journal of writes, and looks whether it was at each entry of the audit where that says.
fn journal(
    conn: &Connection,
    mut marks: Vec<(u64, Link)>,
    shredded: bool,
    found: &mut Found,
) -> Result<u64, LedgerError> {
    let doing = "verify the journal of writes";
    let key = chain::key(conn).doing(doing)?;
    let mut walk = Chain::new(JOURNAL, key);
    marks.sort_unstable();
    let mut marks = marks.into_iter().peekable();
    let sql = "SELECT journal.id, model, object, source_id, external_id, record, moment, action, journal.odoo_id, fields, \
               content, link, before, journal.cells, operator FROM journal CROSS JOIN record ON record.number = journal.record \
               ORDER BY journal.id";
    let mut select = conn.prepare(sql).doing(doing)?;
    let mut rows = select.query([]).doing(doing)?;
    loop {
        while let Some((_, link)) = marks.next_if(|(writes, _)| *writes == walk.length) {
            if link != walk.link {
                found.add(
                    "writes-audited",
                    format!("the audit names another write as number {} of the journal", walk.length),
                );
            }
        }
        let Some(row) = rows.next().doing(doing)? else { break };
        let text = |column: usize| row.get_ref(column).and_then(|value| Ok(value.as_str()?)).doing(doing);
        let (content, stored): (Option<Link>, Option<Link>) = (row.get(10).doing(doing)?, row.get(11).doing(doing)?);
        let (content, stored) = (content.unwrap_or_default(), stored.unwrap_or_default());
        let write = WriteLinked {
            id: row.get(0).doing(doing)?,
            model: text(1)?,
            object: text(2)?,
            source_id: text(3)?,
            external_id: text(4)?,
            record: row.get(5).doing(doing)?,
            moment: row.get(6).doing(doing)?,
            action: text(7)?,
            odoo_id: row.get(8).doing(doing)?,
            fields: text(9)?,
            operator: row.get_ref(14).and_then(|value| Ok(value.as_str_or_null()?)).doing(doing)?,
            content: &content,
        };
        if walk.append(|parts| write.fill(parts)) != stored {
            found.add(
                "writes-changed",
                format!("write {} of the journal, or one before it, was changed, removed or moved", write.id),
            );
            walk.link = stored;
        }
        let before = row.get_ref(12).and_then(|value| Ok(value.as_str_or_null()?)).doing(doing)?;
        if !shredded && walk.values(&[before, Some(text(13)?)]) != content {
            found.add("values-changed", format!("the values of write {} of the journal were changed", write.id));
        }
    }
    if marks.peek().is_some() {
        found.add("writes-cut", "the audit names writes that the journal does not have: its end was cut off");
    }
    end(conn, &walk, JOURNAL, "writes-cut", "the journal of writes", found)?;
    Ok(walk.length)
}

/// Whether a chain ends where the ledger says it does.
fn end(
    conn: &Connection,
    walk: &Chain,
    name: &'static str,
    code: &'static str,
    what: &str,
    found: &mut Found,
) -> Result<(), LedgerError> {
    let doing = "verify where a chain ends";
    let kept = Chain::load(conn, name).doing(doing)?;
    let seal: Option<Link> = conn
        .query_row("SELECT seal FROM chain WHERE name = ?1", [name], |row| row.get(0))
        .map(Some)
        .or_else(|error| if error == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(error) })
        .doing(doing)?;
    if seal != Some(kept.seal()) {
        found.add(code, format!("the note of where {what} ends was changed"));
    } else if (kept.length, kept.link) != (walk.length, walk.link) {
        let (has, had) = (walk.length, kept.length);
        found.add(code, format!("{what} ends with number {has}, and was written up to number {had}"));
    }
    Ok(())
}

/// Whether the id map is what the writes say. Returns how many records it has.
fn id_map(conn: &Connection, shredded: bool, found: &mut Found) -> Result<u64, LedgerError> {
    let doing = "verify the id map";
    const LAST: &str = "(SELECT max(id) FROM journal WHERE journal.record = record.number)";
    let rules = [
        (
            "id-map",
            "is not the one of its last write",
            format!(
                "SELECT record.number FROM record JOIN journal AS last ON last.id = {LAST} \
                 WHERE last.action <> 'undo' AND record.odoo_id IS NOT last.odoo_id"
            ),
        ),
        (
            "id-map",
            "is there without a write",
            format!(
                "SELECT record.number FROM record LEFT JOIN journal AS last ON last.id = {LAST} \
                 WHERE state = 'written' AND NOT adopted AND ifnull(last.action, 'undo') = 'undo'"
            ),
        ),
        (
            "id-map-twice",
            "was made twice: another record has the same one",
            "SELECT record.number FROM record JOIN journal ON journal.record = record.number AND action = 'create' \
             WHERE record.odoo_id IS NOT NULL AND EXISTS (SELECT 1 FROM record AS other WHERE other.model = record.model \
             AND other.odoo_id = record.odoo_id AND other.number <> record.number AND NOT other.adopted) \
             AND NOT record.adopted"
                .to_owned(),
        ),
    ];
    for (code, what, sql) in rules {
        let mut select = conn.prepare(&sql).doing(doing)?;
        let mut rows = select.query([]).doing(doing)?;
        while let Some(row) = rows.next().doing(doing)? {
            let number: i64 = row.get(0).doing(doing)?;
            found.add(code, format!("the Odoo id of record {number} {what}"));
        }
    }
    if !shredded {
        cells(conn, found)?;
    }
    let count: i64 = conn.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).doing(doing)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Whether digests fit their cells, which decide what is sent to Odoo.
fn cells(conn: &Connection, found: &mut Found) -> Result<(), LedgerError> {
    let doing = "verify planned cells";
    let sql = "SELECT number, cells, planned_digest, written_cells, written_digest FROM record WHERE number > ?1 \
               ORDER BY number LIMIT ?2";
    let mut select = conn.prepare(sql).doing(doing)?;
    let mut after: i64 = 0;
    loop {
        let mut rows = select.query([after, sql_int(PAGE)]).doing(doing)?;
        let begun = after;
        while let Some(row) = rows.next().doing(doing)? {
            after = row.get(0).doing(doing)?;
            let of = |column: usize| -> rusqlite::Result<Option<[u8; 32]>> {
                Ok(row.get_ref(column)?.as_str_or_null()?.map(digest::of_cells))
            };
            let planned: Link = row.get(2).doing(doing)?;
            let written: Option<Link> = row.get(4).doing(doing)?;
            let fits = of(1).doing(doing)? == Some(planned) && (written.is_none() || written == of(3).doing(doing)?);
            if !fits {
                found.add("cells-changed", format!("the cells of record {after} were changed"));
            }
        }
        if after == begun {
            return Ok(());
        }
    }
}

/// Whether digests fit their documents, which people act upon. A shredded ledger has none.
fn documents(conn: &Connection, found: &mut Found) -> Result<(), LedgerError> {
    let doing = "verify documents for people";
    let sql = "SELECT module, kind, rebuild_in, object, source_id, document, digest FROM handover ORDER BY digest";
    let mut select = conn.prepare(sql).doing(doing)?;
    let mut rows = select.query([]).doing(doing)?;
    while let Some(row) = rows.next().doing(doing)? {
        let document = handovers::handover(row).doing(doing)?;
        let kept: Link = row.get(6).doing(doing)?;
        if digest::of_handover(&document) != kept {
            let (object, id) = (&document.object, &document.source_id);
            found.add("document-changed", format!("the document of {object} {id} was changed"));
        }
    }
    Ok(())
}
