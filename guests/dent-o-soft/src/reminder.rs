//! Dent-O-Soft appointment reminder → a document for Odoo's automation rules.

use odograft_sdk::dent_o_soft::ReminderRule;
use odograft_sdk::text::trimmed;
use odograft_sdk::{
    Context, ExtraField, Finding, HandoverSpec, Json, Mapped, Rejection, Scalar, Span, handover, json, reject, warning,
};

use crate::appointment::APPOINTMENTS;

/// What is handed over of a reminder.
pub static RULE: HandoverSpec =
    handover("reminder-rule", "Appointment reminders", "Settings › Technical › Automation Rules");

/// How long before or after a moment a rule runs, in units that Odoo's automation rules have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Delay {
    number: u32,
    /// `minutes`, `hours`, `days` or `months`.
    unit: &'static str,
    /// `before` or `after`.
    side: &'static str,
}

/// The document of one reminder.
///
/// # Errors
/// A rule that says nothing.
pub fn document(r: &ReminderRule, context: &Context) -> Result<Mapped, Rejection> {
    let words = [r.name, r.trigger, r.offset, r.channel, r.recipients, r.template];
    if words.into_iter().all(|text| trimmed(text).is_none()) && r.extra.is_empty() {
        return Err(reject("empty-rule", "reminder-rule.name", "the reminder says nothing"));
    }
    let mut findings: Vec<Finding> = Vec::new();
    let offset = trimmed(r.offset);
    let delay = offset.and_then(|text| delay(&text));
    if offset.is_some() && delay.is_none() {
        let message = "not a number and a unit of time that are understood; the document has the words";
        findings.push(warning("offset-not-understood", "reminder-rule.offset", message));
    }
    let channels = list(r.channel);
    let actions: Vec<&str> = channels.iter().map(|channel| action(channel)).collect();
    let (model, field) = moment(r.trigger, context).unzip();
    let delay = delay.map(|Delay { number, unit, side }| json!({ "number": number, "unit": unit, "side": side }));
    let document = json!({
        "name": trimmed(r.name),
        "active": r.active.unwrap_or(true),
        "trigger": trimmed(r.trigger),
        "offset": offset,
        "channels": channels,
        "recipients": list(r.recipients),
        "template": r.template,
        "automation_rule": {
            "model": model,
            "date_field": field,
            "delay": delay,
            "actions": actions,
        },
        "other_columns": r.extra.iter().map(column).collect::<Json>(),
    });
    Ok(Mapped { findings, ..RULE.document(r.id, &document).into() })
}

/// The entries of a list that people write with commas, semicolons, slashes, plus signs or `and`.
fn list(text: Option<Span>) -> Vec<String> {
    let Some(text) = trimmed(text) else { return Vec::new() };
    let parted = text.replace(" and ", ",").replace(" And ", ",");
    let entries = parted.split([',', ';', '/', '+', '&']).map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(str::to_owned).collect()
}

/// The model and the field whose moment the rule goes by, where the trigger names one that this migration fills.
fn moment(trigger: Option<Span>, context: &Context) -> Option<(&'static str, &'static str)> {
    let trigger = trimmed(trigger)?.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|own| trigger.contains(own));
    if has(&["birth"]) {
        Some(("res.partner", "x_date_of_birth"))
    } else if has(&["appointment", "visit"]) {
        match context.setting(APPOINTMENTS.name()) {
            "activity" => Some(("mail.activity", "x_appointment_start")),
            _ => Some(("calendar.event", "start")),
        }
    } else {
        None
    }
}

/// What an automation rule does for a channel.
fn action(channel: &str) -> &'static str {
    let word = channel.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|own| word.contains(own));
    if has(&["sms", "text"]) {
        "Send SMS"
    } else if has(&["mail"]) && !has(&["post", "letter", "direct mail"]) {
        "Send Email"
    } else {
        "Create Activity"
    }
}

/// `-48h`, `+0d`, `2 days before`, `1 week after`, `24 hours`: without a sign or a word, a reminder comes before.
fn delay(text: &str) -> Option<Delay> {
    let text = text.trim().to_lowercase();
    let (sign, rest) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (Some("before"), rest),
        None => text.strip_prefix('+').map_or((None, text.as_str()), |rest| (Some("after"), rest)),
    };
    let rest = rest.trim_start();
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let number: u32 = rest[..digits].parse().ok().filter(|number| *number < 100_000)?;
    let mut words = rest[digits..].split_whitespace();
    let (unit, times) = match words.next()? {
        "m" | "min" | "mins" | "minute" | "minutes" => ("minutes", 1),
        "h" | "hr" | "hrs" | "hour" | "hours" => ("hours", 1),
        "d" | "day" | "days" => ("days", 1),
        "w" | "wk" | "wks" | "week" | "weeks" => ("days", 7),
        "month" | "months" => ("months", 1),
        _ => return None,
    };
    let word = match words.next() {
        None => None,
        Some("before" | "prior" | "ahead") => Some("before"),
        Some("after" | "later") => Some("after"),
        Some(_) => return None,
    };
    let side = match (sign, word) {
        (Some(sign), Some(word)) if sign != word => return None,
        (sign, word) => sign.or(word).unwrap_or("before"),
    };
    words.next().is_none().then_some(Delay { number: number * times, unit, side })
}

/// A column that no record names, with its value as text.
fn column(column: &ExtraField) -> (String, Json) {
    let value = match &column.value {
        Scalar::Boolean(truth) => json!(truth),
        Scalar::Integer(number) => json!(number),
        Scalar::Float(number) => json!(number),
        Scalar::Decimal(number) => json!(number),
        Scalar::Text(text) => json!(text),
        Scalar::Date(day) => json!(day),
        Scalar::Instant(moment) => json!(moment),
    };
    (column.name.to_string(), value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULE;
    use crate::examples::reminder_rule;

    fn mapped(r: &ReminderRule) -> Mapped {
        document(r, &Context::at(&MODULE, 0)).expect("maps")
    }

    #[test]
    fn a_reminder_is_handed_over_with_what_a_rule_needs() {
        let rule = ReminderRule {
            name: Some("Two days before".into()),
            trigger: Some("appointment".into()),
            offset: Some("-48h".into()),
            channel: Some("SMS, e-mail".into()),
            recipients: Some("patient; guardian".into()),
            template: Some("See you on {date}\n".into()),
            extra: vec![ExtraField { name: "Quiet hours".into(), value: Scalar::Text("20-8".into()) }],
            ..reminder_rule("R1")
        };
        let mapped = mapped(&rule);
        assert!(mapped.upserts.is_empty() && mapped.findings.is_empty());
        let document = mapped.handovers[0].json();
        let rule = &document["automation_rule"];
        assert_eq!(rule["delay"], json!({ "number": 48, "unit": "hours", "side": "before" }));
        assert_eq!((&rule["model"], &rule["date_field"]), (&json!("mail.activity"), &json!("x_appointment_start")));
        assert_eq!(document["automation_rule"]["actions"], json!(["Send SMS", "Send Email"]));
        assert_eq!((&document["recipients"], &document["active"]), (&json!(["patient", "guardian"]), &json!(true)));
        assert_eq!((&document["template"], &document["offset"]), (&json!("See you on {date}\n"), &json!("-48h")));
        assert_eq!(document["other_columns"], json!({ "Quiet hours": "20-8" }));
    }

    #[test]
    fn delays_are_read_as_people_write_them() {
        for (text, number, unit, side) in [
            ("-48h", 48, "hours", "before"),
            ("+0d", 0, "days", "after"),
            ("2 days before", 2, "days", "before"),
            ("1 Week After", 7, "days", "after"),
            ("24 hours", 24, "hours", "before"),
            ("\u{2212} 30 min", 30, "minutes", "before"),
            ("6 months", 6, "months", "before"),
        ] {
            assert_eq!(delay(text), Some(Delay { number, unit, side }), "{text}");
        }
        for text in
            ["", "on the day", "2", "2 fortnights", "-2 days after", "2 days after lunch?", "99999999999999999999h"]
        {
            assert_eq!(delay(text), None, "{text}");
        }
    }

    #[test]
    fn an_offset_that_is_not_understood_is_told_and_kept() {
        let mapped = mapped(&ReminderRule { offset: Some("on the day".into()), ..reminder_rule("R3") });
        assert_eq!(mapped.findings[0].code, "offset-not-understood");
        assert_eq!(mapped.handovers[0].json()["offset"], "on the day");
        assert_eq!(mapped.handovers[0].json()["automation_rule"]["delay"], Json::Null);
    }

    #[test]
    fn a_rule_goes_by_the_moment_that_the_migration_fills() {
        let of = |trigger: &str, appointments: &str| {
            moment(Some(trigger.into()), &Context::at(&MODULE, 0).set("appointments", appointments))
        };
        assert_eq!(of("Before APPOINTMENT", "both"), Some(("calendar.event", "start")));
        assert_eq!(of("visit booked", "activity"), Some(("mail.activity", "x_appointment_start")));
        assert_eq!(of("birthday", "both"), Some(("res.partner", "x_date_of_birth")));
        assert_eq!(of("recall due", "both"), None, "a person chooses");
    }

    #[test]
    fn channels_are_what_a_rule_can_do() {
        for (channel, what) in [
            ("Text message", "Send SMS"),
            ("EMAIL", "Send Email"),
            ("direct mail", "Create Activity"),
            ("phone", "Create Activity"),
        ] {
            assert_eq!(action(channel), what, "{channel}");
        }
    }

    #[test]
    fn a_rule_that_says_nothing_is_put_aside() {
        assert_eq!(document(&reminder_rule("R1"), &Context::at(&MODULE, 0)).expect_err("empty").code, "empty-rule");
    }
}
