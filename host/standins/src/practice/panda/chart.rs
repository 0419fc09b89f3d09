//! Exams and their readings: FDI notation, a positive margin is recession.

use std::collections::BTreeMap;

use super::super::Exam;
use super::{Clinic, LAST_DAY, NOBODY, Rows};

pub(super) fn tables(clinic: &Clinic<'_>) -> Vec<Rows> {
    let numbers: BTreeMap<i64, i64> =
        clinic.numbered().filter_map(|(number, patient)| Some((patient["id"].as_i64()?, number))).collect();
    let known =
        |exam: &Exam| clinic.practice.patients.iter().any(|patient| patient["id"].as_i64() == Some(exam.patient_id));
    let patient = |exam: &Exam| {
        let nobody = || (clinic.first && !known(exam)).then_some(NOBODY);
        numbers.get(&exam.patient_id).copied().or_else(nobody)
    };
    let exams: Vec<(&Exam, i64)> =
        clinic.practice.exams.iter().filter_map(|exam| Some((exam, patient(exam)?))).collect();
    let rows = exams.iter().map(|(exam, patient)| {
        clinic
            .row()
            .text_key("ExamID", "exam_id", &exam.id)
            .key("PatientID", "patient_id", Some(*patient))
            .moment("ExamDate", "exam_date", Some(exam.date.at(14, 30, 0, 0)))
            .text("Examiner", "examiner", &exam.examiner)
            .text("Classification", "classification", &exam.classification)
            .text("Note", "note", &exam.note)
            .changed(Some(exam.date.at(14, 50, 0, 0)))
    });
    let rows = rows.collect();
    let mut readings = Vec::new();
    let mut reading = |exam: &str, date: jiff::civil::Date, reading: &super::super::Reading| {
        let mut row = clinic
            .row()
            .key("ReadingID", "reading_id", Some(readings.len() as i64 + 1))
            .text_key("ExamID", "exam_id", exam)
            .int("Tooth", "tooth", Some(reading.tooth.into()))
            .text("Measure", "measure", reading.measure);
        for ((own, name), value) in std::iter::zip(SITES, reading.sites) {
            row = row.small(own, name, value);
        }
        let row = row.small("ToothValue", "tooth_value", reading.tooth_value);
        readings.push(row.changed(Some(date.at(14, 50, 0, 0))));
    };
    for (exam, _) in &exams {
        exam.readings.iter().for_each(|own| reading(&exam.id, exam.date, own));
    }
    if let (true, Some(own)) = (clinic.first, exams.first().and_then(|(exam, _)| exam.readings.first())) {
        reading("PX-GONE", LAST_DAY, own);
    }
    vec![("exam", "exam_table", rows), ("reading", "chart_table", readings)]
}

const SITES: [(&str, &str); 6] = [("MB", "mb"), ("B", "b"), ("DB", "db"), ("ML", "ml"), ("L", "l"), ("DL", "dl")];
