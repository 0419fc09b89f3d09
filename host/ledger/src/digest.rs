//! The digest of what lasts.
use crate::{Ledger, LedgerError};
impl Ledger {
    /// blake3 over all lasting content in key order, in hexadecimal.
    pub fn digest(&self) -> Result<String, LedgerError> {
        unimplemented!()
    }
}
