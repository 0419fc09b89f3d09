//! Perio exams: one mouth a patient, charted on several visits.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use super::random::Random;
use super::{Exam, Planted, Reading, staff};

/// No patient of the practice has this number.
const NOBODY: i64 = 88_000_001;

/// How ill a mouth is, what a clinician writes of it, and its share among those who are charted.
const CONDITIONS: &[(f64, &str, f64)] = &[
    (0.0, "Clinical gingival health", 0.15),
    (0.6, "Biofilm-induced gingivitis", 0.25),
    (1.6, "Localised periodontitis, Stage II, Grade A", 0.25),
    (2.6, "Generalised periodontitis, Stage II, Grade B", 0.2),
    (4.0, "Generalised periodontitis, Stage III, Grade B; currently unstable", 0.15),
];

/// The adult teeth in the order in which they are charted.
const ADULT: [u8; 32] = [
    18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28, 38, 37, 36, 35, 34, 33, 32, 31, 41, 42, 43, 44, 45,
    46, 47, 48,
];
const PRIMARY: [u8; 20] = [55, 54, 53, 52, 51, 61, 62, 63, 64, 65, 75, 74, 73, 72, 71, 81, 82, 83, 84, 85];

/// A tooth of a mouth, as it is on every visit.
#[derive(Debug, Clone)]
struct Tooth {
    number: u8,
    missing: bool,
    implant: bool,
    /// Depth and recession at mb, b, db, ml, l, dl before the visit's own scatter, in millimetres.
    depth: [f64; 6],
    margin: [f64; 6],
}

/// Makes the exams, in the order of their ids; the visits of one patient lie half a year apart.
pub(crate) fn exams(
    random: &mut Random,
    count: usize,
    patients: &[Value],
    practitioners: &[Value],
    today: Date,
    planted: &mut Planted,
) -> Vec<Exam> {
    let mut charted: Vec<(i64, i64)> = patients
        .iter()
        .filter_map(|patient| {
            let born: Date = patient["date_of_birth"].as_str()?.parse().ok()?;
            Some((patient["id"].as_i64()?, i64::from(today.year() - born.year())))
        })
        .filter(|(_, age)| *age >= 4)
        .collect();
    random.shuffle(&mut charted);
    // Children are rarely charted: most of them go to the end of the list.
    let (children, adults): (Vec<_>, Vec<_>) = charted.into_iter().partition(|(_, age)| *age < 16);
    let kids = children.len().min(count.div_ceil(40));
    let mut order: Vec<(i64, i64)> = adults;
    for child in children.iter().take(kids) {
        let at = random.index(order.len().min(count / 3) + 1);
        order.insert(at, *child);
    }
    if order.is_empty() {
        return Vec::new();
    }
    let mut exams: Vec<Exam> = Vec::with_capacity(count);
    let mut turn = 0;
    while exams.len() < count {
        let (patient, age) = order[turn % order.len()];
        turn += 1;
        let severity = condition(random, age);
        let mouth = mouth(random, age, CONDITIONS[severity].0);
        let visits = if age < 16 { 1 } else { random.within(1, 4) };
        let last = random.before(today, 1, 300);
        for visit in 0..visits {
            if exams.len() == count {
                break;
            }
            let date = last.checked_sub(((visits - 1 - visit) * 182).days()).unwrap_or(last);
            let id = format!("PX-{:06}", exams.len() + 1);
            if age < 13 {
                planted.primary_teeth_exams.push(id.clone());
            }
            exams.push(exam(random, id, patient, date, &mouth, severity, visit, practitioners));
        }
    }
    spoil(random, &mut exams, planted);
    exams
}

fn condition(random: &mut Random, age: i64) -> usize {
    if age < 20 {
        return usize::from(random.chance(0.4));
    }
    let mut roll = random.within(0, 999) as f64 / 1000.0;
    for (index, (_, _, share)) in CONDITIONS.iter().enumerate() {
        roll -= share;
        if roll < 0.0 {
            return index;
        }
    }
    0
}

/// Position in the quadrant, 1 to 8 (1 to 5 for primary teeth).
fn position(tooth: u8) -> u8 {
    tooth % 10
}

fn is_upper(tooth: u8) -> bool {
    matches!(tooth / 10, 1 | 2 | 5 | 6)
}

fn is_molar(tooth: u8) -> bool {
    if tooth < 50 { position(tooth) >= 6 } else { position(tooth) >= 4 }
}

fn mouth(random: &mut Random, age: i64, severity: f64) -> Vec<Tooth> {
    let teeth: Vec<u8> = match age {
        ..6 => PRIMARY.to_vec(),
        6..13 => {
            // The first molars and lower incisors are the first to come.
            let mut teeth = vec![16, 26, 36, 46];
            teeth.extend(PRIMARY.iter().filter(|tooth| !matches!(**tooth, 71 | 81 | 72 | 82)));
            teeth.extend([31, 41, 32, 42]);
            teeth
        }
        _ => ADULT.to_vec(),
    };
    let lost = (severity * 0.012) + f64::from(i32::try_from(age).unwrap_or(0)) * 0.0008;
    teeth
        .into_iter()
        .map(|number| {
            let share = match (position(number), number < 50) {
                (8, true) => 0.55,
                (6, true) => lost * 2.0,
                (_, true) => lost,
                _ => 0.04,
            };
            let missing = (age >= 4) && random.chance(share);
            // What one tooth suffers it suffers at all sites, more between the teeth, most at molars.
            let tooth = random.around(0.0, 0.5 + severity * 0.25);
            let mut depth = [0.0; 6];
            let mut margin = [0.0; 6];
            for site in 0..6 {
                let between = if matches!(site, 1 | 4) { 0.0 } else { 0.5 + severity * 0.45 };
                let back = if is_molar(number) { 0.2 + severity * 0.25 } else { 0.0 };
                depth[site] = 1.7 + severity * 0.35 + between + back + tooth;
                let brushed = if site == 1 { 0.6 } else { 0.0 };
                let swollen = if severity < 1.0 { 0.25 } else { 0.0 };
                margin[site] = (severity - 1.0) * 0.45 + brushed * severity * 0.3 + tooth * 0.3 - swollen;
            }
            Tooth {
                number,
                missing,
                implant: missing && position(number) < 8 && age > 30 && random.chance(0.25),
                depth,
                margin,
            }
        })
        .collect()
}

#[expect(clippy::too_many_arguments, reason = "one visit's facts, used once")]
fn exam(
    random: &mut Random,
    id: String,
    patient_id: i64,
    date: Date,
    mouth: &[Tooth],
    severity: usize,
    visit: i64,
    practitioners: &[Value],
) -> Exam {
    let (level, words, _) = CONDITIONS[severity];
    let examiner = if practitioners.is_empty() || random.chance(0.05) {
        String::new()
    } else {
        staff::name(random.pick(practitioners))
    };
    let stored_level = random.chance(0.15);
    let band_charted = random.chance(0.1);
    let mut readings = Vec::new();
    for tooth in mouth {
        if tooth.missing {
            readings.push(whole(tooth.number, if tooth.implant { "implant" } else { "missing" }, 1));
            if !tooth.implant {
                continue;
            }
        }
        chart(random, tooth, level, visit, stored_level, band_charted, &mut readings);
    }
    Exam {
        id,
        patient_id,
        date,
        examiner,
        classification: if random.chance(0.9) { words.to_owned() } else { String::new() },
        note: match random.within(0, 9) {
            0 => "Plaque control \"much better\", praised".to_owned(),
            1 => "Smokes 10/day; OHI, ID brushes – pt said it’s 'fiddly'".to_owned(),
            _ => String::new(),
        },
        readings,
    }
}

fn whole(tooth: u8, measure: &'static str, value: i16) -> Reading {
    Reading { tooth, measure, sites: [None; 6], tooth_value: Some(value) }
}

fn row(tooth: u8, measure: &'static str, sites: [Option<i16>; 6]) -> Reading {
    Reading { tooth, measure, sites, tooth_value: None }
}

/// Millimetres as a clinician reads them off the probe.
fn millimetres(value: f64, low: i16, high: i16) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to a dozen millimetres first")]
    let whole = value.round().clamp(f64::from(low), f64::from(high)) as i16;
    whole
}

fn chart(
    random: &mut Random,
    tooth: &Tooth,
    severity: f64,
    visit: i64,
    stored_level: bool,
    band_charted: bool,
    readings: &mut Vec<Reading>,
) {
    // Treatment helps a little from visit to visit.
    let healed = f64::from(i32::try_from(visit).unwrap_or(0)) * 0.2 * severity.min(2.0) / 2.0;
    let mut depth = [None; 6];
    let mut margin = [None; 6];
    let mut level = [None; 6];
    let (mut bleeding, mut pus, mut plaque, mut calculus) = ([None; 6], [None; 6], [None; 6], [None; 6]);
    let mut worst = 0;
    for site in 0..6 {
        // A site now and then is left out.
        if random.chance(0.01) {
            continue;
        }
        let pocket = millimetres(random.around(tooth.depth[site] - healed, 0.45), 1, 12);
        let edge = millimetres(random.around(tooth.margin[site], 0.35), -3, 8);
        depth[site] = Some(pocket);
        margin[site] = (!tooth.implant).then_some(edge);
        level[site] = margin[site].map(|edge| pocket + edge);
        worst = worst.max(pocket + edge.max(0));
        let likely = match pocket {
            ..=3 => 0.04 + severity * 0.05,
            4 => 0.35,
            5 => 0.55,
            _ => 0.75,
        };
        bleeding[site] = random.chance(likely).then_some(1);
        pus[site] = (pocket >= 6 && random.chance(0.15)).then_some(1);
        plaque[site] = random.chance(0.08 + severity * 0.06).then_some(1);
        calculus[site] = random.chance(0.03 + severity * 0.03).then_some(1);
    }
    let number = tooth.number;
    readings.push(row(number, "probing-depth", depth));
    if margin.iter().any(Option::is_some) {
        readings.push(row(number, "gingival-margin", margin));
    }
    if stored_level && level.iter().any(Option::is_some) {
        readings.push(row(number, "attachment-level", level));
    }
    for (measure, sites) in [("bleeding", bleeding), ("suppuration", pus), ("plaque", plaque), ("calculus", calculus)] {
        if sites.iter().any(Option::is_some) {
            readings.push(row(number, measure, sites));
        }
    }
    if tooth.implant {
        return;
    }
    if number < 50 && is_molar(number) && worst >= 5 && random.chance(0.5) {
        let class = i16::from(worst >= 6) + i16::from(worst >= 8) + 1;
        let mut sites = [None; 6];
        // Entrances: buccal and lingual below; buccal, mesial and distal above.
        let entrances: &[usize] = if is_upper(number) { &[1, 3, 5] } else { &[1, 4] };
        sites[*random.pick(entrances)] = Some(class.min(3));
        readings.push(row(number, "furcation", sites));
    }
    if worst >= 6 && random.chance(0.4) {
        readings.push(whole(number, "mobility", i16::from(worst >= 8) + 1));
    }
    if band_charted {
        let band = random.within(3, 7);
        let band = i16::try_from(band).unwrap_or(5);
        readings.push(row(number, "mucogingival-junction", [None, Some(band), None, None, Some(band), None]));
    }
}

/// Plants each kind of flaw in exams of its own and notes it.
fn spoil(random: &mut Random, exams: &mut [Exam], planted: &mut Planted) {
    let each = exams.len().div_ceil(200);
    let mut order: Vec<usize> =
        (0..exams.len()).filter(|index| exams[*index].readings.iter().any(is_adult_depth)).collect();
    random.shuffle(&mut order);
    let mut next = order.into_iter();
    let mut take = |exams: &mut [Exam], spoil: &mut dyn FnMut(&mut Exam) -> bool| {
        let mut ids = Vec::new();
        while ids.len() < each {
            let Some(index) = next.next() else { break };
            if spoil(&mut exams[index]) {
                ids.push(exams[index].id.clone());
            }
        }
        ids.sort_unstable();
        ids
    };
    planted.exams_of_unknown_patients = take(exams, &mut |exam| {
        exam.patient_id = NOBODY;
        true
    });
    planted.impossible_exams = take(exams, &mut |exam| {
        first_depth(exam).is_some_and(|reading| {
            reading.sites[1] = Some(25);
            true
        })
    });
    planted.single_root_furcation_exams = take(exams, &mut |exam| {
        let at = exam.readings.iter().position(|reading| is_adult_depth(reading) && position(reading.tooth) <= 3);
        at.is_some_and(|at| {
            let tooth = exam.readings[at].tooth;
            exam.readings.insert(at + 1, row(tooth, "furcation", [None, Some(2), None, None, None, None]));
            true
        })
    });
    planted.contradicting_attachment_exams = take(exams, &mut |exam| {
        let complete = |reading: &Reading, measure: &str| reading.measure == measure && reading.sites[0].is_some();
        let found = exam.readings.iter().enumerate().find_map(|(at, reading)| {
            let margin = exam.readings.get(at + 1)?;
            (complete(reading, "probing-depth") && complete(margin, "gingival-margin"))
                .then(|| (at, reading.tooth, reading.sites[0].unwrap_or(0) + margin.sites[0].unwrap_or(0)))
        });
        let Some((at, tooth, level)) = found else { return false };
        exam.readings.retain(|reading| !(reading.tooth == tooth && reading.measure == "attachment-level"));
        exam.readings.insert(at + 2, row(tooth, "attachment-level", [Some(level + 3), None, None, None, None, None]));
        true
    });
    planted.duplicate_reading_exams = take(exams, &mut |exam| {
        let at = exam.readings.iter().position(is_adult_depth);
        at.is_some_and(|at| {
            let mut again = exam.readings[at].clone();
            again.sites[2] = again.sites[2].map(|depth| (depth + 1).min(12)).or(Some(3));
            exam.readings.insert(at + 1, again);
            true
        })
    });
}

fn is_adult_depth(reading: &Reading) -> bool {
    reading.measure == "probing-depth" && reading.tooth < 50
}

fn first_depth(exam: &mut Exam) -> Option<&mut Reading> {
    exam.readings.iter_mut().find(|reading| is_adult_depth(reading))
}
