//! A sheet of an XLSX workbook as CSV, cell by cell.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom};

use calamine::{DataRef, Reader, Xlsx, XlsxError};

use super::problem::DropProblem;
use super::read::LARGEST_ROW;
use super::spool;

/// What all parts of a workbook may have together once unpacked. A million rows of an export take about a tenth.
const LARGEST_WORKBOOK: u64 = 2 << 30;

/// What the part with a workbook's texts may have: it is kept in memory while the sheet is read.
const LARGEST_TEXTS: u64 = 128 << 20;

/// Rows and columns of a sheet.
const MOST_ROWS: u32 = 1 << 20;
const MOST_COLUMNS: u32 = 1 << 14;

/// Unpacks the sheet into a file without a name. Each row of the sheet is one line, unless a cell has several, so that lines
/// in messages are the sheet's rows.
pub(crate) fn to_csv(name: &str, mut file: File, sheet: Option<&str>) -> Result<File, DropProblem> {
    let broken = |reason: String| DropProblem::Workbook { file: name.to_owned(), reason };
    measure(name, &mut file)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|error| broken(words(&error)))?;
    let names = book.sheet_names();
    let Some(sheet) =
        sheet.map_or_else(|| names.first().cloned(), |wanted| names.iter().find(|n| *n == wanted).cloned())
    else {
        return Err(broken("it has no sheet of the name that the manifest gives".to_owned()));
    };
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|error| broken(words(&error)))?;
    let out = BufWriter::with_capacity(1 << 16, spool::nameless(name)?);
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer(out);
    let empty = vec![String::new()];
    let (mut row, mut record, mut bytes) = (0_u32, Vec::<String>::new(), 0_u64);
    let written = |error: csv::Error| spool::spooling(name, &std::io::Error::other(error.to_string()));
    loop {
        let cell = cells.next_cell().map_err(|error| broken(words(&error)))?;
        let (at, column) = cell.as_ref().map_or((u32::MAX, 0), calamine::Cell::get_position);
        if cell.is_some() && (at < row || at >= MOST_ROWS || column >= MOST_COLUMNS) {
            return Err(broken("a cell of it lies where no sheet has one".to_owned()));
        }
        while row < at {
            if cell.is_none() && record.is_empty() {
                break;
            }
            // An empty row is a line, so that lines stay the sheet's rows; the reader passes over it.
            out.write_record(if record.is_empty() { &empty } else { &record }).map_err(written)?;
            record.clear();
            (row, bytes) = (row + 1, 0);
        }
        let Some(cell) = cell else { break };
        let text = text(cell.get_value());
        bytes += text.len() as u64;
        if bytes > LARGEST_ROW {
            return Err(DropProblem::TooLong { file: name.to_owned(), line: u64::from(row) + 1 });
        }
        if text.is_empty() {
            continue;
        }
        record.resize((column as usize).max(record.len()), String::new());
        record.push(text);
    }
    let out = out.into_inner().map_err(|error| spool::spooling(name, error.error()))?;
    spool::rewound(name, out)
}

/// Unpacks every part without keeping it, since what a part says of its own size need not be true.
fn measure(name: &str, file: &mut File) -> Result<(), DropProblem> {
    let broken = |reason: &str| DropProblem::Workbook { file: name.to_owned(), reason: reason.to_owned() };
    let mut archive = zip::ZipArchive::new(&mut *file).map_err(|_| broken("it is not a ZIP archive"))?;
    let mut left = LARGEST_WORKBOOK;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|_| broken("a part of it is encrypted or broken"))?;
        let texts = part.name().is_ok_and(|name| name.ends_with("sharedStrings.xml"));
        let most = if texts { left.min(LARGEST_TEXTS) } else { left };
        let mut part = part.take(most + 1);
        let unpacked =
            std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| broken("a part of it cannot be unpacked"))?;
        if unpacked > most {
            let (what, most) = if texts { ("its texts", LARGEST_TEXTS) } else { ("it", LARGEST_WORKBOOK) };
            return Err(DropProblem::Unpacked { file: name.to_owned(), what, mib: most >> 20 });
        }
        left -= unpacked;
    }
    file.seek(SeekFrom::Start(0)).map_err(|_| broken("it cannot be read twice"))?;
    Ok(())
}

/// The kind of what is wrong: the library's own text may quote a cell.
fn words(error: &XlsxError) -> String {
    match error {
        XlsxError::Io(error) => error.to_string(),
        XlsxError::Zip(_) => "it is not an XLSX workbook".to_owned(),
        XlsxError::Password => "it is protected with a password".to_owned(),
        XlsxError::FileNotFound(part) => format!("it has no part `{part}`"),
        _ => "its XML is not that of a workbook".to_owned(),
    }
}

/// A cell as text: days and moments in ISO 8601, numbers with all digits.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::Error(error) => error.to_string(),
        DataRef::DateTime(moment) if moment.is_duration() => moment.as_f64().to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second, milli) {
                (0, 0, 0, 0) => date,
                (_, _, _, 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
                _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
            }
        }
    }
}
