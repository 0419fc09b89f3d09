//! `odograft plan`: what a run would do, for a practice to approve; and `odograft approve`, its yes.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use odograft_migration::{
    Approval, Fit, Matched, Owner, Proposal, ProposedField, Structure, approve as keep, clock, short,
};
use odograft_report::table;

use crate::progress::Progress;
use crate::{exit, open, session, show};

/// Names of a list that are told; `--json` has all of them.
const NAMED: usize = 12;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The client's folder, which holds `odograft.toml`
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Events on stderr and the plan on stdout as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct ApproveArgs {
    /// The client's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The first digits of the plan that is approved, eight or more, as `odograft plan` tells them
    #[arg(long, value_name = "DIGITS")]
    plan: String,
    /// Who approves it: a name for the audit
    #[arg(long, value_name = "NAME")]
    by: String,
    /// What was kept as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn plan(args: &Args) -> Result<ExitCode> {
    let mut migration = open::migration(&args.folder, "plan", None).await?;
    let mut progress = Progress::new(args.json);
    let proposal = migration.propose(&mut |event| progress.tell(&event)).await?;
    drop(progress);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&proposal)?);
    } else {
        print!("{}", text(&proposal));
    }
    let open = proposal.flaws.iter().any(|found| found.flaw.stops())
        || proposal.owners.iter().any(|owner| owner.stands_in.is_none());
    Ok(if open { exit::FAILED } else { exit::DONE }.into())
}

pub(crate) fn approve(args: &ApproveArgs) -> Result<ExitCode> {
    let by = args.by.trim();
    if by.is_empty() {
        bail!("an approval needs a name\nhint: `--by \"Name of the person\"`");
    }
    if !args.folder.join(open::LEDGER).exists() {
        bail!("nothing has been planned yet\nhint: `odograft plan` reads the source and says what a run would do");
    }
    let mut ledger = session::ledger(&args.folder, "approve")?;
    let approval = keep(&mut ledger, &args.plan, by, clock::now())?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&approval)?);
    } else {
        println!("{}; `odograft pilot` loads a sample, `odograft run` everything.", approved(&approval));
    }
    Ok(exit::DONE.into())
}

fn approved(approval: &Approval) -> String {
    format!("Plan {} is approved by {} on {}", short(&approval.plan), approval.by, show::time(approval.moment))
}

/// The plan for people.
fn text(plan: &Proposal) -> String {
    let mut out = String::new();
    made(plan, &mut out);
    let models = show::counts(&[], &[], &plan.models);
    out.push_str(models.split_once("\n\n").map_or(models.as_str(), |(_, rest)| rest));
    if !plan.structure.is_empty() {
        let rows = plan.structure.iter().flat_map(structure).collect();
        out.push_str(&table("The practice's own order", &["model", "", "records", "names"], rows));
    }
    people(plan, &mut out);
    let grade = &plan.grade;
    let rows = grade
        .objects
        .iter()
        .map(|object| vec![object.object.clone(), object.rows.to_string(), object.fit.words().to_owned()])
        .collect();
    out.push_str(&table("What becomes of the source", &["object", "rows", "becomes"], rows));
    let unmapped = grade.objects.iter().filter(|object| object.fit == Fit::Unmapped).count();
    out.push_str(&format!(
        "Grade {}: {} of {} objects map one to one{}\n",
        grade.letter,
        grade.one_to_one,
        grade.objects.len(),
        if unmapped > 0 { format!(", {unmapped} are left behind") } else { String::new() }
    ));
    out.push_str(&show::handovers(&plan.documents));
    let aside: u64 = plan.put_aside.iter().map(|(.., count)| count).sum();
    if aside > 0 {
        out.push_str(&format!("{aside} records are put aside: `odograft status` says why.\n"));
    }
    if !plan.flaws.is_empty() {
        let stops = plan.flaws.iter().any(|found| found.flaw.stops());
        let end = if stops { "which stops a run" } else { "each of which puts its record aside" };
        out.push_str(&format!(
            "Odoo would refuse {} kinds of values, {end}: `odograft check` lists them.\n",
            plan.flaws.len()
        ));
    }
    out.push_str(&time(plan));
    out.push_str(&match &plan.approval {
        Some(approval) => format!("\n{}.\n", approved(approval)),
        None => format!(
            "\nPlan {0} of `{1}` is not approved.\nhint: `odograft approve --plan {0} --by NAME` says yes to it\n",
            short(&plan.plan),
            plan.name
        ),
    });
    out
}

/// What the schema phase makes.
fn made(plan: &Proposal, out: &mut String) {
    if plan.fields.is_empty() && plan.choices.is_empty() {
        out.push_str("Odoo has every field that is needed.\n\n");
        return;
    }
    let field = |field: &ProposedField| {
        let seen = if field.groups.is_empty() { "everybody".to_owned() } else { field.groups.join(", ") };
        vec![field.model.clone(), field.name.clone(), field.kind.clone(), field.label.clone(), seen]
    };
    let rows = plan.fields.iter().map(field).collect();
    out.push_str(&table("Made in Odoo first", &["model", "field", "type", "label", "seen by"], rows));
    if !plan.choices.is_empty() {
        let rows = plan.choices.iter().map(|(model, field, value)| vec![model.clone(), field.clone(), value.clone()]);
        out.push_str(&table("Choices that existing fields get", &["model", "field", "choice"], rows.collect()));
    }
    out.push_str(&format!("A Dental page in the forms of {}.\n\n", plan.pages.join(", ")));
}

fn structure(of: &Structure) -> Vec<Vec<String>> {
    let line = |what: &str, names: &[String]| {
        let more = names.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let told = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        (!names.is_empty())
            .then(|| vec![of.model.clone(), what.to_owned(), names.len().to_string(), format!("{told}{more}")])
    };
    line("made", &of.made).into_iter().chain(line("there", &of.found)).collect()
}

/// Who is whom.
fn people(plan: &Proposal, out: &mut String) {
    if !plan.users.is_empty() {
        let row = |user: &Matched| vec![format!("{}/{}", user.object, user.source_id), user.odoo_id.to_string()];
        out.push_str(&table(
            "Users",
            &["in the source", "id of the user in Odoo"],
            plan.users.iter().map(row).collect(),
        ));
    }
    if plan.owners.is_empty() {
        return;
    }
    let row = |owner: &Owner| {
        let name = format!("{}/{}", owner.owner.object, owner.owner.source_id);
        let stands_in = owner.stands_in.clone().unwrap_or_else(|| "undecided".to_owned());
        vec![name, owner.owner.references.to_string(), stands_in]
    };
    let heads = ["in the source", "fields that name them", "who stands in"];
    out.push_str(&table("No user of Odoo matches these", &heads, plan.owners.iter().map(row).collect()));
    if plan.owners.iter().any(|owner| owner.stands_in.is_none()) {
        let recommended = plan.recommended_fallback.as_deref().unwrap_or("LOG-IN");
        out.push_str(&format!(
            "hint: under `[owners]`, `fallback = \"{recommended}\"` lets the user of the key stand in; `users = {{ \"practitioner/7\" = \"LOG-IN\" }}` decides one by one, `leave_empty = true` leaves the fields empty\n\n"
        ));
    }
}

fn time(plan: &Proposal) -> String {
    match plan.rate {
        _ if plan.pending == 0 => "Nothing is left to write.\n".to_owned(),
        None => format!(
            "{} records are to be written; how long that takes is measured by `odograft pilot`.\n",
            plan.pending
        ),
        Some(rate) => format!(
            "{} records are to be written: about {} at the last load's {} records a second.\n",
            plan.pending,
            show::duration(rate.estimate(plan.pending)),
            rate.records * 1_000 / rate.milliseconds.max(1)
        ),
    }
}
