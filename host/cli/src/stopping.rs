//! Ctrl-C: the first asks the work to stop between two batches, the second stops it where it is.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use odograft_migration::Stop;

use crate::exit;

static STOP: LazyLock<Stop> = LazyLock::new(Stop::default);

/// The wish to stop, which everything that works looks at.
pub(crate) fn stop() -> Stop {
    STOP.clone()
}

/// Listens, as long as the runtime lives.
pub(crate) fn listen() {
    tokio::spawn(async {
        if interrupted().await {
            STOP.ask();
            eprintln!("stopping at the end of this batch; Ctrl-C once more stops at once, which loses nothing either");
            if interrupted().await {
                std::process::exit(i32::from(exit::STOPPED.number()));
            }
        }
    });
}

/// Waits, until it is asked to stop.
pub(crate) async fn sleep(time: Duration) -> Result<()> {
    let until = Instant::now() + time;
    while Instant::now() < until {
        STOP.here()?;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Ok(())
}

/// Waits for Ctrl-C, or for the system's wish that the process ends.
#[cfg(unix)]
async fn interrupted() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut end) = signal(SignalKind::terminate()) else { return tokio::signal::ctrl_c().await.is_ok() };
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.is_ok(),
        ended = end.recv() => ended.is_some(),
    }
}

#[cfg(not(unix))]
async fn interrupted() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
