//! BrightChair balances: what a client was charged and has paid, line by line.

use odograft_sdk::tabular::Child;
use odograft_sdk::time::iso;
use odograft_sdk::{Date, Decimal};

/// All charges less all payments; none where there is no line, or where the sum is beyond any amount.
#[must_use]
pub fn outstanding<'r>(lines: impl Iterator<Item = &'r Child>) -> Option<Decimal> {
    let mut sum = None;
    for line in lines {
        for (amount, sign) in [(line.decimal("amount"), 1), (line.decimal("paid"), -1)] {
            let Some(amount) = amount else { continue };
            sum = Some(add(sum.unwrap_or(Decimal { unscaled: 0, scale: 2 }), amount, sign)?);
        }
    }
    sum
}

/// The newest day on which anything was booked.
#[must_use]
pub fn last_booked<'r>(lines: impl Iterator<Item = &'r Child>) -> Option<Date> {
    lines.filter_map(|line| line.date("booked")).max_by_key(|day| (day.year, day.month, day.day))
}

/// One line for each, by day: `2026-03-02: invoice R-1, charged 120.00, paid 20.00`. What a line does not have is left out.
#[must_use]
pub fn statement<'r>(lines: impl Iterator<Item = &'r Child>) -> Option<String> {
    let mut told: Vec<(String, String)> = lines
        .map(|line| {
            let day = line.date("booked").map_or_else(|| "no day".to_owned(), iso);
            let invoice = line.text("invoice").map(|number| format!("invoice {}", number.trim()));
            let charged = line.decimal("amount").map(|amount| format!("charged {}", written(amount)));
            let paid = line.decimal("paid").map(|amount| format!("paid {}", written(amount)));
            let parts: Vec<String> = [invoice, charged, paid].into_iter().flatten().collect();
            (day, parts.join(", "))
        })
        .collect();
    told.sort();
    let told: Vec<String> = told.into_iter().map(|(day, parts)| format!("{day}: {parts}")).collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

/// One amount and another with its sign, exact; none where the sum is beyond what a decimal holds.
fn add(one: Decimal, other: Decimal, sign: i64) -> Option<Decimal> {
    let scale = one.scale.max(other.scale);
    let at = |amount: Decimal| amount.unscaled.checked_mul(10_i64.checked_pow((scale - amount.scale).into())?);
    Some(Decimal { unscaled: at(one)?.checked_add(at(other)?.checked_mul(sign)?)?, scale })
}

/// `120.00`, with every digit.
fn written(amount: Decimal) -> String {
    let scale = usize::from(amount.scale);
    let digits = format!("{:0width$}", amount.unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let (sign, point) = (if amount.unscaled < 0 { "-" } else { "" }, if fraction.is_empty() { "" } else { "." });
    format!("{sign}{whole}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use odograft_sdk::Scalar;
    use odograft_sdk::examples::child;

    use super::*;

    fn euros(cents: i64) -> Scalar {
        Scalar::Decimal(Decimal { unscaled: cents, scale: 2 })
    }

    fn march(day: u8) -> Scalar {
        Scalar::Date(Date { year: 2026, month: 3, day })
    }

    fn lines() -> Vec<Child> {
        vec![
            child("balance", "17/b", &[("booked", march(9)), ("paid", euros(2_000))]),
            child(
                "balance",
                "17/a",
                &[("booked", march(2)), ("invoice", Scalar::Text(" R-1 ".into())), ("amount", euros(12_000))],
            ),
            child("balance", "17/c", &[("amount", Scalar::Decimal(Decimal { unscaled: 5, scale: 3 }))]),
        ]
    }

    #[test]
    fn what_is_owed_is_exact() {
        let owed = outstanding(lines().iter()).map(|d| (d.unscaled, d.scale));
        assert_eq!(owed, Some((100_005, 3)));
        assert_eq!(outstanding([].iter()), None);
        let beyond =
            [child("balance", "1", &[("amount", euros(i64::MAX))]), child("balance", "2", &[("amount", euros(1))])];
        assert_eq!(outstanding(beyond.iter()), None);
    }

    #[test]
    fn the_statement_goes_by_day_and_tells_what_is_there() {
        assert_eq!(
            statement(lines().iter()).as_deref(),
            Some("2026-03-02: invoice R-1, charged 120.00\n2026-03-09: paid 20.00\nno day: charged 0.005")
        );
        assert_eq!(last_booked(lines().iter()), Some(Date { year: 2026, month: 3, day: 9 }));
        assert_eq!((statement([].iter()), last_booked([].iter())), (None, None));
    }

    #[test]
    fn amounts_are_written_with_every_digit() {
        let text = |unscaled, scale| written(Decimal { unscaled, scale });
        assert_eq!([text(-5, 2), text(7, 0), text(0, 3)], ["-0.05", "7", "0.000"]);
    }
}
