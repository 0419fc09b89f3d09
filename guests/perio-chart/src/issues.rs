//! What a person should know about a chart, gathered per tooth and measure.
//!
//! An exam can hold hundreds of faulty readings for one cause, so each cause gives one finding a
//! tooth and measure. No finding repeats a value: the documents hold the numbers.

use odograft_sdk::perio::{Measure, Notation};
use odograft_sdk::{Finding, Severity};

use crate::notation;
use crate::teeth::{TEETH, Tooth};

/// A kind of finding about one tooth's readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issue {
    /// A number that cannot have been measured.
    OutOfRange,
    /// A site's measure without a site.
    NoSite,
    /// The same reading twice.
    Duplicate,
    /// Two readings of one site that differ.
    Contradicting,
    /// A furcation class where roots don't part.
    NoFurcationEntrance,
    /// Readings on a tooth that is charted as missing.
    OnMissingTooth,
    /// A stored attachment level other than depth plus recession.
    AttachmentContradiction,
}

const ISSUES: [Issue; 7] = [
    Issue::OutOfRange,
    Issue::NoSite,
    Issue::Duplicate,
    Issue::Contradicting,
    Issue::NoFurcationEntrance,
    Issue::OnMissingTooth,
    Issue::AttachmentContradiction,
];

const MEASURES: [Measure; 12] = [
    Measure::ProbingDepth,
    Measure::GingivalMargin,
    Measure::AttachmentLevel,
    Measure::Bleeding,
    Measure::Suppuration,
    Measure::Plaque,
    Measure::Calculus,
    Measure::Furcation,
    Measure::Mobility,
    Measure::MucogingivalJunction,
    Measure::Missing,
    Measure::Implant,
];

/// The issues of one chart.
pub struct Issues {
    /// Bit by measure, for each tooth and issue.
    seen: [[u16; ISSUES.len()]; TEETH],
    any: bool,
    /// The place in the exam of the first reading whose tooth the notation doesn't have.
    pub unknown_tooth: Option<usize>,
}

impl Default for Issues {
    fn default() -> Self {
        Self { seen: [[0; ISSUES.len()]; TEETH], any: false, unknown_tooth: None }
    }
}

impl Issues {
    /// Notes an issue with one measure of one tooth.
    pub fn note(&mut self, tooth: Tooth, measure: Measure, issue: Issue) {
        self.seen[tooth.index()][issue as usize] |= 1 << (measure as u16);
        self.any = true;
    }

    /// One finding for each tooth, issue and measure, by rising FDI number.
    pub fn findings(&self, names: Notation) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(position) = self.unknown_tooth {
            findings.push(Finding {
                severity: Severity::Error,
                code: "unknown-tooth".to_owned(),
                field: Some(format!("readings[{position}].tooth")),
                message: format!(
                    "the {} notation has no tooth of this name; such readings are listed under `left_out`; hint: check the source's tooth notation",
                    notation::title(names)
                ),
            });
        }
        if self.any {
            for tooth in Tooth::all() {
                self.findings_of(tooth, names, &mut findings);
            }
        }
        findings
    }

    fn findings_of(&self, tooth: Tooth, names: Notation, findings: &mut Vec<Finding>) {
        for issue in ISSUES {
            let seen = self.seen[tooth.index()][issue as usize];
            for measure in MEASURES.into_iter().filter(|measure| seen & (1 << (*measure as u16)) != 0) {
                findings.push(finding(tooth, measure, issue, names));
            }
        }
    }
}

/// The measure's name, as the interface spells it.
pub fn measure_name(measure: Measure) -> &'static str {
    match measure {
        Measure::ProbingDepth => "probing-depth",
        Measure::GingivalMargin => "gingival-margin",
        Measure::AttachmentLevel => "attachment-level",
        Measure::Bleeding => "bleeding",
        Measure::Suppuration => "suppuration",
        Measure::Plaque => "plaque",
        Measure::Calculus => "calculus",
        Measure::Furcation => "furcation",
        Measure::Mobility => "mobility",
        Measure::MucogingivalJunction => "mucogingival-junction",
        Measure::Missing => "missing",
        Measure::Implant => "implant",
    }
}

fn finding(tooth: Tooth, measure: Measure, issue: Issue, names: Notation) -> Finding {
    let measured = measure_name(measure);
    let (severity, code, what) = match issue {
        Issue::OutOfRange => (
            Severity::Error,
            format!("{measured}-out-of-range"),
            "a value cannot have been measured; it is left out of the chart and listed under `left_out`",
        ),
        Issue::NoSite => (
            Severity::Error,
            "reading-without-site".to_owned(),
            "the measure belongs to a site and none is named; it is listed under `left_out`",
        ),
        Issue::Duplicate => {
            (Severity::Info, "duplicate-reading".to_owned(), "the same reading is charted more than once; one is kept")
        }
        Issue::Contradicting => (
            Severity::Warning,
            "contradicting-readings".to_owned(),
            "readings of one site differ; the last one is kept, earlier ones are listed under `left_out`",
        ),
        Issue::NoFurcationEntrance => (
            Severity::Warning,
            "furcation-without-entrance".to_owned(),
            "a furcation class is charted where this tooth has no furcation entrance; it is kept",
        ),
        Issue::OnMissingTooth => (
            Severity::Warning,
            "reading-on-missing-tooth".to_owned(),
            "the tooth is charted as missing and has readings; both are kept",
        ),
        Issue::AttachmentContradiction => (
            Severity::Warning,
            "attachment-level-contradiction".to_owned(),
            "the stored attachment level differs from depth plus recession; both are kept",
        ),
    };
    let mut message = String::with_capacity(what.len() + 24);
    message.push_str("tooth ");
    notation::write_name(tooth, names, &mut message);
    if names != Notation::Fdi {
        message.push_str(" (FDI ");
        notation::write_name(tooth, Notation::Fdi, &mut message);
        message.push(')');
    }
    message.push_str(": ");
    message.push_str(what);
    Finding { severity, code, field: Some(format!("readings.{}.{measured}", tooth.fdi())), message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_cause_gives_one_finding_a_tooth_and_measure() {
        let mut issues = Issues::default();
        let tooth = Tooth::at(1, 6).expect("a tooth of the test");
        for _ in 0..6 {
            issues.note(tooth, Measure::ProbingDepth, Issue::OutOfRange);
        }
        issues.note(tooth, Measure::Mobility, Issue::OutOfRange);
        let findings = issues.findings(Notation::Universal);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["probing-depth-out-of-range", "mobility-out-of-range"]);
        assert_eq!(findings[0].field.as_deref(), Some("readings.16.probing-depth"));
        assert!(findings[0].message.starts_with("tooth 3 (FDI 16): "), "{}", findings[0].message);
    }

    #[test]
    fn measures_are_counted_as_the_interface_orders_them() {
        for (place, measure) in MEASURES.into_iter().enumerate() {
            assert_eq!(measure as usize, place, "{}", measure_name(measure));
        }
        for (place, issue) in ISSUES.into_iter().enumerate() {
            assert_eq!(issue as usize, place, "{issue:?}");
        }
    }
}
