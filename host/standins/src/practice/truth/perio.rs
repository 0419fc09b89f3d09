//! What a periodontal exam says, and how a clinician reads it: FDI numbers, millimetres, a positive margin is recession.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::{Mouth, Shown};
use crate::practice::Exam;

/// The six sites of a tooth.
const SITES: [&str; 6] = ["mb", "b", "db", "ml", "l", "dl"];

/// What is found of the whole tooth.
const WHOLE: [&str; 3] = ["mobility", "missing", "implant"];

/// The deepest that a probe can go, in millimetres.
const DEEPEST: i16 = 19;

/// A row of the tables: its name, and the measure that it shows.
const ROWS: [(&str, &str); 9] = [
    ("Depth", "probing-depth"),
    ("Recession", "gingival-margin"),
    ("CAL", "attachment-level"),
    ("Bleeding", "bleeding"),
    ("Pus", "suppuration"),
    ("Plaque", "plaque"),
    ("Calculus", "calculus"),
    ("MGJ", "mucogingival-junction"),
    ("Furcation", "furcation"),
];

/// An exam's values in their places. Of two readings of one site the later one counts.
#[derive(Debug, Default)]
pub(super) struct Charted {
    /// By measure and tooth, the value at each site.
    sites: BTreeMap<&'static str, BTreeMap<u8, [Option<i16>; 6]>>,
    /// By measure and tooth, the value of the whole tooth.
    whole: BTreeMap<&'static str, BTreeMap<u8, i16>>,
    /// Readings that no chart can hold, with their measure.
    left_out: Vec<(&'static str, Value)>,
}

impl Charted {
    pub(super) fn of(exam: &Exam) -> Self {
        let mut charted = Self::default();
        for reading in &exam.readings {
            for (site, value) in reading.sites.iter().enumerate() {
                if let Some(value) = value {
                    charted.place(reading.tooth, reading.measure, site, *value);
                }
            }
            if let Some(value) = reading.tooth_value {
                charted.whole.entry(reading.measure).or_default().insert(reading.tooth, value);
            }
        }
        // What is charted of teeth and levels that the source does not store.
        let levels = charted.levels();
        charted.sites.insert("level", levels);
        charted
    }

    fn place(&mut self, tooth: u8, measure: &'static str, site: usize, value: i16) {
        let left_out = |value: i16, reason: &str| {
            let tooth = tooth.to_string();
            (
                measure,
                json!({"tooth": tooth, "site": SITES[site], "measure": measure, "value": value, "reason": reason}),
            )
        };
        if measure == "probing-depth" && !(0..=DEEPEST).contains(&value) {
            self.left_out.push(left_out(value, "out-of-range"));
            return;
        }
        let place = &mut self.sites.entry(measure).or_default().entry(tooth).or_default()[site];
        if let Some(earlier) = place.replace(value).filter(|earlier| *earlier != value) {
            self.left_out.push(left_out(earlier, "superseded"));
        }
    }

    /// Attachment levels: depth plus recession, where both were charted and nowhere else.
    fn levels(&self) -> BTreeMap<u8, [Option<i16>; 6]> {
        let mut levels: BTreeMap<u8, [Option<i16>; 6]> = BTreeMap::new();
        for (tooth, depths) in self.sites.get("probing-depth").into_iter().flatten() {
            for (site, depth) in depths.iter().enumerate() {
                if let (Some(depth), Some(margin)) = (depth, self.at("gingival-margin", *tooth, site)) {
                    levels.entry(*tooth).or_default()[site] = Some(depth + margin);
                }
            }
        }
        levels
    }

    fn at(&self, measure: &str, tooth: u8, site: usize) -> Option<i16> {
        self.sites.get(measure)?.get(&tooth)?[site]
    }

    fn whole(&self, measure: &str, tooth: u8) -> Option<i16> {
        self.whole.get(measure)?.get(&tooth).copied()
    }

    /// The teeth of which a measure of the whole tooth is 1, by rising number.
    fn teeth(&self, measure: &str) -> Vec<String> {
        let teeth = self.whole.get(measure).into_iter().flatten().filter(|(_, value)| **value == 1);
        teeth.map(|(tooth, _)| tooth.to_string()).collect()
    }

    /// The six documents, by their field: every value under its tooth and site, and what was not measured nowhere.
    pub(super) fn documents(&self, exam_id: &str, day: Date) -> [(&'static str, Value); 6] {
        let document = |name: &str, unit: &str, teeth: Value, beside: &[(&str, &'static str)], measures: &[&str]| {
            let mut document = json!({
                "version": 1,
                "document": name,
                "exam_id": exam_id,
                "examined_on": day.to_string(),
                "notation": "fdi",
                "unit": unit,
                "missing": self.teeth("missing"),
                "implants": self.teeth("implant"),
                "teeth": teeth,
            });
            for (key, measure) in beside {
                if self.sites.contains_key(measure) {
                    document[*key] = self.by_site(measure);
                }
            }
            let left_out = self.left_out.iter().filter(|(measure, _)| measures.contains(measure));
            document["left_out"] = left_out.map(|(_, reading)| reading.clone()).collect();
            document
        };
        let sites = |measure| self.by_site(measure);
        let marks = [("suppuration", "suppuration"), ("plaque", "plaque"), ("calculus", "calculus")];
        let junction = [("mucogingival_junction", "mucogingival-junction")];
        let mut recession = document(
            "recession",
            "mm",
            sites("gingival-margin"),
            &junction,
            &["gingival-margin", "mucogingival-junction"],
        );
        recession["sign"] = "recession-positive".into();
        let stored = [("charted", "attachment-level")];
        let mut cal = document("cal", "mm", sites("level"), &stored, &["attachment-level"]);
        cal["calculated_as"] = "probing depth plus recession".into();
        let mobility: Map<String, Value> = self
            .whole
            .get("mobility")
            .into_iter()
            .flatten()
            .map(|(tooth, class)| (tooth.to_string(), (*class).into()))
            .collect();
        let bleeding = ["bleeding", "suppuration", "plaque", "calculus"];
        [
            ("x_ppd_chart_data", document("ppd", "mm", sites("probing-depth"), &[], &["probing-depth"])),
            ("x_bop_chart_data", document("bop", "presence", sites("bleeding"), &marks, &bleeding)),
            ("x_recession_chart_data", recession),
            ("x_furcation_chart_data", document("furcation", "class", sites("furcation"), &[], &["furcation"])),
            ("x_mobility_chart_data", document("mobility", "class", mobility.into(), &[], &WHOLE)),
            ("x_cal_chart_data", cal),
        ]
    }

    fn by_site(&self, measure: &str) -> Value {
        let mut teeth = Map::new();
        for (tooth, values) in self.sites.get(measure).into_iter().flatten() {
            let filled =
                std::iter::zip(SITES, values).filter_map(|(site, value)| Some((site.to_owned(), (*value)?.into())));
            let filled: Map<String, Value> = filled.collect();
            if !filled.is_empty() {
                teeth.insert(tooth.to_string(), filled.into());
            }
        }
        teeth.into()
    }

    /// What a reader finds in the full mouth's tables, below these lines.
    pub(super) fn mouth(&self, exam: &Exam, head: &[String]) -> Mouth {
        let mut mouth = Mouth { lines: head.to_vec(), cells: BTreeMap::new() };
        mouth.lines.push(exam.date.strftime("%-d %B %Y").to_string());
        mouth.lines.extend(self.counts());
        if !exam.note.trim().is_empty() {
            mouth.lines.push(format!("Note: {}", exam.note.trim()));
        }
        for (row, measure) in ROWS {
            let teeth = self.sites.get(measure).into_iter().chain(self.sites.get("level").filter(|_| row == "CAL"));
            let teeth: Vec<u8> = teeth.flat_map(BTreeMap::keys).copied().collect();
            for tooth in teeth {
                for site in 0..SITES.len() {
                    let charted = self.at(measure, tooth, site);
                    let value = if row == "CAL" { self.at("level", tooth, site).or(charted) } else { charted };
                    if let Some(shown) = value.and_then(|value| shown(row, value)) {
                        let (side, place) = place(tooth, site);
                        mouth.cells.insert((tooth.to_string(), side, row, place), shown);
                    }
                }
            }
        }
        self.whole_teeth(&mut mouth);
        mouth
    }

    /// Below a tooth's number: missing, an implant, and how mobile it is.
    fn whole_teeth(&self, mouth: &mut Mouth) {
        for tooth in self.whole.values().flat_map(BTreeMap::keys).copied() {
            let is = |measure| self.whole(measure, tooth) == Some(1);
            let class = self.whole("mobility", tooth).map(roman);
            let text = match (is("implant"), is("missing"), class) {
                (true, _, None) => "implant".to_owned(),
                (true, _, Some(class)) => format!("impl. {class}"),
                (_, true, None) => "missing".to_owned(),
                (_, true, Some(class)) => format!("miss. {class}"),
                (.., class) => class.unwrap_or_default().to_owned(),
            };
            mouth.cells.insert((tooth.to_string(), "", "Mobility", 0), Shown { text, ground: "" });
        }
    }

    /// How much was found of what matters.
    fn counts(&self) -> Vec<String> {
        let depths = || self.sites.get("probing-depth").into_iter().flat_map(BTreeMap::values).flatten().flatten();
        let bleeding = self.sites.get("bleeding").into_iter().flat_map(BTreeMap::values).flatten();
        let bleeding = bleeding.filter(|value| **value == Some(1)).count();
        let of = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
        vec![
            of(depths().count(), "site probed", "sites probed"),
            format!("{} at 4–5 mm", depths().filter(|depth| (4..6).contains(*depth)).count()),
            format!("{} at 6 mm or more", depths().filter(|depth| **depth >= 6).count()),
            format!("{bleeding} bleeding"),
            of(self.teeth("missing").len(), "tooth charted missing", "teeth charted missing"),
            of(self.teeth("implant").len(), "implant", "implants"),
        ]
    }
}

/// How a value is shown; nothing for what was looked for and not found.
fn shown(row: &str, value: i16) -> Option<Shown> {
    let text = match row {
        "Bleeding" => (value == 1).then(|| "●".to_owned())?,
        "Pus" => (value == 1).then(|| "◆".to_owned())?,
        "Plaque" => (value == 1).then(|| "▲".to_owned())?,
        "Calculus" => (value == 1).then(|| "■".to_owned())?,
        "Furcation" => roman(value).to_owned(),
        _ if value < 0 => format!("−{}", value.unsigned_abs()),
        _ => value.to_string(),
    };
    // Amber from 4 mm, red from 6.
    let ground = match (row, value) {
        ("Depth", 6..) => "#cf3434",
        ("Depth", 4..) => "#ffd86b",
        _ => "",
    };
    Some(Shown { text, ground })
}

fn roman(class: i16) -> &'static str {
    ["0", "I", "II", "III"][usize::try_from(class).unwrap_or(0).min(3)]
}

/// On which side of the arch a site lies, and which of a tooth's three columns is its own: on the patient's right, which is
/// the left of a chart, the distal one comes first.
fn place(tooth: u8, site: usize) -> (&'static str, usize) {
    let (quadrant, buccal) = (tooth / 10, site < 3);
    let is_upper = matches!(quadrant, 1 | 2 | 5 | 6);
    let side = match (buccal, is_upper) {
        (true, _) => "Buccal",
        (false, true) => "Palatal",
        (false, false) => "Lingual",
    };
    let from_mesial = site % 3;
    let is_right = matches!(quadrant, 1 | 4 | 5 | 8);
    (side, if is_right { 2 - from_mesial } else { from_mesial })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::practice::Reading;

    fn exam(readings: Vec<Reading>) -> Exam {
        Exam {
            id: "PX-1".to_owned(),
            patient_id: 1,
            date: date(2026, 3, 5),
            examiner: String::new(),
            classification: String::new(),
            note: "calm".to_owned(),
            readings,
        }
    }

    fn sites(tooth: u8, measure: &'static str, sites: [Option<i16>; 6]) -> Reading {
        Reading { tooth, measure, sites, tooth_value: None }
    }

    #[test]
    fn a_chart_is_read_by_hand() {
        let exam = exam(vec![
            sites(16, "probing-depth", [Some(3), Some(25), Some(6), None, None, None]),
            sites(16, "probing-depth", [Some(4), None, None, None, None, None]),
            sites(16, "gingival-margin", [Some(-1), None, None, Some(2), None, None]),
            Reading { tooth: 18, measure: "missing", sites: [None; 6], tooth_value: Some(1) },
        ]);
        let charted = Charted::of(&exam);
        let documents = charted.documents("PX-1", exam.date);
        let of = |field: &str| documents.iter().find(|(own, _)| *own == field).expect("a document").1.clone();
        assert_eq!(of("x_ppd_chart_data")["teeth"], json!({"16": {"mb": 4, "db": 6}}));
        let reasons: Vec<_> = of("x_ppd_chart_data")["left_out"].as_array().expect("a list").clone();
        assert_eq!((&reasons[0]["reason"], &reasons[1]["value"]), (&json!("out-of-range"), &json!(3)));
        // A level stands where depth and margin were both charted, and nowhere else.
        assert_eq!(of("x_cal_chart_data")["teeth"], json!({"16": {"mb": 3}}));
        assert_eq!(of("x_recession_chart_data")["teeth"], json!({"16": {"mb": -1, "ml": 2}}));
        assert_eq!(of("x_mobility_chart_data")["missing"], json!(["18"]));

        let mouth = charted.mouth(&exam, &[]);
        let at = |side, row, place| mouth.cells.get(&("16".to_owned(), side, row, place));
        assert_eq!(at("Buccal", "Depth", 2), Some(&Shown { text: "4".to_owned(), ground: "#ffd86b" }));
        assert_eq!(at("Buccal", "Recession", 2), Some(&Shown { text: "−1".to_owned(), ground: "" }));
        assert_eq!(at("Palatal", "Recession", 2), Some(&Shown { text: "2".to_owned(), ground: "" }));
        assert_eq!(at("Buccal", "Depth", 1), None);
        assert!(mouth.lines.contains(&"5 March 2026".to_owned()) && mouth.lines.contains(&"Note: calm".to_owned()));
        assert!(mouth.lines.contains(&"2 sites probed".to_owned()), "{:?}", mouth.lines);
    }

    #[test]
    fn sites_lie_as_they_do_in_the_mouth() {
        assert_eq!((place(16, 0), place(26, 0)), (("Buccal", 2), ("Buccal", 0)));
        assert_eq!((place(46, 5), place(36, 5)), (("Lingual", 0), ("Lingual", 2)));
    }
}
