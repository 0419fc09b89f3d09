//! Staged rows of PANDA Perio's databases as records.
//!
//! A row has its columns under the contract's names where the configuration ties them to one, and the keys of other rows as
//! `clinic/number`. What SQL Server does not type, such as a day that is kept as text, is read as the manifest says.

use crate::assembly::{Assemble, Object, Part, Staged};
use crate::bindings::panda_perio::records::{
    Attachment, Clinic, Entity, Flag, LetterTemplate, Location, Note, Patient, PatientReferral, Phase, Provider,
    Referral, TreatmentPlan,
};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots, record};
use crate::locale::{LOCALE_FIELDS, Locale};
use crate::names::Names;
use crate::texts::Texts;

/// How the source says that its texts are to be read, and in which zone its moments are local.
const MANIFEST: Part = Part::locale(LOCALE_FIELDS);

/// PANDA Perio's way from rows to records. Its exams go the way of [`crate::perio`].
#[derive(Debug, Clone)]
pub struct Assembler(Locale);

impl Assemble for Assembler {
    type Record = Entity;
    const OBJECTS: &'static [Object<'static>] = &[
        Object::of_row(
            "clinic",
            &[MANIFEST, Part::row(clinic::FIELDS), Part::below("location", "locations", location::FIELDS)],
        ),
        Object::of_row("provider", &[MANIFEST, Part::row(provider::FIELDS)]),
        Object::of_row("referral", &[MANIFEST, Part::row(referral::FIELDS)]),
        Object::of_row(
            "patient",
            &[
                MANIFEST,
                Part::row(patient::FIELDS),
                Part::below("patient-referral", "referrals", patient_referral::FIELDS),
            ],
        ),
        Object::of_row(
            "treatment-plan",
            &[MANIFEST, Part::row(treatment_plan::FIELDS), Part::below("phase", "phases", phase::FIELDS)],
        ),
        Object::of_row("note", &[MANIFEST, Part::row(note::FIELDS)]),
        Object::of_row("flag", &[MANIFEST, Part::row(flag::FIELDS)]),
        Object::of_row("letter-template", &[MANIFEST, Part::row(letter_template::FIELDS)]),
        Object::of_row("attachment", &[MANIFEST, Part::row(attachment::FIELDS)]),
    ];
    const MANIFEST: Option<&'static str> = Some("panda-manifest");
    const BATCH: usize = 256;

    fn open(manifest: &str) -> Result<Self, DecodeError> {
        Locale::decode("panda-manifest", manifest).map(Self)
    }

    fn assemble(
        &self,
        object: &Object<'_>,
        rows: &Staged<'_>,
        texts: &mut Texts,
    ) -> Result<Gathered<Entity>, DecodeError> {
        let (key, json, locale) = (rows.key, rows.row, &self.0);
        let alone = match object.name {
            "clinic" => {
                let own = clinic(key, json, locale, texts)?;
                let below = Gathered::read(rows.first_list(), |key, json| location(key, json, locale, texts));
                return Ok(filled(own, below, |clinic, locations| Entity::Clinic(Clinic { locations, ..clinic })));
            }
            "patient" => {
                let own = patient(key, json, locale, texts)?;
                let below = Gathered::read(rows.first_list(), |key, json| patient_referral(key, json, locale, texts));
                return Ok(filled(own, below, |patient, referrals| Entity::Patient(Patient { referrals, ..patient })));
            }
            "treatment-plan" => {
                let own = treatment_plan(key, json, locale, texts)?;
                let below = Gathered::read(rows.first_list(), |key, json| phase(key, json, locale, texts));
                let plan = |plan, phases| Entity::TreatmentPlan(TreatmentPlan { phases, ..plan });
                return Ok(filled(own, below, plan));
            }
            "provider" => provider(key, json, locale, texts)?.map(Entity::Provider),
            "referral" => referral(key, json, locale, texts)?.map(Entity::Referral),
            "note" => note(key, json, locale, texts)?.map(Entity::Note),
            "flag" => flag(key, json, locale, texts)?.map(Entity::Flag),
            "letter-template" => letter_template(key, json, locale, texts)?.map(Entity::LetterTemplate),
            "attachment" => attachment(key, json, locale, texts)?.map(Entity::Attachment),
            other => return Err(DecodeError::NoSuchObject { object: other.to_owned() }),
        };
        Ok(alone.into())
    }
}

/// A record with what lies below it, and what could not be read of both.
fn filled<R, B>(own: Decoded<R>, below: Gathered<Vec<B>>, fill: impl FnOnce(R, Vec<B>) -> Entity) -> Gathered<Entity> {
    let Decoded { record, mut problems } = own;
    problems.extend(below.problems);
    Gathered { record: fill(record, below.record), problems, refused: below.refused }
}

record! {
    fn location() -> Location ("location") links [clinic_id] {
        id: key "required";
        name: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        phone: text;
        fax: text;
        email: text;
        website: text;
        npi: text;
        tax_id: text;
        modified_at: instant;
    }
}

record! {
    fn clinic() -> Clinic ("clinic") below locations {
        id: key "required";
    }
}

record! {
    fn provider() -> Provider ("provider") {
        id: key "required";
        clinic_id: text "required";
        title: text;
        first_name: text;
        middle_initial: text;
        last_name: text;
        credentials: text;
        specialty: text;
        license_number: text;
        npi: text;
        email: text;
        phone: text;
        active: boolean;
        modified_at: instant;
    }
}

record! {
    fn referral() -> Referral ("referral") {
        id: key "required";
        clinic_id: text "required";
        kind: text;
        title: text;
        first_name: text;
        middle_initial: text;
        last_name: text;
        credentials: text;
        specialty: text;
        practice_name: text;
        work_phone: text;
        mobile_phone: text;
        fax: text;
        email: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        active: boolean;
        modified_at: instant;
    }
}

record! {
    fn patient_referral() -> PatientReferral ("patient-referral") links [clinic_id, patient_id] {
        id: key "required";
        referral_id: text;
        referred_on: day;
        reason: text;
        modified_at: instant;
    }
}

record! {
    fn patient() -> Patient ("patient") below referrals {
        id: key "required";
        clinic_id: text "required";
        location_id: text;
        pms_id: text;
        account_number: text;
        title: text;
        first_name: text;
        middle_initial: text;
        last_name: text;
        nick_name: text;
        sex: text;
        birth_date: day;
        email: text;
        home_phone: text;
        mobile_phone: text;
        work_phone: text;
        work_phone_extension: text;
        address_line1: text ["address_line_1"];
        address_line2: text ["address_line_2"];
        city: text;
        state: text;
        postal_code: text;
        country: text;
        ssn: text;
        status: text;
        provider_id: text;
        provider_name: text;
        referral_id: text;
        created_at: instant;
        modified_at: instant;
    }
}

record! {
    fn phase() -> Phase ("phase") links [clinic_id, plan_id] {
        id: key "required";
        number: integer;
        status: text;
        ada_code: text;
        description: text;
        tooth: text;
        surface: text;
        fee: decimal;
        planned_on: day;
        completed_on: day;
        provider_id: text;
        note: text;
        modified_at: instant;
    }
}

record! {
    fn treatment_plan() -> TreatmentPlan ("treatment-plan") below phases {
        id: key "required";
        clinic_id: text "required";
        patient_id: text;
        provider_id: text;
        name: text;
        description: text;
        status: text;
        fee: decimal;
        proposed_on: day;
        accepted_on: day;
        completed_on: day;
        modified_at: instant;
    }
}

record! {
    fn note() -> Note ("note") {
        id: key "required";
        clinic_id: text "required";
        patient_id: text;
        plan_id: text;
        provider_id: text;
        kind: text;
        subjective: text;
        objective: text;
        assessment: text;
        plan: text;
        body: text;
        written_at: instant;
        modified_at: instant;
    }
}

record! {
    fn flag() -> Flag ("flag") {
        id: key "required";
        clinic_id: text "required";
        patient_id: text;
        provider_id: text;
        kind: text;
        text: text;
        active: boolean;
        trigger_date: day;
        created_at: instant;
        modified_at: instant;
    }
}

record! {
    fn letter_template() -> LetterTemplate ("letter-template") {
        id: key "required";
        clinic_id: text;
        name: text;
        category: text;
        subject: text;
        body: text;
        path: text;
        modified_at: instant;
    }
}

record! {
    fn attachment() -> Attachment ("attachment") {
        id: key "required";
        clinic_id: text "required";
        patient_id: text;
        plan_id: text;
        provider_id: text;
        file_name: text;
        media_type: text;
        kind: text;
        description: text;
        taken_on: day;
        content: text;
        path: text;
        size: integer ["size", "content_bytes"];
        created_at: instant;
        modified_at: instant;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST_TEXT: &str = r#"{"date_order":"ymd","decimal_mark":".","time_zone":"America/Chicago"}"#;

    fn assembled(object: &str, row: &str, below: &[(&str, &str)], texts: &mut Texts) -> Gathered<Entity> {
        let assembler = Assembler::open(MANIFEST_TEXT).expect("a good manifest");
        let object = Assembler::OBJECTS.iter().find(|own| own.name == object).expect("an object");
        let rows = Staged { key: "N/1", row, lists: &[below.to_vec()], latest: false };
        assembler.assemble(object, &rows, texts).expect("a record")
    }

    fn extras<'t>(extra: &[crate::bindings::transform::values::ExtraField], texts: &'t Texts) -> Vec<&'t str> {
        extra.iter().filter_map(|field| texts.get(field.name)).collect()
    }

    #[test]
    fn a_plan_has_its_phases_and_a_bad_one_costs_itself() {
        let mut texts = Texts::new();
        let row = r#"{"clinic_id":"N","id":"N/1","patient_id":"N/17","status":"accepted","fee":1250.5000,"accepted_on":"2026-03-14T09:30:00.000","Quote":"Q-7"}"#;
        let phases = [
            (
                "N/1",
                r#"{"clinic_id":"N","id":"N/1","plan_id":"N/1","number":1,"ada_code":"D4341","fee":290.0000,"provider_id":"N/501","planned_on":"2026-03-20"}"#,
            ),
            ("N/2", "[]"),
            ("N/3", r#"{"clinic_id":"N","id":"N/3","plan_id":"N/1","number":2,"completed_on":"soon"}"#),
        ];
        let gathered = assembled("treatment-plan", row, &phases, &mut texts);
        let Entity::TreatmentPlan(plan) = gathered.record else { panic!("no plan") };
        assert_eq!((texts.get(plan.id), plan.patient_id.and_then(|id| texts.get(id))), (Some("N/1"), Some("N/17")));
        assert_eq!(plan.fee.map(|fee| fee.to_string()).as_deref(), Some("1250.5000"));
        assert_eq!(plan.accepted_on.map(|day| day.to_string()).as_deref(), Some("2026-03-14"));
        assert_eq!(extras(&plan.extra, &texts), ["Quote"]);
        let numbers: Vec<_> = plan.phases.iter().map(|phase| phase.number).collect();
        assert_eq!(numbers, [Some(1), Some(2)]);
        assert_eq!(
            extras(&plan.phases[0].extra, &texts),
            [""; 0],
            "keys of the plan and the clinic are no extra columns"
        );
        assert_eq!((gathered.refused.len(), gathered.refused[0].0.as_str()), (1, "N/2"));
        assert_eq!(gathered.problems[0].field, "phase.completed_on");
        assert_eq!(extras(&plan.phases[1].extra, &texts), ["completed_on"]);
    }

    #[test]
    fn moments_are_local_to_the_practice_and_an_hour_that_came_twice_is_told() {
        let mut texts = Texts::new();
        let row = |written: &str| {
            format!(r#"{{"clinic_id":"N","id":"N/1","subjective":"aches","plan":"SRP","written_at":"{written}"}}"#)
        };
        let gathered = assembled("note", &row("2026-07-04T14:30:00.000"), &[], &mut texts);
        let Entity::Note(note) = gathered.record else { panic!("no note") };
        assert_eq!(note.written_at.map(|moment| moment.seconds), Some(1_783_193_400));
        assert_eq!((note.plan.and_then(|plan| texts.get(plan)), note.body), (Some("SRP"), None));
        let gathered = assembled("note", &row("2026-11-01T01:30:00"), &[], &mut texts);
        assert!(gathered.problems[0].message.contains("twice"));
        let gathered = assembled("note", &row("2026-11-01T01:30:00.0000000-06:00"), &[], &mut texts);
        assert_eq!(gathered.problems, [], "a moment with its offset needs no zone");
    }

    #[test]
    fn a_clinic_a_patient_and_a_file_have_the_keys_of_others() {
        let mut texts = Texts::new();
        let location = r#"{"clinic_id":"N","id":"N/L1","name":"Ambleford","address_line_1":"1 Mill Lane"}"#;
        let gathered = assembled("clinic", r#"{"id":"N"}"#, &[("N/L1", location)], &mut texts);
        let Entity::Clinic(clinic) = gathered.record else { panic!("no clinic") };
        assert_eq!((texts.get(clinic.id), clinic.locations.len()), (Some("N"), 1));
        assert_eq!(clinic.locations[0].address_line1.and_then(|line| texts.get(line)), Some("1 Mill Lane"));

        let referral =
            r#"{"clinic_id":"N","id":"N/9","patient_id":"N/17","referral_id":"N/2","referred_on":"2026-01-05"}"#;
        let row =
            r#"{"clinic_id":"N","id":"N/17","pms_id":100017,"birth_date":"1980-02-29T00:00:00.000","status":"Active"}"#;
        let gathered = assembled("patient", row, &[("N/9", referral)], &mut texts);
        let Entity::Patient(patient) = gathered.record else { panic!("no patient") };
        assert_eq!((patient.pms_id.and_then(|id| texts.get(id)), patient.extra.len()), (Some("100017"), 0));
        assert_eq!(patient.birth_date.map(|day| day.to_string()).as_deref(), Some("1980-02-29"));
        assert_eq!(patient.referrals[0].referral_id.and_then(|id| texts.get(id)), Some("N/2"));

        let row = r#"{"clinic_id":"N","id":"N/3","content":"blob:attachment/Scan/N/3","content_bytes":4096}"#;
        let Entity::Attachment(file) = assembled("attachment", row, &[], &mut texts).record else { panic!("no file") };
        assert_eq!(
            (file.size, file.content.and_then(|c| texts.get(c))),
            (Some(4096), Some("blob:attachment/Scan/N/3"))
        );
        let said = row.replace("content_bytes", "size").replace("4096}", "4096,\"content_bytes\":7}");
        let Entity::Attachment(file) = assembled("attachment", &said, &[], &mut texts).record else {
            panic!("no file")
        };
        assert_eq!(
            (file.size, extras(&file.extra, &texts)),
            (Some(4096), vec!["content_bytes"]),
            "the table's word first"
        );
    }

    #[test]
    fn texts_are_read_as_the_configuration_says_and_no_other_way() {
        let mut texts = Texts::new();
        let row = r#"{"clinic_id":"N","id":"N/17","birth_date":"03/04/1980"}"#;
        let gathered = assembled("patient", row, &[], &mut texts);
        assert_eq!(gathered.problems[0].field, "patient.birth_date");
        let american = Assembler::open(&MANIFEST_TEXT.replace("ymd", "mdy")).expect("good");
        let rows = Staged { key: "N/17", row, lists: &[Vec::new()], latest: false };
        let patient = american.assemble(&Assembler::OBJECTS[3], &rows, &mut texts).expect("a patient");
        let Entity::Patient(patient) = patient.record else { panic!("no patient") };
        assert_eq!(patient.birth_date.map(|day| day.to_string()).as_deref(), Some("1980-03-04"));
        assert!(Assembler::open("{}").is_err());
    }
}
