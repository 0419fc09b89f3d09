//! Reading back what was written, and keeping a digest of it: an undo can tell a customer's change from ours by it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use odograft_ledger::{Ledger, Seal};
use odograft_odoo::{Client, FieldInfo, read_plain};
use serde_json::{Map, Value};

use crate::error::MigrationError;
use crate::files;

/// Records read in one call.
const PAGE: usize = 500;

/// Reads back what was written since the last time, and seals it. A record that somebody else has written since stays
/// unsealed: what it holds is not ours to vouch for. `left_alone` are row ids and fields whose values are the customer's.
///
/// # Errors
/// The ledger's and Odoo's.
pub(crate) async fn seal(
    ledger: &mut Ledger,
    client: &Client,
    left_alone: &HashSet<(i64, String)>,
) -> Result<(), MigrationError> {
    let user = client.check_access().await?;
    for model in ledger.models_to_undo()? {
        let mut after = 0;
        let mut content: Option<Vec<String>> = None;
        loop {
            let written = ledger.unsealed(&model, after, PAGE)?;
            let Some((last, ..)) = written.last() else { break };
            after = *last;
            if content.is_none() {
                content = Some(content_fields(&client.fields_get(&model).await?));
            }
            let content = content.as_deref().unwrap_or_default();
            let mut own: HashMap<i64, Vec<String>> = HashMap::new();
            for (rowid, ..) in written.iter().filter(|(.., adopted)| *adopted) {
                own.insert(*rowid, ledger.written_fields(*rowid)?);
            }
            let names: BTreeSet<&str> = content
                .iter()
                .chain(own.values().flatten())
                .map(String::as_str)
                .chain(["write_date", "write_uid"])
                .collect();
            let names: Vec<&str> = names.into_iter().collect();
            let ids: Vec<i64> = written.iter().map(|(_, id, _)| *id).collect();
            let filed: Vec<(i64, i64)> = written.iter().map(|(rowid, id, _)| (*rowid, *id)).collect();
            files::compare(ledger, client, &model, &filed, left_alone).await?;
            let rows = by_id(read_plain(client, &model, &ids, &names).await?);
            let (mut seals, mut gone) = (Vec::new(), Vec::new());
            for (rowid, id, _) in written {
                let Some(row) = rows.get(&id) else {
                    gone.push(rowid);
                    continue;
                };
                if row["write_uid"].as_i64() != Some(user) && !own.contains_key(&rowid) {
                    continue;
                }
                let fields = own.remove(&rowid).unwrap_or_else(|| content.to_vec());
                let write_date = row["write_date"].as_str().unwrap_or_default().to_owned();
                seals.push(Seal { rowid, write_date, content: digest(&fields, row), fields });
            }
            ledger.seal(&seals, &gone)?;
        }
    }
    Ok(())
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
