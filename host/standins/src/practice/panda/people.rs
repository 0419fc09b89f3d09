//! Locations, providers, referring doctors, patients and who sent them, letters.

use super::super::export::text;
use super::super::random::Random;
use super::super::{staff, words};
use super::row::Row;
use super::{Clinic, LAST_DAY, NOBODY, Rows, at_work, day, local};

/// First and last name, what they are called, what they do, and their practice. The last one is no person.
const REFERRALS: &[[&str; 5]] = &[
    ["Miriam", "Bright", "DMD", "General dentistry", "Kirk Hallow Family Dentistry"],
    ["Oskar", "Lindqvist", "DDS", "Endodontics", "Otterby Endodontics"],
    ["Farah", "Siddiqui", "DDS, MS", "Orthodontics", "Wharfe Orthodontics"],
    ["Desmond", "O'Hare", "MD", "Family medicine", "Ambleford Surgery"],
    ["Ngozi", "Adeyemi", "DMD", "", "Thornley Smiles"],
    ["", "Search engine", "", "", ""],
];

const CREDENTIALS: &[&str] = &["DDS, MS", "DMD", "DDS, PhD", "RDH"];

const LETTERS: &[[&str; 5]] = &[
    [
        "Thank you for referring",
        "Referral",
        "Your patient {FirstName} {LastName}",
        "Dear Dr {RefdrLastName},\nthank you …",
        "",
    ],
    ["Recall", "Recall", "Your maintenance visit", "", "Letters\\recall.txt"],
    ["Surgery consent", "Consent", "", "<p>I, <b>{FirstName} {LastName}</b>, agree to …</p>", ""],
];

pub(super) fn tables(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Rows> {
    let (patients, referrals) = patients(clinic, random);
    vec![
        ("location", "clinic_table", vec![location(clinic)]),
        ("provider", "provider_table", providers(clinic)),
        ("referral", "referral_table", doctors(clinic, random)),
        ("patient", "patient_table", patients),
        ("patient-referral", "patient_referral_table", referrals),
        ("letter-template", "letter_template_table", letters(clinic)),
    ]
}

fn location(clinic: &Clinic<'_>) -> Row {
    let column = |name: &str| text(&clinic.site[name]);
    clinic
        .row()
        .text_key("ClinicID", "id", &column("id"))
        .text("ClinicName", "name", &column("name"))
        .text("Street", "address_line_1", &column("address_line_1"))
        .text("City", "city", &column("town"))
        .text("State", "state", &column("county"))
        .text("Zip", "postal_code", &column("postcode"))
        .text("Country", "country", "United Kingdom")
        .text("Phone", "phone", &column("phone_number"))
        .text("Email", "email", &column("email_address"))
        .text("Fax", "fax", "0113 496 0199")
        .text("Website", "website", &column("website"))
        .text("NPI", "npi", "9999999995")
        .text("TaxID", "tax_id", "GB999999973")
        .int("Chairs", "Chairs", Some(4))
        .changed(Some(LAST_DAY.at(9, 30, 0, 0)))
}

fn providers(clinic: &Clinic<'_>) -> Vec<Row> {
    let provider = |(at, practitioner): (usize, &serde_json::Value)| {
        let user = &practitioner["user"];
        clinic
            .row()
            .key("ProviderID", "id", practitioner["id"].as_i64())
            .text("Title", "title", &text(&user["title"]))
            .text("FirstName", "first_name", &text(&user["first_name"]))
            .text("LastName", "last_name", &text(&user["last_name"]))
            .text("Credentials", "credentials", CREDENTIALS[at % CREDENTIALS.len()])
            .text("Specialty", "specialty", if at % 3 == 0 { "Periodontics" } else { "" })
            .text("LicenseNumber", "license_number", &text(&practitioner["gdc_number"]))
            .text("NPI", "npi", if at % 2 == 0 { "9999999987" } else { "" })
            .text("Email", "email", &text(&user["email"]))
            .text("Phone", "phone", &text(&user["mobile_phone"]))
            .bit("Active", "active", practitioner["active"].as_bool())
            .changed(local(&practitioner["updated_at"]))
    };
    clinic.practice.practitioners.iter().enumerate().map(provider).collect()
}

fn doctors(clinic: &Clinic<'_>, random: &mut Random) -> Vec<Row> {
    let referral = |(number, [first, last, credentials, specialty, practice]): (i64, &[&str; 5])| {
        let doctor = !first.is_empty();
        let (town, county, outward) = *random.pick(words::TOWNS);
        let of_doctor = |text: String| if doctor { text } else { String::new() };
        let street = of_doctor(format!("{} {}", random.within(1, 90), random.pick(words::STREETS)));
        clinic
            .row()
            .key("ReferralID", "id", Some(number))
            .text("ReferralType", "kind", if doctor { "Doctor" } else { "Advertisement" })
            .text("Title", "title", if doctor { "Dr" } else { "" })
            .text("FirstName", "first_name", first)
            .text("LastName", "last_name", last)
            .text("Credentials", "credentials", credentials)
            .text("Specialty", "specialty", specialty)
            .text("Practice", "practice_name", practice)
            .text("WorkPhone", "work_phone", &of_doctor(random.landline()))
            .text("MobilePhone", "mobile_phone", if number % 2 == 0 { "07700 900123" } else { "" })
            .text("Fax", "fax", &of_doctor(random.landline()))
            .text("Email", "email", &of_doctor(format!("{}@referrals.example.invalid", first.to_lowercase())))
            .text("Street", "address_line_1", &street)
            .text("City", "city", &of_doctor(town.to_owned()))
            .text("State", "state", &of_doctor(county.to_owned()))
            .text("Zip", "postal_code", &of_doctor(format!("{outward} 2BB")))
            .bit("Active", "active", Some(number != 4))
            .changed(Some(at_work(random, 900)))
    };
    std::iter::zip(1.., REFERRALS).map(referral).collect()
}

fn patients(clinic: &Clinic<'_>, random: &mut Random) -> (Vec<Row>, Vec<Row>) {
    let (mut patients, mut referrals) = (Vec::new(), Vec::new());
    for (number, patient) in clinic.numbered() {
        let referred = random.chance(0.7).then(|| random.within(1, 6));
        patients.push(self::patient(clinic, number, patient, referred, random));
        let others = if number == super::FIRST_PATIENT || random.chance(0.2) { random.within(1, 2) } else { 0 };
        for _ in 0..others {
            referrals.push(sent(clinic, referrals.len(), number, random));
        }
    }
    if clinic.first {
        referrals.push(sent(clinic, referrals.len(), NOBODY, random));
    }
    (patients, referrals)
}

fn sent(clinic: &Clinic<'_>, at: usize, patient: i64, random: &mut Random) -> Row {
    clinic
        .row()
        .key("PatientReferralID", "id", Some(at as i64 + 1))
        .key("PatientID", "patient_id", Some(patient))
        .key("ReferralID", "referral_id", Some(random.within(1, 6)))
        .day("ReferralDate", "referred_on", Some(random.before(LAST_DAY, 10, 2_000)))
        .text("Reason", "reason", random.pick::<&str>(&["Pockets > 6 mm", "Recession at LL3", "Implant site", ""]))
        .changed(Some(at_work(random, 900)))
}

fn patient(
    clinic: &Clinic<'_>,
    number: i64,
    patient: &serde_json::Value,
    referred: Option<i64>,
    random: &mut Random,
) -> Row {
    let column = |name: &str| text(&patient[name]);
    let letter = column("middle_name").chars().next().map(String::from).unwrap_or_default();
    let dentist = patient["dentist_id"].as_i64();
    let known = clinic.practice.practitioners.iter().find(|one| one["id"].as_i64() == dentist && dentist.is_some());
    let ssn =
        random.chance(0.3).then(|| format!("9{:02}-{:02}-{:04}", random.within(0, 99), random.within(1, 69), number));
    let extension = if random.chance(0.1) { "x 12" } else { "" };
    let status = match (patient["active"].as_bool(), column("archived_reason").as_str()) {
        (Some(true), _) => "Active",
        (_, "Deceased") => "Deceased",
        _ => "Inactive",
    };
    let row = clinic
        .row()
        .key("PatientID", "id", Some(number))
        .text("PatID", "pms_id", &column("id"))
        .text("AccountNO", "account_number", &column("account_id"))
        .text("Title", "title", &column("title"))
        .text("FirstName", "first_name", &column("first_name"))
        .text("MiddleInitial", "middle_initial", &letter)
        .text("LastName", "last_name", &column("last_name"))
        .text("NickName", "nick_name", &column("preferred_name"))
        .text("Sex", "sex", if patient["gender"].as_bool() == Some(true) { "M" } else { "F" });
    // One database types its days of birth; the other keeps what people have written.
    let row = match clinic.first {
        true => row.day("BirthDate", "birth_date", day(&patient["date_of_birth"])),
        false => row.text("BirthDate", "birth_date", &column("date_of_birth")),
    };
    row.text("Email", "email", &column("email_address"))
        .text("HomePhone", "home_phone", &column("home_phone"))
        .text("MobilePhone", "mobile_phone", &column("mobile_phone"))
        .text("WorkPhone", "work_phone", if extension.is_empty() { "" } else { "0113 496 0100" })
        .text("WorkPhoneExt", "work_phone_extension", extension)
        .text("Street", "address_line_1", &column("address_line_1"))
        .text("Street2", "address_line_2", &column("address_line_2"))
        .text("City", "city", &column("town"))
        .text("State", "state", &column("county"))
        .text("Zip", "postal_code", &column("postcode"))
        .text("Country", "country", if random.chance(0.2) { "GB" } else { "" })
        .text("SSN", "ssn", &ssn.unwrap_or_default())
        .text("Status", "status", status)
        .key("ProviderID", "provider_id", dentist)
        .text("ProviderName", "provider_name", &known.map(staff::name).unwrap_or_default())
        .key("ReferralID", "referral_id", referred)
        .text_key("LocationID", "location_id", &text(&clinic.site["id"]))
        .int("RecallMonths", "RecallMonths", patient["hygienist_recall_interval"].as_i64())
        .moment("CreatedDate", "created_at", local(&patient["created_at"]))
        .changed(local(&patient["updated_at"]))
}

fn letters(clinic: &Clinic<'_>) -> Vec<Row> {
    let letter = |(number, [name, category, subject, body, path]): (i64, &[&str; 5])| {
        clinic
            .row()
            .key("TemplateID", "id", Some(number))
            .text("TemplateName", "name", name)
            .text("Category", "category", category)
            .text("Subject", "subject", subject)
            .text("Body", "body", body)
            .text("FilePath", "path", path)
            .changed(Some(LAST_DAY.at(9, 30, 0, 0)))
    };
    std::iter::zip(1.., LETTERS).map(letter).collect()
}
