//! PANDA Perio: a server with a database for each clinic, a file share, and the folder of letters in it.

use odograft_migration::Extra;
use odograft_standins::practice::truth::panda::{FOLDER, ROWS, statement};
use odograft_standins::practice::{Practice, open_panda_window};

use super::keep::System;
use super::{AS_OF_ODOO, Destination, kept};
use crate::sources::attachments::{source, start};
use crate::{sources, told};

async fn system(destination: Destination) -> (Practice, System) {
    let practice = told::generate(&destination.practice());
    let (mut databases, _) = practice.panda_databases(sources::SEED);
    let before = open_panda_window(&mut databases);
    let names: Vec<_> = databases.iter().map(|(clinic, own)| format!("{clinic} = \"{}\"", own.name)).collect();
    let server = start(before);
    let share = tempfile::tempdir().expect("a temporary folder");
    practice.write_panda_share(share.path()).expect("the share is written");
    let files = format!("share = \"{}\"\nletters = \"{FOLDER}\"", share.path().display());
    let (object, column) = ("patient".to_owned(), "RecallMonths".to_owned());
    let (field, kind) = ("x_recall_months".to_owned(), "integer".to_owned());
    let system = System {
        name: "panda-perio",
        rows: &ROWS,
        modules: &["panda-perio", "perio-chart"],
        settings: &[("panda-perio", "country", "GB")],
        source: source(&server, &names.join(", "), &files),
        extras: vec![Extra { object, column, field, kind, label: None, choices: Vec::new(), clinical: false }],
        statement: statement(&practice, sources::SEED, AS_OF_ODOO),
        alive: Box::new(share),
        end_window: Box::new(move || {
            let now = std::mem::take(&mut databases).into_iter().map(|(_, own)| own).collect();
            server.change(|options| options.databases = now);
        }),
    };
    (practice, system)
}

kept!(system: practices_of_500_patients_stand_in_odoo_as_the_databases_say);
