//! The diff: what the source says, what was planned of it and what Odoo holds, field by field.
//!
//! One model, drawn as a page that opens offline, as a workbook and as JSON. A redacted report tells kinds and lengths in
//! place of values: whoever may not see patients' data can still see what happened to it.

mod workbook;

pub use workbook::WorkbookError;

use askama::Template;
use serde::Serialize;

/// Lines that a page shows at once; a filter brings the others.
const SHOWN: usize = 500;
/// Characters of a value that a page shows.
const SHOWN_CHARACTERS: usize = 800;

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Odoo holds what the source says.
    Same,
    /// Odoo holds what the rule makes of it.
    Changed,
    /// It stands in a document for people.
    Handed,
    /// The module leaves it behind on purpose.
    Dropped,
    /// Nothing became of it, and no module says why.
    Lost,
    /// Odoo holds something else than was planned.
    Differs,
}

impl Verdict {
    /// All of them, in the order in which they are told: what needs a person first.
    pub const ALL: [Self; 6] = [Self::Differs, Self::Lost, Self::Same, Self::Changed, Self::Handed, Self::Dropped];

    /// The word that files and filters have for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Handed => "handed",
            Self::Dropped => "dropped",
            Self::Lost => "lost",
            Self::Differs => "differs",
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed by rule",
            Self::Handed => "in a document for people",
            Self::Dropped => "dropped by policy",
            Self::Lost => "lost",
            Self::Differs => "differs",
        }
    }
}

/// A value of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceValue {
    /// The field, as a dotted path.
    pub path: String,
    /// What it says.
    pub value: String,
}

/// One line: a field of Odoo's with what it was made from, or a source field that none was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DiffRow {
    /// The source object.
    pub object: String,
    /// The record's key.
    pub id: String,
    /// The Odoo model; empty for a source field that nothing was made of.
    pub model: String,
    /// The record's database id; none while it is not in Odoo.
    pub odoo_id: Option<i64>,
    /// The field in Odoo.
    pub field: String,
    /// What it is made from.
    pub sources: Vec<SourceValue>,
    /// How, in the module's words; why, where it was dropped or put aside.
    pub rule: String,
    /// What was planned.
    pub planned: Option<String>,
    /// What Odoo holds.
    pub held: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
}

/// A whole diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The migration's name.
    pub name: String,
    /// Whether values are told by kind and length.
    pub redacted: bool,
    /// How many records of the source were compared.
    pub records: u64,
    /// The lines, those of a record together.
    pub rows: Vec<DiffRow>,
    /// Periodontal charts.
    #[serde(skip)]
    pub charts: Vec<ChartPair>,
}

/// A patient's periodontal chart, drawn from the source and from what Odoo holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartPair {
    /// The exam's key in the source.
    pub id: String,
    /// The patient's database id in Odoo.
    pub odoo_id: Option<i64>,
    /// The source's, as SVG; why not, where it cannot be drawn.
    pub source: Result<String, String>,
    /// Odoo's.
    pub odoo: Result<String, String>,
}

#[derive(Template)]
#[template(path = "diff.html")]
struct DiffPage<'d> {
    diff: &'d Diff,
    shown: usize,
    counts: Vec<(Verdict, usize)>,
    objects: Vec<&'d str>,
}

impl Diff {
    /// How many lines have each verdict.
    #[must_use]
    pub fn counts(&self) -> Vec<(Verdict, usize)> {
        let count = |verdict| (verdict, self.rows.iter().filter(|row| row.verdict == verdict).count());
        Verdict::ALL.map(count).to_vec()
    }

    /// The same with every value replaced by its kind and length, and without charts.
    #[must_use]
    pub fn redacted(mut self) -> Self {
        self.redacted = true;
        self.charts.clear();
        for row in &mut self.rows {
            for source in &mut row.sources {
                source.value = kind_of(&source.value);
            }
            for value in [&mut row.planned, &mut row.held].into_iter().flatten() {
                *value = kind_of(value);
            }
        }
        self
    }

    /// A page that stands alone.
    #[must_use]
    pub fn html(&self) -> String {
        let mut objects: Vec<&str> = Vec::new();
        for row in &self.rows {
            if objects.last() != Some(&row.object.as_str()) && !objects.contains(&row.object.as_str()) {
                objects.push(&row.object);
            }
        }
        // The template holds nothing that can fail.
        DiffPage { diff: self, shown: SHOWN, counts: self.counts(), objects }.render().unwrap_or_default()
    }

    /// Pretty JSON, with a line break at its end.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

/// A value as a page shows it: a long one is cut, and the files beside the page have it whole.
fn cut(value: &str) -> std::borrow::Cow<'_, str> {
    match value.char_indices().nth(SHOWN_CHARACTERS) {
        None => value.into(),
        Some((at, _)) => {
            let all = value.chars().count();
            format!("{}… ({all} characters; diff.json has all of them)", &value[..at]).into()
        }
    }
}

/// What a value is, without saying it: `nothing`, `number, 4 characters`, `day`, `text, 12 characters`.
fn kind_of(value: &str) -> String {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_day = |text: &str| {
        let parts: Vec<&str> = text.split('-').collect();
        parts.len() == 3 && parts.iter().map(|part| part.len()).eq([4, 2, 2]) && parts.iter().all(|part| digits(part))
    };
    let characters = value.chars().count();
    let number = value.strip_prefix('-').unwrap_or(value);
    match value {
        "" => "nothing".to_owned(),
        _ if value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false") => "truth value".to_owned(),
        _ if is_day(value) => "day".to_owned(),
        _ if value.get(..10).is_some_and(is_day) && matches!(value.as_bytes().get(10), Some(b' ' | b'T')) => {
            "moment".to_owned()
        }
        _ if digits(&number.replacen('.', "", 1)) => format!("number, {characters} characters"),
        _ if value.starts_with(['{', '[']) => format!("JSON, {characters} characters"),
        _ if value.starts_with('<') => format!("mark-up, {characters} characters"),
        _ => format!("text, {characters} characters"),
    }
}

#[cfg(test)]
mod tests;
