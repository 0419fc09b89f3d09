//! Reading back what was written, and keeping a digest of it: an undo can tell a customer's change from ours by it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use odograft_ledger::Seal;
use odograft_odoo::{Client, FieldInfo, OdooError, read_plain};
use serde_json::{Map, Value};

use crate::error::MigrationError;
use crate::load::Loader;
use crate::{compare, files};

/// Records read in one call.
const PAGE: usize = 500;

impl Loader<'_> {
    /// Reads back what was written since the last time, compares it with what was sent, and seals it. A record that somebody
    /// else has written since stays unsealed: what it holds is not ours to vouch for.
    ///
    /// # Errors
    /// The ledger's and Odoo's.
    pub(crate) async fn seal(&mut self) -> Result<(), MigrationError> {
        let user = self.client.check_access().await?;
        for model in self.ledger.models_to_undo()? {
            let mut after = 0;
            loop {
                let written = self.ledger.unsealed(&model, after, PAGE)?;
                let Some((last, ..)) = written.last() else { break };
                after = *last;
                let fields = self.fields(&model).await?;
                self.seal_page(&model, user, &fields, written).await?;
            }
        }
        Ok(())
    }

    async fn seal_page(
        &mut self,
        model: &str,
        user: i64,
        fields: &BTreeMap<String, FieldInfo>,
        written: Vec<(i64, i64, bool)>,
    ) -> Result<(), MigrationError> {
        let content = content_fields(fields);
        let mut own: HashMap<i64, Vec<String>> = HashMap::new();
        let mut sent = Vec::with_capacity(written.len());
        for (rowid, id, adopted) in &written {
            if *adopted {
                own.insert(*rowid, self.ledger.written_fields(*rowid)?);
            }
            sent.extend(compare::sent(self.ledger, *rowid, *id)?);
        }
        let readable = |name: &&str| fields.get(*name).is_some_and(|info| info.kind != "binary");
        let names: BTreeSet<&str> = content
            .iter()
            .chain(own.values().flatten())
            .chain(sent.iter().flat_map(|sent| &sent.fields))
            .map(String::as_str)
            .filter(readable)
            .chain(["write_date", "write_uid"])
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        let ids: Vec<i64> = written.iter().map(|(_, id, _)| *id).collect();
        let rows = by_id(read_plain(self.client, model, &ids, &names).await?);
        let again = sent.iter().filter(|sent| sent.again).map(compare::Sent::key).collect::<Vec<_>>();
        self.ledger.forget_differences(&again)?;
        let files = files::compare(self.ledger, self.client, model, &sent).await?;
        self.written.differing += files + self.compare(fields, &sent, &rows).await?;
        let (mut seals, mut gone) = (Vec::new(), Vec::new());
        for (rowid, id, _) in written {
            let Some(row) = rows.get(&id) else {
                gone.push(rowid);
                continue;
            };
            if row["write_uid"].as_i64() != Some(user) && !own.contains_key(&rowid) {
                continue;
            }
            let fields = own.remove(&rowid).unwrap_or_else(|| content.clone());
            let write_date = row["write_date"].as_str().unwrap_or_default().to_owned();
            seals.push(Seal { rowid, write_date, content: digest(&fields, row), fields });
        }
        Ok(self.ledger.seal(&seals, &gone)?)
    }
}

/// The fields that a user can fill: columns, in order.
pub(crate) fn content_fields(fields: &BTreeMap<String, FieldInfo>) -> Vec<String> {
    const OWN: [&str; 5] = ["id", "create_date", "create_uid", "write_date", "write_uid"];
    let is_content = |(name, info): &(&String, &FieldInfo)| {
        // An attachment's content goes by its checksum.
        name.as_str() == "checksum" && info.store
            || info.store
                && !info.readonly
                && info.kind != "one2many"
                && info.kind != "binary"
                && !OWN.contains(&name.as_str())
    };
    fields.iter().filter(is_content).map(|(name, _)| name.clone()).collect()
}

/// A digest of some fields of a record, read with references as ids.
pub(crate) fn digest(fields: &[String], row: &Map<String, Value>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for name in fields {
        let value = row.get(name).map_or(String::new(), canonical);
        for part in [name.as_str(), &value] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    *hasher.finalize().as_bytes()
}

/// Whether a record holds something else than when it was sealed. A moment of writing alone is no change: the digest tells.
pub(crate) fn is_touched(seal: &Seal, row: &Map<String, Value>) -> bool {
    row["write_date"].as_str() != Some(&seal.write_date) && digest(&seal.fields, row) != seal.content
}

/// Records by their database ids, read with all that these seals are over.
pub(crate) async fn read_sealed<'s>(
    client: &Client,
    model: &str,
    ids: &[i64],
    seals: impl Iterator<Item = &'s Seal>,
    infos: &BTreeMap<String, FieldInfo>,
) -> Result<HashMap<i64, Map<String, Value>>, OdooError> {
    let readable = |name: &&str| infos.get(*name).is_some_and(|info| info.kind != "binary");
    let names = seals.flat_map(|seal| &seal.fields).map(String::as_str).filter(readable).chain(["write_date"]);
    let names: Vec<&str> = names.collect::<BTreeSet<_>>().into_iter().collect();
    Ok(by_id(read_plain(client, model, ids, &names).await?))
}

/// A value's text, the same over every protocol: one of them knows no difference between 1 and 1.0.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number.as_f64().unwrap_or_default().to_string(),
        Value::Array(items) => {
            let mut items: Vec<String> = items.iter().map(canonical).collect();
            items.sort_unstable();
            format!("[{}]", items.join(","))
        }
        Value::Null => "false".to_owned(),
        other => other.to_string(),
    }
}

/// Records by their database ids.
pub(crate) fn by_id(rows: Vec<Map<String, Value>>) -> HashMap<i64, Map<String, Value>> {
    rows.into_iter().filter_map(|row| Some((row.get("id")?.as_i64()?, row))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(row: &Value) -> [u8; 32] {
        let fields = ["a".to_owned(), "b".to_owned()];
        digest(&fields, row.as_object().expect("an object"))
    }

    #[test]
    fn a_digest_tells_values_apart_and_not_protocols() {
        assert_eq!(of(&json!({"a": 1, "b": [2, 1]})), of(&json!({"b": [1, 2], "a": 1.0, "c": 3})));
        assert_eq!(of(&json!({"a": 1, "b": null})), of(&json!({"a": 1, "b": false})));
        assert_ne!(of(&json!({"a": "1", "b": ""})), of(&json!({"a": 1, "b": ""})));
        assert_ne!(of(&json!({"a": "x", "b": "y"})), of(&json!({"a": "xy", "b": ""})));
    }
}
