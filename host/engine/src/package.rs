//! Which contract a component speaks, told from its bytes before anything is compiled.

/// Which contract a component speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Package {
    /// `odograft:dentally`.
    Dentally,
    /// `odograft:perio`.
    Perio,
}

/// The contract whose interface a component's bytes name among their exports.
#[must_use]
pub fn contract_of(bytes: &[u8]) -> Option<Package> {
    let names = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    if names("odograft:dentally/mapping@") {
        Some(Package::Dentally)
    } else if names("odograft:perio/flattening@") {
        Some(Package::Perio)
    } else {
        None
    }
}
