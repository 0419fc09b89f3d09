//! PANDA progress note (SOAP) → `mail.message` on the patient's contact, with its own moment and author.

use odograft_sdk::panda_perio::Note;
use odograft_sdk::text::trimmed;
use odograft_sdk::{
    Context, Finding, Instant, Mapped, Rejection, Span, external_id, html, info, reject, source, target, warning,
};

use crate::{author, words};

target! {
    /// PANDA progress note → `mail.message`.
    pub message: note => "mail.message" .note("an internal note; nobody is notified") {
        SOURCE_ID = source_id() from [id];
        MODEL = char("model") from [] .rule("always `res.partner`");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date") from [written_at, modified_at]
            .rule("the moment it was written, UTC; where PANDA has none, the moment of the last change, else the migration's");
        SUBJECT = char("subject") from [kind];
        BODY = html("body") from [subjective, objective, assessment, plan, body]
            .rule("the four parts under their headings, then the text beside them; RTF as plain words, HTML without attributes and scripts, plain text with its line breaks; no words lost");
        AUTHOR = many2one("author_id", "res.partner") from [provider_id]
            .rule("the contact of the provider who wrote it, which is the Odoo user's own where e-mail and name are the same");
        FROM = char("email_from") from [provider_id] .rule("`PANDA Perio` where no provider is named");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
        PLAN = custom_char("x_treatment_plan_id", "Treatment plan's number") from [plan_id]
            .rule("it is the source id of the plan's opportunity");
    }
}

/// The note that a progress note becomes; nothing for one without a word.
///
/// # Errors
/// A note that names no patient: Odoo has no place for it.
pub fn message(n: &Note, context: &Context) -> Result<Mapped, Rejection> {
    let no_patient = || reject("no-patient", "note.patient_id", "the note names no patient");
    let patient = trimmed(n.patient_id).ok_or_else(no_patient)?;
    let Some(body) = body(n) else {
        let findings = vec![info("empty-note", "note.body", "the note has no words; no message is made of it")];
        return Ok(Mapped { findings, ..Mapped::default() });
    };
    let mut findings: Vec<Finding> = texts(n).filter_map(|(_, field, text)| words::check(&text, field)).collect();
    let moment = moment(n, context, &mut findings);
    let provider = trimmed(n.provider_id);
    if provider.is_none() {
        findings.push(info("no-author", "note.provider_id", "no provider is named; the note is told to be PANDA's"));
    }

    let mut message = message::upsert(n.id);
    message.set(message::MODEL, "res.partner");
    message.set(message::RES_ID, source("patient", patient));
    message.set(message::DATE, moment);
    message.set_or_clear(message::SUBJECT, trimmed(n.kind));
    message.set(message::BODY, body);
    message.set_or_clear(message::AUTHOR, author::contact(provider));
    message.set_some(message::FROM, author::unnamed(provider));
    message.set(message::MESSAGE_TYPE, "comment");
    message.set(message::SUBTYPE, external_id("mail.mt_note"));
    message.set_or_clear(message::PLAN, trimmed(n.plan_id));
    findings.extend(message.set_extras(&n.extra, context));
    Ok(Mapped { findings, ..message.into() })
}

/// The texts that hold something: heading, source field, words.
fn texts(n: &Note) -> impl Iterator<Item = (&'static str, &'static str, Span)> {
    let parts = [
        ("Subjective", "note.subjective", n.subjective),
        ("Objective", "note.objective", n.objective),
        ("Assessment", "note.assessment", n.assessment),
        ("Plan", "note.plan", n.plan),
        ("", "note.body", n.body),
    ];
    parts.into_iter().filter_map(|(heading, field, text)| Some((heading, field, trimmed(text)?)))
}

/// The whole note as mark-up; none where nothing is written.
fn body(n: &Note) -> Option<String> {
    let mut out = String::new();
    for (heading, _, text) in texts(n) {
        let shown = words::markup(&text);
        match (heading, html::is_markup(&text)) {
            ("", true) => out.push_str(&format!("<div>{shown}</div>")),
            ("", false) => out.push_str(&format!("<p>{shown}</p>")),
            (heading, true) => out.push_str(&format!("<p><b>{heading}</b></p><div>{shown}</div>")),
            (heading, false) => out.push_str(&format!("<p><b>{heading}</b><br>{shown}</p>")),
        }
    }
    (!out.is_empty()).then_some(out)
}

fn moment(n: &Note, context: &Context, findings: &mut Vec<Finding>) -> Instant {
    if let Some(written) = n.written_at {
        return written;
    }
    let end = match n.modified_at {
        Some(_) => "it stands at the moment of its last change",
        None => "it stands at the migration's own",
    };
    let message = format!("the note has no moment that can be read; {end}");
    findings.push(warning("no-moment", "note.written_at", message));
    n.modified_at.unwrap_or(context.as_of)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::Upsert;
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::{MODULE, examples};

    const NOW: i64 = 1_793_491_200;
    /// The last second of 1899.
    const WRITTEN: Instant = Instant { seconds: -2_208_988_801, nanoseconds: 0 };

    fn soap() -> Note {
        Note {
            provider_id: Some("N/501".into()),
            kind: Some("Progress".into()),
            subjective: Some("Says \"it's much better\" & flosses".into()),
            objective: Some("PD < 4 mm\nno pus".into()),
            assessment: Some(" ".into()),
            plan: Some("SRP UR".into()),
            written_at: Some(WRITTEN),
            ..examples::note("N/1")
        }
    }

    fn mapped(n: &Note) -> Mapped {
        message(n, &Context::at(&MODULE, NOW)).expect("maps")
    }

    fn row(n: &Note) -> Upsert {
        mapped(n).only(&message::TARGET).expect("one message").clone()
    }

    fn codes(n: &Note) -> Vec<String> {
        mapped(n).findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn the_parts_stand_under_their_headings_with_every_word() {
        let told = "<p><b>Subjective</b><br>Says &quot;it&#39;s much better&quot; &amp; flosses</p>\
                    <p><b>Objective</b><br>PD &lt; 4 mm<br>no pus</p><p><b>Plan</b><br>SRP UR</p>";
        let row = row(&soap());
        assert_eq!((row.text(message::BODY), row.text(message::SUBJECT)), (Some(told), Some("Progress")));
        assert_eq!((row.text(message::MODEL), row.text(message::SOURCE_ID)), (Some("res.partner"), Some("N/1")));
        assert_eq!(row.get(message::RES_ID), Some(&Value::Reference(source("patient", "N/17"))));
        assert_eq!(row.get(message::SUBTYPE), Some(&Value::Reference(external_id("mail.mt_note"))));
        assert_eq!(codes(&soap()), [""; 0]);
    }

    #[test]
    fn a_note_of_one_text_may_be_html_or_rtf() {
        let of = |body: &str| {
            let n = Note { subjective: None, objective: None, plan: None, body: Some(body.into()), ..soap() };
            row(&n).text(message::BODY).map(str::to_owned)
        };
        assert_eq!(of("Seen <5 min>\n").as_deref(), Some("<p>Seen &lt;5 min&gt;</p>"));
        let html = "<p onclick='x'>Seen</p><script>y</script>";
        assert_eq!(of(html).as_deref(), Some("<div><p>Seen</p></div>"));
        assert_eq!(of(r"{\rtf1 Seen\par ok}").as_deref(), Some("<p>Seen<br>ok</p>"));
        let beside = Note { body: Some("with the hygienist".into()), plan: Some("<p>SRP</p>".into()), ..soap() };
        let body = row(&beside).text(message::BODY).map(str::to_owned).expect("a body");
        assert!(body.ends_with("<p><b>Plan</b></p><div><p>SRP</p></div><p>with the hygienist</p>"), "{body}");
        let czech = Note { body: Some(r"{\rtf1\ansicpg1250 \'e8}".into()), ..soap() };
        assert_eq!(codes(&czech), ["rtf-code-page"]);
    }

    #[test]
    fn a_note_keeps_its_moment_and_its_author() {
        let row = row(&soap());
        assert_eq!(row.get(message::DATE), Some(&Value::Datetime(WRITTEN)));
        assert_eq!(row.get(message::AUTHOR), Some(&Value::Reference(source("provider", "N/501"))));
        assert_eq!(row.get(message::FROM), None, "Odoo tells the author's own");
    }

    #[test]
    fn a_note_of_no_provider_is_not_the_migrations() {
        let nobodys = Note { provider_id: None, plan_id: Some("N/7".into()), ..soap() };
        let row = row(&nobodys);
        assert_eq!((row.get(message::AUTHOR), row.text(message::FROM)), (Some(&Value::Empty), Some("PANDA Perio")));
        assert_eq!((row.text(message::PLAN), codes(&nobodys)), (Some("N/7"), vec!["no-author".to_owned()]));
    }

    #[test]
    fn a_note_without_a_moment_says_so() {
        let changed = Instant { seconds: 1_700_000_000, nanoseconds: 0 };
        let undated = Note { written_at: None, modified_at: Some(changed), ..soap() };
        assert_eq!(row(&undated).get(message::DATE), Some(&Value::Datetime(changed)));
        assert_eq!(codes(&undated), ["no-moment"]);
        let bare = Note { modified_at: None, ..undated };
        assert_eq!(row(&bare).get(message::DATE), Some(&Value::Datetime(Instant { seconds: NOW, nanoseconds: 0 })));
    }

    #[test]
    fn a_note_of_nobody_is_put_aside_and_an_empty_one_told() {
        let nobodys = Note { patient_id: Some(" ".into()), ..soap() };
        assert_eq!(message(&nobodys, &Context::at(&MODULE, NOW)).expect_err("nobody's").code, "no-patient");
        let empty = Note { body: Some(" \n ".into()), ..examples::note("N/1") };
        assert!(mapped(&empty).upserts.is_empty());
        assert_eq!(codes(&empty), ["empty-note"]);
    }
}
