//! `cargo xtask`: set-up, guests, demo, tests and CI of odograft, in one command.

mod bench;
mod ci;
mod guests;
mod languages;
mod odoo;
mod pictures;
mod promise;
mod run;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  demo [ARGS]     build everything and move a generated practice into the Odoo stand-in
  test [ARGS]     build everything and run every test (ARGS go to the test runner)
  ci              what CI runs: format, lint, test, licences, documentation, real Odoo
  bench [NAME]... what the sandbox costs; `rivals`: against other tools; `instructions`: counted by callgrind
  guests          build the WebAssembly modules to target/guests/NAME.wasm; `--languages`: also the examples in
                  Python and JavaScript, whose tool chains come from PyPI and npm
  odoo COMMAND    a real Odoo 19 on loopback: install, up, reset, down, key, status
  promise         every row of the promise: golden cases, a practice into the stand-in and 500 patients into a real Odoo
                  19, read back field by field; the table of all 43 rows. `--table`: what the last run has found
  lifecycle       the whole life of a migration of each source on a real Odoo 19, plan to undo, with a delta in between, and
                  again with interruptions; 100,000 patients on the stand-ins; pictures of the reports. Two hours
  odoo-suite      the tests that need a real Odoo 19, on one that this command sets up, and the measurements on it

Nothing has to be installed first; each command says what it sets up.";

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    match command.as_str() {
        "demo" => ci::demo(&rest),
        "test" => ci::test(&rest),
        "ci" => ci::ci(),
        "bench" => bench::bench(&rest),
        "guests" if rest == ["--languages"] => guests::build().and_then(|_| languages::build()),
        "guests" => guests::build().map(drop),
        "odoo" => odoo::command(&rest),
        "promise" if rest == ["--table"] => promise::tell(&run::target().join("guests")),
        "promise" => ci::promise(),
        "lifecycle" => ci::lifecycle(),
        "odoo-suite" => ci::odoo_suite(),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => bail!("`{other}` is not a command of xtask\n\n{HELP}"),
    }
}
