//! Staged rows of the reports of Practice by Numbers, and items of its API, as records. Where the API has another name for a
//! field, it stands behind the report's.
//!
//! Rows of `patient`, `appointment` and the like are records by themselves (`decode`). Coverages, planned procedures, account
//! lines and recalls are gathered below their patient, goals below their provider (`gather`).

use crate::assembly::{Assemble, Object, Part, Staged};
use crate::bindings::practice_by_numbers::records::{
    Appointment, Coverage, Entity, Goal, Goals, Insurance, Ledger, LedgerLine, Message, Patient, PlanItem, Provider,
    Recall, Recalls, TreatmentPlan,
};
use crate::bindings::transform::values::Span;
use crate::decode::{DecodeError, Decoded, Gathered, Problem, Row, Slots, record};
use crate::locale::{LOCALE_FIELDS, Locale, Moment};
use crate::names::Names;
use crate::texts::Texts;

/// How the source says that its texts are to be read.
const MANIFEST: Part = Part::locale(LOCALE_FIELDS);

/// Practice by Numbers' way from rows to records.
#[derive(Debug, Clone)]
pub struct Assembler(Locale);

impl Assemble for Assembler {
    type Record = Entity;
    const OBJECTS: &'static [Object<'static>] = &[
        Object::of_row("provider", &[MANIFEST, Part::row(provider::FIELDS)]),
        Object::of_row("patient", &[MANIFEST, Part::row(patient::FIELDS)]),
        Object::below_parent(
            "insurance",
            "patient",
            &[MANIFEST, Part::below("coverage", "coverages", coverage::FIELDS)],
        ),
        Object::of_row("appointment", &[MANIFEST, Part::row(appointment::FIELDS)]),
        Object::below_parent(
            "treatment-plan",
            "patient",
            &[MANIFEST, Part::below("plan-item", "items", plan_item::FIELDS)],
        ),
        Object::below_parent(
            "ledger",
            "patient",
            &[MANIFEST, Part::below("ledger-line", "lines", ledger_line::FIELDS)],
        ),
        Object::below_parent("recalls", "patient", &[MANIFEST, Part::below("recall", "visits", recall::FIELDS)]),
        Object::below_parent("goals", "provider", &[MANIFEST, Part::below("goal", "months", goal::FIELDS)]),
        Object::of_row("message", &[MANIFEST, Part::row(message::FIELDS)]),
    ];
    const MANIFEST: Option<&'static str> = Some("practice-by-numbers-manifest");
    const BATCH: usize = 256;

    fn open(manifest: &str) -> Result<Self, DecodeError> {
        Locale::decode("practice-by-numbers-manifest", manifest).map(Self)
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
        "provider" => {
            let mut decoded = provider(key, json, locale, texts)?;
            let Provider { name, first_name, last_name, .. } = &mut decoded.record;
            part_name(*name, first_name, last_name, texts);
            decoded.map(Entity::Provider)
        }
        "patient" => {
            let mut decoded = patient(key, json, locale, texts)?;
            let Patient { name, first_name, last_name, .. } = &mut decoded.record;
            part_name(*name, first_name, last_name, texts);
            decoded.map(Entity::Patient)
        }
        "appointment" => {
            let mut decoded = appointment(key, json, locale, texts)?;
            start(&mut decoded, locale, texts);
            decoded.map(Entity::Appointment)
        }
        "message" => message(key, json, locale, texts)?.map(Entity::Message),
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
    let id = texts.add(parent);
    Ok(match object {
        "insurance" => Gathered::read(rows, |key, json| coverage(key, json, locale, texts))
            .map(|coverages| Entity::Insurance(Insurance { patient_id: id, coverages })),
        "treatment-plan" => Gathered::read(rows, |key, json| plan_item(key, json, locale, texts))
            .map(|items| Entity::TreatmentPlan(TreatmentPlan { patient_id: id, items })),
        "ledger" => Gathered::read(rows, |key, json| ledger_line(key, json, locale, texts))
            .map(|lines| Entity::Ledger(Ledger { patient_id: id, lines })),
        "recalls" => Gathered::read(rows, |key, json| recall(key, json, locale, texts))
            .map(|visits| Entity::Recalls(Recalls { patient_id: id, visits })),
        "goals" => Gathered::read(rows, |key, json| goal(key, json, locale, texts))
            .map(|months| Entity::Goals(Goals { provider_id: id, months })),
        other => return Err(DecodeError::NoSuchObject { object: other.to_owned() }),
    })
}

/// `Last, First` parted at its first comma, where the report has no columns for the parts. A name without a comma stays
/// whole: no rule says which of its words is the family's.
fn part_name(name: Option<Span>, first: &mut Option<Span>, last: &mut Option<Span>, texts: &mut Texts) {
    if first.is_some() || last.is_some() {
        return;
    }
    let Some(whole) = name.and_then(|name| texts.get(name)) else { return };
    let Some((family, given)) = whole.split_once(',') else { return };
    let (family, given) = (family.trim().to_owned(), given.trim().to_owned());
    let mut some = |text: &str| (!text.is_empty()).then(|| texts.add(text));
    (*last, *first) = (some(&family), some(&given));
}

/// Date and time as one moment through the zone.
fn start(decoded: &mut Decoded<Appointment>, locale: &Locale, texts: &Texts) {
    let Appointment { date, time, starts_at, .. } = &mut decoded.record;
    let (Some(date), Some(time), None) = (&*date, time.and_then(|time| texts.get(time)), &*starts_at) else { return };
    let (moment, message) = match locale.moment(&format!("{date} {}", time.trim())) {
        Some(Moment::Once(moment)) => (Some(moment), None),
        Some(Moment::Twice(moment)) => (Some(moment), Some(Moment::TWICE)),
        Some(Moment::Never(moment)) => (Some(moment), Some(Moment::NEVER)),
        None => (None, Some("is not a time of day")),
    };
    *starts_at = moment;
    decoded.problems.extend(message.map(|message| Problem { field: "appointment.time".to_owned(), message }));
}

record! {
    fn provider() -> Provider ("provider") {
        id: text ["provider_id", "uuid", "id"] "required";
        name: text ["provider_name"];
        first_name: text;
        last_name: text;
        email: text;
        specialty: text;
        active: boolean ["active"];
    }
}

record! {
    fn patient() -> Patient ("patient") {
        id: text ["patient_id", "uuid", "id"] "required";
        chart_number: text;
        name: text ["patient_name"];
        first_name: text;
        last_name: text;
        preferred_name: text;
        date_of_birth: date ["date_of_birth"];
        gender: text;
        email: text;
        mobile_phone: text ["mobile_phone"];
        home_phone: text;
        work_phone: text;
        address: text;
        address2: text ["address_2"];
        city: text;
        state: text;
        zip: text;
        source_system: text;
        status: text;
        primary_provider: text ["primary_provider", "primary_provider_uuid"];
        location: text ["location", "location_uuid"];
        first_visit: date;
        last_visit: date;
        next_appointment: date ["next_appointment"];
        balance: decimal;
        created_at: instant;
    }
}

record! {
    fn coverage() -> Coverage ("coverage") links [patient_id ["patient_id", "patient_uuid"]] {
        priority: text;
        carrier: text;
        group_number: text ["group_number"];
        policy_number: text;
        subscriber_id: text;
        subscriber_name: text;
        coverage_percent: decimal ["coverage_percent"];
        remaining_benefits: decimal;
    }
}

record! {
    fn appointment() -> Appointment ("appointment") {
        id: text ["appointment_id", "uuid", "id"] "required";
        patient_id: text ["patient_id", "patient_uuid"];
        patient_name: text;
        date: date;
        time: text;
        starts_at: instant;
        length: integer;
        provider: text ["provider", "provider_uuid"];
        operatory: text;
        status: text;
        procedures: text;
        production: decimal;
    }
}

record! {
    fn plan_item() -> PlanItem ("plan-item") links [patient_id ["patient_id", "patient_uuid"]] {
        plan_id: text;
        plan_date: date;
        ada_code: text;
        tooth: text;
        surface: text;
        description: text;
        fee: decimal;
        status: text;
        accepted_on: date;
        provider: text;
    }
}

record! {
    fn ledger_line() -> LedgerLine ("ledger-line") links [patient_id ["patient_id", "patient_uuid"]] {
        date: date;
        kind: text ["type"];
        code: text;
        description: text;
        amount: decimal;
        balance: decimal;
    }
}

record! {
    fn recall() -> Recall ("recall") links [patient_id ["patient_id", "patient_uuid"]] {
        patient_name: text;
        recall_type: text;
        recall_due: date;
        status: text;
        provider: text ["provider", "provider_uuid"];
    }
}

record! {
    fn goal() -> Goal ("goal") links [provider_id ["provider_id", "provider_uuid"]] {
        provider: text;
        month: text;
        production_target: decimal;
        acceptance_target: decimal ["acceptance_target"];
        new_patients_target: integer;
    }
}

record! {
    fn message() -> Message ("message") {
        id: key ["id", "uuid"] "required";
        patient_id: text ["patient_id", "patient_uuid"];
        sent_at: instant ["sent_at"];
        channel: text;
        direction: text;
        sent_by: text;
        subject: text;
        message: text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale() -> Locale {
        let manifest = r#"{"date_order":"mdy","decimal_mark":".","time_zone":"America/New_York"}"#;
        Locale::decode("manifest", manifest).expect("a good manifest")
    }

    #[test]
    fn a_name_is_parted_where_the_report_does_not_part_it() {
        let mut texts = Texts::new();
        let mut names = |columns: &str| {
            let json = format!(r#"{{"patient_id":"7",{columns}}}"#);
            let decoded = decode("patient", "7", &json, &locale(), &mut texts).expect("decodes");
            let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
            [patient.first_name, patient.last_name].map(|name| name.and_then(|name| texts.get(name)).map(str::to_owned))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(names(r#""patient_name":"O'Hara , Mary Ann""#), [some("Mary Ann"), some("O'Hara")]);
        assert_eq!(names(r#""patient_name":"Moss,""#), [None, some("Moss")]);
        assert_eq!(names(r#""patient_name":"Ann Moss""#), [None, None]);
        assert_eq!(names(r#""patient_name":"Moss, Ann","first_name":"Annie""#), [some("Annie"), None]);
    }

    #[test]
    fn an_item_of_the_api_is_the_record_of_the_report_s_row() {
        let api = r#"{"date_order":"ymd","decimal_mark":".","time_zone":"America/New_York"}"#;
        let api = Locale::decode("manifest", api).expect("a good manifest");
        let item = r#"{"uuid":"5f2e","chart_number":118,"first_name":"Mary","last_name":"O'Hara",
            "date_of_birth":"1990-03-14","email":"mary@example.invalid","status":"active","balance":12.50,
            "primary_provider_uuid":"77aa","location_uuid":"c0de","created_at":"2024-05-01T09:30:00-04:00"}"#;
        let row = r#"{"patient_id":"5f2e","chart_number":"118","patient_name":"O'Hara, Mary","date_of_birth":"03/14/1990",
            "email":"mary@example.invalid","status":"active","balance":"$12.50","primary_provider":"77aa",
            "location":"c0de","created_at":"05/01/2024 9:30 AM"}"#;
        let mut texts = Texts::new();
        let mut told = |json: &str, locale: &Locale| {
            let decoded = decode("patient", "5f2e", json, locale, &mut texts).expect("decodes");
            assert_eq!(decoded.problems, []);
            let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
            let text = |span: Option<Span>| span.and_then(|span| texts.get(span)).unwrap_or_default().to_owned();
            let spans = [
                Some(patient.id),
                patient.chart_number,
                patient.first_name,
                patient.last_name,
                patient.email,
                patient.status,
                patient.primary_provider,
                patient.location,
            ];
            let born = patient.date_of_birth.map(|day| day.to_string());
            let balance = patient.balance.map(|amount| amount.to_string());
            (spans.map(text), born, balance, patient.created_at.map(|at| at.seconds))
        };
        assert_eq!(told(item, &api), told(row, &locale()));
        assert_eq!(told(item, &api).3, Some(1_714_570_200));

        let item = r#"{"uuid":"a1","patient_uuid":"5f2e","starts_at":"2026-07-04T14:30:00","provider_uuid":"77aa"}"#;
        let decoded = decode("appointment", "a1", item, &api, &mut texts).expect("decodes");
        let Entity::Appointment(visit) = decoded.record else { panic!("not an appointment") };
        assert_eq!(visit.starts_at.map(|at| at.seconds), Some(1_783_189_800), "local to the declared zone");
        assert_eq!(visit.patient_id.and_then(|id| texts.get(id)), Some("5f2e"));
    }

    #[test]
    fn day_and_time_meet_in_the_practices_zone() {
        let mut texts = Texts::new();
        let mut start = |date: &str, time: &str| {
            let json = format!(r#"{{"appointment_id":"1","date":"{date}","time":"{time}"}}"#);
            let decoded = decode("appointment", "1", &json, &locale(), &mut texts).expect("decodes");
            let Entity::Appointment(visit) = decoded.record else { panic!("not an appointment") };
            (visit.starts_at.map(|at| at.seconds), decoded.problems.len())
        };
        assert_eq!(start("07/04/2026", "2:30 PM"), (Some(1_783_189_800), 0));
        assert_eq!(start("Jul 4, 2026", "14:30"), (Some(1_783_189_800), 0));
        assert_eq!(start("11/01/2026", "1:30 AM"), (Some(1_793_511_000), 1));
        assert_eq!(start("07/04/2026", "noon"), (None, 1));
        assert_eq!(start("07/04/2026", ""), (None, 0));
    }

    #[test]
    fn percent_and_currency_are_exact() {
        let mut texts = Texts::new();
        let rows = [("7/a", r#"{"coverage_percent":"80%","remaining_benefits":"$1,250.00"}"#)];
        let gathered = gather("insurance", "7", rows, &locale(), &mut texts).expect("an object");
        let Entity::Insurance(insurance) = gathered.record else { panic!("no insurance") };
        let amounts = [insurance.coverages[0].coverage_percent, insurance.coverages[0].remaining_benefits];
        assert_eq!(amounts.map(|amount| amount.map(|a| a.to_string())), [Some("80".into()), Some("1250.00".into())]);
    }
}
