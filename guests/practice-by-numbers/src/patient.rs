//! Patient → `res.partner`.

use odograft_sdk::practice_by_numbers::Patient;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Finding, Mapped, Rejection, Span, Text, lookup, place, reject, target, warning};

use crate::{names, provider};

target! {
    /// Patient → `res.partner`.
    pub partner: patient => "res.partner" {
        SOURCE_ID = source_id_as("x_source_patient_id") from [id];
        SYSTEM = custom_char("x_source_system", "Practice system") from [source_system]
            .rule("the system that Practice by Numbers copies from: the column, else the setting `source_system`") .section("Source");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
        CHART = custom_char("x_chart_number", "Chart number") from [chart_number] .section("Source");
        NAME = char("name") from [name, first_name, last_name]
            .rule("first and last name, else the whole name turned around at its comma: `Moss, Ann` is Ann Moss; casing left alone");
        PREFERRED = custom_char("x_preferred_name", "Likes to be called") from [preferred_name] .section("Patient");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [date_of_birth] .section("Patient");
        GENDER = custom_char("x_gender", "Gender") from [gender] .section("Patient");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone, work_phone] .rule("the first that is filled, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone, work_phone]
            .rule("the mobile, when there is another number too") .section("Patient");
        HOME = custom_char("x_home_phone", "Home phone") from [home_phone, mobile_phone]
            .rule("the home number, where the mobile stands in `phone`") .section("Patient");
        WORK = custom_char("x_work_phone", "Work phone") from [work_phone, mobile_phone, home_phone]
            .rule("the work number, where another stands in `phone`") .section("Patient");
        STREET = char("street") from [address];
        STREET2 = char("street2") from [address2];
        CITY = char("city") from [city];
        ZIP = char("zip") from [zip];
        STATE = many2one("state_id", "res.country.state") from [state]
            .rule("found by code, else by name, within the country that the setting `country` names");
        STATE_WORD = custom_char("x_state", "State as entered") from [state] .section("Patient");
        COUNTRY = many2one("country_id", "res.country") from [address, city, state, zip]
            .rule("the one that the setting `country` names, where there is an address");
        ACTIVE = boolean("active") from [status] .rule("inactive, archived and deceased patients are archived contacts");
        STATUS = custom_char("x_patient_status", "Status") from [status] .section("Patient");
        LOCATION = custom_char("x_location", "Location") from [location] .section("Patient");
        OWNER = many2one("user_id", "res.users") from [primary_provider] .rule("the primary provider's user");
        PROVIDER = custom_char("x_primary_provider", "Primary provider") from [primary_provider] .section("Patient");
        FIRST_VISIT = custom_date("x_first_visit", "First visit") from [first_visit] .section("Visits");
        LAST_VISIT = custom_date("x_last_visit", "Last visit") from [last_visit] .section("Visits");
        NEXT_VISIT = custom_date("x_next_appointment", "Next appointment") from [next_appointment] .section("Visits");
        BALANCE = custom_monetary("x_account_balance", "Account balance") from [balance] .rule("exact, as the patient report has it") .section("Account");
    }
}

/// Beginnings of words for patients whom the practice does not treat any more.
const GONE: [&str; 6] = ["inactive", "archived", "deceased", "deleted", "dismissed", "transferred"];

/// The contact that a patient becomes.
///
/// # Errors
/// A patient without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let name = names::full(p.name, p.first_name, p.last_name)
        .ok_or_else(|| reject("no-name", "patient.name", "neither `name`, `first_name` nor `last_name` is filled"))?;
    let (mobile, home, work) = (trimmed(p.mobile_phone), trimmed(p.home_phone), trimmed(p.work_phone));
    let email = trimmed(p.email).map(Span::lowercased);
    let status = trimmed(p.status);
    let word = status.as_deref().unwrap_or_default().to_lowercase();

    let mut partner = partner::upsert(p.id);
    let system = trimmed(p.source_system).map(Text::from).or_else(|| setting(context, "source_system"));
    partner.set_or_clear(partner::SYSTEM, system);
    partner.set_or_clear(partner::CREATED, p.created_at);
    partner.set_or_clear(partner::CHART, trimmed(p.chart_number));
    partner.set(partner::NAME, name);
    partner.set_or_clear(partner::PREFERRED, trimmed(p.preferred_name));
    partner.set_or_clear(partner::BIRTH, p.date_of_birth);
    partner.set_or_clear(partner::GENDER, trimmed(p.gender));
    partner.set_or_clear(partner::EMAIL, email.clone());
    partner.set_or_clear(partner::PHONE, mobile.or(home).or(work));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| home.is_some() || work.is_some()));
    partner.set_or_clear(partner::HOME, home.filter(|_| mobile.is_some()));
    partner.set_or_clear(partner::WORK, work.filter(|_| mobile.is_some() || home.is_some()));
    address(p, context, &mut partner);
    partner.set(partner::ACTIVE, !GONE.iter().any(|gone| word.starts_with(gone)));
    partner.set_or_clear(partner::STATUS, status);
    partner.set_or_clear(partner::LOCATION, trimmed(p.location));
    partner.set_or_clear(partner::OWNER, provider::reference(p.primary_provider));
    partner.set_or_clear(partner::PROVIDER, trimmed(p.primary_provider));
    partner.set_or_clear(partner::FIRST_VISIT, p.first_visit);
    partner.set_or_clear(partner::LAST_VISIT, p.last_visit);
    partner.set_or_clear(partner::NEXT_VISIT, p.next_appointment);
    partner.set_or_clear(partner::BALANCE, p.balance);

    let mut findings = partner.set_extras(&p.extra, context);
    findings.extend(contact(email.as_deref(), mobile.or(home).or(work).is_some()));
    Ok(Mapped { findings, ..partner.into() })
}

/// Where the patient lives. Reports name no country, so a setting does, and an address alone makes a country of it.
fn address(p: &Patient, context: &Context, partner: &mut odograft_sdk::Upsert) {
    let (street, city, zip) = (trimmed(p.address), trimmed(p.city), trimmed(p.zip));
    let state = trimmed(p.state);
    let somewhere = [street, city, zip, state].iter().any(Option::is_some);
    let country = setting(context, "country").filter(|_| somewhere);
    partner.set_or_clear(partner::STREET, street);
    partner.set_or_clear(partner::STREET2, trimmed(p.address2));
    partner.set_or_clear(partner::CITY, city);
    partner.set_or_clear(partner::ZIP, zip);
    partner.set_or_clear(partner::STATE, place::state(p.state, None, context.setting("country").trim()));
    partner.set_or_clear(partner::STATE_WORD, state);
    partner.set_or_clear(partner::COUNTRY, country.map(|code| lookup("res.country", "code", code)));
}

/// A setting that says something.
fn setting(context: &Context, name: &str) -> Option<Text> {
    Some(context.setting(name).trim()).filter(|text| !text.is_empty()).map(Text::from)
}

/// What somebody should know who wants to reach the patient.
fn contact(email: Option<&str>, has_phone: bool) -> Option<Finding> {
    match email {
        None if !has_phone => {
            Some(warning("no-contact", "patient.email", "neither an e-mail nor a phone number is filled"))
        }
        Some(email) if !looks_like_email(email) => {
            let message = "this does not look like an e-mail address; carried as entered";
            Some(warning("malformed-email", "patient.email", message))
        }
        _ => None,
    }
}

/// One `@` with something on both sides, and no blanks: enough to tell a slip from an address.
fn looks_like_email(text: &str) -> bool {
    let sides: Vec<&str> = text.split('@').collect();
    sides.len() == 2 && sides.iter().all(|side| !side.is_empty()) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::bindings::transform::manifest;
    use odograft_sdk::{Date, Decimal, ExtraField, Field, Instant, Scalar, Upsert, kinds, lookup_by, source};

    use super::*;
    use crate::{MODULE, examples};

    fn mapped(p: &Patient) -> Mapped {
        partner(p, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn row(p: &Patient) -> Upsert {
        mapped(p).only(&partner::TARGET).expect("one contact").clone()
    }

    fn codes(p: &Patient) -> Vec<String> {
        mapped(p).findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_name_is_turned_around_and_none_is_invented() {
        let p = Patient { name: Some("de la Cruz-Smith, MARÍA José".into()), ..examples::patient("17") };
        assert_eq!(row(&p).text(partner::NAME), Some("MARÍA José de la Cruz-Smith"));
        assert_eq!(row(&p).text(partner::SOURCE_ID), Some("17"));
        let nobody = Patient { name: Some(" , ".into()), ..examples::patient("17") };
        assert_eq!(partner(&nobody, &Context::at(&MODULE, 0)).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn the_practice_system_comes_from_the_column_else_from_the_setting() {
        let context = Context::at(&MODULE, 0).set("source_system", "Eaglesoft");
        let system = |p: &Patient, context: &Context| {
            let mapped = partner(p, context).expect("maps");
            mapped.upserts[0].text(partner::SYSTEM).map(str::to_owned)
        };
        let named = Patient { source_system: Some("Open Dental".into()), ..examples::patient("17") };
        assert_eq!(system(&named, &context).as_deref(), Some("Open Dental"));
        assert_eq!(system(&examples::patient("17"), &context).as_deref(), Some("Eaglesoft"));
        assert_eq!(system(&examples::patient("17"), &Context::at(&MODULE, 0)), None);
    }

    #[test]
    fn no_number_is_lost() {
        let numbers = |mobile: &str, home: &str, work: &str| {
            let span = |text: &str| (!text.is_empty()).then(|| text.into());
            let p = Patient {
                mobile_phone: span(mobile),
                home_phone: span(home),
                work_phone: span(work),
                ..examples::patient("17")
            };
            let row = row(&p);
            [partner::PHONE, partner::MOBILE, partner::HOME, partner::WORK]
                .map(|field| row.text(field).unwrap_or_default().to_owned())
        };
        assert_eq!(numbers("555-0101", "555-0102", "555-0103"), ["555-0101", "555-0101", "555-0102", "555-0103"]);
        assert_eq!(numbers("(555) 0101 ", "", ""), ["(555) 0101", "", "", ""]);
        assert_eq!(numbers("", "555-0102", "555-0103"), ["555-0102", "", "", "555-0103"]);
        assert_eq!(numbers("", "", "555-0103 x9"), ["555-0103 x9", "", "", ""]);
    }

    #[test]
    fn a_state_means_something_within_the_configured_country() {
        let p = Patient { city: Some("Springfield".into()), state: Some("IL".into()), ..examples::patient("17") };
        let at = |country: &str| {
            let mapped = partner(&p, &Context::at(&MODULE, 0).set("country", country)).expect("maps");
            let row = &mapped.upserts[0];
            (row.get(partner::STATE).cloned(), row.get(partner::COUNTRY).cloned())
        };
        let (state, country) = at("US");
        let within = lookup_by("res.country.state", &[("code", "IL".into()), ("country_id.code", "US".into())]);
        assert_eq!(state, Some(Value::Reference(within)));
        assert_eq!(country, Some(Value::Reference(lookup("res.country", "code", "US"))));
        assert_eq!(at("").1, Some(Value::Empty), "no country is invented");
        let nowhere = partner(&examples::patient("17"), &Context::at(&MODULE, 0).set("country", "US")).expect("maps");
        assert_eq!(nowhere.upserts[0].get(partner::COUNTRY), Some(&Value::Empty));
    }

    #[test]
    fn whom_the_practice_does_not_treat_any_more_is_archived() {
        for (status, active) in [
            ("Active", true),
            ("INACTIVE", false),
            ("Deceased ", false),
            ("Archived", false),
            ("Inactive - moved", false),
            ("Prospective", true),
            ("", true),
        ] {
            let p = Patient { status: Some(status.into()), ..examples::patient("17") };
            assert_eq!(row(&p).get(partner::ACTIVE), Some(&Value::Boolean(active)), "{status}");
        }
        let p = Patient { status: Some("Deceased".into()), ..examples::patient("17") };
        assert_eq!(row(&p).text(partner::STATUS), Some("Deceased"));
    }

    #[test]
    fn days_and_amounts_are_exact() {
        let old = Date { year: 1899, month: 3, day: 1 };
        let leap = Date { year: 2024, month: 2, day: 29 };
        let p = Patient {
            date_of_birth: Some(old),
            last_visit: Some(leap),
            balance: Some(examples::cents(-1_005)),
            created_at: Some(Instant { seconds: 5, nanoseconds: 0 }),
            ..examples::patient("17")
        };
        let row = row(&p);
        assert_eq!(row.get(partner::BIRTH), Some(&Value::Date(old)));
        assert_eq!(row.get(partner::LAST_VISIT), Some(&Value::Date(leap)));
        assert_eq!(row.get(partner::BALANCE), Some(&Value::Decimal(examples::cents(-1_005))));
        assert_eq!(row.get(partner::CREATED), Some(&Value::Datetime(Instant { seconds: 5, nanoseconds: 0 })));
    }

    #[test]
    fn the_primary_provider_owns_the_contact() {
        let p = Patient { primary_provider: Some("77aa".into()), ..examples::patient("17") };
        assert_eq!(row(&p).get(partner::OWNER), Some(&Value::Reference(source("provider", "77aa"))));
        assert_eq!(row(&p).text(partner::PROVIDER), Some("77aa"));
        assert_eq!(row(&examples::patient("17")).get(partner::OWNER), Some(&Value::Empty));
    }

    #[test]
    fn whom_nobody_can_reach_is_pointed_out() {
        assert_eq!(codes(&examples::patient("17")), ["no-contact"]);
        for (email, expected) in [
            ("Ann@Example.invalid", &[][..]),
            ("ann@@example.invalid", &["malformed-email"]),
            ("ann at example", &["malformed-email"]),
            ("@", &["malformed-email"]),
        ] {
            assert_eq!(codes(&Patient { email: Some(email.into()), ..examples::patient("17") }), expected, "{email}");
        }
    }

    #[test]
    fn hostile_text_is_carried_and_never_told() {
        let evil = "<script>alert('x')</script>\0; DROP TABLE";
        let p = Patient { name: Some(evil.into()), email: Some(evil.into()), ..examples::patient(evil) };
        let mapped = mapped(&p);
        assert_eq!(mapped.upserts[0].text(partner::NAME), Some(evil));
        assert!(mapped.findings.iter().all(|finding| !finding.message.contains("script")));
    }

    fn own(name: &str, value: Scalar) -> ExtraField {
        ExtraField { name: name.into(), value }
    }

    #[test]
    fn confirmed_columns_of_a_patient_become_fields_of_the_inferred_kind() {
        let confirmed = r#"[
            {"object": "patient", "column": "Ref By", "field": "x_ref_by", "kind": "char"},
            {"object": "patient", "column": "Shade", "field": "x_shade", "kind": "integer"},
            {"object": "patient", "column": "Recession", "field": "x_recession", "kind": "float"},
            {"object": "patient", "column": "Last X-Ray", "field": "x_last_x_ray", "kind": "date"}]"#;
        let settings = vec![manifest::Setting { name: "extras".into(), value: confirmed.into() }];
        let context = Context::new(&MODULE, manifest::Context { as_of_seconds: 0, settings: settings.clone() });
        let patient = Patient {
            extra: vec![
                own("Ref By", Scalar::Text("Dr Who".into())),
                own("Shade", Scalar::Integer(3)),
                own("Recession", Scalar::Decimal(Decimal { unscaled: 25, scale: 1 })),
                own("Last X-Ray", Scalar::Text("last spring".into())),
            ],
            ..examples::patient("17")
        };
        let mapped = partner(&patient, &context).expect("maps");
        let row = mapped.only(&partner::TARGET).expect("one contact");
        let manifest = MODULE.manifest(&settings).expect("good settings");
        let target = manifest.targets.iter().find(|target| target.object == "patient").expect("patients");
        let held = |name: &str| {
            let at = target.fields.iter().position(|field| field.name == name).expect("a declared field");
            row.get(Field::<kinds::char>::at(u16::try_from(at).expect("few fields"))).cloned()
        };
        assert_eq!(held("x_ref_by"), Some(Value::Text("Dr Who".into())));
        assert_eq!(held("x_shade"), Some(Value::Integer(3)));
        assert_eq!(held("x_recession"), Some(Value::Decimal(Decimal { unscaled: 25, scale: 1 })));
        assert_eq!(held("x_last_x_ray"), Some(Value::Empty), "not a day, and the finding below says so");
        assert!(mapped.findings.iter().any(|finding| finding.field.as_deref() == Some("patient.Last X-Ray")));
    }
}
