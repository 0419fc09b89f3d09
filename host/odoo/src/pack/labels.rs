//! What Odoo's export dialog calls a column, and what odograft does.

use std::collections::BTreeMap;

/// Labels of the fields of models that packs ask for, as Odoo has them in English.
const KNOWN: [(&str, &str, &str); 11] = [
    ("res.users", "Login", "login"),
    ("res.users", "Email", "email"),
    ("ir.model.fields", "Field Name", "name"),
    ("ir.model.fields", "Model Name", "model"),
    ("ir.model.fields", "Field Type", "ttype"),
    ("ir.model.fields", "Field Label", "field_description"),
    ("ir.model.fields", "Related Model", "relation"),
    ("ir.model.fields", "Required", "required"),
    ("ir.model.fields", "Readonly", "readonly"),
    ("ir.model.fields", "Stored", "store"),
    ("ir.model.fields", "Size", "size"),
];

/// What Odoo's export dialog calls a field, as far as odograft knows.
#[must_use]
pub fn export_label<'f>(model: &str, field: &'f str) -> &'f str {
    KNOWN.iter().find(|(known, _, name)| *known == model && *name == field).map_or(field, |(_, label, _)| label)
}

/// Fields by what users see before them, for one model.
#[derive(Debug, Clone, Default)]
pub(super) struct Labels(BTreeMap<String, Option<String>>);

impl Labels {
    /// The known ones of a model.
    pub(super) fn of(model: &str) -> Self {
        let mut labels = Self::default();
        for (_, label, field) in KNOWN.iter().filter(|(known, ..)| *known == model) {
            labels.add(label, field);
        }
        labels
    }

    /// One more; a label that two fields have stands for neither.
    pub(super) fn add(&mut self, label: &str, field: &str) {
        let entry = self.0.entry(label.trim().to_lowercase()).or_insert_with(|| Some(field.to_owned()));
        if entry.as_deref() != Some(field) {
            *entry = None;
        }
    }

    /// A header as a column of `load()`: `id`, `.id`, `name`, `user_id/id`. `None` for a header that nobody knows, and
    /// for the name of a record at the other end of a relation.
    pub(super) fn column(&self, header: &str) -> Option<String> {
        let (first, rest) = header.split_once('/').map_or((header, None), |(first, rest)| (first, Some(rest)));
        let first = match first.trim() {
            "External ID" | "id" => "id".to_owned(),
            "ID" | ".id" => ".id".to_owned(),
            label => match self.0.get(&label.to_lowercase()) {
                Some(field) => field.clone()?,
                None if is_technical(label) => label.to_owned(),
                None => return None,
            },
        };
        match rest.map(str::trim) {
            None => Some(first),
            Some("External ID" | "id") => Some(format!("{first}/id")),
            Some("ID" | ".id") => Some(format!("{first}/.id")),
            Some(_) => None,
        }
    }
}

/// Whether a word can be a field's name.
fn is_technical(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_of_the_dialogs_spellings_are_known() {
        let mut labels = Labels::of("res.users");
        labels.add("Salesperson", "user_id");
        labels.add("Address", "street");
        labels.add("Address", "contact_address");
        let cases = [
            ("External ID", Some("id")),
            ("id", Some("id")),
            ("ID", Some(".id")),
            (".id", Some(".id")),
            ("Login", Some("login")),
            ("login", Some("login")),
            ("x_mobile", Some("x_mobile")),
            ("Salesperson/External ID", Some("user_id/id")),
            ("user_id/id", Some("user_id/id")),
            ("user_id/.id", Some("user_id/.id")),
            ("Salesperson/Name", None),
            ("Address", None),
            ("Some Label", None),
        ];
        for (header, column) in cases {
            assert_eq!(labels.column(header).as_deref(), column, "{header}");
        }
    }
}
