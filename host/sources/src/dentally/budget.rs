//! What is left of the rate limit, for everyone who asks through one client.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Requests left at which we wait for the next window: going to 0 has been seen to block the account for a while, and
/// the practice's other integrations live on the same limit.
const FLOOR: u64 = 5;

/// The state, as far as answers have told it.
#[derive(Debug, Default)]
struct State {
    /// Requests left in the window, those that are under way taken off.
    left: Option<u64>,
    /// The moment at which the window ends.
    ends: Option<Instant>,
    /// The reset as the server writes it: another one is another window.
    reset: Option<u64>,
    /// Nothing goes out before this.
    not_before: Option<Instant>,
}

/// One budget for all workers.
#[derive(Debug, Default)]
pub(crate) struct Budget(Mutex<State>);

/// What an answer says of the limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Heard {
    /// Requests left.
    pub(crate) left: Option<u64>,
    /// The window's end as the server writes it.
    pub(crate) reset: Option<u64>,
    /// How long until then.
    pub(crate) ends_in: Option<Duration>,
}

impl Budget {
    /// Takes one request out of the budget; the moment to wait for, when there is none.
    pub(crate) fn take(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.not_before {
            Some(moment) if moment > now => return Err(moment),
            Some(_) => {
                // A new window; what is left of it the next answer says.
                *state = State::default();
            }
            None => {}
        }
        match (state.left, state.ends) {
            (Some(left), Some(ends)) if left <= FLOOR && ends > now => {
                state.not_before = Some(ends);
                return Err(ends);
            }
            (Some(left), _) => state.left = Some(left.saturating_sub(1)),
            (None, _) => {}
        }
        Ok(())
    }

    /// Remembers what an answer says. Answers may come in another order than they were given in, so within a window the
    /// lowest number counts.
    pub(crate) fn hear(&self, heard: Heard, longest: Duration, now: Instant) {
        let Heard { left: Some(left), reset, ends_in } = heard else { return };
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = reset.is_some() && reset == state.reset;
        state.left = Some(if same { state.left.map_or(left, |known| known.min(left)) } else { left });
        state.reset = reset;
        state.ends = ends_in.map(|wait| now + wait.min(longest));
        if left <= FLOOR
            && let Some(ends) = state.ends
        {
            state.not_before = Some(ends);
        }
    }

    /// The limit was met: nobody asks before it lifts.
    pub(crate) fn hold(&self, wait: Duration, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = now + wait;
        if state.not_before.is_none_or(|known| known < until) {
            state.not_before = Some(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn heard(left: u64, seconds: u64) -> Heard {
        Heard { left: Some(left), reset: Some(7_200), ends_in: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn requests_under_way_count_before_their_answers_are_there() {
        let (budget, now) = (Budget::default(), Instant::now());
        budget.hear(heard(8, 60), HOUR, now);
        let taken = (0..5).filter(|_| budget.take(now).is_ok()).count();
        assert_eq!(taken, 3, "eight are left, and five stay");
        assert_eq!(budget.take(now), Err(now + Duration::from_secs(60)), "everyone waits for the same moment");
        assert_eq!(budget.take(now), Err(now + Duration::from_secs(60)));
        let later = now + Duration::from_secs(61);
        assert!((0..100).all(|_| budget.take(later).is_ok()), "the next window is full");
    }

    #[test]
    fn an_answer_that_comes_late_gives_nothing_back() {
        let (budget, now) = (Budget::default(), Instant::now());
        budget.hear(heard(7, 60), HOUR, now);
        budget.hear(heard(90, 60), HOUR, now);
        assert_eq!((0..9).filter(|_| budget.take(now).is_ok()).count(), 2);
        let next = Heard { reset: Some(10_800), ..heard(90, 60) };
        budget.hear(next, HOUR, now + Duration::from_secs(61));
        assert!(budget.take(now + Duration::from_secs(61)).is_ok(), "another window has its own number");
    }

    #[test]
    fn a_refusal_holds_everyone_and_no_wait_is_longer_than_allowed() {
        let (budget, now) = (Budget::default(), Instant::now());
        budget.hold(Duration::from_secs(7), now);
        budget.hold(Duration::from_secs(3), now);
        assert_eq!(budget.take(now), Err(now + Duration::from_secs(7)));
        assert!(budget.take(now + Duration::from_secs(7)).is_ok());
        budget.hear(heard(0, 86_400), HOUR, now);
        assert_eq!(budget.take(now), Err(now + HOUR));
    }
}
