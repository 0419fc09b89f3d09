//! The review of people who may be one: a page and a workbook in which a person decides.

use askama::Template;
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Workbook};

use crate::diff::WorkbookError;

/// The columns of the review, in files of every form.
pub const COLUMNS: [&str; 17] = [
    "decision",
    "object",
    "kept",
    "other",
    "proposal",
    "score",
    "why",
    "kept: name",
    "other: name",
    "kept: born",
    "other: born",
    "kept: e-mail",
    "other: e-mail",
    "kept: phone",
    "other: phone",
    "kept: address",
    "other: address",
];

/// The words of a decision.
pub const VERDICTS: [&str; 3] = ["merge", "keep-both", "skip"];

/// One of two people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The source id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The day of birth.
    pub born: String,
    /// The e-mail.
    pub email: String,
    /// The phone numbers.
    pub phone: String,
    /// The address.
    pub address: String,
}

/// Two people who may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The source object.
    pub object: String,
    /// The one that stays.
    pub kept: Side,
    /// The other.
    pub other: Side,
    /// From 0 to 100.
    pub score: u8,
    /// What speaks for it and against it.
    pub why: String,
    /// What is proposed; empty where a person has to look.
    pub proposal: String,
    /// What was decided; empty where nothing is.
    pub decision: String,
}

impl Pair {
    /// The cells, by [`COLUMNS`].
    #[must_use]
    pub fn cells(&self) -> [String; 17] {
        let Self { object, kept, other, score, why, proposal, decision } = self;
        [
            decision,
            object,
            &kept.id,
            &other.id,
            proposal,
            &score.to_string(),
            why,
            &kept.name,
            &other.name,
            &kept.born,
            &other.born,
            &kept.email,
            &other.email,
            &kept.phone,
            &other.phone,
            &kept.address,
            &other.address,
        ]
        .map(Clone::clone)
    }

    /// What is compared line by line: a heading, the one, the other, and whether they are the same.
    fn lines(&self) -> [(&'static str, &str, &str, bool); 5] {
        let line = |name, kept, other| (name, kept, other, kept == other);
        let (kept, other) = (&self.kept, &self.other);
        [
            line("Name", kept.name.as_str(), other.name.as_str()),
            line("Born", &kept.born, &other.born),
            line("E-mail", &kept.email, &other.email),
            line("Phone", &kept.phone, &other.phone),
            line("Address", &kept.address, &other.address),
        ]
    }
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "duplicates.html")]
pub struct Review {
    /// The migration's name.
    pub name: String,
    /// The pairs, the likeliest first.
    pub pairs: Vec<Pair>,
}

impl Review {
    /// A page that stands alone.
    #[must_use]
    pub fn html(&self) -> String {
        // The template holds nothing that can fail.
        self.render().unwrap_or_default()
    }

    /// A workbook whose first column takes a decision.
    ///
    /// # Errors
    /// More pairs than a sheet takes.
    pub fn xlsx(&self) -> Result<Vec<u8>, WorkbookError> {
        let mut workbook = Workbook::new();
        let head = Format::new().set_bold().set_background_color("#EDE7EB");
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let sheet = workbook.add_worksheet();
        sheet.set_name("Duplicates")?.set_freeze_panes(1, 1)?;
        for (column, name) in std::iter::zip(0.., COLUMNS) {
            sheet.write_with_format(0, column, name, &head)?.set_column_width(column, 18.0)?;
        }
        for (line, pair) in std::iter::zip(1.., &self.pairs) {
            for (column, cell) in std::iter::zip(0.., pair.cells()) {
                sheet.write_string_with_format(line, column, cell, &wrapped)?;
            }
        }
        let last = u32::try_from(self.pairs.len().max(1)).unwrap_or(u32::MAX);
        let choice = DataValidation::new().allow_list_strings(&VERDICTS)?;
        sheet.add_data_validation(1, 0, last, 0, &choice)?;
        sheet.autofilter(0, 0, last, u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX))?;
        Ok(workbook.save_to_buffer()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(id: &str, name: &str) -> Side {
        Side {
            id: id.into(),
            name: name.into(),
            born: "1990-02-28".into(),
            email: "a@example.invalid".into(),
            phone: String::new(),
            address: String::new(),
        }
    }

    #[test]
    fn a_page_stands_alone_and_runs_nothing_of_a_name() {
        let pair = Pair {
            object: "patient".into(),
            kept: side("17", "Ann</td><script>alert(1)</script>"),
            other: side("18", "Anne"),
            score: 84,
            why: "same e-mail, same day of birth".into(),
            proposal: "merge".into(),
            decision: String::new(),
        };
        let review = Review { name: "a<b".into(), pairs: vec![pair] };
        let html = review.html();
        assert!(!html.contains("<script>alert") && !html.contains("a<b") && html.contains("same day of birth"));
        for outside in ["src=", "<link", "@import", "url(", "http:", "https:"] {
            assert!(!html.contains(outside), "`{outside}` would need a network");
        }
        assert_eq!(review.pairs[0].cells().len(), COLUMNS.len());
        assert!(review.xlsx().expect("a workbook").starts_with(b"PK"));
    }
}
