//! What the public may know of a procurement, gathered from everything that is kept of it.

use std::collections::{BTreeMap, BTreeSet};

use domain::consortium::{Consortium, CouncilCode};
use domain::ids::{OpenedBidId, OrganisationId, TenderId};
use domain::procurement::plan::TenderPlan;
use domain::procurement::public_facts::{
    AwardedLot, Cancelled, Change, Engagement, PublicAward, PublicBid, PublicBody, PublicContract, PublicFacts, Published, Supplier,
};
use store::Reads;
use store::people::organisation::Organisation;
use store::procurement::bid::OpenedBid;
use store::procurement::evaluation::OutcomeKind;
use store::procurement::publication::{self, PublicSupplier};
use store::procurement::tender::{self as tenders, AddendumKind, Tender};
use store::procurement::{award, bid, evaluation};

use super::notices::code_of;
use crate::Failure;
use crate::procurement::agreement::services_of;

/// The id of a tender's contracting process; it never changes.
fn ocid(consortium: &Consortium, tender: TenderId) -> String {
    let prefix = consortium.publication.as_ref().map_or("", |publication| publication.ocid_prefix.as_str());
    format!("{prefix}-{}", tender.0.simple())
}

/// Everything that may be told of a tender as it stands.
pub(crate) async fn facts(reads: &mut impl Reads, tender: &Tender, consortium: &Consortium) -> Result<PublicFacts, Failure> {
    let plan = tender.plan()?;
    let council: Organisation = reads.get(tender.org_id).await?;
    let cancelled = tender.cancelled_at.zip(tender.cancelled_reason.clone()).map(|(at, reason)| Cancelled { at, reason });
    let told = tenders::addenda_of(reads, tender.id).await?.into_iter();
    let changes = told
        .filter(|one| matches!(one.kind, AddendumKind::Addendum | AddendumKind::Deadline))
        // What tells bidders that it was given up is told by the notice of that.
        .filter(|one| cancelled.as_ref().is_none_or(|end| one.at < end.at))
        .map(|one| Change { number: one.number, at: one.at, text: one.text });
    let changes = changes.collect();
    let engagement = publication::engagement_of(reads, tender.id).await?;
    let published = publication::releases_of(reads, tender.id).await?.into_iter();
    let awarded = awarded(reads, tender, &plan).await?;
    let contracts = contracts(reads, tender, awarded.as_ref()).await?;
    let published: Vec<Published> =
        published.map(|row| Published { notice: row.telling.notice(), number: row.number, at: row.at }).collect();
    Ok(PublicFacts {
        ocid: ocid(consortium, tender.id),
        title: tender.title.clone(),
        councils: councils(consortium, &code_of(&council), &plan),
        site: consortium.publication.as_ref().map(|publication| publication.site.clone()).unwrap_or_default(),
        timetable: tender.timetable(),
        engagement: engagement.map(|row| Engagement {
            from: row.first_on,
            to: row.last_on,
            about: row.about,
            no_notice_because: row.no_notice_because,
        }),
        changes,
        cancelled,
        award: awarded,
        contracts,
        renews: renewed(reads, tender).await?.map(|earlier| ocid(consortium, earlier)),
        under: match &plan.exercise {
            Some(exercise) => latest_told(reads, &exercise.under, i64::MAX).await?.map(|framework| ocid(consortium, framework)),
            None => None,
        },
        published,
        plan,
    })
}

/// The council that procures, then those that may call off.
fn councils(consortium: &Consortium, first: &CouncilCode, plan: &TenderPlan) -> Vec<PublicBody> {
    let others = plan.framework.users.iter().filter(|code| *code != first).cloned();
    let body = |code: CouncilCode| {
        let known = consortium.council(&code);
        let entry = known.and_then(|council| council.public.as_ref());
        PublicBody {
            name: known.map_or_else(|| code.to_string(), |council| council.name.clone()),
            register_number: entry.map(|entry| entry.register_number.clone()),
            email: entry.map(|entry| entry.email.clone()),
            code,
        }
    };
    std::iter::once(first.clone()).chain(others).map(body).collect()
}

/// The latest earlier tender for the same framework that was told to the public and awarded.
async fn renewed(reads: &mut impl Reads, tender: &Tender) -> Result<Option<TenderId>, Failure> {
    latest_told(reads, &tender.framework, tender.round).await
}

/// The latest tender for a framework before a round of it that was told to the public and awarded.
async fn latest_told(reads: &mut impl Reads, framework: &str, before: i64) -> Result<Option<TenderId>, Failure> {
    let earlier = tenders::of_framework(reads, framework).await?;
    for one in earlier.iter().rev().filter(|one| one.round < before) {
        let is_told = !publication::releases_of(reads, one.id).await?.is_empty();
        if is_told && award::of_tender(reads, one.id).await?.is_some() {
            return Ok(Some(one.id));
        }
    }
    Ok(None)
}

/// Suppliers as the public knows them: by what the council entered, or else by what they said in their bids. Those with an agreement and no
/// bid are among them.
async fn suppliers(
    reads: &mut impl Reads,
    council: OrganisationId,
    opened: &[OpenedBid],
    others: impl Iterator<Item = OrganisationId>,
) -> Result<BTreeMap<OrganisationId, Supplier>, Failure> {
    let entered = publication::suppliers_of(reads, council).await?;
    let mut known = BTreeMap::new();
    for one in opened {
        let said = one.quality()?;
        let entry: Option<&PublicSupplier> = entered.iter().find(|entry| entry.supplier_id == one.provider_id);
        known.entry(one.provider_id).or_insert_with(|| Supplier {
            id: one.provider_id,
            name: said.provider_name,
            number: entry.map_or(said.company_number, |entry| entry.register_number.clone()),
            is_small: entry.map(|entry| entry.is_small),
            is_voluntary: entry.map(|entry| entry.is_voluntary),
        });
    }
    for id in others {
        if known.contains_key(&id) {
            continue;
        }
        let entry = entered.iter().find(|entry| entry.supplier_id == id);
        let supplier = Supplier {
            id,
            name: reads.get::<Organisation>(id).await?.name,
            // Without an entry the notice says that the number is missing.
            number: entry.map(|entry| entry.register_number.clone()).unwrap_or_default(),
            is_small: entry.map(|entry| entry.is_small),
            is_voluntary: entry.map(|entry| entry.is_voluntary),
        };
        known.insert(id, supplier);
    }
    Ok(known)
}

async fn awarded(reads: &mut impl Reads, tender: &Tender, plan: &TenderPlan) -> Result<Option<PublicAward>, Failure> {
    let Some(award) = award::of_tender(reads, tender.id).await? else { return Ok(None) };
    let opened = bid::opened(reads, tender.id).await?;
    let mut agreed: Vec<(OrganisationId, BTreeSet<String>)> = Vec::new();
    for contract in award::contracts_of(reads, tender.id).await? {
        agreed.push((contract.provider_id, services_of(&contract)?.into_iter().map(|one| one.lot).collect()));
    }
    let known = suppliers(reads, tender.org_id, &opened, agreed.iter().map(|(provider, _)| *provider)).await?;
    let outcomes = evaluation::outcomes_of(reads, tender.id).await?;
    let admitted: BTreeSet<OpenedBidId> =
        outcomes.iter().filter(|one| one.outcome == OutcomeKind::Admit).map(|one| one.opened_bid_id).collect();
    let admitted_to = |lot: &str| {
        let mut seen = BTreeSet::new();
        let bids = opened.iter().filter(|one| one.lot == lot && admitted.contains(&one.id));
        let bidders = bids.map(|one| one.provider_id);
        // Who stays on a framework, or was chosen without a competition, has an agreement and no bid.
        let others = agreed.iter().filter(|(_, lots)| lots.contains(lot)).map(|(provider, _)| *provider);
        let admitted = bidders.chain(others).filter(|provider| seen.insert(*provider)).collect::<Vec<_>>();
        admitted.into_iter().filter_map(|provider| known.get(&provider).cloned()).collect()
    };
    let lots = plan.framework.lots.iter().map(|lot| AwardedLot { lot: lot.code.clone(), suppliers: admitted_to(&lot.code) });
    let submitted: BTreeMap<_, _> = publication::submitted_at(reads, tender.id).await?.into_iter().collect();
    let bids = opened.iter().filter_map(|one| {
        let submitted_at = *submitted.get(&one.submission_id)?;
        Some(PublicBid { id: one.submission_id, lot: one.lot.clone(), bidder: known.get(&one.provider_id)?.clone(), submitted_at })
    });
    Ok(Some(PublicAward {
        decided_at: publication::decided_at(reads, award.id).await?,
        summaries_sent_at: award.summaries_sent_at,
        standstill_until: award.standstill_until,
        lots: lots.collect(),
        bids: bids.collect(),
    }))
}

/// The agreements that the council has signed, each for the lots to which its provider is admitted.
async fn contracts(reads: &mut impl Reads, tender: &Tender, awarded: Option<&PublicAward>) -> Result<Vec<PublicContract>, Failure> {
    let Some(awarded) = awarded else { return Ok(Vec::new()) };
    let rows = award::contracts_of(reads, tender.id).await?;
    let mut contracts: Vec<PublicContract> = rows
        .into_iter()
        .filter_map(|row| {
            let is_theirs = |supplier: &&Supplier| supplier.id == row.provider_id;
            let theirs = awarded.lots.iter().filter(|lot| lot.suppliers.iter().any(|one| is_theirs(&one)));
            let supplier = awarded.lots.iter().flat_map(|lot| &lot.suppliers).find(is_theirs)?.clone();
            let lots = theirs.map(|lot| lot.lot.clone()).collect();
            Some(PublicContract { id: row.id, lots, supplier, signed_at: row.council_signed_at?, ended_on: row.ended_on })
        })
        .collect();
    contracts.sort_by_key(|contract| contract.signed_at);
    Ok(contracts)
}
