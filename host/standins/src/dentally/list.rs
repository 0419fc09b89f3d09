//! Lists: filters, windows, pages.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::DentallyOptions;

/// A request's parameters.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Query {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Query(pairs.collect())
    }

    /// All that chooses rows: the pages of one list have it in common.
    pub(super) fn filters(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| name != "page" && name != "per_page").cloned().collect()
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn moment(&self, name: &str) -> Option<Timestamp> {
        self.get(name).and_then(moment)
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let digits = String::from_utf8_lossy(&digits).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A moment with an offset, or a day that begins in London.
fn moment(text: &str) -> Option<Timestamp> {
    // A `+` that wasn't encoded arrives as a space.
    let text = text.replace(' ', "+");
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let day: Date = text.parse().ok()?;
    day.to_zoned(TimeZone::get("Europe/London").ok()?).ok().map(|moment| moment.timestamp())
}

/// A row's id as text.
pub(super) fn id_text(row: &Value) -> String {
    match &row["id"] {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    }
}

/// The places of the rows that the request's filters leave.
pub(super) fn select(collection: &str, rows: &[Value], query: &Query) -> Vec<usize> {
    let field = |row: &Value, name: &str| row[name].as_str().and_then(moment);
    let bound = |row: &Value, name: &str, after: Option<Timestamp>, before: Option<Timestamp>| {
        if after.is_none() && before.is_none() {
            return true;
        }
        let at = field(row, name);
        after.is_none_or(|after| at.is_some_and(|at| at > after))
            && before.is_none_or(|before| at.is_some_and(|at| at < before))
    };
    let same = |row: &Value, column: &str, parameter: &str| {
        query.get(parameter).is_none_or(|wanted| match &row[column] {
            Value::String(text) => text == wanted,
            Value::Number(number) => number.to_string() == wanted,
            Value::Bool(flag) => wanted == if *flag { "true" } else { "false" },
            _ => false,
        })
    };
    let (after, before) = (query.moment("after"), query.moment("before"));
    // Unwindowed, the list of appointments comes back empty.
    if collection == "appointments" && after.is_none() && before.is_none() && query.get("updated_after").is_none() {
        return Vec::new();
    }
    let cancelled = query.get("cancelled") == Some("true");
    let mut chosen: Vec<usize> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| match collection {
            "patients" => {
                same(row, "site_id", "site_id")
                    && same(row, "active", "active")
                    && bound(row, "updated_at", query.moment("updated_after"), query.moment("updated_before"))
                    && bound(row, "created_at", query.moment("created_after"), query.moment("created_before"))
            }
            // `updated_before` is not honoured here.
            "appointments" => {
                let left_out = matches!(row["state"].as_str(), Some("Cancelled" | "Did not attend"));
                (cancelled || !left_out)
                    && same(row, "practitioner_site_id", "site_id")
                    && same(row, "practitioner_id", "practitioner_id")
                    && same(row, "patient_id", "patient_id")
                    && same(row, "state", "state")
                    && bound(row, "start_time", after, before)
                    && bound(row, "updated_at", query.moment("updated_after"), None)
            }
            _ => {
                same(row, "site_id", "site_id")
                    && same(row, "active", "active")
                    && same(row, "patient_id", "patient_id")
                    && bound(row, "updated_at", query.moment("updated_after"), query.moment("updated_before"))
                    && bound(row, "dated_on", query.moment("dated_on_after"), query.moment("dated_on_before"))
            }
        })
        .map(|(at, _)| at)
        .collect();
    if let Some(column) = query.get("sort_by") {
        chosen.sort_by_key(|at| match &rows[*at][column] {
            Value::Number(number) => (number.as_i64().unwrap_or_default(), String::new()),
            Value::String(text) => (0, text.clone()),
            _ => (0, String::new()),
        });
        if query.get("sort_direction") == Some("desc") {
            chosen.reverse();
        }
    }
    chosen
}

/// One page of the chosen rows in its envelope; `None` when it lies too deep.
pub(super) fn page(
    collection: &str,
    rows: &[Value],
    chosen: &[usize],
    query: &Query,
    options: &DentallyOptions,
) -> Option<Value> {
    // More than 100 silently gives the default of 25.
    let per_page =
        query.get("per_page").and_then(|n| n.parse().ok()).filter(|n| (1..=100).contains(n)).unwrap_or(25_usize);
    let page = query.get("page").and_then(|n| n.parse().ok()).filter(|n| *n > 0).unwrap_or(1_usize);
    let from = (page - 1).saturating_mul(per_page);
    if options.max_offset.is_some_and(|deepest| from > deepest) {
        return None;
    }
    let repeats =
        options.duplicate_every.is_some_and(|every| every > 0 && page > 1 && page.is_multiple_of(every as usize));
    let first = if repeats { from.saturating_sub(1) } else { from };
    let to = from.saturating_add(per_page).min(chosen.len());
    let shown = chosen.get(first..to).filter(|_| from < chosen.len()).unwrap_or_default();
    let shown: Vec<&Value> = shown.iter().map(|at| &rows[*at]).collect();
    Some(json!({
        collection: shown,
        "meta": {
            "total": chosen.len(),
            "total_pages": chosen.len().div_ceil(per_page),
            "current_page": page,
        },
    }))
}
