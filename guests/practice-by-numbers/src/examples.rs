//! Records with nothing in them but their identifier, for the examples of the rules.

use odograft_sdk::Decimal;
use odograft_sdk::practice_by_numbers::{
    Appointment, Coverage, Goal, LedgerLine, Message, Patient, PlanItem, Provider, Recall,
};

/// An amount of so many cents.
pub(crate) fn cents(unscaled: i64) -> Decimal {
    Decimal { unscaled, scale: 2 }
}

pub(crate) fn provider(id: &str) -> Provider {
    Provider {
        id: id.into(),
        name: None,
        first_name: None,
        last_name: None,
        email: None,
        specialty: None,
        active: None,
        extra: Vec::new(),
    }
}

pub(crate) fn patient(id: &str) -> Patient {
    Patient {
        id: id.into(),
        chart_number: None,
        name: Some("Moss, Ann".into()),
        first_name: None,
        last_name: None,
        preferred_name: None,
        date_of_birth: None,
        gender: None,
        email: None,
        mobile_phone: None,
        home_phone: None,
        work_phone: None,
        address: None,
        address2: None,
        city: None,
        state: None,
        zip: None,
        source_system: None,
        status: None,
        primary_provider: None,
        location: None,
        first_visit: None,
        last_visit: None,
        next_appointment: None,
        balance: None,
        created_at: None,
        extra: Vec::new(),
    }
}

pub(crate) fn coverage(priority: &str, carrier: &str) -> Coverage {
    Coverage {
        priority: Some(priority.into()),
        carrier: Some(carrier.into()),
        group_number: None,
        policy_number: None,
        subscriber_id: None,
        subscriber_name: None,
        coverage_percent: None,
        remaining_benefits: None,
        extra: Vec::new(),
    }
}

pub(crate) fn appointment(id: &str) -> Appointment {
    Appointment {
        id: id.into(),
        patient_id: Some("17".into()),
        patient_name: None,
        date: None,
        time: None,
        starts_at: None,
        length: None,
        provider: None,
        operatory: None,
        status: None,
        procedures: None,
        production: None,
        extra: Vec::new(),
    }
}

pub(crate) fn plan_item(code: &str, status: &str) -> PlanItem {
    PlanItem {
        plan_id: None,
        plan_date: None,
        ada_code: Some(code.into()),
        tooth: None,
        surface: None,
        description: None,
        fee: Some(cents(25_000)),
        status: Some(status.into()),
        accepted_on: None,
        provider: None,
        extra: Vec::new(),
    }
}

pub(crate) fn ledger_line(kind: &str, amount: i64) -> LedgerLine {
    LedgerLine {
        date: None,
        kind: Some(kind.into()),
        code: None,
        description: None,
        amount: Some(cents(amount)),
        balance: None,
        extra: Vec::new(),
    }
}

pub(crate) fn recall(kind: &str, status: &str) -> Recall {
    Recall {
        patient_name: None,
        recall_type: Some(kind.into()),
        recall_due: None,
        status: Some(status.into()),
        provider: None,
        extra: Vec::new(),
    }
}

pub(crate) fn goal(month: &str) -> Goal {
    Goal {
        provider: None,
        month: Some(month.into()),
        production_target: None,
        acceptance_target: None,
        new_patients_target: None,
        extra: Vec::new(),
    }
}

pub(crate) fn message(id: &str) -> Message {
    Message {
        id: id.into(),
        patient_id: Some("17".into()),
        sent_at: None,
        channel: None,
        direction: None,
        sent_by: None,
        subject: None,
        message: None,
        extra: Vec::new(),
    }
}
