//! How far a treatment plan has come, by the words that practices use and by the days that are filled.

use odograft_sdk::panda_perio::TreatmentPlan;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Finding, info, warning};

use crate::stage::Stage;

/// The choices of `x_treatment_status`.
pub const CHOICES: &[(&str, &str)] = &[("proposed", "Proposed"), ("accepted", "Accepted"), ("completed", "Completed")];

/// How far a plan or a phase has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The patient has not said yes or no.
    Proposed,
    /// The patient has said yes.
    Accepted,
    /// The treatment is done.
    Completed,
    /// The patient has said no.
    Declined,
    /// The patient does not come any more.
    Discharged,
}

/// Beginnings of words in small letters, and what they mean.
const WORDS: [(&str, Status); 24] = [
    ("propos", Status::Proposed),
    ("present", Status::Proposed),
    ("recommend", Status::Proposed),
    ("planned", Status::Proposed),
    ("treatment planned", Status::Proposed),
    ("pending", Status::Proposed),
    ("estimate", Status::Proposed),
    ("unscheduled", Status::Proposed),
    ("accept", Status::Accepted),
    ("approv", Status::Accepted),
    ("agreed", Status::Accepted),
    ("scheduled", Status::Accepted),
    ("started", Status::Accepted),
    ("active", Status::Accepted),
    ("in progress", Status::Accepted),
    ("in treatment", Status::Accepted),
    ("complet", Status::Completed),
    ("finish", Status::Completed),
    ("done", Status::Completed),
    ("declin", Status::Declined),
    ("refus", Status::Declined),
    ("reject", Status::Declined),
    ("cancel", Status::Declined),
    ("discharg", Status::Discharged),
];

/// What a word means; nothing for one that is not known.
#[must_use]
pub fn of_word(word: &str) -> Option<Status> {
    let word = word.trim().to_lowercase();
    WORDS.iter().find(|(begin, _)| word.starts_with(begin)).map(|(_, status)| *status)
}

/// What the days say: the last step that has one.
fn of_days(plan: &TreatmentPlan) -> Option<Status> {
    let steps = [
        (plan.completed_on, Status::Completed),
        (plan.accepted_on, Status::Accepted),
        (plan.proposed_on, Status::Proposed),
    ];
    steps.into_iter().find(|(day, _)| day.is_some()).map(|(_, status)| status)
}

/// How far a plan has come: by its word, and by its days where there is no word that is known.
#[must_use]
pub fn of_plan(plan: &TreatmentPlan) -> Option<Status> {
    trimmed(plan.status).and_then(|word| of_word(&word)).or_else(|| of_days(plan))
}

/// The stage in which the plan's opportunity stands.
#[must_use]
pub fn stage(status: Option<Status>) -> Stage {
    match status {
        None => Stage::Assessment,
        Some(Status::Proposed | Status::Declined) => Stage::TreatmentProposed,
        Some(Status::Accepted) => Stage::TreatmentInProgress,
        Some(Status::Completed) => Stage::Completed,
        Some(Status::Discharged) => Stage::Discharged,
    }
}

/// The choice of `x_treatment_status`. Of a discharged patient's plan, the days say how far it had come.
#[must_use]
pub fn choice(plan: &TreatmentPlan, status: Option<Status>) -> Option<&'static str> {
    match status? {
        Status::Proposed => Some("proposed"),
        Status::Accepted => Some("accepted"),
        Status::Completed => Some("completed"),
        Status::Declined => None,
        Status::Discharged => of_days(plan).and_then(|by_days| choice(plan, Some(by_days))),
    }
}

/// What a person should know about the status.
#[must_use]
pub fn remarks(plan: &TreatmentPlan, status: Option<Status>) -> Vec<Finding> {
    const FIELD: &str = "treatment-plan.status";
    let mut findings = Vec::new();
    let word = trimmed(plan.status);
    if word.is_some_and(|word| of_word(&word).is_none()) {
        let message = "the status is none of those that are known; the plan's days say how far it has come";
        findings.push(warning("unknown-plan-status", FIELD, message));
    } else if word.is_none() && status.is_none() {
        let message = "neither a status nor a day says how far the plan has come; it stands in `Assessment`";
        findings.push(info("no-plan-status", FIELD, message));
    }
    let further = match status {
        Some(Status::Proposed) => plan.accepted_on.or(plan.completed_on).is_some(),
        Some(Status::Accepted | Status::Declined) => plan.completed_on.is_some(),
        _ => false,
    };
    if further {
        let message = "the days say that the plan has come further than its status; the status counts";
        findings.push(warning("status-contradicts-days", FIELD, message));
    }
    let is_open = |word: &str| matches!(of_word(word), Some(Status::Proposed | Status::Accepted));
    if status == Some(Status::Completed) && plan.phases.iter().any(|p| trimmed(p.status).is_some_and(|w| is_open(&w))) {
        let message = "the plan is completed, and a phase is not; both are carried";
        findings.push(warning("open-phase", "treatment-plan.phases.status", message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use odograft_sdk::time::parse_day;

    use super::*;
    use crate::examples;

    #[test]
    fn words_are_known_by_how_they_begin() {
        for (word, status) in [
            ("Proposed", Status::Proposed),
            (" PRESENTED to patient", Status::Proposed),
            ("unscheduled", Status::Proposed),
            ("accepted", Status::Accepted),
            ("In Progress", Status::Accepted),
            ("COMPLETED", Status::Completed),
            ("Done", Status::Completed),
            ("declined by patient", Status::Declined),
            ("Cancelled", Status::Declined),
            ("Discharged", Status::Discharged),
        ] {
            assert_eq!(of_word(word), Some(status), "{word}");
        }
        for word in ["", "not accepted", "on hold", "X"] {
            assert_eq!(of_word(word), None, "{word}");
        }
    }

    #[test]
    fn the_word_counts_and_the_days_stand_in_for_it() {
        let plan = |word: &str, [proposed, accepted, completed]: [&str; 3]| TreatmentPlan {
            status: Some(word.into()),
            proposed_on: parse_day(proposed),
            accepted_on: parse_day(accepted),
            completed_on: parse_day(completed),
            ..examples::treatment_plan("N/1")
        };
        let day = "2026-03-14";
        for (word, days, status, choice, stage) in [
            ("accepted", ["", "", ""], Some(Status::Accepted), Some("accepted"), Stage::TreatmentInProgress),
            ("on hold", [day, day, ""], Some(Status::Accepted), Some("accepted"), Stage::TreatmentInProgress),
            (" ", [day, day, day], Some(Status::Completed), Some("completed"), Stage::Completed),
            ("", [day, "", ""], Some(Status::Proposed), Some("proposed"), Stage::TreatmentProposed),
            ("Declined", [day, "", ""], Some(Status::Declined), None, Stage::TreatmentProposed),
            ("Discharged", [day, day, ""], Some(Status::Discharged), Some("accepted"), Stage::Discharged),
            ("Discharged", ["", "", ""], Some(Status::Discharged), None, Stage::Discharged),
            ("", ["", "", ""], None, None, Stage::Assessment),
        ] {
            let plan = plan(word, days);
            let found = of_plan(&plan);
            assert_eq!((found, super::choice(&plan, found), super::stage(found)), (status, choice, stage), "{word}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let codes = |plan: &TreatmentPlan| {
            remarks(plan, of_plan(plan)).into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        let bare = || examples::treatment_plan("N/1");
        let word = |word: &str| TreatmentPlan { status: Some(word.into()), ..bare() };
        assert_eq!(codes(&word("proposed")), [""; 0]);
        assert_eq!(codes(&bare()), ["no-plan-status"]);
        assert_eq!(codes(&word("on hold")), ["unknown-plan-status"]);
        let late = TreatmentPlan { accepted_on: parse_day("2026-03-14"), ..word("proposed") };
        assert_eq!(codes(&late), ["status-contradicts-days"]);
        let done = TreatmentPlan { completed_on: parse_day("2026-03-14"), ..word("declined") };
        assert_eq!(codes(&done), ["status-contradicts-days"]);
        let open = examples::phase("N/1", "accepted");
        assert_eq!(codes(&TreatmentPlan { phases: vec![open], ..word("completed") }), ["open-phase"]);
    }
}
