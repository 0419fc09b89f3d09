//! The perio drop folder: a manifest and two tables.

use std::io;
use std::path::Path;

use serde_json::json;

use super::Exam;

/// Writes `manifest.json`, `exams.csv` and `readings.csv`.
pub(crate) fn write(exams: &[Exam], dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let mut heads = csv::Writer::from_path(dir.join("exams.csv"))?;
    heads.write_record(["exam_id", "patient_id", "exam_date", "examiner", "classification", "note"])?;
    let mut rows = csv::Writer::from_path(dir.join("readings.csv"))?;
    rows.write_record(["exam_id", "tooth", "measure", "mb", "b", "db", "ml", "l", "dl", "tooth_value"])?;
    let mut readings = 0_usize;
    let number = |value: Option<i16>| value.map(|value| value.to_string()).unwrap_or_default();
    for exam in exams {
        let (patient, date) = (exam.patient_id.to_string(), exam.date.to_string());
        heads.write_record([&exam.id, &patient, &date, &exam.examiner, &exam.classification, &exam.note])?;
        for reading in &exam.readings {
            let mut record = vec![exam.id.clone(), reading.tooth.to_string(), reading.measure.to_owned()];
            record.extend(reading.sites.iter().map(|value| number(*value)));
            record.push(number(reading.tooth_value));
            rows.write_record(&record)?;
            readings += 1;
        }
    }
    heads.flush()?;
    rows.flush()?;
    let manifest = json!({
        "format": "odograft-perio-drop",
        "version": 1,
        "notation": "fdi",
        "margin_sign": "recession-positive",
        "encoding": "utf-8",
        "delimiter": ",",
        "files": {
            "exams": {"name": "exams.csv", "rows": exams.len()},
            "readings": {"name": "readings.csv", "rows": readings},
        },
    });
    std::fs::write(dir.join("manifest.json"), format!("{manifest:#}\n"))
}
