//! Odoo's administrator, who imports a pack's files and exports what came of them: through the very methods that the
//! web client's dialogs call where the server has them, and else through what lies behind those, `load()`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use odograft_odoo::{Client, FieldInfo, SearchOptions};
use serde_json::{Map, Value, json};

/// What imports and exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hand {
    /// Odoo's own dialogs: `base_import` and `export_data`.
    Dialog,
    /// The stand-in has no web client: what the import dialog calls in the end, and an export made of what was read.
    Load,
}

/// Somebody at Odoo's keyboard.
pub(crate) struct Administrator {
    pub(crate) client: Client,
    pub(crate) hand: Hand,
}

/// A file of a pack as its list has it.
pub(crate) struct Step {
    pub(crate) file: String,
    pub(crate) model: String,
    pub(crate) path: String,
    pub(crate) rows: u64,
}

/// What `pack.json` lists.
pub(crate) fn steps(pack: &Path) -> Vec<Step> {
    let list = fs::read_to_string(pack.join("pack.json")).expect("a pack has a list");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    let text = |step: &Value, name: &str| step[name].as_str().expect("text").to_owned();
    let step = |step: &Value| Step {
        file: text(step, "file"),
        model: text(step, "model"),
        path: text(step, "path"),
        rows: step["rows"].as_u64().expect("a number"),
    };
    list["steps"].as_array().expect("a list").iter().map(step).collect()
}

/// A file's headers and rows.
pub(crate) fn sheet(file: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(file).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, by which Odoo knows UTF-8");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();
    let headers = rows.remove(0);
    (headers, rows)
}

impl Administrator {
    /// Imports every file of a pack in order.
    pub(crate) async fn import(&self, pack: &Path) {
        for step in steps(pack) {
            self.import_file(pack, &step, usize::MAX).await;
        }
    }

    /// Imports the first rows of a file through the list that it names; the dialog takes all of them.
    pub(crate) async fn import_file(&self, pack: &Path, step: &Step, rows: usize) {
        let context = door(pack, &step.path);
        match self.hand {
            Hand::Dialog => self.dialog(&pack.join(&step.file), &step.model, &context).await,
            // Window actions are the web client's.
            Hand::Load if step.model == "ir.actions.act_window" => {}
            Hand::Load => {
                let (fields, mut data) = sheet(&pack.join(&step.file));
                data.truncate(rows);
                let body = json!({ "fields": fields, "data": data, "context": context });
                let answer = self.call(&step.model, "load", body).await;
                assert!(answer["ids"].is_array(), "`{}` is not taken: {}", step.file, answer["messages"][0]);
            }
        }
    }

    /// What the clicks in the import dialog call: a look at the file, the columns that Odoo finds for its headers, and
    /// the import with the options that are set when nobody touches them.
    async fn dialog(&self, file: &Path, model: &str, context: &Value) {
        let text = fs::read_to_string(file).expect("UTF-8");
        // `/base_import/set_file` keeps a file's bytes as they are.
        let import = json!({ "res_model": model, "file": text, "file_name": "x.csv", "file_type": "text/csv" });
        let made =
            self.call("base_import.import", "create", json!({ "vals_list": [import], "context": context })).await;
        let mut options = json!({
            "import_skip_records": [], "import_set_empty_fields": [], "fallback_values": {},
            "name_create_enabled_fields": {}, "encoding": "", "separator": "", "quoting": "\"", "date_format": "",
            "datetime_format": "", "float_thousand_separator": ",", "float_decimal_separator": ".", "advanced": true,
            "has_headers": true, "keep_matches": false, "limit": 2000, "sheets": [], "sheet": "", "skip": 0,
            "tracking_disable": true,
        });
        let body = json!({ "ids": made, "options": options, "count": 10, "context": context });
        let preview = self.call("base_import.import", "parse_preview", body).await;
        assert!(preview["error"].is_null(), "`{}`: {}", file.display(), preview["error"]);
        for (name, value) in options.as_object_mut().expect("an object") {
            if let Some(found) = preview["options"].get(name) {
                *value = found.clone();
            }
        }
        assert_eq!(options["encoding"], "utf-8-sig", "Odoo finds the encoding by itself");
        let headers: Vec<String> = serde_json::from_value(preview["headers"].clone()).expect("headers");
        let fields: Vec<String> = (0..headers.len())
            .map(|place| {
                let path =
                    preview["matches"][place.to_string()].as_array().expect("Odoo finds a field for each column");
                path.iter().map(|part| part.as_str().expect("text")).collect::<Vec<_>>().join("/")
            })
            .collect();
        assert_eq!(fields, headers, "Odoo finds the right field for each column");
        // The client offers only what is not read-only, and drops other columns without a word.
        let offered = self.client.fields_get(model).await.expect("the model is there");
        for field in fields.iter().map(|field| field.split('/').next().expect("a name")).filter(|name| *name != "id") {
            assert!(offered.get(field).is_some_and(|info| !info.readonly), "`{model}.{field}` is not offered");
        }
        loop {
            let body = json!({
                "ids": made, "fields": fields, "columns": headers, "options": options, "dryrun": false,
                "context": with(context, &json!({ "tracking_disable": true })),
            });
            let answer = self.call("base_import.import", "execute_import", body).await;
            assert!(answer["ids"].is_array(), "`{}` is not taken: {}", file.display(), answer["messages"]);
            match answer["nextrow"].as_u64() {
                Some(next) if next > 0 => options["skip"] = next.into(),
                _ => break,
            }
        }
    }

    /// The two exports of a model that a pack's page asks for, into a folder.
    pub(crate) async fn export(&self, pack: &Path, model: &str, into: &Path) {
        let of_model: Vec<Step> = steps(pack).into_iter().filter(|step| step.model == model).collect();
        let mut fields: Vec<String> = Vec::new();
        for step in &of_model {
            for header in sheet(&pack.join(&step.file)).0 {
                let name = header.split('/').next().unwrap_or_default().to_owned();
                if !fields.contains(&name) {
                    fields.push(name);
                }
            }
        }
        let context = door(pack, &of_model.first().expect("a file of the model").path);
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        self.export_columns(model, &fields, &context, into).await;
    }

    /// Exports a model as two files: its ids by label, and these fields by name.
    pub(crate) async fn export_columns(&self, model: &str, fields: &[&str], context: &Value, into: &Path) {
        let infos = self.client.fields_get(model).await.expect("the model is there");
        let columns: Vec<String> = fields
            .iter()
            .map(|name| match infos.get(*name).map(|info| info.kind.as_str()) {
                Some("many2one" | "many2many") => format!("{name}/id"),
                _ => (*name).to_owned(),
            })
            .collect();
        let keys = ["id".to_owned(), ".id".to_owned()];
        let title = format!("Some title ({model})");
        let by_label = self.rows(model, &keys, &infos, &with(context, &json!({ "import_compat": false }))).await;
        csv_export(&into.join(format!("{title}.csv")), &["External ID".to_owned(), "ID".to_owned()], &by_label);
        let rows = self.rows(model, &columns, &infos, context).await;
        csv_export(&into.join(format!("{title} (1).csv")), &columns, &rows);
    }

    /// Exports the models of a pack's records.
    pub(crate) async fn export_all(&self, pack: &Path, into: &Path) {
        let of_schema = |model: &str| model.starts_with("ir.");
        let mut models: Vec<String> =
            steps(pack).into_iter().map(|step| step.model).filter(|model| !of_schema(model)).collect();
        models.dedup();
        for model in models {
            self.export(pack, &model, into).await;
        }
    }

    /// The exports that planning needs: the users, and the fields of these models.
    pub(crate) async fn export_for_planning(&self, models: &[&str], into: &Path) {
        const LOOKED_UP: [(&str, &str, &[&str]); 4] = [
            ("res.users", "User (res.users).csv", &["email", "login"]),
            ("mail.activity.type", "Activity Type (mail.activity.type).csv", &["name"]),
            ("product.product", "Product Variant (product.product).csv", &["default_code"]),
            ("utm.source", "UTM Source (utm.source).csv", &["name"]),
        ];
        for (model, file, fields) in LOOKED_UP {
            let infos = self.client.fields_get(model).await.expect("the model is there");
            let columns: Vec<String> = ["id", ".id"].iter().chain(fields).map(|name| (*name).to_owned()).collect();
            let context = json!({ "active_test": false, "import_compat": false });
            let rows = self.rows(model, &columns, &infos, &context).await;
            let headers = ["External ID", "ID"].iter().chain(fields).map(|name| (*name).to_owned());
            csv_export(&into.join(file), &headers.collect::<Vec<_>>(), &rows);
        }
        let mut rows = Vec::new();
        for model in models {
            for (name, info) in self.client.fields_get(model).await.expect("the model is there") {
                let FieldInfo { kind, required, readonly, store, relation, .. } = info;
                let relation = relation.map_or(Value::Bool(false), Value::String);
                rows.push(vec![
                    json!(model),
                    json!(name),
                    json!(kind),
                    relation,
                    json!(required),
                    json!(readonly),
                    json!(store),
                ]);
            }
        }
        let headers = ["Model Name", "Field Name", "Field Type", "Related Model", "Required", "Readonly", "Stored"];
        csv_export(&into.join("Fields (ir.model.fields).csv"), &headers.map(str::to_owned), &rows);
    }

    /// The cells of an export, as Odoo's `export_data` has them.
    async fn rows(
        &self,
        model: &str,
        columns: &[String],
        infos: &BTreeMap<String, FieldInfo>,
        context: &Value,
    ) -> Vec<Vec<Value>> {
        if self.hand == Hand::Dialog {
            let ids = self.call(model, "search", json!({ "domain": [], "order": "id", "context": context })).await;
            let body = json!({ "ids": ids, "fields_to_export": columns, "context": context });
            let answer = self.call(model, "export_data", body).await;
            return serde_json::from_value(answer["datas"].clone()).expect("rows");
        }
        let own = self.exported_ids(model).await;
        let mut others: HashMap<String, HashMap<i64, String>> = HashMap::new();
        let names: Vec<&str> = columns.iter().map(|column| column.split('/').next().unwrap_or_default()).collect();
        let read: Vec<&str> = names.iter().copied().filter(|name| infos.contains_key(*name) && *name != "id").collect();
        for relation in read.iter().filter_map(|name| infos[*name].relation.as_deref()) {
            others.insert(relation.to_owned(), self.exported_ids(relation).await);
        }
        let options =
            SearchOptions { include_archived: true, order: Some("id".to_owned()), ..SearchOptions::default() };
        let records = self.client.search_read(model, json!([]), &read, options).await.expect("readable");
        let cell = |record: &Map<String, Value>, name: &str| -> Value {
            let id = record["id"].as_i64().expect("an id");
            match name {
                "id" => json!(own[&id]),
                ".id" => id.to_string().into(),
                _ => {
                    let (info, value) = (&infos[name], &record[name]);
                    match (info.kind.as_str(), info.relation.as_deref()) {
                        ("many2one", Some(relation)) => {
                            let known = value[0].as_i64().and_then(|id| others[relation].get(&id));
                            known.map_or(Value::Bool(false), |name| json!(name))
                        }
                        ("selection", _) => {
                            let label = info.selection.iter().find(|(choice, _)| value == choice.as_str());
                            label.map_or(value.clone(), |(_, label)| json!(label))
                        }
                        _ => value.clone(),
                    }
                }
            }
        };
        records.iter().map(|record| names.iter().map(|name| cell(record, name)).collect()).collect()
    }

    /// An external id of each record that has one.
    pub(crate) async fn external_ids(&self, model: &str) -> HashMap<i64, String> {
        let domain = json!([["model", "=", model]]);
        let options = SearchOptions { order: Some("id desc".to_owned()), ..SearchOptions::default() };
        let rows = self.client.search_read("ir.model.data", domain, &["module", "name", "res_id"], options).await;
        let name = |row: &Map<String, Value>| {
            let part = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            Some((row["res_id"].as_i64()?, format!("{}.{}", part("module"), part("name"))))
        };
        rows.expect("external ids are readable").iter().filter_map(name).collect()
    }

    /// The same; an export gives those that have none an external id of its own.
    async fn exported_ids(&self, model: &str) -> HashMap<i64, String> {
        let mut known = self.external_ids(model).await;
        let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
        let all = self.client.search_read(model, json!([]), &["id"], options).await.expect("readable");
        for id in all.iter().filter_map(|row| row["id"].as_i64()) {
            if let Entry::Vacant(without) = known.entry(id) {
                let name = format!("{}_{id}_0a1b2c3d", model.replace('.', "_"));
                let row = json!({ "module": "__export__", "name": name, "model": model, "res_id": id });
                self.client.create("ir.model.data", vec![row], Value::Null).await.expect("made");
                without.insert(format!("__export__.{name}"));
            }
        }
        known
    }

    async fn call(&self, model: &str, method: &str, body: Value) -> Value {
        let Value::Object(body) = body else { panic!("arguments are an object") };
        self.client.call(model, method, body).await.expect("the call as a whole is right")
    }
}

/// The context of the list that is opened at a path: of one of the pack's own, or of Odoo's window actions.
fn door(pack: &Path, path: &str) -> Value {
    let doors = steps(pack).into_iter().find(|step| step.model == "ir.actions.act_window");
    let (headers, rows) = sheet(&pack.join(doors.expect("a pack has doors").file));
    assert_eq!(headers, ["id", "name", "res_model", "view_mode", "context"]);
    // What the pack's page tells the administrator to set; the client adds it to every call.
    let user = json!({ "lang": "en_US", "tz": "UTC" });
    let Some(row) = rows.iter().find(|row| path == format!("/odoo/action-{}", row[0])) else {
        assert_eq!(path, "/odoo/action-base.ir_action_window", "a file goes in through a list that is there");
        return user;
    };
    let context = row[4].replace("True", "true").replace("False", "false").replace('\'', "\"");
    with(&serde_json::from_str(&context).expect("a context of plain values"), &user)
}

fn with(context: &Value, more: &Value) -> Value {
    let mut context = context.clone();
    for (name, value) in more.as_object().expect("an object") {
        context[name] = value.clone();
    }
    context
}

/// A file as `/web/export/csv` writes it: every text in quotes, nothing for what is not, and an apostrophe before what a
/// spreadsheet would take for a formula.
fn csv_export(file: &Path, headers: &[String], rows: &[Vec<Value>]) {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let cell = |value: &Value| match value {
        Value::Null | Value::Bool(false) => quoted(""),
        Value::Bool(true) => quoted("True"),
        Value::String(text) if text.starts_with(['=', '-', '+']) => quoted(&format!("'{text}")),
        Value::String(text) => quoted(text),
        other => quoted(&other.to_string()),
    };
    let line = |cells: Vec<String>| cells.join(",") + "\r\n";
    let mut text = line(headers.iter().map(|header| quoted(header)).collect());
    rows.iter().for_each(|row| text.push_str(&line(row.iter().map(cell).collect())));
    fs::write(file, text).expect("written");
}

/// A folder in a test's own, made empty.
pub(crate) fn folder(of: &Path, name: &str) -> PathBuf {
    let folder = of.join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("made");
    folder
}
