//! What a user may do: the administrator everything, any other what Odoo lets a plain internal user do.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::database::{ADMIN, Database};
use super::fault::Fault;
use super::tables::{ACCESS, Model};

/// By model and operation: the groups that may, where a plain user may not.
static WITHHELD: LazyLock<HashMap<String, HashMap<String, Vec<String>>>> =
    LazyLock::new(|| serde_json::from_str(ACCESS).unwrap_or_default());

/// The operation of a method, as Odoo names it.
pub(crate) fn operation(method: &str) -> Option<&'static str> {
    match method {
        "create" => Some("create"),
        "write" | "action_archive" | "action_unarchive" | "action_cancel" | "action_feedback" => Some("write"),
        "unlink" => Some("unlink"),
        "read" | "search" | "search_read" | "search_count" | "name_search" | "get_metadata" => Some("read"),
        _ => None,
    }
}

impl Database {
    /// Whether the user may do this with records of a model.
    pub(crate) fn may(&self, model: &str, operation: &str) -> bool {
        self.user == ADMIN || !WITHHELD.get(model).is_some_and(|operations| operations.contains_key(operation))
    }

    /// Odoo's refusal of an operation that the user may not do.
    ///
    /// # Errors
    /// `AccessError` with the groups that may.
    pub(crate) fn allow(&self, model: &Model, operation: &str) -> Result<(), Fault> {
        // Who makes a field reads its model first.
        if model.name == "ir.model.fields" && operation == "create" {
            self.allow(&*self.model("ir.model")?, "read")?;
        }
        if self.may(&model.name, operation) {
            return Ok(());
        }
        let word = match operation {
            "read" => "access",
            "write" => "modify",
            "unlink" => "delete",
            other => other,
        };
        let groups = WITHHELD.get(&model.name).and_then(|operations| operations.get(operation));
        let groups: Vec<String> = groups.into_iter().flatten().map(|group| format!("\t- {group}\n")).collect();
        Err(Fault::access(format!(
            "You are not allowed to {word} '{}' ({}) records.\n\nThis operation is allowed for the following groups:\n{}\n\
             Contact your administrator to request access if necessary.",
            model.description,
            model.name,
            groups.concat()
        )))
    }
}
