//! A practice's records as a folder of tables with a manifest.
//!
//! The manifest names each table's file, encoding, delimiter and headers, and says how days, moments and amounts are
//! written. What comes without being named, or is named and does not come, is said at once, all of it together. Which
//! tables there are is known of a system with a contract of its own; of any other the manifest says that too.

mod dent_o_soft;
mod dentally_files;
mod practice_by_numbers;
mod tabular;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cap_std::fs::Dir;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::tables::{
    DropProblem, Layout, MANIFEST, MOST, Manifest, Scanned, Shape, Table, fold, open_folder, page, problem, scan,
};
use crate::{FileColumn, FileError, Notice, ObjectSpec, OpenFile, Page, SourceError, open_below};

/// A source system whose export is a folder of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DropKind {
    /// What stands beside Dentally's API, which has neither images nor templates: the manifest is odograft's.
    DentallyFiles,
    /// Dent-O-Soft: no interface and no format of its own is documented, so the manifest is odograft's.
    DentOSoft,
    /// The reports of Practice by Numbers, as people export them: with titles, totals and headers of two lines.
    PracticeByNumbers,
    /// Tables of any system, which the manifest declares.
    Tabular,
}

impl DropKind {
    /// What people call the system.
    pub fn name(self) -> &'static str {
        match self {
            Self::DentallyFiles => "the folder beside Dentally",
            Self::DentOSoft => "Dent-O-Soft",
            Self::PracticeByNumbers => "Practice by Numbers",
            Self::Tabular => "the drop of declared tables",
        }
    }

    /// The word under `format` in the manifest.
    pub fn format(self) -> &'static str {
        match self {
            Self::DentallyFiles => "odograft-dentally-files",
            Self::DentOSoft => "odograft-dent-o-soft-drop",
            Self::PracticeByNumbers => "odograft-practice-by-numbers-drop",
            Self::Tabular => "odograft-tabular-drop",
        }
    }

    /// The object whose one row is the manifest.
    pub fn manifest_object(self) -> &'static str {
        match self {
            Self::DentallyFiles => "dentally-files-manifest",
            Self::DentOSoft => "dent-o-soft-manifest",
            Self::PracticeByNumbers => "practice-by-numbers-manifest",
            Self::Tabular => "tabular-manifest",
        }
    }

    /// The tables that a system has everywhere; none where the manifest declares them.
    fn shapes(self) -> &'static [Shape] {
        match self {
            Self::DentallyFiles => dentally_files::SHAPES,
            Self::DentOSoft => dent_o_soft::SHAPES,
            Self::PracticeByNumbers => practice_by_numbers::SHAPES,
            Self::Tabular => &[],
        }
    }

    /// The object whose keys an object's rows name as their parents.
    pub(crate) fn parent(self, object: &str) -> Option<&'static str> {
        let column = self.shapes().iter().find(|shape| shape.object == object)?.parent?;
        Some(if column == "provider_id" { "provider" } else { "patient" })
    }

    /// Words for columns besides their own names.
    fn words(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::DentallyFiles | Self::DentOSoft | Self::Tabular => &[],
            Self::PracticeByNumbers => practice_by_numbers::WORDS,
        }
    }

    /// The objects that a system has everywhere, parents first, each with the columns that its table may have.
    pub fn columns(self) -> impl Iterator<Item = (&'static str, impl Iterator<Item = &'static str>)> {
        self.shapes().iter().map(|shape| (shape.object, shape.required.iter().chain(shape.known).copied()))
    }
}

/// A drop that was checked and can be read.
#[derive(Debug)]
pub struct TableDrop {
    dir: Dir,
    kind: DropKind,
    manifest: String,
    /// The tables that come, parents first, each with its parent.
    objects: Vec<(String, Option<String>)>,
    tables: BTreeMap<String, Scanned>,
}

/// A table that the manifest names.
struct Declared {
    table: Table,
    /// The object whose keys its rows name as their parents.
    parent: Option<String>,
}

impl TableDrop {
    /// Opens the folder and checks it whole: manifest, tables, columns, keys, encodings and numbers of rows. No path of the
    /// manifest, and no symbolic link, leads out of the folder.
    ///
    /// Errors: [`SourceError::DropUnreadable`] for folder and manifest, [`SourceError::DropRefused`] with everything else.
    pub fn open(kind: DropKind, root: &Path) -> Result<Self, SourceError> {
        let dir = open_folder(root)?;
        let manifest = Manifest::read(&dir)?;
        let mut problems = Vec::new();
        let (mut objects, mut tables) = (Vec::new(), BTreeMap::new());
        if manifest.is_object(&mut problems) {
            check_manifest(kind, &manifest, &mut problems);
            let declared = match kind {
                DropKind::Tabular => tabular::declared(&manifest, &mut problems),
                _ => declared(kind, &manifest, &mut problems),
            };
            check_folder(&dir, &manifest, &mut problems);
            for Declared { table, parent } in declared {
                let object = table.layout.object.clone();
                objects.push((object.clone(), parent));
                if let Some(scanned) = scan(&dir, table, &mut problems) {
                    tables.insert(object, scanned);
                }
            }
        }
        if !problems.is_empty() {
            problems.truncate(MOST);
            return Err(SourceError::DropRefused { problems });
        }
        Ok(Self { dir, kind, manifest: manifest.text, objects, tables })
    }

    /// Whose export it is.
    pub fn kind(&self) -> DropKind {
        self.kind
    }

    /// What the drop offers: the manifest, then the tables that come.
    pub fn objects(&self) -> Vec<ObjectSpec<'_>> {
        let manifest = ObjectSpec { name: self.kind.manifest_object(), parent: None };
        let tables = self.objects.iter().map(|(name, parent)| ObjectSpec { name, parent: parent.as_deref() });
        std::iter::once(manifest).chain(tables).collect()
    }

    /// What is worth knowing before anything is mapped: columns that no record has a place for, and those that do not come.
    pub fn notices(&self) -> Vec<Notice> {
        let notice = |(object, scanned): (&String, &Scanned)| Notice {
            object: object.clone(),
            file: scanned.table.name.clone(),
            rows: Some(scanned.rows),
            surplus: scanned.surplus.clone(),
            missing: scanned.missing.clone(),
            skipped: scanned.skipped,
        };
        self.tables.iter().map(notice).collect()
    }

    /// The page at the cursor, of up to 2,000 rows; the body of a row is a JSON object of its columns, each as the text that
    /// stands there.
    pub fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        if object == self.kind.manifest_object() {
            return Ok(Page::manifest(&self.manifest));
        }
        match self.tables.get(object) {
            Some(scanned) => page(object, scanned, cursor),
            None => Err(SourceError::UnknownObject {
                object: object.to_owned(),
                known: self.objects().iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The columns that the manifest lists under `attachments`.
    pub fn file_columns(&self) -> Vec<FileColumn> {
        self.tables.values().flat_map(Scanned::file_columns).collect()
    }

    /// Opens a file of the folder that a row names; `handle` is its path below the folder.
    ///
    /// # Errors
    /// [`FileError::Closed`].
    pub async fn open_file(&self, handle: &str) -> Result<OpenFile, FileError> {
        open_below(&self.dir, handle).await
    }
}

fn check_manifest(kind: DropKind, manifest: &Manifest, problems: &mut Vec<DropProblem>) {
    let words: [(&str, &[&str]); 3] =
        [("format", &[kind.format()]), ("date_order", &["ymd", "mdy", "dmy"]), ("decimal_mark", &[".", ","])];
    // Beside Dentally's API days are written as it writes them, and there are no amounts.
    let own = kind == DropKind::DentallyFiles;
    manifest.check_words(if own { &words[..1] } else { &words }, problems);
    manifest.check_version(problems);
    if own {
        return;
    }
    if manifest.text_at(&["time_zone"]).is_none_or(|name| TimeZone::get(name).is_err()) {
        problems.push(problem("time_zone", "a zone of the IANA database, such as `America/Chicago`"));
    }
}

/// The tables that the manifest names, of a system that has the same ones everywhere.
fn declared(kind: DropKind, manifest: &Manifest, problems: &mut Vec<DropProblem>) -> Vec<Declared> {
    let entries = manifest.get(&["tables"]).and_then(Value::as_object);
    let Some(entries) = entries else {
        problems.push(problem("tables", "an object: a table's name, then its `file`"));
        return Vec::new();
    };
    let left_out = manifest.names("left_out", problems);
    let shape = |name: &str| kind.shapes().iter().find(|shape| shape.object == name);
    for name in entries.keys().chain(&left_out) {
        if shape(name).is_none() {
            let known = kind.shapes().iter().map(|shape| format!("`{}`", shape.object)).collect::<Vec<_>>().join(", ");
            problems.push(DropProblem::UnknownTable { table: name.clone(), known });
        }
    }
    let silent = |shape: &&Shape| !entries.contains_key(shape.object) && !left_out.iter().any(|n| n == shape.object);
    let tables: Vec<_> = kind.shapes().iter().filter(silent).map(|shape| shape.object.to_owned()).collect();
    if !tables.is_empty() {
        problems.push(DropProblem::UnnamedTables { tables });
    }
    let table = |shape: &Shape| {
        let mut table = table(manifest, (*shape).into(), problems)?;
        let declared: Vec<String> = table.aliases.values().flatten().map(|header| fold(header)).collect();
        for (column, words) in
            kind.words().iter().filter(|(column, _)| shape.known.contains(column) || shape.required.contains(column))
        {
            // What the manifest says of a header goes before what is usual.
            let usual = words.iter().filter(|word| !declared.contains(&fold(word))).map(|word| (*word).to_owned());
            table.aliases.entry((*column).to_owned()).or_default().extend(usual);
        }
        table.report = kind == DropKind::PracticeByNumbers;
        Some(Declared { table, parent: kind.parent(shape.object).map(str::to_owned) })
    };
    kind.shapes().iter().filter_map(table).collect()
}

/// The table of this layout as the manifest describes its file; none where it does not name it.
fn table(manifest: &Manifest, layout: Layout, problems: &mut Vec<DropProblem>) -> Option<Table> {
    let path = ["tables", layout.object.as_str()];
    let entry = manifest.get(&path)?;
    let at = |key: &str| format!("tables.{}.{key}", layout.object);
    let Some(file) = entry.get("file").and_then(Value::as_str) else {
        problems.push(problem(&at("file"), "the name of a file in the folder"));
        return None;
    };
    let rows = entry.get("rows").map(Value::as_u64);
    if rows == Some(None) {
        problems.push(problem(&at("rows"), "the number of rows without the header"));
    }
    let form = manifest.form(&path, file, problems)?;
    let aliases = manifest.aliases(&path, problems);
    let attachments = manifest.attachments(&path, problems);
    Some(Table { name: file.to_owned(), form, layout, rows: rows.flatten(), aliases, attachments, report: false })
}

/// Every file of the folder is named: what a file that nobody reads holds would be lost.
fn check_folder(dir: &Dir, manifest: &Manifest, problems: &mut Vec<DropProblem>) {
    let mut known: BTreeSet<String> = manifest.names("ignored", problems).into_iter().collect();
    known.insert(MANIFEST.to_owned());
    let tables = manifest.get(&["tables"]).and_then(Value::as_object).into_iter().flat_map(Map::values);
    known.extend(tables.filter_map(|table| Some(table.get("file")?.as_str()?.to_owned())));
    let Ok(entries) = dir.entries() else { return };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    // A folder is known by the tables below it.
    let unknown = |name: &String| !known.iter().any(|known| known == name || known.starts_with(&format!("{name}/")));
    let mut files: Vec<_> = names.filter(unknown).filter(|name| !name.starts_with('.')).collect();
    files.sort_unstable();
    if !files.is_empty() {
        problems.push(DropProblem::SurplusFiles { files });
    }
}
