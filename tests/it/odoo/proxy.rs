//! A proxy between client and server that fails at random: before the server hears of a call, while it works, and after
//! it has committed.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The connection ends before the server hears of the call.
    DropBefore,
    /// The connection ends while the server works; it goes on.
    DropDuring,
    /// The connection ends when the server has answered.
    DropAfter,
    /// A gateway's 502, before the server hears of the call.
    BadGatewayBefore,
    /// A gateway's 502 after the server has answered.
    BadGatewayAfter,
    /// A gateway's 504 after the server has answered.
    GatewayTimeout,
    /// A gateway's 413; the server hears nothing. Only for bodies above [`LARGE`].
    TooLarge,
    /// The answer comes late.
    Slow,
    /// The answer ends in its middle.
    Truncated,
    /// The answer comes when the client has given up.
    Stalled,
    /// The server's workers are killed while they work.
    KilledWorker,
}

const FAULTS: [Fault; 11] = [
    Fault::DropBefore,
    Fault::DropDuring,
    Fault::DropAfter,
    Fault::BadGatewayBefore,
    Fault::BadGatewayAfter,
    Fault::GatewayTimeout,
    Fault::TooLarge,
    Fault::Slow,
    Fault::Truncated,
    Fault::Stalled,
    Fault::KilledWorker,
];

/// The network itself: no gateway that judges a call.
const CUTS: [Fault; 6] =
    [Fault::DropBefore, Fault::DropDuring, Fault::DropAfter, Fault::GatewayTimeout, Fault::Truncated, Fault::Stalled];

/// Bytes above which a gateway may find a body too large.
const LARGE: usize = 6_000;

/// What a proxy stands before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    /// How long the client waits for an answer.
    pub(crate) timeout: Duration,
    /// The parent of the server's workers, where it has any.
    pub(crate) process: Option<u32>,
}

/// The faults to come and those that were dealt out.
struct Dealer {
    random: fastrand::Rng,
    behind: Behind,
    left: usize,
    dealt: Vec<Fault>,
    /// What may go wrong.
    faults: &'static [Fault],
}

impl Dealer {
    /// Calls that write fail more often than others: there is more to lose.
    fn deal(&mut self, writes: bool, size: usize) -> Option<Fault> {
        let chance = if writes { 0.5 } else { 0.08 };
        if self.left == 0 || self.random.f64() >= chance {
            return None;
        }
        let fault = *self.random.choice(self.faults)?;
        if fault == Fault::TooLarge && size < LARGE || fault == Fault::KilledWorker && self.behind.process.is_none() {
            return None;
        }
        self.left -= 1;
        self.dealt.push(fault);
        Some(fault)
    }
}

/// The running proxy; its thread ends with the process.
pub(crate) struct Proxy {
    pub(crate) url: String,
    dealer: Arc<Mutex<Dealer>>,
}

impl Proxy {
    /// A proxy before `upstream` (`http://127.0.0.1:8069`) that deals out `faults` faults.
    pub(crate) fn start(upstream: &str, seed: u64, faults: usize, behind: Behind) -> Self {
        let upstream: SocketAddr =
            upstream.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let dealer =
            Dealer { random: fastrand::Rng::with_seed(seed), behind, left: faults, dealt: Vec::new(), faults: &FAULTS };
        let dealer = Arc::new(Mutex::new(dealer));
        let shared = Arc::clone(&dealer);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let dealer = Arc::clone(&shared);
                // A connection that breaks off is what this is about.
                std::thread::spawn(move || drop(pass(client, upstream, &dealer, behind)));
            }
        });
        Self { url, dealer }
    }

    /// Deals out so many faults more, of the network's own.
    pub(crate) fn cut(&self, faults: usize) {
        let mut dealer = self.dealer.lock().unwrap_or_else(PoisonError::into_inner);
        dealer.left += faults;
        dealer.faults = &CUTS;
    }

    /// Deals out no more.
    pub(crate) fn calm(&self) {
        self.dealer.lock().unwrap_or_else(PoisonError::into_inner).left = 0;
    }

    /// The faults that were dealt out so far.
    pub(crate) fn dealt(&self) -> Vec<Fault> {
        self.dealer.lock().unwrap_or_else(PoisonError::into_inner).dealt.clone()
    }
}

/// Passes one call on, with or without a fault.
fn pass(mut client: TcpStream, upstream: SocketAddr, dealer: &Mutex<Dealer>, behind: Behind) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim_end().is_empty() {
            break;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if !lower.starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path = head.lines().next().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let writes = ["load", "write", "unlink", "run"].iter().any(|method| {
        path.contains(&format!("/{method} "))
            || text.contains(&format!("\"{method}\""))
            || text.contains(&format!(">{method}<"))
    });
    let fault = dealer.lock().unwrap_or_else(PoisonError::into_inner).deal(writes, length);
    match fault {
        Some(Fault::DropBefore) => return client.shutdown(Shutdown::Both),
        Some(Fault::BadGatewayBefore) => return page(&mut client, 502),
        Some(Fault::TooLarge) => return page(&mut client, 413),
        _ => {}
    }
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    server.write_all(&body)?;
    if fault == Some(Fault::DropDuring) {
        // The server works on what it has got.
        std::thread::sleep(Duration::from_millis(3));
        client.shutdown(Shutdown::Both)?;
    }
    if let (Some(Fault::KilledWorker), Some(process)) = (fault, behind.process) {
        std::thread::sleep(Duration::from_millis(20));
        kill_workers(process)?;
    }
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    match fault {
        Some(Fault::Stalled) => {
            std::thread::sleep(behind.timeout + Duration::from_millis(200));
            client.shutdown(Shutdown::Both)
        }
        Some(Fault::DropDuring | Fault::DropAfter) => client.shutdown(Shutdown::Both),
        Some(Fault::BadGatewayAfter) => page(&mut client, 502),
        Some(Fault::GatewayTimeout) => page(&mut client, 504),
        Some(Fault::Truncated) => {
            client.write_all(&answer[..answer.len() - answer.len() / 3])?;
            client.shutdown(Shutdown::Both)
        }
        Some(Fault::Slow) => {
            std::thread::sleep(Duration::from_millis(150));
            client.write_all(&answer)
        }
        _ => client.write_all(&answer),
    }
}

/// Kills the workers of a server without a warning; it makes new ones.
fn kill_workers(process: u32) -> std::io::Result<()> {
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"))?;
    // One of them is not a worker, and comes back more slowly.
    let is_worker = |child: &&str| {
        std::fs::read_to_string(format!("/proc/{child}/cmdline")).is_ok_and(|command| !command.contains("gevent"))
    };
    let workers: Vec<&str> = children.split_whitespace().filter(is_worker).collect();
    std::process::Command::new("kill").arg("-9").args(workers).status().map(drop)
}

fn page(client: &mut TcpStream, status: u16) -> std::io::Result<()> {
    let body = "<html>a gateway's words</html>";
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes())?;
    client.write_all(body.as_bytes())
}
