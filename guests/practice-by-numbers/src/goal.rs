//! Goals and KPI targets → fields of the provider's `res.users`.

use odograft_sdk::practice_by_numbers::{Goal, Goals};
use odograft_sdk::text::trimmed;
use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Finding, Mapped, Rejection, columns, target, warning};

use crate::amounts;

target! {
    /// A provider's targets, on the Odoo user who is that provider.
    pub user: goals => "res.users" .existing_only().many_to_one()
        .note("the month that is running, else the last before it, else the first ahead; all months stand in the history") {
        MONTH = custom_char("x_target_month", "Targets of") from [months.month] .rule("the month that the targets are of, as `2026-10`; as entered where it cannot be read") .section("Targets");
        PRODUCTION = custom_monetary("x_monthly_production_target", "Monthly production target") from [months.production_target, months.month] .rule("exact") .section("Targets");
        ACCEPTANCE = custom_float("x_acceptance_rate_target", "Acceptance rate target (%)") from [months.acceptance_target, months.month] .section("Targets");
        NEW_PATIENTS = custom_integer("x_new_patient_target", "New patients target") from [months.new_patients_target, months.month] .section("Targets");
        HISTORY = custom_text("x_target_history", "Targets of all months")
            from [months.month, months.provider, months.production_target, months.acceptance_target, months.new_patients_target, extra.months]
            .rule("a line for each month") .section("Targets");
    }
}

/// A provider's targets on the user; a provider whom Odoo does not know has no record to put them on, and is put aside.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn user(goals: &Goals, context: &Context) -> Result<Mapped, Rejection> {
    let today = day_of(context.as_of);
    let mut user = user::upsert(goals.provider_id).on("provider");
    let mut findings = Vec::new();
    if let Some(goal) = chosen(&goals.months, (today.year, today.month)) {
        let read = month(goal).map(|(year, month)| format!("{year:04}-{month:02}"));
        let written = trimmed(goal.month).map(|text| text.to_string());
        user.set_or_clear(user::MONTH, read.or(written));
        user.set_or_clear(user::PRODUCTION, goal.production_target);
        user.set_or_clear(user::ACCEPTANCE, goal.acceptance_target.map(amounts::as_float));
        user.set_or_clear(user::NEW_PATIENTS, patients(goal));
        findings = self::findings(&goals.months, goal);
    }
    let lines: Vec<String> = goals.months.iter().map(told).collect();
    user.set(user::HISTORY, lines.join("\n"));
    Ok(Mapped { findings, ..user.into() })
}

/// The goal of this month; else of the last before it, else of the first ahead, else the report's last without a month.
fn chosen(goals: &[Goal], now: (u16, u8)) -> Option<&Goal> {
    let dated = || goals.iter().filter_map(|goal| Some((month(goal)?, goal)));
    let running = dated().filter(|(month, _)| *month <= now).max_by_key(|(month, _)| *month);
    let found = running.or_else(|| dated().min_by_key(|(month, _)| *month));
    found.map(|(_, goal)| goal).or_else(|| goals.last())
}

/// Year and month of `2026-10`, `10/2026`, `October 2026`, or a day of which one number is 1: of any other day no rule
/// says which number is the month.
fn month(goal: &Goal) -> Option<(u16, u8)> {
    const NAMES: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = trimmed(goal.month)?.to_lowercase();
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let year = parts.iter().find(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()?;
    let number = |part: &&str| part.parse::<u8>().ok().filter(|_| part.len() <= 2);
    let numbers: Vec<u8> = parts.iter().filter_map(number).collect();
    let named = parts.iter().find_map(|part| NAMES.iter().position(|name| part.starts_with(name)));
    let month = match (named, &numbers[..]) {
        (Some(at), _) => u8::try_from(at + 1).ok()?,
        (None, [month] | [month, 1] | [1, month]) => *month,
        _ => return None,
    };
    (1..=12).contains(&month).then_some((year, month))
}

/// As many as Odoo's field holds.
fn patients(goal: &Goal) -> Option<i64> {
    goal.new_patients_target.filter(|patients| i32::try_from(*patients).is_ok_and(|patients| patients >= 0))
}

fn told(goal: &Goal) -> String {
    let month = month(goal).map(|(year, month)| format!("{year:04}-{month:02}"));
    let month =
        month.or_else(|| trimmed(goal.month).map(|text| text.to_string())).unwrap_or_else(|| "no month".to_owned());
    let parts = [
        goal.production_target.map(|amount| format!("; production {amount}")),
        goal.acceptance_target.map(|percent| format!("; acceptance {percent} %")),
        goal.new_patients_target.map(|patients| format!("; new patients {patients}")),
        trimmed(goal.provider).map(|name| format!("; {}", &*name)),
    ];
    format!("{month}{}{}", parts.into_iter().flatten().collect::<String>(), columns::behind(&goal.extra))
}

fn findings(goals: &[Goal], chosen: &Goal) -> Vec<Finding> {
    let mut findings = Vec::new();
    let unread = |goal: &Goal| trimmed(goal.month).is_some() && month(goal).is_none();
    if goals.iter().any(unread) {
        let message = "a month cannot be read; hint: write it as `2026-10`";
        findings.push(warning("unreadable-month", "goals.months.month", message));
    }
    if chosen.acceptance_target.is_some_and(|percent| !amounts::is_percent(percent)) {
        let message = "a percentage lies outside 0 to 100; carried as entered";
        findings.push(warning("acceptance-out-of-range", "goals.months.acceptance_target", message));
    }
    if chosen.new_patients_target.is_some() && patients(chosen).is_none() {
        let message = "the number is negative or more than Odoo's field holds; it stands in the history alone";
        findings.push(warning("patients-out-of-range", "goals.months.new_patients_target", message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Decimal, ExtraField, Scalar, Upsert};

    use super::*;
    use crate::{MODULE, examples};

    const NOVEMBER: i64 = 1_793_491_200; // 2026-11-01

    fn of(month: &str, cents: i64) -> Goal {
        Goal {
            production_target: Some(examples::cents(cents)),
            acceptance_target: Some(Decimal { unscaled: 655, scale: 1 }),
            new_patients_target: Some(12),
            ..examples::goal(month)
        }
    }

    fn mapped(months: Vec<Goal>) -> Mapped {
        user(&Goals { provider_id: "7".into(), months }, &Context::at(&MODULE, NOVEMBER)).expect("maps")
    }

    fn row(months: Vec<Goal>) -> Upsert {
        mapped(months).only(&user::TARGET).expect("one user").clone()
    }

    #[test]
    fn months_are_read_as_people_write_them() {
        for (text, read) in [
            ("2026-10", Some((2026, 10))),
            ("10/2026", Some((2026, 10))),
            ("Oct 2026", Some((2026, 10))),
            ("October, 2026", Some((2026, 10))),
            ("10/01/2026", Some((2026, 10))),
            ("2026-10-01", Some((2026, 10))),
            ("01/01/2026", Some((2026, 1))),
            ("10/11/2026", None),
            ("13/2026", None),
            ("2026", None),
            ("Q4", None),
            ("", None),
        ] {
            assert_eq!(month(&examples::goal(text)), read, "{text}");
        }
    }

    #[test]
    fn the_targets_are_those_of_the_running_month() {
        let row = row(vec![of("09/2026", 1), of("11/2026", 9_000_050), of("12/2026", 3), of("10/2026", 2)]);
        assert_eq!(row.text(user::MONTH), Some("2026-11"));
        assert_eq!(row.get(user::PRODUCTION), Some(&Value::Decimal(examples::cents(9_000_050))));
        assert_eq!(row.get(user::ACCEPTANCE), Some(&Value::Float(65.5)));
        assert_eq!(row.get(user::NEW_PATIENTS), Some(&Value::Integer(12)));
        let history = row.text(user::HISTORY).expect("a history");
        assert!(
            history.starts_with("2026-09; production 0.01; acceptance 65.5 %; new patients 12\n2026-11"),
            "{history}"
        );
    }

    #[test]
    fn where_no_month_runs_the_nearest_counts() {
        let month = |months: Vec<Goal>| row(months).text(user::MONTH).map(str::to_owned);
        assert_eq!(month(vec![of("08/2026", 1), of("09/2026", 2)]).as_deref(), Some("2026-09"));
        assert_eq!(month(vec![of("02/2027", 1), of("01/2027", 2)]).as_deref(), Some("2027-01"));
        assert_eq!(month(vec![of("Q3", 1), of("Q4", 2)]).as_deref(), Some("Q4"));
        assert_eq!(month(vec![examples::goal(" ")]), None);
    }

    #[test]
    fn what_a_target_cannot_be_is_told() {
        let own = ExtraField { name: "Hygiene".into(), value: Scalar::Integer(5) };
        let odd = Goal {
            acceptance_target: Some(examples::cents(-1)),
            new_patients_target: Some(-3),
            extra: vec![own],
            ..of("someday", 1)
        };
        let mapped = mapped(vec![odd]);
        let codes: Vec<_> = mapped.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["unreadable-month", "acceptance-out-of-range", "patients-out-of-range"]);
        let row = mapped.only(&user::TARGET).expect("one user");
        assert_eq!(row.get(user::NEW_PATIENTS), Some(&Value::Empty));
        let history = "someday; production 0.01; acceptance -0.01 %; new patients -3; Hygiene: 5";
        assert_eq!(row.text(user::HISTORY), Some(history));
    }
}
