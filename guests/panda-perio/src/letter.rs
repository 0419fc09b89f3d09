//! PANDA letter template → a document of the handover: Odoo has its own templates, with placeholders of its own.

use odograft_sdk::panda_perio::LetterTemplate;
use odograft_sdk::text::trimmed;
use odograft_sdk::{
    Context, Finding, HandoverSpec, Json, Mapped, Rejection, Span, columns, handover, info, json, reject,
};

use crate::words;

/// What is handed over of a letter.
pub static LETTER: HandoverSpec = handover(
    "letter-template",
    "Letter template library",
    "Settings › Technical › Email Templates, or Email Marketing for letters to many",
);

/// PANDA's placeholders in small letters, and what stands for them in a template of Odoo's contacts.
const PLACEHOLDERS: [(&str, &str); 22] = [
    ("firstname", "{{ object.name }}"),
    ("lastname", "{{ object.name }}"),
    ("patientname", "{{ object.name }}"),
    ("fullname", "{{ object.name }}"),
    ("nickname", "{{ object.x_preferred_name }}"),
    ("birthdate", "{{ object.x_date_of_birth }}"),
    ("email", "{{ object.email }}"),
    ("homephone", "{{ object.x_home_phone or object.phone }}"),
    ("mobilephone", "{{ object.x_mobile or object.phone }}"),
    ("workphone", "{{ object.x_work_phone or object.phone }}"),
    ("street", "{{ object.street }}"),
    ("city", "{{ object.city }}"),
    ("state", "{{ object.state_id.code }}"),
    ("zip", "{{ object.zip }}"),
    ("providername", "{{ object.user_id.name }}"),
    ("refdrfirstname", "{{ object.x_referral_partner_id.name }}"),
    ("refdrlastname", "{{ object.x_referral_partner_id.name }}"),
    ("refdrname", "{{ object.x_referral_partner_id.name }}"),
    ("examdate", "{{ object.x_perio_exam_date }}"),
    ("diagnosis", "{{ object.x_periodontal_classification }}"),
    ("practicename", "{{ object.x_clinic.name }}"),
    ("clinicname", "{{ object.x_clinic.name }}"),
];

/// The document of one letter.
///
/// # Errors
/// A template that says nothing and names no file.
pub fn document(l: &LetterTemplate, _: &Context) -> Result<Mapped, Rejection> {
    let (name, subject, body) = (trimmed(l.name), trimmed(l.subject), l.body.filter(|body| !body.trim().is_empty()));
    let path = trimmed(l.path);
    if [name, subject, body, path].iter().all(Option::is_none) {
        return Err(reject("empty-template", "letter-template.body", "the template says nothing and names no file"));
    }
    let text = body.map(|body| words::plain(&body));
    let marked = [subject.map(|subject| subject.to_string()), text.clone()];
    let placeholders: Vec<Json> = placeholders(&marked.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    let document = json!({
        "name": name.or_else(|| path.map(file_name)),
        "category": trimmed(l.category),
        "clinic": l.clinic_id,
        "subject": subject,
        "text": text,
        "file": path,
        "placeholders": placeholders,
        "changed": l.modified_at,
        "other_columns": columns::document(&l.extra),
    });
    let mut findings: Vec<Finding> = Vec::from_iter(body.and_then(|body| words::check(&body, "letter-template.body")));
    if body.is_none() {
        let message = "the document has no text of the letter; hint: its file says it";
        findings.push(info("no-letter-text", "letter-template.body", message));
    }
    Ok(Mapped { findings, ..LETTER.document(l.id, &document).into() })
}

/// The last part of a path.
fn file_name(path: Span) -> Span {
    path.rsplit(['/', '\\']).next().map_or(path, |name| path.part(name))
}

/// Every placeholder of a text once, as `{FirstName}` or `[FirstName]` or `<<FirstName>>`, with what stands for it in
/// Odoo; null where a person has to decide.
fn placeholders(text: &str) -> Vec<Json> {
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    for (open, close) in [("{", "}"), ("<<", ">>"), ("[", "]")] {
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once(open) {
            rest = behind;
            let Some((word, _)) = behind.split_once(close) else { break };
            if is_name(word)
                && !found.iter().any(|(known, _)| known.trim_matches(|c: char| "{}<>[]".contains(c)) == word)
            {
                let bare = word.to_lowercase().replace(['_', '.', ' '], "");
                let odoo = PLACEHOLDERS.iter().find(|(own, _)| *own == bare).map(|(_, odoo)| *odoo);
                found.push((format!("{open}{word}{close}"), odoo));
            }
        }
    }
    found.into_iter().map(|(panda, odoo)| json!({ "panda": panda, "odoo": odoo })).collect()
}

/// Whether what stands between brackets is a placeholder's name: a letter, then letters, digits, `_`, `.` and blanks.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.len() <= 40
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ' '))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{ExtraField, Instant, Scalar};

    use super::*;
    use crate::{MODULE, examples};

    fn thanks() -> LetterTemplate {
        LetterTemplate {
            clinic_id: Some("N".into()),
            name: Some("Thank you for referring".into()),
            category: Some("Referral".into()),
            subject: Some("Your patient {FirstName} {LastName}".into()),
            body: Some("Dear Dr {RefdrLastName},\nthank you for <<Fancy Thing>> {FirstName} {1}".into()),
            modified_at: Some(Instant { seconds: 0, nanoseconds: 0 }),
            ..examples::letter_template("N/1")
        }
    }

    fn mapped(l: &LetterTemplate) -> Mapped {
        document(l, &Context::at(&MODULE, 0)).expect("maps")
    }

    #[test]
    fn a_letter_is_handed_over_with_its_words_and_placeholders() {
        let extra = vec![ExtraField { name: "Margin".into(), value: Scalar::Integer(2) }];
        let mapped = mapped(&LetterTemplate { extra, ..thanks() });
        assert!(mapped.upserts.is_empty() && mapped.findings.is_empty());
        let document = mapped.handovers[0].json();
        assert_eq!(document["text"], "Dear Dr {RefdrLastName},\nthank you for <<Fancy Thing>> {FirstName} {1}");
        assert_eq!((&document["name"], &document["clinic"]), (&json!("Thank you for referring"), &json!("N")));
        let expected = json!([
            { "panda": "{FirstName}", "odoo": "{{ object.name }}" },
            { "panda": "{LastName}", "odoo": "{{ object.name }}" },
            { "panda": "{RefdrLastName}", "odoo": "{{ object.x_referral_partner_id.name }}" },
            { "panda": "<<Fancy Thing>>", "odoo": null },
        ]);
        assert_eq!(document["placeholders"], expected);
        assert_eq!((&document["changed"], &document["file"]), (&json!("1970-01-01T00:00:00Z"), &Json::Null));
        assert_eq!(document["other_columns"], json!({ "Margin": "2" }));
    }

    #[test]
    fn a_file_of_the_folder_goes_by_its_name() {
        let file = LetterTemplate {
            body: Some(r"{\rtf1 Dear {\b [FirstName]}\par bye}".into()),
            path: Some("Letters\\2019\\old recall.rtf".into()),
            ..examples::letter_template("/Letters/2019/old recall.rtf")
        };
        let document = mapped(&file).handovers[0].json();
        assert_eq!((&document["name"], &document["text"]), (&json!("old recall.rtf"), &json!("Dear [FirstName]\nbye")));
        assert_eq!(document["placeholders"][0]["panda"], "[FirstName]");
    }

    #[test]
    fn a_letter_without_text_names_its_file() {
        let file = LetterTemplate { path: Some("Letters/thanks.rtf".into()), ..examples::letter_template("/1") };
        let mapped = mapped(&file);
        assert_eq!(mapped.handovers[0].json()["file"], "Letters/thanks.rtf");
        assert_eq!(mapped.findings[0].code, "no-letter-text");
        let empty = examples::letter_template("N/2");
        assert_eq!(document(&empty, &Context::at(&MODULE, 0)).expect_err("empty").code, "empty-template");
    }

    #[test]
    fn only_names_are_placeholders() {
        assert!(placeholders("{ FirstName} {} {5 mm} [see x-rays!] {unclosed").is_empty());
        assert_eq!(placeholders("{First_Name} [FIRSTNAME]")[1]["odoo"], "{{ object.name }}");
    }
}
