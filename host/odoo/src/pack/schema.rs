//! The files that come before any record: custom fields, the Dental page, and the doors through which the rest goes in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::loader::bulk_context;
use crate::metadata::FieldInfo;
use crate::page;
use crate::schema::{CustomField, SchemaPlan};

/// A small file, with all its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackTable {
    /// The model that it is imported into.
    pub model: &'static str,
    /// The columns, `id` first.
    pub headers: Vec<String>,
    /// A cell for each column, a row for each record.
    pub rows: Vec<Vec<String>>,
}

/// A window of Odoo's own, made for one model's files: its context says what an import dialog cannot be told.
///
/// Odoo's web client sends an action's context with every import and export that is begun from it: archived records are
/// shown, nobody is sent an e-mail, and a record that is there already is left as it is. Language and time zone are always
/// the user's (measured: an action's `tz` is dropped), so the administrator has to set those.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Door {
    /// The model.
    pub model: String,
    /// Whether it lets records be changed; else only new ones go in.
    pub changes: bool,
}

impl Door {
    /// The external id.
    #[must_use]
    pub fn external_id(&self, module: &str) -> String {
        let verb = if self.changes { "change" } else { "import" };
        format!("{module}.{verb}_{}", self.model.replace('.', "_"))
    }

    /// Where the web client opens it, behind the server's address; Odoo 18 and later.
    #[must_use]
    pub fn path(&self, module: &str) -> String {
        format!("/odoo/action-{}", self.external_id(module))
    }

    /// What users read at its top.
    #[must_use]
    pub fn title(&self) -> String {
        format!("odograft: {} {}", if self.changes { "change" } else { "import" }, self.model)
    }

    /// The context, as Python spells it.
    fn context(&self) -> String {
        let mut context = bulk_context();
        context["active_test"] = Value::Bool(false);
        if !self.changes {
            context["mode"] = "update".into();
            context["noupdate"] = Value::Bool(true);
        }
        let entry = |(name, value): (&String, &Value)| match value {
            Value::Bool(true) => format!("'{name}': True"),
            Value::Bool(false) => format!("'{name}': False"),
            other => format!("'{name}': {}", python(other.as_str().unwrap_or_default())),
        };
        let entries: Vec<String> = context.as_object().into_iter().flatten().map(entry).collect();
        format!("{{{}}}", entries.join(", "))
    }
}

/// The file that makes the doors.
#[must_use]
pub fn doors(doors: &BTreeSet<Door>, module: &str) -> PackTable {
    let row = |door: &Door| {
        vec![door.external_id(module), door.title(), door.model.clone(), "list,form".to_owned(), door.context()]
    };
    PackTable {
        model: "ir.actions.act_window",
        headers: headers(["id", "name", "res_model", "view_mode", "context"]),
        rows: doors.iter().map(row).collect(),
    }
}

/// The file that makes those custom fields that Odoo does not have. `there` tells what a model has.
#[must_use]
pub fn fields(plan: &SchemaPlan, there: &dyn Fn(&str, &str) -> bool) -> PackTable {
    let row = |field: &CustomField| {
        vec![
            format!("{}.field_{}__{}", plan.external_id_module, field.model.replace('.', "_"), field.name),
            field.name.clone(),
            field.label.clone(),
            // Found by its technical name; which module's external id it has would have to be asked.
            field.model.clone(),
            field.kind.clone(),
            field.relation.clone().unwrap_or_default(),
            field.groups.join(","),
            choices(&field.selection),
        ]
    };
    let missing = plan.fields.iter().filter(|field| !there(&field.model, &field.name));
    PackTable {
        model: "ir.model.fields",
        headers: headers([
            "id",
            "name",
            "field_description",
            "model_id",
            "ttype",
            "relation",
            "groups/id",
            "selection",
        ]),
        rows: missing.map(row).collect(),
    }
}

/// The file that makes the pages, for models whose form every Odoo has under one external id: contacts.
#[must_use]
pub fn pages(plan: &SchemaPlan) -> PackTable {
    let module = &plan.external_id_module;
    let rows = plan.pages.iter().filter(|page| page.model == "res.partner").map(|page| {
        let fields: BTreeMap<String, FieldInfo> = plan
            .fields
            .iter()
            .filter(|field| field.model == page.model)
            .map(|field| (field.name.clone(), field.info()))
            .collect();
        vec![
            page::external_id(module, &page.model),
            format!("{}.form.{module}.dental", page.model),
            page.model.clone(),
            "form".to_owned(),
            "base.view_partner_form".to_owned(),
            page::PRIORITY.to_owned(),
            page::notebook_arch(page, &fields, module),
        ]
    });
    PackTable {
        model: "ir.ui.view",
        headers: headers(["id", "name", "model", "type", "inherit_id/id", "priority", "arch"]),
        rows: rows.collect(),
    }
}

/// Value and label of each choice, in the spelling that Odoo reads in the column `selection`.
fn choices(selection: &[(String, String)]) -> String {
    if selection.is_empty() {
        return String::new();
    }
    let pairs: Vec<String> =
        selection.iter().map(|(value, label)| format!("({},{})", python(value), python(label))).collect();
    format!("[{}]", pairs.join(","))
}

/// A text as Python spells it.
fn python(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'").replace('\n', " "))
}

fn headers<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_for_new_records_leaves_the_others_alone() {
        let door = |changes| Door { model: "mail.activity".into(), changes };
        let table = doors(&BTreeSet::from([door(false), door(true)]), "odograft_a");
        let context = |row: usize| table.rows[row][4].as_str();
        assert_eq!(table.rows[0][0], "odograft_a.import_mail_activity");
        assert!(context(0).contains("'mode': 'update', 'noupdate': True"), "{}", context(0));
        assert!(context(0).contains("'mail_activity_quick_update': True"));
        assert!(context(0).contains("'active_test': False"), "{}", context(0));
        assert!(!context(1).contains("noupdate"), "{}", context(1));
        assert_eq!(door(true).path("odograft_a"), "/odoo/action-odograft_a.change_mail_activity");
    }

    #[test]
    fn only_fields_that_are_missing_are_made() {
        let field = |name: &str| CustomField {
            model: "res.partner".into(),
            name: name.into(),
            kind: "selection".into(),
            label: "Class".into(),
            groups: vec!["base.group_user".into(), "base.group_system".into()],
            selection: vec![("a".into(), "It's".into())],
            relation: None,
        };
        let plan = SchemaPlan { fields: vec![field("x_a"), field("x_b")], ..SchemaPlan::default() };
        let table = fields(&plan, &|_, name| name == "x_a");
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.rows[0][1], "x_b");
        assert_eq!(table.rows[0][6..], ["base.group_user,base.group_system", "[('a','It\\'s')]"]);
    }
}
