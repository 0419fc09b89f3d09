//! One arch as a table: its outer side above and its inner side below, or the other way round in
//! the lower jaw, so that the buccal sides lie outside as they do in the mouth.

use odograft_sdk::perio::{Measure, Notation, Surface};

use super::cells::{push_cell, push_class, push_depth, push_mark};
use super::rows::{ROWS, Row};
use super::{IMPLANT, MISSING};
use crate::chart::Chart;
use crate::json::push_number;
use crate::notation;
use crate::teeth::{Jaw, Tooth};

/// One arch of a chart.
pub(super) struct Arch<'a> {
    pub(super) jaw: Jaw,
    /// The teeth to show, from the patient's right to the left.
    pub(super) teeth: &'a [Tooth],
    pub(super) chart: &'a Chart<'a>,
    /// The notation that the reader knows.
    pub(super) names: Notation,
}

/// The buccal half of a tooth's sites, or the lingual (palatal) one.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Buccal,
    Lingual,
}

/// The two columns before the teeth, in pixels.
const LABELS: usize = 44 + 56;
/// A site's column at its narrowest and widest, in pixels: two digits, and two digits with air.
const SITE: (usize, usize) = (14, 19);
/// A full arch has so many columns of sites.
const FULL: usize = 48;

impl Arch<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let sites = self.teeth.len() * 3;
        // As wide as Odoo's form, which is narrow where the messages stand beside it, within what is
        // readable; fewer teeth take their share, so that sites are as wide in every table.
        let share = (LABELS + sites * SITE.0) * 100 / (LABELS + FULL * SITE.0);
        out.push_str("<table cellpadding=\"0\" style=\"border-collapse:collapse; table-layout:fixed");
        for (name, size, unit) in [
            ("; width:", share, "%"),
            ("; min-width:", LABELS + sites * SITE.0, "px"),
            ("; max-width:", LABELS + sites * SITE.1, "px"),
        ] {
            out.push_str(name);
            push_number(size as i32, out);
            out.push_str(unit);
        }
        out.push_str("; margin:0 0 10px 0; text-align:center; white-space:nowrap; font-size:12px; line-height:15px; color:#1f2933; background-color:#ffffff\">");
        self.write_columns(out);
        out.push_str("<tbody>");
        self.write_title(out);
        let (above, below) = match self.jaw {
            Jaw::Upper => (Side::Buccal, Side::Lingual),
            Jaw::Lower => (Side::Lingual, Side::Buccal),
        };
        let rows = self.rows(above);
        for (place, row) in rows.iter().rev().enumerate() {
            self.write_row(*row, above, (place == 0).then_some(rows.len()), out);
        }
        self.write_tooth_rows(out);
        let rows = self.rows(below);
        for (place, row) in rows.iter().enumerate() {
            self.write_row(*row, below, (place == 0).then_some(rows.len()), out);
        }
        out.push_str("</tbody></table>");
    }

    fn is_primary(&self) -> bool {
        self.teeth.iter().all(|tooth| tooth.is_primary())
    }

    /// Lines between teeth, a heavy one at the midline, and the grounds of missing teeth and implants.
    fn write_columns(&self, out: &mut String) {
        out.push_str("<colgroup style=\"width:44px\"></colgroup><colgroup style=\"width:56px\"></colgroup>");
        let mut was_right = true;
        for tooth in self.teeth {
            out.push_str("<colgroup span=\"3\" style=\"border:1px solid #9aa5b1");
            if was_right && !tooth.on_right() {
                out.push_str("; border-left-width:3px; border-left-color:#1f2933");
            }
            was_right = tooth.on_right();
            let ground = if self.chart.is_implant(*tooth) {
                Some(IMPLANT)
            } else if self.chart.is_missing(*tooth) {
                Some(MISSING)
            } else {
                None
            };
            if let Some(ground) = ground {
                out.push_str("; background-color:");
                out.push_str(ground);
            }
            out.push_str("\"></colgroup>");
        }
    }

    fn write_title(&self, out: &mut String) {
        let name = match (self.jaw, self.is_primary()) {
            (Jaw::Upper, false) => "UPPER",
            (Jaw::Lower, false) => "LOWER",
            (Jaw::Upper, true) => "UPPER PRIMARY",
            (Jaw::Lower, true) => "LOWER PRIMARY",
        };
        out.push_str("<tr style=\"background-color:#ffffff; font-size:11px; color:#5c6773\"><td colspan=\"2\" style=\"text-align:left; color:#1f2933; font-weight:bold\">");
        out.push_str(name);
        out.push_str("</td>");
        let right = self.teeth.iter().filter(|tooth| tooth.on_right()).count();
        let halves = [(right, "left", "Patient's right"), (self.teeth.len() - right, "right", "Patient's left")];
        for (teeth, align, words) in halves {
            out.push_str("<td colspan=\"");
            push_number((teeth * 3) as i32, out);
            for part in ["\" style=\"text-align:", align, "\">", words, "</td>"] {
                out.push_str(part);
            }
        }
        out.push_str("</tr>");
    }

    /// The rows of one side, from the teeth outwards. Those that few sources chart stand only where
    /// they have something to show; of primary teeth little is charted at all.
    fn rows(&self, side: Side) -> Vec<Row> {
        let charted = |measure| {
            let mut values = self
                .teeth
                .iter()
                .flat_map(|tooth| sites_of(*tooth, side).map(|site| self.value(*tooth, measure, site)));
            values.any(|value| value.is_some())
        };
        let sparse = self.is_primary();
        ROWS.into_iter().filter(|row| !(sparse || row.is_rare()) || charted(row.measure())).collect()
    }

    /// A level is the calculated one, or the stored one where none can be calculated.
    fn value(&self, tooth: Tooth, measure: Measure, site: Surface) -> Option<i16> {
        let charted = self.chart.at(tooth, measure, site);
        if measure == Measure::AttachmentLevel { self.chart.level(tooth, site).or(charted) } else { charted }
    }

    /// `first_of` is the number of rows of this side, given with its first one.
    fn write_row(&self, row: Row, side: Side, first_of: Option<usize>, out: &mut String) {
        out.push_str("<tr style=\"border-top:1px solid #dfe4ea");
        let style = row.style();
        if !style.is_empty() {
            out.push_str("; ");
            out.push_str(style);
        }
        out.push_str("\">");
        if let Some(rows) = first_of {
            out.push_str("<td rowspan=\"");
            push_number(rows as i32, out);
            out.push_str("\" style=\"vertical-align:middle; font-size:11px; font-weight:bold; color:#1f2933\">");
            out.push_str(match (side, self.jaw) {
                (Side::Buccal, _) => "Buccal",
                (Side::Lingual, Jaw::Upper) => "Palatal",
                (Side::Lingual, Jaw::Lower) => "Lingual",
            });
            out.push_str("</td>");
        }
        push_label(row.label(), out);
        for tooth in self.teeth {
            for site in sites_of(*tooth, side) {
                self.write_cell(row, *tooth, site, out);
            }
        }
        out.push_str("</tr>");
    }

    fn write_cell(&self, row: Row, tooth: Tooth, site: Surface, out: &mut String) {
        let value = self.value(tooth, row.measure(), site);
        match row {
            Row::Depth => push_depth(value, out),
            Row::Cal if value.is_some() && self.chart.level(tooth, site).is_none() => {
                push_cell(Some("font-style:italic"), value, out);
            }
            Row::Recession | Row::Cal | Row::Junction => push_cell(None, value, out),
            Row::Bleeding => push_mark(value, "●", out),
            Row::Pus => push_mark(value, "◆", out),
            Row::Plaque => push_mark(value, "▲", out),
            Row::Calculus => push_mark(value, "■", out),
            Row::Furcation => {
                out.push_str("<td>");
                push_class(value, out);
                out.push_str("</td>");
            }
        }
    }

    /// The teeth's names between the two sides, with what holds for the whole tooth.
    fn write_tooth_rows(&self, out: &mut String) {
        out.push_str("<tr style=\"border-top:1px solid #9aa5b1; font-size:16px; line-height:22px; font-weight:bold\">");
        push_wide_label(notation::title(self.names), out);
        for tooth in self.teeth {
            out.push_str(if self.chart.is_missing(*tooth) && !self.chart.is_implant(*tooth) {
                "<td colspan=\"3\" style=\"color:#5c6773; text-decoration:line-through\">"
            } else {
                "<td colspan=\"3\">"
            });
            notation::write_name(*tooth, self.names, out);
            out.push_str("</td>");
        }
        out.push_str("</tr>");
        if self.names != Notation::Fdi {
            out.push_str("<tr style=\"color:#5c6773; font-size:11px\">");
            push_wide_label("FDI", out);
            for tooth in self.teeth {
                out.push_str("<td colspan=\"3\">");
                notation::write_name(*tooth, Notation::Fdi, out);
                out.push_str("</td>");
            }
            out.push_str("</tr>");
        }
        out.push_str("<tr style=\"border-bottom:1px solid #9aa5b1; font-size:11px; line-height:16px\">");
        push_wide_label("Mobility", out);
        for tooth in self.teeth {
            self.write_whole_tooth(*tooth, out);
        }
        out.push_str("</tr>");
    }

    fn write_whole_tooth(&self, tooth: Tooth, out: &mut String) {
        let mobility = self.chart.whole(tooth, Measure::Mobility);
        // Beside a class there is room for a short word only.
        let standing = match (self.chart.is_implant(tooth), self.chart.is_missing(tooth), mobility) {
            (true, _, None) => "implant",
            (true, _, Some(_)) => "impl. ",
            (false, true, None) => "missing",
            (false, true, Some(_)) => "miss. ",
            (false, false, _) => "",
        };
        out.push_str("<td colspan=\"3\">");
        out.push_str(standing);
        push_class(mobility, out);
        out.push_str("</td>");
    }
}

/// A side's three sites as they lie from left to right: distal first on the patient's right.
fn sites_of(tooth: Tooth, side: Side) -> [Surface; 3] {
    let [mesial, middle, distal] = match side {
        Side::Buccal => [Surface::MesioBuccal, Surface::Buccal, Surface::DistoBuccal],
        Side::Lingual => [Surface::MesioLingual, Surface::Lingual, Surface::DistoLingual],
    };
    if tooth.on_right() { [distal, middle, mesial] } else { [mesial, middle, distal] }
}

fn push_label(label: &str, out: &mut String) {
    out.push_str("<td style=\"text-align:left; font-size:11px; font-weight:normal; color:#5c6773\">");
    out.push_str(label);
    out.push_str("</td>");
}

fn push_wide_label(label: &str, out: &mut String) {
    out.push_str("<td colspan=\"2\" style=\"text-align:right; padding-right:8px; font-size:11px; color:#5c6773\">");
    out.push_str(label);
    out.push_str("</td>");
}
