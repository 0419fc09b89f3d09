//! Builds the example modules in Python and JavaScript to `target/guests/recall-LANGUAGE.wasm`.
//!
//! Their tool chains come from the package registries, in these versions, into `target/languages`; nothing of them is
//! needed to build or run odograft itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{root, run, say, succeeds, target};

/// On PyPI: CPython and the encoder in one package.
const COMPONENTIZE_PY: (&str, &str) = ("componentize-py", "0.25.1");
/// On npm: the encoder, which brings QuickJS along.
const JCO: (&str, &str) = ("@bytecodealliance/jco", "1.35.0");

/// Installs the tool chains where they are not there, and builds both examples.
pub(crate) fn build() -> Result<()> {
    let (tools, guests) = (target().join("languages"), target().join("guests"));
    fs::create_dir_all(&tools)?;
    fs::create_dir_all(&guests)?;
    let examples = root().join("guests/examples");
    python(&tools, &examples.join("python"), &guests.join("recall-python.wasm"))
        .context("no Python module today\nhint: `python3` with its `venv` and a way to PyPI are needed")?;
    javascript(&tools, &examples.join("javascript"), &guests.join("recall-javascript.wasm"))
        .context("no JavaScript module today\nhint: `node` 20 with `npm` and a way to the npm registry are needed")
}

fn python(tools: &Path, example: &Path, out: &Path) -> Result<()> {
    let (package, version) = COMPONENTIZE_PY;
    let venv = tools.join(format!("python-{version}"));
    let encoder = venv.join("bin").join(package);
    if !succeeds(Command::new(&encoder).arg("--version")) {
        say(&format!("languages: installing {package} {version} from PyPI into {}", venv.display()));
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
        run(Command::new(venv.join("bin/pip")).args(["install", "--quiet", &format!("{package}=={version}")]))?;
    }
    let wit = root().join("wit");
    run(Command::new(encoder)
        .current_dir(example)
        // The example's folder stays as it is.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .arg("--quiet")
        .arg("--wit-path")
        .arg(wit.join("transform"))
        .arg("--wit-path")
        .arg(wit.join("dentally"))
        .args(["--world", "odograft:dentally/mapper", "componentize", "recall", "--output"])
        .arg(out))?;
    told(out)
}

fn javascript(tools: &Path, example: &Path, out: &Path) -> Result<()> {
    let (package, version) = JCO;
    let prefix = tools.join(format!("javascript-{version}"));
    let encoder = prefix.join("node_modules/.bin/jco");
    if !succeeds(Command::new(&encoder).arg("--version")) {
        say(&format!("languages: installing {package} {version} from npm into {}", prefix.display()));
        fs::create_dir_all(&prefix)?;
        run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--no-save", "--prefix"])
            .arg(&prefix)
            .arg(format!("{package}@{version}")))?;
    }
    let wit = packages(&tools.join("wit"))?;
    run(Command::new(encoder)
        .arg("componentize")
        .arg(example.join("recall.js"))
        .arg("--wit")
        .arg(wit)
        // QuickJS makes a module of a seventh of the size that SpiderMonkey's has, at half the fuel a record.
        .args(["--world-name", "mapper", "--backend", "quickjs", "--backend-qjs-disable-async", "--out"])
        .arg(out))?;
    told(out)
}

/// The WIT packages as jco takes them: one folder, the others below `deps`.
fn packages(folder: &Path) -> Result<PathBuf> {
    for (from, to) in [("dentally", folder.to_owned()), ("transform", folder.join("deps/transform"))] {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(root().join("wit").join(from))? {
            let entry = entry?;
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(folder.to_owned())
}

fn told(out: &Path) -> Result<()> {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    say(&format!("languages: {name}, {} kB", fs::metadata(out)?.len() / 1000));
    Ok(())
}
