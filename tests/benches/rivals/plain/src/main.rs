//! The baseline: the rule in plain Rust with serde.

use anyhow::Result;
use rival_meter::{Meter, locked};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let meter = Meter::start()?;
    let version = format!("serde_json {}", locked("serde_json")?);
    meter.run("plain", &version, |input, out| {
        for line in std::str::from_utf8(input)?.lines() {
            odograft_bench_plain::line(line, out)?;
        }
        Ok(())
    })
}
