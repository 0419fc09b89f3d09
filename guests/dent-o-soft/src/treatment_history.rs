//! Dent-O-Soft treatment history → one text on the patient's `res.partner`, a line for each entry.

use odograft_sdk::dent_o_soft::{Treatment, TreatmentHistory};
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::{Context, Mapped, Rejection, Scalar, Span, target, time, warning};

target! {
    /// All treatments of a patient, on the patient's contact.
    pub partner: treatment-history => "res.partner" .existing_only() .many_to_one() .note("a field of the patient's contact") {
        HISTORY = custom_text("x_treatment_history", "Treatment history")
            from [treatments.treated_on, treatments.procedure_code, treatments.dentist, treatments.tooth, treatments.surface, treatments.description, treatments.notes]
            .rule("one line for each entry, by date: date | procedure code | dentist | note; the note begins with tooth and surface")
            .section("Treatment history") .clinical();
    }
}

/// The history on the patient's contact.
///
/// # Errors
/// None; the signature is the one of every rule.
pub fn partner(history: &TreatmentHistory, _: &Context) -> Result<Mapped, Rejection> {
    let mut entries: Vec<&Treatment> = history.treatments.iter().filter(|entry| !is_empty(entry)).collect();
    // What has no day stands at the end; entries of one day keep their order.
    entries.sort_by_key(|entry| entry.treated_on.map_or((1, 0, 0, 0), |day| (0, day.year, day.month, day.day)));
    let lines: Vec<String> = entries.iter().map(|entry| line(entry)).collect();

    let mut partner = partner::upsert(history.patient_id).on("patient");
    partner.set_or_clear(partner::HISTORY, (!lines.is_empty()).then(|| lines.join("\n")));
    let mut mapped = Mapped::from(partner);
    if entries.iter().any(|entry| entry.treated_on.is_none()) {
        let message = "an entry has no day that can be read; it stands at the end";
        mapped.findings.push(warning("no-day", "treatment-history.treatments.treated_on", message));
    }
    Ok(mapped)
}

fn is_empty(t: &Treatment) -> bool {
    let texts = [t.procedure_code, t.tooth, t.surface, t.description, t.notes, t.dentist];
    written_day(t).is_none() && texts.map(trimmed).iter().all(Option::is_none)
}

/// `2024-02-29 | D2391 | Dr Lee | tooth 14 MOD, composite; numb for 3 h`, with `-` for what is missing.
fn line(t: &Treatment) -> String {
    let place = joined(&[trimmed(t.tooth).map(|t| format!("tooth {t}")).as_deref(), t.surface.as_deref()], " ");
    let what = joined(&[place.as_deref(), t.description.as_deref()], ", ");
    let note = joined(&[what.as_deref(), t.notes.as_deref()], "; ");
    let day = written_day(t);
    let code = trimmed(t.procedure_code).map(|code| code.to_string());
    let dentist = trimmed(t.dentist).map(|name| name.to_string());
    [day, code, dentist, note].map(|part| one_line(part.as_deref().unwrap_or("-"))).join(" | ")
}

/// The day of an entry; where it cannot be read, as it is written.
fn written_day(t: &Treatment) -> Option<String> {
    let unread = t.extra.iter().find(|column| &*column.name == "treated_on").map(|column| &column.value);
    let words = |text: &Span| trimmed(Some(*text)).map(|text| text.to_string());
    t.treated_on.map(time::iso).or_else(|| match unread? {
        Scalar::Text(text) => words(text),
        _ => None,
    })
}

/// The words of a text with single blanks between them, so that an entry stays one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use odograft_sdk::ExtraField;
    use odograft_sdk::bindings::transform::effects::Value;

    use super::*;
    use crate::MODULE;
    use crate::examples::treatment;

    fn on(day: &str, code: &str) -> Treatment {
        Treatment { treated_on: time::parse_day(day), procedure_code: Some(code.into()), ..treatment() }
    }

    fn mapped(treatments: Vec<Treatment>) -> Mapped {
        let history = TreatmentHistory { patient_id: "17".into(), treatments };
        partner(&history, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn text(treatments: Vec<Treatment>) -> String {
        let mapped = mapped(treatments);
        mapped.only(&partner::TARGET).expect("one contact").text(partner::HISTORY).unwrap_or_default().to_owned()
    }

    #[test]
    fn an_entry_is_a_line_of_date_code_dentist_and_note() {
        let full = Treatment {
            dentist: Some("Dr Lee".into()),
            tooth: Some("14".into()),
            surface: Some("MOD".into()),
            description: Some("composite".into()),
            notes: Some("numb for 3 h\r\n <b>no</b> complications ".into()),
            ..on("2024-02-29", "D2391")
        };
        assert_eq!(
            line(&full),
            "2024-02-29 | D2391 | Dr Lee | tooth 14 MOD, composite; numb for 3 h <b>no</b> complications"
        );
        assert_eq!(line(&on("1899-12-31", "D0120")), "1899-12-31 | D0120 | - | -");
        assert_eq!(line(&Treatment { notes: Some("only a note".into()), ..treatment() }), "- | - | - | only a note");
    }

    #[test]
    fn entries_are_ordered_by_date() {
        let entries = vec![
            on("2024-03-01", "C"),
            on("", "E"),
            on("1899-12-31", "A"),
            on("2024-02-29", "B"),
            on("2024-03-01", "D"),
        ];
        let text = text(entries);
        let codes: Vec<&str> = text.lines().filter_map(|line| line.split(" | ").nth(1)).collect();
        assert_eq!(codes, ["A", "B", "C", "D", "E"]);
    }

    #[test]
    fn a_day_that_cannot_be_read_stays_as_it_is_written() {
        let column = ExtraField { name: "treated_on".into(), value: Scalar::Text("spring 1998".into()) };
        let mapped = mapped(vec![Treatment { extra: vec![column], ..on("", "D0120") }]);
        assert_eq!(mapped.upserts[0].text(partner::HISTORY), Some("spring 1998 | D0120 | - | -"));
        assert_eq!(mapped.findings[0].code, "no-day");
    }

    #[test]
    fn empty_rows_are_no_entries() {
        let mapped = mapped(vec![treatment(), Treatment { notes: Some("  ".into()), ..treatment() }]);
        assert_eq!(mapped.upserts[0].get(partner::HISTORY), Some(&Value::Empty));
        assert_eq!(mapped.findings, []);
    }
}
