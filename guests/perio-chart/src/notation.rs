//! A tooth's name in three notations, and back.
//!
//! `11` is the upper right second premolar's neighbour in one country and a central incisor in
//! the next: the notation comes with the exam and is never guessed from the names themselves.

use odograft_sdk::perio::Notation;

use crate::teeth::Tooth;

/// The tooth that `name` means in `notation`; none for a name that the notation doesn't have.
///
/// Case and surrounding space don't matter. Universal takes a leading `#` and leading zero,
/// Palmer takes `UR6`, `LLE` and the angle signs `6┘`, `└6`, `6┐`, `┌6`.
pub fn tooth(name: &str, notation: Notation) -> Option<Tooth> {
    let name = name.trim();
    match notation {
        Notation::Universal => universal(name.strip_prefix('#').unwrap_or(name)),
        Notation::Fdi => fdi(name),
        Notation::Palmer => palmer(name),
    }
}

/// Appends the tooth's name in `notation`: `3`, `16` or `UR6`.
pub fn write_name(tooth: Tooth, notation: Notation, out: &mut String) {
    let (quadrant, position) = (tooth.quadrant(), tooth.position());
    match notation {
        Notation::Universal if tooth.is_primary() => {
            out.push(char::from(b'A' + universal_place(quadrant - 4, position, 5) - 1));
        }
        Notation::Universal => push_number(universal_place(quadrant, position, 8), out),
        Notation::Fdi => push_number(tooth.fdi(), out),
        Notation::Palmer => {
            out.push_str(["UR", "UL", "LL", "LR"][usize::from((quadrant - 1) % 4)]);
            out.push(char::from(if tooth.is_primary() { b'A' - 1 + position } else { b'0' + position }));
        }
    }
}

/// The notation's name as people say it.
pub fn title(notation: Notation) -> &'static str {
    match notation {
        Notation::Universal => "Universal",
        Notation::Fdi => "FDI",
        Notation::Palmer => "Palmer",
    }
}

/// Where a tooth comes in the Universal count, from 1: along the upper jaw from the patient's
/// right to the left, then back along the lower jaw. `half` is the number of teeth in a quadrant.
fn universal_place(quadrant: u8, position: u8, half: u8) -> u8 {
    match quadrant {
        1 => half + 1 - position,
        2 => half + position,
        3 => 3 * half + 1 - position,
        _ => 3 * half + position,
    }
}

fn universal(name: &str) -> Option<Tooth> {
    let (place, half, first_quadrant) = match name.as_bytes() {
        [letter] if letter.is_ascii_alphabetic() => (letter.to_ascii_uppercase() - b'A', 5, 5),
        [..] => (number(name)?.checked_sub(1)?, 8, 1),
    };
    let (quarter, step) = (place / half, place % half);
    let position = if quarter % 2 == 0 { half - step } else { step + 1 };
    if quarter > 3 {
        return None;
    }
    Tooth::at(first_quadrant + quarter, position)
}

fn fdi(name: &str) -> Option<Tooth> {
    match name.as_bytes() {
        [quadrant @ b'1'..=b'8', position @ b'1'..=b'8'] => Tooth::at(quadrant - b'0', position - b'0'),
        _ => None,
    }
}

fn palmer(name: &str) -> Option<Tooth> {
    let (quadrant, rest) = match name.as_bytes() {
        [jaw, side, _] => (lettered_quadrant(*jaw, *side)?, name.get(2..)?),
        _ => angled(name)?,
    };
    match rest.as_bytes() {
        [digit @ b'1'..=b'8'] => Tooth::at(quadrant, digit - b'0'),
        [letter] if letter.is_ascii_alphabetic() => Tooth::at(quadrant + 4, letter.to_ascii_uppercase() - b'A' + 1),
        _ => None,
    }
}

fn lettered_quadrant(jaw: u8, side: u8) -> Option<u8> {
    match (jaw.to_ascii_uppercase(), side.to_ascii_uppercase()) {
        (b'U', b'R') => Some(1),
        (b'U', b'L') => Some(2),
        (b'L', b'L') => Some(3),
        (b'L', b'R') => Some(4),
        _ => None,
    }
}

/// The sign draws the cross between the quadrants as seen from the tooth.
fn angled(name: &str) -> Option<(u8, &str)> {
    [('┘', 1), ('└', 2), ('┌', 3), ('┐', 4)].into_iter().find_map(|(sign, quadrant)| {
        let rest = if quadrant == 1 || quadrant == 4 { name.strip_suffix(sign) } else { name.strip_prefix(sign) };
        rest.map(|rest| (quadrant, rest.trim()))
    })
}

/// One or two ASCII digits; `str::parse` would also take a sign.
fn number(name: &str) -> Option<u8> {
    match name.as_bytes() {
        [unit] if unit.is_ascii_digit() => Some(unit - b'0'),
        [ten, unit] if ten.is_ascii_digit() && unit.is_ascii_digit() => Some((ten - b'0') * 10 + unit - b'0'),
        _ => None,
    }
}

fn push_number(number: u8, out: &mut String) {
    if number >= 10 {
        out.push(char::from(b'0' + number / 10));
    }
    out.push(char::from(b'0' + number % 10));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(universal: &str, fdi: u8, palmer: &str) {
        for (name, notation) in [(universal, Notation::Universal), (palmer, Notation::Palmer)] {
            let found = tooth(name, notation);
            assert_eq!(found.map(Tooth::fdi), Some(fdi), "{name}");
        }
    }

    /// The corners of every quadrant, as facts/perio.md and ISO 3950 list them.
    #[test]
    fn the_three_notations_name_the_same_teeth() {
        check("1", 18, "UR8");
        check("8", 11, "UR1");
        check("9", 21, "UL1");
        check("16", 28, "UL8");
        check("17", 38, "LL8");
        check("24", 31, "LL1");
        check("25", 41, "LR1");
        check("32", 48, "LR8");
        check("A", 55, "URE");
        check("E", 51, "URA");
        check("F", 61, "ULA");
        check("J", 65, "ULE");
        check("K", 75, "LLE");
        check("O", 71, "LLA");
        check("P", 81, "LRA");
        check("T", 85, "LRE");
    }

    #[test]
    fn a_name_written_is_read_back_as_the_same_tooth() {
        for notation in [Notation::Universal, Notation::Fdi, Notation::Palmer] {
            for expected in Tooth::all() {
                let mut name = String::new();
                write_name(expected, notation, &mut name);
                assert_eq!(tooth(&name, notation), Some(expected), "{name}");
            }
        }
    }

    #[test]
    fn spellings_in_use_are_understood() {
        for name in ["3", "03", " 3 ", "#3"] {
            assert_eq!(tooth(name, Notation::Universal).map(Tooth::fdi), Some(16), "{name}");
        }
        for (name, fdi) in [("ur6", 16), ("6┘", 16), ("└6", 26), ("┌ 6", 36), ("6┐", 46), ("E┘", 55)] {
            assert_eq!(tooth(name, Notation::Palmer).map(Tooth::fdi), Some(fdi), "{name}");
        }
        assert_eq!(tooth("t", Notation::Universal).map(Tooth::fdi), Some(85));
    }

    #[test]
    fn a_name_of_another_notation_is_refused() {
        for name in ["", "0", "33", "U", "UR6", "+3", "3b", "٣", "100", "Å", "52", "##3"] {
            assert_eq!(tooth(name, Notation::Universal), None, "{name}");
        }
        for name in ["", "10", "19", "49", "56", "86", "91", "8", "A", "UR6", "116", "1.6"] {
            assert_eq!(tooth(name, Notation::Fdi), None, "{name}");
        }
        for name in ["", "16", "UR9", "UR0", "URF", "RU6", "UR", "UR16", "┘6", "6", "é6", "U6"] {
            assert_eq!(tooth(name, Notation::Palmer), None, "{name}");
        }
    }
}
