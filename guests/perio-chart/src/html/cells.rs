//! One cell of the chart's table.

use super::{AMBER, AMBER_FROM, RED, RED_FROM};
use crate::json::push_number;

/// A probing depth on the ground of its colour.
pub(super) fn push_depth(depth: Option<i16>, out: &mut String) {
    let ground = match depth {
        Some(depth) if depth >= RED_FROM => Some(RED),
        Some(depth) if depth >= AMBER_FROM => Some(AMBER),
        _ => None,
    };
    push_cell(ground, depth, out);
}

/// A number in millimetres; empty where nothing was charted.
pub(super) fn push_cell(style: Option<&str>, value: Option<i16>, out: &mut String) {
    match style {
        Some(style) => {
            for part in ["<td style=\"", style, "\">"] {
                out.push_str(part);
            }
        }
        None => out.push_str("<td>"),
    }
    push_signed(value, out);
    out.push_str("</td>");
}

fn push_signed(value: Option<i16>, out: &mut String) {
    let Some(value) = value else { return };
    if value < 0 {
        out.push('−');
    }
    push_number(value.unsigned_abs().into(), out);
}

/// A sign where something was seen.
pub(super) fn push_mark(value: Option<i16>, mark: &str, out: &mut String) {
    out.push_str("<td>");
    if value == Some(1) {
        out.push_str(mark);
    }
    out.push_str("</td>");
}

/// A class in Roman figures, as charts write it; 0 where it was looked for.
pub(super) fn push_class(class: Option<i16>, out: &mut String) {
    out.push_str(match class {
        None => "",
        Some(0) => "0",
        Some(1) => "I",
        Some(2) => "II",
        Some(_) => "III",
    });
}
