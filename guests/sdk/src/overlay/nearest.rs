//! The names that somebody may have meant.

/// Up to three names, the most alike first, in backticks; what they are called where there are none.
pub(crate) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>, nothing: &str) -> String {
    let mut names: Vec<(usize, &str)> = names.map(|name| (distance(wanted, name), name)).collect();
    names.sort_unstable();
    names.dedup();
    let names: Vec<String> = names.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if names.is_empty() { nothing.to_owned() } else { names.join(", ") }
}

/// How many characters have to be added, taken away or exchanged (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, from) in one.chars().enumerate() {
        let mut diagonal = core::mem::replace(&mut row[0], at + 1);
        for (to_at, to) in other.chars().enumerate() {
            let exchanged = diagonal + usize::from(from != to);
            diagonal = row[to_at + 1];
            row[to_at + 1] = exchanged.min(diagonal + 1).min(row[to_at] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_what_was_meant() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "name"), 4);
        let names = ["name", "email", "x_nhs_number", "x_mobile", "zip"];
        assert_eq!(nearest("x_nhs_no", names.into_iter(), "none"), "`x_nhs_number`, `x_mobile`, `name`");
        assert_eq!(nearest("x", [].into_iter(), "none"), "none");
    }
}
