//! Names that stand in the account's own lists, while records have only their numbers: of payment plans, of sources, of
//! those who treat.
//!
//! A record is mapped by itself, so the lists come as a setting. Where it is silent, numbers are carried; nothing is ever
//! guessed.

use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Finding, Json, SettingSpec, Span, Text, setting, warning};

/// The account's lists.
pub const LISTS: SettingSpec = setting(
    "lists",
    "{}",
    "the account's own lists, by which records tell names instead of numbers: object, number, and the row with the API's columns, as `{\"payment_plan\": {\"9001\": {\"name\": \"Private\"}}}`",
)
.json();

/// All rows of a list, by number; none where the setting does not have the list.
#[must_use]
pub fn rows<'c>(context: &'c Context, list: &str) -> Option<&'c Json> {
    context.json(LISTS.name()).get(list).filter(|rows| rows.is_object())
}

/// Whether a list has this number; none where the setting does not have the list.
#[must_use]
pub fn has(context: &Context, list: &str, number: &str) -> Option<bool> {
    Some(rows(context, list)?.get(number).is_some())
}

/// What a row holds in the first of these columns that it fills; a number may stand as one, such as a code of digits.
#[must_use]
pub fn word(row: &Json, columns: &[&str]) -> Option<String> {
    let filled = |column: &&str| match row.get(*column)? {
        Json::String(word) => Some(word.trim().to_owned()).filter(|word| !word.is_empty()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    };
    columns.iter().find_map(filled)
}

/// What a list calls the row with this number, by the first of these columns that it fills.
#[must_use]
pub fn name(context: &Context, list: &str, number: &str, columns: &[&str]) -> Option<String> {
    word(rows(context, list)?.get(number)?, columns)
}

/// The same, else the number itself.
#[must_use]
pub fn name_or_number(context: &Context, list: &str, number: Option<Span>, columns: &[&str]) -> Option<Text> {
    let number = trimmed(number)?;
    Some(name(context, list, &number, columns).map_or_else(|| number.into(), Text::from))
}

/// The name of a practitioner as their log-in has it, title first; else the number.
#[must_use]
pub fn practitioner(context: &Context, number: Option<Span>) -> Option<Text> {
    let number = trimmed(number)?;
    let user = || rows(context, "practitioner")?.get(&*number)?.get("user");
    let name = user().and_then(|user| {
        joined(&["title", "first_name", "last_name"].map(|part| user.get(part).and_then(Json::as_str)), " ")
    });
    Some(name.map_or_else(|| number.into(), Text::from))
}

/// A remark where a list is there and does not have the number.
#[must_use]
pub fn missing(context: &Context, list: &str, number: Option<Span>, field: &str) -> Option<Finding> {
    let number = trimmed(number)?;
    let message = format!("no row of the list `{list}` has this number; the number is carried");
    (has(context, list, &number) == Some(false)).then(|| warning("not-in-list", field, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULE;

    fn context() -> Context {
        Context::at(&MODULE, 0).set(
            "lists",
            r#"{
                "payment_plan": {"9001": {"name": " Private ", "active": true}, "9002": {"name": ""}},
                "practitioner": {"7": {"user": {"title": "Dr", "first_name": "Sam", "last_name": "Lee"}}, "8": {"user": null}}
            }"#,
        )
    }

    #[test]
    fn a_number_is_told_by_its_name_and_else_as_it_is() {
        let told = |number: &str| name_or_number(&context(), "payment_plan", Some(number.into()), &["name"]);
        assert_eq!(told("9001").as_deref(), Some("Private"));
        assert_eq!(told("9002").as_deref(), Some("9002"), "a row without a name");
        assert_eq!(told("9009").as_deref(), Some("9009"));
        assert_eq!(told(" "), None);
        assert_eq!(word(&odograft_sdk::json!({"code": 101}), &["code"]).as_deref(), Some("101"));
        let silent = Context::at(&MODULE, 0);
        assert_eq!(name_or_number(&silent, "payment_plan", Some("9001".into()), &["name"]).as_deref(), Some("9001"));
    }

    #[test]
    fn a_practitioner_goes_by_the_name_of_the_log_in() {
        let told = |number: &str| practitioner(&context(), Some(number.into())).map(|name| name.to_string());
        assert_eq!(told("7").as_deref(), Some("Dr Sam Lee"));
        assert_eq!(told("8").as_deref(), Some("8"));
        assert_eq!(practitioner(&context(), None), None);
    }

    #[test]
    fn only_a_list_that_is_there_can_lack_a_number() {
        let code = |list: &str, number: &str| {
            missing(&context(), list, Some(number.into()), "patient.payment_plan_id").map(|finding| finding.code)
        };
        assert_eq!(code("payment_plan", "9009").as_deref(), Some("not-in-list"));
        assert_eq!((code("payment_plan", "9001"), code("acquisition_source", "s1")), (None, None));
    }
}
