//! Treatment plans and their items: proposed, under way, completed, given up.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::super::Practice;
use super::super::random::Random;
use super::catalogue::{FIRST_TREATMENT, LAB, NHS, PLANNED, TREATMENTS};
use super::{DentallyLists, NOBODY, PlantedLists, amount};

const FIRST_PLAN: i64 = 600_001;
const QUADRANTS: [&str; 4] = ["UR", "UL", "LL", "LR"];
const SURFACES: [&[&str]; 4] = [&["O"], &["M", "O"], &["D", "O"], &["M", "O", "D"]];
const NICKNAMES: [&str; 4] = ["Upper right", "Whole mouth", "After the fall", "Phase 1"];
const NOTES: [&str; 3] = ["Discuss sedation", "Shade A2 / B1 & gum line", "Pt unsure <call in May>"];

/// One item in so many is of a treatment, or of a plan, that no list has.
const STRAY: f64 = 1.0 / 400.0;

/// How far a plan has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Proposed,
    UnderWay,
    Completed,
    GivenUp,
}

/// What is charged of a plan on one invoice.
pub(super) struct Charged {
    pub(super) patient: Value,
    pub(super) practitioner: Value,
    pub(super) plan: i64,
    pub(super) on: Date,
    /// The place of each item in its list, its name, its price in pence, and whether the National Health Service charges it.
    pub(super) items: Vec<(usize, &'static str, i64, bool)>,
}

/// Fills the two lists, and returns what is to be invoiced.
pub(super) fn make(random: &mut Random, practice: &Practice, lists: &mut DentallyLists) -> Vec<Charged> {
    let (mut plans, mut items, mut charges) = (Vec::new(), Vec::new(), Vec::new());
    for patient in &practice.patients {
        let count = if random.chance(0.4) { random.within(1, 2) } else { 0 };
        for _ in 0..count {
            let id = FIRST_PLAN + plans.len() as i64;
            let mut plan = Plan::new(random, practice, patient, id);
            plan.items(random, &mut items, &mut lists.planted);
            charges.extend(plan.charged(&items));
            plans.push(plan.row(random, &items));
        }
    }
    lists.rows.insert("treatment_plans", plans);
    lists.rows.insert("treatment_plan_items", items);
    charges
}

struct Plan<'p> {
    id: i64,
    patient: &'p Value,
    practitioner: Value,
    stage: Stage,
    nhs: bool,
    start: Date,
    today: Date,
    /// Its items within the list of all, each with its price in pence and the moment when it was completed.
    items: Vec<(usize, &'static str, i64, Option<DateTime>)>,
}

impl<'p> Plan<'p> {
    fn new(random: &mut Random, practice: &Practice, patient: &'p Value, id: i64) -> Self {
        let stage = *random.pick(&[
            Stage::Proposed,
            Stage::Proposed,
            Stage::UnderWay,
            Stage::UnderWay,
            Stage::Completed,
            Stage::Completed,
            Stage::Completed,
            Stage::GivenUp,
        ]);
        let practitioner = match &patient["dentist_id"] {
            Value::Null => practice.practitioners.first().map(|one| one["id"].clone()).unwrap_or_default(),
            dentist => dentist.clone(),
        };
        let ago = match stage {
            Stage::Proposed => random.within(0, 60),
            Stage::UnderWay => random.within(10, 120),
            _ => random.within(90, 900),
        };
        let start = practice.today.checked_sub(ago.days()).unwrap_or(practice.today);
        let nhs = patient["payment_plan_id"] == NHS;
        Self { id, patient, practitioner, stage, nhs, start, today: practice.today, items: Vec::new() }
    }

    fn items(&mut self, random: &mut Random, items: &mut Vec<Value>, planted: &mut PlantedLists) {
        let count = random.within(1, 5);
        let done = match self.stage {
            Stage::Completed => count,
            Stage::UnderWay => random.within(1, count),
            Stage::Proposed => 0,
            Stage::GivenUp => random.within(0, count - 1),
        };
        for place in 0..count {
            let completed = (place < done).then(|| self.moment(random, place));
            let row = self.item(random, place, completed, items.len(), planted);
            items.push(row);
        }
    }

    /// Item after item, a week or two apart, and never in the future.
    fn moment(&self, random: &mut Random, place: i64) -> DateTime {
        let day = self.start.checked_add((place * 10 + random.within(0, 6)).days()).unwrap_or(self.today);
        random.office_moment(day.min(self.today))
    }

    fn item(
        &mut self,
        random: &mut Random,
        place: i64,
        completed: Option<DateTime>,
        at: usize,
        planted: &mut PlantedLists,
    ) -> Value {
        let which = PLANNED + random.index(TREATMENTS.len() - PLANNED);
        let treatment = &TREATMENTS[which];
        let id = random.uuid();
        let price = if self.nhs && treatment.band > 0 { 0 } else { treatment.price + random.within(-4, 8) * 250 };
        let (mut of, mut plan) = (FIRST_TREATMENT + which as i64, self.id);
        if random.chance(STRAY) {
            of = NOBODY;
            planted.items_of_unknown_treatments.push(id.clone());
        } else if random.chance(STRAY) {
            plan = NOBODY;
            planted.items_of_unknown_plans.push(id.clone());
        } else {
            self.items.push((at, treatment.for_patients, price, completed));
        }
        let tooth = format!("{}{}", random.pick(&QUADRANTS), random.within(1, 8));
        let lab = treatment.code.starts_with('C') && treatment.minutes == 60;
        let made = random.office_moment(self.start);
        let stamp = |random: &Random, moment: Option<DateTime>| moment.map(|moment| random.stamp(moment));
        let custom = if lab { json!([{"id": LAB.0, "name": LAB.1, "value": "Wharfe Ceramics"}]) } else { json!([]) };
        json!({
            "id": id,
            "treatment_plan_id": plan,
            "treatment_id": of,
            "treatment_appointment_id": random.uuid(),
            "patient_id": self.patient["id"],
            "practitioner_id": self.practitioner,
            "payment_plan_id": self.patient["payment_plan_id"],
            "invoice_id": null,
            "price": amount(random, price),
            "charged": false,
            "completed": completed.is_some(),
            "completed_at": stamp(random, completed),
            "base_chart": false,
            "appear_on_invoice": true,
            "duration": treatment.minutes,
            "teeth": if treatment.region == "mouth" { json!([]) } else { json!([tooth]) },
            "surfaces": if treatment.region == "surface" { json!(random.pick(&SURFACES)) } else { json!([]) },
            "region": treatment.region,
            "nomenclature": treatment.nomenclature,
            "patient_nomenclature": treatment.for_patients,
            "nhs_treatment_cat": null,
            "uda_band": if self.nhs && treatment.band > 0 { Value::from(treatment.band.to_string()) } else { Value::Null },
            "notes": if random.chance(0.1) { Value::from(*random.pick(&NOTES)) } else { Value::Null },
            "custom_fields": custom,
            "position": place,
            "referrer_id": null,
            "created_at": random.stamp(made),
            "updated_at": stamp(random, completed.or(Some(made))),
        })
    }

    /// What was completed, on one invoice of its last day. What the National Health Service pays wholly is not charged.
    fn charged(&self, items: &[Value]) -> Option<Charged> {
        let done: Vec<_> = self.items.iter().filter(|(.., completed)| completed.is_some()).collect();
        let on = done.iter().filter_map(|(.., completed)| *completed).max()?.date();
        let charged = |(at, name, price, _): &&(usize, &'static str, i64, Option<DateTime>)| {
            let band = items.get(*at).is_some_and(|item| !item["uda_band"].is_null());
            (*at, *name, if band { 6_520 } else { *price }, band)
        };
        // A course of treatment has one charge of the National Health Service, however many items it has.
        let mut seen = false;
        let items: Vec<_> =
            done.iter().map(charged).filter(|(.., band)| !*band || !std::mem::replace(&mut seen, true)).collect();
        let (patient, practitioner) = (self.patient["id"].clone(), self.practitioner.clone());
        Some(Charged { patient, practitioner, plan: self.id, on, items })
    }

    fn row(&self, random: &mut Random, items: &[Value]) -> Value {
        let last = self.items.iter().filter_map(|(.., completed)| *completed).max();
        let completed = self.stage == Stage::Completed;
        let private: i64 = self
            .items
            .iter()
            .filter(|(at, ..)| items.get(*at).is_some_and(|item| item["uda_band"].is_null()))
            .map(|(_, _, price, _)| price)
            .sum();
        let end = match self.stage {
            Stage::Completed => last.map(DateTime::date),
            Stage::GivenUp => self.start.checked_add(60.days()).ok().map(|day| day.min(self.today)),
            Stage::Proposed | Stage::UnderWay => None,
        };
        let made = random.office_moment(self.start);
        let stamp = |random: &Random, moment: Option<DateTime>| moment.map(|moment| random.stamp(moment));
        json!({
            "id": self.id,
            "nickname": if random.chance(0.5) { Value::from(*random.pick(&NICKNAMES)) } else { Value::Null },
            "patient_id": self.patient["id"],
            "practitioner_id": self.practitioner,
            "site_id": self.patient["site_id"],
            "start_date": if self.stage == Stage::Proposed { None } else { Some(self.start.to_string()) },
            "end_date": end.map(|day| day.to_string()),
            "completed": completed,
            "completed_at": stamp(random, last.filter(|_| completed)),
            "last_completed_at": stamp(random, last),
            "private_treatment_value": amount(random, private),
            "nhs_uda_value": if self.nhs { "3.0" } else { "0.0" },
            "created_at": random.stamp(made),
            "updated_at": stamp(random, last.or(Some(made))),
        })
    }
}
