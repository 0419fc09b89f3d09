//! PANDA patient → `res.partner`, with every referral source that has sent the patient.

pub mod referrals;

use odograft_sdk::panda_perio::Patient;
use odograft_sdk::text::trimmed;
use odograft_sdk::time::{day_of, days_between};
use odograft_sdk::{Context, Date, Finding, Mapped, Rejection, Text, Upsert, reject, source, target, warning};

use crate::{address, people};

target! {
    /// PANDA patient → `res.partner`.
    pub partner: patient => "res.partner"
        .note("numbers of patients repeat from one clinic's database to the next, so a patient is known by clinic and number together") {
        SOURCE_ID = source_id() from [id] .rule("the clinic's tag and PANDA's number of the patient");
        CLINIC = custom_char("x_clinic_id", "Clinic") from [clinic_id] .rule("the clinic's tag in the configuration") .section("Source");
        PMS_ID = custom_char("x_pms_id", "Practice system's number") from [pms_id]
            .rule("the number in the practice-management system, which is another than PANDA's") .section("Source");
        ACCOUNT = custom_char("x_account_number", "Account number") from [account_number] .section("Source");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
        NAME = char("name") from [title, first_name, middle_initial, last_name]
            .rule("joined by a space, capitals and small letters left alone");
        NICK_NAME = custom_char("x_preferred_name", "Likes to be called") from [nick_name] .section("Patient");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [birth_date] .section("Patient");
        GENDER = custom_char("x_gender", "Gender") from [sex] .section("Patient");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone, work_phone, work_phone_extension]
            .rule("the first that is filled, as entered; an extension stands behind the number at work");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone, work_phone]
            .rule("the mobile, where there is another number too") .section("Contact");
        HOME = custom_char("x_home_phone", "Home phone") from [home_phone, mobile_phone]
            .rule("the home number, where the mobile is the contact's phone") .section("Contact");
        WORK = custom_char("x_work_phone", "Work phone") from [work_phone, work_phone_extension, mobile_phone, home_phone]
            .rule("the number at work with its extension, where another one is the contact's phone") .section("Contact");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country, address_line1, address_line2, city, postal_code]
            .rule("found by code, else by name, within the country; where an address names neither, the one of the setting `state`");
        STATE_WORD = custom_char("x_state", "State as entered") from [state] .section("Contact");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        ACTIVE = boolean("active") from [status]
            .rule("archived where the status says that the patient does not come any more, such as `Inactive` or `Deceased`");
        STATUS = custom_char("x_patient_status", "Status") from [status] .section("Patient");
        COMPANY = custom_many2one("x_clinic", "Clinic's company", "res.company") from [clinic_id]
            .rule("the company that the clinic became") .section("Patient");
        LOCATION = custom_char("x_location_id", "Location's number") from [location_id]
            .rule("the number of the place where the patient is treated, as its company has it") .section("Patient");
        OWNER = many2one("user_id", "res.users") from [provider_id] .rule("the provider's user");
        PROVIDER = custom_char("x_primary_provider", "Provider") from [provider_name] .section("Patient");
        PROVIDER_ID = custom_char("x_provider_id", "Provider's number") from [provider_id]
            .rule("it is the source id of the provider's contact") .section("Patient");
        REFERRAL = custom_many2one("x_referral_partner_id", "Referred by", "res.partner")
            from [referral_id, referrals.referral_id, referrals.referred_on]
            .rule("the source that is noted with the patient, else the one of the last referral") .section("Referral");
        REFERRALS = custom_many2many("x_referral_partner_ids", "All referrals", "res.partner")
            from [referral_id, referrals.referral_id] .rule("every source that has sent the patient, each once") .section("Referral");
        HISTORY = custom_text("x_referral_history", "Referral history")
            from [referrals.referred_on, referrals.referral_id, referrals.reason, extra.referrals]
            .rule("a line for each referral, by day: the day, the number of the source, the reason") .section("Referral");
    }
}

/// Beginnings of statuses of patients who do not come any more, in small letters.
const ENDED: [&str; 10] =
    ["inactive", "archiv", "deceas", "dead", "closed", "former", "transferred", "discharg", "dismiss", "moved"];

/// The contact that a patient becomes.
///
/// # Errors
/// A patient without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let Some(name) = full_name(p) else {
        return Err(reject("no-name", "patient.first_name", "neither first nor last name nor initial is filled"));
    };
    let mut partner = partner::upsert(p.id);
    partner.set(partner::CLINIC, p.clinic_id);
    partner.set_or_clear(partner::PMS_ID, trimmed(p.pms_id));
    partner.set_or_clear(partner::ACCOUNT, trimmed(p.account_number));
    partner.set_or_clear(partner::CREATED, p.created_at);
    partner.set(partner::NAME, name);
    partner.set_or_clear(partner::NICK_NAME, trimmed(p.nick_name));
    partner.set_or_clear(partner::BIRTH, p.birth_date);
    partner.set_or_clear(partner::GENDER, trimmed(p.sex));
    partner.set_or_clear(partner::EMAIL, people::email(p.email));
    phones(p, &mut partner);
    address::fill!(partner, partner, p, context);
    partner.set_or_clear(partner::STATE_WORD, trimmed(p.state));
    partner.set(partner::ACTIVE, !is_archived(p));
    partner.set_or_clear(partner::STATUS, trimmed(p.status));
    partner.set(partner::COMPANY, source("clinic", p.clinic_id));
    partner.set_or_clear(partner::LOCATION, trimmed(p.location_id));
    let provider = trimmed(p.provider_id);
    partner.set_or_clear(partner::OWNER, provider.map(|id| source("provider", id)));
    partner.set_or_clear(partner::PROVIDER, trimmed(p.provider_name));
    partner.set_or_clear(partner::PROVIDER_ID, provider);
    partner.set_or_clear(partner::REFERRAL, referrals::current(p).map(|id| source("referral", id)));
    partner.set(partner::REFERRALS, referrals::all(p).into_iter().map(|id| source("referral", id)).collect::<Vec<_>>());
    partner.set_or_clear(partner::HISTORY, referrals::history(p));

    let mut findings = remarks(p, day_of(context.as_of));
    findings.extend(partner.set_extras(&p.extra, context));
    Ok(Mapped { findings, ..partner.into() })
}

/// Title and names, joined by a space; none where no name is filled, whatever the title.
#[must_use]
pub fn full_name(p: &Patient) -> Option<String> {
    people::name(p.first_name, p.middle_initial, p.last_name).map(|name| people::titled(p.title, &name))
}

/// Whether the patient does not come any more.
#[must_use]
pub fn is_archived(p: &Patient) -> bool {
    let status = trimmed(p.status).map(|status| status.to_lowercase());
    status.is_some_and(|status| ENDED.iter().any(|ended| status.starts_with(ended)))
}

fn phones(p: &Patient, partner: &mut Upsert) {
    let (mobile, home) = (trimmed(p.mobile_phone), trimmed(p.home_phone));
    let work = people::work_phone(p.work_phone, p.work_phone_extension);
    let phone = mobile.or(home).map(Text::from).or_else(|| work.clone());
    partner.set_or_clear(partner::PHONE, phone);
    partner.set_or_clear(partner::MOBILE, mobile.filter(|_| home.is_some() || work.is_some()));
    partner.set_or_clear(partner::HOME, home.filter(|_| mobile.is_some()));
    partner.set_or_clear(partner::WORK, work.filter(|_| mobile.is_some() || home.is_some()));
}

/// What a person should look at.
fn remarks(p: &Patient, today: Date) -> Vec<Finding> {
    let mut findings = Vec::from_iter(people::check_email(p.email, "patient.email"));
    let reached = [p.email, p.mobile_phone, p.home_phone, p.work_phone].map(trimmed);
    if reached.iter().all(Option::is_none) {
        let message = "neither an e-mail nor a phone number is filled";
        findings.push(warning("no-contact", "patient.email", message));
    }
    if p.birth_date.is_some_and(|birth| days_between(today, birth) > 0) {
        findings.push(warning("birth-in-future", "patient.birth_date", "the day of birth is still to come"));
    }
    findings
}

#[cfg(test)]
mod tests;
