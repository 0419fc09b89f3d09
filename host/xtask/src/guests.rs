//! Builds every guest to `target/guests/NAME.wasm`, the same bytes every time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use odograft_toolchain::{Build, Toolchain, digest, encode};

use crate::run::{root, say, target};

/// The modules that ship and the benchmarks' own, by name and package; then the ones that misbehave on purpose.
const PACKAGES: [(&str, &str); 5] = [
    ("dentally", "odograft-guest-dentally"),
    ("perio-chart", "odograft-guest-perio-chart"),
    ("smile-clinic", "odograft-guest-smile-clinic"),
    ("fifth-system", "odograft-guest-fifth-system"),
    ("bench", "odograft-bench-module"),
];
const ADVERSARIAL: &str = "odograft-guest-adversarial";

/// Builds all guests and returns the folder.
pub(crate) fn build() -> Result<PathBuf> {
    let build_dir = target().join("guest-build");
    let packages = PACKAGES.iter().map(|(_, package)| format!("--package={package}"));
    let what: Vec<String> = std::iter::once("--lib".to_owned())
        .chain(packages)
        .chain([format!("--package={ADVERSARIAL}"), "--examples".to_owned()])
        .collect();
    let build = Build { folder: &root(), target_dir: &build_dir, profile: "guest", locked: true, what: &what };
    let built = toolchain()?.build(&build)?;

    let out = target().join("guests");
    fs::create_dir_all(&out)?;
    for (name, package) in PACKAGES {
        let file = built.join(format!("{}.wasm", package.replace('-', "_")));
        write(&file, &out.join(format!("{name}.wasm")), true)?;
    }
    for entry in fs::read_dir(root().join("guests/adversarial/examples"))? {
        let source = entry?.path();
        let Some(name) = source.file_stem().and_then(|s| s.to_str()) else { continue };
        let file = built.join("examples").join(format!("{}.wasm", name.replace('-', "_")));
        write(&file, &out.join(format!("{name}.wasm")), false)?;
    }
    Ok(out)
}

/// A Rust that compiles for WebAssembly, installed where there is none.
pub(crate) fn toolchain() -> Result<Toolchain> {
    Ok(Toolchain::find(&root(), true, &mut |what| say(&format!("guests: {what}")))?)
}

/// Makes a component of a core module; a shipped one may import nothing.
fn write(core: &Path, out: &Path, shipped: bool) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("`{}` was not built", core.display()))?;
    let component = encode(&module, shipped).with_context(|| format!("`{}`", core.display()))?;
    if fs::read(out).is_ok_and(|old| old == component) {
        return Ok(());
    }
    // Written beside and renamed, so that a test never reads half a module.
    let beside = out.with_extension("new");
    fs::write(&beside, &component)?;
    fs::rename(&beside, out)?;
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    say(&format!("guests: {name}, {} kB, sha256 {:.16}", component.len() / 1000, digest(&component)));
    Ok(())
}
