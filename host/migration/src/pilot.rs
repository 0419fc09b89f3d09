//! The pilot: a sample of patients, with all that is theirs, loaded before all others and read back.

use serde::Serialize;
use serde_json::json;

use crate::error::MigrationError;
use crate::events::{Event, Summary};
use crate::run::Migration;
use crate::sample::{self, Sample};

/// What a pilot has done.
#[derive(Debug, Clone, Serialize)]
pub struct PilotSummary {
    /// Patients in the sample.
    pub patients: u64,
    /// All records in it.
    pub records: u64,
    /// Strata that the practice has; none told of a sample that was chosen earlier.
    pub strata: Option<(u64, u64)>,
    /// What was done, as a run tells it.
    #[serde(flatten)]
    pub summary: Summary,
}

impl Migration {
    /// Loads a sample of up to `patients` patients: the one that an earlier pilot of the same size chose, else a new one.
    ///
    /// # Errors
    /// As [`Migration::run`].
    pub async fn pilot(
        &mut self,
        patients: usize,
        report: &mut dyn FnMut(Event),
    ) -> Result<PilotSummary, MigrationError> {
        let prepared = self.prepare(None, report).await?;
        self.demand(&prepared)?;
        let (records, of, strata) = match self.kept_sample(patients)? {
            Some((records, of)) => (records, of, None),
            None => {
                let adopt_by = self.modules.adopt_by();
                let Sample { records, patients: of, strata } =
                    tokio::task::block_in_place(|| sample::choose(&self.ledger, patients, &adopt_by))?;
                self.ledger.set_pilot(&records)?;
                self.ledger.set_meta(SIZE, &format!("{patients} {of}"))?;
                self.audit("pilot", json!({ "patients": of, "records": records.len(), "strata": strata }))?;
                (records, of, Some(strata))
            }
        };
        self.ledger.pilot_only(true);
        let carried_out = self.carry_out(prepared, report).await;
        self.ledger.pilot_only(false);
        Ok(PilotSummary { patients: of, records: records.len() as u64, strata, summary: carried_out? })
    }

    /// The records of an earlier pilot of the same size, and its patients.
    fn kept_sample(&self, patients: usize) -> Result<Option<(Vec<i64>, u64)>, MigrationError> {
        let Some(size) = self.ledger.meta(SIZE)? else { return Ok(None) };
        let mut numbers = size.split(' ').filter_map(|number| number.parse::<u64>().ok());
        let (Some(wanted), Some(of)) = (numbers.next(), numbers.next()) else { return Ok(None) };
        let records = self.ledger.pilot()?;
        Ok((wanted == patients as u64 && !records.is_empty()).then_some((records, of)))
    }
}

/// The ledger's fact: patients who were asked for, and those who were chosen.
const SIZE: &str = "pilot_size";
