//! Sites and practitioners.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::random::Random;
use super::words;

/// Title, first name, last name, role; every fourth is not known to Odoo as a user.
const STAFF: &[(&str, &str, &str, &str)] = &[
    ("Dr", "Priya", "Shah", "Dentist"),
    ("Dr", "Gareth", "Llewellyn", "Dentist"),
    ("Ms", "Ciara", "O'Neill", "Hygienist"),
    ("Dr", "Jürgen", "Weiß", "Dentist"),
    ("Dr", "Amara", "Okafor", "Dentist"),
    ("Mr", "Tomasz", "Wójcik", "Therapist"),
    ("Miss", "Holly", "Smith-Jones", "Hygienist"),
    ("Dr", "Edwin", "Featherstonehaugh", "Dentist"),
];
const SITE_NAMES: &[&str] = &["Ambleford Dental Care", "Otterby Smiles", "Kirk Hallow Dental", "Wharfe View Dental"];

/// The practice's places.
pub(crate) fn sites(random: &mut Random, count: usize) -> Vec<Value> {
    (0..count)
        .map(|index| {
            let name = SITE_NAMES[index % SITE_NAMES.len()];
            let name = if index < SITE_NAMES.len() { name.to_owned() } else { format!("{name} {}", index + 1) };
            let (town, county, outward) = words::TOWNS[index % words::TOWNS.len()];
            json!({
                "id": random.uuid(),
                "name": name,
                "nickname": name.split(' ').next(),
                "active": true,
                "practice_id": 4711,
                "address_line_1": format!("{} {}", index + 1, random.pick(words::STREETS)),
                "address_line_2": null,
                "town": town,
                "county": county,
                "postcode": format!("{outward} 1AA"),
                "phone_number": random.landline(),
                "email_address": format!("reception{}@practice.example.invalid", index + 1),
                "website": "https://practice.example.invalid",
                "logo_url": null,
                "default_payment_plan_id": 9001,
                "opening_hours": {
                    "Monday": {"open": "08:30", "close": "17:30"},
                    "Friday": {"open": "08:30", "close": "16:00"},
                },
            })
        })
        .collect()
}

/// Dentists, hygienists and therapists, four a site.
pub(crate) fn practitioners(random: &mut Random, sites: &[Value], today: Date) -> Vec<Value> {
    let count = (sites.len() * 4).max(1);
    (0..count)
        .map(|index| {
            let (title, first, last, role) = STAFF[index % STAFF.len()];
            let last =
                if index < STAFF.len() { last.to_owned() } else { format!("{last} {}", index / STAFF.len() + 1) };
            let site = sites.get(index % sites.len().max(1)).map(|site| site["id"].clone()).unwrap_or_default();
            let plain: String =
                format!("{first}.{last}").chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
            // One address is written in capitals in Dentally: matching must ignore case.
            let email = match index {
                0 => format!("{plain}@Practice.Example.invalid"),
                _ => format!("{}@practice.example.invalid", plain.to_lowercase()),
            };
            let created = random.before(today, 1500, 3000);
            let created = random.office_moment(created);
            let updated = random.before(today, 1, 300);
            let updated = random.office_moment(updated);
            let (created, updated) = (random.stamp(created), random.stamp(updated));
            json!({
                "id": 501 + index,
                "uuid": random.uuid(),
                "active": index != 5,
                "site_id": site,
                "gdc_number": format!("{}", 900_000 + random.within(0, 9_999)),
                "nhs_number": null,
                "default_contract_id": null,
                "uda_target": null,
                "specialisms": [],
                "contract_targets": [],
                "site": {"id": site},
                "user": {
                    "id": 7001 + index,
                    "title": title,
                    "first_name": first,
                    "middle_name": null,
                    "last_name": last,
                    "email": email,
                    "role": role,
                    "mobile_phone": random.mobile(),
                    "image_url": null,
                    "permission_level": 3,
                    "last_login": updated,
                    "created_at": created,
                    "updated_at": updated,
                },
                "created_at": created,
                "updated_at": updated,
            })
        })
        .collect()
}

/// A practitioner's name as the diary shows it.
pub(crate) fn name(practitioner: &Value) -> String {
    let user = &practitioner["user"];
    let part = |key: &str| user[key].as_str().unwrap_or_default();
    format!("{} {} {}", part("title"), part("first_name"), part("last_name"))
}

/// The practitioners whom Odoo knows: log-in e-mail in small letters, and name.
pub(crate) fn users(practitioners: &[Value]) -> Vec<(String, String)> {
    practitioners
        .iter()
        .enumerate()
        .filter(|(index, _)| index % 4 != 3)
        .filter_map(|(_, practitioner)| {
            let user = &practitioner["user"];
            let email = user["email"].as_str()?.to_lowercase();
            Some((email, format!("{} {}", user["first_name"].as_str()?, user["last_name"].as_str()?)))
        })
        .collect()
}
