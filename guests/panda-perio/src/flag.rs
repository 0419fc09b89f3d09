//! PANDA clinical flag → `mail.activity` on the patient's contact.

use odograft_sdk::panda_perio::Flag;
use odograft_sdk::text::trimmed;
use odograft_sdk::time::day_of;
use odograft_sdk::{Context, Date, Mapped, Rejection, external_id, info, reject, source, target};

use crate::words;

target! {
    /// PANDA clinical flag → `mail.activity`.
    pub activity: flag => "mail.activity" {
        SOURCE_ID = source_id() from [id];
        MODEL = many2one("res_model_id", "ir.model") from [] .rule("the contacts' model");
        PARTNER = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        TYPE = many2one("activity_type_id", "mail.activity.type") from [kind] .rule("the type that is called as the kind of flag");
        SUMMARY = char("summary") from [text, kind]
            .rule("the first line of the flag's text, cut after 100 characters; the kind where there is no text");
        NOTE = html("note") from [text] .rule("the whole text: RTF as plain words, HTML without attributes and scripts, plain text with its line breaks");
        DEADLINE = date("date_deadline") from [trigger_date]
            .rule("the trigger date; the day of the migration where there is none, so that somebody looks at it");
        ACTIVE = boolean("active") from [active] .rule("a flag that was taken down is logged, not to do; one that does not say is up");
        DONE = date("date_done") from [active, modified_at, trigger_date, created_at]
            .rule("of a flag that was taken down: the day of its last change, else the trigger date, else the day it was made");
        USER = many2one("user_id", "res.users") from [provider_id] .rule("the user of the provider who set it, else nobody");
        KIND = custom_char("x_flag_kind", "Kind of flag") from [kind] .section("Clinical flag");
        PROVIDER_ID = custom_char("x_provider_id", "Provider's number") from [provider_id]
            .rule("it is the source id of the provider's contact") .section("Clinical flag");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

target! {
    /// The kinds of flags that Odoo's activities are sorted by.
    pub activity_type: flag => "mail.activity.type" .adopt_by(&["name"]) .many_to_one()
        .note("one for each kind of flag; a type of this name that Odoo has already is taken") {
        NAME = char("name") from [kind] .rule("the kind as entered; `Clinical flag` where it is empty");
    }
}

/// The type of a flag that names no kind.
const USUAL: &str = "Clinical flag";
/// The source object that activity types are known by: flags share them.
const ACTIVITY_TYPE: &str = "activity-type";
/// Characters of a summary: what a line of Odoo's list shows.
const SUMMARY: usize = 100;

/// The activity and its type.
///
/// # Errors
/// A flag that names no patient: there is no contact for it.
pub fn activity(f: &Flag, context: &Context) -> Result<Mapped, Rejection> {
    let no_patient = || reject("no-patient", "flag.patient_id", "the flag names no patient");
    let patient = trimmed(f.patient_id).ok_or_else(no_patient)?;
    let today = day_of(context.as_of);
    let is_up = f.active != Some(false);
    let kind = trimmed(f.kind).map_or_else(|| USUAL.to_owned(), |kind| kind.to_string());
    let text = trimmed(f.text);
    let provider = trimmed(f.provider_id);

    let mut activity = activity::upsert(f.id);
    activity.set(activity::MODEL, external_id("base.model_res_partner"));
    activity.set(activity::PARTNER, source("patient", patient));
    activity.set(activity::TYPE, source(ACTIVITY_TYPE, kind.clone()));
    activity.set(activity::SUMMARY, text.and_then(|text| summary(&text)).unwrap_or_else(|| kind.clone()));
    activity.set_or_clear(activity::NOTE, text.map(|text| words::markup(&text)));
    activity.set(activity::DEADLINE, f.trigger_date.unwrap_or(today));
    activity.set(activity::ACTIVE, is_up);
    activity.set_some(activity::DONE, (!is_up).then(|| taken_down(f).unwrap_or(today)));
    activity.set_or_clear(activity::USER, provider.map(|id| source("provider", id)));
    activity.set_or_clear(activity::KIND, trimmed(f.kind));
    activity.set_or_clear(activity::PROVIDER_ID, provider);
    activity.set_or_clear(activity::CREATED, f.created_at);
    let mut findings = Vec::from_iter(text.and_then(|text| words::check(&text, "flag.text")));
    if f.trigger_date.is_none() && is_up {
        let message = "the flag has no trigger date; its activity is due on the day of the migration";
        findings.push(info("no-trigger-date", "flag.trigger_date", message));
    }
    if f.active.is_none() {
        findings.push(info(
            "flag-without-state",
            "flag.active",
            "the flag does not say whether it is up; it is taken to be",
        ));
    }
    findings.extend(activity.set_extras(&f.extra, context));

    let mut activity_type = activity_type::upsert(kind.clone()).on(ACTIVITY_TYPE);
    activity_type.set(activity_type::NAME, kind);
    Ok(Mapped { upserts: vec![activity_type, activity], findings, ..Mapped::default() })
}

/// The day on which a flag was taken down, as far as PANDA tells.
fn taken_down(f: &Flag) -> Option<Date> {
    f.modified_at.map(day_of).or(f.trigger_date).or_else(|| f.created_at.map(day_of))
}

/// The first line that holds something, without mark-up, as far as a list shows it.
fn summary(text: &str) -> Option<String> {
    let plain = words::plain(text);
    if odograft_sdk::html::is_markup(&plain) {
        return None;
    }
    let line = plain.lines().map(str::trim).find(|line| !line.is_empty())?;
    let mut characters = line.chars();
    let cut: String = characters.by_ref().take(SUMMARY).collect();
    Some(if characters.next().is_some() { format!("{}…", cut.trim_end()) } else { cut })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{Instant, Upsert};

    use super::*;
    use crate::{MODULE, examples};

    /// 2026-11-01.
    const NOW: i64 = 1_793_491_200;

    fn latex() -> Flag {
        Flag {
            provider_id: Some("N/501".into()),
            kind: Some("Medical".into()),
            text: Some("Latex allergy\nuse nitrile <always>".into()),
            active: Some(true),
            trigger_date: parse_day("2026-12-01"),
            ..examples::flag("N/1")
        }
    }

    fn mapped(f: &Flag) -> Mapped {
        activity(f, &Context::at(&MODULE, NOW)).expect("maps")
    }

    fn row(f: &Flag) -> Upsert {
        mapped(f).only(&activity::TARGET).expect("one activity").clone()
    }

    fn codes(f: &Flag) -> Vec<String> {
        mapped(f).findings.into_iter().map(|finding| finding.code).collect()
    }

    fn day(text: &str) -> Option<Value> {
        parse_day(text).map(Value::Date)
    }

    #[test]
    fn a_flag_is_due_on_its_trigger_date() {
        let row = row(&latex());
        assert_eq!(row.get(activity::DEADLINE).cloned(), day("2026-12-01"));
        assert_eq!((row.get(activity::ACTIVE), row.get(activity::DONE)), (Some(&Value::Boolean(true)), None));
        assert_eq!(row.text(activity::SUMMARY), Some("Latex allergy"));
        assert_eq!(row.text(activity::NOTE), Some("Latex allergy<br>use nitrile &lt;always&gt;"));
        assert_eq!(row.get(activity::PARTNER), Some(&Value::Reference(source("patient", "N/17"))));
        assert_eq!(row.get(activity::USER), Some(&Value::Reference(source("provider", "N/501"))));
        assert_eq!(codes(&latex()), [""; 0]);
    }

    #[test]
    fn its_type_is_made_by_the_plan() {
        let type_of = |kind: Option<&str>| {
            let mapped = mapped(&Flag { kind: kind.map(Into::into), ..latex() });
            let made =
                mapped.only(&activity_type::TARGET).and_then(|row| row.text(activity_type::NAME)).map(str::to_owned);
            let made = made.expect("one type");
            let row = mapped.only(&activity::TARGET).expect("one activity");
            assert_eq!(row.get(activity::TYPE), Some(&Value::Reference(source("activity-type", made.clone()))));
            made
        };
        assert_eq!([type_of(Some(" Medical ")), type_of(Some(" ")), type_of(None)], ["Medical", USUAL, USUAL]);
    }

    #[test]
    fn a_flag_that_was_taken_down_is_logged_with_its_own_day() {
        let moment = |seconds| Some(Instant { seconds, nanoseconds: 0 });
        let down = Flag { active: Some(false), modified_at: moment(1_709_251_199), created_at: moment(0), ..latex() };
        assert_eq!(row(&down).get(activity::ACTIVE), Some(&Value::Boolean(false)));
        assert_eq!(row(&down).get(activity::DONE).cloned(), day("2024-02-29"));
        let unchanged = Flag { modified_at: None, ..down.clone() };
        assert_eq!(row(&unchanged).get(activity::DONE).cloned(), day("2026-12-01"));
        let made = Flag { trigger_date: None, ..unchanged };
        assert_eq!(row(&made).get(activity::DONE).cloned(), day("1970-01-01"));
        assert_eq!(codes(&made), [""; 0]);
        let bare = Flag { created_at: None, ..made };
        assert_eq!(row(&bare).get(activity::DONE).cloned(), day("2026-11-01"));
    }

    #[test]
    fn a_flag_without_a_date_or_a_state_is_up_and_due_now() {
        let bare = Flag { active: None, trigger_date: None, provider_id: None, ..latex() };
        assert_eq!(row(&bare).get(activity::DEADLINE).cloned(), day("2026-11-01"));
        assert_eq!(row(&bare).get(activity::ACTIVE), Some(&Value::Boolean(true)));
        assert_eq!(row(&bare).get(activity::USER), Some(&Value::Empty), "it is not the migration's");
        assert_eq!(codes(&bare), ["no-trigger-date", "flag-without-state"]);
    }

    #[test]
    fn a_summary_is_one_line_without_mark_up() {
        let of =
            |text: &str| row(&Flag { text: Some(text.into()), ..latex() }).text(activity::SUMMARY).map(str::to_owned);
        assert_eq!(of("é".repeat(100).as_str()), Some("é".repeat(100)));
        assert_eq!(of("é".repeat(101).as_str()), Some(format!("{}…", "é".repeat(100))));
        assert_eq!(of(r"{\rtf1\par Latex\par allergy}").as_deref(), Some("Latex"));
        assert_eq!(of("<p>Latex</p>").as_deref(), Some("Medical"));
        assert_eq!(of(" ").as_deref(), Some("Medical"));
    }

    #[test]
    fn a_flag_of_nobody_is_put_aside() {
        let nobodys = Flag { patient_id: None, ..latex() };
        assert_eq!(activity(&nobodys, &Context::at(&MODULE, NOW)).expect_err("nobody's").code, "no-patient");
    }
}
