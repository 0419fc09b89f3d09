//! The rule in jq's language, run by jaq's crates: compiled once, run for each record.

use anyhow::{Result, anyhow};
use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read, write};
use rival_meter::{Meter, locked};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<()> {
    let meter = Meter::start()?;
    let arena = Arena::default();
    let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let rule = File { code: include_str!("rule.jq"), path: () };
    let modules = Loader::new(definitions).load(&arena, rule).map_err(|errors| anyhow!("{errors:?}"))?;
    let functions = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let filter = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| anyhow!("{errors:?}"))?;
    let compact = write::Pp::default();
    meter.run("jaq", locked("jaq-core")?, |input, out| {
        let ctx = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        for patient in read::parse_many(input) {
            for answer in filter.id.run((ctx.clone(), patient?)) {
                let answer = unwrap_valr(answer).map_err(|error| anyhow!("{error}"))?;
                write::write(&mut *out, &compact, 0, &answer)?;
                out.push(b'\n');
            }
        }
        Ok(())
    })
}
