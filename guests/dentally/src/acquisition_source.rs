//! Dentally acquisition source → `utm.source`, by which Odoo knows how a contact came.
//!
//! Odoo refuses two sources of one name, so a source is known by its name: of two rows with one name there is one record.

use odograft_sdk::dentally::{AcquisitionSource, Patient};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Reference, Rejection, Upsert, reject, source, target};

use crate::lists;

/// The source object that sources are known by, with the name as their identifier.
const OBJECT: &str = "acquisition_source";

target! {
    /// Dentally acquisition source → `utm.source`.
    pub origin: acquisition_source => "utm.source" .adopt_by(&["name"]).many_to_one()
        .note("a source of this name that Odoo has already is taken; Odoo would rename a second one") {
        SOURCE_ID = custom_char("x_source_id", "Source id") from [id];
        NAME = char("name") from [name];
        NOTES = custom_text("x_notes", "Notes") from [notes];
        OFFERED = custom_boolean("x_is_offered", "Still offered") from [active] .rule("yes unless the account says no");
    }
}

target! {
    /// The source through which a patient came: the same record.
    pub of_patient: patient => "utm.source" .adopt_by(&["name"]).many_to_one()
        .note("the one that the acquisition source of this name becomes") {
        NAME = char("name") from [acquisition_source_id] .rule("the name in the list of acquisition sources");
    }
}

/// The source that a row of the list becomes.
///
/// # Errors
/// A row without a name: Odoo refuses such a source.
pub fn origin(a: &AcquisitionSource) -> Result<Mapped, Rejection> {
    let no_name = || reject("no-name", "acquisition_source.name", "the acquisition source has no name");
    let name = trimmed(a.name).ok_or_else(no_name)?;
    let mut origin = origin::upsert(name).on(OBJECT);
    origin.set(origin::SOURCE_ID, a.id);
    origin.set(origin::NAME, name);
    origin.set_or_clear(origin::NOTES, trimmed(a.notes));
    origin.set(origin::OFFERED, a.active.unwrap_or(true));
    Ok(origin.into())
}

/// The name of the source through which a patient came, where the list has it.
#[must_use]
pub fn name_of(p: &Patient, context: &Context) -> Option<String> {
    lists::name(context, OBJECT, &trimmed(p.acquisition_source_id)?, &["name"])
}

/// The source of this name.
#[must_use]
pub fn reference(name: String) -> Reference {
    source(OBJECT, name)
}

/// The source through which a patient came, so that the contact refers to nothing that is not there.
#[must_use]
pub fn of_patient(p: &Patient, context: &Context) -> Option<Upsert> {
    let name = name_of(p, context)?;
    let mut origin = of_patient::upsert(name.clone()).on(OBJECT);
    origin.set(of_patient::NAME, name);
    Some(origin)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::examples::{acquisition_source, patient};

    use super::*;
    use crate::MODULE;

    #[test]
    fn a_source_is_known_by_its_name() {
        let row = AcquisitionSource {
            name: Some(" Google ".into()),
            active: Some(false),
            notes: Some("ads & maps".into()),
            ..acquisition_source("5f2e")
        };
        let mapped = origin(&row).expect("maps");
        let origin = mapped.only(&origin::TARGET).expect("one source");
        assert_eq!((origin.text(origin::NAME), origin.text(origin::SOURCE_ID)), (Some("Google"), Some("5f2e")));
        assert_eq!(origin.get(origin::OFFERED), Some(&Value::Boolean(false)));
        assert_eq!(origin.text(origin::NOTES), Some("ads & maps"));
    }

    #[test]
    fn a_source_without_a_name_is_put_aside() {
        assert_eq!(origin(&acquisition_source("5f2e")).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn a_patients_source_is_the_same_record() {
        let context = Context::at(&MODULE, 0).set("lists", r#"{"acquisition_source": {"5f2e": {"name": "Google"}}}"#);
        let of = |number: &str| {
            of_patient(&Patient { acquisition_source_id: Some(number.into()), ..patient("17") }, &context)
        };
        assert_eq!(of("5f2e").expect("listed").text(of_patient::NAME), Some("Google"));
        assert_eq!(reference("Google".to_owned()), source("acquisition_source", "Google"));
        assert!(of("5f2f").is_none() && of_patient(&patient("17"), &context).is_none());
    }
}
