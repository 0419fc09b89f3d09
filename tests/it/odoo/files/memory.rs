//! What a large file costs the client: its bytes pass through and are never held.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use odograft_ledger::{Ledger, Notes};
use odograft_migration::{Files, Loader, Opening};
use odograft_odoo::{Client, Connection, Protocol, Settings};
use odograft_sources::OpenFile;
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::io::{AsyncRead, ReadBuf};

use super::super::plan::{planned, text};
use super::super::undo::word;
use super::super::{Server, install_tls};
use super::file;

const LENGTH: u64 = 100 << 20;
/// `sha1sum` of as many zeros.
const SHA1: &str = "2c2ceccb5ec5574f791d45b63c940cff20550f9a";

/// A file of zeros.
struct Zeros(u64);

impl AsyncRead for Zeros {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let take = usize::try_from(self.0).map_or(out.remaining(), |left| left.min(out.remaining()));
        out.initialize_unfilled_to(take).fill(0);
        out.advance(take);
        self.0 -= take as u64;
        Poll::Ready(Ok(()))
    }
}

struct OneFile;

impl Files for OneFile {
    fn open<'a>(&'a self, _: &'a str, _: &'a str) -> Opening<'a> {
        Box::pin(async { Ok(OpenFile { length: Some(LENGTH), stamp: None, reader: Box::pin(Zeros(LENGTH)) }) })
    }
}

/// A server that takes any body, holds none, and answers as Odoo would for one attachment. How long bodies were by method,
/// and how many letters `A` they held.
type Seen = Arc<Mutex<BTreeMap<String, (u64, u64)>>>;

fn serve(mut client: TcpStream, seen: &Seen) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut first, mut length) = (String::new(), 0_u64);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a number");
        }
        if first.is_empty() {
            first = line;
        }
    }
    let (mut left, mut letters, mut part) = (length, 0, vec![0; 1 << 16]);
    while left > 0 {
        let wanted = usize::try_from(left).map_or(part.len(), |left| left.min(part.len()));
        let read = reader.read(&mut part[..wanted])?;
        assert!(read > 0, "the body ends before its length");
        letters += part[..read].iter().filter(|byte| **byte == b'A').count() as u64;
        left -= read as u64;
    }
    let method = first.split(' ').nth(1).and_then(|path| path.rsplit('/').next()).unwrap_or_default().to_owned();
    let answer = match method.as_str() {
        "load" => r#"{"ids": [1], "messages": []}"#.to_owned(),
        "context_get" => r#"{"uid": 2}"#.to_owned(),
        "read" => format!(
            r#"[{{"id": 1, "checksum": "{SHA1}", "file_size": {LENGTH}, "write_uid": 2, "write_date": "2020-01-01 00:00:00"}}]"#
        ),
        _ => "{}".to_owned(),
    };
    seen.lock().expect("not poisoned").insert(method, (length, letters));
    write!(
        client,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    )
}

/// The most memory that this process has had, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_passes_through_little_memory() {
    install_tls();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let seen = Seen::default();
    let shared = Arc::clone(&seen);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let _ = serve(client, &shared);
        }
    });
    let connection = Connection { url, database: None, key: SecretString::from("key") };
    let settings = Settings { protocol: Some(Protocol::Json2), attempts: 1, ..Settings::default() };
    let client = Client::with_settings(&connection, settings).expect("a client");
    let folder = TempDir::new().expect("a temporary folder");
    let mut ledger = Ledger::open(&folder.path().join("ledger.db"), &"memory".into()).expect("a ledger");
    let pass = ledger.begin_pass().expect("a pass");
    ledger.begin_plan(pass).expect("a plan");
    let cells = vec![("name", text("scan.bin")), ("datas", file("scan"))];
    let record = planned("memory", "ir.attachment", "document", 0, cells);
    ledger.plan_records(&[record], &Notes::default()).expect("planned");

    let before = peak();
    let loader = Loader::new(&mut ledger, &client).with_files(Arc::new(OneFile), LENGTH);
    let written = loader.load(&["ir.attachment".to_owned()], &mut |_| {}).await.expect("loaded");
    assert_eq!(written.created, 1);
    assert!(ledger.findings().expect("readable").is_empty(), "length and checksum are those that were sent");
    let (length, letters) = seen.lock().expect("not poisoned")["load"];
    let encoded = LENGTH.div_ceil(3) * 4;
    assert!(length > encoded && length < encoded + 1_000, "{length}");
    // 100 MiB are one byte more than a multiple of three: two letters of the last four are padding.
    assert_eq!(letters, encoded - 2);
    if let (Some(before), Some(after)) = (before, peak()) {
        let more = after.saturating_sub(before) / 1024;
        println!("a file of {} MiB: the client's peak memory rose by {more} MiB to {} MiB", LENGTH >> 20, after / 1024);
        assert!(more < 32, "{more} MiB");
    }
}

/// A file that is within the configured limit and above the server's: it is put aside, and the rest goes on.
async fn the_servers_own_limit_counts_too(server: &Server, protocol: Protocol) {
    let client = server.client(protocol);
    let name = word();
    let folder = TempDir::new().expect("a temporary folder");
    let mut ledger = Ledger::open(&folder.path().join("ledger.db"), &"limit".into()).expect("a ledger");
    let pass = ledger.begin_pass().expect("a pass");
    ledger.begin_plan(pass).expect("a plan");
    let named = |n: usize| ("name", text(format!("{name}-{n}.bin")));
    let records = [
        planned(&name, "ir.attachment", "document", 0, vec![named(0), ("datas", file("scan"))]),
        planned(&name, "ir.attachment", "document", 1, vec![named(1), ("datas", text("QQ=="))]),
    ];
    ledger.plan_records(&records, &Notes::default()).expect("planned");
    let loader = Loader::new(&mut ledger, &client).with_files(Arc::new(OneFile), LENGTH);
    let written = loader.load(&["ir.attachment".to_owned()], &mut |_| {}).await.expect("loaded");
    assert_eq!(written.created, 1);
    let quarantined = ledger.quarantined().expect("readable");
    let told: Vec<_> = quarantined.iter().map(|row| (row.source_id.as_str(), row.code.as_str())).collect();
    assert_eq!(told, [("0", "too-large")]);
    let there = ledger.record("ir.attachment", "document", "1").expect("readable").and_then(|record| record.odoo_id);
    client.unlink("ir.attachment", &[there.expect("in Odoo")]).await.expect("deleted");
}

mod real {
    use super::*;

    #[tokio::test]
    async fn a_file_above_the_limit_of_a_real_odoo() {
        let Some(server) = Server::real() else { return };
        for protocol in Protocol::ALL {
            the_servers_own_limit_counts_too(&server, protocol).await;
        }
    }
}
