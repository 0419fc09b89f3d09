//! How time and memory grow from 10,000 to 1,000,000 patients, through extract and assemble.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{client, odograft_in};

/// Visits of each patient; each has a line on the account, which is gathered below the patient.
const VISITS: u64 = 5;

/// Writes a Dent-O-Soft export of patients, visits and account lines, a row at a time. The names are of nobody.
fn export(patients: u64, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    let open = |name: &str| BufWriter::new(File::create(folder.join(name)).expect("a file"));
    let (mut people, mut visits, mut lines) = (open("patient.csv"), open("appointment.csv"), open("account-line.csv"));
    writeln!(people, "id,first_name,last_name,date_of_birth,email,mobile_phone,city,active").expect("written");
    writeln!(visits, "id,patient_id,practitioner_id,starts_at,duration,procedure_type,status,notes").expect("written");
    writeln!(lines, "patient_id,invoice_number,booked_on,kind,amount,status").expect("written");
    for n in 0..patients {
        let (day, month) = (n % 28 + 1, n % 12 + 1);
        writeln!(
            people,
            "P{n},First{n},Last{n},{month:02}/{day:02}/1980,p{n}@example.invalid,07700 900{:03},Ambleford,Y",
            n % 1000
        )
        .expect("written");
        for visit in 0..VISITS {
            let year = 2021 + visit;
            writeln!(
                visits,
                "A{n}-{visit},P{n},D1,{month:02}/{day:02}/{year} 2:30 PM,30,Exam,Completed,seen as planned"
            )
            .expect("written");
            writeln!(lines, "P{n},I{n}-{visit},{month:02}/{day:02}/{year},charge,$48.50,posted").expect("written");
        }
    }
    let table = |file: &str, rows: u64| json!({ "file": file, "rows": rows });
    let manifest = json!({
        "format": "odograft-dent-o-soft-drop", "version": 1, "date_order": "mdy", "decimal_mark": ".",
        "time_zone": "Europe/London", "encoding": "utf-8", "delimiter": ",",
        "tables": {
            "patient": table("patient.csv", patients),
            "appointment": table("appointment.csv", patients * VISITS),
            "account-line": table("account-line.csv", patients * VISITS),
        },
        "left_out": [
            "practice", "practitioner", "practitioner-address", "supplier", "referral-source", "policy",
            "emergency-contact", "treatment", "clinical-note", "reminder-rule",
        ],
    });
    fs::write(folder.join("manifest.json"), manifest.to_string()).expect("written");
}

/// How a command ended, and what it took.
pub(crate) struct Measured {
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
    /// Time of processors, its own and the system's for it.
    pub(crate) processor: Duration,
    /// The most memory that it has had at once, in MiB.
    pub(crate) peak: u64,
}

/// The most memory that a process has had until now, in MiB.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes / 1024)
}

/// The processors' time that a process has had until now, which the system counts in hundredths of a second.
fn processor(child: &Child) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    let behind_name: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| behind_name.get(at)?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks(11)? + ticks(12)?)))
}

/// Waits for a command's end, and looks meanwhile at what it takes.
pub(crate) fn watch(mut child: Child) -> Measured {
    let began = Instant::now();
    let (mut most, mut busy) = (0, Duration::ZERO);
    let status = loop {
        most = most.max(peak(&child).unwrap_or(0));
        busy = processor(&child).map_or(busy, |now| now.max(busy));
        if let Some(status) = child.try_wait().expect("the command is ours") {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    Measured { status, took: began.elapsed(), processor: busy, peak: most }
}

/// Runs a command to its end: what it printed, how long it took, and its peak of memory.
fn measured(command: &str, folder: &Path) -> (Vec<u8>, Duration, u64) {
    let out = folder.join("stdout.json");
    let child = odograft_in(folder, &[command, "--json"])
        .stdout(File::create(&out).expect("a file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("the command starts");
    let Measured { status, took, peak, .. } = watch(child);
    assert!(status.success(), "{command}: {status}");
    (fs::read(out).expect("what it printed"), took, peak)
}

#[test]
#[ignore = "a measurement: many minutes, and gigabytes of disk"]
fn a_million_patients_with_five_million_visits() {
    let most: u64 = std::env::var("ODOGRAFT_TEST_PATIENTS").map_or(Ok(1_000_000), |n| n.parse()).expect("a number");
    for patients in [most / 100, most / 10, most] {
        let folder = client("[source.dent_o_soft]\nfolder = \"export\"");
        export(patients, &folder.path().join("export"));
        let rows = patients * (1 + 2 * VISITS);
        let (_, extract, extract_peak) = measured("extract", folder.path());
        let (said, audit, audit_peak) = measured("audit", folder.path());
        let found: Vec<Value> = serde_json::from_slice(&said).expect("a list");
        let counts = |name: &str| {
            let object = found.iter().find(|object| object["object"] == name).expect("an object");
            [&object["records"], &object["rows"], &object["refused"], &object["orphans"]].map(Value::as_u64)
        };
        assert_eq!(counts("patient"), [patients, patients, 0, 0].map(Some));
        assert_eq!(counts("appointment"), [patients * VISITS, patients * VISITS, 0, 0].map(Some));
        assert_eq!(counts("billing"), [patients, patients * VISITS, 0, 0].map(Some));
        let rate = |took: Duration| (rows as f64 / took.as_secs_f64()) as u64;
        println!(
            "{patients} patients, {rows} rows: extracted in {:.1} s ({}/s, peak {extract_peak} MiB), assembled and decoded in {:.1} s ({}/s, peak {audit_peak} MiB)",
            extract.as_secs_f64(),
            rate(extract),
            audit.as_secs_f64(),
            rate(audit),
        );
    }
}
