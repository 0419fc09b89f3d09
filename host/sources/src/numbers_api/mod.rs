//! The JSON API of Practice by Numbers: lists in pages of items, below an organisation.
//!
//! Only developers' pages describe it, and of these lists only the patients; where other lists lie is configured. Pages are
//! numbered and in the order in which items were made, so what is deleted between two of them moves a row past the reader: the
//! total that each page tells is watched, and the list is read again where it falls.

mod client;
mod problem;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

pub use problem::NumbersProblem;

use self::client::Client;
use crate::{DropKind, ObjectSpec, Page, SourceError, SourceRow};

/// Whose objects these are.
const KIND: DropKind = DropKind::PracticeByNumbers;

/// The word under `format` in its manifest.
const FORMAT: &str = "practice-by-numbers-api";

/// Rows of a page; what a page really has is what the server gives.
const PAGE_ROWS: u64 = 100;

/// How often a list is read that changes while it is read.
const READINGS: u32 = 3;

/// How to reach the API.
#[derive(Debug, Clone)]
pub struct NumbersApiOptions {
    /// Its base address, before `/api/v1`.
    pub url: String,
    /// The organisation's id in the address.
    pub organisation: String,
    /// A token that may read.
    pub token: SecretString,
    /// By object, the last part of its list's address; `patients` of patients where they are not named.
    pub lists: BTreeMap<String, String>,
    /// The practice's zone, for moments that the API sends without an offset.
    pub time_zone: String,
}

/// The API of one organisation.
#[derive(Debug)]
pub struct NumbersApi {
    client: Client,
    /// How its texts are to be read, as drops have it in a file.
    manifest: String,
    objects: Vec<(ObjectSpec<'static>, String)>,
    specs: Vec<ObjectSpec<'static>>,
}

/// Where the reading of a list stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    page: u32,
    /// Rows of the pages before.
    read: u64,
    /// The id that the page before began with.
    before: Option<String>,
    /// The total that it told.
    total: Option<u64>,
    /// Which reading of the list it is.
    reading: u32,
}

const FIRST: Mark = Mark { page: 1, read: 0, before: None, total: None, reading: 1 };

/// A page as the API sends it.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
    page: Option<u32>,
    page_size: Option<u64>,
    total: Option<u64>,
}

/// What tells an item and its patient or provider. Either name is in use.
#[derive(Deserialize)]
struct Keys<'a> {
    #[serde(borrow)]
    uuid: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    patient_uuid: Option<&'a RawValue>,
    #[serde(borrow)]
    patient_id: Option<&'a RawValue>,
    #[serde(borrow)]
    provider_uuid: Option<&'a RawValue>,
    #[serde(borrow)]
    provider_id: Option<&'a RawValue>,
}

impl NumbersApi {
    /// Checks the options; nothing is sent yet.
    ///
    /// # Errors
    /// [`SourceError::BadOption`].
    pub fn new(options: NumbersApiOptions) -> Result<Self, SourceError> {
        let bad = |option, reason: &str, hint| SourceError::BadOption { option, reason: reason.to_owned(), hint };
        let part = |text: &str| {
            !text.is_empty()
                && text.split('/').all(|part| {
                    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                })
        };
        if !part(&options.organisation) || options.organisation.contains('/') {
            return Err(bad("organisation", "it is no id", "copy it from the address of the API"));
        }
        if TimeZone::get(&options.time_zone).is_err() {
            let hint = "name one of the IANA database, such as `America/Chicago`";
            return Err(bad("time_zone", "there is no such zone", hint));
        }
        let manifest = json!({
            "format": FORMAT, "version": 1, "date_order": "ymd", "decimal_mark": ".", "time_zone": options.time_zone,
        });
        let mut lists = options.lists;
        lists.entry("patient".to_owned()).or_insert_with(|| "patients".to_owned());
        let mut objects = Vec::new();
        for name in KIND.columns().map(|(name, _)| name) {
            let Some(list) = lists.remove(name) else { continue };
            if !part(&list) {
                return Err(bad(
                    "lists",
                    "a list's address has other signs than letters, digits, `-`, `_` and `/`",
                    "give it without query",
                ));
            }
            objects.push((ObjectSpec { name, parent: KIND.parent(name) }, list));
        }
        if let Some(name) = lists.keys().next() {
            let hint = "name one of the objects of Practice by Numbers, such as `patient` or `appointment`";
            return Err(bad("lists", &format!("`{name}` is no object"), hint));
        }
        let client = Client::new(&options.url, &options.organisation, options.token)?;
        let mut specs = vec![ObjectSpec { name: KIND.manifest_object(), parent: None }];
        specs.extend(objects.iter().map(|(spec, _)| *spec));
        Ok(Self { client, manifest: manifest.to_string(), objects, specs })
    }

    /// What it offers: the manifest, then the lists, patients before what belongs to them.
    pub fn objects(&self) -> &[ObjectSpec<'_>] {
        &self.specs
    }

    /// The page at the cursor; the body of a row is its item, as it was sent.
    pub async fn extract(&self, object: &str, cursor: Option<&str>) -> Result<Page, SourceError> {
        if object == KIND.manifest_object() {
            return Ok(Page::manifest(&self.manifest));
        }
        let Some((spec, list)) = self.objects.iter().find(|(spec, _)| spec.name == object) else {
            return Err(SourceError::UnknownObject {
                object: object.to_owned(),
                known: self.specs.iter().map(|spec| format!("`{}`", spec.name)).collect::<Vec<_>>().join(", "),
            });
        };
        let bad_cursor = || SourceError::BadCursor { object: object.to_owned() };
        let mark = cursor.map_or(Ok(FIRST), |text| serde_json::from_str(text).map_err(|_| bad_cursor()))?;
        let text = self.client.page(object, list, mark.page, PAGE_ROWS).await?;
        let answer: Answer<'_> = serde_json::from_str(&text).map_err(|error| NumbersProblem::Malformed {
            object: object.to_owned(),
            page: mark.page,
            line: error.line(),
            column: error.column(),
        })?;
        let rows = rows(object, mark.page, spec.parent, &answer)?;
        let next = next(object, &mark, &rows, &answer)?;
        let next = next.map(|mark| serde_json::to_string(&mark)).transpose().map_err(|_| bad_cursor())?;
        Ok(Page { rows, next, total: answer.total, ..Page::default() })
    }
}

fn rows(object: &str, page: u32, parent: Option<&str>, answer: &Answer<'_>) -> Result<Vec<SourceRow>, NumbersProblem> {
    let row = |(at, item): (usize, &&RawValue)| {
        let no_id = || NumbersProblem::NoId { object: object.to_owned(), page, position: at + 1 };
        let keys: Keys<'_> = serde_json::from_str(item.get()).map_err(|_| no_id())?;
        let id = keys.uuid.and_then(text).or_else(|| keys.id.and_then(text)).ok_or_else(no_id)?;
        let parent = match parent {
            Some("provider") => keys.provider_uuid.and_then(text).or_else(|| keys.provider_id.and_then(text)),
            Some(_) => keys.patient_uuid.and_then(text).or_else(|| keys.patient_id.and_then(text)),
            None => None,
        };
        Ok(SourceRow { id, parent, position: 0, body: item.get().to_owned() })
    };
    answer.items.iter().enumerate().map(row).collect()
}

/// A key is a whole number or a text.
fn text(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        serde_json::Value::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
        serde_json::Value::String(text) if !text.trim().is_empty() => Some(text),
        _ => None,
    }
}

/// Where to go on: with the next page, or from the start where rows may have been missed.
fn next(object: &str, mark: &Mark, rows: &[SourceRow], answer: &Answer<'_>) -> Result<Option<Mark>, NumbersProblem> {
    let first = rows.first().map(|row| row.id.clone());
    if answer.page.is_some_and(|page| page != mark.page) || first.is_some() && first == mark.before {
        return Err(NumbersProblem::Repeats { object: object.to_owned(), page: mark.page });
    }
    let read = mark.read + rows.len() as u64;
    let size = answer.page_size.unwrap_or(PAGE_ROWS).max(1);
    // Where no total is told, a page that is not full is the last.
    let over = rows.is_empty() || answer.total.map_or((rows.len() as u64) < size, |total| read >= total);
    // New rows come behind all others; one that goes moves those behind it to the page before.
    let fewer = answer.total.zip(mark.total).is_some_and(|(now, before)| now < before);
    if fewer || over && answer.total.is_some_and(|total| total != read) {
        return match mark.reading < READINGS {
            true => Ok(Some(Mark { reading: mark.reading + 1, ..FIRST })),
            false => Err(NumbersProblem::Changing { object: object.to_owned() }),
        };
    }
    let total = answer.total;
    Ok((!over).then(|| Mark { page: mark.page + 1, read, before: first, total, reading: mark.reading }))
}
