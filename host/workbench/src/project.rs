//! A module's project: a folder with rules in Rust, the SDK and the contract that they are written against, and cases.

mod lock;
mod manifest;
mod templates;

use std::fs;
use std::path::{Path, PathBuf};

use odograft_toolchain::process::ProcessError;
use odograft_toolchain::{Build, EncodeError, Toolchain, ToolchainError, digest, encode};

use crate::source::Source as _;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// The profile of a project, and of the modules that ship.
const PROFILE: &str = "guest";

/// What a new module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Maps a source's records.
    Mapper,
    /// Flattens exams.
    Flattener,
    /// A client's own rules over a mapping, which lies in the project's [`BASE`].
    Overlay,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Mapper => "mapper",
            Self::Flattener => "flattener",
            Self::Overlay => "overlay",
        }
    }
}

/// The folder, beside an overlay, of the module that it is laid over.
pub const BASE: &str = "base";

/// A project cannot be made or built.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// A name that no crate can have.
    #[error("`{name}` is no module's name; hint: lower-case letters, digits and `-`, a letter first, 40 at most")]
    Name {
        /// The name.
        name: String,
    },
    /// There is something already.
    #[error("`{}` is there already; hint: choose another name, or another folder", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// No such source, or none of which such a module can be made.
    #[error(
        "no {kind} is made for source `{source_name}`; hint: a mapper or an overlay for `dentally`, a mapper for `tabular`, a flattener for `perio`"
    )]
    Source {
        /// What was asked for.
        kind: &'static str,
        /// The source's name.
        source_name: String,
    },
    /// The file system says no.
    #[error("`{}` cannot be read or written: {cause}; hint: check the path and its rights", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The folder holds no Rust project.
    #[error("`{}` has no `[package]` with a `name`; hint: `odograft module new` makes a project", file.display())]
    NoPackage {
        /// Its `Cargo.toml`.
        file: PathBuf,
    },
    /// Nothing compiles it.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The compiler refuses it.
    #[error(transparent)]
    Compile(#[from] ProcessError),
    /// It does not become a component.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

fn file(path: &Path) -> impl FnOnce(std::io::Error) -> ProjectError + '_ {
    |cause| ProjectError::File { path: path.to_owned(), cause }
}

/// Writes a new project into `folder`, which must not be there, or be empty. Returns the folder of its case.
///
/// # Errors
/// The name is no crate's, the folder is in use, or there is no such module for the source.
pub fn create(folder: &Path, name: &str, source: &str, kind: Option<Kind>) -> Result<PathBuf, ProjectError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let sound = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 40 && !name.ends_with('-');
    if !sound || !name.chars().all(legal) {
        return Err(ProjectError::Name { name: name.to_owned() });
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        return Err(ProjectError::Exists { folder: folder.to_owned() });
    }
    let kinds: &[Kind] = match source {
        odograft_engine::Dentally::NAME => &[Kind::Mapper, Kind::Overlay],
        odograft_engine::Tabular::NAME => &[Kind::Mapper],
        odograft_engine::Perio::NAME => &[Kind::Flattener],
        _ => &[],
    };
    let Some(kind) = kinds.iter().find(|own| kind.is_none_or(|kind| kind == **own)) else {
        let kind = kind.unwrap_or(Kind::Mapper).word();
        return Err(ProjectError::Source { kind, source_name: source.to_owned() });
    };
    let template = templates::of(source, *kind);
    for (path, text) in template.files {
        write(&folder.join(path), &text.replace("{name}", name))?;
    }
    for (path, text) in embedded::FILES {
        write(&folder.join(path), text)?;
    }
    write(&folder.join("vendor/odograft-sdk/Cargo.toml"), &manifest::of_sdk())?;
    write(&folder.join("Cargo.lock"), &lock::of_project(name))?;
    Ok(folder.join(template.case))
}

fn write(path: &Path, text: &str) -> Result<(), ProjectError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(file(folder))?;
    }
    fs::write(path, text).map_err(file(path))
}

/// A module that was built.
#[derive(Debug, Clone)]
pub struct Built {
    /// The component, `NAME.wasm` in the project's folder.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: usize,
    /// SHA-256 of them, in lower-case hex; also in `NAME.wasm.sha256`, as `sha256sum --check` reads it.
    pub digest: String,
}

/// Whether a folder holds a project that [`build`] can build.
#[must_use]
pub fn is_project(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
}

/// Compiles a project, makes a component of it and writes that beside its sources. `say` hears which compiler is used.
///
/// # Errors
/// Nothing here compiles for WebAssembly, or the sources don't compile; the compiler has printed why.
pub fn build(folder: &Path, say: &mut dyn FnMut(&str)) -> Result<Built, ProjectError> {
    let name = manifest::name_of(folder)?;
    let own = folder.join("target");
    let target_dir = std::env::var_os("CARGO_TARGET_DIR").map_or(own, PathBuf::from);
    let target_dir = std::path::absolute(&target_dir).map_err(file(&target_dir))?;
    let toolchain = Toolchain::find(folder, false, say)?;
    let what = ["--lib".to_owned()];
    let build = Build { folder, target_dir: &target_dir, profile: PROFILE, locked: false, what: &what };
    let built = toolchain.build(&build)?;
    let core = built.join(format!("{}.wasm", name.replace('-', "_")));
    let component = encode(&fs::read(&core).map_err(file(&core))?, true)?;
    let digest = digest(&component);
    let out = folder.join(format!("{name}.wasm"));
    // Written beside and renamed, so that nobody reads half a module.
    let beside = out.with_extension("new");
    fs::write(&beside, &component).map_err(file(&beside))?;
    fs::rename(&beside, &out).map_err(file(&out))?;
    write(&folder.join(format!("{name}.wasm.sha256")), &format!("{digest}  {name}.wasm\n"))?;
    Ok(Built { file: out, bytes: component.len(), digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(name: &str, source: &str, kind: Option<Kind>) -> Result<tempfile::TempDir, ProjectError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        create(&folder.path().join("project"), name, source, kind).map(|_| folder)
    }

    #[test]
    fn a_project_is_whole() {
        let folder = made("smile-rules", "dentally", None).expect("made");
        let project = folder.path().join("project");
        let text = |path: &str| fs::read_to_string(project.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
        assert!(text("Cargo.toml").contains("name = \"smile-rules\""));
        assert!(text("src/lib.rs").contains("name: \"smile-rules\""));
        assert!(text("wit/transform/values.wit").contains("package odograft:transform@"));
        assert!(text("vendor/odograft-sdk/src/lib.rs").contains("pub mod bindings;"));
        assert!(text("vendor/odograft-sdk/Cargo.toml").contains("wit-bindgen = { version = \"=0."));
        let lock = text("Cargo.lock");
        for package in ["smile-rules", "odograft-sdk", "wit-bindgen", "wit-parser"] {
            assert!(lock.contains(&format!("name = \"{package}\"")), "{package}");
        }
        assert!(!lock.contains("name = \"wasmtime\""));
        assert_eq!(manifest::name_of(&project).expect("a name"), "smile-rules");
    }

    #[test]
    fn what_cannot_be_made_is_refused_before_anything_is_written() {
        assert!(matches!(made("smile", "tabular", Some(Kind::Overlay)), Err(ProjectError::Source { .. })));
        for name in ["", "Smile", "9smile", "smile_rules", "smile-", "../smile"] {
            assert!(matches!(made(name, "dentally", None), Err(ProjectError::Name { .. })), "{name}");
        }
        assert!(matches!(made("smile", "dentist", None), Err(ProjectError::Source { .. })));
        assert!(matches!(made("smile", "dentally", Some(Kind::Flattener)), Err(ProjectError::Source { .. })));
        let folder = made("smile", "perio", Some(Kind::Flattener)).expect("made");
        let again = create(&folder.path().join("project"), "smile", "perio", None);
        assert!(matches!(again, Err(ProjectError::Exists { .. })));
    }
}
