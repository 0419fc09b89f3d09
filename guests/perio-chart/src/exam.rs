//! Periodontal exam → fields of its patient's `res.partner`, or a dated `mail.message` there.

use odograft_sdk::perio::Exam;
use odograft_sdk::{Mapped, Rejection, external_id, info, reject, source, target, time};

use crate::chart::{Chart, Reason};
use crate::html;
use crate::json::{self, Document};

target! {
    /// The newest exam, on the partner that its patient became.
    pub partner: exam => "res.partner" .existing_only() .many_to_one() .note("the patient's newest exam; earlier ones become messages") {
        /// Probing depths.
        PPD = custom_text("x_ppd_chart_data", "Probing depths (JSON)") from [id, examined_on, notation, readings] .rule("one JSON document, teeth by FDI number, mm").clinical();
        /// Bleeding, pus, plaque and calculus.
        BOP = custom_text("x_bop_chart_data", "Bleeding on probing (JSON)") from [id, examined_on, notation, readings] .rule("one JSON document, teeth by FDI number, 1 seen, 0 looked for").clinical();
        /// Recession and the mucogingival junction.
        RECESSION = custom_text("x_recession_chart_data", "Recession (JSON)") from [id, examined_on, notation, margin_sign, readings] .rule("one JSON document, teeth by FDI number, mm, positive is recession").clinical();
        /// Furcation classes.
        FURCATION = custom_text("x_furcation_chart_data", "Furcations (JSON)") from [id, examined_on, notation, readings] .rule("one JSON document, teeth by FDI number, class 0 to 3").clinical();
        /// Mobility classes.
        MOBILITY = custom_text("x_mobility_chart_data", "Mobility (JSON)") from [id, examined_on, notation, readings] .rule("one JSON document, teeth by FDI number, class 0 to 3").clinical();
        /// Attachment levels, calculated and stored.
        CAL = custom_text("x_cal_chart_data", "Attachment levels (JSON)") from [id, examined_on, notation, margin_sign, readings] .rule("depth plus recession where both are charted; stored levels beside it").clinical();
        /// As the clinician wrote it.
        CLASSIFICATION = custom_text("x_periodontal_classification", "Periodontal classification") from [classification] .rule("as written, never derived").section("Periodontal chart").clinical();
        /// The day of the newest exam.
        EXAM_DATE = custom_date("x_perio_exam_date", "Examined on") from [examined_on] .section("Periodontal chart").clinical();
        /// Who examined.
        EXAMINER = custom_char("x_perio_examiner", "Examiner") from [examiner] .section("Periodontal chart").clinical();
        /// The full mouth as a coloured table.
        CHART = custom_html("x_perio_chart", "Periodontal chart") from [examined_on, notation, margin_sign, readings, note, extra] .rule("the full mouth as a table, upper arch above lower").section("Periodontal chart").clinical();
    }
}

target! {
    /// An earlier exam, as a dated note on the partner.
    pub message: exam => "mail.message" .note("one message for each exam before the newest") {
        /// The exam.
        SOURCE_ID = source_id() from [id];
        /// The model of the record that it stands on.
        MODEL = char("model") from [] .rule("always `res.partner`");
        /// The partner.
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's partner");
        /// The day of the exam.
        DATE = datetime("date") from [examined_on] .rule("12:00 UTC of the day");
        /// The full mouth as a coloured table.
        BODY = html("body") from [examined_on, examiner, classification, notation, margin_sign, readings, note, extra] .rule("heading and the full mouth as a table");
        /// Who examined is no contact that the source knows: left alone, Odoo would name the user who migrates.
        AUTHOR = many2one("author_id", "res.partner") from [] .rule("none: the source knows the examiner's name alone");
        /// Who examined.
        FROM = char("email_from") from [examiner] .rule("the examiner's name, shown as the author");
        /// Shown as a person's remark.
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        /// An internal note: nobody is notified.
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
    }
}

/// The rule: the newest exam fills the partner's fields, an earlier one becomes a message.
///
/// # Errors
/// An exam without an identifier or a patient, or one of whose readings not a single tooth can be
/// understood: its notation is not the one that the source is set to.
pub fn exam(exam: &Exam) -> Result<Mapped, Rejection> {
    if exam.id.is_empty() {
        return Err(reject(
            "no-id",
            "exam.id",
            "the exam has no identifier; hint: check the key column of the source's exams",
        ));
    }
    if exam.patient_id.is_empty() {
        return Err(reject(
            "no-patient",
            "exam.patient_id",
            "the exam names no patient; hint: check the column that links exams to patients",
        ));
    }
    let chart = Chart::new(&exam.readings, exam.notation, exam.margin_sign);
    let unknown = chart.left_out.iter().filter(|reading| reading.reason == Reason::UnknownTooth).count();
    if unknown > 0 && unknown == exam.readings.len() {
        return Err(reject(
            "no-known-tooth",
            "exam.notation",
            "no reading names a tooth of the exam's notation; hint: check the source's tooth notation",
        ));
    }
    let mut findings = chart.issues.findings(exam.notation);
    if exam.readings.is_empty() {
        findings.push(info("exam-without-readings", "exam.readings", "the exam holds no reading; its chart is empty"));
    }
    let upsert = if exam.latest { newest(exam, &chart) } else { earlier(exam, &chart) };
    Ok(Mapped { upserts: vec![upsert], findings, ..Mapped::default() })
}

/// Every field is written, so that none keeps a word of the exam that was the newest before.
fn newest(exam: &Exam, chart: &Chart) -> odograft_sdk::Upsert {
    let mut row = partner::upsert(exam.patient_id).on("patient");
    row.set(partner::PPD, json::write(Document::Ppd, exam, chart));
    row.set(partner::BOP, json::write(Document::Bop, exam, chart));
    row.set(partner::RECESSION, json::write(Document::Recession, exam, chart));
    row.set(partner::FURCATION, json::write(Document::Furcation, exam, chart));
    row.set(partner::MOBILITY, json::write(Document::Mobility, exam, chart));
    row.set(partner::CAL, json::write(Document::Cal, exam, chart));
    row.set(partner::EXAM_DATE, exam.examined_on);
    row.set(partner::CHART, html::chart(exam, chart));
    match &exam.classification {
        Some(words) => row.set(partner::CLASSIFICATION, *words),
        None => row.clear(partner::CLASSIFICATION),
    }
    match &exam.examiner {
        Some(name) => row.set(partner::EXAMINER, *name),
        None => row.clear(partner::EXAMINER),
    }
    row
}

fn earlier(exam: &Exam, chart: &Chart) -> odograft_sdk::Upsert {
    let mut row = message::upsert(exam.id);
    row.set(message::MODEL, "res.partner");
    row.set(message::RES_ID, source("patient", exam.patient_id));
    row.set(message::DATE, time::at_hour(exam.examined_on, 12));
    row.set(message::BODY, html::message(exam, chart));
    row.clear(message::AUTHOR);
    row.set_or_clear(message::FROM, exam.examiner);
    row.set(message::MESSAGE_TYPE, "comment");
    row.set(message::SUBTYPE, external_id("mail.mt_note"));
    row
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::perio::{MarginSign, Measure, Notation, Reading};
    use odograft_sdk::{Date, Instant, Reference};

    use super::*;

    fn flatten(change: impl FnOnce(&mut Exam)) -> Result<Mapped, Rejection> {
        let mut visit = Exam {
            id: "E-1".into(),
            patient_id: "7".into(),
            examined_on: Date { year: 2024, month: 3, day: 5 },
            examiner: None,
            notation: Notation::Fdi,
            margin_sign: MarginSign::RecessionPositive,
            classification: Some(" Stage II ".into()),
            latest: true,
            readings: vec![Reading { tooth: "16".into(), surface: None, measure: Measure::Mobility, value: 1 }],
            note: None,
            extra: Vec::new(),
        };
        change(&mut visit);
        exam(&visit)
    }

    #[test]
    fn the_newest_exam_fills_every_field_of_its_patients_partner() {
        let mapped = flatten(|_| ()).expect("maps");
        let row = mapped.only(&partner::TARGET).expect("one partner");
        assert_eq!(row.text(partner::CLASSIFICATION), Some(" Stage II "), "carried as written");
        assert_eq!(row.get(partner::EXAMINER), Some(&Value::Empty), "nothing of an older exam stays");
        assert_eq!(row.get(partner::EXAM_DATE), Some(&Value::Date(Date { year: 2024, month: 3, day: 5 })));
        for field in
            [partner::PPD, partner::BOP, partner::RECESSION, partner::FURCATION, partner::MOBILITY, partner::CAL]
        {
            assert!(row.text(field).is_some_and(|json| json.starts_with("{\"version\":1,")));
        }
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn an_earlier_exam_becomes_a_note_of_its_own_day() {
        let mapped = flatten(|exam| exam.latest = false).expect("maps");
        let row = mapped.only(&message::TARGET).expect("one message");
        assert_eq!(row.text(message::MODEL), Some("res.partner"));
        let Some(Value::Reference(Reference::Source(patient))) = row.get(message::RES_ID) else {
            panic!("a message stands on its patient's partner")
        };
        assert_eq!((patient.object.as_str(), &*patient.id), ("patient", "7"));
        let noon = Instant { seconds: 1_709_640_000, nanoseconds: 0 };
        assert_eq!(row.get(message::DATE), Some(&Value::Datetime(noon)));
        assert_eq!(row.get(message::SUBTYPE), Some(&Value::Reference(external_id("mail.mt_note"))));
        assert_eq!(row.text(message::SOURCE_ID), Some("E-1"));
        assert!(mapped.only(&partner::TARGET).is_none());
    }

    #[test]
    fn the_author_of_an_earlier_exam_is_who_examined() {
        let from = |examiner: Option<&str>| {
            let earlier = |exam: &mut Exam| {
                exam.latest = false;
                exam.examiner = examiner.map(Into::into);
            };
            let mapped = flatten(earlier).expect("maps");
            let row = mapped.only(&message::TARGET).expect("one message");
            assert_eq!(row.get(message::AUTHOR), Some(&Value::Empty), "it is not who migrates");
            row.text(message::FROM).map(str::to_owned)
        };
        assert_eq!(from(Some("Dr. R. Okafor")).as_deref(), Some("Dr. R. Okafor"));
        assert_eq!(from(None), None);
    }

    #[test]
    fn an_exam_that_cannot_be_understood_is_rejected_with_the_field_to_blame() {
        let field = |change: fn(&mut Exam)| flatten(change).expect_err("is rejected").field;
        assert_eq!(field(|exam| exam.id = "".into()).as_deref(), Some("exam.id"));
        assert_eq!(field(|exam| exam.patient_id = "".into()).as_deref(), Some("exam.patient_id"));
        assert_eq!(field(|exam| exam.notation = Notation::Palmer).as_deref(), Some("exam.notation"));
    }

    #[test]
    fn an_exam_without_readings_has_an_empty_chart_and_says_so() {
        let mapped = flatten(|exam| exam.readings.clear()).expect("maps");
        assert_eq!(mapped.findings[0].code, "exam-without-readings");
        assert!(mapped.only(&partner::TARGET).is_some());
    }
}
