//! A mouth's chart as a reader finds it in markup: what stands under which tooth, on which side, in which row.

use std::collections::BTreeMap;

use odograft_standins::practice::truth::{Mouth, Shown};

use super::markup;

/// Tooth, side, row, and the column from left to right.
type Place = (String, String, String, usize);

/// Whether the markup shows just this.
pub(super) fn shows(html: &str, mouth: &Mouth) -> bool {
    let words = markup::words(html);
    let lines = mouth.lines.iter().all(|line| words.contains(&markup::blanks(line)));
    let cells = cells(html);
    let same = |((tooth, side, row, column), shown): (&(String, &str, &str, usize), &Shown)| {
        let place = (tooth.clone(), (*side).to_owned(), (*row).to_owned(), *column);
        cells.get(&place).is_some_and(|(text, ground)| *text == shown.text && ground == shown.ground)
    };
    lines && cells.len() == mouth.cells.len() && mouth.cells.iter().all(same)
}

/// What is filled, with the colour behind it.
fn cells(html: &str) -> BTreeMap<Place, (String, String)> {
    let mut filled = BTreeMap::new();
    for table in html.split("<table").skip(1) {
        let table = table.split("</table>").next().unwrap_or_default();
        let rows: Vec<Vec<Cell<'_>>> = table.split("<tr").skip(1).map(row).collect();
        // The row of the teeth's numbers is the one whose heading names the notation.
        let Some(teeth) = rows.iter().find(|row| row.first().is_some_and(|head| head.text == "FDI")) else { continue };
        let teeth: Vec<&str> = teeth[1..].iter().map(|cell| cell.text.as_str()).collect();
        let mut side = String::new();
        // The first row tells which arch it is, and which side of the patient.
        for row in &rows[1..] {
            let mut row = row.as_slice();
            if let [head, behind @ ..] = row
                && head.is_tall
            {
                side.clone_from(&head.text);
                row = behind;
            }
            let [label, values @ ..] = row else { continue };
            let (side, columns) = match values.len() {
                _ if label.text == "FDI" => continue,
                count if count == teeth.len() => ("", 1),
                count if count == teeth.len() * 3 => (side.as_str(), 3),
                _ => continue,
            };
            for (at, value) in values.iter().enumerate().filter(|(_, value)| !value.text.is_empty()) {
                let place = (teeth[at / columns].to_owned(), side.to_owned(), label.text.clone(), at % columns);
                filled.insert(place, (value.text.clone(), value.ground.to_owned()));
            }
        }
    }
    filled
}

struct Cell<'h> {
    text: String,
    /// Whether it stands beside several rows.
    is_tall: bool,
    ground: &'h str,
}

fn row(html: &str) -> Vec<Cell<'_>> {
    let cell = |part| {
        let (tag, content) = str::split_once(part, '>').unwrap_or(("", part));
        let content = content.split("</td>").next().unwrap_or_default();
        let ground = tag.split_once("background-color:").map_or("", |(_, behind)| behind);
        Cell {
            text: markup::words(content),
            is_tall: tag.contains("rowspan="),
            ground: ground.split([';', '"']).next().unwrap_or_default().trim(),
        }
    };
    html.split("<td").skip(1).map(cell).collect()
}

#[test]
fn a_chart_is_read_cell_by_cell() {
    let html = "<p>5 March · <b>2</b> sites probed</p><table><tbody>\
        <tr><td colspan=\"2\">UPPER</td><td colspan=\"3\">Patient's right</td><td colspan=\"3\">Patient's left</td></tr>\
        <tr><td rowspan=\"2\">Buccal</td><td>CAL</td><td></td><td>4</td><td></td><td></td><td></td><td></td></tr>\
        <tr><td>Depth</td><td style=\"background-color:#ffd86b\">5</td><td>3</td><td></td><td></td><td></td><td>2</td></tr>\
        <tr><td colspan=\"2\">FDI</td><td colspan=\"3\">11</td><td colspan=\"3\">21</td></tr>\
        <tr><td colspan=\"2\">Mobility</td><td colspan=\"3\">II</td><td colspan=\"3\"></td></tr>\
        <tr><td rowspan=\"1\">Palatal</td><td>Depth</td><td></td><td></td><td></td><td></td><td>1</td><td></td></tr>\
        </tbody></table>";
    let shown = |text: &str, ground| Shown { text: text.to_owned(), ground };
    let at = |tooth: &str, side, row, column| (tooth.to_owned(), side, row, column);
    let cells = [
        (at("11", "Buccal", "CAL", 1), shown("4", "")),
        (at("11", "Buccal", "Depth", 0), shown("5", "#ffd86b")),
        (at("11", "Buccal", "Depth", 1), shown("3", "")),
        (at("21", "Buccal", "Depth", 2), shown("2", "")),
        (at("11", "", "Mobility", 0), shown("II", "")),
        (at("21", "Palatal", "Depth", 1), shown("1", "")),
    ];
    let mouth = Mouth { lines: vec!["2 sites probed".to_owned()], cells: BTreeMap::from(cells) };
    assert!(shows(html, &mouth), "{:?}", self::cells(html));
    assert!(!shows(&html.replace(">2</td>", "></td>"), &mouth), "what is missing is noticed");
    assert!(!shows(&html.replace("#ffd86b", "#cf3434"), &mouth), "and another colour");
    assert!(!shows(&html.replace(">1</td><td></td>", ">1</td><td>9</td>"), &mouth), "and what is too much");
    assert!(!shows(&html.replace("sites", "places"), &mouth));
}
