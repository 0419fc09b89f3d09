//! Drops that are good, bad, huge and hostile.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::PerioDrop;
use crate::{DropProblem, Source, SourceError, SourceRow};

const EXAMS: &str = "exam_id,patient_id,exam_date,examiner,classification,note\n";
const READINGS: &str = "exam_id,tooth,measure,mb,b,db,ml,l,dl,tooth_value\n";

fn manifest(exams: usize, readings: usize) -> Value {
    json!({
        "format": "odograft-perio-drop", "version": 1, "notation": "fdi", "margin_sign": "recession-positive",
        "encoding": "utf-8", "delimiter": ",",
        "files": {"exams": {"name": "exams.csv", "rows": exams}, "readings": {"name": "readings.csv", "rows": readings}},
    })
}

fn folder(manifest: &Value, exams: &str, readings: &str) -> TempDir {
    let folder = TempDir::new().expect("the test needs a temporary folder");
    write(folder.path(), "manifest.json", manifest.to_string().as_bytes());
    write(folder.path(), "exams.csv", exams.as_bytes());
    write(folder.path(), "readings.csv", readings.as_bytes());
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("the drop is written");
}

fn problems(folder: &TempDir) -> Vec<DropProblem> {
    match PerioDrop::open(folder.path()) {
        Err(SourceError::DropRefused { problems }) => problems,
        other => panic!("the drop gave {other:?}"),
    }
}

/// All rows, and the number of pages that they came in. Each page is read by a drop of its own, as after a restart.
fn walk(folder: &TempDir, object: &str) -> (Vec<SourceRow>, usize) {
    let (mut rows, mut pages, mut cursor) = (Vec::new(), 0, None);
    loop {
        let drop = PerioDrop::open(folder.path()).expect("the drop is good");
        let page = drop.extract(object, cursor.as_deref()).expect("a page");
        rows.extend(page.rows);
        pages += 1;
        cursor = page.next;
        if cursor.is_none() {
            return (rows, pages);
        }
    }
}

#[test]
fn rows_are_read_verbatim_with_their_keys() {
    let exams =
        format!("\u{feff}{EXAMS}PX-1,7,2026-01-02,\"O'Hara, ☺\",,\"two\nlines \"\"quoted\"\"\"\r\nPX-2,,x,,,\n");
    let readings = format!("{READINGS}PX-1,16,probing-depth, 3,,4,,,,\nPX-1,17,missing,,,,,,,1\n");
    let text = manifest(2, 2);
    let folder = folder(&text, &exams, &readings);
    let (manifest, _) = walk(&folder, "perio-manifest");
    assert_eq!((manifest[0].id.as_str(), manifest[0].body.as_str()), ("manifest", text.to_string().as_str()));
    let (exams, _) = walk(&folder, "exam");
    assert_eq!((exams[0].id.as_str(), exams[0].parent.as_deref()), ("PX-1", Some("7")));
    assert_eq!((exams[1].id.as_str(), exams[1].parent.as_deref()), ("PX-2", None));
    assert_eq!(
        exams[0].body,
        r#"{"exam_id":"PX-1","patient_id":"7","exam_date":"2026-01-02","examiner":"O'Hara, ☺","classification":"","note":"two\nlines \"quoted\""}"#
    );
    let (readings, _) = walk(&folder, "reading");
    let keys: Vec<_> = readings.iter().map(|row| (row.id.as_str(), row.parent.as_deref(), row.position)).collect();
    assert_eq!(keys, [("PX-1/0", Some("PX-1"), 0), ("PX-1/1", Some("PX-1"), 1)]);
    assert!(readings[0].body.contains(r#""mb":" 3""#), "{}", readings[0].body);
}

#[test]
fn pages_resume_in_the_middle_of_an_exam_and_exams_may_be_taken_up_again() {
    let mut readings = READINGS.to_owned();
    let mut expected = Vec::new();
    let mut counts = std::collections::BTreeMap::new();
    for n in 0..9_000 {
        // Runs of 1,500 readings, then single ones of three exams in turn.
        let exam = if n < 6_000 { n / 1_500 } else { n % 3 };
        let position = counts.entry(exam).or_insert(0_u32);
        writeln!(readings, "PX-{exam},16,note,\"é{n}\n\",,,,,,").expect("text grows");
        expected.push((format!("PX-{exam}/{position}"), *position, n));
        *position += 1;
    }
    let folder = folder(&manifest(0, 9_000), EXAMS, &readings);
    let (rows, pages) = walk(&folder, "reading");
    assert_eq!((rows.len(), pages), (9_000, 5));
    for (index, row) in rows.iter().enumerate() {
        let (id, position, n) = &expected[index];
        assert_eq!((&row.id, row.position), (id, *position));
        let body: Value = serde_json::from_str(&row.body).expect("a JSON object");
        assert_eq!(body["mb"], format!("é{n}\n"));
    }
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| &row.id).collect();
    assert_eq!(ids.len(), 9_000, "every reading has an id of its own");
}

#[test]
fn everything_that_is_wrong_is_said_at_once_without_a_value() {
    let mut text = manifest(2, 9);
    text["notation"] = json!("zsigmondy");
    let folder = folder(
        &text,
        "exam_id,patient_id,examiner,note\nPX-1,7,,\n",
        &format!("{READINGS}PX-1,16,Quackenbush,,,,,,,\n,16,Quackenbush,,,,,,,\nPX-1,16,Quackenbush,,\n"),
    );
    let found = problems(&folder);
    let expected = [
        DropProblem::Manifest { key: "notation".into(), allowed: "`fdi` or `universal` or `palmer`".into() },
        DropProblem::MissingColumns {
            file: "exams.csv".into(),
            columns: vec!["exam_date".into(), "classification".into()],
        },
        DropProblem::NoKey { file: "readings.csv".into(), line: 3, column: "exam_id".into() },
        DropProblem::CellCount { file: "readings.csv".into(), line: 4, found: 5, expected: 10 },
        DropProblem::RowCount { file: "readings.csv".into(), announced: 9, found: 3 },
    ];
    assert_eq!(found, expected);
    let error = PerioDrop::open(folder.path()).expect_err("it is refused");
    assert!(!format!("{error} {error:?}").contains("Quackenbush"));
    assert!(error.to_string().contains("hint:"), "{error}");
}

#[test]
fn missing_tables_and_files_are_named_together() {
    let mut text = manifest(0, 0);
    text["files"] = json!({"exams": {"name": "absent.csv", "rows": 0}});
    let folder_ = folder(&text, EXAMS, READINGS);
    let keys: Vec<_> = problems(&folder_).iter().map(ToString::to_string).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys[0].contains("files.readings.name") && keys[1].contains("files.readings.rows"), "{keys:?}");

    text["files"]["readings"] = json!({"name": "gone.csv", "rows": 0});
    let folder_ = folder(&text, EXAMS, READINGS);
    let found = problems(&folder_);
    let files: Vec<_> = found
        .iter()
        .map(|problem| match problem {
            DropProblem::File { file, .. } => file.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(files, ["absent.csv", "gone.csv"]);

    let empty = TempDir::new().expect("the test needs a temporary folder");
    assert!(matches!(PerioDrop::open(empty.path()), Err(SourceError::DropUnreadable { .. })));
}

#[test]
fn no_path_and_no_link_leads_out_of_the_folder() {
    let outside = TempDir::new().expect("the test needs a temporary folder");
    write(outside.path(), "exams.csv", EXAMS.as_bytes());
    for name in
        ["../exams.csv".to_owned(), outside.path().join("exams.csv").display().to_string(), "link.csv".to_owned()]
    {
        let mut text = manifest(0, 0);
        text["files"]["exams"]["name"] = json!(name);
        let folder = folder(&text, EXAMS, READINGS);
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path().join("exams.csv"), folder.path().join("link.csv")).expect("a link");
        let found = problems(&folder);
        assert!(matches!(&found[..], [DropProblem::File { .. }]), "{name}: {found:?}");
    }
}

#[test]
fn two_exams_with_one_id_are_refused() {
    let folder = folder(&manifest(2, 0), &format!("{EXAMS}PX-1,7,,,,\nPX-1,8,,,,\n"), READINGS);
    assert_eq!(
        problems(&folder),
        [DropProblem::DoubleKey { file: "exams.csv".into(), line: 3, column: "exam_id".into() }]
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_named_by_line() {
    let folder = folder(&manifest(2, 0), "", READINGS);
    let mut exams = EXAMS.as_bytes().to_vec();
    exams.extend_from_slice(b"PX-1,7,,,,\nPX-2,8,,M\xfcller,,\n");
    write(folder.path(), "exams.csv", &exams);
    assert_eq!(problems(&folder), [DropProblem::NotText { file: "exams.csv".into(), line: 3, encoding: "UTF-8" }]);
}

#[test]
fn an_unclosed_quotation_mark_does_not_fill_the_memory() {
    let mut readings = format!("{READINGS}PX-1,16,missing,,,,,,,1\nPX-1,16,\"");
    readings.extend(std::iter::repeat_n("x", 3 << 20));
    let folder = folder(&manifest(0, 2), EXAMS, &readings);
    let found = problems(&folder);
    assert!(matches!(&found[..], [DropProblem::TooLong { file, .. }] if file == "readings.csv"), "{found:?}");
}

#[test]
fn a_cursor_into_a_file_that_changed_is_refused() {
    let exams: String = (0..2_001).map(|n| format!("PX-{n},7,,,,\n")).collect();
    let folder = folder(&manifest(2_001, 0), &format!("{EXAMS}{exams}"), READINGS);
    let drop = PerioDrop::open(folder.path()).expect("the drop is good");
    let page = drop.extract("exam", None).expect("a page");
    write(folder.path(), "exams.csv", format!("{EXAMS}{}", exams.replace(",7,", ",8,")).as_bytes());
    let drop = PerioDrop::open(folder.path()).expect("the drop is good");
    let error = drop.extract("exam", page.next.as_deref()).expect_err("another file");
    assert!(matches!(error, SourceError::DropChanged { .. }), "{error:?}");
    assert!(matches!(drop.extract("exam", Some("{}")), Err(SourceError::BadCursor { .. })));
    assert!(matches!(drop.extract("patient", None), Err(SourceError::UnknownObject { .. })));
}

#[tokio::test]
async fn a_drop_holds_files_too() {
    let folder = folder(&manifest(0, 0), EXAMS, READINGS);
    std::fs::create_dir(folder.path().join("scans")).expect("made");
    write(folder.path(), "scans/a.pdf", b"a scanned chart");
    let source = Source::PerioDrop(PerioDrop::open(folder.path()).expect("a good drop"));
    assert_eq!(source.open_file("scans/a.pdf").await.expect("open").length, Some(15));
    let gone = source.open_file("scans/b.pdf").await.err().expect("there is none");
    assert_eq!(gone.kind(), std::io::ErrorKind::NotFound);
}
