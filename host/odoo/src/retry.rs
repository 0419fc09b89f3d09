//! Sending again: for calls that do no harm when they are done twice.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use crate::error::OdooError;
use crate::settings::Settings;

/// The tries of one call that may be repeated: how many are left, and what the earlier ones tell.
///
/// The waits double from [`Settings::first_delay`] to half a minute, with jitter; a server that says how long to wait is
/// given that long.
#[derive(Debug)]
pub(crate) struct Patience {
    delays: ExponentialBackoff,
    attempts: usize,
    unknown: bool,
}

impl Patience {
    pub(crate) fn new(settings: &Settings) -> Self {
        let delays = ExponentialBuilder::default()
            .with_min_delay(settings.first_delay)
            .with_max_delay(Duration::from_secs(30))
            .with_max_times(settings.attempts.saturating_sub(1))
            .with_jitter()
            .build();
        Self { delays, attempts: 0, unknown: false }
    }

    /// Waits until the call may be sent again after `error`.
    ///
    /// # Errors
    /// `error` itself when it won't pass; when the tries are used up and any of them ended without telling whether it
    /// was done, [`OdooError::UnknownOutcome`].
    pub(crate) async fn wait(&mut self, error: OdooError) -> Result<(), OdooError> {
        if !error.may_pass() {
            return Err(error);
        }
        self.attempts += 1;
        self.unknown |= error.outcome_is_unknown();
        let Some(delay) = self.delays.next() else {
            let (attempts, unknown) = (self.attempts, self.unknown);
            return Err(if unknown { OdooError::UnknownOutcome { attempts, last: Box::new(error) } } else { error });
        };
        let delay = match &error {
            OdooError::RateLimited { retry_after: Some(wait) } => (*wait).min(Duration::from_secs(120)).max(delay),
            _ => delay,
        };
        let wait_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(code = error.code(), attempts = self.attempts, wait_ms, "sending again");
        tokio::time::sleep(delay).await;
        Ok(())
    }

    /// The end of the tries by `last`, after one that may have been done.
    pub(crate) fn given_up(&self, last: OdooError) -> OdooError {
        OdooError::UnknownOutcome { attempts: self.attempts + 1, last: Box::new(last) }
    }

    /// Whether an earlier try may have been done.
    pub(crate) fn may_be_done(&self) -> bool {
        self.unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patience(attempts: usize) -> Patience {
        Patience::new(&Settings { attempts, first_delay: Duration::from_millis(1), ..Settings::default() })
    }

    #[tokio::test]
    async fn an_error_that_will_not_pass_ends_at_once() {
        assert_eq!(patience(9).wait(OdooError::WrongKey).await, Err(OdooError::WrongKey));
    }

    #[tokio::test]
    async fn tries_are_bounded_and_one_unknown_outcome_among_them_is_told() {
        let mut patience = patience(3);
        assert_eq!(patience.wait(OdooError::Timeout).await, Ok(()));
        assert_eq!(patience.wait(OdooError::Serialization).await, Ok(()));
        let last = Box::new(OdooError::Serialization);
        let expected = OdooError::UnknownOutcome { attempts: 3, last };
        assert_eq!(patience.wait(OdooError::Serialization).await, Err(expected));
    }

    #[tokio::test]
    async fn collisions_alone_leave_nothing_unknown() {
        let mut patience = patience(1);
        assert_eq!(patience.wait(OdooError::Serialization).await, Err(OdooError::Serialization));
    }
}
