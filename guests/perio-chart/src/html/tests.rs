//! What the mark-up must hold; how it looks is judged by eye.

use odograft_sdk::perio::{MarginSign, Reading};
use odograft_sdk::{Date, Decimal, ExtraField, Instant, Scalar};

use super::*;

fn reading(tooth: &str, surface: Option<Surface>, measure: Measure, value: i16) -> Reading {
    Reading { tooth: tooth.into(), surface, measure, value }
}

fn exam(notation: Notation, readings: Vec<Reading>) -> Exam {
    Exam {
        id: "E-1".into(),
        patient_id: "7".into(),
        examined_on: Date { year: 2024, month: 3, day: 5 },
        examiner: Some("Dr. O'Neill".into()),
        notation,
        margin_sign: MarginSign::RecessionPositive,
        classification: None,
        latest: true,
        readings,
        note: None,
        extra: Vec::new(),
    }
}

fn drawn(exam: &Exam) -> String {
    chart(exam, &Chart::new(&exam.readings, exam.notation, exam.margin_sign))
}

/// The text of a table row's cells, its label first; `place` counts rows of that label from the top.
fn row(html: &str, label: &str, place: usize) -> Vec<String> {
    let mut rows = html.split("<tr").filter(|row| row.contains(&format!(">{label}</td>")));
    let row = rows.nth(place).expect("the row is there");
    let cells = row.split("</td>").map(|cell| cell.rsplit('>').next().unwrap_or_default().to_owned());
    cells.skip_while(|cell| cell != label).skip(1).collect()
}

#[test]
fn sites_lie_as_a_clinician_facing_the_patient_sees_them() {
    let depths = |tooth: &str| {
        [
            (Surface::MesioBuccal, 1),
            (Surface::Buccal, 2),
            (Surface::DistoBuccal, 3),
            (Surface::MesioLingual, 4),
            (Surface::Lingual, 5),
            (Surface::DistoLingual, 6),
        ]
        .map(|(site, depth)| reading(tooth, Some(site), Measure::ProbingDepth, depth))
    };
    let readings: Vec<Reading> = ["18", "28", "48", "38"].into_iter().flat_map(depths).collect();
    let html = drawn(&exam(Notation::Fdi, readings));
    // Upper buccal, upper palatal, lower lingual, lower buccal, from the top.
    for (place, right, left) in [
        (0, ["3", "2", "1"], ["1", "2", "3"]),
        (1, ["6", "5", "4"], ["4", "5", "6"]),
        (2, ["6", "5", "4"], ["4", "5", "6"]),
        (3, ["3", "2", "1"], ["1", "2", "3"]),
    ] {
        let cells = row(&html, "Depth", place);
        assert_eq!(
            (&cells[..3], &cells[45..48]),
            (&right.map(str::to_owned)[..], &left.map(str::to_owned)[..]),
            "{place}"
        );
        assert!(cells[3..45].iter().all(String::is_empty));
    }
    let teeth = row(&html, "FDI", 0);
    assert_eq!((teeth[0].as_str(), teeth[7].as_str(), teeth[8].as_str(), teeth[15].as_str()), ("18", "11", "21", "28"));
    assert_eq!(row(&html, "FDI", 1)[0], "48");
}

#[test]
fn depths_are_coloured_from_four_and_from_six() {
    let site = Some(Surface::Buccal);
    for (depth, ground) in [(0, None), (3, None), (4, Some(AMBER)), (5, Some(AMBER)), (6, Some(RED)), (19, Some(RED))] {
        let html = drawn(&exam(Notation::Fdi, vec![reading("11", site, Measure::ProbingDepth, depth)]));
        let cell = match ground {
            Some(ground) => format!("<td style=\"{ground}\">{depth}</td>"),
            None => format!("<td>{depth}</td>"),
        };
        assert!(html.contains(&cell), "{depth}");
    }
}

#[test]
fn teeth_are_named_as_the_source_names_them_and_by_fdi_number() {
    let html = drawn(&exam(Notation::Universal, vec![reading("3", Some(Surface::Buccal), Measure::ProbingDepth, 3)]));
    assert_eq!(row(&html, "Universal", 0)[2], "3");
    assert_eq!(row(&html, "FDI", 0)[2], "16");
    assert!(html.contains(" · Universal tooth numbers"));
}

#[test]
fn a_primary_tooth_stands_in_its_successors_column_or_in_a_table_of_its_own() {
    let site = Some(Surface::Buccal);
    let alone = vec![reading("55", site, Measure::ProbingDepth, 3), reading("15", None, Measure::Missing, 1)];
    let html = drawn(&exam(Notation::Fdi, alone.clone()));
    assert_eq!(row(&html, "FDI", 0)[3], "55");
    assert!(!html.contains("PRIMARY"));
    let mut beside = alone;
    beside.push(reading("15", site, Measure::ProbingDepth, 2));
    let html = drawn(&exam(Notation::Fdi, beside));
    assert_eq!(row(&html, "FDI", 0)[3], "15");
    assert!(html.contains("UPPER PRIMARY") && !html.contains("LOWER PRIMARY"));
    assert_eq!(row(&html, "FDI", 1)[0], "55");
}

#[test]
fn a_level_without_depth_or_margin_is_shown_as_the_source_stores_it() {
    let site = Some(Surface::Buccal);
    let stored = reading("11", site, Measure::AttachmentLevel, 7);
    assert!(drawn(&exam(Notation::Fdi, vec![stored])).contains("<td style=\"font-style:italic\">7</td>"));
    let measured =
        vec![stored, reading("11", site, Measure::ProbingDepth, 3), reading("11", site, Measure::GingivalMargin, -1)];
    let html = drawn(&exam(Notation::Fdi, measured));
    assert_eq!((row(&html, "CAL", 0)[22].as_str(), row(&html, "Recession", 0)[22].as_str()), ("2", "−1"));
    assert!(!html.contains("italic"));
}

#[test]
fn what_people_wrote_is_shown_and_never_taken_as_mark_up() {
    let mut exam = exam(Notation::Fdi, Vec::new());
    exam.note = Some("a < b & \"c\"\r\n<script>x</script>\u{0}\u{a0}".into());
    exam.classification = Some("Stage <II>".into());
    exam.extra = vec![
        ExtraField { name: "room".into(), value: Scalar::Decimal(Decimal { unscaled: -5, scale: 2 }) },
        ExtraField { name: "seen".into(), value: Scalar::Instant(Instant { seconds: -1, nanoseconds: 0 }) },
    ];
    let html = message(&exam, &Chart::new(&exam.readings, exam.notation, exam.margin_sign));
    for text in [
        "<b>Periodontal examination of 5 March 2024</b>",
        "<b>Examiner: </b>Dr. O'Neill",
        "<b>Classification: </b>Stage &lt;II&gt;",
        "<b>Note: </b>a &lt; b &amp; \"c\"<br>&lt;script&gt;x&lt;/script&gt;",
        "<b>Also charted: </b>room: -0.05 · seen: 1969-12-31 23:59:59 UTC",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains(['\0', '\u{a0}']));
}

/// Odoo rewrites styles in a message as `name:value; name:value` and drops shorthand names that it
/// doesn't list; a chart that reads back as it was written has only such styles.
#[test]
fn styles_are_written_as_odoos_sanitiser_writes_them() {
    let readings = ["11", "21"].map(|tooth| reading(tooth, Some(Surface::Buccal), Measure::ProbingDepth, 9));
    let mut exam = exam(Notation::Palmer, readings.to_vec());
    exam.readings.push(reading("UR1", None, Measure::Implant, 1));
    let html = message(&exam, &Chart::new(&exam.readings, exam.notation, exam.margin_sign));
    let kept = [
        "font-size",
        "font-weight",
        "font-style",
        "background-color",
        "color",
        "text-align",
        "line-height",
        "text-decoration",
        "vertical-align",
        "padding",
        "padding-right",
        "margin",
        "border",
        "border-top",
        "border-bottom",
        "border-left-width",
        "border-left-color",
        "width",
        "max-width",
        "min-width",
        "white-space",
        "border-collapse",
        "table-layout",
    ];
    for style in html.split("style=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        for rule in style.split("; ") {
            let (name, value) = rule.split_once(':').expect("a style has a name");
            assert!(
                kept.contains(&name) && !value.is_empty() && !value.starts_with(' ') && !value.contains([';', ':']),
                "{style}"
            );
        }
    }
}
