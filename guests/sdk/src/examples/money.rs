//! What patients owe and pay.

use crate::dentally::{Account, AccountHistory, Invoice, InvoiceItem, Payment};

/// An account.
#[must_use]
pub fn account(id: &str) -> Account {
    Account {
        id: id.into(),
        patient_id: None,
        patient_name: None,
        opening_balance: None,
        current_balance: None,
        state: None,
        planned_nhs_treatment_value: None,
        planned_private_treatment_value: None,
        extra: Vec::new(),
    }
}

/// An invoice.
#[must_use]
pub fn invoice(id: &str) -> Invoice {
    Invoice {
        id: id.into(),
        reference: None,
        account_id: None,
        patient_id: None,
        site_id: None,
        amount: None,
        amount_outstanding: None,
        nhs_amount: None,
        dated_on: None,
        due_on: None,
        paid: None,
        paid_on: None,
        sent_at: None,
        payment_terms: None,
        footnote: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// An item of an invoice.
#[must_use]
pub fn invoice_item(id: &str) -> InvoiceItem {
    InvoiceItem {
        id: id.into(),
        invoice_id: None,
        patient_id: None,
        practitioner_id: None,
        treatment_plan_id: None,
        treatment_plan_item_id: None,
        sundry_id: None,
        name: None,
        quantity: None,
        item_price: None,
        total_price: None,
        nhs_charge: None,
        created_at: None,
        updated_at: None,
        extra: Vec::new(),
    }
}

/// A payment without explanations.
#[must_use]
pub fn payment(id: &str) -> Payment {
    Payment {
        id: id.into(),
        reference: None,
        account_id: None,
        patient_id: None,
        practitioner_id: None,
        payment_plan_id: None,
        site_id: None,
        amount: None,
        amount_unexplained: None,
        fully_explained: None,
        dated_on: None,
        method: None,
        status: None,
        transaction_number: None,
        deleted: None,
        explanations: Vec::new(),
        extra: Vec::new(),
    }
}

/// The money of the patient with this number: none.
#[must_use]
pub fn account_history(id: &str) -> AccountHistory {
    AccountHistory {
        patient_id: id.into(),
        accounts: Vec::new(),
        invoices: Vec::new(),
        invoice_items: Vec::new(),
        payments: Vec::new(),
    }
}
