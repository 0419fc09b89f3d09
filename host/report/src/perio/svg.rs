//! A periodontal chart as SVG: depths as bars, recession as a line, bleeding as dots.
//!
//! One drawing for both sides of a comparison: what the source says is read by [`Chart::of_readings`], what Odoo holds by
//! [`Chart::of_documents`]. Neither knows the module that stands between them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::documents::Documents;
use super::{ReportError, arch, primary, sites_of};

/// Width of a tooth and of one of its three sites, in the drawing's units.
const TOOTH: i64 = 36;
const SITE: i64 = TOOTH / 3;
/// Height of a side's band, and units of a millimetre in it.
const BAND: i64 = 72;
const MM: i64 = 6;
/// Left of the first tooth.
const MARGIN: i64 = 46;
/// Above the upper arch.
const TOP: i64 = 26;

/// What was measured at a site.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Site {
    depth: Option<i64>,
    /// More than nothing where the root is bare.
    recession: Option<i64>,
    bleeding: Option<bool>,
}

/// A chart, by FDI tooth numbers and sites (`db`, `b`, `mb`, `dl`, `l`, `ml`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chart {
    sites: BTreeMap<(u8, &'static str), Site>,
    missing: BTreeSet<u8>,
    /// Readings whose tooth or number cannot be drawn.
    undrawn: usize,
    title: String,
}

const SITES: [&str; 6] = ["db", "b", "mb", "dl", "l", "ml"];

impl Chart {
    /// What Odoo holds: the six fields by name, as for [`super::text_chart`].
    ///
    /// # Errors
    /// As [`super::text_chart`].
    pub fn of_documents(documents: &BTreeMap<String, Value>) -> Result<Self, ReportError> {
        let documents = Documents::read(documents)?;
        let mut chart = Self { title: documents.examined_on.clone(), ..Self::default() };
        for tooth in teeth() {
            if documents.is_missing(tooth) {
                chart.missing.insert(tooth);
            }
            for site in SITES {
                let of = |document: &str| documents.site(document, "teeth", tooth, site);
                let found =
                    Site { depth: of("ppd"), recession: of("recession"), bleeding: of("bop").map(|seen| seen != 0) };
                if found != Site::default() {
                    chart.sites.insert((tooth, site), found);
                }
            }
        }
        Ok(chart)
    }

    /// What the source says: an exam with its readings, in the form in which cases keep records.
    #[must_use]
    pub fn of_readings(record: &Value) -> Self {
        let manifest = &record["manifest"];
        let universal = manifest["notation"] == "universal";
        let palmer = manifest["notation"] == "palmer";
        let sign = if manifest["margin_sign"] == "recession-negative" { -1 } else { 1 };
        let day = record["exam"]["exam_date"].as_str().unwrap_or_default();
        let mut chart = Self { title: day.get(..10).unwrap_or(day).to_owned(), ..Self::default() };
        for reading in record["readings"].as_array().into_iter().flatten() {
            let word = text(&reading["measure"]);
            // A source that has words of its own says in its manifest what they mean.
            let measure = manifest["measures"][&word].as_str().map_or(word.clone(), str::to_owned);
            let name = text(&reading["tooth"]);
            let tooth =
                if universal { of_universal(&name) } else { name.parse().ok().filter(|n| teeth().any(|t| t == *n)) };
            let known = matches!(measure.as_str(), "probing-depth" | "gingival-margin" | "bleeding");
            let Some(tooth) = tooth.filter(|_| !palmer) else {
                chart.undrawn += usize::from(known);
                continue;
            };
            if measure == "missing" {
                chart.missing.insert(tooth);
            }
            if !known {
                continue;
            }
            for site in SITES {
                let Some(number) = number(&reading[site]) else { continue };
                let of = chart.sites.entry((tooth, site)).or_default();
                match measure.as_str() {
                    "probing-depth" => of.depth = Some(number),
                    "gingival-margin" => of.recession = Some(number * sign),
                    _ => of.bleeding = Some(number != 0),
                }
            }
        }
        chart
    }

    /// Whether anything can be drawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sites.is_empty() && self.missing.is_empty()
    }

    /// The drawing, to stand within a page: there the element needs no namespace.
    #[must_use]
    pub fn svg(&self) -> String {
        let width = MARGIN + 16 * TOOTH + 10;
        let height = TOP + 2 * (2 * BAND + 34) + 30;
        let mut out = format!(
            "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
             font-family=\"system-ui, sans-serif\" font-size=\"9\"><rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
        );
        let _ = write!(
            out,
            "<title>Periodontal chart of {0}</title><text x=\"{MARGIN}\" y=\"15\" font-size=\"11\" fill=\"#1c2230\">{0}</text>",
            escaped(&self.title)
        );
        let lower = TOP + 2 * BAND + 34;
        self.arch(&mut out, TOP, &self.standing(1, 2), ["B", "P"]);
        self.arch(&mut out, lower, &self.standing(4, 3), ["L", "B"]);
        let _ = write!(
            out,
            "<g fill=\"#5b6475\"><text x=\"{MARGIN}\" y=\"{y}\">bar: pocket depth in mm (dark from 4, red from 6) · blue line: \
             recession · red dot: bleeding · grey: missing</text></g>",
            y = height - 8
        );
        if self.undrawn > 0 {
            let _ = write!(
                out,
                "<text x=\"{MARGIN}\" y=\"{}\" fill=\"#9c2215\">{} readings cannot be placed by their notation</text>",
                height - 19,
                self.undrawn
            );
        }
        out.push_str("</svg>");
        out
    }

    /// The teeth of an arch; a primary one where it stands in its successor's place.
    fn standing(&self, right: u8, left: u8) -> Vec<u8> {
        let has = |tooth: u8| {
            self.missing.contains(&tooth) || SITES.iter().any(|site| self.sites.contains_key(&(tooth, *site)))
        };
        let of = |permanent: u8| match primary(permanent) {
            Some(milk) if !has(permanent) && has(milk) => milk,
            _ => permanent,
        };
        arch(right, left, 8).into_iter().map(of).collect()
    }

    /// An arch from `top` on: the side above the teeth, their numbers, the side below.
    fn arch(&self, out: &mut String, top: i64, teeth: &[u8], sides: [&str; 2]) {
        let (line, numbers) = (top + BAND, top + BAND + 14);
        let below = top + BAND + 20;
        let _ = write!(
            out,
            "<g fill=\"#5b6475\"><text x=\"4\" y=\"{}\">{}</text><text x=\"4\" y=\"{}\">{}</text></g>",
            line - 4,
            sides[0],
            below + 12,
            sides[1]
        );
        for (place, tooth) in std::iter::zip(0.., teeth) {
            let x = MARGIN + place * TOOTH;
            let missing = self.missing.contains(tooth);
            let fill = if missing { "#eceef2" } else { "#fbfaf7" };
            let _ = write!(
                out,
                "<rect x=\"{x}\" y=\"{top}\" width=\"{TOOTH}\" height=\"{}\" fill=\"{fill}\" stroke=\"#e3e6ec\"/>\
                 <text x=\"{}\" y=\"{numbers}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{}\">{tooth}</text>",
                2 * BAND + 20,
                x + TOOTH / 2,
                if missing { "#9aa1ae" } else { "#1c2230" }
            );
            for (side, base, up) in [(sides[0], line, true), (sides[1], below, false)] {
                for (at, site) in std::iter::zip(0.., sites_of(*tooth, side == "B")) {
                    if let Some(of) = self.sites.get(&(*tooth, site)) {
                        draw(out, *of, x + at * SITE, base, up);
                    }
                }
            }
        }
    }
}

/// One site: away from the teeth, upwards or downwards from `base`.
fn draw(out: &mut String, site: Site, x: i64, base: i64, up: bool) {
    let away = |mm: i64| if up { base - mm * MM } else { base + mm * MM };
    if let Some(depth) = site.depth {
        let height = depth.clamp(0, 10);
        let colour = match depth {
            ..=3 => "#b9c7d8",
            4..=5 => "#4a6891",
            _ => "#c0392b",
        };
        let y = if up { away(height) } else { base };
        let _ = write!(
            out,
            "<rect x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"{colour}\"/><text x=\"{}\" y=\"{}\" \
             text-anchor=\"middle\" font-size=\"7.5\" fill=\"#1c2230\">{depth}</text>",
            x + 2,
            SITE - 4,
            height * MM,
            x + SITE / 2,
            if up { away(height) - 2 } else { away(height) + 8 }
        );
    }
    if let Some(recession) = site.recession.filter(|recession| *recession != 0) {
        // Over the crown there is no more room than that above the numbers.
        let over = if up { base + 3 } else { base - 3 };
        let y = if recession < 0 { over } else { away(recession.min(10)) };
        let _ = write!(
            out,
            "<line x1=\"{x}\" x2=\"{}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#1f77c9\" stroke-width=\"1.6\"/>",
            x + SITE
        );
    }
    if site.bleeding == Some(true) {
        let y = if up { base - 3 } else { base + 3 };
        let _ = write!(out, "<circle cx=\"{}\" cy=\"{y}\" r=\"2\" fill=\"#e4433a\"/>", x + SITE / 2);
    }
}

/// Every FDI number.
fn teeth() -> impl Iterator<Item = u8> {
    (1..=8).flat_map(|quadrant: u8| (1..=if quadrant > 4 { 5 } else { 8 }).map(move |tooth: u8| quadrant * 10 + tooth))
}

/// FDI of the universal numbering: 1 to 32 from the patient's upper right, A to T for primary teeth.
fn of_universal(name: &str) -> Option<u8> {
    let of = |number: u8, each: u8, quadrants: [u8; 4]| {
        let (quadrant, at) = ((number - 1) / each, (number - 1) % each);
        let tooth = if quadrant % 2 == 0 { each - at } else { at + 1 };
        quadrants.get(usize::from(quadrant)).map(|quadrant| quadrant * 10 + tooth)
    };
    match (name.parse::<u8>(), name.as_bytes()) {
        (Ok(number @ 1..=32), _) => of(number, 8, [1, 2, 3, 4]),
        (_, [letter]) if (b'A'..=b'T').contains(&letter.to_ascii_uppercase()) => {
            of(letter.to_ascii_uppercase() - b'A' + 1, 5, [5, 6, 7, 8])
        }
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        value => {
            let text = text(value);
            text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number.round() as i64)
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn universal_numbers_are_the_hand_checked_ones() {
        for (universal, fdi) in
            [("1", 18), ("8", 11), ("9", 21), ("16", 28), ("17", 38), ("24", 31), ("25", 41), ("32", 48)]
        {
            assert_eq!(of_universal(universal), Some(fdi), "{universal}");
        }
        for (universal, fdi) in [("A", 55), ("e", 51), ("F", 61), ("J", 65), ("K", 75), ("O", 71), ("P", 81), ("T", 85)]
        {
            assert_eq!(of_universal(universal), Some(fdi), "{universal}");
        }
        assert_eq!([of_universal("0"), of_universal("33"), of_universal("U"), of_universal("")], [None; 4]);
    }

    #[test]
    fn source_and_documents_draw_the_same_chart() {
        let record = json!({
            "manifest": {"notation": "universal", "margin_sign": "recession-negative"},
            "exam": {"exam_date": "2026-03-02T00:00:00"},
            "readings": [
                {"tooth": "3", "measure": "probing-depth", "mb": "6", "b": 4, "db": "7"},
                {"tooth": "3", "measure": "gingival-margin", "mb": "-1"},
                {"tooth": "3", "measure": "bleeding", "mb": "1", "b": "0"},
                {"tooth": "99", "measure": "probing-depth", "mb": "3"}]
        });
        let source = Chart::of_readings(&record);
        assert_eq!((source.undrawn, source.title.as_str()), (1, "2026-03-02"));
        let document = |name: &str, teeth: Value, more: Value| {
            let mut document = json!({
                "version": 1, "document": name, "examined_on": "2026-03-02", "exam_id": "E", "teeth": teeth, "left_out": []
            });
            document.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            document
        };
        let documents: BTreeMap<String, Value> = [
            ("x_ppd_chart_data", document("ppd", json!({"16": {"mb": 6, "b": 4, "db": 7}}), json!({}))),
            ("x_bop_chart_data", document("bop", json!({"16": {"mb": 1, "b": 0}}), json!({}))),
            ("x_recession_chart_data", document("recession", json!({"16": {"mb": 1}}), json!({}))),
            ("x_furcation_chart_data", document("furcation", json!({}), json!({}))),
            ("x_mobility_chart_data", document("mobility", json!({}), json!({"missing": [], "implants": []}))),
            ("x_cal_chart_data", document("cal", json!({}), json!({}))),
        ]
        .map(|(name, document)| (name.to_owned(), document))
        .into();
        let odoo = Chart::of_documents(&documents).expect("a chart");
        assert_eq!(odoo.sites, source.sites);
        let same = Chart { undrawn: 0, ..source };
        assert_eq!(odoo.svg(), same.svg(), "the same drawing");
        assert!(odoo.svg().contains(">7</text>") && !odoo.svg().contains("http"), "it stands alone");
    }
}
