//! Amounts of money, exact.

use core::fmt;

use crate::Decimal;

/// Digits behind the point, and nothing else: `12.30`, `-0.05`.
impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, digits) = (if self.unscaled < 0 { "-" } else { "" }, self.unscaled.unsigned_abs().to_string());
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(out, "{sign}{digits}");
        }
        let digits = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(out, "{sign}{whole}.{fraction}")
    }
}

/// Nothing of any currency.
pub const ZERO: Decimal = Decimal { unscaled: 0, scale: 0 };

/// The sum of amounts; none where it is beyond what a decimal holds.
#[must_use]
pub fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    amounts.into_iter().try_fold(ZERO, add)
}

/// One amount and another; none where the sum is beyond what a decimal holds.
#[must_use]
pub fn add(one: Decimal, other: Decimal) -> Option<Decimal> {
    let scale = one.scale.max(other.scale);
    Some(Decimal { unscaled: at(one, scale)?.checked_add(at(other, scale)?)?, scale })
}

/// The amount with the other sign.
#[must_use]
pub fn negated(amount: Decimal) -> Option<Decimal> {
    Some(Decimal { unscaled: amount.unscaled.checked_neg()?, ..amount })
}

/// Whether two amounts are the same, however many zeros they end in.
#[must_use]
pub fn same(one: Decimal, other: Decimal) -> bool {
    negated(other).and_then(|other| add(one, other)).is_some_and(|rest| rest.unscaled == 0)
}

/// The amount in units of ten to the power of minus `scale`.
fn at(amount: Decimal, scale: u8) -> Option<i64> {
    amount.unscaled.checked_mul(10_i64.checked_pow((scale - amount.scale).into())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(unscaled: i64, scale: u8) -> Decimal {
        Decimal { unscaled, scale }
    }

    #[test]
    fn amounts_read_as_they_are_written() {
        for (amount, text) in
            [(decimal(1230, 2), "12.30"), (decimal(-5, 2), "-0.05"), (decimal(7, 0), "7"), (decimal(0, 4), "0.0000")]
        {
            assert_eq!(amount.to_string(), text);
        }
    }

    #[test]
    fn sums_are_exact_or_not_there() {
        let total = sum([decimal(10, 2), decimal(-5, 3), decimal(3, 0)]).expect("small");
        assert_eq!(total, decimal(3_095, 3));
        assert!(same(total, decimal(30_950, 4)) && !same(total, decimal(30_951, 4)));
        assert_eq!(sum([decimal(i64::MAX, 0), decimal(1, 0)]), None);
        assert_eq!(sum([decimal(i64::MAX, 0), decimal(1, 1)]), None);
        assert_eq!(sum([]), Some(ZERO));
    }
}
