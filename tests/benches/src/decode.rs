//! A staged row to a typed record.

use anyhow::Result;
use odograft_bench_plain::Patient;
use odograft_records::Texts;

use crate::figure::{Figure, Reach};
use crate::input;
use crate::measure::{Side, compare};
use crate::sandbox::BATCH;

pub(crate) fn figures() -> Result<Vec<Figure>> {
    let lines = input::patients(16 * BATCH);
    let plain = || lines.iter().map(|line| serde_json::from_str::<Patient>(line)).collect::<Result<Vec<_>, _>>();
    let typed = || {
        lines
            .chunks(BATCH)
            .map(|lines| {
                let mut texts = Texts::new();
                let record = |line: &String| odograft_records::dentally::decode("patient", "", line, &mut texts);
                let records = lines.iter().map(record).collect::<Result<Vec<_>, _>>();
                (records, texts)
            })
            .collect::<Vec<_>>()
    };
    let compared = compare(lines.len(), Side::new("serde_json to a plain struct", plain), Side::new("decode", typed));
    Ok(vec![Figure::ratio("decode", "staged row to typed record", &compared, Reach::AtMost(1.5))])
}
