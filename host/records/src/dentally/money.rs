//! What patients owe and pay.

use crate::assembly::Staged;
use crate::bindings::dentally::records::{Account, AccountHistory, Explanation, Invoice, InvoiceItem, Payment};
use crate::decode::{DecodeError, Decoded, Gathered, Row, Slots, part, record};
use crate::locale::Locale;
use crate::names::Names;
use crate::texts::Texts;

/// All money of a patient. Rows that are no record leave the others as they are.
pub(super) fn history(rows: &Staged<'_>, texts: &mut Texts) -> Gathered<AccountHistory> {
    let iso = &Locale::ISO;
    let patient_id = texts.add(rows.key);
    let accounts = Gathered::read(rows.list(0), |key, json| account(key, json, iso, texts));
    let invoices = Gathered::read(rows.list(1), |key, json| invoice(key, json, iso, texts));
    let invoice_items = Gathered::read(rows.list(2), |key, json| invoice_item(key, json, iso, texts));
    let payments = Gathered::read(rows.list(3), |key, json| payment(key, json, iso, texts));
    let history = |accounts| AccountHistory {
        patient_id,
        accounts,
        invoices: Vec::new(),
        invoice_items: Vec::new(),
        payments: Vec::new(),
    };
    accounts
        .map(history)
        .with(invoices, |history, invoices| history.invoices = invoices)
        .with(invoice_items, |history, items| history.invoice_items = items)
        .with(payments, |history, payments| history.payments = payments)
}

record! {
    pub(super) fn account() -> Account ("account") {
        id: text "required";
        patient_id: text;
        patient_name: text;
        opening_balance: decimal;
        current_balance: decimal;
        state: text;
        planned_nhs_treatment_value: decimal;
        planned_private_treatment_value: decimal;
    }
}

record! {
    pub(super) fn invoice() -> Invoice ("invoice") {
        id: text "required";
        reference: text;
        account_id: text;
        patient_id: text;
        site_id: text;
        amount: decimal;
        amount_outstanding: decimal;
        nhs_amount: decimal;
        dated_on: date;
        due_on: date;
        paid: boolean;
        paid_on: date;
        sent_at: instant;
        payment_terms: text;
        footnote: text;
        created_at: instant;
        updated_at: instant;
    }
}

record! {
    pub(super) fn invoice_item() -> InvoiceItem ("invoice_item") {
        id: text "required";
        invoice_id: text;
        patient_id: text;
        practitioner_id: text;
        treatment_plan_id: text;
        treatment_plan_item_id: text;
        sundry_id: text;
        name: text;
        quantity: integer;
        item_price: decimal;
        total_price: decimal;
        nhs_charge: boolean;
        created_at: instant;
        updated_at: instant;
    }
}

part! {
    fn explanation() -> Explanation ("explanations.") {
        id: text;
        invoice_id: text;
        invoice_reference: text;
        amount: decimal;
        comments: text;
    }
}

record! {
    pub(super) fn payment() -> Payment ("payment") {
        id: text "required";
        reference: text;
        account_id: text;
        patient_id: text;
        practitioner_id: text;
        payment_plan_id: text;
        site_id: text;
        amount: decimal;
        amount_unexplained: decimal;
        fully_explained: boolean;
        dated_on: date;
        method: text;
        status: text;
        transaction_number: text;
        deleted: boolean;
        explanations: list explanation;
    }
}
