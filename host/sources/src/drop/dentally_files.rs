//! What Dentally's API does not give: images by reference and metadata, and the texts that the practice sends and shows.
//! Their columns are those that `wit/dentally` has. Days are written as in the API, `2024-02-29`.

use crate::tables::{Key, Shape};

/// The tables.
pub(super) const SHAPES: &[Shape] = &[
    Shape {
        object: "image",
        key: Key::Column("id"),
        parent: Some("patient_id"),
        required: &["id", "patient_id"],
        known: &["taken_on", "kind", "tooth", "reference", "file", "media_type", "taken_by", "notes"],
    },
    Shape {
        object: "template",
        key: Key::Column("id"),
        parent: None,
        required: &["id"],
        known: &["kind", "name", "channel", "recall_type", "subject", "body"],
    },
];
