//! Attachments: their content's length, checksum and type, who may add one, and the binary fields that are kept as some.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

use super::database::Database;
use super::fault::Fault;
use super::store::{Hanging, Row, id_of, text_of};
use super::tables::{Kind, Model};

/// The model of attachments.
pub(crate) const MODEL: &str = "ir.attachment";

/// Types that Odoo tells by the ending of a name.
const ENDINGS: [(&str, &str); 7] = [
    (".txt", "text/plain"),
    (".pdf", "application/pdf"),
    (".png", "image/png"),
    (".jpg", "image/jpeg"),
    (".html", "text/html"),
    (".csv", "text/csv"),
    (".json", "application/json"),
];

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// Python's `b64decode`: what is no letter of the alphabet is passed over.
fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let letters: Vec<u8> = text.bytes().filter(letter).collect();
    ENGINE.decode(letters).map_err(|_| Fault::python("binascii.Error", "Incorrect padding"))
}

/// What Odoo computes from the content that is given.
pub(crate) fn complete(row: &mut Row, values: &Row) -> Result<(), Fault> {
    if !row.contains_key("mimetype") {
        let name = text_of(row, "name").unwrap_or_default().to_lowercase();
        let known = ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, kind)| *kind);
        row.insert("mimetype".to_owned(), known.unwrap_or("application/octet-stream").into());
    }
    let Some(given) = values.get("datas") else { return Ok(()) };
    for field in ["file_size", "checksum", "datas"] {
        row.shift_remove(field);
    }
    let Some(text) = given.as_str().filter(|text| !text.is_empty()) else { return Ok(()) };
    let (length, checksum) = told(text)?;
    row.insert("file_size".to_owned(), length.into());
    row.insert("checksum".to_owned(), checksum.into());
    row.insert("datas".to_owned(), text.into());
    Ok(())
}

/// Length and SHA-1 of what a base64 text holds.
fn told(text: &str) -> Result<(usize, String), Fault> {
    let bytes = decode(text)?;
    let checksum = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((bytes.len(), checksum))
}

/// An attachment hangs on a record that is there and that the user may change, or on none.
pub(crate) fn check(database: &Database, row: &Row) -> Result<(), Fault> {
    let (Some(model), Some(id)) = (text_of(row, "res_model"), id_of(row, "res_id").filter(|id| *id != 0)) else {
        return Ok(());
    };
    let there = match database.store.model(model) {
        Some(_) => database.store.exists(model, id),
        // A model that the stand-in has no table of can't be judged.
        None => database.store.rows("ir.model").any(|(_, row)| text_of(row, "model") == Some(model)),
    };
    if there && database.may(model, "write") {
        Ok(())
    } else {
        Err(Fault::access("Sorry, you are not allowed to access this document."))
    }
}

/// Binary fields that were given are kept as attachments of their record, which a search leaves out.
pub(crate) fn keep_fields<'f>(
    database: &mut Database,
    model: &Model,
    id: i64,
    given: impl Iterator<Item = &'f String>,
) -> Result<(), Fault> {
    if model.name == MODEL {
        return Ok(());
    }
    let binary = |name: &&String| model.fields.get(*name).is_some_and(|f| f.kind == Kind::Binary && f.store);
    for name in given.filter(binary) {
        let of_field = |row: &Row| text_of(row, "res_field") == Some(name);
        for attachment in database.store.hanging(Hanging::Attachment, &model.name, id) {
            if database.store.get(MODEL, attachment).is_some_and(|row| of_field(row)) {
                database.store.delete(MODEL, attachment);
            }
        }
        let stored = database.store.get(&model.name, id).and_then(|row| text_of(row, name)).map(str::to_owned);
        let Some(text) = stored.filter(|text| !text.is_empty()) else { continue };
        let (length, checksum) = told(&text)?;
        let attachment = database.store.next_id(MODEL);
        let now = &database.now;
        let Value::Object(row) = json!({
            "name": name, "type": "binary", "res_model": model.name, "res_field": name, "res_id": id,
            "mimetype": "application/octet-stream", "file_size": length, "checksum": checksum,
            "create_date": now, "write_date": now, "create_uid": database.user, "write_uid": database.user,
        }) else {
            continue;
        };
        database.store.put(MODEL, attachment, row);
    }
    Ok(())
}
