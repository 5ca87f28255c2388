//! The contracts register, gathered from signed framework agreements and from placements told together.

use std::collections::BTreeMap;

use domain::access::{Action, Relation};
use domain::consortium::framework::Regime;
use domain::ids::{AgreementId, OrganisationId};
use domain::pence::Pence;
use domain::people::Caller;
use domain::procurement::public_facts::{PublicContract, PublicFacts, RegisterNumber, Supplier};
use domain::procurement::register::{Contract, ContractEntry, Publishing, Registered, financial_year};
use domain::registration::ServiceKind;
use store::money::ledger::{self, CommitmentKind};
use store::people::organisation::Organisation;
use store::procurement::publication::{self, PublicSupplier};
use store::procurement::{award, tender};
use store::{ReadTx, Reads};

use super::notices::code_of;
use super::public_facts::facts;
use crate::{Failure, Query};

/// The contracts register as it stands.
#[derive(Debug, Clone, Copy)]
pub struct ExportContracts;

/// What is handed over, and what is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Register {
    /// The rows.
    pub entries: Vec<ContractEntry>,
    /// What does not go out, each with the reason.
    pub held_back: Vec<String>,
}

impl Query for ExportContracts {
    const ACTION: Action = Action::ExportPublications;
    type Answer = Register;

    async fn relation(&self, _: &mut ReadTx, _: &Caller) -> Result<Option<Relation>, Failure> {
        Ok(Some(Relation::Shared))
    }

    async fn run(&self, reads: &mut ReadTx, _: &Caller) -> Result<Register, Failure> {
        let mut entries = frameworks(reads).await?;
        entries.append(&mut placements(reads).await?);
        let mut register = Register::default();
        for entry in entries {
            match entry.and_then(|entry| entry.held_back().map_or(Ok(entry), Err)) {
                Ok(entry) => register.entries.push(entry),
                Err(reason) => register.held_back.push(reason),
            }
        }
        Ok(register)
    }
}

/// A row, or why there is none.
type Entry = Result<ContractEntry, String>;

async fn council(reads: &mut ReadTx, id: OrganisationId) -> Result<Publishing, Failure> {
    let council: Organisation = reads.get(id).await?;
    Ok(Publishing { code: code_of(&council), name: council.name })
}

async fn frameworks(reads: &mut ReadTx) -> Result<Vec<Entry>, Failure> {
    let consortium = store::governance::consortium::in_force(reads).await?;
    let mut tenders: Vec<_> = award::contracts(reads).await?.into_iter().map(|row| row.tender_id).collect();
    tenders.sort_unstable();
    tenders.dedup();
    let mut entries = Vec::new();
    for id in tenders {
        let tender: tender::Tender = reads.get(id).await?;
        let facts = facts(reads, &tender, &consortium).await?;
        let council = council(reads, tender.org_id).await?;
        let known = publication::suppliers_of(reads, tender.org_id).await?;
        entries.extend(facts.contracts.iter().map(|contract| framework(&facts, &council, &known, contract)));
    }
    Ok(entries)
}

fn framework(facts: &PublicFacts, council: &Publishing, known: &[PublicSupplier], contract: &PublicContract) -> Entry {
    let framework = &facts.plan.framework;
    let lots = framework.lots.iter().filter(|lot| contract.lots.contains(&lot.code)).map(|lot| lot.name.clone()).collect();
    let ends_on = contract.ended_on.unwrap_or(framework.ends_on);
    // The law opens an open framework again within three years; others are looked at when they end.
    let review_on = match framework.regime {
        Regime::Pa2023Open => framework.starts_on.plus_years(3).min(ends_on),
        Regime::Pa2023Flexible | Regime::Pcr2015 | Regime::Spot => ends_on,
    };
    Ok(ContractEntry {
        council: council.clone(),
        supplier: registered(&contract.supplier.name, contract.supplier.id, known)?,
        contract: Contract::Framework {
            reference: format!("{}-{}", framework.reference, contract.id.0.simple()),
            ocid: facts.ocid.clone(),
            title: framework.title.clone(),
            lots,
            cpv: facts.plan.cpv.clone(),
            starts_on: framework.starts_on,
            ends_on,
            review_on,
            ceiling: framework.value_ceiling_pence,
        },
    })
}

/// A supplier as the council entered it from the registers: the table asks for what nobody may guess.
fn registered(name: &str, id: OrganisationId, known: &[PublicSupplier]) -> Result<Registered, String> {
    let entry = known.iter().find(|entry| entry.supplier_id == id);
    let entry = entry.ok_or_else(|| format!("{name}: enter what public registers say about it on the notices’ page"))?;
    let number = |number: &str| {
        let (name, number) = (String::new(), number.to_owned());
        Supplier { id, name, number, is_small: None, is_voluntary: None }.register_number()
    };
    let mut numbers = vec![number(&entry.register_number)];
    numbers.push(entry.charity_number.as_deref().and_then(number));
    let (mut company, mut charity) = (None, None);
    for number in numbers.into_iter().flatten() {
        match number {
            RegisterNumber::Company(number) => company = Some(number),
            RegisterNumber::Charity(number) => charity = Some(number),
        }
    }
    Ok(Registered { name: name.to_owned(), company, charity, is_small: entry.is_small, is_voluntary: entry.is_voluntary })
}

/// The placements of a financial year, council by council and supplier by supplier.
async fn placements(reads: &mut ReadTx) -> Result<Vec<Entry>, Failure> {
    let mut groups = BTreeMap::<_, Vec<AgreementId>>::new();
    for one in store::purchasing::agreement::signed(reads).await? {
        let key = (one.council, financial_year(one.starts_on), one.provider, one.kind == ServiceKind::Fostering);
        groups.entry(key).or_default().push(one.id);
    }
    let mut councils = BTreeMap::new();
    let mut entries = Vec::new();
    for ((council_id, from, provider, is_fostering), agreements) in groups {
        if let std::collections::btree_map::Entry::Vacant(free) = councils.entry(council_id) {
            let known = publication::suppliers_of(reads, council_id).await?;
            free.insert((council(reads, council_id).await?, known, committed(reads, council_id).await?));
        }
        let Some((council, known, committed)) = councils.get(&council_id) else { continue };
        let name = reads.get::<Organisation>(provider).await?.name;
        let sum = agreements.iter().filter_map(|id| committed.get(id)).map(|pence| pence.0).sum();
        let kind = if is_fostering { ServiceKind::Fostering } else { ServiceKind::Home };
        let contract = Contract::Placements { kind, from, count: agreements.len(), committed: Pence(sum) };
        entries.push(registered(&name, provider, known).map(|supplier| ContractEntry { council: council.clone(), supplier, contract }));
    }
    Ok(entries)
}

/// What each agreement of a council commits.
async fn committed(reads: &mut ReadTx, council: OrganisationId) -> Result<BTreeMap<AgreementId, Pence>, Failure> {
    let mut sums = BTreeMap::<AgreementId, Pence>::new();
    for movement in ledger::commitments_of(reads, council).await? {
        let sum = sums.entry(movement.agreement_id).or_default();
        match movement.kind {
            CommitmentKind::Post => sum.0 += movement.pence.0,
            CommitmentKind::Release => sum.0 -= movement.pence.0,
        }
    }
    Ok(sums)
}
