//! Patients from JSON line to JSON line, the whole way of a record through the sandbox.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use odograft_engine::outcome_json;
use odograft_records::Texts;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};
use crate::sandbox::{self, BATCH, Loaded};

/// JSON line in, JSON line out, through the sandbox.
pub(crate) fn sandboxed<'a>(loaded: &Loaded, lines: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) -> Result<()> {
    let Loaded { module, manifest, context } = loaded;
    let mut texts = Texts::new();
    let mut records = Vec::with_capacity(BATCH);
    let mut lines = lines.peekable();
    while lines.peek().is_some() {
        texts.clear();
        records.clear();
        for line in lines.by_ref().take(BATCH) {
            records.push(odograft_records::dentally::decode("patient", "", line, &mut texts)?.record);
        }
        for answer in module.transform(context, manifest, &texts, &records).answers {
            serde_json::to_writer(&mut *out, &outcome_json(manifest, &texts, &answer))?;
            out.push(b'\n');
        }
    }
    Ok(())
}

/// The same in plain Rust.
pub(crate) fn plain(lines: &[String], out: &mut Vec<u8>) -> Result<()> {
    Ok(lines.iter().try_for_each(|line| odograft_bench_plain::line(line, out))?)
}

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let loaded = sandbox::load()?;
    let lines = input::patients(16 * BATCH);
    let run = |way: &dyn Fn(&mut Vec<u8>) -> Result<()>| {
        let mut out = Vec::with_capacity(lines.len() * 640);
        way(&mut out).map(|()| out)
    };
    let sandboxed = || run(&|out| sandboxed(&loaded, lines.iter().map(String::as_str), out));
    let plain = || run(&|out| plain(&lines, out));
    ensure!(plain()? == sandboxed()?, "the two sides write different lines");
    let compared = compare(lines.len(), Side::new("native Rust, typed serde", plain), Side::new("sandbox", sandboxed));
    let question = "patients, JSON line in to upsert out, batch 256";
    Ok(vec![Figure::ratio("pipe", question, &compared, Reach::AtMost(1.8))])
}

/// As the rivals do it: a file in, a file out, and what it took on standard output.
pub(crate) fn child(input: &str, output: &str) -> Result<()> {
    let began = Instant::now();
    let loaded = sandbox::load()?;
    let startup = began.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(input).with_context(|| format!("`{input}`"))?;
    let mut out = Vec::with_capacity(text.len() * 2);
    let began = Instant::now();
    sandboxed(&loaded, text.lines(), &mut out)?;
    let seconds = began.elapsed().as_secs_f64();
    std::fs::write(output, out)?;
    let (tool, records) = ("odograft", text.lines().count());
    let line = serde_json::json!({ "tool": tool, "version": env!("CARGO_PKG_VERSION"), "records": records,
        "seconds": [seconds], "startup_seconds": startup, "peak_rss_kib": crate::growth::peak_kib() });
    println!("{line}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_write_the_same_lines_and_some_are_rejections() {
        let loaded = sandbox::load().expect("the benchmarks' module loads");
        let lines = input::patients(3 * BATCH);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        sandboxed(&loaded, lines.iter().map(String::as_str), &mut ours).expect("the sandbox maps every line");
        plain(&lines, &mut theirs).expect("plain Rust maps every line");
        let text = String::from_utf8(ours).expect("text");
        assert_eq!(text.as_bytes(), theirs);
        assert_eq!(text.lines().filter(|line| line.contains("rejected")).count(), 1);
        assert_eq!(text.lines().count(), lines.len());
    }
}
