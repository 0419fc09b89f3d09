//! Overlays laid over a mapping: several components made into one.

use wac_graph::types::{Package, SubtypeChecker, Types};
use wac_graph::{CompositionGraph, EncodeOptions, PlugError};

use crate::contract::EXPORTS;
use crate::load::{unversioned, version};

/// Sandboxes of one module together: each part has its memory, and a module may have four.
const PARTS: usize = 4;

/// One component of those that become one.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// What messages call it: the file's name.
    pub name: &'a str,
    /// The component.
    pub bytes: &'a [u8],
}

/// Components that do not become one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// A file is no component.
    #[error(
        "`{part}` is no component: {cause}; hint: name `.wasm` files that `cargo xtask guests` or `odograft module build` wrote"
    )]
    NotAComponent {
        /// Which of them.
        part: String,
        /// What the reader says.
        cause: String,
    },
    /// Nothing of it is called by anybody.
    #[error(
        "`{part}` exports none of the mapping interfaces; hint: export the module with the macro of its source from the SDK"
    )]
    NoContract {
        /// Which of them.
        part: String,
    },
    /// The one below all others is an overlay, and a base stands among the overlays.
    #[error(
        "`{overlay}` is an overlay and `{base}` is the base: they stand in the wrong order; hint: `file` is the base, `overlays` lie over it, the last of them on top"
    )]
    WrongOrder {
        /// What stands first.
        overlay: String,
        /// What belongs there.
        base: String,
    },
    /// The one below all others is an overlay too.
    #[error(
        "`{overlay}` is an overlay, and nothing lies below it; hint: name the module that it was made for as `file`, and this one among its `overlays`"
    )]
    NoBase {
        /// What stands first.
        overlay: String,
    },
    /// Something that is laid over a base calls nothing below it.
    #[error(
        "`{part}` is no overlay: it calls no mapping below it; hint: give it a `[[module]]` table of its own, after the other's"
    )]
    NotAnOverlay {
        /// Which of them.
        part: String,
    },
    /// The overlay is for another source.
    #[error(
        "`{overlay}` is an overlay over `{wanted}`, but `{below}` below it is a module for `{found}`; hint: lay it over a module of its own source"
    )]
    OtherSource {
        /// The overlay.
        overlay: String,
        /// The interface that it calls.
        wanted: String,
        /// What lies below it.
        below: String,
        /// The interface that this one exports.
        found: String,
    },
    /// The overlay is for the same source in another version of the contract.
    #[error(
        "`{overlay}` speaks version {wanted} of `{interface}` and `{below}` below it version {found}; hint: build both against the WIT packages of this host"
    )]
    OtherVersion {
        /// The overlay.
        overlay: String,
        /// The interface.
        interface: String,
        /// The version that the overlay calls.
        wanted: String,
        /// What lies below it.
        below: String,
        /// The version that this one exports.
        found: String,
    },
    /// The same interface has other types in both.
    #[error(
        "`{overlay}` and `{below}` below it have other types in `{interface}` ({cause}); hint: build both against the WIT packages of this host"
    )]
    OtherTypes {
        /// The overlay.
        overlay: String,
        /// What lies below it.
        below: String,
        /// The interface with its version.
        interface: String,
        /// What differs, as the type checker names it.
        cause: String,
    },
    /// More lie over one another than a sandbox has room for.
    #[error(
        "{count} components lie over one another, and a sandbox has room for {PARTS}; hint: put the rules of several overlays into one"
    )]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The composer cannot write the result.
    #[error(
        "`{overlay}` cannot be laid over `{below}`: {cause}; hint: build both against the WIT packages of this host"
    )]
    Unfit {
        /// The overlay.
        overlay: String,
        /// What lies below it.
        below: String,
        /// What the composer says.
        cause: String,
    },
}

/// The component in which each overlay calls what lies below it. `overlays` lie over `base` in their order: the first
/// calls the base, the last is on top and has the last word. The same parts give the same bytes.
///
/// # Errors
/// [`ComposeError`] says which part is at fault.
pub fn compose(base: Part<'_>, overlays: &[Part<'_>]) -> Result<Vec<u8>, ComposeError> {
    let parts = 1 + overlays.len();
    if parts > PARTS {
        return Err(ComposeError::TooMany { count: parts });
    }
    let kind = Kind::of(base)?;
    if kind.calls.is_some() {
        return Err(wrong_base(base, overlays)?);
    }
    let mut below = (base.name, base.bytes.to_vec());
    for overlay in overlays {
        below = (overlay.name, lay(below.0, below.1, *overlay)?);
    }
    Ok(below.1)
}

/// What is wrong where an overlay stands first.
fn wrong_base(first: Part<'_>, overlays: &[Part<'_>]) -> Result<ComposeError, ComposeError> {
    for part in overlays {
        if Kind::of(*part)?.calls.is_none() {
            return Ok(ComposeError::WrongOrder { overlay: first.name.to_owned(), base: part.name.to_owned() });
        }
    }
    Ok(ComposeError::NoBase { overlay: first.name.to_owned() })
}

/// Which mapping a component offers, and which it calls, with their versions.
struct Kind {
    offers: String,
    calls: Option<String>,
}

impl Kind {
    fn of(part: Part<'_>) -> Result<Self, ComposeError> {
        let mut types = Types::default();
        let package = read("odograft:part", part.name, part.bytes.to_vec(), &mut types)?;
        Self::in_types(part.name, &types, &package)
    }

    fn in_types(name: &str, types: &Types, package: &Package) -> Result<Self, ComposeError> {
        let world = &types[package.ty()];
        Ok(Self {
            offers: mapping(world.exports.keys()).ok_or_else(|| ComposeError::NoContract { part: name.to_owned() })?,
            calls: mapping(world.imports.keys()),
        })
    }
}

/// The first mapping among the names of interfaces.
fn mapping<'a>(mut names: impl Iterator<Item = &'a String>) -> Option<String> {
    names.find(|name| EXPORTS.iter().any(|(_, known)| unversioned(known) == unversioned(name))).cloned()
}

/// `role` is the name that the composer tells packages apart by; a file's own name never gets into the result.
fn read(role: &str, name: &str, bytes: Vec<u8>, types: &mut Types) -> Result<Package, ComposeError> {
    let fail = |cause: String| ComposeError::NotAComponent { part: name.to_owned(), cause };
    // The reader speaks of offsets; what a person has mistaken is told in words.
    match bytes.as_slice() {
        [b'\0', b'a', b's', b'm', _, _, 1, 0, ..] => {}
        [b'\0', b'a', b's', b'm', ..] => return Err(fail("it is a core WebAssembly module".to_owned())),
        _ => return Err(fail("it is no WebAssembly".to_owned())),
    }
    Package::from_bytes(role, None, bytes, types).map_err(|error| fail(format!("{error:#}")))
}

/// One overlay over what lies below it.
fn lay(below: &str, bytes: Vec<u8>, overlay: Part<'_>) -> Result<Vec<u8>, ComposeError> {
    let unfit =
        |cause: String| ComposeError::Unfit { overlay: overlay.name.to_owned(), below: below.to_owned(), cause };
    let mut graph = CompositionGraph::new();
    let base = read("odograft:below", below, bytes, graph.types_mut())?;
    let top = read("odograft:overlay", overlay.name, overlay.bytes.to_vec(), graph.types_mut())?;
    let offered = Kind::in_types(below, graph.types(), &base)?.offers;
    let wanted = Kind::in_types(overlay.name, graph.types(), &top)?
        .calls
        .ok_or_else(|| ComposeError::NotAnOverlay { part: overlay.name.to_owned() })?;
    fits(below, overlay.name, &offered, &wanted)?;
    same_types(below, overlay.name, graph.types(), &base, &top, &offered)?;
    let mut register = |package| graph.register_package(package).map_err(|error| unfit(format!("{error:#}")));
    let (base, top) = (register(base)?, register(top)?);
    wac_graph::plug(&mut graph, vec![base], top).map_err(|error| match error {
        PlugError::NoPlugHappened => unfit("nothing of one fits the other".to_owned()),
        PlugError::GraphError { source } => unfit(format!("{source:#}")),
    })?;
    graph.encode(EncodeOptions::default()).map_err(|error| unfit(format!("{error:#}")))
}

/// Whether both speak of the same interface in the same version.
fn fits(below: &str, overlay: &str, offered: &str, wanted: &str) -> Result<(), ComposeError> {
    let (overlay, below) = (overlay.to_owned(), below.to_owned());
    if unversioned(offered) != unversioned(wanted) {
        let (wanted, found) = (unversioned(wanted).to_owned(), unversioned(offered).to_owned());
        return Err(ComposeError::OtherSource { overlay, wanted, below, found });
    }
    if offered != wanted {
        let interface = unversioned(wanted).to_owned();
        let (wanted, found) = (version(wanted).to_owned(), version(offered).to_owned());
        return Err(ComposeError::OtherVersion { overlay, interface, wanted, below, found });
    }
    Ok(())
}

/// The composer leaves out what does not fit without a word.
fn same_types(
    below: &str,
    overlay: &str,
    types: &Types,
    base: &Package,
    top: &Package,
    interface: &str,
) -> Result<(), ComposeError> {
    let (Some(offered), Some(wanted)) =
        (types[base.ty()].exports.get(interface), types[top.ty()].imports.get(interface))
    else {
        return Ok(());
    };
    SubtypeChecker::new(&mut Default::default()).is_subtype(*offered, types, *wanted, types).map_err(|error| {
        let (overlay, below, interface) = (overlay.to_owned(), below.to_owned(), interface.to_owned());
        ComposeError::OtherTypes { overlay, below, interface, cause: format!("{error:#}") }
    })
}
