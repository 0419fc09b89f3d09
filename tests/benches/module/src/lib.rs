//! The benchmarks' rule as a module's author writes it: 20 fields in, 15 cells out.

use odograft_sdk::dentally::{Entity, Patient};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Mapped, ModuleSpec, Rejection, Span, reject, source, target};

target! {
    /// Dentally patient → `res.partner`.
    pub partner: patient => "res.partner" {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [title, first_name, last_name] .rule("joined by a space");
        EMAIL = char("email") from [email_address] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone] .rule("the first that is filled, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone] .rule("the mobile, when there is another number too");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [town];
        POSTCODE = char("zip") from [postcode];
        COUNTY = custom_char("x_county", "County") from [county];
        ACTIVE = boolean("active") from [active] .rule("archived patients are archived contacts");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [date_of_birth];
        PREFERRED = custom_char("x_preferred_name", "Likes to be called") from [preferred_name];
        ALERT = custom_text("x_medical_alert", "Medical alert") from [medical_alert_text];
        DENTIST = many2one("user_id", "res.users") from [dentist_id] .rule("the dentist's user");
    }
}

/// The module as a whole.
pub static MODULE: ModuleSpec = ModuleSpec {
    name: "bench",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[&partner::TARGET],
    settings: &[],
    dropped: &[],
    ..ModuleSpec::EMPTY
};

/// The contact that a patient becomes.
///
/// # Errors
/// A patient without any name.
pub fn partner(p: &Patient) -> Result<Mapped, Rejection> {
    let Some(name) = joined(&[p.first_name.as_deref(), p.last_name.as_deref()], " ") else {
        return Err(reject("no-name", "patient.first_name", "neither first nor last name is filled"));
    };
    let (mobile, home) = (trimmed(p.mobile_phone), trimmed(p.home_phone));
    let mut partner = partner::upsert(p.id);
    partner.set(partner::NAME, joined(&[p.title.as_deref(), Some(&name)], " ").unwrap_or(name));
    partner.set_or_clear(partner::EMAIL, trimmed(p.email_address).map(Span::lowercased));
    let beside_another = home.is_some();
    partner.set_or_clear(partner::PHONE, mobile.or(home));
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| beside_another));
    partner.set_or_clear(partner::STREET, trimmed(p.address_line1));
    partner.set_or_clear(partner::STREET2, trimmed(p.address_line2));
    partner.set_or_clear(partner::CITY, trimmed(p.town));
    partner.set_or_clear(partner::POSTCODE, trimmed(p.postcode));
    partner.set_or_clear(partner::COUNTY, trimmed(p.county));
    partner.set(partner::ACTIVE, p.active.unwrap_or(true));
    partner.set_or_clear(partner::BIRTH, p.date_of_birth);
    partner.set_or_clear(partner::PREFERRED, trimmed(p.preferred_name));
    partner.set_or_clear(partner::ALERT, trimmed(p.medical_alert_text));
    partner.set_or_clear(partner::DENTIST, p.dentist_id.map(|id| source("practitioner", id)));
    Ok(partner.into())
}

/// One Dentally record; the benchmarks hold patients only.
///
/// # Errors
/// The record cannot be mapped.
pub fn map(entity: &Entity, _: &Context) -> Result<Mapped, Rejection> {
    match entity {
        Entity::Patient(patient) => partner(patient),
        _ => Err(reject("not-a-patient", "id", "the benchmarks map patients only")),
    }
}

odograft_sdk::export_dentally!(MODULE, map);
