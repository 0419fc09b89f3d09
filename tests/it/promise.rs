//! The promise, row by row and field by field: a generated practice goes from its source's own interface into Odoo by the
//! command line, every record is read back, and what Odoo holds is compared with what the generator says must stand there.
//!
//! On the stand-in with a small practice, and with 500 patients on a real Odoo 19. `cargo xtask promise` runs both and prints
//! what they have found, which they leave in `target/promise`.

mod command;
mod compare;
mod declared;
mod dent_o_soft;
mod dentally;
mod find;
mod keep;
mod markup;
mod mouth;
mod outcome;
mod panda;
mod practice_by_numbers;

use odograft_standins::practice::PracticeOptions;

/// Which Odoo a practice is moved into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Destination {
    Standin,
    Real,
}

impl Destination {
    fn word(self) -> &'static str {
        match self {
            Self::Standin => "standin",
            Self::Real => "real",
        }
    }

    /// The practice that is moved there: with more flaws than most have, so that each of them is met.
    fn practice(self) -> PracticeOptions {
        let (patients, appointments, exams) = match self {
            Self::Standin => (60, 120, 20),
            Self::Real => (500, 1_000, 150),
        };
        PracticeOptions { patients, appointments, exams, dirt: 0.15, ..PracticeOptions::default() }
    }
}

/// Whether a life goes through without trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Whole,
    /// Commands are interrupted, killed, cut off, and run again.
    Troubled,
}

/// The migration's moment, as the configuration has it: what lies before it is over.
const AS_OF: &str = "2026-11-01T00:00:00Z";

/// The same as Odoo writes it.
const AS_OF_ODOO: &str = "2026-11-01 00:00:00";

/// The promise of one source, on the stand-in and on the real Odoo: a life without trouble, and one with.
macro_rules! kept {
    ($system:ident: $real:ident) => {
        async fn live(server: $crate::odoo::Server, destination: Destination, life: $crate::promise::Life) {
            let (practice, system) = $system(destination).await;
            $crate::promise::keep::keep(system, &practice, &server, destination, life).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn standin() {
            let server = $crate::odoo::Server::standin().await;
            live(server, Destination::Standin, $crate::promise::Life::Whole).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn interrupted() {
            let server = $crate::odoo::Server::standin().await;
            live(server, Destination::Standin, $crate::promise::Life::Troubled).await;
        }

        mod real {
            use super::{Destination, live};

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn interrupted() {
                let Some(server) = $crate::odoo::Server::real() else { return };
                if !$crate::odoo::full() && !module_path!().contains("::dent_o_soft::") {
                    println!("skipped: `cargo xtask lifecycle` has it");
                    return;
                }
                live(server, Destination::Real, $crate::promise::Life::Troubled).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $real() {
                let Some(server) = $crate::odoo::Server::real() else { return };
                live(server, Destination::Real, $crate::promise::Life::Whole).await;
            }
        }
    };
}
use kept;
