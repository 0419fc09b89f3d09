//! Documents for people: what Odoo has no place for, and somebody has to rebuild there.

use crate::Json;
use crate::bindings::transform::effects::{SourceKey, Text};
use crate::bindings::transform::manifest;

/// A kind of document; [`handover`] makes it.
#[derive(Debug)]
pub struct HandoverSpec {
    object: &'static str,
    title: &'static str,
    rebuild_in: &'static str,
}

/// A kind of document that is made of a source object: its heading in the handover package, and the Odoo app or page
/// where a person rebuilds it.
#[must_use]
pub const fn handover(object: &'static str, title: &'static str, rebuild_in: &'static str) -> HandoverSpec {
    HandoverSpec { object, title, rebuild_in }
}

impl HandoverSpec {
    /// The document of one source record.
    #[must_use]
    pub fn document(&'static self, id: impl Into<Text>, document: &Json) -> Handover {
        let key = SourceKey { object: self.object.to_owned(), id: id.into() };
        Handover { spec: self, key, document: document.to_string() }
    }

    pub(crate) fn declaration(&self) -> manifest::HandoverKind {
        manifest::HandoverKind {
            object: self.object.to_owned(),
            title: self.title.to_owned(),
            rebuild_in: self.rebuild_in.to_owned(),
        }
    }
}

/// One document.
#[derive(Clone, Debug)]
pub struct Handover {
    pub(crate) spec: &'static HandoverSpec,
    pub(crate) key: SourceKey,
    pub(crate) document: String,
}

impl Handover {
    /// Whether it is a document of this kind; for tests.
    #[must_use]
    pub fn is_of(&self, spec: &HandoverSpec) -> bool {
        core::ptr::eq(self.spec, spec)
    }

    /// The document, read again; for tests.
    #[must_use]
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.document).unwrap_or_default()
    }
}
