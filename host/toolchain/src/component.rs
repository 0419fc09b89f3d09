//! From a core module to a component.

use sha2::{Digest as _, Sha256};
use wit_component::ComponentEncoder;

/// The core module does not become a component.
#[derive(Debug, thiserror::Error)]
#[error(
    "the compiled file does not become a component: {cause}; hint: export the module with the macro of its source from the SDK"
)]
pub struct EncodeError {
    cause: String,
}

/// Makes a component of a core module, and checks it where `validate`; only modules that misbehave on purpose are not.
///
/// # Errors
/// The core module does not say which WIT world it is of, or does not keep to it.
pub fn encode(core: &[u8], validate: bool) -> Result<Vec<u8>, EncodeError> {
    ComponentEncoder::default()
        .validate(validate)
        .module(core)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| EncodeError { cause: format!("{error:#}") })
}

/// SHA-256 of some bytes, in lower-case hex.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
