//! A stand-in for SQL Server: TDS 7.4 over TCP, as an unmodified driver speaks it, with tables in memory.
//!
//! It knows the statements that an extractor sends: `SELECT` of columns of one table with comparisons, order and `TOP`, as
//! a batch or through `sp_executesql`. Source: MS-TDS.

mod sql;
mod tls;
mod types;
mod wire;

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::civil::DateTime;

pub use types::{Cell, Kind};

use self::sql::{Parameter, Refusal, Rows};
use self::wire::Bytes;

/// What the server holds and how it behaves.
#[derive(Debug, Clone, Default)]
pub struct MssqlOptions {
    /// The log-in that it takes.
    pub user: String,
    /// Its password.
    pub password: String,
    /// The databases.
    pub databases: Vec<Database>,
    /// A certificate and its key, both in DER; with them every connection must be encrypted, without them none can.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
}

/// A database.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// A table with its rows.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Such as `dbo`.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, all of which may be null.
    pub columns: Vec<Column>,
    /// As many cells each as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
}

/// What goes wrong in the middle of an answer, after some of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// An error of class 16 with this number.
    Error(u32),
    /// Nothing more comes; the connection stays open.
    Stall,
    /// The connection is closed.
    Drop,
}

/// The table whose next answer goes wrong, after how many rows, and how.
type Planned = Option<(String, usize, Fault)>;

#[derive(Debug)]
struct Shared {
    options: Mutex<Arc<MssqlOptions>>,
    planned: Mutex<Planned>,
    clock: Mutex<DateTime>,
    statements: Mutex<Vec<String>>,
    over: AtomicBool,
}

/// The running stand-in; dropping it stops it.
#[derive(Debug)]
pub struct MssqlStandin {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl MssqlStandin {
    /// Serves on a free loopback port, one thread for each connection.
    ///
    /// # Errors
    /// When no port can be bound.
    pub fn start(options: MssqlOptions) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            options: Mutex::new(Arc::new(options)),
            planned: Mutex::default(),
            clock: Mutex::new(DateTime::constant(2026, 11, 1, 23, 59, 59, 0)),
            statements: Mutex::default(),
            over: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("mssql".to_owned()).spawn(move || {
            for stream in listener.incoming() {
                if served.over.load(Ordering::Relaxed) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&served)) else { continue };
                // A client that goes away ends its own thread.
                std::thread::spawn(move || serve(stream, &shared));
            }
        })?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The statements that came so far, in order.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        self.shared.statements.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what it holds, for statements to come.
    pub fn change(&self, change: impl FnOnce(&mut MssqlOptions)) {
        change(Arc::make_mut(&mut self.shared.options.lock().unwrap_or_else(PoisonError::into_inner)));
    }

    /// Sets the server's clock. It stands: until it is set, at the end of the day on which practices are looked at.
    pub fn set_clock(&self, now: DateTime) {
        *self.shared.clock.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// The next answer from this table goes wrong after so many rows; the one after it is whole again.
    pub fn fail(&self, table: &str, rows: usize, fault: Fault) {
        *self.shared.planned.lock().unwrap_or_else(PoisonError::into_inner) = Some((table.to_owned(), rows, fault));
    }
}

impl Drop for MssqlStandin {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // Wakes the listener, which then sees that it is over.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A stream, encrypted or not.
trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

fn serve(stream: TcpStream, shared: &Shared) {
    // Whatever fails here is a client that went away, or one that speaks something else.
    let _ = session(stream, shared);
}

fn session(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let identity = shared.options.lock().unwrap_or_else(PoisonError::into_inner).identity.clone();
    let (kind, _) = wire::read(&mut stream)?;
    if kind != wire::PRELOGIN {
        return Ok(());
    }
    // Version and encryption, each with its place and length, then the values: 3 for required, 2 for not supported.
    let encryption = if identity.is_some() { 3 } else { 2 };
    let answer = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 12, 0, 0x10, 0, 0, 0, encryption];
    wire::write(&mut stream, wire::ANSWER, &answer, true)?;
    let mut wire: Box<dyn Wire> = match identity {
        Some((certificate, key)) => Box::new(tls::accept(stream, certificate, key)?),
        None => Box::new(stream),
    };
    let (kind, login) = wire::read(&mut *wire)?;
    if kind != wire::LOGIN {
        return Ok(());
    }
    let mut out = Vec::new();
    let database = log_in(&login, shared, &mut out);
    wire::write(&mut *wire, wire::ANSWER, &out, true)?;
    let Some(database) = database else { return Ok(()) };
    loop {
        let (kind, message) = wire::read(&mut *wire)?;
        let (statement, parameters) = match kind {
            wire::BATCH => (wire::utf16(body(&message)?), Vec::new()),
            wire::RPC => call(body(&message)?)?,
            wire::ATTENTION => {
                let mut out = Vec::new();
                wire::done(0x20, 0, &mut out);
                wire::write(&mut *wire, wire::ANSWER, &out, true)?;
                continue;
            }
            _ => return Ok(()),
        };
        shared.statements.lock().unwrap_or_else(PoisonError::into_inner).push(statement.clone());
        let options = Arc::clone(&shared.options.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(database) = options.databases.iter().find(|own| own.name == database) else { return Ok(()) };
        let now = *shared.clock.lock().unwrap_or_else(PoisonError::into_inner);
        match sql::run(database, &statement, &parameters, now) {
            Ok(rows) => send(&mut *wire, &rows, shared)?,
            Err(Refusal(number, words)) => {
                let mut out = Vec::new();
                wire::error(number, 16, &words, &mut out);
                wire::write(&mut *wire, wire::ANSWER, &out, true)?;
            }
        }
    }
}

/// What stands behind the headers of a request.
fn body(message: &[u8]) -> io::Result<&[u8]> {
    let mut bytes = Bytes(message);
    let length = bytes.number(4)? as usize;
    bytes.take(length.saturating_sub(4))?;
    Ok(bytes.0)
}

/// Checks a log-in; the database that it asks for.
fn log_in(login: &[u8], shared: &Shared, out: &mut Vec<u8>) -> Option<String> {
    let field = |at: usize| -> Option<&[u8]> {
        let number = |at: usize| Some(usize::from(u16::from_le_bytes([*login.get(at)?, *login.get(at + 1)?])));
        login.get(number(at)?..)?.get(..number(at + 2)? * 2)
    };
    let user = wire::utf16(field(40)?);
    let password: Vec<u8> = field(44)?.iter().map(|byte| (byte ^ 0xa5).rotate_left(4)).collect();
    let wanted = wire::utf16(field(68)?);
    let options = shared.options.lock().unwrap_or_else(PoisonError::into_inner);
    if user != options.user || wire::utf16(&password) != options.password {
        wire::error(18_456, 14, &format!("Login failed for user '{user}'."), out);
        return None;
    }
    let Some(database) = options.databases.iter().find(|own| own.name.eq_ignore_ascii_case(&wanted)) else {
        let words = format!("Cannot open database \"{wanted}\" requested by the login. The login failed.");
        wire::error(4_060, 11, &words, out);
        return None;
    };
    wire::change(1, &database.name, "master", out);
    wire::change(4, "4096", "4096", out);
    let mut ack = vec![1, 0x74, 0, 0, 4];
    wire::short("Microsoft SQL Server", &mut ack);
    ack.extend([12, 0, 0x10, 0]);
    out.push(0xad);
    out.extend((ack.len() as u16).to_le_bytes());
    out.extend(ack);
    wire::done(0, 0, out);
    Some(database.name.clone())
}

/// A call of `sp_executesql`: the statement and its parameters.
fn call(body: &[u8]) -> io::Result<(String, Vec<Parameter>)> {
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "a call that the stand-in does not know");
    let mut bytes = Bytes(body);
    if (bytes.number(2)?, bytes.number(2)?) != (0xffff, 10) {
        return Err(unknown());
    }
    bytes.take(2)?;
    let mut values = Vec::new();
    while !bytes.0.is_empty() {
        let name = bytes.number(1)? as usize;
        bytes.take(name * 2 + 1)?;
        values.push(match bytes.number(1)? {
            0x26 => {
                bytes.take(1)?;
                match bytes.number(1)? as usize {
                    0 => Parameter::Null,
                    size => {
                        let unused = 64 - 8 * size as u32;
                        Parameter::Int((bytes.number(size)? << unused) as i64 >> unused)
                    }
                }
            }
            0xe7 => {
                let long = bytes.number(2)? == 0xffff;
                bytes.take(5)?;
                if long { long_text(&mut bytes)? } else { short_text(&mut bytes)? }
            }
            _ => return Err(unknown()),
        });
    }
    let mut values = values.into_iter();
    let Some(Parameter::Text(statement)) = values.next() else { return Err(unknown()) };
    // The second one declares the others.
    Ok((statement, values.skip(1).collect()))
}

fn short_text(bytes: &mut Bytes<'_>) -> io::Result<Parameter> {
    Ok(match bytes.number(2)? as usize {
        0xffff => Parameter::Null,
        length => Parameter::Text(wire::utf16(bytes.take(length)?)),
    })
}

fn long_text(bytes: &mut Bytes<'_>) -> io::Result<Parameter> {
    if bytes.number(8)? == u64::MAX {
        return Ok(Parameter::Null);
    }
    let mut all = Vec::new();
    loop {
        match bytes.number(4)? as usize {
            0 => return Ok(Parameter::Text(wire::utf16(&all))),
            length => all.extend(bytes.take(length)?),
        }
    }
}

/// Sends rows, and what was planned to go wrong with them. Rows of more than one null come with a map of them.
fn send(wire: &mut dyn Wire, rows: &Rows, shared: &Shared) -> io::Result<()> {
    let planned = {
        let mut planned = shared.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if planned.as_ref().is_some_and(|(table, ..)| *table == rows.table) { planned.take() } else { None }
    };
    let mut out = vec![0x81];
    out.extend((rows.columns.len() as u16).to_le_bytes());
    for (name, kind) in &rows.columns {
        // No user type; may be null.
        out.extend([0, 0, 0, 0, 1, 0]);
        kind.info(&mut out);
        wire::short(name, &mut out);
    }
    for (number, row) in rows.rows.iter().enumerate() {
        if let Some((_, after, fault)) = &planned
            && *after == number
        {
            return go_wrong(wire, *fault, out, shared);
        }
        let nulls = row.iter().filter(|cell| **cell == Cell::Null).count();
        if nulls > 1 {
            out.push(0xd2);
            let mut map = vec![0_u8; row.len().div_ceil(8)];
            for (at, _) in row.iter().enumerate().filter(|(_, cell)| **cell == Cell::Null) {
                map[at / 8] |= 1 << (at % 8);
            }
            out.extend(map);
        } else {
            out.push(0xd1);
        }
        for (cell, (_, kind)) in std::iter::zip(row, &rows.columns) {
            if nulls < 2 || *cell != Cell::Null {
                kind.value(cell, &mut out);
            }
        }
    }
    wire::done(0x10, rows.rows.len() as u64, &mut out);
    wire::write(wire, wire::ANSWER, &out, true)
}

fn go_wrong(wire: &mut dyn Wire, fault: Fault, mut out: Vec<u8>, shared: &Shared) -> io::Result<()> {
    match fault {
        Fault::Error(number) => {
            // Words as the server's own, which may quote what it read.
            wire::error(number, 16, "Conversion failed when converting the value 'note 6'.", &mut out);
            wire::write(wire, wire::ANSWER, &out, true)
        }
        Fault::Stall => {
            wire::write(wire, wire::ANSWER, &out, false)?;
            while !shared.over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(io::ErrorKind::TimedOut.into())
        }
        Fault::Drop => {
            wire::write(wire, wire::ANSWER, &out, false)?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
    }
}
