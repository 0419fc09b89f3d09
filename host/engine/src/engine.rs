//! The engine that all modules of a process share: its configuration, its clock and its pool of sandboxes.

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::{Cache, CacheConfig, Config, Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::rules::Rules;

/// How often the clock ticks that interrupts modules.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Sandboxes that may live at one time; a caller that would make one more waits.
const SANDBOXES: u32 = 32;

/// Memory of a sandbox that is zeroed for the next one instead of given back to the system: about
/// what a batch of 256 patients touches. Giving all of it back took 1.2 to 1.5 times as long a batch.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// How an [`Engine`] is made.
#[derive(Debug, Clone, Default)]
pub struct EngineOptions {
    /// Folder for compiled artefacts, made when it does not exist; none: each load compiles anew.
    /// An entry is found by the module's bytes and the engine's configuration and version.
    /// It is machine code that the host runs: nobody else may write into this folder.
    pub cache: Option<PathBuf>,
}

/// The engine could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The folder for compiled artefacts cannot be used.
    #[error("cannot keep compiled modules in `{}`: {cause}; hint: name a folder that this user may write to, or go without", folder.display())]
    Cache {
        /// The folder as it was asked for.
        folder: PathBuf,
        /// What stood in the way.
        cause: String,
    },
    /// The sandbox runtime refuses this machine.
    #[error(
        "cannot start the sandbox runtime: {cause}; hint: it reserves 512 GiB of address space, so lift any `ulimit -v`"
    )]
    Runtime {
        /// What the runtime says.
        cause: String,
    },
}

/// Compiles and runs modules. Cheap to clone; all clones share one clock and one pool.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    wasmtime: wasmtime::Engine,
    slots: Slots,
    _ticker: Ticker,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts the runtime and its clock. The clock stops when the last engine and module are dropped.
    ///
    /// # Errors
    /// When the cache folder cannot be used, or the machine lacks what the runtime needs.
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let mut config = configuration();
        if let Some(folder) = &options.cache {
            config.cache(Some(open_cache(folder)?));
        }
        let wasmtime =
            wasmtime::Engine::new(&config).map_err(|error| EngineError::Runtime { cause: format!("{error:#}") })?;
        let ticker = Ticker::start(wasmtime.clone());
        Ok(Self { shared: Arc::new(Shared { wasmtime, slots: Slots::new(SANDBOXES), _ticker: ticker }) })
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.shared.wasmtime
    }

    /// Waits for a place in the pool: that all places are taken must never be a record's fault.
    pub(crate) fn sandbox_slot(&self) -> Slot<'_> {
        self.shared.slots.take()
    }
}

/// The sandbox's rules, which every module of every client runs under; public so that a benchmark can tell what one
/// of them costs.
#[must_use]
pub fn configuration() -> Config {
    let rules = Rules::current();
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .consume_fuel(rules.fuel)
        .epoch_interruption(true)
        .max_wasm_stack(rules.stack_bytes)
        .cranelift_nan_canonicalization(rules.nan_canonicalization)
        .wasm_relaxed_simd(rules.relaxed_simd)
        .relaxed_simd_deterministic(true)
        .memory_init_cow(true)
        // A module's backtrace names functions of a stripped file: nothing that helps anyone.
        .wasm_backtrace_max_frames(None);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(SANDBOXES)
        .total_core_instances(SANDBOXES * 16)
        .max_core_instances_per_component(16)
        .total_memories(SANDBOXES * 4)
        .max_memories_per_component(4)
        .total_tables(SANDBOXES * 8)
        .max_tables_per_component(8)
        .linear_memory_keep_resident(KEPT_BYTES)
        .table_keep_resident(KEPT_BYTES)
        .pagemap_scan(Enabled::Auto);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn open_cache(folder: &PathBuf) -> Result<Cache, EngineError> {
    let fail = |cause: String| EngineError::Cache { folder: folder.clone(), cause };
    let absolute = std::path::absolute(folder).map_err(|error| fail(error.to_string()))?;
    let mut config = CacheConfig::new();
    config.with_directory(absolute);
    Cache::new(config).map_err(|error| fail(format!("{error:#}")))
}

/// Advances the epoch that interrupts modules which run too long.
struct Ticker {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: wasmtime::Engine) -> Self {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                engine.increment_epoch();
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // Dropping the sender ends the wait at once.
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's clock had stopped before its engine");
        }
    }
}

/// Counts the pool's free places.
struct Slots {
    free: Mutex<u32>,
    freed: Condvar,
}

impl Slots {
    fn new(free: u32) -> Self {
        Self { free: Mutex::new(free), freed: Condvar::new() }
    }

    fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot { slots: self }
    }
}

/// A place in the pool, given back on drop. Drop the store before it.
pub(crate) struct Slot<'a> {
    slots: &'a Slots,
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.slots.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.slots.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_stops_with_the_last_clone() {
        let engine = Engine::new(&EngineOptions::default()).expect("the runtime starts");
        let shared = Arc::downgrade(&engine.shared);
        let clone = engine.clone();
        drop(engine);
        assert!(shared.upgrade().is_some());
        // Joins the ticker: a clock that would not stop makes this test hang.
        drop(clone);
        assert!(shared.upgrade().is_none());
    }

    #[test]
    fn a_caller_waits_for_a_place() {
        let slots = Slots::new(1);
        let first = slots.take();
        thread::scope(|scope| {
            let second = scope.spawn(|| drop(slots.take()));
            thread::sleep(Duration::from_millis(20));
            assert!(!second.is_finished());
            drop(first);
        });
    }

    #[test]
    fn a_cache_in_a_file_is_refused_by_name() {
        let file = std::env::current_exe().expect("a test has a path");
        let error = Engine::new(&EngineOptions { cache: Some(file.join("cache")) }).expect_err("a file is no folder");
        assert!(matches!(error, EngineError::Cache { .. }), "{error}");
    }
}
