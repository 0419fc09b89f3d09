//! A periodontal chart as plain text, from the six documents as they are read back from Odoo.
//!
//! It knows the documents (`fixtures/perio-chart/schema.json`) and nothing of the module that
//! wrote them: what is drawn is what Odoo holds.

mod documents;
pub mod svg;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use documents::Documents;

/// A chart cannot be drawn.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReportError {
    /// One of the six documents is not there.
    #[error("`{0}` is missing or empty; hint: read all six chart fields of a partner whose exam was migrated")]
    Missing(&'static str),
    /// One of the six is not what the schema describes.
    #[error("`{0}` is not a chart document of version 1; hint: fixtures/perio-chart/schema.json describes it")]
    Unreadable(&'static str),
}

/// Before the first tooth.
const LABEL: usize = 7;
/// A tooth's three sites, two columns each.
const TOOTH: usize = 6;

/// Draws the full mouth in at most 120 columns, readable without colour: upper arch above lower,
/// buccal sides outside, the patient's right on the left. `documents` holds the six fields by name
/// (`x_ppd_chart_data` and so on), each the JSON text that Odoo stores, or that text parsed.
///
/// # Errors
/// When one of the six is missing, empty, or not of the documented form.
pub fn text_chart(documents: &BTreeMap<String, Value>) -> Result<String, ReportError> {
    let documents = Documents::read(documents)?;
    let mut chart = Drawing { documents: &documents, out: String::with_capacity(6_000), wide: Vec::new() };
    let _ = writeln!(
        chart.out,
        "Periodontal chart of {} (exam {}), FDI tooth numbers, mm",
        documents.examined_on, documents.exam_id
    );
    for (name, right, left, inner) in [("UPPER", 1, 2, 'P'), ("LOWER", 4, 3, 'L')] {
        let permanent: Vec<u8> = arch(right, left, 8);
        let beside =
            permanent.iter().any(|tooth| documents.has(*tooth) && primary(*tooth).is_some_and(|p| documents.has(p)));
        if beside {
            chart.arch(name, &permanent, inner);
            chart.arch(name, &arch(right + 4, left + 4, 5), inner);
        } else {
            let standing: Vec<u8> = permanent.into_iter().map(|tooth| chart.standing_at(tooth)).collect();
            chart.arch(name, &standing, inner);
        }
    }
    chart.legend();
    Ok(chart.out)
}

/// FDI numbers from the patient's right to the left.
fn arch(right: u8, left: u8, positions: u8) -> Vec<u8> {
    let rights = (1..=positions).rev().map(|position| right * 10 + position);
    rights.chain((1..=positions).map(|position| left * 10 + position)).collect()
}

/// The primary tooth in whose place a permanent one erupts.
fn primary(permanent: u8) -> Option<u8> {
    (permanent % 10 <= 5).then_some(permanent + 40)
}

fn on_right(tooth: u8) -> bool {
    matches!(tooth / 10, 1 | 4 | 5 | 8)
}

/// Distal first on the patient's right, mesial first on the left.
fn sites_of(tooth: u8, outer: bool) -> [&'static str; 3] {
    match (outer, on_right(tooth)) {
        (true, true) => ["db", "b", "mb"],
        (true, false) => ["mb", "b", "db"],
        (false, true) => ["dl", "l", "ml"],
        (false, false) => ["ml", "l", "dl"],
    }
}

struct Drawing<'a> {
    documents: &'a Documents,
    out: String,
    /// Numbers that two columns cannot hold, listed below the chart.
    wide: Vec<String>,
}

const LEGEND: &str = "
B buccal, P palatal, L lingual; rec: recession, - where gingiva covers the crown; CAL: depth + recession where both were
charted; sCAL: attachment level as the source stores it; plaq, calc: plaque, calculus; MGJ: mucogingival junction
• seen, · looked for and not there; furc, mobil.: class 0 to 3; (18) missing; [36] implant
";

/// The rows of one side from the teeth outwards: label, document, list in it.
const ROWS: [(&str, &str, &str); 10] = [
    ("depth", "ppd", "teeth"),
    ("rec", "recession", "teeth"),
    ("CAL", "cal", "teeth"),
    ("sCAL", "cal", "charted"),
    ("bleed", "bop", "teeth"),
    ("pus", "bop", "suppuration"),
    ("plaq", "bop", "plaque"),
    ("calc", "bop", "calculus"),
    ("MGJ", "recession", "mucogingival_junction"),
    ("furc", "furcation", "teeth"),
];

impl Drawing<'_> {
    fn standing_at(&self, permanent: u8) -> u8 {
        match primary(permanent) {
            Some(milk)
                if !self.documents.has(permanent) && (self.documents.has(milk) || self.documents.is_missing(milk)) =>
            {
                milk
            }
            _ => permanent,
        }
    }

    fn arch(&mut self, name: &str, teeth: &[u8], inner: char) {
        let (above, below) = if inner == 'P' { ('B', 'P') } else { ('L', 'B') };
        let width = LABEL + teeth.len() * (TOOTH + 1);
        let (right, left) = (format!("{name}  patient's right"), "patient's left");
        let _ = writeln!(
            self.out,
            "
{right}{left:>rest$}",
            rest = width.saturating_sub(right.len())
        );
        for row in ROWS.into_iter().rev() {
            self.row(row, above, teeth);
        }
        self.line("tooth", teeth, |documents, tooth| {
            let bracketed = if documents.is_implant(tooth) {
                format!("[{tooth}]")
            } else if documents.is_missing(tooth) {
                format!("({tooth})")
            } else {
                tooth.to_string()
            };
            format!("{bracketed:^TOOTH$}")
        });
        self.line("mobil.", teeth, |documents, tooth| {
            let class = documents.mobility(tooth).map(|class| class.to_string()).unwrap_or_default();
            format!("{class:^TOOTH$}")
        });
        for row in ROWS {
            self.row(row, below, teeth);
        }
    }

    /// One row of sites; left away where nothing was charted, but for depths.
    fn row(&mut self, (label, document, list): (&'static str, &'static str, &'static str), side: char, teeth: &[u8]) {
        let documents = self.documents;
        let value = |tooth: u8, site: &str| documents.site(document, list, tooth, site);
        let charted =
            teeth.iter().any(|tooth| sites_of(*tooth, side == 'B').iter().any(|site| value(*tooth, site).is_some()));
        if !charted && label != "depth" {
            return;
        }
        let mut wide = Vec::new();
        self.line(&format!("{side} {label}"), teeth, |_, tooth| {
            let mut cells = String::with_capacity(TOOTH);
            for site in sites_of(tooth, side == 'B') {
                let number = value(tooth, site);
                let text = match number {
                    None => String::new(),
                    Some(0) if document == "bop" => "·".to_owned(),
                    Some(_) if document == "bop" => "•".to_owned(),
                    Some(number) if !(-9..=99).contains(&number) => {
                        wide.push(format!("{tooth} {site} {label} {number}"));
                        "**".to_owned()
                    }
                    Some(number) => number.to_string(),
                };
                let _ = write!(cells, "{text:>2}");
            }
            cells
        });
        self.wide.append(&mut wide);
    }

    fn line(&mut self, label: &str, teeth: &[u8], mut cell: impl FnMut(&Documents, u8) -> String) {
        let mut line = format!("{label:<LABEL$}");
        let mut right = true;
        for tooth in teeth {
            line.push(if right && !on_right(*tooth) { '║' } else { ' ' });
            right = on_right(*tooth);
            line.push_str(&cell(self.documents, *tooth));
        }
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn legend(&mut self) {
        self.out.push_str(LEGEND);
        for wide in &self.wide {
            let _ = writeln!(self.out, "** {wide}");
        }
        for reading in &self.documents.left_out {
            let _ = writeln!(self.out, "not in the chart: {reading}");
        }
    }
}

#[cfg(test)]
mod tests;
