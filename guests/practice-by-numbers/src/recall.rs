//! Recall or reactivation → `crm.lead` and a `mail.activity` seven days before.

use odograft_sdk::practice_by_numbers::{Recall, Recalls};
use odograft_sdk::text::trimmed;
use odograft_sdk::time::{day_of, days_between, days_later, iso};
use odograft_sdk::{Context, Date, Mapped, Rejection, Upsert, columns, external_id, source, target, warning};

use crate::{names, provider};

target! {
    /// All recalls of one type of a patient → `crm.lead`.
    pub lead: recalls => "crm.lead" .one_to_many().note("one for each recall type of a patient") {
        SOURCE_ID = source_id() from [patient_id, visits.recall_type];
        NAME = char("name") from [visits.recall_type, visits.recall_due, visits.status, visits.patient_name, patient_id]
            .rule("the type and the patient's name, else number");
        KIND = selection("type", &[("opportunity", "Opportunity")]) from [] .rule("always an opportunity");
        PARTNER = many2one("partner_id", "res.partner") from [patient_id] .rule("the patient's contact, without an e-mail or phone of its own");
        OWNER = many2one("user_id", "res.users") from [visits.provider, visits.recall_due, visits.status] .rule("the provider's user, else nobody");
        PROVIDER = custom_char("x_provider_name", "Provider") from [visits.provider, visits.recall_due, visits.status] .section("Recall");
        TYPE = custom_char("x_recall_type", "Recall type") from [visits.recall_type] .section("Recall");
        DATE = custom_date("x_recall_date", "Recall date") from [visits.recall_due, visits.status]
            .rule("of several of the type: the next one that is open, else the last that was missed, else the last at all") .section("Recall");
        STATUS = custom_char("x_recall_status", "Recall status") from [visits.status, visits.recall_due] .section("Recall");
        HISTORY = custom_text("x_recall_history", "All recalls of the type")
            from [visits.recall_type, visits.recall_due, visits.status, visits.provider, extra.visits]
            .rule("a line for each, where there are several or the report has other columns") .section("Recall");
    }
}

target! {
    /// The reminder to call the patient.
    pub activity: recalls => "mail.activity" .one_to_many() .note("one for each recall type with a date") {
        SOURCE_ID = source_id() from [patient_id, visits.recall_type];
        MODEL = many2one("res_model_id", "ir.model") from [] .rule("the leads' model");
        LEAD = many2one_reference("res_id", "crm.lead") from [patient_id, visits.recall_type] .rule("the recall's lead");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [] .rule("always a call");
        SUMMARY = char("summary") from [visits.recall_type] .rule("what the recall is for");
        DEADLINE = date("date_deadline") from [visits.recall_due, visits.status] .rule("7 days before the recall date");
        ACTIVE = boolean("active") from [visits.status, visits.recall_due] .rule("false where the recall is settled: logged, not to do");
        DONE = date("date_done") from [visits.status, visits.recall_due] .rule("of a settled one: the deadline");
        USER = many2one("user_id", "res.users") from [visits.provider, visits.recall_due, visits.status] .rule("the provider's user, found by number or name");
    }
}

/// Beginnings of states in which nobody has to be called any more.
const SETTLED: [&str; 9] =
    ["complet", "done", "scheduled", "booked", "cancel", "inactive", "declin", "closed", "not interested"];

/// So long before its date somebody calls.
const DAYS_BEFORE: i64 = 7;

/// A lead for each recall type of a patient, and the call that reminds of it.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn leads(recalls: &Recalls, context: &Context) -> Result<Mapped, Rejection> {
    let today = day_of(context.as_of);
    let mut mapped = Mapped::default();
    for (kind, visits) in by_type(&recalls.visits) {
        let Some(chosen) = chosen(&visits, today) else { continue };
        let id = format!("{}/{kind}", &*recalls.patient_id);
        mapped.upserts.push(lead(&id, recalls, &visits, chosen));
        match chosen.recall_due {
            Some(due) => mapped.upserts.push(call(&id, chosen, days_later(due, -DAYS_BEFORE))),
            None => {
                let message = "the recall has no date that can be read, so nobody is reminded of it";
                mapped.findings.push(warning("no-recall-date", "recalls.visits.recall_due", message));
            }
        }
    }
    Ok(mapped)
}

/// Recalls by type, which casing does not part, in the report's order.
fn by_type(visits: &[Recall]) -> Vec<(String, Vec<&Recall>)> {
    let mut types: Vec<(String, Vec<&Recall>)> = Vec::new();
    for visit in visits {
        let kind = trimmed(visit.recall_type).map_or(String::new(), |kind| kind.to_lowercase());
        match types.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, visits)) => visits.push(visit),
            None => types.push((kind, vec![visit])),
        }
    }
    types
}

/// The recall that the lead is about: the next open one; where all open ones are past, the last of them; where none is
/// open, the last. One without a date counts only where none has one.
fn chosen<'r>(visits: &[&'r Recall], today: Date) -> Option<&'r Recall> {
    let dated = || visits.iter().copied().filter_map(|visit| Some((days_between(today, visit.recall_due?), visit)));
    let open = || dated().filter(|(_, visit)| !is_settled(visit));
    let next = open().filter(|(days, _)| *days >= 0).min_by_key(|(days, _)| *days);
    let last = || open().max_by_key(|(days, _)| *days).or_else(|| dated().max_by_key(|(days, _)| *days));
    next.or_else(last).map(|(_, visit)| visit).or_else(|| visits.first().copied())
}

fn is_settled(visit: &Recall) -> bool {
    let status = trimmed(visit.status).map_or(String::new(), |status| status.to_lowercase());
    SETTLED.iter().any(|word| status.starts_with(word))
}

fn lead(id: &str, recalls: &Recalls, visits: &[&Recall], chosen: &Recall) -> Upsert {
    let named = visits.iter().find_map(|visit| trimmed(visit.patient_name));
    let mut lead = lead::upsert(id);
    lead.set(lead::NAME, names::of_lead(&title(chosen), named, &recalls.patient_id));
    lead.set(lead::KIND, "opportunity");
    lead.set(lead::PARTNER, source("patient", recalls.patient_id));
    lead.set_or_clear(lead::OWNER, provider::reference(chosen.provider));
    lead.set_or_clear(lead::PROVIDER, trimmed(chosen.provider));
    lead.set_or_clear(lead::TYPE, trimmed(visits.first().unwrap_or(&chosen).recall_type));
    lead.set_or_clear(lead::DATE, chosen.recall_due);
    lead.set_or_clear(lead::STATUS, trimmed(chosen.status));
    let several = visits.len() > 1 || visits.iter().any(|visit| !visit.extra.is_empty());
    lead.set_or_clear(lead::HISTORY, several.then(|| history(visits)));
    lead
}

fn call(id: &str, chosen: &Recall, deadline: Date) -> Upsert {
    let settled = is_settled(chosen);
    let mut activity = activity::upsert(id);
    activity.set(activity::MODEL, external_id("crm.model_crm_lead"));
    activity.set(activity::LEAD, source("recalls", id));
    activity.set(activity::TYPE, external_id("mail.mail_activity_data_call"));
    activity.set(activity::SUMMARY, title(chosen));
    activity.set(activity::DEADLINE, deadline);
    activity.set(activity::ACTIVE, !settled);
    activity.set_some(activity::DONE, settled.then_some(deadline));
    activity.set_some(activity::USER, provider::reference(chosen.provider));
    activity
}

/// `Recall: Hygiene`; a type that says it already stays as it is.
fn title(visit: &Recall) -> String {
    match trimmed(visit.recall_type) {
        None => "Recall".to_owned(),
        Some(kind) if ["recall", "reactivat"].iter().any(|word| kind.to_lowercase().contains(word)) => kind.to_string(),
        Some(kind) => format!("Recall: {}", &*kind),
    }
}

fn history(visits: &[&Recall]) -> String {
    let line = |visit: &&Recall| {
        let day = visit.recall_due.map_or_else(|| "no date".to_owned(), iso);
        let said = [trimmed(visit.status), trimmed(visit.provider)].into_iter().flatten();
        let said: String = said.map(|text| format!("; {}", &*text)).collect();
        format!("{day}{said}{}", columns::behind(&visit.extra))
    };
    visits.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{ExtraField, Scalar};

    use super::*;
    use crate::{MODULE, examples};

    const NOVEMBER: i64 = 1_793_491_200; // 2026-11-01

    fn due(kind: &str, status: &str, day: &str) -> Recall {
        Recall { recall_due: parse_day(day), patient_name: Some("Moss, Ann".into()), ..examples::recall(kind, status) }
    }

    fn mapped(visits: Vec<Recall>) -> Mapped {
        leads(&Recalls { patient_id: "17".into(), visits }, &Context::at(&MODULE, NOVEMBER)).expect("maps")
    }

    fn day(text: &str) -> Option<Value> {
        parse_day(text).map(Value::Date)
    }

    #[test]
    fn a_recall_is_a_lead_with_a_call_seven_days_before() {
        let visit = Recall { provider: Some("Lee, Sam".into()), ..due("Hygiene", "Due", "2027-03-05") };
        let mapped = mapped(vec![visit]);
        let lead = mapped.only(&lead::TARGET).expect("one lead");
        assert_eq!(
            (lead.text(lead::SOURCE_ID), lead.text(lead::NAME)),
            (Some("17/hygiene"), Some("Recall: Hygiene - Ann Moss"))
        );
        assert_eq!(lead.get(lead::PARTNER), Some(&Value::Reference(source("patient", "17"))));
        assert_eq!(lead.get(lead::DATE).cloned(), day("2027-03-05"));
        assert_eq!((lead.text(lead::STATUS), lead.get(lead::HISTORY)), (Some("Due"), Some(&Value::Empty)));
        let call = mapped.only(&activity::TARGET).expect("one call");
        assert_eq!(call.get(activity::DEADLINE).cloned(), day("2027-02-26"));
        assert_eq!(call.get(activity::LEAD), Some(&Value::Reference(source("recalls", "17/hygiene"))));
        assert_eq!((call.get(activity::ACTIVE), call.get(activity::DONE)), (Some(&Value::Boolean(true)), None));
        assert_eq!(
            call.get(activity::USER),
            provider::reference(Some("Sam Lee".into())).map(Value::Reference).as_ref()
        );
    }

    #[test]
    fn seven_days_go_past_the_end_of_february() {
        for (date, deadline) in
            [("2028-03-05", "2028-02-27"), ("2024-03-07", "2024-02-29"), ("2027-01-03", "2026-12-27")]
        {
            let mapped = mapped(vec![due("Hygiene", "Due", date)]);
            assert_eq!(mapped.upserts[1].get(activity::DEADLINE).cloned(), day(deadline), "{date}");
        }
    }

    #[test]
    fn there_is_one_lead_for_each_type_and_it_is_about_the_next_open_one() {
        let mapped = mapped(vec![
            due("Hygiene", "Completed", "2026-12-24"),
            due("HYGIENE ", "Due", "2027-06-01"),
            due("Hygiene", "Due", "2026-12-01"),
            due("Hygiene", "Overdue", "2026-01-01"),
            due("Perio", "Overdue", "2026-05-01"),
            due("Perio", "Overdue", "2026-04-01"),
            due("Exam", "Completed", "2025-01-01"),
            due("Exam", "Booked", "2027-01-01"),
        ]);
        let dates: Vec<_> =
            mapped.upserts.chunks(2).map(|pair| (pair[0].text(lead::TYPE), pair[0].get(lead::DATE).cloned())).collect();
        let expected = [("Hygiene", "2026-12-01"), ("Perio", "2026-05-01"), ("Exam", "2027-01-01")];
        assert_eq!(dates, expected.map(|(kind, date)| (Some(kind), day(date))));
        let history = "2026-12-24; Completed\n2027-06-01; Due\n2026-12-01; Due\n2026-01-01; Overdue";
        assert_eq!(mapped.upserts[0].text(lead::HISTORY), Some(history));
    }

    #[test]
    fn a_settled_recall_is_logged_and_not_to_do() {
        for status in ["Completed", "scheduled", "Not interested"] {
            let mapped = mapped(vec![due("Exam", status, "2026-12-08")]);
            assert_eq!(mapped.upserts[1].get(activity::ACTIVE), Some(&Value::Boolean(false)), "{status}");
            assert_eq!(mapped.upserts[1].get(activity::DONE).cloned(), day("2026-12-01"), "{status}");
        }
    }

    #[test]
    fn a_reactivation_says_so_itself() {
        let names =
            |kind: &str| mapped(vec![due(kind, "", "2026-12-08")]).upserts[0].text(lead::NAME).map(str::to_owned);
        assert_eq!(names("Reactivation 18 months").as_deref(), Some("Reactivation 18 months - Ann Moss"));
        assert_eq!(names("6-month recall").as_deref(), Some("6-month recall - Ann Moss"));
        assert_eq!(names(" ").as_deref(), Some("Recall - Ann Moss"));
    }

    #[test]
    fn a_recall_without_a_date_is_told() {
        let own = ExtraField { name: "Interval".into(), value: Scalar::Text("6 m".into()) };
        let bare = Recall { extra: vec![own], patient_name: None, ..due("Exam", "", "") };
        let mapped = mapped(vec![bare]);
        assert_eq!((mapped.upserts.len(), mapped.findings[0].code.as_str()), (1, "no-recall-date"));
        assert_eq!(mapped.upserts[0].text(lead::NAME), Some("Recall: Exam - Patient 17"));
        assert_eq!(mapped.upserts[0].text(lead::HISTORY), Some("no date; Interval: 6 m"));
    }
}
