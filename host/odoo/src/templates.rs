//! Odoo's known messages, read for the names in them and for nothing else.
//!
//! A message may quote what a record holds. So each template is matched as a whole, holes for values are thrown away,
//! and holes for names are kept only when they are spelled as Odoo spells models, fields and constraints.
//! Source of the texts: the captures under `fixtures/odoo19/captures`, and Odoo 19.0's own code for `load()`.

use crate::error::{OdooError, UNNAMED};
use crate::problem::{Problem, Rule};

/// What was asked when the message came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The model called.
    pub(crate) model: &'a str,
    /// The method called.
    pub(crate) method: &'a str,
    /// The names of the fields sent, where the caller knows them: a bare `KeyError` is believed only for these.
    pub(crate) fields: &'a [String],
}

/// The meaning of `message`, if it is a known one. `hint_field` is the field that Odoo named beside it.
pub(crate) fn recognise(asked: Asked<'_>, message: &str, hint_field: Option<&str>) -> Option<OdooError> {
    let message = message.trim_end();
    let message = message.strip_prefix("The operation cannot be completed: ").unwrap_or(message);
    let message = match holes("Unknown error during import: <class '{}'>: {}", message) {
        Some(parts) => parts[1],
        None => message,
    };
    let field = hint_field.and_then(field_name).unwrap_or(UNNAMED);
    value(asked, message, field)
        .or_else(|| reference(asked, message, field))
        .or_else(|| identity(asked, message))
        .or_else(|| rule(asked, message))
        .or_else(|| rights(asked, message))
        .or_else(|| collision(message))
}

/// Messages about a field and what it may hold.
fn value(asked: Asked<'_>, message: &str, field: &str) -> Option<OdooError> {
    let model = asked.model;
    for template in ["Invalid field '{}' in '{}'", "Invalid field '{}' on model '{}'", "Invalid field '{}' on '{}'"] {
        if let Some(parts) = holes(template, message) {
            return Some(no_field(model_name(parts[1]).unwrap_or(model), parts[0]));
        }
    }
    if let Some(parts) = holes("Invalid field name '{}'", message) {
        return Some(no_field(model, parts[0]));
    }
    if let Some((model, field)) =
        holes("Invalid field {} in condition {}", message).and_then(|parts| qualified(parts[0]))
    {
        return Some(no_field(model, field));
    }
    if message.starts_with("Invalid operator in condition ") {
        return Some(crate::classify::bad_arguments(asked, Some("domain")));
    }
    if let Some(parts) = holes("Wrong value for {}: {}", message) {
        let (model, field) = qualified(parts[0])?;
        return Some(bad(model, field, Problem::Selection));
    }
    if let Some(parts) = holes("Missing required value for the field '{}' ({})\nModel: '{}' ({})\n{}", &stop(message)) {
        return Some(OdooError::MissingRequired {
            model: model_name(parts[3]).unwrap_or(model).to_owned(),
            field: field_name(parts[1]).unwrap_or(field).to_owned(),
        });
    }
    if message == "Contacts require a name" {
        return Some(OdooError::MissingRequired { model: model.to_owned(), field: "name".to_owned() });
    }
    if message == "Activities must be assigned if not attached to a document."
        || message == "Activities have to be linked to records with a not null res_id."
    {
        return Some(OdooError::MissingRequired { model: model.to_owned(), field: "res_model_id".to_owned() });
    }
    let problem = [
        ("Value '{}' not found in selection field '{}'", Problem::Selection),
        ("'{}' does not seem to be a valid date for field '{}'", Problem::Date),
        ("time data '{}' does not match format '%Y-%m-%d'", Problem::Date),
        ("day is out of range for month", Problem::Date),
        ("month must be in 1..12", Problem::Date),
        ("'{}' does not seem to be a valid datetime for field '{}'", Problem::Datetime),
        ("time data '{}' does not match format '%Y-%m-%d %H:%M:%S'", Problem::Datetime),
        ("unconverted data remains: {}", Problem::Datetime),
        ("'{}' does not seem to be a number for field '{}'", Problem::Number),
        ("could not convert string to float: {}", Problem::Number),
        ("'{}' does not seem to be an integer for field '{}'", Problem::Integer),
        ("invalid literal for int() with base 10: {}", Problem::Integer),
        ("invalid input syntax for type integer: {}", Problem::Integer),
        ("Unknown value '{}' for boolean field '{}'", Problem::Boolean),
        ("A string literal cannot contain NUL (0x00) characters.", Problem::Nul),
        ("'{}' object has no attribute 'lower'", Problem::NotText),
        ("argument should be a bytes-like object or ASCII string, not '{}'", Problem::NotText),
        ("'{}' object is not subscriptable", Problem::NotText),
        ("Invalid base64-encoded string: {}", Problem::Base64),
        ("Incorrect padding", Problem::Base64),
        ("integer out of range", Problem::Range),
        ("Invalid database id '{}' for the field '{}'", Problem::Integer),
    ]
    .into_iter()
    .find_map(|(template, problem)| holes(template, message).map(|_| problem))?;
    Some(bad(model, field, problem))
}

/// Messages about the record at the other end of a reference.
fn reference(asked: Asked<'_>, message: &str, field: &str) -> Option<OdooError> {
    if message.starts_with("No matching record found for ") {
        return Some(OdooError::NoReference { model: asked.model.to_owned(), field: field.to_owned() });
    }
    if let Some(parts) = holes(
        "Another model is using the record you are trying to delete.\n\nThe troublemaker is: '{}' ({})\nThanks to the following constraint: '{}' ({})\n{}",
        message,
    ) {
        let by = model_name(parts[1]).unwrap_or(UNNAMED).to_owned();
        let field = field_name(parts[3]).unwrap_or(UNNAMED).to_owned();
        // Odoo words a dangling many2one of a new record as the refusal to delete its target.
        return Some(match asked.method {
            "unlink" => OdooError::InUse { by, field },
            _ => OdooError::NoReference { model: by, field },
        });
    }
    let model = asked.model.to_owned();
    if message.starts_with("External ID not found in the system: ") {
        return Some(OdooError::NoReference { model, field: field.to_owned() });
    }
    message.strip_prefix("Record does not exist or has been deleted.").map(|detail| {
        let missing = holes("\n(Record: {}({},), User: {})", detail);
        match missing.as_deref() {
            // The caller itself is gone.
            Some(["res.users", id, user]) if id == user => OdooError::WrongKey,
            // What is only being made can't be gone: what it refers to is.
            _ if matches!(asked.method, "create" | "load") => OdooError::NoReference { model, field: field.to_owned() },
            Some([other, ..]) if *other != asked.model => OdooError::NoReference { model, field: field.to_owned() },
            _ => OdooError::MissingRecord { model },
        }
    })
}

/// Messages about rules that no value satisfies.
fn rule(asked: Asked<'_>, message: &str) -> Option<OdooError> {
    let rule = [
        ("You can not delete a sent quotation or a confirmed sales order.", Rule::OrderConfirmed),
        ("Once a sales order is confirmed, you can't remove one of its lines", Rule::OrderLineConfirmed),
        // A warning that offers a way on: the message is the first of a tuple.
        ("('You cannot delete contacts linked to an active user.", Rule::ContactOfUser),
        ("You cannot delete contacts linked to an active user.", Rule::ContactOfUser),
        ("You cannot delete the admin user", Rule::Administrator),
        ("This column contains module data and cannot be removed!", Rule::FieldOfApplication),
        ("Changing the type of a field is not yet supported.", Rule::FieldType),
    ]
    .into_iter()
    .find_map(|(opening, rule)| message.starts_with(opening).then_some(rule))?;
    Some(OdooError::AgainstRule { model: asked.model.to_owned(), rule })
}

/// Messages about external ids, names of fields and what must be unique.
fn identity(asked: Asked<'_>, message: &str) -> Option<OdooError> {
    let model = asked.model.to_owned();
    if let Some(parts) = holes("duplicate key value violates unique constraint \"{}\"{}", message) {
        return Some(match parts[0] {
            // The same load at the same time, one step ahead: it holds what this one was to write.
            "ir_model_data_module_name_uniq_index" if asked.method == "load" => OdooError::Serialization,
            constraint => {
                OdooError::NotUnique { model, constraint: field_name(constraint).unwrap_or(UNNAMED).to_owned() }
            }
        });
    }
    if let Some(parts) = holes("new row for relation \"{}\" violates check constraint \"{}\"{}", message) {
        return Some(match parts[1] {
            "ir_model_data_name_nospaces" => OdooError::BadExternalId,
            _ => bad(asked.model, UNNAMED, Problem::Unnamed),
        });
    }
    if holes(
        "For external id {} when trying to create/update a record of model {} found record of different model {}",
        message,
    )
    .is_some()
    {
        return Some(OdooError::ExternalIdTaken { model });
    }
    match message {
        "The name must be unique" | "The company name must be unique!" => {
            Some(OdooError::NotUnique { model, constraint: "name".to_owned() })
        }
        "You can not have two users with the same login!" => {
            Some(OdooError::NotUnique { model, constraint: "login".to_owned() })
        }
        "Selections values must be unique per field" => {
            Some(OdooError::NotUnique { model, constraint: "selection_ids".to_owned() })
        }
        "Custom fields must have a name that starts with 'x_'!"
        | "Field names can only contain characters, digits and underscores (up to 63)."
        | "Field names must be unique per model." => Some(OdooError::BadFieldName { model }),
        _ => {
            if let Some(parts) = holes("Unknown model name '{}' in Related Model", message) {
                return Some(OdooError::NoModel { model: model_name(parts[0]).unwrap_or(UNNAMED).to_owned() });
            }
            message.starts_with("Error while validating view").then_some(OdooError::BadView { model })
        }
    }
}

/// Messages about what the user may do.
fn rights(asked: Asked<'_>, message: &str) -> Option<OdooError> {
    if let Some(parts) = holes("You are not allowed to {} '{}' ({}) records.{}", message) {
        let operation = ["create", "read", "access", "modify", "write", "delete", "unlink"]
            .into_iter()
            .find(|known| *known == parts[0])
            .unwrap_or("access");
        let model = model_name(parts[2]).unwrap_or(asked.model).to_owned();
        return Some(OdooError::NoRights { model, operation: operation.to_owned() });
    }
    if message == "Access to unauthorized or invalid companies." {
        let (model, operation) = ("res.company".to_owned(), "access".to_owned());
        return Some(OdooError::NoRights { model, operation });
    }
    [
        "The requested operation cannot be completed due to security restrictions.",
        "Due to security restrictions, you are not allowed to ",
        "Sorry, you are not allowed to access this document.",
        "Uh-oh! Looks like you have stumbled upon some top-secret records.",
    ]
    .into_iter()
    .any(|opening| message.starts_with(opening))
    .then(|| OdooError::NoRightsOnRecord { model: asked.model.to_owned() })
}

/// Messages of PostgreSQL's about transactions that got into each other's way.
fn collision(message: &str) -> Option<OdooError> {
    ["could not serialize access", "deadlock detected", "current transaction is aborted", "Unknown database error: "]
        .into_iter()
        .any(|opening| message.starts_with(opening))
        .then_some(OdooError::Serialization)
}

/// The parts of `text` that fill the `{}` of `template`, if it fits from beginning to end; each part is the shortest.
pub(crate) fn holes<'t>(template: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut literals = template.split("{}");
    let mut rest = text.strip_prefix(literals.next()?)?;
    let mut parts = Vec::new();
    let mut pending = literals.peekable();
    while let Some(literal) = pending.next() {
        if pending.peek().is_none() {
            parts.push(rest.strip_suffix(literal)?);
            return Some(parts);
        }
        let (part, after) = rest.split_once(literal)?;
        parts.push(part);
        rest = after;
    }
    rest.is_empty().then_some(parts)
}

/// `res.partner`, if `name` is spelled as a model.
pub(crate) fn model_name(name: &str) -> Option<&str> {
    let spelled = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte));
    (spelled && name.len() <= 64).then_some(name)
}

/// `partner_id`, if `name` is spelled as a field or a constraint.
pub(crate) fn field_name(name: &str) -> Option<&str> {
    let spelled = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (spelled && name.len() <= 63).then_some(name)
}

/// `res.partner.type` as model and field.
fn qualified(name: &str) -> Option<(&str, &str)> {
    let (model, field) = name.rsplit_once('.')?;
    Some((model_name(model)?, field_name(field)?))
}

/// The required-field message without the full stop after the field's bracket, which some versions leave out.
fn stop(message: &str) -> String {
    message.replacen(").\nModel", ")\nModel", 1)
}

fn no_field(model: &str, field: &str) -> OdooError {
    OdooError::NoField { model: model.to_owned(), field: field_name(field).unwrap_or(UNNAMED).to_owned() }
}

fn bad(model: &str, field: &str, problem: Problem) -> OdooError {
    OdooError::BadValue { model: model.to_owned(), field: field.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(message: &str, field: Option<&str>) -> Option<OdooError> {
        recognise(Asked { model: "res.partner", method: "load", fields: &[] }, message, field)
    }

    #[test]
    fn a_hole_takes_the_shortest_part_and_the_whole_text_must_fit() {
        assert_eq!(holes("a '{}' b", "a 'x' b"), Some(vec!["x"]));
        assert_eq!(holes("a '{}' b{}", "a 'x' b' b"), Some(vec!["x", "' b"]));
        assert_eq!(holes("a '{}' b", "a 'x' b and more"), None);
        assert_eq!(holes("plain", "plain"), Some(vec![]));
        assert_eq!(holes("plain", "plainer"), None);
    }

    #[test]
    fn no_value_survives_even_when_it_imitates_a_template() {
        let sly = "Value 'Margaret's secret' not found in selection field 'Invalid field 'Margaret' in 'res.partner''";
        let error = load(sly, Some("type")).expect("the selection template opens and closes the text");
        assert_eq!(error, bad("res.partner", "type", Problem::Selection));
        assert!(!error.to_string().contains("Margaret"));

        let names = load("Invalid field 'Margaret Hale, 12 May' in 'res.partner'", None).expect("a known template");
        assert_eq!(names, no_field("res.partner", "?"));
        assert_eq!(load("Margaret Hale may not be stored", Some("name")), None);
    }

    #[test]
    fn the_field_beside_a_message_is_kept_only_when_it_is_spelled_as_one() {
        let message = "'29.02.2020' does not seem to be a valid date for field 'Born'";
        assert_eq!(load(message, Some("x_born")), Some(bad("res.partner", "x_born", Problem::Date)));
        assert_eq!(load(message, Some("Born on the 4th")), Some(bad("res.partner", "?", Problem::Date)));
    }

    #[test]
    fn rights_on_a_model_differ_from_rights_on_a_record() {
        let model = "You are not allowed to create 'Contact' (res.partner) records.\n\nThis operation is allowed for the following groups:\n\t- Contact/Creation\n\nContact your administrator to request access if necessary.";
        assert_eq!(
            load(model, None),
            Some(OdooError::NoRights { model: "res.partner".to_owned(), operation: "create".to_owned() })
        );
        let record = "The requested operation cannot be completed due to security restrictions. Please contact your system administrator.\n\n(Document type: Activity, Operation: create)\n\nRecords: 7, User: 2";
        assert_eq!(load(record, None), Some(OdooError::NoRightsOnRecord { model: "res.partner".to_owned() }));
    }

    #[test]
    fn a_required_field_is_named_with_its_model() {
        let message = "Missing required value for the field 'Opportunity' (name).\nModel: 'Lead' (crm.lead)\n- create/update: a mandatory field is not set\n- delete: another model requires the record being deleted, you can archive it instead\n";
        let expected = OdooError::MissingRequired { model: "crm.lead".to_owned(), field: "name".to_owned() };
        assert_eq!(load(message, Some("name")), Some(expected));
    }
}
