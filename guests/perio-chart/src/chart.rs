//! One exam's readings, laid out tooth by tooth.
//!
//! A reading that cannot stand in the chart is set aside, never dropped: the documents list it
//! under `left_out` with its number and the reason.

use odograft_sdk::perio::{MarginSign, Measure, Notation, Reading, Surface};

use crate::attachment;
use crate::issues::{Issue, Issues};
use crate::notation;
use crate::teeth::{TEETH, Tooth};

/// The six sites of a tooth, in the order that documents list them.
pub const SITES: [Surface; 6] = [
    Surface::MesioBuccal,
    Surface::Buccal,
    Surface::DistoBuccal,
    Surface::MesioLingual,
    Surface::Lingual,
    Surface::DistoLingual,
];

/// How many measures the interface names.
const MEASURES: usize = 12;

/// Where findings of a whole tooth are kept among its sites.
const WHOLE_TOOTH: usize = 0;

/// A charted exam: margins are recession (positive apical), absent means not measured.
pub struct Chart<'a> {
    cells: [ToothCells; TEETH],
    /// Readings that stand outside the chart, in the source's order.
    pub left_out: Vec<LeftOut<'a>>,
    /// What a person should know, per tooth and measure.
    pub issues: Issues,
}

type ToothCells = [[Option<i16>; SITES.len()]; MEASURES];

/// A reading that the chart cannot hold.
#[derive(Debug, PartialEq)]
pub struct LeftOut<'a> {
    /// The tooth, or its name in the source where that name is unknown.
    pub tooth: Result<Tooth, &'a str>,
    /// The site, where one was named.
    pub site: Option<Surface>,
    /// What was measured.
    pub measure: Measure,
    /// The number; a margin's is turned to recession like any other margin's.
    pub value: i32,
    /// Why it stands outside.
    pub reason: Reason,
}

/// Why a reading stands outside the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The exam's notation has no tooth of that name.
    UnknownTooth,
    /// No such number can be measured.
    OutOfRange,
    /// The measure belongs to a site, and none was named.
    NoSite,
    /// A later reading of the same site says otherwise.
    Superseded,
}

impl<'a> Chart<'a> {
    /// Lays out an exam's readings. Of two that contradict each other the later one wins, as the
    /// highest number does where the source keeps both; equal ones become one.
    pub fn new(readings: &'a [Reading], names: Notation, sign: MarginSign) -> Self {
        let mut chart =
            Self { cells: [[[None; SITES.len()]; MEASURES]; TEETH], left_out: Vec::new(), issues: Issues::default() };
        for (position, reading) in readings.iter().enumerate() {
            match notation::tooth(&reading.tooth, names) {
                Some(tooth) => chart.place(tooth, reading, sign),
                None => {
                    chart.issues.unknown_tooth.get_or_insert(position);
                    chart.set_aside(Err(&reading.tooth), reading, signed(reading, sign), Reason::UnknownTooth);
                }
            }
        }
        chart.cross_check();
        chart
    }

    /// The value of a `measure` at one site; in millimetres, as a class, or 1 and 0 for a finding
    /// that was looked for. None where nothing was charted.
    pub fn at(&self, tooth: Tooth, measure: Measure, site: Surface) -> Option<i16> {
        self.cells[tooth.index()][measure as usize][site as usize]
    }

    /// The value of a whole tooth's measure: mobility, missing, implant.
    pub fn whole(&self, tooth: Tooth, measure: Measure) -> Option<i16> {
        self.cells[tooth.index()][measure as usize][WHOLE_TOOTH]
    }

    /// Attachment level in millimetres, calculated where depth and margin are both there.
    pub fn level(&self, tooth: Tooth, site: Surface) -> Option<i16> {
        attachment::level(self.at(tooth, Measure::ProbingDepth, site), self.at(tooth, Measure::GingivalMargin, site))
    }

    /// Whether the tooth is charted as missing.
    pub fn is_missing(&self, tooth: Tooth) -> bool {
        self.whole(tooth, Measure::Missing) == Some(1)
    }

    /// Whether an implant stands in the tooth's place.
    pub fn is_implant(&self, tooth: Tooth) -> bool {
        self.whole(tooth, Measure::Implant) == Some(1)
    }

    /// Whether an implant stands in the tooth's place or anything was measured there.
    pub fn is_charted(&self, tooth: Tooth) -> bool {
        let measured = &self.cells[tooth.index()][..Measure::Missing as usize];
        self.is_implant(tooth) || measured.iter().flatten().any(Option::is_some)
    }

    /// Whether any tooth has a value of this measure.
    pub fn has(&self, measure: Measure) -> bool {
        self.cells.iter().any(|tooth| tooth[measure as usize].iter().any(Option::is_some))
    }

    fn place(&mut self, tooth: Tooth, reading: &'a Reading, sign: MarginSign) {
        let value = signed(reading, sign);
        let slot = match (is_whole_tooth(reading.measure), reading.surface) {
            (true, _) => WHOLE_TOOTH,
            (false, Some(site)) => site as usize,
            (false, None) => {
                self.issues.note(tooth, reading.measure, Issue::NoSite);
                return self.set_aside(Ok(tooth), reading, value, Reason::NoSite);
            }
        };
        let possible = i16::try_from(value).ok().filter(|value| is_possible(reading.measure, *value));
        let Some(value) = possible else {
            self.issues.note(tooth, reading.measure, Issue::OutOfRange);
            return self.set_aside(Ok(tooth), reading, value, Reason::OutOfRange);
        };
        match self.cells[tooth.index()][reading.measure as usize][slot].replace(value) {
            None => {}
            Some(earlier) if earlier == value => self.issues.note(tooth, reading.measure, Issue::Duplicate),
            Some(earlier) => {
                self.issues.note(tooth, reading.measure, Issue::Contradicting);
                self.set_aside(Ok(tooth), reading, i32::from(earlier), Reason::Superseded);
            }
        }
    }

    fn set_aside(&mut self, tooth: Result<Tooth, &'a str>, reading: &Reading, value: i32, reason: Reason) {
        let site = if is_whole_tooth(reading.measure) { None } else { reading.surface };
        self.left_out.push(LeftOut { tooth, site, measure: reading.measure, value, reason });
    }

    /// What only shows once every reading stands in its place.
    fn cross_check(&mut self) {
        for tooth in Tooth::all() {
            if !self.is_charted(tooth) {
                continue;
            }
            let implant = self.is_implant(tooth);
            if self.is_missing(tooth) && !implant {
                self.issues.note(tooth, Measure::Missing, Issue::OnMissingTooth);
            }
            for site in SITES {
                let furcated = self.at(tooth, Measure::Furcation, site).is_some_and(|class| class > 0);
                if furcated && (implant || !tooth.has_furcation_entrance(site)) {
                    self.issues.note(tooth, Measure::Furcation, Issue::NoFurcationEntrance);
                }
                let charted = self.at(tooth, Measure::AttachmentLevel, site);
                if attachment::contradicts(charted, self.level(tooth, site)) {
                    self.issues.note(tooth, Measure::AttachmentLevel, Issue::AttachmentContradiction);
                }
            }
        }
    }
}

/// Findings of the whole tooth; all others belong to a site.
pub fn is_whole_tooth(measure: Measure) -> bool {
    matches!(measure, Measure::Mobility | Measure::Missing | Measure::Implant)
}

/// Whether a number can have been measured at all: an instrument's reach, or a scale's classes.
/// Depths to 19 mm and classes to 3 are what Open Dental charts; see facts on perio data.
fn is_possible(measure: Measure, value: i16) -> bool {
    let range = match measure {
        Measure::ProbingDepth => 0..=19,
        Measure::GingivalMargin | Measure::MucogingivalJunction => -19..=19,
        Measure::AttachmentLevel => -19..=38,
        Measure::Furcation | Measure::Mobility => 0..=3,
        Measure::Bleeding
        | Measure::Suppuration
        | Measure::Plaque
        | Measure::Calculus
        | Measure::Missing
        | Measure::Implant => 0..=1,
    };
    range.contains(&value)
}

fn signed(reading: &Reading, sign: MarginSign) -> i32 {
    match reading.measure {
        Measure::GingivalMargin => {
            attachment::recession(reading.value, sign).map_or_else(|| -i32::from(reading.value), i32::from)
        }
        _ => i32::from(reading.value),
    }
}

#[cfg(test)]
mod tests;
