//! Walks an object's pages, in windows of time where it must.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use super::answer::{self, Answer};
use super::client::Fetched;
use super::{Dentally, OBJECTS};
use crate::{Page, SourceError};

/// Dentally's largest page; asking for more gives 25.
const PER_PAGE: u32 = 100;

/// The window to begin with. Others who read the live service advise about three months.
const WINDOW_DAYS: u32 = 92;

/// Patients that are too many for one list are read by the day they were made; nothing in Dentally is older than Dentally.
const OLDEST_PATIENT: Date = jiff::civil::date(2008, 1, 1);

/// How an object is listed.
struct Listing {
    endpoint: &'static str,
    /// Parameters that every request carries.
    always: &'static [(&'static str, &'static str)],
    /// The parameters of a window; an object that has none is read as one list.
    window: Option<(&'static str, &'static str)>,
    /// Whether the list comes back empty without a window.
    must_window: bool,
}

fn listing(object: &str) -> Option<Listing> {
    let plain = |endpoint| Listing { endpoint, always: &[], window: None, must_window: false };
    Some(match object {
        "site" => plain("sites"),
        "practitioner" => plain("practitioners"),
        "patient" => Listing { window: Some(("created_after", "created_before")), ..plain("patients") },
        // Without `cancelled` the cancelled ones and those who did not attend are left out.
        "appointment" => Listing {
            always: &[("cancelled", "true")],
            window: Some(("after", "before")),
            must_window: true,
            ..plain("appointments")
        },
        _ => return None,
    })
}

/// Where a walk stands: the page to ask for next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// From 1.
    page: u32,
    /// The window under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    window: Option<Window>,
    /// The first id of the page before this one, to see that pages advance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
}

/// A window of time: a first day, written `YYYY-MM-DD`, and a number of days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    from: String,
    days: u32,
}

/// Reads the page at the cursor.
pub(crate) async fn extract(dentally: &Dentally, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
    let listing = listing(object).ok_or_else(|| SourceError::UnknownObject {
        object: object.to_owned(),
        known: OBJECTS.map(|spec| format!("`{}`", spec.name)).join(", "),
    })?;
    let mut mark = match cursor {
        Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor(object))?,
        None => Mark { page: 1, window: None, before: None },
    };
    if listing.must_window && mark.window.is_none() {
        mark.window = Some(first_window(dentally, object));
    }
    loop {
        let query = query(&listing, &mark, object)?;
        match dentally.client.get(object, listing.endpoint, &query).await? {
            Fetched::Body(text) => {
                let answer = answer::read(object, listing.endpoint, mark.page, &text)?;
                return page(dentally, object, &mark, answer);
            }
            Fetched::TooDeep => mark = narrower(dentally, object, &listing, &mark)?,
        }
    }
}

fn query(listing: &Listing, mark: &Mark, object: &str) -> Result<Vec<(&'static str, String)>, SourceError> {
    let mut query = vec![("page", mark.page.to_string()), ("per_page", PER_PAGE.to_string())];
    query.extend(listing.always.iter().map(|&(name, value)| (name, value.to_owned())));
    if let (Some(window), Some((after, before))) = (&mark.window, listing.window) {
        let (first, next) = bounds(window).ok_or_else(|| bad_cursor(object))?;
        // Whether the ends belong to the window is not documented: a second of overlap leaves no gap either way.
        let eve = shifted(first, (-1).days());
        query.push((after, format!("{eve}T23:59:59Z")));
        query.push((before, format!("{next}T00:00:00Z")));
    }
    Ok(query)
}

/// Checks that the pages advance and says where to go on.
fn page(dentally: &Dentally, object: &str, mark: &Mark, answer: Answer) -> Result<Page, SourceError> {
    let Answer { rows, meta } = answer;
    let repeat = |reason| SourceError::PagesRepeat { object: object.to_owned(), page: mark.page, reason };
    if meta.current_page.is_some_and(|current| current != u64::from(mark.page)) {
        return Err(repeat("the answer is another page than the one asked for"));
    }
    let first = rows.first().map(|row| row.id.clone());
    if first.is_some() && first == mark.before {
        return Err(repeat("it begins with the same row as the page before"));
    }
    let more_pages = meta.total_pages.is_none_or(|pages| u64::from(mark.page) < pages);
    if rows.is_empty() && meta.total_pages.is_some_and(|pages| u64::from(mark.page) < pages) {
        return Err(repeat("it is empty although more pages are announced"));
    }
    // Where the number of pages is not announced, an empty page is the end.
    let next = if more_pages && !rows.is_empty() {
        Some(Mark { page: mark.page + 1, window: mark.window.clone(), before: first })
    } else {
        match &mark.window {
            Some(window) => window_after(dentally, object, window)?.map(in_window),
            None => None,
        }
    };
    // A window's total says nothing about the whole.
    let total = if mark.window.is_none() { meta.total } else { None };
    let next = next.map(|mark| serde_json::to_string(&mark)).transpose().map_err(|_| bad_cursor(object))?;
    Ok(Page { rows, next, total })
}

/// Halves the window, or begins to use windows, after a page that was too deep. Its rows are then walked from their start.
fn narrower(dentally: &Dentally, object: &str, listing: &Listing, mark: &Mark) -> Result<Mark, SourceError> {
    let too_deep = SourceError::TooDeep { object: object.to_owned(), page: mark.page };
    match &mark.window {
        Some(window) if window.days > 1 => {
            tracing::info!(object, from = window.from, days = window.days / 2, "halving the window after a 413");
            Ok(in_window(Window { from: window.from.clone(), days: window.days / 2 }))
        }
        None if listing.window.is_some() => Ok(in_window(first_window(dentally, object))),
        _ => Err(too_deep),
    }
}

fn in_window(window: Window) -> Mark {
    Mark { page: 1, window: Some(window), before: None }
}

fn first_window(dentally: &Dentally, object: &str) -> Window {
    let from = if object == "patient" { OLDEST_PATIENT } else { shifted(dentally.from, (-1).days()) };
    Window { from: from.to_string(), days: WINDOW_DAYS }
}

/// The window that follows; it grows back to full length step by step. `None` after the last day.
fn window_after(dentally: &Dentally, object: &str, window: &Window) -> Result<Option<Window>, SourceError> {
    let (_, next) = bounds(window).ok_or_else(|| bad_cursor(object))?;
    let days = window.days.saturating_mul(2).min(WINDOW_DAYS);
    let last = shifted(dentally.until, 1.days());
    Ok((next <= last).then(|| Window { from: next.to_string(), days }))
}

/// A window's first day and the first day after it.
fn bounds(window: &Window) -> Option<(Date, Date)> {
    let first: Date = window.from.parse().ok()?;
    if window.days == 0 || window.days > WINDOW_DAYS {
        return None;
    }
    Some((first, shifted(first, Span::new().days(i64::from(window.days)))))
}

/// Dates end in the year 9999; no appointment is there.
fn shifted(date: Date, span: Span) -> Date {
    date.saturating_add(span)
}

fn bad_cursor(object: &str) -> SourceError {
    SourceError::BadCursor { object: object.to_owned() }
}
