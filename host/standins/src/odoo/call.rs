//! Methods: their signatures as Odoo binds them, and what each does.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::database::{Context, Database};
use super::fault::{Fault, type_name};
use super::load::Load;
use super::read::Page;
use super::rights;
use super::store::{Hanging, Row, text_of};
use super::tables::Model;
use super::view;

/// Methods that Odoo marks private without an underscore in front.
const PRIVATE: &[&str] = &[
    "browse",
    "check_access",
    "ensure_one",
    "exists",
    "filtered",
    "mapped",
    "search_fetch",
    "sorted",
    "sudo",
    "with_context",
    "with_user",
];

/// A method's parameters.
struct Signature {
    /// `@api.model`: doesn't take `ids`.
    on_model: bool,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

fn signature(model: &str, method: &str) -> Option<Signature> {
    let (on_model, required, optional): (bool, &'static [&'static str], &'static [&'static str]) = match method {
        "create" => (true, &["vals_list"], &[]),
        "write" => (false, &["vals"], &[]),
        "unlink" | "action_archive" | "action_unarchive" | "get_metadata" => (false, &[], &[]),
        "read" => (false, &[], &["fields", "load"]),
        "search" => (true, &["domain"], &["offset", "limit", "order"]),
        "search_read" => (true, &[], &["domain", "fields", "offset", "limit", "order", "load"]),
        "search_count" => (true, &["domain"], &["limit"]),
        "fields_get" => (true, &[], &["allfields", "attributes"]),
        "default_get" => (true, &["fields"], &[]),
        "load" => (true, &["fields", "data"], &[]),
        "name_search" => (true, &[], &["name", "domain", "operator", "limit"]),
        "get_view" => (true, &[], &["view_id", "view_type", "options"]),
        "has_access" => (false, &["operation"], &[]),
        "context_get" if model == "res.users" => (true, &[], &[]),
        "check_object_reference" if model == "ir.model.data" => {
            (true, &["module", "xml_id"], &["raise_on_access_error"])
        }
        "get_param" if model == "ir.config_parameter" => (true, &["key"], &["default"]),
        "set_param" if model == "ir.config_parameter" => (true, &["key", "value"], &[]),
        "action_cancel" if model == "sale.order" => (false, &[], &[]),
        "run" if model == "ir.actions.server" => (false, &[], &[]),
        "action_feedback" if model == "mail.activity" => (false, &[], &["feedback", "attachment_ids"]),
        _ => return None,
    };
    Some(Signature { on_model, required, optional })
}

/// Runs a call against the database. Whoever calls commits or rolls back.
///
/// # Errors
/// Odoo's refusal.
pub(crate) fn run(
    database: &mut Database,
    model: &str,
    method: &str,
    body: &Map<String, Value>,
) -> Result<Value, Fault> {
    let model = database.model(model)?;
    if method.starts_with('_') || PRIVATE.contains(&method) {
        return Err(Fault::access(format!(
            "Private methods (such as '{}.{method}') cannot be called remotely.",
            model.name
        )));
    }
    let Some(signature) = signature(&model.name, method) else {
        return Err(Fault::NoMethod(format!("{}.{method}", model.name)));
    };
    let ids: Vec<i64> = body
        .get("ids")
        .and_then(Value::as_array)
        .map(|ids| ids.iter().filter_map(Value::as_i64).collect())
        .unwrap_or_default();
    if signature.on_model && !ids.is_empty() {
        let words = format!("cannot call {}.{method} with ids", model.name);
        return Err(Fault::Arguments { json2: words.clone(), python: words });
    }
    let mut arguments = body.clone();
    arguments.shift_remove("ids");
    let context = match arguments.shift_remove("context") {
        Some(Value::Object(context)) => context,
        _ => Context::new(),
    };
    let missing: Vec<&str> = signature.required.iter().copied().filter(|name| !arguments.contains_key(*name)).collect();
    if let Some(name) = missing.first() {
        let many = if missing.len() == 1 { "" } else { "s" };
        let names = missing.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(" and ");
        return Err(Fault::Arguments {
            json2: format!("missing a required argument: '{name}'"),
            python: format!(
                "BaseModel.{method}() missing {} required positional argument{many}: {names}",
                missing.len()
            ),
        });
    }
    for name in arguments.keys() {
        if !signature.required.contains(&name.as_str()) && !signature.optional.contains(&name.as_str()) {
            let words = format!("got an unexpected keyword argument '{name}'");
            return Err(Fault::Arguments { python: format!("BaseModel.{method}() {words}"), json2: words });
        }
    }
    if let Some(operation) = rights::operation(method) {
        database.allow(&model, operation)?;
    }
    Call { database, model, context, ids, arguments }.run(method)
}

/// Arguments by position and by name, as JSON-RPC and XML-RPC have them, in JSON-2's form.
///
/// # Errors
/// Python's, when they can't be bound. What is missing or unknown is told when the call runs.
pub(crate) fn named(
    model: &str,
    method: &str,
    positional: &[Value],
    named: &Map<String, Value>,
) -> Result<Map<String, Value>, Fault> {
    let mut body = named.clone();
    let Some(signature) = signature(model, method) else { return Ok(body) };
    let mut rest = positional.iter();
    if !signature.on_model {
        let Some(ids) = rest.next() else {
            return Err(Fault::python("builtins.IndexError", "list index out of range"));
        };
        let ids = if ids.is_array() { ids.clone() } else { json!([ids]) };
        body.insert("ids".to_owned(), ids);
    }
    let mut names = signature.required.iter().chain(signature.optional);
    for value in rest {
        let Some(name) = names.next() else {
            let (most, given) = (signature.required.len() + signature.optional.len() + 1, positional.len() + 1);
            let words = format!("BaseModel.{method}() takes {most} positional arguments but {given} were given");
            return Err(Fault::python("builtins.TypeError", words));
        };
        if body.insert((*name).to_owned(), value.clone()).is_some() {
            let words = format!("BaseModel.{method}() got multiple values for argument '{name}'");
            return Err(Fault::python("builtins.TypeError", words));
        }
    }
    Ok(body)
}

struct Call<'call> {
    database: &'call mut Database,
    model: Arc<Model>,
    context: Context,
    ids: Vec<i64>,
    arguments: Map<String, Value>,
}

impl Call<'_> {
    fn run(self, method: &str) -> Result<Value, Fault> {
        let name = self.model.name.clone();
        match method {
            "create" => self.create(),
            "write" => {
                let values = self.object("vals")?;
                self.database.write(&name, &self.ids, values, &self.context)?;
                Ok(true.into())
            }
            "unlink" => {
                self.database.unlink(&name, &self.ids)?;
                Ok(true.into())
            }
            "action_archive" | "action_unarchive" => {
                let mut values = Row::new();
                values.insert("active".to_owned(), (method == "action_unarchive").into());
                self.database.write(&name, &self.ids, values, &self.context)?;
                Ok(true.into())
            }
            "action_cancel" => {
                let mut values = Row::new();
                values.insert("state".to_owned(), "cancel".into());
                self.database.write(&name, &self.ids, values, &self.context)?;
                Ok(true.into())
            }
            "action_feedback" => self.feedback(),
            "run" => self.run_action(),
            "read" => {
                let fields = self.strings("fields")?;
                self.read(&self.ids, fields.as_deref())
            }
            "search" => Ok(self.search()?.into()),
            "search_count" => Ok(self.search()?.len().into()),
            "search_read" => {
                let ids = self.search()?;
                let fields = self.strings("fields")?;
                self.read(&ids, fields.as_deref())
            }
            "fields_get" => self.fields_get(),
            "default_get" => {
                let fields = self.strings("fields")?.unwrap_or_default();
                let mut found = self.database.defaults(&self.model, &fields, &self.context);
                found.retain(|name, _| self.model.fields.contains_key(name));
                Ok(found.into())
            }
            "load" => self.load(),
            "name_search" => self.name_search(),
            "get_view" => self.get_view(),
            "get_metadata" => self.metadata(),
            "context_get" => Ok(json!({"lang": "en_US", "tz": false, "uid": self.database.user})),
            "check_object_reference" => {
                let (module, xmlid) = (self.text("module")?, self.text("xml_id")?);
                let full = format!("{module}.{xmlid}");
                match self.database.store.resolve(&full) {
                    Some((_, model, id)) => Ok(json!([model, id])),
                    None => Err(Fault::value(format!("External ID not found in the system: {full}"))),
                }
            }
            "get_param" => {
                let key = self.text("key")?;
                let found =
                    self.database.store.rows("ir.config_parameter").find(|(_, row)| text_of(row, "key") == Some(&key));
                Ok(found
                    .and_then(|(_, row)| row.get("value").cloned())
                    .or_else(|| self.arguments.get("default").cloned())
                    .unwrap_or(Value::Bool(false)))
            }
            "set_param" => self.set_param(),
            "has_access" => Ok(self.database.may(&self.model.name, &self.text("operation")?).into()),
            _ => Ok(true.into()),
        }
    }

    fn object(&self, name: &str) -> Result<Row, Fault> {
        match self.arguments.get(name) {
            Some(Value::Object(row)) => Ok(row.clone()),
            other => Err(Fault::python(
                "builtins.AttributeError",
                format!("'{}' object has no attribute 'get'", type_name(other)),
            )),
        }
    }

    fn text(&self, name: &str) -> Result<String, Fault> {
        match self.arguments.get(name) {
            Some(Value::String(text)) => Ok(text.clone()),
            other => {
                Err(Fault::python("builtins.TypeError", format!("{name} must be a str, not {}", type_name(other))))
            }
        }
    }

    fn strings(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        match self.arguments.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .map(Some)
                .ok_or_else(|| Fault::python("builtins.TypeError", format!("{name} must be a list of str"))),
            other => {
                Err(Fault::python("builtins.TypeError", format!("{name} must be a list, not {}", type_name(other))))
            }
        }
    }

    fn create(self) -> Result<Value, Fault> {
        let list = match self.arguments.get("vals_list") {
            Some(Value::Array(list)) => list
                .iter()
                .map(|values| match values {
                    Value::Object(values) => Ok(values.clone()),
                    other => Err(Fault::python(
                        "builtins.AttributeError",
                        format!("'{}' object has no attribute 'get'", type_name(Some(other))),
                    )),
                })
                .collect::<Result<Vec<_>, _>>()?,
            Some(Value::Object(one)) => vec![one.clone()],
            other => {
                return Err(Fault::python(
                    "builtins.TypeError",
                    format!("'{}' object is not iterable", type_name(other)),
                ));
            }
        };
        Ok(self.database.create(&self.model.name, list, &self.context)?.into())
    }

    fn read(&self, ids: &[i64], fields: Option<&[String]>) -> Result<Value, Fault> {
        let names = !matches!(self.arguments.get("load"), Some(Value::Null | Value::Bool(false)));
        let mut rows = self.database.read(&self.model, ids, fields, names)?;
        if self.context.get("active_test") != Some(&Value::Bool(false)) {
            self.database.hide_archived(&self.model, &mut rows);
        }
        Ok(rows.into_iter().map(Value::Object).collect::<Vec<_>>().into())
    }

    fn search(&self) -> Result<Vec<i64>, Fault> {
        let number = |name: &str| {
            self.arguments.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
        };
        let page = Page {
            offset: number("offset").unwrap_or_default(),
            limit: number("limit").filter(|limit| *limit > 0),
            order: self.arguments.get("order").and_then(Value::as_str).map(str::to_owned),
        };
        let domain = self.arguments.get("domain").cloned().unwrap_or_else(|| json!([]));
        self.database.search(&self.model, &domain, &page, &self.context)
    }

    fn fields_get(&self) -> Result<Value, Fault> {
        let wanted = self.strings("allfields")?.filter(|names| !names.is_empty());
        let attributes = self.strings("attributes")?;
        let mut described = Map::new();
        for (name, field) in &self.model.fields {
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(name)) {
                described.insert(name.clone(), field.describe(attributes.as_deref()).into());
            }
        }
        Ok(described.into())
    }

    /// Runs no Python: knows what the code of a loader comes to, which is to hand the context's rows to `_load_records`.
    fn run_action(mut self) -> Result<Value, Fault> {
        let code = self.ids.first().and_then(|id| self.database.store.get(&self.model.name, *id));
        if !code.and_then(|row| text_of(row, "code")).is_some_and(|code| code.contains("._load_records(data, True)")) {
            return Ok(false.into());
        }
        let (Some(Value::String(model)), Some(Value::Array(rows))) =
            (self.context.shift_remove("odograft_model"), self.context.shift_remove("odograft_rows"))
        else {
            return Err(Fault::python("builtins.KeyError", "odograft_rows"));
        };
        let model = self.database.model(&model)?;
        let row = |row: &Value| Some((row[0].as_str()?.to_owned(), row[1].as_object()?.clone()));
        let rows: Option<Vec<(String, Row)>> = rows.iter().map(row).collect();
        let rows = rows.ok_or_else(|| Fault::python("builtins.TypeError", "list indices must be integers"))?;
        Ok(json!({ "ids": Load::records_of(self.database, &model, rows, self.context)? }))
    }

    fn load(self) -> Result<Value, Fault> {
        let fields = self.strings("fields")?.unwrap_or_default();
        let rows = match self.arguments.get("data") {
            Some(Value::Array(rows)) => rows
                .iter()
                .map(|row| {
                    row.as_array().cloned().ok_or_else(|| {
                        Fault::python(
                            "builtins.TypeError",
                            format!("'{}' object is not iterable", type_name(Some(row))),
                        )
                    })
                })
                .collect::<Result<Vec<_>, _>>()?,
            other => {
                return Err(Fault::python(
                    "builtins.TypeError",
                    format!("object of type '{}' has no len()", type_name(other)),
                ));
            }
        };
        Load::run(self.database, &self.model, &fields, &rows, &self.context)
    }

    fn name_search(&self) -> Result<Value, Fault> {
        let text =
            |name: &str, default: &str| self.arguments.get(name).and_then(Value::as_str).unwrap_or(default).to_owned();
        let limit = self.arguments.get("limit").and_then(Value::as_u64).unwrap_or(100);
        let domain = self.arguments.get("domain").cloned().unwrap_or_else(|| json!([]));
        let found = self.database.name_search(
            &self.model,
            &text("name", ""),
            &domain,
            &text("operator", "ilike"),
            usize::try_from(limit).unwrap_or(usize::MAX),
            &self.context,
        )?;
        Ok(found.into_iter().map(|(id, name)| json!([id, name])).collect::<Vec<_>>().into())
    }

    fn get_view(&self) -> Result<Value, Fault> {
        let kind = self.arguments.get("view_type").and_then(Value::as_str).unwrap_or("form");
        let asked = self.arguments.get("view_id").and_then(Value::as_i64);
        let found = asked.or_else(|| {
            self.database
                .store
                .rows("ir.ui.view")
                .filter(|(_, row)| {
                    text_of(row, "model") == Some(&self.model.name) && text_of(row, "type") == Some(kind)
                })
                .filter(|(_, row)| !row.contains_key("inherit_id"))
                .min_by_key(|(id, row)| (row.get("priority").and_then(Value::as_i64).unwrap_or(16), *id))
                .map(|(id, _)| id)
        });
        let Some(id) = found else {
            return Err(Fault::user(format!("No default view of type '{kind}' could be found!")));
        };
        self.database.must_exist("ir.ui.view", &[id])?;
        let arch = view::combined(self.database, id);
        let shown: Vec<&String> =
            self.model.fields.keys().filter(|name| arch.contains(&format!("name=\"{name}\""))).collect();
        Ok(json!({"arch": arch, "id": id, "model": self.model.name, "models": {self.model.name.clone(): shown}}))
    }

    fn metadata(&self) -> Result<Value, Fault> {
        let name = &self.model.name;
        let mut rows = Vec::new();
        for id in &self.ids {
            let Some(row) = self.database.store.get(name, *id) else { continue };
            let user = |key: &str| {
                let id = row.get(key).and_then(Value::as_i64).unwrap_or(1);
                json!([id, self.database.display_name("res.users", id)])
            };
            let xmlids: Vec<Value> = self
                .database
                .store
                .hanging(Hanging::ExternalId, name, *id)
                .into_iter()
                .filter_map(|data| {
                    let stored = self.database.store.get("ir.model.data", data)?;
                    let noupdate = stored.get("noupdate").cloned().unwrap_or(Value::Bool(false));
                    Some(json!({"xmlid": self.database.external_name(data), "noupdate": noupdate}))
                })
                .collect();
            let first = |key: &str| xmlids.first().map_or(Value::Bool(false), |xmlid| xmlid[key].clone());
            rows.push(json!({
                "id": id, "create_uid": user("create_uid"), "create_date": row.get("create_date"),
                "write_uid": user("write_uid"), "write_date": row.get("write_date"),
                "xmlid": first("xmlid"), "noupdate": first("noupdate"), "xmlids": xmlids,
            }));
        }
        Ok(rows.into())
    }

    fn set_param(self) -> Result<Value, Fault> {
        let key = self.text("key")?;
        let found = self
            .database
            .store
            .rows("ir.config_parameter")
            .find(|(_, row)| text_of(row, "key") == Some(&key))
            .map(|(id, row)| (id, row.get("value").cloned().unwrap_or_default()));
        let mut values = Row::new();
        values.insert("value".to_owned(), self.arguments.get("value").cloned().unwrap_or_default());
        match found {
            Some((id, old)) => {
                self.database.write("ir.config_parameter", &[id], values, &self.context)?;
                Ok(old)
            }
            None => {
                values.insert("key".to_owned(), key.into());
                self.database.create("ir.config_parameter", vec![values], &self.context)?;
                Ok(Value::Bool(false))
            }
        }
    }

    /// Archives activities and leaves a message on each document.
    fn feedback(self) -> Result<Value, Fault> {
        let text = self.arguments.get("feedback").cloned().unwrap_or(Value::Bool(false));
        let mut last = Value::Bool(false);
        for id in &self.ids {
            let Some(activity) = self.database.store.get("mail.activity", *id).cloned() else { continue };
            let name = self.database.display_name("mail.activity", *id);
            let mut message = Row::new();
            message.insert("model".to_owned(), activity.get("res_model").cloned().unwrap_or_default());
            message.insert("res_id".to_owned(), activity.get("res_id").cloned().unwrap_or_default());
            message.insert("message_type".to_owned(), "notification".into());
            message.insert("body".to_owned(), format!("<div><p>{name} done</p></div>").into());
            let made = self.database.create("mail.message", vec![message], &self.context)?;
            last = made.first().copied().into();
            let mut values = Row::new();
            values.insert("active".to_owned(), false.into());
            values.insert("feedback".to_owned(), text.clone());
            self.database.write("mail.activity", &[*id], values, &self.context)?;
        }
        Ok(last)
    }
}
