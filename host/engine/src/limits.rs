//! What a sandbox may use, and the meter that holds its memory to it.

use std::time::Duration;

use wasmtime::ResourceLimiter;

use crate::inert::{Inert, Wasi};

/// Bytes of native stack that a module's calls may nest into; the same for every module of an engine.
pub const STACK_BYTES: usize = 1024 * 1024;

const MIB: usize = 1024 * 1024;

/// Elements that the tables of one sandbox may hold together: function pointers of a large module.
const TABLE_ELEMENTS: usize = 100_000;

/// What one sandbox may use. Every field applies to each call anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories of the sandbox together; 64 MiB.
    pub memory_bytes: usize,
    /// Fuel of a call before its records, and all that `describe` has; about one unit an instruction; 20 million.
    pub fuel_base: u64,
    /// Fuel that each record of the batch adds; 2 million.
    pub fuel_per_record: u64,
    /// Fuel that each KiB of the batch's text adds, so that a long history is not refused for its length; 2 million.
    /// The mapping modules use up to 1.7 million a KiB (measured on an account of 290 rows and on a text of 14 KiB).
    pub fuel_per_kib: u64,
    /// How long a call may compute, to the next tick of 10 ms; 5 s.
    pub wall_clock: Duration,
    /// Bytes that the answer of a batch may take in the host; 16 MiB.
    pub returned_bytes: usize,
    /// Bytes of the module's file; 16 MiB.
    pub module_bytes: usize,
    /// What it is given of WASI; nothing.
    pub wasi: Wasi,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 * MIB,
            fuel_base: 20_000_000,
            fuel_per_record: 2_000_000,
            fuel_per_kib: 2_000_000,
            wall_clock: Duration::from_secs(5),
            returned_bytes: 16 * MIB,
            module_bytes: 16 * MIB,
            wasi: Wasi::Refused,
        }
    }
}

impl Limits {
    /// Fuel of one call with so many records that have so many bytes of text together; a KiB that is begun counts.
    pub(crate) fn fuel(&self, records: usize, text: usize) -> u64 {
        let times = |each: u64, many: usize| each.saturating_mul(u64::try_from(many).unwrap_or(u64::MAX));
        let records = times(self.fuel_per_record, records);
        self.fuel_base.saturating_add(records).saturating_add(times(self.fuel_per_kib, text.div_ceil(1024)))
    }
}

/// What a store carries: the memory that its sandbox took, whether it asked for more than it may, and its own WASI.
#[derive(Debug)]
pub struct Meter {
    memory_limit: usize,
    memory: usize,
    table_elements: usize,
    denied: bool,
    pub(crate) inert: Inert,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let inert = Inert::new(&limits.wasi);
        Self { memory_limit: limits.memory_bytes, memory: 0, table_elements: 0, denied: false, inert }
    }

    /// Whether the sandbox was refused memory. The refusal itself is no trap: the module sees
    /// `memory.grow` fail and most often aborts, which alone would look like a panic.
    pub(crate) fn denied(&self) -> bool {
        self.denied
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.memory_limit {
            self.denied = true;
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.denied = true;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        if total > TABLE_ELEMENTS {
            return Ok(false);
        }
        self.table_elements = total;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memories_are_counted_together_and_a_refusal_is_remembered() {
        let mut meter = Meter::new(&Limits { memory_bytes: 3 * MIB, ..Limits::default() });
        assert!(meter.memory_growing(0, MIB, None).expect("never fails"));
        assert!(meter.memory_growing(0, 2 * MIB, None).expect("never fails"));
        assert!(!meter.denied());
        assert!(!meter.memory_growing(MIB, MIB + 65_536, None).expect("never fails"));
        assert!(meter.denied());
    }

    #[test]
    fn fuel_grows_with_the_batch_and_never_overflows() {
        let limits = Limits { fuel_base: 10, fuel_per_record: 3, fuel_per_kib: 5, ..Limits::default() };
        assert_eq!(limits.fuel(0, 0), 10);
        assert_eq!(limits.fuel(4, 0), 22);
        assert_eq!((limits.fuel(4, 1024), limits.fuel(4, 1025)), (27, 32));
        let limits = Limits { fuel_per_record: u64::MAX, ..limits };
        assert_eq!(limits.fuel(4, 0), u64::MAX);
    }
}
