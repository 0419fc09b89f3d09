//! Dentally.
use crate::{ObjectSpec, Page, SourceError};
use secrecy::SecretString;

/// How to reach a practice's Dentally.
#[derive(Debug, Clone)]
pub struct DentallyOptions {
    /// The API's base address, such as `https://api.dentally.co`.
    pub url: String,
    /// The bearer key.
    pub key: SecretString,
    /// The first day of appointments to read.
    pub from: jiff::civil::Date,
    /// The last day of appointments to read.
    pub until: jiff::civil::Date,
}

/// Dentally's REST API, version 1.
#[derive(Debug)]
pub struct Dentally;

impl Dentally {
    /// Checks the options and makes the HTTP client.
    pub fn new(options: DentallyOptions) -> Result<Self, SourceError> {
        unimplemented!()
    }
    /// What Dentally offers.
    pub fn objects(&self) -> &[ObjectSpec] {
        unimplemented!()
    }
    /// One page.
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        unimplemented!()
    }
}
