//! Running other programs, saying what is run.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::Result;
use odograft_toolchain::process;
pub(crate) use odograft_toolchain::process::succeeds;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map(PathBuf::from).unwrap_or(here)
}

/// Where builds go: `CARGO_TARGET_DIR`, or `target`.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this command.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // SQLCipher needs OpenSSL's libcrypto; building the bundled one takes minutes of a single core.
    if std::env::var_os("OPENSSL_NO_VENDOR").is_none() && system_openssl() {
        command.env("OPENSSL_NO_VENDOR", "1");
    }
    command
}

/// Whether the machine has OpenSSL 3 with its headers.
fn system_openssl() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| succeeds(Command::new("pkg-config").args(["--atleast-version=3", "openssl"])))
}

/// Prints what is about to be done.
pub(crate) fn say(what: &str) {
    eprintln!("[xtask] {what}");
}

/// Runs it with its output on the terminal; an exit status other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    Ok(process::run(command)?)
}

/// What it prints, without the last line break.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    Ok(process::output(command)?)
}

/// A command that changes the system: as it is for root, else through `sudo` without a password.
pub(crate) fn as_root(program: &str) -> Result<Command> {
    Ok(process::as_root(program)?)
}
