//! The teeth of both dentitions: where each stands, and which furcation entrances it has.
//!
//! A tooth is kept as one small number, whatever notation its exam came in, so that every later
//! rule is written once. Counting follows the FDI number (ISO 3950), lowest first.

use odograft_sdk::perio::Surface;

/// How many teeth there are: 32 permanent and 20 primary.
pub const TEETH: usize = 52;

/// The number of permanent teeth; primary teeth count on from here.
const PERMANENT: u8 = 32;

/// One tooth of either dentition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tooth(u8);

/// The upper or the lower jaw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jaw {
    /// Maxilla: FDI quadrants 1, 2, 5 and 6.
    Upper,
    /// Mandible: FDI quadrants 3, 4, 7 and 8.
    Lower,
}

impl Tooth {
    /// The tooth at an FDI `quadrant` (1 to 4 permanent, 5 to 8 primary) and a `position` counted
    /// from the midline (1 to 8 permanent, 1 to 5 primary); none for any other pair.
    pub fn at(quadrant: u8, position: u8) -> Option<Self> {
        match (quadrant, position) {
            (1..=4, 1..=8) => Some(Self((quadrant - 1) * 8 + position - 1)),
            (5..=8, 1..=5) => Some(Self(PERMANENT + (quadrant - 5) * 5 + position - 1)),
            _ => None,
        }
    }

    /// Every tooth, by rising FDI number.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TEETH as u8).map(Self)
    }

    /// Counts from 0 to 51 by rising FDI number.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// FDI quadrant, 1 to 8.
    pub fn quadrant(self) -> u8 {
        if self.is_primary() { 5 + (self.0 - PERMANENT) / 5 } else { 1 + self.0 / 8 }
    }

    /// Position from the midline, 1 to 8 (primary teeth: 1 to 5).
    pub fn position(self) -> u8 {
        if self.is_primary() { 1 + (self.0 - PERMANENT) % 5 } else { 1 + self.0 % 8 }
    }

    /// The FDI number, 11 to 85.
    pub fn fdi(self) -> u8 {
        self.quadrant() * 10 + self.position()
    }

    /// Whether it is a milk tooth.
    pub fn is_primary(self) -> bool {
        self.0 >= PERMANENT
    }

    /// The jaw that it stands in.
    pub fn jaw(self) -> Jaw {
        match self.quadrant() {
            1 | 2 | 5 | 6 => Jaw::Upper,
            _ => Jaw::Lower,
        }
    }

    /// Whether it stands on the patient's right, which is the left of a chart.
    pub fn on_right(self) -> bool {
        matches!(self.quadrant(), 1 | 4 | 5 | 8)
    }

    /// The primary tooth in whose place this permanent one erupts; none for molars and milk teeth.
    pub fn predecessor(self) -> Option<Self> {
        if self.is_primary() {
            return None;
        }
        Self::at(self.quadrant() + 4, self.position())
    }

    /// Whether a furcation can be entered from this site: lower molars from buccal and lingual,
    /// upper molars from buccal, mesial and distal, upper first premolars from mesial and distal.
    /// The mesial and the distal entrance are probed from either side of the tooth.
    pub fn has_furcation_entrance(self, site: Surface) -> bool {
        let molar = if self.is_primary() { self.position() >= 4 } else { self.position() >= 6 };
        let first_premolar = !self.is_primary() && self.position() == 4;
        let middle = matches!(site, Surface::Buccal | Surface::Lingual);
        match self.jaw() {
            Jaw::Lower => molar && middle,
            Jaw::Upper if molar => site != Surface::Lingual,
            Jaw::Upper => first_premolar && !middle,
        }
    }
}

impl Jaw {
    /// The permanent teeth as a clinician facing the patient reads them: 18 to 28, or 48 to 38.
    pub fn arch(self) -> impl Iterator<Item = Tooth> {
        let (right, left) = match self {
            Self::Upper => (1, 2),
            Self::Lower => (4, 3),
        };
        let rights = (1..=8).rev().filter_map(move |position| Tooth::at(right, position));
        rights.chain((1..=8).filter_map(move |position| Tooth::at(left, position)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fdi(number: u8) -> Tooth {
        Tooth::at(number / 10, number % 10).expect("a tooth of the test")
    }

    fn entrances(number: u8) -> Vec<Surface> {
        use Surface::{Buccal, DistoBuccal, DistoLingual, Lingual, MesioBuccal, MesioLingual};
        let sites = [MesioBuccal, Buccal, DistoBuccal, MesioLingual, Lingual, DistoLingual];
        sites.into_iter().filter(|site| fdi(number).has_furcation_entrance(*site)).collect()
    }

    #[test]
    fn every_tooth_has_one_fdi_number_in_rising_order() {
        let numbers: Vec<u8> = Tooth::all().map(Tooth::fdi).collect();
        assert_eq!(numbers.len(), TEETH);
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert_eq!((numbers[0], numbers[31], numbers[32], numbers[51]), (11, 48, 51, 85));
        assert!(Tooth::all().all(|tooth| Tooth::at(tooth.quadrant(), tooth.position()) == Some(tooth)));
        assert_eq!((Tooth::at(1, 9), Tooth::at(5, 6), Tooth::at(0, 1), Tooth::at(9, 1)), (None, None, None, None));
    }

    #[test]
    fn arches_run_from_the_patients_right_to_the_left() {
        let upper: Vec<u8> = Jaw::Upper.arch().map(Tooth::fdi).collect();
        let lower: Vec<u8> = Jaw::Lower.arch().map(Tooth::fdi).collect();
        assert_eq!(upper, [18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28]);
        assert_eq!(lower, [48, 47, 46, 45, 44, 43, 42, 41, 31, 32, 33, 34, 35, 36, 37, 38]);
    }

    #[test]
    fn furcations_are_entered_where_roots_part() {
        use Surface::{Buccal, DistoBuccal, DistoLingual, Lingual, MesioBuccal, MesioLingual};
        assert_eq!(entrances(36), [Buccal, Lingual]);
        assert_eq!(entrances(16), [MesioBuccal, Buccal, DistoBuccal, MesioLingual, DistoLingual]);
        assert_eq!(entrances(24), [MesioBuccal, DistoBuccal, MesioLingual, DistoLingual]);
        assert_eq!(entrances(84), [Buccal, Lingual]);
        assert_eq!(entrances(55), entrances(16));
        for single_rooted in [11, 13, 15, 25, 34, 35, 43, 53, 73] {
            assert_eq!(entrances(single_rooted), [], "{single_rooted}");
        }
    }

    #[test]
    fn milk_molars_stand_where_premolars_erupt() {
        assert_eq!(fdi(15).predecessor(), Some(fdi(55)));
        assert_eq!(fdi(31).predecessor(), Some(fdi(71)));
        assert_eq!((fdi(16).predecessor(), fdi(55).predecessor()), (None, None));
    }
}
