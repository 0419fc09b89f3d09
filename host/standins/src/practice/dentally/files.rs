//! The folder beside the API: images by reference and metadata, and templates.

use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Map, json};

use super::super::Practice;
use super::super::export::{Tabled, Truth, Written, text};
use super::super::random::Random;

/// Kind, media type.
const KINDS: [(&str, &str); 4] = [
    ("Bitewing", "image/png"),
    ("Panoramic", "application/dicom"),
    ("Periapical", "image/png"),
    ("Photograph", "image/jpeg"),
];

const TEMPLATES: [[&str; 7]; 5] = [
    [
        "T1",
        "recall",
        "Check-up is due",
        "Email",
        "Dentist",
        "Time for your check-up",
        "Dear {first_name}, your check-up is due.",
    ],
    ["T2", "recall", "Check-up is due, short", "SMS", "Dentist", "", "{practice}: your check-up is due. Call us!"],
    [
        "T3",
        "recall",
        "Hygiene visit",
        "Letter",
        "Hygienist",
        "Your hygiene visit",
        "Dear {title} {last_name},\n\nit is time for “your” visit.",
    ],
    ["T4", "form", "Medical history", "Portal", "", "Medical history", "Do you take any medicine? {answer}"],
    ["T5", "form", "Consent to treatment", "Portal", "", "Consent", "I agree to {treatment}; \"in full\"."],
];

/// A file below the folder, and its bytes.
type File = (String, Vec<u8>);

/// The images of all patients, and the files of those that do not lie in the imaging system alone.
fn images(practice: &Practice, random: &mut Random) -> (Vec<Vec<String>>, Vec<File>) {
    let (mut images, mut files) = (Vec::new(), Vec::new());
    for patient in &practice.patients {
        let count = if random.chance(0.1) { random.within(1, 3) } else { 0 };
        for _ in 0..count {
            let (kind, media_type) = *random.pick(&KINDS);
            let id = format!("IM{:06}", images.len() + 1);
            // Every fifth lies in the imaging system alone.
            let file = if random.chance(0.8) { format!("images/{id}.bin") } else { String::new() };
            if !file.is_empty() {
                let bytes: Vec<u8> = (0..random.within(1, 3_000)).map(|byte| byte as u8).collect();
                files.push((file.clone(), bytes));
            }
            let taken: Date = random.before(practice.today, 1, 1_500);
            let tooth = if kind == "Periapical" { random.within(11, 18).to_string() } else { String::new() };
            images.push(vec![
                id.clone(),
                text(&patient["id"]),
                taken.to_string(),
                kind.to_owned(),
                tooth,
                format!("vision://{id}"),
                file,
                media_type.to_owned(),
                String::new(),
                String::new(),
            ]);
        }
    }
    (images, files)
}

/// The two tables, and the files that the first one names.
pub(super) fn tables(practice: &Practice, random: &mut Random) -> ([Tabled; 2], Vec<File>) {
    let (images, files) = images(practice, random);
    let tables = [
        Tabled {
            object: "image",
            columns: &[
                "id",
                "patient_id",
                "taken_on",
                "kind",
                "tooth",
                "reference",
                "file",
                "media_type",
                "taken_by",
                "notes",
            ],
            rows: images,
        },
        Tabled {
            object: "template",
            columns: &["id", "kind", "name", "channel", "recall_type", "subject", "body"],
            rows: TEMPLATES.iter().map(|template| template.map(str::to_owned).to_vec()).collect(),
        },
    ];
    (tables, files)
}

/// Writes tables, files and manifest; what is true of each table is returned.
pub(super) fn write(practice: &Practice, random: &mut Random, dir: &Path) -> io::Result<Vec<Truth>> {
    std::fs::create_dir_all(dir.join("images"))?;
    let (tables, files) = tables(practice, random);
    for (file, bytes) in files {
        std::fs::write(dir.join(file), bytes)?;
    }
    let (mut declared, mut truths) = (Map::new(), Vec::new());
    for table in tables {
        let file = format!("{}s.csv", table.object);
        table.write_csv(&dir.join(&file), table.columns, b',', Written::Utf8)?;
        let attachments = if table.object == "image" { json!(["file"]) } else { json!([]) };
        declared.insert(
            table.object.to_owned(),
            json!({"file": file, "rows": table.rows.len(), "attachments": attachments}),
        );
        truths.push(table.truth());
    }
    let manifest = json!({
        "format": "odograft-dentally-files", "version": 1, "encoding": "utf-8", "delimiter": ",", "ignored": ["images"],
        "tables": declared,
    });
    std::fs::write(dir.join("manifest.json"), format!("{manifest:#}\n"))?;
    Ok(truths)
}
