//! Passes.
use crate::{Ledger, LedgerError};
impl Ledger {
    /// The unfinished pass, or a new one.
    pub fn begin_pass(&mut self) -> Result<u64, LedgerError> {
        unimplemented!()
    }
    /// Marks the pass complete.
    pub fn finish_pass(&mut self, pass: u64) -> Result<(), LedgerError> {
        unimplemented!()
    }
    /// The newest pass and whether it is finished.
    pub fn current_pass(&self) -> Result<Option<(u64, bool)>, LedgerError> {
        unimplemented!()
    }
}
