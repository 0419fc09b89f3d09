//! The rows of a side.

use odograft_sdk::perio::Measure;

use super::{BLEEDING, FURCATION, MUTED, PLAQUE, PUS};

/// A row of sites.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Row {
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
pub(super) const ROWS: [Row; 9] = [
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

impl Row {
    /// What the row is called before its first tooth.
    pub(super) fn label(self) -> &'static str {
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

    /// What the row shows.
    pub(super) fn measure(self) -> Measure {
        match self {
            Self::Depth => Measure::ProbingDepth,
            Self::Recession => Measure::GingivalMargin,
            Self::Cal => Measure::AttachmentLevel,
            Self::Bleeding => Measure::Bleeding,
            Self::Pus => Measure::Suppuration,
            Self::Plaque => Measure::Plaque,
            Self::Calculus => Measure::Calculus,
            Self::Junction => Measure::MucogingivalJunction,
            Self::Furcation => Measure::Furcation,
        }
    }

    /// Whether most sources leave it empty.
    pub(super) fn is_rare(self) -> bool {
        matches!(self, Self::Pus | Self::Plaque | Self::Calculus | Self::Junction)
    }

    /// The row's style; empty for plain text.
    pub(super) fn style(self) -> &'static str {
        match self {
            Self::Depth => "font-size:13px; line-height:20px; font-weight:bold",
            Self::Recession => "color:#3d5a80; font-size:11px",
            Self::Cal => "",
            Self::Bleeding => BLEEDING,
            Self::Pus => PUS,
            Self::Plaque => PLAQUE,
            Self::Calculus | Self::Junction => MUTED,
            Self::Furcation => FURCATION,
        }
    }
}
