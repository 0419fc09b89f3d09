//! What is to become of each record: looked at, nothing written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_ledger::{Ledger, Made, Standing, UndoStep};
use odograft_odoo::{Client, FieldInfo, OdooError, Referrer, additions, read_plain, referrers, referring_fields};
use serde_json::{Map, Value};

use super::{Left, standing, written};
use crate::error::MigrationError;
use crate::seal::{by_id, canonical, is_touched};

/// Parts of other records, with the field that names the whole: what is left keeps its parts.
const PARTS: [(&str, &str, &str); 1] = [("sale.order.line", "order_id", "sale.order")];
/// Models of what users add to records; nothing is added to these.
const ADDITIONS: [&str; 3] = ["mail.message", "mail.activity", "ir.attachment"];

/// Records read in one call, with all that was written to them: a chart has tens of kilobytes.
const READ: usize = 100;

/// What is to become of a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It goes.
    Delete,
    /// These values go back.
    Restore(Map<String, Value>),
    /// Nothing was changed in it.
    Untie,
    /// It is not there any more.
    Gone(UndoStep),
    /// It stays as it is, for this reason.
    Keep(&'static str),
    /// It stays, archived, for this reason.
    Archive(&'static str),
}

/// A record with its verdict.
pub(super) struct Judged {
    pub(super) made: Made,
    pub(super) verdict: Verdict,
}

/// Judges the records of one model.
pub(super) struct Judge<'a> {
    client: &'a Client,
    model: &'a str,
    /// The key's user.
    user: i64,
    fields: BTreeMap<String, FieldInfo>,
    /// Who may refer to the model; asked for when it is needed.
    referring: Option<BTreeMap<String, Vec<String>>>,
}

impl<'a> Judge<'a> {
    pub(super) async fn new(client: &'a Client, model: &'a str, user: i64) -> Result<Self, MigrationError> {
        let fields = client.fields_get(model).await?;
        Ok(Self { client, model, user, fields, referring: None })
    }

    pub(super) fn can_archive(&self) -> bool {
        self.fields.get("active").is_some_and(|info| info.store)
    }

    /// Looks whether the customer has changed the records since they were written.
    pub(super) async fn changed(
        &mut self,
        ledger: &Ledger,
        mut page: Vec<Made>,
    ) -> Result<Vec<Judged>, MigrationError> {
        let mut judged = Vec::with_capacity(page.len());
        while !page.is_empty() {
            let rest = page.split_off(page.len().min(READ));
            judged.extend(self.read(ledger, page).await?);
            page = rest;
        }
        Ok(judged)
    }

    /// The same of few records.
    async fn read(&self, ledger: &Ledger, page: Vec<Made>) -> Result<Vec<Judged>, MigrationError> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        names.extend(["create_date", "write_date", "write_uid"].map(str::to_owned));
        names.extend(PARTS.iter().filter(|(part, ..)| *part == self.model).map(|(_, field, _)| (*field).to_owned()));
        let mut seals = HashMap::new();
        for made in &page {
            if let Some(seal) = ledger.seal_of(made.rowid)? {
                names.extend(seal.fields.iter().cloned());
                seals.insert(made.rowid, seal);
            }
            if !made.created {
                names.extend(before(made).into_keys());
            }
        }
        names.retain(|name| self.fields.contains_key(name));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let ids: Vec<i64> = page.iter().map(|made| made.odoo_id).collect();
        let rows = by_id(read_plain(self.client, self.model, &ids, &names).await?);
        let judge = |made: Made| {
            let verdict = match rows.get(&made.odoo_id) {
                None if made.step == Some(UndoStep::Deleting) => Verdict::Gone(UndoStep::Deleted),
                None => Verdict::Gone(UndoStep::Gone),
                Some(row) => {
                    let seal = seals.get(&made.rowid);
                    let exactly = seal.map_or_else(
                        || row["write_uid"].as_i64() == Some(self.user),
                        |seal| row["write_date"].as_str() == Some(&seal.write_date),
                    );
                    let touched = match seal {
                        Some(seal) => is_touched(seal, row),
                        // A run that was killed before it read back: whoever wrote last tells.
                        None => !exactly,
                    };
                    verdict(&made, row, touched, exactly)
                }
            };
            Judged { made, verdict }
        };
        Ok(page.into_iter().map(judge).collect())
    }

    /// Looks who still needs the records that would be deleted.
    pub(super) async fn needed(
        &mut self,
        ledger: &Ledger,
        left: &Left,
        mut page: Vec<Judged>,
    ) -> Result<Vec<Judged>, MigrationError> {
        self.parts(ledger, left, &mut page).await?;
        let ids: Vec<i64> =
            page.iter().filter(|judged| judged.verdict == Verdict::Delete).map(|judged| judged.made.odoo_id).collect();
        if ids.is_empty() {
            return Ok(page);
        }
        let (mut added, mut used) = (HashSet::new(), HashSet::new());
        let foreign = |needed: &mut HashSet<i64>, Referrer { model, id, to, .. }: Referrer| {
            if !needed.contains(&to) && standing(ledger, left, &model, id)? != Standing::Ours {
                needed.insert(to);
            }
            Ok::<_, MigrationError>(())
        };
        if !ADDITIONS.contains(&self.model) {
            additions(self.client, self.model, &ids, |found| foreign(&mut added, found)).await?;
        }
        if self.referring.is_none() {
            self.referring = Some(referring_fields(self.client, self.model).await?);
        }
        let referring = self.referring.as_ref().unwrap_or(const { &BTreeMap::new() });
        referrers(self.client, self.model, referring, &ids, |found| foreign(&mut used, found)).await?;
        let can_archive = self.can_archive();
        for judged in page.iter_mut().filter(|judged| judged.verdict == Verdict::Delete) {
            if added.contains(&judged.made.odoo_id) {
                judged.verdict = Verdict::Keep("added-to");
            } else if used.contains(&judged.made.odoo_id) {
                judged.verdict = if can_archive { Verdict::Archive("in-use") } else { Verdict::Keep("in-use") };
            }
        }
        Ok(page)
    }

    /// A part of something that stays, stays.
    async fn parts(&self, ledger: &Ledger, left: &Left, page: &mut [Judged]) -> Result<(), MigrationError> {
        let Some((_, field, whole)) = PARTS.iter().find(|(part, ..)| *part == self.model) else { return Ok(()) };
        let ids: Vec<i64> = page.iter().map(|judged| judged.made.odoo_id).collect();
        let rows = by_id(read_plain(self.client, self.model, &ids, &[field]).await?);
        for judged in page.iter_mut().filter(|judged| judged.verdict == Verdict::Delete) {
            let of = rows.get(&judged.made.odoo_id).and_then(|row| row[*field].as_i64());
            if let Some(of) = of
                && standing(ledger, left, whole, of)? == Standing::Left
            {
                judged.verdict = Verdict::Keep("part-of-kept");
            }
        }
        Ok(())
    }
}

/// `touched`: what was written is no longer there; `exactly`: nobody has written to the record since.
fn verdict(made: &Made, row: &Map<String, Value>, touched: bool, exactly: bool) -> Verdict {
    let ours = matches!(made.step, Some(UndoStep::Cancelling | UndoStep::Archiving));
    if made.created {
        return if touched && !ours { Verdict::Keep("changed") } else { Verdict::Delete };
    }
    let before = before(made);
    if before.is_empty() {
        return Verdict::Untie;
    }
    let differs =
        |(name, value): &(String, Value)| row.get(name).is_some_and(|now| canonical(now) != canonical(&plain(value)));
    // What Odoo filled in by itself goes back too, where that can't be a user's doing.
    let ours = |(name, _): &(String, Value)| exactly || made.fields.contains(name);
    let values = before.into_iter().filter(differs).filter(ours);
    let values: Map<String, Value> = values.map(|(name, value)| (name, written(&value))).collect();
    // Nothing differs where an undo was killed after it had written.
    if touched && !values.is_empty() { Verdict::Keep("changed") } else { Verdict::Restore(values) }
}

/// The value of each field before the migration: of several images the oldest that has it.
fn before(made: &Made) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for image in &made.before {
        let Ok(Value::Object(image)) = serde_json::from_str(image) else { continue };
        for (name, value) in image.into_iter().filter(|(name, _)| name != "id") {
            values.entry(name).or_insert(value);
        }
    }
    values
}

/// A value as `read` gives it, with a reference as a plain id.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.get(1).is_some_and(Value::is_string) => items[0].clone(),
        other => other.clone(),
    }
}

/// Whether a call failed for what the record is or holds.
pub(super) fn blames_record(error: &OdooError) -> bool {
    error.is_about_record()
        || matches!(
            error,
            OdooError::MissingRecord { .. }
                | OdooError::InUse { .. }
                | OdooError::NoField { .. }
                | OdooError::Server { .. }
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_several_images_the_oldest_counts() {
        let made = Made {
            rowid: 1,
            object: "patient".into(),
            source_id: "1".into(),
            odoo_id: 7,
            created: false,
            before: vec![r#"{"id":7,"city":"York"}"#.into(), r#"{"id":7,"city":"Hull","country_id":[5,"UK"]}"#.into()],
            fields: vec![],
            step: None,
        };
        let values = before(&made);
        assert_eq!(values.get("city"), Some(&json!("York")));
        assert_eq!(values.get("country_id").map(written), Some(json!(5)));
        assert_eq!(values.len(), 2, "an id is no value");
        assert_eq!(written(&json!([3, 4])), json!([[6, 0, [3, 4]]]));
    }
}
