//! Clinical attachment level: how far the attachment lies apical of the cemento-enamel junction.
//!
//! It is the probing depth plus the recession, and it exists only where both were measured: a
//! margin that nobody charted is unknown, not nought.

use odograft_sdk::perio::MarginSign;

/// The margin as recession in millimetres: positive where it lies apical of the cemento-enamel
/// junction, negative where gingiva covers the crown. None for a number that has no opposite.
pub fn recession(margin: i16, sign: MarginSign) -> Option<i16> {
    match sign {
        MarginSign::RecessionPositive => Some(margin),
        MarginSign::RecessionNegative => margin.checked_neg(),
    }
}

/// The attachment level in millimetres from probing depth and recession at one site.
pub fn level(depth: Option<i16>, recession: Option<i16>) -> Option<i16> {
    depth?.checked_add(recession?)
}

/// Whether a level that the source stores differs from the one that its own depth and margin give.
pub fn contradicts(charted: Option<i16>, calculated: Option<i16>) -> bool {
    matches!((charted, calculated), (Some(charted), Some(calculated)) if charted != calculated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recession_adds_to_the_depth_and_overgrowth_takes_from_it() {
        assert_eq!(level(Some(5), Some(2)), Some(7));
        assert_eq!(level(Some(5), Some(-2)), Some(3));
        assert_eq!(level(Some(3), Some(0)), Some(3));
    }

    #[test]
    fn one_measurement_alone_gives_no_level() {
        assert_eq!(level(Some(5), None), None);
        assert_eq!(level(None, Some(2)), None);
        assert_eq!(level(None, None), None);
    }

    #[test]
    fn both_margin_signs_mean_the_same_recession() {
        assert_eq!(recession(2, MarginSign::RecessionPositive), recession(-2, MarginSign::RecessionNegative));
        assert_eq!(recession(i16::MIN, MarginSign::RecessionNegative), None);
    }

    #[test]
    fn a_stored_level_is_compared_only_with_a_calculated_one() {
        assert!(contradicts(Some(6), Some(7)));
        assert!(!contradicts(Some(7), Some(7)));
        assert!(!contradicts(Some(7), None));
        assert!(!contradicts(None, Some(7)));
    }
}
