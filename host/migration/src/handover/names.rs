//! File names of what may be called anything.

use std::collections::HashSet;

/// The longest name that is taken as it is, in characters.
const LONGEST: usize = 80;
/// What is kept of a name that cannot be taken as it is.
const KEPT: usize = 40;

/// Names that Windows keeps for devices, whatever follows their first point.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The names that one folder has.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// A name for `wanted` that no other file of the folder has, on any system: itself where that can be, else its letters
    /// and digits with a digest of `identity` behind them.
    pub(super) fn free(&mut self, wanted: &str, identity: &str) -> String {
        if is_plain(wanted) && self.take(wanted) {
            return wanted.to_owned();
        }
        let kept: String = wanted.chars().take(KEPT).map(|c| if is_letter(c) { c } else { '_' }).collect();
        let digest = blake3::hash(identity.as_bytes()).to_hex();
        let name = format!("{kept}-{}", &digest[..12]);
        if self.take(&name) {
            return name;
        }
        let mut counted = (2_u64..).map(|count| format!("{name}-{count}"));
        // There is always one more number.
        counted.find(|name| self.take(name)).unwrap_or(name)
    }

    /// Some systems do not tell capitals apart.
    fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_ascii_lowercase())
    }
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a name is the same file on every system.
fn is_plain(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let numbered = |device: &str| stem.strip_prefix(device).is_some_and(|rest| rest.len() == 1 && is_digit(rest));
    let is_device = DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    name.len() <= LONGEST
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !name.ends_with('.')
        && name.chars().all(|c| is_letter(c) || c == '.')
        && !is_device
}

fn is_digit(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A heading as a file's name: small letters and digits, words parted by `-`.
pub(super) fn slug(title: &str) -> String {
    let small = title.to_lowercase();
    let words = small.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug: String = words.collect::<Vec<_>>().join("-").chars().take(LONGEST).collect();
    if slug.is_empty() { "documents".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;

    #[test]
    fn plain_names_stay_and_all_others_are_one_file_in_the_folder() {
        let mut names = Names::default();
        for plain in ["17", "R1", "a-b_c.d", "INV-2024.01", "console"] {
            assert_eq!(names.free(plain, plain), plain);
        }
        let long = "x".repeat(300);
        let hostile = [
            "",
            ".",
            "..",
            "../x",
            "/etc/passwd",
            "..\\x",
            "C:\\x",
            "CON",
            "con",
            "con.txt",
            "LPT1",
            "COM9.x",
            "nul",
            "a.",
            " a",
            "a ",
            "a/b",
            "a\u{0}b",
            "a\nb",
            "Zoë",
            "患者",
            "🦷",
            "-x",
            "~",
            "r1",
            long.as_str(),
        ];
        let mut seen = HashSet::new();
        for wanted in hostile {
            let name = names.free(wanted, wanted);
            assert!(name.len() <= LONGEST && name.is_ascii(), "{wanted:?}: {name}");
            let parts: Vec<_> = Path::new(&name).components().collect();
            assert!(matches!(parts[..], [Component::Normal(part)] if part == name.as_str()), "{wanted:?}: {name}");
            assert!(!name.contains(['/', '\\', ':']) && !name.ends_with('.'), "{wanted:?}: {name}");
            assert!(seen.insert(name.to_lowercase()), "{wanted:?}: {name} is another's");
        }
    }

    #[test]
    fn one_key_twice_is_two_files_and_the_same_ones_again() {
        let names = || {
            let mut names = Names::default();
            ["a", "a", "a", "A", "b"].map(|key| names.free(key, key))
        };
        let first = names();
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 5, "{first:?}");
        assert_eq!((first[0].as_str(), first[4].as_str(), &first), ("a", "b", &names()));
    }

    #[test]
    fn headings_become_words() {
        assert_eq!(slug("Billing history for the accountant (CSV)"), "billing-history-for-the-accountant-csv");
        assert_eq!((slug("患者"), slug("../x")), ("documents".to_owned(), "x".to_owned()));
    }
}
