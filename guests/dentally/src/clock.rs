//! The day that the practice's clocks showed. Records have moments of UTC, and no module knows time zones.

use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Date, Instant, SettingSpec, setting};

/// What the practice's clocks show.
pub const UTC_OFFSET: SettingSpec = setting(
    "utc_offset",
    "0",
    "hours by which the practice's clocks are ahead of UTC, such as `10` for Sydney or `-8` for Vancouver: they decide the day of a moment; an hour of summer time makes no difference to a visit by day",
)
.allowed(&[
    "-12", "-11", "-10", "-9", "-8", "-7", "-6", "-5", "-4", "-3", "-2", "-1", "0", "1", "2", "3", "4", "5", "6", "7",
    "8", "9", "10", "11", "12", "13", "14",
]);

/// The day of a moment.
#[must_use]
pub fn day(moment: Instant, context: &Context) -> Date {
    let hours: i64 = context.setting(UTC_OFFSET.name()).parse().unwrap_or(0);
    day_of(Instant { seconds: moment.seconds.saturating_add(hours * 3_600), ..moment })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::time::iso;

    use super::*;
    use crate::MODULE;

    #[test]
    fn the_day_is_the_one_at_the_practice() {
        // 2026-10-01T00:30:00Z: half past four in the afternoon of the day before in Vancouver.
        let moment = Instant { seconds: 1_790_814_600, nanoseconds: 0 };
        for (hours, expected) in [("0", "2026-10-01"), ("-8", "2026-09-30"), ("10", "2026-10-01")] {
            assert_eq!(iso(day(moment, &Context::at(&MODULE, 0).set("utc_offset", hours))), expected, "{hours}");
        }
    }

    #[test]
    fn the_default_is_allowed() {
        assert!(MODULE.manifest(&[]).is_ok());
    }
}
