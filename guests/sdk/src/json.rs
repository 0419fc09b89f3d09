//! JSON documents: histories in notes, and what is handed over to people.

use serde::{Serialize, Serializer};

/// A JSON document; members keep the order in which they were written.
pub use serde_json::Value as Json;
/// Writes a document as it will read: `json!({ "type": recall.kind, "months": recall.interval })`. What the source does
/// not fill is `null`.
pub use serde_json::json;

use crate::{Date, Decimal, Instant, Span, Text, time};

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self)
    }
}

/// `2024-02-29`.
impl Serialize for Date {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&time::iso(*self))
    }
}

/// `2024-02-29T08:30:00Z`.
impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&time::iso_moment(*self))
    }
}

/// A text, since a reader may take a JSON number for a float: `"12.30"`.
impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
