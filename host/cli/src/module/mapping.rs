//! `odograft module mapping`: a module's page, for the people who approve a mapping.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use odograft_workbench::sheet::sheet;

use super::Loader;
use crate::exit;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module
    file: PathBuf,
    /// The file to write it to, instead of printing it
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// With `--write`: write nothing, and end with 1 where the file says something else
    #[arg(long, requires = "write")]
    check: bool,
}

pub(crate) fn mapping(args: &Args, loader: &Loader) -> Result<ExitCode> {
    let page = sheet(&loader.subject(&args.file)?)?;
    match &args.write {
        None => print!("{page}"),
        Some(file) if args.check => {
            if fs::read_to_string(file).ok().as_deref() != Some(page.as_str()) {
                let file = file.display();
                println!("`{file}` does not say what the module does; hint: the same without `--check` writes it");
                return Ok(exit::BAD.into());
            }
        }
        Some(file) => fs::write(file, page).with_context(|| format!("`{}` cannot be written", file.display()))?,
    }
    Ok(exit::DONE.into())
}
