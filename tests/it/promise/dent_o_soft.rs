//! Dent-O-Soft: a folder of exports.

use odograft_standins::practice::Practice;
use odograft_standins::practice::truth::dent_o_soft::{ROWS, statement};

use super::keep::System;
use super::{AS_OF_ODOO, Destination, kept};
use crate::{sources, told};

async fn system(destination: Destination) -> (Practice, System) {
    let practice = told::generate(&destination.practice());
    let export = tempfile::tempdir().expect("a temporary folder");
    sources::dent_o_soft(&practice, export.path());
    let system = System {
        name: "dent-o-soft",
        rows: &ROWS,
        modules: &["dent-o-soft"],
        settings: &[],
        source: format!("[source.dent_o_soft]\nfolder = \"{}\"", export.path().display()),
        extras: Vec::new(),
        statement: statement(&practice, sources::SEED, AS_OF_ODOO),
        alive: Box::new(export),
    };
    (practice, system)
}

kept!(system: a_practice_of_500_stands_in_odoo_as_the_export_says);
