//! Quarantine, findings, handovers.
use crate::{Finding, Handover, Ledger, LedgerError, Quarantined};
impl Ledger {
    /// Everything in quarantine, in key order.
    pub fn quarantined(&self) -> Result<Vec<Quarantined>, LedgerError> {
        unimplemented!()
    }
    /// Puts records aside.
    pub fn quarantine(&mut self, rows: &[Quarantined]) -> Result<(), LedgerError> {
        unimplemented!()
    }
    /// All findings, in key order.
    pub fn findings(&self) -> Result<Vec<Finding>, LedgerError> {
        unimplemented!()
    }
    /// Findings per code.
    pub fn finding_counts(&self) -> Result<Vec<(String, u64)>, LedgerError> {
        unimplemented!()
    }
    /// All handovers, in key order.
    pub fn handovers(&self) -> Result<Vec<Handover>, LedgerError> {
        unimplemented!()
    }
}
