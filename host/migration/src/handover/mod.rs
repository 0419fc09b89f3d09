//! The handover: what Odoo has no place for and a person must take over, as a folder of files with a page in front.
//!
//! Everything comes from the ledger and from what the modules say of themselves, so the same ledger gives the same bytes.
//! Nothing is asked of Odoo or of the source, and the ledger is only read.

mod cells;
mod documents;
mod json;
mod lists;
mod names;
mod tables;

use std::path::Path;

use odograft_ledger::{Ledger, LedgerError};
use odograft_odoo::NewFolder;
use serde::Serialize;

use crate::error::MigrationError;
use crate::modules::Modules;

pub use cells::cell as spreadsheet_cell;
pub use lists::schema_made;
use names::Names;

/// The file that a handover is known by; it says what is in it.
const LIST: &str = "handover.json";

/// The page in front.
const INDEX: &str = "index.html";

/// What the modules say of themselves, for people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappingSheets {
    /// Each module's name and its page.
    pub pages: Vec<(String, String)>,
    /// The headers of the table of all target fields.
    pub columns: Vec<&'static str>,
    /// Its rows: a cell for each header.
    pub fields: Vec<Vec<String>>,
}

/// What is in a handover, without any record's values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandoverSummary {
    /// The migration's name.
    pub name: String,
    /// The documents by kind.
    pub kinds: Vec<HandedOver>,
    /// Kinds that a module declares and that there is no document of.
    pub empty: Vec<EmptyKind>,
    /// Each module's name and the file of its page.
    pub pages: Vec<(String, String)>,
    /// What else there is to read.
    pub lists: Vec<HandedList>,
    /// Cells of CSV files that begin with `'`, so that no spreadsheet takes them for a formula.
    pub marked_cells: u64,
}

/// The documents of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    /// The module that made them.
    pub module: String,
    /// The kind's heading.
    pub title: String,
    /// Where a person rebuilds it; empty where the ledger does not know.
    pub rebuild_in: String,
    /// How many.
    pub documents: u64,
    /// The folder with a JSON file for each.
    pub folder: String,
    /// The file with all of them, a line each.
    pub lines: String,
    /// What of them can be imported.
    pub tables: Vec<HandedFile>,
    /// What of that was left out, and why; none where nothing was.
    pub left_out: Option<HandedFile>,
    /// Imported entries whose contact is not in Odoo yet.
    pub waiting: u64,
}

/// A CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedFile {
    /// Within the folder.
    pub file: String,
    /// Rows in it, the headers left out.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A kind without a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmptyKind {
    /// The module that declares it.
    pub module: String,
    /// Its heading.
    pub title: String,
    /// Where a person would rebuild it.
    pub rebuild_in: String,
}

/// What a list says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListKind {
    /// Every field of Odoo's that the modules fill: from what, and by which rule.
    Mapping,
    /// What was done, when and by whom.
    Workflow,
    /// Records that were put aside, and why.
    PutAside,
    /// What a person should look at.
    Findings,
    /// Fields, choices and pages that were made in Odoo.
    CustomFields,
    /// Every record with its database id in Odoo.
    Records,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandedList {
    /// What it says.
    pub kind: ListKind,
    /// The file.
    #[serde(flatten)]
    pub file: HandedFile,
}

/// Writes the handover of the migration `name` to the folder `to`, in the place of an earlier one; `index` draws the page.
///
/// # Errors
/// [`MigrationError::NothingPlanned`] and [`MigrationError::PlanUnfinished`]: the ledger does not have all documents;
/// [`LedgerError::Shredded`]: it has none any more; [`MigrationError::Pack`] for files that cannot be written, or a folder
/// that holds something else.
pub fn handover(
    ledger: &Ledger,
    modules: &Modules,
    name: &str,
    sheets: &MappingSheets,
    to: &Path,
    index: &dyn Fn(&HandoverSummary) -> Result<String, MigrationError>,
) -> Result<HandoverSummary, MigrationError> {
    let _reading = ledger.reading()?;
    if ledger.shredded()?.is_some() {
        return Err(LedgerError::Shredded.into());
    }
    if ledger.planning()? {
        return Err(MigrationError::PlanUnfinished);
    }
    if ledger.planned_pass()?.is_none() {
        return Err(MigrationError::NothingPlanned);
    }
    let folder = NewFolder::begin(to, LIST)?;
    let mut marked_cells = 0;
    let (mut slugs, mut kinds) = (Names::default(), Vec::new());
    for kind in ledger.handover_kinds()? {
        let identity = format!("{} {} {}", kind.module, kind.kind, kind.rebuild_in);
        let slug = slugs.free(&names::slug(&kind.kind), &identity);
        kinds.push(documents::write(&folder, ledger, &kind, &slug, &mut marked_cells)?);
    }
    let mut files = Names::default();
    let mut pages = Vec::new();
    for (module, text) in &sheets.pages {
        let file = format!("mapping/{}.md", files.free(module, module));
        folder.page(&file, text)?;
        pages.push((module.clone(), file));
    }
    let lists = lists::write(&folder, ledger, modules, sheets, &mut marked_cells)?;
    let empty = empty(modules, &kinds);
    let summary = HandoverSummary { name: name.to_owned(), kinds, empty, pages, lists, marked_cells };
    folder.page(INDEX, &index(&summary)?)?;
    // Documents are not encrypted: nobody commits them by mistake.
    folder.page(".gitignore", "*\n")?;
    folder.finish(&(serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n"))?;
    Ok(summary)
}

/// The declared kinds that are not among those with documents.
fn empty(modules: &Modules, kinds: &[HandedOver]) -> Vec<EmptyKind> {
    let mut empty = Vec::new();
    for manifest in modules.manifests() {
        for declared in &manifest.handovers {
            let is_it = |kind: &HandedOver| kind.module == manifest.name && kind.title == declared.title;
            if !kinds.iter().any(is_it) {
                let (module, title) = (manifest.name.clone(), declared.title.clone());
                empty.push(EmptyKind { module, title, rebuild_in: declared.rebuild_in.clone() });
            }
        }
    }
    empty
}
