//! Sending again: for calls that do no harm when they are done twice.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use crate::client::Settings;
use crate::error::OdooError;

/// Sends until it works, it fails for good, or the tries are used up.
///
/// The waits double from `Settings::first_delay` to half a minute, with jitter; a server that says how long to wait
/// is given that long. When any try ended without telling whether it was done, giving up is
/// [`OdooError::UnknownOutcome`], since an earlier one may have been.
pub(crate) async fn persist<T>(
    settings: &Settings,
    mut send: impl AsyncFnMut() -> Result<T, OdooError>,
) -> Result<T, OdooError> {
    let mut delays = ExponentialBuilder::default()
        .with_min_delay(settings.first_delay)
        .with_max_delay(Duration::from_secs(30))
        .with_max_times(settings.attempts.saturating_sub(1))
        .with_jitter()
        .build();
    let mut attempts = 0;
    let mut unknown = false;
    loop {
        attempts += 1;
        let error = match send().await {
            Ok(value) => return Ok(value),
            Err(error) if !error.may_pass() => return Err(error),
            Err(error) => error,
        };
        unknown |= error.outcome_is_unknown();
        let Some(delay) = delays.next() else {
            return Err(if unknown { OdooError::UnknownOutcome { attempts, last: Box::new(error) } } else { error });
        };
        let delay = match &error {
            OdooError::RateLimited { retry_after: Some(wait) } => (*wait).min(Duration::from_secs(120)).max(delay),
            _ => delay,
        };
        tracing::warn!(code = error.code(), attempts, wait_ms = delay.as_millis() as u64, "sending again");
        tokio::time::sleep(delay).await;
    }
}
