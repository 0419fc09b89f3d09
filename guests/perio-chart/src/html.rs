//! The chart as mark-up that Odoo's form shows without any add-on.
//!
//! Odoo's sanitiser keeps tables with inline styles; in a message it keeps only a list of style
//! names, written `name:value; name:value`, and it writes text with `&`, `<` and `>` escaped and
//! nothing else. All of this is written in just that form, so that reading back gives the same
//! bytes. Tooth separators and the grey of missing teeth are styles of column groups, which
//! saves one style on each of 200 cells.

mod arch;
mod cells;
mod remarks;
mod rows;

use odograft_sdk::perio::{Exam, Measure, Notation, Surface};

use crate::chart::{Chart, SITES};
use crate::json::push_number;
use crate::notation;
use crate::teeth::{Jaw, Tooth};
use arch::Arch;
use remarks::{push_day, push_extra, push_remark};

/// Depths from here on are amber, in millimetres.
const AMBER_FROM: i16 = 4;
/// Depths from here on are red, in millimetres.
const RED_FROM: i16 = 6;

const AMBER: &str = "background-color:#ffd86b";
const RED: &str = "background-color:#cf3434; color:#ffffff";
const MISSING: &str = "#d5dae1";
const IMPLANT: &str = "#dcebfa";
const BLEEDING: &str = "color:#d01f1f";
const PUS: &str = "color:#a86a00";
const PLAQUE: &str = "color:#1d64b0";
const FURCATION: &str = "color:#7a1fa2; font-weight:bold";
const MUTED: &str = "color:#5c6773";

/// As wide as a full arch, so that text below it wraps there.
const FRAME: &str = "<div style=\"max-width:1012px; color:#1f2933; font-size:12px; line-height:16px\">";

/// A full mouth with every row takes about this much.
const USUAL_BYTES: usize = 28_000;

/// The chart as the partner's form shows it: a line of what was found, both arches, a legend.
pub fn chart(exam: &Exam, chart: &Chart) -> String {
    let mut out = String::with_capacity(USUAL_BYTES);
    out.push_str(FRAME);
    out.push_str("<p style=\"margin:0 0 6px 0\">");
    push_day(exam.examined_on, &mut out);
    out.push_str(" · ");
    push_summary(exam, chart, &mut out);
    push_chart(exam, chart, &mut out);
    out.push_str("</div>");
    out.shrink_to_fit();
    out
}

/// The chart of an earlier exam, as a message shows it: headed by day, examiner and classification.
pub fn message(exam: &Exam, chart: &Chart) -> String {
    let mut out = String::with_capacity(USUAL_BYTES);
    out.push_str(FRAME);
    out.push_str("<p style=\"margin:0 0 4px 0; font-size:15px\"><b>Periodontal examination of ");
    push_day(exam.examined_on, &mut out);
    out.push_str("</b></p>");
    for (label, value) in [("Examiner: ", &exam.examiner), ("Classification: ", &exam.classification)] {
        push_remark(label, value.as_deref(), &mut out);
    }
    out.push_str("<p style=\"margin:4px 0 6px 0\">");
    push_summary(exam, chart, &mut out);
    push_chart(exam, chart, &mut out);
    out.push_str("</div>");
    out.shrink_to_fit();
    out
}

fn push_chart(exam: &Exam, chart: &Chart, out: &mut String) {
    for jaw in [Jaw::Upper, Jaw::Lower] {
        let arch = |teeth: &[Tooth], out: &mut String| Arch { jaw, teeth, chart, names: exam.notation }.write(out);
        let beside = jaw.arch().any(|tooth| stands_beside_successor(tooth, chart));
        let teeth: Vec<Tooth> =
            jaw.arch().map(|tooth| if beside { tooth } else { standing_at(tooth, chart) }).collect();
        arch(&teeth, out);
        if beside {
            let primary: Vec<Tooth> = jaw.arch().filter_map(Tooth::predecessor).collect();
            arch(&primary, out);
        }
    }
    push_legend(chart, out);
    push_remark("Note: ", exam.note.as_deref(), out);
    push_extra(&exam.extra, out);
}

/// The tooth to show in a permanent tooth's column: itself, or the primary one that stands there.
fn standing_at(permanent: Tooth, chart: &Chart) -> Tooth {
    match permanent.predecessor() {
        Some(primary) if !chart.is_charted(permanent) && (chart.is_charted(primary) || chart.is_missing(primary)) => {
            primary
        }
        _ => permanent,
    }
}

/// Two teeth in one place, as while they change: the primary ones get a table of their own.
fn stands_beside_successor(permanent: Tooth, chart: &Chart) -> bool {
    chart.is_charted(permanent) && permanent.predecessor().is_some_and(|primary| chart.is_charted(primary))
}

/// Counts only, to the end of the paragraph: what they mean is the clinician's to say.
fn push_summary(exam: &Exam, chart: &Chart, out: &mut String) {
    let (mut probed, mut amber, mut red, mut bleeding) = (0, 0, 0, 0);
    for tooth in Tooth::all() {
        for site in SITES {
            if let Some(depth) = chart.at(tooth, Measure::ProbingDepth, site) {
                probed += 1;
                amber += i32::from((AMBER_FROM..RED_FROM).contains(&depth));
                red += i32::from(depth >= RED_FROM);
            }
            bleeding += i32::from(chart.at(tooth, Measure::Bleeding, site) == Some(1));
        }
    }
    let missing = counted(|tooth| chart.is_missing(tooth));
    let implants = counted(|tooth| chart.is_implant(tooth));
    let counts = [
        (probed, " site probed", " sites probed"),
        (amber, " at 4–5 mm", " at 4–5 mm"),
        (red, " at 6 mm or more", " at 6 mm or more"),
        (bleeding, " bleeding", " bleeding"),
        (missing, " tooth charted missing", " teeth charted missing"),
        (implants, " implant", " implants"),
    ];
    for (place, (count, one, many)) in counts.into_iter().enumerate() {
        out.push_str(if place == 0 { "<b>" } else { " · <b>" });
        push_number(count, out);
        out.push_str("</b>");
        out.push_str(if count == 1 { one } else { many });
    }
    if exam.notation != Notation::Fdi {
        out.push_str(" · ");
        out.push_str(notation::title(exam.notation));
        out.push_str(" tooth numbers");
    }
    out.push_str("</p>");
}

fn counted(holds: impl Fn(Tooth) -> bool) -> i32 {
    Tooth::all().map(|tooth| i32::from(holds(tooth))).sum()
}

fn push_legend(chart: &Chart, out: &mut String) {
    out.push_str("<p style=\"margin:6px 0 0 0; font-size:11px\">");
    push_swatch(&format!("{AMBER}; padding:0 5px"), "4–5", "mm deep", out);
    push_swatch(&format!("{RED}; padding:0 5px; font-weight:bold"), "6+", "mm deep", out);
    push_swatch(BLEEDING, "●", "bleeding on probing", out);
    for (measure, style, sign, words) in [
        (Measure::Suppuration, PUS, "◆", "pus"),
        (Measure::Plaque, PLAQUE, "▲", "plaque"),
        (Measure::Calculus, MUTED, "■", "calculus"),
    ] {
        if chart.has(measure) {
            push_swatch(style, sign, words, out);
        }
    }
    push_swatch(FURCATION, "I II III", "furcation class", out);
    push_swatch(&format!("background-color:{MISSING}; padding:0 8px"), "", "missing", out);
    push_swatch(&format!("background-color:{IMPLANT}; padding:0 8px"), "", "implant", out);
    out.push_str(
        "Recession in mm, − where gingiva covers the crown · CAL = depth + recession, where both were charted",
    );
    if Tooth::all().any(|tooth| SITES.into_iter().any(|site| shows_stored_level(chart, tooth, site))) {
        out.push_str(" (<i>italic</i>: as the source stores it)");
    }
    if chart.has(Measure::MucogingivalJunction) {
        out.push_str(" · MGJ: mucogingival junction, mm from the enamel");
    }
    out.push_str("</p>");
}

fn shows_stored_level(chart: &Chart, tooth: Tooth, site: Surface) -> bool {
    chart.level(tooth, site).is_none() && chart.at(tooth, Measure::AttachmentLevel, site).is_some()
}

fn push_swatch(style: &str, sign: &str, words: &str, out: &mut String) {
    for part in ["<span style=\"", style, "\">", sign, "</span> ", words, " · "] {
        out.push_str(part);
    }
}

#[cfg(test)]
mod tests;
