//! Records as the canonical ABI lays them out in a sandbox's memory, so that a host writes a whole batch in one pass.
//!
//! The runtime's own way looks the memory up anew for each field; for a patient of 61 fields that was a third of the
//! call's instructions. Sizes and alignments come from the runtime. That every field arrives as it was sent is held end
//! to end (`tests/it/mirror.rs`). Source: "Canonical ABI" of the component model, `store`.

use std::ops::Deref;

use wasmtime::component::ComponentType;

use crate::bindings::perio::records::{Exam, MarginSign, Measure, Notation, Reading, Surface};
use crate::bindings::transform::values::{Date, Decimal, ExtraField, Instant, Scalar, Span};

/// A value that can be written as the canonical ABI lays it out.
pub trait Image: ComponentType {
    /// Writes the value to `bytes`, which are its size and lie at `address`. Lists that it holds go to `nested`: they
    /// get memory of their own, whose place is then written into the value.
    fn write<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>);
}

/// A list within a value that was written, and the address at which the value wants to hear of its memory.
pub struct Nested<'a> {
    /// Where the list's own address and length belong, four bytes each.
    pub address: usize,
    /// The list; never empty.
    pub list: &'a dyn ListImage,
}

/// A list of values of one type.
pub trait ListImage {
    /// How many values there are.
    fn length(&self) -> usize;
    /// Bytes of all values together; none where they are more than a number holds.
    fn size(&self) -> Option<usize>;
    /// What the list's address must be a multiple of.
    fn alignment(&self) -> u32;
    /// Writes the values to `bytes`, which are the list's size and lie at `address`.
    fn write_all<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>);
}

impl<L: Deref<Target = [T]>, T: Image + 'static> ListImage for L {
    fn length(&self) -> usize {
        self.len()
    }

    fn size(&self) -> Option<usize> {
        self.len().checked_mul(T::SIZE32)
    }

    fn alignment(&self) -> u32 {
        T::ALIGN32
    }

    fn write_all<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>) {
        let places = bytes.chunks_exact_mut(T::SIZE32);
        debug_assert_eq!(places.len(), self.len());
        for (position, (value, bytes)) in std::iter::zip(self.iter(), places).enumerate() {
            value.write(bytes, address + position * T::SIZE32, nested);
        }
    }
}

impl<T: Image + 'static> Image for Vec<T> {
    #[inline]
    fn write<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>) {
        // An empty list needs no memory: like Rust's own, it lies at the first address that is aligned.
        bytes[..4].copy_from_slice(&T::ALIGN32.to_le_bytes());
        bytes[4..8].fill(0);
        if !self.is_empty() {
            nested.push(Nested { address, list: self });
        }
    }
}

impl<T: Image> Image for Option<T> {
    #[inline]
    fn write<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>) {
        bytes[0] = u8::from(self.is_some());
        if let Some(value) = self {
            field(value, 1, bytes, address, nested);
        }
    }
}

impl Image for bool {
    #[inline]
    fn write<'a>(&'a self, bytes: &mut [u8], _: usize, _: &mut Vec<Nested<'a>>) {
        bytes[0] = u8::from(*self);
    }
}

/// Numbers lie in little-endian order.
macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Image for $number {
            #[inline]
            fn write<'a>(&'a self, bytes: &mut [u8], _: usize, _: &mut Vec<Nested<'a>>) {
                bytes[..size_of::<$number>()].copy_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

/// Fields follow one another, each at the next place that is aligned for it.
macro_rules! record {
    ($record:ident { $($field:ident),* $(,)? }) => {
        impl Image for $record {
            #[inline]
            fn write<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>) {
                let bytes = &mut bytes[..<Self as ComponentType>::SIZE32];
                let Self { $($field),* } = self;
                let at = 0;
                $(let at = field($field, at, bytes, address, nested);)*
                debug_assert_eq!(at.next_multiple_of(Self::ALIGN32 as usize), Self::SIZE32);
            }
        }
    };
}

/// The number of the case, then its value at the next place that is aligned for every case.
macro_rules! variant {
    ($variant:ident { $($case:ident),* $(,)? }) => {
        impl Image for $variant {
            #[inline]
            fn write<'a>(&'a self, bytes: &mut [u8], address: usize, nested: &mut Vec<Nested<'a>>) {
                enum Case { $($case),* }
                match self {
                    $(Self::$case(value) => {
                        bytes[0] = Case::$case as u8;
                        field(value, Self::ALIGN32 as usize, bytes, address, nested);
                    })*
                }
            }
        }
    };
}

macro_rules! enums {
    ($($name:ident),*) => {$(
        impl Image for $name {
            #[inline]
            fn write<'a>(&'a self, bytes: &mut [u8], _: usize, _: &mut Vec<Nested<'a>>) {
                bytes[0] = *self as u8;
            }
        }
    )*};
}

/// Writes a part of a value at the next aligned place behind `at`, and returns the place behind it.
#[inline]
fn field<'a, T: Image>(
    value: &'a T,
    at: usize,
    bytes: &mut [u8],
    address: usize,
    nested: &mut Vec<Nested<'a>>,
) -> usize {
    let at = at.next_multiple_of(T::ALIGN32 as usize);
    let end = at + T::SIZE32;
    value.write(&mut bytes[at..end], address + at, nested);
    end
}

numbers!(u8, u16, i16, u32, i64, f64);
enums!(Notation, MarginSign, Measure, Surface);
record!(Span { start, length });
record!(Date { year, month, day });
record!(Instant { seconds, nanoseconds });
record!(Decimal { unscaled, scale });
record!(ExtraField { name, value });
variant!(Scalar { Boolean, Integer, Float, Decimal, Text, Date, Instant });
record!(Reading { tooth, surface, measure, value });
record!(Exam {
    id,
    patient_id,
    examined_on,
    examiner,
    notation,
    margin_sign,
    classification,
    latest,
    readings,
    note,
    extra
});

mod dentally;

/// Dent-O-Soft's records.
mod dent_o_soft {
    use super::{ComponentType, Image, Nested, field};
    use crate::bindings::dent_o_soft::records::{
        AccountLine, Appointment, Billing, ClinicalNote, EmergencyContact, Entity, Insurance, Patient, Policy,
        Practice, Practitioner, PractitionerAddress, ReferralSource, ReminderRule, Supplier, Treatment,
        TreatmentHistory,
    };

    variant!(Entity {
        Practice,
        Practitioner,
        PractitionerAddress,
        Supplier,
        ReferralSource,
        Patient,
        Insurance,
        EmergencyContact,
        TreatmentHistory,
        Appointment,
        Billing,
        ClinicalNote,
        ReminderRule,
    });
    record!(Practice {
        id,
        name,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        phone,
        email,
        website,
        npi,
        tax_id,
        extra
    });
    record!(Practitioner {
        id,
        title,
        first_name,
        last_name,
        credential,
        license_number,
        specialty,
        email,
        phone,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        active,
        extra
    });
    record!(PractitionerAddress {
        id,
        practitioner_id,
        label,
        phone,
        email,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        extra
    });
    record!(Supplier {
        id,
        name,
        contact_name,
        is_lab,
        category,
        account_number,
        active,
        phone,
        email,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        extra
    });
    record!(ReferralSource { id, name, kind, extra });
    record!(Patient {
        id,
        title,
        first_name,
        middle_name,
        last_name,
        preferred_name,
        date_of_birth,
        gender,
        email,
        mobile_phone,
        home_phone,
        work_phone,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        active,
        status,
        deceased_on,
        practice_id,
        practitioner_id,
        referral_source_id,
        created_at,
        extra
    });
    record!(Policy { priority, provider, policy_number, group_number, subscriber_id, subscriber_name, extra });
    record!(Insurance { patient_id, policies });
    record!(EmergencyContact {
        id,
        patient_id,
        name,
        phone,
        email,
        relationship,
        address_line1,
        address_line2,
        city,
        state,
        postal_code,
        country,
        extra
    });
    record!(Treatment { treated_on, procedure_code, tooth, surface, description, notes, dentist, extra });
    record!(TreatmentHistory { patient_id, treatments });
    record!(Appointment {
        id,
        patient_id,
        practitioner_id,
        practitioner_name,
        starts_at,
        starts_on,
        duration,
        procedure_type,
        status,
        notes,
        extra
    });
    record!(AccountLine { invoice_number, booked_on, kind, amount, status, description, extra });
    record!(Billing { patient_id, lines });
    record!(ClinicalNote { id, patient_id, practitioner_id, author_email, author_name, written_at, body, extra });
    record!(ReminderRule { id, name, trigger, offset, channel, recipients, template, active, extra });
}

/// The records of Practice by Numbers.
mod practice_by_numbers {
    use super::{ComponentType, Image, Nested, field};
    use crate::bindings::practice_by_numbers::records::{
        Appointment, Coverage, Entity, Goal, Goals, Insurance, Ledger, LedgerLine, Message, Patient, PlanItem,
        Provider, Recall, Recalls, TreatmentPlan,
    };

    variant!(Entity { Provider, Patient, Insurance, Appointment, TreatmentPlan, Ledger, Recalls, Goals, Message });
    record!(Provider { id, name, first_name, last_name, email, specialty, active, extra });
    record!(Patient {
        id,
        chart_number,
        name,
        first_name,
        last_name,
        preferred_name,
        date_of_birth,
        gender,
        email,
        mobile_phone,
        home_phone,
        work_phone,
        address,
        address2,
        city,
        state,
        zip,
        source_system,
        status,
        primary_provider,
        location,
        first_visit,
        last_visit,
        next_appointment,
        balance,
        created_at,
        extra
    });
    record!(Coverage {
        priority,
        carrier,
        group_number,
        policy_number,
        subscriber_id,
        subscriber_name,
        coverage_percent,
        remaining_benefits,
        extra
    });
    record!(Insurance { patient_id, coverages });
    record!(Appointment {
        id,
        patient_id,
        patient_name,
        date,
        time,
        starts_at,
        length,
        provider,
        operatory,
        status,
        procedures,
        production,
        extra
    });
    record!(PlanItem {
        plan_id,
        plan_date,
        ada_code,
        tooth,
        surface,
        description,
        fee,
        status,
        accepted_on,
        provider,
        extra
    });
    record!(TreatmentPlan { patient_id, items });
    record!(LedgerLine { date, kind, code, description, amount, balance, extra });
    record!(Ledger { patient_id, lines });
    record!(Recall { patient_name, recall_type, recall_due, status, provider, extra });
    record!(Recalls { patient_id, visits });
    record!(Goal { provider, month, production_target, acceptance_target, new_patients_target, extra });
    record!(Goals { provider_id, months });
    record!(Message { id, patient_id, sent_at, channel, direction, sent_by, subject, message, extra });
}

mod panda_perio;

/// The rows of declared tables.
mod tabular {
    use super::{ComponentType, Image, Nested, field};
    use crate::bindings::tabular::records::{Child, Row};

    record!(Child { object, id, cells });
    record!(Row { object, id, parent, cells, children });
}
