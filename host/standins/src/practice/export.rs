//! Tables of an export, what they hold by the generator's own word, and the files that they become.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value};
use zip::write::SimpleFileOptions;

/// What the generator says of an object that it has written: extraction is tested against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    /// The object.
    pub object: &'static str,
    /// Its rows.
    pub rows: u64,
    /// blake3 over the rows' JSON texts, each followed by a line feed, in bytewise order.
    pub digest: String,
}

impl Truth {
    /// What is true of these rows, whatever their order.
    #[must_use]
    pub fn of(object: &'static str, mut bodies: Vec<String>) -> Self {
        bodies.sort_unstable();
        let mut hasher = blake3::Hasher::new();
        for body in &bodies {
            hasher.update(body.as_bytes()).update(b"\n");
        }
        Self { object, rows: bodies.len() as u64, digest: hasher.finalize().to_hex().to_string() }
    }
}

/// A table with odograft's names for its columns.
#[derive(Debug, Clone)]
pub(crate) struct Tabled {
    pub(crate) object: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Vec<String>>,
}

/// How a file writes its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Utf8,
    Utf16,
    Windows1252,
}

impl Tabled {
    pub(crate) fn truth(&self) -> Truth {
        let body = |row: &Vec<String>| {
            let cells = self.columns.iter().enumerate();
            let cells = cells.map(|(at, name)| ((*name).to_owned(), Value::from(row[at].clone())));
            Value::Object(cells.collect::<Map<_, _>>()).to_string()
        };
        Truth::of(self.object, self.rows.iter().map(body).collect())
    }

    /// Writes the table as text with a delimiter, under `headers` in place of its columns' names.
    pub(crate) fn write_csv(&self, file: &Path, headers: &[&str], delimiter: u8, written: Written) -> io::Result<()> {
        let mut csv =
            csv::WriterBuilder::new().delimiter(delimiter).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        csv.write_record(headers)?;
        for row in &self.rows {
            csv.write_record(row)?;
        }
        let bytes = csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        std::fs::write(file, encode(&text, written)?)
    }

    /// Writes the table as a workbook of one sheet.
    pub(crate) fn write_xlsx(&self, file: &Path, headers: &[&str], sheet: &str) -> io::Result<()> {
        const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let mut zip = zip::ZipWriter::new(std::fs::File::create(file)?);
        let mut part = |name: &str, text: &str| -> io::Result<()> {
            // Without a moment of its own, so that the same practice gives the same bytes.
            zip.start_file(name, SimpleFileOptions::DEFAULT)?;
            zip.write_all(text.as_bytes())
        };
        part(
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>",
        )?;
        part(
            "_rels/.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        )?;
        part(
            "xl/workbook.xml",
            &format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"{sheet}\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        )?;
        part(
            "xl/_rels/workbook.xml.rels",
            &format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        )?;
        let mut rows = String::new();
        let header: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
        for (at, row) in std::iter::once(&header).chain(&self.rows).enumerate() {
            rows.push_str(&format!("<row r=\"{}\">", at + 1));
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let text = quick_xml::escape::escape(cell.as_str());
                rows.push_str(&format!(
                    "<c r=\"{}{}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{text}</t></is></c>",
                    letters(column),
                    at + 1
                ));
            }
            rows.push_str("</row>");
        }
        part(
            "xl/worksheets/sheet1.xml",
            &format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        )?;
        zip.finish()?;
        Ok(())
    }
}

/// A column's letters: `A` to `Z`, `AA` and so on.
fn letters(mut column: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + u8::try_from(column % 26).unwrap_or(0)));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

fn encode(text: &str, written: Written) -> io::Result<Vec<u8>> {
    Ok(match written {
        Written::Utf8 => text.as_bytes().to_vec(),
        Written::Utf16 => [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
        Written::Windows1252 => {
            let byte = |c: char| match c {
                '’' => Some(0x92),
                '–' => Some(0x96),
                '€' => Some(0x80),
                c => u8::try_from(u32::from(c)).ok().filter(|byte| !(0x80..0xa0).contains(byte)),
            };
            let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
            bytes.ok_or_else(|| io::Error::other("a letter that Windows-1252 does not have"))?
        }
    })
}

/// The text of a value; empty for null.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
