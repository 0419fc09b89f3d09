//! Where a run stands: a line that moves on a terminal, plain lines elsewhere, events as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use odograft_migration::{Event, Stage};

/// Tells what a run tells.
pub(crate) struct Progress {
    json: bool,
    bar: ProgressBar,
    done: BTreeMap<String, u64>,
}

impl Progress {
    /// `json`: one event per line on stderr.
    pub(crate) fn new(json: bool) -> Self {
        let bar = if json { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { json, bar, done: BTreeMap::new() }
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
                self.bar.enable_steady_tick(Duration::from_millis(120));
            }
            Event::Progress { stage, what, done } => {
                *self.done.entry(what.clone()).or_default() += done;
                self.bar.set_message(self.line(*stage));
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
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
