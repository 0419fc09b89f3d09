//! `cargo xtask promise`: the 43 rows of the promise, each with its golden cases, its way into the stand-in and into a real
//! Odoo 19, and whether all of it holds.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::run::{root, succeeds, target};

/// A source of the promise: what people call it, and what its results are called.
struct Source {
    name: &'static str,
    results: &'static str,
    rows: &'static [Row],
}

/// A row: the object as the promise names it, the module that has its golden cases, and their folders. The first one's name
/// is the row's in the results.
struct Row {
    object: &'static str,
    module: &'static str,
    cases: &'static [&'static str],
}

const fn row(object: &'static str, module: &'static str, cases: &'static [&'static str]) -> Row {
    Row { object, module, cases }
}

const DENTALLY: &str = "dentally";
const DENT_O_SOFT: &str = "dent-o-soft";
const NUMBERS: &str = "practice-by-numbers";
const PANDA: &str = "panda-perio";

const PROMISE: &[Source] = &[
    Source {
        name: "Dentally",
        results: DENTALLY,
        rows: &[
            row("Patient", DENTALLY, &["patient", "patients"]),
            row("Patient clinical", DENTALLY, &["patient-clinical"]),
            row("Appointment", DENTALLY, &["appointment", "appointment-calendar", "appointment-zone", "diary"]),
            row("Practitioner of an appointment", DENTALLY, &["practitioner-of-an-appointment"]),
            row("Recall campaign", DENTALLY, &["recall-campaign"]),
            row("Treatment plan and items", DENTALLY, &["treatment-plan"]),
            row("Invoice, payment", DENTALLY, &["invoice-payment"]),
            row("Patient custom fields", DENTALLY, &["patient-custom-fields"]),
            row("Practice, site", DENTALLY, &["practice-site", "practice-site-company"]),
            row("Portal settings", DENTALLY, &["portal-settings"]),
            row("Vision (imaging)", DENTALLY, &["vision-imaging"]),
        ],
    },
    Source {
        name: "Dent-O-Soft",
        results: DENT_O_SOFT,
        rows: &[
            row("Patient", DENT_O_SOFT, &["patient"]),
            row("Patient insurance", DENT_O_SOFT, &["patient-insurance"]),
            row("Treatment history", DENT_O_SOFT, &["treatment-history"]),
            row("Appointment", DENT_O_SOFT, &["appointment", "appointment-calendar"]),
            row("Practitioner", DENT_O_SOFT, &["practitioner"]),
            row("Supplier, lab", DENT_O_SOFT, &["supplier-lab"]),
            row("Emergency contact", DENT_O_SOFT, &["emergency-contact"]),
            row("Billing record", DENT_O_SOFT, &["billing-record", "billing-record-positive-payments"]),
            row("Clinical note", DENT_O_SOFT, &["clinical-note"]),
            row("Appointment reminder", DENT_O_SOFT, &["appointment-reminder"]),
            row("Practice setting", DENT_O_SOFT, &["practice-setting"]),
            row("Referral source", DENT_O_SOFT, &["referral-source"]),
        ],
    },
    Source {
        name: "Practice by Numbers",
        results: NUMBERS,
        rows: &[
            row("Patient", NUMBERS, &["patient"]),
            row("Provider", NUMBERS, &["provider"]),
            row("Appointment", NUMBERS, &["appointment", "appointment-in-the-calendar"]),
            row("Treatment plan", NUMBERS, &["treatment-plan"]),
            row("Insurance record", NUMBERS, &["insurance-record", "insurance-record-as-contact"]),
            row("Recall, reactivation", NUMBERS, &["recall-reactivation"]),
            row("Payment ledger", NUMBERS, &["payment-ledger"]),
            row("Goal, KPI target", NUMBERS, &["goal-kpi-target"]),
            row("Communication log", NUMBERS, &["communication-log"]),
            row("Custom dental properties", NUMBERS, &["custom-dental-properties"]),
        ],
    },
    Source {
        name: "PANDA Perio",
        results: PANDA,
        rows: &[
            row("Patient", PANDA, &["patient", "patient-without-country"]),
            row(
                "Periodontal chart",
                "perio-chart",
                &["periodontal-chart", "earlier-exam", "earlier-exam-file", "notations"],
            ),
            row("Treatment plan", PANDA, &["treatment-plan"]),
            row("Progress note (SOAP)", PANDA, &["progress-note"]),
            row("Provider", PANDA, &["provider"]),
            row("Referral source", PANDA, &["referral-source", "referral-source-without-opportunities"]),
            row("Practice, clinic", PANDA, &["practice-clinic"]),
            row("Clinical flag", PANDA, &["clinical-flag"]),
            row("Letter template library", PANDA, &["letter-template-library"]),
            row("File attachment", PANDA, &["file-attachment"]),
        ],
    },
];

/// Forgets what earlier runs have found, so that no row passes by it.
pub(crate) fn forget() -> Result<()> {
    let folder = target().join("promise");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("`{}` cannot be removed", folder.display()))?;
    }
    Ok(())
}

/// Runs the golden cases, prints the table from what the tests have left, and fails where a row does not pass.
pub(crate) fn tell(guests: &Path) -> Result<()> {
    let (mut table, mut passing, mut all, mut told) = (String::new(), 0, 0, String::new());
    let _ = writeln!(
        table,
        "\n| source | object | golden cases | stand-in | real Odoo 19 | verdict |\n|---|---|---|---|---|---|"
    );
    for source in PROMISE {
        let standin = found(source.results, "standin")?;
        let real = found(source.results, "real")?;
        // What is wrong with no row in particular is wrong with all of them.
        let is_whole =
            [&standin, &real].iter().all(|found| found.as_ref().is_some_and(|found| common(found).is_empty()));
        for row in source.rows {
            let golden = golden(row, guests);
            let ends = [golden, end(standin.as_ref(), row, &mut told), end(real.as_ref(), row, &mut told)];
            let passes = is_whole && ends.iter().all(|end| end.passes);
            let [golden, standin, real] = ends.map(|end| end.words);
            let verdict = if passes { "pass" } else { "FAIL" };
            let _ = writeln!(table, "| {} | {} | {golden} | {standin} | {real} | {verdict} |", source.name, row.object);
            passing += usize::from(passes);
            all += 1;
        }
        for (place, found) in [("stand-in", &standin), ("real Odoo", &real)] {
            for failure in found.iter().flat_map(common) {
                let _ = writeln!(told, "{} on the {place}: {}", source.name, failure.as_str().unwrap_or_default());
            }
        }
    }
    println!("{table}\n{told}{passing} of {all} rows pass");
    if passing < all {
        bail!("{} of the {all} rows of the promise do not pass; see the table", all - passing);
    }
    Ok(())
}

/// Prints how often the lives were interrupted that came to the same end, and fails where those on the real Odoo, if there
/// were any, were interrupted less often than `least` in all.
pub(crate) fn interruptions(least: u64) -> Result<()> {
    let mut on_real = None;
    for source in PROMISE {
        for place in ["standin", "real"] {
            let Some(told) = found(&format!("interrupted-{}", source.results), place)? else { continue };
            let (times, how) = (told["times"].as_u64().unwrap_or(0), told["how"].as_str().unwrap_or_default());
            println!("{} on {place}: interrupted {times} times ({how}); the same end", source.results);
            if place == "real" {
                *on_real.get_or_insert(0) += times;
            }
        }
    }
    match on_real {
        Some(times) if times < least => {
            bail!("only {times} interruptions on the real Odoo, of {least} that are wanted")
        }
        Some(times) => println!("{times} interruptions on the real Odoo in all"),
        None => {}
    }
    Ok(())
}

/// What is not as it must be with a source as a whole.
fn common(found: &Value) -> &[Value] {
    found["failures"].as_array().map_or(&[][..], Vec::as_slice)
}

/// What one column says of a row.
struct End {
    words: String,
    passes: bool,
}

/// Each golden case is there and ends as it says.
fn golden(row: &Row, guests: &Path) -> End {
    let folder = root().join("guests").join(row.module);
    for case in row.cases {
        let whole =
            ["input.json", "expected.json"].iter().all(|file| folder.join("fixtures").join(case).join(file).exists());
        if !whole {
            return End { words: format!("`{case}` is missing"), passes: false };
        }
    }
    let mut test = Command::new(target().join("debug/odograft"));
    test.args(["module", "test", "--module"]).arg(guests.join(format!("{}.wasm", row.module))).arg(".");
    let passes = succeeds(test.current_dir(&folder));
    let names: Vec<String> = row.cases.iter().map(|case| format!("`{case}`")).collect();
    End { words: if passes { names.join(", ") } else { format!("{}: other than expected", names.join(", ")) }, passes }
}

/// What the tests have found of a source; none where they have not run to their end.
fn found(source: &str, place: &str) -> Result<Option<Value>> {
    let file = target().join("promise").join(format!("{source}-{place}.json"));
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    Ok(Some(serde_json::from_str(&text).with_context(|| format!("`{}`", file.display()))?))
}

/// A row's records and fields in one place, and what failed there.
fn end(found: Option<&Value>, row: &Row, told: &mut String) -> End {
    let Some(found) = found else { return End { words: "not run".to_owned(), passes: false } };
    let found = &found["rows"][row.cases[0]];
    let count = |what: &str| found[what].as_u64().unwrap_or(0);
    let changed: u64 = found["changed"].as_object().into_iter().flatten().filter_map(|(_, count)| count.as_u64()).sum();
    let (records, fields) = (count("records"), count("same") + changed);
    let failures = found["failures"].as_array().map_or(&[][..], Vec::as_slice);
    for failure in failures.iter().take(10) {
        let _ = writeln!(told, "{}: {}", row.cases[0], failure.as_str().unwrap_or_default());
    }
    let passes = failures.is_empty() && records > 0;
    let mut words = format!("{records} records, {fields} fields, {changed} by rule");
    if !failures.is_empty() {
        let _ = write!(words, ", {} failures", failures.len());
    }
    End { words, passes }
}
