//! A real Odoo 19 for the tests: drives the script `host/xtask/odoo/odoo19`, which any shell can run too.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{as_root, root, run as run_command, say, succeeds, target};

/// The script's exit status when Debian's registry has no Odoo 19 package today.
const NO_PACKAGE: i32 = 3;

const HELP: &str = "\
cargo xtask odoo COMMAND

  install   a real Odoo 19 from Debian's package, with PostgreSQL (some minutes, once)
  up        start it; the first time builds the database (2 minutes)
  reset     throw the database away and start with a fresh one (seconds)
  down      stop it
  key       print an API key of its administrator
  status    say what is installed and what runs
  screenshot PATH FILE [TAB]
            a picture of a page as a user sees it, such as `/odoo/contacts/6 page.png Dental`

ODOO_PORT (8069) chooses the port. Log in as admin / admin.";

/// Whether there is an Odoo to test against.
pub(crate) enum Install {
    /// It is installed.
    Ready,
    /// Debian's registry has no package today, for this reason; everything else is in order.
    NoPackage(String),
}

/// A running Odoo.
pub(crate) struct Server {
    /// `http://127.0.0.1:8069`.
    pub(crate) url: String,
    /// The database's name.
    pub(crate) database: String,
    /// An API key of user `admin`.
    pub(crate) key: String,
    /// Its process, the parent of its workers.
    pub(crate) process: String,
}

/// Installs Odoo 19 and PostgreSQL, unless they are there.
pub(crate) fn install() -> Result<Install> {
    let mut child = script("install").stderr(Stdio::piped()).spawn().context("`bash` cannot be started")?;
    // Shown as it comes, since it takes minutes; the last line is the reason of a refusal.
    let mut last = String::new();
    for line in child.stderr.take().into_iter().flat_map(|said| BufReader::new(said).lines()) {
        last = line.context("the Odoo script's words cannot be read")?;
        eprintln!("{last}");
    }
    match child.wait().context("the Odoo script is lost")?.code() {
        Some(0) => Ok(Install::Ready),
        Some(NO_PACKAGE) => Ok(Install::NoPackage(last.trim_start_matches("odoo19: ").to_owned())),
        _ => bail!("Odoo 19 cannot be installed; see the lines above"),
    }
}

/// Starts it and says where it is; a running one is left alone.
pub(crate) fn up() -> Result<Server> {
    run("up")?;
    server()
}

/// Starts it anew as one process that hands calls to `workers` others, as a practice's server runs.
pub(crate) fn up_with_workers(workers: u32) -> Result<Server> {
    down()?;
    run_command(script("up").env("ODOO_WORKERS", workers.to_string()))?;
    server()
}

/// Where the running one is.
fn server() -> Result<Server> {
    let output = script("server").stderr(Stdio::inherit()).output().context("`bash` cannot be started")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines().map(str::to_owned);
    match (lines.next(), lines.next(), lines.next(), lines.next()) {
        (Some(url), Some(database), Some(key), Some(process)) if output.status.success() => {
            Ok(Server { url, database, key, process })
        }
        _ => bail!("the Odoo script does not say where its server is"),
    }
}

/// Throws the database away and starts with a fresh one.
pub(crate) fn reset() -> Result<()> {
    run("reset")
}

/// Stops it; PostgreSQL goes on.
pub(crate) fn down() -> Result<()> {
    run("down")
}

/// `cargo xtask odoo COMMAND`.
pub(crate) fn command(args: &[String]) -> Result<()> {
    match args.first().map(String::as_str) {
        Some("install") => match install()? {
            Install::Ready => Ok(()),
            Install::NoPackage(reason) => bail!("Debian's registry has no Odoo 19 package today: {reason}"),
        },
        Some("up") => {
            let server = up()?;
            println!("{}, database {}, login admin / admin", server.url, server.database);
            Ok(())
        }
        Some(word @ ("reset" | "down" | "key" | "status")) => run(word),
        Some("screenshot") => screenshot(&args[1..]),
        None | Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            Ok(())
        }
        Some(other) => bail!("`{other}` is not a command of `cargo xtask odoo`\n\n{HELP}"),
    }
}

/// Pictures a page of the running Odoo in headless Chromium; installs what that needs.
fn screenshot(args: &[String]) -> Result<()> {
    if args.len() < 2 {
        bail!("a page and a file are needed\n\n{HELP}");
    }
    if !succeeds(Command::new("chromium").arg("--version")) {
        say("odoo: installing Debian's chromium");
        let fonts = ["fonts-noto-core", "fonts-noto-color-emoji"];
        run_command(
            as_root("apt-get")?.args(["install", "-y", "-q", "--no-install-recommends", "chromium"]).args(fonts),
        )?;
    }
    let tools = target().join("tools");
    if !tools.join("node_modules/playwright-core").exists() {
        say("odoo: installing playwright-core");
        std::fs::create_dir_all(&tools)?;
        run_command(Command::new("npm").current_dir(&tools).args([
            "install",
            "--silent",
            "--no-save",
            "playwright-core",
        ]))?;
    }
    let page = root().join("host/xtask/odoo/screenshot.js");
    let file = std::path::absolute(&args[1])?;
    let mut command = Command::new("node");
    command.current_dir(&tools).arg(page).arg(&args[0]).arg(file).args(&args[2..]);
    if std::env::var_os("ODOO_URL").is_none() {
        let port = std::env::var("ODOO_PORT").unwrap_or_else(|_| "8069".to_owned());
        command.env("ODOO_URL", format!("http://127.0.0.1:{port}"));
    }
    run_command(&mut command)
}

fn run(word: &str) -> Result<()> {
    let status = script(word).status().context("`bash` cannot be started")?;
    if !status.success() {
        bail!("`odoo {word}` ended with {status}; see the lines above");
    }
    Ok(())
}

/// The script's file.
pub(crate) fn script_file() -> std::path::PathBuf {
    root().join("host/xtask/odoo/odoo19")
}

fn script(word: &str) -> Command {
    let mut command = Command::new("bash");
    command.arg(script_file()).arg(word).stdin(Stdio::null());
    command
}
