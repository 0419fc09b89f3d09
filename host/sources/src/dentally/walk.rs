//! Walks an object's pages, in windows of time where it must.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use super::Dentally;
use super::answer::{self, Answer};
use super::client::Fetched;
use super::listing::{self, Listing};
use crate::{Page, SourceError};

/// Dentally's largest page; asking for more gives 25.
const PER_PAGE: u32 = 100;

/// The window to begin with. Others who read the live service advise about three months.
const WINDOW_DAYS: u32 = 92;

/// Rows that are too many for one list are read by the moment they were made or changed; nothing in Dentally was before
/// Dentally.
const OLDEST: Date = jiff::civil::date(2008, 1, 1);

/// Invoices carry a day of their own, which may have come with them from an earlier system.
const OLDEST_DAY: Date = jiff::civil::date(1980, 1, 1);

/// How often a list is walked again whose rows are fewer than it says: rows move while the practice works.
const AGAIN: u32 = 2;

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
    /// The ids of that page: what comes again on the next one is no new row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
    /// Rows of this list so far, those that came again not counted.
    #[serde(default, skip_serializing_if = "is_zero")]
    rows: u64,
    /// How often this list was begun again because rows were missing.
    #[serde(default, skip_serializing_if = "is_zero")]
    again: u32,
}

impl Mark {
    /// The first page of a list.
    fn first(window: Option<Window>) -> Self {
        Self { page: 1, window, before: None, ids: Vec::new(), rows: 0, again: 0 }
    }
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// A window of time: a first day, written `YYYY-MM-DD`, and a number of days; 0 for one without an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    from: String,
    days: u32,
}

/// Reads the page at the cursor.
pub(crate) async fn extract(dentally: &Dentally, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
    let listing = listing::of(object)
        .ok_or_else(|| SourceError::UnknownObject { object: object.to_owned(), known: listing::known() })?;
    let mut mark = match cursor {
        Some(text) => serde_json::from_str(text).map_err(|_| bad_cursor(object))?,
        None => Mark::first(None),
    };
    if listing.window.is_some_and(|cut| cut.must) && mark.window.is_none() {
        mark.window = Some(first_window(dentally, listing));
    }
    loop {
        let query = query(listing, &mark)?;
        let fetched = dentally.client.get(object, listing.endpoint, &query).await;
        match fetched.map_err(|error| withheld(listing, cursor, error))? {
            Fetched::Body(text) => {
                let answer = answer::read(listing, mark.page, &text)?;
                return page(dentally, listing, &mark, answer);
            }
            Fetched::TooDeep => mark = narrower(dentally, listing, &mark)?,
        }
    }
}

/// Tells a list that the account withholds from a reading that went wrong. One that was begun is not withheld.
fn withheld(listing: &Listing, cursor: Option<&str>, error: SourceError) -> SourceError {
    match &error {
        SourceError::ScopeMissing { .. } | SourceError::Status { status: 404, .. }
            if cursor.is_none() && !listing.needed =>
        {
            SourceError::Absent { object: listing.object.to_owned(), reason: Box::new(error) }
        }
        _ => error,
    }
}

fn query(listing: &Listing, mark: &Mark) -> Result<Vec<(&'static str, String)>, SourceError> {
    if listing.single {
        return Ok(Vec::new());
    }
    let mut query = vec![("page", mark.page.to_string()), ("per_page", PER_PAGE.to_string())];
    query.extend(listing.always.iter().map(|&(name, value)| (name, value.to_owned())));
    if let (Some(window), Some(cut)) = (&mark.window, listing.window) {
        let (first, next) = bounds(window).ok_or_else(|| bad_cursor(listing.object))?;
        // Whether the ends belong to the window is not documented: a second, or a day, of overlap leaves no gap either way.
        let eve = shifted(first, (-1).days());
        query.push((cut.after, if cut.days { eve.to_string() } else { format!("{eve}T23:59:59Z") }));
        if let Some(next) = next {
            query.push((cut.before, if cut.days { next.to_string() } else { format!("{next}T00:00:00Z") }));
        }
    }
    Ok(query)
}

/// Checks that the pages advance and that the list is whole, and says where to go on.
fn page(dentally: &Dentally, listing: &Listing, mark: &Mark, answer: Answer) -> Result<Page, SourceError> {
    let Answer { rows, meta } = answer;
    let object = listing.object;
    let repeat = |reason| SourceError::PagesRepeat { object: object.to_owned(), page: mark.page, reason };
    if meta.current_page.is_some_and(|current| current != u64::from(mark.page)) {
        return Err(repeat("the answer is another page than the one asked for"));
    }
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    if !ids.is_empty() && ids.first() == mark.before.as_ref() {
        return Err(repeat("it begins with the same row as the page before"));
    }
    if rows.is_empty() && meta.total_pages.is_some_and(|pages| u64::from(mark.page) < pages) {
        return Err(repeat("it is empty although more pages are announced"));
    }
    let seen: HashSet<&str> = mark.ids.iter().map(String::as_str).collect();
    let new: HashSet<&str> = ids.iter().map(String::as_str).filter(|id| !seen.contains(id)).collect();
    let count = mark.rows + new.len() as u64;
    let more_pages = !listing.single && meta.total_pages.is_none_or(|pages| u64::from(mark.page) < pages);
    // Where the number of pages is not announced, an empty page is the end.
    let next = if more_pages && !rows.is_empty() {
        let (before, window) = (ids.first().cloned(), mark.window.clone());
        Some(Mark { page: mark.page + 1, window, before, ids, rows: count, again: mark.again })
    } else {
        after_list(dentally, listing, mark, count, meta.total)?
    };
    // A window's total says nothing about the whole.
    let total = if mark.window.is_none() { meta.total } else { None };
    let next = next.map(|mark| serde_json::to_string(&mark)).transpose().map_err(|_| bad_cursor(object))?;
    Ok(Page { rows, next, total, ..Page::default() })
}

/// Where to go on behind the last page of a list: the next window, or the same list again where rows are missing.
fn after_list(
    dentally: &Dentally,
    listing: &Listing,
    mark: &Mark,
    count: u64,
    total: Option<u64>,
) -> Result<Option<Mark>, SourceError> {
    let object = listing.object;
    if let Some(total) = total.filter(|total| *total > count) {
        if mark.again < AGAIN {
            tracing::warn!(object, total, count, "rows are missing, reading the list again");
            return Ok(Some(Mark { again: mark.again + 1, ..Mark::first(mark.window.clone()) }));
        }
        if !dentally.accepts_missing_rows {
            return Err(SourceError::RowsMissing { object: object.to_owned(), total, count });
        }
        tracing::warn!(object, total, count, "rows are missing, as the configuration allows");
    }
    match &mark.window {
        Some(window) => Ok(window_after(dentally, listing, window)?.map(in_window)),
        None => Ok(None),
    }
}

/// Halves the window, or begins to use windows, after a page that was too deep. Its rows are then walked from their start.
fn narrower(dentally: &Dentally, listing: &Listing, mark: &Mark) -> Result<Mark, SourceError> {
    let object = listing.object;
    let too_deep = SourceError::TooDeep { object: object.to_owned(), page: mark.page };
    match &mark.window {
        // One without an end is too long as a whole: it begins with one of the usual length.
        Some(window) if window.days == 0 => Ok(in_window(Window { days: WINDOW_DAYS, ..window.clone() })),
        Some(window) if window.days > 1 => {
            tracing::info!(object, from = window.from, days = window.days / 2, "halving the window after a 413");
            Ok(in_window(Window { from: window.from.clone(), days: window.days / 2 }))
        }
        None if listing.window.is_some() => Ok(in_window(first_window(dentally, listing))),
        _ => Err(too_deep),
    }
}

fn in_window(window: Window) -> Mark {
    Mark::first(Some(window))
}

fn first_window(dentally: &Dentally, listing: &Listing) -> Window {
    let from = match listing.window {
        Some(cut) if cut.must => shifted(dentally.from, (-1).days()),
        Some(cut) if cut.days => OLDEST_DAY,
        _ => OLDEST,
    };
    Window { from: from.to_string(), days: WINDOW_DAYS }
}

/// The window that follows; it grows back to full length step by step. `None` after the last.
fn window_after(dentally: &Dentally, listing: &Listing, window: &Window) -> Result<Option<Window>, SourceError> {
    let (_, next) = bounds(window).ok_or_else(|| bad_cursor(listing.object))?;
    let Some(next) = next else { return Ok(None) };
    let last = shifted(dentally.until, 1.days());
    if next <= last {
        let days = window.days.saturating_mul(2).min(WINDOW_DAYS);
        return Ok(Some(Window { from: next.to_string(), days }));
    }
    // The appointments asked for end here. Of everything else there may be later rows: the last window has no end.
    let must = listing.window.is_some_and(|cut| cut.must);
    Ok((!must).then(|| Window { from: next.to_string(), days: 0 }))
}

/// A window's first day and the first day after it, where it has an end.
fn bounds(window: &Window) -> Option<(Date, Option<Date>)> {
    let first: Date = window.from.parse().ok()?;
    if window.days > WINDOW_DAYS {
        return None;
    }
    let next = (window.days > 0).then(|| shifted(first, Span::new().days(i64::from(window.days))));
    Some((first, next))
}

/// Dates end in the year 9999; no appointment is there.
fn shifted(date: Date, span: Span) -> Date {
    date.saturating_add(span)
}

fn bad_cursor(object: &str) -> SourceError {
    SourceError::BadCursor { object: object.to_owned() }
}
