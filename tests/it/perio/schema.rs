//! The documents against the schema that is published with them.

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{DOCUMENTS, UNIVERSAL, document, exam_of, fixture, flatten_one, row};

fn validator() -> Validator {
    let schema = fixture("schema.json");
    jsonschema::meta::validate(&schema).expect("the schema is itself valid");
    jsonschema::validator_for(&schema).expect("the schema compiles")
}

/// An exam that uses every part of the documents.
fn documents() -> Vec<Value> {
    let all = [("mb", 1), ("b", 1), ("db", 1), ("ml", 1), ("l", 1), ("dl", 1)];
    let measures = [
        "probing-depth",
        "gingival-margin",
        "attachment-level",
        "bleeding",
        "suppuration",
        "plaque",
        "calculus",
        "furcation",
        "mucogingival-junction",
    ];
    let mut rows: Vec<Value> = measures.into_iter().map(|measure| row("3", measure, &all)).collect();
    rows.push(row("A", "probing-depth", &[("b", 2)]));
    rows.push(row("3", "mobility", &[("tooth_value", 2)]));
    rows.push(row("1", "missing", &[("tooth_value", 1)]));
    rows.push(row("19", "implant", &[("tooth_value", 1)]));
    for measure in measures {
        rows.push(row("3", measure, &[("b", 99), ("tooth_value", 1)]));
        rows.push(row("99", measure, &[("b", 1)]));
    }
    for measure in ["mobility", "missing", "implant"] {
        rows.push(row("3", measure, &[("tooth_value", -5)]));
        rows.push(row("99", measure, &[("tooth_value", 1)]));
    }
    let outcome = flatten_one(|texts| exam_of(texts, &rows, UNIVERSAL));
    DOCUMENTS.map(|field| document(&outcome, field)).to_vec()
}

#[test]
fn every_document_is_as_the_schema_says() {
    let validator = validator();
    let expected = fixture("hand-checked/expected.json");
    let empty = flatten_one(|texts| exam_of(texts, &[], UNIVERSAL));
    let hand_checked = DOCUMENTS.map(|field| expected[field].clone());
    for document in documents().into_iter().chain(hand_checked).chain(DOCUMENTS.map(|field| document(&empty, field))) {
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}\n{document}");
    }
}

/// Makes a document unsound.
type Harm = fn(&mut Value);

#[test]
fn a_broken_document_is_refused() {
    let validator = validator();
    let sound = documents();
    let broken: [(usize, Harm); 22] = [
        (0, |d| d["version"] = json!(2)),
        (0, |d| d["document"] = json!("pd")),
        (0, |d| d["unit"] = json!("class")),
        (0, |d| d["notation"] = json!("universal")),
        (0, |d| d["examined_on"] = json!("11/30/2025")),
        (0, |d| d["exam_id"] = json!(7)),
        (0, |d| d["teeth"]["16"]["b"] = json!(20)),
        (0, |d| d["teeth"]["16"]["b"] = Value::Null),
        (0, |d| d["teeth"]["16"]["palatal"] = json!(2)),
        (0, |d| d["teeth"]["19"] = json!({ "b": 2 })),
        (0, |d| d["teeth"]["21"] = json!({})),
        (0, |d| d["plaque"] = json!({})),
        (0, |d| d["left_out"][0]["measure"] = json!("mobility")),
        (0, |d| d["left_out"][0]["reason"] = json!("lost")),
        (0, |d| d["left_out"][0]["name"] = json!("3")),
        (1, |d| d["teeth"]["16"]["b"] = json!(2)),
        (2, |d| d["sign"] = json!("recession-negative")),
        (3, |d| d["teeth"]["16"]["b"] = json!(4)),
        (4, |d| d["teeth"]["16"] = json!({ "b": 1 })),
        (4, |d| d["missing"] = json!(["18", "18"])),
        (4, |d| d["implants"] = json!([36])),
        (5, |d| drop(d.as_object_mut().and_then(|d| d.remove("calculated_as")))),
    ];
    for (case, (place, harm)) in broken.into_iter().enumerate() {
        let mut document = sound[place].clone();
        harm(&mut document);
        assert_ne!(document, sound[place], "case {case} changes something");
        assert!(!validator.is_valid(&document), "case {case} is accepted: {document}");
    }
    for key in ["version", "exam_id", "examined_on", "missing", "implants", "teeth", "left_out"] {
        let mut document = sound[0].clone();
        document.as_object_mut().expect("an object").remove(key);
        assert!(!validator.is_valid(&document), "accepted without `{key}`");
    }
}
