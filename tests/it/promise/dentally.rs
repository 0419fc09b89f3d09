//! Dentally: its API, and the folder beside it.

use std::sync::Arc;

use odograft_migration::Extra;
use odograft_standins::dentally::{DentallyOptions, DentallyStandin};
use odograft_standins::practice::Practice;
use odograft_standins::practice::truth::dentally::{OWN_FIELDS, ROWS, statement};

use super::keep::System;
use super::{AS_OF_ODOO, Destination, kept};
use crate::sources::dentally::{ALSO, table};
use crate::told;

async fn system(destination: Destination) -> (Practice, System) {
    let mut practice = told::generate(&destination.practice());
    let before = Some(practice.open_window());
    let options = DentallyOptions { token: "token".to_owned(), before, ..DentallyOptions::default() };
    let server = DentallyStandin::start(Arc::new(practice.clone()), options).await.expect("the stand-in starts");
    let beside = tempfile::tempdir().expect("a temporary folder");
    practice.write_dentally_files(beside.path()).expect("the folder is written");
    let own = |(label, field, kind, choices): (&str, &str, &str, &[&str])| Extra {
        object: "patient".to_owned(),
        column: label.to_owned(),
        field: field.to_owned(),
        kind: kind.to_owned(),
        label: None,
        choices: choices.iter().map(|choice| (*choice).to_owned()).collect(),
        clinical: false,
    };
    let system = System {
        name: "dentally",
        rows: &ROWS,
        modules: &["dentally"],
        settings: &[("dentally", "country", "GB")],
        source: format!("{}\nfiles = \"{}\"", table(&server.url(), &ALSO), beside.path().display()),
        extras: OWN_FIELDS.map(own).to_vec(),
        statement: statement(&practice, AS_OF_ODOO),
        alive: Box::new(beside),
        end_window: Box::new(move || server.end_window()),
    };
    (practice, system)
}

kept!(system: a_practice_of_500_stands_in_odoo_as_the_api_says);
