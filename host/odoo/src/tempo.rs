//! How many rows a call carries and how many calls run at once: both follow the server.
//!
//! Additive increase, multiplicative decrease, as TCP does it. Rows grow while calls are answered well within a
//! gateway's patience, and halve when one is slow, too large or cut off. Calls at once grow while more of them bring more
//! rows a second, which they do on a server of several processes only, and halve when they get into each other's way.

use std::time::{Duration, Instant};

use crate::error::OdooError;
use crate::settings::Pace;

/// Where it begins: a contact costs the server the least in calls of about so many, measured on Odoo 19 from 200 to 2,000.
const ROWS: usize = 1_000;
const FEWEST_ROWS: usize = 10;
const MOST_ROWS: usize = 2_000;
const MORE_ROWS: usize = 100;

/// An answer that takes longer than this halves the rows: gateways give up after 60 s, by default.
const SLOW: Duration = Duration::from_secs(20);

/// Calls at once, at most, whatever the pace allows: no Odoo of a practice has more processes to spare.
const MOST_CALLS: usize = 8;

/// So many calls, for each of those at once, tell the rate.
const ROUND: usize = 3;

/// What one more call at once must bring, as a share of the rate before, to be kept.
const GAIN: f64 = 1.1;

/// What made a server slow or made it refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strain {
    /// Calls that collide, or come too fast: fewer at once.
    Crowded,
    /// A call that is too much: fewer rows.
    Heavy,
}

impl Strain {
    /// What an error tells of the load on the server.
    #[must_use]
    pub fn of(error: &OdooError) -> Option<Self> {
        match error {
            OdooError::Serialization | OdooError::RateLimited { .. } => Some(Self::Crowded),
            OdooError::TooLarge | OdooError::Timeout | OdooError::Dropped | OdooError::Gateway { .. } => {
                Some(Self::Heavy)
            }
            OdooError::UnknownOutcome { last, .. } => Self::of(last),
            _ => None,
        }
    }
}

/// What one batch took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effort {
    /// The longest answer.
    pub slowest: Duration,
    /// The worst that happened on the way.
    pub strain: Option<Strain>,
}

impl Effort {
    pub(crate) fn answered(&mut self, took: Duration) {
        self.slowest = self.slowest.max(took);
    }

    pub(crate) fn failed(&mut self, error: &OdooError) {
        self.strain = self.strain.max(Strain::of(error));
    }
}

/// The present size of calls and their number at once.
#[derive(Debug)]
pub struct Tempo {
    rows: usize,
    calls: usize,
    most_calls: usize,
    round: Round,
    /// The rate with one call less, while one more is tried.
    before: Option<f64>,
    /// Rounds to go before one more is tried, and how many it will be the next time.
    pause: usize,
    next_pause: usize,
}

/// What was answered since a moment.
#[derive(Debug)]
struct Round {
    began: Instant,
    answers: usize,
    rows: usize,
}

impl Round {
    fn new(now: Instant) -> Self {
        Self { began: now, answers: 0, rows: 0 }
    }
}

impl Tempo {
    /// The tempo to begin with: one call at a time.
    #[must_use]
    pub fn new(pace: Pace, now: Instant) -> Self {
        let most_calls = pace.workers.clamp(1, MOST_CALLS);
        Self { rows: ROWS, calls: 1, most_calls, round: Round::new(now), before: None, pause: 0, next_pause: 2 }
    }

    /// Rows for the next call.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Calls at once.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Other records follow: rates of before say nothing of theirs.
    pub fn turn(&mut self, now: Instant) {
        self.round = Round::new(now);
        self.before = None;
    }

    /// A batch of `rows` came to its end.
    pub fn learn(&mut self, rows: usize, effort: Effort, now: Instant) {
        match effort.strain {
            Some(Strain::Heavy) => self.fewer_rows(rows),
            Some(Strain::Crowded) => {
                self.calls = (self.calls / 2).max(1);
                self.rest(now);
            }
            None if effort.slowest > SLOW => self.fewer_rows(rows),
            // A batch that was not full says nothing of fuller ones.
            None if effort.slowest < SLOW / 4 && rows >= self.rows => {
                self.rows = (self.rows + MORE_ROWS).min(MOST_ROWS);
            }
            None => {}
        }
        self.round.answers += 1;
        self.round.rows += rows;
        if self.round.answers >= ROUND * self.calls {
            self.judge(now);
        }
    }

    /// From what was sent, not from what may be sent by now: several calls of one size fail for one reason.
    fn fewer_rows(&mut self, rows: usize) {
        self.rows = self.rows.min((rows / 2).max(FEWEST_ROWS));
    }

    /// Waits, each time twice as long, before one more call is tried.
    fn rest(&mut self, now: Instant) {
        self.pause = self.next_pause;
        self.next_pause = (self.next_pause * 2).min(64);
        self.turn(now);
    }

    fn judge(&mut self, now: Instant) {
        let seconds = now.duration_since(self.round.began).as_secs_f64();
        let rate = self.round.rows as f64 / seconds.max(1e-9);
        self.round = Round::new(now);
        if let Some(before) = self.before.take()
            && rate < before * GAIN
        {
            self.calls = (self.calls - 1).max(1);
            self.rest(now);
        } else if self.pause > 0 {
            self.pause -= 1;
        } else if self.calls < self.most_calls {
            self.before = Some(rate);
            self.calls += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server on which `useful` calls at once bring more, each row taking `per_row` of one of them.
    struct Server {
        now: Instant,
        useful: usize,
        per_row: Duration,
    }

    impl Server {
        fn answers(&mut self, tempo: &mut Tempo, batches: usize) {
            for _ in 0..batches {
                let rows = tempo.rows();
                let work = self.per_row * u32::try_from(rows).expect("small");
                let at_once = u32::try_from(tempo.calls().min(self.useful)).expect("small");
                self.now += work / at_once;
                let waiting = u32::try_from(tempo.calls()).expect("small");
                tempo.learn(rows, Effort { slowest: work * waiting / at_once, strain: None }, self.now);
            }
        }
    }

    fn begun(useful: usize, milliseconds: u64) -> (Tempo, Server) {
        let now = Instant::now();
        (Tempo::new(Pace::OWN, now), Server { now, useful, per_row: Duration::from_millis(milliseconds) })
    }

    fn strained(strain: Strain) -> Effort {
        Effort { slowest: Duration::from_secs(1), strain: Some(strain) }
    }

    #[test]
    fn a_fast_server_gets_more_rows_and_a_slow_one_fewer() {
        let (mut tempo, mut server) = begun(1, 1);
        server.answers(&mut tempo, 40);
        assert_eq!(tempo.rows(), MOST_ROWS);
        let (mut tempo, mut server) = begun(1, 100);
        server.answers(&mut tempo, 40);
        assert!((50..=250).contains(&tempo.rows()), "{}", tempo.rows());
    }

    #[test]
    fn calls_at_once_grow_to_what_the_server_has_use_for() {
        let mut most = 0;
        let (mut tempo, mut server) = begun(1, 4);
        for _ in 0..200 {
            server.answers(&mut tempo, 1);
            most = most.max(tempo.calls());
        }
        assert_eq!(
            (tempo.calls(), most),
            (1, 2),
            "one that works on one at a time gets one, and is asked now and then"
        );
        let (mut tempo, mut server) = begun(4, 4);
        server.answers(&mut tempo, 120);
        assert!((4..=5).contains(&tempo.calls()), "{}", tempo.calls());
    }

    #[test]
    fn the_cloud_gets_one_call_at_a_time() {
        let now = Instant::now();
        let mut tempo = Tempo::new(Pace::CLOUD, now);
        let mut server = Server { now, useful: 8, per_row: Duration::from_millis(1) };
        server.answers(&mut tempo, 100);
        assert_eq!(tempo.calls(), 1);
    }

    #[test]
    fn strain_halves_what_it_is_about_and_never_ends_at_nothing() {
        let (mut tempo, mut server) = begun(8, 4);
        server.answers(&mut tempo, 120);
        let (rows, calls) = (tempo.rows(), tempo.calls());
        tempo.learn(rows, strained(Strain::Crowded), server.now);
        assert_eq!((tempo.rows(), tempo.calls()), (rows, calls / 2));
        tempo.learn(rows, strained(Strain::Heavy), server.now);
        tempo.learn(rows, strained(Strain::Heavy), server.now);
        assert_eq!(tempo.rows(), rows / 2, "two calls of one size are one reason");
        for _ in 0..50 {
            tempo.learn(tempo.rows(), strained(Strain::Heavy), server.now);
            tempo.learn(tempo.rows(), strained(Strain::Crowded), server.now);
        }
        assert_eq!((tempo.rows(), tempo.calls()), (FEWEST_ROWS, 1));
    }

    #[test]
    fn errors_tell_what_was_too_much() {
        let last = Box::new(OdooError::Timeout);
        assert_eq!(Strain::of(&OdooError::UnknownOutcome { attempts: 3, last }), Some(Strain::Heavy));
        assert_eq!(Strain::of(&OdooError::Serialization), Some(Strain::Crowded));
        assert_eq!(Strain::of(&OdooError::WrongKey), None);
    }
}
