//! Insurance → fields of the patient's `res.partner`; by setting, the second carrier as a contact of its own.

use odograft_sdk::practice_by_numbers::{Coverage, Insurance};
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Finding, Mapped, Rejection, Span, Upsert, columns, info, source, target, warning};

use crate::amounts;

target! {
    /// A patient's insurance, on the contact that the patient became.
    pub partner: insurance => "res.partner" .existing_only().many_to_one()
        .note("the primary and the secondary insurance; any further one, and what a report has beside these columns, stands in the details") {
        CARRIER = custom_char("x_insurance_carrier", "Insurance carrier") from [coverages.carrier, coverages.priority] .section("Insurance");
        GROUP = custom_char("x_group_number", "Group number") from [coverages.group_number, coverages.priority] .section("Insurance");
        POLICY = custom_char("x_policy_number", "Policy number") from [coverages.policy_number, coverages.priority] .section("Insurance");
        SUBSCRIBER = custom_char("x_subscriber_id", "Subscriber id") from [coverages.subscriber_id, coverages.priority] .section("Insurance");
        HOLDER = custom_char("x_subscriber_name", "Subscriber") from [coverages.subscriber_name, coverages.priority] .section("Insurance");
        PERCENT = custom_float("x_coverage_pct", "Coverage (%)") from [coverages.coverage_percent, coverages.priority] .section("Insurance");
        LEFT = custom_monetary("x_remaining_benefits", "Remaining benefits") from [coverages.remaining_benefits, coverages.priority] .rule("exact") .section("Insurance");
        SECOND_CARRIER = custom_char("x_secondary_insurance_carrier", "Secondary carrier") from [coverages.carrier, coverages.priority]
            .rule("as entered; empty where the setting `secondary_insurance` makes it a contact") .section("Insurance");
        SECOND_CONTACT = custom_many2one("x_insurance_partner_id", "Secondary insurance", "res.partner") from [coverages.carrier, coverages.priority]
            .rule("the secondary carrier's contact, where the setting `secondary_insurance` says so") .section("Insurance");
        SECOND_GROUP = custom_char("x_secondary_group_number", "Secondary group number") from [coverages.group_number, coverages.priority] .section("Insurance");
        SECOND_POLICY = custom_char("x_secondary_policy_number", "Secondary policy number") from [coverages.policy_number, coverages.priority] .section("Insurance");
        SECOND_SUBSCRIBER = custom_char("x_secondary_subscriber_id", "Secondary subscriber id") from [coverages.subscriber_id, coverages.priority] .section("Insurance");
        SECOND_HOLDER = custom_char("x_secondary_subscriber_name", "Secondary subscriber") from [coverages.subscriber_name, coverages.priority] .section("Insurance");
        SECOND_PERCENT = custom_float("x_secondary_coverage_pct", "Secondary coverage (%)") from [coverages.coverage_percent, coverages.priority] .section("Insurance");
        SECOND_LEFT = custom_monetary("x_secondary_remaining_benefits", "Secondary remaining benefits") from [coverages.remaining_benefits, coverages.priority] .rule("exact") .section("Insurance");
        DETAILS = custom_text("x_insurance_details", "Insurance details")
            from [coverages.priority, coverages.carrier, coverages.group_number, coverages.policy_number, coverages.subscriber_id,
                coverages.subscriber_name, coverages.coverage_percent, coverages.remaining_benefits, extra.coverages]
            .rule("a line for each insurance that has no fields of its own, or columns beside them") .section("Insurance");
    }
}

target! {
    /// The carrier of secondary insurances: one contact for all patients who have it.
    pub carrier: insurance => "res.partner" .adopt_by(&["name"]).many_to_one().only_when("secondary_insurance", &["contact"])
        .note("one contact for each carrier of a secondary insurance") {
        NAME = char("name") from [coverages.carrier, coverages.priority];
        IS_COMPANY = boolean("is_company") from [] .rule("a carrier is a company");
    }
}

/// Which insurance pays first, as far as the report says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    First,
    Second,
    Later,
    Unsaid,
}

/// A patient's insurances on the contact: the primary and the secondary one in fields, and nothing lost of the others.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn partner(insurance: &Insurance, context: &Context) -> Result<Mapped, Rejection> {
    let mut findings = Vec::new();
    let [first, second, rest] = sorted(&insurance.coverages, &mut findings);
    let (first, second) = (first.first().copied(), second.first().copied());

    let mut partner = partner::upsert(insurance.patient_id).on("patient");
    partner.set_or_clear(partner::CARRIER, first.and_then(|c| trimmed(c.carrier)));
    partner.set_or_clear(partner::GROUP, first.and_then(|c| trimmed(c.group_number)));
    partner.set_or_clear(partner::POLICY, first.and_then(|c| trimmed(c.policy_number)));
    partner.set_or_clear(partner::SUBSCRIBER, first.and_then(|c| trimmed(c.subscriber_id)));
    partner.set_or_clear(partner::HOLDER, first.and_then(|c| trimmed(c.subscriber_name)));
    partner.set_or_clear(partner::PERCENT, first.and_then(|c| c.coverage_percent).map(amounts::as_float));
    partner.set_or_clear(partner::LEFT, first.and_then(|c| c.remaining_benefits));
    partner.set_or_clear(partner::SECOND_GROUP, second.and_then(|c| trimmed(c.group_number)));
    partner.set_or_clear(partner::SECOND_POLICY, second.and_then(|c| trimmed(c.policy_number)));
    partner.set_or_clear(partner::SECOND_SUBSCRIBER, second.and_then(|c| trimmed(c.subscriber_id)));
    partner.set_or_clear(partner::SECOND_HOLDER, second.and_then(|c| trimmed(c.subscriber_name)));
    partner.set_or_clear(partner::SECOND_PERCENT, second.and_then(|c| c.coverage_percent).map(amounts::as_float));
    partner.set_or_clear(partner::SECOND_LEFT, second.and_then(|c| c.remaining_benefits));
    let as_contact = context.setting("secondary_insurance") == "contact";
    let second_carrier = second.and_then(|c| trimmed(c.carrier));
    let contact = second_carrier.filter(|_| as_contact).map(company);
    partner.set_or_clear(partner::SECOND_CARRIER, second_carrier.filter(|_| !as_contact));
    partner.set_or_clear(partner::SECOND_CONTACT, contact.as_ref().map(|(id, _)| source("insurance", id.clone())));
    partner.set_or_clear(partner::DETAILS, details(first, second, &rest));

    let odd = |c: &Coverage| c.coverage_percent.is_some_and(|percent| !amounts::is_percent(percent));
    if insurance.coverages.iter().any(odd) {
        let message = "a percentage lies outside 0 to 100; carried as entered";
        findings.push(warning("coverage-out-of-range", "insurance.coverages.coverage_percent", message));
    }
    let upserts = contact.into_iter().map(|(_, company)| company).chain([partner]).collect();
    Ok(Mapped { upserts, findings, ..Mapped::default() })
}

/// The contact of a carrier, which casing does not part.
fn company(name: Span) -> (String, Upsert) {
    let id = name.to_lowercase();
    let mut company = carrier::upsert(id.clone());
    company.set(carrier::NAME, name);
    company.set(carrier::IS_COMPANY, true);
    (id, company)
}

/// The primary insurance, the secondary one, and all others. One of which the report does not say takes the first free
/// place.
fn sorted<'c>(coverages: &'c [Coverage], findings: &mut Vec<Finding>) -> [Vec<&'c Coverage>; 3] {
    let [mut first, mut second, mut rest] = [const { Vec::new() }; 3];
    let said = |of: Place| coverages.iter().filter(move |coverage| place(coverage) == of);
    for (wanted, place) in [(Place::First, &mut first), (Place::Second, &mut second)] {
        for coverage in said(wanted) {
            if place.is_empty() { place.push(coverage) } else { rest.push(coverage) }
        }
    }
    if !rest.is_empty() {
        let message = "several insurances have the same priority; the first of them fills the fields, the others stand in the details";
        findings.push(warning("same-priority", "insurance.coverages.priority", message));
    }
    for coverage in said(Place::Unsaid) {
        let free = [&mut first, &mut second].into_iter().find(|place| place.is_empty());
        free.unwrap_or(&mut rest).push(coverage);
        let message = "the report does not say which insurance pays first; they are taken in its order";
        if coverages.len() > 1 && findings.iter().all(|finding| finding.code != "no-priority") {
            findings.push(info("no-priority", "insurance.coverages.priority", message));
        }
    }
    rest.extend(said(Place::Later));
    [first, second, rest]
}

fn place(coverage: &Coverage) -> Place {
    let word = trimmed(coverage.priority).map_or(String::new(), |word| word.to_lowercase());
    let begins = |words: &[&str]| words.iter().any(|begin| word.starts_with(begin));
    match () {
        () if word.is_empty() => Place::Unsaid,
        () if begins(&["prim", "1", "first"]) => Place::First,
        () if begins(&["sec", "2"]) => Place::Second,
        () => Place::Later,
    }
}

/// Insurances without fields of their own in full, and the columns beside the fields of those with.
fn details(first: Option<&Coverage>, second: Option<&Coverage>, rest: &[&Coverage]) -> Option<String> {
    let beside = [("Primary", first), ("Secondary", second)].into_iter().filter_map(|(name, coverage)| {
        let behind = columns::behind(&coverage?.extra);
        (!behind.is_empty()).then(|| format!("{name}{behind}"))
    });
    let lines: Vec<String> = beside.chain(rest.iter().map(|coverage| in_full(coverage))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn in_full(c: &Coverage) -> String {
    let written = [c.coverage_percent, c.remaining_benefits].map(|amount| amount.map(|amount| amount.to_string()));
    let parts = [
        ("carrier", trimmed(c.carrier).as_deref().map(str::to_owned)),
        ("group", trimmed(c.group_number).as_deref().map(str::to_owned)),
        ("policy", trimmed(c.policy_number).as_deref().map(str::to_owned)),
        ("subscriber id", trimmed(c.subscriber_id).as_deref().map(str::to_owned)),
        ("subscriber", trimmed(c.subscriber_name).as_deref().map(str::to_owned)),
        ("coverage %", written[0].clone()),
        ("remaining", written[1].clone()),
    ];
    let filled = parts.into_iter().filter_map(|(name, value)| Some(format!("; {name}: {}", value?)));
    let priority = trimmed(c.priority).map_or_else(|| "Another".to_owned(), |word| word.to_string());
    format!("{priority}{}{}", filled.collect::<String>(), columns::behind(&c.extra))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::{Decimal, ExtraField, Scalar};

    use super::*;
    use crate::{MODULE, examples};

    fn mapped(coverages: Vec<Coverage>, setting: &str) -> Mapped {
        let context = Context::at(&MODULE, 0).set("secondary_insurance", setting);
        partner(&Insurance { patient_id: "17".into(), coverages }, &context).expect("maps")
    }

    fn row(coverages: Vec<Coverage>) -> Upsert {
        mapped(coverages, "fields").only(&partner::TARGET).expect("one contact").clone()
    }

    fn codes(coverages: Vec<Coverage>) -> Vec<String> {
        mapped(coverages, "fields").findings.into_iter().map(|finding| finding.code).collect()
    }

    fn whole(priority: &str, carrier: &str) -> Coverage {
        Coverage {
            group_number: Some("G-17".into()),
            policy_number: Some(" 000123 ".into()),
            subscriber_id: Some("S1".into()),
            subscriber_name: Some("Moss, Tom".into()),
            coverage_percent: Some(Decimal { unscaled: 80, scale: 0 }),
            remaining_benefits: Some(examples::cents(125_000)),
            ..examples::coverage(priority, carrier)
        }
    }

    #[test]
    fn each_insurance_has_its_set_of_fields() {
        let row = row(vec![whole("Secondary", "Umbra"), whole("Primary", "Acme Dental")]);
        assert_eq!(row.text(partner::CARRIER), Some("Acme Dental"));
        assert_eq!(row.text(partner::POLICY), Some("000123"), "digits as entered");
        assert_eq!(row.get(partner::PERCENT), Some(&Value::Float(80.0)));
        assert_eq!(row.get(partner::LEFT), Some(&Value::Decimal(examples::cents(125_000))));
        assert_eq!(row.text(partner::SECOND_CARRIER), Some("Umbra"));
        assert_eq!(row.text(partner::SECOND_SUBSCRIBER), Some("S1"));
        assert_eq!(row.text(partner::SECOND_HOLDER), Some("Moss, Tom"));
        let empty = [row.get(partner::SECOND_CONTACT), row.get(partner::DETAILS)];
        assert_eq!(empty, [Some(&Value::Empty), Some(&Value::Empty)]);
    }

    #[test]
    fn an_insurance_that_has_ended_does_not_stay() {
        let row = row(vec![whole("Primary", "Acme Dental")]);
        for field in [partner::SECOND_CARRIER, partner::SECOND_GROUP, partner::SECOND_POLICY] {
            assert_eq!(row.get(field), Some(&Value::Empty));
        }
    }

    #[test]
    fn by_setting_the_second_carrier_is_a_contact() {
        let mapped = mapped(vec![whole("Primary", "Acme"), whole("Secondary", "Umbra Mutual")], "contact");
        let company = mapped.only(&carrier::TARGET).expect("one carrier");
        assert_eq!(company.text(carrier::NAME), Some("Umbra Mutual"));
        let row = mapped.only(&partner::TARGET).expect("one contact");
        assert_eq!(row.get(partner::SECOND_CONTACT), Some(&Value::Reference(source("insurance", "umbra mutual"))));
        assert_eq!(row.get(partner::SECOND_CARRIER), Some(&Value::Empty));
        assert_eq!(row.text(partner::SECOND_GROUP), Some("G-17"), "the numbers are the patient's own");
    }

    #[test]
    fn nothing_of_a_third_insurance_is_lost() {
        let own = ExtraField { name: "Employer".into(), value: Scalar::Text("Acme & Sons".into()) };
        let third = Coverage { extra: vec![own], ..whole("Tertiary", "Penta") };
        let first = Coverage { extra: vec![own], ..whole("1", "Acme") };
        let row = row(vec![first, third]);
        let lines = "Primary; Employer: Acme & Sons\nTertiary; carrier: Penta; group: G-17; policy: 000123; subscriber id: S1; subscriber: Moss, Tom; coverage %: 80; remaining: 1250.00; Employer: Acme & Sons";
        assert_eq!(row.text(partner::DETAILS), Some(lines));
    }

    #[test]
    fn what_a_person_must_decide_is_told() {
        assert_eq!(codes(vec![whole("Primary", "A"), whole("primary", "B")]), ["same-priority"]);
        assert_eq!(codes(vec![whole("", "A"), whole("", "B"), whole(" ", "C")]), ["no-priority"]);
        assert!(codes(vec![whole("", "A")]).is_empty(), "of one there is no order");
        let odd = Coverage { coverage_percent: Some(examples::cents(12_000)), ..whole("Primary", "A") };
        assert_eq!(codes(vec![odd]), ["coverage-out-of-range"]);
        let row = row(vec![whole("", "A"), whole("Primary", "B"), whole("", "C")]);
        assert_eq!((row.text(partner::CARRIER), row.text(partner::SECOND_CARRIER)), (Some("B"), Some("A")));
        assert!(row.text(partner::DETAILS).is_some_and(|text| text.starts_with("Another; carrier: C")));
    }

    #[test]
    fn a_row_with_nothing_in_it_fills_nothing() {
        let bare = Coverage { priority: None, carrier: None, ..examples::coverage("", "") };
        let row = row(vec![bare]);
        assert_eq!((row.get(partner::CARRIER), row.get(partner::PERCENT)), (Some(&Value::Empty), Some(&Value::Empty)));
    }
}
