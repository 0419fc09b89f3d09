use std::collections::BTreeSet;

use super::*;
use crate::cells::{Cell, Cells};

/// A small generator of numbers: the same seed gives the same practice.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const FIRST: [&str; 24] = [
    "Anna", "Anne", "Jayden", "Hayden", "Zoë", "Marek", "Oliver", "Olivia", "Priya", "Siobhán", "Ivan", "Ewan",
    "Grace", "Noah", "Leila", "Leyla", "Tom", "Tim", "Ruth", "Beth", "Kwame", "Amara", "Luis", "Luisa",
];
const LAST: [&str; 20] = [
    "Smith", "Smyth", "O'Neill", "Okafor", "Kowalska", "Patel", "Brown", "Browne", "García", "Nguyen", "Jones", "Lee",
    "Leigh", "Müller", "Haddad", "Cohen", "Stone", "Stein", "Ali", "Khan",
];

fn person(id: usize, first: &str, last: &str, birth: &str, email: &str, phone: &str, street: &str) -> Person {
    let text = |text: &str| Cell::Text(text.to_owned());
    let cells: Cells = [
        ("name".to_owned(), text(&format!("{first} {last}"))),
        ("x_date_of_birth".to_owned(), text(birth)),
        ("email".to_owned(), text(email)),
        ("phone".to_owned(), text(phone)),
        ("street".to_owned(), text(street)),
        ("zip".to_owned(), text("AB1 2CD")),
    ]
    .into_iter()
    .filter(|(_, cell)| *cell != text(""))
    .collect();
    Person::of(id.to_string(), &cells)
}

/// People and the pairs of them who are one: families that share e-mail, phone and house, twins, a father and a son of one
/// name, and doubles with slips, other spellings, a changed surname, a missing e-mail.
fn practice(seed: u64) -> (Vec<Person>, BTreeSet<(String, String)>) {
    let mut numbers = Numbers(seed);
    let (mut people, mut truth) = (Vec::new(), BTreeSet::new());
    for family in 0..400 {
        let last = numbers.of(&LAST);
        let (email, phone) = (format!("family{family}@example.invalid"), format!("07700 9{family:05}"));
        let street = format!("{} Mill Lane", family + 1);
        let own = |at: usize| format!("person{family}x{at}@example.invalid");
        let mut names: Vec<&str> = Vec::new();
        for at in 0..2 + numbers.below(3) {
            let first = numbers.of(&FIRST);
            if names.contains(&first) {
                continue;
            }
            names.push(first);
            let year = 1950 + numbers.below(60);
            let birth = format!("{year}-{:02}-{:02}", 1 + numbers.below(12), 1 + numbers.below(28));
            let shared = numbers.below(2) == 0;
            let address = if shared { email.clone() } else { own(at) };
            people.push(person(people.len(), first, last, &birth, &address, &phone, &street));
            match numbers.below(10) {
                // A twin.
                0 => {
                    let twin = FIRST.iter().find(|name| !names.contains(name)).copied().unwrap_or("Kim");
                    names.push(twin);
                    people.push(person(people.len(), twin, last, &birth, &address, &phone, &street));
                }
                // A son of the same name, on the same day of another decade.
                1 => {
                    let birth = format!("{}{}", year + 20, &birth[4..]);
                    people.push(person(people.len(), first, last, &birth, &address, &phone, &street));
                }
                // The same person once more.
                kind @ 2..=7 => {
                    let (before, id) = (people.len() - 1, people.len());
                    let number = phone.replace("07700 ", "+44 7700 ");
                    let double = match kind {
                        2 => person(id, first, last, &birth, &address.to_uppercase(), "", ""),
                        3 => person(id, &first.to_uppercase(), last, &birth, "", &number, &street),
                        4 => person(id, first, &format!("{last}e"), &birth, &address, &phone, ""),
                        // A surname that changed with a marriage; the house, the e-mail and the phone did not.
                        5 => person(id, first, "Quackenbush", &birth, &address, &phone, &street),
                        // Day and month in each other's place.
                        6 => {
                            let birth = format!("{}-{}-{}", &birth[..4], &birth[8..], &birth[5..7]);
                            person(id, first, last, &birth, &address, &phone, &street)
                        }
                        // Nothing but the name and the day.
                        _ => person(id, first, last, &birth, "", "", ""),
                    };
                    truth.insert(pair(&before.to_string(), &id.to_string()));
                    people.push(double);
                }
                _ => {}
            }
        }
    }
    (people, truth)
}

#[test]
fn no_merge_is_proposed_of_two_who_are_two_and_most_of_those_who_are_one_are_found() {
    for seed in 1..=5 {
        let (people, truth) = practice(seed);
        let found = candidates("patient", &people);
        let pairs = |wanted: &dyn Fn(&Candidate) -> bool| -> BTreeSet<(String, String)> {
            found.iter().filter(|c| wanted(c)).map(|c| pair(&c.kept.id, &c.other.id)).collect()
        };
        let proposed = pairs(&|c| c.proposal == Some(DuplicateVerdict::Merge));
        let seen = pairs(&|_| true);
        let (right, shown) = (proposed.intersection(&truth).count(), seen.intersection(&truth).count());
        println!(
            "seed {seed}: {} people, {} doubles; proposed {} of which {right} right, shown {shown} among {} pairs",
            people.len(),
            truth.len(),
            proposed.len(),
            seen.len()
        );
        assert_eq!(right, proposed.len(), "a merge of two who are two: {:?}", proposed.difference(&truth).next());
        assert!(right * 100 >= truth.len() * 60, "too few are proposed");
        assert!(shown * 100 >= truth.len() * 95, "too few are shown");
    }
}

#[test]
fn an_e_mail_alone_proposes_nothing() {
    let one = person(1, "Anna", "Smith", "1980-01-02", "a@example.invalid", "", "");
    let same = |first, last, birth| {
        candidates("patient", &[one.clone(), person(2, first, last, birth, "a@example.invalid", "", "")])
    };
    let proposal = |found: &[Candidate]| found.first().and_then(|c| c.proposal);
    assert_eq!(proposal(&same("Anna", "Smith", "1980-01-02")), Some(DuplicateVerdict::Merge));
    for (first, last, birth) in [
        ("Bob", "Smith", "1980-01-02"),
        ("Anna", "Smith", "1953-07-09"),
        ("Anna", "Jones", "1980-01-02"),
        ("Anna", "Smith", ""),
        ("Anne", "Smith", "1980-01-02"),
    ] {
        assert_eq!(proposal(&same(first, last, birth)), None, "{first} {last} {birth}");
    }
}

#[test]
fn the_practices_own_number_makes_nobody_a_double() {
    let people: Vec<Person> = (0..200)
        .map(|at| person(at, FIRST[at % 24], LAST[at % 20], &format!("19{:02}-01-02", at % 90), "", "01632 960000", ""))
        .collect();
    let found = candidates("patient", &people);
    assert!(found.iter().all(|c| c.kept.birth == c.other.birth), "a number that all have says nothing");
}
