//! Preflight: every planned cell against what Odoo says of its fields, before anything is written.
//!
//! Odoo cuts long texts, takes a language that is not installed, and refuses a whole call for one column that it does
//! not have. So all of that is looked for first, and told in one go: by field and kind, never with a value.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, DateTime};
use odograft_ledger::{Ledger, PlannedRecord, Quarantined, RecordState};
use odograft_odoo::{CustomField, FieldInfo};
use serde::Serialize;

use crate::cells::{self, Cell, Cells};
use crate::directory::Directory;
use crate::error::MigrationError;

/// Records looked at together.
const PAGE: usize = 1_000;
/// Records named for each problem.
const NAMED: usize = 5;

/// What is wrong with a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// Odoo has no such model: an application is missing.
    NoModel,
    /// The model has no such field.
    NoField,
    /// Odoo computes the field; what is written is lost.
    Computed,
    /// The field is of another type.
    WrongType,
    /// The field refers to another model.
    WrongRelation,
    /// Longer than the field; Odoo would cut it.
    TooLong,
    /// Not one of the field's choices; a language that is not installed is one of these.
    NotAChoice,
    /// The field may not be empty.
    Required,
    /// No record has this external id.
    NoSuchExternalId,
    /// Holds the character NUL, which PostgreSQL's text can't.
    Nul,
    /// Holds a control character, which XML-RPC can't carry.
    Control,
    /// Not `YYYY-MM-DD`, or no such day.
    Date,
    /// Not `YYYY-MM-DD HH:MM:SS`.
    Datetime,
    /// Beyond the numbers that the field holds.
    Range,
}

impl Flaw {
    /// The code in reports.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoModel => "no-model",
            Self::NoField => "no-field",
            Self::Computed => "computed-field",
            Self::WrongType => "wrong-type",
            Self::WrongRelation => "wrong-relation",
            Self::TooLong => "too-long",
            Self::NotAChoice => "not-a-choice",
            Self::Required => "required",
            Self::NoSuchExternalId => "no-such-external-id",
            Self::Nul => "nul",
            Self::Control => "control-character",
            Self::Date => "bad-date",
            Self::Datetime => "bad-datetime",
            Self::Range => "out-of-range",
        }
    }

    /// What it is and what to do about it, a lower-case fragment.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoModel => "Odoo has no such model; hint: install the application that brings it",
            Self::NoField => {
                "the model has no such field; hint: install the application that brings it, or drop the field"
            }
            Self::Computed => "Odoo computes the field; hint: map what it is computed from",
            Self::WrongType => "the field is of another type; hint: declare it as Odoo has it",
            Self::WrongRelation => "the field refers to another model; hint: declare it as Odoo has it",
            Self::TooLong => "longer than the field, which Odoo would cut; hint: shorten it in the mapping",
            Self::NotAChoice => "not one of the field's choices; hint: map it to one, or install the language",
            Self::Required => "the field may not be empty; hint: give the mapping a fallback",
            Self::NoSuchExternalId => "no record of Odoo's has the external id; hint: install what it comes with",
            Self::Nul => "holds the character NUL; hint: take it out in the mapping",
            Self::Control => "holds a control character, which XML-RPC can't carry; hint: take it out, or use JSON-2",
            Self::Date => "not a date as `YYYY-MM-DD`; hint: mend it in the mapping",
            Self::Datetime => "not a moment as `YYYY-MM-DD HH:MM:SS`; hint: mend it in the mapping",
            Self::Range => "beyond the numbers that the field holds; hint: use a float or a text field",
        }
    }

    /// Whether every record would meet it: no batch with the field can be sent.
    #[must_use]
    pub fn stops(self) -> bool {
        matches!(self, Self::NoModel | Self::NoField | Self::Computed | Self::WrongType | Self::WrongRelation)
    }
}

/// A flaw of one field, with how many records have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The Odoo model.
    pub model: String,
    /// The field; empty for the model itself.
    pub field: String,
    /// What is wrong.
    pub flaw: Flaw,
    /// How many records have it.
    pub records: u64,
    /// The first few of them, as `object id`.
    pub which: Vec<String>,
}

/// Problems by model, field and flaw.
#[derive(Default)]
struct Findings(BTreeMap<(String, String, Flaw), (u64, Vec<String>)>);

impl Findings {
    fn add(&mut self, model: &str, field: &str, flaw: Flaw, record: Option<&PlannedRecord>) {
        let (count, which) = self.0.entry((model.to_owned(), field.to_owned(), flaw)).or_default();
        *count += 1;
        if let Some(record) = record
            && which.len() < NAMED
        {
            which.push(format!("{} {}", record.object, record.source_id));
        }
    }

    fn list(self) -> Vec<Found> {
        let found = |((model, field, flaw), (records, which))| Found { model, field, flaw, records, which };
        self.0.into_iter().map(found).collect()
    }
}

/// Looks at every pending record of the models; fields that the schema phase will make count as made. A record with a
/// value that Odoo would refuse or spoil is put aside where `put_aside` says so.
///
/// # Errors
/// The ledger's and Odoo's.
pub(crate) async fn check(
    ledger: &mut Ledger,
    directory: Directory<'_>,
    models: &[String],
    custom: &[CustomField],
    put_aside: bool,
) -> Result<Vec<Found>, MigrationError> {
    let mut findings = Findings::default();
    let carries_control = directory.carries_control().await?;
    for model in models {
        if ledger.pending(model, None, 1)?.is_empty() {
            continue;
        }
        let Some(mut fields) = directory.fields(model).await? else {
            findings.add(model, "", Flaw::NoModel, None);
            continue;
        };
        for field in custom.iter().filter(|field| field.model == *model) {
            fields.entry(field.name.clone()).or_insert_with(|| field.info());
        }
        let mut after = None;
        loop {
            let records = ledger.pending(model, after, PAGE)?;
            let Some(last) = records.last() else { break };
            after = Some(last.rowid);
            let mut parsed: Vec<(PlannedRecord, Cells)> = Vec::with_capacity(records.len());
            for record in records {
                let cells = cells::parse(&record, &record.cells)?;
                parsed.push((record, cells));
            }
            let externals = externals(directory, &parsed).await?;
            let (mut rows, mut states) = (Vec::new(), Vec::new());
            for (record, cells) in &parsed {
                let mut flaws = Vec::new();
                for (name, cell) in cells {
                    let flaw = match fields.get(name) {
                        None => Some(Flaw::NoField),
                        Some(info) => flaw(info, cell, externals.as_ref(), carries_control),
                    };
                    flaws.extend(flaw.map(|flaw| (name, flaw)));
                }
                for (name, flaw) in &flaws {
                    findings.add(model, name, *flaw, Some(record));
                    if !flaw.stops() {
                        rows.push(aside(record, name, *flaw));
                    }
                }
                if flaws.iter().any(|(_, flaw)| !flaw.stops()) {
                    states.push((record.rowid, RecordState::Quarantined, None));
                }
            }
            if put_aside {
                ledger.quarantine(&rows)?;
                ledger.set_state(&states)?;
            }
        }
    }
    Ok(findings.list())
}

/// External id and model of the records that cells name by external id; `None` when nobody can tell.
async fn externals(
    directory: Directory<'_>,
    records: &[(PlannedRecord, Cells)],
) -> Result<Option<BTreeMap<String, String>>, MigrationError> {
    let mut wanted = BTreeSet::new();
    for cell in records.iter().flat_map(|(_, cells)| cells.values()) {
        let items = if let Cell::Many(items) = cell { items.as_slice() } else { std::slice::from_ref(cell) };
        wanted.extend(items.iter().filter_map(|item| match item {
            // One without a module is nobody's.
            Cell::ExternalId(id) if id.contains('.') => Some(id.clone()),
            _ => None,
        }));
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    directory.externals(&wanted).await
}

fn aside(record: &PlannedRecord, field: &str, flaw: Flaw) -> Quarantined {
    Quarantined {
        object: record.object.clone(),
        source_id: record.source_id.clone(),
        stage: "preflight".to_owned(),
        module_digest: None,
        code: flaw.code().to_owned(),
        field: Some(field.to_owned()),
        message: format!("`{field}`: {}", flaw.words()),
        fuel: None,
    }
}

/// What is wrong with a cell for this field, if anything is.
fn flaw(
    info: &FieldInfo,
    cell: &Cell,
    externals: Option<&BTreeMap<String, String>>,
    carries_control: bool,
) -> Option<Flaw> {
    if !info.store && info.readonly {
        return Some(Flaw::Computed);
    }
    match (info.kind.as_str(), cell) {
        (_, Cell::Empty) => info.required.then_some(Flaw::Required),
        ("char" | "text" | "html" | "binary", Cell::Text(text)) => text_flaw(info, text, carries_control),
        // Exported fields come without their choices.
        ("selection", Cell::Text(_)) if info.selection.is_empty() => None,
        ("selection", Cell::Text(text)) => {
            let known = info.selection.iter().any(|(value, label)| value == text || label == text);
            (!known).then_some(Flaw::NotAChoice)
        }
        ("date", Cell::Text(text)) => (text.len() != 10 || text.parse::<Date>().is_err()).then_some(Flaw::Date),
        ("datetime", Cell::Text(text)) => {
            let exact = text.len() == 19 && text.as_bytes().get(10) == Some(&b' ') && text.parse::<DateTime>().is_ok();
            (!exact).then_some(Flaw::Datetime)
        }
        ("boolean", Cell::Boolean(_)) | ("binary", Cell::File { .. }) => None,
        ("integer" | "many2one_reference", Cell::Integer(number)) => {
            i32::try_from(*number).is_err().then_some(Flaw::Range)
        }
        ("integer" | "many2one_reference", Cell::Source { as_integer: true, .. }) => None,
        ("float" | "monetary", Cell::Float(number)) => (!number.is_finite()).then_some(Flaw::Range),
        ("float" | "monetary", Cell::Integer(_) | Cell::Decimal(_)) => None,
        ("many2one", Cell::Id(_) | Cell::ExternalId(_) | Cell::Source { as_integer: false, .. }) => {
            reference_flaw(info, cell, externals)
        }
        ("many2many", Cell::Many(items)) => items.iter().find_map(|item| reference_flaw(info, item, externals)),
        ("json" | "properties" | "reference", _) => None,
        _ => Some(Flaw::WrongType),
    }
}

fn text_flaw(info: &FieldInfo, text: &str, carries_control: bool) -> Option<Flaw> {
    if text.contains('\0') {
        return Some(Flaw::Nul);
    }
    if !carries_control && text.chars().any(|c| c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Some(Flaw::Control);
    }
    if info.required && text.is_empty() {
        return Some(Flaw::Required);
    }
    let longest = info.size.and_then(|size| usize::try_from(size).ok());
    longest.is_some_and(|longest| text.chars().count() > longest).then_some(Flaw::TooLong)
}

fn reference_flaw(info: &FieldInfo, cell: &Cell, externals: Option<&BTreeMap<String, String>>) -> Option<Flaw> {
    let model = match cell {
        Cell::ExternalId(id) => match externals?.get(id) {
            Some(model) => model,
            None => return Some(Flaw::NoSuchExternalId),
        },
        Cell::Source { model, .. } => model,
        _ => return None,
    };
    info.relation.as_ref().is_some_and(|relation| relation != model).then_some(Flaw::WrongRelation)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(kind: &str) -> FieldInfo {
        FieldInfo {
            relation: Some("res.country".to_owned()),
            selection: vec![("en_US".to_owned(), "English (US)".to_owned())],
            size: Some(3),
            ..FieldInfo::column(kind)
        }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn of(info: &FieldInfo, cell: &Cell) -> Option<Flaw> {
        let externals = BTreeMap::from([
            ("base.uk".to_owned(), "res.country".to_owned()),
            ("base.main_company".to_owned(), "res.company".to_owned()),
        ]);
        flaw(info, cell, Some(&externals), false)
    }

    #[test]
    fn each_flaw_is_found() {
        let external = |id: &str| Cell::ExternalId(id.to_owned());
        let source = Cell::Source { model: "res.users".into(), object: "o".into(), id: "1".into(), as_integer: false };
        let cases = [
            ("char", text("abcd"), Some(Flaw::TooLong)),
            ("char", text("äöü"), None),
            ("char", text("a\0"), Some(Flaw::Nul)),
            ("text", text("\u{8}"), Some(Flaw::Control)),
            ("text", text("\t\n"), None),
            ("char", Cell::Boolean(true), Some(Flaw::WrongType)),
            ("selection", text("de_DE"), Some(Flaw::NotAChoice)),
            ("selection", text("en_US"), None),
            ("date", text("2026-02-30"), Some(Flaw::Date)),
            ("date", text("2024-02-29"), None),
            ("datetime", text("2024-02-29T08:30:00"), Some(Flaw::Datetime)),
            ("datetime", text("2024-02-29 08:30:00"), None),
            ("integer", Cell::Integer(1 << 31), Some(Flaw::Range)),
            ("integer", Cell::Integer(-5), None),
            ("float", Cell::Float(f64::NAN), Some(Flaw::Range)),
            ("monetary", Cell::Decimal("12.30".into()), None),
            ("many2one", external("base.uk"), None),
            ("many2one", external("base.nope"), Some(Flaw::NoSuchExternalId)),
            ("many2one", external("base.main_company"), Some(Flaw::WrongRelation)),
            ("many2one", source, Some(Flaw::WrongRelation)),
            ("many2many", Cell::Many(vec![Cell::Id(1), external("base.nope")]), Some(Flaw::NoSuchExternalId)),
            ("many2one", text("United Kingdom"), Some(Flaw::WrongType)),
        ];
        for (kind, cell, expected) in cases {
            assert_eq!(of(&info(kind), &cell), expected, "{kind} {cell:?}");
        }
        assert_eq!(of(&FieldInfo { required: true, ..info("char") }, &Cell::Empty), Some(Flaw::Required));
        let computed = FieldInfo { store: false, readonly: true, ..info("char") };
        assert_eq!(of(&computed, &text("a")), Some(Flaw::Computed));
    }
}
