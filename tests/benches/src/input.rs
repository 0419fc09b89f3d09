//! What the benchmarks read: synthetic patients as Dentally's API sends them, the same bytes for the same number.

use std::fmt::Write as _;

use fastrand::Rng;

const FIRST: [&str; 16] = [
    "Ada",
    "Grace",
    "Zoë",
    "Siobhán",
    "Mohammed",
    "Olivia",
    "Bronisława",
    "Ian",
    "Noor",
    "Thandiwe",
    "Li",
    "José",
    "Ffion",
    "Amelia",
    "Hugh",
    "Yusuf",
];
const LAST: [&str; 12] = [
    "O'Neill",
    "Okonkwo",
    "Smith",
    "Fitzgerald-Jones",
    "Müller",
    "Kowalski",
    "Patel",
    "van der Berg",
    "Llewellyn",
    "García",
    "Ng",
    "Abercrombie",
];
const TOWNS: [&str; 6] = ["Exampleham", "Test-on-Sea", "Sampleton", "Fictionbury", "Mockford", "Specimen Green"];
const NOTES: [&str; 4] = [
    "Prefers morning appointments and a quiet room; asked for a call the day before.",
    "Nervous patient. Topical anaesthetic first, then explain every step before it is done.",
    "Lower left crown from 2019 under observation; bruxism, night guard worn irregularly.",
    "Contact by post only.",
];

/// `count` lines, each a patient with 20 fields; about 560 bytes a line. Every 500th has no name.
pub(crate) fn patients(count: usize) -> Vec<String> {
    Patients::new().take(count).collect()
}

/// As many patients as are asked for, always the same ones.
pub(crate) struct Patients {
    number: usize,
    rng: Rng,
}

impl Patients {
    pub(crate) fn new() -> Self {
        Self { number: 0, rng: Rng::with_seed(0x0d09_4af7) }
    }
}

impl Iterator for Patients {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let line = patient(self.number, &mut self.rng);
        self.number += 1;
        Some(line)
    }
}

fn patient(number: usize, rng: &mut Rng) -> String {
    let mut line = String::with_capacity(640);
    let pick = |rng: &mut Rng, from: &[&'static str]| from[rng.usize(..from.len())];
    let (first, last) = if number % 500 == 499 { ("", " ") } else { (pick(rng, &FIRST), pick(rng, &LAST)) };
    let optional = |rng: &mut Rng, share: u8, text: String| {
        if rng.u8(..100) < share { format!("\"{text}\"") } else { "null".to_owned() }
    };
    let home = format!("020 7946 0{:03}", rng.u16(..1000));
    let home = optional(rng, 40, home);
    let second = format!("Flat {}", rng.u8(1..99));
    let second = optional(rng, 30, second);
    let preferred = optional(rng, 20, first.to_owned());
    // Escapes and line feeds, as free text has them.
    let alert = optional(rng, 10, "Penicillin \\\"severe\\\"\\nCarries an adrenaline pen".to_owned());
    let day = (rng.u16(1930..2020), rng.u8(1..=12), rng.u8(1..=28));
    // Writing to a string cannot fail.
    let _ = write!(
        line,
        concat!(
            r#"{{"id":{id},"title":"{title}","first_name":"{first}","last_name":"{last}","preferred_name":{preferred},"#,
            r#""date_of_birth":"{year:04}-{month:02}-{day:02}","email_address":"Patient.{id}@Example.invalid","#,
            r#""mobile_phone":"07700 900{phone:03}","home_phone":{home},"address_line_1":"{house} High Street","#,
            r#""address_line_2":{second},"town":"{town}","county":"Exampleshire","postcode":"EX{area} {sector}AB","#,
            r#""active":{active},"nhs_number":"999 {nhs:03} 0000","medical_alert_text":{alert},"notes":"{notes}","#,
            r#""dentist_id":{dentist},"created_at":"2019-03-{created:02}T09:{minute:02}:00.000+00:00"}}"#
        ),
        id = number + 1,
        first = first,
        last = last,
        preferred = preferred,
        home = home,
        second = second,
        alert = alert,
        title = pick(rng, &["Ms", "Mr", "Mrs", "Dr"]),
        year = day.0,
        month = day.1,
        day = day.2,
        phone = rng.u16(..1000),
        house = rng.u16(1..400),
        town = pick(rng, &TOWNS),
        area = rng.u8(1..40),
        sector = rng.u8(1..9),
        active = rng.u8(..20) > 0,
        nhs = rng.u16(..1000),
        notes = pick(rng, &NOTES),
        dentist = rng.u16(1..30),
        created = rng.u8(1..29),
        minute = rng.u8(..60),
    );
    line
}
