//! The table, the JSON and the page.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::figure::{Figure, Reach};

/// The table stands between these in the page.
const MARKERS: [&str; 2] = ["<!-- figures: begin -->\n", "<!-- figures: end -->"];

/// A line for each figure.
pub(crate) fn lines(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {:<52} {:<30} {:>22} {}",
            figure.question,
            figure.baseline,
            value(figure),
            verdict(figure)
        );
    }
    text
}

/// Writes what is asked for.
pub(crate) fn write(figures: &[Figure], json: Option<&Path>, readme: Option<&Path>) -> Result<()> {
    if let Some(file) = json {
        let all = json!({ "machine": machine(), "figures": figures });
        std::fs::write(file, serde_json::to_string_pretty(&all)?).with_context(|| format!("`{}`", file.display()))?;
    }
    if let Some(file) = readme {
        let page = std::fs::read_to_string(file).with_context(|| format!("`{}`", file.display()))?;
        let begin = page.find(MARKERS[0]).context("the page has no marker for the table")? + MARKERS[0].len();
        let end = page.find(MARKERS[1]).context("the page has no marker for the table's end")?;
        let page = format!("{}{}{}", &page[..begin], table(figures), &page[end..]);
        std::fs::write(file, page)?;
    }
    Ok(())
}

fn table(figures: &[Figure]) -> String {
    let mut text = format!("{}\n\n", machine());
    text.push_str("| question | baseline | measured | spread | a unit, ns (baseline) | runs | reach | |\n");
    text.push_str("|---|---|---|---|---|---|---|---|\n");
    for figure in figures {
        let nanoseconds = figure.nanoseconds.map_or(String::new(), |[own, base]| format!("{own:.0} ({base:.0})"));
        let _ = writeln!(
            text,
            "| {}{} | {} | {} | {}-{} | {nanoseconds} | {} | {} | {} |",
            figure.question,
            if figure.note.is_empty() { String::new() } else { format!(" ({})", figure.note) },
            figure.baseline,
            value(figure),
            number(figure.value.lower),
            number(figure.value.upper),
            figure.rounds,
            reach(figure),
            verdict(figure),
        );
    }
    text
}

fn value(figure: &Figure) -> String {
    format!("{} {}", number(figure.value.median), figure.unit)
}

fn number(value: f64) -> String {
    if value.abs() < 100.0 { format!("{value:.2}") } else { format!("{value:.0}") }
}

fn reach(figure: &Figure) -> String {
    match figure.reach {
        Some(Reach::AtMost(limit)) => format!("at most {limit}"),
        Some(Reach::AtLeast(limit)) => format!("at least {limit}"),
        None => String::new(),
    }
}

fn verdict(figure: &Figure) -> &'static str {
    match figure.reach {
        _ if figure.regressed => "regressed",
        Some(reach) if reach.reached(figure.value.median) => "reached",
        Some(_) => "short",
        None => "",
    }
}

/// What the figures were measured on.
fn machine() -> String {
    let first = |file: &str, word: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .find(|line| line.starts_with(word))
            .and_then(|line| line.split_once(':'))
            .map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = first("/proc/meminfo", "MemTotal");
    format!(
        "{}, {cores} cores, {memory}, {} {}; allocator on both sides: mimalloc; a shared machine",
        first("/proc/cpuinfo", "model name"),
        std::env::consts::OS,
        std::env::consts::ARCH,
    )
}
