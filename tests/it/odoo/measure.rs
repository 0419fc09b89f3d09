//! Measurements on a server: how fast records get in, beside a tuned loop and other tools, and how much memory a million
//! of them take. `cargo xtask odoo-suite` runs them; no test of the others does.

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use odograft_ledger::{Notes, PlannedRecord};
use odograft_migration::{Cell, Loader};
use odograft_odoo::{Client, Connection, Protocol, bulk_context};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::Server;
use super::plan::{ledger, plan, planned};
use super::undo::word;

const ROUNDS: usize = 7;
const RECORDS: usize = 1_000;

/// What a record of a kind holds, as modules say it.
type Record = Vec<(&'static str, Cell)>;

/// Where records hang.
struct Ground {
    server: Server,
    client: Client,
    /// Database ids of the external ids that records name.
    external: HashMap<String, i64>,
    parents: Vec<i64>,
}

impl Ground {
    async fn make(server: Server) -> Self {
        let client = server.client(Protocol::Json2);
        let names = ["base.uk".to_owned(), "base.model_res_partner".to_owned()];
        let found = client.resolve_external_ids(&names).await.expect("resolved");
        let external = found.into_iter().map(|(name, (_, id))| (name, id)).collect();
        let parents = (0..RECORDS / 10).map(|n| json!({ "name": format!("Household {n}") })).collect();
        let parents = client.create("res.partner", parents, bulk_context()).await.expect("made");
        Self { server, client, external, parents }
    }

    /// A record as `create` takes it, its references looked up before.
    fn values(&self, record: &Record) -> Map<String, Value> {
        let value = |cell: &Cell| match cell {
            Cell::Text(text) => json!(text),
            Cell::Id(id) | Cell::Integer(id) => json!(id),
            Cell::ExternalId(name) => json!(self.external[name]),
            Cell::Boolean(truth) => json!(truth),
            _ => Value::Bool(false),
        };
        record.iter().map(|(field, cell)| ((*field).to_owned(), value(cell))).collect()
    }

    /// A contact of 15 fields.
    fn contact(&self, round: &str, n: usize) -> Record {
        let text = |text: String| Cell::Text(text);
        vec![
            ("name", text(format!("Patient {n} Ö'Neill"))),
            ("ref", text(format!("{round}/{n}"))),
            ("email", text(format!("patient{n}.{round}@example.invalid"))),
            ("phone", text(format!("07700 900{:03}", n % 1000))),
            ("street", text(format!("{n} Mill Lane"))),
            ("street2", text("Lower Weston".into())),
            ("city", text("Bath".into())),
            ("zip", text("BA1 1AA".into())),
            ("country_id", Cell::ExternalId("base.uk".into())),
            ("comment", text("<p>Sensitive to cold</p>".into())),
            ("function", text("Teacher".into())),
            ("website", text("https://a.example.invalid".into())),
            ("lang", text("en_US".into())),
            ("company_name", text(format!("Company {}", n % 50))),
            ("type", text("other".into())),
        ]
    }

    /// Ten contacts of each household, one after the other.
    fn child(&self, round: &str, n: usize) -> Record {
        let mut record = self.contact(round, n);
        record.retain(|(field, _)| *field != "company_name");
        record.push(("parent_id", Cell::Id(self.parents[n / 10])));
        record
    }

    fn activity(&self, _: &str, n: usize) -> Record {
        vec![
            ("res_model_id", Cell::ExternalId("base.model_res_partner".into())),
            ("res_id", Cell::Integer(self.parents[n % self.parents.len()])),
            ("summary", Cell::Text(format!("Recall {n}"))),
            ("date_deadline", Cell::Text("2019-03-04".into())),
        ]
    }

    fn message(&self, _: &str, n: usize) -> Record {
        vec![
            ("model", Cell::Text("res.partner".into())),
            ("res_id", Cell::Integer(self.parents[n % self.parents.len()])),
            ("body", Cell::Text(format!("<p>Note {n}</p>"))),
            ("date", Cell::Text("2017-05-06 08:30:00".into())),
            ("message_type", Cell::Text("comment".into())),
        ]
    }
}

/// Seconds of `ways` in turns; the median of each, and of its ratio to the first.
struct Table {
    seconds: BTreeMap<&'static str, Vec<f64>>,
    order: Vec<&'static str>,
}

impl Table {
    fn new(order: &[&'static str]) -> Self {
        Self { seconds: BTreeMap::new(), order: order.to_vec() }
    }

    fn add(&mut self, way: &'static str, time: Duration) {
        self.seconds.entry(way).or_default().push(time.as_secs_f64());
    }

    /// Records a second beside the first way's: above 1 is faster.
    fn print(&self, what: &str) {
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let base = &self.seconds[self.order[0]];
        for way in &self.order {
            let Some(seconds) = self.seconds.get(way) else { continue };
            let ratios: Vec<f64> = std::iter::zip(base, seconds).map(|(base, own)| base / own).collect();
            let (low, high) = ratios.iter().fold((f64::MAX, 0.0_f64), |(l, h), r| (l.min(*r), h.max(*r)));
            let rate = RECORDS as f64 / median(seconds.clone());
            println!("{what:22} {way:34} {rate:7.0}/s {:6.2} x  ({low:.2} to {high:.2})", median(ratios));
        }
    }
}

/// The tuned loop: `create` of 200 in the quiet context.
async fn create_loop(ground: &Ground, model: &str, records: &[Record]) -> Duration {
    let values: Vec<Value> = records.iter().map(|record| Value::Object(ground.values(record))).collect();
    let began = Instant::now();
    for page in values.chunks(200) {
        ground.client.create(model, page.to_vec(), bulk_context()).await.expect("made");
    }
    began.elapsed()
}

/// odograft from a plan in its ledger: the time until all is in Odoo and in the ledger, and until all is read back and
/// sealed too.
async fn odograft(client: &Client, model: &str, records: Vec<Record>, fast: bool) -> (Duration, Duration) {
    let (_folder, mut ledger) = ledger();
    let (name, count) = (word(), records.len() as u64);
    let namespace = format!("odograft_{name}");
    let records: Vec<PlannedRecord> =
        records.into_iter().enumerate().map(|(n, record)| planned(&name, model, "row", n, record)).collect();
    plan(&mut ledger, &records);
    let mut loader = Loader::new(&mut ledger, client);
    if fast {
        loader = loader.fast(&namespace);
    }
    let began = Instant::now();
    let mut in_odoo = Duration::ZERO;
    let written = loader.load(&[model.to_owned()], &mut |_| in_odoo = began.elapsed()).await.expect("loaded");
    assert_eq!(written.created, count);
    (in_odoo, began.elapsed())
}

const CREATE: &str = "JSON-2 `create` of 200, a loop";
const LOAD: &str = "odograft";
const SEALED: &str = "odograft, with read-back";
const FAST: &str = "odograft, server action";
const FAST_SEALED: &str = "odograft, server action, read-back";
const FLUVO: &str = "fluvo 0.0.3";
const THREAD: &str = "odoo_import_thread 3.0.0";
const ODOORPC: &str = "OdooRPC 0.10.1, batches of 100";
const ODOOLY: &str = "odooly 2.6.7, batches of 100";

/// Writes what the other tools read: a CSV file and a connection file.
fn files(folder: &Path, ground: &Ground, separator: char) -> (PathBuf, PathBuf) {
    let round = word();
    let csv = folder.join("res_partner.csv");
    let mut file = std::fs::File::create(&csv).expect("a file");
    for n in 0..RECORDS {
        let record = ground.contact(&round, n);
        let name = |field: &str| if field == "country_id" { "country_id/id".to_owned() } else { field.to_owned() };
        if n == 0 {
            let names: Vec<String> = record.iter().map(|(field, _)| name(field)).collect();
            writeln!(file, "id{separator}{}", names.join(&separator.to_string())).expect("written");
        }
        let cells: Vec<String> = record
            .iter()
            .map(|(_, cell)| match cell {
                Cell::Text(text) | Cell::ExternalId(text) => text.clone(),
                _ => String::new(),
            })
            .collect();
        writeln!(file, "rival_{round}.r{n}{separator}{}", cells.join(&separator.to_string())).expect("written");
    }
    let config = folder.join("connection.conf");
    let Connection { url, database, key } = &ground.server.connection;
    let port = url.rsplit(':').next().expect("a port").trim_end_matches('/');
    let text = format!(
        "[Connection]\nhostname = 127.0.0.1\ndatabase = {}\nlogin = admin\npassword = {}\nprotocol = jsonrpc\nport = {port}\nuid = 2\n",
        database.as_deref().unwrap_or_default(),
        key.expose_secret()
    );
    std::fs::write(&config, text).expect("written");
    (csv, config)
}

/// Another tool on 1,000 contacts, start of its process included, as its users run it.
async fn rival(ground: &Ground, tools: &Path, way: &str) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let separator = if way == THREAD || way == FLUVO { ';' } else { ',' };
    let (csv, config) = files(folder.path(), ground, separator);
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals/odoo");
    let mut command = match way {
        FLUVO => {
            let mut command = Command::new(tools.join("bin/fluvo"));
            command.arg("import").arg("--connection-file").arg(&config).arg("--file").arg(&csv);
            command.args(["--model", "res.partner", "--worker", "1", "--size", "500", "--headless"]);
            command.args(["--context", "{'tracking_disable': True}"]);
            command
        }
        THREAD => {
            let mut command = Command::new(tools.join("bin/python"));
            command.arg(tools.join("bin/odoo_import_thread.py")).arg("-c").arg(&config).arg("--file").arg(&csv);
            command.args(["--model", "res.partner", "--worker", "1", "--size", "500"]);
            command
        }
        ODOORPC | ODOOLY => {
            let script = if way == ODOORPC { "odoorpc_create.py" } else { "odooly_create.py" };
            let mut command = Command::new(tools.join("bin/python"));
            command.arg(scripts.join(script)).arg(&csv);
            command
        }
        other => panic!("{other} is not known"),
    };
    let Connection { url, database, key } = &ground.server.connection;
    command.env("URL", url).env("DATABASE", database.as_deref().unwrap_or_default()).env("KEY", key.expose_secret());
    let count = || ground.client.search_count("res.partner", json!([]), true);
    let before = count().await.expect("counted");
    let began = Instant::now();
    let output = command.current_dir(folder.path()).output().expect("the tool starts");
    let took = began.elapsed();
    let made = count().await.expect("counted") - before;
    let said = || String::from_utf8_lossy(&output.stderr).chars().rev().take(600).collect::<Vec<_>>();
    assert_eq!(made, RECORDS as u64, "{way}: {}", said().into_iter().rev().collect::<String>());
    took
}

/// Every way in turns, in another order each round, after a round that is not counted.
async fn compare(
    ground: &Ground,
    what: &str,
    model: &str,
    record: fn(&Ground, &str, usize) -> Record,
    tools: Option<&Path>,
) {
    let mut table = Table::new(&[CREATE, LOAD, SEALED, FAST, FAST_SEALED, FLUVO, THREAD, ODOORPC, ODOOLY]);
    let mut ways = vec![CREATE, LOAD, FAST];
    ways.extend(tools.iter().flat_map(|_| [FLUVO, THREAD, ODOORPC, ODOOLY]));
    for round in 0..=ROUNDS {
        let mut turns = ways.clone();
        turns.rotate_left(round % ways.len());
        for way in turns {
            let name = word();
            let records: Vec<Record> = (0..RECORDS).map(|n| record(ground, &name, n)).collect();
            let times = match way {
                CREATE => vec![(CREATE, create_loop(ground, model, &records).await)],
                LOAD => {
                    let (load, sealed) = odograft(&ground.client, model, records, false).await;
                    vec![(LOAD, load), (SEALED, sealed)]
                }
                FAST => {
                    let (load, sealed) = odograft(&ground.client, model, records, true).await;
                    vec![(FAST, load), (FAST_SEALED, sealed)]
                }
                other => vec![(other, rival(ground, tools.expect("the tools are there"), other).await)],
            };
            for (way, time) in times.into_iter().filter(|_| round > 0) {
                table.add(way, time);
            }
        }
    }
    table.print(what);
}

#[tokio::test]
#[ignore = "a measurement of some ten minutes: `cargo xtask odoo-suite` runs it"]
async fn throughput() {
    let Some(server) = Server::real() else { return };
    let tools = std::env::var_os("ODOGRAFT_ODOO_RIVALS").map(PathBuf::from);
    let ground = Ground::make(server).await;
    println!(
        "{RECORDS} records, {ROUNDS} rounds in turns after one that is not counted; the ratio is of speed, more is faster"
    );
    compare(&ground, "contacts of 15 fields", "res.partner", Ground::contact, tools.as_deref()).await;
    compare(&ground, "activities", "mail.activity", Ground::activity, None).await;
    compare(&ground, "children, ten each", "res.partner", Ground::child, None).await;
    compare(&ground, "messages", "mail.message", Ground::message, None).await;
}

/// A stand-in in a process of its own, so that its memory is not the client's.
struct Standin {
    process: Child,
    url: String,
}

const KEY: &str = "a key of the stand-in";

impl Standin {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "odoo::measure::a_standin_for_another_process", "--ignored", "--nocapture"])
            .env("ODOGRAFT_SERVE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut said = BufReader::new(process.stdout.take().expect("its words")).lines().map_while(Result::ok);
        let url = said.find_map(|line| line.strip_prefix("url ").map(str::to_owned));
        // The runner goes on talking, and ends when nobody listens.
        std::thread::spawn(move || said.for_each(drop));
        Self { process, url: url.expect("it says where it is") }
    }
}

impl Drop for Standin {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a server for `a_million_records`"]
async fn a_standin_for_another_process() {
    use odograft_standins::odoo::{OdooOptions, OdooStandin};
    if std::env::var_os("ODOGRAFT_SERVE").is_none() {
        return;
    }
    let options = OdooOptions { api_key: KEY.to_owned(), ..OdooOptions::default() };
    let standin = OdooStandin::start(options).await.expect("the stand-in starts");
    println!("url {}", standin.url());
    // Until whoever started it goes.
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

fn mebibytes(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux says");
    let found = status.lines().find(|text| text.starts_with(line)).expect("the line");
    let kibibytes: u64 = found.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kibibytes / 1024
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement of some minutes: `cargo xtask odoo-suite` runs it"]
async fn a_million_records() {
    super::install_tls();
    let count: usize = std::env::var("ODOGRAFT_TEST_MILLION").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let standin = Standin::start();
    let connection = Connection { url: standin.url.clone(), database: None, key: SecretString::from(KEY) };
    let server = Server { connection, _standin: None };
    let ground = Ground::make(server).await;
    let (_folder, mut ledger) = ledger();
    let pass = ledger.begin_pass().expect("a pass");
    ledger.begin_plan(pass).expect("a plan");
    for start in (0..count).step_by(1_000) {
        let record = |n| planned("million", "res.partner", "row", n, ground.contact("million", n));
        let records: Vec<PlannedRecord> = (start..(start + 1_000).min(count)).map(record).collect();
        ledger.plan_records(&records, &Notes::default()).expect("planned");
    }
    let planned = mebibytes("VmHWM:");
    let began = Instant::now();
    let mut in_odoo = Duration::ZERO;
    let written = Loader::new(&mut ledger, &ground.client)
        .load(&["res.partner".to_owned()], &mut |_| in_odoo = began.elapsed())
        .await
        .expect("loaded");
    assert_eq!(written.created, count as u64);
    println!(
        "{count} records of 15 fields upserted to the stand-in in {:.0} s ({:.0}/s), read back and sealed after {:.0} s; \
         peak memory of the client {} MiB (after planning {planned} MiB)",
        in_odoo.as_secs_f64(),
        count as f64 / in_odoo.as_secs_f64(),
        began.elapsed().as_secs_f64(),
        mebibytes("VmHWM:"),
    );
}
