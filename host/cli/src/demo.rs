//! `odograft demo`: the main job on a generated practice, with stand-ins on both sides.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use odograft_ledger::Ledger;
use odograft_migration::{Migration, Summary};
use odograft_records::bindings::transform::manifest::{Field, FieldKind};
use odograft_records::dentally::api_name;
use odograft_report::{perio, table};
use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::odoo::{OdooOptions, OdooStandin};
use odograft_standins::practice::{Practice, PracticeOptions};
use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::progress::Progress;
use crate::{exit, keys, lock, open, show};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the demo's migration is kept; the same folder again goes on, or finds nothing to do
    #[arg(long, default_value = "odograft-demo")]
    folder: PathBuf,
    /// The folder with dentally.wasm and perio-chart.wasm
    #[arg(long, default_value = "target/guests")]
    modules: PathBuf,
    /// Patients to generate
    #[arg(long, default_value_t = 2_000)]
    patients: usize,
    /// Appointments to generate
    #[arg(long, default_value_t = 8_000)]
    appointments: usize,
    /// Perio exams to generate
    #[arg(long, default_value_t = 600)]
    exams: usize,
    /// Seed of the generator: the same seed gives the same practice
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A real Odoo to move the practice into, instead of the stand-in; its key is read from
    /// `ODOGRAFT_ODOO_KEY`. Only for an Odoo that may be thrown away
    #[arg(long, value_name = "URL")]
    odoo_url: Option<String>,
    /// The real Odoo's database
    #[arg(long, requires = "odoo_url")]
    odoo_database: Option<String>,
    /// Events on stderr and the summary on stdout as JSON
    #[arg(long)]
    json: bool,
    /// Keep every call of a module as a bundle in this folder, for `odograft module replay`
    #[arg(long, value_name = "DIR")]
    capture: Option<PathBuf>,
}

/// The key that the stand-ins accept.
const KEY: &str = "demo-key";

/// The stand-ins, alive as long as this is.
struct Servers {
    dentally: DentallyStandin,
    odoo: Option<OdooStandin>,
}

pub(crate) async fn demo(args: Args) -> Result<ExitCode> {
    fs::create_dir_all(&args.folder).with_context(|| format!("`{}`", args.folder.display()))?;
    let options = PracticeOptions {
        seed: args.seed,
        patients: args.patients,
        appointments: args.appointments,
        exams: args.exams,
        ..PracticeOptions::default()
    };
    let practice = Arc::new(Practice::generate(&options));
    practice.write_perio_drop(&args.folder.join("perio"))?;
    let servers = serve(&args, &practice).await?;
    let config = configure(&args, &servers)?;
    lock::accept_all(&args.folder, &config)?;
    let odoo_key = match args.odoo_url {
        Some(_) => keys::required(keys::ODOO, "the key to Odoo")?,
        None => SecretString::from(KEY),
    };
    let sources = open::sources(&args.folder, &config, &|_, _| Ok(KEY.into())).await?;
    let mut migration = open::with(&args.folder, "demo", &config, sources, odoo_key, args.capture.as_deref())?;

    let mut progress = Progress::new(args.json);
    let summary = migration.run(&mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else {
        print_all(&args, &migration, &summary).await?;
    }
    if let Some(odoo) = servers.odoo {
        odoo.shutdown();
    }
    servers.dentally.shutdown();
    Ok(exit::DONE.into())
}

async fn serve(args: &Args, practice: &Arc<Practice>) -> Result<Servers> {
    let options = DentallyOptions { token: KEY.to_owned(), ..DentallyOptions::default() };
    let dentally = DentallyStandin::start(Arc::clone(practice), options).await?;
    let odoo = match args.odoo_url {
        Some(_) => None,
        None => Some(
            OdooStandin::start(OdooOptions {
                api_key: KEY.to_owned(),
                journal: Some(args.folder.join("odoo-standin.jsonl")),
                users: practice.users(),
                ..OdooOptions::default()
            })
            .await
            .context("the Odoo stand-in does not start")?,
        ),
    };
    Ok(Servers { dentally, odoo })
}

/// Makes the folder a client's folder like any other.
fn configure(args: &Args, servers: &Servers) -> Result<Config> {
    let modules = args.folder.join("modules");
    fs::create_dir_all(&modules)?;
    for name in ["dentally.wasm", "perio-chart.wasm"] {
        let from = args.modules.join(name);
        fs::copy(&from, modules.join(name))
            .with_context(|| format!("`{}` cannot be copied\nhint: `cargo xtask guests` builds it", from.display()))?;
    }
    let odoo_url = match (&args.odoo_url, &servers.odoo) {
        (Some(url), _) => url.clone(),
        (None, Some(standin)) => standin.url(),
        (None, None) => String::new(),
    };
    let database = args.odoo_database.as_ref().map(|name| format!("database = \"{name}\"\n")).unwrap_or_default();
    let text = format!(
        "# Written by `odograft demo`.\n[migration]\nname = \"demo\"\nas_of = \"2026-11-01T00:00:00Z\"\nrehearsal = true\n\n\
         [source.dentally]\nurl = \"{}\"\nappointments_from = \"2023-01-01\"\nappointments_until = \"2027-12-31\"\n\n\
         [source.perio_drop]\nfolder = \"perio\"\n\n[odoo]\nurl = \"{odoo_url}\"\n{database}\n\
         [[module]]\nfile = \"modules/dentally.wasm\"\n\n[[module]]\nfile = \"modules/perio-chart.wasm\"\n\n\
         [owners]\nfallback = \"admin\"\n",
        servers.dentally.url()
    );
    fs::write(args.folder.join("odograft.toml"), text)?;
    keys::make_ledger_key(&args.folder)?;
    Config::read(&args.folder)
}

async fn print_all(args: &Args, migration: &Migration, summary: &Summary) -> Result<()> {
    println!(
        "\nodograft demo: a generated practice of {} patients, {} appointments and {} perio exams, from Dentally and a\nperio export into {}. All of it is synthetic.\n",
        args.patients,
        args.appointments,
        args.exams,
        args.odoo_url.as_deref().unwrap_or("the Odoo stand-in"),
    );
    print!("{}", show::summary(summary, &migration.ledger.quarantined()?));
    if let Some((patient, odoo_id)) = patient_to_show(&migration.ledger)? {
        print_patient(migration, &patient, odoo_id).await?;
    }
    println!(
        "The migration is kept in `{}`; the same command again reads everything and writes what differs.",
        args.folder.display()
    );
    Ok(())
}

/// The first patient who has both a chart and a medical alert, else the first with a chart.
fn patient_to_show(ledger: &Ledger) -> Result<Option<(String, i64)>> {
    let mut charted = None;
    let mut after: Option<String> = None;
    loop {
        let exams = ledger.staged("exam", after.as_deref(), 500)?;
        let Some(last) = exams.last() else { return Ok(charted) };
        after = Some(last.id.clone());
        for patient in exams.into_iter().filter_map(|exam| exam.parent) {
            let Some(record) = ledger.record("res.partner", "patient", &patient)? else { continue };
            let Some(odoo_id) = record.odoo_id else { continue };
            if record.cells.contains("\"x_medical_alert\"") && record.cells.contains("\"x_ppd_chart_data\"") {
                return Ok(Some((patient, odoo_id)));
            }
            charted.get_or_insert((patient, odoo_id));
        }
    }
}

async fn print_patient(migration: &Migration, patient: &str, odoo_id: i64) -> Result<()> {
    let targets = || migration.modules().manifests().flat_map(|m| &m.targets).filter(|t| t.model == "res.partner");
    let fields: Vec<(&str, &Field)> =
        targets().flat_map(|t| t.fields.iter().map(move |f| (t.object.as_str(), f))).collect();
    let names: Vec<&str> = fields.iter().map(|(_, field)| field.name.as_str()).collect();
    let partner = migration.client.read("res.partner", &[odoo_id], &names).await?;
    let partner = partner.into_iter().next().context("Odoo no longer has the patient")?;
    let row = migration.ledger.staged_row("patient", patient)?.context("the ledger no longer has the patient")?;
    let row: Value = serde_json::from_str(&row.body)?;

    let rows = fields.iter().filter(|(_, field)| !is_document(&field.name)).map(|(object, field)| {
        let sources =
            if *object == "patient" { source_values(&row, &field.sources) } else { "(perio exam)".to_owned() };
        vec![field.name.clone(), sources, odoo_value(&partner, field), field.rule.clone()]
    });
    let title =
        format!("Patient {patient}, field by field: what Dentally has and what Odoo now holds (contact {odoo_id})");
    print!("{}", table(&title, &["field", "in Dentally", "in Odoo", "rule"], rows.collect()));

    let documents: BTreeMap<String, Value> = fields
        .iter()
        .filter(|(_, field)| is_document(&field.name))
        .filter_map(|(_, field)| Some((field.name.clone(), partner.get(&field.name)?.clone())))
        .collect();
    println!("The same patient's newest perio chart, drawn from what Odoo holds\n");
    println!("{}", perio::text_chart(&documents)?);
    println!("and as its JSON\n");
    for (name, document) in &documents {
        println!("{name}\n{}\n", document.as_str().unwrap_or_default());
    }
    Ok(())
}

/// The six fields that hold a chart's documents.
fn is_document(field: &str) -> bool {
    field.starts_with("x_") && field.ends_with("_chart_data")
}

/// The values of the dotted source paths, in order, without the empty ones.
fn source_values(row: &Value, sources: &[String]) -> String {
    let value = |path: &String| {
        let mut at = row;
        for part in path.split('.').skip(1) {
            at = at.get(api_name(part))?;
        }
        Some(plain(at)).filter(|text| !text.is_empty())
    };
    sources.iter().filter_map(value).collect::<Vec<_>>().join(" | ")
}

fn odoo_value(partner: &Map<String, Value>, field: &Field) -> String {
    match (&field.kind, partner.get(&field.name)) {
        (_, None) => "(not there)".to_owned(),
        (FieldKind::Boolean, Some(Value::Bool(truth))) => truth.to_string(),
        (FieldKind::Html, Some(Value::String(html))) => format!("(a page of {} bytes)", html.len()),
        (_, Some(Value::Array(pair))) => pair.get(1).map(plain).unwrap_or_default(),
        (_, Some(value)) => plain(value),
    }
}

/// A value as text; Odoo's `false` and JSON's `null` are empty.
fn plain(value: &Value) -> String {
    match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_values_follow_dotted_paths() {
        let row =
            serde_json::json!({"address_line_1": "1 High St", "user": {"email": "a@example.invalid"}, "town": ""});
        let paths = |list: &[&str]| list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        assert_eq!(source_values(&row, &paths(&["patient.address_line1", "patient.town"])), "1 High St");
        assert_eq!(source_values(&row, &paths(&["practitioner.user.email"])), "a@example.invalid");
    }
}
