//! odograft
fn main() {}
