//! Dent-O-Soft: a folder of exports.

use odograft_standins::practice::Practice;
use odograft_standins::practice::truth::dent_o_soft::{ROWS, statement};

use super::keep::System;
use super::{AS_OF_ODOO, Destination, kept};
use crate::{sources, told};

async fn system(destination: Destination) -> (Practice, System) {
    let practice = told::generate(&destination.practice());
    let export = tempfile::tempdir().expect("a temporary folder");
    // The whole of it first: what it tells of patients is remembered.
    sources::dent_o_soft(&practice, export.path());
    practice.write_dent_o_soft_before(sources::SEED, export.path()).expect("the export is written");
    let system = System {
        name: "dent-o-soft",
        rows: &ROWS,
        modules: &["dent-o-soft"],
        settings: &[],
        source: format!("[source.dent_o_soft]\nfolder = \"{}\"", export.path().display()),
        extras: Vec::new(),
        statement: statement(&practice, sources::SEED, AS_OF_ODOO),
        end_window: {
            let (practice, export) = (practice.clone(), export.path().to_owned());
            Box::new(move || {
                practice.write_dent_o_soft(sources::SEED, &export).expect("the export is written");
            })
        },
        alive: Box::new(export),
    };
    (practice, system)
}

kept!(system: a_practice_of_500_stands_in_odoo_as_the_export_says);
