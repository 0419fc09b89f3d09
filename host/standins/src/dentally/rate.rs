//! The rate limit: so many requests a window, the window a clock hour.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What the live API allows in a clock hour.
const LIVE_LIMIT: u32 = 3600;

/// Where a caller stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    /// Unix moment at which the window ends, in seconds.
    pub(super) reset: u64,
    /// Seconds until then, rounded up.
    pub(super) wait: u64,
    /// Requests refused in this window, this one included; 0: it was let through.
    pub(super) refused: u32,
}

#[derive(Debug)]
pub(super) struct Rate {
    limit: Option<u32>,
    /// Milliseconds.
    window: u64,
    /// The window's number and the requests in it.
    used: Mutex<(u64, u32)>,
}

impl Rate {
    pub(super) fn new(limit: Option<u32>, window: Option<Duration>) -> Rate {
        let window = window.unwrap_or(Duration::from_secs(3600)).as_millis();
        Rate { limit, window: u64::try_from(window).unwrap_or(u64::MAX).max(1), used: Mutex::new((0, 0)) }
    }

    /// Counts a request.
    pub(super) fn take(&self) -> Standing {
        self.at(now(), 1)
    }

    /// Looks without counting.
    pub(super) fn look(&self) -> Standing {
        self.at(now(), 0)
    }

    fn at(&self, now: u64, requests: u32) -> Standing {
        let number = now / self.window;
        let end = (number + 1) * self.window;
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.0 != number {
            *used = (number, 0);
        }
        used.1 = used.1.saturating_add(requests);
        let limit = self.limit.unwrap_or(LIVE_LIMIT);
        let (remaining, refused) = match self.limit {
            Some(limit) => (limit.saturating_sub(used.1), used.1.saturating_sub(limit)),
            None => (LIVE_LIMIT - used.1.min(LIVE_LIMIT / 2), 0),
        };
        Standing { limit, remaining, reset: end.div_ceil(1000), wait: (end - now).div_ceil(1000), refused }
    }
}

/// Milliseconds since 1970.
fn now() -> u64 {
    u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_drains_and_the_next_is_full() {
        let rate = Rate::new(Some(2), None);
        let hour = 3_600_000;
        assert_eq!(rate.at(hour, 1).remaining, 1);
        let last = rate.at(hour + 1, 1);
        assert_eq!((last.remaining, last.refused, last.reset), (0, 0, 7200));
        let over = rate.at(hour + 1_000, 1);
        assert_eq!((over.refused, over.wait), (1, 3599));
        assert_eq!(rate.at(2 * hour, 1).refused, 0);
    }
}
