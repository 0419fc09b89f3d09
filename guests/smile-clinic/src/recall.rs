//! A patient is recalled once, for whatever is due first.

use odograft_sdk::dentally::Patient;
use odograft_sdk::overlay::Made;
use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Date, Rejection, SettingSpec, below, info, setting, target};

below! {
    /// The contact that the mapping below makes of a patient.
    pub contact: patient => "res.partner" {
        ACTIVE = boolean("active") read;
    }
}

target! {
    /// When and by whom the patient is seen next.
    pub due: patient => "res.partner" {
        RECALL = custom_date("x_next_recall", "Next recall") from [dentist_recall_date, hygienist_recall_date, active]
            .rule("the earlier of both; empty for archived patients and for a recall that has lapsed") .section("Recall");
        WITH = custom_selection("x_recall_with", "Recall with", &[("dentist", "Dentist"), ("hygienist", "Hygienist")])
            from [dentist_recall_date, hygienist_recall_date, active] .rule("whose recall it is; of one day, the dentist's") .section("Recall");
    }
}

/// After how many months a patient who did not come is no longer reminded.
pub const LAPSES_AFTER: SettingSpec =
    setting("recall_lapses_after", "24", "months after which a recall that nobody answered is given up")
        .allowed(&["12", "24", "36", "never"]);

/// The next recall of a patient who still comes.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn next(p: &Patient, made: &mut Made<'_>, context: &Context) -> Result<(), Rejection> {
    let Some(contact) = contact::of(made) else { return Ok(()) };
    let comes = contact.get(contact::ACTIVE) == Some(true);
    let first = earlier(p.dentist_recall_date, p.hygienist_recall_date).filter(|_| comes);
    let lapsed = first.is_some_and(|(day, _)| has_lapsed(day, context));
    let kept = first.filter(|_| !lapsed);

    let mut due = due::upsert(p.id);
    due.set_or_clear(due::RECALL, kept.map(|(day, _)| day));
    due.set_or_clear(due::WITH, kept.map(|(_, with)| with));
    made.add(due);
    if lapsed {
        made.remark(info("recall-lapsed", "patient.dentist_recall_date", "the recall lies too far back to be kept"));
    }
    Ok(())
}

/// The earlier day, and whose it is.
fn earlier(dentist: Option<Date>, hygienist: Option<Date>) -> Option<(Date, &'static str)> {
    let order = |(day, _): &(Date, &str)| (day.year, day.month, day.day);
    let both = [dentist.map(|day| (day, "dentist")), hygienist.map(|day| (day, "hygienist"))];
    both.into_iter().flatten().min_by_key(order)
}

/// Whether the day lies more months back than the clinic reminds for.
fn has_lapsed(day: Date, context: &Context) -> bool {
    let Ok(months) = context.setting(LAPSES_AFTER.name()).parse::<i32>() else { return false };
    let today = day_of(context.as_of);
    let passed = |day: Date| i32::from(day.year) * 12 + i32::from(day.month);
    (passed(today) - passed(day), today.day) > (months, day.day)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::examples::patient;
    use odograft_sdk::overlay::Sample;

    use super::*;
    use crate::OVERLAY;

    /// 2026-11-01T00:00:00Z.
    const TODAY: i64 = 1_793_491_200;

    fn day(year: u16, month: u8, day: u8) -> Date {
        Date { year, month, day }
    }

    /// Recall, with whom, and the findings.
    fn recalled(p: &Patient, active: bool) -> (Value, Value, Vec<String>) {
        let mut sample = Sample::of(&OVERLAY, "17").with(contact::ACTIVE, active);
        let context = sample.context(TODAY);
        sample.ask(|made| next(p, made, &context)).expect("no rejection");
        let own = |field| sample.own(&due::TARGET, field).expect("filled or emptied");
        let findings = sample.findings().into_iter().map(str::to_owned).collect();
        (own_date(&sample), own(due::WITH), findings)
    }

    fn own_date(sample: &Sample) -> Value {
        sample.own(&due::TARGET, due::RECALL).expect("filled or emptied")
    }

    #[test]
    fn the_earlier_recall_counts() {
        let p = Patient {
            dentist_recall_date: Some(day(2027, 3, 1)),
            hygienist_recall_date: Some(day(2026, 12, 24)),
            ..patient("17")
        };
        let (when, with, findings) = recalled(&p, true);
        assert_eq!((when, with), (Value::Date(day(2026, 12, 24)), Value::Text("hygienist".into())));
        assert!(findings.is_empty());
    }

    #[test]
    fn of_one_day_it_is_the_dentists() {
        let on = Some(day(2027, 3, 1));
        let p = Patient { dentist_recall_date: on, hygienist_recall_date: on, ..patient("17") };
        assert_eq!(recalled(&p, true).1, Value::Text("dentist".into()));
    }

    #[test]
    fn archived_patients_and_those_without_a_date_are_not_recalled() {
        let p = Patient { dentist_recall_date: Some(day(2027, 3, 1)), ..patient("17") };
        assert_eq!(recalled(&p, false), (Value::Empty, Value::Empty, Vec::new()));
        assert_eq!(recalled(&patient("17"), true), (Value::Empty, Value::Empty, Vec::new()));
    }

    #[test]
    fn a_recall_lapses_after_two_years_and_that_is_said() {
        let p = |on| Patient { dentist_recall_date: Some(on), ..patient("17") };
        assert_eq!(recalled(&p(day(2024, 11, 1)), true).0, Value::Date(day(2024, 11, 1)), "two years to the day");
        assert_eq!(recalled(&p(day(2024, 10, 31)), true), (Value::Empty, Value::Empty, vec!["recall-lapsed".into()]));
    }

    #[test]
    fn without_a_contact_there_is_nobody_to_recall() {
        let mut sample = Sample::nothing(&OVERLAY);
        let context = sample.context(TODAY);
        sample.ask(|made| next(&patient("17"), made, &context)).expect("no rejection");
        assert_eq!(sample.records(), 0);
    }
}
