//! The life of a practice's migration: planned, approved, tried with a sample, run, compared, followed by a delta, reconciled,
//! and out again.

use std::any::Any;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use odograft_engine::Limits;
use odograft_migration::{Extra, ModuleFile, Modules};
use odograft_odoo::{Client, Protocol, SearchOptions, bulk_context};
use odograft_records::bindings::transform::manifest::{Manifest, Setting};
use odograft_standins::practice::Practice;
use odograft_standins::practice::truth::Statement;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::command::{Odograft, Troubles};
use super::compare::Comparison;
use super::find::Finder;
use super::outcome::{Outcome, Times, interrupted};
use super::{AS_OF, Destination, Life};
use crate::clinic::odograft;
use crate::odoo::Server;
use crate::{guests, sources};

/// A source that holds the practice, and what is true of it once it is in Odoo.
pub(super) struct System {
    /// Its name among the guests; results and external ids carry it.
    pub(super) name: &'static str,
    /// The rows of its promise.
    pub(super) rows: &'static [&'static str],
    /// The modules that map it.
    pub(super) modules: &'static [&'static str],
    /// Settings of the modules: module, name, value.
    pub(super) settings: &'static [(&'static str, &'static str, &'static str)],
    /// Its `[source.…]` table.
    pub(super) source: String,
    /// The practice's own columns that the client has confirmed.
    pub(super) extras: Vec<Extra>,
    pub(super) statement: Statement,
    /// Lets the source have what happened between the run and the delta; the statement is of that.
    pub(super) end_window: Box<dyn FnMut() + Send>,
    /// What must not be dropped before the end: a folder, a server.
    #[expect(dead_code, reason = "held, never read")]
    pub(super) alive: Box<dyn Any + Send + Sync>,
}

impl System {
    /// The migration's name; external ids that one life has left are none of another's.
    fn migration(&self, life: Life) -> String {
        let life = if life == Life::Troubled { "_2" } else { "" };
        format!("promise_{}{life}", self.name.replace('-', "_"))
    }

    /// What the client has set for a module, by name.
    fn settings_of(&self, module: &str) -> impl Iterator<Item = (String, String)> {
        let own = self.settings.iter().filter(move |(of, ..)| *of == module);
        own.map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned()))
    }

    /// What the modules declare.
    fn manifests(&self) -> Vec<Manifest> {
        let file = |module: &&'static str| ModuleFile {
            name: (*module).to_owned(),
            bytes: guests::bytes(module),
            settings: self.settings_of(module).map(|(name, value)| Setting { name, value }).collect(),
            extras: self.extras.clone(),
            limits: Limits::default(),
        };
        let files: Vec<ModuleFile> = self.modules.iter().map(file).collect();
        let modules = Modules::load(&guests::engine(), &files).expect("the modules are sound");
        modules.manifests().cloned().collect()
    }

    /// A client's folder with this source, the modules, and the Odoo at an address: as `odograft init` makes it, with what
    /// an engineer then changes in the file.
    fn folder(&self, server: &Server, url: &str, life: Life) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (name, database) = (self.migration(life), server.connection.database.clone().unwrap_or_default());
        let words = [
            ["--source", self.name],
            ["--name", &name],
            ["--odoo-url", url],
            ["--odoo-database", &database],
            ["--fallback", "admin"],
        ];
        let made =
            sources::told_by(&mut sources::odograft_in(folder.path(), &[&["init"], words.as_flattened()].concat()));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let file = folder.path().join("odograft.toml");
        let mut text = std::fs::read_to_string(&file).expect("a configuration");
        let begins = text.find("\n[source.").expect("a source") + 1;
        let ends = begins + text[begins..].find("\n\n").expect("its end");
        text.replace_range(begins..ends, &self.source);
        text = text.replacen("# as_of = \"2026-11-01T00:00:00Z\"", &format!("as_of = \"{AS_OF}\""), 1);
        for name in self.modules {
            let own = folder.path().join("modules").join(format!("{name}.wasm"));
            std::fs::write(own, guests::bytes(name)).expect("a module is copied");
            let settings: Vec<String> =
                self.settings_of(name).map(|(name, value)| format!("{name} = \"{value}\"")).collect();
            let named = format!("file = \"modules/{name}.wasm\"\n");
            assert!(text.contains(&named), "`init` names {name}");
            text = text.replacen(&named, &format!("{named}settings = {{ {} }}\n", settings.join(", ")), 1);
        }
        text.push('\n');
        for Extra { object, column, field, kind, choices, .. } in &self.extras {
            let own = format!("object = \"{object}\"\ncolumn = \"{column}\"\nfield = \"{field}\"\nkind = \"{kind}\"");
            let choices = if choices.is_empty() { String::new() } else { format!("choices = {}\n", json!(choices)) };
            let _ = write!(text, "[[extra]]\n{own}\n{choices}");
        }
        std::fs::write(file, text).expect("the configuration is written");
        folder
    }
}

/// Plans, has it approved, tries a sample, moves the practice into Odoo, brings what changed since, holds every record
/// against the truth, looks for changes where there are none, reconciles, plants gaps that must be found, takes it back, and fails with all that went otherwise.
pub(super) async fn keep(
    mut system: System,
    practice: &Practice,
    server: &Server,
    destination: Destination,
    life: Life,
) {
    let client = server.client(Protocol::Json2);
    add_users(&client, practice).await;
    let upstream = server.connection.url.as_str();
    let seed = system.name.bytes().map(u64::from).sum();
    let troubles = (life == Life::Troubled).then(|| Troubles::before(upstream, destination, seed));
    let url = troubles.as_ref().map_or(upstream, |troubles| troubles.proxy.url.as_str());
    let folder = system.folder(server, url, life);
    let key = server.connection.key.expose_secret();
    let odograft = Odograft { folder: folder.path(), key, troubles: troubles.as_ref() };
    odograft.succeeds(&["lock"]);
    let manifests = system.manifests();
    let models = models(&manifests);
    let before = counts(&client, &models).await;

    let mut times = Times::default();
    let plan = odograft.json(&["plan", "--json"]);
    odograft.succeeds(&["approve", "--plan", plan["plan"].as_str().expect("a hash"), "--by", "the practice"]);
    odograft.timed(&["pilot", "--patients", "25", "--json"], &mut times.pilot);
    let first = odograft.timed(&["run", "--json"], &mut times.run);
    let told = verdicts(folder.path());
    (system.end_window)();
    let window = odograft.timed(&["delta", "--json"], &mut times.delta);
    let began = Instant::now();
    let finder = Finder::open(&client, format!("odograft_{}", system.migration(life))).await;
    let mut comparison = Comparison::new(system.rows, &manifests, &system.statement, finder);
    comparison.records(&client).await;
    comparison.aside(&odograft.json(&["status", "--json"]));
    comparison.handed(&odograft.handed());
    sources::ledger(folder.path());
    let mut outcome: Outcome = comparison.end();
    times.compare = began.elapsed();
    // What came of attempts that were interrupted is told by none.
    for what in ["created", "updated"].iter().filter(|_| life == Life::Whole) {
        outcome
            .check(window[*what].as_u64() > Some(0), || format!("the delta of a window: {} `{what}`", window[*what]));
    }
    outcome.check(told.is_empty(), || format!("the pilot's diff: {}", told.join("; ")));

    let second = odograft.timed(&["delta", "--json"], &mut times.again);
    for what in ["created", "updated", "fields_created"] {
        outcome.check(second[what] == 0, || format!("a delta without changes: {} `{what}`", second[what]));
    }
    outcome.check(second["gone"] == json!([]), || format!("a delta without changes: gone {}", second["gone"]));
    gaps(&odograft, &client, &mut outcome).await;
    odograft.json(&["duplicates", "--json"]);
    let again = if life == Life::Troubled { "-interrupted" } else { "" };
    keep_pages(folder.path(), &format!("{}-{}{again}", system.name, destination.word()));
    let undone = odograft.timed(&["rollback", "--yes", "--drop-fields", "--json"], &mut times.rollback);
    let mut left = before.clone();
    // Odoo gives a company a contact of its own, which stays when the company is deleted; and on a real one a calendar and
    // defaults, for which the company itself stays, archived, as the rollback says.
    let companies = made(&first, "res.company");
    let archived = ended(&undone, "res.company", "archived");
    for ((model, after), (_, before)) in std::iter::zip(counts(&client, &models).await, &mut left) {
        *before += match model.as_str() {
            "res.partner" => companies,
            "res.company" => archived,
            _ => 0,
        };
        outcome.check(after == *before, || {
            let ends = undone["counts"].as_array().into_iter().flatten().filter(|end| end["model"] == *model);
            let ends: Vec<String> = ends.map(ToString::to_string).collect();
            format!("`{model}`: {before} records before, {after} after the rollback: {}", ends.join(", "))
        });
    }
    rename_companies(&client, &system.migration(life)).await;
    let Some(troubles) = troubles else {
        outcome.write(system.name, destination, practice.patients.len(), times);
        return outcome.assert_kept(system.name);
    };
    let (met, told) = troubles.told();
    // On the stand-in a command may be over before anything happens to it.
    let least = if destination == Destination::Real { 4 } else { 1 };
    outcome.check(met >= least, || format!("only {met} interruptions were met"));
    outcome.assert_kept(system.name);
    interrupted(system.name, destination, met, &told);
}

/// What the pilot's diff says is lost or differs, without values. Columns that nobody has confirmed are lost indeed.
fn verdicts(folder: &Path) -> Vec<String> {
    let text = std::fs::read(folder.join("pilot/diff.json")).expect("a diff");
    let diff: Value = serde_json::from_slice(&text).expect("JSON");
    let of = |row: &Value| {
        let path = row["sources"][0]["path"].as_str().unwrap_or_default();
        let verdict = row["verdict"].as_str().filter(|verdict| ["lost", "differs"].contains(verdict))?;
        let place = [&row["object"], &row["model"], &row["field"]].map(|word| word.as_str().unwrap_or_default());
        (verdict != "lost" || !path.contains(".extra.")).then(|| format!("{verdict}: {} from {path}", place.join(" ")))
    };
    let mut told: Vec<String> = diff["rows"].as_array().into_iter().flatten().filter_map(of).collect();
    told.sort_unstable();
    told.dedup();
    told
}

/// Keeps the pages that a person would open, for a look at them behind the tests.
fn keep_pages(folder: &Path, name: &str) {
    let to = odograft().ancestors().nth(2).expect("commands lie in a profile's folder").join("lifecycle").join(name);
    std::fs::create_dir_all(&to).expect("a folder for pages");
    for report in ["pilot", "duplicates", "handover"] {
        for page in std::fs::read_dir(folder.join(report)).expect("the report is written").flatten() {
            let name = page.file_name().to_string_lossy().into_owned();
            if name.ends_with(".html") {
                std::fs::copy(page.path(), to.join(format!("{report}-{name}"))).expect("a page is copied");
            }
        }
    }
}

/// What was loaded is there; what is gone behind the tool's back, and a file with other bytes, are found.
async fn gaps(odograft: &Odograft<'_>, client: &Client, outcome: &mut Outcome) {
    let whole = odograft.output(&["reconcile", "--json"]);
    let found: Value = serde_json::from_slice(&whole.stdout).unwrap_or_default();
    outcome.check(whole.status.code() == Some(0), || format!("reconciled: {} {}", whole.status, found["gaps"]));

    let ledger = sources::ledger(odograft.folder);
    let made = |model: &str| -> Vec<i64> {
        let made = ledger.made(model, None, 10_000).expect("readable");
        made.into_iter().filter(|made| made.created).map(|made| made.odoo_id).collect()
    };
    let Some((model, gone)) = ["mail.activity", "mail.message"].iter().find_map(|m| Some((*m, *made(m).first()?)))
    else {
        return;
    };
    client.unlink(model, &[gone]).await.expect("deleted behind the tool's back");
    let attachment = made("ir.attachment").last().copied();
    let mut kept = Value::Null;
    if let Some(id) = attachment {
        let rows = client.read("ir.attachment", &[id], &["datas"]).await.expect("a file");
        kept = rows[0]["datas"].clone();
        let other = json!({ "datas": "b3RoZXIgYnl0ZXM=" });
        client.write("ir.attachment", &[id], other, bulk_context()).await.expect("written behind the tool's back");
    }
    drop(ledger);
    let output = odograft.output(&["reconcile", "--json"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let is = |kind: &str, id: i64| {
        found["gaps"].as_array().into_iter().flatten().any(|g| g["kind"] == kind && g["odoo_id"] == id)
    };
    outcome.check(output.status.code() == Some(1), || {
        format!("with planted gaps, reconcile ended with {}", output.status)
    });
    outcome.check(is("missing", gone), || format!("the record that is gone is not found: {}", found["gaps"]));
    if let Some(id) = attachment {
        outcome.check(is("file-differs", id), || format!("the file with other bytes is not found: {}", found["gaps"]));
        client.write("ir.attachment", &[id], json!({ "datas": kept }), bulk_context()).await.expect("put back");
    }
}

/// How many records of a model a run has made.
fn made(summary: &Value, model: &str) -> u64 {
    let models = summary["models"].as_array().expect("a list");
    models.iter().find(|counted| counted["model"] == model).and_then(|counted| counted["written"].as_u64()).unwrap_or(0)
}

/// How many records of a model a rollback has left so.
fn ended(undone: &Value, model: &str, end: &str) -> u64 {
    let counts = undone["counts"].as_array().expect("a list");
    let of_model = counts.iter().filter(|count| count["model"] == model && count["end"] == end);
    of_model.filter_map(|count| count["count"].as_u64()).sum()
}

/// Gives archived companies other names: the next source has the same practice, and would take them for its own.
async fn rename_companies(client: &Client, migration: &str) {
    let options = SearchOptions { include_archived: true, ..SearchOptions::default() };
    let archived = client.search_read("res.company", json!([["active", "=", false]]), &["name"], options).await;
    for company in archived.expect("companies") {
        let name = company["name"].as_str().expect("a name");
        if !name.contains(" of promise_") {
            let id = company["id"].as_i64().expect("an id");
            let renamed = json!({"name": format!("{name} of {migration}")});
            client.write("res.company", &[id], renamed, bulk_context()).await.expect("renamed");
        }
    }
}

/// The models that the modules write, and those of what the migration makes beside them.
fn models(manifests: &[Manifest]) -> Vec<String> {
    let targets = manifests.iter().flat_map(|manifest| &manifest.targets);
    let mut models: Vec<String> = targets.map(|target| target.model.clone()).collect();
    models.extend(["ir.model.fields", "ir.ui.view"].map(str::to_owned));
    models.sort_unstable();
    models.dedup();
    models
}

/// How many records there are of each model, archived ones too; models that this Odoo does not have are left out.
async fn counts(client: &Client, models: &[String]) -> Vec<(String, u64)> {
    let mut counts = Vec::with_capacity(models.len());
    for model in models {
        if let Ok(count) = client.search_count(model, json!([]), true).await {
            counts.push((model.clone(), count));
        }
    }
    counts
}

/// The practitioners whom this Odoo knows: users that are there already stay.
async fn add_users(client: &Client, practice: &Practice) {
    for (login, name) in practice.users() {
        let known = client.search_count("res.users", json!([["login", "=", login]]), true).await.expect("users");
        if known == 0 {
            let user = json!({"name": name, "login": login, "email": login});
            client.create("res.users", vec![user], bulk_context()).await.expect("a user");
        }
    }
}
