//! Rows of the API as a truth reads them, and what their values mean.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::super::{Holds, Key, Said};

/// A row of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'v>(pub(super) &'v Value);

impl<'v> Row<'v> {
    /// A value as the API sends it.
    pub(super) fn raw(&self, name: &str) -> &'v Value {
        &self.0[name]
    }

    /// A value as text, without the blanks around it; empty where there is none.
    pub(super) fn get(&self, name: &str) -> String {
        text(&self.0[name])
    }

    /// The values as a list: what the source says where several of them meet in a field.
    pub(super) fn all(&self, names: &[&str]) -> Value {
        names.iter().map(|name| self.0[*name].clone()).collect()
    }

    /// What is filled of these values.
    pub(super) fn joined(&self, names: &[&str], between: &str) -> String {
        let filled: Vec<String> = names.iter().map(|name| self.get(name)).filter(|text| !text.is_empty()).collect();
        filled.join(between)
    }

    /// Whether it says yes.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0[name] == true
    }

    /// The day that it names; none where it is no day.
    pub(super) fn day(&self, name: &str) -> Option<Date> {
        self.get(name).parse().ok()
    }

    /// The moment as Odoo has it, in UTC and to the second.
    pub(super) fn utc(&self, name: &str) -> Option<String> {
        Some(moment(&self.get(name))?.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// A field that holds the value as it stands there, but for blanks around it.
    pub(super) fn same(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::text(self.get(name)))
    }

    /// A field that holds something else than the value.
    pub(super) fn changed(&self, field: &'static str, name: &str, odoo: Holds) -> Said {
        Said::changed(field, self.0[name].clone(), odoo)
    }

    /// A field that holds the value in small letters, as e-mail addresses are kept.
    pub(super) fn lower(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::text(self.get(name).to_lowercase()))
    }

    /// A field that holds the day; nothing where it is none.
    pub(super) fn dated(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::text(self.day(name).map(|day| day.to_string()).unwrap_or_default()))
    }

    /// A field that holds the moment, in UTC.
    pub(super) fn timed(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::text(self.utc(name).unwrap_or_default()))
    }

    /// A field that holds the number, or the truth, as it is.
    pub(super) fn plain(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::Is(self.0[name].clone()))
    }

    /// A field that holds the amount.
    pub(super) fn amount(&self, field: &'static str, name: &str) -> Said {
        self.changed(field, name, Holds::Is(number(&self.get(name)).into()))
    }

    /// A field that holds the answer to a question that patients are asked.
    pub(super) fn answer(&self, field: &'static str, name: &str) -> Said {
        let odoo = match self.0[name].as_bool() {
            Some(true) => Holds::Is("yes".into()),
            Some(false) => Holds::Is("no".into()),
            None => Holds::Empty,
        };
        self.changed(field, name, odoo)
    }
}

/// A value as text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// The moment that a text names.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// An amount as a number of Odoo's: the one that is nearest to the text.
pub(super) fn number(amount: &str) -> f64 {
    amount.parse().unwrap_or_default()
}

/// Amounts added up without losing a digit, as text with as many digits behind the point as the one with the most.
pub(super) fn sum<'t>(amounts: impl IntoIterator<Item = &'t str>) -> String {
    let (mut total, mut most) = (0_i64, 0);
    for amount in amounts {
        let digits = amount.split_once('.').map_or(0, |(_, behind)| behind.len());
        most = most.max(digits);
        let whole: i64 = amount.replace('.', "").parse().unwrap_or_default();
        total += whole * 10_i64.pow(u32::try_from(2 - digits.min(2)).unwrap_or(0));
    }
    let (sign, cents) = (if total < 0 { "-" } else { "" }, total.abs());
    match most {
        0 => format!("{sign}{}", cents / 100),
        1 => format!("{sign}{}.{}", cents / 100, cents % 100 / 10),
        _ => format!("{sign}{}.{:02}", cents / 100, cents % 100),
    }
}

/// The amount with the other sign.
pub(super) fn negated(amount: &str) -> String {
    match amount.strip_prefix('-') {
        Some(amount) => amount.to_owned(),
        None if amount.chars().all(|c| matches!(c, '0' | '.')) => amount.to_owned(),
        None => format!("-{amount}"),
    }
}

/// A reference to a British county, which Odoo counts as a state.
pub(super) fn county(name: &str) -> Holds {
    match name {
        "" => Holds::Empty,
        name => {
            let key = Key::Holding(vec![("name", name.to_owned()), ("country_id.code", "GB".to_owned())]);
            Holds::Record("res.country.state", key)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_mean_what_the_api_means_by_them() {
        let row = json!({"id": 17, "name": " Ada ", "at": "2026-07-04T14:30:00.250+01:00", "born": "31/02/1980", "sms": false});
        let row = Row(&row);
        assert_eq!((row.get("id").as_str(), row.get("name").as_str(), row.get("gone").as_str()), ("17", "Ada", ""));
        assert_eq!((row.utc("at").as_deref(), row.day("born")), (Some("2026-07-04 13:30:00"), None));
        assert_eq!(row.answer("x", "sms").odoo, Holds::Is("no".into()));
    }

    #[test]
    fn amounts_add_up_to_the_last_digit() {
        assert_eq!(sum(["12.5", "120.0", "-0.05"]), "132.45");
        assert_eq!(sum(["12.5", "-20.0"]), "-7.5");
        assert_eq!(
            (sum([]), negated("12.5"), negated("0.0"), negated("-1.0")),
            ("0".to_owned(), "-12.5".to_owned(), "0.0".to_owned(), "1.0".to_owned(),)
        );
    }
}
