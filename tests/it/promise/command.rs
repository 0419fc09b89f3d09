//! The command in a client's folder, as the life of a migration runs it: to its end, or with something going wrong on the
//! way until it is run once more and comes to its end.

use std::cell::RefCell;
use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Destination;
use crate::odoo::proxy::{Behind, Proxy};
use crate::sources;

/// A document that was handed over.
pub(super) struct Document {
    /// The heading that the module declares for documents of its kind.
    pub(super) title: String,
    /// The number of the source record that it stems from.
    pub(super) key: String,
    pub(super) document: Value,
}

/// The command in a client's folder; what it tells is searched for the practice.
pub(super) struct Odograft<'f> {
    pub(super) folder: &'f Path,
    pub(super) key: &'f str,
    pub(super) troubles: Option<&'f Troubles>,
}

/// What goes wrong while a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// A person presses Ctrl-C.
    CtrlC,
    /// The process is killed.
    Kill,
    /// The network is gone for a while.
    Cut,
    /// Odoo is stopped and started again.
    Restart,
}

/// Which commands of a life are troubled, how often at most, and within how many seconds of a real Odoo's the trouble comes.
/// Each attempt goes on where the one before was stopped, so that together they go through all of a command.
const TROUBLED: [(&str, usize, f64); 6] = [
    ("plan", 4, 1.0),
    ("pilot", 4, 2.0),
    ("run", 10, 2.0),
    ("delta", 6, 2.0),
    ("handover", 2, 0.5),
    ("rollback", 8, 2.0),
];

/// Troubles of one life.
pub(super) struct Troubles {
    /// Stands between the command and Odoo.
    pub(super) proxy: Proxy,
    /// The script that starts a real Odoo again.
    script: Option<String>,
    /// How much faster than a real Odoo all goes here.
    faster: f64,
    random: RefCell<fastrand::Rng>,
    /// What went wrong in which command, while it ran.
    met: RefCell<Vec<(String, Trouble)>>,
}

impl Troubles {
    pub(super) fn before(upstream: &str, destination: Destination, seed: u64) -> Self {
        let behind = Behind { timeout: Duration::from_secs(1), process: None };
        let real = destination == Destination::Real;
        Self {
            proxy: Proxy::start(upstream, seed, 0, behind),
            script: std::env::var("ODOGRAFT_TEST_ODOO_SCRIPT").ok().filter(|_| real),
            faster: if real { 1.0 } else { 8.0 },
            random: RefCell::new(fastrand::Rng::with_seed(seed)),
            met: RefCell::default(),
        }
    }

    /// How many were met, and in which commands, told in a line.
    pub(super) fn told(&self) -> (usize, String) {
        let met = self.met.borrow();
        let count = |trouble: Trouble| met.iter().filter(|(_, own)| *own == trouble).count();
        let [pressed, killed, cut, restarted] =
            [Trouble::CtrlC, Trouble::Kill, Trouble::Cut, Trouble::Restart].map(count);
        let by_command: Vec<String> = TROUBLED
            .iter()
            .map(|(command, ..)| format!("{command} {}", met.iter().filter(|(own, _)| own == command).count()))
            .collect();
        let words = format!(
            "{}; Ctrl-C {pressed}, killed {killed}, network cut {cut}, Odoo restarted {restarted}",
            by_command.join(", ")
        );
        (met.len(), words)
    }

    /// Runs a command and troubles it; what it told where it came to its end all the same.
    fn trouble(&self, mut command: Command, word: &str, limit: f64) -> Option<Output> {
        let out = tempfile::NamedTempFile::new().expect("a file");
        let errors = tempfile::NamedTempFile::new().expect("a file");
        let open = |file: &tempfile::NamedTempFile| File::create(file.path()).expect("a file");
        command.stdin(Stdio::null()).stdout(open(&out)).stderr(open(&errors));
        let (moment, trouble, faults) = {
            let mut random = self.random.borrow_mut();
            let troubles = [Trouble::CtrlC, Trouble::Kill, Trouble::Cut, Trouble::Restart];
            // Starting Odoo again takes the longest, and is done least.
            let trouble = troubles[[0, 0, 0, 1, 1, 1, 2, 2, 2, 3][random.usize(..10)]];
            let trouble = if self.script.is_none() && trouble == Trouble::Restart { Trouble::Cut } else { trouble };
            (Duration::from_secs_f64(random.f64() * limit / self.faster), trouble, random.usize(3..40))
        };
        let mut child = command.spawn().expect("the command starts");
        let began = Instant::now();
        let running = loop {
            if child.try_wait().expect("the child can be asked").is_some() {
                break false;
            }
            if began.elapsed() >= moment {
                break true;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        if running {
            self.met.borrow_mut().push((word.to_owned(), trouble));
            match trouble {
                Trouble::CtrlC => {
                    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
                    assert!(sent.expect("`kill` is there").success() || child.try_wait().is_ok());
                }
                // A child that has just ended cannot be killed, which is all right.
                Trouble::Kill => drop(child.kill()),
                Trouble::Cut => self.proxy.cut(faults),
                Trouble::Restart => self.restart(),
            }
        }
        let status = child.wait().expect("the child ends");
        self.proxy.calm();
        let read = |file: &tempfile::NamedTempFile| std::fs::read(file.path()).expect("what it told");
        let output = Output { status, stdout: read(&out), stderr: read(&errors) };
        sources::search(&command, &output);
        match output.status.code() {
            Some(0 | 3) => Some(output),
            Some(130) if trouble == Trouble::CtrlC => None,
            // A signal that comes before the command listens ends it at once.
            None if matches!(trouble, Trouble::Kill | Trouble::CtrlC) => None,
            Some(1) if matches!(trouble, Trouble::Cut | Trouble::Restart) => None,
            _ => panic!("{word} after {trouble:?}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr)),
        }
    }

    fn restart(&self) {
        let Some(script) = &self.script else { return };
        for step in ["down", "up"] {
            let done =
                Command::new("bash").args([script.as_str(), step]).stdout(Stdio::null()).stderr(Stdio::null()).status();
            assert!(done.expect("the script runs").success(), "Odoo goes {step}");
        }
    }
}

impl Odograft<'_> {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = sources::odograft_in(self.folder, words);
        command.env("ODOGRAFT_ODOO_KEY", self.key);
        command
    }

    pub(super) fn output(&self, words: &[&str]) -> Output {
        sources::told_by(&mut self.command(words))
    }

    pub(super) fn succeeds(&self, words: &[&str]) {
        let output = self.output(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Its answer, at whatever attempt it came to its end.
    pub(super) fn json(&self, words: &[&str]) -> Value {
        let output = self.troubled(words).unwrap_or_else(|| self.output(words));
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{words:?}: {errors}");
        serde_json::from_slice(&output.stdout).expect("the answer is JSON")
    }

    fn troubled(&self, words: &[&str]) -> Option<Output> {
        let troubles = self.troubles?;
        let (word, times, limit) = TROUBLED.into_iter().find(|(word, ..)| *word == words[0])?;
        (0..times).find_map(|_| troubles.trouble(self.command(words), word, limit))
    }

    /// Hands over, and reads every document that a person would open.
    pub(super) fn handed(&self) -> Vec<Document> {
        let summary = self.json(&["handover", "--json"]);
        let place = self.folder.join("handover");
        let mut documents = Vec::new();
        for kind in summary["kinds"].as_array().expect("a list") {
            let word = |name: &str| kind[name].as_str().expect("a word");
            let lines = std::fs::read_to_string(place.join(word("lines"))).expect("a line for each document");
            for line in lines.lines() {
                let line: Value = serde_json::from_str(line).expect("JSON");
                let file = place.join(word("folder")).join(line["file"].as_str().expect("a file"));
                let document = std::fs::read(file).expect("a document");
                documents.push(Document {
                    title: word("title").to_owned(),
                    key: line["id"].as_str().expect("the source row's number").to_owned(),
                    document: serde_json::from_slice(&document).expect("a document is JSON"),
                });
            }
        }
        documents
    }

    pub(super) fn timed(&self, words: &[&str], took: &mut Duration) -> Value {
        let began = Instant::now();
        let answer = self.json(words);
        *took = began.elapsed();
        answer
    }
}
