//! The sandbox that the benchmarks share, and what its rules cost.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use odograft_engine::{Answers, Batch, Dentally, Described, Engine, EngineOptions, Limits, Module, Part, compose};
use odograft_records::Texts;
use odograft_records::bindings::dentally::records::Entity;
use odograft_records::bindings::transform::manifest::{Context, Manifest};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker, TypedFunc};
use wasmtime::{Config, Store};

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};

/// Records in one call.
pub(crate) const BATCH: usize = 256;

/// A module's bytes, as `cargo xtask guests` built them.
pub(crate) fn wasm(name: &str) -> Result<Vec<u8>> {
    let folder = std::env::var_os("ODOGRAFT_GUESTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/guests")), PathBuf::from);
    let file = folder.join(format!("{name}.wasm"));
    std::fs::read(&file)
        .with_context(|| format!("cannot read `{}`\nhint: `cargo xtask bench` builds it", file.display()))
}

/// The overlay that is measured, over its base.
pub(crate) fn overlaid() -> Result<Vec<u8>> {
    let (base, overlay) = (wasm("dentally")?, wasm("smile-clinic")?);
    let part = |name, bytes| Part { name, bytes };
    Ok(compose(part("dentally", &base), &[part("smile-clinic", &overlay)])?)
}

/// The benchmarks' module as the engine runs it.
pub(crate) struct Loaded {
    pub(crate) module: Module<Dentally>,
    pub(crate) manifest: Manifest,
    pub(crate) context: Context,
}

pub(crate) fn load() -> Result<Loaded> {
    let engine = Engine::new(&EngineOptions::default())?;
    let module = Module::load(&engine, "bench", &wasm("bench")?, Limits::default())?;
    let Described { manifest, .. } = module.describe(&[])?;
    Ok(Loaded { module, manifest, context: context() })
}

pub(crate) fn context() -> Context {
    Context { as_of_seconds: 0, settings: Vec::new() }
}

/// The lines as batches of typed records.
pub(crate) fn batches(lines: &[String]) -> Result<Vec<(Texts, Vec<Entity>)>> {
    let batch = |lines: &[String]| {
        let mut texts = Texts::new();
        let record = |line: &String| Ok(odograft_records::dentally::decode("patient", "", line, &mut texts)?.record);
        let records = lines.iter().map(record).collect::<Result<Vec<_>>>()?;
        Ok((texts, records))
    };
    lines.chunks(BATCH).map(batch).collect()
}

type Transform<'a> = TypedFunc<(&'a Context, &'a str, Batch<'a, Entity>), (Answers,)>;

/// The module in a sandbox whose rules the caller sets; the engine offers no such choice.
pub(crate) struct Bare {
    engine: wasmtime::Engine,
    ready: InstancePre<()>,
    transform: ComponentExportIndex,
    metered: bool,
}

impl Bare {
    pub(crate) fn new(config: &Config, metered: bool) -> Result<Self> {
        Self::of(&wasm("bench")?, config, metered)
    }

    pub(crate) fn of(bytes: &[u8], config: &Config, metered: bool) -> Result<Self> {
        let to_anyhow = |error: wasmtime::Error| anyhow::anyhow!("{error:#}");
        let engine = wasmtime::Engine::new(config).map_err(to_anyhow)?;
        let component = Component::from_binary(&engine, bytes).map_err(to_anyhow)?;
        let mapping = component.get_export_index(None, "odograft:dentally/mapping@0.1.0");
        let transform = component.get_export_index(mapping.as_ref(), "transform").context("not a mapping")?;
        let ready = Linker::new(&engine).instantiate_pre(&component).map_err(to_anyhow)?;
        Ok(Self { ready, transform, engine, metered })
    }

    pub(crate) fn instance(&self) -> (Store<()>, Transform<'_>) {
        let mut store = Store::new(&self.engine, ());
        if self.metered {
            store.set_fuel(u64::MAX).expect("fuel is metered");
            store.set_epoch_deadline(u64::MAX / 2);
        }
        let instance = self.ready.instantiate(&mut store).expect("the module is sound");
        let transform = instance.get_typed_func(&mut store, self.transform).expect("the module is sound");
        (store, transform)
    }

    /// Answers of one batch in a sandbox that is there already.
    pub(crate) fn call<'a>(
        store: &mut Store<()>,
        transform: Transform<'a>,
        context: &'a Context,
        (texts, records): &'a (Texts, Vec<Entity>),
    ) -> usize {
        let (answers,) = transform.call(store, (context, texts.as_str(), Batch(records))).expect("the module is sound");
        answers.0.len()
    }

    pub(crate) fn fresh(&self, batch: &(Texts, Vec<Entity>)) -> usize {
        let (mut store, transform) = self.instance();
        Self::call(&mut store, transform, &context(), batch)
    }
}

/// A fresh store for each batch, against one that is kept.
pub(crate) fn store() -> Result<Vec<Figure>> {
    let lines = input::patients(16 * BATCH);
    let batches = batches(&lines)?;
    let bare = Bare::new(&odograft_engine::configuration(), true)?;
    let kept = || {
        let context = context();
        let (mut store, transform) = bare.instance();
        batches.iter().map(|batch| Bare::call(&mut store, transform, &context, batch)).sum::<usize>()
    };
    let fresh = || batches.iter().map(|batch| bare.fresh(batch)).sum::<usize>();
    let compared = compare(lines.len(), Side::new("one store for 16 batches", kept), Side::new("fresh", fresh));
    Ok(vec![Figure::ratio("store", "a fresh store for each batch of 256", &compared, Reach::AtMost(1.03))])
}

/// Fuel and epochs, against a sandbox that nothing can stop.
pub(crate) fn metering() -> Result<Vec<Figure>> {
    let lines = input::patients(8 * BATCH);
    let batches = batches(&lines)?;
    let metered = Bare::new(&odograft_engine::configuration(), true)?;
    let mut config = odograft_engine::configuration();
    config.consume_fuel(false).epoch_interruption(false);
    let free = Bare::new(&config, false)?;
    let run = |bare: &Bare| batches.iter().map(|batch| bare.fresh(batch)).sum::<usize>();
    let compared =
        compare(lines.len(), Side::new("neither", || run(&free)), Side::new("fuel and epochs", || run(&metered)));
    Ok(vec![Figure::ratio("metering", "fuel and epochs on", &compared, Reach::AtMost(1.25))])
}
