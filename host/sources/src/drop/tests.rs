//! Drops of whole practices that are good, bad, huge and hostile.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::{DropKind, TableDrop};
use crate::{DropProblem, SourceError, SourceRow};

const PATIENTS: &str = "id;first_name;last_name;date_of_birth;Shoe size\n\
    7;Zoë;O’Hara;03/14/1990;39\n8;\"two\nlines\";\"semi;colon\";;\n";

/// The same for the reports of Practice by Numbers, as comma-separated text.
fn reports(tables: &Value) -> Value {
    let all = DropKind::PracticeByNumbers.columns().map(|(object, _)| object);
    let left_out: Vec<_> = all.filter(|object| tables.get(object).is_none()).collect();
    json!({
        "format": "odograft-practice-by-numbers-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "America/Chicago", "encoding": "utf-8", "delimiter": ",", "tables": tables, "left_out": left_out,
    })
}

/// A manifest that names the given tables and leaves out the others.
fn manifest(tables: &Value) -> Value {
    let all = DropKind::DentOSoft.columns().map(|(object, _)| object);
    let left_out: Vec<_> = all.filter(|object| tables.get(object).is_none()).collect();
    json!({
        "format": "odograft-dent-o-soft-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "America/Chicago", "encoding": "utf-8", "delimiter": ";", "tables": tables, "left_out": left_out,
    })
}

fn folder(manifest: &Value, files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().expect("the test needs a temporary folder");
    write(folder.path(), "manifest.json", manifest.to_string().as_bytes());
    for (name, bytes) in files {
        write(folder.path(), name, bytes);
    }
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).expect("the drop is written");
}

fn open(folder: &TempDir) -> Result<TableDrop, SourceError> {
    TableDrop::open(DropKind::DentOSoft, folder.path())
}

fn problems(folder: &TempDir) -> Vec<DropProblem> {
    match open(folder) {
        Err(SourceError::DropRefused { problems }) => problems,
        other => panic!("the drop gave {other:?}"),
    }
}

/// All rows, each page read by a drop of its own, as after a restart.
fn walk(folder: &TempDir, object: &str) -> Vec<SourceRow> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = open(folder).expect("the drop is good").extract(object, cursor.as_deref()).expect("a page");
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let mut bytes = if big { vec![0xfe, 0xff] } else { vec![0xff, 0xfe] };
    for unit in text.encode_utf16() {
        bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }
    bytes
}

fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '’' { 0x92 } else { u8::try_from(u32::from(c)).expect("a Western letter") }).collect()
}

/// A workbook of one sheet, with texts shared and inline, a number, a day and gaps.
fn workbook(rows: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#.to_owned()),
        ("_rels/.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.to_owned()),
        ("xl/workbook.xml", r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Patients" sheetId="1" r:id="r1"/></sheets></workbook>"#.to_owned()),
        ("xl/_rels/workbook.xml.rels", r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#.to_owned()),
        ("xl/styles.xml", r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#.to_owned()),
        ("xl/sharedStrings.xml", r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>id</t></si><si><t>last_name</t></si></sst>"#.to_owned()),
        ("xl/worksheets/sheet1.xml", format!(r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#)),
    ];
    for (name, text) in parts {
        zip.start_file(name, SimpleFileOptions::default()).expect("a part begins");
        zip.write_all(text.as_bytes()).expect("a part is written");
    }
    zip.finish().expect("the workbook is closed").into_inner()
}

#[test]
fn every_encoding_and_delimiter_gives_the_same_rows() {
    let tabs = PATIENTS.replace(';', "\t").replace("semi\tcolon", "semi;colon");
    let commas = PATIENTS.replace(';', ",").replace("semi,colon", "semi;colon");
    let marked = format!("\u{feff}{PATIENTS}").replace('\n', "\r\n").replace("two\r\n", "two\n");
    let cases: [(&str, &str, Vec<u8>); 6] = [
        ("utf-8", ";", PATIENTS.as_bytes().to_vec()),
        ("utf-8", ";", marked.into_bytes()),
        ("windows-1252", ",", windows_1252(&commas)),
        ("utf-16", "\t", utf16(&tabs, false)),
        ("UTF-16", ";", utf16(PATIENTS, true)),
        ("utf-16", ";", utf16(PATIENTS, false)[2..].to_vec()),
    ];
    for (encoding, delimiter, bytes) in cases {
        let table = json!({"patient": {"file": "p.txt", "rows": 2, "encoding": encoding, "delimiter": delimiter}});
        let folder = folder(&manifest(&table), &[("p.txt", &bytes)]);
        let rows = walk(&folder, "patient");
        let bodies: Vec<_> = rows.iter().map(|row| row.body.as_str()).collect();
        assert_eq!(
            bodies,
            [
                r#"{"id":"7","first_name":"Zoë","last_name":"O’Hara","date_of_birth":"03/14/1990","Shoe size":"39"}"#,
                r#"{"id":"8","first_name":"two\nlines","last_name":"semi;colon","date_of_birth":"","Shoe size":""}"#,
            ],
            "{encoding} {delimiter}"
        );
    }
}

#[test]
fn rows_without_a_number_keep_the_place_that_they_have_in_the_file() {
    let lines: String = (0..2_500).map(|line| format!("{};{line}\n", line % 3)).collect();
    let bytes = format!("patient_id;description\n{lines}");
    let table = json!({"account-line": {"file": "a.csv", "rows": 2_500}});
    let folder = folder(&manifest(&table), &[("a.csv", bytes.as_bytes())]);
    let mut rows = walk(&folder, "account-line");
    rows.sort_by(|one, other| (&one.parent, one.position, &one.id).cmp(&(&other.parent, other.position, &other.id)));
    let first: Vec<_> = rows.iter().take_while(|row| row.parent.as_deref() == Some("0")).collect();
    let in_order =
        first.iter().enumerate().all(|(at, row)| row.body.contains(&format!(r#""description":"{}""#, 3 * at)));
    assert!(in_order && first.len() == 834, "{}", first.len());
}

#[test]
fn headers_are_known_by_their_words_or_by_a_declared_alias() {
    let table =
        json!({"patient": {"file": "p.csv", "aliases": {"last_name": ["Surname"], "postal_code": ["ZIP / Postcode"]}}});
    let folder =
        folder(&manifest(&table), &[("p.csv", b"ID;SURNAME;Date of Birth;zip/postcode;Address line 1\n7;a;b;c;d\n")]);
    assert_eq!(
        walk(&folder, "patient")[0].body,
        r#"{"id":"7","last_name":"a","date_of_birth":"b","postal_code":"c","address_line_1":"d"}"#
    );
    let drop = open(&folder).expect("the drop is good");
    let notice = &drop.notices()[0];
    assert_eq!((notice.rows, notice.surplus.len()), (Some(1), 0));
    assert!(notice.missing.contains(&"email".to_owned()) && !notice.missing.contains(&"postal_code".to_owned()));
}

#[test]
fn a_sheet_is_read_like_a_table() {
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>date_of_birth</t></is></c></row>
        <row r="2"><c r="A2"><v>17</v></c><c r="C2" s="1"><v>45365</v></c></row>
        <row r="5"><c r="A5" t="inlineStr"><is><t>18</t></is></c><c r="B5" t="inlineStr"><is><t>Moss</t></is></c></row>"#;
    let table = json!({"patient": {"file": "p.xlsx", "sheet": "Patients", "rows": 2}});
    let folder = folder(&manifest(&table), &[("p.xlsx", &workbook(rows))]);
    let bodies: Vec<_> = walk(&folder, "patient").into_iter().map(|row| row.body).collect();
    assert_eq!(
        bodies,
        [
            r#"{"id":"17","last_name":"","date_of_birth":"2024-03-14"}"#,
            r#"{"id":"18","last_name":"Moss","date_of_birth":""}"#
        ]
    );
}

#[test]
fn rows_without_a_number_keep_their_key_when_others_come_and_go() {
    let ids = |lines: &str| -> Vec<_> {
        let text = format!("patient_id;treated_on;procedure_code\n{lines}");
        let table = json!({"treatment": {"file": "t.csv"}});
        let folder = folder(&manifest(&table), &[("t.csv", text.as_bytes())]);
        walk(&folder, "treatment").into_iter().map(|row| (row.id, row.parent)).collect()
    };
    let before = ids("7;a;D1\n7;b;D2\n7;b;D2\n8;b;D2\n");
    let after = ids("6;x;D9\n7;b;D2\n7;b;D2\n8;b;D2\n");
    assert_eq!(before[1..], after[1..]);
    assert_eq!(before[2].0, format!("{}-1", before[1].0));
    assert_eq!(before[1].1.as_deref(), Some("7"));
    assert!(before[0] != after[0] && before[1].0 != before[3].0);
}

#[test]
fn everything_that_is_missing_or_too_much_is_said_at_once() {
    let mut text = manifest(&json!({
        "patient": {"file": "p.csv", "rows": 9, "encoding": "cp437"},
        "practice": {"file": "gone.csv"},
        "supplier": {},
        "invoices": {"file": "i.csv"},
    }));
    text["left_out"] = json!(["practitioner", "referral-source", "policy", "emergency-contact", "treatment"]);
    text["date_order"] = json!("guess");
    text["time_zone"] = json!("Springfield");
    let files: &[(&str, &[u8])] = &[("p.csv", b"id\n1\n"), ("i.csv", b"id\n"), ("notes.txt", b"")];
    let words: Vec<_> = problems(&folder(&text, files)).iter().map(ToString::to_string).collect();
    let expected = [
        "`date_order` must be",
        "`time_zone` must be",
        "`tables.invoices` is no table",
        "says nothing of `practitioner-address`, `appointment`, `account-line`, `clinical-note`, `reminder-rule`",
        "`tables.supplier.file` must be",
        "`tables.patient.encoding` must be `utf-8` or `utf-16` or `windows-1252`",
        "the folder has `notes.txt`, which",
        "`gone.csv` cannot be opened",
    ];
    assert_eq!(words.len(), expected.len(), "{words:#?}");
    for words_of in expected {
        assert!(words.iter().any(|text| text.contains(words_of)), "{words_of}: {words:#?}");
    }
}

#[test]
fn a_declared_encoding_is_held_to() {
    let csv = |encoding: &str, bytes: &[u8]| {
        let table = json!({"patient": {"file": "p.csv", "encoding": encoding}});
        problems(&folder(&manifest(&table), &[("p.csv", bytes)]))
    };
    let not = |line, encoding| vec![DropProblem::NotText { file: "p.csv".into(), line, encoding }];
    assert_eq!(csv("utf-8", b"id;last_name\n7;M\xfcller\n"), not(2, "UTF-8"));
    assert_eq!(csv("windows-1252", b"id;last_name\n7;M\x81ller\n"), not(2, "Windows-1252"));
    assert_eq!(csv("utf-16", &[utf16("id\n7\n", false), vec![0x00, 0xd8, 0x41, 0x00]].concat()), not(3, "UTF-16"));
    let zero = |line| vec![DropProblem::ZeroByte { file: "p.csv".into(), line }];
    assert_eq!(csv("utf-8", b"id;last_name\n7;a\x00b\n8;c\n"), zero(2));
    assert_eq!(csv("utf-8", &utf16("id;x\n", false)[2..]), zero(1));
}

#[test]
fn one_line_of_two_gib_is_refused_before_it_fills_anything() {
    for encoding in ["utf-8", "windows-1252", "utf-16"] {
        let table = json!({"patient": {"file": "p.csv", "encoding": encoding}});
        let head = if encoding == "utf-16" { utf16("id;last_name\n7;x", false) } else { b"id;last_name\n7;x".to_vec() };
        let folder = folder(&manifest(&table), &[("p.csv", &head)]);
        // A file with a hole takes no room on the disk and reads as zeros.
        let mut file = File::options().write(true).open(folder.path().join("p.csv")).expect("the table opens");
        file.seek(SeekFrom::Start((2 << 30) - 1)).expect("a hole");
        file.write_all(b"\n").expect("an end");
        let found = problems(&folder);
        assert!(matches!(&found[..], [DropProblem::TooLong { line: 2, .. }]), "{encoding}: {found:?}");
    }
}

#[test]
fn a_workbook_that_unpacks_without_end_is_refused() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).expect("a part begins");
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..130 {
        zip.write_all(&zeros).expect("a part is written");
    }
    let bomb = zip.finish().expect("the workbook is closed").into_inner();
    assert!(bomb.len() < 1 << 20, "{} bytes", bomb.len());
    let table = || json!({"patient": {"file": "p.xlsx"}});
    let found = problems(&folder(&manifest(&table()), &[("p.xlsx", &bomb)]));
    assert!(matches!(&found[..], [DropProblem::Unpacked { what: "its texts", mib: 128, .. }]), "{found:?}");

    let far = r#"<row r="1048577"><c r="A1048577"><v>1</v></c></row>"#;
    for bytes in [b"PK\x03\x04 nothing".to_vec(), workbook(far), workbook("<row><c>")] {
        let found = problems(&folder(&manifest(&table()), &[("p.xlsx", &bytes)]));
        assert!(matches!(&found[..], [DropProblem::Workbook { .. }]), "{found:?}");
    }
}

#[test]
fn no_table_is_read_from_outside_the_folder() {
    let outside = TempDir::new().expect("the test needs a temporary folder");
    write(outside.path(), "p.csv", b"id\n7\n");
    for name in ["../p.csv".to_owned(), outside.path().join("p.csv").display().to_string(), "link.csv".to_owned()] {
        let folder = folder(&manifest(&json!({"patient": {"file": name}})), &[]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(outside.path().join("p.csv"), folder.path().join("link.csv")).expect("a link");
        let found = problems(&folder);
        assert!(found.iter().any(|problem| matches!(problem, DropProblem::File { .. })), "{name}: {found:?}");
    }
}

const REPORT: &str = "Practice by Numbers,,,,\nPatient List as of 03/14/2026,,,,\n\n,,Contact,,Account\n\
    Patient ID,Patient Name,Mobile,DOB,Balance\n7,\"O'Hara, Mary\",07700 900123,03/14/1990,\"$1,250.00\"\n\
    Patient ID,Patient Name,Mobile,DOB,Balance\n8,\"Total, Ann\",,,\nTotal: 2,,,,\"$1,250.00\"\n\
    ,,,Grand Total,$1\nPrinted by reception,,,,\n";

#[test]
fn a_report_is_read_without_its_titles_totals_and_remarks() {
    let manifest = reports(&json!({"patient": {"file": "p.csv", "rows": 2}}));
    let folder = folder(&manifest, &[("p.csv", REPORT.as_bytes())]);
    let drop = TableDrop::open(DropKind::PracticeByNumbers, folder.path()).expect("the report is good");
    let bodies: Vec<_> = drop.extract("patient", None).expect("a page").rows.into_iter().map(|row| row.body).collect();
    assert_eq!(
        bodies,
        [
            r#"{"patient_id":"7","patient_name":"O'Hara, Mary","mobile_phone":"07700 900123","date_of_birth":"03/14/1990","balance":"$1,250.00"}"#,
            r#"{"patient_id":"8","patient_name":"Total, Ann","mobile_phone":"","date_of_birth":"","balance":""}"#,
        ]
    );
    assert_eq!((drop.notices()[0].skipped, drop.notices()[0].surplus.len()), (4, 0));
}

#[test]
fn columns_of_one_name_are_told_apart_by_the_line_above() {
    let text = "Coverage report,,,\n,Primary,,Secondary\nPatient ID,Carrier,Group #,Carrier\n7,Acme,G1,Other\n";
    let manifest = reports(&json!({"coverage": {"file": "c.csv", "aliases": {"carrier": ["Primary Carrier"]}}}));
    let folder = folder(&manifest, &[("c.csv", text.as_bytes())]);
    let drop = TableDrop::open(DropKind::PracticeByNumbers, folder.path()).expect("the report is good");
    let page = drop.extract("coverage", None).expect("a page");
    assert_eq!(
        page.rows[0].body,
        r#"{"patient_id":"7","carrier":"Acme","group_number":"G1","Secondary Carrier":"Other"}"#
    );
}

#[test]
fn lines_are_counted_as_editors_count_them() {
    let manifest = manifest(&json!({"practice": {"file": "p.csv"}}));
    for text in ["id;name\r\n1;\"two\r\nlines\"\r\n\r\n2\r\n;x\r\n1;y", "id;name\n1;\"two\nlines\"\n\n2\n;x\n1;y\n"] {
        let file = || "p.csv".to_owned();
        assert_eq!(
            problems(&folder(&manifest, &[("p.csv", text.as_bytes())])),
            [
                DropProblem::CellCount { file: file(), line: 5, found: 1, expected: 2 },
                DropProblem::NoKey { file: file(), line: 6, column: "id".into() },
                DropProblem::DoubleKey { file: file(), line: 7, column: "id".into() },
            ]
        );
    }
}

#[test]
fn a_broken_row_of_a_report_is_named_by_its_own_line() {
    let manifest = reports(&json!({"patient": {"file": "p.csv"}}));
    let broken = format!("{REPORT},\"Moss, Kim\",,x,\n");
    for (text, expected) in [
        (broken.as_str(), DropProblem::NoKey { file: "p.csv".into(), line: 12, column: "patient_id".into() }),
        (
            "Title\nName,DOB\nx,y\n",
            DropProblem::MissingColumns { file: "p.csv".into(), columns: vec!["patient_id".into()] },
        ),
    ] {
        let folder = folder(&manifest, &[("p.csv", text.as_bytes())]);
        match TableDrop::open(DropKind::PracticeByNumbers, folder.path()) {
            Err(SourceError::DropRefused { problems }) => assert_eq!(problems, [expected]),
            other => panic!("the report gave {other:?}"),
        }
    }
}
