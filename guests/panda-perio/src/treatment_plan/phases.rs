//! The phases of a treatment plan: their order, their codes, their fees, and the JSON that holds all of them.

use odograft_sdk::panda_perio::Phase;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Decimal, Json, columns, json, money};

use crate::fees;

/// Phases by their number; those without one at the end, in the source's order.
#[must_use]
pub fn in_order(phases: &[Phase]) -> Vec<&Phase> {
    let mut ordered: Vec<&Phase> = phases.iter().collect();
    ordered.sort_by_key(|phase| phase.number.unwrap_or(i64::MAX));
    ordered
}

/// Every code once, in the order of the phases. A phase may name several, parted by commas, semicolons, slashes or blanks.
#[must_use]
pub fn codes(phases: &[&Phase]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for written in phases.iter().filter_map(|phase| trimmed(phase.ada_code)) {
        for code in written.split(|c: char| matches!(c, ',' | ';' | '/' | '+' | '&') || c.is_whitespace()) {
            if !code.is_empty() && !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
    }
    codes
}

/// Whether a code has the form of the American Dental Association's: `D` and four digits.
#[must_use]
pub fn is_ada_code(code: &str) -> bool {
    let digits = code.strip_prefix(['D', 'd']).unwrap_or_default();
    digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The sum of the fees that are filled; none where no fee is.
#[must_use]
pub fn sum(phases: &[&Phase]) -> Option<Decimal> {
    let fees: Vec<Decimal> = phases.iter().filter_map(|phase| phase.fee).collect();
    if fees.is_empty() { None } else { money::sum(fees) }
}

/// All that the source has of each phase.
#[must_use]
pub fn as_json(phases: &[&Phase]) -> Json {
    Json::Array(phases.iter().map(|phase| one(phase)).collect())
}

fn one(phase: &Phase) -> Json {
    json!({
        "id": phase.id,
        "number": phase.number,
        "status": trimmed(phase.status),
        "ada_code": trimmed(phase.ada_code),
        "description": trimmed(phase.description),
        "tooth": trimmed(phase.tooth),
        "surface": trimmed(phase.surface),
        "fee": phase.fee.map(fees::written),
        "planned_on": phase.planned_on,
        "completed_on": phase.completed_on,
        "provider_id": trimmed(phase.provider_id),
        "note": trimmed(phase.note),
        "other_columns": columns::document(&phase.extra),
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{ExtraField, Scalar};

    use super::*;
    use crate::examples;

    fn phase(number: Option<i64>, codes: &str, fee: Option<i64>) -> Phase {
        Phase {
            number,
            ada_code: Some(codes.into()),
            fee: fee.map(|unscaled| Decimal { unscaled, scale: 4 }),
            ..examples::phase("N/1", "accepted")
        }
    }

    #[test]
    fn phases_come_by_number_and_each_code_once() {
        let phases =
            [phase(None, "D9999", None), phase(Some(2), "D4910;D4341", None), phase(Some(1), "D4341, D4342/ ", None)];
        let ordered = in_order(&phases);
        assert_eq!(codes(&ordered), ["D4341", "D4342", "D4910", "D9999"]);
    }

    #[test]
    fn a_code_is_a_d_and_four_digits() {
        for (code, good) in
            [("D4341", true), ("d4910", true), ("4341", false), ("D434", false), ("D43410", false), ("SRP", false)]
        {
            assert_eq!(is_ada_code(code), good, "{code}");
        }
    }

    #[test]
    fn fees_are_added_up_exactly() {
        let phases = [phase(Some(1), "", Some(2_905_000)), phase(Some(2), "", None), phase(Some(3), "", Some(1))];
        assert_eq!(sum(&in_order(&phases)), Some(Decimal { unscaled: 2_905_001, scale: 4 }));
        assert_eq!(sum(&in_order(&phases[1..2])), None, "no fee is not a fee of nought");
    }

    #[test]
    fn the_json_holds_all_that_the_source_has() {
        let full = Phase {
            description: Some("Root surface debridement".into()),
            tooth: Some("UR".into()),
            planned_on: parse_day("2026-03-20"),
            provider_id: Some("N/501".into()),
            note: Some("LA: \"2.2 ml\"".into()),
            extra: vec![ExtraField { name: "Lab".into(), value: Scalar::Text("Acme".into()) }],
            ..phase(Some(1), "D4341", Some(2_900_000))
        };
        let expected = json!([{
            "id": "N/1", "number": 1, "status": "accepted", "ada_code": "D4341",
            "description": "Root surface debridement", "tooth": "UR", "surface": null, "fee": "290.00",
            "planned_on": "2026-03-20", "completed_on": null, "provider_id": "N/501", "note": "LA: \"2.2 ml\"",
            "other_columns": { "Lab": "Acme" },
        }]);
        assert_eq!(as_json(&[&full]), expected);
    }
}
