//! The proposal: what a practice is asked to approve. Everything that a run would do to its Odoo, in counts and names of
//! what is no patient's, before anything is written.

use std::collections::BTreeSet;

use odograft_engine::Contract;
use odograft_ledger::{HandoverKind, Ledger};
use odograft_odoo::{Client, SchemaPlan};
use odograft_records::Assemble;
use odograft_records::bindings::transform::manifest::Cardinality;
use serde::Serialize;

use crate::approval::{self, Approval};
use crate::assembly;
use crate::cells::{self, Cells};
use crate::directory::Directory;
use crate::error::MigrationError;
use crate::events::{Event, ModelCount, Stage};
use crate::modules::{Extra, Loaded, Modules};
use crate::owners::{self, Matched, Unmatched};
use crate::preflight::{self, Found};
use crate::rate::{self, Rate};
use crate::run::{Migration, Prepared, start};

/// Models whose records are the practice's own order of things and nobody's data: they are proposed by name. Where patients
/// came from is none of these: they come through people.
const STRUCTURE: [&str; 10] = [
    "res.company",
    "crm.team",
    "crm.stage",
    "crm.lost.reason",
    "crm.tag",
    "mail.activity.type",
    "product.product",
    "product.template",
    "product.category",
    "res.partner.category",
];

/// What a run would do.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// The migration's name.
    pub name: String,
    /// The hash that is approved.
    pub plan: String,
    /// Who has approved it; none where nobody has approved this one.
    pub approval: Option<Approval>,
    /// Name and SHA-256 of each module.
    pub modules: Vec<(String, String)>,
    /// Custom fields that Odoo lacks.
    pub fields: Vec<ProposedField>,
    /// Model, field and value of choices that Odoo lacks.
    pub choices: Vec<(String, String, String)>,
    /// Models whose forms get a Dental page.
    pub pages: Vec<String>,
    /// By model, in the order in which they are loaded.
    pub models: Vec<ModelCount>,
    /// By model, what of the practice's own order is made or found, by name.
    pub structure: Vec<Structure>,
    /// People of the source who are users of Odoo's.
    pub users: Vec<Matched>,
    /// People whom records name and no user matches, each with who stands in.
    pub owners: Vec<Owner>,
    /// The log-in of the key's user, who could stand in for all of them.
    pub recommended_fallback: Option<String>,
    /// What Odoo would refuse.
    pub flaws: Vec<Found>,
    /// Documents for people to take over.
    pub documents: Vec<HandoverKind>,
    /// Quarantined records by stage and code.
    pub put_aside: Vec<(String, String, u64)>,
    /// How well the source fits.
    pub grade: Grade,
    /// Records that are to be written, and how fast the last load was; none before the first one.
    pub pending: u64,
    /// Records and milliseconds of the last load.
    pub rate: Option<Rate>,
}

/// A custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProposedField {
    /// The model.
    pub model: String,
    /// The field.
    pub name: String,
    /// Odoo's type.
    pub kind: String,
    /// What users read.
    pub label: String,
    /// External ids of the groups that see it; empty for everybody.
    pub groups: Vec<String>,
}

/// Records of one model that are no patient's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Structure {
    /// The model.
    pub model: String,
    /// Names of those that are made.
    pub made: Vec<String>,
    /// Names of those that Odoo has.
    pub found: Vec<String>,
}

/// Somebody whom no user matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// Who.
    #[serde(flatten)]
    pub owner: Unmatched,
    /// Who stands in; none where that is undecided.
    pub stands_in: Option<String>,
}

/// How well a source fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grade {
    /// A: of ten objects nine or more map one to one; B: three of four; C: one of two; D: fewer.
    pub letter: char,
    /// How many of them do.
    pub one_to_one: usize,
    /// The objects that the source has records of.
    pub objects: Vec<GradedObject>,
}

/// An object of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GradedObject {
    /// The object.
    pub object: String,
    /// Rows that are staged of it.
    pub rows: u64,
    /// What becomes of its records.
    pub fit: Fit,
}

/// What becomes of an object's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Each becomes one record of Odoo's.
    OneToOne,
    /// They meet in one, become several, or part of another's.
    Joined,
    /// They become documents for people.
    Document,
    /// No module takes them.
    Unmapped,
}

impl Fit {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OneToOne => "one record each",
            Self::Joined => "joined with others",
            Self::Document => "a document for people",
            Self::Unmapped => "left behind: no module takes it",
        }
    }
}

impl Migration {
    /// Reads the source, plans, and says what a run would do; nothing is written to Odoo.
    ///
    /// # Errors
    /// As [`Migration::run`], except that a missing approval and undecided owners are told and stop nothing.
    pub async fn propose(&mut self, report: &mut dyn FnMut(Event)) -> Result<Proposal, MigrationError> {
        let Prepared { models, schema, plan, .. } = self.prepare(None, report).await?;
        let _ = start(Stage::Preflight, report);
        let flaws =
            preflight::check(&mut self.ledger, Directory::Server(&self.client), &models, &schema.fields, false).await?;
        report(Event::Finished { stage: Stage::Preflight });
        let (fields, choices) = lacking(&self.client, &schema).await?;
        let mut counts: Vec<ModelCount> =
            self.ledger.models()?.into_iter().map(|(model, counts)| ModelCount { model, counts }).collect();
        counts.sort_by_key(|count| models.iter().position(|model| *model == count.model));
        let owner = |owner: Unmatched| Owner { stands_in: self.options.owners.of(&owner), owner };
        let owners: Vec<Owner> = owners::unmatched(&self.ledger)?.into_iter().map(owner).collect();
        let undecided = owners.iter().any(|owner| owner.stands_in.is_none());
        Ok(Proposal {
            name: self.options.name.clone(),
            approval: approval::approval(&self.ledger)?.filter(|approval| approval.plan == plan),
            plan,
            modules: self.modules.digests().map(|(name, digest)| (name.to_owned(), digest.to_owned())).collect(),
            fields,
            choices,
            pages: schema.pages.iter().map(|page| page.model.clone()).collect(),
            pending: counts.iter().map(|count| count.counts.pending).sum(),
            structure: structure(&self.ledger, &models)?,
            models: counts,
            users: owners::matched(&self.ledger)?,
            owners,
            recommended_fallback: if undecided { own_login(&self.client).await? } else { None },
            flaws,
            documents: self.ledger.handover_kinds()?,
            put_aside: self.quarantined()?,
            grade: grade(&self.ledger, &self.modules, &self.options.extras)?,
            rate: rate::last(&self.ledger)?,
        })
    }
}

/// What Odoo lacks of a schema.
async fn lacking(
    client: &Client,
    schema: &SchemaPlan,
) -> Result<(Vec<ProposedField>, Vec<(String, String, String)>), MigrationError> {
    let (missing, choices) = odograft_odoo::missing(client, schema).await?;
    let missing: BTreeSet<(String, String)> = missing.into_iter().collect();
    let is_missing = |field: &&odograft_odoo::CustomField| missing.contains(&(field.model.clone(), field.name.clone()));
    let fields = schema.fields.iter().filter(is_missing).map(|field| ProposedField {
        model: field.model.clone(),
        name: field.name.clone(),
        kind: field.kind.clone(),
        label: field.label.clone(),
        groups: field.groups.clone(),
    });
    Ok((fields.collect(), choices))
}

async fn own_login(client: &Client) -> Result<Option<String>, MigrationError> {
    let user = client.check_access().await?;
    let rows = client.read("res.users", &[user], &["login"]).await?;
    Ok(rows.first().and_then(|row| row.get("login")?.as_str().map(str::to_owned)))
}

/// The practice's own order of things, by name.
fn structure(ledger: &Ledger, models: &[String]) -> Result<Vec<Structure>, MigrationError> {
    let mut structure = Vec::new();
    for model in models.iter().filter(|model| STRUCTURE.contains(&model.as_str())) {
        let mut of = Structure { model: model.clone(), made: Vec::new(), found: Vec::new() };
        for record in ledger.planned_of(model)? {
            let cells: Cells = cells::parse(&record, &record.cells)?;
            let Some(name) = cells.get("name").map(|cell| cell.text(&[])) else { continue };
            if record.odoo_id.is_some() { &mut of.found } else { &mut of.made }.push(name);
        }
        if !(of.made.is_empty() && of.found.is_empty()) {
            structure.push(of);
        }
    }
    Ok(structure)
}

pub(crate) fn grade(ledger: &Ledger, modules: &Modules, extras: &[Extra]) -> Result<Grade, MigrationError> {
    let mut objects = Vec::new();
    of(ledger, &modules.dentally, extras, modules, &mut objects)?;
    of(ledger, &modules.dent_o_soft, extras, modules, &mut objects)?;
    of(ledger, &modules.practice_by_numbers, extras, modules, &mut objects)?;
    of(ledger, &modules.panda_perio, extras, modules, &mut objects)?;
    of(ledger, &modules.tabular, extras, modules, &mut objects)?;
    of(ledger, &modules.perio, extras, modules, &mut objects)?;
    let one_to_one = objects.iter().filter(|object: &&GradedObject| object.fit == Fit::OneToOne).count();
    Ok(Grade { letter: letter(one_to_one, objects.len()), one_to_one, objects })
}

fn letter(one_to_one: usize, objects: usize) -> char {
    match one_to_one * 100 {
        share if share >= 90 * objects => 'A',
        share if share >= 75 * objects => 'B',
        share if share >= 50 * objects => 'C',
        _ => 'D',
    }
}

/// The objects of a contract that the source has records of.
fn of<C: Contract>(
    ledger: &Ledger,
    loaded: &[Loaded<C>],
    extras: &[Extra],
    modules: &Modules,
    graded: &mut Vec<GradedObject>,
) -> Result<(), MigrationError> {
    if loaded.is_empty() {
        return Ok(());
    }
    let Some((_, manifest)) = assembly::open::<C>(ledger, extras)? else { return Ok(()) };
    for object in C::Assembler::objects(&manifest)?.all().iter() {
        let rows = ledger.staged_count(object.staged)?;
        if rows > 0 && !graded.iter().any(|other| other.object == object.name) {
            graded.push(GradedObject { object: object.name.to_owned(), rows, fit: fit(modules, object.name) });
        }
    }
    Ok(())
}

fn fit(modules: &Modules, object: &str) -> Fit {
    let own = format!("{object}.");
    let manifests = || modules.manifests();
    let targets = || modules.targets().filter(|target| target.object == object);
    if targets().any(|target| target.cardinality == Cardinality::OneToOne) {
        Fit::OneToOne
    } else if targets().next().is_some()
        || modules.targets().flat_map(|t| &t.fields).flat_map(|f| &f.sources).any(|source| source.starts_with(&own))
    {
        Fit::Joined
    } else if manifests().flat_map(|manifest| &manifest.handovers).any(|kind| kind.object == object) {
        Fit::Document
    } else {
        Fit::Unmapped
    }
}

#[cfg(test)]
mod tests {
    use super::letter;

    #[test]
    fn letters_go_by_the_share_of_objects_that_map_one_to_one() {
        let letters = [(10, 10), (9, 10), (8, 10), (3, 4), (7, 10), (1, 2), (4, 10), (0, 3), (0, 0)];
        let letters: String = letters.iter().map(|(one, of)| letter(*one, *of)).collect();
        assert_eq!(letters, "AABBCCDDA");
    }
}
