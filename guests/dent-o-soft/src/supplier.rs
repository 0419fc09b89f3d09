//! Dent-O-Soft supplier or laboratory → a company among the contacts, with tags; its contact person → a child contact.

use odograft_sdk::dent_o_soft::Supplier;
use odograft_sdk::text::trimmed;
use odograft_sdk::{Context, Mapped, Rejection, Span, Upsert, reject, source, target};

use crate::{address, contact};

/// The source object that tags are known by: suppliers share them.
const TAG: &str = "contact-tag";

target! {
    /// Dent-O-Soft supplier → `res.partner`.
    pub partner: supplier => "res.partner" .one_to_many() .note("the supplier, and its contact person as a child of the supplier") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [name, contact_name]
            .rule("the name, else the contact person; the child has the contact person's");
        IS_COMPANY = boolean("is_company") from [name] .rule("a company where it has a name of its own");
        CATEGORY = custom_selection("x_contact_category", "Contact category", crate::contact::CATEGORIES) from []
            .rule("always `supplier`") .section("Contact");
        IS_LAB = custom_boolean("x_is_dental_lab", "Dental laboratory") from [is_lab] .section("Supplier");
        TAGS = many2many("category_id", "res.partner.category") from [is_lab, category]
            .rule("`Supplier`, `Dental lab` where it is one, and the practice's own category");
        ACCOUNT = char("ref") from [account_number] .rule("the practice's customer number there");
        EMAIL = char("email") from [email] .rule("trimmed, lower-cased");
        PHONE = char("phone") from [phone];
        STREET = char("street") from [address_line1];
        STREET2 = char("street2") from [address_line2];
        CITY = char("city") from [city];
        STATE = many2one("state_id", "res.country.state") from [state, country]
            .rule("found by code, else by name, within the country");
        POSTCODE = char("zip") from [postal_code];
        COUNTRY = many2one("country_id", "res.country") from [country, address_line1, address_line2, city, state, postal_code]
            .rule("found by code, else by name; where an address names none, the one of the setting `country`");
        ACTIVE = boolean("active") from [active] .rule("suppliers of the past are archived contacts");
        PARENT = many2one("parent_id", "res.partner") from [id, contact_name, name] .rule("of the contact person: the supplier");
        TYPE = selection("type", &[("contact", "Contact")]) from [contact_name, name]
            .rule("of the contact person: `contact`, who is met at the supplier's address");
    }
}

target! {
    /// What Odoo's invoicing knows suppliers by.
    pub ranked: supplier => "res.partner" .needs_app("account") .note("only where the Invoicing app has brought the field") {
        RANK = integer("supplier_rank") from [] .rule("always 1: a supplier");
    }
}

target! {
    /// A tag of contacts.
    pub tag: supplier => "res.partner.category" .adopt_by(&["name"]) .many_to_one()
        .note("one for each name; a tag that Odoo has already is taken") {
        NAME = char("name") from [is_lab, category] .rule("`Supplier`, `Dental lab`, and the practice's own categories");
    }
}

/// The contact that a supplier becomes, its tags, and its contact person.
///
/// # Errors
/// A supplier with neither a name nor a contact person: no name is ever invented.
pub fn partner(s: &Supplier, context: &Context) -> Result<Mapped, Rejection> {
    let (own_name, person) = (trimmed(s.name), trimmed(s.contact_name));
    let Some(name) = own_name.or(person) else {
        return Err(reject("no-name", "supplier.name", "neither name nor contact person is filled"));
    };
    let tags = tags(s);

    let mut partner = partner::upsert(s.id);
    partner.set(partner::NAME, name);
    partner.set(partner::IS_COMPANY, own_name.is_some());
    partner.set(partner::CATEGORY, "supplier");
    partner.set(partner::IS_LAB, s.is_lab == Some(true));
    partner.set(partner::TAGS, tags.iter().map(|tag| source(TAG, *tag)).collect::<Vec<_>>());
    partner.set_or_clear(partner::ACCOUNT, trimmed(s.account_number));
    partner.set_or_clear(partner::EMAIL, contact::email(s.email));
    partner.set_or_clear(partner::PHONE, trimmed(s.phone));
    address::fill!(partner, partner, s, context);
    partner.set(partner::ACTIVE, s.active.unwrap_or(true));

    let mut findings = Vec::from_iter(contact::check_email(s.email, "supplier.email"));
    findings.extend(partner.set_extras(&s.extra, context));
    let mut ranked = ranked::upsert(s.id);
    ranked.set(ranked::RANK, 1);
    let mut upserts: Vec<Upsert> = tags.iter().map(|name| tag(name)).collect();
    upserts.extend([partner, ranked]);
    upserts.extend(own_name.and(person).map(|name| contact_person(s, name)));
    Ok(Mapped { upserts, findings, ..Mapped::default() })
}

/// The names of a supplier's tags, each once.
fn tags(s: &Supplier) -> Vec<&str> {
    let lab = (s.is_lab == Some(true)).then_some("Dental lab");
    let own = s.category.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let mut tags = vec!["Supplier"];
    for name in lab.into_iter().chain(own) {
        if !tags.iter().any(|tag| tag.eq_ignore_ascii_case(name)) {
            tags.push(name);
        }
    }
    tags
}

fn tag(name: &str) -> Upsert {
    let mut tag = tag::upsert(name).on(TAG);
    tag.set(tag::NAME, name);
    tag
}

/// The person whom one asks for at the supplier.
fn contact_person(s: &Supplier, name: Span) -> Upsert {
    let mut person = partner::upsert(s.id).on("supplier-contact");
    person.set(partner::NAME, name);
    person.set(partner::PARENT, source("supplier", s.id));
    person.set(partner::TYPE, "contact");
    person
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::supplier;

    fn mapped(s: &Supplier) -> Mapped {
        partner(s, &Context::at(&MODULE, 0)).expect("maps")
    }

    /// The supplier's own contact.
    fn row(mapped: &Mapped) -> &Upsert {
        mapped.upserts.iter().find(|row| row.text(partner::CATEGORY) == Some("supplier")).expect("the supplier")
    }

    #[test]
    fn a_laboratory_is_a_company_with_tags_and_a_person_to_ask_for() {
        let lab = Supplier {
            name: Some("Testham Dental Lab & Sons".into()),
            contact_name: Some("Ines Duarte".into()),
            is_lab: Some(true),
            category: Some(" Prosthetics ".into()),
            account_number: Some("0042".into()),
            ..supplier("S1")
        };
        let mapped = mapped(&lab);
        let row = row(&mapped);
        assert_eq!(
            (row.text(partner::NAME), row.text(partner::ACCOUNT)),
            (Some("Testham Dental Lab & Sons"), Some("0042"))
        );
        assert_eq!(row.get(partner::IS_LAB), Some(&Value::Boolean(true)));
        let tags = ["Supplier", "Dental lab", "Prosthetics"];
        assert_eq!(row.get(partner::TAGS), Some(&Value::References(tags.map(|tag| source(TAG, tag)).to_vec())));
        let named: Vec<_> = mapped.upserts[..3].iter().map(|row| row.text(tag::NAME).expect("a tag")).collect();
        assert_eq!(named, tags);
        let person = mapped.upserts.last().expect("the person");
        assert_eq!((person.text(partner::NAME), person.text(partner::TYPE)), (Some("Ines Duarte"), Some("contact")));
        assert_eq!(person.get(partner::PARENT), Some(&Value::Reference(source("supplier", "S1"))));
    }

    #[test]
    fn a_supplier_is_ranked_where_the_field_exists() {
        let mapped = mapped(&Supplier { name: Some("Depot".into()), ..supplier("S2") });
        let ranked = mapped.only(&ranked::TARGET).expect("one rank");
        assert_eq!(ranked.get(ranked::RANK), Some(&Value::Integer(1)));
    }

    #[test]
    fn a_person_without_a_company_is_the_supplier() {
        let mapped = mapped(&Supplier { contact_name: Some("Ines".into()), ..supplier("S1") });
        assert_eq!(row(&mapped).text(partner::NAME), Some("Ines"));
        assert_eq!(row(&mapped).get(partner::IS_COMPANY), Some(&Value::Boolean(false)));
        assert_eq!(mapped.upserts.len(), 3, "one tag, the contact, its rank: no child");
        assert_eq!(partner(&supplier("S1"), &Context::at(&MODULE, 0)).expect_err("nameless").code, "no-name");
    }

    #[test]
    fn a_tag_is_there_once() {
        let depot = Supplier { category: Some("SUPPLIER".into()), ..supplier("S2") };
        assert_eq!(tags(&depot), ["Supplier"]);
    }
}
