//! Reading what an administrator exported from Odoo's list views.
//!
//! Odoo 19's export dialog writes UTF-8 without a byte order mark, a comma between cells, `\r\n` at the ends of lines, every
//! text in quotes, `True` and nothing for booleans, moments in the user's time zone, and an apostrophe before a text
//! that begins with `=`, `-` or `+`. A record without an external id is given one that begins with `__export__.`. With
//! "import-compatible" chosen the headers are field names, else labels; `ID` is offered without it only. So one model may
//! come in several files, which are laid side by side by external id.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use super::PackError;
use super::labels::Labels;
use crate::metadata::FieldInfo;

/// The model whose export describes the fields of all others.
const FIELDS: &str = "ir.model.fields";

/// One file as it was read.
#[derive(Debug)]
struct Sheet {
    file: String,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Everything in a folder of exports.
#[derive(Debug, Default)]
pub struct Exports {
    sheets: BTreeMap<String, Vec<Sheet>>,
}

/// One record of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// `module.name`; empty where the export has no such column.
    pub external_id: String,
    /// The database id, where the export has it.
    pub id: Option<i64>,
    /// A cell for each of the table's columns; `None` where no file has it.
    pub cells: Vec<Option<String>>,
}

/// The records of one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns in `load()`'s form, without `id` and `.id`.
    pub columns: Vec<String>,
    /// The records, in the order of the files.
    pub records: Vec<Exported>,
    /// Headers that nobody knows.
    pub unread: Vec<String>,
}

impl Table {
    /// The place of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

impl Exports {
    /// Reads every CSV file of a folder; files with other endings are refused where they are workbooks, and else left
    /// alone. A folder that is not there holds nothing.
    ///
    /// # Errors
    /// The first file that is no export of Odoo's.
    pub fn read(folder: &Path) -> Result<Self, PackError> {
        let failed = |source| PackError::File { path: folder.to_owned(), doing: "read", source };
        let mut files = Vec::new();
        match fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries {
                    files.push(entry.map_err(failed)?.path());
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        files.sort();
        let mut exports = Self::default();
        for path in files {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            match ending.as_str() {
                "csv" => {
                    let bytes = fs::read(&path).map_err(|source| PackError::File { path, doing: "read", source })?;
                    exports.add(&name, &bytes)?;
                }
                "xlsx" | "xls" | "ods" => return Err(PackError::Workbook { file: name }),
                _ => {}
            }
        }
        Ok(exports)
    }

    /// Reads one file's bytes.
    fn add(&mut self, file: &str, bytes: &[u8]) -> Result<(), PackError> {
        let named = || file.to_owned();
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(PackError::Workbook { file: named() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| PackError::NotUtf8 { file: named() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let model = model_of(file).ok_or_else(|| PackError::NoModel { file: named() })?;
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut rows: Vec<Vec<String>> = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|_| PackError::Ragged { file: named(), line: rows.len() as u64 + 1 })?;
            let line = row.position().map_or(0, csv::Position::line);
            if rows.first().is_some_and(|headers| headers.len() != row.len()) {
                return Err(PackError::Ragged { file: named(), line });
            }
            rows.push(row.iter().map(str::to_owned).collect());
        }
        if rows.is_empty() {
            return Err(PackError::NoKey { file: named() });
        }
        let headers = rows.remove(0);
        if headers.len() == 1 && headers[0].contains([';', '\t']) {
            return Err(PackError::NotCommas { file: named() });
        }
        self.sheets.entry(model).or_default().push(Sheet { file: named(), headers, rows });
        Ok(())
    }

    /// The models that were exported, by name.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.sheets.keys().map(String::as_str)
    }

    /// A digest of everything in the files, as hexadecimal text; the same for the same files under the same names.
    #[must_use]
    pub fn digest(&self, models: &[&str]) -> String {
        use sha2::{Digest as _, Sha256};
        let mut hasher = Sha256::new();
        for (model, sheets) in self.sheets.iter().filter(|(model, _)| models.contains(&model.as_str())) {
            for cell in sheets.iter().flat_map(|s| s.headers.iter().chain(s.rows.iter().flatten())) {
                hasher.update((cell.len() as u64).to_le_bytes());
                hasher.update(cell);
            }
            hasher.update(model);
        }
        super::write::hex(&hasher.finalize())
    }

    /// What Odoo says of a model's fields, where the fields were exported: [`FieldInfo`] without the choices.
    ///
    /// # Errors
    /// As [`Exports::table`].
    pub fn fields(&self, model: &str) -> Result<Option<BTreeMap<String, FieldInfo>>, PackError> {
        let Some(table) = self.table(FIELDS, &[])? else { return Ok(None) };
        let place = |name: &str| table.column(name);
        let (Some(of), Some(name), Some(kind)) = (place("model"), place("name"), place("ttype")) else {
            return Ok(None);
        };
        let text = |record: &Exported, place: Option<usize>| {
            place.and_then(|place| record.cells.get(place).cloned().flatten()).unwrap_or_default()
        };
        let truth = |record: &Exported, name: &str| is_true(&text(record, place(name)));
        let info = |record: &Exported| {
            let info = FieldInfo {
                required: truth(record, "required"),
                readonly: truth(record, "readonly"),
                // A column that was not exported stops nothing.
                store: place("store").is_none() || truth(record, "store"),
                relation: Some(text(record, place("relation"))).filter(|relation| !relation.is_empty()),
                size: text(record, place("size")).parse().ok().filter(|size| *size > 0),
                label: text(record, place("field_description")),
                ..FieldInfo::column(&text(record, Some(kind)))
            };
            (text(record, Some(name)), info)
        };
        let own = table.records.iter().filter(|record| text(record, Some(of)) == model);
        Ok(Some(own.map(info).collect()))
    }

    /// The records of a model, its files side by side; `None` when it was not exported. `labels` are label and field of
    /// columns besides those that the exported fields and Odoo's own labels tell.
    ///
    /// # Errors
    /// [`PackError::NoKey`], [`PackError::Disagree`].
    pub fn table(&self, model: &str, labels: &[(&str, &str)]) -> Result<Option<Table>, PackError> {
        let Some(sheets) = self.sheets.get(model) else { return Ok(None) };
        let mut known = Labels::of(model);
        if model != FIELDS {
            for (name, info) in self.fields(model)?.unwrap_or_default() {
                known.add(&info.label, &name);
            }
        }
        for (label, field) in labels {
            known.add(label, field);
        }
        let mut table = Table::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        for sheet in sheets {
            let columns = columns(sheet, &known);
            let at = |name: &str| columns.iter().position(|column| column.as_deref() == Some(name));
            let (external, database) = (at("id"), at(".id"));
            if external.is_none() && database.is_none() && model != FIELDS {
                return Err(PackError::NoKey { file: sheet.file.clone() });
            }
            let mut targets = vec![None; columns.len()];
            for (place, column) in columns.iter().enumerate() {
                match column.as_deref() {
                    None => table.unread.push(sheet.headers[place].clone()),
                    Some("id" | ".id") => {}
                    Some(name) => {
                        let target = table.column(name).unwrap_or_else(|| {
                            table.columns.push(name.to_owned());
                            table.columns.len() - 1
                        });
                        targets[place] = Some(target);
                    }
                }
            }
            for (number, row) in sheet.rows.iter().enumerate() {
                let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).map_or("", String::as_str);
                let external_id = cell(external).to_owned();
                let id: Option<i64> = cell(database).parse().ok();
                // Further lines of a record's lists have neither.
                let key = match (external_id.is_empty(), id) {
                    (false, _) => external_id.clone(),
                    (true, Some(id)) => id.to_string(),
                    (true, None) if model == FIELDS => format!("{} {number}", sheet.file),
                    (true, None) => continue,
                };
                let place = *places.entry(key).or_insert_with(|| {
                    table.records.push(Exported { external_id, id, cells: Vec::new() });
                    table.records.len() - 1
                });
                let record = &mut table.records[place];
                if record.id.is_some() && id.is_some() && record.id != id {
                    return Err(PackError::Disagree { model: model.to_owned() });
                }
                record.id = record.id.or(id);
                for (source, target) in targets.iter().enumerate() {
                    let Some(target) = target else { continue };
                    if record.cells.len() <= *target {
                        record.cells.resize(*target + 1, None);
                    }
                    record.cells[*target] = row.get(source).cloned();
                }
            }
        }
        let width = table.columns.len();
        table.records.iter_mut().for_each(|record| record.cells.resize(width, None));
        table.unread.sort_unstable();
        table.unread.dedup();
        Ok(Some(table))
    }
}

/// A sheet's headers as columns. Of two columns `ID`, which some versions write, the one with numbers is the database's.
fn columns(sheet: &Sheet, labels: &Labels) -> Vec<Option<String>> {
    let mut columns: Vec<Option<String>> = sheet.headers.iter().map(|header| labels.column(header)).collect();
    for (place, column) in columns.iter_mut().enumerate() {
        let external = |row: &Vec<String>| row.get(place).is_some_and(|cell| cell.contains('.'));
        if column.as_deref() == Some(".id") && sheet.rows.iter().any(external) {
            *column = Some("id".to_owned());
        }
    }
    columns
}

/// Odoo's spelling of yes.
fn is_true(cell: &str) -> bool {
    matches!(cell, "True" | "true" | "TRUE" | "1")
}

/// The model in a file's name: `Contact (res.partner).csv`, `res.partner.csv`, `res.partner (1).csv`, `03-res.partner.csv`.
fn model_of(file: &str) -> Option<String> {
    let is_model =
        |word: &str| word.contains('.') && word.split('.').all(|part| !part.is_empty() && part.bytes().all(is_part));
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let inner = stem.split('(').skip(1).filter_map(|rest| rest.split(')').next());
    if let Some(model) = inner.map(str::trim).find(|word| is_model(word)) {
        return Some(model.to_owned());
    }
    let word = stem.trim_start_matches(|first: char| first.is_ascii_digit()).trim_start_matches('-');
    let word = word.split(|end: char| !(end == '.' || u8::try_from(end).is_ok_and(is_part))).next()?;
    is_model(word).then(|| word.to_owned())
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(files: &[(&str, &str)]) -> Result<Exports, PackError> {
        let mut exports = Exports::default();
        for (name, text) in files {
            exports.add(name, text.as_bytes())?;
        }
        Ok(exports)
    }

    #[test]
    fn a_files_name_tells_its_model() {
        for (file, model) in [
            ("Contact (res.partner).csv", Some("res.partner")),
            ("Contact (res.partner) (1).csv", Some("res.partner")),
            ("res.partner.csv", Some("res.partner")),
            ("res.partner (2).csv", Some("res.partner")),
            ("07-mail.activity.csv", Some("mail.activity")),
            ("Fields (ir.model.fields).csv", Some("ir.model.fields")),
            ("partners.csv", None),
            ("Copy (1).csv", None),
        ] {
            assert_eq!(model_of(file).as_deref(), model, "{file}");
        }
    }

    #[test]
    fn two_exports_of_one_model_lie_side_by_side() {
        let all = exports(&[
            (
                "User (res.users).csv",
                "\u{feff}\"External ID\",\"ID\",\"Login\"\r\n\"m.a\",\"5\",\"a@example.invalid\"\r\n",
            ),
            ("res.users.csv", "id,active,Some Label\nm.a,True,x\nm.b,,y\n"),
        ]);
        let table = all.expect("readable").table("res.users", &[]).expect("they agree").expect("it is there");
        assert_eq!(table.columns, ["login", "active"]);
        assert_eq!(table.unread, ["Some Label"]);
        let cell = |text: &str| Some(text.to_owned());
        assert_eq!(
            table.records,
            [
                Exported {
                    external_id: "m.a".into(),
                    id: Some(5),
                    cells: vec![cell("a@example.invalid"), cell("True")]
                },
                Exported { external_id: "m.b".into(), id: None, cells: vec![None, cell("")] },
            ]
        );
    }

    #[test]
    fn a_column_of_ids_with_dots_holds_external_ids() {
        let all = exports(&[("res.users.csv", "ID,ID\nm.a,5\n")]).expect("readable");
        let table = all.table("res.users", &[]).expect("they agree").expect("it is there");
        assert_eq!((table.records[0].external_id.as_str(), table.records[0].id), ("m.a", Some(5)));
    }

    #[test]
    fn what_is_no_export_is_refused_by_file() {
        for (name, text, part) in [
            ("res.users.csv", "PK\u{3}\u{4}rest", "is a workbook"),
            ("res.users.csv", "ID;Login\n5;a\n", "is not separated by commas"),
            ("res.users.csv", "ID,Login\n5\n", "line 2"),
            ("users.csv", "ID,Login\n5,a\n", "no model is in its name"),
            ("res.users.csv", "", "neither the column"),
        ] {
            let error = exports(&[(name, text)]).expect_err(part).to_string();
            assert!(error.contains(part) && error.contains("hint: "), "{error}");
        }
        let latin = Exports::default().add("res.users.csv", b"ID,Name\n5,Zo\xeb\n").expect_err("not UTF-8");
        assert!(matches!(latin, PackError::NotUtf8 { .. }));
        let keyless = exports(&[("res.users.csv", "Login\na\n")]).expect("readable");
        assert!(matches!(keyless.table("res.users", &[]), Err(PackError::NoKey { .. })));
        let torn = exports(&[("res.users.csv", "id,.id\nm.a,1\nm.a,2\n")]).expect("readable");
        assert!(matches!(torn.table("res.users", &[]), Err(PackError::Disagree { .. })));
    }

    #[test]
    fn exported_fields_tell_types_and_labels() {
        let all = exports(&[
            (
                "Fields (ir.model.fields).csv",
                "Model Name,Field Name,Field Label,Field Type,Readonly,Stored\n\
                 res.partner,city,City,char,,True\nmail.activity,date_done,Done on,date,True,True\n",
            ),
            ("res.partner.csv", "External ID,ID,City\nm.a,7,Bath\n"),
        ])
        .expect("readable");
        let fields = all.fields("mail.activity").expect("readable").expect("exported");
        let done = &fields["date_done"];
        assert_eq!((done.kind.as_str(), done.readonly, done.store, fields.len()), ("date", true, true, 1));
        let table = all.table("res.partner", &[]).expect("they agree").expect("it is there");
        assert_eq!(table.columns, ["city"]);
    }
}
