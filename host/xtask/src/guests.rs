//! Builds every guest to `target/guests/NAME.wasm`, the same bytes every time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use wit_component::ComponentEncoder;

use crate::run::{as_root, cargo, output, root, run, say, succeeds, target};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The modules that ship and the benchmarks' own, by name and package; then the ones that misbehave on purpose.
const PACKAGES: [(&str, &str); 4] = [
    ("dentally", "odograft-guest-dentally"),
    ("perio-chart", "odograft-guest-perio-chart"),
    ("smile-clinic", "odograft-guest-smile-clinic"),
    ("bench", "odograft-bench-module"),
];
const ADVERSARIAL: &str = "odograft-guest-adversarial";

/// Debian's packages that build the target's standard library where rustup has none.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

pub(crate) enum Toolchain {
    /// The Rust that runs this command has the target's standard library.
    Installed,
    /// Debian's own Rust builds the standard library along.
    Debian,
}

impl Toolchain {
    /// A cargo that builds for the target, in the workspace's folder.
    pub(crate) fn cargo(&self) -> Command {
        match self {
            Self::Installed => cargo(),
            Self::Debian => {
                let mut command = Command::new("/usr/bin/cargo");
                let path = std::env::var("PATH").unwrap_or_default();
                // The cargo that runs this command hands its own tool chain down in these.
                for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTC_WRAPPER"] {
                    command.env_remove(name);
                }
                command
                    .current_dir(root())
                    .env("PATH", format!("/usr/bin:{path}"))
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
                command
            }
        }
    }
}

/// Builds all guests and returns the folder.
pub(crate) fn build() -> Result<PathBuf> {
    let toolchain = toolchain()?;
    let build_dir = target().join("guest-build");
    compile(&toolchain, &build_dir)?;

    let out = target().join("guests");
    fs::create_dir_all(&out)?;
    let built = build_dir.join(TARGET).join("guest");
    for (name, package) in PACKAGES {
        let file = built.join(format!("{}.wasm", package.replace('-', "_")));
        encode(&file, &out.join(format!("{name}.wasm")), true)?;
    }
    for entry in fs::read_dir(root().join("guests/adversarial/examples"))? {
        let source = entry?.path();
        let Some(name) = source.file_stem().and_then(|s| s.to_str()) else { continue };
        let file = built.join("examples").join(format!("{}.wasm", name.replace('-', "_")));
        encode(&file, &out.join(format!("{name}.wasm")), false)?;
    }
    Ok(out)
}

pub(crate) fn toolchain() -> Result<Toolchain> {
    if has_target() {
        say("guests: the installed wasm32-unknown-unknown target");
        return Ok(Toolchain::Installed);
    }
    if succeeds(Command::new("/usr/bin/rustc").arg("--version")) && debian_is_complete() {
        say("guests: Debian's rustc-web, which builds the standard library along");
        return Ok(Toolchain::Debian);
    }
    say("guests: no wasm32-unknown-unknown target; trying `rustup target add`");
    if succeeds(Command::new("rustup").args(["target", "add", TARGET])) && has_target() {
        say("guests: the target that rustup has added");
        return Ok(Toolchain::Installed);
    }
    say(&format!("guests: rustup has no way to it; installing Debian's {}", DEBIAN.join(", ")));
    install_debian().with_context(|| {
        format!(
            "no tool chain for WebAssembly guests\nhint: `rustup target add {TARGET}`, or on Debian `apt-get install {}`",
            DEBIAN.join(" ")
        )
    })?;
    Ok(Toolchain::Debian)
}

fn has_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    output(Command::new(rustc).current_dir(root()).args(["--print", "target-libdir", "--target", TARGET])).is_ok_and(
        |dir| {
            fs::read_dir(dir)
                .is_ok_and(|files| files.flatten().any(|f| f.path().extension().is_some_and(|e| e == "rlib")))
        },
    )
}

fn debian_is_complete() -> bool {
    succeeds(Command::new("dpkg").arg("-s").args(DEBIAN))
}

fn install_debian() -> Result<()> {
    run(as_root("apt-get")?.args(["update", "-q"]))?;
    run(as_root("apt-get")?.args(["install", "-y", "-q", "--no-install-recommends"]).args(DEBIAN))?;
    if !debian_is_complete() {
        bail!("the packages are not all there after the installation");
    }
    Ok(())
}

fn compile(toolchain: &Toolchain, build_dir: &Path) -> Result<()> {
    let mut command = toolchain.cargo();
    command
        .args(["build", "--quiet", "--locked", "--profile", "guest", "--target", TARGET, "--target-dir"])
        .arg(build_dir);
    if matches!(toolchain, Toolchain::Debian) {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    // Panic messages name source files: the same names wherever the workspace and the registry lie.
    let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|h| format!("{h}/.cargo")));
    let flags =
        [format!("--remap-path-prefix={}=odograft", root().display()), format!("--remap-path-prefix={}=cargo", home?)];
    command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));

    let packages = PACKAGES.iter().map(|(_, package)| format!("--package={package}"));
    run(command.arg("--lib").args(packages).arg("--package").arg(ADVERSARIAL).arg("--examples"))
}

/// Makes a component of a core module; a shipped one may import nothing.
fn encode(core: &Path, out: &Path, shipped: bool) -> Result<()> {
    let module = fs::read(core).with_context(|| format!("`{}` was not built", core.display()))?;
    let component = ComponentEncoder::default()
        .validate(shipped)
        .module(&module)
        .and_then(ComponentEncoder::encode)
        .with_context(|| format!("`{}` does not become a component", core.display()))?;
    if fs::read(out).is_ok_and(|old| old == component) {
        return Ok(());
    }
    // Written beside and renamed, so that a test never reads half a module.
    let beside = out.with_extension("new");
    fs::write(&beside, &component)?;
    fs::rename(&beside, out)?;
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    say(&format!("guests: {name}, {} kB, sha256 {:.16}", component.len() / 1000, hex(&Sha256::digest(&component))));
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
