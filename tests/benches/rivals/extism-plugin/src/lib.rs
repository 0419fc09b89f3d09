//! The rule as a plug-in of Extism: JSON lines in, JSON lines out, as many a call as the host sends.

#![expect(missing_docs, reason = "the export that the macro makes of the function has no doc comment")]

use extism_pdk::{FnResult, plugin_fn};

/// Answers each line with one line.
#[plugin_fn]
pub fn transform(lines: String) -> FnResult<Vec<u8>> {
    let mut out = Vec::with_capacity(lines.len());
    for line in lines.lines() {
        odograft_bench_plain::line(line, &mut out)?;
    }
    Ok(out)
}
