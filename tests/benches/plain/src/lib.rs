//! The benchmarks' rule as a program of its own would have it: one JSON line in, one JSON line out,
//! 20 fields in, 15 cells out, nothing but serde. What the sandbox is measured against.

use serde::{Deserialize, Serialize};

/// A patient as Dentally's API sends it; the 20 fields of the benchmarks' input.
#[derive(Debug, Clone, Deserialize)]
pub struct Patient {
    id: u64,
    title: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    preferred_name: Option<String>,
    date_of_birth: Option<String>,
    email_address: Option<String>,
    mobile_phone: Option<String>,
    home_phone: Option<String>,
    address_line_1: Option<String>,
    address_line_2: Option<String>,
    town: Option<String>,
    county: Option<String>,
    postcode: Option<String>,
    active: Option<bool>,
    #[serde(rename = "nhs_number")]
    _nhs_number: Option<String>,
    medical_alert_text: Option<String>,
    #[serde(rename = "notes")]
    _notes: Option<String>,
    dentist_id: Option<u64>,
    #[serde(rename = "created_at")]
    _created_at: Option<String>,
}

/// What one patient becomes, as `odograft module run` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// One contact.
    Outcome(Box<Outcome>),
    /// No contact, and why.
    Rejected {
        /// The reason.
        rejected: Rejection,
    },
}

/// One contact; findings and handovers are there because other rules have them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    upserts: [Upsert; 1],
    findings: [(); 0],
    handovers: [(); 0],
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Upsert {
    model: &'static str,
    key: String,
    fields: Partner,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Partner {
    x_source_id: String,
    name: String,
    email: Option<String>,
    phone: Option<String>,
    x_mobile: Option<String>,
    street: Option<String>,
    street2: Option<String>,
    city: Option<String>,
    zip: Option<String>,
    x_county: Option<String>,
    active: bool,
    x_date_of_birth: Option<String>,
    x_preferred_name: Option<String>,
    x_medical_alert: Option<String>,
    user_id: Option<Reference>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Reference {
    source: String,
}

/// Why there is no contact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rejection {
    code: &'static str,
    field: &'static str,
    message: &'static str,
}

/// The rule.
#[must_use]
pub fn partner(p: Patient) -> Answer {
    let Some(name) = joined(&[p.first_name.as_deref(), p.last_name.as_deref()], " ") else {
        let rejected = Rejection {
            code: "no-name",
            field: "patient.first_name",
            message: "neither first nor last name is filled",
        };
        return Answer::Rejected { rejected };
    };
    let (mobile, home) = (trimmed(p.mobile_phone), trimmed(p.home_phone));
    let id = p.id.to_string();
    let fields = Partner {
        name: joined(&[p.title.as_deref(), Some(&name)], " ").unwrap_or(name),
        email: trimmed(p.email_address).map(|email| email.to_lowercase()),
        x_mobile: mobile.clone().filter(|_| home.is_some()),
        phone: mobile.or(home),
        street: trimmed(p.address_line_1),
        street2: trimmed(p.address_line_2),
        city: trimmed(p.town),
        zip: trimmed(p.postcode),
        x_county: trimmed(p.county),
        active: p.active.unwrap_or(true),
        x_date_of_birth: p.date_of_birth.filter(|day| is_date(day)),
        x_preferred_name: trimmed(p.preferred_name),
        x_medical_alert: trimmed(p.medical_alert_text),
        user_id: p.dentist_id.map(|id| Reference { source: format!("practitioner/{id}") }),
        x_source_id: id.clone(),
    };
    let upsert = Upsert { model: "res.partner", key: format!("patient/{id}"), fields };
    Answer::Outcome(Box::new(Outcome { upserts: [upsert], findings: [], handovers: [] }))
}

/// One line in, one line with its line feed appended to `out`.
///
/// # Errors
/// A line that is no patient.
pub fn line(line: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    serde_json::to_writer(&mut *out, &partner(serde_json::from_str(line)?))?;
    out.push(b'\n');
    Ok(())
}

fn trimmed(text: Option<String>) -> Option<String> {
    let text = text?;
    let inner = text.trim();
    if inner.is_empty() {
        None
    } else if inner.len() == text.len() {
        Some(text)
    } else {
        Some(inner.to_owned())
    }
}

fn joined(parts: &[Option<&str>], separator: &str) -> Option<String> {
    let mut whole = String::new();
    for part in parts.iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        if !whole.is_empty() {
            whole.push_str(separator);
        }
        whole.push_str(part);
    }
    (!whole.is_empty()).then_some(whole)
}

/// `2024-02-29`: what is no day of the calendar is left out.
fn is_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten()
    };
    if text.len() != 10 || text.as_bytes()[4] != b'-' || text.as_bytes()[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_becomes_one_line() {
        let patient = r#"{"id":17,"title":"Ms","first_name":"Ada","last_name":"O'Neill","email_address":" Ada@Example.invalid",
            "mobile_phone":"07700 900001","home_phone":"020 7946 0001","date_of_birth":"2000-02-30","dentist_id":5}"#;
        let mut out = Vec::new();
        line(patient, &mut out).expect("a patient");
        let expected = concat!(
            r#"{"upserts":[{"model":"res.partner","key":"patient/17","fields":{"x_source_id":"17","name":"Ms Ada O'Neill","#,
            r#""email":"ada@example.invalid","phone":"07700 900001","x_mobile":"07700 900001","street":null,"street2":null,"#,
            r#""city":null,"zip":null,"x_county":null,"active":true,"x_date_of_birth":null,"x_preferred_name":null,"#,
            r#""x_medical_alert":null,"user_id":{"source":"practitioner/5"}}}],"findings":[],"handovers":[]}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    #[test]
    fn a_nameless_patient_is_rejected() {
        let mut out = Vec::new();
        line(r#"{"id":17,"title":"Ms","last_name":" "}"#, &mut out).expect("a patient");
        let expected = concat!(
            r#"{"rejected":{"code":"no-name","field":"patient.first_name","message":"neither first nor last name is filled"}}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }
}
