//! Practice by Numbers: reports as people export them.

use odograft_migration::Extra;
use odograft_standins::practice::Practice;
use odograft_standins::practice::truth::practice_by_numbers::{OWN_COLUMNS, ROWS, statement};

use super::keep::System;
use super::{AS_OF_ODOO, Destination, kept};
use crate::{sources, told};

async fn system(destination: Destination) -> (Practice, System) {
    let practice = told::generate(&destination.practice());
    let reports = tempfile::tempdir().expect("a temporary folder");
    practice.write_practice_by_numbers_before(sources::SEED, reports.path()).expect("the reports are written");
    let own = |(column, field, kind): (&str, &str, &str)| Extra {
        object: "patient".to_owned(),
        column: column.to_owned(),
        field: field.to_owned(),
        kind: kind.to_owned(),
        label: None,
        choices: Vec::new(),
        clinical: false,
    };
    let system = System {
        name: "practice-by-numbers",
        rows: &ROWS,
        modules: &["practice-by-numbers"],
        settings: &[],
        source: format!("[source.practice_by_numbers]\nfolder = \"{}\"", reports.path().display()),
        extras: OWN_COLUMNS.map(own).to_vec(),
        statement: statement(&practice, sources::SEED, AS_OF_ODOO),
        end_window: {
            let (practice, reports) = (practice.clone(), reports.path().to_owned());
            Box::new(move || {
                practice.write_practice_by_numbers(sources::SEED, &reports).expect("the reports are written");
            })
        },
        alive: Box::new(reports),
    };
    (practice, system)
}

kept!(system: a_practice_of_500_stands_in_odoo_as_the_reports_say);
