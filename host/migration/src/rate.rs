//! How fast loads are: measured by each, for the estimate of the next.

use odograft_ledger::Ledger;
use serde::{Deserialize, Serialize};

use crate::error::MigrationError;

/// The ledger's fact.
const RATE: &str = "load_rate";

/// A load of fewer records says little about a larger one.
const FEWEST: u64 = 50;

/// A load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Records that were created or changed.
    pub records: u64,
    /// In so much time.
    pub milliseconds: u64,
}

impl Rate {
    /// How many milliseconds so many records take at this rate.
    #[must_use]
    pub fn estimate(self, records: u64) -> u64 {
        let whole = u128::from(records) * u128::from(self.milliseconds) / u128::from(self.records.max(1));
        u64::try_from(whole).unwrap_or(u64::MAX)
    }
}

pub(crate) fn keep(ledger: &mut Ledger, rate: Rate) -> Result<(), MigrationError> {
    if rate.records >= FEWEST {
        ledger.set_meta(RATE, &serde_json::to_string(&rate).unwrap_or_default())?;
    }
    Ok(())
}

pub(crate) fn last(ledger: &Ledger) -> Result<Option<Rate>, MigrationError> {
    Ok(ledger.meta(RATE)?.and_then(|text| serde_json::from_str(&text).ok()))
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn an_estimate_goes_by_the_measured_rate() {
        let rate = Rate { records: 200, milliseconds: 1_000 };
        assert_eq!((rate.estimate(1_000), rate.estimate(0)), (5_000, 0));
        assert_eq!(Rate { records: 0, milliseconds: 7 }.estimate(3), 21, "nothing was measured by it");
    }
}
