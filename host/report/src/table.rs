//! Tables for a terminal: aligned, readable without colour, at most as wide as needed.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The widest column; longer text is cut and ends in `…`.
const WIDEST: usize = 64;

/// A table under its title. Columns of numbers are aligned to the right; line breaks in cells
/// become `⏎`. Rows shorter than the header end in empty cells.
#[must_use]
pub fn table(title: &str, header: &[&str], rows: Vec<Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| cell(row, column).width());
        cells.chain([header[column].width()]).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let numeric: Vec<bool> = (0..header.len())
        .map(|column| !rows.is_empty() && rows.iter().all(|row| is_number(&cell(row, column))))
        .collect();

    let mut out = format!("{title}\n");
    let mut line = |cells: &[String]| {
        let mut text = String::from("  ");
        for column in 0..header.len() {
            let content = cell(cells, column);
            let gap = " ".repeat(widths[column].saturating_sub(content.width()));
            if numeric[column] {
                let _ = write!(text, "{gap}{content}  ");
            } else {
                let _ = write!(text, "{content}{gap}  ");
            }
        }
        let _ = writeln!(out, "{}", text.trim_end());
    };
    line(&header.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
    line(&widths.iter().map(|w| "-".repeat(*w)).collect::<Vec<_>>());
    for row in &rows {
        line(row);
    }
    out.push('\n');
    out
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// One line, cut at the widest column.
fn shown(cell: &str) -> String {
    let line: String = cell.lines().map(str::trim_end).collect::<Vec<_>>().join(" ⏎ ");
    if line.width() <= WIDEST {
        return line;
    }
    let mut cut = String::new();
    let mut width = 0;
    for c in line.chars() {
        width += c.width().unwrap_or_default();
        if width >= WIDEST {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = vec![
            vec!["site".to_owned(), "2".to_owned(), "a\nb".to_owned()],
            vec!["patient".to_owned(), "2000".to_owned(), "x".repeat(80)],
        ];
        let expected = format!(
            "Read\n  object   rows  note\n  -------  ----  {}\n  site        2  a ⏎ b\n  patient  2000  {}…\n\n",
            "-".repeat(64),
            "x".repeat(63)
        );
        assert_eq!(table("Read", &["object", "rows", "note"], rows), expected);
    }
}
