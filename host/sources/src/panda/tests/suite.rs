//! What every SQL Server does: the stand-in, or the real one that `MSSQL_TEST_URL` names. What goes wrong on the way goes
//! wrong in a proxy, so that no server has to be brought to it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use odograft_standins::mssql::{Fault, MssqlStandin, Table};

use super::{note_map, notes, options, refusal, refused, server, walk};
use crate::SourceRow;
use crate::panda::client::Connection;
use crate::panda::{Encryption, Panda, PandaError, PandaOptions, TableMap, Trust};

/// Rows of the table of notes, as a real server makes them.
const NOTES: &str = "DROP VIEW IF EXISTS dbo.note_view; DROP TABLE IF EXISTS dbo.note_table; \
    CREATE TABLE dbo.note_table (NoteID int NOT NULL PRIMARY KEY, PatientID int NULL, Body nvarchar(200) NULL); \
    INSERT INTO dbo.note_table SELECT TOP (1500) n, n % 7, CONCAT('note ', n) \
    FROM (SELECT ROW_NUMBER() OVER (ORDER BY (SELECT NULL)) n FROM sys.all_columns a CROSS JOIN sys.all_columns b) x;";

/// A view on it that fails in the middle.
const BROKEN: &str = "EXEC('CREATE VIEW dbo.note_view AS SELECT NoteID, PatientID, \
    CASE WHEN NoteID = 700 THEN CAST(1 / (NoteID - 700) AS nvarchar(9)) ELSE Body END AS Body FROM dbo.note_table');";

/// A server with tables to read, and how to reach it.
pub(super) struct Ground {
    pub(super) options: PandaOptions,
    /// None on a real server.
    standin: Option<MssqlStandin>,
}

impl Ground {
    /// The stand-in with these tables, or the real server once it has run the script.
    pub(super) async fn of(notes: TableMap, tables: Vec<Table>, script: &str) -> Self {
        let Ok(url) = std::env::var("MSSQL_TEST_URL") else {
            let server = server(vec![("north", tables)], None);
            return Self { options: options(&server, &[("north", "N")], notes), standin: Some(server) };
        };
        let bad = "MSSQL_TEST_URL is `mssql://user:password@host:port/database`";
        let (log_in, place) = url.strip_prefix("mssql://").and_then(|url| url.rsplit_once('@')).expect(bad);
        let (user, password) = log_in.split_once(':').expect(bad);
        let (address, database) = place.split_once('/').expect(bad);
        let (host, port) = address.split_once(':').expect(bad);
        let unused = server(Vec::new(), None);
        let options = PandaOptions {
            host: host.to_owned(),
            port: port.parse().expect(bad),
            user: user.to_owned(),
            password: password.into(),
            encryption: Encryption::Required,
            ..options(&unused, &[(database, "N")], notes)
        };
        let mut connection = Connection::open(&options, database).await.expect("a connection");
        connection.query("script", script, &[]).await.expect("the tables are made");
        Self { options, standin: None }
    }

    async fn with_notes(table: &str) -> Self {
        let mut tables = vec![notes(1_500)];
        tables.push(Table { name: "note_view".to_owned(), ..notes(1_500) });
        Self::of(note_map(table), tables, &format!("{NOTES} {BROKEN}")).await
    }

    /// The same server through a proxy.
    fn through(&self, proxy: &Proxy) -> PandaOptions {
        let options = self.options.clone();
        PandaOptions { host: "localhost".to_owned(), port: proxy.port, timeout: Duration::from_secs(3), ..options }
    }
}

/// What a proxy does to a connection whose answers have reached a number of bytes.
#[derive(Debug, Clone, Copy)]
enum Mischief {
    Cut,
    Stall,
}

/// Stands between the driver and a server.
struct Proxy {
    port: u16,
    /// Where it happens, what, and how often yet.
    plan: Arc<Mutex<(u64, Mischief, u32)>>,
}

impl Proxy {
    fn to(options: &PandaOptions, after: u64, mischief: Mischief, times: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let plan = Arc::new(Mutex::new((after, mischief, times)));
        let (upstream, shared) = ((options.host.clone(), options.port), Arc::clone(&plan));
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let (Ok(near), Ok(far)) = (near, TcpStream::connect((upstream.0.as_str(), upstream.1))) else { return };
                let (from, to) = (near.try_clone().expect("a stream"), far.try_clone().expect("a stream"));
                std::thread::spawn(move || pass(from, to, None));
                let plan = Arc::clone(&shared);
                std::thread::spawn(move || pass(far, near, Some(&plan)));
            }
        });
        Self { port, plan }
    }

    /// How often it may still misbehave.
    fn left(&self) -> u32 {
        self.plan.lock().expect("no test fails while it holds this").2
    }
}

/// Passes bytes on until an end closes, or until the plan says otherwise.
fn pass(mut from: TcpStream, mut to: TcpStream, plan: Option<&Mutex<(u64, Mischief, u32)>>) {
    let (mut part, mut passed) = ([0; 1 << 12], 0_u64);
    while let Ok(read @ 1..) = from.read(&mut part) {
        passed += read as u64;
        if let Some(plan) = plan {
            let mut plan = plan.lock().expect("no test fails while it holds this");
            if passed >= plan.0 && plan.2 > 0 {
                plan.2 -= 1;
                if let Mischief::Cut = plan.1 {
                    break;
                }
                drop(plan);
                // Nothing more comes, and the connection stays open for longer than any driver waits.
                std::thread::sleep(Duration::from_secs(60));
                break;
            }
        }
        if to.write_all(&part[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

fn all(rows: &[SourceRow]) -> bool {
    let numbers = rows.iter().filter_map(|row| row.id.strip_prefix("N/")?.parse::<i64>().ok());
    numbers.eq(1..=1_500)
}

#[tokio::test]
async fn rows_come_whole_and_in_order() {
    let ground = Ground::with_notes("note_table").await;
    let panda = Panda::open(ground.options.clone()).await.expect("the database is good");
    let (rows, pages) = walk(&panda).await;
    assert!(all(&rows) && pages == 2);
}

#[tokio::test]
async fn an_error_in_the_middle_of_an_answer_is_told_by_its_number() {
    let ground = Ground::with_notes("note_view").await;
    let panda = Panda::open(ground.options.clone()).await.expect("the database is good");
    if let Some(standin) = &ground.standin {
        standin.fail("note_view", 699, Fault::Error(8_134));
    }
    let error = refusal(panda.extract("note", None).await.expect_err("a division by zero"));
    assert!(matches!(error, PandaError::Refused { number: 8_134, class: 16, .. }), "{error:?}");
    assert!(error.to_string().contains("hint: ") && !error.to_string().contains("note 6"), "{error}");
}

#[tokio::test]
async fn a_connection_that_breaks_once_costs_no_row_and_one_that_always_breaks_is_told() {
    let ground = Ground::with_notes("note_table").await;
    let proxy = Proxy::to(&ground.options, 20_000, Mischief::Cut, 1);
    let panda = Panda::open(ground.through(&proxy)).await.expect("the database is good");
    assert!(all(&walk(&panda).await.0));
    assert_eq!(proxy.left(), 0, "the connection did not break");

    let proxy = Proxy::to(&ground.options, 20_000, Mischief::Cut, u32::MAX);
    let panda = Panda::open(ground.through(&proxy)).await.expect("the database is good");
    let error = refusal(panda.extract("note", None).await.expect_err("every connection breaks"));
    assert!(matches!(error, PandaError::Closed { .. }), "{error:?}");
    assert!(proxy.left() < u32::MAX - 2, "it was not tried again");
}

#[tokio::test]
async fn a_server_that_falls_silent_is_waited_for_no_longer_than_the_timeout() {
    let ground = Ground::with_notes("note_table").await;
    let proxy = Proxy::to(&ground.options, 20_000, Mischief::Stall, 1);
    let panda = Panda::open(ground.through(&proxy)).await.expect("the database is good");
    assert!(all(&walk(&panda).await.0));
    assert_eq!(proxy.left(), 0, "the server did not fall silent");

    let proxy = Proxy::to(&ground.options, 20_000, Mischief::Stall, u32::MAX);
    let options = PandaOptions { timeout: Duration::from_secs(2), ..ground.through(&proxy) };
    let panda = Panda::open(options).await.expect("the database is good");
    let error = refusal(panda.extract("note", None).await.expect_err("every answer stalls"));
    assert!(matches!(error, PandaError::Silent { seconds: 2, .. }), "{error:?}");
    assert!(proxy.left() < u32::MAX - 2, "it was not tried again");
}

#[tokio::test]
async fn wrong_passwords_databases_and_ports_are_told_apart() {
    let ground = Ground::with_notes("note_table").await;
    let good = || ground.options.clone();
    let wrong = refused(PandaOptions { password: "wrong".into(), ..good() }).await;
    assert!(matches!(wrong, PandaError::LogIn), "{wrong:?}");
    assert!(!format!("{wrong:?} {wrong}").contains("wrong"), "{wrong:?}");
    let error = refused(PandaOptions { databases: vec![("odograft_gone".into(), "N".into())], ..good() }).await;
    assert!(matches!(error, PandaError::Database { number: 4_060, .. }), "{error:?}");
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let error = refused(PandaOptions { host: "127.0.0.1".into(), port: closed, ..good() }).await;
    assert!(matches!(error, PandaError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_certificate_of_nobody_s_is_refused_where_encryption_is_required() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let other = folder.path().join("other.der");
    std::fs::write(&other, made.cert.der()).expect("written");
    let ground = Ground::with_notes("note_table").await;
    let strict =
        PandaOptions { encryption: Encryption::Required, trust: Trust::Authority(other), ..ground.options.clone() };
    let error = refused(strict).await;
    assert!(matches!(error, PandaError::Encryption { .. }), "{error:?}");
}
