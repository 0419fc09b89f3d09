//! The smallest record that a module still fails on.

use crate::row::Node;
use odograft_records::Object;

/// How often a smaller record is tried.
const TRIES: u64 = 3_000;

/// Fuel that counts as one try more: a record that uses all of its fuel takes as long as hundreds that don't.
const FUEL: u64 = 500_000;

/// Takes away and simplifies what the failure does not need. `fails` tells whether a record still fails in the same way, and
/// the fuel that it took to see; what holds fields stays in the form of its source.
pub(super) fn shrink(record: Node, object: &Object<'_>, fails: &mut dyn FnMut(&Node) -> (bool, u64)) -> Node {
    let mut shrinker = Shrinker { best: record, fails, left: TRIES };
    loop {
        let before = shrinker.best.clone();
        for part in object.parts.iter() {
            let Node::Object(members) = &shrinker.best else { continue };
            for at in members
                .iter()
                .enumerate()
                .filter(|(_, (name, _))| name == part.member)
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
            {
                shrinker.thin(&mut vec![at]);
            }
        }
        if shrinker.best == before || shrinker.left == 0 {
            return shrinker.best;
        }
    }
}

struct Shrinker<'f> {
    best: Node,
    fails: &'f mut dyn FnMut(&Node) -> (bool, u64),
    left: u64,
}

impl Shrinker<'_> {
    /// Keeps a change of the node at this path where the record still fails.
    fn attempt(&mut self, path: &[usize], change: impl FnOnce(&mut Node)) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let mut smaller = self.best.clone();
        change(at(&mut smaller, path));
        if smaller == self.best {
            return false;
        }
        let (kept, fuel) = (self.fails)(&smaller);
        self.left = self.left.saturating_sub(fuel / FUEL);
        if kept {
            self.best = smaller;
        }
        kept
    }

    /// Takes children away in ever smaller runs, then thins out each that is left.
    fn thin(&mut self, path: &mut Vec<usize>) {
        let count = children(at(&mut self.best, path));
        if count == 0 {
            return self.simplify(path);
        }
        let mut run = count;
        while run > 0 {
            let mut from = 0;
            while from < children(at(&mut self.best, path)) {
                let gone = self.attempt(path, |node| match node {
                    Node::Object(members) => drop(members.drain(from..(from + run).min(members.len()))),
                    Node::List(items) => drop(items.drain(from..(from + run).min(items.len()))),
                    Node::Leaf(_) => {}
                });
                if !gone {
                    from += run;
                }
            }
            run /= 2;
        }
        for child in 0..children(at(&mut self.best, path)) {
            path.push(child);
            self.thin(path);
            path.pop();
        }
    }

    /// Tries simpler values for a leaf.
    fn simplify(&mut self, path: &[usize]) {
        let Node::Leaf(json) = at(&mut self.best, path).clone() else { return };
        for simpler in ["null", "\"\"", "\"a\"", "0", "1", "true"] {
            if json == simpler {
                return;
            }
            if self.attempt(path, |node| *node = Node::Leaf(simpler.to_owned())) {
                return;
            }
        }
        if let Ok(text) = serde_json::from_str::<String>(&json) {
            self.shorten(path, text.chars().collect());
        }
    }

    /// Takes letters away in ever smaller runs.
    fn shorten(&mut self, path: &[usize], mut letters: Vec<char>) {
        let json = |letters: &[char]| serde_json::Value::from(letters.iter().collect::<String>()).to_string();
        let mut run = letters.len().div_ceil(2);
        while run > 0 && self.left > 0 {
            let mut from = 0;
            while from < letters.len() && self.left > 0 {
                let mut fewer = letters.clone();
                fewer.drain(from..(from + run).min(fewer.len()));
                let leaf = Node::Leaf(json(&fewer));
                if self.attempt(path, |node| *node = leaf) {
                    letters = fewer;
                } else {
                    from += run;
                }
            }
            run /= 2;
        }
    }
}

fn children(node: &Node) -> usize {
    match node {
        Node::Object(members) => members.len(),
        Node::List(items) => items.len(),
        Node::Leaf(_) => 0,
    }
}

/// The node at a path that exists.
fn at<'n>(node: &'n mut Node, path: &[usize]) -> &'n mut Node {
    path.iter().fold(node, |node, &step| match node {
        Node::Object(members) => &mut members[step].1,
        Node::List(items) => &mut items[step],
        Node::Leaf(_) => unreachable!("a path ends at a leaf"),
    })
}

#[cfg(test)]
mod tests {
    use odograft_engine::{Dentally, Perio};

    use super::*;
    use crate::source::Source;

    fn check<S: Source>(record: &str, guilty: &str, expected: &str) {
        let record = Node::parse(record);
        let form = S::form(&record).expect("an object");
        assert_eq!(shrink(record, &form.object(), &mut |node| (node.json().contains(guilty), 0)).json(), expected);
    }

    #[test]
    fn only_what_the_failure_needs_is_left() {
        check::<Dentally>(
            r#"{"object":"patient","row":{"id":1,"town":"abcXYdef","metadata":{"a":[1,2,3]},"notes":"long"}}"#,
            "XY",
            r#"{"object":"patient","row":{"town":"XY"}}"#,
        );
        check::<Perio>(
            r#"{"latest":true,"manifest":{"notation":"fdi"},"exam":{"exam_id":"E","note":"n"},"readings":[{"mb":1},{"mb":77,"b":2},{"mb":3}]}"#,
            "77",
            r#"{"latest":true,"manifest":{},"exam":{},"readings":[{"mb":77}]}"#,
        );
    }

    #[test]
    fn tries_are_bounded() {
        let text = "x".repeat(60_000);
        let record = Node::parse(&format!(r#"{{"object":"patient","row":{{"id":"{text}"}}}}"#));
        let mut tries = 0;
        let form = Dentally::form(&record).expect("an object");
        let same = shrink(record.clone(), &form.object(), &mut |_| {
            tries += 1;
            (false, FUEL)
        });
        assert!(same == record && tries <= TRIES / 2, "{tries} tries");
    }
}
