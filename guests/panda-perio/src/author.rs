//! Who has written something: the provider's contact. A provider who has the e-mail and the name of an Odoo user is that
//! user's own contact, see [`crate::provider`].

use odograft_sdk::{Reference, Span, source};

/// Who is told as the author where PANDA names nobody; left alone, Odoo would name the user who migrates.
const NOBODY: &str = "PANDA Perio";

/// The provider's contact.
#[must_use]
pub fn contact(provider: Option<Span>) -> Option<Reference> {
    provider.map(|id| source("provider", id))
}

/// What stands for the author of something that nobody in particular has written.
#[must_use]
pub fn unnamed(provider: Option<Span>) -> Option<&'static str> {
    provider.is_none().then_some(NOBODY)
}
