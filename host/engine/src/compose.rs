//! An overlay laid over a mapping: two components made into one.

use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PlugError};

/// Two components that do not become one.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A file is no component.
    #[error(
        "the {part} is no component: {cause}; hint: name `.wasm` files that `cargo xtask guests` or `odograft module build` wrote"
    )]
    NotAComponent {
        /// Which of the two.
        part: &'static str,
        /// What the reader says.
        cause: String,
    },
    /// The overlay imports nothing that the base exports.
    #[error(
        "the overlay imports no mapping that the base exports; hint: both must speak the same source's contract in the same version, and the overlay must be built as one"
    )]
    NothingFits,
    /// The two do not go together.
    #[error(
        "the overlay cannot be laid over the base: {cause}; hint: build both against the WIT packages of this host"
    )]
    Unfit {
        /// What the composer says.
        cause: String,
    },
}

/// The component that results when `overlay` calls `base` for the mapping that it imports. Laid over one another, the
/// overlays of a list come out in its order: the last is asked first.
///
/// # Errors
/// [`ComposeError`] says which of the two is at fault.
pub fn compose(base: &[u8], overlay: &[u8]) -> Result<Vec<u8>, ComposeError> {
    let mut graph = CompositionGraph::new();
    let mut register = |part: &'static str, bytes: &[u8]| {
        let cause = |error: String| ComposeError::NotAComponent { part, cause: error };
        let package = Package::from_bytes(&format!("odograft:{part}"), None, bytes.to_vec(), graph.types_mut())
            .map_err(|error| cause(format!("{error:#}")))?;
        graph.register_package(package).map_err(|error| cause(format!("{error:#}")))
    };
    let (base, overlay) = (register("base", base)?, register("overlay", overlay)?);
    wac_graph::plug(&mut graph, vec![base], overlay).map_err(|error| match error {
        PlugError::NoPlugHappened => ComposeError::NothingFits,
        PlugError::GraphError { source } => ComposeError::Unfit { cause: format!("{source:#}") },
    })?;
    graph.encode(EncodeOptions::default()).map_err(|error| ComposeError::Unfit { cause: format!("{error:#}") })
}
