//! Reading records: stored values, the computed ones that clients use, names.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::attachment;
use super::database::{Context, Database};
use super::domain::{self, Domain};
use super::fault::{Fault, repr_text};
use super::store::{Hanging, Row, id_of, is_set, text_of};
use super::tables::{Field, Kind, Model};

/// What a search may say beside its domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: Option<usize>,
    pub(crate) order: Option<String>,
}

impl Database {
    /// Ids of the records that match, sorted and cut to the page.
    pub(crate) fn search(
        &self,
        model: &Model,
        domain: &Value,
        page: &Page,
        context: &Context,
    ) -> Result<Vec<i64>, Fault> {
        let domain = Domain::parse(self, model, domain)?;
        let active_only = model.fields.contains_key("active")
            && context.get("active_test").and_then(Value::as_bool).unwrap_or(true)
            && !domain.mentions("active");
        // The files behind binary fields are shown to those only who ask for them.
        let own_only = model.name == attachment::MODEL && !domain.mentions("id") && !domain.mentions("res_field");
        let wanted = |id: i64, row: &Row| {
            (!active_only || is_set(row, "active"))
                && (!own_only || !row.contains_key("res_field"))
                && domain.matches(self, model, id, row)
        };
        let mut ids: Vec<i64> = match domain.candidates(self, &model.name) {
            Some(mut candidates) => {
                candidates.sort_unstable();
                candidates.dedup();
                candidates.retain(|id| self.store.get(&model.name, *id).is_some_and(|row| wanted(*id, row)));
                candidates
            }
            None => self.store.rows(&model.name).filter(|(id, row)| wanted(*id, row)).map(|(id, _)| id).collect(),
        };
        let order = page.order.as_deref().unwrap_or(&model.order);
        domain::sort(self, model, &mut ids, order)?;
        Ok(ids.into_iter().skip(page.offset).take(page.limit.unwrap_or(usize::MAX)).collect())
    }

    /// Reads records that exist, in the order asked.
    pub(crate) fn read(
        &self,
        model: &Model,
        ids: &[i64],
        fields: Option<&[String]>,
        names: bool,
    ) -> Result<Vec<Row>, Fault> {
        let all: Vec<String>;
        let fields = match fields {
            Some(fields) if !fields.is_empty() => fields,
            _ => {
                all = model.fields.keys().cloned().collect();
                &all
            }
        };
        let mut wanted: Vec<&Field> = Vec::with_capacity(fields.len());
        for name in fields {
            let field = model.fields.get(name).ok_or_else(|| {
                Fault::value(format!("Invalid field {} on {}", repr_text(name), repr_text(&model.name)))
            })?;
            wanted.push(field);
        }
        let mut inverse: HashMap<&str, HashMap<i64, Vec<i64>>> = HashMap::new();
        for field in &wanted {
            if field.kind == Kind::One2many {
                inverse.insert(field.name.as_str(), self.inverse(model, field));
            }
        }
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(stored) = self.store.get(&model.name, *id) else { continue };
            let mut row = Row::new();
            row.insert("id".to_owned(), (*id).into());
            for field in &wanted {
                let value = match inverse.get_mut(field.name.as_str()) {
                    Some(children) => children.remove(id).unwrap_or_default().into(),
                    None => self.shown(field, self.stored(model, *id, stored, field), names),
                };
                row.insert(field.name.clone(), value);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    /// Leaves archived records out of lists of references, as Odoo does where it is not told to show them.
    pub(crate) fn hide_archived(&self, model: &Model, rows: &mut [Row]) {
        for (name, value) in rows.iter_mut().flat_map(|row| row.iter_mut()) {
            let list = model.fields.get(name).filter(|field| field.kind == Kind::Many2many);
            let Some(relation) = list.and_then(|field| field.relation.as_deref()) else { continue };
            let can_be = self.store.model(relation).is_some_and(|other| other.fields.contains_key("active"));
            let is_there = |id: &Value| {
                let row = id.as_i64().and_then(|id| self.store.get(relation, id));
                row.is_some_and(|row| is_set(row, "active"))
            };
            if let (true, Value::Array(ids)) = (can_be, value) {
                ids.retain(is_there);
            }
        }
    }

    /// The value as `read` answers it: `false` for NULL, zero for numbers, id and name for a many2one.
    fn shown(&self, field: &Field, value: Value, names: bool) -> Value {
        match (field.kind, value) {
            (Kind::Many2one, Value::Number(number)) if names => {
                let id = number.as_i64().unwrap_or_default();
                json!([id, self.display_name(field.relation.as_deref().unwrap_or_default(), id)])
            }
            (Kind::Boolean, value) => json!(value.as_bool().unwrap_or(false)),
            (Kind::Integer | Kind::Many2oneReference, Value::Null) if field.name != "res_id" => json!(0),
            (Kind::Float | Kind::Monetary, Value::Null) => json!(0.0),
            (Kind::Many2many, Value::Null) => json!([]),
            (Kind::Many2oneReference, Value::Null) => json!(0),
            (_, Value::Null) => Value::Bool(false),
            (_, value) => value,
        }
    }

    fn inverse(&self, model: &Model, field: &Field) -> HashMap<i64, Vec<i64>> {
        let mut children: HashMap<i64, Vec<i64>> = HashMap::new();
        let (Some(relation), Some(column)) = (field.relation.as_deref(), field.relation_field.as_deref()) else {
            return children;
        };
        let document = match relation {
            "mail.activity" | "ir.attachment" if column == "res_id" => Some("res_model"),
            "mail.message" if column == "res_id" => Some("model"),
            _ => None,
        };
        for (id, row) in self.store.rows(relation) {
            if document.is_some_and(|key| text_of(row, key) != Some(&model.name)) {
                continue;
            }
            if document.is_none() && row.contains_key("active") && !is_set(row, "active") {
                continue;
            }
            if relation == "mail.activity" && !is_set(row, "active") {
                continue;
            }
            if let Some(parent) = id_of(row, column) {
                children.entry(parent).or_default().push(id);
            }
        }
        if relation == "mail.message" {
            children.values_mut().for_each(|ids| ids.reverse());
        }
        children
    }

    /// A field's value as stored, or as Odoo computes it; `Null` when there is none.
    pub(crate) fn stored(&self, model: &Model, id: i64, row: &Row, field: &Field) -> Value {
        let name = field.name.as_str();
        if name == "id" {
            return id.into();
        }
        if name == "display_name" {
            return match self.display_name(&model.name, id) {
                name if name.is_empty() && model.name == "mail.message" => Value::Null,
                name => name.into(),
            };
        }
        if let Some(value) = row.get(name) {
            return value.clone();
        }
        if field.kind == Kind::One2many {
            let kind = match (field.relation.as_deref(), field.relation_field.as_deref()) {
                (Some("mail.activity"), Some("res_id")) => Some(Hanging::Activity),
                (Some("mail.message"), Some("res_id")) => Some(Hanging::Message),
                _ => None,
            };
            return match kind {
                Some(kind) => self.store.hanging(kind, &model.name, id).into(),
                None => self.inverse(model, field).remove(&id).unwrap_or_default().into(),
            };
        }
        match (model.name.as_str(), name) {
            ("res.users" | "res.company", _) if !field.store => {
                let partner = id_of(row, "partner_id").unwrap_or_default();
                match (self.store.get("res.partner", partner), self.store.model("res.partner")) {
                    (Some(partner), Some(model)) if model.fields.contains_key(name) => {
                        partner.get(name).cloned().unwrap_or_default()
                    }
                    _ => Value::Null,
                }
            }
            ("ir.model.data", "complete_name") => self.external_name(id).into(),
            ("ir.model.data", "reference") => {
                format!("{},{}", text_of(row, "model").unwrap_or_default(), id_of(row, "res_id").unwrap_or_default())
                    .into()
            }
            ("mail.activity", "state") => self.activity_state(row).into(),
            ("mail.activity", "activity_category" | "icon" | "chaining_type") => {
                let column = if name == "activity_category" { "category" } else { name };
                id_of(row, "activity_type_id")
                    .and_then(|id| self.store.get("mail.activity.type", id))
                    .and_then(|kind| kind.get(column).cloned())
                    .unwrap_or_default()
            }
            ("mail.activity" | "mail.message", "can_write" | "is_current_user_or_guest_author") => true.into(),
            ("mail.message", "record_name") => match (text_of(row, "model"), id_of(row, "res_id")) {
                (Some(model), Some(id)) if self.store.exists(model, id) => self.display_name(model, id).into(),
                _ => Value::Null,
            },
            ("res.partner" | "crm.lead", "activity_state" | "activity_date_deadline") => {
                let next = self
                    .store
                    .hanging(Hanging::Activity, &model.name, id)
                    .into_iter()
                    .filter_map(|id| self.store.get("mail.activity", id))
                    .filter(|activity| is_set(activity, "active"))
                    .min_by_key(|activity| text_of(activity, "date_deadline"));
                match next {
                    Some(activity) if name == "activity_state" => self.activity_state(activity).into(),
                    Some(activity) => activity.get("date_deadline").cloned().unwrap_or_default(),
                    None => Value::Null,
                }
            }
            ("res.partner", "company_type") => if is_set(row, "is_company") { "company" } else { "person" }.into(),
            ("res.partner", "country_code") => id_of(row, "country_id")
                .and_then(|id| self.store.get("res.country", id))
                .and_then(|country| country.get("code").cloned())
                .unwrap_or_default(),
            ("ir.ui.view", "arch" | "arch_base") => row.get("arch_db").cloned().unwrap_or_default(),
            ("ir.ui.view", "xml_id") => self
                .store
                .hanging(Hanging::ExternalId, "ir.ui.view", id)
                .first()
                .map(|xmlid| self.external_name(*xmlid).into())
                .unwrap_or_default(),
            ("ir.model.fields", "selection") => self.selection_text(id),
            _ => Value::Null,
        }
    }

    fn activity_state(&self, row: &Row) -> &'static str {
        if !is_set(row, "active") {
            return "done";
        }
        match text_of(row, "date_deadline").unwrap_or_default().cmp(self.today().as_str()) {
            std::cmp::Ordering::Less => "overdue",
            std::cmp::Ordering::Equal => "today",
            std::cmp::Ordering::Greater => "planned",
        }
    }

    /// A record's name as Odoo shows it.
    pub(crate) fn display_name(&self, model: &str, id: i64) -> String {
        let Some(row) = self.store.get(model, id) else { return format!("{model},{id}") };
        let text = |field: &str| text_of(row, field).unwrap_or_default().to_owned();
        let linked = |field: &str, model: &str| id_of(row, field).map(|id| self.display_name(model, id));
        match model {
            "res.partner" => text("complete_name"),
            "res.users" => linked("partner_id", "res.partner").unwrap_or_default(),
            "mail.activity" => match text_of(row, "summary") {
                Some(summary) if !summary.is_empty() => summary.to_owned(),
                _ => linked("activity_type_id", "mail.activity.type").unwrap_or_default(),
            },
            "mail.message" => text("subject"),
            // An external id goes by the name of what it names.
            "ir.model.data" => match (text_of(row, "model"), id_of(row, "res_id")) {
                (Some(named), Some(id)) if named != model && self.store.exists(named, id) => {
                    self.display_name(named, id)
                }
                _ => self.external_name(id),
            },
            "ir.model.fields" => {
                let described = self.store.model(&text("model")).map(|model| model.description.clone());
                format!("{} ({})", text("field_description"), described.unwrap_or_else(|| text("model")))
            }
            "ir.config_parameter" => text("key"),
            "res.country.state" => {
                let country = id_of(row, "country_id").and_then(|id| self.store.get("res.country", id));
                let code = country.and_then(|country| text_of(country, "code")).unwrap_or_default();
                format!("{} ({code})", text("name"))
            }
            "crm.team.member" => linked("user_id", "res.users").unwrap_or_default(),
            _ => match text_of(row, "name") {
                Some(name) => name.to_owned(),
                None => format!("{model},{id}"),
            },
        }
    }

    /// An external id in full, `module.name`.
    pub(crate) fn external_name(&self, id: i64) -> String {
        let row = self.store.get("ir.model.data", id);
        let text = |field: &str| row.and_then(|row| text_of(row, field)).unwrap_or_default();
        format!("{}.{}", text("module"), text("name"))
    }

    /// Columns that a name search looks at.
    pub(crate) fn name_columns(model: &str) -> &'static [&'static str] {
        match model {
            "res.partner" => &["complete_name", "email", "ref", "vat", "company_registry"],
            "res.users" => &["login"],
            "ir.config_parameter" => &["key"],
            "ir.model" => &["name", "model"],
            "ir.model.fields" => &["field_description"],
            "product.product" => &["name", "default_code"],
            "res.currency" => &["name"],
            "mail.activity" => &["summary"],
            "mail.message" => &["subject"],
            _ => &["name"],
        }
    }

    /// `name_search`: ids and names.
    pub(crate) fn name_search(
        &self,
        model: &Model,
        name: &str,
        domain: &Value,
        operator: &str,
        limit: usize,
        context: &Context,
    ) -> Result<Vec<(i64, String)>, Fault> {
        let ids = self.search(model, domain, &Page::default(), context)?;
        let lower = name.to_lowercase();
        // A country goes by its code first.
        if model.name == "res.country" && lower.len() == 2 {
            let coded = |id: &i64| {
                let row = self.store.get("res.country", *id);
                row.and_then(|row| text_of(row, "code")).is_some_and(|code| code.to_lowercase() == lower)
            };
            if let Some(id) = ids.iter().copied().find(coded) {
                return Ok(vec![(id, self.display_name(&model.name, id))]);
            }
        }
        let hit = |text: &str| match operator {
            "=" => text == name,
            "=ilike" => text.to_lowercase() == lower,
            "like" => text.contains(name),
            _ => text.to_lowercase().contains(&lower),
        };
        let found = ids
            .into_iter()
            .filter(|id| name.is_empty() || self.names(&model.name, *id).iter().any(|text| hit(text)))
            .take(limit)
            .map(|id| (id, self.display_name(&model.name, id)))
            .collect();
        Ok(found)
    }

    /// Every text by which a record is found by name.
    pub(crate) fn names(&self, model: &str, id: i64) -> Vec<String> {
        let Some(row) = self.store.get(model, id) else { return Vec::new() };
        let mut names: Vec<String> =
            Self::name_columns(model).iter().filter_map(|column| text_of(row, column)).map(str::to_owned).collect();
        if model == "res.users" {
            names.push(self.display_name(model, id));
        }
        names
    }

    fn selection_text(&self, field: i64) -> Value {
        let mut choices: Vec<(i64, i64, &str, &str)> = self
            .store
            .rows("ir.model.fields.selection")
            .filter(|(_, row)| id_of(row, "field_id") == Some(field))
            .map(|(id, row)| {
                let text = |name| text_of(row, name).unwrap_or_default();
                (id_of(row, "sequence").unwrap_or_default(), id, text("value"), text("name"))
            })
            .collect();
        if choices.is_empty() {
            return Value::Null;
        }
        choices.sort_unstable();
        let pairs: Vec<String> = choices
            .iter()
            .map(|(_, _, value, label)| format!("({}, {})", repr_text(value), repr_text(label)))
            .collect();
        format!("[{}]", pairs.join(", ")).into()
    }
}
