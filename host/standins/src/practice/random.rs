//! Random numbers from a seed, and what is made of them.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The one source of chance of a practice.
#[derive(Debug)]
pub(crate) struct Random {
    rng: fastrand::Rng,
    zone: TimeZone,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random { rng: fastrand::Rng::with_seed(seed), zone: TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC) }
    }

    /// True in this share of cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.rng.f64() < share
    }

    /// A number from `low` to `high`, both included.
    pub(crate) fn within(&mut self, low: i64, high: i64) -> i64 {
        self.rng.i64(low..=high)
    }

    /// An index below `length`, which must not be zero.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.rng.usize(..length)
    }

    /// One of the items, which must not be empty.
    pub(crate) fn pick<'list, T>(&mut self, list: &'list [T]) -> &'list T {
        &list[self.rng.usize(..list.len())]
    }

    /// A number around `mean`: the sum of uniform numbers, near enough to a normal distribution.
    pub(crate) fn around(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..6).map(|_| self.rng.f64()).sum();
        // Six uniform numbers have mean 3 and variance 1/2.
        mean + (sum - 3.0) * std::f64::consts::SQRT_2 * deviation
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        self.rng.shuffle(list);
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let high = self.rng.u64(..) & !0xf000 | 0x4000;
        let low = self.rng.u64(..) & !(0b11 << 62) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }

    /// A UK mobile number from the range kept for fiction.
    pub(crate) fn mobile(&mut self) -> String {
        format!("07700 900{:03}", self.within(0, 999))
    }

    /// A UK landline number from a range kept for fiction.
    pub(crate) fn landline(&mut self) -> String {
        format!("0113 496 0{:03}", self.within(0, 999))
    }

    /// A local moment as Dentally writes it: with the offset, `Z` in winter.
    pub(crate) fn stamp(&self, local: DateTime) -> String {
        let Ok(moment) = local.to_zoned(self.zone.clone()) else {
            return format!("{local}Z");
        };
        let offset = if moment.offset().is_zero() { "Z".to_owned() } else { moment.strftime("%:z").to_string() };
        format!("{}{offset}", moment.strftime("%Y-%m-%dT%H:%M:%S%.3f"))
    }

    /// A moment of a day between 8 and 18 o'clock, to the millisecond.
    pub(crate) fn office_moment(&mut self, day: Date) -> DateTime {
        let seconds = self.within(8 * 3600, 18 * 3600);
        let millis = self.within(0, 999);
        let morning = day.at(0, 0, 0, 0);
        morning.checked_add(seconds.seconds().milliseconds(millis)).unwrap_or(morning)
    }

    /// A day that lies this many days before another, within the range.
    pub(crate) fn before(&mut self, day: Date, low: i64, high: i64) -> Date {
        let days = self.within(low, high);
        day.checked_sub(days.days()).unwrap_or(day)
    }
}
