//! Charts drawn from documents alone.

use serde_json::json;

use super::*;

/// The hand-checked exam that `perio-chart` itself is tested with.
fn hand_checked() -> BTreeMap<String, Value> {
    let text = include_str!("../../../../fixtures/perio-chart/hand-checked/expected.json");
    serde_json::from_str(text).expect("the fixture is JSON")
}

#[test]
fn a_full_mouth_is_readable_as_text() {
    let drawn = text_chart(&hand_checked()).expect("draws");
    assert!(drawn.lines().all(|line| line.chars().count() <= 120));
    insta::assert_snapshot!(drawn, @r"
    Periodontal chart of 2024-03-05 (exam PX-1042), FDI tooth numbers, mm

    UPPER  patient's right                                                                                   patient's left
    B furc                   2                                     ║                                    1 2 3    1
    B pus                                                          ║                                    •   •
    B bleed         · · •  • • •  · · •  • · •  · · ·  · · ·  · · ·║ · · ·  · · ·  · · ·  • · ·  · · ·  • • •  • · ·  •
    B sCAL                 7 5 8                              2 1 2║                                                      5
    B CAL           5 4 5  7 5 8  4 3 5  6 4 7  4 4 4  3 3 3  2 1 2║ 2 1 2  3 3 3  4 5 4  5 4 4  4 3 4  9 6 9  6 4 6  4 3
    B rec           1 1 1  2 2 2  1 1 1  2 2 2  1 2 1  0 1 0  0 0 0║ 0 0 0  0 1 0  1 3 1  1 2 1  1 1 1  2 3 2  1 1 2  0 0
    B depth         4 3 4  5 3 6  3 2 4  4 2 5  3 2 3  3 2 3  2 1 2║ 2 1 2  3 2 3  3 2 3  4 2 3  3 2 3  7 3 7  5 3 4  4 3
    tooth    (18)    17     16     15     14     13     12     11  ║  21     22     23     24     25     26     27     28
    mobil.           0      1                                  0   ║  0                                  2      1
    P depth         4 3 4  6 4 5  3 2 3  4 3 4  3 2 3  3 2 3  3 2 3║ 3 2 3  3 2 4  3 2 3  4 2 4  4 2 4  6 5 6  5 3 5  4 3
    P rec           1 1 1  2 1 1  0 0 0  1 1 1  0 0 0  0 0 0  0 0 0║ 0 0 0  0 0 0  0 0 0  1 1 1  0 0 1  2 1 3  1 1 2  0 0
    P CAL           5 4 5  8 5 6  3 2 3  5 4 5  3 2 3  3 2 3  3 2 3║ 3 2 3  3 2 4  3 2 3  5 3 5  4 2 5  8 6 9  6 4 7  4 3
    P sCAL                 8 5 6                              3 2 3║                                                      5
    P bleed         • · ·  • · •  · · ·  · · ·  · · ·  · · ·  · · ·║ · · ·  · · •  · · ·  • · ·  · · •  • • •  · · •
    P furc                 2   1             1                     ║                          1

    LOWER  patient's right                                                                                   patient's left
    L furc                   2                                     ║                                             1
    L bleed         • · ·  • · •  • · ·  · · ·  · · ·  · · ·  · · ·║ • · •  · · ·  · · ·  · · ·  · · ·  • · ·  • · •
    L CAL           7 3 4  8 5 6  4 2 3  3 2 3  3 2 3  2 1 2  5 5 5║ 5 5 5  2 1 2  3 2 3  3 2 3  3 2 4  4 2 4  6 3 6
    L rec           1 0 0  1 1 1  0 0 0  0 0 0  0 0 0 -1-1-1  1 2 1║ 1 2 1 -1-1-1  0 0 0  0 0 0  0 0 0  0 0 0  1 0 1
    L depth         6 3 4  7 4 5  4 2 3  3 2 3  3 2 3  3 2 3  4 3 4║ 4 3 4  3 2 3  3 2 3  3 2 3  3 2 4  4 2 4  5 3 5
    tooth    (48)    47     46     45     44     43     42     41  ║  31     32     33     34     35    [36]    37    (38)
    mobil.           1      2                           0      1   ║  1      0                                  1
    B depth         5 4 5 10 4 6  4 2 3  3 1 2  3 1 2  3 2 3  4 2 4║ 4 2 4  3 2 3  2 1 2  2 1 3  3 2 3  3 2 3  5 4 5
    B rec           1 1 1  1 2 2  1 1 1  1 2 1  0 1 0 -1 0-1 -2-1-2║-2-1-2 -1 0-1  0 1 0  1 2 1  1 1 1  0 0 0  1 1 1
    B CAL           6 5 6 11 6 8  5 3 4  4 3 3  3 2 2  2 2 2  2 1 2║ 2 1 2  2 2 2  2 2 2  3 3 4  4 3 4  3 2 3  6 5 6
    B bleed         • · •  • • •  · · ·  · · ·  · · ·  · · ·  • · •║ • · •  · · ·  · · ·  · · ·  · · ·  · · ·  • · •
    B pus                  •                                       ║
    B MGJ                                                       5  ║   6
    B furc            1      3                                     ║                                             2

    B buccal, P palatal, L lingual; rec: recession, - where gingiva covers the crown; CAL: depth + recession where both were
    charted; sCAL: attachment level as the source stores it; plaq, calc: plaque, calculus; MGJ: mucogingival junction
    • seen, · looked for and not there; furc, mobil.: class 0 to 3; (18) missing; [36] implant
    ");
}

#[test]
fn documents_as_odoo_stores_them_draw_the_same() {
    let stored =
        hand_checked().into_iter().map(|(field, document)| (field, Value::String(document.to_string()))).collect();
    assert_eq!(text_chart(&stored), text_chart(&hand_checked()));
}

#[test]
fn nothing_charted_is_left_undrawn() {
    let mut fields = hand_checked();
    let recession = fields.get_mut("x_recession_chart_data").expect("is there");
    recession["teeth"]["26"]["mb"] = json!(-12);
    recession["left_out"] = json!([
        { "tooth": "16", "site": "mb", "measure": "gingival-margin", "value": 40, "reason": "out-of-range" },
        { "tooth": null, "name": "9Z", "measure": "gingival-margin", "value": 1, "reason": "unknown-tooth" },
    ]);
    fields.get_mut("x_ppd_chart_data").expect("is there")["teeth"]["55"] = json!({ "b": 3 });
    let drawn = text_chart(&fields).expect("draws");
    for line in [
        "** 26 mb rec -12",
        "not in the chart: 16 mb gingival-margin 40 (out-of-range)",
        "not in the chart: 9Z gingival-margin 1 (unknown-tooth)",
        "tooth     55     54     53     52     51  ║  61     62     63     64     65",
    ] {
        assert!(drawn.lines().any(|drawn| drawn == line), "{line}\n{drawn}");
    }
}

#[test]
fn a_partner_without_a_chart_is_told_apart_from_a_broken_one() {
    let mut fields = hand_checked();
    fields.insert("x_cal_chart_data".to_owned(), json!(false));
    assert_eq!(text_chart(&fields), Err(ReportError::Missing("x_cal_chart_data")));
    for broken in [json!("{"), json!({}), json!({ "version": 2 }), hand_checked()["x_ppd_chart_data"].clone()] {
        fields.insert("x_cal_chart_data".to_owned(), broken);
        assert_eq!(text_chart(&fields), Err(ReportError::Unreadable("x_cal_chart_data")));
    }
}
