//! Communication log → `mail.message` on the patient's `res.partner`.

use odograft_sdk::html::sanitised;
use odograft_sdk::practice_by_numbers::Message;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Mapped, Rejection, Text, external_id, reject, source, target};

target! {
    /// Text message, e-mail or call → a dated note on the patient's contact. Nobody is notified.
    pub message: message => "mail.message" {
        SOURCE_ID = source_id() from [id];
        MODEL = char("model") from [] .rule("always `res.partner`");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date") from [sent_at] .rule("when it was sent, UTC");
        SUBJECT = char("subject") from [channel, direction, subject] .rule("channel and direction, then the subject");
        BODY = html("body") from [message] .rule("its mark-up without scripts; text without mark-up is escaped");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
        AUTHOR = many2one("author_id", "res.partner") from [direction, patient_id] .rule("of what came in: the patient");
        FROM = char("email_from") from [sent_by, direction] .rule("of what went out: who sent it, else `Practice by Numbers`");
        CHANNEL = custom_char("x_channel", "Channel") from [channel];
        DIRECTION = custom_char("x_direction", "Direction") from [direction];
    }
}

/// Who is told as the sender where the log names nobody: most of it is sent by the system itself.
const SYSTEM: &str = "Practice by Numbers";

/// The note that a message becomes.
///
/// # Errors
/// A message of nobody or without a moment: Odoo would date it by the day of the migration.
pub fn message(m: &Message, context: &Context) -> Result<Mapped, Rejection> {
    let nobody = "the message names no patient; hint: check the report's column with the patient's number";
    let patient = trimmed(m.patient_id).ok_or_else(|| reject("no-patient", "message.patient_id", nobody))?;
    let undated =
        "the message has no moment that can be read; hint: check the order of the numbers that the manifest declares";
    let sent = m.sent_at.ok_or_else(|| reject("no-date", "message.sent_at", undated))?;
    let (channel, direction) = (trimmed(m.channel), trimmed(m.direction));
    let incoming = direction.is_some_and(|word| {
        let word = word.to_lowercase();
        ["in", "received", "from patient"].iter().any(|begin| word.starts_with(begin))
    });

    let mut message = message::upsert(m.id);
    message.set(message::MODEL, "res.partner");
    message.set(message::RES_ID, source("patient", patient));
    message.set(message::DATE, sent);
    let way = joined(&[channel.as_deref(), direction.as_deref()], ", ");
    let subject = trimmed(m.subject);
    message.set_or_clear(message::SUBJECT, joined(&[way.as_deref(), subject.as_deref()], ": "));
    message.set_or_clear(message::BODY, trimmed(m.message).map(|text| sanitised(&text)));
    message.set(message::MESSAGE_TYPE, "comment");
    message.set(message::SUBTYPE, external_id("mail.mt_note"));
    message.set_or_clear(message::AUTHOR, incoming.then(|| source("patient", patient)));
    let sender = trimmed(m.sent_by).map(Text::from);
    message.set_or_clear(message::FROM, sender.or_else(|| (!incoming).then(|| SYSTEM.into())));
    message.set_or_clear(message::CHANNEL, channel);
    message.set_or_clear(message::DIRECTION, direction);
    let findings = message.set_extras(&m.extra, context);
    Ok(Mapped { findings, ..message.into() })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Instant, Upsert};

    use super::*;
    use crate::{MODULE, examples};

    const SENT: Instant = Instant { seconds: -86_400, nanoseconds: 0 };

    fn sent(channel: &str, direction: &str, text: &str) -> Message {
        Message {
            sent_at: Some(SENT),
            channel: Some(channel.into()),
            direction: Some(direction.into()),
            message: Some(text.into()),
            ..examples::message("9f3a")
        }
    }

    fn row(m: &Message) -> Upsert {
        let mapped = message(m, &Context::at(&MODULE, 0)).expect("maps");
        mapped.only(&message::TARGET).expect("one message").clone()
    }

    #[test]
    fn a_text_message_keeps_content_moment_and_channel() {
        let row = row(&sent("SMS", "Outbound", "Your check-up is due,\n\"reply\" < 5pm"));
        assert_eq!(row.text(message::BODY), Some("Your check-up is due,<br>&quot;reply&quot; &lt; 5pm"));
        assert_eq!(row.get(message::DATE), Some(&Value::Datetime(SENT)), "before 1970 as well");
        assert_eq!((row.text(message::SUBJECT), row.text(message::CHANNEL)), (Some("SMS, Outbound"), Some("SMS")));
        assert_eq!((row.get(message::AUTHOR), row.text(message::FROM)), (Some(&Value::Empty), Some(SYSTEM)));
        assert_eq!(row.get(message::RES_ID), Some(&Value::Reference(source("patient", "17"))));
    }

    #[test]
    fn what_came_in_is_the_patients() {
        let mail =
            Message { subject: Some("Re: visit".into()), ..sent("Email", "Inbound", "<p>Yes <b>please</b></p>") };
        let row = row(&mail);
        assert_eq!(row.get(message::AUTHOR), Some(&Value::Reference(source("patient", "17"))));
        assert_eq!(
            (row.get(message::FROM), row.text(message::SUBJECT)),
            (Some(&Value::Empty), Some("Email, Inbound: Re: visit"))
        );
        assert_eq!(row.text(message::BODY), Some("<p>Yes <b>please</b></p>"));
    }

    #[test]
    fn a_member_of_staff_who_wrote_is_named() {
        let row = row(&Message { sent_by: Some("Front Desk, Zoë".into()), ..sent("Call", "outgoing", " ") });
        assert_eq!((row.text(message::FROM), row.get(message::BODY)), (Some("Front Desk, Zoë"), Some(&Value::Empty)));
    }

    #[test]
    fn scripts_do_not_come_along() {
        let row = row(&sent("Email", "Out", "<p onclick='x()'>Hi<script>alert(1)</script></p>"));
        assert_eq!(row.text(message::BODY), Some("<p>Hi</p>"));
    }

    #[test]
    fn a_message_of_nobody_or_of_no_moment_is_put_aside() {
        let code = |m: &Message| message(m, &Context::at(&MODULE, 0)).expect_err("rejected").code;
        assert_eq!(code(&Message { patient_id: None, ..sent("SMS", "", "") }), "no-patient");
        assert_eq!(code(&Message { sent_at: None, ..sent("SMS", "", "") }), "no-date");
        let bare = Message { sent_at: Some(SENT), ..examples::message("1") };
        assert_eq!(
            (row(&bare).get(message::SUBJECT), row(&bare).text(message::FROM)),
            (Some(&Value::Empty), Some(SYSTEM))
        );
    }
}
