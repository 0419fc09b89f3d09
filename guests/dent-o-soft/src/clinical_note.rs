//! Dent-O-Soft clinical note → `mail.message` on the patient's contact, with its own moment and author.

use odograft_sdk::dent_o_soft::ClinicalNote;
use odograft_sdk::text::{escaped, trimmed};
use odograft_sdk::{
    Context, Mapped, Rejection, Text, external_id, info, reject, source, target, user_contact, warning,
};

use crate::contact;

target! {
    /// Dent-O-Soft clinical note → `mail.message`.
    pub message: clinical-note => "mail.message" .note("an internal note; nobody is notified") {
        SOURCE_ID = source_id() from [id];
        MODEL = char("model") from [] .rule("always `res.partner`");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date") from [written_at] .rule("the moment it was written, UTC; the migration's where the source has none");
        BODY = html("body") from [body] .rule("as entered: shown letter for letter, mark-up too, line breaks kept") .clinical();
        AUTHOR = many2one("author_id", "res.partner") from [author_email, practitioner_id]
            .rule("the contact of the user with this e-mail; where there is no e-mail, the practitioner's contact");
        EMAIL_FROM = char("email_from") from [author_name, author_email]
            .rule("name and e-mail as the note has them: shown where no user matches");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
    }
}

/// The note that a clinical note becomes; nothing for one without a word.
///
/// # Errors
/// A note that names no patient: Odoo has no place for it.
pub fn message(n: &ClinicalNote, context: &Context) -> Result<Mapped, Rejection> {
    let no_patient = || reject("no-patient", "clinical-note.patient_id", "the note names no patient");
    let patient = trimmed(n.patient_id).ok_or_else(no_patient)?;
    let Some(body) = n.body.filter(|body| !body.trim().is_empty()) else {
        let findings =
            vec![info("empty-note", "clinical-note.body", "the note has no words; no message is made of it")];
        return Ok(Mapped { findings, ..Mapped::default() });
    };
    let mut findings = Vec::from_iter(contact::check_email(n.author_email, "clinical-note.author_email"));
    if n.written_at.is_none() {
        let message = "the note has no moment that can be read; it stands at the migration's own";
        findings.push(warning("no-moment", "clinical-note.written_at", message));
    }
    let practitioner = || Some(source("practitioner", trimmed(n.practitioner_id)?));
    let author = trimmed(n.author_email).map(user_contact).or_else(practitioner);
    let from = author_words(n);
    if author.is_none() && from.is_none() {
        let message = "neither an author nor a practitioner is named; the note has none";
        findings.push(warning("no-author", "clinical-note.author_email", message));
    }

    let mut message = message::upsert(n.id);
    message.set(message::MODEL, "res.partner");
    message.set(message::RES_ID, source("patient", patient));
    message.set(message::DATE, n.written_at.unwrap_or(context.as_of));
    message.set(message::BODY, escaped(&body));
    message.set_some(message::AUTHOR, author);
    message.set_or_clear(message::EMAIL_FROM, from);
    message.set(message::MESSAGE_TYPE, "comment");
    message.set(message::SUBTYPE, external_id("mail.mt_note"));
    findings.extend(message.set_extras(&n.extra, context));
    Ok(Mapped { findings, ..message.into() })
}

/// `"Dr Lee" <lee@example.invalid>`, or the one of the two that is there. Marks of the address itself are taken out of the
/// name.
fn author_words(n: &ClinicalNote) -> Option<Text> {
    match (trimmed(n.author_name), trimmed(n.author_email)) {
        (Some(name), Some(email)) => {
            let name: String =
                name.chars().filter(|c| !matches!(c, '"' | '<' | '>' | '\\') && !c.is_control()).collect();
            Some(format!("\"{}\" <{email}>", name.trim()).into())
        }
        (name, email) => name.or(email).map(Text::from),
    }
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Instant, Upsert};

    use super::*;
    use crate::MODULE;
    use crate::examples::clinical_note;

    const NOW: i64 = 1_793_491_200;

    fn note(body: &str) -> ClinicalNote {
        ClinicalNote {
            patient_id: Some("17".into()),
            practitioner_id: Some("D1".into()),
            author_email: Some(" Sam.Lee@Example.invalid".into()),
            author_name: Some("Dr \"Sam\" Lee".into()),
            written_at: Some(Instant { seconds: -2_208_988_801, nanoseconds: 0 }),
            body: Some(body.into()),
            ..clinical_note("N1")
        }
    }

    fn mapped(n: &ClinicalNote) -> Mapped {
        message(n, &Context::at(&MODULE, NOW)).expect("maps")
    }

    fn row(n: &ClinicalNote) -> Upsert {
        mapped(n).only(&message::TARGET).expect("one message").clone()
    }

    #[test]
    fn a_note_reads_as_it_was_entered_and_keeps_its_moment() {
        let row = row(&note("  <b>Pain</b> & swelling\n\"UL6\"  "));
        assert_eq!(row.text(message::BODY), Some("  &lt;b&gt;Pain&lt;/b&gt; &amp; swelling<br>&quot;UL6&quot;  "));
        // The last second of 1899.
        assert_eq!(row.get(message::DATE), Some(&Value::Datetime(Instant { seconds: -2_208_988_801, nanoseconds: 0 })));
        assert_eq!(row.text(message::MODEL), Some("res.partner"));
        assert_eq!(row.get(message::SUBTYPE), Some(&Value::Reference(external_id("mail.mt_note"))));
    }

    #[test]
    fn the_author_is_the_users_contact_and_told_by_name_besides() {
        let row = row(&note("x"));
        assert_eq!(row.get(message::AUTHOR), Some(&Value::Reference(user_contact("sam.lee@example.invalid".into()))));
        assert_eq!(row.text(message::EMAIL_FROM), Some("\"Dr Sam Lee\" <Sam.Lee@Example.invalid>"));
    }

    #[test]
    fn without_an_email_the_author_is_the_practitioners_contact() {
        let silent = ClinicalNote { author_email: None, ..note("x") };
        assert_eq!(row(&silent).get(message::AUTHOR), Some(&Value::Reference(source("practitioner", "D1"))));
        assert_eq!(row(&silent).text(message::EMAIL_FROM), Some("Dr \"Sam\" Lee"));
        let nobodys = ClinicalNote { author_name: None, practitioner_id: None, ..silent };
        assert_eq!(row(&nobodys).get(message::AUTHOR), None);
        assert_eq!(mapped(&nobodys).findings[0].code, "no-author");
    }

    #[test]
    fn a_note_without_a_moment_says_so() {
        let undated = ClinicalNote { written_at: None, ..note("x") };
        assert_eq!(row(&undated).get(message::DATE), Some(&Value::Datetime(Instant { seconds: NOW, nanoseconds: 0 })));
        assert_eq!(mapped(&undated).findings[0].code, "no-moment");
    }

    #[test]
    fn a_note_of_nobody_is_put_aside_and_an_empty_one_told() {
        let nobodys = ClinicalNote { patient_id: None, ..note("x") };
        assert_eq!(message(&nobodys, &Context::at(&MODULE, NOW)).expect_err("nobody's").code, "no-patient");
        let empty = mapped(&note(" \n "));
        assert!(empty.upserts.is_empty());
        assert_eq!(empty.findings[0].code, "empty-note");
    }
}
