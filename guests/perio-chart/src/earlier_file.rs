//! Earlier periodontal exam → a JSON file (`ir.attachment`) on its patient's `res.partner`, where the client wants one
//! beside the dated message.
//!
//! The file holds the six documents that the newest exam fills fields with, so that a program can compare visits. The bytes
//! are the module's own and not a file of the source: they travel as text in base64, which is how Odoo takes a file's content.

use odograft_sdk::perio::Exam;
use odograft_sdk::{Context, Json, SettingSpec, Span, Upsert, json, setting, source, target, time};

use crate::chart::Chart;
use crate::json::{self as documents, Document};

/// Whether earlier exams become files too.
pub const EARLIER_EXAMS_ATTACHMENT: SettingSpec = setting(
    "earlier_exams_attachment",
    "no",
    "`yes`: every exam before the newest is also a JSON file on the patient's contact; `no`: it is a dated message alone",
)
.allowed(&["no", "yes"]);

target! {
    /// An earlier exam, as a file on the partner.
    pub attachment: exam => "ir.attachment" .only_when("earlier_exams_attachment", &["yes"]) .note("one file for each exam before the newest") {
        /// The exam.
        SOURCE_ID = source_id() from [id];
        /// What Odoo shows.
        NAME = char("name") from [examined_on] .rule("`Periodontal exam` and its day, ending in `.json`");
        /// The model of the record that it hangs on.
        MODEL = char("res_model") from [] .rule("always `res.partner`");
        /// The partner.
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's partner");
        /// The exam as JSON.
        CONTENT = text("datas") from [id, examined_on, examiner, classification, note, notation, margin_sign, readings]
            .rule("one JSON document: the exam's day, examiner, classification and note as written, and the six documents of its chart");
    }
}

/// The file of an exam before the newest; none of the newest, whose documents are fields, nor where files are not wanted.
#[must_use]
pub fn attachment(exam: &Exam, context: &Context) -> Option<Upsert> {
    if exam.latest || context.setting(EARLIER_EXAMS_ATTACHMENT.name()) != "yes" {
        return None;
    }
    let mut row = attachment::upsert(exam.id);
    row.set(attachment::NAME, format!("Periodontal exam {}.json", time::iso(exam.examined_on)));
    row.set(attachment::MODEL, "res.partner");
    row.set(attachment::RES_ID, source("patient", exam.patient_id));
    row.set(attachment::CONTENT, base64(content(exam).as_bytes()));
    Some(row)
}

/// The whole exam as compact JSON.
fn content(exam: &Exam) -> String {
    let chart = Chart::new(&exam.readings, exam.notation, exam.margin_sign);
    let documents: Vec<String> = Document::ALL.map(|one| documents::write(one, exam, &chart)).to_vec();
    let written = |text: Option<Span>| text.map_or(Json::Null, |text| json!(text));
    format!(
        r#"{{"version":1,"exam_id":{},"examined_on":{},"examiner":{},"classification":{},"note":{},"documents":[{}]}}"#,
        json!(exam.id),
        json!(exam.examined_on),
        written(exam.examiner),
        written(exam.classification),
        written(exam.note),
        documents.join(","),
    )
}

/// Bytes as text in base64 (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use odograft_sdk::Reference;
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::perio::{MarginSign, Measure, Notation, Reading, Surface};

    use super::*;
    use crate::MODULE;

    fn exam(latest: bool) -> Exam {
        let depth = |value| Reading {
            tooth: "3".into(),
            surface: Some(Surface::Buccal),
            measure: Measure::ProbingDepth,
            value,
        };
        Exam {
            id: "E-1".into(),
            patient_id: "N/17".into(),
            examined_on: time::parse_day("2024-02-29").expect("a day"),
            examiner: Some("Dr \"R\" Okafor".into()),
            notation: Notation::Universal,
            margin_sign: MarginSign::RecessionPositive,
            classification: None,
            latest,
            readings: vec![depth(6)],
            note: Some("bleeds\nstill".into()),
            extra: Vec::new(),
        }
    }

    fn wanted(answer: &str) -> Context {
        Context::at(&MODULE, 0).set("earlier_exams_attachment", answer)
    }

    /// The examples of RFC 4648, section 10.
    #[test]
    fn bytes_are_written_as_odoo_reads_them() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn an_earlier_exam_is_a_file_on_its_patients_contact() {
        let row = attachment(&exam(false), &wanted("yes")).expect("a file");
        assert_eq!(row.text(attachment::NAME), Some("Periodontal exam 2024-02-29.json"));
        assert_eq!((row.text(attachment::MODEL), row.text(attachment::SOURCE_ID)), (Some("res.partner"), Some("E-1")));
        let Some(Value::Reference(Reference::Source(patient))) = row.get(attachment::RES_ID) else {
            panic!("a file hangs on its patient's contact")
        };
        assert_eq!((patient.object.as_str(), &*patient.id), ("patient", "N/17"));
        assert_eq!(row.text(attachment::CONTENT), Some(base64(content(&exam(false)).as_bytes()).as_str()));
    }

    #[test]
    fn the_file_holds_the_exam_and_its_six_documents() {
        let read: Json = content(&exam(false)).parse().expect("JSON");
        assert_eq!((&read["exam_id"], &read["examined_on"]), (&json!("E-1"), &json!("2024-02-29")));
        assert_eq!((&read["examiner"], &read["note"]), (&json!("Dr \"R\" Okafor"), &json!("bleeds\nstill")));
        assert_eq!(read["classification"], Json::Null);
        let names: Vec<_> = (0..6).map(|at| read["documents"][at]["document"].clone()).collect();
        assert_eq!(names, ["ppd", "bop", "recession", "furcation", "mobility", "cal"]);
        assert_eq!(read["documents"][0]["teeth"], json!({ "16": { "b": 6 } }), "teeth by FDI number, as in the fields");
    }

    #[test]
    fn the_newest_exam_is_none_nor_is_any_where_the_client_wants_none() {
        assert!(attachment(&exam(true), &wanted("yes")).is_none());
        assert!(attachment(&exam(false), &wanted("no")).is_none());
        assert!(attachment(&exam(false), &Context::at(&MODULE, 0)).is_none(), "unless the client asks for them");
        let declared = MODULE.manifest(&[]).expect("no settings");
        assert!(declared.targets.iter().all(|target| target.model != "ir.attachment"));
    }
}
