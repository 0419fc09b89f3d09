//! Staging.
use crate::{Cursor, Ledger, LedgerError, PageCounts, StagedRow};
impl Ledger {
    /// Where the reading of an object stands.
    pub fn cursor(&self, pass: u64, object: &str) -> Result<Cursor, LedgerError> {
        unimplemented!()
    }
    /// Rows and cursor in one transaction.
    pub fn stage_page(
        &mut self,
        pass: u64,
        object: &str,
        rows: &[StagedRow],
        cursor: &Cursor,
    ) -> Result<PageCounts, LedgerError> {
        unimplemented!()
    }
    /// Keyset by id, bytewise.
    pub fn staged(
        &self,
        object: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StagedRow>, LedgerError> {
        unimplemented!()
    }
    /// Children of a range of parents, ordered by parent, then position.
    pub fn staged_children(
        &self,
        object: &str,
        first_parent: &str,
        last_parent: &str,
    ) -> Result<Vec<StagedRow>, LedgerError> {
        unimplemented!()
    }
    /// One row.
    pub fn staged_row(&self, object: &str, id: &str) -> Result<Option<StagedRow>, LedgerError> {
        unimplemented!()
    }
    /// Rows of an object.
    pub fn staged_count(&self, object: &str) -> Result<u64, LedgerError> {
        unimplemented!()
    }
    /// Objects with their rows.
    pub fn staged_objects(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        unimplemented!()
    }
    /// Ids staged earlier, not seen in this pass.
    pub fn vanished(&self, object: &str, pass: u64) -> Result<Vec<String>, LedgerError> {
        unimplemented!()
    }
}
