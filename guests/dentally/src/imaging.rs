//! Image of a patient in the imaging system (Vision) → an entry of a manifest: what the image is, of whom, and where it lies.
//! Nothing is looked into, and nothing is copied.

use odograft_sdk::dentally::Image;
use odograft_sdk::text::trimmed;
use odograft_sdk::{HandoverSpec, Mapped, Rejection, columns, handover, json, warning};

/// What is handed over of an image.
pub static IMAGE: HandoverSpec = handover(
    "image",
    "Images (Vision)",
    "the imaging system; Documents, or attachments of the contact, for what is to be in Odoo",
);

/// The entry of one image. `patient` is the source record on whose contact it belongs.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn image(i: &Image) -> Result<Mapped, Rejection> {
    let document = json!({
        "patient": trimmed(i.patient_id).map(|id| format!("patient/{}", &*id)),
        "taken_on": i.taken_on,
        "kind": trimmed(i.kind),
        "tooth": trimmed(i.tooth),
        "reference": trimmed(i.reference),
        "file": i.file,
        "media_type": trimmed(i.media_type),
        "taken_by": trimmed(i.taken_by),
        "notes": trimmed(i.notes),
        "other_columns": columns::document(&i.extra),
    });
    let mut mapped = Mapped::from(IMAGE.document(i.id, &document));
    if trimmed(i.patient_id).is_none() {
        let message = "the image names no patient; nobody can say on whose contact it belongs";
        mapped.findings.push(warning("no-patient", "image.patient_id", message));
    }
    if trimmed(i.reference).is_none() && trimmed(i.file).is_none() {
        let message = "neither a reference into the imaging system nor a file: the image cannot be found";
        mapped.findings.push(warning("no-image", "image.reference", message));
    }
    Ok(mapped)
}

#[cfg(test)]
mod tests {
    use odograft_sdk::{Date, examples};

    use super::*;

    #[test]
    fn an_image_is_told_with_what_finds_it() {
        let i = Image {
            patient_id: Some("17".into()),
            taken_on: Some(Date { year: 2024, month: 2, day: 29 }),
            kind: Some("Periapical".into()),
            tooth: Some("11".into()),
            reference: Some("vision://IM000001".into()),
            file: Some("images/IM000001.bin".into()),
            media_type: Some("image/png".into()),
            ..examples::image("IM000001")
        };
        let mapped = image(&i).expect("maps");
        let document = mapped.handovers[0].json();
        assert_eq!((&document["patient"], &document["taken_on"]), (&json!("patient/17"), &json!("2024-02-29")));
        assert_eq!(
            (&document["reference"], &document["file"]),
            (&json!("vision://IM000001"), &json!("images/IM000001.bin"))
        );
        assert_eq!(mapped.findings, []);
    }

    #[test]
    fn an_image_of_nobody_that_cannot_be_found_is_told() {
        let codes: Vec<_> =
            image(&examples::image("IM2")).expect("maps").findings.into_iter().map(|f| f.code).collect();
        assert_eq!(codes, ["no-patient", "no-image"]);
    }
}
