//! The chart as mark-up that Odoo's form shows without any add-on.
//!
//! Odoo's sanitiser keeps tables with inline styles; in a message it keeps only a list of style
//! names, written `name:value; name:value`, and it writes text with `&`, `<` and `>` escaped and
//! nothing else. All of this is written in just that form, so that reading back gives the same
//! bytes. Tooth separators and the grey of missing teeth are styles of column groups, which
//! saves one style on each of 200 cells.

mod arch;

use odograft_sdk::Date;
use odograft_sdk::perio::{Exam, Measure, Notation};

use crate::chart::{Chart, SITES};
use crate::json::push_number;
use crate::notation;
use crate::teeth::{Jaw, Tooth};
use arch::Arch;

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

/// A full mouth with every row takes about this much.
const USUAL_BYTES: usize = 28_000;

/// The chart as the partner's form shows it: a line of what was found, both arches, a legend.
pub fn chart(exam: &Exam, chart: &Chart) -> String {
    let mut out = String::with_capacity(USUAL_BYTES);
    out.push_str("<div style=\"color:#1f2933; font-size:12px; line-height:16px\">");
    push_chart(exam, chart, &mut out);
    out.push_str("</div>");
    out.shrink_to_fit();
    out
}

/// The chart of an earlier exam, as a message shows it: headed by day, examiner and classification.
pub fn message(exam: &Exam, chart: &Chart) -> String {
    let mut out = String::with_capacity(USUAL_BYTES);
    out.push_str("<div style=\"color:#1f2933; font-size:12px; line-height:16px\">");
    out.push_str("<p style=\"margin:0 0 4px 0; font-size:15px\"><b>Periodontal examination of ");
    push_day(exam.examined_on, &mut out);
    out.push_str("</b></p>");
    for (label, value) in [("Examiner: ", &exam.examiner), ("Classification: ", &exam.classification)] {
        push_remark(label, value.as_deref(), &mut out);
    }
    push_chart(exam, chart, &mut out);
    out.push_str("</div>");
    out.shrink_to_fit();
    out
}

fn push_chart(exam: &Exam, chart: &Chart, out: &mut String) {
    push_summary(exam, chart, out);
    for jaw in [Jaw::Upper, Jaw::Lower] {
        let teeth: Vec<Tooth> = jaw.arch().map(|tooth| standing_at(tooth, chart)).collect();
        Arch { jaw, teeth: &teeth, chart, names: exam.notation, title: None }.write(out);
    }
    for jaw in [Jaw::Upper, Jaw::Lower] {
        let beside = |tooth: Tooth| tooth.predecessor().filter(|milk| both_charted(tooth, *milk, chart));
        let teeth: Vec<Tooth> = jaw.arch().filter_map(beside).collect();
        if !teeth.is_empty() {
            Arch { jaw, teeth: &teeth, chart, names: exam.notation, title: Some("Milk teeth beside their successors") }
                .write(out);
        }
    }
    push_legend(chart, out);
    push_remark("Note: ", exam.note.as_deref(), out);
}

/// The tooth to show in a permanent tooth's column: itself, or the milk tooth that stands there.
fn standing_at(permanent: Tooth, chart: &Chart) -> Tooth {
    match permanent.predecessor() {
        Some(milk) if !chart.is_charted(permanent) && (chart.is_charted(milk) || chart.is_missing(milk)) => milk,
        _ => permanent,
    }
}

fn both_charted(permanent: Tooth, milk: Tooth, chart: &Chart) -> bool {
    chart.is_charted(permanent) && chart.is_charted(milk)
}

/// Counts only: what they mean is the clinician's to say.
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
    let missing = Tooth::all().filter(|tooth| chart.is_missing(*tooth)).count();
    let implants = Tooth::all().filter(|tooth| chart.is_implant(*tooth)).count();
    out.push_str("<p style=\"margin:0 0 6px 0\">");
    push_day(exam.examined_on, out);
    for (count, what) in [
        (probed, " sites probed"),
        (amber, " at 4–5 mm"),
        (red, " at 6 mm or more"),
        (bleeding, " bleeding"),
        (missing as i32, " teeth charted missing"),
        (implants as i32, " implants"),
    ] {
        out.push_str(" · <b>");
        push_number(count, out);
        out.push_str("</b>");
        out.push_str(match (count, what) {
            (1, " sites probed") => " site probed",
            (1, " teeth charted missing") => " tooth charted missing",
            (1, " implants") => " implant",
            _ => what,
        });
    }
    if exam.notation != Notation::Fdi {
        out.push_str(" · teeth named in ");
        out.push_str(notation::title(exam.notation));
        out.push_str(" notation");
    }
    out.push_str("</p>");
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
    out.push_str("Recession in mm, − where gingiva covers the crown · CAL = depth + recession, where both were charted");
    if Tooth::all().any(|tooth| SITES.into_iter().any(|site| shows_stored_level(chart, tooth, site))) {
        out.push_str(" (<i>italic</i>: as the source stores it)");
    }
    if chart.has(Measure::MucogingivalJunction) {
        out.push_str(" · MGJ: mucogingival junction, mm from the enamel");
    }
    out.push_str("</p>");
}

fn shows_stored_level(chart: &Chart, tooth: Tooth, site: odograft_sdk::perio::Surface) -> bool {
    chart.level(tooth, site).is_none() && chart.at(tooth, Measure::AttachmentLevel, site).is_some()
}

fn push_swatch(style: &str, sign: &str, words: &str, out: &mut String) {
    for part in ["<span style=\"", style, "\">", sign, "</span> ", words, " · "] {
        out.push_str(part);
    }
}

fn push_remark(label: &str, text: Option<&str>, out: &mut String) {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return };
    out.push_str("<p style=\"margin:4px 0 0 0\"><b>");
    out.push_str(label);
    out.push_str("</b>");
    push_escaped(text, out);
    out.push_str("</p>");
}

/// Appends plain text as mark-up, escaped just as far as Odoo's sanitiser escapes it; characters
/// that mark-up cannot hold become spaces.
fn push_escaped(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' => out.push_str("<br>"),
            '\r' => {}
            '\u{a0}' | '\u{fffe}' | '\u{ffff}' => out.push(' '),
            control if control.is_control() => out.push(' '),
            other => out.push(other),
        }
    }
}

/// `5 March 2024`: a month in words is read the same on both sides of the Atlantic.
fn push_day(date: Date, out: &mut String) {
    const MONTHS: [&str; 12] = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ];
    push_number(date.day.into(), out);
    out.push(' ');
    out.push_str(MONTHS.get(usize::from(date.month).wrapping_sub(1)).unwrap_or(&""));
    out.push(' ');
    push_number(date.year.into(), out);
}

#[cfg(test)]
mod tests;
