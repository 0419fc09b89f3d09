//! What is handed over: sites, the portal's settings and forms, recalls with their campaigns, lists of the account, images.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::{Handed, Statement};
use super::Account;
use super::rows::Row;
use crate::practice::export::Tabled;

pub(super) fn state(account: &Account<'_>, statement: &mut Statement) {
    let handed = &mut statement.handed;
    handed.extend(account.practice.sites.iter().map(|row| site(Row(row))));
    handed.extend(account.rows("practice").map(practice));
    handed.extend(account.rows("custom_fields").map(definition));
    recalls(account, handed);
    for table in account.practice.dentally_tables() {
        let rows = table.rows.iter().map(|cells| Cells { table: &table, cells });
        match table.object {
            "image" => handed.extend(rows.map(|row| image(&row))),
            _ => handed.extend(rows.map(|row| template(&row))),
        }
    }
}

fn some(text: String) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

fn site(row: Row<'_>) -> Handed {
    let address = row.joined(&["address_line_1", "address_line_2", "town", "county", "postcode"], ", ");
    let document = json!({
        "name": row.get("name"),
        "address": address,
        "phone": row.get("phone_number"),
        "email": row.get("email_address"),
        "website": row.get("website"),
        "opening_hours": row.raw("opening_hours"),
    });
    let title = "Sites: addresses and opening hours";
    Handed { row: "practice-site", title, key: row.get("id"), document }
}

fn practice(row: Row<'_>) -> Handed {
    let address = row.joined(&["address_line_1", "address_line_2", "town", "county", "postcode"], ", ");
    let labels = [row.get("custom_patient_field_label_1"), row.get("custom_patient_field_label_2")].map(some);
    let document = json!({
        "name": row.get("name"),
        "web_name": row.get("slug"),
        "address": address,
        "phone": row.get("phone_number"),
        "email": row.get("email_address"),
        "email_for_patients": row.get("patient_email_address"),
        "website": row.get("website"),
        "time_zone": row.get("time_zone"),
        "opening_hours": row.raw("opening_hours"),
        "works_for_nhs": row.raw("nhs"),
        "medical_history_is_asked_again_after_days": row.raw("medical_history_expiry_days"),
        "custom_field_labels": labels,
        "portal_settings": row.raw("portal_settings"),
    });
    Handed { row: "portal-settings", title: "Patient portal and booking", key: row.get("id"), document }
}

/// What the client confirms before the field is made.
fn definition(row: Row<'_>) -> Handed {
    let document = json!({
        "label": row.get("name"),
        "type": row.get("field_type"),
        "choices": row.raw("options"),
        "of": row.get("entity"),
        "active": row.raw("active"),
        "position": row.raw("position"),
    });
    Handed { row: "patient-custom-fields", title: "Custom fields to confirm", key: row.get("id"), document }
}

/// Who is due, and the campaigns of those who are: all recalls of one type, interval and channel.
fn recalls(account: &Account<'_>, handed: &mut Vec<Handed>) {
    let mut campaigns = BTreeMap::new();
    let row_of = "recall-campaign";
    for row in account.rows("recalls") {
        let small = |name: &str| row.get(name).to_lowercase();
        let (kind, channel) = (small("recall_type"), small("recall_method"));
        let campaign = format!("{kind}-{}-{channel}", row.get("interval"));
        campaigns.insert(
            campaign.clone(),
            json!({"type": kind, "interval_months": row.raw("interval"), "channel": channel}),
        );
        let moment = |name: &str| {
            let moment = super::rows::moment(&row.get(name));
            moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        let reminder = |sent: &str, by: &str| json!({"sent_at": moment(sent), "by": some(row.get(by))});
        let practitioner = row.get("practitioner_id");
        let document = json!({
            "campaign": campaign,
            "patient": format!("patient/{}", row.get("patient_id")),
            "due": row.get("due_date"),
            "status": row.get("status"),
            "workflow_status": row.get("workflow_status"),
            "prebooked": row.raw("prebooked"),
            "practitioner": some(account.practitioner(&practitioner)),
            "site": some(account.site(&row.get("site_id"))),
            "times_contacted": row.raw("times_contacted"),
            "first_reminder": reminder("first_reminder_sent_at", "first_reminder_type"),
            "second_reminder": reminder("second_reminder_sent_at", "second_reminder_type"),
        });
        handed.push(Handed { row: row_of, title: "Recalls: who is due", key: row.get("id"), document });
    }
    let campaign = |(key, document)| Handed { row: row_of, title: "Recall campaigns", key, document };
    handed.extend(campaigns.into_iter().map(campaign));
}

/// A row of a table beside the API.
#[derive(Clone, Copy)]
struct Cells<'t> {
    table: &'t Tabled,
    cells: &'t [String],
}

impl Cells<'_> {
    fn get(&self, column: &str) -> String {
        let at = self.table.columns.iter().position(|name| *name == column);
        at.map_or(String::new(), |at| self.cells[at].trim().to_owned())
    }
}

fn image(row: &Cells<'_>) -> Handed {
    let document = json!({
        "patient": format!("patient/{}", row.get("patient_id")),
        "taken_on": row.get("taken_on"),
        "kind": row.get("kind"),
        "tooth": some(row.get("tooth")),
        "reference": row.get("reference"),
        "file": some(row.get("file")),
        "media_type": row.get("media_type"),
    });
    Handed { row: "vision-imaging", title: "Images (Vision)", key: row.get("id"), document }
}

fn template(row: &Cells<'_>) -> Handed {
    let document = json!({
        "kind": row.get("kind"),
        "name": row.get("name"),
        "channel": row.get("channel"),
        "recall_type": some(row.get("recall_type")),
        "subject": some(row.get("subject")),
        "body": row.get("body"),
    });
    let (of, title) = match row.get("kind").as_str() {
        "recall" => ("recall-campaign", "Recall templates"),
        _ => ("portal-settings", "Form templates of the portal"),
    };
    Handed { row: of, title, key: row.get("id"), document }
}
