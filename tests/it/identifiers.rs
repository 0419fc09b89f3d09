//! Nothing in this repository looks like a person's own: mail addresses, telephone numbers and identity numbers are of the ranges
//! that belong to nobody.

use std::fs;
use std::path::{Path, PathBuf};

/// Every text of the repository.
fn texts() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (mut folders, mut texts) = (vec![root], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().expect("a kind");
            if kind.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(&path)
            {
                texts.push((path, text));
            }
        }
    }
    texts
}

/// Mail addresses of domains that somebody may have.
fn addresses(text: &str) -> Vec<String> {
    let local = |c: char| c.is_ascii_alphanumeric() || "._%+-".contains(c);
    let domain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let before = &text[text[..at].trim_end_matches(local).len()..at];
        let behind = &text[at + 1..];
        let host = behind[..behind.find(|c| !domain(c)).unwrap_or(behind.len())].trim_end_matches('.').to_lowercase();
        // What has no name at its top is a version, `values@0.1.0`.
        let Some((_, top)) = host.rsplit_once('.') else { continue };
        let named = top.len() > 1 && top.chars().all(|c| c.is_ascii_alphabetic());
        let reserved = ["invalid", "example", "test"].contains(&top)
            || ["example.com", "example.org", "example.net"]
                .iter()
                .any(|own| host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
        if named && !reserved && !before.is_empty() {
            found.push(format!("{before}@{host}"));
        }
    }
    found
}

/// Numbers that somebody may have: groups of digits as people write telephone and identity numbers.
fn numbers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let joined = rest[..start].ends_with(|c: char| c.is_alphanumeric() || c == '.');
        rest = &rest[start..];
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (mut end, mut groups) = (digits(rest), Vec::new());
        groups.push(&rest[..end]);
        while let Some(behind) = rest[end..].strip_prefix([' ', '-']) {
            let length = digits(behind);
            if length == 0 {
                break;
            }
            groups.push(&behind[..length]);
            end += 1 + length;
        }
        let joined = joined || rest[end..].starts_with(|c: char| c.is_alphanumeric());
        let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
        let good = match (&lengths[..], &groups[..]) {
            // The mobile numbers that Ofcom keeps for plays.
            ([5, 6] | [5, 3, 3], [first, second, ..]) if first.starts_with("07") => {
                *first == "07700" && second.starts_with("900")
            }
            ([11], [all]) if all.starts_with("07") => all.starts_with("07700900"),
            // American numbers, and the ones of the British health service.
            ([3, 3, 4], [first, second, last]) => *first == "999" || *second == "555" && last.starts_with("01"),
            // American social security: none begins with 9 or is 000.
            ([3, 2, 4], [first, ..]) => first.starts_with('9') || *first == "000",
            _ => true,
        };
        if !good && !joined {
            found.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
    }
    found
}

#[test]
fn every_identifier_belongs_to_nobody() {
    let texts = texts();
    assert!(texts.len() > 300, "{} texts", texts.len());
    let mut found = Vec::new();
    for (path, text) in &texts {
        let here = addresses(text).into_iter().chain(numbers(text));
        found.extend(here.map(|identifier| format!("{}: {identifier}", path.display())));
    }
    assert_eq!(found, [] as [String; 0]);
}

#[test]
fn what_may_be_somebody_s_is_seen() {
    // Put together here, so that this file does not hold them.
    for (left, right) in [("ann.moss", "clinic.co.uk"), ("ann", "gmail.com"), ("a", "example.com.mx")] {
        assert_eq!(addresses(&format!("mail <{left}@{right}>.")), [format!("{left}@{right}")]);
    }
    assert_eq!(addresses("values@0.1.0, a@example.invalid, B@Example.org, x@api.example.com, @home"), [] as [&str; 0]);
    for number in [["07", "911 123456"], ["07", "911123456"], ["212-5", "55-0199"], ["123-4", "5-6789"]] {
        let number = number.concat();
        let told = if number == "212-555-0199" { vec![] } else { vec![number.clone()] };
        assert_eq!(numbers(&format!("call {number}, or not")), told);
    }
    assert_eq!(numbers("07700 900123, 999 123 4567, 912-34-5678, 2026-11-01, a07911123456"), [] as [&str; 0]);
}
