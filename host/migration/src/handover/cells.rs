//! Cells that a spreadsheet takes as text.

use std::borrow::Cow;

/// What a formula begins with; a tab or a line break before it does not help, and full-width signs do as well.
const SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A cell as it is written: one that a spreadsheet would take for a formula begins with `'`, which `marked` counts.
/// Numbers stay numbers.
#[must_use]
pub fn cell<'c>(text: &'c str, marked: &mut u64) -> Cow<'c, str> {
    if !text.starts_with(SIGNS) || is_number(text) {
        return Cow::Borrowed(text);
    }
    *marked += 1;
    Cow::Owned(format!("'{text}"))
}

/// Digits with at most one point, and at most one sign before them: nothing that a spreadsheet could run.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let points = digits.bytes().filter(|byte| *byte == b'.').count();
    points <= 1
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.ends_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        let written = |text: &str| {
            let mut marked = 0;
            (cell(text, &mut marked).into_owned(), marked)
        };
        for formula in ["=1+1", "+44 7700 900123", "-x", "@sum(a1)", "\t=1", "\r=1", "＝1", "-1+2", "+1.", "-.5", "--1"]
        {
            assert_eq!(written(formula), (format!("'{formula}"), 1), "{formula:?}");
        }
        for text in ["", "-50.00", "+3", "-7", "12.5", "a=b", "2024-02-29", "'x", "patient/17"] {
            assert_eq!(written(text), (text.to_owned(), 0), "{text:?}");
        }
    }
}
