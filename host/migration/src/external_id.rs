//! External ids: the lasting tie between a source record and its Odoo record.

use std::fmt::Write as _;

/// The longest name that is spelled out; longer ones end in their digest.
const LONGEST: usize = 100;

/// `odograft_clinic.res_partner_patient_17`: the same source record always gets the same id, and two
/// records never share one.
///
/// Odoo takes letters, digits, `-` and `_` everywhere; every other byte of the source's own words is
/// written as `_` and two hexadecimal digits, `_` itself included, so that nothing is ambiguous.
#[must_use]
pub fn external_id(module: &str, model: &str, object: &str, source_id: &str) -> String {
    let mut name = String::with_capacity(model.len() + object.len() + source_id.len() + 2);
    for (position, part) in [model, object, source_id].into_iter().enumerate() {
        if position > 0 {
            // Never made by escaping: an escape is followed by digits `0` to `9` and `a` to `f`.
            name.push_str("__");
        }
        escape(part, &mut name);
    }
    if name.len() > LONGEST {
        let digest = blake3::hash(name.as_bytes()).to_hex();
        let kept: String = name.chars().take(LONGEST - 33).collect();
        name = format!("{kept}-{}", &digest[..32]);
    }
    format!("{module}.{name}")
}

fn escape(part: &str, out: &mut String) {
    for byte in part.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => out.push(char::from(byte)),
            other => {
                // Writing to a string cannot fail.
                let _ = write!(out, "_{other:02x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_like_what_it_names() {
        assert_eq!(
            external_id("odograft_demo", "res.partner", "patient", "17"),
            "odograft_demo.res_2epartner__patient__17"
        );
    }

    proptest! {
        #[test]
        fn odoo_takes_every_one(object in ".{0,20}", id in ".{0,200}") {
            let made = external_id("m", "res.partner", &object, &id);
            let name = made.strip_prefix("m.").expect("has its module");
            prop_assert!(name.len() <= LONGEST);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }

        #[test]
        fn two_records_never_share_one(a in ("[a-z_]{0,4}", "[-a_ ü0-9]{0,6}"), b in ("[a-z_]{0,4}", "[-a_ ü0-9]{0,6}")) {
            prop_assume!(a != b);
            prop_assert_ne!(external_id("m", "x", &a.0, &a.1), external_id("m", "x", &b.0, &b.1));
        }
    }
}
