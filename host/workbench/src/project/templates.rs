//! What a new project holds besides the SDK and the contract.

use super::Kind;
use crate::source::Source as _;

/// Files of a project, in which `{name}` is the module's, and the folder of its case.
pub(super) struct Template {
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) case: &'static str,
}

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../../templates/", $path))
    };
}

const IGNORED: &str = "/target\n/*.wasm\n/*.wasm.sha256\n";

static MAPPER: Template = Template {
    files: &[
        (".gitignore", IGNORED),
        ("README.md", template!("README.md.txt")),
        ("Cargo.toml", template!("Cargo.toml.txt")),
        ("src/lib.rs", template!("mapper/src/lib.rs.txt")),
        ("src/patient.rs", template!("mapper/src/patient.rs.txt")),
        ("fixtures/three-patients/input.json", template!("mapper/input.json")),
        ("fixtures/three-patients/expected.json", template!("mapper/expected.json")),
    ],
    case: "fixtures/three-patients",
};

static TABULAR: Template = Template {
    files: &[
        (".gitignore", IGNORED),
        ("README.md", template!("README.md.txt")),
        ("Cargo.toml", template!("Cargo.toml.txt")),
        ("src/lib.rs", template!("tabular/src/lib.rs.txt")),
        ("src/client.rs", template!("tabular/src/client.rs.txt")),
        ("fixtures/three-clients/input.json", template!("tabular/input.json")),
        ("fixtures/three-clients/expected.json", template!("tabular/expected.json")),
    ],
    case: "fixtures/three-clients",
};

static FLATTENER: Template = Template {
    files: &[
        (".gitignore", IGNORED),
        ("README.md", template!("README.md.txt")),
        ("Cargo.toml", template!("Cargo.toml.txt")),
        ("src/lib.rs", template!("flattener/src/lib.rs.txt")),
        ("src/exam.rs", template!("flattener/src/exam.rs.txt")),
        ("fixtures/two-exams/input.json", template!("flattener/input.json")),
        ("fixtures/two-exams/expected.json", template!("flattener/expected.json")),
    ],
    case: "fixtures/two-exams",
};

static OVERLAY: Template = Template {
    files: &[
        (".gitignore", IGNORED),
        ("README.md", template!("README.md.txt")),
        ("Cargo.toml", template!("Cargo.toml.txt")),
        ("src/lib.rs", template!("overlay/src/lib.rs.txt")),
        ("src/reminders.rs", template!("overlay/src/reminders.rs.txt")),
        ("fixtures/two-patients/input.json", template!("overlay/input.json")),
    ],
    case: "fixtures/two-patients",
};

pub(super) fn of(source: &str, kind: Kind) -> &'static Template {
    match kind {
        Kind::Mapper if source == odograft_engine::Tabular::NAME => &TABULAR,
        Kind::Mapper => &MAPPER,
        Kind::Flattener => &FLATTENER,
        Kind::Overlay => &OVERLAY,
    }
}
