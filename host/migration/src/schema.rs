//! The schema plan: custom fields and the Dental page, from the manifests.

use std::collections::BTreeMap;

use odograft_odoo::{CustomField, Page, PageField, SchemaPlan, Section};
use odograft_records::bindings::transform::manifest::{Field, FieldKind, Target};

use crate::error::MigrationError;

/// The models whose forms get a Dental page.
const PAGES: [&str; 3] = ["res.partner", "crm.lead", "mail.activity"];

/// The section that closes a page: where the record comes from matters less than what it says.
const LAST: &str = "Source";

/// What Odoo needs before any record of these targets is written.
///
/// # Errors
/// One field of one model in two kinds.
pub(crate) fn plan<'m>(
    targets: impl Iterator<Item = &'m Target>,
    external_id_module: &str,
) -> Result<SchemaPlan, MigrationError> {
    let mut plan = SchemaPlan { external_id_module: external_id_module.to_owned(), ..SchemaPlan::default() };
    let mut pages: BTreeMap<&str, Page> = BTreeMap::new();
    for target in targets {
        for field in &target.fields {
            if let Some(label) = &field.custom {
                add_field(&mut plan.fields, custom_field(&target.model, field, label))?;
            }
            if let (Some(section), Some(model)) = (&field.section, PAGES.iter().find(|m| **m == target.model)) {
                let page = pages.entry(model).or_insert_with(|| Page {
                    model: (*model).to_owned(),
                    title: "Dental".to_owned(),
                    sections: Vec::new(),
                });
                add_to_page(page, section, field);
            }
        }
    }
    plan.pages = pages.into_values().collect();
    for page in &mut plan.pages {
        page.sections.sort_by_key(|section| section.title == LAST);
    }
    Ok(plan)
}

fn add_field(fields: &mut Vec<CustomField>, field: CustomField) -> Result<(), MigrationError> {
    match fields.iter().find(|f| f.model == field.model && f.name == field.name) {
        None => fields.push(field),
        Some(known) if alike(known, &field) => {}
        Some(_) => return Err(MigrationError::FieldDeclaredTwice { model: field.model, field: field.name }),
    }
    Ok(())
}

/// Everything but the label: of two, the first is taken.
fn alike(one: &CustomField, other: &CustomField) -> bool {
    (&one.kind, &one.relation, &one.selection, &one.groups)
        == (&other.kind, &other.relation, &other.selection, &other.groups)
}

fn add_to_page(page: &mut Page, title: &str, field: &Field) {
    let position = page.sections.iter().position(|s| s.title == title).unwrap_or_else(|| {
        page.sections.push(Section { title: title.to_owned(), fields: Vec::new() });
        page.sections.len() - 1
    });
    let fields = &mut page.sections[position].fields;
    if !fields.iter().any(|f| f.name == field.name) {
        let wide = matches!(field.kind, FieldKind::Html | FieldKind::Text);
        fields.push(PageField { name: field.name.clone(), groups: field.groups.clone(), wide });
    }
}

fn custom_field(model: &str, field: &Field, label: &str) -> CustomField {
    let (kind, relation, selection) = match &field.kind {
        FieldKind::Char => ("char", None, Vec::new()),
        FieldKind::Text => ("text", None, Vec::new()),
        FieldKind::Html => ("html", None, Vec::new()),
        FieldKind::Integer | FieldKind::Many2oneReference(_) => ("integer", None, Vec::new()),
        FieldKind::Float => ("float", None, Vec::new()),
        FieldKind::Monetary => ("monetary", None, Vec::new()),
        FieldKind::Boolean => ("boolean", None, Vec::new()),
        FieldKind::Date => ("date", None, Vec::new()),
        FieldKind::Datetime => ("datetime", None, Vec::new()),
        FieldKind::Binary => ("binary", None, Vec::new()),
        FieldKind::Selection(choices) => {
            ("selection", None, choices.iter().map(|c| (c.value.clone(), c.label.clone())).collect())
        }
        FieldKind::Many2one(to) => ("many2one", Some(to.clone()), Vec::new()),
        FieldKind::Many2many(to) => ("many2many", Some(to.clone()), Vec::new()),
    };
    CustomField {
        model: model.to_owned(),
        name: field.name.clone(),
        kind: kind.to_owned(),
        label: label.to_owned(),
        groups: field.groups.clone(),
        selection,
        relation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_not_shown_to_more_people_than_a_module_declares() {
        let field = |groups: &[&str]| CustomField {
            model: "res.partner".into(),
            name: "x_alert".into(),
            kind: "text".into(),
            label: "Alert".into(),
            groups: groups.iter().map(|&g| g.into()).collect(),
            selection: Vec::new(),
            relation: None,
        };
        let mut fields = vec![field(&["base.group_system"])];
        assert!(add_field(&mut fields, field(&["base.group_system"])).is_ok());
        let error = add_field(&mut fields, field(&[])).expect_err("everybody would see it");
        assert!(error.to_string().starts_with("`res.partner.x_alert` is declared twice"), "{error}");
        assert_eq!(fields.len(), 1);
    }
}
