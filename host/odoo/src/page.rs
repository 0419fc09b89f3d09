//! The page of a form that shows what was migrated: an inherited view made over the API, without any add-on.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::client::{Client, SearchOptions, unexpected};
use crate::error::OdooError;
use crate::loader::{self, LoadBatch, Row, RowOutcome};
use crate::metadata::FieldInfo;

/// The fields of the page's model.
pub(crate) type Fields = BTreeMap<String, FieldInfo>;

/// Late, so that the page stands after those of Odoo's own applications.
pub(crate) const PRIORITY: &str = "99";

/// One field on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageField {
    /// The field's name.
    pub name: String,
    /// External ids of the groups that see it; everybody who sees the form when empty.
    pub groups: Vec<String>,
    /// Across the whole page with its label above: for `html` and `text`.
    pub wide: bool,
}

/// Fields under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// The fields in their order: neighbouring plain ones in two columns, first down, then across.
    pub fields: Vec<PageField>,
}

/// A page on a model's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The model.
    pub model: String,
    /// The tab, `Dental`.
    pub title: String,
    /// What stands on it.
    pub sections: Vec<Section>,
}

/// What became of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageEnd {
    /// It was made.
    Created,
    /// It was there with other content.
    Updated,
    /// It was there as planned.
    Unchanged,
}

/// Brings one page into the model's form; the view's id and what became of it.
///
/// # Errors
/// [`OdooError::NoField`] for a field that doesn't exist: Odoo's own words would quote the whole view.
pub(crate) async fn apply(client: &Client, page: &Page, module: &str) -> Result<(i64, PageEnd), OdooError> {
    let fields = client.fields_get(&page.model).await?;
    let shown = page.sections.iter().flat_map(|section| &section.fields);
    if let Some(field) = shown.into_iter().find(|field| !fields.contains_key(&field.name)) {
        return Err(OdooError::NoField { model: page.model.clone(), field: field.name.clone() });
    }
    let external_id = external_id(module, &page.model);
    let form = form_view(client, &page.model).await?;
    let arch = arch(page, &fields, module, anchor(&form_arch(client, &page.model, form).await?));
    let known = client.resolve_external_ids(std::slice::from_ref(&external_id)).await?;
    let Some((_, id)) = known.get(&external_id) else {
        return Ok((create(client, page, module, &external_id, form, &arch).await?, PageEnd::Created));
    };
    let views = client.read("ir.ui.view", &[*id], &["arch_db", "inherit_id"]).await?;
    let view = views.first().ok_or_else(|| unexpected("ir.ui.view", "read", "the page's view"))?;
    if view["arch_db"].as_str() == Some(&arch) && view["inherit_id"][0].as_i64() == Some(form) {
        return Ok((*id, PageEnd::Unchanged));
    }
    client.write("ir.ui.view", &[*id], json!({ "arch": arch, "inherit_id": form }), Value::Null).await?;
    Ok((*id, PageEnd::Updated))
}

/// The external id of the page on a model's form.
pub(crate) fn external_id(module: &str, model: &str) -> String {
    format!("{module}.dental_page_{}", model.replace('.', "_"))
}

/// The form that Odoo itself opens for the model: `base.view_partner_form` for partners, which every application
/// extends; for others the primary view of lowest priority, as Odoo chooses.
async fn form_view(client: &Client, model: &str) -> Result<i64, OdooError> {
    if model == "res.partner" {
        let name = "base.view_partner_form".to_owned();
        if let Some((_, id)) = client.resolve_external_ids(std::slice::from_ref(&name)).await?.get(&name) {
            return Ok(*id);
        }
    }
    let domain =
        json!([["model", "=", model], ["type", "=", "form"], ["mode", "=", "primary"], ["inherit_id", "=", false]]);
    let options =
        SearchOptions { limit: Some(1), order: Some("priority, name, id".to_owned()), ..SearchOptions::default() };
    let views = client.search_read("ir.ui.view", domain, &["name"], options).await?;
    let id = views.first().and_then(|view| view["id"].as_i64());
    id.ok_or_else(|| OdooError::NoForm { model: model.to_owned() })
}

/// The form as the user gets it, with what the applications put into it.
async fn form_arch(client: &Client, model: &str, form: i64) -> Result<String, OdooError> {
    let body = crate::client::arguments(json!({ "view_id": form, "view_type": "form" }));
    let view = client.ask(model, "get_view", body).await?;
    view["arch"].as_str().map(str::to_owned).ok_or_else(|| unexpected(model, "get_view", "a view with its `arch`"))
}

async fn create(
    client: &Client,
    page: &Page,
    module: &str,
    external_id: &str,
    form: i64,
    arch: &str,
) -> Result<i64, OdooError> {
    let columns = ["name", "model", "type", "inherit_id/.id", "priority", "arch"];
    let cells =
        [&format!("{}.form.{module}.dental", page.model), &page.model, "form", &form.to_string(), PRIORITY, arch];
    let batch = LoadBatch {
        model: "ir.ui.view".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: vec![Row { external_id: external_id.to_owned(), cells: cells.map(str::to_owned).to_vec() }],
    };
    match loader::insert(client, &batch).await?.outcomes.pop() {
        Some(RowOutcome::Loaded { id }) => Ok(id),
        _ => Err(OdooError::BadView { model: page.model.clone() }),
    }
}

/// The inherited view for a form whose notebook is known without asking: that of contacts.
pub(crate) fn notebook_arch(page: &Page, fields: &Fields, module: &str) -> String {
    arch(page, fields, module, Anchor::Notebook)
}

/// Where in a form the page goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Anchor {
    Notebook,
    Sheet,
    Form,
}

/// Looks for the form's own notebook or sheet: not those of a form inside one of its fields.
fn anchor(arch: &str) -> Anchor {
    let mut inside_fields = 0_usize;
    let mut sheet = false;
    for tag in arch.split('<').skip(1) {
        let name = tag.split(|end: char| end.is_whitespace() || end == '>' || end == '/').next().unwrap_or_default();
        let closes_itself = tag.split('>').next().is_some_and(|inner| inner.ends_with('/'));
        match name {
            "field" if !closes_itself => inside_fields += 1,
            "" if tag.starts_with("/field") => inside_fields = inside_fields.saturating_sub(1),
            "notebook" if inside_fields == 0 => return Anchor::Notebook,
            "sheet" if inside_fields == 0 => sheet = true,
            _ => {}
        }
    }
    if sheet { Anchor::Sheet } else { Anchor::Form }
}

/// The inherited view. The same page gives the same text, so that a second apply finds nothing to change.
fn arch(page: &Page, fields: &Fields, module: &str, anchor: Anchor) -> String {
    let sections: Vec<&Section> = page.sections.iter().filter(|section| !section.fields.is_empty()).collect();
    let content: String = sections.iter().map(|section| section_arch(section, fields)).collect();
    let fields: Vec<&PageField> = sections.iter().flat_map(|section| &section.fields).collect();
    let groups = groups(&common_groups(&fields));
    let title = escaped(&page.title);
    let name = escaped(&format!("{module}_dental"));
    match anchor {
        Anchor::Notebook => format!(
            "<data><xpath expr=\"//notebook[not(ancestor::field)]\" position=\"inside\"><page string=\"{title}\" name=\"{name}\"{groups}>{content}</page></xpath></data>"
        ),
        Anchor::Sheet => format!(
            "<data><xpath expr=\"//sheet[not(ancestor::field)]\" position=\"inside\"><div name=\"{name}\"{groups}>{content}</div></xpath></data>"
        ),
        Anchor::Form => format!(
            "<data><xpath expr=\"/form\" position=\"inside\"><div name=\"{name}\"{groups}>{content}</div></xpath></data>"
        ),
    }
}

/// Fields in their order: neighbouring plain ones in two columns, first down, then across; wide ones over both.
fn section_arch(section: &Section, fields: &Fields) -> String {
    let mut content = String::new();
    for run in section.fields.chunk_by(|one, next| one.wide == next.wide) {
        if run[0].wide {
            content.extend(run.iter().map(|field| wide_arch(field, section, fields)));
            continue;
        }
        let (left, right) = run.split_at(run.len().div_ceil(2));
        // Odoo stores `<group></group>` as `<group/>`: an empty column would differ at each apply.
        for column in [left, right].into_iter().filter(|column| !column.is_empty()) {
            let fields: String = column.iter().map(|field| field_arch(field, "")).collect();
            content.push_str(&format!("<group>{fields}</group>"));
        }
        // A column alone would leave its place beside it to the next field.
        if right.is_empty() {
            content.push_str("<newline/>");
        }
    }
    let all: Vec<&PageField> = section.fields.iter().collect();
    format!("<group string=\"{}\"{}>{content}</group>", escaped(&section.title), groups(&common_groups(&all)))
}

/// A field across the page, its label above it. A chart wider than the window scrolls by itself.
fn wide_arch(field: &PageField, section: &Section, fields: &Fields) -> String {
    // The heading says already what a field is that has its name.
    let named = fields.get(&field.name).is_some_and(|info| info.label.eq_ignore_ascii_case(&section.title));
    let label = if named {
        String::new()
    } else {
        format!("<label for=\"{}\" class=\"fw-bold\"{}/>", escaped(&field.name), groups(&field.groups))
    };
    // Html is a drawing here, not an input: Odoo's editor would show it in the form's own colours.
    let drawn = fields.get(&field.name).is_some_and(|info| info.kind == "html");
    let readonly = if drawn { " readonly=\"1\"" } else { "" };
    let field = field_arch(field, &format!(" nolabel=\"1\" class=\"w-100\"{readonly}"));
    format!("<div colspan=\"2\" class=\"mb-3 overflow-auto\">{label}{field}</div>")
}

fn field_arch(field: &PageField, attributes: &str) -> String {
    format!("<field name=\"{}\"{attributes}{}/>", escaped(&field.name), groups(&field.groups))
}

/// The groups of which one sees any of the fields; none when a field is for everybody.
fn common_groups(fields: &[&PageField]) -> Vec<String> {
    if fields.iter().any(|field| field.groups.is_empty()) {
        return Vec::new();
    }
    let mut groups: Vec<String> = fields.iter().flat_map(|field| field.groups.iter().cloned()).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn groups(groups: &[String]) -> String {
    if groups.is_empty() { String::new() } else { format!(" groups=\"{}\"", escaped(&groups.join(","))) }
}

/// Text as an XML attribute's value, in the spelling in which Odoo stores it: other spaces than single ones would differ
/// at each apply, and XML 1.0 has no control characters.
fn escaped(text: &str) -> String {
    let words: Vec<&str> = text.split(|end: char| end.is_whitespace() || end.is_control()).collect();
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, wide: bool, groups: &[&str]) -> PageField {
        PageField { name: name.to_owned(), groups: groups.iter().map(|group| (*group).to_owned()).collect(), wide }
    }

    fn page(fields: Vec<PageField>) -> Page {
        let sections = vec![
            Section { title: "Alerts & \"risks\" <now>".to_owned(), fields },
            Section { title: "Nothing".to_owned(), fields: Vec::new() },
        ];
        Page { model: "res.partner".to_owned(), title: "Dental".to_owned(), sections }
    }

    fn labelled(name: &str, label: &str) -> Fields {
        let info = FieldInfo { label: label.to_owned(), ..FieldInfo::column("html") };
        BTreeMap::from([(name.to_owned(), info)])
    }

    #[test]
    fn plain_neighbours_share_two_columns_and_wide_fields_keep_their_place() {
        let page = page(vec![
            field("x_alert", true, &[]),
            field("x_a", false, &[]),
            field("x_b", false, &["base.group_system"]),
            field("x_c", false, &[]),
            field("x_chart", true, &[]),
        ]);
        let arch = arch(&page, &Fields::new(), "odograft", Anchor::Notebook);
        let columns = "<group><field name=\"x_a\"/><field name=\"x_b\" groups=\"base.group_system\"/></group><group><field name=\"x_c\"/></group>";
        let place = |part: &str| arch.find(part).unwrap_or_else(|| panic!("`{part}` is in {arch}"));
        assert!(place("\"x_alert\"") < place(columns) && place(columns) < place("\"x_chart\""), "{arch}");
        assert!(arch.contains("string=\"Alerts &amp; &quot;risks&quot; &lt;now&gt;\""), "{arch}");
        assert!(!arch.contains("Nothing"), "an empty section has no heading: {arch}");
    }

    #[test]
    fn a_field_named_as_its_section_has_no_second_label() {
        let page = page(vec![field("x_chart", true, &[])]);
        let other = arch(&page, &labelled("x_chart", "Chart"), "odograft", Anchor::Notebook);
        assert!(other.contains("<label for=\"x_chart\""), "{other}");
        let same = arch(&page, &labelled("x_chart", "ALERTS & \"risks\" <now>"), "odograft", Anchor::Notebook);
        assert!(!same.contains("<label"), "{same}");
    }

    #[test]
    fn a_heading_nobody_may_look_under_is_hidden_too() {
        let page = page(vec![field("x_a", true, &["dental.clinician"]), field("x_b", false, &["dental.nurse"])]);
        let arch = arch(&page, &Fields::new(), "odograft", Anchor::Notebook);
        assert!(
            arch.contains("<page string=\"Dental\" name=\"odograft_dental\" groups=\"dental.clinician,dental.nurse\">"),
            "{arch}"
        );
    }

    #[test]
    fn a_notebook_inside_a_field_is_not_the_forms_own() {
        let nested =
            "<form><sheet><field name=\"child_ids\"><form><notebook><page/></notebook></form></field></sheet></form>";
        assert_eq!(anchor(nested), Anchor::Sheet);
        assert_eq!(anchor("<form><sheet><field name=\"a\"/><notebook name=\"n\"/></sheet></form>"), Anchor::Notebook);
        assert_eq!(anchor("<form><field name=\"a\"/></form>"), Anchor::Form);
    }
}
