//! `odograft.lock`: the modules, contracts and engine that a client has accepted, and `odograft lock`, which accepts them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, iter};

use anyhow::{Context, Result, bail};
use odograft_engine::Rules;
use serde::Deserialize;

use crate::config::Config;
use crate::open::Stack;
use crate::{exit, open};

/// The file's name, beside `odograft.toml`.
pub(crate) const FILE: &str = "odograft.lock";

/// The form of the file that this build reads and writes.
const FORM: u32 = 1;

const HEAD: &str = "\
# What this client has accepted: `odograft run` refuses any other module, contract or engine.
# Written by `odograft lock`, which says what changed; keep it in version control beside `odograft.toml`.
";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write nothing; end with 1 where the lock file would change
    #[arg(long)]
    check: bool,
}

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    form: u32,
    engine: Rules,
    #[serde(default)]
    module: Vec<Pinned>,
}

/// One accepted file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    /// As the configuration names it, with `/` between folders.
    file: String,
    /// Lower-case hex.
    sha256: String,
    /// The interface that it speaks, with its version.
    contract: String,
}

impl Lock {
    /// The lock file of `folder`; none where there is none.
    fn read(folder: &Path) -> Result<Option<Self>> {
        let file = folder.join(FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
        };
        Self::parse(&text).with_context(|| format!("`{}`", file.display())).map(Some)
    }

    fn parse(text: &str) -> Result<Self> {
        let lock: Self =
            toml::from_str(text).context("this is no lock file\nhint: `odograft lock` writes a new one")?;
        if lock.form != FORM {
            bail!(
                "form {} of the lock file is not the one that this odograft reads, which is {FORM}\nhint: use the odograft that wrote it, or accept what is there with `odograft lock`",
                lock.form
            );
        }
        Ok(lock)
    }

    /// The file's text: the same lock gives the same bytes.
    fn text(&self) -> String {
        let mut text = format!("{HEAD}form = {}\n\n[engine]\n", self.form);
        // Writing to a string cannot fail.
        for (name, value) in self.engine.entries() {
            let _ = writeln!(text, "{name} = {value}");
        }
        for Pinned { file, sha256, contract } in &self.module {
            let _ = write!(
                text,
                "\n[[module]]\nfile = {}\nsha256 = \"{sha256}\"\ncontract = \"{contract}\"\n",
                serde_json::Value::from(file.as_str())
            );
        }
        text
    }

    fn pinned(&self, file: &str) -> Option<&Pinned> {
        self.module.iter().find(|pinned| pinned.file == file)
    }
}

/// Refuses what `folder` has not accepted. `stacks` are those of the configuration, as they are about to be used.
///
/// # Errors
/// No lock file, another engine, or a file that is not locked with its digest.
pub(crate) fn check(folder: &Path, stacks: &[Stack]) -> Result<()> {
    let accept = accept(folder);
    let Some(lock) = Lock::read(folder)? else {
        bail!(
            "`{}` is missing, so no module of this client is accepted\nhint: look at the modules that `odograft.toml` names, then accept them with `{accept}`",
            folder.join(FILE).display()
        );
    };
    if let Some((name, locked, here)) = differing_rule(&lock.engine) {
        bail!(
            "the engine is not the one that is locked: `{name}` is {here} here and {locked} in `{FILE}`, so answers or fuel may differ\nhint: use the odograft that the lock was written with, or accept this one with `{accept}`"
        );
    }
    for (file, digest) in stacks.iter().flat_map(|stack| &stack.parts) {
        let name = locked_name(file);
        match lock.pinned(&name) {
            None => bail!(
                "module `{name}` is not locked; its SHA-256 is {digest}\nhint: look at what the module does, then accept it with `{accept}`"
            ),
            Some(pinned) if pinned.sha256 != *digest => bail!(
                "module `{name}` is not the one that is locked: its SHA-256 is {digest}, and {} is locked\nhint: put the locked file back, or look at what changed and accept it with `{accept}`",
                pinned.sha256
            ),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The first rule that differs, with both values.
fn differing_rule(locked: &Rules) -> Option<(&'static str, String, String)> {
    let here = Rules::current();
    let differs = |(name, locked): (&'static str, String)| {
        let here = value(&here, name);
        (locked != here).then_some((name, locked, here))
    };
    locked.entries().into_iter().find_map(differs)
}

/// A rule's value as the file writes it.
fn value(rules: &Rules, name: &str) -> String {
    rules.entries().into_iter().find(|entry| entry.0 == name).map(|entry| entry.1).unwrap_or_default()
}

/// The command that accepts the modules of `folder`.
fn accept(folder: &Path) -> String {
    if folder == Path::new(".") { "odograft lock".to_owned() } else { format!("odograft lock {}", folder.display()) }
}

/// The same name on every system.
fn locked_name(file: &Path) -> String {
    let parts = file.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

/// What `folder` configures, as a lock. Every module must load: what is locked can also run.
fn wanted(folder: &Path, config: &Config) -> Result<Lock> {
    let stacks = open::stacks(folder, config)?;
    let (parts, files): (Vec<_>, Vec<_>) = stacks.into_iter().map(|stack| (stack.parts, stack.module)).unzip();
    let modules = open::load(&files)?;
    let mut lock = Lock { form: FORM, engine: Rules::current(), module: Vec::with_capacity(files.len()) };
    // Both stand in the order of the configuration. An overlay speaks the interface that it lies over.
    for (parts, contract) in iter::zip(parts, modules.interfaces()) {
        for (file, sha256) in parts {
            let file = locked_name(&file);
            // One file may stand in the configuration twice, under other settings.
            if lock.pinned(&file).is_none() {
                lock.module.push(Pinned { file, sha256, contract: contract.to_owned() });
            }
        }
    }
    lock.module.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(lock)
}

/// Accepts what `folder` configures; returns one line for each change.
pub(crate) fn accept_all(folder: &Path, config: &Config) -> Result<Vec<String>> {
    let lock = wanted(folder, config)?;
    // A lock file that cannot be read is replaced: to accept anew is what its own message advises.
    let changes = changes(Lock::read(folder).ok().flatten().as_ref(), &lock);
    write(folder, &lock)?;
    Ok(changes)
}

fn write(folder: &Path, lock: &Lock) -> Result<()> {
    let (file, beside) = (folder.join(FILE), folder.join(format!("{FILE}.new")));
    let text = lock.text();
    // Renamed, so that a run never reads half of it.
    fs::write(&beside, &text)
        .and_then(|()| fs::rename(&beside, &file))
        .with_context(|| format!("`{}` cannot be written\nhint: the client's folder must be writable", file.display()))
}

/// One line for each thing in which `new` differs from `old`.
fn changes(old: Option<&Lock>, new: &Lock) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(old) = old {
        for (name, before) in old.engine.entries() {
            let now = value(&new.engine, name);
            if before != now {
                lines.push(format!("changed  engine `{name}`: {before} -> {now}"));
            }
        }
    }
    for pinned in &new.module {
        let Pinned { file, sha256, contract } = pinned;
        match old.and_then(|old| old.pinned(file)) {
            None => lines.push(format!("new      {file}  {contract}\n         sha256 {sha256}")),
            Some(before) if before != pinned => lines.push(format!(
                "changed  {file}  {contract}\n         sha256 {sha256}\n         was    {}{}",
                before.sha256,
                if before.contract == *contract { String::new() } else { format!("  {}", before.contract) }
            )),
            Some(_) => {}
        }
    }
    for gone in old.into_iter().flat_map(|old| &old.module).filter(|p| new.pinned(&p.file).is_none()) {
        lines.push(format!("gone     {}\n         was    {}", gone.file, gone.sha256));
    }
    lines
}

pub(crate) fn lock(args: &Args) -> Result<ExitCode> {
    let config = Config::read(&args.folder)?;
    if args.check {
        let lock = wanted(&args.folder, &config)?;
        let old = Lock::read(&args.folder)?;
        let differs = old.as_ref() != Some(&lock);
        changes(old.as_ref(), &lock).iter().for_each(|line| println!("{line}"));
        println!("{FILE} {}", if differs { "would change" } else { "is up to date" });
        return Ok(if differs { exit::BAD } else { exit::DONE }.into());
    }
    let before = fs::read(args.folder.join(FILE)).ok();
    let changes = accept_all(&args.folder, &config)?;
    changes.iter().for_each(|line| println!("{line}"));
    let same = before.is_some() && before == fs::read(args.folder.join(FILE)).ok();
    println!("{} {}", if same { "unchanged" } else { "wrote" }, args.folder.join(FILE).display());
    Ok(exit::DONE.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Lock {
        let pinned = |file: &str, letter: &str| Pinned {
            file: file.into(),
            sha256: letter.repeat(64),
            contract: "odograft:dentally/mapping@0.1.0".into(),
        };
        let module = vec![pinned("modules/dentally.wasm", "a"), pinned("modules/o\"dd\\.wasm", "b")];
        Lock { form: FORM, engine: Rules::current(), module }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(Lock::parse(&sample().text()).expect("reads"), sample());
    }

    #[test]
    fn unknown_keys_and_other_forms_are_refused() {
        let slip = sample().text().replace("form = 1", "form = 1\nmodul = []");
        assert!(format!("{:#}", Lock::parse(&slip).expect_err("a slip")).contains("unknown field `modul`"));
        let later = sample().text().replace("form = 1", "form = 2");
        assert!(Lock::parse(&later).expect_err("a later form").to_string().contains("form 2"));
    }

    #[test]
    fn changes_name_what_is_new_changed_and_gone() {
        let (old, mut new) = (sample(), sample());
        new.module[0].sha256 = "c".repeat(64);
        new.module[1].file = "modules/new.wasm".into();
        new.engine.wasmtime = "49.0.0".into();
        let lines = changes(Some(&old), &new);
        let starts: Vec<&str> = lines.iter().filter_map(|line| line.split_whitespace().next()).collect();
        assert_eq!(starts, ["changed", "changed", "new", "gone"]);
        assert!(changes(Some(&old), &old).is_empty());
    }

    #[test]
    fn names_are_the_same_on_every_system() {
        assert_eq!(locked_name(&Path::new("modules").join("dentally.wasm")), "modules/dentally.wasm");
    }
}
