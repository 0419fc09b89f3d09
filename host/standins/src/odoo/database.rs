//! Create, write and unlink as Odoo's object layer does them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::fault::{Fault, repr_text};
use super::store::{Hanging, Row, Store};
use super::tables::{Field, Kind, Model, OnDelete};
use super::values::{self, Cell, Command};
use super::{partner, rules, seed};

/// A call's context.
pub(crate) type Context = Map<String, Value>;

/// The commands for one to-many field.
type Commands = (Arc<Field>, Vec<Command>);

/// The user behind the key, `base.user_admin`.
pub(crate) const ADMIN: i64 = 2;
/// Her partner, `base.partner_admin`.
pub(crate) const ADMIN_PARTNER: i64 = 3;

/// Columns that Odoo sets itself; given by a client they are ignored.
const MAGIC: &[&str] = &["id", "create_date", "create_uid", "write_date", "write_uid", "display_name"];

/// The stand-in's database and its clock.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) store: Store,
    /// The call's moment, UTC, `YYYY-MM-DD HH:MM:SS`.
    pub(crate) now: String,
    /// Who calls.
    pub(crate) user: i64,
}

impl Database {
    /// A fresh Odoo 19 with these users (log-in, name) beside the administrator.
    pub(crate) fn fresh(users: &[(String, String)], now: String) -> Database {
        let mut database = Database { store: Store::new(super::tables::models()), now, user: ADMIN };
        seed::plant(&mut database, users);
        database.store.commit();
        database
    }

    /// Today, `YYYY-MM-DD`.
    pub(crate) fn today(&self) -> String {
        self.now.chars().take(10).collect()
    }

    pub(crate) fn model(&self, name: &str) -> Result<Arc<Model>, Fault> {
        self.store.model(name).ok_or_else(|| Fault::NoModel(name.to_owned()))
    }

    /// What `default_get` answers for these fields.
    pub(crate) fn defaults(&self, model: &Model, fields: &[String], context: &Context) -> Row {
        let mut found = Row::new();
        for name in fields {
            if let Some(value) = self.default_of(model, name, context) {
                found.insert(name.clone(), value);
            }
        }
        found
    }

    fn default_of(&self, model: &Model, name: &str, context: &Context) -> Option<Value> {
        if let Some(value) = context.get(&format!("default_{name}")) {
            return Some(value.clone());
        }
        rules::moment_default(self, &model.name, name).or_else(|| model.defaults.get(name).cloned())
    }

    /// Creates records; ids in the order of the values.
    pub(crate) fn create(&mut self, model: &str, list: Vec<Row>, context: &Context) -> Result<Vec<i64>, Fault> {
        let model = self.model(model)?;
        list.into_iter().map(|values| self.create_one(&model, values, context)).collect()
    }

    pub(crate) fn create_one(&mut self, model: &Arc<Model>, mut values: Row, context: &Context) -> Result<i64, Fault> {
        for name in values.keys() {
            if !model.fields.contains_key(name) {
                return Err(Fault::value(format!("Invalid field {} in {}", repr_text(name), repr_text(&model.name))));
            }
        }
        let given: BTreeSet<String> = values.keys().cloned().collect();
        rules::before_create(self, model, &mut values, context)?;
        for name in model.fields.keys() {
            if !values.contains_key(name)
                && !MAGIC.contains(&name.as_str())
                && let Some(value) = self.default_of(model, name, context)
                && model.fields[name].store
                && !model.fields[name].company_dependent
            {
                values.insert(name.clone(), value);
            }
        }
        let mut row = Row::new();
        let commands = self.fill(model, &mut row, &values, false)?;
        rules::complete(self, model, &mut row, &values)?;
        // PostgreSQL names the first empty column; the name is among the first that a model has.
        let empty = |field: &&Arc<Field>| {
            field.required
                && field.store
                && !row.contains_key(&field.name)
                && !matches!(field.kind, Kind::Many2many | Kind::One2many)
                && !MAGIC.contains(&field.name.as_str())
                && !is_computed(&model.name, &field.name)
        };
        if let Some(field) = model.fields.get("name").filter(empty).or_else(|| model.fields.values().find(empty)) {
            return Err(missing_required(model, field));
        }
        for key in ["create_date", "write_date"] {
            row.insert(key.to_owned(), self.now.clone().into());
        }
        for key in ["create_uid", "write_uid"] {
            row.insert(key.to_owned(), self.user.into());
        }
        let id = self.store.next_id(&model.name);
        rules::check(self, model, id, &row)?;
        self.store.put(&model.name, id, row);
        self.apply(model, id, commands, context, false)?;
        rules::after_create(self, model, id, &given, context)?;
        Ok(id)
    }

    /// Converts values into columns; to-many commands come back for later.
    fn fill(&self, model: &Model, row: &mut Row, values: &Row, writing: bool) -> Result<Vec<Commands>, Fault> {
        let mut commands = Vec::new();
        for (name, value) in values {
            if MAGIC.contains(&name.as_str()) {
                continue;
            }
            let Some(field) = model.fields.get(name) else { continue };
            if !field.store && !field.kind.relational() {
                // A computed field: what a client sends is checked and goes nowhere.
                values::convert(&model.name, field, value)?;
                continue;
            }
            match values::convert(&model.name, field, value)? {
                Cell::Commands(list) => commands.push((Arc::clone(field), list)),
                Cell::Scalar(Value::Null) => {
                    row.remove(name);
                }
                Cell::Scalar(value) => {
                    if field.kind == Kind::Many2one {
                        self.check_reference(model, field, &value, writing)?;
                    }
                    row.insert(name.clone(), value);
                }
            }
        }
        Ok(commands)
    }

    fn check_reference(&self, model: &Model, field: &Field, value: &Value, writing: bool) -> Result<(), Fault> {
        let (Some(relation), Some(id)) = (field.relation.as_deref(), value.as_i64()) else { return Ok(()) };
        // A model without a table can't be judged.
        if self.store.model(relation).is_none() || self.store.exists(relation, id) {
            return Ok(());
        }
        // Where Odoo reads the other record before it writes, the record is missing; else PostgreSQL refuses.
        let read_first = match (model.name.as_str(), field.name.as_str()) {
            ("res.partner", "parent_id")
            | ("mail.activity", "res_model_id")
            | ("mail.message", "author_id")
            | ("ir.model.fields", "model_id")
            | ("crm.lead", "team_id") => true,
            ("res.partner", "country_id") | ("crm.lead", "user_id" | "partner_id" | "stage_id") => writing,
            _ => false,
        };
        if read_first {
            return Err(Fault::missing(relation, &[id]));
        }
        Err(in_use(model, field))
    }

    /// Applies to-many commands.
    pub(crate) fn apply(
        &mut self,
        model: &Arc<Model>,
        id: i64,
        commands: Vec<Commands>,
        context: &Context,
        writing: bool,
    ) -> Result<(), Fault> {
        for (field, list) in commands {
            let Some(relation) = field.relation.clone() else { continue };
            let Some(comodel) = self.store.model(&relation) else { continue };
            let inverse = field.relation_field.clone().filter(|_| field.kind == Kind::One2many);
            let mut linked: Vec<i64> = match inverse {
                Some(_) => Vec::new(),
                None => self.linked(&model.name, id, &field.name),
            };
            for command in list {
                match command {
                    Command::Create(mut values) => {
                        if let Some(inverse) = &inverse {
                            values.insert(inverse.clone(), id.into());
                        }
                        values.shift_remove("id");
                        linked.push(self.create_one(&comodel, values, context)?);
                    }
                    Command::Update(other, values) => {
                        self.write(&relation, &[other], values, context)?;
                    }
                    Command::Delete(other) => {
                        linked.retain(|id| *id != other);
                        self.unlink(&relation, &[other])?;
                    }
                    Command::Unlink(other) => linked.retain(|id| *id != other),
                    Command::Link(other) => {
                        if let Some(inverse) = &inverse {
                            let mut values = Row::new();
                            values.insert(inverse.clone(), id.into());
                            self.write(&relation, &[other], values, context)?;
                        } else if !linked.contains(&other) {
                            linked.push(other);
                        }
                    }
                    Command::Clear => linked.clear(),
                    Command::Set(ids) => linked = ids,
                }
            }
            if inverse.is_none() && field.store {
                if let Some(missing) = linked.iter().find(|other| !self.store.exists(&relation, **other)) {
                    if !writing {
                        return Err(Fault::missing(&relation, &[*missing]));
                    }
                    let (table, other) = (model.name.replace('.', "_"), relation.replace('.', "_"));
                    return Err(Fault::constraint(format!(
                        "Another model is using the record you are trying to delete.\n\nThe troublemaker is: Unknown\nThanks \
                         to the following constraint: {table}_{other}_rel_{}_fkey\nHow about archiving the record instead?",
                        field.name.trim_end_matches('s')
                    )));
                }
                if let Some(row) = self.store.get(&model.name, id) {
                    let mut row = Row::clone(row);
                    row.insert(field.name.clone(), linked.into());
                    self.store.put(&model.name, id, row);
                }
            }
        }
        Ok(())
    }

    fn linked(&self, model: &str, id: i64, field: &str) -> Vec<i64> {
        self.store
            .get(model, id)
            .and_then(|row| row.get(field))
            .and_then(Value::as_array)
            .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
            .unwrap_or_default()
    }

    /// Fails as Odoo does when one of the records isn't there.
    pub(crate) fn must_exist(&self, model: &str, ids: &[i64]) -> Result<(), Fault> {
        let missing: Vec<i64> = ids.iter().copied().filter(|id| !self.store.exists(model, *id)).collect();
        if missing.is_empty() { Ok(()) } else { Err(Fault::missing(model, &missing)) }
    }

    /// Writes the same values to records.
    pub(crate) fn write(&mut self, model: &str, ids: &[i64], mut values: Row, context: &Context) -> Result<(), Fault> {
        let model = self.model(model)?;
        if ids.is_empty() {
            return Ok(());
        }
        self.must_exist(&model.name, ids)?;
        for name in values.keys() {
            if !model.fields.contains_key(name) {
                return Err(if model.name == "res.partner" {
                    Fault::python("builtins.KeyError", name.clone())
                } else {
                    Fault::value(format!("Invalid field {} in {}", repr_text(name), repr_text(&model.name)))
                });
            }
        }
        rules::before_write(self, &model, ids, &mut values, context)?;
        for id in ids {
            let Some(row) = self.store.get(&model.name, *id) else { continue };
            let before = Arc::clone(row);
            let mut row = Row::clone(row);
            let commands = self.fill(&model, &mut row, &values, true)?;
            rules::complete(self, &model, &mut row, &values)?;
            for name in values.keys() {
                let field = &model.fields[name];
                let column = field.required && field.store && !matches!(field.kind, Kind::Many2many | Kind::One2many);
                if column && !row.contains_key(name) {
                    return Err(missing_required(&model, field));
                }
            }
            row.insert("write_date".to_owned(), self.now.clone().into());
            row.insert("write_uid".to_owned(), self.user.into());
            rules::check(self, &model, *id, &row)?;
            self.store.put(&model.name, *id, row);
            self.apply(&model, *id, commands, context, true)?;
            rules::after_write(self, &model, *id, &before, &values)?;
        }
        Ok(())
    }

    /// Deletes records and what goes with them.
    pub(crate) fn unlink(&mut self, model: &str, ids: &[i64]) -> Result<(), Fault> {
        let model = self.model(model)?;
        self.must_exist(&model.name, ids)?;
        rules::before_unlink(self, &model, ids)?;
        self.remove(&model, ids)
    }

    fn remove(&mut self, model: &Arc<Model>, ids: &[i64]) -> Result<(), Fault> {
        let gone: HashSet<i64> = ids.iter().copied().collect();
        let mut cascades: Vec<(Arc<Model>, Vec<i64>)> = Vec::new();
        let mut changed: Vec<(String, i64, Row)> = Vec::new();
        for other in self.store.models.values() {
            let fields: Vec<&Arc<Field>> = other
                .fields
                .values()
                .filter(|field| field.store && field.relation.as_deref() == Some(&model.name))
                .filter(|field| matches!(field.kind, Kind::Many2one | Kind::Many2many))
                .collect();
            let referring = |field: &&Arc<Field>| self.store.referring(&other.name, &field.name, &gone);
            let referring: BTreeSet<i64> = fields.iter().flat_map(referring).collect();
            let mut cascade = Vec::new();
            for id in referring {
                let Some(row) = self.store.get(&other.name, id) else { continue };
                if other.name == model.name && gone.contains(&id) {
                    continue;
                }
                let mut copy: Option<Row> = None;
                for field in &fields {
                    match row.get(&field.name) {
                        Some(Value::Number(number)) if number.as_i64().is_some_and(|id| gone.contains(&id)) => {
                            match field.on_delete {
                                OnDelete::Restrict => return Err(in_use(other, field)),
                                OnDelete::Cascade => cascade.push(id),
                                OnDelete::SetNull => {
                                    copy.get_or_insert_with(|| Row::clone(row)).shift_remove(&field.name);
                                }
                            }
                        }
                        Some(Value::Array(linked))
                            if linked.iter().any(|id| id.as_i64().is_some_and(|id| gone.contains(&id))) =>
                        {
                            let kept: Vec<Value> = linked
                                .iter()
                                .filter(|id| id.as_i64().is_none_or(|id| !gone.contains(&id)))
                                .cloned()
                                .collect();
                            copy.get_or_insert_with(|| Row::clone(row)).insert(field.name.clone(), kept.into());
                        }
                        _ => {}
                    }
                }
                if let Some(copy) = copy {
                    changed.push((other.name.clone(), id, copy));
                }
            }
            if !cascade.is_empty() {
                cascades.push((Arc::clone(other), cascade));
            }
        }
        for (name, id, row) in changed {
            self.store.put(&name, id, row);
            if name == "res.partner" {
                partner::compute(self, id);
            }
        }
        for (other, ids) in cascades {
            let ids: Vec<i64> = ids.into_iter().filter(|id| self.store.exists(&other.name, *id)).collect();
            self.remove(&other, &ids)?;
        }
        for id in ids {
            for kind in Hanging::ALL {
                let hanging = self.store.hanging(kind, &model.name, *id);
                if hanging.is_empty() {
                    continue;
                }
                for row in hanging {
                    self.store.delete(kind.model(), row);
                    for xmlid in self.store.hanging(Hanging::ExternalId, kind.model(), row) {
                        self.store.delete("ir.model.data", xmlid);
                    }
                }
            }
            self.store.delete(&model.name, *id);
        }
        rules::after_unlink(self, model, ids)
    }
}

/// Required columns that Odoo computes itself when they aren't given.
fn is_computed(model: &str, field: &str) -> bool {
    matches!(
        (model, field),
        (
            "sale.order",
            "partner_invoice_id" | "partner_shipping_id" | "currency_id" | "warehouse_id" | "picking_policy"
        ) | ("sale.order.line", "name" | "price_unit" | "product_uom_id" | "customer_lead" | "product_uom_qty")
            | ("res.company", "partner_id" | "currency_id" | "fiscalyear_last_day" | "fiscalyear_last_month")
            | ("res.users", "partner_id" | "notification_type" | "odoobot_state")
            | ("crm.team", "alias_id" | "alias_contact" | "alias_defaults" | "alias_model_id")
            | ("product.product", "product_tmpl_id")
            | ("calendar.event", "start" | "stop" | "privacy")
            | ("account.move", "journal_id" | "currency_id" | "date" | "auto_post" | "name" | "state" | "move_type")
    )
}

/// PostgreSQL's refusal of a NULL, in Odoo's words.
pub(crate) fn missing_required(model: &Model, field: &Field) -> Fault {
    Fault::Constraint {
        message: format!(
            "Missing required value for the field '{}' ({}).\nModel: '{}' ({})\n- create/update: a mandatory field is not \
             set\n- delete: another model requires the record being deleted, you can archive it instead\n",
            field.label, field.name, model.description, model.name
        ),
        column: Some(field.name.clone()),
    }
}

/// PostgreSQL's refusal of a foreign key, in Odoo's words.
pub(crate) fn in_use(model: &Model, field: &Field) -> Fault {
    Fault::Constraint {
        message: format!(
            "Another model is using the record you are trying to delete.\n\nThe troublemaker is: '{}' ({})\nThanks to the \
             following constraint: '{}' ({})\nHow about archiving the record instead?",
            model.description, model.name, field.label, field.name
        ),
        column: Some(field.name.clone()),
    }
}
