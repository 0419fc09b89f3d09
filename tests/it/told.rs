//! What a command tells, searched for the practice: every command that a test runs in a clinic's folder, or on any source,
//! goes through here, and in the end all that the suite has printed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::AhoCorasick;
use odograft_ledger::Ledger;
use odograft_standins::practice::{Practice, PracticeOptions};
use serde_json::Value;
use tempfile::TempDir;

/// Fields whose values name a person or are about one, as they are.
const PATIENT: [&str; 15] = [
    "email_address",
    "mobile_phone",
    "home_phone",
    "work_phone",
    "nhs_number",
    "ni_number",
    "address_line_1",
    "postcode",
    "date_of_birth",
    "medical_alert_text",
    "emergency_contact_name",
    "emergency_contact_phone",
    "notes",
    "legacy_id",
    "uuid",
];

/// Of so many patients and visits all is looked for: what tells one of a large practice's tells of these too, and looking for
/// millions of texts takes longer than what is tested.
const LOOKED_FOR: usize = 3_000;

/// The names, numbers, mails and notes of a practice.
#[derive(Debug)]
pub(crate) struct Secrets {
    /// Found wherever they stand.
    texts: Vec<String>,
    /// Found as words of their own: short ones are parts of other words.
    words: Vec<String>,
    /// Finds the texts, and the words behind them.
    finder: AhoCorasick,
}

impl Secrets {
    pub(crate) fn of(practice: &Practice) -> Self {
        let (mut texts, mut words) = (BTreeSet::new(), BTreeSet::new());
        let text = |row: &Value, field: &str| row[field].as_str().map(str::trim).unwrap_or_default().to_owned();
        let mut person = |row: &Value| {
            let (first, last) = (text(row, "first_name"), text(row, "last_name"));
            texts.extend([format!("{first} {last}").trim().to_owned(), format!("{last}, {first}")]);
            words.insert(last);
        };
        let patients = || practice.patients.iter().take(LOOKED_FOR);
        patients().for_each(&mut person);
        practice.practitioners.iter().for_each(|row| person(&row["user"]));
        for row in patients() {
            texts.extend(PATIENT.iter().map(|field| text(row, field)));
            // Dent-O-Soft and Practice by Numbers write days as Americans do.
            if let [year, month, day] = text(row, "date_of_birth").split('-').collect::<Vec<_>>()[..] {
                texts.insert(format!("{month}/{day}/{year}"));
            }
        }
        texts.extend(practice.practitioners.iter().map(|row| text(&row["user"], "email")));
        for row in practice.appointments.iter().take(LOOKED_FOR) {
            texts.extend([text(row, "notes"), text(row, "patient_name")]);
        }
        texts.extend(practice.exams.iter().map(|exam| exam.note.clone()));
        Self::new(texts, words)
    }

    fn new(mut texts: BTreeSet<String>, mut words: BTreeSet<String>) -> Self {
        // Short ones, and single words such as `unknown`, would be found by chance.
        let word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase());
        texts.retain(|text| text.chars().count() > 5 && !word(text));
        words.retain(|word| word.chars().count() > 3);
        // A quotation mark or a line break within them is written otherwise in JSON, and by Rust.
        let escaped: Vec<_> = texts.iter().map(|text| Value::from(text.as_str()).to_string()).collect();
        texts.extend(escaped.iter().map(|text| text.trim_matches('"').to_owned()));
        let finder = AhoCorasick::new(texts.iter().chain(&words)).expect("texts to look for");
        Self { texts: texts.into_iter().collect(), words: words.into_iter().collect(), finder }
    }

    /// How many there are to be found.
    pub(crate) fn len(&self) -> usize {
        self.texts.len() + self.words.len()
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().chain(&self.words).map(String::as_str)
    }

    /// The first that a text holds.
    pub(crate) fn found_in(&self, text: &str) -> Option<&str> {
        // JSON may have escaped what is not ASCII; the suite's own output does not.
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let found = self.finder.find_overlapping_iter(text).find(|found| {
            found.pattern().as_usize() < self.texts.len()
                || apart(text[..found.start()].chars().next_back()) && apart(text[found.end()..].chars().next())
        });
        found.and_then(|found| self.iter().nth(found.pattern().as_usize()))
    }

    /// Fails the test where a text holds one.
    pub(crate) fn assert_absent(&self, what: &str, text: &str) {
        if let Some(found) = self.found_in(text) {
            let line = text.lines().find(|line| line.contains(found)).unwrap_or_default();
            panic!("{what} tells `{found}`, which is the practice's own: {line}");
        }
    }

    /// The same for all that a ledger has commands print.
    fn assert_absent_in_ledger(&self, ledger: &Ledger) {
        let audit = serde_json::to_string(&ledger.audit_entries(0, 100_000).expect("read")).expect("JSON");
        self.assert_absent("the audit", &audit);
        let findings = serde_json::to_string(&ledger.findings().expect("read")).expect("JSON");
        self.assert_absent("a finding", &findings);
        let aside = serde_json::to_string(&ledger.quarantined().expect("read")).expect("JSON");
        self.assert_absent("the quarantine", &aside);
    }
}

/// The practices that this process has generated, and what their exports say beside them.
static GENERATED: Mutex<Vec<Arc<Secrets>>> = Mutex::new(Vec::new());

/// Generates a practice: whatever a command tells from here on is searched for it.
pub(crate) fn generate(options: &PracticeOptions) -> Practice {
    let practice = Practice::generate(options);
    remember(Secrets::of(&practice));
    practice
}

/// Keeps the values of a column of an export, which the generator has made up on the way: what commands tell is searched for
/// them too.
pub(crate) fn remember_column(table: &Path, column: &str) {
    let mut table = csv::Reader::from_path(table).expect("a table");
    let at = table.headers().expect("a header").iter().position(|name| name == column).expect("the column");
    let values = table.records().take(LOOKED_FOR).map(|row| row.expect("a row")[at].to_owned());
    remember(Secrets::new(values.collect(), BTreeSet::new()));
}

fn remember(secrets: Secrets) {
    GENERATED.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(secrets));
}

fn generated() -> Vec<Arc<Secrets>> {
    GENERATED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Searches a text for every practice that was generated.
pub(crate) fn search_text(what: &str, text: &str) {
    generated().iter().for_each(|secrets| secrets.assert_absent(what, text));
}

/// The same for what a command has told.
pub(crate) fn search(command: &Command, output: &Output) {
    for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        search_text(&named(command, stream), &String::from_utf8_lossy(bytes));
    }
}

/// Searches all that a ledger has commands print.
pub(crate) fn search_ledger(ledger: &Ledger) {
    generated().iter().for_each(|secrets| secrets.assert_absent_in_ledger(ledger));
}

fn named(command: &Command, stream: &str) -> String {
    let words: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    format!("`odograft {}` on {stream}", words.join(" "))
}

/// What the commands of one clinic tell.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) secrets: Arc<Secrets>,
    /// What commands tell that are not waited for.
    folder: TempDir,
}

impl Told {
    pub(crate) fn new(practice: &Practice) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { secrets: Arc::new(Secrets::of(practice)), folder }
    }

    /// A file for what one command tells.
    fn file(&self, stream: &str) -> (File, PathBuf) {
        let file = tempfile::Builder::new().prefix(stream).tempfile_in(self.folder.path()).expect("a file");
        file.keep().expect("it stays")
    }

    /// Searches what killed commands have told, and everything in the ledger that commands print.
    pub(crate) fn search(&self, ledger: &Path, key: &str) {
        for file in fs::read_dir(self.folder.path()).expect("a folder").flatten() {
            let told = fs::read(file.path()).expect("readable");
            self.secrets.assert_absent("a command that was not waited for", &String::from_utf8_lossy(&told));
        }
        if !ledger.exists() {
            return;
        }
        let ledger = Ledger::open_read_only(ledger, &key.into()).expect("the ledger opens");
        self.secrets.assert_absent_in_ledger(&ledger);
        assert_eq!(ledger.verify().expect("read").faults, [], "the ledger verifies");
    }
}

/// A command in a clinic's folder. What it tells is searched.
pub(crate) struct Odograft<'c> {
    command: Command,
    told: &'c Told,
}

impl<'c> Odograft<'c> {
    pub(crate) fn new(command: Command, told: &'c Told) -> Self {
        Self { command, told }
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Puts an option's value before the client's folder, which stands last.
    pub(crate) fn value(mut self, value: &Path) -> Self {
        let mut arguments: Vec<_> = self.command.get_args().map(OsStr::to_owned).collect();
        arguments.insert(arguments.len() - 1, value.as_os_str().to_owned());
        let mut command = Command::new(self.command.get_program());
        command.args(arguments).envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.command = command;
        self
    }

    /// The same under a shell that says something first, such as a limit.
    pub(crate) fn under(mut self, shell: &str) -> Self {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{shell}; exec \"$@\"")).arg("sh").arg(self.command.get_program());
        command.args(self.command.get_args());
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.command = command;
        self
    }

    /// Runs it to its end.
    pub(crate) fn output(mut self) -> std::io::Result<Output> {
        let output = self.command.output()?;
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            self.told.secrets.assert_absent(&named(&self.command, stream), &String::from_utf8_lossy(bytes));
        }
        Ok(output)
    }

    /// The command itself, for one whose output is read by somebody else.
    pub(crate) fn unsearched(self) -> Command {
        self.command
    }

    /// Starts it. What it tells goes into files, the path of stderr's comes back, and all is searched in the end.
    pub(crate) fn spawn(mut self) -> std::io::Result<(Child, PathBuf)> {
        let ((out, _), (err, path)) = (self.told.file("stdout"), self.told.file("stderr"));
        Ok((self.command.stdout(out).stderr(err).spawn()?, path))
    }
}

/// All that the suite has printed, as its runner keeps it, in XML: `cargo xtask test` has this run behind the suite.
#[test]
#[ignore = "looks at what the others have printed"]
fn the_whole_run_has_told_no_value() {
    let file = std::env::var("ODOGRAFT_TEST_OUTPUT").expect("what the suite has printed, by `cargo xtask test`");
    let mut printed = fs::read_to_string(file).expect("it is there");
    for (written, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")] {
        printed = printed.replace(written, letter);
    }
    let tests = printed.matches("<testcase ").count();
    assert!(tests > 500, "{tests} tests have printed this");
    for options in [PracticeOptions::default(), crate::clinic::small()] {
        Secrets::of(&Practice::generate(&options)).assert_absent("the suite", &printed);
    }
    // Of other practices, and of what single tests make up.
    for marker in ["Quackenbush", "Fotheringay", "07700 9", "@example.invalid"] {
        let line = printed.lines().find(|line| line.contains(marker));
        assert_eq!(line, None, "the suite tells `{marker}`");
    }
    println!("{tests} tests have printed {} KiB, and nothing of any practice", printed.len() / 1024);
}
