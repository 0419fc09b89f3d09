//! Texts under other names: a keyed permutation of all texts of one shape.
//!
//! A text's shape is what is left when letters and digits are told by their class only: length in bytes, upper and lower
//! case, the script, where digits, blanks and signs stand, whether a number begins with 0. A text becomes another of the
//! same shape, the same one wherever it stands, and no two become one: references still meet, and what was told apart
//! still is. Without the key nobody goes back; with it everybody can, so keep it away from the bundle.

use std::collections::{BTreeMap, BTreeSet};

/// Rounds of the permutation; format-preserving encryption by NIST uses 10 for halves of any size.
const ROUNDS: u32 = 10;

/// Tries to find a text that the corpus does not have itself.
const TRIES: u32 = 64;

/// What keys the permutations.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Shortest secret that makes a key, in bytes.
    pub const LEAST: usize = 16;

    /// A key from a secret of at least [`Key::LEAST`] bytes; none for a shorter one.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::LEAST).then(|| Self(blake3::derive_key("odograft 2026-11 bundle pseudonymise", secret)))
    }

    /// A number that depends on the key and on what it is asked about.
    pub(crate) fn number(&self, about: &[u8]) -> u64 {
        let hash = blake3::keyed_hash(&self.0, about);
        let first: [u8; 8] = std::array::from_fn(|at| hash.as_bytes()[at]);
        u64::from_le_bytes(first)
    }

    /// The text of the same shape that this one becomes; another one for each `tweak`.
    fn permuted(&self, text: &str, tweak: u32) -> String {
        let mut parts = parts(text);
        let shape: Vec<u8> = parts.iter().flat_map(|part| part.class.0.to_le_bytes()).collect();
        let moving: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].class.1 > 1).collect();
        // Every other moving character is shifted by what the rest says, in turns: a Feistel network of mixed radices.
        for round in 0..ROUNDS {
            let half = round % 2;
            let others: Vec<u8> = moving
                .iter()
                .enumerate()
                .filter(|(turn, _)| *turn as u32 % 2 != half)
                .flat_map(|(_, at)| parts[*at].place.to_le_bytes())
                .collect();
            for (_, at) in moving.iter().enumerate().filter(|(turn, _)| *turn as u32 % 2 == half) {
                let mut about = Vec::with_capacity(shape.len() + others.len() + 24);
                for number in [
                    tweak,
                    round,
                    u32::try_from(*at).unwrap_or(u32::MAX),
                    u32::try_from(shape.len()).unwrap_or(u32::MAX),
                ] {
                    about.extend(number.to_le_bytes());
                }
                about.extend(&shape);
                about.extend(&others);
                let part = &mut parts[*at];
                let size = u64::from(part.class.1);
                part.place = u32::try_from((u64::from(part.place) + self.number(&about) % size) % size).unwrap_or(0);
            }
        }
        parts.iter().map(Part::char).collect()
    }
}

/// A text's characters; its first digit keeps to itself where it is 0, and is none where it is not.
fn parts(text: &str) -> Vec<Part> {
    let hex = is_uuid(text);
    let mut leading = true;
    let part = |c: char| {
        let part = Part::of(c, hex, leading && !hex);
        leading = leading && !c.is_ascii_digit();
        part
    };
    text.chars().map(part).collect()
}

/// A character: its class and its place in it.
struct Part {
    /// The first character of the class and the number of those in it; for one that stays, itself and 1.
    class: (u32, u32),
    place: u32,
    original: char,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Stays,
    /// Consecutive characters from the class's first.
    Run,
    /// Letters of the original's case within 64 neighbours in the code table, all as long in UTF-8.
    Neighbours,
}

impl Part {
    fn of(c: char, hex: bool, leading: bool) -> Self {
        let run = |first: char, size: u32| Self {
            class: (first as u32, size),
            place: c as u32 - first as u32,
            original: c,
            kind: Kind::Run,
        };
        match c {
            '0' if leading => Self::staying(c),
            '1'..='9' if leading => run('1', 9),
            '0'..='9' => run('0', 10),
            'a'..='f' if hex => run('a', 6),
            'A'..='F' if hex => run('A', 6),
            'a'..='z' => run('a', 26),
            'A'..='Z' => run('A', 26),
            _ if c.is_alphabetic() => {
                let place = neighbours(c).position(|other| other == c);
                let size = u32::try_from(neighbours(c).count()).unwrap_or(1);
                let first = neighbours(c).next().map_or(c as u32, |first| first as u32);
                let place = place.and_then(|place| u32::try_from(place).ok()).unwrap_or(0);
                Self { class: (first, size), place, original: c, kind: Kind::Neighbours }
            }
            _ => Self::staying(c),
        }
    }

    fn staying(c: char) -> Self {
        Self { class: (c as u32, 1), place: 0, original: c, kind: Kind::Stays }
    }

    fn char(&self) -> char {
        let made = match self.kind {
            Kind::Stays => Some(self.original),
            Kind::Run => char::from_u32(self.class.0 + self.place),
            Kind::Neighbours => usize::try_from(self.place).ok().and_then(|place| neighbours(self.original).nth(place)),
        };
        made.unwrap_or(self.original)
    }
}

fn neighbours(c: char) -> impl Iterator<Item = char> {
    let first = c as u32 & !63;
    (first..first + 64).filter_map(char::from_u32).filter(move |other| {
        other.is_alphabetic() && other.is_lowercase() == c.is_lowercase() && other.is_uppercase() == c.is_uppercase()
    })
}

/// `8-4-4-4-12` hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text has anything to replace.
#[must_use]
pub fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The names that the texts of a corpus are given. No two are one, and none is a text of the corpus itself, but for
/// shapes so short that the corpus has most of what there is: two digits, one letter.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

impl Names {
    /// Names for all of these.
    #[must_use]
    pub fn of(key: &Key, texts: &BTreeSet<String>) -> Self {
        let mut shapes: BTreeMap<Vec<(u32, u32)>, Vec<&String>> = BTreeMap::new();
        for text in texts {
            shapes.entry(parts(text).iter().map(|part| part.class).collect()).or_default().push(text);
        }
        let mut names = BTreeMap::new();
        for alike in shapes.values() {
            let mut used = BTreeSet::new();
            for text in alike {
                let fresh = |name: &String| !texts.contains(name) && !used.contains(name);
                if let Some(name) = (0..TRIES).map(|tweak| key.permuted(text, tweak)).find(fresh) {
                    used.insert(name);
                }
            }
            // Too few others of a short shape: then only told apart, by one permutation of all of them.
            let crowded = used.len() < alike.len();
            let mut used = BTreeSet::new();
            for text in alike {
                let fresh = |name: &String| crowded || !texts.contains(name) && !used.contains(name);
                let name = (0..TRIES).map(|tweak| key.permuted(text, tweak)).find(fresh);
                let name = name.unwrap_or_else(|| key.permuted(text, 0));
                used.insert(name.clone());
                names.insert((*text).clone(), name);
            }
        }
        Self(names)
    }

    /// A text's name; the text itself where it is none of the corpus.
    #[must_use]
    pub fn get<'a>(&'a self, text: &'a str) -> &'a str {
        self.0.get(text).map_or(text, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::from_secret(b"a secret of sixteen bytes or more").expect("long enough")
    }

    fn shape(text: &str) -> Vec<(bool, bool, bool, usize)> {
        text.chars().map(|c| (c.is_uppercase(), c.is_lowercase(), c.is_numeric(), c.len_utf8())).collect()
    }

    #[test]
    fn shapes_are_kept_and_words_are_not() {
        for text in [
            "Ada Quackenbush",
            "o'neill@example.invalid",
            "07700 900123",
            "Ó Braonáin",
            "Жанна",
            "山田太郎",
            "SW1A 1AA",
            "5f0c1b9e-2d5a-4a39-9d5e-0a1b2c3d4e5f",
            "E9",
            "a\u{301}\u{0}\n👩",
        ] {
            let name = key().permuted(text, 0);
            assert_eq!(shape(&name), shape(text), "{name}");
            assert_ne!(name, text);
        }
        assert!(is_uuid(&key().permuted("5f0c1b9e-2d5a-4a39-9d5e-0a1b2c3d4e5f", 0)));
        assert!(key().permuted("07700 900123", 0).starts_with('0'));
        assert!(!key().permuted("17", 0).starts_with('0'));
        assert_eq!(key().permuted("+-. \u{1f600}", 0), "+-. \u{1f600}");
    }

    #[test]
    fn no_two_texts_of_a_shape_become_one() {
        let all: BTreeSet<String> = (100..1000).map(|number| key().permuted(&number.to_string(), 0)).collect();
        assert_eq!(all.len(), 900);
        assert!(all.iter().all(|name| name.len() == 3));
    }

    #[test]
    fn a_key_gives_the_same_names_and_another_gives_others() {
        let other = Key::from_secret(b"another secret, also long enough").expect("long enough");
        assert_eq!(key().permuted("Ada Quackenbush", 0), key().permuted("Ada Quackenbush", 0));
        assert_ne!(key().permuted("Ada Quackenbush", 0), other.permuted("Ada Quackenbush", 0));
        assert!(Key::from_secret(b"short").is_none());
    }

    #[test]
    fn short_texts_stay_apart_where_there_are_no_others() {
        let texts: BTreeSet<String> = (1..=9).map(|number| number.to_string()).collect();
        let names = Names::of(&key(), &texts);
        let given: BTreeSet<&str> = texts.iter().map(|text| names.get(text)).collect();
        assert_eq!(given.len(), 9);
    }

    #[test]
    fn no_name_is_a_text_of_the_corpus() {
        let texts: BTreeSet<String> = (100..400).map(|number| number.to_string()).collect();
        let names = Names::of(&key(), &texts);
        let given: BTreeSet<&str> = texts.iter().map(|text| names.get(text)).collect();
        assert_eq!(given.len(), texts.len());
        assert!(given.iter().all(|name| !texts.contains(*name)));
    }
}
