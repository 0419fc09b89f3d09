//! Pacing: so many calls at a time, and so long from one to the next.

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::settings::Pace;

/// Where calls wait for their turn.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) pace: Pace,
    workers: Semaphore,
    /// When the next call may begin. Held while waiting, so that calls begin in the order they came.
    next: Mutex<Instant>,
}

impl Gate {
    pub(crate) fn new(pace: Pace) -> Self {
        let workers = Semaphore::new(pace.workers.clamp(1, Semaphore::MAX_PERMITS));
        Self { pace, workers, next: Mutex::new(Instant::now()) }
    }

    /// Waits until a call may begin; the call is over when the turn is dropped.
    pub(crate) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        // A closed semaphore would be the only failure, and nobody closes it.
        let turn = self.workers.acquire().await.ok();
        if !self.pace.interval.is_zero() {
            let mut next = self.next.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = Instant::now() + self.pace.interval;
        }
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn calls_begin_an_interval_apart() {
        let gate = Gate::new(Pace { interval: Duration::from_millis(40), workers: 3 });
        let began = Instant::now();
        let calls = async || drop(gate.enter().await);
        tokio::join!(calls(), calls(), calls());
        assert!(began.elapsed() >= Duration::from_millis(80), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn no_more_calls_at_a_time_than_workers() {
        let gate = Gate::new(Pace { interval: Duration::ZERO, workers: 2 });
        let first = gate.enter().await;
        let _second = gate.enter().await;
        let waiting = tokio::time::timeout(Duration::from_millis(20), gate.enter());
        assert!(waiting.await.is_err(), "a third call waits");
        drop(first);
        assert!(tokio::time::timeout(Duration::from_millis(20), gate.enter()).await.is_ok());
    }
}
