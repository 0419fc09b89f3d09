//! What must hold for any exam at all.

use odograft_records::Texts;
use odograft_records::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DOCUMENTS, UNIVERSAL, document, exam_of, fields, flatten};

const MEASURES: [(Measure, &str, usize, &str); 12] = [
    (Measure::ProbingDepth, "probing-depth", 0, "teeth"),
    (Measure::GingivalMargin, "gingival-margin", 2, "teeth"),
    (Measure::AttachmentLevel, "attachment-level", 5, "charted"),
    (Measure::Bleeding, "bleeding", 1, "teeth"),
    (Measure::Suppuration, "suppuration", 1, "suppuration"),
    (Measure::Plaque, "plaque", 1, "plaque"),
    (Measure::Calculus, "calculus", 1, "calculus"),
    (Measure::Furcation, "furcation", 3, "teeth"),
    (Measure::Mobility, "mobility", 4, "teeth"),
    (Measure::MucogingivalJunction, "mucogingival-junction", 2, "mucogingival_junction"),
    (Measure::Missing, "missing", 4, "missing"),
    (Measure::Implant, "implant", 4, "implants"),
];
const SITES: [(Surface, &str); 6] = [
    (Surface::MesioBuccal, "mb"),
    (Surface::Buccal, "b"),
    (Surface::DistoBuccal, "db"),
    (Surface::MesioLingual, "ml"),
    (Surface::Lingual, "l"),
    (Surface::DistoLingual, "dl"),
];

/// A reading by FDI number, so that it can be renamed; 99 is no tooth.
#[derive(Clone, Debug)]
struct Any {
    tooth: u8,
    measure: usize,
    site: Option<usize>,
    value: i16,
}

fn any_reading() -> impl Strategy<Value = Any> {
    // Few teeth, so that readings meet; values to both sides of every range.
    let tooth = prop_oneof![9 => prop::sample::select(vec![11_u8, 16, 24, 36, 48, 55, 84]), 1 => Just(99)];
    (tooth, 0..MEASURES.len(), prop::option::weighted(0.9, 0..SITES.len()), -22_i16..42)
        .prop_map(|(tooth, measure, site, value)| Any { tooth, measure, site, value })
}

fn name(tooth: u8, notation: Notation) -> String {
    let names = match tooth {
        11 => ["8", "UR1"],
        16 => ["3", "UR6"],
        24 => ["12", "UL4"],
        36 => ["19", "LL6"],
        48 => ["32", "LR8"],
        55 => ["A", "URE"],
        84 => ["S", "LRD"],
        _ => ["99", "99"],
    };
    match notation {
        Notation::Universal => names[0].to_owned(),
        Notation::Palmer => names[1].to_owned(),
        Notation::Fdi => tooth.to_string(),
    }
}

fn exam(texts: &mut Texts, readings: &[Any], notation: Notation, margin_sign: MarginSign) -> Exam {
    let mut exam = exam_of(texts, &[], UNIVERSAL);
    exam.notation = notation;
    exam.margin_sign = margin_sign;
    exam.readings = readings
        .iter()
        .map(|any| {
            let measure = MEASURES[any.measure].0;
            let turned = measure == Measure::GingivalMargin && margin_sign == MarginSign::RecessionNegative;
            let value = if turned { -any.value } else { any.value };
            let tooth = texts.add(&name(any.tooth, notation));
            Reading { tooth, surface: any.site.map(|site| SITES[site].0), measure, value }
        })
        .collect();
    exam
}

/// Whether the documents still tell the reading's number, in the chart or outside it.
fn is_told(any: &Any, documents: &[Value]) -> bool {
    let (_, measure, place, list) = MEASURES[any.measure];
    let document = &documents[place];
    let tooth = any.tooth.to_string();
    let charted = match (measure, any.site) {
        ("missing" | "implant", _) => {
            let listed = document[list].as_array().is_some_and(|teeth| teeth.contains(&json!(tooth)));
            any.tooth != 99 && listed == (any.value == 1)
        }
        ("mobility", _) => document[list][&tooth] == json!(any.value),
        (_, Some(site)) => document[list][&tooth][SITES[site].1] == json!(any.value),
        (_, None) => false,
    };
    let of_this_tooth = |listed: &Value| match any.tooth {
        99 => listed["tooth"].is_null(),
        _ => listed["tooth"] == json!(tooth),
    };
    charted
        || document["left_out"].as_array().is_some_and(|readings| {
            readings.iter().any(|listed| {
                listed["measure"] == measure && listed["value"] == json!(any.value) && of_this_tooth(listed)
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_reading_is_lost_and_no_convention_leaves_a_trace(readings in prop::collection::vec(any_reading(), 0..60)) {
        prop_assume!(readings.is_empty() || readings.iter().any(|any| any.tooth != 99));
        let mut texts = Texts::new();
        let exams = [
            exam(&mut texts, &readings, Notation::Fdi, MarginSign::RecessionPositive),
            exam(&mut texts, &readings, Notation::Universal, MarginSign::RecessionNegative),
            exam(&mut texts, &readings, Notation::Palmer, MarginSign::RecessionNegative),
        ];
        let outcomes = flatten(&texts, &exams);
        let documents = DOCUMENTS.map(|field| document(&outcomes[0], field));
        for any in &readings {
            prop_assert!(is_told(any, &documents), "{:?}", any);
        }
        for field in DOCUMENTS {
            prop_assert_eq!(&fields(&outcomes[0])[field], &fields(&outcomes[1])[field]);
            prop_assert_eq!(&fields(&outcomes[0])[field], &fields(&outcomes[2])[field]);
        }
    }
}
