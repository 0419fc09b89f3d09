//! The stages of treatment → `crm.stage`: the columns through which opportunities move in Odoo's CRM.

use odograft_sdk::{Reference, Upsert, source, target};

target! {
    /// The six stages; each clinic asks for all of them, so that they are there before anybody needs one.
    pub stage: clinic => "crm.stage" .adopt_by(&["name"]).one_to_many()
        .note("New Patient, Assessment, Treatment Proposed, Treatment In Progress, Completed, Discharged; a stage of this name that Odoo has already is taken. Whether `Completed` counts as won is the practice's to say, in the stage's form") {
        NAME = char("name") from [] .rule("the stage's name");
        SEQUENCE = integer("sequence") from [] .rule("in the order of treatment, behind the stages that Odoo begins with");
    }
}

/// A stage of treatment, in the order in which opportunities move through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Somebody was referred to the practice.
    NewPatient,
    /// A plan is being made.
    Assessment,
    /// A plan has been proposed.
    TreatmentProposed,
    /// The patient has accepted it.
    TreatmentInProgress,
    /// It is done.
    Completed,
    /// The patient does not come any more.
    Discharged,
}

impl Stage {
    /// All six.
    pub const ALL: [Self; 6] = [
        Self::NewPatient,
        Self::Assessment,
        Self::TreatmentProposed,
        Self::TreatmentInProgress,
        Self::Completed,
        Self::Discharged,
    ];

    /// What Odoo's users read.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewPatient => "New Patient",
            Self::Assessment => "Assessment",
            Self::TreatmentProposed => "Treatment Proposed",
            Self::TreatmentInProgress => "Treatment In Progress",
            Self::Completed => "Completed",
            Self::Discharged => "Discharged",
        }
    }

    /// The stage's record.
    #[must_use]
    pub fn reference(self) -> Reference {
        source(OBJECT, self.name())
    }
}

/// What the six are known by: clinics share them.
const OBJECT: &str = "stage";

/// Odoo's own stages begin at 1 and end, with `Won`, at 70.
const STEP: i64 = 10;

/// The records of all stages.
pub fn all() -> impl Iterator<Item = Upsert> {
    Stage::ALL.into_iter().map(|one| {
        let mut row = stage::upsert(one.name()).on(OBJECT);
        row.set(stage::NAME, one.name());
        row.set(stage::SEQUENCE, STEP * (one as i64 + 1));
        row
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;

    #[test]
    fn stages_come_in_the_order_of_treatment() {
        let rows: Vec<Upsert> = all().collect();
        let names: Vec<_> = rows.iter().filter_map(|row| row.text(stage::NAME)).collect();
        let promised =
            ["New Patient", "Assessment", "Treatment Proposed", "Treatment In Progress", "Completed", "Discharged"];
        assert_eq!(names, promised);
        let places: Vec<_> = rows.iter().filter_map(|row| row.get(stage::SEQUENCE).cloned()).collect();
        assert_eq!(places, [10, 20, 30, 40, 50, 60].map(Value::Integer));
        assert_eq!(Stage::Completed.reference(), source("stage", "Completed"));
    }
}
