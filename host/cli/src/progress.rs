//! Where a run stands: a bar with rate and remaining time on a terminal, plain lines elsewhere, events as JSON.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use odograft_migration::{Event, Stage};

use crate::show;

/// Without a terminal, a line that often.
const EVERY: Duration = Duration::from_secs(10);

/// Tells what a run tells.
pub(crate) struct Progress {
    json: bool,
    bar: ProgressBar,
    done: BTreeMap<String, u64>,
    /// Rows of the stage, where they are known.
    expected: Option<u64>,
    began: Instant,
    told: Instant,
}

impl Progress {
    /// `json`: one event per line on stderr.
    pub(crate) fn new(json: bool) -> Self {
        let bar = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        let now = Instant::now();
        let progress = Self { json, bar, done: BTreeMap::new(), expected: None, began: now, told: now };
        progress.style("{spinner} {msg}");
        progress
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━╸─"));
        }
    }

    pub(crate) fn tell(&mut self, event: &Event) {
        if self.json {
            if let Ok(line) = serde_json::to_string(&event) {
                eprintln!("{line}");
            }
            return;
        }
        match event {
            Event::Started { .. } => {
                self.done.clear();
                self.expected = None;
                (self.began, self.told) = (Instant::now(), Instant::now());
                self.bar.reset();
                self.style("{spinner} {msg}");
                self.bar.enable_steady_tick(Duration::from_millis(120));
            }
            Event::Expected { rows: 0, .. } => {}
            Event::Expected { rows, .. } => {
                self.expected = Some(*rows);
                self.bar.set_length(*rows);
                self.style("{spinner} {bar:24} {percent:>3} %  {per_sec}, {eta} left  {msg}");
            }
            Event::Progress { stage, what, done } => {
                *self.done.entry(what.clone()).or_default() += done;
                self.bar.inc(*done);
                self.bar.set_message(self.line(*stage));
                if !std::io::stderr().is_terminal() && self.told.elapsed() >= EVERY {
                    self.told = Instant::now();
                    eprintln!("{}", self.plain(*stage));
                }
            }
            Event::Absent { list } => {
                let line = format!("left out  {}: {}", list.object, list.reason);
                self.bar.suspend(|| eprintln!("{line}"));
            }
            Event::Finished { stage } => {
                self.bar.disable_steady_tick();
                let line = self.line(*stage);
                self.bar.suspend(|| eprintln!("{line}"));
                self.bar.set_message("");
            }
        }
    }

    fn line(&self, stage: Stage) -> String {
        let done: Vec<String> = self.done.iter().map(|(what, count)| format!("{count} {what}")).collect();
        let done = if done.is_empty() { "nothing to do".to_owned() } else { done.join(", ") };
        format!("{:<10}{done}", stage.name())
    }

    /// How far a stage is, without a terminal to draw on.
    fn plain(&self, stage: Stage) -> String {
        let done: u64 = self.done.values().sum();
        let milliseconds = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = done * 1_000 / milliseconds;
        let left = self.expected.filter(|rows| *rows > done && done > 0).map(|rows| {
            let left = u128::from(rows - done) * u128::from(milliseconds) / u128::from(done);
            format!(" of {rows}, {} left", show::duration(u64::try_from(left).unwrap_or(u64::MAX)))
        });
        format!("{:<10}{done}{} ({rate} a second)", stage.name(), left.unwrap_or_default())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
