//! Amounts for fields that hold floating-point numbers, such as an order line's price.

use odograft_sdk::Decimal;

/// The float that is nearest to an exact amount: Odoo shows the same digits.
#[must_use]
pub fn as_float(amount: Decimal) -> f64 {
    // What a decimal shows is digits and a point, which is always a float.
    amount.to_string().parse().unwrap_or_default()
}

/// Whether a percentage lies where one can.
#[must_use]
pub fn is_percent(amount: Decimal) -> bool {
    (0.0..=100.0).contains(&as_float(amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::cents;

    #[test]
    fn the_digits_stay() {
        for (amount, float) in [(cents(1_230), 12.3), (cents(-5), -0.05), (cents(i64::MAX), 92_233_720_368_547_758.07)]
        {
            assert_eq!(as_float(amount), float);
        }
    }

    #[test]
    fn a_percentage_has_bounds() {
        assert!(is_percent(cents(0)) && is_percent(cents(10_000)));
        assert!(!is_percent(cents(10_001)) && !is_percent(cents(-1)));
    }
}
