//! One line of the table.

use serde::Serialize;

use crate::measure::{Compared, Spread};

/// What was asked, what was found, and what was to be reached.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    pub(crate) benchmark: &'static str,
    pub(crate) question: String,
    pub(crate) baseline: String,
    /// A ratio against the baseline, or a measured value with its unit.
    pub(crate) value: Spread,
    pub(crate) unit: &'static str,
    /// The value of one unit of work on both sides, where it is a ratio: nanoseconds.
    pub(crate) nanoseconds: Option<[f64; 2]>,
    pub(crate) rounds: usize,
    pub(crate) reach: Option<Reach>,
    /// Worse than what is recorded in the repository.
    pub(crate) regressed: bool,
    pub(crate) note: String,
}

/// What the figure is to keep to.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reach {
    AtMost(f64),
    AtLeast(f64),
}

impl Reach {
    pub(crate) fn reached(self, value: f64) -> bool {
        match self {
            Self::AtMost(limit) => value <= limit,
            Self::AtLeast(limit) => value >= limit,
        }
    }
}

impl Figure {
    /// A ratio from two sides that ran in turns.
    pub(crate) fn ratio(benchmark: &'static str, question: &str, compared: &Compared, reach: Reach) -> Self {
        Self {
            benchmark,
            question: question.to_owned(),
            baseline: compared.baseline.clone(),
            value: compared.ratio,
            unit: "x",
            nanoseconds: Some([compared.nanoseconds.median, compared.baseline_nanoseconds.median]),
            rounds: compared.rounds,
            reach: Some(reach),
            regressed: false,
            note: String::new(),
        }
    }

    /// A value that stands for itself.
    pub(crate) fn value(benchmark: &'static str, question: &str, unit: &'static str, values: Vec<f64>) -> Self {
        Self {
            benchmark,
            question: question.to_owned(),
            baseline: "-".to_owned(),
            rounds: values.len(),
            value: Spread::of(values),
            unit,
            nanoseconds: None,
            reach: None,
            regressed: false,
            note: String::new(),
        }
    }

    pub(crate) fn reach(mut self, reach: Reach) -> Self {
        self.reach = Some(reach);
        self
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}
