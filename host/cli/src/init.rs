//! `odograft init`: a commented configuration.

use std::fs;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::config::Config;
use crate::{exit, keys};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder; made when it is not there
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The system that the practice leaves. Without it, a person at a terminal is asked for everything that is not given
    #[arg(long, value_enum)]
    source: Option<System>,
    /// Where that is: Dentally's base address, the folder of an export, the host of PANDA Perio's SQL Server
    #[arg(long, value_name = "ADDRESS", requires = "source")]
    source_at: Option<String>,
    /// The migration's name: lower-case letters, digits and `_`
    #[arg(long)]
    name: Option<String>,
    /// Odoo's base address
    #[arg(long, value_name = "URL")]
    odoo_url: Option<String>,
    /// Odoo's database, where one server has several
    #[arg(long, value_name = "NAME")]
    odoo_database: Option<String>,
    /// Log-in of the Odoo user who stands in for practitioners without a user of their own
    #[arg(long, value_name = "LOGIN")]
    fallback: Option<String>,
}

/// A system that a practice leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum System {
    Dentally,
    DentOSoft,
    PracticeByNumbers,
    PandaPerio,
    Tabular,
}

impl System {
    const ALL: [Self; 5] = [Self::Dentally, Self::DentOSoft, Self::PracticeByNumbers, Self::PandaPerio, Self::Tabular];

    /// What people call it.
    fn title(self) -> &'static str {
        match self {
            Self::Dentally => "Dentally",
            Self::DentOSoft => "Dent-O-Soft",
            Self::PracticeByNumbers => "Practice by Numbers",
            Self::PandaPerio => "PANDA Perio",
            Self::Tabular => "tables of another system",
        }
    }

    /// Its part of the configuration.
    fn template(self) -> &'static str {
        match self {
            Self::Dentally => include_str!("init/dentally.toml"),
            Self::DentOSoft => include_str!("init/dent-o-soft.toml"),
            Self::PracticeByNumbers => include_str!("init/practice-by-numbers.toml"),
            Self::PandaPerio => include_str!("init/panda-perio.toml"),
            Self::Tabular => include_str!("init/tabular.toml"),
        }
    }

    /// What is asked of where it is, and what is written where nobody says it.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Dentally => ("Dentally's base address", "https://api.dentally.co"),
            Self::DentOSoft | Self::Tabular => ("Folder of the export", "export"),
            Self::PracticeByNumbers => ("Folder of the reports", "reports"),
            Self::PandaPerio => ("Host of its SQL Server", "sql.clinic.example.invalid"),
        }
    }

    /// The modules that map it.
    fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Dentally => &["dentally"],
            Self::DentOSoft => &["dent-o-soft"],
            Self::PracticeByNumbers => &["practice-by-numbers"],
            Self::PandaPerio => &["panda-perio", "perio-chart"],
            Self::Tabular => &["clinic"],
        }
    }
}

/// What the file says that is not the same for everybody.
struct Answers {
    name: String,
    source: System,
    at: String,
    odoo_url: String,
    odoo_database: Option<String>,
    fallback: Option<String>,
}

const NAME: &str = "clinic";
const ODOO: &str = "https://clinic.odoo.example.invalid";

impl Answers {
    /// As the flags say, and as usual where they are silent.
    fn given(args: &Args) -> Self {
        let source = args.source.unwrap_or(System::Dentally);
        Self {
            name: args.name.clone().unwrap_or_else(|| NAME.to_owned()),
            source,
            at: args.source_at.clone().unwrap_or_else(|| source.place().1.to_owned()),
            odoo_url: args.odoo_url.clone().unwrap_or_else(|| ODOO.to_owned()),
            odoo_database: args.odoo_database.clone(),
            fallback: args.fallback.clone(),
        }
    }

    /// Asks for everything that the flags do not say; an empty answer takes what stands in brackets.
    fn asked(args: &Args, ask: &mut Asking<'_>) -> Result<Self> {
        let given = Self::given(args);
        let name = ask.or(args.name.as_ref(), "Name of the migration", &given.name)?;
        let source = match args.source {
            Some(source) => source,
            None => ask.one_of("System that the practice leaves", &System::ALL.map(System::title))?,
        };
        let (words, usual) = source.place();
        let at = ask.or(args.source_at.as_ref(), words, usual)?;
        let odoo_url = ask.or(args.odoo_url.as_ref(), "Odoo's base address", &given.odoo_url)?;
        let odoo_database = ask.or(args.odoo_database.as_ref(), "Odoo's database, where it has several", "")?;
        let fallback =
            ask.or(args.fallback.as_ref(), "Log-in of who stands in for practitioners without a user", "")?;
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Self { name, source, at, odoo_url, odoo_database: some(odoo_database), fallback: some(fallback) })
    }

    /// The file.
    fn text(&self) -> String {
        let mut text = include_str!("init/head.toml").replace("{name}", &escaped(&self.name));
        text.push('\n');
        text.push_str(&self.source.template().replace("{at}", &escaped(&self.at)));
        for other in System::ALL.into_iter().filter(|other| *other != self.source) {
            text.push_str("\n# Or, instead: ");
            text.push_str(&commented(&other.template().replace("{at}", other.place().1)));
        }
        text.push('\n');
        text.push_str(include_str!("init/perio-drop.toml"));
        text.push('\n');
        let modules: Vec<String> =
            self.source.modules().iter().map(|name| format!("[[module]]\nfile = \"modules/{name}.wasm\"")).collect();
        let line = |key: &str, value: Option<&String>, usual: &str| match value {
            Some(value) => format!("{key} = \"{}\"", escaped(value)),
            None => format!("# {key} = \"{usual}\""),
        };
        let rest = include_str!("init/rest.toml")
            .replace("{odoo_url}", &escaped(&self.odoo_url))
            .replace("{database}", &line("database", self.odoo_database.as_ref(), NAME))
            .replace("{modules}", &modules.join("\n"))
            .replace("{fallback}", &line("fallback", self.fallback.as_ref(), "reception@clinic.example.invalid"));
        text.push_str(&rest);
        text
    }
}

/// A text within quotation marks.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A part of the file that counts for nothing: its first line goes on from what stands before it.
fn commented(part: &str) -> String {
    let line = |line: &str| if line.starts_with('#') { format!("{line}\n") } else { format!("# {line}\n") };
    let text: String = part.lines().map(line).collect();
    text.strip_prefix("# ").map(str::to_owned).unwrap_or(text)
}

/// Somebody at a terminal.
struct Asking<'a> {
    answers: &'a mut dyn BufRead,
    questions: &'a mut dyn Write,
}

impl Asking<'_> {
    /// What was given, or what somebody answers.
    fn or(&mut self, given: Option<&String>, words: &str, usual: &str) -> Result<String> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        let answer = self.line(&format!("{words} [{usual}]: "))?;
        Ok(if answer.is_empty() { usual.to_owned() } else { answer })
    }

    fn one_of(&mut self, words: &str, titles: &[&str; System::ALL.len()]) -> Result<System> {
        for (at, title) in titles.iter().enumerate() {
            writeln!(self.questions, "  {} {title}", at + 1)?;
        }
        loop {
            let answer = self.line(&format!("{words}, by its number [1]: "))?;
            let number = if answer.is_empty() { Ok(1) } else { answer.parse::<usize>() };
            let chosen = number.ok().and_then(|number| System::ALL.get(number.checked_sub(1)?).copied());
            match chosen {
                Some(system) => return Ok(system),
                None => writeln!(self.questions, "one of 1 to {}", titles.len())?,
            }
        }
    }

    fn line(&mut self, question: &str) -> Result<String> {
        write!(self.questions, "{question}")?;
        self.questions.flush()?;
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("nobody answers\nhint: give everything by flags, see `odograft init --help`");
        }
        Ok(line.trim().to_owned())
    }
}

/// The ledger, its log and its lock, and its key.
const IGNORED: &str = "ledger.*";

pub(crate) fn init(args: &Args) -> Result<ExitCode> {
    let file = args.folder.join("odograft.toml");
    if file.exists() {
        bail!("`{}` is there already\nhint: edit it, or choose another folder", file.display());
    }
    let answers = if args.source.is_none() && io::stdin().is_terminal() {
        Answers::asked(args, &mut Asking { answers: &mut io::stdin().lock(), questions: &mut io::stderr() })?
    } else {
        Answers::given(args)
    };
    let text = answers.text();
    // What is refused here would be refused by every later command.
    Config::parse(&text)?;
    fs::create_dir_all(args.folder.join("modules")).with_context(|| format!("`{}`", args.folder.display()))?;
    fs::write(&file, text)?;
    let made = keys::make_ledger_key(&args.folder)?;
    ignore_ledger(&args.folder.join(".gitignore"))?;
    println!("wrote {}", file.display());
    let verb = if made { "made" } else { "kept" };
    println!("{verb} ledger.key: without it nobody can read the ledger; keep a copy elsewhere");
    let modules: Vec<String> = answers.source.modules().iter().map(|name| format!("{name}.wasm")).collect();
    println!(
        "next: put {} into {}, accept with `odograft lock`, set the keys that the file names, and `odograft plan`",
        modules.join(" and "),
        args.folder.join("modules").display()
    );
    Ok(exit::DONE.into())
}

/// Keeps ledger and key out of version control. What the file says already stays.
fn ignore_ledger(file: &Path) -> Result<()> {
    let known = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("`{}` cannot be read", file.display())),
    };
    if known.lines().any(|line| line.trim() == IGNORED) {
        return Ok(());
    }
    let gap = if known.is_empty() || known.ends_with('\n') { "" } else { "\n" };
    let mut out = fs::OpenOptions::new().create(true).append(true).open(file)?;
    Ok(writeln!(out, "{gap}{IGNORED}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gitignore_that_is_there_is_added_to_once() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(".gitignore");
        fs::write(&file, "target").expect("written");
        for _ in 0..2 {
            ignore_ledger(&file).expect("added to");
        }
        assert_eq!(fs::read_to_string(&file).expect("read"), "target\nledger.*\n");
    }

    fn args(folder: PathBuf) -> Args {
        let (source, source_at, name) = (None, None, None);
        Args { folder, source, source_at, name, odoo_url: None, odoo_database: None, fallback: None }
    }

    #[test]
    fn a_name_that_run_would_refuse_is_refused_before_anything_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let args = Args {
            name: Some("My Clinic".to_owned()),
            source: Some(System::Dentally),
            ..args(folder.path().join("client"))
        };
        assert!(init(&args).expect_err("refused").to_string().contains("migration.name"));
        assert!(!args.folder.exists());
    }

    #[test]
    fn the_file_of_every_source_is_a_good_one_and_has_the_others_as_comments() {
        for source in System::ALL {
            let fallback = Some("o\"hara\\@clinic.example.invalid".to_owned());
            let args = Args { source: Some(source), fallback, ..args(PathBuf::new()) };
            let text = Answers::given(&args).text();
            let config = Config::parse(&text).unwrap_or_else(|error| panic!("{source:?}: {error:#}\n{text}"));
            assert_eq!(config.module.len(), source.modules().len());
            assert_eq!(config.owners.fallback, args.fallback);
            let named = ["dentally", "dent_o_soft", "practice_by_numbers", "panda_perio", "tabular", "perio_drop"];
            assert!(named.iter().all(|name| text.contains(&format!("[source.{name}]"))), "{text}");
            assert_eq!(text.lines().filter(|line| line.starts_with("[source.")).count(), 1, "{text}");
            assert!(!text.contains('{') || !text.contains("{at}"), "{text}");
        }
    }

    #[test]
    fn a_person_is_asked_for_what_no_flag_says() {
        let args = Args { name: Some("smile".to_owned()), ..args(PathBuf::new()) };
        let mut said = io::Cursor::new("9\n4\nsql.smile.example.invalid\n\nsmile\n\n");
        let mut questions = Vec::new();
        let mut ask = Asking { answers: &mut said, questions: &mut questions };
        let answers = Answers::asked(&args, &mut ask).expect("answered");
        assert_eq!((answers.name.as_str(), answers.source), ("smile", System::PandaPerio));
        assert_eq!((answers.at.as_str(), answers.odoo_url.as_str()), ("sql.smile.example.invalid", ODOO));
        assert_eq!((answers.odoo_database.as_deref(), answers.fallback), (Some("smile"), None));
        let questions = String::from_utf8(questions).expect("text");
        assert!(questions.contains("  4 PANDA Perio\n") && questions.contains("one of 1 to 5"), "{questions}");
        assert!(!questions.contains("Name of the migration"), "that was given");
        let mut ask = Asking { answers: &mut io::Cursor::new(""), questions: &mut io::sink() };
        assert!(Answers::asked(&args, &mut ask).err().expect("nobody").to_string().contains("hint: give everything"));
    }
}
