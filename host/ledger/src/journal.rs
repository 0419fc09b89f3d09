//! The write journal.
use crate::{Ledger, LedgerError, Write, WriteRow};
impl Ledger {
    /// Appends to the journal and brings the records up to date, in one transaction.
    pub fn record_writes(&mut self, writes: &[Write]) -> Result<(), LedgerError> {
        unimplemented!()
    }
    /// Journal rows after a number, oldest first.
    pub fn journal(&self, after: i64, limit: usize) -> Result<Vec<WriteRow>, LedgerError> {
        unimplemented!()
    }
}
