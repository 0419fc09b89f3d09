//! Staged rows of a Dent-O-Soft export as records.
//!
//! Rows of `practice`, `patient` and the like are records by themselves (`decode`). Policies, treatments and account lines
//! are gathered below their patient (`gather`).

use crate::assembly::{Assemble, Object, Part, Staged};
use crate::bindings::dent_o_soft::records::{
    AccountLine, Appointment, Billing, ClinicalNote, EmergencyContact, Entity, Insurance, Patient, Policy, Practice,
    Practitioner, PractitionerAddress, ReferralSource, ReminderRule, Supplier, Treatment, TreatmentHistory,
};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots, record};
use crate::locale::{LOCALE_FIELDS, Locale};
use crate::names::Names;
use crate::texts::Texts;

/// How the source says that its texts are to be read.
const MANIFEST: Part = Part::locale(LOCALE_FIELDS);

/// Dent-O-Soft's way from rows to records.
#[derive(Debug, Clone)]
pub struct Assembler(Locale);

impl Assemble for Assembler {
    type Record = Entity;
    const OBJECTS: &'static [Object<'static>] = &[
        Object::of_row("practice", &[MANIFEST, Part::row(practice::FIELDS)]),
        Object::of_row("practitioner", &[MANIFEST, Part::row(practitioner::FIELDS)]),
        Object::of_row("practitioner-address", &[MANIFEST, Part::row(practitioner_address::FIELDS)]),
        Object::of_row("supplier", &[MANIFEST, Part::row(supplier::FIELDS)]),
        Object::of_row("referral-source", &[MANIFEST, Part::row(referral_source::FIELDS)]),
        Object::of_row("patient", &[MANIFEST, Part::row(patient::FIELDS)]),
        Object::below_parent("insurance", "patient", &[MANIFEST, Part::below("policy", "policies", policy::FIELDS)]),
        Object::of_row("emergency-contact", &[MANIFEST, Part::row(emergency_contact::FIELDS)]),
        Object::below_parent(
            "treatment-history",
            "patient",
            &[MANIFEST, Part::below("treatment", "treatments", treatment::FIELDS)],
        ),
        Object::of_row("appointment", &[MANIFEST, Part::row(appointment::FIELDS)]),
        Object::below_parent(
            "billing",
            "patient",
            &[MANIFEST, Part::below("account-line", "lines", account_line::FIELDS)],
        ),
        Object::of_row("clinical-note", &[MANIFEST, Part::row(clinical_note::FIELDS)]),
        Object::of_row("reminder-rule", &[MANIFEST, Part::row(reminder_rule::FIELDS)]),
    ];
    const MANIFEST: Option<&'static str> = Some("dent-o-soft-manifest");
    const BATCH: usize = 256;

    fn open(manifest: &str) -> Result<Self, DecodeError> {
        Locale::decode("dent-o-soft-manifest", manifest).map(Self)
    }

    fn assemble(
        &self,
        object: &Object<'_>,
        rows: &Staged<'_>,
        texts: &mut Texts,
    ) -> Result<Gathered<Entity>, DecodeError> {
        match object.own() {
            true => decode(object.name, rows.key, rows.row, &self.0, texts).map(Gathered::from),
            false => gather(object.name, rows.key, rows.first_list(), &self.0, texts),
        }
    }
}

/// One staged row of an object whose rows are records: `key` its identifier, `json` its columns. Its text goes into the batch's
/// `texts`, which the record points into.
///
/// # Errors
/// Another object, a row that is no JSON object, or one without a required field.
fn decode(
    object: &str,
    key: &str,
    json: &str,
    locale: &Locale,
    texts: &mut Texts,
) -> Result<Decoded<Entity>, DecodeError> {
    Ok(match object {
        "practice" => practice(key, json, locale, texts)?.map(Entity::Practice),
        "practitioner" => practitioner(key, json, locale, texts)?.map(Entity::Practitioner),
        "practitioner-address" => practitioner_address(key, json, locale, texts)?.map(Entity::PractitionerAddress),
        "supplier" => supplier(key, json, locale, texts)?.map(Entity::Supplier),
        "referral-source" => referral_source(key, json, locale, texts)?.map(Entity::ReferralSource),
        "patient" => patient(key, json, locale, texts)?.map(Entity::Patient),
        "emergency-contact" => emergency_contact(key, json, locale, texts)?.map(Entity::EmergencyContact),
        "appointment" => appointment(key, json, locale, texts)?.map(|visit| {
            // Modules have no time zones, and an evening's visit is on the next day in UTC.
            let starts_on = visit.starts_on.or_else(|| locale.day_at(visit.starts_at));
            Entity::Appointment(Appointment { starts_on, ..visit })
        }),
        "clinical-note" => clinical_note(key, json, locale, texts)?.map(Entity::ClinicalNote),
        "reminder-rule" => reminder_rule(key, json, locale, texts)?.map(Entity::ReminderRule),
        other => return Err(DecodeError::NoSuchObject { object: other.to_owned() }),
    })
}

/// All rows below one parent that make a record together, each with its own key. Rows that are no record are
/// told apart in the answer and leave the others as they are.
///
/// # Errors
/// Another object.
fn gather<'a>(
    object: &str,
    parent: &str,
    rows: impl IntoIterator<Item = (&'a str, &'a str)>,
    locale: &Locale,
    texts: &mut Texts,
) -> Result<Gathered<Entity>, DecodeError> {
    let patient_id = texts.add(parent);
    Ok(match object {
        "insurance" => Gathered::read(rows, |key, json| policy(key, json, locale, texts))
            .map(|policies| Entity::Insurance(Insurance { patient_id, policies })),
        "treatment-history" => Gathered::read(rows, |key, json| treatment(key, json, locale, texts))
            .map(|treatments| Entity::TreatmentHistory(TreatmentHistory { patient_id, treatments })),
        "billing" => Gathered::read(rows, |key, json| account_line(key, json, locale, texts))
            .map(|lines| Entity::Billing(Billing { patient_id, lines })),
        other => return Err(DecodeError::NoSuchObject { object: other.to_owned() }),
    })
}

record! {
    fn practice() -> Practice ("practice") {
        id: text "required";
        name: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        phone: text;
        email: text;
        website: text;
        npi: text;
        tax_id: text;
    }
}

record! {
    fn practitioner() -> Practitioner ("practitioner") {
        id: text "required";
        title: text;
        first_name: text;
        last_name: text;
        credential: text;
        license_number: text;
        specialty: text;
        email: text;
        phone: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        active: boolean;
    }
}

record! {
    fn practitioner_address() -> PractitionerAddress ("practitioner-address") {
        id: key "required";
        practitioner_id: text;
        label: text;
        phone: text;
        email: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
    }
}

record! {
    fn supplier() -> Supplier ("supplier") {
        id: text "required";
        name: text;
        contact_name: text;
        is_lab: boolean;
        category: text;
        account_number: text;
        active: boolean;
        phone: text;
        email: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
    }
}

record! {
    fn referral_source() -> ReferralSource ("referral-source") {
        id: text "required";
        name: text;
        kind: text;
    }
}

record! {
    fn patient() -> Patient ("patient") {
        id: text "required";
        title: text;
        first_name: text;
        middle_name: text;
        last_name: text;
        preferred_name: text;
        date_of_birth: date;
        gender: text;
        email: text;
        mobile_phone: text;
        home_phone: text;
        work_phone: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        active: boolean;
        status: text;
        deceased_on: date;
        practice_id: text;
        practitioner_id: text;
        referral_source_id: text;
        created_at: instant;
    }
}

record! {
    fn policy() -> Policy ("policy") links [patient_id] {
        priority: text;
        provider: text;
        policy_number: text;
        group_number: text;
        subscriber_id: text;
        subscriber_name: text;
    }
}

record! {
    fn emergency_contact() -> EmergencyContact ("emergency-contact") {
        id: key "required";
        patient_id: text;
        name: text;
        phone: text;
        email: text;
        relationship: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
    }
}

record! {
    fn treatment() -> Treatment ("treatment") links [patient_id] {
        treated_on: date;
        procedure_code: text;
        tooth: text;
        surface: text;
        description: text;
        notes: text;
        dentist: text;
    }
}

record! {
    fn appointment() -> Appointment ("appointment") {
        id: text "required";
        patient_id: text;
        practitioner_id: text;
        practitioner_name: text;
        starts_at: instant "required";
        starts_on: date;
        duration: integer;
        procedure_type: text;
        status: text;
        notes: text;
    }
}

record! {
    fn account_line() -> AccountLine ("account-line") links [patient_id] {
        invoice_number: text;
        booked_on: date;
        kind: text;
        amount: decimal;
        status: text;
        description: text;
    }
}

record! {
    fn clinical_note() -> ClinicalNote ("clinical-note") {
        id: text "required";
        patient_id: text;
        practitioner_id: text;
        author_email: text;
        author_name: text;
        written_at: instant;
        body: text;
    }
}

record! {
    fn reminder_rule() -> ReminderRule ("reminder-rule") {
        id: text "required";
        name: text;
        trigger: text;
        offset: text;
        channel: text;
        recipients: text;
        template: text;
        active: boolean;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST_TEXT: &str = r#"{"date_order":"mdy","decimal_mark":".","time_zone":"America/Chicago"}"#;

    fn locale() -> Locale {
        Locale::decode("manifest", MANIFEST_TEXT).expect("a good manifest")
    }

    #[test]
    fn a_row_is_read_as_the_export_is_declared_to_write() {
        let mut texts = Texts::new();
        let json = r#"{"id":"A1","patient_id":"7","starts_at":" 07/04/2026 2:30 PM","duration":"45 ","status":"","Chair":"3"}"#;
        let decoded = decode("appointment", "A1", json, &locale(), &mut texts).expect("decodes");
        let Entity::Appointment(visit) = decoded.record else { panic!("not an appointment") };
        assert_eq!((visit.starts_at.seconds, visit.duration, visit.status), (1_783_193_400, Some(45), None));
        assert_eq!(texts.get(visit.extra[0].name), Some("Chair"));
        assert_eq!(decoded.problems, []);
    }

    #[test]
    fn an_hour_that_came_twice_is_taken_and_told() {
        let mut texts = Texts::new();
        let json = r#"{"id":"A1","starts_at":"11/01/2026 01:30"}"#;
        let decoded = decode("appointment", "A1", json, &locale(), &mut texts).expect("decodes");
        let Entity::Appointment(visit) = decoded.record else { panic!("not an appointment") };
        // 01:30 in daylight time, five hours behind.
        assert_eq!(visit.starts_at.seconds, 1_793_514_600);
        assert_eq!(decoded.problems[0].field, "appointment.starts_at");
        assert!(decoded.problems[0].message.contains("twice"));
        assert_eq!(texts.get(visit.extra[0].name), Some("starts_at"));
    }

    #[test]
    fn an_evenings_visit_is_on_the_day_that_the_clocks_showed() {
        let starts_on = |columns: &str| {
            let json = format!(r#"{{"id":"A1","starts_at":"07/04/2026 7:30 PM"{columns}}}"#);
            let decoded = decode("appointment", "A1", &json, &locale(), &mut Texts::new()).expect("decodes");
            let Entity::Appointment(visit) = decoded.record else { panic!("not an appointment") };
            visit.starts_on.map(|day| day.to_string())
        };
        assert_eq!(starts_on("").as_deref(), Some("2026-07-04"));
        assert_eq!(starts_on(r#","starts_on":"07/05/2026""#).as_deref(), Some("2026-07-05"));
    }

    #[test]
    fn lines_gather_below_their_patient_and_a_bad_one_costs_itself() {
        let mut texts = Texts::new();
        let rows = [
            ("7/a", r#"{"patient_id":"7","booked_on":"03/14/2026","kind":"charge","amount":"$1,250.00"}"#),
            ("7/b", "[]"),
            ("7/c", r#"{"patient_id":"7","kind":"payment","amount":"(1,250.0O)"}"#),
        ];
        let gathered = gather("billing", "7", rows, &locale(), &mut texts).expect("an object");
        let Entity::Billing(billing) = gathered.record else { panic!("no billing") };
        let amounts: Vec<_> = billing.lines.iter().map(|line| line.amount.map(|a| a.to_string())).collect();
        assert_eq!(amounts, [Some("1250.00".to_owned()), None]);
        assert_eq!(texts.get(billing.patient_id), Some("7"));
        assert_eq!((gathered.refused.len(), gathered.refused[0].0.as_str()), (1, "7/b"));
        assert_eq!(gathered.problems[0].field, "account-line.amount");
    }

    #[test]
    fn a_contact_without_a_number_has_that_of_its_row() {
        let mut texts = Texts::new();
        let json = r#"{"patient_id":"7","name":"Kim Moss"}"#;
        let decoded = decode("emergency-contact", "7/5f2e", json, &locale(), &mut texts).expect("decodes");
        let Entity::EmergencyContact(contact) = decoded.record else { panic!("no contact") };
        assert_eq!((texts.get(contact.id), decoded.problems.len()), (Some("7/5f2e"), 0));
    }
}
