//! The rule as a plug-in of Extism. The argument after ROUNDS is the number of records a call takes, 256 without it.
//!
//! The plug-in lies where cargo builds it, or where `RIVAL_EXTISM_PLUGIN` says. Compilation is cached where Extism
//! caches it for everyone; an empty `EXTISM_CACHE_CONFIG` turns that off. No fuel, no timeout: the defaults.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use extism::{Manifest, PluginBuilder, Wasm};
use rival_meter::{Meter, locked};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 256;
const BUILT: &str = "wasm32-unknown-unknown/guest/rival_extism_plugin.wasm";

fn main() -> Result<()> {
    let meter = Meter::start()?;
    let batch = meter.argument().map_or(Ok(BATCH), str::parse).context("the batch is a whole number")?;
    ensure!(batch > 0, "a batch has at least one record");
    let mut plugin = PluginBuilder::new(Manifest::new([Wasm::file(plugin_file()?)])).build()?;
    let tool = if batch == 1 { "extism-one" } else { "extism" };
    let version = format!("{}, PDK {}", locked("extism")?, locked("extism-pdk")?);
    meter.run(tool, &version, |input, out| {
        let mut rest = input;
        while !rest.is_empty() {
            let end = memchr::memchr_iter(b'\n', rest).take(batch).last().map_or(rest.len(), |end| end + 1);
            let (lines, after) = rest.split_at(end);
            out.extend_from_slice(plugin.call::<&[u8], &[u8]>("transform", lines)?);
            rest = after;
        }
        Ok(())
    })
}

fn plugin_file() -> Result<PathBuf> {
    if let Some(file) = std::env::var_os("RIVAL_EXTISM_PLUGIN") {
        return Ok(file.into());
    }
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(2).context("the program lies in no target folder")?;
    Ok(target.join(BUILT))
}
