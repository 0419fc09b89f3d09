//! The six documents of a chart, as `fixtures/perio-chart/schema.json` describes them.
//!
//! Teeth are keyed by FDI number whatever the exam's notation, keys come in one fixed order (teeth
//! by rising number, as JavaScript would reorder them anyway), nothing is spaced: one exam gives
//! the same bytes however its source names teeth and signs margins. What was not measured is absent.

use odograft_sdk::perio::{Exam, Measure, Notation, Surface};
use odograft_sdk::time;

use crate::chart::{Chart, LeftOut, Reason, SITES, is_whole_tooth};
use crate::issues::measure_name;
use crate::notation;
use crate::teeth::Tooth;

/// One of the six documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// Probing depths.
    Ppd,
    /// Bleeding on probing, with pus, plaque and calculus.
    Bop,
    /// Gingival recession, with the mucogingival junction.
    Recession,
    /// Furcation classes.
    Furcation,
    /// Mobility classes, with missing teeth and implants.
    Mobility,
    /// Clinical attachment levels, calculated and as the source stores them.
    Cal,
}

impl Document {
    /// All six.
    pub const ALL: [Self; 6] = [Self::Ppd, Self::Bop, Self::Recession, Self::Furcation, Self::Mobility, Self::Cal];

    fn name(self) -> &'static str {
        match self {
            Self::Ppd => "ppd",
            Self::Bop => "bop",
            Self::Recession => "recession",
            Self::Furcation => "furcation",
            Self::Mobility => "mobility",
            Self::Cal => "cal",
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Ppd | Self::Recession | Self::Cal => "mm",
            Self::Bop => "presence",
            Self::Furcation | Self::Mobility => "class",
        }
    }

    /// What only this document has to say about its numbers.
    fn convention(self) -> &'static str {
        match self {
            Self::Recession => ",\"sign\":\"recession-positive\"",
            Self::Cal => ",\"calculated_as\":\"probing depth plus recession\"",
            Self::Ppd | Self::Bop | Self::Furcation | Self::Mobility => "",
        }
    }

    /// The measure under `teeth`; the attachment level there is calculated, not read.
    fn main(self) -> Measure {
        match self {
            Self::Ppd => Measure::ProbingDepth,
            Self::Bop => Measure::Bleeding,
            Self::Recession => Measure::GingivalMargin,
            Self::Furcation => Measure::Furcation,
            Self::Mobility => Measure::Mobility,
            Self::Cal => Measure::AttachmentLevel,
        }
    }

    /// Measures beside the main one: their keys, present only where something was charted.
    fn beside(self) -> &'static [(&'static str, Measure)] {
        match self {
            Self::Bop => {
                &[("suppuration", Measure::Suppuration), ("plaque", Measure::Plaque), ("calculus", Measure::Calculus)]
            }
            Self::Recession => &[("mucogingival_junction", Measure::MucogingivalJunction)],
            Self::Cal => &[("charted", Measure::AttachmentLevel)],
            Self::Ppd | Self::Furcation | Self::Mobility => &[],
        }
    }

    /// Whether a reading of `measure` that stands outside the chart is listed here.
    fn covers(self, measure: Measure) -> bool {
        let whole = self == Self::Mobility && is_whole_tooth(measure);
        whole || self.main() == measure || self.beside().iter().any(|(_, beside)| *beside == measure)
    }
}

/// Writes one document of an exam as compact JSON.
pub fn write(document: Document, exam: &Exam, chart: &Chart) -> String {
    // A full mouth of six sites takes about 1,500 bytes; growing would copy, as the sandbox's
    // allocator never gives back.
    let mut out = String::with_capacity(2_560);
    out.push_str("{\"version\":1,\"document\":\"");
    out.push_str(document.name());
    out.push_str("\",\"exam_id\":");
    push_text(&exam.id, &mut out);
    out.push_str(",\"examined_on\":\"");
    out.push_str(&time::iso(exam.examined_on));
    out.push_str("\",\"notation\":\"fdi\",\"unit\":\"");
    out.push_str(document.unit());
    out.push('"');
    out.push_str(document.convention());
    push_tooth_list("missing", |tooth| chart.is_missing(tooth), &mut out);
    push_tooth_list("implants", |tooth| chart.is_implant(tooth), &mut out);
    match document {
        Document::Mobility => push_whole_teeth(chart, &mut out),
        Document::Cal => push_sites("teeth", |tooth, site| chart.level(tooth, site), &mut out),
        _ => push_sites("teeth", |tooth, site| chart.at(tooth, document.main(), site), &mut out),
    }
    for (key, measure) in document.beside() {
        if chart.has(*measure) {
            push_sites(key, |tooth, site| chart.at(tooth, *measure, site), &mut out);
        }
    }
    push_left_out(document, &chart.left_out, &mut out);
    out.push('}');
    out
}

/// A site's key in the documents.
pub fn site_key(site: Surface) -> &'static str {
    match site {
        Surface::MesioBuccal => "mb",
        Surface::Buccal => "b",
        Surface::DistoBuccal => "db",
        Surface::MesioLingual => "ml",
        Surface::Lingual => "l",
        Surface::DistoLingual => "dl",
    }
}

/// Appends a whole number in decimal digits.
pub fn push_number(number: i32, out: &mut String) {
    let mut digits = [0_u8; 10];
    let mut rest = number.unsigned_abs();
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

fn push_tooth_list(key: &str, holds: impl Fn(Tooth) -> bool, out: &mut String) {
    push_key(key, out);
    out.push('[');
    let mut comma = Comma::default();
    for tooth in Tooth::all().filter(|tooth| holds(*tooth)) {
        comma.between(out);
        out.push('"');
        notation::write_name(tooth, Notation::Fdi, out);
        out.push('"');
    }
    out.push(']');
}

fn push_whole_teeth(chart: &Chart, out: &mut String) {
    push_key("teeth", out);
    out.push('{');
    let mut comma = Comma::default();
    for tooth in Tooth::all() {
        if let Some(class) = chart.whole(tooth, Measure::Mobility) {
            comma.between(out);
            push_tooth_key(tooth, out);
            push_number(class.into(), out);
        }
    }
    out.push('}');
}

fn push_sites(key: &str, value: impl Fn(Tooth, Surface) -> Option<i16>, out: &mut String) {
    push_key(key, out);
    out.push('{');
    let mut teeth = Comma::default();
    for tooth in Tooth::all() {
        let mut sites = Comma::default();
        for site in SITES {
            let Some(number) = value(tooth, site) else { continue };
            if sites.is_first() {
                teeth.between(out);
                push_tooth_key(tooth, out);
                out.push('{');
            }
            sites.between(out);
            out.push('"');
            out.push_str(site_key(site));
            out.push_str("\":");
            push_number(number.into(), out);
        }
        if !sites.is_first() {
            out.push('}');
        }
    }
    out.push('}');
}

fn push_left_out(document: Document, left_out: &[LeftOut], out: &mut String) {
    push_key("left_out", out);
    out.push('[');
    let mut comma = Comma::default();
    for reading in left_out.iter().filter(|reading| document.covers(reading.measure)) {
        comma.between(out);
        out.push_str("{\"tooth\":");
        match reading.tooth {
            Ok(tooth) => {
                out.push('"');
                notation::write_name(tooth, Notation::Fdi, out);
                out.push('"');
            }
            // `null` can't be mistaken for an FDI number, as a name of another notation could be.
            Err(name) => {
                out.push_str("null,\"name\":");
                push_text(name, out);
            }
        }
        if let Some(site) = reading.site {
            out.push_str(",\"site\":\"");
            out.push_str(site_key(site));
            out.push('"');
        }
        out.push_str(",\"measure\":\"");
        out.push_str(measure_name(reading.measure));
        out.push_str("\",\"value\":");
        push_number(reading.value, out);
        out.push_str(",\"reason\":\"");
        out.push_str(match reading.reason {
            Reason::UnknownTooth => "unknown-tooth",
            Reason::OutOfRange => "out-of-range",
            Reason::NoSite => "no-site",
            Reason::Superseded => "superseded",
        });
        out.push_str("\"}");
    }
    out.push(']');
}

/// Writes a comma before every item but the first.
#[derive(Default)]
struct Comma(bool);

impl Comma {
    fn between(&mut self, out: &mut String) {
        if self.0 {
            out.push(',');
        }
        self.0 = true;
    }

    fn is_first(&self) -> bool {
        !self.0
    }
}

fn push_key(key: &str, out: &mut String) {
    out.push_str(",\"");
    out.push_str(key);
    out.push_str("\":");
}

fn push_tooth_key(tooth: Tooth, out: &mut String) {
    out.push('"');
    notation::write_name(tooth, Notation::Fdi, out);
    out.push_str("\":");
}

/// Appends a JSON string; only what JSON demands is escaped (RFC 8259, section 7).
fn push_text(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\u{1f}' => {
                let code = character as u8;
                out.push_str("\\u00");
                out.extend([code / 16, code % 16].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
