//! NHS numbers stay in the clinical system.

use odograft_sdk::below;

below! {
    /// The contact that the mapping below makes of a patient.
    pub contact: patient => "res.partner" {
        NHS_NUMBER = char("x_nhs_number") dropped "the clinic's privacy notice keeps NHS numbers in the clinical system";
    }
}

#[cfg(test)]
mod tests {
    use odograft_sdk::overlay::Sample;

    use crate::OVERLAY;

    #[test]
    fn the_field_is_not_even_declared() {
        let sample = Sample::nothing(&OVERLAY);
        let contact = &sample.manifest().targets[0];
        assert!(contact.fields.iter().all(|field| field.name != "x_nhs_number"));
        assert_eq!(
            contact.note,
            "`x_nhs_number` is left out: the clinic's privacy notice keeps NHS numbers in the clinical system"
        );
    }
}
