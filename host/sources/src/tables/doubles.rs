//! Members that a manifest has twice. JSON's readers take the last of them, and what the first one says would be lost
//! without a word.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// The paths of members that stand twice in their object, such as `tables.patient`; none of a text that is no JSON.
pub(super) fn doubles(text: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    let walk = Walk { path: "", found: &mut found };
    match walk.deserialize(&mut serde_json::Deserializer::from_str(text)) {
        Ok(()) => found.into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// A value on its way, and where it stands.
struct Walk<'w> {
    path: &'w str,
    found: &'w mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            members.next_value_seed(Walk { path: &path, found: &mut *self.found })?;
            if !seen.insert(name) {
                self.found.insert(path);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(()) = items.next_element_seed(Walk { path: self.path, found: &mut *self.found })? {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::doubles;

    #[test]
    fn a_member_that_stands_twice_is_found_wherever_it_stands() {
        let text =
            r#"{"a":1,"tables":{"client":{"key":"id"},"client":{"key":true,"key":null}},"a":[{"b":1.5,"b":-2}]}"#;
        assert_eq!(doubles(text), ["a", "a.b", "tables.client", "tables.client.key"]);
    }

    #[test]
    fn one_name_in_two_objects_is_none() {
        assert_eq!(doubles(r#"{"tables":{"a":{"file":"a.csv"},"b":{"file":"b.csv"}},"file":"c"}"#), [""; 0]);
        assert_eq!(doubles(r#"{"a":1,"a":"#), [""; 0], "what is no JSON is told as that");
    }
}
