//! Dentally's REST API, version 1: every list that a migration can use.
//!
//! What is known of it was read in others' code that talks to the live service: pages of 100 (asking for more falls back to
//! 25), 413 on deep pages, appointments only within a window of time and cancelled ones only on demand, 3,600 requests in a
//! clock hour shared by everyone who uses the practice's account, a 403 with three meanings.

mod answer;
mod budget;
mod client;
mod listing;
mod walk;

#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::civil::Date;
use secrecy::SecretString;

use crate::{ObjectSpec, Page, SourceError};

/// How to reach a practice's Dentally and which appointments to read.
#[derive(Debug, Clone)]
pub struct DentallyOptions {
    /// The API's base address without `/v1`, such as `https://api.dentally.co`. Plain `http` only to this machine.
    pub url: String,
    /// The bearer key, scoped to read sites, users, patients and appointments.
    pub key: SecretString,
    /// The first day of appointments to read. A day more is read at both ends, as the practice's time zone is unknown here.
    pub from: Date,
    /// The last day of appointments to read.
    pub until: Date,
}

/// How long to keep trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How often a request is tried again after the first time.
    pub retries: usize,
    /// The wait before the first retry; it doubles from one to the next, up to a minute, plus jitter.
    pub first_delay: Duration,
    /// The longest wait that the rate limit may ask for. Its window is a clock hour.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { retries: 7, first_delay: Duration::from_millis(500), longest_wait: Duration::from_secs(65 * 60) }
    }
}

/// A practice's Dentally.
#[derive(Debug)]
pub struct Dentally {
    client: client::Client,
    from: Date,
    until: Date,
    objects: Vec<ObjectSpec<'static>>,
    accepts_missing_rows: bool,
}

/// Whether a list can be cut into windows of time.
#[cfg(test)]
pub(crate) fn has_windows(object: &str) -> bool {
    listing::of(object).is_some_and(|listing| listing.window.is_some())
}

impl Dentally {
    /// Checks the options and makes the HTTP client; nothing is sent yet.
    ///
    /// Errors: [`SourceError::BadOption`].
    pub fn new(options: DentallyOptions) -> Result<Self, SourceError> {
        let DentallyOptions { url, key, from, until } = options;
        if from > until {
            return Err(SourceError::BadOption {
                option: "from",
                reason: format!("{from} is after {until}"),
                hint: "give the first day of appointments to read, then the last",
            });
        }
        let client = client::Client::new(&url, key)?;
        let usual = listing::LISTINGS.iter().filter(|listing| listing::USUAL.contains(&listing.object));
        let objects = usual.map(listing::Listing::spec).collect();
        Ok(Self { client, from, until, objects, accepts_missing_rows: false })
    }

    /// Sets how long to keep trying.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.client.patience = patience;
        self
    }

    /// Reads these objects beside the usual ones.
    ///
    /// # Errors
    /// [`SourceError::UnknownObject`] for a name that Dentally's API has not.
    pub fn with_objects<S: AsRef<str>>(mut self, names: &[S]) -> Result<Self, SourceError> {
        for name in names.iter().map(AsRef::as_ref) {
            if listing::of(name).is_none() {
                return Err(SourceError::UnknownObject { object: name.to_owned(), known: listing::known() });
            }
        }
        let wanted =
            |object: &str| listing::USUAL.contains(&object) || names.iter().any(|name| name.as_ref() == object);
        let all = listing::LISTINGS.iter().filter(|listing| wanted(listing.object));
        self.objects = all.map(listing::Listing::spec).collect();
        Ok(self)
    }

    /// Goes on where a list has fewer rows than it says, after it was read three times.
    #[must_use]
    pub fn accepting_missing_rows(mut self, accepts: bool) -> Self {
        self.accepts_missing_rows = accepts;
        self
    }

    pub(crate) fn accepts_missing_rows(&self) -> bool {
        self.accepts_missing_rows
    }

    /// What is read of Dentally, in an order in which references point backwards.
    pub fn objects(&self) -> &[ObjectSpec<'_>] {
        &self.objects
    }

    /// The page at the cursor. A row may come twice within a walk: pages shift while the practice works, and a window that was
    /// too deep is walked again in halves. Rows that lie below others name them as their `parent`, and their `position` is the
    /// one that they have, else their number: a place in the list would be another at the next reading.
    ///
    /// Errors: [`SourceError::Absent`] for a list that the account withholds and a migration can be without, told at its first
    /// page.
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        walk::extract(self, object, cursor).await
    }
}
