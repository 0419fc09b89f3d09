//! Fees as people write them.

use odograft_sdk::Decimal;

/// `290.00` for the `290.0000` that SQL Server's type MONEY gives: of the digits behind the second, zeros at the end are
/// left out and no others.
#[must_use]
pub fn written(amount: Decimal) -> String {
    let Decimal { mut unscaled, mut scale } = amount;
    while scale > 2 && unscaled % 10 == 0 {
        (unscaled, scale) = (unscaled / 10, scale - 1);
    }
    Decimal { unscaled, scale }.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_that_counts_is_left_out() {
        for (unscaled, scale, text) in [
            (2_900_000, 4, "290.00"),
            (2_905_000, 4, "290.50"),
            (2_900_010, 4, "290.001"),
            (290, 0, "290"),
            (-50, 4, "-0.005"),
            (0, 4, "0.00"),
        ] {
            assert_eq!(written(Decimal { unscaled, scale }), text);
        }
    }
}
