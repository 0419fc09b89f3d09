//! A diff as a workbook: one sheet of counts, one of lines, with filters and a fixed heading.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use super::{Diff, DiffRow, Verdict};

/// The most characters of a cell that a spreadsheet takes.
const CELL: usize = 32_000;
/// The most lines of a sheet below its heading.
const LINES: usize = 1_048_000;

const HEADS: [(&str, f64); 9] = [
    ("object", 16.0),
    ("id", 14.0),
    ("source field", 30.0),
    ("in the source", 34.0),
    ("rule", 38.0),
    ("in Odoo", 30.0),
    ("Odoo id", 9.0),
    ("Odoo holds", 34.0),
    ("verdict", 22.0),
];

/// A workbook cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct WorkbookError(#[from] XlsxError);

impl Diff {
    /// The workbook's bytes.
    ///
    /// # Errors
    /// More lines than a sheet takes.
    pub fn xlsx(&self) -> Result<Vec<u8>, WorkbookError> {
        let mut workbook = Workbook::new();
        let head = Format::new().set_bold().set_background_color("#EDE7EB");
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        counts(workbook.add_worksheet(), self, &head)?;
        let sheet = workbook.add_worksheet();
        sheet.set_name("Fields")?.set_freeze_panes(1, 0)?;
        for (column, (name, width)) in std::iter::zip(0.., HEADS) {
            sheet.write_with_format(0, column, name, &head)?.set_column_width(column, width)?;
        }
        for (line, row) in std::iter::zip(1.., self.rows.iter().take(LINES)) {
            write(sheet, line, row, &wrapped)?;
        }
        let last = u32::try_from(self.rows.len().min(LINES)).unwrap_or(u32::MAX);
        sheet.autofilter(0, 0, last, u16::try_from(HEADS.len() - 1).unwrap_or(u16::MAX))?;
        Ok(workbook.save_to_buffer()?)
    }
}

fn counts(sheet: &mut Worksheet, diff: &Diff, head: &Format) -> Result<(), XlsxError> {
    sheet.set_name("Counts")?.set_column_width(0, 28)?;
    sheet.write_with_format(0, 0, "verdict", head)?.write_with_format(0, 1, "fields", head)?;
    for (line, (verdict, count)) in std::iter::zip(1.., diff.counts()) {
        sheet.write(line, 0, verdict.words())?.write(line, 1, count as f64)?;
    }
    let line = u32::try_from(Verdict::ALL.len() + 2).unwrap_or(u32::MAX);
    sheet.write(line, 0, "records of the source")?.write(line, 1, diff.records as f64)?;
    let left_out = diff.rows.len().saturating_sub(LINES);
    if left_out > 0 {
        sheet.write(line + 1, 0, "lines that no sheet takes; the JSON has them")?.write(
            line + 1,
            1,
            left_out as f64,
        )?;
    }
    if diff.redacted {
        sheet.write(line + 2, 0, "redacted: kinds and lengths stand in place of values")?;
    }
    Ok(())
}

fn write(sheet: &mut Worksheet, line: u32, row: &DiffRow, format: &Format) -> Result<(), XlsxError> {
    let join = |of: &dyn Fn(&super::SourceValue) -> &str| row.sources.iter().map(of).collect::<Vec<_>>().join("\n");
    let place = if row.field.is_empty() { String::new() } else { format!("{}.{}", row.model, row.field) };
    let texts = [
        (0, row.object.clone()),
        (1, row.id.clone()),
        (2, join(&|source| &source.path)),
        (3, join(&|source| &source.value)),
        (4, row.rule.clone()),
        (5, place),
        (7, row.held.clone().unwrap_or_default()),
        (8, row.verdict.words().to_owned()),
    ];
    for (column, text) in texts {
        // Texts are written as texts: a spreadsheet takes none of them for a formula.
        sheet.write_string_with_format(line, column, text.chars().take(CELL).collect::<String>(), format)?;
    }
    if let Some(id) = row.odoo_id {
        sheet.write_number_with_format(line, 6, id as f64, format)?;
    }
    Ok(())
}
