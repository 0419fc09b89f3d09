//! Examples of charted and left-out readings.

use super::*;

fn reading(tooth: &str, surface: Option<Surface>, measure: Measure, value: i16) -> Reading {
    Reading { tooth: tooth.into(), surface, measure, value }
}

fn depth(tooth: &str, value: i16) -> Reading {
    reading(tooth, Some(Surface::Buccal), Measure::ProbingDepth, value)
}

fn chart(readings: &[Reading]) -> Chart<'_> {
    Chart::new(readings, Notation::Fdi, MarginSign::RecessionPositive)
}

fn tooth(number: u8) -> Tooth {
    Tooth::at(number / 10, number % 10).expect("a tooth of the test")
}

fn codes(chart: &Chart) -> Vec<String> {
    chart.issues.findings(Notation::Fdi).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_charted_nought_is_kept_and_an_absent_value_stays_absent() {
    let readings = [depth("16", 0)];
    let chart = chart(&readings);
    assert_eq!(chart.at(tooth(16), Measure::ProbingDepth, Surface::Buccal), Some(0));
    assert_eq!(chart.at(tooth(16), Measure::ProbingDepth, Surface::Lingual), None);
    assert_eq!(chart.level(tooth(16), Surface::Buccal), None);
    assert_eq!(codes(&chart), [] as [&str; 0]);
}

#[test]
fn equal_duplicates_become_one_and_of_contradicting_ones_the_last_stays() {
    let readings = [depth("16", 5), depth("16", 5), depth("26", 4), depth("26", 7)];
    let chart = chart(&readings);
    assert_eq!(chart.at(tooth(26), Measure::ProbingDepth, Surface::Buccal), Some(7));
    assert_eq!(codes(&chart), ["duplicate-reading", "contradicting-readings"]);
    let superseded = LeftOut {
        tooth: Ok(tooth(26)),
        site: Some(Surface::Buccal),
        measure: Measure::ProbingDepth,
        value: 4,
        reason: Reason::Superseded,
    };
    assert_eq!(chart.left_out, [superseded]);
}

#[test]
fn an_impossible_value_is_set_aside_and_does_not_displace_a_possible_one() {
    for (measure, value) in [
        (Measure::ProbingDepth, -1),
        (Measure::ProbingDepth, 20),
        (Measure::GingivalMargin, 20),
        (Measure::GingivalMargin, -20),
        (Measure::AttachmentLevel, 39),
        (Measure::Furcation, 4),
        (Measure::Mobility, 4),
        (Measure::Bleeding, 2),
        (Measure::Missing, -1),
    ] {
        let readings =
            [reading("16", Some(Surface::Buccal), measure, 1), reading("16", Some(Surface::Buccal), measure, value)];
        let chart = chart(&readings);
        assert_eq!(chart.cells[tooth(16).index()][measure as usize].iter().flatten().count(), 1, "{measure:?}");
        assert_eq!((chart.left_out[0].value, chart.left_out[0].reason), (i32::from(value), Reason::OutOfRange));
    }
}

#[test]
fn the_ends_of_every_range_are_possible() {
    for (measure, value) in [
        (Measure::ProbingDepth, 0),
        (Measure::ProbingDepth, 19),
        (Measure::GingivalMargin, -19),
        (Measure::GingivalMargin, 19),
        (Measure::Furcation, 3),
        (Measure::Mobility, 3),
        (Measure::Bleeding, 0),
    ] {
        let readings = [reading("16", Some(Surface::Buccal), measure, value)];
        assert_eq!(chart(&readings).left_out, [], "{measure:?} {value}");
    }
}

#[test]
fn a_margin_is_turned_to_recession_whether_it_is_possible_or_not() {
    for value in [-3, -25, i16::MIN] {
        let readings = [reading("16", Some(Surface::Buccal), Measure::GingivalMargin, value)];
        let chart = Chart::new(&readings, Notation::Fdi, MarginSign::RecessionNegative);
        let placed = chart.at(tooth(16), Measure::GingivalMargin, Surface::Buccal).map(i32::from);
        let found = placed.or(chart.left_out.first().map(|reading| reading.value));
        assert_eq!(found, Some(-i32::from(value)));
    }
}

#[test]
fn a_furcation_where_roots_dont_part_is_kept_with_a_warning() {
    for (name, site, warned) in [
        ("11", Surface::Buccal, true),
        ("36", Surface::Buccal, false),
        ("36", Surface::MesioBuccal, true),
        ("26", Surface::Lingual, true),
    ] {
        let readings = [reading(name, Some(site), Measure::Furcation, 2)];
        let chart = chart(&readings);
        assert_eq!(codes(&chart) == ["furcation-without-entrance"], warned, "{name}");
        assert!(chart.has(Measure::Furcation) && chart.left_out.is_empty());
    }
    let implant =
        [reading("36", None, Measure::Implant, 1), reading("36", Some(Surface::Buccal), Measure::Furcation, 1)];
    assert_eq!(codes(&chart(&implant)), ["furcation-without-entrance"]);
    let none = [reading("11", Some(Surface::Buccal), Measure::Furcation, 0)];
    assert_eq!(codes(&chart(&none)), [] as [&str; 0]);
}

#[test]
fn readings_on_a_missing_tooth_are_kept_with_a_warning_unless_an_implant_stands_there() {
    let missing = reading("36", None, Measure::Missing, 1);
    let readings = [missing, depth("36", 4)];
    assert_eq!(codes(&chart(&readings)), ["reading-on-missing-tooth"]);
    let readings = [missing, depth("36", 4), reading("36", None, Measure::Implant, 1)];
    assert_eq!(codes(&chart(&readings)), [] as [&str; 0]);
    assert_eq!(codes(&chart(&[missing])), [] as [&str; 0]);
}

#[test]
fn a_stored_level_that_contradicts_depth_and_margin_is_reported() {
    let site = Some(Surface::Buccal);
    let mut readings = vec![
        depth("16", 5),
        reading("16", site, Measure::GingivalMargin, 2),
        reading("16", site, Measure::AttachmentLevel, 7),
    ];
    assert_eq!(codes(&chart(&readings)), [] as [&str; 0]);
    readings[2].value = 6;
    assert_eq!(codes(&chart(&readings)), ["attachment-level-contradiction"]);
}

#[test]
fn a_reading_without_its_tooth_or_site_is_set_aside() {
    let readings = [depth("99", 4), reading("16", None, Measure::ProbingDepth, 4), depth("16", 3)];
    let chart = chart(&readings);
    assert_eq!(chart.left_out[0].tooth, Err("99"));
    assert_eq!(chart.left_out[1].reason, Reason::NoSite);
    assert_eq!(codes(&chart), ["unknown-tooth", "reading-without-site"]);
}
