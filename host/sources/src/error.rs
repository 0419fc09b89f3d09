//! Errors.
/// Why a source could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source has no such object.
    #[error("the source has no object `{object}`; hint: it offers {known}")]
    UnknownObject {
        /// The object asked for.
        object: String,
        /// What it offers.
        known: String,
    },
}
