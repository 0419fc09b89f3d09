//! Patients: households that share an address, an e-mail and a telephone number, and their flaws.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::random::Random;
use super::{Planted, words};

/// First patient number; numbers grow with gaps, as in a practice that deletes duplicates.
const FIRST_ID: i64 = 100_001;

/// What the members of a household share.
struct Household {
    surname: String,
    email: String,
    phone: String,
    line: String,
    town: (&'static str, &'static str, &'static str),
    postcode: String,
    site: Value,
}

/// Makes the patients.
pub(crate) fn patients(
    random: &mut Random,
    count: usize,
    dirt: f64,
    sites: &[Value],
    practitioners: &[Value],
    today: Date,
    planted: &mut Planted,
) -> Vec<Value> {
    let mut patients = Vec::with_capacity(count);
    let mut id = FIRST_ID;
    while patients.len() < count {
        let left = count - patients.len();
        let family = random.chance(0.18) && left > 1;
        let size = if family { usize::try_from(random.within(2, 5)).unwrap_or(2).min(left) } else { 1 };
        let house = household(random, sites, id);
        let mut members = Vec::new();
        for member in 0..size {
            let age = match (family, member) {
                (true, 0 | 1) => random.within(28, 55),
                (true, _) => random.within(2, 17),
                (false, _) => random.within(18, 92),
            };
            let mut patient = patient(random, id, &house, age, practitioners, today);
            // Grown-up children and lodgers have an e-mail of their own.
            if family && member > 0 && age >= 18 && random.chance(0.3) {
                patient.insert("email_address".to_owned(), own_email(&patient, id).into());
            } else if family {
                members.push(id);
            }
            patients.push(Value::Object(patient));
            id += random.within(1, 3);
        }
        if members.len() > 1 {
            planted.families.push((house.email.clone(), members));
        }
    }
    seldom_born(&mut patients, today);
    soil(random, &mut patients, dirt, planted);
    patients
}

/// Gives one adult in twelve the 29th of February as a day of birth, and one in forty a day of the 19th century, as a
/// register has of people who died long ago. No random number is drawn for it.
fn seldom_born(patients: &mut [Value], today: Date) {
    let born = |patient: &Value| patient["date_of_birth"].as_str().and_then(|text| text.parse::<Date>().ok());
    let adult = |day: &Date| today.year() - day.year() >= 18;
    let adults = patients.iter_mut().filter_map(|patient| Some((born(patient).filter(adult)?, patient)));
    for (turn, (day, patient)) in adults.enumerate() {
        let leap = Date::new(day.year() - day.year().rem_euclid(4), 2, 29);
        let early = Date::new(1800 + day.year().rem_euclid(100), day.month(), day.day());
        let seldom = match turn % 40 {
            17 => early,
            turn if turn % 12 == 5 => leap,
            _ => continue,
        };
        if let Ok(seldom) = seldom {
            patient["date_of_birth"] = seldom.to_string().into();
        }
    }
}

fn household(random: &mut Random, sites: &[Value], id: i64) -> Household {
    let surname = (*random.pick(words::SURNAMES)).to_owned();
    let town = *random.pick(words::TOWNS);
    let number = random.within(1, 240);
    let flat = if random.chance(0.15) { format!("Flat {}, ", random.within(1, 12)) } else { String::new() };
    let letter = |n: i64| char::from(b'A' + u8::try_from(n % 26).unwrap_or(0));
    let inward = format!("{}{}{}", random.within(1, 9), letter(random.within(0, 25)), letter(random.within(0, 25)));
    let plain: String = surname.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    Household {
        email: format!("{plain}.{id}@example.invalid"),
        phone: random.mobile(),
        line: format!("{flat}{number} {}", random.pick(words::STREETS)),
        postcode: format!("{} {inward}", town.2),
        site: if sites.is_empty() { Value::Null } else { random.pick(sites)["id"].clone() },
        surname,
        town,
    }
}

fn own_email(patient: &Map<String, Value>, id: i64) -> String {
    let first = patient.get("first_name").and_then(Value::as_str).unwrap_or_default();
    let plain: String = first.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    format!("{plain}{id}@example.invalid")
}

fn patient(
    random: &mut Random,
    id: i64,
    house: &Household,
    age: i64,
    practitioners: &[Value],
    today: Date,
) -> Map<String, Value> {
    let female = random.chance(0.52);
    let mut first = (*random.pick(if female { words::FEMALE } else { words::MALE })).to_owned();
    let mut last: Value = house.surname.clone().into();
    if random.chance(0.015) {
        let (given, family) = *random.pick(words::OTHER_SCRIPTS);
        first = given.to_owned();
        last = family.into();
    } else if random.chance(0.006) {
        first = (*random.pick(words::ONE_WORD)).to_owned();
        last = Value::Null;
    }
    let title = if age < 16 {
        if female { "Miss" } else { "Master" }
    } else {
        *random.pick(if female { words::TITLES_FEMALE } else { words::TITLES_MALE })
    };
    let dated = today.checked_sub(age.years().days(random.within(0, 364))).unwrap_or(today);
    let created = random.before(today, 30, 3600);
    let created = random.office_moment(created);
    let updated = random.before(today, 0, 29);
    let updated = random.office_moment(updated);
    let active = !random.chance(0.07);
    let middle = random.chance(0.25).then(|| *random.pick(if female { words::FEMALE } else { words::MALE }));
    let preferred = random.chance(0.06).then(|| *random.pick(words::NICKNAMES));
    let values = json!({
        "id": id,
        "uuid": random.uuid(),
        "account_id": id + 300_000,
        "active": active,
        "archived_reason": if active { Value::Null } else { (*random.pick(words::ARCHIVED)).into() },
        "title": if random.chance(0.9) { title.into() } else { Value::Null },
        "first_name": first,
        "middle_name": middle,
        "last_name": last,
        "preferred_name": preferred,
        "date_of_birth": dated.to_string(),
        "gender": !female,
        "ethnicity": null,
        "nhs_number": if random.chance(0.5) { Value::from(format!("999 {:03} {:04}", random.within(0, 999), random.within(0, 9999))) } else { Value::Null },
        "ni_number": null,
        "pps_number": null,
        "email_address": house.email,
        "mobile_phone": if random.chance(0.92) { Value::from(house.phone.clone()) } else { Value::Null },
        "mobile_phone_country": "GB",
        "home_phone": if random.chance(0.4) { Value::from(random.landline()) } else { Value::Null },
        "home_phone_country": "GB",
        "work_phone": null,
        "preferred_phone_number": 1,
        "address_line_1": house.line,
        "address_line_2": if random.chance(0.2) { Value::from(house.town.0) } else { Value::Null },
        "address_line_3": null,
        "town": house.town.0,
        "county": house.town.1,
        "region": null,
        "postcode": house.postcode,
        "site_id": house.site,
        "account_balance": format!("{}.{:02}", random.within(0, 400), random.within(0, 99)),
        "parking_permit": if random.chance(0.05) { Value::from("yes") } else { Value::Null },
        "created_at": random.stamp(created),
        "updated_at": random.stamp(updated),
    });
    let mut values = object(values);
    values.extend(care(random, id, house, age, practitioners, today));
    values
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What the practice knows of a patient beside name and address.
fn care(
    random: &mut Random,
    id: i64,
    house: &Household,
    age: i64,
    practitioners: &[Value],
    today: Date,
) -> Map<String, Value> {
    let alert = random.chance(0.12).then(|| *random.pick(words::ALERTS));
    let recall = today.checked_add(random.within(-200, 300).days()).unwrap_or(today);
    let dentist = by_role(random, practitioners, "Dentist");
    let hygienist = by_role(random, practitioners, "Hygienist");
    let emergency = random.chance(0.4);
    object(json!({
        "dentist_id": dentist,
        "hygienist_id": hygienist,
        "doctor_id": null,
        "payment_plan_id": *random.pick(&[9001, 9002, 9003]),
        "payment_plan_subscription_id": null,
        "payment_plan_subscription_status": null,
        "acquisition_source_id": null,
        "dentist_recall_date": recall.to_string(),
        "dentist_recall_interval": *random.pick(&[3, 6, 12, 24]),
        "hygienist_recall_date": recall.to_string(),
        "hygienist_recall_interval": *random.pick(&[3, 6]),
        "recall_method": *random.pick(&["sms", "email", "letter"]),
        "medical_alert": alert.is_some(),
        "medical_alert_text": alert,
        "special_needs": null,
        "marketing": random.chance(0.5),
        "use_sms": random.chance(0.8),
        "use_email": random.chance(0.8),
        "consent_to_share_accounts": false,
        "emergency_contact_name": if emergency { Value::from(format!("{} {}", random.pick(words::MALE), house.surname)) } else { Value::Null },
        "emergency_contact_phone": if emergency { Value::from(random.mobile()) } else { Value::Null },
        "emergency_contact_phone_country": "GB",
        "emergency_contact_relationship": if emergency { Value::from(*random.pick(words::RELATIONSHIPS)) } else { Value::Null },
        "occupation": if age >= 18 { Value::from(*random.pick(words::OCCUPATIONS)) } else { Value::Null },
        "school_name": if (5..18).contains(&age) { Value::from("Ambleford Academy") } else { Value::Null },
        "is_student": age < 18,
        "notes": if random.chance(0.1) { Value::from(*random.pick(words::PATIENT_NOTES)) } else { Value::Null },
        "custom_field_1": if random.chance(0.3) { Value::from(*random.pick(&["Denplan", "Bupa", "AXA"])) } else { Value::Null },
        "custom_field_2": null,
        "custom_fields": [{"name": "Smoker", "value": *random.pick(&["yes", "no", "ex"])}],
        "legacy_id": if random.chance(0.5) { Value::from(format!("R4-{id}")) } else { Value::Null },
        "family_id": null,
        "image_url": null,
        "metadata": if random.chance(0.1) { json!({"loyalty_card": format!("LC{id}")}) } else { json!({}) },
    }))
}

fn by_role(random: &mut Random, practitioners: &[Value], role: &str) -> Value {
    let fitting: Vec<&Value> = practitioners.iter().filter(|one| one["user"]["role"] == role).collect();
    if fitting.is_empty() { Value::Null } else { random.pick(&fitting)["id"].clone() }
}

/// Gives a share of the patients a flaw each and notes it.
fn soil(random: &mut Random, patients: &mut [Value], dirt: f64, planted: &mut Planted) {
    let wanted = (0..patients.len()).filter(|_| random.chance(dirt)).count();
    let mut order: Vec<usize> = (0..patients.len()).collect();
    random.shuffle(&mut order);
    for (turn, index) in order.into_iter().take(wanted).enumerate() {
        let patient = &mut patients[index];
        let id = patient["id"].as_i64().unwrap_or_default();
        match turn % 8 {
            0 => {
                for key in ["title", "first_name", "middle_name", "last_name", "preferred_name"] {
                    patient[key] = Value::Null;
                }
                patient["last_name"] = if random.chance(0.5) { " ".into() } else { Value::Null };
                planted.nameless_patients.push(id);
            }
            1 | 2 => {
                patient["date_of_birth"] =
                    (*random.pick(&["31/02/1980", "1980-13-01", "unknown", "1979-02-30"])).into();
                planted.unparsable_birth_dates.push(id);
            }
            3 | 4 => {
                patient["email_address"] =
                    (*random.pick(&["jo at example.invalid", "jo@@example.invalid", "n/a", "jo@example .invalid"]))
                        .into();
                planted.malformed_emails.push(id);
            }
            5 => {
                for key in ["email_address", "mobile_phone", "home_phone", "work_phone"] {
                    patient[key] = Value::Null;
                }
                planted.unreachable_patients.push(id);
            }
            6 => {
                for key in ["postcode", "town", "date_of_birth"] {
                    patient[key] = Value::Null;
                }
            }
            _ => {
                patient["mobile_phone"] =
                    (*random.pick(&["ask reception", "07700", "+44 (0) 7700 900 12 3 ext"])).into();
            }
        }
    }
    let soiled: Vec<i64> = planted.malformed_emails.iter().chain(&planted.unreachable_patients).copied().collect();
    for (_, members) in &mut planted.families {
        members.retain(|id| !soiled.contains(id));
    }
    planted.families.retain(|(_, members)| members.len() > 1);
    for list in [
        &mut planted.nameless_patients,
        &mut planted.unparsable_birth_dates,
        &mut planted.malformed_emails,
        &mut planted.unreachable_patients,
    ] {
        list.sort_unstable();
    }
}
