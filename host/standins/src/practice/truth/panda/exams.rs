//! Periodontal exams: the newest in the fields of the patient's contact, every earlier one a dated note.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::perio::Charted;
use super::super::{Aside, Expected, Holds, Key, Said, Statement};
use super::Panda;
use super::cells::{Clinic, Row};
use crate::practice::Exam;

pub(super) fn state(panda: &Panda<'_>, statement: &mut Statement) {
    for clinic in panda.clinics() {
        let mut of_patient: BTreeMap<String, Vec<(Row<'_>, &Exam)>> = BTreeMap::new();
        for row in clinic.rows("exam_table") {
            let Some(exam) = panda.exams.get(row.get("ExamID").as_str()) else { continue };
            of_patient.entry(row.get("PatientID")).or_default().push((row, exam));
        }
        for (patient, mut own) in of_patient {
            own.sort_by_key(|(_, exam)| (exam.date, exam.id.clone()));
            let newest = own.pop();
            let has_contact = panda.is_patient(clinic, &patient);
            let mut aside = |exam: &Exam, code| {
                let (row, object, id) = ("periodontal-chart", "exam", clinic.id(&exam.id));
                statement.aside.push(Aside { row, object, id, code });
            };
            if !has_contact {
                own.iter().for_each(|(_, exam)| aside(exam, "held-back"));
                newest.iter().for_each(|(_, exam)| aside(exam, "no-such-record"));
                continue;
            }
            statement.records.extend(newest.map(|(row, exam)| fields(clinic, row, exam)));
            statement.records.extend(own.into_iter().map(|(row, exam)| note(clinic, row, exam)));
        }
        // A reading is nothing without its exam.
        let known = |row: &Row<'_>| clinic.rows("exam_table").any(|exam| exam.get("ExamID") == row.get("ExamID"));
        statement.aside.extend(clinic.rows("chart_table").filter(|row| !known(row)).map(|row| {
            let (id, code) = (clinic.id(&row.get("ExamID")), "orphan-rows");
            Aside { row: "periodontal-chart", object: "exam", id, code }
        }));
    }
}

/// What the databases say of an exam: its readings, a list for each row.
fn said(exam: &Exam) -> Value {
    let reading = |one: &crate::practice::Reading| json!([one.tooth, one.measure, one.sites, one.tooth_value]);
    exam.readings.iter().map(reading).collect()
}

fn fields(clinic: Clinic<'_>, row: Row<'_>, exam: &Exam) -> Expected {
    let (charted, source) = (Charted::of(exam), said(exam));
    let day = exam.date.to_string();
    let documents = charted.documents(&clinic.id(&exam.id), exam.date);
    let mut fields: Vec<Said> = documents
        .into_iter()
        .map(|(field, document)| Said::changed(field, source.clone(), Holds::Json(document)))
        .collect();
    fields.extend([
        // As the clinician has written it, and never derived.
        Said::same("x_periodontal_classification", &row.raw("Classification")),
        Said::changed("x_perio_exam_date", row.raw("ExamDate"), Holds::Is(day.into())),
        Said::same("x_perio_examiner", &row.raw("Examiner")),
        Said::changed("x_perio_chart", source, Holds::Mouth(charted.mouth(exam, &[]))),
    ]);
    let key = Key::source("patient", row.id("PatientID").unwrap_or_default());
    Expected { row: "periodontal-chart", object: "exam", model: "res.partner", key, fields }
}

fn note(clinic: Clinic<'_>, row: Row<'_>, exam: &Exam) -> Expected {
    let id = clinic.id(&exam.id);
    let patient = Key::source("patient", row.id("PatientID").unwrap_or_default());
    let heading = ["Periodontal examination of", "Examiner:", "Classification:"];
    let head: Vec<String> = std::iter::zip(heading, [String::new(), row.get("Examiner"), row.get("Classification")])
        .filter(|(words, told)| !told.is_empty() || words.ends_with("of"))
        .map(|(words, told)| format!("{words} {told}"))
        .collect();
    let from = match row.get("Examiner").as_str() {
        "" => Said::same("email_from", ""),
        name => Said::same("email_from", name),
    };
    let fields = vec![
        row.numbered("x_source_id", "ExamID"),
        Said::always("model", Holds::Is("res.partner".into())),
        Said::changed("res_id", row.raw("PatientID"), Holds::Record("res.partner", patient)),
        Said::changed("date", row.raw("ExamDate"), Holds::Is(format!("{} 12:00:00", exam.date).into())),
        Said::changed("body", said(exam), Holds::Mouth(Charted::of(exam).mouth(exam, &head))),
        Said::always("author_id", Holds::Empty),
        from,
        Said::always("message_type", Holds::Is("comment".into())),
        Said::always("subtype_id", Holds::Record("mail.message.subtype", Key::External("mail.mt_note"))),
    ];
    Expected { row: "periodontal-chart", object: "exam", model: "mail.message", key: Key::source("exam", id), fields }
}
