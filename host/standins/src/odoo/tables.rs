//! What fields a model has: Odoo 19's own `fields_get`, embedded.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

/// What happens to a record when the record that it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    SetNull,
    Restrict,
    Cascade,
}

/// A field's type, as `fields_get` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    Float,
    Monetary,
    Char,
    Text,
    Html,
    Date,
    Datetime,
    Selection,
    Many2one,
    One2many,
    Many2many,
    Binary,
    Reference,
    Many2oneReference,
    /// `json`, `properties` and whatever else is carried as it came.
    Other,
}

impl Kind {
    pub(crate) fn parse(word: &str) -> Kind {
        match word {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "float" => Kind::Float,
            "monetary" => Kind::Monetary,
            "char" => Kind::Char,
            "text" => Kind::Text,
            "html" => Kind::Html,
            "date" => Kind::Date,
            "datetime" => Kind::Datetime,
            "selection" => Kind::Selection,
            "many2one" => Kind::Many2one,
            "one2many" => Kind::One2many,
            "many2many" => Kind::Many2many,
            "binary" => Kind::Binary,
            "reference" => Kind::Reference,
            "many2one_reference" => Kind::Many2oneReference,
            _ => Kind::Other,
        }
    }

    pub(crate) fn relational(self) -> bool {
        matches!(self, Kind::Many2one | Kind::One2many | Kind::Many2many)
    }
}

/// A field of a model.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The label that Odoo shows and names in messages.
    pub(crate) label: String,
    pub(crate) required: bool,
    pub(crate) store: bool,
    /// The other model of a relation.
    pub(crate) relation: Option<String>,
    /// The many2one on the other side of a one2many.
    pub(crate) relation_field: Option<String>,
    /// Value and label of each choice.
    pub(crate) selection: Vec<(Value, String)>,
    /// Longest text that a char keeps, in characters.
    pub(crate) size: Option<usize>,
    pub(crate) on_delete: OnDelete,
    /// True for a custom field.
    pub(crate) manual: bool,
    /// Kept per company, outside the table: no foreign key.
    pub(crate) company_dependent: bool,
    /// The attributes as `fields_get` gives them.
    pub(crate) attributes: Map<String, Value>,
}

impl Field {
    /// Reads one entry of a field table.
    pub(crate) fn parse(name: &str, attributes: Map<String, Value>) -> Field {
        let flag = |key: &str| attributes.get(key).and_then(Value::as_bool).unwrap_or(false);
        let text = |key: &str| attributes.get(key).and_then(Value::as_str).map(str::to_owned);
        let kind = Kind::parse(attributes.get("type").and_then(Value::as_str).unwrap_or_default());
        let selection = attributes
            .get("selection")
            .and_then(Value::as_array)
            .map(|choices| {
                choices
                    .iter()
                    .filter_map(|choice| Some((choice.get(0)?.clone(), choice.get(1)?.as_str()?.to_owned())))
                    .collect()
            })
            .unwrap_or_default();
        Field {
            name: name.to_owned(),
            kind,
            label: text("string").unwrap_or_else(|| name.to_owned()),
            required: flag("required"),
            store: flag("store"),
            relation: text("relation"),
            relation_field: text("relation_field"),
            selection,
            size: attributes.get("size").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()),
            on_delete: match attributes.get("on_delete").and_then(Value::as_str) {
                Some("restrict") => OnDelete::Restrict,
                Some("cascade") => OnDelete::Cascade,
                _ => OnDelete::SetNull,
            },
            manual: flag("manual"),
            company_dependent: flag("company_dependent"),
            attributes,
        }
    }

    /// What `fields_get` answers for this field.
    pub(crate) fn describe(&self, wanted: Option<&[String]>) -> Map<String, Value> {
        let mut all = Map::new();
        all.insert("name".to_owned(), self.name.clone().into());
        for key in ["manual", "readonly", "required", "store", "company_dependent"] {
            all.insert(key.to_owned(), self.attributes.get(key).cloned().unwrap_or(Value::Bool(false)));
        }
        for key in ["searchable", "sortable", "exportable"] {
            all.insert(key.to_owned(), self.attributes.get(key).cloned().unwrap_or(Value::Bool(true)));
        }
        for (key, value) in &self.attributes {
            if key != "on_delete" && key != "related" {
                all.insert(key.clone(), value.clone());
            }
        }
        if let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) {
            all.retain(|key, _| wanted.iter().any(|name| name == key));
        }
        all
    }
}

/// A model.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// Technical name, as `res.partner`.
    pub(crate) name: String,
    /// The name that Odoo shows and names in messages, as `Contact`.
    pub(crate) description: String,
    /// Order of a search that names none.
    pub(crate) order: String,
    /// What `default_get` answers, without moments and random colours.
    pub(crate) defaults: Map<String, Value>,
    pub(crate) fields: BTreeMap<String, Arc<Field>>,
}

impl Model {
    fn parse(text: &str) -> Option<Model> {
        let Value::Object(mut table) = serde_json::from_str::<Value>(text).ok()? else {
            return None;
        };
        let Some(Value::Object(fields)) = table.remove("fields") else {
            return None;
        };
        let variant = table.get("model").and_then(Value::as_str) == Some("product.product");
        let fields = fields
            .into_iter()
            .filter_map(|(name, attributes)| match attributes {
                Value::Object(attributes) => {
                    let mut field = Field::parse(&name, attributes);
                    // A variant inherits its template's fields; here it keeps them itself.
                    field.store |= variant && field.attributes.contains_key("related");
                    Some((name, Arc::new(field)))
                }
                _ => None,
            })
            .collect();
        let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(Model {
            name: text("model"),
            description: text("description"),
            order: text("order"),
            defaults: table.get("defaults").and_then(Value::as_object).cloned().unwrap_or_default(),
            fields,
        })
    }
}

macro_rules! tables {
    ($($name:literal),+ $(,)?) => {
        [$(include_str!(concat!("../../../../fixtures/odoo19/fields_get/", $name, ".json"))),+]
    };
}

const TABLES: &[&str] = &tables![
    "account.move",
    "account.tax",
    "calendar.event",
    "crm.lead",
    "crm.stage",
    "crm.tag",
    "crm.team",
    "crm.team.member",
    "ir.actions.server",
    "ir.attachment",
    "ir.config_parameter",
    "ir.model",
    "ir.model.data",
    "ir.model.fields",
    "ir.model.fields.selection",
    "ir.ui.view",
    "mail.activity",
    "mail.activity.type",
    "mail.message",
    "mail.message.subtype",
    "product.product",
    "product.template",
    "res.company",
    "res.country",
    "res.country.state",
    "res.currency",
    "res.groups",
    "res.lang",
    "res.partner",
    "res.partner.category",
    "res.users",
    "sale.order",
    "sale.order.line",
    "uom.uom",
    "utm.source",
];

/// The first records of a fresh Odoo 19, by model.
pub(crate) const RECORDS: &str = include_str!("../../../../fixtures/odoo19/fields_get/seed/records.json");

/// What a plain internal user may not do, by model and operation, with the groups that may.
pub(crate) const ACCESS: &str = include_str!("../../../../fixtures/odoo19/fields_get/seed/access.json");

/// Their external ids: `[id, model, record, noupdate]`.
pub(crate) const EXTERNAL_IDS: &str = include_str!("../../../../fixtures/odoo19/fields_get/seed/external_ids.json");

static MODELS: LazyLock<HashMap<String, Arc<Model>>> = LazyLock::new(|| {
    TABLES.iter().filter_map(|text| Model::parse(text)).map(|model| (model.name.clone(), Arc::new(model))).collect()
});

/// Every model that the stand-in knows.
pub(crate) fn models() -> HashMap<String, Arc<Model>> {
    MODELS.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_table_parses() {
        assert_eq!(models().len(), TABLES.len());
        let partner = &models()["res.partner"];
        assert_eq!(partner.description, "Contact");
        assert_eq!(partner.fields["country_id"].relation.as_deref(), Some("res.country"));
        assert_eq!(partner.fields["type"].selection.len(), 4);
    }
}
