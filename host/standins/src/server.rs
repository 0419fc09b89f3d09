//! The life of a stand-in: a loopback port, a thread with its own runtime, an end when dropped.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::sync::oneshot;

/// Where a request gets stuck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// The server has done nothing for it yet.
    Before,
    /// The server has done it and the answer never leaves.
    After,
}

/// The request that gets stuck: how many come before it, and who is told.
type Trap = Arc<Mutex<Option<(u64, Stuck, oneshot::Sender<()>)>>>;

/// A server that runs on a thread of its own, so that a test which blocks its runtime can't stall it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    trap: Trap,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds a loopback port (a free one for `None`) and serves until stopped or dropped.
    pub(crate) async fn start(port: Option<u16>, router: Router) -> io::Result<Server> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let trap = Trap::default();
        let router = router.layer(middleware::from_fn_with_state(Arc::clone(&trap), pass));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let (ready, is_ready) = oneshot::channel::<io::Result<()>>();
        let thread = std::thread::Builder::new().name("standin".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let listener = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => listener,
                    Err(error) => {
                        let _ = ready.send(Err(error));
                        return;
                    }
                };
                let _ = ready.send(Ok(()));
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
            // Open connections end with the runtime, as they do when a server is killed.
            runtime.shutdown_background();
        })?;
        is_ready.await.unwrap_or_else(|_| Err(io::Error::other("the stand-in's thread ended before it served")))?;
        Ok(Server { address, trap, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets `pass` more requests through; the one after them gets stuck for good, and the receiver hears of it.
    /// An earlier trap is taken away: its receiver fails.
    pub(crate) fn stick(&self, pass: u64, stuck: Stuck) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        *self.trap.lock().unwrap_or_else(PoisonError::into_inner) = Some((pass, stuck, sender));
        receiver
    }

    /// Stops listening and drops open connections. Stopping twice does nothing.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Hands a request on, unless it is the one to get stuck.
async fn pass(State(trap): State<Trap>, request: Request, next: Next) -> Response {
    match spring(&trap) {
        None => next.run(request).await,
        Some((stuck, told)) => {
            if stuck == Stuck::After {
                // The answer is thrown away with the connection.
                let _ = next.run(request).await;
            }
            // A test that no longer listens has nothing to be told.
            let _ = told.send(());
            std::future::pending().await
        }
    }
}

/// Counts a request; the trap when it is this one's.
fn spring(trap: &Trap) -> Option<(Stuck, oneshot::Sender<()>)> {
    let mut trap = trap.lock().unwrap_or_else(PoisonError::into_inner);
    match trap.as_mut() {
        Some((0, ..)) => trap.take().map(|(_, stuck, told)| (stuck, told)),
        Some((before, ..)) => {
            *before -= 1;
            None
        }
        None => None,
    }
}
