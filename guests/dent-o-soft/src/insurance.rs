//! Dent-O-Soft patient insurance → fields of the patient's `res.partner`, exactly as entered.

use odograft_sdk::dent_o_soft::{Insurance, Policy};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Finding, Mapped, Rejection, Span, target, warning};

target! {
    /// The policies of a patient, on the patient's contact.
    pub partner: insurance => "res.partner" .existing_only() .many_to_one() .note("fields of the patient's contact") {
        PROVIDER = custom_char("x_primary_insurance_provider", "Primary insurance") from [policies.provider, policies.priority]
            .rule("of the primary policy, exactly as entered") .section("Insurance");
        POLICY = custom_char("x_insurance_policy_number", "Policy number") from [policies.policy_number, policies.priority]
            .rule("of the primary policy, exactly as entered") .section("Insurance");
        GROUP = custom_char("x_insurance_group_number", "Group number") from [policies.group_number, policies.priority]
            .rule("of the primary policy, exactly as entered") .section("Insurance");
        SUBSCRIBER_ID = custom_char("x_insurance_subscriber_id", "Subscriber number") from [policies.subscriber_id, policies.priority]
            .rule("of the primary policy, exactly as entered") .section("Insurance");
        SUBSCRIBER = custom_char("x_insurance_subscriber_name", "Subscriber") from [policies.subscriber_name, policies.priority]
            .rule("of the primary policy, exactly as entered") .section("Insurance");
        SECOND_PROVIDER = custom_char("x_secondary_insurance_provider", "Secondary insurance") from [policies.provider, policies.priority]
            .rule("of the secondary policy, exactly as entered") .section("Insurance");
        SECOND_POLICY = custom_char("x_secondary_insurance_policy_number", "Secondary policy number") from [policies.policy_number, policies.priority]
            .rule("of the secondary policy, exactly as entered") .section("Insurance");
        SECOND_GROUP = custom_char("x_secondary_insurance_group_number", "Secondary group number") from [policies.group_number, policies.priority]
            .rule("of the secondary policy, exactly as entered") .section("Insurance");
        SECOND_SUBSCRIBER_ID = custom_char("x_secondary_insurance_subscriber_id", "Secondary subscriber number") from [policies.subscriber_id, policies.priority]
            .rule("of the secondary policy, exactly as entered") .section("Insurance");
        SECOND_SUBSCRIBER = custom_char("x_secondary_insurance_subscriber_name", "Secondary subscriber") from [policies.subscriber_name, policies.priority]
            .rule("of the secondary policy, exactly as entered") .section("Insurance");
        OTHERS = custom_text("x_other_insurance", "Further policies")
            from [policies.priority, policies.provider, policies.policy_number, policies.group_number, policies.subscriber_id, policies.subscriber_name]
            .rule("one line for each policy that is neither the primary nor the secondary one") .section("Insurance");
    }
}

/// Where a policy stands among a patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Primary,
    Secondary,
    Later,
    /// The export does not say.
    Unsaid,
}

/// A patient's policies in their places.
#[derive(Default)]
struct Places<'p> {
    primary: Option<&'p Policy>,
    secondary: Option<&'p Policy>,
    others: Vec<&'p Policy>,
    findings: Vec<Finding>,
}

/// The insurance fields of the patient's contact.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn partner(insurance: &Insurance, _: &Context) -> Result<Mapped, Rejection> {
    let Places { primary, secondary, others, findings } = places(&insurance.policies);
    let first = |field: fn(&Policy) -> Option<Span>| primary.and_then(field).filter(has_words);
    let second = |field: fn(&Policy) -> Option<Span>| secondary.and_then(field).filter(has_words);

    let mut partner = partner::upsert(insurance.patient_id).on("patient");
    partner.set_or_clear(partner::PROVIDER, first(|p| p.provider));
    partner.set_or_clear(partner::POLICY, first(|p| p.policy_number));
    partner.set_or_clear(partner::GROUP, first(|p| p.group_number));
    partner.set_or_clear(partner::SUBSCRIBER_ID, first(|p| p.subscriber_id));
    partner.set_or_clear(partner::SUBSCRIBER, first(|p| p.subscriber_name));
    partner.set_or_clear(partner::SECOND_PROVIDER, second(|p| p.provider));
    partner.set_or_clear(partner::SECOND_POLICY, second(|p| p.policy_number));
    partner.set_or_clear(partner::SECOND_GROUP, second(|p| p.group_number));
    partner.set_or_clear(partner::SECOND_SUBSCRIBER_ID, second(|p| p.subscriber_id));
    partner.set_or_clear(partner::SECOND_SUBSCRIBER, second(|p| p.subscriber_name));
    let lines: Vec<String> = others.into_iter().filter_map(line).collect();
    partner.set_or_clear(partner::OTHERS, (!lines.is_empty()).then(|| lines.join("\n")));
    Ok(Mapped { findings, ..partner.into() })
}

/// Blanks alone are no value; blanks around one are as entered.
fn has_words(text: &Span) -> bool {
    !text.trim().is_empty()
}

/// Each policy goes where its priority says; what says nothing takes the first place that is free.
fn places(policies: &[Policy]) -> Places<'_> {
    let mut places = Places::default();
    let mut twice = false;
    for policy in policies {
        let place = match rank(policy.priority) {
            Rank::Primary => &mut places.primary,
            Rank::Secondary => &mut places.secondary,
            Rank::Later => {
                places.others.push(policy);
                continue;
            }
            Rank::Unsaid => continue,
        };
        if place.is_none() {
            *place = Some(policy);
        } else {
            twice = true;
            places.others.push(policy);
        }
    }
    let unsaid = policies.iter().filter(|policy| rank(policy.priority) == Rank::Unsaid && !is_empty(policy));
    for policy in unsaid.clone() {
        match (&places.primary, &places.secondary) {
            (None, _) => places.primary = Some(policy),
            (_, None) => places.secondary = Some(policy),
            _ => places.others.push(policy),
        }
    }
    if twice {
        let message = "two policies have the same priority; one is taken, the other is among the further policies";
        places.findings.push(warning("same-priority", "insurance.policies.priority", message));
    }
    if unsaid.count() > 0 {
        let message =
            "a policy does not say whether it is the primary or the secondary one; it has the first free place";
        places.findings.push(warning("no-priority", "insurance.policies.priority", message));
    }
    places
}

fn rank(priority: Option<Span>) -> Rank {
    let Some(word) = trimmed(priority) else { return Rank::Unsaid };
    match word.to_lowercase().as_str() {
        "primary" | "pri" | "p" | "1" | "1st" | "first" => Rank::Primary,
        "secondary" | "sec" | "s" | "2" | "2nd" | "second" => Rank::Secondary,
        _ => Rank::Later,
    }
}

fn is_empty(p: &Policy) -> bool {
    let fields = [p.provider, p.policy_number, p.group_number, p.subscriber_id, p.subscriber_name];
    fields.iter().flatten().all(|text| !has_words(text))
}

/// `tertiary: Acme Dental Plan, policy 0042, group G-17, subscriber S1 (Moss)`; none for a policy that says nothing.
fn line(p: &Policy) -> Option<String> {
    let named = |what: &str, text: Option<Span>| text.filter(has_words).map(|text| format!("{what} {text}"));
    let holder = p.subscriber_name.filter(has_words).map(|name| format!("({name})"));
    let subscriber = joined(&[named("subscriber", p.subscriber_id).as_deref(), holder.as_deref()], " ");
    let parts = [
        p.provider.filter(has_words).map(|name| name.to_string()),
        named("policy", p.policy_number),
        named("group", p.group_number),
        subscriber,
    ];
    let words = joined(&parts.each_ref().map(Option::as_deref), ", ")?;
    Some(trimmed(p.priority).map_or_else(|| words.clone(), |priority| format!("{priority}: {words}")))
}

#[cfg(test)]
mod tests {
    use odograft_sdk::Upsert;
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::policy;

    fn of(priority: &str, provider: &str) -> Policy {
        Policy { priority: Some(priority.into()), provider: Some(provider.into()), ..policy() }
    }

    fn mapped(policies: Vec<Policy>) -> (Upsert, Vec<String>) {
        let insurance = Insurance { patient_id: "17".into(), policies };
        let mapped = partner(&insurance, &Context::at(&MODULE, 0)).expect("maps");
        let codes = mapped.findings.iter().map(|finding| finding.code.clone()).collect();
        (mapped.only(&partner::TARGET).expect("one contact").clone(), codes)
    }

    #[test]
    fn values_are_exactly_as_entered() {
        let primary = Policy {
            policy_number: Some(" 00042-A ".into()),
            group_number: Some("  ".into()),
            ..of("Primary", "acme DENTAL")
        };
        let (row, codes) = mapped(vec![primary]);
        assert_eq!((row.text(partner::PROVIDER), row.text(partner::POLICY)), (Some("acme DENTAL"), Some(" 00042-A ")));
        assert_eq!(
            (row.get(partner::GROUP), row.get(partner::SECOND_PROVIDER)),
            (Some(&Value::Empty), Some(&Value::Empty))
        );
        assert_eq!(codes, [""; 0]);
    }

    #[test]
    fn every_policy_has_a_place_whatever_the_order() {
        let (row, codes) = mapped(vec![of("tertiary", "C"), of("2", "B"), of("PRI", "A")]);
        assert_eq!((row.text(partner::PROVIDER), row.text(partner::SECOND_PROVIDER)), (Some("A"), Some("B")));
        assert_eq!(row.text(partner::OTHERS), Some("tertiary: C"));
        assert_eq!(codes, [""; 0]);
    }

    #[test]
    fn two_primary_policies_are_pointed_out_and_none_is_lost() {
        let second = Policy { policy_number: Some("7".into()), ..of("primary", "B") };
        let (row, codes) = mapped(vec![of("primary", "A"), second]);
        assert_eq!((row.text(partner::PROVIDER), row.text(partner::OTHERS)), (Some("A"), Some("primary: B, policy 7")));
        assert_eq!(codes, ["same-priority"]);
    }

    #[test]
    fn a_policy_without_a_priority_takes_the_first_free_place() {
        let (row, codes) = mapped(vec![of(" ", "B"), of("primary", "A"), policy(), of("", "C")]);
        assert_eq!((row.text(partner::PROVIDER), row.text(partner::SECOND_PROVIDER)), (Some("A"), Some("B")));
        assert_eq!(row.text(partner::OTHERS), Some("C"));
        assert_eq!(codes, ["no-priority"]);
    }

    #[test]
    fn a_line_says_what_is_there() {
        let full = Policy {
            policy_number: Some("0042".into()),
            group_number: Some("G-17".into()),
            subscriber_id: Some("S1".into()),
            subscriber_name: Some("Moss".into()),
            ..of("tertiary", "Acme Dental Plan")
        };
        let words = "tertiary: Acme Dental Plan, policy 0042, group G-17, subscriber S1 (Moss)";
        assert_eq!(line(&full).as_deref(), Some(words));
        assert_eq!(line(&Policy { subscriber_name: Some("Moss".into()), ..policy() }).as_deref(), Some("(Moss)"));
        assert_eq!(line(&Policy { priority: Some("tertiary".into()), ..policy() }), None);
    }
}
