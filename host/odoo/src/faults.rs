//! What the client makes of servers and proxies that fail, on a server that answers from a script.

mod calls;
mod loads;
mod protocols;
mod schema;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use crate::client::Client;
use crate::settings::{Connection, Protocol, Settings};

/// One answer of the script.
pub(crate) enum Reply {
    /// JSON with this status.
    Json(u16, Value),
    /// A proxy's page with this status and these header lines.
    Page(u16, &'static str),
    /// XML with status 200.
    Xml(String),
    /// A type and a body with this status.
    Raw(u16, String, String),
    /// The connection ends without an answer.
    Drop,
    /// No answer within the client's patience.
    Stall,
}

/// A request as it came.
#[derive(Clone)]
pub(crate) struct Request {
    /// Request line and headers, in lower case.
    head: String,
    /// The body, as JSON if it is any.
    body: Value,
    text: String,
}

/// A loopback server that gives one answer after the other and keeps the requests.
pub(crate) struct Script {
    url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    thread: JoinHandle<()>,
}

impl Script {
    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let thread = std::thread::spawn(move || {
            for reply in replies {
                let (mut stream, _) = listener.accept().expect("a call");
                log.lock().expect("not poisoned").push(read(&stream));
                answer(&mut stream, &reply);
            }
        });
        Self { url, requests, thread }
    }

    /// A client over JSON-2.
    pub(crate) fn client(&self) -> Client {
        self.client_over(Some(Protocol::Json2))
    }

    /// A client over this protocol, or over the one it chooses.
    pub(crate) fn client_over(&self, protocol: Option<Protocol>) -> Client {
        self.client_with(Settings {
            protocol,
            login: Some("admin".to_owned()),
            timeout: Duration::from_millis(400),
            attempts: 3,
            first_delay: Duration::from_millis(1),
            ..Settings::default()
        })
    }

    pub(crate) fn client_with(&self, settings: Settings) -> Client {
        // Another test may have been first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let connection = Connection {
            url: self.url.clone(),
            database: Some("practice".to_owned()),
            key: SecretString::from("the-key"),
        };
        Client::with_settings(&connection, settings).expect("a client")
    }

    /// The requests, once the whole script was played.
    pub(crate) fn played(self) -> Vec<Request> {
        self.thread.join().expect("every answer of the script was called for");
        self.requests.lock().expect("not poisoned").clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let start = head.len();
        reader.read_line(&mut head).expect("a line of the head");
        if head[start..].trim_end().is_empty() {
            break;
        }
    }
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().expect("a length"));
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body as long as announced");
    let text = String::from_utf8(body).expect("a body of text");
    Request { head, body: serde_json::from_str(&text).unwrap_or_default(), text }
}

fn answer(stream: &mut TcpStream, reply: &Reply) {
    let (status, kind, more, body) = match reply {
        Reply::Json(status, body) => (status, "application/json; charset=utf-8", "", body.to_string()),
        Reply::Xml(body) => (&200, "text/xml; charset=utf-8", "", body.clone()),
        Reply::Raw(status, kind, body) => (status, kind.as_str(), "", body.clone()),
        Reply::Page(status, more) => (status, "text/html", *more, "<html>a proxy's words</html>".to_owned()),
        Reply::Drop => return,
        Reply::Stall => return std::thread::sleep(Duration::from_millis(600)),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n"
    );
    // The client may have gone in the meantime.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// `load()` that took everything.
fn loaded(ids: &[i64]) -> Reply {
    Reply::Json(200, json!({ "ids": ids, "messages": [], "nextrow": 0 }))
}

/// `load()` that took nothing because of these rows.
fn refused(messages: &[(usize, &str)]) -> Reply {
    let messages: Vec<Value> = messages
        .iter()
        .map(|(row, text)| json!({ "type": "error", "record": row, "rows": { "from": row, "to": row }, "message": text }))
        .collect();
    Reply::Json(200, json!({ "ids": false, "messages": messages, "nextrow": 0 }))
}
