//! What a module is refused for before it runs: its size, its imports, its contract.

use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, InstancePre, Linker};

use crate::contract::{Contract, EXPORTS, Ready};
use crate::difference;
use crate::earlier::{Speaker, Version, WitFile};
use crate::engine::Engine;
use crate::fault::bytes as pretty_bytes;
use crate::inert::{self, Wasi};
use crate::limits::{Limits, Meter};

/// The module cannot be used. None of this depends on a record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is larger than [`Limits::module_bytes`].
    #[error("the module has {} bytes, more than the {} allowed; hint: build it with `--profile guest`, which strips it, or raise `module_bytes`", size, pretty_bytes(*limit))]
    TooLarge {
        /// Bytes of the file.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The file is no WebAssembly.
    #[error("the file is no WebAssembly component; hint: name the `.wasm` file that `cargo xtask guests` writes")]
    NotWasm,
    /// The file is a core module, the step before a component.
    #[error(
        "the file is a core WebAssembly module, not a component; hint: encode it with `cargo xtask guests` or `wasm-tools component new`"
    )]
    CoreModule,
    /// The runtime cannot compile it.
    #[error(
        "the module does not compile: {cause}; hint: build it again with the tool chain that `cargo xtask guests` sets up"
    )]
    NotCompilable {
        /// What the compiler says.
        cause: String,
    },
    /// It wants something from the host.
    #[error("the module imports {}, which the host does not offer; hint: {}", imports(names), import_hint(names))]
    Imports {
        /// Every import that the host would have to offer, as `package:name/interface.function`.
        names: Vec<String>,
    },
    /// It exports another interface or version than the host speaks.
    #[error(
        "the module exports {}, but `{expected}` is needed; hint: {}",
        exports(found),
        export_hint(found, expected)
    )]
    WrongContract {
        /// The interface with its version.
        expected: &'static str,
        /// What it exports instead.
        found: Vec<String>,
    },
    /// It exports the right interface with other types inside.
    #[error(
        "the module's `{function}` is not the one of `{interface}`: {cause}; hint: build the module against the WIT packages of this host"
    )]
    WrongType {
        /// The interface with its version.
        interface: &'static str,
        /// The function that differs.
        function: &'static str,
        /// What differs, as a path into the WIT packages where they can tell.
        cause: String,
    },
    /// It takes more memory from the start than it may ever have.
    #[error("the module starts with {initial} bytes of memory, more than the {} allowed; hint: shrink its static data, or raise `memory_bytes`", pretty_bytes(*limit))]
    InitialMemory {
        /// Bytes that it starts with.
        initial: u64,
        /// Bytes allowed.
        limit: usize,
    },
}

fn imports(names: &[String]) -> String {
    match names {
        [only] => format!("`{only}`"),
        [first, rest @ ..] => format!("`{first}` and {} more", rest.len()),
        [] => "nothing".into(),
    }
}

fn import_hint(names: &[String]) -> &'static str {
    let of_a_mapping = |name: &String| EXPORTS.iter().any(|(_, known)| name.starts_with(unversioned(known)));
    if names.iter().all(of_a_mapping) {
        "this is an overlay: name the module below it as `file` and this one among its `overlays`, or lay them over one another with `odograft module compose`"
    } else if names.iter().all(|name| name.starts_with("wasi:")) {
        "build for `wasm32-unknown-unknown`; where the tool chain cannot do without WASI, `wasi = \"inert\"` in the module's `[[module]]` table grants one that answers and gives nothing"
    } else {
        "a module computes from its records and its context alone"
    }
}

fn exports(found: &[String]) -> String {
    if found.is_empty() {
        return "no interface".into();
    }
    found.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn export_hint(found: &[String], expected: &str) -> String {
    if let Some(other) = found.iter().find(|name| unversioned(name) == unversioned(expected)) {
        let (theirs, ours) = (version(other), version(expected));
        return format!(
            "it speaks version {theirs} of the contract and this host {ours}: build it against the WIT packages of this host"
        );
    }
    if let Some(other) =
        found.iter().find(|name| EXPORTS.iter().any(|(_, known)| unversioned(known) == unversioned(name)))
    {
        return format!("this is a module for `{}`: name it under that source", unversioned(other));
    }
    "export the module with the macro of its source from the SDK".into()
}

/// `odograft:dentally/mapping` of `odograft:dentally/mapping@0.1.0`.
pub(crate) fn unversioned(interface: &str) -> &str {
    interface.split_once('@').map_or(interface, |(name, _)| name)
}

/// `0.1.0` of `odograft:dentally/mapping@0.1.0`.
pub(crate) fn version(interface: &str) -> &str {
    interface.split_once('@').map_or("none", |(_, version)| version)
}

/// Checks and compiles; what comes back is ready to be instantiated.
pub(crate) fn load<C: Contract>(
    engine: &Engine,
    bytes: &[u8],
    limits: &Limits,
    earlier: &[Version<C>],
) -> Result<Speaker<C>, LoadError> {
    if bytes.len() > limits.module_bytes {
        return Err(LoadError::TooLarge { size: bytes.len(), limit: limits.module_bytes });
    }
    // Four bytes of magic, two of version, two of layer: 0 is a core module, 1 a component.
    match bytes {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => {}
        [b'\0', b'a', b's', b'm', ..] => return Err(LoadError::CoreModule),
        _ => return Err(LoadError::NotWasm),
    }
    let not_compilable = |error: wasmtime::Error| LoadError::NotCompilable { cause: format!("{error:#}") };
    let component = Component::from_binary(engine.wasmtime(), bytes).map_err(not_compilable)?;
    refuse_imports(engine, &component, &limits.wasi)?;
    let spoken = check_contract::<C>(engine, &component, earlier)?;
    check_memory(&component, limits)?;
    let mut linker = Linker::new(engine.wasmtime());
    if limits.wasi != Wasi::Refused {
        inert::define(engine, &mut linker, &component).map_err(not_compilable)?;
    }
    let pre: InstancePre<Meter> = linker.instantiate_pre(&component).map_err(not_compilable)?;
    let speaker = match spoken {
        None => Ready::new(pre).map(Speaker::Current),
        Some(version) => (version.wrap)(pre).map(|module| Speaker::Earlier { interface: version.interface, module }),
    };
    speaker.map_err(not_compilable)
}

/// An import that only names types is satisfied by nothing; all else would be a power.
fn refuse_imports(engine: &Engine, component: &Component, wasi: &Wasi) -> Result<(), LoadError> {
    let ty = component.component_type();
    let mut names = Vec::new();
    for (name, import) in ty.imports(engine.wasmtime()) {
        if *wasi != Wasi::Refused && inert::covers(name) {
            continue;
        }
        let name = name.split('@').next().unwrap_or(name);
        match import.ty {
            ComponentItem::ComponentInstance(instance) => collect_powers(engine, name, &instance, &mut names),
            ComponentItem::Type(_) => {}
            _ => names.push(name.to_owned()),
        }
    }
    if names.is_empty() { Ok(()) } else { Err(LoadError::Imports { names }) }
}

fn collect_powers(engine: &Engine, path: &str, instance: &ComponentInstance, names: &mut Vec<String>) {
    for (name, item) in instance.exports(engine.wasmtime()) {
        match item.ty {
            ComponentItem::Type(_) => {}
            ComponentItem::ComponentInstance(inner) => {
                collect_powers(engine, &format!("{path}.{name}"), &inner, names);
            }
            _ => names.push(format!("{path}.{name}")),
        }
    }
}

/// The earlier version that the component speaks; none for today's.
fn check_contract<'a, C: Contract>(
    engine: &Engine,
    component: &Component,
    earlier: &'a [Version<C>],
) -> Result<Option<&'a Version<C>>, LoadError> {
    let ty = component.component_type();
    let instance = |interface: &str| match ty.get_export(engine.wasmtime(), interface).map(|export| export.ty) {
        Some(ComponentItem::ComponentInstance(instance)) => Some(instance),
        _ => None,
    };
    if let Some(instance) = instance(C::EXPORT) {
        check_functions(engine, &instance, C::EXPORT, C::PACKAGES, |function, found| {
            Ready::<C>::typecheck(function, found, &ty)
        })?;
        return Ok(None);
    }
    for version in earlier {
        if let Some(instance) = instance(version.interface) {
            let typecheck = |function: &str, found: &ComponentFunc| (version.typecheck)(function, found, &ty);
            check_functions(engine, &instance, version.interface, version.wit, typecheck)?;
            return Ok(Some(version));
        }
    }
    let found = ty.exports(engine.wasmtime()).map(|(name, _)| name.to_owned()).collect();
    Err(LoadError::WrongContract { expected: C::EXPORT, found })
}

fn check_functions(
    engine: &Engine,
    instance: &ComponentInstance,
    interface: &'static str,
    wit: &[WitFile],
    typecheck: impl Fn(&str, &ComponentFunc) -> wasmtime::Result<()>,
) -> Result<(), LoadError> {
    for function in ["describe", "transform"] {
        let wrong = |cause: String| LoadError::WrongType { interface, function, cause };
        match instance.get_export(engine.wasmtime(), function).map(|export| export.ty) {
            Some(ComponentItem::ComponentFunc(found)) => typecheck(function, &found).map_err(|error| {
                wrong(difference::first(wit, interface, function, &found).unwrap_or_else(|| format!("{error:#}")))
            })?,
            _ => return Err(wrong("it is missing".into())),
        }
    }
    Ok(())
}

fn check_memory(component: &Component, limits: &Limits) -> Result<(), LoadError> {
    const PAGE_BYTES: u64 = 65_536;
    let pages = component.resources_required().and_then(|needs| needs.max_initial_memory_size).unwrap_or(0);
    let initial = pages.saturating_mul(PAGE_BYTES);
    if u64::try_from(limits.memory_bytes).is_ok_and(|limit| initial > limit) {
        return Err(LoadError::InitialMemory { initial, limit: limits.memory_bytes });
    }
    Ok(())
}
