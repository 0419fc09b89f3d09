//! The page in front of a handover: what a person rebuilds where, and what each file is for.
//!
//! One file that opens without a network. It holds counts, headings, names of files and of fields, and nothing of any
//! record.

use askama::Template;

/// A place where something is rebuilt, with all that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The Odoo app or page; empty where it is not known.
    pub rebuild_in: String,
    /// The kinds of documents.
    pub kinds: Vec<Kind>,
}

/// The documents of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kind {
    /// The heading.
    pub title: String,
    /// The module that made them.
    pub module: String,
    /// How many.
    pub documents: u64,
    /// The folder with a file for each.
    pub folder: String,
    /// The file with all of them.
    pub lines: String,
    /// What can be imported.
    pub tables: Vec<CsvLink>,
    /// What of it was left out.
    pub left_out: Option<CsvLink>,
    /// Entries whose contact is not in Odoo yet.
    pub waiting: u64,
}

/// A CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvLink {
    /// Its name within the folder.
    pub file: String,
    /// Rows in it.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A list beside the documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The file.
    pub csv: CsvLink,
    /// What it is for.
    pub what: &'static str,
}

/// Records that were put aside for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAside {
    /// Where.
    pub stage: String,
    /// A stable word.
    pub reason: String,
    /// In words, of the first of them.
    pub words: String,
    /// How many.
    pub records: u64,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub when: String,
    /// Who.
    pub who: String,
    /// By which command.
    pub command: String,
    /// What.
    pub what: String,
}

/// Everything on the page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "handover.html")]
pub struct HandoverPage {
    /// The migration's name.
    pub name: String,
    /// What there is to rebuild, by place.
    pub places: Vec<Place>,
    /// Heading and place of kinds that there is nothing of.
    pub empty: Vec<(String, String)>,
    /// Each module's name and the file of its page.
    pub pages: Vec<(String, String)>,
    /// The other files.
    pub lists: Vec<List>,
    /// Why records were put aside.
    pub put_aside: Vec<PutAside>,
    /// By model, the fields that were made in Odoo.
    pub made: Vec<(String, Vec<String>)>,
    /// The newest steps, the last at the end.
    pub steps: Vec<Step>,
    /// How many there were before those.
    pub steps_before: u64,
    /// Cells that begin with `'` because a spreadsheet would take them for a formula.
    pub marked_cells: u64,
}

impl HandoverPage {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        // The template holds nothing that can fail.
        self.render().unwrap_or_default()
    }

    /// Documents of all kinds.
    fn documents(&self) -> u64 {
        self.places.iter().flat_map(|place| &place.kinds).map(|kind| kind.documents).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(file: &str) -> CsvLink {
        CsvLink { file: file.to_owned(), rows: 3, sha256: "ab".repeat(32) }
    }

    fn page() -> HandoverPage {
        let kind = Kind {
            title: "Billing <history>".into(),
            module: "dent-o-soft".into(),
            documents: 2,
            folder: "documents/billing".into(),
            lines: "documents/billing.jsonl".into(),
            tables: vec![csv("documents/billing.csv")],
            left_out: Some(csv("documents/billing.left-out.csv")),
            waiting: 1,
        };
        let put_aside = PutAside { stage: "decode".into(), reason: "no-id".into(), words: "no id".into(), records: 4 };
        let [when, who, command, what] = ["2026-11-01T00:00:00Z", "ada", "odograft run", "load"].map(str::to_owned);
        HandoverPage {
            name: "a<b".into(),
            places: vec![Place { rebuild_in: "Accounting › Import".into(), kinds: vec![kind] }],
            empty: vec![("Recalls".into(), "Email Marketing".into())],
            pages: vec![("dent-o-soft".into(), "mapping/dent-o-soft.md".into())],
            lists: vec![List { csv: csv("mapping.csv"), what: "every field" }],
            put_aside: vec![put_aside],
            made: vec![("res.partner".into(), vec!["x_source_id".into()])],
            steps: vec![Step { when, who, command, what }],
            steps_before: 12,
            marked_cells: 2,
        }
    }

    #[test]
    fn a_page_stands_alone_and_links_every_file() {
        let html = page().html();
        assert!(html.contains("a&#60;b") && !html.contains("a<b") && !html.contains("<history>"), "it escapes");
        let files = ["documents/billing/", "documents/billing.jsonl", "documents/billing.csv", "mapping.csv"];
        for file in files.into_iter().chain(["documents/billing.left-out.csv", "mapping/dent-o-soft.md"]) {
            assert!(html.contains(&format!("href=\"{file}\"")), "`{file}` is linked");
        }
        for words in ["patients’ data", "2 cells", "12 steps before", "no-id", "x_source_id", "Recalls"] {
            assert!(html.contains(words), "`{words}`: {html}");
        }
        for outside in ["src=", "<link", "<script", "@import", "url(", "http"] {
            assert!(!html.contains(outside), "`{outside}` would need a network");
        }
    }

    #[test]
    fn a_migration_without_documents_says_so() {
        let empty = HandoverPage { places: Vec::new(), marked_cells: 0, put_aside: Vec::new(), ..page() };
        let html = empty.html();
        assert!(html.contains("no documents to rebuild") && html.contains("No record was put aside"), "{html}");
        assert!(!html.contains("cells begin"), "{html}");
    }

    #[test]
    fn a_place_that_is_not_known_has_words() {
        let mut page = page();
        page.places[0].rebuild_in.clear();
        assert!(page.html().contains("Where is not known"), "{}", page.html());
    }
}
