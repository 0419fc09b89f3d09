//! The page that goes with a CSV pack: what an administrator of Odoo does with it, step by step.
//!
//! One file that opens without a network. It holds counts, names of files and of fields, and nothing of any record.

use askama::Template;

/// What a file of changed records brings.
pub const CHANGES: &str = "changed records";

/// A file of a pack, in the order of imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `03-res.partner.csv`.
    pub file: String,
    /// The model that it is imported into.
    pub model: String,
    /// What it brings, in words.
    pub what: &'static str,
    /// Where the web client opens its list, behind the server's address.
    pub path: String,
    /// Records in it.
    pub rows: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A list that is exported when everything is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The model.
    pub model: String,
    /// Where the web client opens its list.
    pub path: String,
    /// The fields that show whether every value has arrived, by name.
    pub fields: Vec<String>,
}

/// Everything on the page.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "pack.html")]
pub struct PackPage {
    /// The migration's name.
    pub name: String,
    /// The server's address, without a slash at its end.
    pub odoo: String,
    /// The files.
    pub steps: Vec<Step>,
    /// The exports.
    pub exports: Vec<Export>,
    /// Records by model that come with the next pack.
    pub next_round: Vec<(String, u64)>,
    /// Model, field and records of values that the dialog does not take.
    pub left_out: Vec<(String, String, u64)>,
}

impl PackPage {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        // The template holds nothing that can fail.
        self.render().unwrap_or_default()
    }

    /// Whether any file changes records.
    fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.what == CHANGES)
    }

    /// Records in all files.
    fn records(&self) -> u64 {
        self.steps.iter().map(|step| step.rows).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stands_alone_and_escapes_what_it_is_given() {
        let step = Step {
            file: "01-res.partner.csv".into(),
            model: "res.partner".into(),
            what: "new records",
            path: "/odoo/action-odograft_a.import_res_partner".into(),
            rows: 3,
            sha256: "ab".repeat(32),
            columns: vec!["id".into(), "name".into()],
        };
        let page = PackPage {
            name: "a<b".into(),
            odoo: "https://clinic.example.invalid".into(),
            steps: vec![step],
            exports: vec![Export { model: "res.partner".into(), path: "/odoo/x".into(), fields: vec!["name".into()] }],
            next_round: vec![("mail.activity".into(), 7)],
            left_out: vec![("mail.activity".into(), "date_done".into(), 5)],
        };
        let html = page.html();
        assert!(html.contains("a&#60;b") && !html.contains("a<b"), "names are escaped");
        assert!(html.contains("href=\"https://clinic.example.invalid/odoo/action-odograft_a.import_res_partner\""));
        for outside in ["src=", "<link", "<script", "@import", "url("] {
            assert!(!html.contains(outside), "`{outside}` would need a network");
        }
        let empty =
            PackPage { steps: Vec::new(), exports: Vec::new(), next_round: Vec::new(), left_out: Vec::new(), ..page };
        assert!(empty.html().contains("Nothing is left to import"));
    }
}
