//! A patient's account → one note on the contact with all of it as JSON: accounts, invoices with their items, payments with
//! what they settle. Amounts are exact, as text.

use odograft_sdk::dentally::{AccountHistory, Explanation, Invoice, InvoiceItem, Payment};
use odograft_sdk::text::{escaped, trimmed};
use odograft_sdk::time::at_hour;
use odograft_sdk::{Json, Span, Upsert, columns, external_id, json, source, target};

use super::later;

target! {
    /// A patient's account → a note on the contact.
    pub note: account_history => "mail.message" .note("one for each patient; it follows what changes in Dentally until the migration is over") {
        MODEL = char("model") from [] .rule("always `res.partner`");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id] .rule("the patient's contact");
        DATE = datetime("date") from [invoices.dated_on, payments.dated_on]
            .rule("12:00 UTC of the newest day of an invoice or a payment");
        SUBJECT = char("subject") from [] .rule("always `Invoices and payments`");
        BODY = html("body") from [accounts, invoices, invoice_items, payments, extra.accounts, extra.invoices, extra.invoice_items, extra.payments]
            .rule("one JSON document: accounts, invoices with their items, payments; amounts as text, exact");
        MESSAGE_TYPE = selection("message_type", &[("comment", "Comment")]) from [] .rule("always `comment`");
        SUBTYPE = many2one("subtype_id", "mail.message.subtype") from [] .rule("always `mail.mt_note`");
    }
}

/// The note.
#[must_use]
pub fn note(a: &AccountHistory) -> Upsert {
    let invoiced = a.invoices.iter().filter_map(|invoice| invoice.dated_on);
    let newest = invoiced.chain(a.payments.iter().filter_map(|payment| payment.dated_on)).reduce(later);
    let mut note = note::upsert(a.patient_id);
    note.set(note::MODEL, "res.partner");
    note.set(note::RES_ID, source("patient", a.patient_id));
    note.set_some(note::DATE, newest.map(|day| at_hour(day, 12)));
    note.set(note::SUBJECT, "Invoices and payments");
    note.set(note::BODY, format!("<pre>{}</pre>", escaped(&format!("{:#}", document(a)))));
    note.set(note::MESSAGE_TYPE, "comment");
    note.set(note::SUBTYPE, external_id("mail.mt_note"));
    note
}

/// The document; what the source does not fill is left out.
#[must_use]
pub fn document(a: &AccountHistory) -> Json {
    let account = |account: &odograft_sdk::dentally::Account| {
        filled(json!({
            "id": account.id,
            "state": trimmed(account.state),
            "current_balance": account.current_balance,
            "opening_balance": account.opening_balance,
            "planned_nhs_treatment_value": account.planned_nhs_treatment_value,
            "planned_private_treatment_value": account.planned_private_treatment_value,
            "other_columns": columns::document(&account.extra),
        }))
    };
    json!({
        "version": 1,
        "accounts": a.accounts.iter().map(account).collect::<Vec<_>>(),
        "invoices": a.invoices.iter().map(|one| invoice(one, &a.invoice_items)).collect::<Vec<_>>(),
        "payments": a.payments.iter().map(payment).collect::<Vec<_>>(),
    })
}

fn invoice(invoice: &Invoice, items: &[InvoiceItem]) -> Json {
    let of_this = items.iter().filter(|item| item.invoice_id == Some(invoice.id));
    filled(json!({
        "id": invoice.id,
        "reference": trimmed(invoice.reference),
        "account_id": invoice.account_id,
        "site_id": invoice.site_id,
        "dated_on": invoice.dated_on,
        "due_on": invoice.due_on,
        "amount": invoice.amount,
        "amount_outstanding": invoice.amount_outstanding,
        "nhs_amount": invoice.nhs_amount,
        "paid": invoice.paid,
        "paid_on": invoice.paid_on,
        "sent_at": invoice.sent_at,
        "payment_terms": trimmed(invoice.payment_terms),
        "footnote": trimmed(invoice.footnote),
        "items": of_this.map(item).collect::<Vec<_>>(),
        "other_columns": columns::document(&invoice.extra),
    }))
}

fn item(item: &InvoiceItem) -> Json {
    filled(json!({
        "id": item.id,
        "name": trimmed(item.name),
        "quantity": item.quantity,
        "item_price": item.item_price,
        "total_price": item.total_price,
        "nhs_charge": item.nhs_charge,
        "practitioner_id": item.practitioner_id,
        "treatment_plan_id": item.treatment_plan_id,
        "treatment_plan_item_id": item.treatment_plan_item_id,
        "sundry_id": item.sundry_id,
        "other_columns": columns::document(&item.extra),
    }))
}

fn payment(payment: &Payment) -> Json {
    let explanation = |explanation: &Explanation| {
        filled(json!({
            "id": explanation.id,
            "invoice_id": explanation.invoice_id,
            "invoice_reference": explanation.invoice_reference,
            "amount": explanation.amount,
            "comments": explanation.comments,
        }))
    };
    let number = |id: Option<Span>| trimmed(id);
    filled(json!({
        "id": payment.id,
        "reference": trimmed(payment.reference),
        "account_id": number(payment.account_id),
        "site_id": number(payment.site_id),
        "practitioner_id": number(payment.practitioner_id),
        "payment_plan_id": number(payment.payment_plan_id),
        "dated_on": payment.dated_on,
        "amount": payment.amount,
        "amount_unexplained": payment.amount_unexplained,
        "fully_explained": payment.fully_explained,
        "method": trimmed(payment.method),
        "status": trimmed(payment.status),
        "transaction_number": trimmed(payment.transaction_number),
        "deleted": payment.deleted,
        "explanations": payment.explanations.iter().map(explanation).collect::<Vec<_>>(),
        "other_columns": columns::document(&payment.extra),
    }))
}

/// Without the members that hold nothing.
fn filled(mut document: Json) -> Json {
    if let Json::Object(members) = &mut document {
        members.retain(|_, value| !value.is_null());
    }
    document
}
