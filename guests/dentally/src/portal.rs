//! Portal settings → documents: the practice's settings for Website and Appointments, and the texts of the portal's forms as
//! reference data.

use odograft_sdk::dentally::{Practice, Template};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{HandoverSpec, Mapped, Rejection, columns, handover, info, json};

use crate::{recall, site};

/// What is handed over of the practice.
pub static PORTAL: HandoverSpec =
    handover("practice", "Patient portal and booking", "Website, and Appointments › Appointment Types");

/// What is handed over of a form's text.
pub static FORM: HandoverSpec = handover("template", "Form templates of the portal", "Website › Pages, as reference");

/// What is handed over of any other text.
pub static OTHER: HandoverSpec =
    handover("template", "Other templates", "Settings › Technical › Email Templates, as reference");

/// The document of the practice.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn practice(p: &Practice) -> Result<Mapped, Rejection> {
    let lines = [p.address_line1, p.address_line2, p.town, p.county, p.postcode];
    let document = json!({
        "name": trimmed(p.name),
        "web_name": trimmed(p.slug),
        "address": joined(&lines.each_ref().map(Option::as_deref), ", "),
        "phone": trimmed(p.phone_number),
        "email": trimmed(p.email_address),
        "email_for_patients": trimmed(p.patient_email_address),
        "website": trimmed(p.website),
        "logo": trimmed(p.logo_url),
        "time_zone": trimmed(p.time_zone),
        "opening_hours": p.opening_hours.map(site::read),
        "works_for_nhs": p.nhs,
        "medical_history_is_asked_again_after_days": p.medical_history_expiry_days,
        "custom_field_labels": [trimmed(p.custom_patient_field_label1), trimmed(p.custom_patient_field_label2)],
        "portal_settings": p.portal_settings.map(site::read),
        "other_columns": columns::document(&p.extra),
    });
    let mut mapped = Mapped::from(PORTAL.document(p.id, &document));
    if p.portal_settings.is_none() {
        let message = "the account sends no portal settings; hint: note them down from Dentally's own pages";
        mapped.findings.push(info("no-portal-settings", "practice.portal_settings", message));
    }
    Ok(mapped)
}

/// A text that the practice sends or shows: of recalls, of the portal's forms, or another.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn template(t: &Template) -> Result<Mapped, Rejection> {
    let kind = trimmed(t.kind).map(|kind| kind.to_lowercase()).unwrap_or_default();
    Ok(if kind.contains("recall") {
        recall::template(t)
    } else {
        let spec = if kind.contains("form") || kind.contains("portal") { &FORM } else { &OTHER };
        spec.document(t.id, &recall::text(t)).into()
    })
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{ExtraField, Json, Scalar, examples};

    use super::*;

    #[test]
    fn a_practice_is_handed_over_with_the_portals_settings() {
        let p = Practice {
            name: Some("Ambleford Dental Group".into()),
            time_zone: Some("Europe/London".into()),
            custom_patient_field_label1: Some("Insurer".into()),
            portal_settings: Some(r#"{"online_booking": true, "forms": ["Medical history"]}"#.into()),
            extra: vec![ExtraField { name: "currency".into(), value: Scalar::Text("GBP".into()) }],
            ..examples::practice("4711")
        };
        let mapped = practice(&p).expect("maps");
        let document = mapped.handovers[0].json();
        assert_eq!(document["portal_settings"], json!({"online_booking": true, "forms": ["Medical history"]}));
        assert_eq!(document["custom_field_labels"], json!(["Insurer", null]));
        assert_eq!((&document["time_zone"], &document["opening_hours"]), (&json!("Europe/London"), &Json::Null));
        assert_eq!(document["other_columns"], json!({"currency": "GBP"}));
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn an_account_without_portal_settings_is_told() {
        assert_eq!(practice(&examples::practice("4711")).expect("maps").findings[0].code, "no-portal-settings");
    }

    #[test]
    fn texts_go_where_they_are_used() {
        let title = |kind: &str| {
            let t = Template { kind: Some(kind.into()), ..examples::template("T1") };
            let handover = template(&t).expect("maps").handovers.remove(0);
            [&recall::TEMPLATE, &FORM, &OTHER].iter().position(|spec| handover.is_of(spec))
        };
        assert_eq!(title("Recall"), Some(0));
        assert_eq!((title("form"), title("Portal page")), (Some(1), Some(1)));
        assert_eq!((title("birthday"), title("")), (Some(2), Some(2)));
    }
}
