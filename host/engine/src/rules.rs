//! What of the engine decides an answer's bytes and its fuel. A client's lock file pins it.

use serde::{Deserialize, Serialize};

use crate::limits::STACK_BYTES;

/// The version of the sandbox runtime, which the workspace's dependency table names.
const WASMTIME: &str = "48.0.8";

/// The settings under which the same module, context and batch give the same bytes and the same fuel. Limits are not
/// among them: they decide whether there is an answer, never which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The version of the runtime: how much fuel an instruction takes is its decision.
    pub wasmtime: String,
    /// Whether every not-a-number has the same bits.
    pub nan_canonicalization: bool,
    /// Whether vector instructions are allowed whose result depends on the processor.
    pub relaxed_simd: bool,
    /// Whether instructions are counted.
    pub fuel: bool,
    /// Bytes of native stack: how deep a recursion gets.
    pub stack_bytes: usize,
}

impl Rules {
    /// The rules that this build runs modules under.
    #[must_use]
    pub fn current() -> Self {
        Self {
            wasmtime: WASMTIME.to_owned(),
            nan_canonicalization: true,
            relaxed_simd: false,
            fuel: true,
            stack_bytes: STACK_BYTES,
        }
    }

    /// Every rule by its name and its value, as a lock file writes them.
    #[must_use]
    pub fn entries(&self) -> [(&'static str, String); 5] {
        [
            ("wasmtime", format!("\"{}\"", self.wasmtime)),
            ("nan_canonicalization", self.nan_canonicalization.to_string()),
            ("relaxed_simd", self.relaxed_simd.to_string()),
            ("fuel", self.fuel.to_string()),
            ("stack_bytes", self.stack_bytes.to_string()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_s_version_is_the_one_that_is_built() {
        let lock = include_str!("../../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{WASMTIME}\"\n")));
    }

    #[test]
    fn every_rule_has_an_entry() {
        let written = serde_json::to_value(Rules::current()).expect("JSON");
        let names: Vec<&str> = written.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(names, Rules::current().entries().map(|(name, _)| name));
    }
}
