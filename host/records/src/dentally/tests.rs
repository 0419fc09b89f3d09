use super::*;
use crate::bindings::dentally::records::{AccountHistory, CustomValue, TreatmentPlan};
use crate::bindings::transform::values::{Decimal, Scalar, Span};
use crate::table::{Field, Kind};

#[test]
fn a_patient_keeps_every_column() {
    let mut texts = Texts::new();
    let json = r#"{"id":17,"first_name":"Ada","email":"ada@example.invalid","address_line_1":"1 High St",
        "date_of_birth":"1990-02-30","metadata":{"shoe":"39"},"medical_alert":true,"updated_at":"2026-07-04T20:35:55.599+01:00"}"#;
    let decoded = decode("patient", "17", json, &mut texts).expect("decodes");
    let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
    assert_eq!(
        (texts.get(patient.id), patient.email_address.and_then(|e| texts.get(e))),
        (Some("17"), Some("ada@example.invalid"))
    );
    assert_eq!(patient.address_line1.and_then(|a| texts.get(a)), Some("1 High St"));
    assert_eq!(patient.date_of_birth, None);
    assert_eq!(decoded.problems[0].field, "patient.date_of_birth");
    let names: Vec<_> = patient.extra.iter().filter_map(|e| texts.get(e.name)).collect();
    assert_eq!(names, ["metadata.shoe", "date_of_birth"]);
}

#[test]
fn tables_know_what_rows_hold() {
    let field = |staged: &str, name: &str| -> Field {
        let table = Assembler::fields(staged).unwrap_or_else(|| panic!("a table of `{staged}`"));
        table.iter().find(|field| field.name == name).cloned().unwrap_or_else(|| panic!("`{staged}.{name}`"))
    };
    assert_eq!(Assembler::fields("patient").map(<[Field]>::len), Some(62));
    assert_eq!(field("patient", "email_address").names, ["email_address", "email"]);
    assert_eq!(field("patient", "address_line1").names, ["address_line_1"]);
    assert!(field("patient", "id").required && !field("patient", "town").required);
    assert_eq!(field("appointment", "start_time").kind, Kind::Instant);
    assert!(matches!(field("practitioner", "user").kind, Kind::Nested(_)));
    assert_eq!(field("treatment_plan_item", "teeth").kind, Kind::Texts);
    assert_eq!(field("invoice_item", "total_price").kind, Kind::Decimal);
    let Kind::List(explanation) = field("payment", "explanations").kind else { panic!("explanations are a list") };
    assert_eq!(explanation.last().map(|field| &*field.name), Some("comments"));
}

#[test]
fn the_apis_own_names() {
    assert_eq!((api_name("address_line1").as_str(), api_name("town").as_str()), ("address_line_1", "town"));
}

#[test]
fn what_is_required_is_named() {
    let mut texts = Texts::new();
    let error = decode("appointment", "900", r#"{"id":900,"start_time":"soon"}"#, &mut texts).expect_err("no start");
    assert!(error.to_string().starts_with("appointment `900`: `start_time` is missing or cannot be read"), "{error}");
    let error = decode("patient", "17", "[]", &mut texts).expect_err("no object");
    assert!(error.to_string().starts_with("patient `17` is not a JSON object"), "{error}");
}

#[test]
fn the_nested_user_is_read_and_its_rest_kept() {
    let mut texts = Texts::new();
    let json = r#"{"id":3,"user":{"id":5,"email":"d@example.invalid","permission_level":2}}"#;
    let decoded = decode("practitioner", "3", json, &mut texts).expect("decodes");
    let Entity::Practitioner(practitioner) = decoded.record else { panic!("not a practitioner") };
    assert_eq!(practitioner.user.and_then(|u| texts.get(u.email?)), Some("d@example.invalid"));
    assert_eq!(texts.get(practitioner.extra[0].name), Some("user.permission_level"));
}

/// A custom field's id, name and value.
type Custom = (Option<String>, Option<String>, String);

/// The custom fields of a patient, and the names of what is carried along.
fn custom(json: &str) -> (Vec<Custom>, Vec<String>, Vec<String>) {
    let mut texts = Texts::new();
    let row = format!(r#"{{"id":17,"custom_fields":{json}}}"#);
    let decoded = decode("patient", "17", &row, &mut texts).expect("decodes");
    let Entity::Patient(patient) = decoded.record else { panic!("not a patient") };
    let text = |span: Span| texts.get(span).expect("a text of the batch").to_owned();
    let value = |value: &CustomValue| {
        let said = match &value.value {
            Some(Scalar::Text(span)) => text(*span),
            other => format!("{other:?}"),
        };
        (value.id.map(text), value.name.map(text), said)
    };
    let values = patient.custom_fields.iter().map(value).collect();
    let extra = patient.extra.iter().map(|extra| text(extra.name)).collect();
    (values, extra, decoded.problems.into_iter().map(|problem| problem.field).collect())
}

#[test]
fn custom_fields_are_read_in_either_form() {
    let some = |text: &str| Some(text.to_owned());
    let named = |name: &str, value: &str| (None, some(name), value.to_owned());
    let (values, extra, problems) = custom(r#"{"Smoker":"no","Nervous":true,"Children":2,"Insurer":null,"Gym":""}"#);
    assert_eq!(
        values,
        [
            named("Smoker", "no"),
            named("Nervous", "Some(Scalar::Boolean(true))"),
            named("Children", "Some(Scalar::Integer(2))"),
            named("Insurer", "None"),
            named("Gym", "None"),
        ]
    );
    assert_eq!((extra.len(), problems.len()), (0, 0));

    let (values, extra, problems) = custom(
        r#"[{"id":7,"name":"Smoker","value":"no","colour":"red"},{"custom_field_id":"8","value":false},{"label":"Gym","value":null}]"#,
    );
    assert_eq!(
        values,
        [
            (some("7"), some("Smoker"), "no".to_owned()),
            (some("8"), None, "Some(Scalar::Boolean(false))".to_owned()),
            named("Gym", "None"),
        ]
    );
    assert_eq!((extra, problems.len()), (vec!["custom_fields.0.colour".to_owned()], 0));

    let (values, extra, problems) = custom(r#"{"Smoker":{"id":7,"value":"no"}}"#);
    assert_eq!(values, [(some("7"), some("Smoker"), "no".to_owned())]);
    assert_eq!((extra.len(), problems.len()), (0, 0));
}

#[test]
fn custom_fields_of_no_known_form_are_carried_along() {
    for (json, kept, field) in [
        (r#"{"Sports":["golf","judo"]}"#, "custom_fields.Sports.0", "patient.custom_fields.Sports"),
        (r#"["golf"]"#, "custom_fields", "patient.custom_fields"),
        (r#""golf""#, "custom_fields", "patient.custom_fields"),
        (r#"[{"name":"Sports","value":["golf"]}]"#, "custom_fields.value.0", "patient.custom_fields.value"),
    ] {
        let (_, extra, problems) = custom(json);
        assert!(extra.contains(&kept.to_owned()), "{json}: {extra:?}");
        assert_eq!(problems, [field], "{json}");
    }
    for nothing in ["null", "{}", "[]", "[null]"] {
        assert_eq!(custom(nothing), (Vec::new(), Vec::new(), Vec::new()), "{nothing}");
    }
}

/// The record of these rows.
fn assembled(object: &str, row: &str, lists: &[&[&str]], texts: &mut Texts) -> Gathered<Entity> {
    let object = Assembler::OBJECTS.iter().find(|own| own.name == object).expect("an object");
    let lists: Vec<Vec<(&str, &str)>> =
        lists.iter().map(|rows| rows.iter().map(|row| ("the row's key", *row)).collect()).collect();
    let rows = Staged { key: "17", row, lists: &lists, latest: false };
    Assembler.assemble(object, &rows, texts).expect("a record")
}

#[test]
fn a_plan_has_its_items_in_order() {
    let mut texts = Texts::new();
    let items = [
        r#"{"id":"i1","price":"45.50","teeth":["UR6",17,null],"surfaces":"MO","completed":true,"custom_fields":{"Lab":"North"}}"#,
        r#"{"id":"i2","price":60,"teeth":[{"tooth":1}],"charged":"1"}"#,
        r#"{"price":"1.00"}"#,
    ];
    let plan = assembled("treatment_plan", r#"{"id":900,"start_date":"2026-03-02"}"#, &[&items], &mut texts);
    let Entity::TreatmentPlan(TreatmentPlan { items, .. }) = plan.record else { panic!("not a plan") };
    let words = |spans: &[Span]| spans.iter().filter_map(|span| texts.get(*span)).collect::<Vec<_>>().join(" ");
    let price = |at: usize| items[at].price.map(|price| price.to_string());
    assert_eq!((items.len(), price(0).as_deref(), price(1).as_deref()), (2, Some("45.50"), Some("60")));
    assert_eq!((words(&items[0].teeth), words(&items[0].surfaces)), ("UR6 17".to_owned(), "MO".to_owned()));
    assert_eq!((items[0].completed, items[1].charged, items[0].custom_fields.len()), (Some(true), Some(true), 1));
    assert_eq!(
        plan.problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(),
        ["treatment_plan_item.teeth"]
    );
    let (key, error) = &plan.refused[0];
    assert_eq!((key.as_str(), error.object()), ("the row's key", "treatment_plan_item"));
}

#[test]
fn all_money_of_a_patient_is_one_record() {
    let mut texts = Texts::new();
    let payment = r#"{"id":3,"amount":"-20.0","explanations":[{"id":1,"amount":"-20.0","invoice_id":2,"user_id":9},{"amount":"x"}]}"#;
    let lists: [&[&str]; 4] = [
        &[r#"{"id":1,"current_balance":"0.0","state":"credit"}"#],
        &[r#"{"id":2,"amount":"45.5","paid":false,"due_on":"2026-04-01"}"#],
        &[r#"{"id":"a","invoice_id":2,"total_price":"50.50"}"#, r#"{"id":"b","invoice_id":2,"total_price":-5}"#],
        &[payment],
    ];
    let gathered = assembled("account_history", "", &lists, &mut texts);
    let Entity::AccountHistory(history) = gathered.record else { panic!("not a history") };
    let AccountHistory { patient_id, accounts, invoices, invoice_items, payments } = history;
    assert_eq!((texts.get(patient_id), accounts.len(), invoices.len()), (Some("17"), 1, 1));
    let sum: i64 = invoice_items
        .iter()
        .filter_map(|item| item.total_price)
        .map(|price| match price {
            Decimal { unscaled, scale: 0 } => unscaled * 100,
            Decimal { unscaled, .. } => unscaled,
        })
        .sum();
    assert_eq!(sum, 45_50);
    let explained = &payments[0].explanations;
    assert_eq!(explained[0].amount.map(|amount| amount.to_string()).as_deref(), Some("-20.0"));
    assert_eq!((explained.len(), explained[1].amount), (2, None));
    let extra: Vec<_> = payments[0].extra.iter().filter_map(|extra| texts.get(extra.name)).collect();
    assert_eq!(extra, ["explanations.0.user_id", "explanations.amount"]);
    assert_eq!(gathered.problems[0].field, "payment.explanations.amount");
}

#[test]
fn what_has_no_form_is_carried_as_its_json() {
    let mut texts = Texts::new();
    let json = r#"{"id":4711,"opening_hours":{"Monday":{"open":"08:30"}},"portal":{"online_booking":true},"nhs":true}"#;
    let decoded = decode("practice", "4711", json, &mut texts).expect("decodes");
    let Entity::Practice(practice) = decoded.record else { panic!("not a practice") };
    let text = |span: Option<Span>| span.and_then(|span| texts.get(span));
    assert_eq!(text(practice.opening_hours), Some(r#"{"Monday":{"open":"08:30"}}"#));
    assert_eq!(text(practice.portal_settings), Some(r#"{"online_booking":true}"#));
    assert_eq!((practice.nhs, practice.extra.len()), (Some(true), 0));
    let decoded = decode("custom_field", "7", r#"{"id":7,"label":"Smoker","options":["yes","no"]}"#, &mut texts);
    let Entity::CustomField(field) = decoded.expect("decodes").record else { panic!("not a field") };
    assert_eq!(field.options.iter().filter_map(|span| texts.get(*span)).collect::<Vec<_>>(), ["yes", "no"]);
}
