//! A Rust that compiles for WebAssembly.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::TARGET;
use crate::process::{ProcessError, as_root, output, run, succeeds};

/// Debian's packages that build the target's standard library where rustup has none.
const DEBIAN: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// A Rust that compiles for WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The Rust at hand has the target's standard library.
    Installed,
    /// Debian's own Rust builds the standard library along.
    Debian,
}

/// No Rust here compiles for WebAssembly.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There is none, and none was to be installed.
    #[error("no Rust here compiles for WebAssembly; hint: `rustup target add {TARGET}`, or on Debian `apt-get install {}`", DEBIAN.join(" "))]
    None,
    /// It could not be installed.
    #[error("no Rust here compiles for WebAssembly, and Debian's could not be installed: {0}")]
    Install(#[from] ProcessError),
}

/// What is compiled, and how.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// The workspace's folder.
    pub folder: &'a Path,
    /// Where the compiler works; another for each tool chain.
    pub target_dir: &'a Path,
    /// The profile.
    pub profile: &'a str,
    /// Whether `Cargo.lock` must fit as it is. Where not, cargo brings it up to date, and changes no version that stands.
    pub locked: bool,
    /// Which packages and targets, as cargo's arguments.
    pub what: &'a [String],
}

impl Toolchain {
    /// Finds one. Where none is there and `install` is true, installs one from rustup or Debian. `say` hears which.
    ///
    /// # Errors
    /// There is none.
    pub fn find(folder: &Path, install: bool, say: &mut dyn FnMut(&str)) -> Result<Self, ToolchainError> {
        if has_target(folder) {
            say("the installed wasm32-unknown-unknown target");
            return Ok(Self::Installed);
        }
        if succeeds(Command::new("/usr/bin/rustc").arg("--version")) && debian_is_complete() {
            say("Debian's rustc-web, which builds the standard library along");
            return Ok(Self::Debian);
        }
        if !install {
            return Err(ToolchainError::None);
        }
        say("no wasm32-unknown-unknown target; trying `rustup target add`");
        if succeeds(Command::new("rustup").args(["target", "add", TARGET])) && has_target(folder) {
            say("the target that rustup has added");
            return Ok(Self::Installed);
        }
        say(&format!("rustup has no way to it; installing Debian's {}", DEBIAN.join(", ")));
        run(as_root("apt-get")?.args(["update", "-q"]))?;
        run(as_root("apt-get")?.args(["install", "-y", "-q", "--no-install-recommends"]).args(DEBIAN))?;
        if debian_is_complete() { Ok(Self::Debian) } else { Err(ToolchainError::None) }
    }

    /// A cargo that compiles for the target, in a workspace's folder.
    #[must_use]
    pub fn cargo(self, folder: &Path) -> Command {
        let mut command = match self {
            Self::Installed => Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
            Self::Debian => {
                let mut command = Command::new("/usr/bin/cargo");
                let path = std::env::var("PATH").unwrap_or_default();
                // A cargo that runs this program hands its own tool chain down in these.
                for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTDOC", "RUSTC_WRAPPER"] {
                    command.env_remove(name);
                }
                command
                    .env("PATH", format!("/usr/bin:{path}"))
                    .env("RUSTC", "/usr/bin/rustc")
                    .env("RUSTC_BOOTSTRAP", "1")
                    .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld-19");
                command
            }
        };
        command.current_dir(folder);
        command
    }

    /// Compiles; returns the folder with the core modules.
    ///
    /// # Errors
    /// The compiler's; it has printed them.
    pub fn build(self, build: &Build<'_>) -> Result<PathBuf, ProcessError> {
        let mut command = self.cargo(build.folder);
        command.args(["build", "--quiet", "--profile", build.profile, "--target", TARGET, "--target-dir"]);
        command.arg(build.target_dir).args(build.what);
        if build.locked {
            command.arg("--locked");
        }
        if self == Self::Debian {
            command.arg("-Zbuild-std=std,panic_abort");
        }
        // Panics name source files: the same names wherever the registry lies. Those of a workspace are named from its
        // folder on by cargo itself; to remap that folder too would be another flag in each, and with other flags
        // nothing that one workspace has compiled serves another.
        let home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")));
        if let Ok(home) = home {
            command.env("CARGO_ENCODED_RUSTFLAGS", format!("--remap-path-prefix={home}=cargo"));
        }
        run(&mut command)?;
        Ok(build.target_dir.join(TARGET).join(build.profile))
    }
}

fn has_target(folder: &Path) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let libraries =
        output(Command::new(rustc).current_dir(folder).args(["--print", "target-libdir", "--target", TARGET]));
    let is_library = |file: fs::DirEntry| file.path().extension().is_some_and(|extension| extension == "rlib");
    libraries.is_ok_and(|folder| fs::read_dir(folder).is_ok_and(|files| files.flatten().any(is_library)))
}

fn debian_is_complete() -> bool {
    succeeds(Command::new("dpkg").arg("-s").args(DEBIAN))
}
