//! The plan.
use crate::{Ledger, LedgerError, Notes, PlanCounts, PlannedRecord, RecordCounts, RecordState};
impl Ledger {
    /// Marks the plan incomplete.
    pub fn begin_plan(&mut self, pass: u64) -> Result<(), LedgerError> {
        unimplemented!()
    }
    /// Records and notes in one transaction.
    pub fn plan_records(
        &mut self,
        records: &[PlannedRecord],
        notes: &Notes,
    ) -> Result<(), LedgerError> {
        unimplemented!()
    }
    /// Marks the plan complete.
    pub fn finish_plan(&mut self, pass: u64) -> Result<PlanCounts, LedgerError> {
        unimplemented!()
    }
    /// The newest pass whose plan is finished.
    pub fn planned_pass(&self) -> Result<Option<u64>, LedgerError> {
        unimplemented!()
    }
    /// One record.
    pub fn record(
        &self,
        model: &str,
        object: &str,
        source_id: &str,
    ) -> Result<Option<PlannedRecord>, LedgerError> {
        unimplemented!()
    }
    /// All records of one source row.
    pub fn records_by_source(
        &self,
        object: &str,
        source_id: &str,
    ) -> Result<Vec<PlannedRecord>, LedgerError> {
        unimplemented!()
    }
    /// Records still to be sent, in plan order.
    pub fn pending(
        &self,
        model: &str,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PlannedRecord>, LedgerError> {
        unimplemented!()
    }
    /// Models with their counts.
    pub fn models(&self) -> Result<Vec<(String, RecordCounts)>, LedgerError> {
        unimplemented!()
    }
    /// Row id, state, Odoo id (`None` keeps the one known).
    pub fn set_state(
        &mut self,
        updates: &[(i64, RecordState, Option<i64>)],
    ) -> Result<(), LedgerError> {
        unimplemented!()
    }
}
