//! A practice's own columns: those that no record names, each in a custom field that the client has confirmed.
//!
//! The host hands them over as the setting `extras`, a JSON list of
//! `{"object": "patient", "column": "Ref By", "field": "x_ref_by", "kind": "char", "label": "Referred by"}`. `kind` is
//! `char`, `text`, `integer`, `float`, `boolean`, `date`, `datetime` or `selection`, which has `choices` too;
//! `"clinical": true` shows the field to the clinical group alone.

use crate::bindings::transform::effects::{Text, Value};
use crate::bindings::transform::manifest::{self, Choice, FieldKind};
use crate::module::{ModuleSpec, SettingSpec, setting};
use crate::target::TargetSpec;
use crate::text::written;
use crate::{Json, Scalar, time};

/// The setting, which every module has that declares `extras`.
pub(crate) const EXTRAS: SettingSpec = setting(
    "extras",
    "[]",
    "the practice's own columns and the custom fields that they go to; the host fills it from `[[extra]]` tables",
);

/// A column and its field.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    pub(crate) target: &'static TargetSpec,
    pub(crate) object: String,
    pub(crate) column: String,
    /// The field's place in the target, behind those that the module declares.
    pub(crate) field: u16,
    name: String,
    label: String,
    kind: FieldKind,
    clinical: bool,
}

/// The columns that the client has confirmed, for the targets of the module that take any.
///
/// # Errors
/// The setting cannot be read, or names what the module does not have.
pub(crate) fn read(module: &ModuleSpec, text: &str) -> Result<Vec<Extra>, String> {
    if module.extras.is_empty() {
        return Ok(Vec::new());
    }
    let Ok(Json::Array(list)) = serde_json::from_str(text) else {
        return Err("not a JSON list; hint: `[{\"object\": \"patient\", \"column\": \"Ref By\", \"field\": \"x_ref_by\", \"kind\": \"char\"}]`".to_owned());
    };
    let mut extras: Vec<Extra> = Vec::with_capacity(list.len());
    for one in &list {
        let word = |name: &str| one.get(name).and_then(Json::as_str).filter(|word| !word.is_empty());
        let (Some(object), Some(column), Some(name)) = (word("object"), word("column"), word("field")) else {
            return Err("`object`, `column` and `field` belong to every entry".to_owned());
        };
        let Some(&target) = module.extras.iter().find(|target| target.object == object) else {
            let known: Vec<_> = module.extras.iter().map(|target| format!("`{}`", target.object)).collect();
            return Err(format!("no columns of `{object}` are taken; those of {} are", known.join(", ")));
        };
        if !name.starts_with("x_") {
            return Err(format!("`{name}`: a custom field's name begins with `x_`"));
        }
        let kind = kind(one).ok_or_else(|| format!("`{name}`: no such `kind`, or a `selection` without `choices`"))?;
        let before = extras.iter().filter(|extra| core::ptr::eq(extra.target, target)).count();
        let field = u16::try_from(target.fields.len() + before).map_err(|_| "too many fields".to_owned())?;
        let label = word("label").unwrap_or(column).to_owned();
        let (object, column, name) = (object.to_owned(), column.to_owned(), name.to_owned());
        let clinical = one.get("clinical").and_then(Json::as_bool).unwrap_or(false);
        extras.push(Extra { target, object, column, field, name, label, kind, clinical });
    }
    Ok(extras)
}

fn kind(entry: &Json) -> Option<FieldKind> {
    Some(match entry.get("kind").and_then(Json::as_str)? {
        "char" => FieldKind::Char,
        "text" => FieldKind::Text,
        "integer" => FieldKind::Integer,
        "float" => FieldKind::Float,
        "boolean" => FieldKind::Boolean,
        "date" => FieldKind::Date,
        "datetime" => FieldKind::Datetime,
        "selection" => {
            let choices = entry.get("choices")?.as_array().filter(|choices| !choices.is_empty())?;
            let choice = |value: &Json| value.as_str().map(|v| Choice { value: v.to_owned(), label: v.to_owned() });
            FieldKind::Selection(choices.iter().map(choice).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

impl Extra {
    /// What the manifest says of the field.
    pub(crate) fn declaration(&self, clinical_group: &str) -> manifest::Field {
        let clinical = self.clinical && !clinical_group.is_empty();
        manifest::Field {
            name: self.name.clone(),
            kind: self.kind.clone(),
            custom: Some(self.label.clone()),
            section: Some("The practice's own".to_owned()),
            groups: clinical.then(|| clinical_group.to_owned()).into_iter().collect(),
            sources: vec![format!("{}.extra.{}", self.object, self.column)],
            rule: "as entered".to_owned(),
        }
    }

    pub(crate) fn kind_word(&self) -> &'static str {
        match self.kind {
            FieldKind::Integer => "a whole number",
            FieldKind::Float => "a number",
            FieldKind::Boolean => "yes or no",
            FieldKind::Date => "a day",
            FieldKind::Datetime => "a moment",
            FieldKind::Selection(_) => "one of the choices",
            _ => "text",
        }
    }

    /// The column's value for the field: typed as the host reads it, or as a text that says the same. An empty text is no
    /// value.
    ///
    /// # Errors
    /// It is of another kind.
    pub(crate) fn value(&self, value: &Scalar) -> Result<Value, ()> {
        let text = match value {
            Scalar::Text(text) => Some(text.trimmed()),
            _ => None,
        };
        if text.is_some_and(|text| text.is_empty()) {
            return Ok(Value::Empty);
        }
        let parsed = match (&self.kind, value) {
            (FieldKind::Char | FieldKind::Text, _) => Some(Value::Text(written(value))),
            (FieldKind::Selection(choices), _) => {
                let word = written(value);
                let choice = choices.iter().find(|choice| choice.value.eq_ignore_ascii_case(word.trim()));
                choice.map(|choice| Value::Text(Text::Made(choice.value.clone())))
            }
            (FieldKind::Integer, Scalar::Integer(number)) => Some(Value::Integer(*number)),
            (FieldKind::Integer, _) => text.and_then(|text| text.parse().ok()).map(Value::Integer),
            (FieldKind::Float, Scalar::Float(number)) => Some(Value::Float(*number)),
            (FieldKind::Float, Scalar::Decimal(number)) => Some(Value::Decimal(*number)),
            (FieldKind::Float, Scalar::Integer(number)) => Some(Value::Float(*number as f64)),
            (FieldKind::Float, _) => text.and_then(|text| text.parse().ok()).map(Value::Float),
            (FieldKind::Boolean, Scalar::Boolean(truth)) => Some(Value::Boolean(*truth)),
            (FieldKind::Boolean, Scalar::Integer(number @ (0 | 1))) => Some(Value::Boolean(*number == 1)),
            (FieldKind::Boolean, _) => text.and_then(|text| truth(&text)).map(Value::Boolean),
            (FieldKind::Date, Scalar::Date(day)) => Some(Value::Date(*day)),
            (FieldKind::Date, Scalar::Instant(moment)) => Some(Value::Date(time::day_of(*moment))),
            (FieldKind::Date, _) => text.and_then(|text| time::parse_day(&text)).map(Value::Date),
            (FieldKind::Datetime, Scalar::Instant(moment)) => Some(Value::Datetime(*moment)),
            (FieldKind::Datetime, Scalar::Date(day)) => Some(Value::Datetime(time::at_hour(*day, 0))),
            _ => None,
        };
        parsed.ok_or(())
    }
}

fn truth(word: &str) -> Option<bool> {
    let is = |words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other));
    match (is(&["yes", "y", "true", "t", "1"]), is(&["no", "n", "false", "f", "0"])) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "a declaration is public, and this module is not")]
mod tests {
    use super::*;
    use crate::bindings::transform::manifest::{Context as Given, Setting};
    use crate::{Context, Date, ExtraField, target};

    target! {
        /// A contact.
        pub contact: patient => "res.partner" {
            NAME = char("name") from [first_name];
        }
    }

    static MODULE: ModuleSpec = ModuleSpec {
        name: "m",
        version: "1",
        targets: &[&contact::TARGET],
        extras: &[&contact::TARGET],
        ..ModuleSpec::EMPTY
    };

    const CONFIRMED: &str = r#"[
        {"object": "patient", "column": "Ref By", "field": "x_ref_by", "kind": "char", "label": "Referred by"},
        {"object": "patient", "column": "Size", "field": "x_size", "kind": "selection", "choices": ["S", "L"]},
        {"object": "patient", "column": "Since", "field": "x_since", "kind": "date"}]"#;

    fn settings(text: &str) -> Vec<Setting> {
        vec![Setting { name: "extras".into(), value: text.into() }]
    }

    #[test]
    fn confirmed_columns_are_declared_and_filled() {
        let manifest = MODULE.manifest(&settings(CONFIRMED)).expect("a good setting");
        let names: Vec<_> = manifest.targets[0].fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["name", "x_ref_by", "x_size", "x_since"]);
        assert_eq!(manifest.targets[0].fields[1].custom.as_deref(), Some("Referred by"));
        assert_eq!(manifest.targets[0].fields[1].sources, ["patient.extra.Ref By"]);

        let context = Context::new(&MODULE, Given { as_of_seconds: 0, settings: settings(CONFIRMED) });
        let column = |name: &str, value| ExtraField { name: name.into(), value };
        let columns = [
            column("Since", Scalar::Text("2020-02-29".into())),
            column("Ref By", Scalar::Integer(7)),
            column("Size", Scalar::Text("XXL".into())),
        ];
        let mut row = contact::upsert("17");
        row.set(contact::NAME, "Ada");
        let findings = row.set_extras(&columns, &context);
        let cell = |at: usize| (row.cells[at + 1].field, row.cells[at + 1].value.clone());
        assert_eq!(cell(0), (1, Value::Text("7".into())));
        assert_eq!(cell(1), (2, Value::Empty));
        assert_eq!(cell(2), (3, Value::Date(Date { year: 2020, month: 2, day: 29 })));
        assert_eq!((findings.len(), findings[0].field.as_deref()), (1, Some("patient.Size")));
    }

    #[test]
    fn what_cannot_be_declared_is_an_error_with_the_way_out() {
        for (text, part) in [
            ("7", "not a JSON list"),
            (r#"[{"object": "dog", "column": "C", "field": "x_c", "kind": "char"}]"#, "those of `patient` are"),
            (r#"[{"object": "patient", "column": "C", "field": "c", "kind": "char"}]"#, "begins with `x_`"),
            (r#"[{"object": "patient", "column": "C", "field": "x_c", "kind": "blob"}]"#, "no such `kind`"),
            (r#"[{"object": "patient", "column": "C", "kind": "char"}]"#, "belong to every entry"),
        ] {
            let error = MODULE.manifest(&settings(text)).expect_err(text);
            assert!(error.name == "extras" && error.message.contains(part), "{}", error.message);
        }
    }
}
