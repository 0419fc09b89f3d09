//! Amounts for Odoo's fields that hold floating-point numbers, such as an order line's price.

use odograft_sdk::Decimal;

/// The float that is nearest to an exact amount: written with as many digits, it is the same text again.
#[must_use]
pub fn as_float(amount: Decimal) -> f64 {
    // What a decimal shows is digits and a point, which is always a float.
    amount.to_string().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_as_it_was() {
        for (unscaled, scale, written) in [(12_345, 2, "123.45"), (-5, 2, "-0.05"), (7, 0, "7"), (10, 1, "1")] {
            assert_eq!(as_float(Decimal { unscaled, scale }).to_string(), written);
        }
    }
}
