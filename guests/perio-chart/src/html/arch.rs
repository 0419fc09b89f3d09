//! One arch as a table: its outer side above and its inner side below, or the other way round in
//! the lower jaw, so that the buccal sides lie outside as they do in the mouth.

use odograft_sdk::perio::{Measure, Notation, Surface};

use super::{AMBER, AMBER_FROM, BLEEDING, FURCATION, IMPLANT, MISSING, MUTED, PLAQUE, PUS, RED, RED_FROM};
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
    /// What stands above, when it is not simply the jaw.
    pub(super) title: Option<&'static str>,
}

/// The buccal half of a tooth's sites, or the lingual (palatal) one.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Buccal,
    Lingual,
}

/// A row of sites.
#[derive(Clone, Copy, PartialEq)]
enum Row {
    Depth,
    Recession,
    Cal,
    Bleeding,
    Pus,
    Plaque,
    Calculus,
    Junction,
    Furcation,
}

/// From the teeth outwards; the measured numbers lie nearest to the tooth's number.
const ROWS: [Row; 9] = [
    Row::Depth,
    Row::Recession,
    Row::Cal,
    Row::Bleeding,
    Row::Pus,
    Row::Plaque,
    Row::Calculus,
    Row::Junction,
    Row::Furcation,
];

const SITE_WIDTH: usize = 19;

impl Arch<'_> {
    pub(super) fn write(&self, out: &mut String) {
        let width = 124 + self.teeth.len() * 3 * SITE_WIDTH;
        out.push_str("<table style=\"border-collapse:collapse; table-layout:fixed; width:");
        push_number(width as i32, out);
        out.push_str(
            "px; margin:0 0 10px 0; text-align:center; font-size:12px; line-height:15px; color:#1f2933; background-color:#ffffff\">",
        );
        self.write_columns(out);
        out.push_str("<tbody>");
        self.write_title(out);
        let rows: Vec<Row> = ROWS.into_iter().filter(|row| self.is_shown(*row)).collect();
        let (above, below) = match self.jaw {
            Jaw::Upper => (Side::Buccal, Side::Lingual),
            Jaw::Lower => (Side::Lingual, Side::Buccal),
        };
        for (place, row) in rows.iter().rev().enumerate() {
            self.write_row(*row, above, (place == 0).then_some(rows.len()), out);
        }
        self.write_tooth_rows(out);
        for (place, row) in rows.iter().enumerate() {
            self.write_row(*row, below, (place == 0).then_some(rows.len()), out);
        }
        out.push_str("</tbody></table>");
    }

    /// Lines between teeth, a heavy one at the midline, and the grounds of missing teeth and implants.
    fn write_columns(&self, out: &mut String) {
        out.push_str("<colgroup style=\"width:50px\"></colgroup><colgroup style=\"width:74px\"></colgroup>");
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
        let jaw = match self.jaw {
            Jaw::Upper => "UPPER",
            Jaw::Lower => "LOWER",
        };
        out.push_str("<tr style=\"background-color:#ffffff; font-size:11px; color:#5c6773\"><td colspan=\"2\" style=\"text-align:left; color:#1f2933; font-weight:bold\">");
        out.push_str(jaw);
        out.push_str("</td>");
        let right = self.teeth.iter().filter(|tooth| tooth.on_right()).count();
        let halves = match self.title {
            Some(title) => [(self.teeth.len(), "left", title), (0, "", "")],
            None => [(right, "left", "Patient's right"), (self.teeth.len() - right, "right", "Patient's left")],
        };
        for (teeth, align, words) in halves.into_iter().filter(|(teeth, ..)| *teeth > 0) {
            out.push_str("<td colspan=\"");
            push_number((teeth * 3) as i32, out);
            for part in ["\" style=\"text-align:", align, "\">", words, "</td>"] {
                out.push_str(part);
            }
        }
        out.push_str("</tr>");
    }

    /// Rows that few sources chart stand only where this arch has something to show in them.
    fn is_shown(&self, row: Row) -> bool {
        let measure = match row {
            Row::Depth | Row::Recession | Row::Cal | Row::Bleeding | Row::Furcation => return true,
            Row::Pus => Measure::Suppuration,
            Row::Plaque => Measure::Plaque,
            Row::Calculus => Measure::Calculus,
            Row::Junction => Measure::MucogingivalJunction,
        };
        let sites = |side, tooth: &Tooth| sites_of(*tooth, side).map(|site| self.chart.at(*tooth, measure, site));
        self.teeth.iter().any(|tooth| {
            [Side::Buccal, Side::Lingual].into_iter().flat_map(|side| sites(side, tooth)).any(|value| value.is_some())
        })
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
            out.push_str("\" style=\"vertical-align:middle; font-size:12px; font-weight:bold; color:#1f2933\">");
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
        let at = |measure| self.chart.at(tooth, measure, site);
        match row {
            Row::Depth => push_depth(at(Measure::ProbingDepth), out),
            Row::Recession => push_millimetres(at(Measure::GingivalMargin), out),
            Row::Junction => push_millimetres(at(Measure::MucogingivalJunction), out),
            Row::Cal => match self.chart.level(tooth, site) {
                None if at(Measure::AttachmentLevel).is_some() => {
                    out.push_str("<td style=\"font-style:italic\">");
                    push_signed(at(Measure::AttachmentLevel), out);
                    out.push_str("</td>");
                }
                level => push_millimetres(level, out),
            },
            Row::Bleeding => push_mark(at(Measure::Bleeding), "●", out),
            Row::Pus => push_mark(at(Measure::Suppuration), "◆", out),
            Row::Plaque => push_mark(at(Measure::Plaque), "▲", out),
            Row::Calculus => push_mark(at(Measure::Calculus), "■", out),
            Row::Furcation => {
                out.push_str("<td>");
                push_class(at(Measure::Furcation), out);
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
        let standing = if self.chart.is_implant(tooth) {
            "implant"
        } else if self.chart.is_missing(tooth) {
            "missing"
        } else {
            ""
        };
        out.push_str("<td colspan=\"3\">");
        out.push_str(standing);
        if mobility.is_some() && !standing.is_empty() {
            out.push(' ');
        }
        push_class(mobility, out);
        out.push_str("</td>");
    }
}

impl Row {
    fn label(self) -> &'static str {
        match self {
            Self::Depth => "Depth",
            Self::Recession => "Recession",
            Self::Cal => "CAL",
            Self::Bleeding => "Bleeding",
            Self::Pus => "Pus",
            Self::Plaque => "Plaque",
            Self::Calculus => "Calculus",
            Self::Junction => "MGJ",
            Self::Furcation => "Furcation",
        }
    }

    fn style(self) -> &'static str {
        match self {
            Self::Depth => "font-size:14px; line-height:20px; font-weight:bold",
            Self::Recession => "color:#3d5a80",
            Self::Cal => "",
            Self::Bleeding => BLEEDING,
            Self::Pus => PUS,
            Self::Plaque => PLAQUE,
            Self::Calculus | Self::Junction => MUTED,
            Self::Furcation => FURCATION,
        }
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

fn push_depth(depth: Option<i16>, out: &mut String) {
    let ground = match depth {
        Some(depth) if depth >= RED_FROM => Some(RED),
        Some(depth) if depth >= AMBER_FROM => Some(AMBER),
        _ => None,
    };
    match ground {
        Some(ground) => {
            for part in ["<td style=\"", ground, "\">"] {
                out.push_str(part);
            }
        }
        None => out.push_str("<td>"),
    }
    push_signed(depth, out);
    out.push_str("</td>");
}

fn push_millimetres(value: Option<i16>, out: &mut String) {
    out.push_str("<td>");
    push_signed(value, out);
    out.push_str("</td>");
}

fn push_signed(value: Option<i16>, out: &mut String) {
    let Some(value) = value else { return };
    if value < 0 {
        out.push('−');
    }
    push_number(value.unsigned_abs().into(), out);
}

fn push_mark(value: Option<i16>, mark: &str, out: &mut String) {
    out.push_str("<td>");
    if value == Some(1) {
        out.push_str(mark);
    }
    out.push_str("</td>");
}

fn push_class(class: Option<i16>, out: &mut String) {
    out.push_str(match class {
        None => "",
        Some(0) => "0",
        Some(1) => "I",
        Some(2) => "II",
        Some(_) => "III",
    });
}
