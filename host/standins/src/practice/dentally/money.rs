//! Invoices with their items, payments with what they explain, and what accounts come to.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::super::Practice;
use super::super::random::Random;
use super::plans::Charged;
use super::{DentallyLists, NOBODY, PlantedLists, amount, decimal};

const FIRST_INVOICE: i64 = 700_001;
const FIRST_PAYMENT: i64 = 800_001;
const FIRST_EXPLANATION: i64 = 850_001;
const METHODS: [&str; 5] = ["Debit Card", "Credit Card", "Cash", "BACS", "Cheque"];

/// Pence of the charge of the National Health Service for a check-up.
const BAND_1: i64 = 2_680;

/// An item of an invoice that is about to be written: name, quantity, pence of one, whether it is the National Health
/// Service's charge, and the place of the plan's item.
struct Line {
    name: String,
    quantity: i64,
    price: i64,
    nhs: bool,
    plan_item: Option<usize>,
}

/// Fills the lists of invoices, their items, payments and accounts. What plans charge comes first.
pub(super) fn make(random: &mut Random, practice: &Practice, plans: Vec<Charged>, lists: &mut DentallyLists) {
    let mut books = Books::of(practice, std::mem::take(&mut lists.planted));
    for charged in plans {
        let line = |(at, name, price, nhs): &(usize, &str, i64, bool)| Line {
            name: (*name).to_owned(),
            quantity: 1,
            price: *price,
            nhs: *nhs,
            plan_item: Some(*at),
        };
        let lines = charged.items.iter().map(line).collect();
        let who = (&charged.patient, &charged.practitioner, Some(charged.plan));
        books.invoice(random, who, charged.on, lines, lists);
    }
    for visit in practice.appointments.iter().filter(|visit| visit["state"] == "Completed") {
        let Some(on) = visit["start_time"].as_str().and_then(|start| start.parse::<Timestamp>().ok()) else { continue };
        if !books.accounts.contains_key(&visit["patient_id"].as_i64().unwrap_or_default()) || !random.chance(0.45) {
            continue;
        }
        let nhs = visit["payment_plan_id"] == super::catalogue::NHS;
        let name = visit["reason"].as_str().unwrap_or("Visit").to_owned();
        let price = if nhs { BAND_1 } else { random.within(16, 60) * 250 };
        let mut lines = vec![Line { name, quantity: 1, price, nhs, plan_item: None }];
        if random.chance(0.1) {
            let quantity = random.within(1, 3);
            let name = "Interdental brushes".to_owned();
            lines.push(Line { name, quantity, price: 495, nhs: false, plan_item: None });
        }
        let on = on.to_zoned(jiff::tz::TimeZone::UTC).date();
        books.invoice(random, (&visit["patient_id"], &visit["practitioner_id"], None), on, lines, lists);
    }
    books.deposits(random, practice);
    books.strays(random);
    books.close(random, practice, lists);
}

/// The practice's books under way.
struct Books {
    today: Date,
    /// By patient, the account's number, the patient's site, and what is owed in pence.
    accounts: BTreeMap<i64, (Value, Value, i64)>,
    invoices: Vec<Value>,
    items: Vec<Value>,
    payments: Vec<Value>,
    explanations: i64,
    planted: PlantedLists,
}

impl Books {
    fn of(practice: &Practice, planted: PlantedLists) -> Self {
        let account = |patient: &Value| {
            let id = patient["id"].as_i64()?;
            Some((id, (patient["account_id"].clone(), patient["site_id"].clone(), 0)))
        };
        Self {
            today: practice.today,
            accounts: practice.patients.iter().filter_map(account).collect(),
            invoices: Vec::new(),
            items: Vec::new(),
            payments: Vec::new(),
            explanations: FIRST_EXPLANATION,
            planted,
        }
    }

    /// Writes an invoice with its items, and how it was settled.
    fn invoice(
        &mut self,
        random: &mut Random,
        (patient, practitioner, plan): (&Value, &Value, Option<i64>),
        on: Date,
        mut lines: Vec<Line>,
        lists: &mut DentallyLists,
    ) {
        let id = FIRST_INVOICE + self.invoices.len() as i64;
        let full: i64 = lines.iter().map(|line| line.price * line.quantity).sum();
        if full > 5_000 && random.chance(0.06) {
            let (name, price) = ("Courtesy discount".to_owned(), -(full / 10 / 50 * 50));
            lines.push(Line { name, quantity: 1, price, nhs: false, plan_item: None });
        }
        let mut total: i64 = lines.iter().map(|line| line.price * line.quantity).sum();
        let nhs: i64 = lines.iter().filter(|line| line.nhs).map(|line| line.price).sum();
        for line in &lines {
            let plan_item = line.plan_item.and_then(|at| lists.rows.get_mut("treatment_plan_items")?.get_mut(at));
            let plan_item = plan_item.map(|item| {
                item["invoice_id"] = id.into();
                item["charged"] = true.into();
                item["id"].clone()
            });
            self.item(random, id, (practitioner, plan, plan_item), line, on);
        }
        if random.chance(0.004) {
            total += 100;
            self.planted.unbalanced_invoices.push(id);
        }
        let due = on.checked_add(30.days()).unwrap_or(on);
        let (open, paid_on) = self.settle(random, id, (patient, practitioner), total, (on, due));
        let sent = random.office_moment(on);
        let (account, site) = self.owe(patient, open);
        self.invoices.push(json!({
            "id": id,
            "reference": format!("INV-{id}"),
            "account_id": account,
            "patient_id": patient,
            "site_id": site,
            "user_id": 7001,
            "amount": amount(random, total),
            "amount_outstanding": amount(random, open),
            "nhs_amount": decimal(nhs),
            "dated_on": on.to_string(),
            "due_on": due.to_string(),
            "paid": open == 0,
            "paid_on": paid_on.map(|day| day.to_string()),
            "sent_at": random.stamp(sent),
            "payment_terms": "30 days",
            "footnote": if random.chance(0.05) { Value::from("Thank you & see you in 6 months") } else { Value::Null },
            "created_at": random.stamp(sent),
            "updated_at": random.stamp(sent),
        }));
    }

    fn item(
        &mut self,
        random: &mut Random,
        invoice: i64,
        (practitioner, plan, plan_item): (&Value, Option<i64>, Option<Value>),
        line: &Line,
        on: Date,
    ) {
        let moment = random.office_moment(on);
        self.items.push(json!({
            "id": random.uuid(),
            "invoice_id": invoice,
            "practitioner_id": practitioner,
            "treatment_plan_id": if plan_item.is_some() { plan } else { None },
            "treatment_plan_item_id": plan_item,
            "sundry_id": if line.name == "Interdental brushes" { Value::from(super::catalogue::uuid("sundry", 1)) } else { Value::Null },
            "user_id": 7001,
            "name": line.name,
            "quantity": line.quantity,
            "item_price": amount(random, line.price),
            "total_price": amount(random, line.price * line.quantity),
            "nhs_charge": line.nhs,
            "created_at": random.stamp(moment),
            "updated_at": random.stamp(moment),
        }));
    }

    /// Pays an invoice wholly, in part or not at all; what stays open, and the day of the last payment.
    fn settle(
        &mut self,
        random: &mut Random,
        invoice: i64,
        who: (&Value, &Value),
        total: i64,
        (on, due): (Date, Date),
    ) -> (i64, Option<Date>) {
        let old = due < self.today;
        let later =
            |random: &mut Random, today: Date| on.checked_add(random.within(0, 25).days()).unwrap_or(on).min(today);
        if total == 0 {
            return (0, Some(on));
        }
        let (paid, part) = if old { (0.9, 0.5) } else { (0.6, 0.3) };
        if random.chance(paid) {
            if random.chance(0.03) {
                self.planted.written_off_invoices.push(invoice);
                return (0, Some(later(random, self.today)));
            }
            let first = if random.chance(0.1) { total / 2 } else { 0 };
            let mut day = on;
            for sum in [first, total - first].into_iter().filter(|sum| *sum > 0) {
                day = later(random, self.today).max(day);
                self.payment(random, who, sum, &[(invoice, sum)], day);
            }
            if total > 4_000 && random.chance(0.012) {
                // Some money goes back, and the invoice stays settled: the rest was waived.
                let back = -(total / 4);
                self.planted.refunds.push(FIRST_PAYMENT + self.payments.len() as i64);
                let returned = later(random, self.today).max(day);
                self.payment(random, who, back, &[(invoice, back)], returned);
            }
            return (0, Some(day));
        }
        let open = if random.chance(part) {
            let (sum, day) = (total / 3, later(random, self.today));
            self.payment(random, who, sum, &[(invoice, sum)], day);
            total - sum
        } else {
            total
        };
        if old {
            self.planted.overdue_invoices.push(invoice);
        }
        (open, None)
    }

    /// Writes a payment and the invoices that it explains, each with its part in pence.
    fn payment(
        &mut self,
        random: &mut Random,
        (patient, practitioner): (&Value, &Value),
        sum: i64,
        parts: &[(i64, i64)],
        on: Date,
    ) {
        let id = FIRST_PAYMENT + self.payments.len() as i64;
        let (account, site) = self.owe(patient, 0);
        let mut explained: i64 = parts.iter().map(|(_, part)| part).sum();
        let (mut explanations, mut odd) = (Vec::new(), false);
        for (invoice, part) in parts {
            let mut part = *part;
            if random.chance(0.003) {
                part -= 50;
                odd = true;
            }
            explanations.push(json!({
                "id": self.explanations, "amount": decimal(part), "comments": null, "invoice_id": invoice,
                "invoice_reference": format!("INV-{invoice}"), "payment_id": id, "payment_reference": format!("PAY-{id}"),
                "user_id": 7001,
            }));
            self.explanations += 1;
        }
        let deleted = random.chance(0.004);
        if deleted {
            self.planted.deleted_payments.push(id);
            explanations.clear();
            explained = 0;
        } else if odd {
            self.planted.contradicting_payments.push(id);
        }
        let method = *random.pick(&METHODS);
        let status = match sum - explained {
            0 => "paid",
            rest if rest == sum => "unexplained",
            _ => "partially_explained",
        };
        let card = method.ends_with("Card");
        self.payments.push(json!({
            "id": id,
            "reference": format!("PAY-{id}"),
            "account_id": account,
            "patient_id": patient,
            "practitioner_id": practitioner,
            "payment_plan_id": null,
            "site_id": site,
            "user_id": 7001,
            "amount": amount(random, sum),
            "amount_unexplained": decimal(sum - explained),
            "fully_explained": sum == explained,
            "dated_on": on.to_string(),
            "method": method,
            "status": status,
            "transaction_number": if card { Value::from(format!("ch_{:x}", id * 7_919)) } else { Value::Null },
            "deleted": deleted,
            "explanations": explanations,
        }));
    }

    /// Money that was taken before there was anything to pay.
    fn deposits(&mut self, random: &mut Random, practice: &Practice) {
        for patient in &practice.patients {
            if !random.chance(0.02) {
                continue;
            }
            let sum = random.within(2, 20) * 1_000;
            self.planted.unexplained_payments.push(FIRST_PAYMENT + self.payments.len() as i64);
            let on = random.before(self.today, 0, 90);
            self.payment(random, (&patient["id"], &patient["dentist_id"]), sum, &[], on);
            if self.payments.last().is_some_and(|payment| payment["deleted"] == false) {
                self.owe(&patient["id"], -sum);
            }
        }
    }

    /// Rows of nobody: what a patient or an invoice leaves behind that was deleted.
    fn strays(&mut self, random: &mut Random) {
        let count = self.invoices.len().div_ceil(1_500);
        for _ in 0..count {
            let Some(mut invoice) = self.invoices.get(random.index(self.invoices.len().max(1))).cloned() else {
                return;
            };
            let id = FIRST_INVOICE + self.invoices.len() as i64;
            (invoice["id"], invoice["patient_id"]) = (id.into(), (NOBODY + id).into());
            invoice["reference"] = format!("INV-{id}").into();
            self.planted.invoices_of_unknown_patients.push(id);
            self.invoices.push(invoice);
            let Some(mut item) = self.items.get(random.index(self.items.len().max(1))).cloned() else { return };
            let [below, stray] = [random.uuid(), random.uuid()];
            (item["id"], item["invoice_id"]) = (below.into(), id.into());
            self.items.push(item.clone());
            (item["id"], item["invoice_id"]) = (stray.clone().into(), NOBODY.into());
            self.planted.items_of_unknown_invoices.push(stray);
            self.items.push(item);
        }
    }

    /// Adds to what a patient owes; the account's number and the patient's site.
    fn owe(&mut self, patient: &Value, pence: i64) -> (Value, Value) {
        match patient.as_i64().and_then(|id| self.accounts.get_mut(&id)) {
            Some((account, site, owed)) => {
                *owed += pence;
                (account.clone(), site.clone())
            }
            None => (Value::Null, Value::Null),
        }
    }

    /// Writes the accounts, and hands everything over.
    fn close(mut self, random: &mut Random, practice: &Practice, lists: &mut DentallyLists) {
        let mut accounts = Vec::with_capacity(practice.patients.len());
        for patient in &practice.patients {
            let Some((account, _, owed)) = patient["id"].as_i64().and_then(|id| self.accounts.get(&id)) else {
                continue;
            };
            let mut balance = *owed;
            if random.chance(0.004) {
                balance += 1_234;
                self.planted.contradicting_accounts.push(account.as_i64().unwrap_or_default());
            }
            let part = |name: &str| patient[name].as_str().unwrap_or_default().trim().to_owned();
            accounts.push(json!({
                "id": account,
                "patient_id": patient["id"],
                "patient_name": format!("{} {}", part("first_name"), part("last_name")).trim(),
                "opening_balance": "0.0",
                "current_balance": amount(random, balance.abs()),
                "state": if balance > 0 { "debit" } else { "credit" },
                "planned_nhs_treatment_value": "0.0",
                "planned_private_treatment_value": "0.0",
            }));
        }
        let Self { invoices, items, payments, planted, .. } = self;
        let rows = [("accounts", accounts), ("invoices", invoices), ("invoice_items", items), ("payments", payments)];
        lists.rows.extend(rows);
        lists.planted = planted;
    }
}
