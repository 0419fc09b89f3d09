//! The rule in the Vector Remap Language: compiled once, run for each record, as Vector does.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use rival_meter::{Meter, locked};
use vrl::compiler::runtime::Runtime;
use vrl::compiler::{TargetValue, TimeZone, compile};
use vrl::value::{Secrets, Value};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let meter = Meter::start()?;
    let source = include_str!("rule.vrl");
    let rule = compile(source, &vrl::stdlib::all())
        .map_err(|errors| anyhow!(vrl::diagnostic::Formatter::new(source, errors).to_string()))?
        .program;
    let utc = TimeZone::parse("UTC").ok_or_else(|| anyhow!("no time zone `UTC`"))?;
    let mut runtime = Runtime::default();
    meter.run("vrl", locked("vrl")?, |input, out| {
        for line in std::str::from_utf8(input)?.lines() {
            let mut target = TargetValue {
                value: serde_json::from_str(line)?,
                metadata: Value::Object(BTreeMap::new()),
                secrets: Secrets::default(),
            };
            let answer = runtime.resolve(&mut target, &rule, &utc).map_err(|error| anyhow!("{error}"))?;
            runtime.clear();
            serde_json::to_writer(&mut *out, &answer)?;
            out.push(b'\n');
        }
        Ok(())
    })
}
