//! How a person stops a migration: at the next boundary between two batches, with everything before it in the ledger.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::MigrationError;

/// A wish to stop, which everything that works looks at between two batches. Clones are the same wish.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks for it.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Stops here where it was asked for.
    ///
    /// # Errors
    /// [`MigrationError::Stopped`].
    pub fn here(&self) -> Result<(), MigrationError> {
        if self.0.load(Ordering::Relaxed) { Err(MigrationError::Stopped) } else { Ok(()) }
    }
}
