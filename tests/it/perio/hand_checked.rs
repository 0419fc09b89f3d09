//! One full mouth whose documents were worked out by hand.

use odograft_records::Texts;
use odograft_records::bindings::perio::records::{Exam, MarginSign, Measure, Notation};
use odograft_records::perio::Conventions;
use serde_json::Value;

use super::{DOCUMENTS, UNIVERSAL, fields, fixture, flatten, flatten_one, golden, run, staged};

/// Universal, FDI and Palmer names of the 32 teeth, from a printed table rather than a formula.
const NAMES: [(&str, &str, &str); 32] = [
    ("1", "18", "UR8"),
    ("2", "17", "UR7"),
    ("3", "16", "UR6"),
    ("4", "15", "UR5"),
    ("5", "14", "UR4"),
    ("6", "13", "UR3"),
    ("7", "12", "UR2"),
    ("8", "11", "UR1"),
    ("9", "21", "UL1"),
    ("10", "22", "UL2"),
    ("11", "23", "UL3"),
    ("12", "24", "UL4"),
    ("13", "25", "UL5"),
    ("14", "26", "UL6"),
    ("15", "27", "UL7"),
    ("16", "28", "UL8"),
    ("17", "38", "LL8"),
    ("18", "37", "LL7"),
    ("19", "36", "LL6"),
    ("20", "35", "LL5"),
    ("21", "34", "LL4"),
    ("22", "33", "LL3"),
    ("23", "32", "LL2"),
    ("24", "31", "LL1"),
    ("25", "41", "LR1"),
    ("26", "42", "LR2"),
    ("27", "43", "LR3"),
    ("28", "44", "LR4"),
    ("29", "45", "LR5"),
    ("30", "46", "LR6"),
    ("31", "47", "LR7"),
    ("32", "48", "LR8"),
];

fn input(texts: &mut Texts, latest: bool) -> Exam {
    let case = fixture("hand-checked/input.json");
    let conventions = Conventions::decode(&case["conventions"].to_string()).expect("the case names its conventions");
    let rows = case["readings"].as_array().expect("the case has readings");
    staged(texts, &case["exam"], rows, conventions, latest)
}

fn documents(outcome: &Value) -> Vec<String> {
    DOCUMENTS.map(|field| fields(outcome)[field].as_str().expect("a document").to_owned()).to_vec()
}

#[test]
fn the_hand_checked_exam_gives_exactly_its_documents() {
    let outcome = flatten_one(|texts| input(texts, true));
    let expected = fixture("hand-checked/expected.json");
    let upsert = &outcome["upserts"][0];
    assert_eq!((upsert["model"].as_str(), upsert["key"].as_str()), (Some("res.partner"), Some("patient/3107")));
    for field in DOCUMENTS {
        assert_eq!(fields(&outcome)[field].as_str(), Some(expected[field].to_string().as_str()), "{field}");
    }
    assert_eq!(fields(&outcome)["x_periodontal_classification"], expected["x_periodontal_classification"]);
    assert_eq!(fields(&outcome)["x_perio_exam_date"], "2024-03-05");
    assert_eq!(fields(&outcome)["x_perio_examiner"], "Dr. R. Okafor");
    assert_eq!(outcome["findings"], Value::Array(Vec::new()));
}

#[test]
fn notation_and_margin_sign_change_no_byte_of_the_documents() {
    let expected = documents(&flatten_one(|texts| input(texts, true)));
    for notation in [Notation::Fdi, Notation::Palmer] {
        for margin_sign in [MarginSign::RecessionPositive, MarginSign::RecessionNegative] {
            let mut texts = Texts::new();
            let mut exam = input(&mut texts, true);
            assert_eq!(exam.notation, UNIVERSAL.notation);
            exam.notation = notation;
            exam.margin_sign = margin_sign;
            for reading in &mut exam.readings {
                let names =
                    NAMES.iter().find(|names| Some(names.0) == texts.get(reading.tooth)).expect("a tooth of the table");
                reading.tooth = texts.add(if notation == Notation::Fdi { names.1 } else { names.2 });
                if margin_sign == MarginSign::RecessionNegative && reading.measure == Measure::GingivalMargin {
                    reading.value = -reading.value;
                }
            }
            assert_eq!(documents(&flatten(&texts, &[exam])[0]), expected, "{notation:?} {margin_sign:?}");
        }
    }
}

#[test]
fn the_table_fits_odoos_form_and_names_teeth_both_ways() {
    let outcome = flatten_one(|texts| input(texts, true));
    let table = fields(&outcome)["x_perio_chart"].as_str().expect("mark-up");
    assert!(table.len() <= 40_000, "{} bytes", table.len());
    assert_eq!((table.matches("<table").count(), table.matches("</table>").count()), (2, 2));
    // 18 at the left of the upper arch is 1 in the notation that the exam came in.
    let place = |needle: &str| table.find(needle).unwrap_or_else(|| panic!("`{needle}` is in the table"));
    assert!(place(">1</td>") < place(">18</td>"));
    assert!(place("UPPER") < place("LOWER"));
    assert!(table.contains("patient &lt; 10 cigarettes/day"), "the note is text, not mark-up");
}

#[test]
fn an_earlier_exam_is_a_dated_note_on_the_partner() {
    let outcome = flatten_one(|texts| input(texts, false));
    let upsert = &outcome["upserts"][0];
    assert_eq!((upsert["model"].as_str(), upsert["key"].as_str()), (Some("mail.message"), Some("exam/PX-1042")));
    let message = fields(&outcome);
    assert_eq!(message["model"], "res.partner");
    assert_eq!(message["res_id"]["source"], "patient/3107");
    assert_eq!(message["date"], "2024-03-05T12:00:00Z");
    assert_eq!(message["message_type"], "comment");
    assert_eq!(message["subtype_id"]["external-id"], "mail.mt_note");
    let body = message["body"].as_str().expect("mark-up");
    for words in
        ["Periodontal examination of 5 March 2024", "Dr. R. Okafor", "Stage III, Grade B, generalized", "<table"]
    {
        assert!(body.contains(words), "{words}");
    }
}

#[test]
fn a_whole_batch_of_full_mouths_fits_one_sandbox() {
    let mut texts = Texts::new();
    let batch: Vec<Exam> = (0..256).map(|_| input(&mut texts, true)).collect();
    let report = run(&texts, &batch);
    assert_eq!((report.answers.len(), report.calls), (256, 1));
    let outcomes = golden(&texts, &report);
    assert_eq!(outcomes[0], flatten_one(|texts| input(texts, true)));
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
}
