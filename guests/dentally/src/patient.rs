//! Dentally patient → `res.partner`. The clinical texts are in [`clinical`], telephone numbers and e-mail in [`reach`], the
//! practice's own fields in [`crate::custom_field`].

pub mod clinical;
pub mod reach;
#[cfg(test)]
mod tests;

use odograft_sdk::dentally::Patient;
use odograft_sdk::text::{joined, trimmed, written};
use odograft_sdk::time::{day_of, days_between};
use odograft_sdk::{Context, Finding, Mapped, Rejection, Span, Text, Upsert, info, reject, source, target, warning};

use crate::{acquisition_source, address, columns, custom_field, lists, site};

/// What a patient has said to a question of consent; empty where nobody has asked.
const ANSWER: &[(&str, &str)] = &[("yes", "Yes"), ("no", "No")];

target! {
    /// Dentally patient → `res.partner`.
    pub partner: patient => "res.partner" {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [title, first_name, middle_name, last_name] .rule("joined by a space");
        ALERT = custom_text("x_medical_alert", "Medical alert") from [medical_alert, medical_alert_text]
            .rule("the text; `Alert without text` where only the tick is set") .section("Clinical") .clinical();
        NOTES = custom_text("x_clinical_notes", "Clinical notes") from [medical_history, notes, special_needs]
            .rule("each under its own heading, separated by an empty line") .section("Clinical") .clinical();
        ETHNICITY = custom_char("x_ethnicity", "Ethnicity") from [ethnicity] .section("Clinical") .clinical();
        EMAIL = char("email") from [email_address] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [mobile_phone, home_phone, work_phone] .rule("the first that is filled, as entered");
        MOBILE = custom_char("x_mobile", "Mobile") from [mobile_phone, home_phone, work_phone] .rule("the mobile, when there is another number too") .section("Patient");
        HOME = custom_char("x_home_phone", "Home phone") from [home_phone, mobile_phone]
            .rule("the home number, where the mobile is the contact's phone") .section("Patient");
        WORK = custom_char("x_work_phone", "Work phone") from [work_phone, mobile_phone, home_phone]
            .rule("the work number, where another one is the contact's phone") .section("Patient");
        MOBILE_COUNTRY = custom_char("x_mobile_country", "Mobile's country") from [mobile_phone_country, mobile_phone]
            .rule("of a number that is filled, where it is another than that of the setting `country`") .section("Patient");
        HOME_COUNTRY = custom_char("x_home_phone_country", "Home phone's country") from [home_phone_country, home_phone]
            .rule("of a number that is filled, where it is another than that of the setting `country`") .section("Patient");
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2, address_line3] .rule("joined by a comma");
        CITY = char("city") from [town];
        STATE = many2one("state_id", "res.country.state") from [county, region]
            .rule("the county, else the region, found by name or code in the country of the setting `country`");
        POSTCODE = char("zip") from [postcode];
        COUNTRY = many2one("country_id", "res.country") from [address_line1, town, postcode]
            .rule("the one of the setting `country`, where one of these is filled");
        COUNTY = custom_char("x_county", "County") from [county, region] .rule("the county, else the region") .section("Patient");
        ACTIVE = boolean("active") from [active] .rule("archived patients are archived contacts");
        ARCHIVED_REASON = custom_char("x_archived_reason", "Archived because") from [archived_reason] .section("Patient");
        BIRTH = custom_date("x_date_of_birth", "Date of birth") from [date_of_birth] .section("Patient");
        GENDER = custom_char("x_gender", "Gender") from [gender]
            .rule("`Male` for true and `Female` for false, as Dentally sends it; a word as entered") .section("Patient");
        PREFERRED = custom_char("x_preferred_name", "Likes to be called") from [preferred_name] .section("Patient");
        OCCUPATION = char("function") from [occupation];
        SCHOOL = custom_char("x_school_name", "School") from [school_name] .section("Patient");
        STUDENT = custom_boolean("x_is_student", "Is a student") from [extra.is_student] .section("Patient");
        FAMILY = custom_char("x_family_id", "Family's number") from [family_id] .section("Patient");
        DOCTOR = custom_char("x_doctor_id", "Doctor's number") from [doctor_id] .rule("of the general practitioner of medicine") .section("Patient");
        SITE = custom_many2one("x_site_team", "Site", "crm.team") from [site_id]
            .rule("the site's team, where the setting `sites` is `team`") .section("Patient");
        COMPANY = custom_many2one("x_site_company", "Site (company)", "res.company") from [site_id]
            .rule("the site's company, where the setting `sites` is `company`") .section("Patient");
        DENTIST = many2one("user_id", "res.users") from [dentist_id] .rule("the dentist's user");
        DENTIST_NAME = custom_char("x_dentist_name", "Dentist") from [dentist_id]
            .rule("the name in the list of practitioners, else the number") .section("Patient");
        HYGIENIST_NAME = custom_char("x_hygienist_name", "Hygienist") from [hygienist_id]
            .rule("the name in the list of practitioners, else the number") .section("Patient");
        PAYMENT_PLAN = custom_char("x_payment_plan", "Payment plan") from [payment_plan_id]
            .rule("the name in the list of payment plans, else the number") .section("Patient");
        SUBSCRIPTION = custom_char("x_payment_plan_status", "Payment plan's subscription") from [extra.payment_plan_subscription_status]
            .section("Patient");
        ORIGIN = custom_many2one("x_acquisition_source", "Came through", "utm.source") from [acquisition_source_id]
            .rule("the source of this name in Odoo, where the list of acquisition sources has the number") .section("Patient");
        ORIGIN_ID = custom_char("x_acquisition_source_id", "Came through (number)") from [acquisition_source_id]
            .rule("the number, where no list tells its name") .section("Patient");
        EMERGENCY_NAME = custom_char("x_emergency_name", "Name") from [emergency_contact_name] .section("Emergency contact");
        EMERGENCY_RELATIONSHIP = custom_char("x_emergency_relationship", "Relationship to the patient")
            from [emergency_contact_relationship] .section("Emergency contact");
        EMERGENCY_PHONE = custom_char("x_emergency_phone", "Phone") from [emergency_contact_phone] .section("Emergency contact");
        EMERGENCY_COUNTRY = custom_char("x_emergency_phone_country", "Phone's country")
            from [extra.emergency_contact_phone_country, emergency_contact_phone]
            .rule("of a number that is filled, where it is another than that of the setting `country`") .section("Emergency contact");
        RECALL = custom_date("x_dentist_recall_date", "Next dentist recall") from [dentist_recall_date] .section("Recall");
        RECALL_MONTHS = custom_integer("x_dentist_recall_interval", "Dentist recall, months") from [dentist_recall_interval] .section("Recall");
        HYGIENE_RECALL = custom_date("x_hygienist_recall_date", "Next hygienist recall") from [hygienist_recall_date] .section("Recall");
        HYGIENE_MONTHS = custom_integer("x_hygienist_recall_interval", "Hygienist recall, months") from [hygienist_recall_interval] .section("Recall");
        RECALL_METHOD = custom_char("x_recall_method", "Recalled by") from [recall_method] .section("Recall");
        MARKETING = custom_selection("x_marketing_consent", "Agreed to marketing", super::ANSWER) from [marketing]
            .rule("yes or no; empty where nobody has asked") .section("Consent");
        SMS = custom_selection("x_use_sms", "May be texted", super::ANSWER) from [use_sms]
            .rule("yes or no; empty where nobody has asked") .section("Consent");
        MAIL = custom_selection("x_use_email", "May be e-mailed", super::ANSWER) from [use_email]
            .rule("yes or no; empty where nobody has asked") .section("Consent");
        SHARES_ACCOUNT = custom_selection("x_shares_account", "Account may be shared", super::ANSWER) from [extra.consent_to_share_accounts]
            .rule("yes or no; empty where nobody has asked") .section("Consent");
        OWN_FIELDS = custom_text("x_custom_fields", "The practice's own fields") from [custom_fields, custom_field1, custom_field2]
            .rule("one line for each that is filled, as `label: value`; the confirmed ones have fields of their own too")
            .section("The practice's own");
        NHS_NUMBER = custom_char("x_nhs_number", "NHS number") from [nhs_number] .section("Clinical") .clinical();
        NI_NUMBER = custom_char("x_ni_number", "National insurance number") from [ni_number] .section("Clinical") .clinical();
        PPS_NUMBER = custom_char("x_pps_number", "Personal public service number") from [pps_number] .section("Clinical") .clinical();
        ACCOUNT = custom_char("x_account_id", "Account's number") from [account_id] .section("Source");
        LEGACY = custom_char("x_legacy_id", "Number in the system before") from [legacy_id] .section("Source");
        UUID = custom_char("x_source_uuid", "Lasting identifier in source") from [uuid] .section("Source");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC") .section("Source");
    }
}

/// The contact that a patient becomes, and the source of contacts through which the patient came.
///
/// # Errors
/// A patient without any name: Odoo refuses such a contact, and no name is ever invented.
pub fn partner(p: &Patient, context: &Context) -> Result<Mapped, Rejection> {
    let Some(name) = joined(&[p.first_name.as_deref(), p.middle_name.as_deref(), p.last_name.as_deref()], " ") else {
        return Err(reject("no-name", "patient.first_name", "neither first, middle nor last name is filled"));
    };
    let mut partner = partner::upsert(p.id);
    partner.set(partner::NAME, joined(&[p.title.as_deref(), Some(&name)], " ").unwrap_or(name));
    reach::fill(p, &mut partner, context);
    home(p, &mut partner, context);
    person(p, &mut partner);
    clinical::fill(p, &mut partner);
    practice(p, &mut partner, context);
    recalls_and_consents(p, &mut partner);
    numbers(p, &mut partner);
    partner.set_or_clear(partner::OWN_FIELDS, custom_field::told(p, context));

    let mut findings = reach::findings(p);
    findings.extend(remarks(p, context));
    findings.extend(partner.set_columns(|name| custom_field::column(p, name, context), context));
    let mut mapped = Mapped { findings, ..partner.into() };
    mapped.upserts.extend(acquisition_source::of_patient(p, context));
    Ok(mapped)
}

fn home(p: &Patient, partner: &mut Upsert, context: &Context) {
    let county = trimmed(p.county).or_else(|| trimmed(p.region));
    let is_filled = [p.address_line1, p.town, p.postcode].into_iter().any(|part| trimmed(part).is_some());
    partner.set_or_clear(partner::STREET, trimmed(p.address_line1));
    partner.set_or_clear(partner::STREET2, joined(&[p.address_line2.as_deref(), p.address_line3.as_deref()], ", "));
    partner.set_or_clear(partner::CITY, trimmed(p.town));
    partner.set_or_clear(partner::POSTCODE, trimmed(p.postcode));
    partner.set_or_clear(partner::COUNTY, county);
    partner.set_some(partner::STATE, address::state(county, context));
    partner.set_some(partner::COUNTRY, address::country(is_filled, context));
}

fn person(p: &Patient, partner: &mut Upsert) {
    partner.set(partner::ACTIVE, p.active.unwrap_or(true));
    partner.set_or_clear(partner::ARCHIVED_REASON, trimmed(p.archived_reason));
    partner.set_or_clear(partner::BIRTH, p.date_of_birth);
    partner.set_or_clear(partner::GENDER, gender(p.gender));
    partner.set_or_clear(partner::PREFERRED, trimmed(p.preferred_name));
    partner.set_or_clear(partner::OCCUPATION, trimmed(p.occupation));
    partner.set_or_clear(partner::SCHOOL, trimmed(p.school_name));
    partner.set_or_clear(partner::STUDENT, columns::truth(&p.extra, "is_student"));
    partner.set_or_clear(partner::FAMILY, trimmed(p.family_id));
    partner.set_or_clear(partner::EMERGENCY_NAME, trimmed(p.emergency_contact_name));
    partner.set_or_clear(partner::EMERGENCY_RELATIONSHIP, trimmed(p.emergency_contact_relationship));
}

/// Dentally sends true for men and false for women; accounts that keep a word send the word.
fn gender(written: Option<Span>) -> Option<Text> {
    let word = trimmed(written)?;
    Some(match &*word {
        "true" => "Male".into(),
        "false" => "Female".into(),
        _ => word.into(),
    })
}

/// Where the patient belongs, who treats them, how they pay, and how they came.
fn practice(p: &Patient, partner: &mut Upsert, context: &Context) {
    let site = site::reference(p.site_id, context);
    if site::are_companies(context) {
        partner.set_or_clear(partner::COMPANY, site);
    } else {
        partner.set_or_clear(partner::SITE, site);
    }
    partner.set_or_clear(partner::DENTIST, trimmed(p.dentist_id).map(|id| source("practitioner", id)));
    partner.set_or_clear(partner::DENTIST_NAME, lists::practitioner(context, p.dentist_id));
    partner.set_or_clear(partner::HYGIENIST_NAME, lists::practitioner(context, p.hygienist_id));
    partner.set_or_clear(partner::DOCTOR, trimmed(p.doctor_id));
    let plan = lists::name_or_number(context, "payment_plan", p.payment_plan_id, &["name", "patient_friendly_name"]);
    partner.set_or_clear(partner::PAYMENT_PLAN, plan);
    let status = columns::column(&p.extra, "payment_plan_subscription_status");
    partner.set_or_clear(partner::SUBSCRIPTION, status.map(|status| written(&status)));
    let origin = acquisition_source::name_of(p, context);
    partner.set_or_clear(partner::ORIGIN_ID, trimmed(p.acquisition_source_id).filter(|_| origin.is_none()));
    partner.set_or_clear(partner::ORIGIN, origin.map(acquisition_source::reference));
}

fn recalls_and_consents(p: &Patient, partner: &mut Upsert) {
    // What Odoo's whole numbers cannot hold is no interval.
    let months = |months: Option<i64>| months.filter(|months| i32::try_from(*months).is_ok());
    partner.set_or_clear(partner::RECALL, p.dentist_recall_date);
    partner.set_or_clear(partner::RECALL_MONTHS, months(p.dentist_recall_interval));
    partner.set_or_clear(partner::HYGIENE_RECALL, p.hygienist_recall_date);
    partner.set_or_clear(partner::HYGIENE_MONTHS, months(p.hygienist_recall_interval));
    partner.set_or_clear(partner::RECALL_METHOD, trimmed(p.recall_method));
    let answer = |said: Option<bool>| said.map(|yes| if yes { "yes" } else { "no" });
    partner.set_or_clear(partner::MARKETING, answer(p.marketing));
    partner.set_or_clear(partner::SMS, answer(p.use_sms));
    partner.set_or_clear(partner::MAIL, answer(p.use_email));
    partner.set_or_clear(partner::SHARES_ACCOUNT, answer(columns::truth(&p.extra, "consent_to_share_accounts")));
}

fn numbers(p: &Patient, partner: &mut Upsert) {
    partner.set_or_clear(partner::NHS_NUMBER, trimmed(p.nhs_number));
    partner.set_or_clear(partner::NI_NUMBER, trimmed(p.ni_number));
    partner.set_or_clear(partner::PPS_NUMBER, trimmed(p.pps_number));
    partner.set_or_clear(partner::ACCOUNT, trimmed(p.account_id));
    partner.set_or_clear(partner::LEGACY, trimmed(p.legacy_id));
    partner.set_or_clear(partner::UUID, trimmed(p.uuid));
    partner.set_or_clear(partner::CREATED, p.created_at);
}

/// What a person should look at.
fn remarks(p: &Patient, context: &Context) -> Vec<Finding> {
    let mut findings: Vec<Finding> = clinical::findings(p).into_iter().collect();
    if p.date_of_birth.is_some_and(|day| days_between(day_of(context.as_of), day) > 0) {
        findings.push(warning("birth-in-future", "patient.date_of_birth", "the day of birth is still to come"));
    }
    if p.active != Some(false) && trimmed(p.archived_reason).is_some() {
        let message = "there is a reason for archiving, and the patient is not archived";
        findings.push(info("archived-reason-of-active", "patient.archived_reason", message));
    }
    let lists = [
        ("site", p.site_id, "patient.site_id"),
        ("practitioner", p.dentist_id, "patient.dentist_id"),
        ("practitioner", p.hygienist_id, "patient.hygienist_id"),
        ("payment_plan", p.payment_plan_id, "patient.payment_plan_id"),
        ("acquisition_source", p.acquisition_source_id, "patient.acquisition_source_id"),
    ];
    findings.extend(lists.into_iter().filter_map(|(list, number, field)| lists::missing(context, list, number, field)));
    findings
}
