//! What planning and loading leave beside the records, as it goes in and out.

use std::fmt;

use serde::Serialize;

use crate::types::Hidden;

/// A source record that was put aside, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// Where it failed: `decode`, `transform`, `plan` or `load`.
    pub stage: String,
    /// SHA-256 of the module that failed on it, in hexadecimal.
    pub module_digest: Option<String>,
    /// A stable word for the reason.
    pub code: String,
    /// The field that the reason is about.
    pub field: Option<String>,
    /// The reason for people, without values.
    pub message: String,
    /// The fuel spent when it failed.
    pub fuel: Option<u64>,
}

/// Something worth a look about a record that was migrated all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// How much it matters, in the contract's words.
    pub severity: String,
    /// A stable word for the finding.
    pub code: String,
    /// The field that it is about.
    pub field: Option<String>,
    /// The finding for people, without values.
    pub message: String,
}

impl Finding {
    /// A warning about one field of a source record.
    #[must_use]
    pub fn warning(object: &str, source_id: &str, code: &str, field: &str, message: String) -> Self {
        Self {
            object: object.to_owned(),
            source_id: source_id.to_owned(),
            severity: "warning".to_owned(),
            code: code.to_owned(),
            field: Some(field.to_owned()),
            message,
        }
    }
}

/// What Odoo has no place for and a person must take over.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// The module that made it.
    pub module: String,
    /// Its kind, in the module's words.
    pub kind: String,
    /// The Odoo app or page where a person rebuilds it.
    pub rebuild_in: String,
    /// The source object.
    pub object: String,
    /// The source row's id.
    pub source_id: String,
    /// The document itself.
    pub document: String,
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover")
            .field("module", &self.module)
            .field("kind", &self.kind)
            .field("rebuild_in", &self.rebuild_in)
            .field("object", &self.object)
            .field("source_id", &self.source_id)
            .field("document", &Hidden(Some(&self.document)))
            .finish()
    }
}

/// A source record that a planned record is made of besides the one whose key it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contribution {
    /// The planned record's model.
    pub model: String,
    /// The source object in its key.
    pub object: String,
    /// The source id in its key.
    pub source_id: String,
    /// The object of the other source record.
    pub from_object: String,
    /// That one's id.
    pub from_id: String,
}

/// What planning leaves beside the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// Records put aside.
    pub quarantined: Vec<Quarantined>,
    /// Things worth a look.
    pub findings: Vec<Finding>,
    /// Documents for people.
    pub handovers: Vec<Handover>,
    /// What else records are made of. One of a record that the plan does not have is left out.
    pub contributions: Vec<Contribution>,
}
