//! The library of letters: rows of the databases, and the files of a folder.

use serde_json::{Value, json};

use super::super::Statement;
use super::care::letter;
use super::{FOLDER, Panda};
use crate::practice::panda::LETTER_FILES;

/// What stands in a template of Odoo's for PANDA's placeholders, as the practice's letters have them.
const PLACEHOLDERS: [(&str, &str); 3] = [
    ("{FirstName}", "{{ object.name }}"),
    ("{LastName}", "{{ object.name }}"),
    ("{RefdrLastName}", "{{ object.x_referral_partner_id.name }}"),
];

pub(super) fn state(panda: &Panda<'_>, statement: &mut Statement) {
    for clinic in panda.clinics() {
        for row in clinic.rows("letter_template_table") {
            let some = |column: &str| Some(row.get(column)).filter(|text| !text.is_empty());
            let (subject, text) = (some("Subject"), some("Body"));
            let marked = [subject.clone(), text.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n");
            let document = json!({
                "name": some("TemplateName"),
                "category": some("Category"),
                "clinic": clinic.tag,
                "subject": subject,
                "text": text,
                "file": some("FilePath"),
                "placeholders": placeholders(&marked),
            });
            statement.handed.push(letter(row.id("TemplateID").unwrap_or_default(), document));
        }
    }
    for (path, bytes) in LETTER_FILES {
        // A file in another encoding has a name and no text: a person opens it.
        let text = std::str::from_utf8(bytes).ok();
        let name = path.rsplit('/').next();
        let path = format!("{FOLDER}/{path}");
        let marks = placeholders(text.unwrap_or_default());
        let document = json!({ "name": name, "file": path, "text": text, "placeholders": marks });
        statement.handed.push(letter(format!("/{path}"), document));
    }
}

fn placeholders(text: &str) -> Vec<Value> {
    let mut found: Vec<(usize, &str, &str)> =
        PLACEHOLDERS.iter().filter_map(|(panda, odoo)| Some((text.find(panda)?, *panda, *odoo))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, panda, odoo)| json!({ "panda": panda, "odoo": odoo })).collect()
}
