//! What nobody means to send: each is refused in words that help, tells nothing of a patient, and costs nothing that was read.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use odograft_standins::mssql::{Cell, Column, Database, Kind, Table};
use serde_json::json;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use super::attachments::{source, start};
use super::{client, command, extracted, ledger, staged};

/// A name that must not be told.
const NAME: &str = "Quackenbush";

/// A folder with these tables of Dent-O-Soft, as CSV with commas in UTF-8 where their entries say nothing else.
fn export(tables: &serde_json::Value) -> TempDir {
    let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
    let known = odograft_sources::DropKind::DentOSoft.columns().map(|(object, _)| object);
    let left_out: Vec<_> = known.filter(|object| tables.get(object).is_none()).collect();
    let manifest = json!({
        "format": "odograft-dent-o-soft-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "America/Chicago", "encoding": "utf-8", "delimiter": ",", "tables": tables, "left_out": left_out,
    });
    fs::create_dir(folder.path().join("export")).expect("made");
    write(folder.path(), "manifest.json", manifest.to_string().as_bytes());
    folder
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join("export").join(name), bytes).expect("written");
}

/// What the command says when it refuses; nothing of a patient is in it, and it ends in a hint.
fn refused(folder: &Path) -> String {
    let output = command(&["extract"], folder);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("hint: "), "{said}");
    assert!(!said.contains(NAME) && !String::from_utf8_lossy(&output.stdout).contains(NAME), "{said}");
    said
}

/// A workbook whose texts unpack to so many bytes.
fn workbook(file: &Path, texts: u64) {
    let mut zip = zip::ZipWriter::new(File::create(file).expect("a file"));
    let mut part = |name: &str, bytes: &mut dyn std::io::Read| {
        zip.start_file(name, SimpleFileOptions::DEFAULT.compression_level(Some(1))).expect("a part");
        std::io::copy(bytes, &mut zip).expect("written");
    };
    part("xl/workbook.xml", &mut "<workbook/>".as_bytes());
    part("xl/sharedStrings.xml", &mut std::io::Read::take(std::io::repeat(b' '), texts));
    zip.finish().expect("written");
}

#[test]
fn a_workbook_that_unpacks_beyond_all_measure_is_refused_and_a_good_one_read() {
    let folder = export(&json!({"practice": {"file": "p.csv"}, "supplier": {"file": "s.xlsx"}}));
    write(folder.path(), "p.csv", b"id,name\n1,Kirk Hallow\n");
    let file = folder.path().join("export/s.xlsx");
    workbook(&file, 200 << 20);
    assert!(fs::metadata(&file).expect("a file").len() < 2 << 20);
    let said = refused(folder.path());
    assert!(
        said.contains("`s.xlsx`: its texts would take more than 128 MiB unpacked; export the table as CSV"),
        "{said}"
    );

    fs::remove_file(&file).expect("removed");
    let manifest = fs::read_to_string(folder.path().join("export/manifest.json")).expect("a manifest");
    write(folder.path(), "manifest.json", manifest.replace("s.xlsx", "s.csv").as_bytes());
    write(folder.path(), "s.csv", b"id,name\nS1,Lab\n");
    assert_eq!(
        extracted(folder.path())["staged"],
        json!([["dent-o-soft-manifest", 1], ["practice", 1], ["supplier", 1]])
    );
}

#[test]
fn a_line_of_two_gibibytes_is_refused_after_one_mebibyte() {
    for encoding in ["utf-8", "windows-1252", "utf-16"] {
        let folder = export(&json!({"practice": {"file": "p.csv", "encoding": encoding}}));
        let mut file = File::create(folder.path().join("export/p.csv")).expect("a file");
        let head: Vec<u8> = match encoding {
            "utf-16" => "id,name\n1,".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            _ => b"id,name\n1,".to_vec(),
        };
        file.write_all(&head).expect("written");
        // A file with a hole: it takes no room on the disk.
        file.set_len(2 << 30).expect("enlarged");
        let said = refused(folder.path());
        assert!(said.contains("`p.csv` line 2 begins a row of more than 1 MiB"), "{encoding}: {said}");
    }
}

#[test]
fn json_that_is_nested_without_end_is_refused_and_a_row_of_it_kept() {
    let folder = export(&json!({"practice": {"file": "p.csv"}}));
    write(folder.path(), "p.csv", b"id\n1\n");
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    write(folder.path(), "manifest.json", format!("{{\"tables\": {deep}}}").as_bytes());
    let said = refused(folder.path());
    assert!(said.contains("`manifest.json`: `.` must be a JSON object, nested no deeper than 127 levels"), "{said}");

    // Within a page of an API, the row is kept as it came: what reads it later puts it aside.
    let row = format!("{{\"id\": 1, \"notes\": {deep}}}");
    let server = serve(move |endpoint| format!("{{\"{endpoint}\": [{row}], \"meta\": {{\"total_pages\": 1}}}}"));
    let folder = dentally(&server);
    extracted(folder.path());
    let patients = staged(&ledger(folder.path()), "patient");
    assert!(patients.len() == 1 && patients[0].body.contains(&deep));

    let server = serve(move |_| "[".repeat(200_000));
    let said = refused(dentally(&server).path());
    assert!(said.contains("cannot be read: no such JSON at line 1"), "{said}");
}

#[test]
fn a_page_that_repeats_for_ever_is_noticed() {
    let rows: Vec<_> = (1..=100).map(|id| json!({"id": id, "last_name": NAME})).collect();
    let rows = serde_json::to_string(&rows).expect("JSON");
    for meta in ["{}", "{\"total_pages\": 1000000}", "{\"total\": 100000000, \"current_page\": 1}"] {
        let (rows, meta) = (rows.clone(), meta.to_owned());
        let server = serve(move |endpoint| format!("{{\"{endpoint}\": {rows}, \"meta\": {meta}}}"));
        let said = refused(dentally(&server).path());
        assert!(said.contains("do not advance at page 2"), "{said}");
    }
}

#[test]
fn a_row_that_comes_twice_in_place_of_another_is_noticed() {
    // 250 rows in three pages; on the last one, the first row comes again and the last one not at all, so many times.
    let rows = |times: u32| {
        let readings = std::sync::atomic::AtomicU32::new(0);
        serve_pages(move |endpoint, page| {
            if endpoint != "patients" {
                return format!("{{\"{endpoint}\": [], \"meta\": {{\"total\": 0, \"total_pages\": 0}}}}");
            }
            let last = readings.fetch_add(u32::from(page == 3), std::sync::atomic::Ordering::Relaxed);
            let ids: Vec<u32> = match page {
                3 if last < times => std::iter::once(1).chain(201..=249).collect(),
                _ => (page * 100 - 99..=(page * 100).min(250)).collect(),
            };
            let rows: Vec<_> = ids.iter().map(|id| json!({"id": id, "last_name": NAME})).collect();
            json!({"patients": rows, "meta": {"total": 250, "total_pages": 3, "current_page": page}}).to_string()
        })
    };
    let folder = dentally(&rows(1));
    assert_eq!(extracted(folder.path())["staged"], json!([["patient", 250], ["practice", 1]]));
    let folder = dentally(&rows(9));
    let said = refused(folder.path());
    assert!(said.contains("there are 250 rows of `patient`, and lists 249 of them"), "{said}");
    let file = folder.path().join("odograft.toml");
    let text = fs::read_to_string(&file).expect("a configuration");
    fs::write(&file, text.replace("[odoo]", "accept_missing_rows = true\n[odoo]")).expect("written");
    let answer = extracted(folder.path());
    let patient = answer["objects"].as_array().expect("a list").iter().find(|counted| counted["object"] == "patient");
    let patient = patient.expect("patients");
    assert_eq!((&patient["rows"], &patient["announced"]), (&json!(249), &json!(250)), "{patient}");
}

#[test]
fn bytes_that_are_no_text_are_named_by_line_and_nothing_is_staged() {
    let folder = export(&json!({
        "practice": {"file": "p.csv"}, "supplier": {"file": "s.csv"}, "referral-source": {"file": "r.csv"},
        "practitioner": {"file": "d.csv", "encoding": "utf-16"},
    }));
    write(folder.path(), "p.csv", b"id,name\n1,a\n2,Quackenb\0ush\n");
    write(folder.path(), "s.csv", b"id,name\r\n1,a\r\n\r\n2,Quackenbush\xff\r\n");
    write(folder.path(), "r.csv", b"id,na\0me\n1,a\n");
    // Half of a pair of two.
    let units = ["id,title\n1,".encode_utf16().collect::<Vec<_>>(), vec![0xd83d, 0x0041]].concat();
    write(folder.path(), "d.csv", &units.into_iter().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let said = refused(folder.path());
    for words in [
        "`p.csv` line 3 holds a zero byte",
        "`s.csv` line 4 is not UTF-8",
        "`r.csv` line 1 holds a zero byte",
        "`d.csv` line 2 is not UTF-16",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!folder.path().join("ledger.db").exists());
}

#[test]
fn a_table_s_name_is_a_name_and_no_statement() {
    let hostile = "note]; DROP TABLE patient_table; --";
    let table = Table {
        schema: "dbo".to_owned(),
        name: hostile.to_owned(),
        columns: vec![
            Column { name: "NoteID".to_owned(), kind: Kind::Int },
            Column { name: "Bo]dy'\"".to_owned(), kind: Kind::NVarChar(40) },
        ],
        rows: vec![vec![Cell::Int(1), Cell::Text(format!("'; DROP TABLE {NAME}; --"))]],
    };
    let server = start(vec![Database { name: "Panda".to_owned(), tables: vec![table] }]);
    let objects = [
        "location",
        "provider",
        "referral",
        "patient",
        "exam",
        "treatment-plan",
        "flag",
        "letter-template",
        "attachment",
    ];
    let absent: String = objects.iter().map(|object| format!("{object} = false\n")).collect();
    let tables = |name: &str| {
        let name = toml_text(name);
        format!("[source.panda_perio.tables]\n{absent}note = {{ table = {name}, key = \"NoteID\" }}")
    };
    let folder = client(&source(&server, "north = \"Panda\"", &tables(&format!("dbo.{hostile}"))));
    assert_eq!(extracted(folder.path())["staged"], json!([["clinic", 1], ["note", 1], ["panda-manifest", 1]]));
    let notes = staged(&ledger(folder.path()), "note");
    assert_eq!(
        notes[0].body,
        format!("{{\"clinic_id\":\"north\",\"Bo]dy'\\\"\":\"'; DROP TABLE {NAME}; --\",\"id\":\"north/1\"}}")
    );

    let folder = client(&source(&server, "north = \"Panda\"", &tables("dbo.a]; DROP TABLE b; --")));
    let said = refused(folder.path());
    assert!(said.contains("`Panda` has no table `dbo.a]; DROP TABLE b; --` for `note`"), "{said}");
    let folder = client(&source(&server, "north = \"Panda\"", &tables("dbo.a\nb")));
    assert!(
        refused(folder.path()).contains("`note`: a configured name is empty, too long or holds a control character")
    );
    assert!(
        server.statements().iter().all(|statement| !statement.contains("DROP") || statement.contains("[note]]; DROP"))
    );
}

/// A text in TOML.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Answers every request with what `answer` makes of the last part of its path, for as long as the test runs.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    serve_pages(move |endpoint, _| answer(endpoint))
}

/// The same by the number of the page.
fn serve_pages(answer: impl Fn(&str, u32) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines().map_while(Result::ok);
            let Some(request) = lines.next() else { continue };
            // The rest of the head.
            let _ = lines.find(String::is_empty);
            let path = request.split(' ').nth(1).unwrap_or_default();
            let endpoint = path.split('?').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            let page = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("page=")?.parse().ok());
            // What stands once is no list, and read first.
            let body = match endpoint {
                "practice" => "{\"practice\": {\"id\": 1}}".to_owned(),
                _ => answer(endpoint, page.unwrap_or(1)),
            };
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}")
}

fn dentally(url: &str) -> TempDir {
    client(&format!(
        "[source.dentally]\nurl = \"{url}\"\nappointments_from = \"2026-03-01\"\nappointments_until = \"2026-03-02\""
    ))
}
