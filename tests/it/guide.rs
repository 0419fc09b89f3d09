//! `guests/README.md` shows commands with their answers: here they are run, and the answers compared.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::clinic::odograft;
use crate::guests;

/// A fenced block of the page: its language, the lines in it, and the file that a comment above it names.
struct Block<'p> {
    language: &'p str,
    lines: Vec<&'p str>,
    file: Option<&'p str>,
}

/// The blocks below one heading.
fn blocks<'p>(page: &'p str, heading: &str) -> Vec<Block<'p>> {
    let (mut found, mut file) = (Vec::new(), None);
    let mut lines =
        page.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("<!-- file: ") {
            file = name.strip_suffix(" -->");
        } else if let Some(language) = line.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| *line != "```").collect();
            found.push(Block { language, lines, file: file.take() });
        }
    }
    found
}

/// A shell that keeps its folder from one command to the next.
struct Shell {
    folder: PathBuf,
}

impl Shell {
    fn run(&mut self, command: &str) -> String {
        if let Some(into) = command.strip_prefix("cd ") {
            self.folder = self.folder.join(into).canonicalize().expect("the folder is there");
            return String::new();
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let own = odograft().parent().map(Path::to_owned).expect("the command lies in a folder");
        let path = std::env::join_paths([own].into_iter().chain(std::env::split_paths(&path))).expect("a path");
        let compiled = guests::folder().parent().expect("a folder of the target's").join("guest-build");
        let output = Command::new("sh")
            .args(["-c", &format!("({command}) 2>&1")])
            .current_dir(&self.folder)
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", compiled)
            .output()
            .expect("a shell");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// Whether a line is as the page has it, where `…` stands for anything.
fn line_is(shown: &str, line: &str) -> bool {
    let mut parts = shown.split('…');
    let Some(mut rest) = parts.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let others: Vec<&str> = parts.collect();
    let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The same of an answer; a line that is `…` alone stands for any number of lines.
fn answer_is(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first.trim() == "…" => (0..=lines.len()).any(|at| answer_is(rest, &lines[at..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| line_is(first, line) && answer_is(rest, lines))
        }
    }
}

/// Follows the part of the guide below a heading, in a folder that has what the part begins with; how many commands it has.
fn follow(heading: &str, folder: &Path) -> usize {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/README.md");
    let page = fs::read_to_string(page).expect("the page");
    let mut shell = Shell { folder: folder.to_owned() };
    let mut commands = 0;
    for block in blocks(&page, heading) {
        if let Some(file) = block.file {
            let file = folder.join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, block.lines.join("\n") + "\n").expect("written");
        } else if block.language == "console" {
            let mut lines = block.lines.iter().peekable();
            while let Some(line) = lines.next() {
                let command = line.strip_prefix("$ ").expect("an answer has a command before it");
                let shown: Vec<&str> =
                    std::iter::from_fn(|| lines.next_if(|line| !line.starts_with("$ ")).copied()).collect();
                let answer = shell.run(command);
                let told: Vec<&str> = answer.lines().collect();
                assert!(
                    answer_is(&shown, &told),
                    "`{command}` answers:\n{answer}\nand the page shows:\n{}",
                    shown.join("\n")
                );
                commands += 1;
            }
        }
    }
    commands
}

#[cfg(unix)]
#[test]
fn the_guide_s_commands_answer_as_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("dentally.wasm"), guests::bytes("dentally")).expect("a module is copied");
    let commands = follow("## From nothing to a tested overlay", folder.path());
    assert!(commands > 15, "the guide is read: {commands} commands");
}

#[cfg(unix)]
#[test]
fn a_fifth_system_is_onboarded_as_the_guide_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("fifth-system.wasm"), guests::bytes("fifth-system")).expect("a module is copied");
    let export = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/tabular/brightchair");
    crate::tabular::copy(&export, &folder.path().join("export"));
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guests/fifth-system/fixtures");
    crate::tabular::copy(&cases.join("brightchair"), &folder.path().join("fixtures/brightchair"));
    let commands = follow("## A fifth system", folder.path());
    assert!(commands > 8, "the guide is read: {commands} commands");
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(line_is("fuel … → … (…)", "fuel 1 → 2 (+100.0 %)") && line_is("…", "") && line_is("a", "a"));
    assert!(!line_is("a", "ab") && !line_is("a…b", "a") && !line_is("…b", "abc") && !line_is("a…a", "a"));
    assert!(answer_is(&["a", "…", "d"], &["a", "b", "c", "d"]) && answer_is(&["…"], &[]));
    assert!(!answer_is(&["a", "…", "d"], &["a", "b"]) && !answer_is(&[], &["a"]));
}
